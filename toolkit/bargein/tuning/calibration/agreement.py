"""How well does a stand-in agree with a provider's reports? One match of both, counts, and errors in ms.

The primary figure, named before anything was run: **event F1 at 100 ms**, starts and stops together; then the **median
absolute onset error** of what matched. A claim matches the report it is nearest to when that one is nearest to it too,
and both are no more than the tolerance apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from numba import njit

from bargein.timeline import Timeline
from bargein.tuning.calibration.evidence import Recorded, Report
from bargein.vad.surrogate import Claims, Surrogate

Int64 = npt.NDArray[np.int64]

#: A claim this near to a report is the same event, ms.
TOLERANCE_MS = 100


@njit(cache=True)
def _mutual(reported: Int64, claimed: Int64, window: int, partner: Int64, back: Int64) -> None:
    """Fill in partners, given as -1: an array made in here would take longer to compile than the loop."""
    for i in range(reported.size):
        for j in range(claimed.size):
            apart = abs(claimed[j] - reported[i])
            if apart <= window:
                if partner[i] < 0 or apart < abs(claimed[partner[i]] - reported[i]):
                    partner[i] = j
                if back[j] < 0 or apart < abs(claimed[j] - reported[back[j]]):
                    back[j] = i
    for i in range(reported.size):
        if partner[i] >= 0 and back[partner[i]] != i:
            partner[i] = -1


def mutual(reported: npt.ArrayLike, claimed: npt.ArrayLike, window: int) -> Int64:
    """Match two series one to one: each report's claim when they are nearest to each other.

    Parameters
    ----------
    reported, claimed
        Instants, ms.
    window
        How far apart a pair may be, ms, inclusive.

    Returns
    -------
    For each report the place of its claim, -1 where it has none.

    Examples
    --------
    >>> mutual([100, 900], [130, 160, 950], 100).tolist()
    [0, 2]
    >>> mutual([100, 900], [130, 160, 1_001], 100).tolist()
    [0, -1]
    """
    ours, theirs = np.asarray(reported, np.int64), np.asarray(claimed, np.int64)
    partner, back = np.full(ours.size, -1, np.int64), np.full(theirs.size, -1, np.int64)
    _mutual(ours, theirs, window, partner, back)
    return partner


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts of matched, missed and extra events; add them to pool recordings.

    Parameters
    ----------
    matched, missed, extra
        Reports with a claim within the tolerance, reports without, claims without a report.
    onset_errors, offset_errors
        Claimed minus reported, of what matched, ms.
    """

    matched: int = 0
    missed: int = 0
    extra: int = 0
    onset_errors: tuple[int, ...] = field(default=(), repr=False)
    offset_errors: tuple[int, ...] = field(default=(), repr=False)

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(
            self.matched + other.matched, self.missed + other.missed, self.extra + other.extra,
            self.onset_errors + other.onset_errors, self.offset_errors + other.offset_errors,
        )  # fmt: skip

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0..1, higher is better; NaN when there were no events."""
        events = 2 * self.matched + self.missed + self.extra
        return 2 * self.matched / events if events else float("nan")

    @property
    def onset_ms(self) -> float:
        """Median absolute onset error, ms, lower is better; NaN when no start matched."""
        return median_abs(self.onset_errors)

    @property
    def offset_ms(self) -> float:
        """Median absolute offset error, ms, lower is better; NaN when no stop matched."""
        return median_abs(self.offset_errors)

    @property
    def text(self) -> str:
        """The primary figure with its counts, then the errors in ms with theirs."""
        if not self.matched + self.missed + self.extra:
            return "no events"
        onset = f"onset {self.onset_ms:.0f} ms (n {len(self.onset_errors)})"
        offset = f"offset {self.offset_ms:.0f} ms (n {len(self.offset_errors)})"
        counts = f"{self.matched} matched, {self.missed} missed, {self.extra} extra"
        return f"event F1 {self.f1:.3f} at {TOLERANCE_MS} ms ({counts}); median error: {onset}, {offset}"


def median_abs(errors: Sequence[int]) -> float:
    """Give the median size of errors; NaN of none."""
    return float(np.median(np.abs(errors))) if errors else float("nan")


def agreement(surrogate: Surrogate, recordings: Iterable[Recorded], tolerance_ms: int = TOLERANCE_MS) -> Agreement:
    """Hold a stand-in to the provider's reports, each recording at its own settings.

    Examples
    --------
    >>> from bargein.settings import ServerVad
    >>> from bargein.vad.scores import Scores
    >>> sound = Scores(np.repeat([0.1, 0.9, 0.1], [20, 30, 20]), 512, 16_000, 70 * 512, "demo")
    >>> row = Recorded("r", "g", ServerVad(0.5, 300, 200), sound, (Report(345),), (Report(1_824), Report(2_200)))
    >>> agreement(Surrogate(), [row]).text
    'event F1 0.800 at 100 ms (2 matched, 1 missed, 0 extra); median error: onset 5 ms (n 1), offset 0 ms (n 1)'
    """
    total = Agreement()
    for row in recordings:
        starts, stops = surrogate.claims(row.scores, row.settings)
        onset = _errors(row.starts, starts, row.elsewhere, tolerance_ms)
        offset = _errors(row.stops, stops, row.elsewhere, tolerance_ms)
        total += Agreement(
            len(onset[0]) + len(offset[0]), onset[1] + offset[1], onset[2] + offset[2], onset[0], offset[0]
        )
    return total


def _errors(
    reports: Sequence[Report], claims: Claims, elsewhere: Timeline, window: int
) -> tuple[tuple[int, ...], int, int]:
    """Errors of pairs, reports without a claim, claims without a report."""
    partner = mutual([r.claimed_ms for r in reports], claims.claimed, window)
    errors, missed = [], 0
    for report, place in zip(reports, partner.tolist(), strict=True):
        if report.when in elsewhere:
            continue
        if place < 0:
            missed += 1
        else:
            errors.append(int(claims.claimed[place]) - report.claimed_ms)
    taken = set(partner[partner >= 0].tolist())
    extra = sum(j not in taken and t not in elsewhere for j, t in enumerate(claims.known.tolist()))
    return tuple(errors), missed, extra
