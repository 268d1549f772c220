"""A session as a timeline that is zoomed: the outline of any window, however long the session is.

A board is gathered once; :meth:`Board.window` gives what one view of it shows, packed for a browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bargein.audio import files
from bargein.audio.pyramid import Later, Pyramid
from bargein.events import Delta
from bargein.ledger import Part
from bargein.outcome import Outcome
from bargein.plot.columns import Grid, Outline
from bargein.plot.lanes import generated_note, heard_note
from bargein.plot.material import AS_RECORDED, Material
from bargein.plot.pieces import Piece, heard_pieces
from bargein.plot.runs import Int64, arrived_runs, runs_of, runs_of_channel
from bargein.plot.score import ScoreLane
from bargein.plot.session import not_there, subtitle, title_of, window_of
from bargein.providers import Reading
from bargein.session import Session
from bargein.session.sounding import AgentSound
from bargein.timeline import Span, Timeline
from bargein.uncollected import uncollected
from bargein.units import SECOND, whole_ms

#: A packed column in which nothing sounds; what does lies in -FULL..FULL.
NOTHING, FULL = -128, 127
#: The outlines of a session's tracks, by name.
Outlines = Mapping[str, Later]
#: Most columns that one view may ask for.
MOST = 8_192


class Known(NamedTuple):
    """What another board of a session, or of a replay of it, has made already.

    Parameters
    ----------
    made
        The session's :func:`outlines`.
    reading
        Its log.
    sound, generated
        Where the agent's samples are stored, and which of them were generated: the same under every gate.
    """

    made: Outlines
    reading: Reading | None = None
    sound: AgentSound | None = None
    generated: Mapping[Part, Timeline] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """A lane of one track's sound.

    Parameters
    ----------
    lane, title, note
        ``user``, ``generated`` or ``heard``; as shown; what stands beside the title.
    made
        The outline of the track in which the sound lies.
    leaks, unknown
        When its sound was heard after its cut; where nothing can be said of it.
    runs
        By kind of sound (``palette.SOUND``): start and end in session ms, first sample in the track (-1: not stored,
        drawn flat) and number of samples; shape (n, 4), in order of start.
    """

    lane: str
    title: str
    note: str
    made: Later
    runs: Mapping[str, Int64]
    leaks: tuple[Span, ...] = ()
    unknown: tuple[Span, ...] = ()

    @property
    def track(self) -> Pyramid:
        """The outline of the track; waited for."""
        return self.made.wait()

    def outline(self, kind: str, grid: Grid) -> Outline:
        """Give one kind of sound on a grid."""
        lo, hi = np.full((2, grid.columns), np.nan, np.float32)
        for begin, end, first, count in _joined(self.runs[kind], grid):
            at = np.arange(begin, end)
            low = high = np.zeros(1, np.float32)
            if first >= 0:
                low, high = self.track.between(int(first), int(count), end - begin)
            if len(low):
                taken = (at - begin) * len(low) // (end - begin)  # fewer samples than columns: each is shown more often
                lo[at], hi[at] = np.fmin(lo[at], low[taken]), np.fmax(hi[at], high[taken])
        return Outline(lo, hi)


class View(NamedTuple):
    """What a window shows, packed.

    Parameters
    ----------
    window, columns
        Session ms, and into how many columns it is cut.
    names
        Lane and kind of each outline, in the order in which they are packed; what does not sound here is left out.
    data
        For each of them the lows, then the highs of all columns, one signed byte each: ``FULL`` is the lane's peak,
        ``NOTHING`` a column without sound.
    """

    window: Span
    columns: int
    names: tuple[tuple[str, str], ...]
    data: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Everything of a session that a zoomed timeline draws as an outline, and what is written beside it.

    Parameters
    ----------
    material
        Events, audio and cuts.
    whole
        From 0 to the session's end.
    title, subtitle, notes
        As in :class:`bargein.plot.session.TimelinePicture`.
    strips
        Lanes of sound from top to bottom.
    cuts
        Session ms, those that had something to cut.
    sound
        Where the agent's samples are stored.
    score
        The detector's score and what a rule makes of it; None until it is known.
    """

    material: Material
    whole: Span
    title: str
    subtitle: str
    notes: tuple[str, ...]
    strips: tuple[Strip, ...]
    cuts: tuple[int, ...]
    sound: AgentSound
    score: ScoreLane | None = None

    @classmethod
    def of(
        cls, shown: Session | Outcome, cache: Path | None = None, *, wait: bool = True, known: Known | None = None,
        generated: bool = True,
    ) -> Board:  # fmt: skip
        """Gather a session as recorded, or a replay's outcome.

        Parameters
        ----------
        cache
            Where pyramids are kept; None: the user's.
        wait
            Whether to wait for the tracks to be decoded; else :meth:`complete` does.
        known
            What another board of the session has made already.
        generated
            Whether it has a lane of what was generated.

        Raises
        ------
        SessionError, AudioError
            The log, the labels or a track cannot be read; of a track that is not waited for, its header.
        """
        session = shown.session if isinstance(shown, Outcome) else shown
        known = Known(outlines(session, cache, begin=wait)) if known is None else known
        with uncollected():
            material = Material.of(shown, known.reading)
            heard = list(heard_pieces(material, known.generated))
            sound = known.sound or AgentSound(session, (e for e in material.events if isinstance(e, Delta)))
            strips = tuple(_strips(material, heard, sound, known.made, generated))
        replayed = material.policy != AS_RECORDED
        board = cls(
            material=material,
            whole=window_of(session, None),
            title=f"{session.id} · {title_of(material)}",
            subtitle=subtitle(material),
            notes=tuple(not_there(material)),
            strips=strips,
            sound=sound,
            cuts=tuple(material.biting()) if replayed else (),
        )
        return board.complete() if wait else board

    def complete(self) -> Board:
        """Wait until every track that is drawn has been decoded; give the same board.

        Raises
        ------
        AudioError
            A track is damaged.
        """
        for strip in self.strips:
            strip.made.begin()
        for strip in self.strips:
            strip.made.wait()
        return self

    @property
    def session(self) -> Session:
        """What was recorded."""
        return self.material.session

    def scored(self, lane: ScoreLane) -> Board:
        """Give the same board with a score."""
        return replace(self, score=lane)

    def window(self, window: Span, columns: int) -> View:
        """Give what a window shows; what of it lies outside the session is cut off, what is not decoded is left out.

        Raises
        ------
        SessionError
            Nothing of it lies inside.
        """
        grid = Grid(window_of(self.session, window), min(max(columns, 1), MOST))
        names: list[tuple[str, str]] = []
        packed: list[bytes] = []
        for strip in (s for s in self.strips if s.made.there):
            for kind in strip.runs:
                outline = strip.outline(kind, grid)
                if outline.columns:
                    names.append((strip.lane, kind))
                    packed.append(pack(outline, strip.track.peak))
        if self.score is not None and len(self.score.values):
            names.append(("score", "score"))
            packed.append(pack(score_outline(self.score, grid), 1.0))
        return View(grid.window, grid.columns, tuple(names), b"".join(packed))


def outlines(session: Session, cache: Path | None = None, *, begin: bool = True) -> Outlines:
    """Give the outlines of a session's tracks, which are made, or read from the cache, in the background.

    Parameters
    ----------
    begin
        Whether to begin at once; else they are begun when they are asked for.

    Raises
    ------
    AudioError
        A track's header cannot be read.
    """
    paths = {name: session.folder / track.file for name, track in session.info.tracks.items()}
    for path in paths.values():
        files.info(path)
    made = {name: Later(path, cache) for name, path in paths.items()}
    for later in made.values() if begin else ():
        later.begin()
    return made


def pack(outline: Outline, peak: float) -> bytes:
    """Write an outline as signed bytes, its lows and then its highs; ``peak`` becomes ``FULL``.

    Examples
    --------
    >>> pack(Outline(np.float32([-0.5, np.nan]), np.float32([0.25, np.nan])), 0.5).hex()
    '81804080'
    """
    bands = np.stack([outline.lo, outline.hi]) * np.float32(FULL / peak if peak else 0.0)
    return np.where(np.isnan(bands), NOTHING, np.clip(np.rint(bands), -FULL, FULL)).astype(np.int8).tobytes()


def score_outline(score: ScoreLane, grid: Grid) -> Outline:
    """Give lowest and highest score of each column."""
    frame = whole_ms((score.start_s[1] - score.start_s[0]) * SECOND) if len(score.values) > 1 else 1
    start = whole_ms(float(score.start_s[0]) * SECOND)
    first = max((grid.window.start - start) // frame, 0)
    last = min(-(-(grid.window.end - start) // frame), len(score.values))
    shown = score.values[first:last].astype(np.float32)
    return grid.squeezed([(Span(start + first * frame, start + max(last, first) * frame), shown)])


def _strips(
    material: Material, heard: Sequence[Piece], sound: AgentSound, pyramids: Outlines, generated: bool
) -> Iterable[Strip]:
    """Gather the lanes that are there."""
    tracks = material.session.info.tracks
    user, agent = tracks.get("user"), tracks.get("agent")
    arrived: dict[str, Int64] = {}
    sounded: dict[str, Int64] = {}
    if generated and agent is not None and agent.kind == "generated" and material.generated.rows:
        arrived = arrived_runs(material, sound)
    if agent is not None and material.heard is not None and material.heard.by_sample:
        sounded = runs_of(heard, sound)
    elif agent is not None and agent.kind == "heard":
        sounded = {"heard": runs_of_channel(agent)}
    leaked = sum(p.samples for p in heard if p.kind == "leaked")
    leaks = tuple(Span(p.start, p.end) for p in heard if p.kind == "leaked")
    note = heard_note(material.heard, leaked) if sounded else ""
    if user is not None:
        yield Strip("user", "user", "microphone as sent", pyramids["user"], {"user": runs_of_channel(user)})
    if arrived:
        said = generated_note(material.generated)
        yield Strip("generated", "agent, generated", said, pyramids["agent"], arrived)
    if sounded:
        yield Strip("heard", "agent, heard", note, pyramids["agent"], sounded, leaks)


def _joined(runs: Int64, grid: Grid) -> Iterable[tuple[int, int, int, int]]:
    """Clip runs to a grid and give them as columns (begin, end) and samples (first, count).

    Runs that share their columns and follow on each other in the track are made one: an hour of deltas on a screen is
    then no more work than a minute of them.
    """
    window = grid.window
    begin, end, first, count = runs[(runs[:, 0] < window.end) & (runs[:, 1] >= window.start)].T
    if not len(begin):
        return
    length = np.maximum(end - begin, 1)
    from_, to = np.maximum(begin, window.start), np.minimum(end, window.end)
    skipped, until = (from_ - begin) * count // length, np.maximum(to - begin, 0) * count // length
    first, count = np.where(first < 0, -1, first + skipped), np.where(end > begin, until - skipped, count)
    left = (from_ - window.start) * grid.columns // max(window.ms, 1)
    right = np.maximum((to - window.start) * grid.columns // max(window.ms, 1), left + 1)
    inside = (left < grid.columns) & (count > 0)
    left, right, first, count = left[inside], np.minimum(right[inside], grid.columns), first[inside], count[inside]
    if not len(left):
        return
    same = (
        (left[1:] == left[:-1]) & (right[1:] == right[:-1]) & (first[1:] == first[:-1] + count[:-1]) & (first[1:] > 0)
    )
    heads = np.flatnonzero(np.r_[True, ~same])
    totals = np.add.reduceat(count, heads)
    yield from zip(left[heads].tolist(), right[heads].tolist(), first[heads].tolist(), totals.tolist(), strict=True)
