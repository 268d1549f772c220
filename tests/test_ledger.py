"""Three clocks, three types: how much arrived, when it arrived, and what was heard when."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.errors import BargeinError, StageError
from bargein.ledger import Basis, Delivered, Generated, Heard, Ledger, Played, Row, need
from bargein.metrics.books import heard_books
from bargein.timeline import Span, Timeline

RATE = 24_000
#: Two responses; A says two parts of one item, and then another item.
ARRIVED = Generated((
    Row(100, "A", "a", 0, 2_400),
    Row(300, "B", "b", 0, 4_800),
    Row(200, "A", "a", 2_400, 2_400),
    Row(400, "A", "a", 0, 24, content=1),
    Row(500, "A", "a2", 0, 240),
), RATE)  # fmt: skip


def test_a_burst_of_arrivals_is_not_a_moment_of_speech() -> None:
    """Five seconds of sound that arrive within one second are five seconds of sound."""
    rows = tuple(Row(200 * i, "A", "a", 24_000 * i, 24_000) for i in range(5))
    ledger = Generated(rows, RATE)
    assert 5_000 == ledger.audio_ms()
    assert Span(0, 800) == ledger.window()
    assert 5_000 == Generated((*rows, rows[2]), RATE).audio_ms(), "a repeated piece counts once"


def test_samples_are_counted_by_response_item_and_content_part() -> None:
    """Sample 0 of one part is not sample 0 of another."""
    assert [9_864, 5_064, 4_800, 4_824, 240, 0, 0] == [
        ARRIVED.samples(*whose)
        for whose in ((), ("A",), ("B",), ("A", "a"), (None, "a2"), ("B", "a"), ("C",))
    ]  # fmt: skip
    assert [411, 211, 200] == [ARRIVED.audio_ms(r) for r in (None, "A", "B")]
    assert ("A", "a", 1) == ARRIVED.rows[3].part
    assert 0 == ARRIVED.rows[0].content


def test_a_window_reaches_from_the_first_arrival_to_the_last() -> None:
    """In whatever order the rows stand; there is none when nothing came."""
    assert [Span(100, 500), Span(300, 300), None] == [ARRIVED.window(r) for r in (None, "B", "C")]
    assert Span(5, 9) == Delivered((Row(9, "A", "a", 0, 1), Row(5, "A", "a", 1, 1)), RATE).window("A")


def test_responses_stand_in_order_of_their_first_arrival() -> None:
    """Each once."""
    assert ("A", "B") == ARRIVED.responses()
    assert ("B", "A") == Generated(ARRIVED.rows[1:], RATE).responses()
    assert ARRIVED.rows == tuple(ARRIVED)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=8))
def test_overlapping_pieces_count_their_distinct_samples(pieces: list[tuple[int, int]]) -> None:
    """Against a set of sample numbers."""
    rows = tuple(Row(0, "A", "a", first, n) for first, n in pieces)
    assert len({i for first, n in pieces for i in range(first, first + n)}) == Generated(rows, RATE).samples()


# ---- heard


def test_pieces_of_a_run_fit_together_without_gaps() -> None:
    """Times come from the run's running total: three pieces of a third of a millisecond are a millisecond."""
    run = [Played(100, 8 * i, "A", "a", 8 * i, 8) for i in range(3)]
    assert [Span(100, 100), Span(100, 100), Span(100, 101)] == [p.span(RATE) for p in run]
    assert 1 == Heard(tuple(run), RATE).audio_ms()


def test_heard_of_spans_counts_by_response() -> None:
    """Channels and drawings have one sample a millisecond, numbered on within each response, in order of time."""
    heard = Heard.of({"A": [Span(100, 300), Span(400, 450)], "B": [Span(300, 350)]}, Basis("channel"))
    assert (250, 50, 300) == (heard.audio_ms("A"), heard.audio_ms("B"), heard.audio_ms())
    assert [("A", 0), ("B", 0), ("A", 200)] == [(p.response, p.first) for p in heard]
    assert Timeline([Span(100, 350), Span(400, 450)]) == heard.timeline()
    assert Timeline([Span(300, 350)]) == heard.timeline(["B", "C"])
    assert Timeline() == heard.timeline([])
    assert (Basis("channel"), Basis("modelled")) == (heard.basis, Heard.of({}).basis)


def test_heard_samples_are_counted_by_response_and_item() -> None:
    """All, of one response, of one item."""
    heard = Heard(
        (Played(0, 0, "A", "a", 0, 100), Played(0, 100, "A", "b", 0, 20), Played(9, 0, "B", "b", 0, 3)), 1_000
    )
    assert [123, 120, 23, 20, 0] == [
        heard.samples(*whose) for whose in ((), ("A",), (None, "b"), ("A", "b"), ("B", "a"))
    ]
    assert ("A", "B") == heard.responses()


def test_first_and_last_sound_of_a_response() -> None:
    """Also where a later row sounded first; None for one that never did."""
    rows = (Played(500, 0, "A", "a", 50, 50), Played(100, 0, "A", "a", 0, 50), Played(600, 0, "B", "b", 0, 9))
    heard = Heard(rows, 1_000)
    assert [(100, 550), (600, 609), (None, None)] == [(heard.first(r), heard.last(r)) for r in "ABC"]


# ---- types


def test_heard_audio_is_asked_for_and_nothing_else_is_taken() -> None:
    """The three clocks are three types, and a refusal names both."""
    with pytest.raises(StageError, match="heard audio; this is delivered audio"):
        heard_books(Delivered((), RATE), Timeline(), 1_000)  # type: ignore[arg-type]
    with pytest.raises(StageError, match="gap is asked of generated audio; this is heard audio"):
        need(Heard((), RATE), Generated, "gap")
    with pytest.raises(StageError, match="leak is asked of heard audio; this is list audio"):
        need([], Heard, "leak")
    need(Heard((), RATE), Heard, "leak")


def test_a_wrong_stage_is_a_mistake_of_type_and_a_refusal_of_ours() -> None:
    """Whoever catches either catches it."""
    assert issubclass(StageError, TypeError)
    assert issubclass(StageError, BargeinError)
    assert ["arrived", "generated", "delivered", "heard"] == [t.stage for t in (Ledger, Generated, Delivered, Heard)]


@pytest.mark.parametrize("kind", ["logged", "channel", "stated", "webrtc_buffer", "echo_witness", "modelled"])
def test_what_a_statement_rests_on_is_one_of_six(kind: str) -> None:
    """Written with its uncertainty where there is one; 0 ms is one."""
    assert [kind, f"{kind} ± 0 ms"] == [str(Basis(kind)), str(Basis(kind, 0))]
    with pytest.raises(ValueError, match="'guessed' is none of logged"):
        Basis("guessed")


VALUES = (Basis("logged"), ARRIVED.rows[0], ARRIVED, Played(0, 0, "A", "a", 0, 1), Heard((), RATE))


@pytest.mark.parametrize("value", VALUES)
def test_ledgers_are_values(value: Any) -> None:
    """Nothing in them changes once made, and equal ones are one key."""
    name = next(n for n in ("rate", "at", "run", "kind") if hasattr(value, n))
    with pytest.raises(AttributeError):
        setattr(value, name, None)
    assert 1 == len({value, deepcopy(value)})
