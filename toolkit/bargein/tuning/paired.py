"""Is one setting better than another on the same speakers? The sign of each cluster's difference, and no more.

Speakers, rooms and devices differ more than settings do, so a cluster is compared with itself: does it fail less, more,
or as much? How much is not asked: a handful of clusters cannot carry a mean, and their signs are as likely up as down
if nothing differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb

#: The largest chance of such signs, if nothing differed, at which something is said.
LEVEL = 0.05
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
    Dixon and Mood (1946), The statistical sign test; exact, one-sided.

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
    def verdict(self) -> str:
        """Better, not better, or that these recordings cannot tell; where no cluster differs at all, not better."""
        if self.clusters and not self.less + self.more:
            return NOT_BETTER
        if _chance(self.less, self.less + self.more) <= LEVEL:
            return BETTER
        return NOT_BETTER if _chance(self.more, self.less + self.more) <= LEVEL else CANNOT_TELL

    @property
    def text(self) -> str:
        """The verdict with its counts."""
        return f"{self.verdict} (less in {self.less}, more in {self.more} of {self.clusters} clusters)"


def _chance(signs: int, of: int) -> float:
    """How likely so many signs or more are, if each is a coin; 1 without any."""
    return float(sum(comb(of, k) for k in range(signs, of + 1)) / 2**of)
