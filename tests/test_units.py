"""The only place that rounds: down for instants, up for what has to cover, to the nearest for what was measured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein import units
from bargein.units import hops_covering, ms_covering, ms_of, rescaled, samples_in

RATES = st.sampled_from([8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000])


@given(st.integers(0, 10**9), RATES)
def test_samples_and_milliseconds_agree(samples: int, rate: int) -> None:
    """A sample lies in the millisecond it is said to begin in, and the least time that covers it covers it."""
    assert ms_of(samples, rate) * rate <= samples * 1_000 < (ms_of(samples, rate) + 1) * rate
    covering = ms_covering(samples, rate)
    assert samples_in(covering, rate) >= samples
    assert covering == 0 or samples_in(covering - 1, rate) < samples


@given(st.integers(0, 10**7), RATES, RATES)
def test_a_place_at_another_rate_is_the_last_that_is_not_later(samples: int, rate: int, to: int) -> None:
    """Compared in whole numbers, so exact however long the recording."""
    assert rescaled(samples, rate, to) * rate <= samples * to < (rescaled(samples, rate, to) + 1) * rate


@given(st.integers(0, 100_000), st.sampled_from([160, 256, 512]), st.sampled_from([8_000, 16_000]))
def test_hops_that_cover_a_time_are_the_fewest(ms: int, hop: int, rate: int) -> None:
    """One fewer would be too short."""
    n = hops_covering(ms, hop, rate)
    assert (n - 1) * hop * 1_000 < ms * rate <= n * hop * 1_000


@pytest.mark.parametrize(("value", "expected"), [(2.4, 2), (2.5, 3), (2.6, 3), (-0.5, 0), (-0.6, -1), (0, 0)])
def test_measured_times_go_to_the_nearest_millisecond(value: float, expected: int) -> None:
    """Halves up, below zero too: no bias around it."""
    assert expected == units.whole_ms(value)


@pytest.mark.parametrize(("seconds", "ms"), [
    (0.0005, 1),
    (1.0005, 1_001),      # in binary a hair under the half: what was written counts
    (0.29, 290),
    (0.0004999, 0),       # a ten-millionth of a second under the half is under it
    (0.000499999, 0),
])  # fmt: skip
def test_seconds_of_foreign_files_are_what_was_written(seconds: float, ms: int) -> None:
    """To the nearest millisecond, as if in decimals."""
    assert ms == units.ms_from_seconds(seconds)


def test_seconds_and_the_clock_are_only_shown() -> None:
    """One way back, for axes; one for people."""
    assert 0.25 == units.seconds(250)
    assert ["0:00.000", "0:59.999", "1:00.000", "61:01.001"] == [
        units.clock_text(ms) for ms in (0, 59_999, 60_000, 3_661_001)
    ]


@pytest.mark.parametrize("n", [1, 2, 5, 100, 101, 200])
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(n: int) -> None:
    """Nearest rank, by counting: the slow line it equals, at every whole per cent, whatever the order given."""
    values = [7 * i for i in range(n)]
    for percent in range(1, 101):
        slow = next(v for v in values if sum(w <= v for w in values) * 100 >= percent * n)
        assert slow == units.nearest_rank(values[::-1], percent)


def test_percentiles_at_the_ends() -> None:
    """Just over nothing is the least value, everything the greatest; of no values there is none."""
    assert (3, 9) == (units.nearest_rank([9, 3, 5], 0.01), units.nearest_rank([9, 3, 5], 100))
    assert units.nearest_rank([], 50) is None
