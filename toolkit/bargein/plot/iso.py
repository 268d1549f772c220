"""What each pair of threshold and end silence costs: a map with lines of equal cost, and what one knob reaches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bargein.errors import NotAnswerable
from bargein.plot.chart import Bars, Chart, Line, Points, Shape, Words
from bargein.plot.palette import BLUE, GREY, INK, ORANGE, VERMILLION
from bargein.tuning import Tuned
from bargein.tuning.cost import Plane, Prices, Trade, trade

Float64 = npt.NDArray[np.float64]

#: Seconds per turn over the cheapest setting: where the colour changes and a line is drawn.
STEPS = (0.05, 0.1, 0.2, 0.4, 0.8)
#: From the cheapest band to the dearest.
SHADES = ("#FFFFFF", "#F1F5F8", "#E3EBF0", "#D3DFE7", "#C2D2DD", "#AFC3D1")
#: How wide a name is, as a share of the axes.
NAME = 0.08
TITLE, X, Y = "What moving both knobs gains over one", "silence_duration_ms", "threshold (score)"


def iso_chart(tuned: Tuned, prices: Prices | None = None) -> Chart:
    """Seconds per turn over threshold and end silence, and the best of both knobs, and of each alone.

    Parameters
    ----------
    tuned
        What tuning found.
    prices
        What counts how many seconds; None: those of :class:`bargein.tuning.cost.Prices`.

    Returns
    -------
    Bands and lines of equal cost, labelled with seconds per turn; the setting in force with the line along which each
    knob moves alone, and the three optima. Nothing but a reason where the provider's threshold has no model, or there
    are no turns.
    """
    try:
        found = trade(tuned.evidence, tuned.in_force, prices)
    except NotAnswerable as error:
        return Chart(TITLE, f"{tuned.title}: {error}; nothing to draw", X, Y)
    plane, rests = found.plane, tuned.rests_on
    marked = [found.in_force, found.joint, found.only_threshold, found.only_silence]
    least = 1.6 * max(point.silence_duration_ms for point in marked)
    right = next((s for s in plane.silences if s >= least), plane.silences[-1])
    edges = edges_of(plane.thresholds)
    left_out = f"; not recorded and left out: {', '.join(plane.unknown)}" if plane.unknown else ""
    notes = (
        f"{tuned.title}; seconds per turn: {plane.prices}{left_out}. {rests.turns} turns in {rests.clusters} "
        f"cluster{'' if rests.clusters == 1 else 's'}, {rests.holds} holds; {rests.basis}"
    )
    return Chart(
        TITLE, notes, X, Y, (*_bands(plane, edges), *_lines(found, right), *_marks(found)),
        x_range=(0, right), y_range=(edges[0], edges[-1]),
    )  # fmt: skip


def edges_of(values: tuple[float, ...]) -> list[float]:
    """Where a cell about each value ends: half way to the next."""
    middles = [(a + b) / 2 for a, b in pairwise(values)]
    first, last = (middles[0] - values[0], values[-1] - middles[-1]) if middles else (0.05, 0.05)
    return [values[0] - first, *middles, values[-1] + last]


def _bands(plane: Plane, edges: list[float]) -> Iterator[Bars]:
    """Cells of a like cost as bars: a row for each threshold, a bar for each run of end silences."""
    band = np.searchsorted(plane.cost.min() + np.array(STEPS), plane.cost, side="left")
    hop = plane.silences[1] - plane.silences[0]
    for i, (low, high) in enumerate(pairwise(edges)):
        starts = np.flatnonzero(np.diff(band[i], prepend=-1))
        ends = [*starts[1:], len(plane.silences)]
        for a, b in zip(starts, ends, strict=True):
            x, wide = plane.silences[a] - hop / 2, float(b - a) * hop
            yield Bars("", [0], [x], [wide], SHADES[band[i, a]], lift=(low + high) / 2, height=high - low)


def _lines(found: Trade, right: int) -> Iterator[Line | Words]:
    """Lines of equal cost, interpolated between settings; each is named where it lies farthest from what is written."""
    from contourpy import contour_generator

    plane, marked = found.plane, (found.in_force, found.joint, found.only_threshold, found.only_silence)
    shown = np.array(plane.silences) <= right
    lines = contour_generator(np.array(plane.silences)[shown], plane.thresholds, plane.cost[:, shown])
    taken = [(p.silence_duration_ms / right + NAME / 2, p.threshold) for p in marked]
    for level in plane.cost.min() + np.array(STEPS):
        every: list[Float64] = [np.asarray(line) for line in lines.lines(float(level))]
        for line in every:
            yield Line("", line[:, 0].tolist(), line[:, 1].tolist(), GREY, width=0.7)
        points = np.concatenate([np.zeros((0, 2)), *every]) / (right, 1)
        low, high = plane.thresholds[0] + NAME / 2, plane.thresholds[-1] - NAME / 2
        points = points[(points[:, 0] < 1 - NAME) & (points[:, 1] > low) & (points[:, 1] < high)]
        if len(points):
            free = np.min([np.hypot(*(points - place).T) for place in taken], axis=0)
            x, y = points[int(np.argmax(free))]
            taken.append((float(x) + NAME / 2, float(y)))
            yield Words(f"{level:.2f} s", float(x) * right, float(y), (3, 2), INK)


def _marks(found: Trade) -> Iterator[Shape]:
    here, plane = found.in_force, found.plane
    yield Line("one knob alone", [0, plane.silences[-1]], [here.threshold] * 2, INK, dashed=True, width=0.8)
    yield Line("one knob alone", [here.silence_duration_ms] * 2, [0, 1], INK, dashed=True, width=0.8)
    marks = [
        ("in force", here, INK, "o", False),
        ("best end silence, threshold kept", found.only_silence, ORANGE, "s", True),
        ("best threshold, end silence kept", found.only_threshold, BLUE, "D", True),
        ("best of both", found.joint, VERMILLION, "*", True),
    ]
    for words, point, colour, marker, filled in marks:
        size = 11.0 if marker == "*" else 6.0
        yield Points(words, [point.silence_duration_ms], [point.threshold], colour, marker, filled, size)
        yield Words(f"{point.cost:.2f} s", point.silence_duration_ms, point.threshold, (7, 4), colour, bold=True)
