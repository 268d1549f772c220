"""Cohen's kappa of a yes or no that two people gave to the same cases, with an interval that holds for few cases.

The usual interval (kappa ± 1.96 standard errors) says "1 to 1" after five agreements of five. This one asks which
kappas make the counts not too unlikely, whatever the shares of yes (profile likelihood): few cases give a wide one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.stats import chi2

#: Two-sided, as both ends are of interest: could they be strangers, could they be one?
CONFIDENCE = 0.95
#: A kappa this close to its bound is at it; the likelihood is not defined there.
EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement beyond chance: 1 always the same, 0 as strangers would, below 0 worse than that. Higher is better.

    Parameters
    ----------
    value
        Cohen's kappa, −1..1; None where all cases got one answer, and chance alone would agree.
    low, high
        95 % interval; None with ``value``.
    cases
        How many were judged.
    """

    value: float | None
    low: float | None
    high: float | None
    cases: int

    @property
    def text(self) -> str | None:
        """Kappa and interval, or None."""
        return None if self.value is None else f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def kappa(both: int, first: int, second: int, neither: int) -> Kappa:
    """Give Cohen's kappa of a two by two table.

    Parameters
    ----------
    both, first, second, neither
        Cases to which both said yes, only the first, only the second, neither; 0 or more.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20, 37-46.

    Examples
    --------
    >>> kappa(20, 5, 10, 15).text, kappa(3, 0, 0, 2).text, kappa(4, 0, 0, 0).text
    ('0.40 [0.14, 0.63]', '1.00 [0.34, 1.00]', None)
    """
    counts = np.array([both, first, second, neither], dtype=np.float64)
    n = both + first + second + neither
    yes = (both + first) / n if n else 0.0, (both + second) / n if n else 0.0
    chance = yes[0] * yes[1] + (1 - yes[0]) * (1 - yes[1])
    if not n or chance == 1:
        return Kappa(None, None, None, n)
    value = ((both + neither) / n - chance) / (1 - chance)
    seen = counts[counts > 0]
    top = float(seen @ np.log(seen / n))

    def too_unlikely(k: float) -> float:
        return 2 * (top - _likelihood(counts, k)) - float(chi2.ppf(CONFIDENCE, 1))

    ends = [value, value]
    for side, bound in enumerate((EDGE - 1, 1 - EDGE)):
        beyond = bound < value if side == 0 else bound > value
        if beyond:
            ends[side] = brentq(too_unlikely, value, bound, xtol=1e-4) if too_unlikely(bound) > 0 else bound
    return Kappa(value, ends[0], ends[1], n)


def _cells(shares: NDArray[np.float64], k: float) -> NDArray[np.float64]:
    """The four cells that two shares of yes and a kappa leave no choice about."""
    a, b = shares
    chance = a * b + (1 - a) * (1 - b)
    both = (k * (1 - chance) + chance - 1 + a + b) / 2
    return np.array([both, a - both, b - both, 1 - a - b + both])


def _likelihood(counts: NDArray[np.float64], k: float) -> float:
    """The largest log likelihood of the counts at a given kappa, over all shares of yes."""
    seen = counts > 0

    def cost(shares: NDArray[np.float64]) -> float:
        cells = _cells(shares, k)
        if not (shares > 0).all() or not (shares < 1).all() or cells.min() < 0 or cells[seen].min() <= 0:
            return math.inf
        return float(-(counts[seen] @ np.log(cells[seen])))

    half = (counts[0] + (counts[1] + counts[2]) / 2) / counts.sum()
    starts = [np.array([p, p]) for p in (half, 0.5, 1 - half) if 0 < p < 1]  # equal shares allow most kappas
    best = min(starts, key=cost)
    if math.isinf(cost(best)):
        return -math.inf
    return -float(minimize(cost, best, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-6}).fun)
