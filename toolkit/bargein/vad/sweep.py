"""Every setting of a detection rule against labels, at once.

Scores are computed once; a setting is only another reading of them. The rule itself is run, not imitated: once for
every enter threshold and every ``silence_duration_ms`` that makes a difference, which is one a frame. The exit
threshold follows the enter threshold and the least length of speech stays 0: constants of the rule, not swept.

The counts of a setting equal those of :mod:`bargein.vad.counting` over the streaming detector's edges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from numba import njit

from bargein import units
from bargein.errors import LabelError, Problem, SettingsError, check
from bargein.vad.counting import EARLY_MS, FALSE_KINDS, SPEECH_KINDS, Counts, Labelled, followed_by_silence
from bargein.vad.rule import Rule, run_frames

if TYPE_CHECKING:
    import pandas as pd

Int64 = npt.NDArray[np.int64]

#: Enter thresholds that are tried unless told otherwise.
THRESHOLDS = tuple(k / 20 for k in range(1, 20))
#: The longest end silence that is tried: the longest hold of real turns is far shorter.
MAX_SILENCE_MS = 3_000
#: One number a turn, not a count: stands where there is none.
NONE = np.iinfo(np.int64).min

FIELDS = tuple(f.name for f in fields(Counts))
DELAYS = ("onset_delays", "onset_leads", "endpoint_delays")
_COLUMN = {name: i for i, name in enumerate(FIELDS)}
(CLIPS, EXPOSURE, STARTS, FALSE, TRIGGERED, TURNS, MISSED, MASKED, HOLDS, CUT_HOLDS, CUT_TURNS, STRAY, EARLY, ASSUMED,
 ONSET_DELAY, ONSET_LEAD, ENDPOINT_DELAY) = range(len(FIELDS))  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """Counts of every setting over labelled recordings.

    Parameters
    ----------
    thresholds
        Enter thresholds that were tried, rising.
    silences
        ``silence_duration_ms`` that were tried, rising, one a frame; any other value acts as the next one up.
    recordings
        What they were tried on.
    table
        Counts, shape (recordings, thresholds, silences, fields of :class:`~bargein.vad.counting.Counts`).

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from bargein.vad.scores import Scores
    >>> cough = Scores(np.array([0.1, 0.6, 0.7, 0.2, 0.1]), 512, 16_000, 5 * 512, "demo")
    >>> row = SimpleNamespace(clip="c1", cluster="c1", kind="tic", speech_style="", scores=cough, turn=None, holds=())
    >>> tried = sweep([row], thresholds=(0.5, 0.9))
    >>> tried.at(0.5, 200).triggered_clips, tried.at(0.9, 200).triggered_clips
    (1, 0)
    """

    thresholds: tuple[float, ...]
    silences: tuple[int, ...]
    recordings: tuple[Labelled, ...]
    table: Int64

    def at(self, threshold: float, silence_duration_ms: int, *, kinds: Iterable[str] | None = None,
           styles: Iterable[str] | None = None) -> Counts:  # fmt: skip
        """Give the counts of one setting, over the recordings of these kinds and speech styles (None: all).

        Raises
        ------
        SettingsError
            The setting was not tried.
        """
        cells = self.table[self.chosen(kinds, styles), self.row(threshold), self.column(silence_duration_ms)]
        return _counts(cells)

    def by_cluster(self, threshold: float, silence_duration_ms: int, *, kinds: Iterable[str] | None = None,
                   styles: Iterable[str] | None = None) -> dict[str, Counts]:  # fmt: skip
        """Give the same counts, one entry a cluster."""
        clusters: dict[str, list[int]] = {}
        for i in self.chosen(kinds, styles):
            clusters.setdefault(self.recordings[i].cluster, []).append(i)
        row, column = self.row(threshold), self.column(silence_duration_ms)
        return {name: _counts(self.table[rows, row, column]) for name, rows in sorted(clusters.items())}

    def totals(self, field: str, *, kinds: Iterable[str] | None = None, styles: Iterable[str] | None = None) -> Int64:
        """Give one count at every setting, shape (thresholds, silences).

        Parameters
        ----------
        field
            A count of :class:`~bargein.vad.counting.Counts`; its delays are given by :meth:`delays`.
        """
        totals: Int64 = self.table[self.chosen(kinds, styles), :, :, _COLUMN[field]].sum(axis=0)
        return totals

    def delays(self, field: str, *, kinds: Iterable[str] | None = None,
               styles: Iterable[str] | None = None) -> npt.NDArray[np.float64]:  # fmt: skip
        """Give one delay, ms, of every turn at every setting, shape (turns, thresholds, silences); NaN where none."""
        if field not in DELAYS:
            raise ValueError(f"{field} is a count; the delays are {', '.join(DELAYS)}")
        values = self.table[self.chosen(kinds, styles), :, :, _COLUMN[field]]
        return np.where(values == NONE, np.nan, values)

    def chosen(self, kinds: Iterable[str] | None = None, styles: Iterable[str] | None = None) -> list[int]:
        """Give the places of the recordings of these kinds and speech styles."""
        of_kind, of_style = None if kinds is None else set(kinds), None if styles is None else set(styles)
        return [
            i
            for i, r in enumerate(self.recordings)
            if (of_kind is None or r.kind in of_kind) and (of_style is None or r.speech_style in of_style)
        ]

    def row(self, threshold: float) -> int:
        """Give the place of a threshold."""
        found = np.flatnonzero(np.isclose(self.thresholds, threshold, rtol=0, atol=1e-9))
        if not len(found):
            tried = ", ".join(f"{t:g}" for t in self.thresholds)
            raise SettingsError([Problem(f"threshold: {threshold!r} was not tried", hint=f"tried: {tried}")], "sweep")
        return int(found[0])

    def column(self, silence_duration_ms: int) -> int:
        """Give the place of an end silence: that of the next one up that was tried."""
        if not 0 <= silence_duration_ms <= self.silences[-1]:
            what = f"silence_duration_ms: {silence_duration_ms!r} was not tried"
            raise SettingsError([Problem(what, hint=f"tried: 0..{self.silences[-1]} ms")], "sweep")
        return int(np.searchsorted(self.silences, silence_duration_ms))

    def to_frame(self) -> pd.DataFrame:
        """Give a tidy table: a row for every setting, kind and speech style; delays as n, mean, p50 and p90.

        What the labels rest on is not known here: ``Tuned.rests_on`` says it.
        """
        import pandas as pd

        groups = sorted({(r.kind, r.speech_style) for r in self.recordings})
        return pd.DataFrame([
            {"kind": kind, "speech_style": style, "threshold": threshold, "silence_duration_ms": silence,
             "clusters": len({self.recordings[k].cluster for k in self.chosen([kind], [style])}),
             **_flat(_counts(self.table[self.chosen([kind], [style]), i, j]))}
            for kind, style in groups
            for i, threshold in enumerate(self.thresholds)
            for j, silence in enumerate(self.silences)
        ])  # fmt: skip


def sweep(
    recordings: Iterable[Labelled],
    thresholds: Sequence[float] = THRESHOLDS,
    *,
    max_silence_ms: int = MAX_SILENCE_MS,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Run the rule at every threshold and every end silence and count what it does against the labels.

    Parameters
    ----------
    recordings
        Scores and labels, all of one model; kind ``provider`` is left out: it carries a provider's report, not a truth.
    thresholds
        Enter thresholds, 0..1.
    max_silence_ms
        The longest end silence to try.
    progress
        Called with recordings done and recordings in all.

    Raises
    ------
    SettingsError
        Every threshold outside 0..1.
    LabelError
        Scores of several models, or none at all: they must be tuned apart; a turn without its span.
    """
    rows = tuple(r for r in recordings if r.kind != "provider")
    bad = [Problem(f"threshold: {t!r} is outside 0..1", hint="a score, not a percentage") for t in thresholds
           if not 0 <= t <= 1]  # fmt: skip
    check(bad, SettingsError, "sweep")
    check_countable(rows)
    levels = tuple(sorted(set(thresholds)))
    rules = [Rule(enter=t) for t in levels]
    hop_ms = rows[0].scores.hop_ms
    hops = np.arange(max_silence_ms // hop_ms + 1)
    table = np.empty((len(rows), len(rules), len(hops), len(FIELDS)), np.int64)
    for i, recording in enumerate(rows):
        table[i] = _one(recording, rules, hops)
        if progress is not None:
            progress(i + 1, len(rows))
    table.flags.writeable = False
    return Sweep(levels, tuple(int(h) * hop_ms for h in hops), rows, table)


def check_countable(rows: Sequence[Labelled]) -> None:
    """Refuse recordings that cannot be counted together: none, of several models, a turn without its span."""
    problems = [] if rows else [Problem("no labelled scores", hint="an empty folder?")]
    problems += [
        Problem(f"a {r.kind} without its span", r.clip) for r in rows if r.kind in SPEECH_KINDS and r.turn is None
    ]
    if len(models := sorted({f"{r.scores.model} at {r.scores.hop_ms} ms" for r in rows})) > 1:
        problems.append(Problem(f"scores of {len(models)} models: {', '.join(models)}", hint="tune each apart"))
    check(problems, LabelError, "sweep")


def _one(recording: Labelled, rules: Sequence[Rule], hops: Int64) -> Int64:
    scores, turn = recording.scores, recording.turn
    heard = scores if turn is None else followed_by_silence(scores, (int(hops[-1]) + 1) * scores.hop_ms)
    holds = np.array([(h.start, h.end) for h in recording.holds], np.int64).reshape(-1, 2)
    span = np.array([-1, -1] if turn is None else [turn.start, turn.end], np.int64)
    late = units.ms_covering(scores.look_ahead, scores.rate)
    out = np.zeros((len(rules), len(hops), len(FIELDS)), np.int64)
    out[:, :, ONSET_DELAY:] = NONE
    out[:, :, CLIPS], out[:, :, TURNS], out[:, :, HOLDS] = 1, turn is not None, len(holds)
    out[:, :, EXPOSURE] = scores.ms - (0 if turn is None else turn.ms)
    for i, rule in enumerate(rules):
        _count_all(heard.values, rule.enter, rule.leave, hops, scores.hop_ms, late, scores.ms, span, holds,
                   recording.kind in FALSE_KINDS, EARLY_MS, out[i])  # fmt: skip
    return out


@njit(cache=True)
def _count_all(
    values: npt.NDArray[np.float64],
    enter: float,
    leave: float,
    hops: Int64,
    hop_ms: int,
    late_ms: int,
    recorded_ms: int,
    turn: Int64,
    holds: Int64,
    false_kind: bool,
    early_ms: int,
    out: Int64,
) -> None:
    """Fill ``out``, shape (silences, fields): ``counting.count`` over the edges of every end silence.

    Numba's cache notices a change of this file, not one of rule.py: until ``make clean``, the test against the
    streaming detector then fails.
    """
    frames, boundaries = np.empty(values.size, np.int64), np.empty(values.size, np.int64)
    cut = np.zeros(len(holds), np.bool_)
    state = np.empty(4, np.int64)
    onset, offset = turn[0], turn[1]
    for k in range(hops.size):
        state[:] = (0, -1, -1, 0)
        n = run_frames(values, enter, leave, hops[k], 1, state, frames, boundaries)
        row = out[k]
        row[STARTS] = (n + 1) // 2
        if onset < 0:
            row[FALSE] = row[STARTS] if false_kind else 0
            row[TRIGGERED] = min(row[FALSE], 1)
            continue
        cut[:] = False
        detected, ended = False, -1
        for j in range(0, n - 1, 2):
            started, start_at = boundaries[j] * hop_ms, (frames[j] + 1) * hop_ms + late_ms
            low, stop_at = ~boundaries[j + 1] * hop_ms, (frames[j + 1] + 1) * hop_ms + late_ms
            if started >= offset or stop_at <= onset:
                row[FALSE] += 1
                continue
            if start_at < onset - early_ms:
                row[FALSE] += 1
                row[MASKED] = 1
            elif not detected and not row[MASKED]:
                detected = True
                row[ONSET_DELAY], row[ONSET_LEAD] = start_at - onset, started - onset
            ended = stop_at
            if stop_at < offset:
                row[CUT_TURNS] = 1
                last = -1
                for h in range(len(holds)):
                    if holds[h, 0] < stop_at and low < holds[h, 1]:
                        last = h
                if last < 0:
                    row[STRAY] += 1
                else:
                    cut[last] = True
        row[TRIGGERED] = min(row[FALSE], 1)
        row[MISSED] = 0 if detected or row[MASKED] else 1
        row[CUT_HOLDS] = cut.sum()
        if 0 <= ended < offset:
            row[EARLY] = 1
        elif ended >= offset:
            row[ENDPOINT_DELAY] = ended - offset
            row[ASSUMED] = 1 if ended > recorded_ms else 0


def _counts(cells: Int64) -> Counts:
    """Add up the cells of several recordings, shape (recordings, fields)."""
    values: dict[str, Any] = {name: int(cells[:, i].sum()) for name, i in _COLUMN.items() if name not in DELAYS}
    values |= {name: tuple(int(v) for v in cells[:, _COLUMN[name]] if v != NONE) for name in DELAYS}
    return Counts(**values)


def _flat(counts: Counts) -> dict[str, float | int | None]:
    row: dict[str, float | int | None] = {name: getattr(counts, name) for name in FIELDS if name not in DELAYS}
    for name in DELAYS:
        values, stem = list(getattr(counts, name)), name.removesuffix("s")
        row[f"{stem}_n"] = len(values)
        row[f"{stem}_mean_ms"] = sum(values) / len(values) if values else None
        row |= {f"{stem}_p{p}_ms": units.nearest_rank(values, p) for p in (50, 90)}
    return row
