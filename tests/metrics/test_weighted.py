"""Weighted shares: by hand, unbiased over many draws, and their intervals against the truth and against a twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.metrics.rates import clopper_pearson_upper
from bargein.metrics.weighted import WeightedRate, labels_needed


def population(seed: int, clusters: int, events: int) -> list[tuple[str, str, bool]]:
    """Events of several speakers: (cluster, stratum, failed). Failures are mostly where settings disagree."""
    rng = np.random.default_rng(seed)
    found = []
    for c in range(clusters):
        rest = rng.uniform(0.02, 0.12)
        for _ in range(events):
            disagree = rng.random() < 0.2
            found.append(
                (f"speaker {c}", "disagree" if disagree else "rest", rng.random() < (0.6 if disagree else rest))
            )
    return found


def labelled(events, rng, sample: float = 0.2, answered: float = 1.0):
    """What a draw gives: {cluster: [(failed, inclusion probability)]}."""
    found: dict[str, list[tuple[bool, float]]] = {}
    for cluster, stratum, failed in events:
        p = (1.0 if stratum == "disagree" else sample) * answered
        if rng.random() < p:
            found.setdefault(cluster, []).append((failed, p))
    return found


def test_by_hand():
    """Three failures of four disagreements, none of two that stand for ten: 3 of 14."""
    rate = WeightedRate.of({"a": [(True, 1.0)] * 3 + [(False, 1.0)], "b": [(False, 0.2)] * 2})
    assert (3.0, 14.0, 3, 6) == (rate.failures, rate.trials, rate.seen_failures, rate.seen)
    assert pytest.approx(3 / 14) == rate.estimate


def test_without_weights_the_queue_would_accuse_the_detector():
    """That is what weights are for: settings fail where they disagree, and there everything is labelled."""
    events = population(1, 12, 80)
    truth = np.mean([failed for _, _, failed in events])
    trials = labelled(events, np.random.default_rng(1))
    plain = np.mean([failed for pairs in trials.values() for failed, _ in pairs])
    weighted = WeightedRate.of(trials)
    assert plain > 1.5 * truth
    low, high = weighted.interval
    assert low < truth < high < plain


@pytest.mark.parametrize("answered", [1.0, 0.7])
def test_unbiased_over_a_thousand_draws(answered):
    """Sums are (Horvitz and Thompson); their ratio is but for a hundredth; the interval holds the truth."""
    events = population(2, 15, 60)
    failures, n = sum(failed for *_, failed in events), len(events)
    rng = np.random.default_rng(7)
    rates = [WeightedRate.of(labelled(events, rng, answered=answered)) for _ in range(1_000)]
    for sums, truth in (([r.failures for r in rates], failures), ([r.trials for r in rates], n)):
        error = np.std(sums, ddof=1) / np.sqrt(len(sums))
        assert abs(np.mean(sums) - truth) < 3 * error
    assert abs(np.mean([r.estimate for r in rates]) - failures / n) < 0.01
    inside = np.mean([r.interval[0] <= failures / n <= r.interval[1] for r in rates])
    assert inside >= 0.95


@given(seed=st.integers(0, 10_000), clusters=st.integers(2, 30), events=st.integers(10, 60))
def test_a_twin_with_missing_labels_tells_the_same(seed, clusters, events):
    """30 % of the labels missing at random: the twin's interval overlaps, and its estimate lies in the full set's."""
    every = population(seed, clusters, events)
    rng = np.random.default_rng(seed)
    full = labelled(every, rng)
    twin = {c: [(failed, p * 0.7) for failed, p in pairs if rng.random() < 0.7] for c, pairs in full.items()}
    a, b = WeightedRate.of(full), WeightedRate.of(twin)
    (a_low, a_high), (b_low, b_high) = a.interval, b.interval
    assert a_low <= b_high
    assert b_low <= a_high


@given(seed=st.integers(0, 10_000), clusters=st.integers(1, 30))
def test_an_interval_is_one(seed, clusters):
    """It holds its estimate, and lies in 0..1."""
    rate = WeightedRate.of(labelled(population(seed, clusters, 20), np.random.default_rng(seed)))
    low, high = rate.interval
    assert 0 <= low <= (rate.estimate if rate.seen else 0) <= high <= 1 or not rate.seen


def test_speakers_of_whom_nothing_failed_are_one_trial_each():
    """As an unweighted rate counts them; on two sides, so at 97.5 %."""
    rate = WeightedRate.of({f"speaker {n}": [(False, 1.0)] * 10 for n in range(6)})
    assert 0 == rate.interval[0]
    assert pytest.approx(clopper_pearson_upper(0, 6, 0.975)) == rate.interval[1]


def test_unequal_weights_widen():
    """The same counts tell less where some of them stand for many."""
    even = {f"s{n}": [(n == 0, 1.0), (False, 1.0)] for n in range(12)}
    uneven = {f"s{n}": [(n == 0, 1.0), (False, 0.05)] for n in range(12)}
    assert WeightedRate.of(uneven).effective < WeightedRate.of(even).effective


def test_adding_pools_other_clusters():
    """Sums add; nothing is averaged."""
    one = WeightedRate.of({"a": [(True, 0.5), (False, 1.0)]})
    two = WeightedRate.of({"b": [(False, 0.25)]})
    both = one + two
    assert (2.0, 7.0, 2) == (both.failures, both.trials, len(both.clusters))


@pytest.mark.parametrize("probability", [0, -0.1, 1.2, float("nan")])
def test_what_is_no_probability_is_refused(probability):
    """What could not be drawn cannot have been."""
    with pytest.raises(ValueError, match="inclusion probability"):
        WeightedRate.of({"a": [(True, probability)]})


def test_nothing_labelled():
    """Nothing is known: the interval is everything."""
    assert ("nothing labelled", (0.0, 1.0), 0.5) == (
        WeightedRate().text, WeightedRate().interval, WeightedRate().half_width,
    )  # fmt: skip


def test_how_many_labels_are_needed():
    """Four times as many for half of the width; fewer than ten trials tell nothing of how it goes on."""
    so_far = WeightedRate.of({str(n): [(n % 3 == 0, 1.0)] for n in range(30)})
    at_half = labels_needed(so_far.half_width / 2, so_far, 40)
    assert 160 <= at_half <= 161
    assert 40 == labels_needed(0.45, so_far, 40)
    few = WeightedRate.of({str(n): [(False, 1.0)] for n in range(9)})
    assert labels_needed(0.1) == labels_needed(0.1, few, 9) == 97
