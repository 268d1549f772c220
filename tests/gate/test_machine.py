"""The machine under any policy: looking changes nothing, deadlines keep their time, a cut revokes what was known."""

from __future__ import annotations

from heapq import merge

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.events import (
    SOURCES,
    Audible,
    AudioDone,
    BargeIn,
    Delta,
    Drained,
    Event,
    FalseAlarm,
    ResponseCreated,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
    TimedOut,
)
from bargein.gate import POLICIES, Action, Cut, Decision, Gate, Policy, Reaction, Trigger, bursts, policy
from bargein.gate.policies import AFTER_A_WAIT
from bargein.gate.tables import DROP, FLUSH, HELD, HOLD, OPEN, RESUME, SHUT, STAY
from bargein.providers import read
from score import play
from strategies import LENGTH_MS, Conversation, conversations

FATES = (Action.PLAY, Action.HOLD, Action.DROP)

#: Both tables wait: 300 ms of speech cut, and what is cut stays so for half a second.
TWO_CLOCKS = Policy("two clocks", Trigger(AFTER_A_WAIT, "provider", wait_ms=300), Reaction({
    **STAY,
    (OPEN, BargeIn):  (SHUT, FLUSH),
    (SHUT, TimedOut): (OPEN, None),
}, timeout_ms=500))  # fmt: skip
#: Silent at the first sound; it goes on when that was nothing, and is cut when it was speech.
HOLD_AND_SEE = Policy("hold and see", Trigger(AFTER_A_WAIT, "provider", wait_ms=300), Reaction({
    **STAY,
    (OPEN, SpeechStarted): (HELD, HOLD),
    (HELD, FalseAlarm):    (OPEN, RESUME),
    (HELD, BargeIn):       (OPEN, FLUSH),
}))  # fmt: skip
GATES = [p.at(source) for p in (*POLICIES.values(), TWO_CLOCKS, HOLD_AND_SEE) for source in SOURCES]


@st.composite
def received(draw: st.DrawFn) -> list[Event]:
    """What a client's gate is told: a log, a local detector, and playback's feedback at any time."""
    conversation: Conversation = draw(conversations())
    times = st.lists(st.integers(0, LENGTH_MS), max_size=3).map(sorted)
    feedback = [*map(Drained, draw(times)), *(Audible(t, "A") for t in draw(times))]
    log = (e for e, _ in read(conversation.session).events)
    return list(merge(log, conversation.local, sorted(feedback, key=lambda e: e.at), key=lambda e: e.at))


def decided(policy: Policy, events: list[Event], looks: list[int]) -> tuple[list[Decision], list[Cut]]:
    """Every decision up to the end, with the clock looked at in these instants besides."""
    gate, made = Gate(policy), []
    waiting = sorted(looks)
    for event in events:
        while waiting and waiting[0] <= event.at:
            made += gate.advance(waiting.pop(0))
        made += gate.receive(event)
    return made + gate.advance(2 * LENGTH_MS), gate.cuts


@given(received(), st.lists(st.integers(0, LENGTH_MS), max_size=30))
def test_looking_at_the_clock_more_often_changes_no_decision(events: list[Event], looks: list[int]) -> None:
    """Deadlines are dated when they fell due, so a client that polls and one that sleeps decide alike."""
    for one in GATES:
        assert (one.title, *decided(one, events, [])) == (one.title, *decided(one, events, looks))


@given(received())
def test_deltas_taken_together_and_events_that_no_table_has_left_out_change_no_decision(events: list[Event]) -> None:
    """What a replay does to be fast is what the gate does one by one."""
    for one in GATES:
        gate, made = Gate(one), []
        for deltas, event in bursts(events, gate.heeds):
            made += gate.receive_all(deltas)
            made += gate.receive(event) if event is not None else []
        made += gate.advance(2 * LENGTH_MS)
        assert (one.title, *decided(one, events, [])) == (one.title, made, gate.cuts)


@given(received())
def test_every_delta_has_one_fate_and_time_never_runs_backwards(events: list[Event]) -> None:
    """Played, held or dropped, when it came; and what concerns the queue carries no delta."""
    deltas = [(e.at, e.response, e.item, e.content, e.first) for e in events if isinstance(e, Delta)]
    for one in GATES:
        made, _ = decided(one, events, [])
        fates = [(d.at, d.delta) for d in made if d.action in FATES and d.delta is not None]
        assert deltas == [(at, d.response, d.item, d.content, d.first) for at, d in fates], one.title
        assert sorted(d.at for d in made) == [d.at for d in made], one.title
        assert all(d.delta is None for d in made if d.action not in FATES), one.title


@given(received())
def test_a_cut_revokes_every_response_that_was_known_before_it_and_no_other(events: list[Event]) -> None:
    """By its creation or a delta, in order of arrival, audible or not; save the reply whose beginning is the cut."""
    for one in GATES:
        gate, known = Gate(one), set()
        for event in events:
            before = len(gate.cuts)
            flushed = [d.at for d in gate.receive(event) if d.action is FLUSH]
            assert {*flushed} <= {cut.at for cut in gate.cuts[before:]}, one.title
            begins = {event.response} if isinstance(event, ResponseCreated) else set()
            assert all(known - begins <= cut.revoked <= known for cut in gate.cuts[before:]), one.title
            assert all(cut.at <= event.at for cut in gate.cuts[before:]), one.title
            if isinstance(event, (Delta, ResponseCreated)):
                known.add(event.response)


@given(received())
def test_the_next_deadline_is_known_and_lies_ahead(events: list[Event]) -> None:
    """Nothing happens by itself before it; a client may sleep until then."""
    for one in GATES:
        gate = Gate(one)
        for event in events:
            gate.receive(event)
            due = gate.deadline
            assert due is None or due > event.at, one.title
            if due is not None:
                assert (one.title, [], due) == (one.title, gate.advance(due - 1), gate.deadline)


# ---- deadlines, to the millisecond


def told(gate: Gate, *events: Event) -> list[tuple[int, str]]:
    """What a gate decides, in short."""
    return [(d.at, d.action.name) for e in events for d in gate.receive(e)]


def delta(at: int, response: str = "A") -> Delta:
    """10 ms of a response."""
    return Delta(at, response, response.lower(), at * 24, 240)


@pytest.mark.parametrize(("at", "fate"), [(10_399, "DROP"), (10_400, "PLAY")])
def test_suppress_opens_ten_seconds_after_the_barge_in_and_not_a_millisecond_before(at: int, fate: str) -> None:
    """Half-open: at the deadline itself it is over."""
    gate = Gate(policy("suppress"))
    assert [(400, "FLUSH"), (at, fate)] == told(gate, SpeechStarted(400), delta(at))


def test_another_report_of_speech_starts_the_ten_seconds_anew() -> None:
    """The user is still speaking; audio in between changes nothing."""
    gate = Gate(policy("suppress"))
    told(gate, SpeechStarted(400), delta(500), SpeechStarted(5_000), delta(6_000))
    assert 15_000 == gate.deadline
    assert [(14_999, "DROP"), (15_000, "PLAY")] == told(gate, delta(14_999), delta(15_000))
    assert gate.deadline is None


@pytest.mark.parametrize("opens", [SpeechStopped(900), AudioDone(900, "A", "a")])
def test_a_boundary_ends_the_mute_and_its_deadline(opens: Event) -> None:
    """A later barge-in has all of its own ten seconds."""
    gate = Gate(policy("suppress"))
    assert [(400, "FLUSH"), (900, "PLAY")] == told(gate, SpeechStarted(400), opens, delta(900))
    assert gate.deadline is None
    told(gate, SpeechStopped(1_000), SpeechStarted(2_000))
    assert 12_000 == gate.deadline


@pytest.mark.parametrize("says_nothing", [ResponseCreated(900, "B"), ResponseDone(900, "A"), Drained(900), Event(900)])
def test_nothing_else_ends_the_mute_of_suppress(says_nothing: Event) -> None:
    """Not a new response, not the end of the old one, not an empty queue."""
    assert [(400, "FLUSH"), (901, "DROP")] == told(
        Gate(policy("suppress")), SpeechStarted(400), says_nothing, delta(901)
    )


@pytest.mark.parametrize(("stopped", "decisions"), [
    (699, []),                # a millisecond short: a false alarm
    (700, [(700, "FLUSH")]),  # in the instant of the deadline it has lasted long enough
    (900, [(700, "FLUSH")]),
])  # fmt: skip
def test_speech_has_to_last_for_the_whole_wait(stopped: int, decisions: list[tuple[int, str]]) -> None:
    """And a later stretch waits for all of it again."""
    gate = Gate(TWO_CLOCKS)
    assert decisions == told(gate, SpeechStarted(400), SpeechStopped(stopped))
    told(gate, SpeechStarted(5_000))
    assert 5_300 == gate.deadline


def test_a_report_that_repeats_itself_does_not_prolong_the_wait() -> None:
    """It is the same stretch of speech."""
    gate = Gate(TWO_CLOCKS)
    assert [] == told(gate, SpeechStarted(400), SpeechStarted(600))
    assert 700 == gate.deadline


def test_the_earlier_of_two_deadlines_is_next() -> None:
    """The mute of one barge-in runs while the next is waited for."""
    gate = Gate(TWO_CLOCKS)
    told(gate, SpeechStarted(0), SpeechStopped(350))  # cut at 300, shut until 800
    assert 800 == gate.deadline
    told(gate, SpeechStarted(400))
    assert 700 == gate.deadline
    told(gate, SpeechStopped(500), SpeechStarted(600))
    assert 800 == gate.deadline
    assert [(850, "PLAY"), (900, "FLUSH"), (950, "DROP")] == told(gate, delta(850, "B"), delta(950, "C"))
    assert 1_400 == gate.deadline


# ---- verdicts, drawn


@pytest.mark.parametrize(("user", "heard"), [
    ("....uu..........", "AAAA..AAAAAA...."),  # 200 ms: nothing, and it goes on where it stopped
    ("....uuu.........", "AAAA............"),  # 300 ms: speech
    ("....uuuuuu......", "AAAA............"),
    ("....u.u.........", "AAAA.A.AAAAA...."),
])  # fmt: skip
def test_a_gate_that_holds_goes_on_when_it_was_nothing(user: str, heard: str) -> None:
    """A false alarm is a verdict of its own: the trigger's wait decides it."""
    assert heard == play(HOLD_AND_SEE, sent=["AAAAA", "AAAAA"], user=user)


def test_what_is_sent_while_held_waits_behind_what_waits() -> None:
    """In order, and without a gap once it goes on."""
    assert "AAA..ABBB" == play(HOLD_AND_SEE, sent=["AAAABB...", "......B.."], user="...uu....")


def test_a_report_that_comes_again_cuts_what_came_since() -> None:
    """The detector of xAI reports one stretch twice: the response that began in between is revoked too."""
    gate = Gate(policy("keyed"))
    assert [(400, "FLUSH"), (500, "PLAY"), (600, "FLUSH"), (700, "DROP"), (800, "PLAY")] == told(
        gate, SpeechStarted(400), delta(500, "B"), SpeechStarted(600), delta(700, "B"), delta(800, "C")
    )


def test_a_policy_listens_to_one_detector_alone() -> None:
    """The edges of others open nothing and cut nothing."""
    gate = Gate(policy("suppress@local-vad"))
    assert [] == told(gate, SpeechStarted(100), SpeechStopped(150))
    assert [(200, "FLUSH"), (300, "DROP")] == told(
        gate, SpeechStarted(200, "local-vad"), SpeechStopped(250), delta(300)
    )
    assert [(500, "PLAY")] == told(gate, SpeechStopped(400, "local-vad"), delta(500))


# ---- names


def test_a_name_says_whose_detector_unless_it_is_the_providers() -> None:
    """Short in tables; the long form is understood as well, and a policy is itself."""
    assert ["keyed", "keyed@local-vad"] == [policy(n).title for n in ("keyed@provider", "keyed@local-vad")]
    assert policy("keyed") == policy("keyed@provider")
    assert HOLD_AND_SEE is policy(HOLD_AND_SEE)
    assert "local-vad" == policy("stop-only").at("local-vad").trigger.source


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_stands_under_its_own_name_and_says_what_it_does(name: str) -> None:
    """In one line, for tables."""
    assert name == POLICIES[name].name == policy(name).name
    assert 0 < len(POLICIES[name].note) < 120


@pytest.mark.parametrize(("value", "name"), [
    (TWO_CLOCKS, "reaction"), (TWO_CLOCKS.trigger, "wait_ms"), (TWO_CLOCKS.reaction, "timeout_ms"),
    (Decision(0, FLUSH), "at"), (Cut(0, frozenset("A")), "revoked"),
])  # fmt: skip
def test_what_a_gate_is_made_of_and_what_it_gives_are_values(value: object, name: str) -> None:
    """Two gates may share a policy, and what was decided stays so."""
    with pytest.raises(AttributeError):
        setattr(value, name, getattr(value, name))


@pytest.mark.parametrize("flow", [OPEN, HELD, SHUT])
@pytest.mark.parametrize("action", [FLUSH, RESUME, None])
def test_a_table_that_loses_a_delta_is_refused(flow: object, action: object) -> None:
    """Every row of a delta names its fate; what flushes or resumes the queue is none."""
    with pytest.raises(ValueError, match="must play, hold or drop the delta"):
        Reaction({**STAY, (flow, Delta): (flow, action)})  # type: ignore[dict-item]
    assert Reaction({**STAY, (flow, Delta): (flow, DROP)})  # type: ignore[dict-item]
