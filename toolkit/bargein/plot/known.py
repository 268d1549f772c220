"""What can be known where: the plane of threshold and end silence in three colours, each part with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from string import ascii_lowercase

from bargein.plot.chart import Bars, Chart, Line, Points, Shape, Words
from bargein.plot.iso import edges_of
from bargein.plot.palette import INK, STANDINGS, VERMILLION
from bargein.settings import FRAME_MS, ServerVad
from bargein.tuning.answerable import Answerable, Cell

TITLE = "Where can these recordings say what a setting does?"
X, Y = "silence_duration_ms", "threshold (score)"
#: The plane is shown at least so far, ms; and so much further than what is marked in it.
LEAST_MS, ROOM = 800, 1.25
#: A part that is narrower than this, as a share of the picture, is not named in it.
NARROW = 0.04


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of settings that stand alike, for the same reasons; end silences in ms."""

    cell: Cell
    left: float
    right: float
    low: float
    high: float


def parts(known: Answerable, right: float) -> list[Part]:
    """Cut the plane into rectangles, from end silence 0 to ``right``; rows of a threshold reach half way to the next."""
    shown = [s for s in known.silences if s <= right]
    found: list[Part] = []
    for threshold, (low, high) in zip(known.thresholds, pairwise(edges_of(known.thresholds)), strict=True):
        row = ((known.at(threshold, s), s) for s in shown)
        for cell, run in groupby(row, key=lambda pair: pair[0]):
            silences = [s for _, s in run]
            new = Part(cell, max(silences[0] - FRAME_MS, 0), silences[-1], low, high)
            below = next((p for p in found if p.high == low and (p.cell, p.left, p.right) == (new.cell, new.left, new.right)), None)
            if below is not None:
                found.remove(below)
                new = Part(cell, new.left, new.right, below.low, high)
            found.append(new)
    return found


def answerable_chart(
    known: Answerable,
    proposed: ServerVad | None = None,
    record: Iterable[tuple[float, int, int]] = (),
    status: str = "proposed",
) -> Chart:
    """Show where in the plane of threshold and end silence a recommendation may stand, and why not elsewhere.

    Parameters
    ----------
    known
        Of :func:`bargein.tuning.answerable.answerable`.
    proposed
        A setting to mark beside the one in force.
    record
        Settings to record next: threshold, prefix padding, end silence.
    status
        What the proposal is called.

    Returns
    -------
    Colours for the standing, letters for the reasons. An end silence acts in whole frames, so a colour reaches from one
    frame to the next.
    """
    ends = [(words, s) for words, s in (("in force", known.in_force), (status, proposed)) if s is not None]
    placed = [(words, s.silence_duration_ms, s.threshold) for words, s in ends]
    marks = [(w, x, y) for w, x, y in placed if x is not None and y is not None]
    further = [(x, y) for y, _, x in record]
    edges = [e for limit in known.limits for area in limit.silence for e in area if 0 < e < known.silences[-1]]
    most = max([*(x for _, x, _ in marks), *(x for x, _ in further), *edges, 0])
    right = next((s for s in known.silences if s >= max(LEAST_MS, ROOM * most)), known.silences[-1])
    found = parts(known, right)
    used = [limit for limit in known.limits if any(limit in part.cell.limits for part in found)]
    letters = dict(zip(used, ascii_lowercase, strict=False))
    rows = edges_of(known.thresholds)
    shapes: list[Shape] = [*_colours(found)]
    shapes += (Points(limit.because, [], [], INK, f"${letter}$", size=5.5) for limit, letter in letters.items())
    for part in found:
        if part.right - part.left > NARROW * right:
            said = " ".join(letters[limit] for limit in part.cell.limits)
            shapes.append(Words(said, (part.left + part.right) / 2, (part.low + part.high) / 2, (-3 * len(said) / 2, -3), INK))
    if known.in_force.threshold is not None and known.in_force.silence_duration_ms is None:
        shapes.append(Line("in force, its end silence is the provider's own", [0, right], [known.in_force.threshold] * 2, INK, dashed=True, width=0.9))
    for words, x, y in marks:
        own = words == "in force"
        shapes.append(Points(words, [x], [y], INK if own else VERMILLION, "o" if own else "*", not own, 7.0 if own else 12.0))
    if further:
        shapes.append(Points("to record next", [x for x, _ in further], [y for _, y in further], INK, "D", False, 6.0))
    return Chart(TITLE, notes(known), X, Y, tuple(shapes), x_range=(0, right), y_range=(rows[0], rows[-1]))


def notes(known: Answerable) -> str:
    """Say what the map is of."""
    longest = f"{known.silences[-1] / 1_000:.0f} s"
    return (
        f"{known.title}, in force {known.in_force.label.removeprefix('server_vad ')}; {known.text}, up to {longest}. "
        "Letters: why a setting stands as it does"
    )


def _colours(found: Sequence[Part]) -> Iterator[Bars]:
    """One shape a standing, also where nothing stands so: that is the answer, too."""
    for name, look in STANDINGS.items():
        of_it = [p for p in found if p.cell.standing == name]
        yield Bars(look.words, [], [], [], look.colour, look.hatch)
        for p in of_it:
            yield Bars("", [0], [p.left], [p.right - p.left], look.colour, look.hatch, lift=(p.low + p.high) / 2, height=p.high - p.low)
