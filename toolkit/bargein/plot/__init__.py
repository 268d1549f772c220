"""Pictures: first data that can be inspected and tested, then drawn.

Each verb takes a result, gathers a picture (a plain dataclass of its own module) and draws it; ``ax`` puts it into a
figure of yours. Matplotlib is loaded by the first one that draws, not by importing this.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bargein.gate import GENERATIONS, Policy
from bargein.outcome import Link, Outcome
from bargein.session import Session, load

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from bargein.corpus import Account, Run
    from bargein.plot.figure import Picture
    from bargein.timeline import Span
    from bargein.tuning import Figures, Tuned
    from bargein.tuning.cost import Prices
    from bargein.tuning.plan import Plan
    from bargein.vad.rule import Rule
    from bargein.vad.scores import Scores

__all__ = [
    "timeline", "spectrogram", "contact_sheet", "heard", "compare", "delays", "stages", "transfers", "books",
    "frontier", "pareto", "ceiling", "iso_cost", "answerable", "around", "draw", "png", "save",
]  # fmt: skip

#: A session as recorded, its folder, or a replay's outcome.
Shown: TypeAlias = "Session | Outcome | str | os.PathLike[str]"


def timeline(
    shown: Shown,
    *,
    scores: Scores | bool = True,
    rule: Rule | None = None,
    window: Span | tuple[int, int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what happened: user, agent as generated and as heard, events, labels, the detector's score.

    Parameters
    ----------
    shown
        A session as recorded, or its folder; or a replay's outcome.
    scores, rule
        The speech score and the thresholds shown with it; False for no score. See
        :func:`bargein.plot.session.timeline_picture`.
    window
        Session ms; None: all of it. :func:`around` gives one around a label.
    ax
        Where to draw; None: a figure of its own.

    Raises
    ------
    SessionError, AudioError
        The session cannot be read, or the window shows nothing.
    """
    from bargein.plot.material import opened
    from bargein.plot.session import timeline_picture

    return draw(timeline_picture(opened(shown), scores=scores, rule=rule, window=window), ax)


def spectrogram(
    shown: Shown, side: str = "user", *, window: Span | tuple[int, int] | None = None,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw what somebody sounded like, frequency over session time, with the labels above it.

    Parameters
    ----------
    shown
        A session as recorded, or its folder; or a replay's outcome.
    side
        ``user``, or ``heard``: the agent as it left the loudspeaker.
    window, ax
        As for :func:`timeline`.

    Raises
    ------
    SettingsError, SessionError, AudioError
        No such side; the window shows nothing; the session cannot be read.
    """
    from bargein.plot.material import opened
    from bargein.plot.mel import spectrogram_picture

    return draw(spectrogram_picture(opened(shown), side, window), ax)


def contact_sheet(
    sessions: str | os.PathLike[str] | Session, *, most: int = 24, columns: int = 2, ax: Axes | None = None
) -> Axes:
    """Draw many sessions on one sheet: small timelines on one scale, the worst first, each with a line of facts.

    Parameters
    ----------
    sessions
        A session, its folder, or a folder of sessions.
    most
        How many are shown; those that are left out are counted.
    columns
        Sessions side by side.

    Raises
    ------
    SessionError
        Every problem of every session.
    """
    from bargein.corpus import open_corpus
    from bargein.plot.contact import contact_sheet as gathered

    return draw(gathered(open_corpus(sessions), most, columns), ax)


def heard(shown: Shown, ax: Axes | None = None) -> Axes:
    """Draw heard against generated: how far the provider is ahead of the ear, and what never arrives there."""
    from bargein.plot.backlog import backlog_chart
    from bargein.plot.material import opened

    return draw(backlog_chart(opened(shown)), ax)


def compare(
    shown: str | os.PathLike[str] | Session | Iterable[Outcome],
    policies: Sequence[str | Policy] = GENERATIONS,
    *,
    link: Link | None = None,
    window: Span | tuple[int, int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw who was heard, under each gate.

    Parameters
    ----------
    shown
        A session or its folder, which is replayed under ``policies``; or outcomes of one session.
    policies
        Names or policies; without ``@source`` each listens to the detector the session's client had.
    link
        From the log to the loudspeaker, for replays made here.
    window, ax
        As for :func:`timeline`.

    Raises
    ------
    NotAnswerable
        The session cannot be replayed.
    SessionError, SettingsError
        It cannot be read, or outcomes of several sessions were given; no such policy.
    """
    from bargein.corpus import Case, Run, run_policies
    from bargein.plot.policies import policies_picture

    runs: list[Run] = []
    if isinstance(shown, (str, os.PathLike, Session)):
        session = shown if isinstance(shown, Session) else load(shown)
        runs = run_policies(Case(session), policies, link)
    else:
        case = None
        for outcome in shown:
            case = case if case is not None and case.session is outcome.session else Case(outcome.session)
            runs.append(Run.of(case, outcome))
    return draw(policies_picture(runs, window=window), ax)


def books(accounts: pd.DataFrame | Iterable[Account], ax: Axes | None = None) -> Axes:
    """Draw what the books say beside what was true, session by session; takes the table of ``bargein.accounts``."""
    from bargein.plot.accounting import books_chart

    return draw(books_chart(accounts), ax)


def frontier(tuned: Tuned, shown: Figures | None = None, ax: Axes | None = None) -> Axes:
    """Draw cut-offs against endpoint delay; dashed where the recordings cannot tell."""
    from bargein.plot.curves import frontier_chart

    return draw(frontier_chart(tuned, shown), ax)


def pareto(tuned: Tuned, ax: Axes | None = None) -> Axes:
    """Draw the settings that no other one beats in cut-offs and endpoint delay, at any threshold."""
    from bargein.plot.front import pareto_chart

    return draw(pareto_chart(tuned), ax)


def ceiling(tuned: Tuned, shown: Figures | None = None, ax: Axes | None = None) -> Axes:
    """Draw missed turns against false starts: the pairs that any threshold reaches."""
    from bargein.plot.curves import ceiling_chart

    return draw(ceiling_chart(tuned, shown), ax)


def iso_cost(tuned: Tuned, prices: Prices | None = None, ax: Axes | None = None) -> Axes:
    """Draw the cost of every threshold and end silence, with what both knobs reach and what one alone does."""
    from bargein.plot.iso import iso_chart

    return draw(iso_chart(tuned, prices), ax)


def answerable(plan: Plan, tuned: Tuned | None = None, ax: Axes | None = None) -> Axes:
    """Draw where in the plane of threshold and end silence recordings carry a recommendation, and why not elsewhere.

    Parameters
    ----------
    plan
        Of :func:`bargein.plan`: what is at hand, and which settings to record next.
    tuned
        Whose proposal is marked; one that proposes nothing else than what is in force marks nothing.
    """
    from bargein.plot.known import known_chart

    return draw(known_chart(plan, tuned), ax)


def delays(
    shown: str | os.PathLike[str] | Session | Iterable[Run],
    policies: Sequence[str | Policy] = GENERATIONS,
    *,
    link: Link | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how long the interrupted agent went on, by cause of late audio and gate.

    Parameters
    ----------
    shown
        A session or a folder of sessions, which are replayed under ``policies``; or runs that were made before.
    policies, link, ax
        As for :func:`compare`.
    """
    from bargein.plot.curves import delays_chart

    return draw(delays_chart(_runs(shown, policies, link)), ax)


def stages(
    shown: str | os.PathLike[str] | Session | Iterable[Run],
    policies: Sequence[str | Policy] = GENERATIONS,
    *,
    link: Link | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw why the stop was slow: detect, act and drain, by cause of late audio and gate. See :func:`delays`."""
    from bargein.plot.floor import stages_chart

    return draw(stages_chart(_runs(shown, policies, link)), ax)


def transfers(shown: str | os.PathLike[str] | Session, ax: Axes | None = None) -> Axes:
    """Draw how soon the other speaks: floor transfer offsets of sessions as recorded, beside those of people.

    Raises
    ------
    SessionError
        Every problem of every session.
    """
    from bargein.corpus import open_corpus
    from bargein.plot.floor import transfers_chart

    return draw(transfers_chart(open_corpus(shown).timed), ax)


def _runs(
    shown: str | os.PathLike[str] | Session | Iterable[Run], policies: Sequence[str | Policy], link: Link | None
) -> list[Run]:
    from bargein.corpus import need_replayable, open_corpus, run_policies

    if not isinstance(shown, (str, os.PathLike, Session)):
        return list(shown)
    cases = need_replayable(open_corpus(shown).cases)
    return [run for case in cases for run in run_policies(case, policies, link)]


def around(
    shown: Shown, kind: str = "interruption", nth: int = 0, *, before_ms: int = 4_000, after_ms: int = 6_000
) -> Span:
    """Give the window around the onset of a label; see :func:`bargein.plot.session.around`."""
    from bargein.plot.material import opened
    from bargein.plot.session import around as found

    return found(opened(shown), kind, nth, before_ms=before_ms, after_ms=after_ms)


def draw(picture: Picture, ax: Axes | None = None) -> Axes:
    """Draw a picture that was gathered before."""
    from bargein.plot import figure

    return figure.draw(picture, ax)


def png(picture: Picture, *, width: float = 9.0, height: float | None = None, dpi: int = 100) -> bytes:
    """Draw a picture and give it as PNG, ``width`` and ``height`` in inches."""
    from bargein.plot import figure

    return figure.png(picture, width, height, dpi)


def save(shown: Axes | Picture, path: str | os.PathLike[str], *, dpi: int = 130) -> Path:
    """Write a PNG, whole or not at all; axes are closed afterwards."""
    from bargein.plot import figure

    return figure.save(shown, path, dpi)
