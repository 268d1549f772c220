"""The stop curve: what was not seen to its end is no stop, and is not left out either."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.metrics.survival import StopCurve

WAITS = st.lists(st.tuples(st.integers(0, 2_000), st.booleans()), max_size=30)


@given(WAITS, st.integers(0, 2_500))
def test_it_equals_the_product_over_those_at_risk(waits: list[tuple[int, bool]], t: int) -> None:
    """The slow definition: at each stop, the share of those still watched who go on."""
    share = math.prod(
        1 - sum(ms == at and stopped for ms, stopped in waits) / sum(ms >= at for ms, _ in waits)
        for at in {ms for ms, stopped in waits if stopped and ms <= t}
    )
    got = StopCurve.of(waits).share(t)
    if not math.isnan(got):
        assert share == pytest.approx(got)
    else:
        assert not waits or t > max(ms for ms, _ in waits)


@given(st.lists(st.integers(0, 2_000), min_size=1, max_size=30))
def test_without_censoring_it_is_the_plain_share_and_the_plain_mean(stops: list[int]) -> None:
    """Every wait seen to its end."""
    curve = StopCurve.of((ms, True) for ms in stops)
    for t in (0, 500, 1_000, 2_000):
        assert sum(ms > t for ms in stops) / len(stops) == pytest.approx(curve.share(t))
    assert curve.mean_ms(2_000) == pytest.approx(np.mean(stops), abs=0.51)


def test_natural_ends_are_no_yields() -> None:
    """A deaf agent whose answers all end by themselves within a second was never stopped."""
    deaf = StopCurve.of((ms, False) for ms in (200, 400, 900))
    assert (1.0, None, None, 0) == (deaf.share(900), deaf.median_ms, deaf.mean_ms(2_000), deaf.stops)
    assert math.isnan(deaf.share(901))


def test_at_one_instant_stops_come_first() -> None:
    """Who is censored at 300 ms was still at risk of the stop at 300 ms."""
    assert pytest.approx(2 / 3) == StopCurve.of([(300, False), (300, True), (800, False)]).share(300)


@given(WAITS, WAITS)
def test_curves_add(a: list[tuple[int, bool]], b: list[tuple[int, bool]]) -> None:
    """Pooling is adding waits, in any order."""
    assert StopCurve.of(a + b) == StopCurve.of(a) + StopCurve.of(b) == StopCurve.of(b) + StopCurve.of(a)


def test_nothing_watched_says_nothing() -> None:
    """No waits, no share."""
    assert math.isnan(StopCurve().share(0))
    assert (None, None, 0) == (StopCurve().median_ms, StopCurve().mean_ms(2_000), StopCurve().n)
