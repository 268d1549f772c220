"""From recordings with reports to a fit: the search, then each parameter's status, then the error of held-out groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from bargein.tuning.calibration.agreement import Agreement, agreement
from bargein.tuning.calibration.bench import Bench, Float64, median
from bargein.tuning.calibration.evidence import Key, Recorded, grouped
from bargein.tuning.calibration.fit import AT_PRIOR, FITTED, Evidence, Fit, HeldOut, Parameter, Status
from bargein.tuning.calibration.search import (
    BIASES,
    CONSTANTS,
    DATING,
    ENTERS,
    HYSTERESES,
    LEAST_GROUPS,
    LEAST_THRESHOLDS,
    MIN_SPEECH_MS,
    THRESHOLDS,
    Found,
    biases_of,
    is_gain,
    search,
)
from bargein.tuning.calibration.surrogate import (
    DECIDED,
    DECIDED_LESS_PADDING,
    DECIDING,
    ONSET,
    ONSET_LESS_PADDING,
    PRIORS,
    START_DATING,
    STOP_DATING,
    Surrogate,
)

#: Losses that differ by no more than this are the same, ms an event.
SAME_MS = 0.5
#: A constant counts as identified when nothing else than its neighbours on the grid fits as well.
NEIGHBOURS = 1
#: Rules of dating that are a hop apart at every setting, so that a bias makes one of the other: nothing tells them
#: apart and nothing depends on it. Those of a start are so only without a minimum speech.
ONE_HOP_APART = (
    frozenset({DECIDING, DECIDED}),
    frozenset({ONSET, DECIDED}),
    frozenset({ONSET_LESS_PADDING, DECIDED_LESS_PADDING}),
)
DATED = {"start_dating": tuple(START_DATING), "stop_dating": tuple(STOP_DATING)}


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
    late = bench.late(found.surrogate)
    every = np.concatenate(list(late.values())) if late else np.zeros(0)
    known = len(late) >= LEAST_GROUPS
    surrogate = replace(found.surrogate, delay_ms=int(median(every))) if known else found.surrogate
    return Fit(
        key=key,
        surrogate=surrogate,
        parameters=tuple(_parameters(bench, found, surrogate, len(late))),
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


def _parameters(bench: Bench, found: Found, surrogate: Surrogate, dated_groups: int) -> Iterator[Parameter]:
    """Give every parameter with its status, in the order of a reader's questions."""
    rivals = {name: _rival_datings(bench, found, name) for name in DATED}
    for name, which in (("onset_bias_ms", "start_dating"), ("offset_bias_ms", "stop_dating")):
        yield _bias(bench, found, name, rivals[which])
    for name in DATED:
        yield _dating(bench, found, name, rivals[name])
    yield _constant(bench, found, "hysteresis", HYSTERESES, "score")
    yield _constant(bench, found, "min_speech_ms", MIN_SPEECH_MS, "ms")
    yield _threshold_map(bench, found)
    why = f"{dated_groups} groups with receive times; {LEAST_GROUPS} are needed"
    measured = f"median of arrival less end of the deciding frame, {dated_groups} groups"
    timed = dated_groups >= LEAST_GROUPS
    yield Parameter(
        "delay_ms", str(surrogate.delay_ms), "ms", FITTED if timed else AT_PRIOR, measured if timed else why
    )


def _losses(bench: Bench, found: Found, candidate: Surrogate, biased: bool | None = None) -> Float64:
    return bench.losses(candidate, biased=BIASES in found.families if biased is None else biased).trained


def _as_good(bench: Bench, found: Found, candidate: Surrogate, biased: bool | None = None) -> bool:
    """Whether the reports do not say that a candidate is worse than what was found."""
    worse = _losses(bench, found, candidate, biased) - _losses(bench, found, found.surrogate)
    if len(bench.groups) < LEAST_GROUPS:
        return bool(worse.mean() <= SAME_MS)
    return not is_gain(worse, SAME_MS)


def _rival_datings(bench: Bench, found: Found, name: str) -> list[str]:
    """Other rules that fit as well once a bias may go with them; those that are one at every setting left out."""
    ours, rivals = getattr(found.surrogate, name), []
    for other in DATED[name]:
        alike = frozenset({ours, other}) in ONE_HOP_APART and (
            name == "stop_dating" or found.surrogate.min_speech_ms == 0
        )
        if other == ours or alike:
            continue
        candidate: Surrogate = replace(found.surrogate, **{name: other})
        if _as_good(bench, found, candidate, biased=True):
            bias = biases_of(candidate, bench, None)[name == "stop_dating"]
            rivals.append(f"{other} with a bias of {bias:+d} ms" if bias else other)
    return rivals


def _bias(bench: Bench, found: Found, name: str, rivals: list[str]) -> Parameter:
    taken, enough = BIASES in found.families, len(bench.groups) >= LEAST_GROUPS
    estimate = biases_of(found.surrogate, bench, None)[name == "offset_bias_ms"]
    small = abs(estimate) <= bench.recordings[0].scores.hop_ms // 2
    status: Status = FITTED if taken or (enough and small and not rivals) else AT_PRIOR
    why = (
        f"the median over {len(bench.groups)} groups is {estimate:+d} ms" if taken or status == FITTED
        else found.refused[BIASES] if not enough or not rivals
        else "not to be told from another rule of dating"
    )  # fmt: skip
    return Parameter(name, str(getattr(found.surrogate, name)), "ms", status, why)


def _dating(bench: Bench, found: Found, name: str, rivals: list[str]) -> Parameter:
    value = getattr(found.surrogate, name)
    moved = value != getattr(bench.prior, name)
    known = moved or (len(bench.groups) >= LEAST_GROUPS and not rivals)
    why = "no other rule fits as well" if known and not rivals else found.refused.get(DATING, "fits best")
    if known and rivals:
        why = "fits best"
    elif rivals and len(bench.groups) >= LEAST_GROUPS:
        why = "at the recorded settings other rules fit as well"
    return Parameter(name, value, "", FITTED if known else AT_PRIOR, why, ", ".join(rivals))


def _constant(bench: Bench, found: Found, name: str, grid: Sequence[float], unit: str) -> Parameter:
    value = getattr(found.surrogate, name)
    fits = [v for v in grid if v == value or _as_good(bench, found, replace(found.surrogate, **{name: v}))]
    moved = value != getattr(bench.prior, name)
    place = list(grid).index(value)
    narrow = all(abs(list(grid).index(v) - place) <= NEIGHBOURS for v in fits)
    known = moved or (len(bench.groups) >= LEAST_GROUPS and narrow)
    why = (
        "only its neighbours on the grid fit as well" if known and narrow else found.refused.get(CONSTANTS, "fits best")
    )
    if not narrow and len(bench.groups) >= LEAST_GROUPS and not moved:
        why = "these reports do not tell it"
    return Parameter(name, f"{value:g}", unit, FITTED if known else AT_PRIOR, why, _range(fits, value))


def _range(values: Sequence[float], chosen: float) -> str:
    if not [v for v in values if v != chosen]:
        return ""
    return f"{min(values):g}..{max(values):g}"


def _threshold_map(bench: Bench, found: Found) -> Parameter:
    """The map, and at each recorded threshold the scores that would explain the reports as well."""
    mapped = dict(found.surrogate.thresholds) or {t: t for t in bench.thresholds}
    ranges, narrow = [], True
    for t in bench.thresholds:
        tried = sorted({*ENTERS, mapped[t]})
        fits = [
            e
            for e in tried
            if _as_good(bench, found, replace(found.surrogate, thresholds=tuple(sorted({**mapped, t: e}.items()))))
        ]
        narrow = narrow and max(fits) - min(fits) <= 0.1
        ranges.append(f"{min(fits):g}..{max(fits):g} at {t:g}")
    taken = THRESHOLDS in found.families
    enough = len(bench.groups) >= LEAST_GROUPS and len(bench.thresholds) >= LEAST_THRESHOLDS
    known = taken or (enough and narrow)
    why = f"{len(bench.thresholds)} thresholds on record" if known else found.refused[THRESHOLDS]
    value = ", ".join(f"{t:g} means {e:g}" for t, e in mapped.items()) if taken else "as set"
    return Parameter("thresholds", value, "", FITTED if known else AT_PRIOR, why, ", ".join(ranges))
