"""Counts of many settings over labelled recordings, as one table.

The counts of a cell are those of :mod:`bargein.vad.counting`; :mod:`bargein.vad.exact` fills it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bargein import units
from bargein.errors import Problem, SettingsError
from bargein.vad.counting import Counts, Labelled

if TYPE_CHECKING:
    import pandas as pd

Int64 = npt.NDArray[np.int64]

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
        row, column, groups = self.row(threshold), self.column(silence_duration_ms), sorted(clusters.items())
        cells = self.table[[i for _, rows in groups for i in rows], row, column]
        found = _grouped(cells, [len(rows) for _, rows in groups])
        return {name: counts for (name, _), counts in zip(groups, found, strict=True)}

    def totals(self, field: str, *, kinds: Iterable[str] | None = None, styles: Iterable[str] | None = None) -> Int64:
        """Give one count at every setting, shape (thresholds, silences).

        Parameters
        ----------
        field
            A count of :class:`~bargein.vad.counting.Counts`; its delays are given by :meth:`delays`.
        """
        totals: Int64 = self.table[self.chosen(kinds, styles), :, :, _COLUMN[field]].sum(axis=0)
        return totals

    def only(self, rows: Iterable[int]) -> Sweep:
        """Give the same counts of some of the recordings, by their places."""
        places = list(rows)
        return Sweep(self.thresholds, self.silences, tuple(self.recordings[i] for i in places), self.table[places])

    def of_cluster(self, field: str, threshold: float, cluster: str, kinds: Iterable[str] | None = None,
                   styles: Iterable[str] | None = None) -> Int64:  # fmt: skip
        """Give one count of one cluster at every end silence, shape (silences,)."""
        rows = [i for i in self.chosen(kinds, styles) if self.recordings[i].cluster == cluster]
        counts: Int64 = self.table[rows, self.row(threshold), :, _COLUMN[field]].sum(axis=0)
        return counts

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


def _counts(cells: Int64) -> Counts:
    """Add up the cells of several recordings, shape (recordings, fields)."""
    return next(_grouped(cells, [len(cells)])) if len(cells) else Counts()


def _grouped(cells: Int64, sizes: Sequence[int]) -> Iterator[Counts]:
    """Add up the cells of groups of recordings that lie behind each other, none of them empty."""
    if not sizes:
        return
    starts = np.cumsum([0, *sizes[:-1]])
    totals: list[Any] = np.add.reduceat(cells[:, :ONSET_DELAY], starts).tolist()
    delays = cells[:, ONSET_DELAY:].T.tolist()
    for start, size, counts in zip(starts.tolist(), sizes, totals, strict=True):
        yield Counts(*counts, *(tuple(v for v in of[start : start + size] if v != NONE) for of in delays))


def _flat(counts: Counts) -> dict[str, float | int | None]:
    row: dict[str, float | int | None] = {name: getattr(counts, name) for name in FIELDS if name not in DELAYS}
    for name in DELAYS:
        values, stem = list(getattr(counts, name)), name.removesuffix("s")
        row[f"{stem}_n"] = len(values)
        row[f"{stem}_mean_ms"] = sum(values) / len(values) if values else None
        row |= {f"{stem}_p{p}_ms": units.nearest_rank(values, p) for p in (50, 90)}
    return row
