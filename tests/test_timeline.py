"""Spans and timelines on a ruler: a character is a millisecond, an x lies inside."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.timeline import Span, Timeline

LENGTH = 250
WINDOW = Span(0, LENGTH)
some_spans = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 30)).map(lambda p: Span(p[0], p[0] + p[1])), max_size=12
)


def timeline(drawn: str) -> Timeline:
    """Read a ruler."""
    return Timeline(Span(i, i + 1) for i, c in enumerate(drawn) if c == "x")


def ruler(drawn: Timeline, length: int) -> str:
    """Draw it again."""
    return "".join("x" if t in drawn else "." for t in range(length))


def ticks(drawn: Timeline) -> set[int]:
    """The slow meaning of a timeline: every instant in it."""
    return {t for s in drawn for t in range(s.start, s.end)}


# ---- one span


def test_a_span_holds_its_start_and_not_its_end() -> None:
    """Half-open: two that touch share nothing."""
    assert [False, True, True, False] == [t in Span(3, 5) for t in (2, 3, 4, 5)]
    assert (2, 0) == (Span(3, 5).ms, Span(3, 3).ms)
    assert Span(3, 3).ms == 0
    assert 3 not in Span(3, 3)


def test_a_span_cannot_end_before_it_starts() -> None:
    """The mistake is named with both figures."""
    with pytest.raises(ValueError, match=r"5\.\.4"):
        Span(5, 4)


@pytest.mark.parametrize(("a", "b", "shared"), [
    (Span(0, 5), Span(3, 9), Span(3, 5)),
    (Span(0, 9), Span(3, 5), Span(3, 5)),
    (Span(0, 4), Span(3, 5), Span(3, 4)),
    (Span(0, 3), Span(3, 5), None),  # they touch
    (Span(0, 2), Span(3, 5), None),
    (Span(3, 3), Span(0, 5), None),  # nothing has nothing in common with anything
])  # fmt: skip
def test_what_two_spans_share(a: Span, b: Span, shared: Span | None) -> None:
    """The same from both sides, and None where there is no instant."""
    assert shared == a & b == b & a


def test_spans_are_values_in_order_of_start_then_end() -> None:
    """They move by giving another, never by changing."""
    assert [Span(1, 9), Span(2, 3), Span(2, 4)] == sorted([Span(2, 4), Span(1, 9), Span(2, 3)])
    assert Span(7, 9) == Span(5, 7).shift(2)
    assert Span(2, 4) == Span(5, 7).shift(-3)
    with pytest.raises(FrozenInstanceError):
        Span(1, 2).start = 0  # type: ignore[misc]


# ---- timelines


@given(some_spans, some_spans)
def test_set_operations_are_those_of_instants(a: list[Span], b: list[Span]) -> None:
    """Union, intersection, difference and complement, against sets of milliseconds; nothing touches what it joins."""
    x, y = Timeline(a), Timeline(b)
    assert ticks(x) | ticks(y) == ticks(x | y)
    assert ticks(x) & ticks(y) == ticks(x & y)
    assert ticks(x) - ticks(y) == ticks(x - y)
    assert set(range(LENGTH)) - ticks(x) == ticks(x.gaps(WINDOW))
    assert len(ticks(x)) == x.ms
    for made in (x, x | y, x & y, x - y, x.gaps(WINDOW)):
        assert all(s.end < t.start for s, t in zip(made.spans, made.spans[1:], strict=False))
        assert all(s.ms for s in made)


@given(some_spans, st.integers(-1, LENGTH))
def test_an_instant_is_found_in_its_span(a: list[Span], t: int) -> None:
    """The span that holds it, or none: the slow line it equals."""
    found = Timeline(a)
    assert next((s for s in found if s.start <= t < s.end), None) == found.at(t)
    assert (t in ticks(found)) == (t in found)


@given(some_spans, st.integers(0, 60), st.integers(0, 60))
def test_clipping_and_moving_are_those_of_instants(a: list[Span], start: int, length: int) -> None:
    """Inside the window and nothing else; every instant moves alike."""
    x, window = Timeline(a), Span(start, start + length)
    assert ticks(x) & set(range(window.start, window.end)) == ticks(x.clip(window))
    assert set(range(window.start, window.end)) - ticks(x) == ticks(x.gaps(window))
    assert {t + start for t in ticks(x)} == ticks(x.shift(start))
    assert x == x.shift(-start).shift(start)


@pytest.mark.parametrize(("gap", "expected"), [
    (0, "xx.x..x...x"),
    (1, "xx.x..x...x"),
    (2, "xxxx..x...x"),
    (3, "xxxxxxx...x"),  # a gap of three is not shorter than three
    (4, "xxxxxxxxxxx"),
])  # fmt: skip
def test_gaps_shorter_than_a_bound_are_bridged(gap: int, expected: str) -> None:
    """Joined spans count from the first start to the last end, and the gap to the next is measured from there."""
    drawn = "xx.x..x...x"
    assert expected == ruler(timeline(drawn).bridged(gap), len(drawn))


def test_every_group_is_bridged_by_itself() -> None:
    """Also those behind a gap that stays."""
    assert "x.....xxxx....xxx" == ruler(timeline("x.....x..x....x.x").bridged(3), 17)


def test_gaps_of_a_window_beside_the_spans() -> None:
    """A window that no span reaches is one gap; one that a span fills is none; an empty one has none."""
    x = Timeline([Span(10, 20)])
    assert [(30, 40)] == [(s.start, s.end) for s in x.gaps(Span(30, 40))]
    assert [Timeline(), Timeline()] == [x.gaps(Span(12, 18)), x.gaps(Span(30, 30))]


def test_a_timeline_is_a_value() -> None:
    """Equal when its instants are, whatever it was made of; it counts its spans, and is false when it holds none."""
    made = Timeline([Span(5, 7), Span(0, 2), Span(2, 3), Span(9, 9)])
    assert (Span(0, 3), Span(5, 7)) == made.spans == tuple(made)
    assert made == timeline("xxx..xx")
    assert hash(made) == hash(timeline("xxx..xx"))
    assert 2 == len({made, timeline("xxx..xx"), timeline("xxx")})
    assert made != made.spans
    assert (2, True, 0, False) == (len(made), bool(made), len(Timeline()), bool(Timeline()))
    assert ["Timeline(0..3, 5..7)", "Timeline()"] == [repr(made), repr(Timeline())]
    assert ["xxx", "xx"] == ["".join(run) for c, run in groupby(ruler(made, 9)) if c == "x"]


def test_nothing_less_anything_is_nothing() -> None:
    """And anything less nothing is itself."""
    assert (Timeline(), timeline("x.x")) == (Timeline() - timeline("x.x"), timeline("x.x") - Timeline())
