"""What false starts are counted over: recordings of one short event, minutes of what goes on.

A cough is one event, and its recording starts the detector or does not: a *share*. Noise and echo go on, and how often
they start it depends on how long one listens: a *frequency*, whose bound is that of a Poisson count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from scipy.special import gammaincinv

from bargein import units
from bargein.metrics.rates import CONFIDENCE, MIN_TRIALS, Rate
from bargein.vad.counting import Counts

MINUTE_MS = 60_000
#: Under this many holds, turns, words or recordings there are counts and no budget is judged: there a share is not even
#: written.
LEAST_TRIALS = MIN_TRIALS
#: Under this exposure a frequency is not written either: it would speak of more time than was listened to.
LEAST_MS = MINUTE_MS


@dataclass(frozen=True, slots=True)
class PerMinute:
    """Starts per minute of exposure. Lower is better.

    Parameters
    ----------
    starts, exposure_ms
        How often detection opened, and how long it was listened for.
    clusters, started_clusters
        Rooms, devices or recordings that share nothing, and those with at least one start. Starts of one cluster come
        together, which the bound does not know: where few clusters hold them all, it is too narrow.

    Examples
    --------
    >>> PerMinute(starts=21, exposure_ms=280_190, clusters=13, started_clusters=7).text
    '4.5 a minute (21 in 4.7 min, in 7 of 13 clusters, up to 6.5)'
    >>> PerMinute(starts=2, exposure_ms=30_000, clusters=1, started_clusters=1).text
    '2 in 0.5 min (in 1 of 1 clusters, up to 12.6 a minute)'
    """

    starts: int = 0
    exposure_ms: int = 0
    clusters: int = 0
    started_clusters: int = 0

    @property
    def minutes(self) -> float:
        """The exposure."""
        return units.seconds(self.exposure_ms) / 60

    @property
    def estimate(self) -> float:
        """Starts per minute; NaN without exposure."""
        return self.starts / self.minutes if self.exposure_ms else math.nan

    @property
    def upper95(self) -> float:
        """Exact one-sided 95 % bound of a Poisson count, per minute; NaN without exposure.

        Garwood (1936): half the 95th percentile of chi-squared with ``2 * (starts + 1)`` degrees of freedom, which is
        this inverse of the incomplete gamma function.
        """
        return float(gammaincinv(self.starts + 1, CONFIDENCE)) / self.minutes if self.exposure_ms else math.nan

    def shows(self, budget: float) -> bool:
        """Tell whether the upper bound, not only the estimate, lies within ``budget``."""
        return self.upper95 <= budget

    @property
    def text(self) -> str:
        """The frequency with its counts and bound; counts alone under a minute or without a start."""
        if not self.exposure_ms:
            return "nothing listened to"
        groups = f"in {self.started_clusters} of {self.clusters} clusters"
        counts = f"{self.starts} in {self.minutes:.1f} min"
        upper = -(-10 * self.upper95 // 1) / 10  # the next tenth up: a bound is never written too low
        if self.exposure_ms < LEAST_MS or not self.starts:
            return f"{counts} ({groups}, up to {upper:.1f} a minute)"
        return f"{self.estimate:.1f} a minute ({counts}, {groups}, up to {upper:.1f})"


FalseStarts = Rate | PerMinute


class Counting(NamedTuple):
    """How false starts of one kind are counted, and what a budget for them is.

    Parameters
    ----------
    of
        From counts by cluster.
    enough
        Whether there is enough of it to judge a budget.
    least
        How much that is, in words.
    highest, hint
        The largest budget that means something, and what a larger one was probably meant to be.
    budget
        A budget in words, with a place for the amount and one for the kind.
    amount
        How a budget's number is written.
    """

    of: Callable[[Mapping[str, Counts]], FalseStarts]
    enough: Callable[[FalseStarts], bool]
    least: str
    highest: float
    hint: str
    budget: str
    amount: Callable[[float], str]


def percent(share: float) -> str:
    """Write a share without pretending to more digits than it has.

    Examples
    --------
    >>> percent(0.1), percent(0.125)
    ('10 %', '12.5 %')
    """
    return f"{100 * share:g} %"


def _recordings(clusters: Mapping[str, Counts]) -> Rate:
    return Rate.of({name: (c.triggered_clips, c.clips) for name, c in clusters.items()})


def _minutes(clusters: Mapping[str, Counts]) -> PerMinute:
    counts = clusters.values()
    return PerMinute(
        sum(c.false_starts for c in counts), sum(c.exposure_ms for c in counts), len(clusters),
        sum(1 for c in counts if c.false_starts),
    )  # fmt: skip


SHORT = Counting(
    of=_recordings,
    enough=lambda found: isinstance(found, Rate) and found.trials >= LEAST_TRIALS,
    least=f"{LEAST_TRIALS} recordings",
    highest=1.0,
    hint="a share of recordings: 10 per cent is 0.10",
    budget="{} of {} recordings started",
    amount=percent,
)
LONG = Counting(
    of=_minutes,
    enough=lambda found: isinstance(found, PerMinute) and found.exposure_ms >= LEAST_MS,
    least=f"{LEAST_MS // MINUTE_MS} minute",
    highest=math.inf,
    hint="starts a minute, 0 and more",
    budget="{} of {}",
    amount=lambda starts: f"{starts:g} start{'' if starts == 1 else 's'} a minute",
)
#: By kind of what is no speech to the agent.
COUNTED: Mapping[str, Counting] = {"backchannel": SHORT, "tic": SHORT, "noise": LONG, "echo": LONG}


def false_field(kind: str) -> str:
    """Name the count that false starts of a kind are: recordings with one, or starts.

    Examples
    --------
    >>> false_field("tic"), false_field("echo")
    ('triggered_clips', 'false_starts')
    """
    return "triggered_clips" if COUNTED[kind] is SHORT else "false_starts"
