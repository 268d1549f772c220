r"""What happened in a session, as a picture: who sounded when, what the log said, what the detector thought.

::

    user                 ~~~~~~~~          ~~~~         the microphone; labels above it
    agent, generated   |~|                      |~|     sound at the time it ARRIVED: seconds of speech in a moment
    agent, heard        ~~~~~~~~~~~~~              ~~   what left the loudspeaker; leaked sound in a colour of its own
    speech score        .../````\.../``\...              of the voice detection, with enter and exit threshold
    events              o   >D s    <   x    >          speech_started, audio.done, cut, ...
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bargein.errors import BargeinError, InputError, Problem, SessionError
from bargein.events import (
    LOCAL_VAD,
    AudioDone,
    Delta,
    Event,
    ResponseCreated,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
)
from bargein.outcome import Outcome
from bargein.plot.columns import COLUMNS, Grid
from bargein.plot.lanes import Bar, Lane, bars, generated_lane, heard_lane, user_lane
from bargein.plot.material import AS_RECORDED, Material
from bargein.plot.score import ScoreLane, score_lane
from bargein.session import Session
from bargein.session.sounding import AgentSound
from bargein.settings import ServerVad
from bargein.timeline import Span
from bargein.units import SECOND

if TYPE_CHECKING:
    from bargein.vad.rule import Rule
    from bargein.vad.scores import Scores

Window = Span | tuple[int, int] | None

MARK_OF: Mapping[type[Event], str] = {
    SpeechStarted: "speech_started", SpeechStopped: "speech_stopped", ResponseCreated: "response_created",
    AudioDone: "audio_done", ResponseDone: "response_done",
}  # fmt: skip
#: A space at which no line is broken.
KEEP = "\u00a0"
LOCAL = {"speech_started": "local_started", "speech_stopped": "local_stopped"}


@dataclass(frozen=True, slots=True)
class Mark:
    """An event of the log or of the local detector (``palette.MARKS``), and the response it belongs to."""

    at: int
    kind: str
    text: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class TimelinePicture:
    """Everything :func:`bargein.plot.timeline` draws.

    Parameters
    ----------
    title, subtitle
        Session and policy; provider, settings and what the statement about heard audio rests on.
    grid
        The window and its columns.
    user, generated, heard
        Lanes; None where nothing was recorded.
    score
        The voice detection's score; None where it was not asked for or cannot be had (a note says why).
    bars, marks, cuts
        Labels, events and cuts inside the window. A cut that found nothing to cut is left out.
    notes
        What the picture leaves out.
    """

    title: str
    subtitle: str
    grid: Grid
    user: Lane | None = None
    generated: Lane | None = None
    heard: Lane | None = None
    score: ScoreLane | None = None
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()
    cuts: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes that are there, from top to bottom."""
        return tuple(lane for lane in (self.user, self.generated, self.heard) if lane is not None)

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of all rows that are there, from top to bottom."""
        there = {"labels": self.bars, "user": self.user, "generated": self.generated, "heard": self.heard,
                 "score": self.score, "events": self.marks}  # fmt: skip
        return tuple(name for name, content in there.items() if content)


def timeline_picture(
    shown: Session | Outcome,
    *,
    scores: Scores | bool = True,
    rule: Rule | None = None,
    window: Window = None,
    columns: int = COLUMNS,
) -> TimelinePicture:
    """Gather what a timeline shows.

    Parameters
    ----------
    shown
        A session as recorded, or a replay's outcome.
    scores
        Of the user's track; True: from the cache, else Silero is run; False: none.
    rule
        Thresholds and durations shown with the score; None: the settings in force, or 0.5 / 500 ms where the provider
        has no threshold.
    window
        Session ms, start and end; None: all of it.
    columns
        Picture columns of a waveform.

    Raises
    ------
    SessionError
        The window lies outside the session, or the log cannot be read.
    AudioError
        A track is missing or damaged.
    """
    material = Material.of(shown)
    session = material.session
    grid = Grid(window_of(session, window), columns)
    sound = AgentSound(session, (e for e in material.events if isinstance(e, Delta)))
    score, why_not = score_of(session, grid.window, scores, rule, material.supposed)
    return TimelinePicture(
        title=f"{session.id} · {title_of(material)}",
        subtitle=subtitle(material),
        grid=grid,
        user=user_lane(session, grid),
        generated=generated_lane(material, sound, grid),
        heard=heard_lane(material, sound, grid),
        score=score,
        bars=bars(session, grid),
        marks=tuple(m for m in _marks(material) if m.at in grid.window),
        cuts=() if material.policy == AS_RECORDED else tuple(t for t in material.biting() if t in grid.window),
        notes=(*why_not, *not_there(material)),
    )


def around(
    shown: Session | Outcome, kind: str = "interruption", nth: int = 0, *, before_ms: int = 4_000,
    after_ms: int = 6_000,
) -> Span:  # fmt: skip
    """Give the window around the onset of a label, inside the session.

    Parameters
    ----------
    kind, nth
        Which label: the first interruption unless told otherwise.
    before_ms, after_ms
        How much of the session to show on each side.

    Raises
    ------
    SessionError
        There are fewer such labels.
    """
    session = shown.session if isinstance(shown, Outcome) else shown
    found = session.labelled(kind)
    if nth >= len(found):
        there = ", ".join(sorted({label.kind for label in session.labels})) or "no labels"
        raise SessionError([Problem(f"{len(found)} labels of kind {kind}", session.id, f"it has: {there}")])
    onset = found[nth].onset_ms
    return Span(max(onset - before_ms, 0), min(onset + after_ms, session.info.length_ms))


def window_of(session: Session, window: Window) -> Span:
    """Give what of a window lies inside the session; all of the session for None.

    Raises
    ------
    SessionError
        Nothing of it does.
    """
    whole = Span(0, session.info.length_ms or SECOND)  # a log without times and sound has no length
    if window is None:
        return whole
    start, end = (window.start, window.end) if isinstance(window, Span) else window
    shown = Span(start, end) & whole if start < end else None
    if shown is None or shown.ms < 10:
        what = f"window {start}..{end} ms shows nothing of a session of {whole.ms} ms"
        raise SessionError([Problem(what, session.id, "seconds?" if end <= whole.ms // SECOND else "")])
    return shown


def title_of(material: Material) -> str:
    """Name the gate: the replayed one, or that of the client that ran."""
    ran = material.session.info.client.get("policy")
    return f"as recorded, client {ran}" if material.policy == AS_RECORDED and ran else material.policy


def subtitle(material: Material) -> str:
    """Say whose session this is, under which settings, and what is known of what was heard."""
    info = material.session.info
    agent = info.tracks.get("agent")
    basis = "not recorded" if material.heard is None else str(material.heard.basis)
    if material.heard is None and agent is not None and agent.kind == "heard":
        basis = "channel"
    heard = f"heard: {basis}".replace(" ", KEEP)
    supposed = material.supposed
    settings = info.turn_detection.label if supposed is None else f"{supposed.label} supposed, reports of a surrogate"
    return f"{info.provider} {info.model} · {settings} · session {info.basis} · {heard}"


def session_scores(session: Session) -> tuple[Scores | None, str]:
    """Give the detector's scores of the user's track from the cache or the detector, or say why there are none.

    Raises
    ------
    AudioError
        The track is missing or damaged.
    """
    from bargein.vad.cache import scores_for

    track = session.info.tracks.get("user")
    if track is None:
        return None, "no speech score: the session has no user track"
    try:
        return scores_for(session.folder / track.file), ""
    except InputError:
        raise
    except BargeinError as error:  # the scorer is not installed
        return None, f"no speech score: {error}"


def score_of(
    session: Session, window: Span, scores: Scores | bool, rule: Rule | None, supposed: ServerVad | None = None
) -> tuple[ScoreLane | None, tuple[str, ...]]:
    """Gather the detector's score inside a window, with the settings supposed or in force unless a rule is given."""
    from bargein.vad.rule import Rule

    found, why_not = session_scores(session) if scores is True else (scores or None, "")
    if found is None:
        return None, (why_not,) if why_not else ()
    told, remark = supposed or session.info.turn_detection, ""
    if rule is None:
        rule = Rule.of(told, Rule()) if isinstance(told, ServerVad) else Rule()
        remark = "" if isinstance(told, ServerVad) else f"; in force was {told.label}, which has no threshold"
    origin = session.info.tracks["user"].origin_ms
    return score_lane(found, rule, window, origin, remark), ()


def not_there(material: Material) -> Iterable[str]:
    """Say which lanes are missing, and why."""
    session = material.session
    if session.info.clock == "none":
        yield "the log has no times: neither its events nor the agent's sound can be placed"
    elif "agent" not in session.info.tracks:
        over_media = material.heard is not None and not material.heard.by_sample
        yield ("no remote track: when the agent was heard is known, its waveform is not" if over_media
               else "no agent sound was recorded: what was heard is not known")  # fmt: skip


def _marks(material: Material) -> Iterable[Mark]:
    for event in material.events:
        kind = MARK_OF.get(type(event))
        if kind is not None:
            local = getattr(event, "source", "") == LOCAL_VAD
            yield Mark(event.at, LOCAL[kind] if local else kind, getattr(event, "response", ""))
