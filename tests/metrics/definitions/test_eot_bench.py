"""Endpointing at a budget: the silence-only baseline is exact, and the grid of policies agrees with it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.metrics.definitions import DEFINED, Conversation, Turn
from bargein.metrics.definitions.eot_bench import (
    DELAYS_MS,
    Silence,
    cut_off_after,
    frontier,
    holds,
    least_delay,
    play,
    score,
    silences,
)
from bargein.timeline import Span, Timeline

pauses = st.lists(st.integers(200, 5_000), min_size=1, max_size=60)


def held(*lengths: int) -> list[Silence]:
    """Holds of these lengths."""
    return [Silence(ms, end=False) for ms in lengths]


def test_the_baseline_follows_from_spans_alone():
    """Ten holds of 200 to 2,000 ms: 300 ms cut off nine of ten minus the first; 10 % allow one."""
    ten = held(*range(200, 2_001, 200))
    assert [(9, 10), (7, 10), (0, 10)] == [cut_off_after(ten, ms) for ms in (300, 600, 2_000)]
    assert [2_000, 1_800, 1_600, 0] == [least_delay(ten, b) for b in (0.05, 0.10, 0.20, 1.0)]
    assert least_delay([Silence(900, end=True)], 0.05) is None


@given(pauses, st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.5, 1.0]))
def test_the_least_delay_is_the_least(lengths, budget):
    """It meets the budget, and a millisecond less does not, unless it is none at all."""
    found = held(*lengths)
    delay = least_delay(found, budget)
    cut, n = cut_off_after(found, delay)
    assert cut <= budget * n + 1e-9
    assert delay == 0 or cut_off_after(found, delay - 1)[0] > budget * n


@given(pauses, st.sampled_from(DELAYS_MS))
def test_who_only_waits_is_a_policy_that_is_always_sure(lengths, delay):
    """With threshold 0 every silence is acted on after the delay: the baseline's cut-offs, the delay as latency."""
    found = [*held(*lengths), Silence(9_000, end=True)]
    point = play(found, 0.0, delay, 3_500)
    assert (*cut_off_after(found, delay), delay) == (point.cut_off, point.holds, point.latency_ms)


def test_a_model_that_knows_beats_silence():
    """Ends at 0.9 and holds at 0.1: no cut-off, and the shortest delay that is tried."""
    found = [*(Silence(ms, end=False, score=0.1) for ms in (300, 700, 900)), Silence(9_000, end=True, score=0.9)]
    best = frontier(found, [0.0, 0.5, 1.0])
    assert (0, 200) == (best[0].cut_off, best[0].latency_ms)
    assert 1 == len(best)


@given(st.lists(st.tuples(st.integers(200, 5_000), st.booleans(), st.floats(0, 1)), min_size=1, max_size=20))
def test_on_the_frontier_nothing_beats_anything(drawn):
    """Waiting longer buys fewer cut-offs, or it is not there."""
    points = frontier([Silence(*d) for d in drawn], [0.0, 0.3, 0.7])
    assert all(a.latency_ms < b.latency_ms and a.cut_off > b.cut_off for a, b in pairwise(points))


def test_holds_and_ends_of_labelled_turns():
    """Pauses of 200 ms to 5 s in finished turns; the end is after the last of the speech."""
    user = Timeline([Span(100, 900), Span(1_200, 1_500), Span(1_650, 2_000), Span(9_000, 9_500)])
    turns = (Turn(Span(0, 2_100)), Turn(Span(9_000, 9_800), complete=False))
    c = Conversation("c", 12_000, user, None, turns=turns, announced=(1_100, 2_600))
    assert [Span(900, 1_200)] == holds(c)
    assert [(300, False), (7_000, True)] == [(s.ms, s.end) for s in silences(c)]
    figures = {f.metric: f for f in score([c], DEFINED)}
    assert (1.0, 0.6) == (figures["as recorded: cut-offs"].value, figures["as recorded: latency"].value)
    assert (0.0, 0.3) == (
        figures["silence only: cut-offs at 300 ms"].value, figures["silence only: latency at 5 % cut-offs"].value
    )  # fmt: skip


def test_a_missed_end_costs_the_timeout():
    """The detector never said so."""
    c = Conversation("c", 9_000, Timeline([Span(0, 900)]), None, turns=(Turn(Span(0, 900)),), announced=())
    told = next(f for f in score([c], DEFINED) if f.metric == "as recorded: latency")
    assert (3.5, "1 missed, at 3.5 s each") == (told.value, told.note)


@pytest.mark.parametrize("shares", [(0.556, 0.217)])
def test_the_published_baseline_is_consistent(shares):
    """705 holds with 55.6 % over 300 ms and 21.7 % over 600 ms: as many over a delay as its budget allows, or more."""
    n = 705
    over_300, over_600 = (int(x * n + 0.5) for x in shares)
    found = held(*[250] * (n - over_300), *[450] * (over_300 - over_600), *[1_000] * (over_600 - 35), *[1_600] * 35)
    assert pytest.approx(shares, abs=1e-3) == [c / n for c, n in (cut_off_after(found, 300), cut_off_after(found, 600))]
    assert (1_000, 1_000) == (least_delay(found, 0.10), least_delay(found, 0.05))
    assert 1_600 == least_delay(found, 0.049)
