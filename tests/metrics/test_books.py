"""The origin's books, fault by fault, against what was heard. Figures are worked out in the comments."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from bargein.errors import StageError
from bargein.events import AudioDone, Delta, Event, ResponseDone, SpeechStarted, SpeechStopped
from bargein.ledger import Generated, Heard
from bargein.metrics.audible import Voiced
from bargein.metrics.books import arrival_books, difference, heard_books
from bargein.timeline import Span, Timeline
from strategies import LENGTH_MS, logs

USER = Timeline([Span(2_000, 3_000)])

#: A is cut at 2.0 s and never sends audio.done (as Grok does); B answers.
CANCELLED_WITHOUT_DONE: list[Event] = [
    Delta(1_000, "A"), ResponseDone(1_999, "A", "completed"), SpeechStarted(2_000), SpeechStopped(3_000),
    Delta(4_000, "B"), AudioDone(5_000, "B"), ResponseDone(5_000, "B", "completed", outputs=1),
]  # fmt: skip
HEARD = Heard.of({"A": [Span(1_000, 2_000)], "B": [Span(4_000, 5_000)]})


def test_fault_1_a_response_without_audio_done_is_booked_into_the_next() -> None:
    """The dangling start: 1.0 to 5.0 s is booked, 2 s was heard; the fix books 1 s and 1 s."""
    true = heard_books(HEARD, USER, 6_000, [2_000])
    before, after = (arrival_books(CANCELLED_WITHOUT_DONE, 6_000, fixed=f) for f in (False, True))
    assert (4_000, 1) == (before.agent_ms, before.turns)
    assert (2_000, 2) == (after.agent_ms, after.turns)
    assert 2_000 == difference(before, true).over_counted_ms
    assert 0 == difference(after, true).over_counted_ms


def test_fault_2_the_stale_end_books_a_silence_over_agent_speech() -> None:
    """At 2.0 s nothing had ended since the session's start: 0 to 2.0 s is booked, the agent spoke from 1.0 s on."""
    true = heard_books(HEARD, USER, 6_000, [2_000])
    before, after = (arrival_books(CANCELLED_WITHOUT_DONE, 6_000, fixed=f) for f in (False, True))
    booked = [("initial", 1_000), ("initial", 2_000), ("post_user", 1_000)]
    assert booked == [(s.context, s.span.ms) for s in before.silences]
    assert 1_000 == difference(before, true).phantom_silence_ms
    assert [("initial", 1_000), ("post_user", 1_000)] == [(s.context, s.span.ms) for s in after.silences]
    assert 0 == difference(after, true).phantom_silence_ms


@pytest.mark.parametrize("fixed", [False, True])
def test_fault_3_needs_no_interruption(fixed: bool) -> None:
    """20 s of sound generated in 5 s: booked as 5 s of speech and 15 s of silence, before and after the fix."""
    log: list[Event] = [Delta(0, "A"), AudioDone(5_000, "A"), SpeechStarted(20_500), SpeechStopped(21_000)]
    true = heard_books(Heard.of({"A": [Span(0, 20_000)]}), Timeline([Span(20_500, 21_000)]), 22_000)
    booked = arrival_books(log, 22_000, fixed=fixed)
    found = difference(booked, true)
    assert (5_000, -15_000, 15_000) == (booked.agent_ms, found.over_counted_ms, found.phantom_silence_ms)
    assert {"initial": 0, "post_agent": 15_500, "post_user": 0} == booked.silence_by_context()
    assert {"initial": 0, "post_agent": 500, "post_user": 1_000} == true.silence_by_context()


@pytest.mark.parametrize("fixed", [False, True])
def test_fault_4_a_barge_in_in_the_tail_is_unseen(fixed: bool) -> None:
    """Generation had ended: no open response, no barge-in in the books."""
    log: list[Event] = [Delta(0, "A"), AudioDone(2_000, "A"), SpeechStarted(5_100), SpeechStopped(6_000)]
    true = heard_books(Heard.of({"A": [Span(0, 5_150)]}), Timeline([Span(5_000, 5_900)]), 8_000, [5_000])
    booked = arrival_books(log, 8_000, fixed=fixed)
    assert ((), (5_000,), 1) == (booked.barge_ins, true.barge_ins, difference(booked, true).unseen_barge_ins)


def test_rapid_barge_ins_are_those_within_a_second_and_a_half_of_the_first_audio() -> None:
    """1.5 s counts, 1.501 s does not."""
    log: list[Event] = [Delta(0, "A"), SpeechStarted(1_500), SpeechStopped(1_600), AudioDone(1_601, "A"),
                        Delta(5_000, "B"), SpeechStarted(6_501)]  # fmt: skip
    assert ((1_500, 6_501), 1) == ((books := arrival_books(log, 9_000)).barge_ins, books.rapid)


def test_short_silences_are_not_booked_and_the_total_is_never_negative() -> None:
    """99 ms is no silence; overlapping speech cannot make less than none."""
    log: list[Event] = [SpeechStarted(99), SpeechStopped(199), Delta(299, "A"), AudioDone(999, "A")]
    assert [("post_user", 100)] == [(s.context, s.span.ms) for s in arrival_books(log, 1_000).silences]
    both: list[Event] = [Delta(0, "A"), SpeechStarted(0), SpeechStopped(900), AudioDone(900, "A")]
    assert 0 == arrival_books(both, 1_000).silence_ms


def test_time_in_which_both_speak_is_no_silence_taken_off_twice() -> None:
    """10 s, user 4 s, agent 4 s, of which 2 s together: 4 s of silence; by the origin's sum only 2."""
    true = heard_books(Heard.of({"A": [Span(0, 4_000)]}), Timeline([Span(2_000, 6_000)]), 10_000)
    assert (2_000, 4_000) == (true.overlap_ms, true.silence_ms)
    assert true.silence_ms == sum(s.span.ms for s in true.silences)


@pytest.mark.parametrize(("noticed", "unseen"), [
    ((5_300,), 1),         # one of two: the report at 5.3 s answers the first
    ((5_300, 9_200), 0),
    ((500, 600), 2),       # two in the books, but of other things
    ((4_900, 9_200), 0),   # labels are not that exact
    ((9_100, 9_200), 1),   # nothing answers twice
])  # fmt: skip
def test_unseen_barge_ins_are_matched_one_by_one(noticed: tuple[int, ...], unseen: int) -> None:
    """Interruptions at 5 s and 9 s; equal totals prove nothing."""
    true = heard_books(Heard.of({"A": [Span(0, 12_000)]}), Timeline(), 15_000, [5_000, 9_000])
    booked = replace(true, barge_ins=noticed)
    assert unseen == difference(booked, true).unseen_barge_ins


def test_speaking_time_is_what_was_audible() -> None:
    """Silence that was generated before the voice is no speech, though it was played."""
    heard = Heard.of({"A": [Span(1_000, 3_000)]})
    books = heard_books(heard, Timeline(), 4_000, voiced=Voiced({("A", "A", 0): Timeline([Span(500, 2_000)])}))
    assert (1_500, (Span(1_500, 3_000),)) == (books.agent_ms, books.agent_turns)


def test_percentiles_are_by_nearest_rank() -> None:
    """As the origin does it."""
    log: list[Event] = []
    for i in range(10):  # ten silences of 100, 200 ... 1000 ms
        start = sum(100 * k + 100 for k in range(1, i + 1)) + 100 * (i + 1)
        log += [SpeechStarted(start), SpeechStopped(start + 100)]
    books = arrival_books(log, 60_000)
    assert (500, 900, 1_000) == tuple(books.silence_percentile(p) for p in (50, 90, 95))


def test_delivered_audio_is_refused() -> None:
    """Heard accounting asks of heard audio."""
    with pytest.raises(StageError):
        heard_books(Generated((), 24_000), Timeline(), 1_000)  # type: ignore[arg-type]


@given(logs())
def test_booked_silences_lie_inside_the_session(events: list[Event]) -> None:
    """Whatever arrives, a silence has a context and at least 100 ms, and the fix never counts fewer turns."""
    before, after = (arrival_books(events, LENGTH_MS, fixed=f) for f in (False, True))
    assert all(s.span.ms >= 100 and 0 <= s.span.start and s.span.end <= LENGTH_MS for s in before.silences)
    assert list(before.barge_ins) == sorted(before.barge_ins)
    assert before.silence_ms >= 0
    assert after.turns >= before.turns
