"""Is one setting better than another on the same speakers? The sign of each cluster's difference, and no more.

Speakers, rooms and devices differ more than settings do, so a cluster is compared with itself: does it fail less, more,
or as much? How much is not asked: a handful of clusters cannot carry a mean, and their signs are as likely up as down
if nothing differs. So the interval is that of a share: of the clusters that differ, how many fail less. The verdict is
where it lies: all of it over one half is better, all of it under is not better, and else nobody can tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

from bargein.metrics.rates import clopper_pearson_upper

#: The share that fails less where nothing differs.
EVEN = 0.5
BETTER, NOT_BETTER, CANNOT_TELL = "better", "not better", "these recordings cannot tell"


@dataclass(frozen=True, slots=True)
class Paired:
    """In how many clusters one setting fails less, more, and as much as another.

    Parameters
    ----------
    less, more, same
        Clusters; ``less`` speaks for the setting that is asked about.

    References
    ----------
    Dixon and Mood (1946), The statistical sign test; exact, one-sided at 5 %, so the interval is one of 90 %, by
    Clopper and Pearson (1934): the test speaks exactly where the interval leaves out one half.

    Examples
    --------
    >>> Paired.of({"anna": 3, "bert": 1, "carl": 0}, {"anna": 1, "bert": 2, "carl": 0})
    Paired(less=1, more=1, same=1)
    >>> [Paired(less, 0, 9).verdict for less in (0, 4, 5)]
    ['not better', 'these recordings cannot tell', 'better']
    >>> Paired(0, 5, 9).verdict
    'not better'
    """

    less: int = 0
    more: int = 0
    same: int = 0

    @classmethod
    def of(cls, before: Mapping[str, float], after: Mapping[str, float]) -> Paired:
        """Compare cluster by cluster; those that only one of them has are left out."""
        both = [(before[name], after[name]) for name in before if name in after]
        less, more = sum(b > a for b, a in both), sum(b < a for b, a in both)
        return cls(less, more, len(both) - less - more)

    @property
    def clusters(self) -> int:
        """How many were compared."""
        return self.less + self.more + self.same

    @property
    def interval(self) -> tuple[float, float]:
        """Of the clusters that differ, the share that fails less, 0..1: 5 % below it, 5 % above; NaN where none does.

        Examples
        --------
        >>> [tuple(round(end, 2) for end in Paired(less, 0, 9).interval) for less in (4, 5)]
        [(0.47, 1.0), (0.55, 1.0)]
        """
        differ = self.less + self.more
        if not differ:
            return nan, nan
        return 1 - clopper_pearson_upper(self.more, differ), clopper_pearson_upper(self.less, differ)

    @property
    def verdict(self) -> str:
        """Better, not better, or that these recordings cannot tell; where no cluster differs at all, not better."""
        if self.clusters and not self.less + self.more:
            return NOT_BETTER
        low, high = self.interval
        return BETTER if low > EVEN else NOT_BETTER if high < EVEN else CANNOT_TELL

    @property
    def text(self) -> str:
        """The verdict with its counts and its interval."""
        counts = f"less in {self.less}, more in {self.more} of {self.clusters} clusters"
        if not self.less + self.more:
            return f"{self.verdict} ({counts})"
        low, high = (100 * end for end in self.interval)
        return f"{self.verdict} ({counts}; of those that differ {low:.0f} to {high:.0f} % less)"
