"""What a setting costs: cut-off holds and turns, endpoint delay, missed and false starts, each with its clusters.

Two questions are asked of a sweep. The *frontier*: how fast can the end of a turn be announced while at most so many
holds or turns are cut off? The *ceiling*: which pair of missed and false starts can any threshold reach at all?
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from bargein import units
from bargein.metrics.rates import Rate
from bargein.tuning.figures import Delays, Ends, Figures, FrontierRow, Padding, Pair
from bargein.tuning.figures import Per as Per
from bargein.tuning.shares import COUNTED, LEAST_TRIALS
from bargein.vad.counting import SPEECH_KINDS, Counts, pooled
from bargein.vad.grid import Sweep

#: The budgets every frontier shows; a recommendation needs the user's own.
BUDGETS = (0.05, 0.10, 0.20)
#: Speech whose pauses are evidence for an end silence; read prompts hold no long ones.
EVIDENCE_STYLES = ("elicited", "spontaneous")

#: ``prefix_padding_ms`` covers this percentage of onsets.
PREFIX_COVERS = 95
#: The end silence at which thresholds are compared where no other is asked for. Whether a recording starts detection at
#: all does not depend on it; how often a long one does, does a little.
USUAL_SILENCE_MS = 500

#: failures and trials of a cut-off, by what it is counted over.
CUTS: Mapping[Per, tuple[str, str]] = {"hold": ("cut_holds", "holds"), "turn": ("cut_turns", "turns")}


#: Columns of a table of settings.
PARETO = (
    *("speech", "per", "threshold", "silence_duration_ms", "share cut off", "cut off", "n", "clusters"),
    *("endpoint_mean_ms", "callers' pauses", "that outlast it"),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sweep, and which of its speech may be asked.

    Parameters
    ----------
    sweep
        Counts of every setting.
    styles
        Speech styles whose pauses count.
    low, high
        Range of thresholds the provider accepts.
    models_starts
        Whether starts at the provider have a model; if not, figures hold no onset delay, missed or false starts.
    """

    sweep: Sweep
    styles: tuple[str, ...] = EVIDENCE_STYLES
    low: float = 0.0
    high: float = 1.0
    models_starts: bool = True
    _cache: dict[tuple[float, int], Figures] = field(default_factory=dict, repr=False, compare=False)
    _outlasting: dict[int, Rate] = field(default_factory=dict, repr=False, compare=False)

    @property
    def thresholds(self) -> list[float]:
        """The thresholds that were tried and that the provider accepts."""
        return [t for t in self.sweep.thresholds if self.low <= t <= self.high]

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The styles of the turns at hand, each apart; where there are several, also pooled, and the name says so."""
        apart = {style: (style,) for style in self.styles if self.sweep.chosen(["turn"], [style])}
        return apart | ({f"{' + '.join(apart)}, pooled": tuple(apart)} if len(apart) > 1 else {})

    def amount(self, styles: Sequence[str]) -> Counts:
        """Give the turns and holds of these styles, at any one setting."""
        return self.sweep.at(self.sweep.thresholds[0], 0, kinds=["turn"], styles=styles)

    def judged(self, pers: Iterable[Per]) -> tuple[str, ...]:
        """Give the styles with enough holds or turns to judge a budget on."""
        return tuple(
            style
            for style in self.styles
            if all(getattr(self.amount([style]), CUTS[per][1]) >= LEAST_TRIALS for per in pers)
        )

    def onsets(self, threshold: float, silence_duration_ms: int) -> dict[str, dict[str, Counts]]:
        """Give the counts of speech whose onsets are used, by kind and cluster.

        Turns of the styles that may be asked, or all turns when there is none of them; words of any style: reading
        shortens pauses, it moves no onset.
        """
        styles = {"turn": self.styles if self.groups else None, "word": None}
        counted = {
            kind: self.sweep.by_cluster(threshold, silence_duration_ms, kinds=[kind], styles=styles[kind])
            for kind in SPEECH_KINDS
        }
        return {kind: clusters for kind, clusters in counted.items() if clusters}

    @property
    def usual_silence(self) -> int:
        """The end silence at which thresholds are compared."""
        return min(USUAL_SILENCE_MS, self.sweep.silences[-1])

    def figures(self, threshold: float, silence_duration_ms: int) -> Figures:
        """Give what is known of one setting.

        Raises
        ------
        SettingsError
            It was not tried.
        """
        key = (threshold, silence_duration_ms)
        if key not in self._cache:
            self._cache[key] = self._figures(*key)
        return self._cache[key]

    def _figures(self, threshold: float, silence: int) -> Figures:
        figures = Figures(
            threshold=threshold,
            silence_duration_ms=silence,
            ends={name: self._ends(threshold, silence, name, styles) for name, styles in self.groups.items()},
            pauses=self.outlasting(silence),
        )
        if not self.models_starts:
            return figures
        callers = self.sweep.at(threshold, silence, kinds=["caller"])
        onsets = self.onsets(threshold, silence)
        return replace(
            figures,
            onset={kind: Delays.of(pooled(clusters.values()).onset_delays) for kind, clusters in onsets.items()},
            missed={
                kind: Rate.of({name: (c.missed_starts, c.turns - c.masked) for name, c in clusters.items()})
                for kind, clusters in onsets.items()
            },
            false_starts={
                kind: counting.of(clusters)
                for kind, counting in COUNTED.items()
                if (clusters := self.sweep.by_cluster(threshold, silence, kinds=[kind]))
            },
            caller_starts=callers.starts,
            caller_ms=callers.exposure_ms,
        )

    def _ends(self, threshold: float, silence: int, name: str, styles: Sequence[str]) -> Ends:
        clusters = self.sweep.by_cluster(threshold, silence, kinds=["turn"], styles=styles)
        whole = pooled(clusters.values())
        cutoffs = {
            per: Rate.of({c: (getattr(n, failures), getattr(n, trials)) for c, n in clusters.items()})
            for per, (failures, trials) in CUTS.items()
        }
        return Ends(name, cutoffs, Delays.of(whole.endpoint_delays), whole.early_ends, whole.assumed_ends)

    def outlasting(self, silence: int) -> Rate:
        """Give callers' pauses that outlast an end silence; by their own length: no detector has a say in it."""
        if silence not in self._outlasting:
            callers: dict[str, list[int]] = {}
            for r in self.sweep.recordings:
                if r.kind == "caller":
                    callers.setdefault(r.cluster, []).extend(pause.ms for pause in r.pauses)
            counts = {name: (sum(ms > silence for ms in found), len(found)) for name, found in callers.items()}
            self._outlasting[silence] = Rate.of(counts)
        return self._outlasting[silence]

    def of_rule(self, sweep: Sweep) -> Evidence:
        """Give the same for counts of another rule over the same recordings."""
        return replace(self, sweep=sweep, _cache={})

    def share(self, per: Per, styles: Sequence[str]) -> npt.NDArray[np.float64]:
        """Give the share of cut-offs at every setting, shape (thresholds, silences); NaN without trials."""
        failures, trials = (self.sweep.totals(f, kinds=["turn"], styles=styles) for f in CUTS[per])
        return np.where(trials > 0, failures / np.maximum(trials, 1), np.nan)

    def mean_delay(self, styles: Sequence[str]) -> npt.NDArray[np.float64]:
        """Give the mean endpoint delay at every setting, ms; infinite where no turn has one."""
        delays = self.sweep.delays("endpoint_delays", kinds=["turn"], styles=styles)
        known = ~np.isnan(delays)
        n = known.sum(axis=0)
        total = np.where(known, delays, 0).sum(axis=0)
        return np.where(n > 0, total / np.maximum(n, 1), np.inf)

    def fastest(
        self, budgets: Mapping[Per, float], thresholds: Sequence[float], near: float, groups: Sequence[Sequence[str]]
    ) -> Figures | None:
        """Give the setting of the least mean endpoint delay whose estimates are within every budget.

        Parameters
        ----------
        budgets
            The largest share of cut-offs, by hold or turn.
        thresholds
            Which may be used.
        near
            Among equals the threshold nearest to this one, then the shortest end silence.
        groups
            Speech styles that are counted together: the budgets hold in each group, the delay is that of all of them.

        Returns
        -------
        None when there is none.
        """
        delay = self.mean_delay([style for group in groups for style in group])
        allowed = np.isin(self.sweep.thresholds, thresholds)[:, None] & np.isfinite(delay)
        for per, budget in budgets.items():
            for group in groups:
                allowed &= self.share(per, group) <= budget
        places = np.argwhere(allowed)
        if not len(places):
            return None

        def cost(place: npt.NDArray[np.int64]) -> tuple[float, float, int]:
            i, j = int(place[0]), int(place[1])
            return float(delay[i, j]), abs(self.sweep.thresholds[i] - near), j

        i, j = min(places, key=cost)
        return self.figures(self.sweep.thresholds[i], self.sweep.silences[j])

    def no_deafer_than(self, threshold: float) -> list[float]:
        """Give the thresholds that miss no more starts than this one."""
        missed = {t: self._missed(t) for t in {threshold, *self.thresholds}}
        return [t for t in self.thresholds if missed[t] <= missed[threshold]]

    def _missed(self, threshold: float) -> int:
        kinds = self.onsets(threshold, self.usual_silence).values()
        return sum(c.missed_starts for clusters in kinds for c in clusters.values())

    def frontier(
        self, in_force: float, free: bool = True, budgets: Sequence[float] = BUDGETS
    ) -> tuple[FrontierRow, ...]:
        """Give the fastest setting for every speech style and budget, per hold and per turn.

        Parameters
        ----------
        in_force
            The threshold of the first row of each budget.
        free
            Whether a second row may choose another threshold.
        budgets
            Shares of cut-offs.
        """
        pers: tuple[Per, ...] = ("hold", "turn")
        choices = [(False, [in_force])] + ([(True, self.no_deafer_than(in_force))] if free else [])
        return tuple(
            FrontierRow(name, per, budget, other, self.fastest({per: budget}, thresholds, in_force, [styles]))
            for name, styles in self.groups.items()
            for per in pers
            for budget in budgets
            for other, thresholds in choices
        )

    def ceiling(self) -> tuple[Pair, ...]:
        """Give missed starts against false ones at every threshold, by kind, and mark the best pair of each kind.

        Best is the least sum of the share missed and the share of false starts; a frequency, which is no share of
        anything, is taken as a share of the most that any threshold gives.
        """
        figures = [self.figures(t, self.usual_silence) for t in self.thresholds]
        pairs: list[Pair] = []
        for kind in COUNTED:
            of_kind = [
                Pair(kind, f.threshold, f.missed_all, f.false_starts[kind]) for f in figures if kind in f.false_starts
            ]
            false = worst_from([p.false.estimate for p in of_kind])
            whole = COUNTED[kind].highest if math.isfinite(COUNTED[kind].highest) else max([*false, 0.0]) or 1.0
            sums = [p.missed.estimate + f / whole for p, f in zip(of_kind, false, strict=True)]
            known = [s for s in sums if not math.isnan(s)]
            best = sums.index(min(known)) if known else -1
            pairs += [replace(p, best=i == best) for i, p in enumerate(of_kind)]
        return tuple(pairs)

    def pareto(self, per: Per, thresholds: Sequence[float]) -> Iterator[dict[str, Any]]:
        """Give the settings that no other beats in both cut-offs and endpoint delay, by style, fewest cut-offs first.

        Rows with the columns ``PARETO``.
        """
        for name, styles in self.groups.items():
            share, delay = self.share(per, styles), self.mean_delay(styles)
            places = [
                (share[i, j], delay[i, j], i, j) for i in map(self.sweep.row, thresholds) for j in range(len(share.T))
            ]
            fastest = math.inf
            for cut, wait, i, j in sorted(p for p in places if not math.isnan(p[0])):
                if wait < fastest:
                    fastest = wait
                    figures = self.figures(self.sweep.thresholds[i], self.sweep.silences[j])
                    rate = figures.ends[name].cutoffs[per]
                    values = (
                        *(name, per, figures.threshold, figures.silence_duration_ms, float(cut), rate.failures),
                        *(rate.trials, rate.clusters, units.whole_ms(float(wait))),
                        *(figures.pauses.trials, figures.pauses.failures),
                    )
                    yield dict(zip(PARETO, values, strict=True))

    def padding(self, threshold: float, prefix_padding_ms: int) -> dict[str, Padding]:
        """Give what a prefix padding keeps and what it cuts, by kind of speech; it moves no decision."""
        return {
            kind: _padding(clusters, prefix_padding_ms)
            for kind, clusters in self.onsets(threshold, self.usual_silence).items()
        }


def worst_from(values: Sequence[float]) -> list[float]:
    """Give for each threshold, rising, the most false starts at it or above.

    A detector that never closes starts once. So a threshold is no quieter than any above it: what starts there is
    speech to this one too, whether it was open already or not.

    Examples
    --------
    >>> worst_from([1, 9, 4, 5, 0])
    [9, 9, 5, 5, 0]
    """
    return list(accumulate(reversed(values), max))[::-1]


def _padding(clusters: Mapping[str, Counts], prefix_padding_ms: int) -> Padding:
    leads = pooled(clusters.values()).onset_leads
    clipped = [max(lead - prefix_padding_ms, 0) for lead in leads]
    extra = [max(prefix_padding_ms - lead, 0) for lead in leads]
    late, groups = sum(1 for ms in clipped if ms), sum(1 for c in clusters.values() if c.onset_leads)
    percentiles = units.nearest_rank(clipped, PREFIX_COVERS), units.nearest_rank(extra, 50)
    return Padding(len(leads), groups, late, *percentiles)
