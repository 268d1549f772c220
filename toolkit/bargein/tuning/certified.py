"""The shortest end silence that keeps a promise to callers who have not been heard yet.

A budget met on these callers is met on these. *Conformal risk control* promises more: chosen on ``n`` callers, the
expected share of cut-offs of one caller more, drawn as they were, is within the budget, whatever the detector and the
pauses are like. The price is one caller who is taken to be cut off always: under ``1 / budget - 1`` callers nothing can
be promised at all.

::

    share    1 |___
    cut off    |   |__      mean over callers, and one more at 1
         budget|------|-------------
               |      |____
               +------^-----------  end silence
                      the shortest that is certified
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import numpy.typing as npt

from bargein.tuning.figures import Per
from bargein.tuning.objectives import CUTS
from bargein.tuning.shares import percent
from bargein.vad.grid import Sweep

#: A share of cut-offs is at most this.
WORST = 1.0
#: Shares of whole numbers are compared to within this.
EXACT = 1e-12


@dataclass(frozen=True, slots=True)
class Certified:
    """What can be promised at one threshold.

    Parameters
    ----------
    per
        Cut-offs per ``hold`` or per ``turn``.
    budget
        Largest expected share of cut-offs of a caller more, 0..1.
    clusters
        Callers that were asked: those with a hold, or a turn.
    silence_duration_ms
        The shortest end silence that keeps it; None: none can be promised.
    risk
        Mean share of cut-offs of these callers there, 0..1; None where nothing is promised.
    """

    per: Per
    budget: float
    clusters: int
    silence_duration_ms: int | None
    risk: float | None

    @property
    def needed(self) -> int:
        """How many callers a promise needs at the least.

        Examples
        --------
        >>> [Certified("hold", budget, 0, None, None).needed for budget in (0.05, 0.1, 0.2)]
        [19, 9, 4]
        """
        return next(n for n in count(1) if WORST / (n + 1) <= self.budget + EXACT)

    @property
    def text(self) -> str:
        """In words."""
        head = f"of a caller not heard yet at most {percent(self.budget)} of {self.per}s cut off, expected"
        if self.silence_duration_ms is not None:
            return (
                f"{head}: silence {self.silence_duration_ms} ms, certified on {self.clusters} callers"
                f" ({percent(self.risk or 0.0)} of theirs)"
            )
        if self.clusters < self.needed:
            return f"{head}: not certifiable on {self.clusters}, {self.needed} callers at the least"
        return f"{head}: no end silence that was tried keeps it on {self.clusters} callers"


def certify(sweep: Sweep, threshold: float, per: Per, budget: float, styles: Sequence[str]) -> Certified:
    """Give the shortest end silence with a promise.

    Parameters
    ----------
    sweep
        Counts of every setting over labelled turns.
    threshold
        One that was tried.
    per
        What cut-offs are counted over.
    budget
        Largest expected share of a caller more; over 0, up to 1.
    styles
        Speech styles of the turns that are asked.

    Notes
    -----
    Cut-offs of a caller need not fall with every longer end silence; what is used is the most at this one or any
    longer, which does. Callers are taken to be exchangeable: recorded in one way, of one kind.

    References
    ----------
    A. Angelopoulos, S. Bates, A. Fisch, L. Lei, T. Schuster, "Conformal Risk Control", ICLR 2024, theorem 1.
    """
    if not 0 < budget <= 1:
        raise ValueError(f"a budget is a share over 0, up to 1: {budget}")
    losses = shares(sweep, threshold, per, styles)
    n = len(losses)
    if not n:
        return Certified(per, budget, 0, None, None)
    within = (losses.sum(axis=0) + WORST) / (n + 1) <= budget + EXACT
    if not within.any():
        return Certified(per, budget, n, None, None)
    first = int(np.argmax(within))
    return Certified(per, budget, n, sweep.silences[first], float(losses[:, first].mean()))


def shares(sweep: Sweep, threshold: float, per: Per, styles: Sequence[str]) -> npt.NDArray[np.float64]:
    """Give each caller's share of cut-offs at every end silence or any longer one, shape (callers, silences)."""
    failures, trials = CUTS[per]
    rows: list[npt.NDArray[np.float64]] = []
    for cluster in sorted({sweep.recordings[i].cluster for i in sweep.chosen(["turn"], styles)}):
        counts = (sweep.of_cluster(name, threshold, cluster, ["turn"], styles) for name in (failures, trials))
        cut, all_of = counts
        if all_of[0]:
            share = cut / all_of
            rows.append(np.maximum.accumulate(share[::-1])[::-1])
    return np.array(rows).reshape(len(rows), len(sweep.silences))
