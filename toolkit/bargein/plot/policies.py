"""Who was heard, under each gate: the same stretch of a session, one row of heard audio a policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bargein.corpus import Run
from bargein.errors import Problem, SessionError
from bargein.events import Delta
from bargein.metrics.stopping import End, revoked_heard_ms
from bargein.plot.columns import COLUMNS, Grid
from bargein.plot.lanes import Bar, Lane, bars, heard_lane, user_lane
from bargein.plot.material import Material
from bargein.plot.session import KEEP, Window, window_of
from bargein.session.sounding import AgentSound
from bargein.timeline import Span
from bargein.units import seconds

#: How an episode's end is told.
FELL_SILENT: Mapping[End, str] = {
    "stopped": "silent", "natural": "silent of itself", "unknown": "silent as no more was generated",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PolicyLane:
    """One policy: what was heard, when it cut, and a sentence about the barge-in."""

    policy: str
    heard: Lane
    cuts: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PoliciesPicture:
    """Everything :func:`bargein.plot.compare` draws: the user once, then a lane of heard audio per policy."""

    title: str
    subtitle: str
    grid: Grid
    user: Lane | None
    bars: tuple[Bar, ...]
    policies: tuple[PolicyLane, ...]


def policies_picture(runs: Iterable[Run], *, window: Window = None, columns: int = COLUMNS) -> PoliciesPicture:
    """Gather what was heard of one session under several policies.

    Parameters
    ----------
    runs
        Replays of one session.
    window
        Session ms, start and end; None: all of it.

    Raises
    ------
    SessionError
        No runs, or runs of several sessions; the window shows nothing.
    """
    every = list(runs)
    sessions = {r.outcome.session.id: r.outcome.session for r in every}
    if len(sessions) != 1:
        what = f"replays of {len(sessions)} sessions: {', '.join(sessions) or 'none'}"
        raise SessionError([Problem(what, hint="compare policies on one session")], "compare")
    session = every[0].outcome.session
    grid = Grid(window_of(session, window), columns)
    made = []
    for run in every:
        material = Material.of(run.outcome)
        sound = AgentSound(session, (e for e in material.events if isinstance(e, Delta)))
        lane = heard_lane(material, sound, grid, run.outcome.policy.title, said(run, grid.window))
        assert lane is not None  # a replay always says what was heard
        made.append(PolicyLane(run.outcome.policy.title, lane, tuple(t for t in material.biting() if t in grid.window)))
    info = session.info
    cause = f" · {info.cause}" if info.cause else ""
    heard = f"heard: {every[0].outcome.heard.basis}".replace(" ", KEEP)
    facts = f"{info.provider} {info.model} · {info.turn_detection.label}{cause} · session {info.basis} · {heard}"
    return PoliciesPicture(
        f"{session.id} · who was heard, under each gate", facts, grid, user_lane(session, grid), bars(session, grid),
        tuple(made),
    )  # fmt: skip


def said(run: Run, window: Span) -> str:
    """Say in a few words what a policy did at the barge-ins of a window; of several, in the whole session."""
    hit = [e for e in run.barge_ins if e.agent_heard and e.onset.at in window]
    if not hit:
        return f"{seconds(run.outcome.heard.audio_ms()):.1f} s heard"
    if len(hit) > 1:
        again = f"{seconds(revoked_heard_ms(run.outcome)):.2f} s of revoked answers heard"
        return f"{len(hit)} barge-ins, {again}"
    only = hit[0]
    again = f", again for {seconds(only.restart_ms):.2f} s" if only.restart_ms else ""
    assert only.silent is not None  # the agent was heard at the onset
    assert only.stop_ms is not None
    if only.restart_ms:
        return f"silent {seconds(only.silent - only.onset.at):.2f} s after the onset{again}"
    return f"{FELL_SILENT[only.end or 'stopped']} {seconds(only.stop_ms):.2f} s after the onset"
