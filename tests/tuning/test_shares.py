"""False starts per minute, and what a budget for them may say."""

from __future__ import annotations

import math

import pytest
from scipy.stats import chi2

from bargein.metrics.rates import Rate
from bargein.tuning.shares import COUNTED, PerMinute
from bargein.vad.counting import FALSE_KINDS, Counts


@pytest.mark.parametrize("starts", [0, 1, 7, 40])
def test_the_bound_is_that_of_a_poisson_count(starts):
    """Half of chi-squared's 95th percentile at 2 (n + 1) degrees of freedom, over two minutes."""
    expected = chi2.ppf(0.95, 2 * (starts + 1)) / 2 / 2
    assert expected == pytest.approx(PerMinute(starts, 120_000, 1, min(starts, 1)).upper95)


def test_no_start_in_three_minutes_shows_one_a_minute():
    """The rule of three: nothing in three minutes leaves up to one a minute."""
    assert PerMinute(0, 180_000, 3, 0).shows(1.0)
    assert not PerMinute(0, 179_000, 3, 0).shows(1.0)
    assert not PerMinute(1, 180_000, 3, 1).shows(1.0)


def test_a_frequency_is_starts_over_minutes_listened():
    """Clips of one room are one cluster; a clip of half a minute counts half as much as one of a whole."""
    found = COUNTED["noise"].of({
        "room": Counts(clips=2, exposure_ms=90_000, starts=4, false_starts=4, triggered_clips=1),
        "hall": Counts(clips=1, exposure_ms=30_000),
    })  # fmt: skip
    assert PerMinute(starts=4, exposure_ms=120_000, clusters=2, started_clusters=1) == found
    assert 2.0 == found.estimate
    assert "2.0 a minute (4 in 2.0 min, in 1 of 2 clusters, up to 4.6)" == found.text


def test_a_bound_is_never_written_too_low():
    """4.577 is written as 4.6, and 2.302 as 2.4."""
    for starts, ms in ((4, 120_000), (0, 78_000), (9, 61_000)):
        found = PerMinute(starts, ms, 1, min(starts, 1))
        written = float(found.text.rpartition("up to ")[2].split(")")[0].split()[0])
        assert 0 <= written - found.upper95 <= 0.1


def test_counts_alone_without_enough_to_say_more():
    """Under a minute nothing is said of a minute; without exposure nothing at all."""
    assert "3 in 0.5 min (in 1 of 1 clusters, up to 15.6 a minute)" == PerMinute(3, 30_000, 1, 1).text
    assert "0 in 2.6 min (in 0 of 2 clusters, up to 1.2 a minute)" == PerMinute(0, 156_000, 2, 0).text
    assert "nothing listened to" == PerMinute().text
    assert math.isnan(PerMinute().estimate)
    assert math.isnan(PerMinute().upper95)


def test_every_kind_of_no_speech_is_counted_in_its_own_unit():
    """A cough is one event; noise and echo go on."""
    assert set(FALSE_KINDS) == set(COUNTED)
    one = {"c": Counts(clips=1, exposure_ms=60_000, starts=3, false_starts=3, triggered_clips=1)}
    assert Rate(1, 1, 1, 1, ((1, 1),)) == COUNTED["tic"].of(one)
    assert [PerMinute(3, 60_000, 1, 1)] * 2 == [COUNTED[kind].of(one) for kind in ("noise", "echo")]


@pytest.mark.parametrize(
    ("kind", "enough", "found"),
    [
        ("tic", False, Rate(0, 9, 9, 0)),
        ("tic", True, Rate(0, 10, 10, 0)),
        ("noise", False, PerMinute(0, 59_999, 1, 0)),
        ("echo", True, PerMinute(0, 60_000, 1, 0)),
    ],
)
def test_the_least_that_a_budget_is_judged_on(kind, enough, found):
    """Ten recordings, or a minute."""
    assert enough == COUNTED[kind].enough(found)
