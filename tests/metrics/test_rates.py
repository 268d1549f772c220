"""A share with its bound: what may be added, what may be said."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from bargein.metrics.rates import Rate, clopper_pearson_upper, clusters_needed

counts = st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
by_cluster = st.dictionaries(st.text("abcdef", min_size=1), counts, max_size=8)


@pytest.mark.parametrize(("failures", "trials"), [(0, 1), (0, 24), (1, 4), (13, 40), (40, 40)])
def test_the_bound_is_the_exact_one_sided_one(failures, trials):
    """As scipy inverts the binomial test."""
    expected = binomtest(failures, trials, alternative="less").proportion_ci(0.95, method="exact").high
    assert expected == pytest.approx(clopper_pearson_upper(failures, trials))


@pytest.mark.parametrize("budget", [0.01, 0.05, 0.1, 0.2, 0.5])
def test_the_clusters_needed_are_the_fewest_that_show_a_budget(budget):
    """One fewer does not; 59 for 5 %."""
    n = clusters_needed(budget)
    assert Rate(0, n, n, 0).shows(budget)
    assert not Rate(0, n - 1, n - 1, 0).shows(budget)


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Rate(0, 24, 24, 0), "0 of 24 (up to 12 %)"),
        (Rate(28, 40, 40, 28), "70 % (28 of 40, up to 82 %)"),
        (Rate(2, 9, 9, 2), "2 of 9 (up to 55 %)"),  # under ten trials: no share
        (Rate(3, 60, 1, 1), "5.0 % (3 of 60, 1 cluster, up to 100 %)"),  # one speaker shows nothing of others
        (Rate(0, 60, 1, 0), "0 of 60 (1 cluster, up to 95 %)"),
        (Rate(40, 40, 40, 40), "100 % (40 of 40, up to 100 %)"),
        (Rate(), "no trials"),
    ],
)
def test_a_share_is_never_written_without_its_counts(rate, text):
    """Counts alone where a share would pretend to more; the bound is rounded up, never down."""
    assert text == rate.text


def test_many_trials_of_few_clusters_show_little():
    """Holds of one speaker are not independent: the bound is that of the speakers."""
    assert Rate(0, 500, 5, 0).upper95 == Rate(0, 5, 5, 0).upper95


def test_many_clusters_are_resampled():
    """From 20 clusters and 10 failures on the bound is that of the events, and the same every time."""
    spread = Rate.of({str(i): (i % 2, 20) for i in range(40)})  # half of the callers lose 1 of 20
    assert "clusters resampled" == spread.method
    assert spread.estimate == 0.025
    assert 0.025 < spread.upper95 < 0.04
    assert spread.upper95 == Rate.of({str(i): (i % 2, 20) for i in range(40)}).upper95
    assert clopper_pearson_upper(20, 40) < Rate(20, 800, 40, 20).upper95 + 1e-9  # counts per cluster not kept


def test_a_bound_is_wider_when_failures_sit_together():
    """The same 20 of 800, all with two callers."""
    even = Rate.of({str(i): (i % 2, 20) for i in range(40)})
    together = Rate.of({str(i): (10 if i < 2 else 0, 20) for i in range(40)})
    assert even.estimate == together.estimate
    assert together.upper95 > even.upper95


@given(by_cluster, by_cluster)
def test_adding_pools_different_clusters(a, b):
    """As if they had been counted together."""
    joined = {f"a{k}": v for k, v in a.items()} | {f"b{k}": v for k, v in b.items()}
    assert Rate.of(joined) == Rate.of(a) + Rate.of(b)


@given(by_cluster)
def test_the_bound_never_lies_under_the_clusters_own_estimate(counted):
    """And no trials say nothing."""
    rate = Rate.of(counted)
    if not rate.trials:
        assert math.isnan(rate.estimate)
        assert math.isnan(rate.upper95)
        assert not rate.shows(1.0)
    else:
        assert rate.failed_clusters / rate.clusters <= rate.upper95 <= 1


@pytest.mark.parametrize("wrong", [(2, 1, 1, 1), (1, 2, 3, 1), (1, 2, 2, 2), (1, 2, 1, 0), (0, 2, 2, 1), (-1, 2, 1, 1)])
def test_counts_that_contradict_each_other_are_refused(wrong):
    """More failures than trials, more clusters than trials, failed clusters without failures."""
    with pytest.raises(ValueError, match="contradict"):
        Rate(*wrong)
