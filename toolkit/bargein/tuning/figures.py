"""What is known of one setting, of one budget, of one threshold: plain values for tables, pictures and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bargein import units
from bargein.metrics.rates import Rate

#: What cut-offs are counted over: pauses of 100 ms or more inside turns, or turns.
Per = Literal["hold", "turn"]


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
class Figures:
    """Everything that is known of one setting; nothing of starts where the provider's have no model.

    Parameters
    ----------
    threshold, silence_duration_ms
        The setting.
    cutoffs
        Share of holds and of turns that were cut off, by ``hold`` and ``turn``.
    endpoint
        Announced minus true end of the turns that were not left early.
    early_ends, assumed_ends
        Turns left before their end (no endpoint delay), and delays that need silence after the recording's end.
    onset
        Announced minus true onset.
    missed
        Turns and words in which detection never opened, over those before which it was closed, by kind.
    false_starts
        Recordings with at least one start, over recordings, by kind of what is no speech to the agent.
    caller_starts, caller_ms
        Starts on unlabelled callers and how long they were listened to: counts, no truth.
    """

    threshold: float
    silence_duration_ms: int
    cutoffs: Mapping[Per, Rate]
    endpoint: Delays
    early_ends: int
    assumed_ends: int
    onset: Delays = Delays()
    missed: Mapping[str, Rate] = field(default_factory=dict)
    false_starts: Mapping[str, Rate] = field(default_factory=dict)
    caller_starts: int = 0
    caller_ms: int = 0

    @property
    def missed_all(self) -> Rate:
        """Missed starts over turns and words together."""
        return sum(self.missed.values(), Rate())


@dataclass(frozen=True, slots=True)
class FrontierRow:
    """The fastest setting within a budget of cut-offs.

    Parameters
    ----------
    per, budget
        Cut-offs over what, and how many at most.
    free
        Whether the threshold was free (missing no more starts than the one in force), or is the one in force.
    figures
        None when no end silence that was tried is within the budget.
    """

    per: Per
    budget: float
    free: bool
    figures: Figures | None

    @property
    def shown(self) -> bool:
        """Whether the 95 % upper bound is within the budget too."""
        return self.figures is not None and self.figures.cutoffs[self.per].shows(self.budget)

    @property
    def verdict(self) -> str:
        """The finding in words."""
        if self.figures is None:
            return "no end silence that was tried is within it"
        return "shown to meet the budget" if self.shown else "not shown to meet the budget"


@dataclass(frozen=True, slots=True)
class Pair:
    """Missed starts against false ones of one kind at one threshold; ``best`` has the least sum of both shares."""

    kind: str
    threshold: float
    missed: Rate
    false: Rate
    best: bool = False


@dataclass(frozen=True, slots=True)
class Padding:
    """What a prefix padding does to the sound around an onset; it moves no decision.

    Parameters
    ----------
    n, clipped
        Onsets, and those that lose speech.
    clipped_p95_ms
        Speech lost before the padded start, nearest-rank p95, ms.
    added_p50_ms
        Other sound taken along before the onset, median, ms.
    """

    n: int
    clipped: int
    clipped_p95_ms: int | None
    added_p50_ms: int | None
