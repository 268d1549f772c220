"""What the provider was told of what was heard: drawn on a ruler, recorded and predicted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.corpus import Case, open_corpus, run_policies
from bargein.events import Command, Delta, Event, ProviderError, ResponseCreated, ResponseDone, SpeechStarted
from bargein.ledger import Generated, Heard, Played, Row
from bargein.metrics.falsestops import first_stops
from bargein.metrics.stopping import Facts
from bargein.metrics.truncation import (
    CONFLICT,
    NEXT,
    NOT_ACTIVE,
    OTHER,
    TOO_LONG,
    Telling,
    Truncation,
    predicted,
    recorded,
)
from bargein.outcome import Link, Told
from bargein.replay import telling
from bargein.session import load

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
ARRIVED = [Delta(t, "A", "a", t, 500) for t in (0, 500, 1_000, 1_500)]  # 2 s, one sample a millisecond


def facts(*said: Event, heard_to: int | None = 1_200, shift: int = 0) -> Facts:
    """Item a: 2 s arrived by 1,500 ms, reported at 1,100; heard from 0 to ``heard_to``."""
    events = sorted([*ARRIVED, SpeechStarted(1_100), *said], key=lambda e: e.at)
    events = [replace(e, at=e.at + shift) for e in events]
    rows = tuple(Row(e.at, e.response, e.item, e.first, e.samples) for e in events if isinstance(e, Delta))
    heard = None if heard_to is None else Heard((Played(shift, 0, "A", "a", 0, heard_to),), 1_000)
    edges = [e for e in events if isinstance(e, SpeechStarted)]
    return Facts(heard, Generated(rows, 1_000), events, edges, 9_000 + shift)


def truncate(at: int, ms: int, item: str = "a") -> Command:
    """Tell the provider."""
    return Command(at, "truncate", item, audio_end_ms=ms)


@pytest.mark.parametrize(("at", "ms", "error", "out_of_range", "zero", "late"), [
    (1_210, 1_200, 0, False, False, False),
    (1_210, 1_300, 100, False, False, False),     # the model believes in a tenth of a second nobody heard
    (1_210, 1_000, -200, False, False, False),
    (1_210, 1_501, 301, True, False, False),      # 1,500 ms had arrived by then
    (1_510, 1_501, 301, False, False, False),     # and 2,000 by now
    (1_210, 0, -1_200, False, True, False),
    (2_200, 1_200, 0, False, False, False),       # a second after the stop
    (2_201, 1_200, 0, False, False, True),
])  # fmt: skip
def test_one_truncation(at: int, ms: int, error: int, out_of_range: bool, zero: bool, late: bool) -> None:
    """Told less heard; and the four other ways to be wrong."""
    (found,) = recorded(facts(truncate(at, ms)), [], owes=True).truncations
    assert (error, out_of_range, zero, late) == (found.error_ms, found.out_of_range, found.zero, found.late)


def test_where_nothing_tells_what_was_heard_only_the_range_is_known() -> None:
    """No player's log."""
    (found,) = recorded(facts(truncate(1_210, 1_800), heard_to=None), [], owes=True).truncations
    assert (None, True, False) == (found.error_ms, found.out_of_range, found.late)


@pytest.mark.parametrize(("said", "owes", "missing", "owed"), [
    ([], True, 1, 1),
    ([truncate(1_210, 1_200)], True, 0, 1),
    ([truncate(1_210, 1_200, "other")], True, 1, 1),  # of another item
    ([], False, 0, 0),                                # xAI needs to be told nothing
])  # fmt: skip
def test_a_stop_of_which_nobody_told(said: list[Event], owes: bool, missing: int, owed: int) -> None:
    """A was stopped at 1,200 ms with 800 ms more of it at hand."""
    known = facts(*said)
    found = recorded(known, first_stops(known), owes=owes)
    assert (missing, owed) == (found.missing, found.owed)


@pytest.mark.parametrize(("answer", "outcome", "waited"), [
    (ResponseDone(1_260, "A", "cancelled", "client_cancelled"), "cancelled", (60,)),
    (ResponseDone(1_260, "A", "completed"), "completed", (60,)),  # it came too late
    (ProviderError(1_240, "response_cancel_not_active"), "response_cancel_not_active", (40,)),
    (ProviderError(1_240, CONFLICT), CONFLICT, (40,)),
    (ProviderError(1_240, "invalid_value"), "no answer", ()),  # about something else
    (ResponseDone(1_260, "B", "cancelled"), "no answer", ()),  # of another response
    (ResponseDone(3_300, "A", "cancelled"), "no answer", ()),  # more than two seconds later
])  # fmt: skip
@pytest.mark.parametrize("named", ["A", ""])
def test_what_became_of_a_cancel(answer: Event, outcome: str, waited: tuple[int, ...], named: str) -> None:
    """By id, or without one: then of the last response created."""
    found = recorded(facts(ResponseCreated(0, "A"), Command(1_200, "cancel", response=named), answer), [], owes=True)
    assert (Counter({outcome: 1}), waited) == (found.cancels, found.answer_ms)


def test_answers_are_named_as_the_replay_names_them() -> None:
    """A count of another word would be 0 for ever."""
    assert (telling.NOT_ACTIVE, telling.NEXT, telling.TOO_LONG) == (NOT_ACTIVE, NEXT, TOO_LONG)


@pytest.mark.parametrize(("error", "refusal"), [
    (ProviderError(5, NOT_ACTIVE, "Cancellation failed: no active response found"), NOT_ACTIVE),
    (ProviderError(5, "", "Cancellation failed: no active response found"), NOT_ACTIVE),  # not all send a code
    (ProviderError(5, CONFLICT), CONFLICT),
    (ProviderError(5, "invalid_value", "Audio content of 300ms is already shorter than 800ms"), TOO_LONG),
    (ProviderError(5, "invalid_value", "Invalid voice"), OTHER),
])  # fmt: skip
def test_a_refusal_in_the_log_is_counted_once(error: ProviderError, refusal: str) -> None:
    """By its code, or by what it says."""
    assert Counter({refusal: 1}) == recorded(facts(error), [], owes=True).refusals


def test_answers_to_truncations_are_counted_ours_and_naive() -> None:
    """The item holds 300 ms when the wall clock says 800: refused. Ours was heard, and is accepted."""
    (run,) = run_policies(Case(load(SESSIONS / "openai-01-interruption")), ["full"])
    one = Told(5_000, 5_000, "truncate", "A", "a", 0, 300, "accepted", 800, TOO_LONG)
    ours, naive = predicted(replace(run.outcome, told=(one, one)))
    assert (Counter({"accepted": 2}), Counter({TOO_LONG: 2})) == (ours.truncates, naive.truncates)


def test_the_embedded_clients_told_what_was_heard() -> None:
    """Seven truncations in five sessions of OpenAI's, sent at the stop; ten stops of which nobody told."""
    total = Telling()
    for case in open_corpus(SESSIONS, verify=False):
        if case.session.info.provider == "openai":
            total += recorded(case.facts, first_stops(case.facts), owes=True)
    assert 7 == total.sent
    assert {0} == {*total.errors_ms}
    assert {False} == {t.late or t.zero or t.out_of_range for t in total.truncations}
    assert (10, 17) == (total.missing, total.owed)


@pytest.mark.parametrize(("link", "ours", "naive"), [
    (Link(), 0, 0),                          # nothing stands between a delta and its sound
    (Link(start_latency_ms=150), 0, 150),    # a clock that starts with the first delta runs ahead of the loudspeaker
    (Link(delay_ms=60, start_latency_ms=150), 0, 150),
])  # fmt: skip
def test_the_wall_clock_runs_ahead_of_the_loudspeaker(link: Link, ours: int, naive: int) -> None:
    """One interruption by a policy that tells its provider, beside a client that asks its clock."""
    (run,) = run_policies(Case(load(SESSIONS / "openai-01-interruption")), ["full"], link)
    assert ([ours], [naive]) == tuple(t.errors_ms for t in predicted(run.outcome))


def test_cancels_are_predicted_from_the_recorded_provider() -> None:
    """Told not to interrupt, it runs on, and a cancel meets it; a policy without commands says nothing."""
    (full, keyed) = run_policies(Case(load(SESSIONS / "openai-21-no-interrupt")), ["full", "keyed"])
    assert Counter({"accepted": 1}) == predicted(full.outcome)[0].cancels
    assert (Telling(), Telling()) == predicted(keyed.outcome)


@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(-100, 3_000)), max_size=4), st.integers(0, 5_000))
def test_shifting_everything_changes_nothing(sent: list[tuple[int, int]], ms: int) -> None:
    """Only when it was said."""
    one = recorded(facts(*(truncate(*x) for x in sent)), [], owes=True)
    other = recorded(facts(*(truncate(*x) for x in sent), shift=ms), [], owes=True)
    assert [replace(t, at=t.at + ms) for t in one.truncations] == [*other.truncations]


ONE = st.builds(Truncation, st.integers(0, 9), st.just("a"), st.integers(0, 9), st.none() | st.integers(0, 9),
                st.integers(0, 9))  # fmt: skip
SOME = st.builds(Telling, st.lists(ONE, max_size=3).map(tuple), st.integers(0, 3), st.integers(0, 3),
                 st.dictionaries(st.sampled_from(["done", "no answer"]), st.integers(1, 3)).map(Counter))  # fmt: skip


@given(SOME, SOME, SOME)
def test_pooling_is_additive(a: Telling, b: Telling, c: Telling) -> None:
    """In any grouping."""
    assert a + b + c == a + (b + c)
    assert a.sent + b.sent == (a + b).sent
    assert a + Telling() == a
