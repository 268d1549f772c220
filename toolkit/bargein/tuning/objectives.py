"""What a setting costs: cut-off holds and turns, endpoint delay, missed and false starts, each with its clusters.

Two questions are asked of a sweep. The *frontier*: how fast can the end of a turn be announced while at most so many
holds or turns are cut off? The *ceiling*: which pair of missed and false starts can any threshold reach at all?
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bargein import units
from bargein.metrics.rates import Rate
from bargein.tuning.figures import Delays, Figures, FrontierRow, Padding, Pair
from bargein.tuning.figures import Per as Per
from bargein.vad.counting import FALSE_KINDS, SPEECH_KINDS, Counts, pooled
from bargein.vad.sweep import Sweep

#: The budgets every frontier shows; a recommendation needs the user's own.
BUDGETS = (0.05, 0.10, 0.20)
#: Speech whose pauses are evidence for an end silence; read prompts hold no long ones.
EVIDENCE_STYLES = ("elicited", "spontaneous")

#: The end silence at which thresholds are compared; whether a recording triggers at all does not depend on it.
USUAL_SILENCE_MS = 500

#: failures and trials of a cut-off, by what it is counted over.
_CUTS: Mapping[Per, tuple[str, str]] = {"hold": ("cut_holds", "holds"), "turn": ("cut_turns", "turns")}


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

    @property
    def thresholds(self) -> list[float]:
        """The thresholds that were tried and that the provider accepts."""
        return [t for t in self.sweep.thresholds if self.low <= t <= self.high]

    @property
    def turns(self) -> Counts:
        """Turns and holds that may be asked, at any one setting."""
        return self.sweep.at(self.sweep.thresholds[0], 0, kinds=["turn"], styles=self.styles)

    def onsets(self, threshold: float, silence_duration_ms: int) -> dict[str, dict[str, Counts]]:
        """Give the counts of speech whose onsets are used, by kind and cluster.

        Turns of the styles that may be asked, or all turns when there is none of them; words of any style: reading
        shortens pauses, it moves no onset.
        """
        styles = {"turn": self.styles if self.turns.turns else None, "word": None}
        counted = {
            kind: self.sweep.by_cluster(threshold, silence_duration_ms, kinds=[kind], styles=styles[kind])
            for kind in SPEECH_KINDS
        }
        return {kind: clusters for kind, clusters in counted.items() if clusters}

    def all_onsets(self, threshold: float, silence_duration_ms: int) -> Counts:
        """Give the same counts, added up."""
        kinds = self.onsets(threshold, silence_duration_ms).values()
        return pooled(counts for clusters in kinds for counts in clusters.values())

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
        def rate(failures: Callable[[Counts], int], trials: Callable[[Counts], int], kind: str,
                 styles: Iterable[str] | None = None) -> Rate:  # fmt: skip
            clusters = self.sweep.by_cluster(threshold, silence, kinds=[kind], styles=styles)
            return Rate.of({name: (failures(c), trials(c)) for name, c in clusters.items()})

        ends = self.sweep.at(threshold, silence, kinds=["turn"], styles=self.styles)
        figures = Figures(
            threshold=threshold,
            silence_duration_ms=silence,
            cutoffs={
                "hold": rate(lambda c: c.cut_holds, lambda c: c.holds, "turn", self.styles),
                "turn": rate(lambda c: c.cut_turns, lambda c: c.turns, "turn", self.styles),
            },
            endpoint=Delays.of(ends.endpoint_delays),
            early_ends=ends.early_ends,
            assumed_ends=ends.assumed_ends,
        )
        if not self.models_starts:
            return figures
        kinds = {r.kind for r in self.sweep.recordings}
        callers = self.sweep.at(threshold, silence, kinds=["caller"])
        return replace(
            figures,
            onset=Delays.of(self.all_onsets(threshold, silence).onset_delays),
            missed={
                kind: Rate.of({name: (c.missed_starts, c.turns - c.masked) for name, c in clusters.items()})
                for kind, clusters in self.onsets(threshold, silence).items()
            },
            false_starts={
                kind: rate(lambda c: c.triggered_clips, lambda c: c.clips, kind)
                for kind in FALSE_KINDS
                if kind in kinds
            },
            caller_starts=callers.starts,
            caller_ms=callers.exposure_ms,
        )

    def share(self, per: Per) -> npt.NDArray[np.float64]:
        """Give the share of cut-offs at every setting, shape (thresholds, silences); NaN without trials."""
        failures, trials = (self.sweep.totals(f, kinds=["turn"], styles=self.styles) for f in _CUTS[per])
        return np.where(trials > 0, failures / np.maximum(trials, 1), np.nan)

    def mean_delay(self) -> npt.NDArray[np.float64]:
        """Give the mean endpoint delay at every setting, ms; infinite where no turn has one."""
        delays = self.sweep.delays("endpoint_delays", kinds=["turn"], styles=self.styles)
        known = ~np.isnan(delays)
        n = known.sum(axis=0)
        total = np.where(known, delays, 0).sum(axis=0)
        return np.where(n > 0, total / np.maximum(n, 1), np.inf)

    def fastest(self, budgets: Mapping[Per, float], thresholds: Sequence[float], near: float) -> Figures | None:
        """Give the setting of the least mean endpoint delay whose estimates are within every budget.

        Parameters
        ----------
        budgets
            The largest share of cut-offs, by hold or turn.
        thresholds
            Which may be used.
        near
            Among equals the threshold nearest to this one, then the shortest end silence.

        Returns
        -------
        None when there is none.
        """
        allowed = np.isin(self.sweep.thresholds, thresholds)[:, None] & np.isfinite(delay := self.mean_delay())
        for per, budget in budgets.items():
            allowed &= self.share(per) <= budget
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
        most = self.all_onsets(threshold, self.usual_silence).missed_starts
        return [t for t in self.thresholds if self.all_onsets(t, self.usual_silence).missed_starts <= most]

    def frontier(
        self, in_force: float, free: bool = True, budgets: Sequence[float] = BUDGETS
    ) -> tuple[FrontierRow, ...]:
        """Give the fastest setting for every budget, per hold and per turn.

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
            FrontierRow(per, budget, other, self.fastest({per: budget}, thresholds, in_force))
            for per in pers
            for budget in budgets
            for other, thresholds in choices
        )

    def ceiling(self) -> tuple[Pair, ...]:
        """Give missed starts against false ones at every threshold, by kind, and mark the best pair of each kind."""
        figures = [self.figures(t, self.usual_silence) for t in self.thresholds]
        pairs: list[Pair] = []
        for kind in FALSE_KINDS:
            of_kind = [
                Pair(kind, f.threshold, f.missed_all, f.false_starts[kind]) for f in figures if kind in f.false_starts
            ]
            sums = [p.missed.estimate + p.false.estimate for p in of_kind]
            known = [s for s in sums if not math.isnan(s)]
            best = sums.index(min(known)) if known else -1
            pairs += [Pair(p.kind, p.threshold, p.missed, p.false, i == best) for i, p in enumerate(of_kind)]
        return tuple(pairs)

    def pareto(self, per: Per, thresholds: Sequence[float]) -> Iterator[dict[str, Any]]:
        """Give the settings that no other beats in both cut-offs and endpoint delay, fewest cut-offs first."""
        share, delay = self.share(per), self.mean_delay()
        places = [
            (share[i, j], delay[i, j], i, j) for i in map(self.sweep.row, thresholds) for j in range(len(share.T))
        ]
        fastest = math.inf
        for cut, wait, i, j in sorted(p for p in places if not math.isnan(p[0])):
            if wait < fastest:
                fastest = wait
                yield {
                    "per": per,
                    "threshold": self.sweep.thresholds[i],
                    "silence_duration_ms": self.sweep.silences[j],
                    "cutoffs": float(cut),
                    "endpoint_mean_ms": units.whole_ms(float(wait)),
                }

    def padding(self, threshold: float, prefix_padding_ms: int) -> Padding:
        """Give what a prefix padding keeps and what it cuts; it moves no decision."""
        counts = self.all_onsets(threshold, self.usual_silence)
        clipped = [max(lead - prefix_padding_ms, 0) for lead in counts.onset_leads]
        extra = [max(prefix_padding_ms - lead, 0) for lead in counts.onset_leads]
        late = sum(1 for ms in clipped if ms)
        return Padding(len(clipped), late, units.nearest_rank(clipped, 95), units.nearest_rank(extra, 50))
