"""Spans, timelines, ledgers and the player, drawn where a drawing says it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.errors import StageError
from bargein.events import Audible, Delta, Drained
from bargein.ledger import Basis, Delivered, Generated, Heard, Row
from bargein.metrics.books import heard_books
from bargein.playback import Player
from bargein.timeline import Span, Timeline
from bargein.units import ms_covering, ms_of, samples_in

spans = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 30)).map(lambda p: Span(p[0], p[0] + p[1])), max_size=12)
WINDOW = Span(0, 250)


def ticks(timeline: Timeline) -> set[int]:
    """The slow meaning of a timeline: every instant in it."""
    return {t for s in timeline for t in range(s.start, s.end)}


@given(spans, spans)
def test_set_operations_are_those_of_instants(a: list[Span], b: list[Span]) -> None:
    """Union, intersection, difference and complement, against sets of milliseconds."""
    x, y = Timeline(a), Timeline(b)
    assert ticks(x) | ticks(y) == ticks(x | y)
    assert ticks(x) & ticks(y) == ticks(x & y)
    assert ticks(x) - ticks(y) == ticks(x - y)
    assert set(range(250)) - ticks(x) == ticks(x.gaps(WINDOW))
    assert all(s.end < t.start for s, t in zip(x.spans, x.spans[1:], strict=False))


@given(spans, st.integers(0, 250))
def test_an_instant_is_found_in_its_span(a: list[Span], t: int) -> None:
    """Half-open: the end is outside."""
    assert (t in ticks(Timeline(a))) == (t in Timeline(a))


def test_a_span_cannot_end_before_it_starts() -> None:
    """The mistake is named with both figures."""
    with pytest.raises(ValueError, match=r"5\.\.4"):
        Span(5, 4)


@given(st.integers(0, 10**9), st.sampled_from([8_000, 11_025, 16_000, 24_000, 44_100]))
def test_samples_and_milliseconds_agree(samples: int, rate: int) -> None:
    """A sample lies in the millisecond it is said to begin in, and a covering time covers it."""
    assert ms_of(samples, rate) <= ms_covering(samples, rate) <= ms_of(samples, rate) + 1
    assert samples_in(ms_covering(samples, rate), rate) >= samples


def test_a_burst_of_arrivals_is_not_a_moment_of_speech() -> None:
    """Five seconds of sound that arrive within one second are five seconds of sound."""
    rows = tuple(Row(200 * i, "A", "a", 24_000 * i, 24_000) for i in range(5))
    ledger = Generated(rows, 24_000)
    assert 5_000 == ledger.audio_ms()
    assert Span(0, 800) == ledger.window()
    assert 5_000 == Generated((*rows, rows[2]), 24_000).audio_ms(), "a repeated piece counts once"


def test_heard_audio_is_asked_for_and_nothing_else_is_taken() -> None:
    """The three clocks are three types."""
    with pytest.raises(StageError, match="heard audio; this is delivered audio"):
        heard_books(Delivered((), 24_000), Timeline(), 1_000)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="none of logged"):
        Basis("guessed")


def test_the_player_reports_what_became_audible_and_that_it_ran_dry() -> None:
    """Feedback is dated when it happened."""
    player = Player(24_000, start_latency_ms=50)
    player.play(Delta(0, "A", "a", 0, 2_400), 0)
    player.play(Delta(10, "B", "b", 0, 2_400), 10)
    assert 50 == player.due
    assert [Audible(50, "A"), Audible(150, "B"), Drained(250)] == player.advance(9_999)
    assert player.due is None


def test_a_cut_keeps_what_sounded_to_the_sample() -> None:
    """Half a node sounds, the rest and what waits are gone, and the node is stopped."""
    player = Player(24_000, disconnects=False)
    player.play(Delta(0, "A", "a", 0, 24_000), 0)
    player.play(Delta(0, "A", "a", 24_000, 24_000), 0)
    player.flush(250)
    assert 6_000 == player.heard(5_000).samples()
    assert (1, 1, 0, 1) == (player.nodes.started, player.nodes.stopped, player.nodes.disconnected,
                            player.nodes.left_connected)  # fmt: skip
    assert 0 == player.unplayed(5_000)


def test_what_lies_behind_the_end_is_left_unplayed() -> None:
    """The session's length cuts what is heard, and says how much it cut."""
    player = Player(24_000)
    player.play(Delta(0, "A", "a", 0, 24_000), 0)
    assert 400 == player.heard(400).audio_ms()
    assert 24_000 - 9_600 == player.unplayed(400)


def test_heard_of_spans_counts_by_response() -> None:
    """Channels and drawings have one sample a millisecond."""
    heard = Heard.of({"A": [Span(100, 300)], "B": [Span(300, 350)]}, Basis("channel"))
    assert (200, 50, Timeline([Span(100, 350)])) == (heard.audio_ms("A"), heard.audio_ms("B"), heard.timeline())
