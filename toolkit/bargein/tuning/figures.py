"""What is known of one setting, of one budget, of one threshold: plain values for tables, pictures and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bargein import units
from bargein.metrics.rates import Rate
from bargein.tuning.shares import LEAST_TRIALS, FalseStarts

#: What cut-offs are counted over: pauses of 100 ms or more inside turns, or turns.
Per = Literal["hold", "turn"]
#: What stands behind every count of callers' pauses.
NOT_LABELLED = "whether their turns went on is not labelled"
SHOWN, NOT_SHOWN = "shown to meet the budget", "not shown to meet the budget"


@dataclass(frozen=True, slots=True)
class Delays:
    """A delay over turns: how many turns have one, mean and nearest-rank percentiles, ms. Lower is better.

    Examples
    --------
    >>> Delays.of([200, 300, 1_000])
    Delays(n=3, mean_ms=500, p50_ms=300, p90_ms=1000)
    """

    n: int = 0
    mean_ms: int | None = None
    p50_ms: int | None = None
    p90_ms: int | None = None

    @classmethod
    def of(cls, values: Iterable[int]) -> Delays:
        """Summarise; all None without values."""
        known = list(values)
        if not known:
            return cls()
        ranks = (units.nearest_rank(known, p) for p in (50, 90))
        return cls(len(known), units.whole_ms(sum(known) / len(known)), *ranks)


@dataclass(frozen=True, slots=True)
class Ends:
    """How a setting ends the turns of one speech style.

    Parameters
    ----------
    style
        ``elicited`` or ``spontaneous``; several only where the name says that they were pooled.
    cutoffs
        Share of holds and of turns that were cut off, by ``hold`` and ``turn``.
    endpoint
        Announced minus true end of the turns that were not left early.
    early, assumed
        Turns left before their end (no endpoint delay), and delays that need silence after the recording's end.
    """

    style: str = "no"
    cutoffs: Mapping[Per, Rate] = field(default_factory=lambda: {"hold": Rate(), "turn": Rate()})
    endpoint: Delays = Delays()
    early: int = 0
    assumed: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is known of one setting; nothing of starts where the provider's have no model.

    Parameters
    ----------
    threshold, silence_duration_ms
        The setting.
    ends
        Cut-offs and endpoint delays by speech style; where there are several styles, the last one pools them by name.
    pauses
        Pauses of callers that outlast the end silence, over all their pauses. Whether their turns went on is not
        labelled: this makes a figure plausible or not, and is no truth.
    onset
        Announced minus true onset, by kind: turn, word.
    missed
        Turns and words in which detection never opened, over those before which it was closed, by kind.
    false_starts
        By kind of what is no speech to the agent: of tics the share of recordings with a start, of noise and echo the
        starts per minute.
    caller_starts, caller_ms
        Starts on unlabelled callers and how long they were listened to: counts, no truth.
    """

    threshold: float
    silence_duration_ms: int
    ends: Mapping[str, Ends]
    pauses: Rate = field(default_factory=Rate)
    onset: Mapping[str, Delays] = field(default_factory=dict)
    missed: Mapping[str, Rate] = field(default_factory=dict)
    false_starts: Mapping[str, FalseStarts] = field(default_factory=dict)
    caller_starts: int = 0
    caller_ms: int = 0

    @property
    def whole(self) -> Ends:
        """All turns there are: those of the only style, or of all styles, pooled by name."""
        return [Ends(), *self.ends.values()][-1]

    @property
    def missed_all(self) -> Rate:
        """Missed starts over turns and words together."""
        return sum(self.missed.values(), Rate())

    @property
    def outlasting(self) -> str:
        """How many pauses of callers outlast the end silence, in words; empty where none were measured.

        Examples
        --------
        >>> Figures(0.5, 288, {}, pauses=Rate(21, 41, 10, 9)).outlasting
        '21 of 41 pauses of 10 callers outlast 288 ms'
        """
        if not self.pauses.trials:
            return ""
        who = f"{self.pauses.clusters} caller{'' if self.pauses.clusters == 1 else 's'}"
        return f"{self.pauses.failures} of {self.pauses.trials} pauses of {who} outlast {self.silence_duration_ms} ms"


@dataclass(frozen=True, slots=True)
class FrontierRow:
    """The fastest setting within a budget of cut-offs.

    Parameters
    ----------
    style
        Whose turns: a key of :attr:`Figures.ends`.
    per, budget
        Cut-offs over what, and how many at most.
    free
        Whether the threshold was free (missing no more starts than the one in force), or is the one in force.
    figures
        None when no end silence that was tried is within the budget.
    """

    style: str
    per: Per
    budget: float
    free: bool
    figures: Figures | None

    @property
    def cutoffs(self) -> Rate:
        """What was cut off; without trials where there is no setting."""
        return Rate() if self.figures is None else self.figures.ends[self.style].cutoffs[self.per]

    @property
    def shown(self) -> bool:
        """Whether the 95 % upper bound is within the budget too."""
        return self.figures is not None and self.cutoffs.shows(self.budget)

    @property
    def verdict(self) -> str:
        """The finding in words."""
        if self.figures is None:
            return "no end silence that was tried is within it"
        return standing(self.cutoffs, self.budget)


def standing(rate: FalseStarts, budget: float) -> str:
    """Say whether a bound is within a budget; of too few trials, that nothing is judged on them.

    Examples
    --------
    >>> standing(Rate(0, 59, 59, 0), 0.05), standing(Rate(0, 24, 24, 0), 0.05)
    ('shown to meet the budget', 'not shown to meet the budget')
    >>> standing(Rate(0, 6, 1, 0), 0.10)
    'not shown to meet the budget: 6 trials, and under 10 there are counts only'
    """
    if isinstance(rate, Rate) and rate.trials < LEAST_TRIALS:
        return f"{NOT_SHOWN}: {rate.trials} trials, and under {LEAST_TRIALS} there are counts only"
    return SHOWN if rate.shows(budget) else NOT_SHOWN


@dataclass(frozen=True, slots=True)
class Pair:
    """Missed starts against false ones of one kind at one threshold; ``best`` marks the best that any reaches."""

    kind: str
    threshold: float
    missed: Rate
    false: FalseStarts
    best: bool = False


@dataclass(frozen=True, slots=True)
class Padding:
    """What a prefix padding does to the sound around the onsets of one kind; it moves no decision.

    Parameters
    ----------
    n, clusters, clipped
        Onsets, independent groups of them, and those that lose speech.
    clipped_p95_ms
        Speech lost before the padded start, nearest-rank p95, ms.
    added_p50_ms
        Other sound taken along before the onset, median, ms; while the agent speaks, its echo. This is the price.
    """

    n: int
    clusters: int
    clipped: int
    clipped_p95_ms: int | None
    added_p50_ms: int | None

    @property
    def text(self) -> str:
        """The counts, the loss and the price.

        Examples
        --------
        >>> Padding(27, 1, 1, 0, 60).text
        'clips 1 of 27 onsets (1 cluster), p95 0 ms; takes along 60 ms of other sound (median)'
        """
        groups = f"{self.clusters} cluster{'' if self.clusters == 1 else 's'}"
        return (
            f"clips {self.clipped} of {self.n} onsets ({groups}), p95 {self.clipped_p95_ms} ms; takes along "
            f"{self.added_p50_ms} ms of other sound (median)"
        )
