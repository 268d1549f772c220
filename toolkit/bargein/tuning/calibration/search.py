"""Which parameters do the reports decide? Each family is fitted only where that predicts reports it was not fitted to.

A family is taken when the held-out loss falls by more than :data:`LEAST_GAIN_MS` an event and by more than twice its
standard error over the groups, the one that gains most first, until none does. Under three groups nothing is held out
that could be trusted, and everything stays at its prior.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from bargein.tuning.calibration.bench import Bench, Float64
from bargein.vad.surrogate import START_DATING, STOP_DATING, Surrogate

#: Fewer independent groups than this estimate no error, and so decide nothing.
LEAST_GROUPS = 3
#: A threshold map needs so many thresholds on record: two points fit any line.
LEAST_THRESHOLDS = 3
#: A gain under this is none, ms an event: it is less than a sample of the slowest clock that is claimed by.
LEAST_GAIN_MS = 1.0
#: A gain has to be so many of its standard errors over the groups.
SURE = 2.0
#: Passes over the families of a fit: each is searched with the others held.
PASSES = 2

HYSTERESES = (0.0, 0.02, 0.05, 0.08, 0.1, 0.12, 0.15, 0.18, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
MIN_SPEECH_MS = (0, 32, 64, 96, 128, 160, 192, 224, 256, 320, 384)
#: Enter thresholds that a set one may really mean.
ENTERS = (0.01, 0.02, *(k / 40 for k in range(2, 39)), 0.98, 0.99)

BIASES, DATING, CONSTANTS, THRESHOLDS = "biases", "dating", "constants", "thresholds"
Values = Callable[[Surrogate, Bench], Iterator[Surrogate]]


def _start_dating(s: Surrogate, _: Bench) -> Iterator[Surrogate]:
    return (replace(s, start_dating=name) for name in START_DATING)


def _stop_dating(s: Surrogate, _: Bench) -> Iterator[Surrogate]:
    return (replace(s, stop_dating=name) for name in STOP_DATING)


def _constants(s: Surrogate, _: Bench) -> Iterator[Surrogate]:
    return (replace(s, hysteresis=h, min_speech_ms=m) for h in HYSTERESES for m in MIN_SPEECH_MS)


def _threshold(place: int) -> Values:
    def values(s: Surrogate, bench: Bench) -> Iterator[Surrogate]:
        mapped = dict(s.thresholds) or {t: t for t in bench.thresholds}
        at = bench.thresholds[place]
        low = max((mapped[t] for t in bench.thresholds[:place]), default=0.0)
        high = min((mapped[t] for t in bench.thresholds[place + 1 :]), default=1.0)
        for enter in sorted({*ENTERS, at, mapped[at]}):
            if low <= enter <= high:  # a higher threshold never means a lower score
                yield replace(s, thresholds=tuple(sorted({**mapped, at: enter}.items())))

    return values


def searched(family: str, bench: Bench) -> list[Values]:
    """Give the searches of a family, one after the other."""
    tables: Mapping[str, list[Values]] = {
        BIASES: [],
        DATING: [_start_dating, _stop_dating],
        CONSTANTS: [_constants],
        THRESHOLDS: [_threshold(n) for n in range(len(bench.thresholds))],
    }
    return tables[family]


@dataclass(frozen=True, slots=True)
class Found:
    """A fit of some families: to all reports, and in each fold to those of all other groups.

    Parameters
    ----------
    families
        What was fitted, in the order it was taken.
    surrogate
        Fitted to all.
    folds
        In the order of the groups, fitted without each.
    held_out
        Loss of each group under its fold, ms an event.
    refused
        Family to why it stays at its prior.
    """

    families: tuple[str, ...]
    surrogate: Surrogate
    folds: tuple[Surrogate, ...]
    held_out: Float64
    refused: Mapping[str, str]


def search(bench: Bench) -> Found:
    """Decide what is fitted, and fit it."""
    groups = len(bench.groups)
    open_families = [BIASES, DATING, CONSTANTS, THRESHOLDS]
    refused: dict[str, str] = {}
    if groups < LEAST_GROUPS:
        few = f"{groups} independent group{'' if groups == 1 else 's'} on record; {LEAST_GROUPS} are needed"
        prior = bench.prior
        return Found((), prior, (prior,) * groups, bench.losses(prior, biased=False).trained,
                     dict.fromkeys(open_families, few))  # fmt: skip
    if (recorded := len(bench.thresholds)) < LEAST_THRESHOLDS:
        open_families.remove(THRESHOLDS)
        said = f"{recorded} threshold{'' if recorded == 1 else 's'} on record"
        refused[THRESHOLDS] = f"{said}; a threshold map needs {LEAST_THRESHOLDS}"
    taken = _fit((), bench, {})
    while open_families:
        tried = {family: _fit((*taken.families, family), bench, {}) for family in open_families}
        gains = {family: taken.held_out - found.held_out for family, found in tried.items()}
        sure = [family for family in open_families if is_gain(gains[family])]
        if not sure:
            refused |= {family: _no_gain(taken, found) for family, found in tried.items()}
            break
        best = max(sure, key=lambda family: float(gains[family].mean()))
        taken = tried[best]
        open_families.remove(best)
    return Found(taken.families, taken.surrogate, taken.folds, taken.held_out, refused)


def is_gain(gain: Float64, least: float = LEAST_GAIN_MS) -> bool:
    """Whether losses fell, by group, by more than chance: over the least that counts, and over twice its error.

    Examples
    --------
    >>> is_gain(np.array([9.0, 11.0, 10.0])), is_gain(np.array([30.0, -20.0, 5.0])), is_gain(np.zeros(3))
    (True, False, False)
    """
    mean, error = float(gain.mean()), float(gain.std(ddof=1)) / math.sqrt(len(gain))
    return mean > least and mean > SURE * error


def _no_gain(taken: Found, tried: Found) -> str:
    before, after = float(taken.held_out.mean()), float(tried.held_out.mean())
    return f"fitting it does not predict better: held-out loss {after:.1f} instead of {before:.1f} ms an event"


def _fit(families: tuple[str, ...], bench: Bench, refused: Mapping[str, str]) -> Found:
    every, _ = fitted(families, bench, None)
    folds, held_out = [], []
    for g in range(len(bench.groups)):
        fold, own = fitted(families, bench, g)
        folds.append(fold)
        held_out.append(own[g])
    return Found(families, every, tuple(folds), np.array(held_out), refused)


def fitted(families: tuple[str, ...], bench: Bench, left_out: int | None) -> tuple[Surrogate, Float64]:
    """Fit families to all groups, or to all but one.

    Returns
    -------
    The stand-in; its loss by group, with the biases of the groups it was fitted to.
    """
    biased = BIASES in families
    kept = np.array([g != left_out for g in range(len(bench.groups))])

    def by_group(candidate: Surrogate) -> Float64:
        losses = bench.losses(candidate, biased=biased)
        return losses.trained if left_out is None else losses.without[left_out]

    def loss(candidate: Surrogate) -> float:
        return float(by_group(candidate)[kept].mean())

    best = bench.prior
    searches = [one for family in families for one in searched(family, bench)]
    for _ in range(PASSES if len(searches) > 1 else 1):
        for values in searches:
            best = nearest_best(best, list(values(best, bench)), loss, bench.prior)
    onset, offset = biases_of(best, bench, left_out) if biased else (0, 0)
    return replace(best, onset_bias_ms=onset, offset_bias_ms=offset), by_group(best)


def nearest_best(
    now: Surrogate, candidates: list[Surrogate], loss: Callable[[Surrogate], float], prior: Surrogate
) -> Surrogate:
    """Give the candidate with the least loss; of equals the one nearest to the prior, so that a tie decides nothing."""
    least = min([loss(now), *map(loss, candidates)])
    return min((c for c in [now, *candidates] if loss(c) <= least + 1e-9), key=lambda c: apart(c, prior))


def apart(s: Surrogate, prior: Surrogate) -> tuple[float, ...]:
    """Say how far a candidate is from the prior, for breaking ties."""
    moved = sum(abs(meant - given) for given, meant in s.thresholds)
    constants = abs(s.hysteresis - prior.hysteresis) + s.min_speech_ms / 1_000
    redated = (s.start_dating != prior.start_dating) + (s.stop_dating != prior.stop_dating)
    return redated, constants, moved


def biases_of(candidate: Surrogate, bench: Bench, left_out: int | None) -> tuple[int, int]:
    """Give the biases that fit all groups, or all but one."""
    losses = bench.losses(candidate, biased=True)
    return losses.biases if left_out is None else losses.fold_biases[left_out]
