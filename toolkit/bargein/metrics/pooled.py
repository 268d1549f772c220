"""Many sessions, one figure: what is pooled, over how many independent clusters, and how far it can be trusted.

Counts are added, never rates averaged. Sessions that share a speaker, call, clip, noise or room are one cluster, and an
interval looks at clusters: a session that is counted twice adds events and no evidence. Under 20 clusters (or, of
shares, 10 failures) there is no resampling. A share then has the exact bound of Clopper and Pearson on the clusters
with a failure, a median the range of what it is of. Bounds are one-sided, 95 %, on the side that would be bad news.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isnan
from statistics import median
from typing import TypeVar

import numpy as np

from bargein.errors import NotAnswerable
from bargein.ledger import heard_out
from bargein.metrics.audible import audible
from bargein.metrics.clusters import component_of
from bargein.metrics.echo import Attribution
from bargein.metrics.falsestops import FalseStops, Stop, false_stops, first_stops
from bargein.metrics.floor import Floor, States, follow, states
from bargein.metrics.friction import Friction, friction
from bargein.metrics.levels import Levels, levels
from bargein.metrics.onsets import judged, user_speech
from bargein.metrics.panel import Panel
from bargein.metrics.rates import CONFIDENCE, MIN_CLUSTERS, MIN_FAILURES, RESAMPLES, Rate
from bargein.metrics.stages import Stages, actions, stages, words
from bargein.metrics.stopping import Episode, Facts
from bargein.metrics.survival import StopCurve
from bargein.metrics.text import HeardText, heard_text
from bargein.metrics.truncation import Telling, predicted, recorded
from bargein.metrics.truth import left_out, truth
from bargein.outcome import Outcome
from bargein.providers import Reading
from bargein.providers.duties import DUTIES, duty
from bargein.session import Session
from bargein.units import whole_ms

T = TypeVar("T")


@dataclass(frozen=True)
class Measured:
    """One session, as recorded or under a gate, with what metrics ask of it.

    Parameters
    ----------
    session
        The recording.
    reading
        Its log.
    facts
        As recorded, or of the replay.
    episodes
        Around every labelled onset.
    outcome
        Of the replay; None as recorded.
    attributed
        Whose sound the microphone held at reports while the agent was heard; as recorded.
    """

    session: Session
    reading: Reading
    facts: Facts
    episodes: tuple[Episode, ...]
    outcome: Outcome | None = None
    attributed: tuple[Attribution, ...] = ()

    @cached_property
    def panel(self) -> Panel:
        """The episodes, ready to be pooled."""
        return Panel(self.episodes, judged(self.session))

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """The first stop of each response."""
        return first_stops(self.facts)

    @cached_property
    def stages(self) -> list[Stages]:
        """Stops at barge-ins, taken apart."""
        acted = words(self.facts.events) if self.outcome is None else actions(self.outcome)
        found = (stages(e, acted, known=self.outcome is not None) for e in self.panel.barge_ins)
        return [s for s in found if s is not None]

    @cached_property
    def false(self) -> FalseStops:
        """Stops at what took no floor."""
        return false_stops(self.facts, self.episodes, truth(self.session).given)

    @cached_property
    def told(self) -> Telling:
        """What the provider was told: by the recorded client, or by a policy that tells it."""
        if self.outcome is not None:
            return predicted(self.outcome)[0]
        return recorded(self.facts, self.stops, owes=self._owes)

    @property
    def _owes(self) -> bool:
        """Whether the provider needs a truncation, and the log holds what the client said."""
        info, logged = self.session.info, any(r.direction == "c2s" for r in self.session.records)
        known = logged and (info.provider, "interrupts") in DUTIES
        return known and "truncate" in duty(info.provider, info.turn_detection).tells

    @cached_property
    def naive(self) -> Telling:
        """What a naive client would have told in its place; nothing as recorded."""
        return Telling() if self.outcome is None else predicted(self.outcome)[1]

    @cached_property
    def friction(self) -> Friction:
        """What the user went through."""
        return friction(self.session, self.facts, self.episodes, self.false)

    @cached_property
    def levels(self) -> Levels:
        """How loud user, noise and echo are; of the recording, whatever the gate."""
        return levels(self.session, self.facts.heard) if self.outcome is None else Levels()

    @cached_property
    def floor(self) -> Floor | None:
        """How the floor changed hands; None where nothing tells."""
        if self.facts.heard is None or not truth(self.session).given:
            return None
        floor = follow(user_speech(self.session), audible(self.facts.heard, self.facts.voiced))
        return floor.without(truth(self.session).unsure)

    @cached_property
    def states(self) -> States | None:
        """Time in each state; None where nothing tells."""
        if self.facts.heard is None or not truth(self.session).given:
            return None
        unsure = truth(self.session).unsure
        user, agent = user_speech(self.session) - unsure, audible(self.facts.heard, self.facts.voiced) - unsure
        found = states(user, agent, self.facts.length_ms)
        return replace(found, neither_ms=found.neither_ms - unsure.ms)

    @cached_property
    def texts(self) -> list[HeardText]:
        """Words of responses that were stopped and not heard to their end."""
        heard, made = self.facts.heard, self.facts.generated
        cut = (s.response for s in self.stops if heard is not None and not heard_out(made, heard, s.response))
        known = (self.reading.responses[r] for r in cut if r in self.reading.responses)
        return [heard_text(r, made, heard, self.facts.voiced) for r in known if heard is not None and r.texts]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it rests on.

    Parameters
    ----------
    value
        None where nothing was asked.
    n
        Events it is of.
    clusters
        Independent groups they are spread over.
    interval
        In words; empty where none can be given.
    """

    value: float | None
    n: int
    clusters: int
    interval: str = ""


class Pool:
    """Sessions that are pooled, by cluster.

    Parameters
    ----------
    measured
        Recorded sessions, derived, or modelled ones.

    Raises
    ------
    NotAnswerable
        Both kinds, say, together: they are never pooled.
    """

    def __init__(self, measured: Iterable[Measured]) -> None:
        self.measured = tuple(measured)
        kinds = sorted({m.session.info.evidence for m in self.measured})
        if len(kinds) > 1:
            raise NotAnswerable(f"{' and '.join(kinds)} sessions together: they are never pooled; ask of one kind")
        names = component_of(set(m.session.info.clusters) for m in self.measured)
        self.clusters: dict[str, list[Measured]] = {}
        for name, one in zip(names, self.measured, strict=True):
            self.clusters.setdefault(name, []).append(one)

    @property
    def basis(self) -> str:
        """What was recorded, what heard audio rests on, and which labels are left out."""
        kinds = {m.session.info.evidence for m in self.measured}
        heard = {str(m.facts.heard.basis) for m in self.measured if m.facts.heard is not None} or {"unknown"}
        rests = f"events {' and '.join(sorted(kinds))}; heard {' or '.join(sorted(heard))}"
        return left_out(m.session for m in self.measured).beside(rests)

    def by_cluster(self, of: Callable[[Measured], Iterable[T]]) -> dict[str, list[T]]:
        """Give the values of each cluster that has any."""
        found = {name: [v for m in inside for v in of(m)] for name, inside in self.clusters.items()}
        return {name: values for name, values in found.items() if values}

    def share(self, of: Callable[[Measured], Iterable[bool]], *, good: bool = False) -> Figure:
        """Count how many of what is asked, with the bound on the bad side: above of failures, below of what is good."""
        asked = self.by_cluster(of)
        rate = Rate.of({name: (sum(bool(x) is not good for x in each), len(each)) for name, each in asked.items()})
        if not rate.trials:
            return Figure(None, 0, 0)
        bound = percent(rate.upper95)
        interval = f"at least {100 - bound} %" if good else f"up to {bound} %"
        count = rate.trials - rate.failures if good else rate.failures
        return Figure(count, rate.trials, rate.clusters, interval)

    def p50(self, of: Callable[[Measured], Iterable[float | None]]) -> Figure:
        """Give the median of what is known; of whole numbers a whole one."""
        each = self.by_cluster(lambda m: [v for v in of(m) if v is not None])
        every = [v for values in each.values() for v in values]
        if not every:
            return Figure(None, 0, 0)
        span = f"range {min(every):.0f} to {max(every):.0f}"
        if len(each) >= MIN_CLUSTERS:
            span = f"up to {_upper(list(each.values()), lambda x: float(median(v for one in x for v in one))):.0f}"
        middle = median(every)
        whole = all(isinstance(v, int) for v in every)
        return Figure(whole_ms(middle) if whole else middle, len(every), len(each), span)

    def total(self, of: Callable[[Measured], Iterable[float]]) -> Figure:
        """Add up."""
        each = self.by_cluster(of)
        every = [v for values in each.values() for v in values]
        some = sum(any(values) for values in each.values())
        return Figure(sum(every) if every else None, len(every), len(each), f"in {some} of {len(each)}" * bool(every))

    def curves(self) -> dict[str, StopCurve]:
        """Waits for a stop, by cluster."""
        each = {name: sum((m.panel for m in inside), Panel(())).stop_curve for name, inside in self.clusters.items()}
        return {name: curve for name, curve in each.items() if curve.n}


def still_audible(curves: dict[str, StopCurve], t: int) -> Figure:
    """S(t) over clusters, with its upper bound.

    From 20 clusters and 10 waits longer than ``t`` on, clusters are resampled; else Clopper and Pearson on the clusters
    in which an agent was seen to be audible later than ``t``, of those in which one was watched that long or stopped.

    Parameters
    ----------
    curves
        By cluster.
    t
        Milliseconds after the onset.

    Examples
    --------
    >>> quick, slow = StopCurve.of([(150, True)] * 9), StopCurve.of([(150, True), (1_200, True)])
    >>> found = still_audible({"a": quick, "b": slow}, 500)
    >>> f"{found.value:.2f}", found.n, found.clusters, found.interval
    ('0.09', 11, 2, 'up to 98 %')
    """
    pooled = sum(curves.values(), StopCurve())
    share = pooled.share(t)
    if isnan(share):  # nobody was watched that long
        return Figure(None, pooled.n, len(curves))
    over = {name: sum(ms > t for ms, _ in c.waits) for name, c in curves.items()}
    if len(curves) >= MIN_CLUSTERS and sum(over.values()) >= MIN_FAILURES:
        bound = _upper(list(curves.values()), lambda drawn: sum(drawn, StopCurve()).share(t))
    else:
        watched = {name: any(ms > t or stopped for ms, stopped in c.waits) for name, c in curves.items()}
        bound = Rate.of({name: (int(over[name] > 0), 1) for name, seen in watched.items() if seen}).upper95
    return Figure(share, pooled.n, len(curves), "" if isnan(bound) else f"up to {percent(bound)} %")


def percent(share: float) -> int:
    """Write a bound in per cent, rounded up.

    Examples
    --------
    >>> percent(0.551), percent(0.55)
    (56, 55)
    """
    return int(-(-(100 * share - 1e-9) // 1))


def _upper(clusters: Sequence[T], statistic: Callable[[Sequence[T]], float]) -> float:
    """Resample clusters; the 95th percentile, of draws that say something."""
    draws = np.random.default_rng(0).integers(0, len(clusters), (RESAMPLES // 4, len(clusters)))
    found = np.array([statistic([clusters[i] for i in draw]) for draw in draws])
    return float(np.quantile(found[~np.isnan(found)], CONFIDENCE))
