"""How far off is a candidate, group by group? Losses of many candidates on the same reports, each run once.

The loss of an event is its error in ms, at most :data:`CAP_MS`; a report without a claim and a claim without a report
cost that much. Biases are medians, so they need no search: a candidate is judged with those that fit it, and in every
fold with those of the other groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bargein import units
from bargein.timeline import Timeline
from bargein.tuning.calibration.agreement import mutual
from bargein.tuning.calibration.evidence import Recorded, Report, groups_of
from bargein.vad.surrogate import PRIOR, START_DATING, STOP_DATING, Claims, Edges, Surrogate, edges_at

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

#: What a wrong event costs at most, ms: twice the tolerance of the primary figure.
CAP_MS = 200
#: Within this a claim and a report may be the same event before any bias is known, ms.
REACH_MS = 500
#: Recordings at several candidates that are kept in memory.
KEPT = 20_000


class Reported(NamedTuple):
    """Reports of one kind in one recording as arrays: claim, ms; whether it counts for the key; arrival, ms or NaN."""

    claimed: Int64
    counts: npt.NDArray[np.bool_]
    at: Float64


@dataclass(frozen=True, slots=True)
class Differences:
    """Claimed less reported of one kind of edge in one recording, ms; NaN where a report has no claim.

    Parameters
    ----------
    values
        One a report that counts.
    extra
        Claims without a report.
    late
        Arrival less decision of what matched, where arrivals are known, ms.
    """

    values: Float64
    extra: int
    late: Float64


@dataclass(frozen=True, slots=True)
class Losses:
    """Loss of a candidate by group, ms an event, lower is better.

    Parameters
    ----------
    biases
        Onset and offset bias that fit all groups, ms.
    fold_biases
        Those that fit all groups but one, by that one.
    trained
        With those biases.
    without
        In row ``g`` the losses of all groups with the biases of all but ``g``: what training without ``g`` sees.
    """

    biases: tuple[int, int]
    fold_biases: tuple[tuple[int, int], ...]
    trained: Float64
    without: Float64


class Bench:
    """Reports of one key with everything that is computed of them once.

    Parameters
    ----------
    recordings
        With groups that are independent of each other.
    prior
        What the detector is taken for before any report is read.
    """

    def __init__(self, recordings: Sequence[Recorded], prior: Surrogate = PRIOR) -> None:
        self.recordings, self.prior = tuple(recordings), prior
        self.groups = groups_of(self.recordings)
        self.thresholds = tuple(sorted({r.setting[0] for r in self.recordings}))
        self._group = np.array([self.groups.index(r.group) for r in self.recordings], np.int64)
        reports = np.array([r.used_starts + r.used_stops for r in self.recordings], np.float64)
        self._reports = np.maximum(np.bincount(self._group, reports, len(self.groups)), 1)
        self._reported = [tuple(_arrays(r, row.elsewhere) for r in (row.starts, row.stops)) for row in self.recordings]
        self._edges = lru_cache(KEPT)(self._edges_of)
        self._differences = lru_cache(4 * KEPT)(self._differences_of)
        self._losses = lru_cache(KEPT)(self._losses_of)

    def losses(self, candidate: Surrogate, *, biased: bool) -> Losses:
        """Give the losses of a candidate, with biases that fit it or with none."""
        return self._losses(replace(candidate, onset_bias_ms=0, offset_bias_ms=0, delay_ms=0), biased)

    def late(self, candidate: Surrogate) -> tuple[Float64, Float64, int]:
        """Give arrival less decision of what matched, ms: of starts, of stops, and how many groups know it."""
        found = [[self._of(n, candidate, kind).late for n in range(len(self.recordings))] for kind in (0, 1)]
        groups = {row.group for kind in found for row, late in zip(self.recordings, kind, strict=True) if len(late)}
        return np.concatenate(found[0]), np.concatenate(found[1]), len(groups)

    def _losses_of(self, candidate: Surrogate, biased: bool) -> Losses:
        folds = len(self.groups)
        trained, without = np.zeros(folds), np.zeros((folds, folds))
        biases, fold_biases = [], []
        for kind in (0, 1):
            parts = [self._of(n, candidate, kind) for n in range(len(self.recordings))]
            values = np.concatenate([p.values for p in parts])
            owner = np.repeat(self._group, [len(p.values) for p in parts])
            extra = np.bincount(self._group, [float(p.extra) for p in parts], folds) * CAP_MS
            known = ~np.isnan(values)
            shift = np.zeros(folds)
            if biased:
                shift = np.array([median(values[known & (owner != g)]) for g in range(folds)])
            every = median(values[known]) if biased else 0.0
            own = np.eye(folds)[owner]
            trained += cost(values - every) @ own + extra
            without += cost(values - shift[:, None]) @ own + extra
            biases.append(-int(every))
            fold_biases.append([-int(s) for s in shift])
        return Losses(
            (biases[0], biases[1]), tuple(zip(*fold_biases, strict=True)), trained / self._reports,
            without / self._reports,
        )  # fmt: skip

    def _of(self, n: int, candidate: Surrogate, kind: int) -> Differences:
        enter = candidate.enter(self.recordings[n].setting[0])
        dating = candidate.stop_dating if kind else candidate.start_dating
        return self._differences(n, enter, candidate.hysteresis, candidate.min_speech_ms, kind, dating)

    def _differences_of(
        self, n: int, enter: float, hysteresis: float, min_speech_ms: int, kind: int, dating: str
    ) -> Differences:
        row = self.recordings[n]
        edges = self._edges(n, enter, hysteresis, min_speech_ms)[kind]
        claimed = (STOP_DATING if kind else START_DATING)[dating](edges, row.settings)
        return differences(self._reported[n][kind], Claims(np.maximum(claimed, 0), edges.known), row.elsewhere)

    def _edges_of(self, n: int, enter: float, hysteresis: float, min_speech_ms: int) -> tuple[Edges, Edges]:
        row = self.recordings[n]
        given = ((row.setting[0], enter),)
        return edges_at(row.scores, Surrogate(hysteresis, min_speech_ms, thresholds=given).rule(row.settings))


def _arrays(reports: Sequence[Report], elsewhere: Timeline) -> Reported:
    at = [np.nan if r.at_ms is None else r.at_ms for r in reports]
    return Reported(
        np.array([r.claimed_ms for r in reports], np.int64),
        np.array([r.when not in elsewhere for r in reports], np.bool_),
        np.array(at, np.float64),
    )


def differences(reports: Reported, claims: Claims, elsewhere: Timeline) -> Differences:
    """Match reports with claims within the reach and take claimed less reported.

    Reports that stand ``elsewhere`` are matched, so that their claims are nobody's extra, and then left out.
    """
    partner = mutual(reports.claimed, claims.claimed, REACH_MS)
    found = partner >= 0
    if not len(claims.claimed):
        values = np.full(len(partner), np.nan)
        return Differences(values[reports.counts], 0, np.zeros(0))
    values = np.where(found, claims.claimed[partner] - reports.claimed, np.nan)
    late = (reports.at - claims.known[partner])[found & reports.counts]
    spare = np.ones(len(claims.claimed), np.bool_)
    spare[partner[found]] = False
    extra = sum(t not in elsewhere for t in claims.known[spare].tolist()) if elsewhere else int(spare.sum())
    return Differences(values[reports.counts], extra, late[~np.isnan(late)])


def cost(values: Float64) -> Float64:
    """Give what errors cost, ms; NaN, an event missed, costs most.

    Examples
    --------
    >>> cost(np.array([-30.0, 700.0, np.nan])).tolist()
    [30.0, 200.0, 200.0]
    """
    found: Float64 = np.minimum(np.nan_to_num(np.abs(values), nan=CAP_MS), CAP_MS)
    return found


def median(values: Float64) -> float:
    """Give the median in whole ms; 0 of none."""
    return float(units.whole_ms(float(np.median(values)))) if len(values) else 0.0
