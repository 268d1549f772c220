"""Policies on one session as a timeline that is zoomed: the user once, then a lane of heard sound for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bargein.corpus import Run
from bargein.corpus.whatif import Unknown, unknown
from bargein.errors import Problem, SessionError
from bargein.plot.board import Board, Known, outlines
from bargein.plot.material import AS_RECORDED
from bargein.plot.policies import said
from bargein.plot.sound import made_of
from bargein.session import Session
from bargein.session.stretch import Sounding

#: Most lanes that are told apart by a key of one digit.
MOST_LANES = 9


@dataclass(frozen=True, slots=True, eq=False)
class HeardLane:
    """What was heard under one policy, or as recorded.

    Parameters
    ----------
    title
        The policy's, or ``as recorded``.
    board
        Its own: cuts, and what they revoked.
    sounding
        What is played of it.
    unknown
        Stretches of which nothing can be said, and why.
    """

    title: str
    board: Board
    sounding: Sounding
    unknown: tuple[Unknown, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Everything a comparison shows: one board with a strip ``heard/n`` per lane, and the lanes.

    Parameters
    ----------
    board
        Of the session as recorded: its user, events and labels; its strips are those of the comparison.
    lanes
        What was recorded first, where that is known, then the policies in the order in which they were named.
    cuts
        Session ms and number of the lane, in order of time.
    """

    board: Board
    lanes: tuple[HeardLane, ...]
    cuts: tuple[tuple[int, int], ...]


def compared(session: Session, runs: Sequence[Run], cache: Path | None = None, *, wait: bool = True) -> Comparison:
    """Gather what was heard of one session under several policies.

    Parameters
    ----------
    runs
        Its replays.
    cache, wait
        As :meth:`bargein.plot.board.Board.of`.

    Raises
    ------
    SessionError
        No replays, more than nine, or some of another session.
    """
    _check(session, runs)
    reading = runs[0].case.reading
    known = Known(outlines(session, cache, begin=wait), reading, generated=made_of(reading.generated))
    board = Board.of(session, wait=wait, known=known, generated=False)
    known = known._replace(sound=board.sound)
    lanes, strips = [], [s for s in board.strips if s.lane == "user"]
    if any(s.lane == "heard" for s in board.strips):
        lanes.append(HeardLane(AS_RECORDED, board, Sounding(session, board.sound, board.material.heard), ()))
    for run in runs:
        own = Board.of(run.outcome, wait=wait, known=known, generated=False)
        sounding = Sounding(session, own.sound, own.material.heard, run.outcome.loudness())
        lanes.append(HeardLane(run.outcome.policy.title, own, sounding, unknown(run)))
    notes = {r.outcome.policy.title: said(r, board.whole) for r in runs}
    for n, lane in enumerate(lanes):
        for strip in (s for s in lane.board.strips if s.lane == "heard"):
            spans = tuple(u.span for u in lane.unknown)
            note = notes.get(lane.title, strip.note)
            strips.append(replace(strip, lane=f"heard/{n}", title=lane.title, note=note, unknown=spans))
    shown = replace(board, title=f"{session.id} · who was heard, under each policy", strips=tuple(strips))
    cuts = sorted((t, n) for n, lane in enumerate(lanes) for t in lane.board.cuts)
    return Comparison(shown, tuple(lanes), tuple(cuts))


def _check(session: Session, runs: Sequence[Run]) -> None:
    others = sorted({r.outcome.session.id for r in runs} - {session.id})
    if others or not 1 <= len(runs) < MOST_LANES:
        what = f"replays of {', '.join(others)}" if others else f"{len(runs)} policies"
        hint = f"of one session, 1 to {MOST_LANES - 1} policies"
        raise SessionError([Problem(what, hint=hint)], "compare")
