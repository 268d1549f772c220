"""How often a setting fails, of all events and not only of those that were listened to.

A label stands for one over its *inclusion probability*: that the event was drawn, times the share of its stratum's
drawn items that have been answered. The order of a queue is random, so what is not answered is missing at random.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bargein.metrics.onsets import DISTRACTORS, INTERRUPTION
from bargein.metrics.weighted import WeightedRate, labels_needed
from bargein.queue.events import NOT_ASKED, NOTICED, SAID
from bargein.session.queued import NOTHING, Item

#: What an answer can be: a class of an onset, or that nothing begins there.
ANSWERS = (INTERRUPTION, *DISTRACTORS, NOTHING)
NOTE = (
    "shares of all events, by Horvitz-Thompson weights; interval two-sided, 95 %, over clusters; what the net does not "
    "hear is no event; where a detector was open already, or no agent was heard, nothing was asked of the setting"
)


@dataclass(frozen=True, slots=True)
class Answered:
    """An item, the kind that was answered, the probability of this label, and what its session shares with others."""

    item: Item
    kind: str
    probability: float
    cluster: str


@dataclass(frozen=True, slots=True)
class SettingRate:
    """One figure of one setting.

    Parameters
    ----------
    setting, metric
        Whose, and what is counted; lower is better in all of them.
    rate
        Of all events.
    headline
        Whether the number of labels that are needed looks at it: the figures by kind do not count.
    """

    setting: str
    metric: str
    rate: WeightedRate
    headline: bool


def rates(answered: Iterable[Answered]) -> list[SettingRate]:
    """Give what each setting missed and what it took for speech that was none.

    Parameters
    ----------
    answered
        Of one design.

    Returns
    -------
    Of each setting: starts missed (of what was meant to take the floor; where it was open already nothing could be
    missed), starts that were false, of all its starts, and how many of each other kind it started for.
    """
    every = list(answered)
    names = list(dict.fromkeys(name for a in every for name in a.item.said))
    kinds = [kind for kind in ANSWERS if kind != INTERRUPTION and any(a.kind == kind for a in every)]
    return [found for name in names for found in _of_setting(name, every, kinds)]


def _of_setting(name: str, every: Sequence[Answered], kinds: Sequence[str]) -> Iterable[SettingRate]:
    asked = [a for a in every if a.item.said[name] not in NOT_ASKED]
    what = "stops" if any(a.item.said[name] in SAID["gate"] for a in every) else "starts"
    directed = [(a, a.item.said[name] not in NOTICED) for a in asked if a.kind == INTERRUPTION]
    yield SettingRate(name, f"missed {what}, of interruptions", _rate(directed), True)
    noticed = [(a, a.kind != INTERRUPTION) for a in asked if a.item.said[name] in NOTICED]
    yield SettingRate(name, f"false {what}, of all its {what}", _rate(noticed), True)
    for kind in kinds:
        of_kind = [(a, a.item.said[name] in NOTICED) for a in asked if a.kind == kind]
        if of_kind:
            yield SettingRate(name, f"false {what}, of {kind}", _rate(of_kind), False)


def _rate(trials: Iterable[tuple[Answered, bool]]) -> WeightedRate:
    by_cluster: dict[str, list[tuple[bool, float]]] = {}
    for a, failed in trials:
        by_cluster.setdefault(a.cluster, []).append((failed, a.probability))
    return WeightedRate.of(by_cluster)


def needed(found: Iterable[SettingRate], labels: int, half_width: float) -> int:
    """Give how many more labels make every headline figure's interval as narrow as asked; 0 when all are.

    Parameters
    ----------
    found
        What is known so far.
    labels
        How many that took.
    half_width
        Half of the interval's length, a share.

    Examples
    --------
    >>> needed([], 0, 0.10)
    97
    """
    in_all = [labels_needed(half_width, f.rate, labels) for f in found if f.headline]
    return max(max(in_all, default=labels_needed(half_width)) - labels, 0)
