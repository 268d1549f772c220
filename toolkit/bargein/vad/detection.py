"""How well do a detector's segments cover what was said? Milliseconds that add: speech, missed, false.

::

    said      |=====|    |===|
    found       |======|      |==|
    missed    |-|        |---|            said, and not found
    false           |--|      |--|        found, and not said
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from bargein.timeline import Timeline

Int64 = npt.NDArray[np.int64]
#: Weights of the detection cost function: a miss costs three times a false alarm.
MISS_WEIGHT, FALSE_WEIGHT = 0.75, 0.25


@dataclass(frozen=True, slots=True)
class Detection:
    """What was said and what was found, in milliseconds. Add them to pool sessions; never average rates.

    Parameters
    ----------
    length_ms
        Of the recordings.
    said_ms, found_ms, both_ms
        Labelled speech, detected speech, and both at once.

    References
    ----------
    Detection error rate: pyannote.metrics, "detection" (false alarm plus missed detection over speech). Cost: NIST
    OpenSAT, DCF = 0.75 P_miss + 0.25 P_false alarm.

    Examples
    --------
    >>> from bargein.timeline import Span
    >>> said = Timeline([Span(0, 600), Span(1_000, 1_400)])
    >>> one = Detection.of(said, Timeline([Span(200, 800), Span(1_400, 1_600)]), 2_000)
    >>> one.missed_ms, one.false_ms, one.error_rate, one.recall, one.precision
    (600, 400, 1.0, 0.4, 0.5)
    """

    length_ms: int
    said_ms: int
    found_ms: int
    both_ms: int

    @classmethod
    def of(cls, said: Timeline, found: Timeline, length_ms: int) -> Detection:
        """Compare one recording's segments."""
        return cls(length_ms, said.ms, found.ms, (said & found).ms)

    def __add__(self, other: Detection) -> Detection:
        return Detection(
            self.length_ms + other.length_ms, self.said_ms + other.said_ms, self.found_ms + other.found_ms,
            self.both_ms + other.both_ms,
        )  # fmt: skip

    @property
    def missed_ms(self) -> int:
        """Said and not found; lower is better."""
        return self.said_ms - self.both_ms

    @property
    def false_ms(self) -> int:
        """Found and not said; lower is better."""
        return self.found_ms - self.both_ms

    @property
    def error_rate(self) -> float | None:
        """Missed and false over said; can exceed 1, lower is better. None without speech."""
        return _share(self.missed_ms + self.false_ms, self.said_ms)

    @property
    def recall(self) -> float | None:
        """Share of what was said that was found."""
        return _share(self.both_ms, self.said_ms)

    @property
    def precision(self) -> float | None:
        """Share of what was found that was said."""
        return _share(self.both_ms, self.found_ms)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall, higher is better."""
        return _share(2 * self.both_ms, self.said_ms + self.found_ms)

    @property
    def cost(self) -> float | None:
        """Detection cost function, 0..1, lower is better; None where one of its two rates has no denominator."""
        miss, false = _share(self.missed_ms, self.said_ms), _share(self.false_ms, self.length_ms - self.said_ms)
        return None if miss is None or false is None else MISS_WEIGHT * miss + FALSE_WEIGHT * false


def pooled(found: Iterable[Detection]) -> Detection:
    """Add up any number of recordings.

    Examples
    --------
    >>> pooled([])
    Detection(length_ms=0, said_ms=0, found_ms=0, both_ms=0)
    """
    return sum(found, Detection(0, 0, 0, 0))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def totals(said: Int64, said_ends: Int64, found: Int64, found_ends: Int64) -> Int64:
    """Compare the segments of many recordings at once.

    Parameters
    ----------
    said, found
        Segments of all recordings one after another, ``start, end`` in any whole unit; shape (n, 2). Those of one
        recording are in order and apart, as a :class:`~bargein.timeline.Timeline` holds them.
    said_ends, found_ends
        Of each recording the row behind its last segment; shape (recordings,).

    Returns
    -------
    Said, found and both at once of each recording, in the same unit; shape (recordings, 3).

    Raises
    ------
    ValueError
        The two do not tell of as many recordings.

    Examples
    --------
    >>> said, found = np.array([[0, 600], [1_000, 1_400], [0, 50]]), np.array([[200, 800], [1_400, 1_600]])
    >>> totals(said, np.array([2, 3]), found, np.array([2, 2])).tolist()
    [[1000, 800, 400], [50, 0, 0]]
    """
    if said_ends.shape != found_ends.shape:
        raise ValueError(f"said of {len(said_ends)} recordings, found of {len(found_ends)}")
    return _totals(*(np.ascontiguousarray(a, np.int64) for a in (said, said_ends, found, found_ends)))


@njit(cache=True)
def _totals(said: Int64, said_ends: Int64, found: Int64, found_ends: Int64) -> Int64:
    out = np.zeros((said_ends.size, 3), np.int64)
    i = j = 0
    for k in range(said_ends.size):
        last_i, last_j = said_ends[k], found_ends[k]
        for n in range(i, last_i):
            out[k, 0] += said[n, 1] - said[n, 0]
        for n in range(j, last_j):
            out[k, 1] += found[n, 1] - found[n, 0]
        while i < last_i and j < last_j:
            both = min(said[i, 1], found[j, 1]) - max(said[i, 0], found[j, 0])
            out[k, 2] += max(both, 0)
            if said[i, 1] <= found[j, 1]:
                i += 1
            else:
                j += 1
        i, j = last_i, last_j
    return out
