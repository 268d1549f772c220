"""What one clip tells: every pair of thresholds that gives a provider's recorded values, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bargein.plot.chart import Bars, Chart, Line, Points, Shape, Words
from bargein.plot.palette import BLUE, GREEN, GREY, INK, ORANGE, PALE
from bargein.tuning.calibration.identify import LEVELS, Map
from bargein.vad.surrogate import DECIDED, DECIDING, ONSET_LESS_PADDING

STEP = LEVELS[1] - LEVELS[0]
#: By rule of dating for stops: legend, colour.
EXACT = {
    DECIDING: ("all six exactly: a stop is dated where the deciding frame begins", BLUE),
    DECIDED: ("all six exactly: a stop is dated where it ends", ORANGE),
}
NEAR = "within one frame of 32 ms, by the first rule"


def identifiability_chart(maps: Sequence[Map]) -> Chart:
    """Enter against exit threshold: which pairs give the values on record.

    Parameters
    ----------
    maps
        Of :func:`bargein.tuning.calibration.identify.maps`; those that date starts as OpenAI documents are drawn.
    """
    by_stop = {m.stop_dating: m for m in maps if m.start_dating == ONSET_LESS_PADDING}
    shapes: list[Shape] = list(_cells(by_stop[DECIDING].cells(32), NEAR, PALE))
    for name, (words, colour) in EXACT.items():
        shapes += _cells(by_stop[name].cells(), words, colour)
    ends = [LEVELS[0], LEVELS[-1]]
    shapes += [
        Line("", ends, ends, GREY, width=0.6), Words("exit = enter", 0.13, 0.22, colour=GREY),
        Line("exit 0.15 under enter: Silero's", [0.16, 0.99], [0.01, 0.84], INK, dashed=True, width=1.0),
        Points("threshold in force, exit of the prior", [0.5], [0.35]),
    ]  # fmt: skip
    return Chart(
        "What do six recorded values tell of the thresholds?",
        "OpenAI, gpt-realtime, server_vad 0.5/300/200; one clip of 5.5 s, sent once and three times: one voice",
        "enter threshold (score)", "exit threshold (score)", tuple(shapes), x_range=(0, 1), y_range=(0, 1),
    )  # fmt: skip


def _cells(there: npt.NDArray[np.bool_], words: str, colour: str) -> Iterator[Bars]:
    """Cells of a plane as bars: a row for each exit threshold, a bar for each run of enter thresholds."""
    for j, leave in enumerate(LEVELS):
        padded = np.concatenate([[False], there[:, j], [False]])
        edges = np.flatnonzero(padded[1:] != padded[:-1])
        starts, ends = edges[::2], edges[1::2]
        if len(starts):
            left = [LEVELS[i] - STEP / 2 for i in starts]
            long = [float(b - a) * STEP for a, b in zip(starts, ends, strict=True)]
            yield Bars(words, [0] * len(left), left, long, colour, lift=leave, height=STEP)


class Agreed(NamedTuple):
    """A blind test: event F1 of the prior and of the calibrated stand-in, and what the calibration had stated of it."""

    name: str
    prior: float
    calibrated: float
    stated: float


def blind_chart(tests: Sequence[Agreed]) -> Chart:
    """Show what a calibration makes of detectors that it does not know, and what it had promised.

    Parameters
    ----------
    tests
        One a hidden detector; drawn in this order.
    """
    places = [-i for i in range(len(tests))]
    prior, kept, stated = ([getattr(t, name) for t in tests] for name in ("prior", "calibrated", "stated"))
    joins = [Line("", (a, b), (y, y), PALE, width=3.0) for a, b, y in zip(prior, kept, places, strict=True)]
    return Chart(
        "Does the calibrated stand-in keep what it promises?",
        "Detectors that play the provider on real callers; asked about are callers and a setting that were never "
        "fitted to. Higher is better; a tick to the right of its dot promised too much",
        "event F1 at 100 ms",
        shapes=(*joins, Points("prior", prior, places, GREY, "o", filled=False, size=6.0),
                Points("calibrated", kept, places, GREEN, "o", size=6.0),
                Points("as the calibration had stated", stated, places, INK, "|", size=11.0)),
        rows=tuple(t.name for t in tests), x_range=(min([0.5, *prior, *kept]) - 0.02, 1.02),
    )  # fmt: skip
