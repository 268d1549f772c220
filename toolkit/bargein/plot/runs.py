"""Where in a track each stretch of sound lies, as arrays: what a zoomed timeline draws from, an hour of deltas at once.

Runs are rows of start and end in session ms, first sample in the track (-1: not stored, drawn flat) and number of
samples; shape (n, 4), in order of start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from bargein.ledger import Part, Row
from bargein.plot.material import Material
from bargein.plot.pieces import Piece, pieces_of
from bargein.session import Track
from bargein.session.sounding import AgentSound
from bargein.timeline import Span, Timeline
from bargein.units import SECOND, ms_of

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]


def runs_of_channel(track: Track) -> Int64:
    """Give a track that has a clock of its own: one run."""
    return np.array([[track.origin_ms, track.origin_ms + ms_of(track.samples, track.rate), 0, track.samples]], np.int64)


def runs_of(pieces: Iterable[Piece], sound: AgentSound) -> dict[str, Int64]:
    """Say, by kind, where in the track the sound of each piece lies."""
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


def arrived_runs(material: Material, sound: AgentSound) -> dict[str, Int64]:
    """Give ``runs_of(generated_pieces(material), sound)``, response by response instead of delta by delta.

    Deltas that were heard whole, or not at all, and are stored in one piece, are most of an hour's: they are rows of an
    array. The others go the long way.
    """
    generated = material.generated
    sounded = material.heard.by_part() if material.heard is not None else None
    found: dict[str, list[Int64]] = {}
    others: list[Piece] = []
    for own in generated.by_response.values():
        times = _arrival_times(own, generated.rate)
        for part, rows in _by_part(own).items():
            first, count = np.array([own[n][3:5] for n in rows], np.int64).T
            heard, unheard = _inside(None if sounded is None else sounded.get(part, Timeline()), first, first + count)
            at, plain = _stored(sound, part, first, count)
            runs = np.column_stack([times[rows], at, count])
            for kind, chosen in (("arrived", heard), ("unheard", unheard)):
                if len(kept := runs[chosen & plain & (count > 0)]):
                    found.setdefault(kind, []).append(kept)
            for n in np.flatnonzero(~((heard | unheard) & plain)):
                start, end = times[rows[n]].tolist()
                others += pieces_of(Span(start, end), own[rows[n]], sounded)
    for kind, more in runs_of(others, sound).items():
        found.setdefault(kind, []).append(more)
    return {kind: _in_order(np.concatenate(runs)) for kind, runs in found.items()}


def _arrival_times(own: Sequence[Row], rate: int) -> Int64:
    """Start and end of each arrival, as :func:`bargein.plot.sound.arrivals`; shape (n, 2)."""
    at, count = np.array([(row.at, row.samples) for row in own], np.int64).T
    gaps = np.diff(at)
    apart = np.sort(gaps[gaps > 0])
    usual = apart[len(apart) // 2] if len(apart) else ms_of(int(count[-1]), rate)
    return np.column_stack([at, at + np.minimum(np.append(gaps, usual), -(-count * SECOND // rate))])


def _by_part(own: Sequence[Row]) -> Mapping[Part, list[int]]:
    """Rows of each content part, by number."""
    found: dict[Part, list[int]] = {}
    for n, row in enumerate(own):
        found.setdefault(row.part, []).append(n)
    return found


def _inside(heard: Timeline | None, first: Int64, end: Int64) -> tuple[Bool, Bool]:
    """Which stretches of a part's samples were heard whole, and of which nothing was; None: heard is not asked."""
    if heard is None:
        return np.ones(len(first), bool), np.zeros(len(first), bool)
    starts, ends = _edges([(s.start, s.end) for s in heard])
    last = np.searchsorted(starts, first, side="right") - 1
    inside = (last >= 0) & (end <= ends[last]) if len(ends) else np.zeros(len(first), bool)
    return inside, np.searchsorted(ends, first, side="right") == np.searchsorted(starts, end, side="left")


def _stored(sound: AgentSound, part: Part, first: Int64, count: Int64) -> tuple[Int64, Bool]:
    """Where stretches of a part begin in the track (-1: not stored), and whether that says all of them."""
    pieces = sound.stored(part)
    starts, ends = _edges([(begin, begin + n) for begin, n, _ in pieces])
    if not len(pieces):
        return np.full(len(first), -1, np.int64), np.ones(len(first), bool)
    last = np.maximum(np.searchsorted(starts, first, side="right") - 1, 0)
    following = np.append(starts[1:], np.iinfo(np.int64).max)[last]
    inside = (starts[last] <= first) & (first + count <= np.minimum(ends[last], following))
    places = np.array([at for _, _, at in pieces], np.int64)[last]
    return np.where(places >= 0, places + first - starts[last], -1), inside


def _edges(spans: Sequence[tuple[int, int]]) -> tuple[Int64, Int64]:
    """Starts and ends of spans, as arrays."""
    starts, ends = np.array(spans, np.int64).reshape(-1, 2).T
    return starts, ends


def _in_order(runs: Int64) -> Int64:
    """Sort runs as tuples are sorted."""
    return runs[np.lexsort(runs.T[::-1])]
