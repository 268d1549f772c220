"""How sure is a share of failures? Its estimate, and how much larger it may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bargein.metrics.rates import Rate
from bargein.metrics.weighted import WeightedRate
from bargein.plot.chart import Bars, Chart, Line, Points, Words
from bargein.plot.palette import GREY, INK, PALE

#: Rows that are drawn at most.
MOST = 18


class Known(NamedTuple):
    """A share of failures: what was counted, 0..1, the end of what it may be, of how many, in how many clusters."""

    estimate: float
    upper: float
    of: str
    clusters: int

    @classmethod
    def by(cls, rate: Rate | WeightedRate) -> Known:
        """Take a share with its one-sided bound, or, weighted by how labels were drawn, the end of its interval.

        Examples
        --------
        >>> Known.by(Rate(0, 3, 3, 0)).of
        '0 of 3, 3 cl.'
        """
        if isinstance(rate, WeightedRate):
            n = len(rate.clusters)
            return cls(rate.estimate, rate.interval[1], f"{rate.seen_failures} of {rate.seen}, weighted, {n} cl.", n)
        n = rate.clusters
        return cls(rate.estimate, rate.upper95, f"{rate.failures} of {rate.trials}, {n} cl.", n)


def bounds_chart(rates: Mapping[str, Rate | WeightedRate], asked: float | None = None, most: int = MOST) -> Chart:
    """Show shares of failures, the best known first, each with its 95 % upper bound over clusters.

    Parameters
    ----------
    rates
        By name; of the same kind of failure or of different ones.
    asked
        A share that one would like to stay under, 0..1; None for no line.
    most
        Rows that are drawn.
    """
    known = {name: Known.by(rate) for name, rate in rates.items()}
    every = sorted(known.items(), key=lambda item: item[1].upper)
    shown = every[:most]
    rows = range(len(shown))
    left = [100 * one.estimate for _, one in shown]
    wide = [100 * (one.upper - one.estimate) for _, one in shown]
    line = [] if asked is None else [Line(f"asked: under {100 * asked:g} %", [100 * asked] * 2, [0.5, 0.5 - len(shown)],
                                          INK, dashed=True, width=1.0)]  # fmt: skip
    of = f"the {len(shown)} best known of {len(every)} shares" if len(every) > len(shown) else f"{len(shown)} shares"
    return Chart(
        "How sure is what was counted?",
        f"{of}: a dot is the share that was counted, the bar reaches to its one-sided 95 % bound over clusters. Events "
        "of one speaker, call or clip are no independent evidence",
        "failed (%)",
        shapes=(Bars("what it may be", rows, left, wide, PALE, height=0.5), *line,
                Points("counted", left, [-i for i in rows], INK, "o", size=4.5),
                *(Words(one.of, 100, -i, (6, 0), GREY, "outside") for i, (_, one) in enumerate(shown))),
        rows=tuple(name for name, _ in shown), x_range=(-2, 101),
    )  # fmt: skip
