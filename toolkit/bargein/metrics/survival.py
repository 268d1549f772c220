"""How long do interrupted agents go on? A stop curve, which knows what was not seen to the end.

S(t) is the share of interrupted answers that are still audible t ms after the user's onset. An answer that falls silent
of itself, or of which nothing more was generated, has not been stopped: up to there it was audible, and how long the
gate would have let it go on is not known. Counting such ends as stops flatters deaf agents; leaving them out flatters
quick ones. The Kaplan-Meier estimate does neither: each wait counts for as long as it was watched.

References
----------
Kaplan and Meier (1958), JASA 53, 457-481.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan

from bargein.units import whole_ms


@dataclass(frozen=True, slots=True)
class StopCurve:
    """Waits for a stop, each seen to its end or censored. Add curves to pool sessions.

    Parameters
    ----------
    waits
        ``(ms, stopped)``: how long it was watched, and whether a stop ended it. Sorted.

    Examples
    --------
    Two stops, and an answer that ended by itself after 300 ms:

    >>> curve = StopCurve.of([(100, True), (300, False), (900, True)])
    >>> [round(curve.share(t), 3) for t in (0, 100, 500, 900)]
    [1.0, 0.667, 0.667, 0.0]
    >>> curve.n, curve.stops, curve.median_ms, curve.mean_ms(2_000)
    (3, 2, 900, 633)
    """

    waits: tuple[tuple[int, bool], ...] = ()

    @classmethod
    def of(cls, waits: Iterable[tuple[int, bool]]) -> StopCurve:
        """Sort waits; at one instant stops come before what is censored there."""
        return cls(tuple(sorted(waits, key=lambda w: (w[0], not w[1]))))

    def __add__(self, other: StopCurve) -> StopCurve:
        return StopCurve.of((*self.waits, *other.waits))

    @property
    def n(self) -> int:
        """Waits, seen to their end or not."""
        return len(self.waits)

    @property
    def stops(self) -> int:
        """Waits that ended in a stop."""
        return sum(stopped for _, stopped in self.waits)

    @property
    def steps(self) -> tuple[tuple[int, float], ...]:
        """Where the curve falls, ms, and to which share."""
        share, left, steps = 1.0, self.n, []
        for ms, stopped in self.waits:
            if stopped:
                share *= (left - 1) / left
                steps.append((ms, share))
            left -= 1
        return tuple(dict(steps).items())

    def share(self, t: int) -> float:
        """S(t): the share still audible ``t`` ms after the onset; NaN where nobody was watched that long."""
        if not self.waits or (t > self.waits[-1][0] and self._open):
            return nan
        return next((share for ms, share in reversed(self.steps) if ms <= t), 1.0)

    @property
    def median_ms(self) -> int | None:
        """When half of them are silent; None where the curve does not fall so far."""
        return next((ms for ms, share in self.steps if share <= 0.5 + 1e-12), None)

    def mean_ms(self, within: int) -> int | None:
        """Mean time audible within so many ms (restricted mean); None where nobody was watched that long."""
        if not self.waits or (within > self.waits[-1][0] and self._open):
            return None
        area, at, share = 0.0, 0, 1.0
        for ms, after in self.steps:
            if ms >= within:
                break
            area += (ms - at) * share
            at, share = ms, after
        return whole_ms(area + (within - at) * share)

    @property
    def _open(self) -> bool:
        """Whether the last wait was not seen to its end: behind it the curve is not known."""
        steps = self.steps
        return not steps or steps[-1][1] > 1e-12
