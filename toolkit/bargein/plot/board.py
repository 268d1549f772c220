"""A session as a timeline that is zoomed: the outline of any window, however long the session is.

A board is gathered once; :meth:`Board.window` gives what one view of it shows, packed for a browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bargein.audio.pyramid import Pyramid
from bargein.events import Delta
from bargein.outcome import Outcome
from bargein.plot.columns import Grid, Outline
from bargein.plot.lanes import generated_note, heard_note
from bargein.plot.material import AS_RECORDED, Material
from bargein.plot.pieces import Piece, generated_pieces, heard_pieces
from bargein.plot.score import ScoreLane
from bargein.plot.session import not_there, subtitle, title_of, window_of
from bargein.session import Session, Track
from bargein.session.sounding import AgentSound
from bargein.timeline import Span
from bargein.uncollected import uncollected
from bargein.units import SECOND, ms_of, whole_ms

Int64 = npt.NDArray[np.int64]

#: A packed column in which nothing sounds; what does lies in -FULL..FULL.
NOTHING, FULL = -128, 127
#: Most columns that one view may ask for.
MOST = 8_192


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """A lane of one track's sound.

    Parameters
    ----------
    lane, title, note
        ``user``, ``generated`` or ``heard``; as shown; what stands beside the title.
    track
        Where the sound lies.
    runs
        By kind of sound (``palette.SOUND``): start and end in session ms, first sample in the track (-1: not stored,
        drawn flat) and number of samples; shape (n, 4), in order of start.
    """

    lane: str
    title: str
    note: str
    track: Pyramid
    runs: Mapping[str, Int64]

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
    leaks
        When sound was heard after its cut.
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
    leaks: tuple[Span, ...]
    sound: AgentSound
    score: ScoreLane | None = None

    @classmethod
    def of(cls, shown: Session | Outcome, cache: Path | None = None) -> Board:
        """Gather a session as recorded, or a replay's outcome.

        Parameters
        ----------
        cache
            Where pyramids are kept; None: the user's.

        Raises
        ------
        SessionError, AudioError
            The log, the labels or a track cannot be read.
        """
        session = shown.session if isinstance(shown, Outcome) else shown
        files = {name: session.folder / track.file for name, track in session.info.tracks.items()}
        with ThreadPoolExecutor() as pool, uncollected():  # decoding leaves the interpreter free to read the log
            made = {name: pool.submit(Pyramid.of, path, cache) for name, path in files.items()}
            material = Material.of(shown)
            heard = list(heard_pieces(material))
            sound = AgentSound(session, (e for e in material.events if isinstance(e, Delta)))
            strips = tuple(_strips(material, heard, sound, made))
        replayed = material.policy != AS_RECORDED
        return cls(
            material=material,
            whole=window_of(session, None),
            title=f"{session.id} · {title_of(material)}",
            subtitle=subtitle(material),
            notes=tuple(not_there(material)),
            strips=strips,
            sound=sound,
            cuts=tuple(material.biting()) if replayed else (),
            leaks=tuple(Span(p.start, p.end) for p in heard if p.kind == "leaked"),
        )

    @property
    def session(self) -> Session:
        """What was recorded."""
        return self.material.session

    def scored(self, lane: ScoreLane) -> Board:
        """Give the same board with a score."""
        return replace(self, score=lane)

    def window(self, window: Span, columns: int) -> View:
        """Give what a window shows; what of it lies outside the session is cut off.

        Raises
        ------
        SessionError
            Nothing of it lies inside.
        """
        grid = Grid(window_of(self.session, window), min(max(columns, 1), MOST))
        names: list[tuple[str, str]] = []
        packed: list[bytes] = []
        for strip in self.strips:
            for kind in strip.runs:
                outline = strip.outline(kind, grid)
                if outline.columns:
                    names.append((strip.lane, kind))
                    packed.append(pack(outline, strip.track.peak))
        if self.score is not None and len(self.score.values):
            names.append(("score", "score"))
            packed.append(pack(score_outline(self.score, grid), 1.0))
        return View(grid.window, grid.columns, tuple(names), b"".join(packed))


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
    material: Material, heard: Sequence[Piece], sound: AgentSound, pyramids: Mapping[str, Future[Pyramid]]
) -> Iterable[Strip]:
    """Gather the lanes that are there; the pyramids are waited for last."""
    tracks = material.session.info.tracks
    user, agent = tracks.get("user"), tracks.get("agent")
    arrived: dict[str, Int64] = {}
    sounded: dict[str, Int64] = {}
    if agent is not None and agent.kind == "generated" and material.generated.rows:
        arrived = _runs(generated_pieces(material), sound)
    if agent is not None and material.heard is not None and material.heard.by_sample:
        sounded = _runs(heard, sound)
    elif agent is not None and agent.kind == "heard":
        sounded = {"heard": _channel(agent)}
    leaked = sum(p.samples for p in heard if p.kind == "leaked")
    note = heard_note(material.heard, leaked) if sounded else ""
    if user is not None:
        yield Strip("user", "user", "microphone as sent", pyramids["user"].result(), {"user": _channel(user)})
    if arrived:
        said = generated_note(material.generated)
        yield Strip("generated", "agent, generated", said, pyramids["agent"].result(), arrived)
    if sounded:
        yield Strip("heard", "agent, heard", note, pyramids["agent"].result(), sounded)


def _channel(track: Track) -> Int64:
    """A track that has a clock of its own: one run."""
    return np.array([[track.origin_ms, track.origin_ms + ms_of(track.samples, track.rate), 0, track.samples]], np.int64)


def _runs(pieces: Iterable[Piece], sound: AgentSound) -> dict[str, Int64]:
    """Say where in the track the sound of each piece lies."""
    found: dict[str, list[tuple[int, int, int, int]]] = {}
    for p in pieces:
        own = found.setdefault(p.kind, [])
        stored = 0
        for offset, first, count in sound.places(p.part, p.first, p.samples):
            start, end = (p.start + (p.end - p.start) * n // p.samples for n in (offset, offset + count))
            own.append((start, end, first, count))
            stored += count
        if stored < p.samples:
            own.append((p.start, p.end, -1, p.samples))
    return {kind: np.array(sorted(runs), np.int64).reshape(-1, 4) for kind, runs in found.items()}


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
