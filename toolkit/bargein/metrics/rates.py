"""A share of failures that can be added, with the bound that honest reporting needs.

Counts come before rates: add :class:`Rate` objects, never average their estimates. Events of one speaker, call or
clip are not independent, so the bound looks at *clusters*. Under 20 clusters or 10 failures it is the one-sided
Clopper-Pearson bound on the share of clusters with at least one failure: a larger share than that of the events when
clusters are alike, so the bound errs on the safe side. Above, clusters are resampled, if their counts were kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

#: Resampling needs at least this many clusters and this many failures.
MIN_CLUSTERS, MIN_FAILURES = 20, 10
#: Below this many trials a share is not written, only its counts.
MIN_TRIALS = 10
CONFIDENCE = 0.95
RESAMPLES = 4_000


def clopper_pearson_upper(failures: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """Give the exact one-sided upper bound of a binomial share; NaN without trials.

    Parameters
    ----------
    failures
        0 up to ``trials``.
    trials
        Independent trials.
    confidence
        Over 0, under 1.

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> round(clopper_pearson_upper(0, 24), 3), round(clopper_pearson_upper(0, 59), 4)
    (0.117, 0.0495)
    """
    if trials == 0:
        return math.nan
    return 1.0 if failures == trials else float(betaincinv(failures + 1, trials - failures, confidence))


@lru_cache(maxsize=16)
def _draws(clusters: int) -> npt.NDArray[np.float64]:
    """Give how often each cluster is drawn in each resample: always the same draws, and most of the work of a bound.

    Whole numbers in double precision: their products are exact, and much faster than those of whole numbers.
    """
    draws = np.random.default_rng(0).multinomial(clusters, np.full(clusters, 1 / clusters), RESAMPLES)
    return draws.astype(np.float64)


def clusters_needed(budget: float, confidence: float = CONFIDENCE) -> int:
    """Give the fewest clusters without any failure that show a share of at most ``budget``.

    Parameters
    ----------
    budget
        Share, over 0 and under 1.

    Examples
    --------
    >>> clusters_needed(0.05), clusters_needed(0.10), clusters_needed(0.20)
    (59, 29, 14)
    """
    return math.ceil(math.log1p(-confidence) / math.log1p(-budget))


@dataclass(frozen=True, slots=True)
class Rate:
    """Failures over trials, and over how many clusters both are spread. Adding pools *different* clusters.

    Parameters
    ----------
    failures, trials
        Counts of events.
    clusters, failed_clusters
        Groups that share nothing with each other, and those of them with at least one failure.
    per_cluster
        ``(failures, trials)`` of each cluster, when they were kept: allows resampling.

    Raises
    ------
    ValueError
        The counts contradict each other.

    Examples
    --------
    >>> coughs = Rate(failures=28, trials=40, clusters=40, failed_clusters=28)
    >>> coughs.text
    '70 % (28 of 40, up to 82 %)'
    >>> (Rate(0, 12, 12, 0) + Rate(0, 12, 12, 0)).text
    '0 of 24 (up to 12 %)'
    """

    failures: int = 0
    trials: int = 0
    clusters: int = 0
    failed_clusters: int = 0
    per_cluster: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        ordered = 0 <= self.failures <= self.trials and 0 <= self.failed_clusters <= self.clusters <= self.trials
        if not ordered or self.failed_clusters > self.failures or bool(self.failures) != bool(self.failed_clusters):
            counts = f"{self.failures} of {self.trials}, {self.failed_clusters} of {self.clusters} clusters"
            raise ValueError(f"counts contradict each other: {counts}")

    @classmethod
    def of(cls, counts: Mapping[str, tuple[int, int]]) -> Rate:
        """Build from ``{cluster: (failures, trials)}``; clusters without trials are left out.

        Examples
        --------
        >>> Rate.of({"caller 1": (2, 30), "caller 2": (0, 25), "caller 3": (0, 0)}).text
        '3.6 % (2 of 55, 2 clusters, up to 98 %)'
        """
        kept = tuple((f, n) for f, n in counts.values() if n)
        failed = sum(1 for f, _ in kept if f)
        return cls(sum(f for f, _ in kept), sum(n for _, n in kept), len(kept), failed, kept)

    def __add__(self, other: Rate) -> Rate:
        known = (len(self.per_cluster), len(other.per_cluster)) == (self.clusters, other.clusters)
        return Rate(
            self.failures + other.failures,
            self.trials + other.trials,
            self.clusters + other.clusters,
            self.failed_clusters + other.failed_clusters,
            self.per_cluster + other.per_cluster if known else (),
        )

    @property
    def estimate(self) -> float:
        """Share of trials that failed; NaN without trials."""
        return self.failures / self.trials if self.trials else math.nan

    @property
    def method(self) -> str:
        """Where the bound comes from, in words."""
        return "clusters resampled" if self._resamples else "Clopper-Pearson on clusters with a failure"

    @property
    def _resamples(self) -> bool:
        enough = self.clusters >= MIN_CLUSTERS and self.failures >= MIN_FAILURES
        return enough and len(self.per_cluster) == self.clusters

    @property
    def upper95(self) -> float:
        """One-sided 95 % upper bound; NaN without trials."""
        if not self._resamples:
            return clopper_pearson_upper(self.failed_clusters, self.clusters)
        counts = np.array(self.per_cluster, dtype=np.float64)
        failures, trials = (_draws(self.clusters) @ counts).T
        return float(np.quantile(failures / trials, CONFIDENCE))

    def shows(self, budget: float) -> bool:
        """Tell whether the upper bound, not only the estimate, lies within ``budget``."""
        return self.upper95 <= budget

    @property
    def text(self) -> str:
        """The share with its counts and bound; counts alone under 10 trials or without a failure.

        Examples
        --------
        >>> Rate(1, 4, 4, 1).text, Rate().text
        ('1 of 4 (up to 76 %)', 'no trials')
        """
        if not self.trials:
            return "no trials"
        counts = f"{self.failures} of {self.trials}"
        groups = f"{self.clusters} cluster{'' if self.clusters == 1 else 's'}, " if self.clusters != self.trials else ""
        bound = f"{groups}up to {math.ceil(100 * self.upper95 - 1e-9)} %"
        if self.trials < MIN_TRIALS or not self.failures:
            return f"{counts} ({bound})"
        percent = 100 * self.estimate
        return f"{percent:.{0 if percent >= 10 else 1}f} % ({counts}, {bound})"
