"""Say of each parameter whether it is fitted or at its prior, and which other values fit the reports as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from bargein.tuning.calibration.bench import Bench, median
from bargein.tuning.calibration.fit import AT_PRIOR, FITTED, Parameter, Status
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
)
from bargein.vad.surrogate import (
    DECIDED,
    DECIDED_LESS_PADDING,
    DECIDING,
    ONSET,
    ONSET_LESS_PADDING,
    START_DATING,
    STOP_DATING,
    Surrogate,
)

#: Losses that differ by no more than this are the same, ms an event.
SAME_MS = 0.5
#: A constant counts as identified when nothing but its neighbours on the grid fits as well.
NEIGHBOURS = 1
#: A threshold counts as identified when the scores that fit as well span no more than this.
NARROW = 0.1
#: Rules of dating that are one hop apart at every setting: a bias makes one of the other, so nothing tells them apart
#: and nothing depends on it. Those of a start are so only without a minimum speech.
ONE_HOP_APART = (
    frozenset({DECIDING, DECIDED}),
    frozenset({ONSET, DECIDED}),
    frozenset({ONSET_LESS_PADDING, DECIDED_LESS_PADDING}),
)
STARTS, STOPS = "start_dating", "stop_dating"
DATED = {STARTS: tuple(START_DATING), STOPS: tuple(STOP_DATING)}
BIAS_OF = {STARTS: "onset_bias_ms", STOPS: "offset_bias_ms"}


def parameters(bench: Bench, found: Found, delay_ms: int, timed_groups: int) -> Iterator[Parameter]:
    """Give every parameter with its status, in the order of a reader's questions.

    Parameters
    ----------
    bench, found
        Reports, and what was fitted to them.
    delay_ms, timed_groups
        From the deciding frame's end to the arrival of its report, ms; groups whose receive times are known.
    """
    rivals = {name: _rivals(bench, found, name) for name in DATED}
    yield from (_bias(bench, found, name, rivals[name]) for name in DATED)
    yield from (_dating(bench, found, name, rivals[name]) for name in DATED)
    yield _constant(bench, found, "hysteresis", HYSTERESES, "score")
    yield _constant(bench, found, "min_speech_ms", MIN_SPEECH_MS, "ms")
    yield _threshold_map(bench, found)
    timed = timed_groups >= LEAST_GROUPS
    groups = f"{timed_groups} group{'s'[: timed_groups != 1]} with receive times"
    starts, stops, _ = bench.late(found.surrogate)
    apart = f"starts {median(starts):.0f} ms, stops {median(stops):.0f} ms"
    why = f"median of arrival less end of the deciding frame ({apart}), {groups}" if timed else _few(groups)
    yield Parameter("delay_ms", f"{delay_ms}", "ms", _status(timed), why)


def _status(known: bool) -> Status:
    return FITTED if known else AT_PRIOR


def _few(groups: str) -> str:
    return f"{groups}; {LEAST_GROUPS} are needed"


def _enough(bench: Bench) -> bool:
    return len(bench.groups) >= LEAST_GROUPS


def _as_good(bench: Bench, found: Found, changes: dict[str, Any], *, biased: bool = False) -> bool:
    """Whether the reports do not say that other values are worse than those found; ``biased`` lets a bias go along."""
    usual = BIASES in found.families
    here = bench.losses(found.surrogate, biased=usual).trained
    worse = bench.losses(replace(found.surrogate, **changes), biased=usual or biased).trained - here
    return not is_gain(worse, SAME_MS) if _enough(bench) else bool(worse.mean() <= SAME_MS)


def _rivals(bench: Bench, found: Found, name: str) -> list[str]:
    """Other rules that fit as well once a bias may go with them; those that are one at every setting left out."""
    ours, rivals = getattr(found.surrogate, name), []
    for other in DATED[name]:
        free = name == STOPS or found.surrogate.min_speech_ms == 0
        if other == ours or (free and frozenset({ours, other}) in ONE_HOP_APART):
            continue
        if _as_good(bench, found, {name: other}, biased=True):
            candidate = _changed(found.surrogate, name, other)
            bias = biases_of(candidate, bench, None)[name == STOPS]
            rivals.append(f"{other} with a bias of {bias:+d} ms" if bias else other)
    return rivals


def _changed(surrogate: Surrogate, name: str, value: object) -> Surrogate:
    changes: dict[str, Any] = {name: value}
    return replace(surrogate, **changes)


def _bias(bench: Bench, found: Found, dated: str, rivals: list[str]) -> Parameter:
    """A bias is known where it was fitted; at its prior 0 where it would be within half a hop of it."""
    name = BIAS_OF[dated]
    estimate = biases_of(found.surrogate, bench, None)[dated == STOPS]
    small = abs(estimate) <= bench.recordings[0].scores.hop_ms // 2
    known = BIASES in found.families or (_enough(bench) and small and not rivals)
    why = f"the median over {len(bench.groups)} groups is {estimate:+d} ms"
    if not known:
        why = "not to be told from another rule of dating" if _enough(bench) and rivals else found.refused[BIASES]
    return Parameter(name, f"{getattr(found.surrogate, name)}", "ms", _status(known), why)


def _dating(bench: Bench, found: Found, name: str, rivals: list[str]) -> Parameter:
    value = getattr(found.surrogate, name)
    moved = value != getattr(bench.prior, name)
    known = moved or (_enough(bench) and not rivals)
    if not _enough(bench):
        why = found.refused[DATING]
    elif rivals:
        why = "fits best, and at the recorded settings others fit as well" if moved else "others fit as well"
    else:
        why = "no other rule fits as well"
    return Parameter(name, value, "", _status(known), why, ", ".join(rivals))


def _constant(bench: Bench, found: Found, name: str, grid: Sequence[float], unit: str) -> Parameter:
    value = getattr(found.surrogate, name)
    fits = [v for v in grid if v == value or _as_good(bench, found, {name: v})]
    place = list(grid).index(value)
    narrow = all(abs(list(grid).index(v) - place) <= NEIGHBOURS for v in fits)
    moved = value != getattr(bench.prior, name)
    known = moved or (_enough(bench) and narrow)
    if not _enough(bench):
        why = found.refused[CONSTANTS]
    else:
        why = "only its neighbours on the grid fit as well" if narrow else "these reports tell no more than the range"
    span = f"{min(fits):g}..{max(fits):g}" if len(fits) > 1 else ""
    return Parameter(name, f"{value:g}", unit, _status(known), why, span)


def _threshold_map(bench: Bench, found: Found) -> Parameter:
    """The map, and at each recorded threshold the scores that would explain the reports as well."""
    mapped = dict(found.surrogate.thresholds) or {t: t for t in bench.thresholds}
    spans = {}
    for t in bench.thresholds:
        tried = ((e, tuple(sorted({**mapped, t: e}.items()))) for e in sorted({*ENTERS, mapped[t]}))
        fits = [e for e, changed in tried if e == mapped[t] or _as_good(bench, found, {"thresholds": changed})]
        spans[t] = min(fits), max(fits)
    taken = THRESHOLDS in found.families
    narrow = all(high - low <= NARROW for low, high in spans.values())
    known = taken or (_enough(bench) and len(bench.thresholds) >= LEAST_THRESHOLDS and narrow)
    why = f"{len(bench.thresholds)} thresholds on record" if known else found.refused[THRESHOLDS]
    value = ", ".join(f"{t:g} means {e:g}" for t, e in mapped.items()) if taken else "as set"
    as_good = ", ".join(f"{low:g}..{high:g} at {t:g}" for t, (low, high) in spans.items())
    return Parameter("thresholds", value, "", _status(known), why, as_good)
