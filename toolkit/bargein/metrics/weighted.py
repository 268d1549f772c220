"""A share of all events, estimated from some: each labelled event stands for as many as its inclusion probability says.

::

    events      x x x x   . . . . . . . . . .      x: two settings disagree, all labelled; .: the rest, one in five
    labelled    x x x x         .         .
    weight      1 1 1 1         5         5        one over the probability of being labelled

Sums of weights are unbiased whatever is true of the events (Horvitz and Thompson); their ratio, the share, is so but
for a term that vanishes as labels grow (Hajek). Without weights a queue of disagreements would say how often settings
fail *where they disagree*.

The interval looks at clusters, as that of :class:`~bargein.metrics.rates.Rate` does, and on both sides, 95 %. From 20
clusters and 10 failures on they are resampled. Below, it is Clopper and Pearson's on the *effective* number of trials:
what the spread between clusters leaves of them, less for few clusters (Korn and Graubard), never more than unequal
weights leave (Kish), and where clusters show no spread, one trial a cluster. So it errs on the safe side.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtri, stdtrit  # those of scipy.stats, which takes a second to load

from bargein.metrics.rates import CONFIDENCE, MIN_CLUSTERS, MIN_FAILURES, MIN_TRIALS, RESAMPLES

#: What lies outside the interval on each side.
TAIL = (1 - CONFIDENCE) / 2


@dataclass(frozen=True, slots=True)
class WeightedCounts:
    """Sums over the labelled events of one cluster.

    Parameters
    ----------
    failures, trials
        Events that the labelled ones stand for.
    squares
        Sum of squared weights of the trials.
    seen_failures, seen
        Labelled events, counted.
    """

    failures: float
    trials: float
    squares: float
    seen_failures: int
    seen: int


@dataclass(frozen=True, slots=True)
class WeightedRate:
    """Failures over trials of all events, from those that were labelled. Adding pools *different* clusters.

    Parameters
    ----------
    clusters
        Sums of each cluster that has a trial.

    References
    ----------
    Horvitz and Thompson (1952), Journal of the American Statistical Association 47, 663-685; Hajek (1971), in
    Foundations of Statistical Inference, 236; Kish (1965), Survey Sampling; Korn and Graubard (1998), Survey
    Methodology 24, 193-201.

    Examples
    --------
    >>> disagree, rest = [(True, 1.0)] * 3 + [(False, 1.0)], [(False, 0.2)] * 2
    >>> found = WeightedRate.of({"anna": disagree, "ben": rest})
    >>> found.estimate, round(found.trials), found.text
    (0.21428571428571427, 14, '3 of 6 labelled, weighted 21 % [0 %, 100 %], 2 clusters')
    """

    clusters: tuple[WeightedCounts, ...] = ()

    @classmethod
    def of(cls, trials: Mapping[str, Iterable[tuple[bool, float]]]) -> WeightedRate:
        """Build from ``{cluster: [(failed, inclusion probability), ...]}``.

        Raises
        ------
        ValueError
            A probability outside 0..1, or 0: what could not be drawn cannot have been.
        """
        made = []
        for each in trials.values():
            pairs = list(each)
            if bad := [p for _, p in pairs if not 0 < p <= 1]:
                raise ValueError(f"inclusion probability {bad[0]!r} is not over 0 and up to 1")
            weights = [1 / p for _, p in pairs]
            failed = [w for w, (failed, _) in zip(weights, pairs, strict=True) if failed]
            if pairs:
                squares = math.fsum(w * w for w in weights)
                made.append(WeightedCounts(math.fsum(failed), math.fsum(weights), squares, len(failed), len(pairs)))
        return cls(tuple(made))

    def __add__(self, other: WeightedRate) -> WeightedRate:
        return WeightedRate(self.clusters + other.clusters)

    @property
    def failures(self) -> float:
        """Failures among all events; unbiased."""
        return math.fsum(c.failures for c in self.clusters)

    @property
    def trials(self) -> float:
        """Trials among all events; unbiased."""
        return math.fsum(c.trials for c in self.clusters)

    @property
    def seen(self) -> int:
        """Labelled trials."""
        return sum(c.seen for c in self.clusters)

    @property
    def seen_failures(self) -> int:
        """Labelled failures."""
        return sum(c.seen_failures for c in self.clusters)

    @property
    def estimate(self) -> float:
        """Share of all trials that failed; NaN where none was labelled."""
        return self.failures / self.trials if self.clusters else math.nan

    @property
    def effective(self) -> float:
        """How many independent trials of equal weight would tell as much, before the share is looked at."""
        kish = self.trials**2 / math.fsum(c.squares for c in self.clusters) if self.clusters else 0.0
        n, share = len(self.clusters), self.estimate
        spread = math.fsum((c.failures - share * c.trials) ** 2 for c in self.clusters)
        if n < 2 or self.seen == n or spread <= 1e-12 * self.trials**2:
            return min(kish, n)
        variance = n / (n - 1) * spread / self.trials**2
        few = float((stdtrit(self.seen - 1, 1 - TAIL) / stdtrit(n - 1, 1 - TAIL)) ** 2)
        return min(kish, share * (1 - share) / variance) * few

    @property
    def interval(self) -> tuple[float, float]:
        """Two-sided 95 % interval of the share; 0..1 where nothing was labelled."""
        if not self.clusters:
            return 0.0, 1.0
        if len(self.clusters) >= MIN_CLUSTERS and self.seen_failures >= MIN_FAILURES:
            return self._resampled()
        n = self.effective
        failed = self.estimate * n
        low = float(betaincinv(failed, n - failed + 1, TAIL)) if self.seen_failures else 0.0
        high = float(betaincinv(failed + 1, n - failed, 1 - TAIL)) if self.seen_failures < self.seen else 1.0
        return low, high

    def _resampled(self) -> tuple[float, float]:
        sums = np.array([(c.failures, c.trials) for c in self.clusters])
        n = len(sums)
        failures, trials = (np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), RESAMPLES) @ sums).T
        low, high = np.quantile(failures / trials, [TAIL, 1 - TAIL])
        return float(low), float(high)

    @property
    def half_width(self) -> float:
        """Half of the interval's length, a share; lower is better."""
        low, high = self.interval
        return (high - low) / 2

    @property
    def text(self) -> str:
        """Labelled counts, the share of all events, its interval, and how many clusters it looks at."""
        if not self.clusters:
            return "nothing labelled"
        low, high = self.interval
        bounds = f"[{100 * low:.0f} %, {100 * high:.0f} %]"
        groups = f"{len(self.clusters)} cluster{'' if len(self.clusters) == 1 else 's'}"
        return f"{self.seen_failures} of {self.seen} labelled, weighted {100 * self.estimate:.0f} % {bounds}, {groups}"


def labels_needed(half_width: float, rate: WeightedRate | None = None, labels: int = 0) -> int:
    """Give how many labels in all make an interval as narrow as asked, if things go on as so far.

    An interval narrows with the square root of what it rests on. Before anything is labelled: as many as a share of one
    half, the widest, would need if every label told something about it; so also under 10 trials.

    Parameters
    ----------
    half_width
        Half of the interval's length that is asked for, a share, over 0.
    rate
        What is known so far.
    labels
        How many labels that took; only some of them are trials of it.

    Examples
    --------
    As many labels as there are, where the interval is as narrow already.

    >>> labels_needed(0.10), labels_needed(0.05)
    (97, 385)
    >>> so_far = WeightedRate.of({str(n): [(n % 2 == 0, 1.0)] for n in range(24)})
    >>> round(so_far.half_width, 2), labels_needed(0.10, so_far, labels=30)
    (0.21, 131)
    """
    if rate is None or rate.seen < MIN_TRIALS:
        return -int(-((float(ndtri(1 - TAIL)) / (2 * half_width)) ** 2) // 1)
    return max(labels, -int(-labels * (rate.half_width / half_width) ** 2 // 1))
