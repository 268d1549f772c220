"""From recordings with reports to a fit: the search, each parameter's status, the error of held-out groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from bargein.tuning.calibration.agreement import Agreement, agreement
from bargein.tuning.calibration.bench import REACH_MS, Bench, median
from bargein.tuning.calibration.evidence import Key, Recorded, grouped
from bargein.tuning.calibration.fit import Evidence, Fit, HeldOut
from bargein.tuning.calibration.parameters import parameters
from bargein.tuning.calibration.search import LEAST_GROUPS, Found, search
from bargein.vad.surrogate import PRIORS


def fit(key: Key, recordings: Sequence[Recorded]) -> Fit:
    """Fit what the reports decide, and say of the rest that it stands at its prior.

    Parameters
    ----------
    key
        What all of them share.
    recordings
        Scores and reports, each at its settings; recordings of the same sound are joined to one group here.

    Examples
    --------
    >>> from bargein.settings import ServerVad
    >>> from bargein.tuning.calibration.evidence import Report
    >>> from bargein.vad.scores import Scores
    >>> sound = Scores(np.repeat([0.1, 0.9, 0.1], [20, 30, 20]), 512, 16_000, 70 * 512, "demo")
    >>> row = Recorded("r", "g", ServerVad(0.5, 300, 200), sound, (Report(340),), (Report(1_824),))
    >>> made = fit(Key("openai", "m", "server_vad", "none", "pcm", "silent"), [row])
    >>> made.parameters[0].status, made.held_out[0].text
    ('fixed at prior: not identified', 'not estimable: 1 group, 3 are needed')
    """
    bench = Bench(grouped(recordings), PRIORS[key.provider])
    found = search(bench)
    starts, stops, timed = bench.late(found.surrogate)
    every = np.concatenate([starts, stops])
    known = timed >= LEAST_GROUPS and median(every) >= -REACH_MS  # earlier: sent faster than it sounds
    surrogate = replace(found.surrogate, delay_ms=int(median(every))) if known else found.surrogate
    return Fit(
        key=key,
        surrogate=surrogate,
        parameters=tuple(parameters(bench, found, surrogate.delay_ms, timed if known else 0)),
        held_out=tuple(_held_out(bench, found)),
        evidence=tuple(_evidence(row) for row in bench.recordings),
        onsets=sum(r.used_starts for r in bench.recordings),
        groups=len(bench.groups),
        delay_p90_ms=int(median(np.atleast_1d(np.percentile(every, 90)))) if len(every) else None,
    )


def _evidence(row: Recorded) -> Evidence:
    starts, stops = (tuple(r.claimed_ms for r in reports) for reports in (row.starts, row.stops))
    return Evidence(row.name, row.group, row.setting, starts, stops, row.fingerprint, row.scores.model)


def _held_out(bench: Bench, found: Found) -> Iterator[HeldOut]:
    """Every setting together, then each: the stand-in that was fitted without a group, held to that group."""
    settings = sorted({r.setting for r in bench.recordings})
    for asked in (None, *settings):
        ours, prior = Agreement(), Agreement()
        rows = [r for r in bench.recordings if asked is None or r.setting == asked]
        for fold, group in zip(found.folds, bench.groups, strict=True):
            mine = [r for r in rows if r.group == group]
            ours += agreement(fold, mine)
            prior += agreement(bench.prior, mine)
        onset = ours.onset_ms if ours.onset_errors else None
        offset = ours.offset_ms if ours.offset_errors else None
        events = prior.matched + prior.missed
        yield HeldOut(
            asked, len({r.group for r in rows}), len(rows), ours.matched, ours.missed, ours.extra, onset,
            len(ours.onset_errors), offset, len(ours.offset_errors), prior.f1 if events else None,
            prior.onset_ms if prior.onset_errors else None,
        )  # fmt: skip
