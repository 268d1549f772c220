"""EVA's worked values, its turns drawn (a character is 500 ms, user over agent), and its own call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.corpus.scoring import of_call
from bargein.metrics.definitions import CODED, DEFINED, Conversation
from bargein.metrics.definitions.eva import (
    COUNT,
    LATENCY,
    LATENCY_WITH_TOOL,
    OVERLAP,
    YIELD,
    at,
    call_score,
    exchanges,
    judge,
    score,
)
from bargein.timeline import Span, Timeline

STEP = 500


def row(text: str) -> Timeline:
    """Sound where a letter stands."""
    return Timeline(Span(STEP * i, STEP * (i + 1)) for i, mark in enumerate(text) if mark != ".")


def drawn(user: str, agent: str, **known: object) -> Conversation:
    """A call as it is drawn."""
    return Conversation("drawn", STEP * len(user), row(user), row(agent), **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("curve", "points"),
    [
        (
            LATENCY,
            {-500: 0, 0: 0.5, 200: 0.7, 500: 1, 2_000: 1, 2_750: 0.5, 3_000: 1 / 3, 3_500: 0, 9_000: 0, -9_000: 0},
        ),
        (LATENCY_WITH_TOOL, {-500: 0, 500: 1, 2_750: 1, 3_000: 1, 3_500: 0.75, 4_000: 0.5, 5_000: 0}),
        (OVERLAP, {0: 0.5, 500: 0.375, 1_000: 0.25, 2_000: 0, 20_000: 0}),
        (COUNT, {1: 0.5, 2: 0.25, 3: 0, 4: 0}),
        (YIELD, {0: 1, 600: 0.7, 1_000: 0.5, 2_000: 0, 3_000: 0}),
    ],
    ids=["latency", "with tool", "overlap", "count", "yield"],
)
def test_worked_values(curve, points):
    """As its documentation lists them."""
    assert points == pytest.approx({x: at(curve, x) for x in points}, abs=1e-12)


@pytest.mark.parametrize(
    ("expected", "by", "user", "agent"),
    [
        (1.0, "latency", "..uuu......", "a......aaaa"),  # 1,000 ms
        (0.5, "latency", "..uuu......", "a....aaaaaa"),  # 0 ms: too soon
        (1 / 3, "latency", "..uuu..........", "a..........aaaa"),  # 3,000 ms
        (0.25, "agent_interrupt", "..uuuu.........", "a...aaa........"),  # 1,000 ms of overlap, talks through the end
        (0.375, "agent_interrupt", "..uuuu.........", "a...a...aaa...."),  # 500 ms, then answers after 1 s
        (0.25, "agent_interrupt", "..uuuuuu.......", "a...a.a..aaa..."),  # twice
        (0.0, "agent_interrupt", "..uuuu.........", "a...a........aa"),  # 500 ms, then silent for 3.5 s
        (0.75, "user_interrupt", "...uuuu......", "aaaa.....aaaa"),  # went on for 500 ms
        (0.0, "user_interrupt", "...uuuu..........", "aaaaaaaaa....aaaa"),  # for 3 s
        (0.375, "dual_interrupt", "...uuuu......", "aaaa.a...aaaa"),  # the lower of 0.75 and 0.375
    ],
)
def test_exchanges_are_scored_by_what_happened(expected, by, user, agent):
    """Latency, overlap and count, yield, or the lower of two."""
    first = next(e for e in exchanges(row(user), row(agent)) if e.agent)
    judged = judge(first)
    assert (pytest.approx(expected), by) == (judged.score, judged.by)


def test_a_tool_call_makes_its_turn_lenient():
    """3 s are a third without one and full marks with one."""
    call = {"user": "..uuu..........", "agent": "a..........aaaa"}
    assert pytest.approx(1 / 3) == call_score(drawn(**call))[0]
    assert 1 == call_score(drawn(**call, tool_turns=frozenset({1})))[0]


def test_a_call_that_ends_in_silence_after_the_user_is_zero():
    """Where the reason is known; otherwise the turn is only missing, and it is said."""
    user, agent = "..uu......uu.....", "a....aaa........."
    assert [1.0, 1.0, 0.0] == [call_score(drawn(user, agent, timed_out=t))[0] for t in (None, False, True)]
    notes = [score([drawn(user, agent, timed_out=t)], DEFINED)[0].note for t in (None, False)]
    assert ["1 not known to have ended by silence: none zeroed for it", ""] == notes


def test_nobody_answers():
    """A call without an exchange is 0, as there."""
    assert (0.0, {}) == call_score(drawn("uu....", "......"))


def test_its_own_call(mirror):
    """Turn by turn as its own processor has it (latencies in ms), and the mean worked by hand.

    1,966 is on the plateau; (3,500 - 2,354)/1,500 and (3,500 - 2,507)/1,500 are on the way down; turn 3 overlaps by
    18.5 s; the five others wait over 3.5 s. (1 + 0.7640 + 0.6620) / 9 = 0.2696
    """
    call = of_call(mirror / "event-logs" / "eva_call_audio_events.jsonl")
    found = exchanges(call.user, call.played)
    latencies = [1966.091, 2354.169, -21287.848, 5428.688, 4505.33, 17572.531, 3738.123, 6852.589, 2506.581]
    assert latencies == pytest.approx([e.latency_ms for e in found if e.agent], abs=1)
    assert ([3], []) == (
        [e.number for e in found if e.agent_interrupts],
        [e.number for e in found if e.user_interrupts],
    )
    assert 10 == len(found)
    assert call.timed_out is False
    assert pytest.approx((1 + 1_146 / 1_500 + 993 / 1_500) / 9, abs=1e-12) == score([call], DEFINED)[0].value
    figures = {f.metric: f for f in score([call], CODED)}
    assert 0.2696 == figures["turn_taking"].value
    assert ("1 early, 5 late", 9) == (figures["on_time_rate"].note[:15], figures["on_time_rate"].n)


spans = st.lists(st.tuples(st.integers(0, 9_000), st.integers(1, 2_000)), max_size=6)


@given(spans, spans)
def test_a_score_lies_between_0_and_1(user, agent):
    """Whatever is said, and every stretch of sound is in one turn."""
    said, heard = (Timeline(Span(t, t + ms) for t, ms in who) for who in (user, agent))
    value, scored = call_score(Conversation("any", 12_000, said, heard))
    assert 0 <= value <= 1
    assert all(0 <= s.score <= 1 for s in scored.values())
    assert len(said) == sum(len(e.user) for e in exchanges(said, heard))


@given(st.integers(0, 4_000), st.integers(0, 4_000))
def test_stopping_sooner_is_never_worse(a, b):
    """The curves of overlap and yield only fall."""
    for curve in (OVERLAP, YIELD):
        assert at(curve, min(a, b)) >= at(curve, max(a, b))
