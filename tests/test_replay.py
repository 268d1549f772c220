"""What a replay may and may not depend on; and that three clocks keep their order."""

from __future__ import annotations

from dataclasses import replace
from heapq import merge
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.audio.places import data_dir
from bargein.errors import NotAnswerable
from bargein.events import LOCAL_VAD, SOURCES, Delta, Event, ResponseDone, SpeechStarted, SpeechStopped, dated
from bargein.gate import POLICIES, Policy, Reaction, Trigger
from bargein.gate.policies import AFTER_A_WAIT, AT_ONCE
from bargein.gate.tables import HELD, HOLD, OPEN, RESUME, STAY
from bargein.ledger import Basis, Delivered, Generated, Heard
from bargein.outcome import Link, Outcome
from bargein.providers import Response, read
from bargein.replay import local_edges, replay, run
from bargein.replay.parties import delivered, relayed
from bargein.session import load
from bargein.session.model import Record
from bargein.timeline import Span, Timeline
from bargein.units import ms_of
from late_audio import late
from score import outcome_of, reading_of, session_of
from strategies import LENGTH_MS, Conversation, conversations, logs

LINKS = [Link(), Link(delay_ms=60, jitter_ms=250, seed=7), Link(jitter_ms=2_000, start_latency_ms=80, seed=1)]
links, jitters = st.sampled_from(LINKS), st.sampled_from(LINKS[1:])

#: What ships, and two that wait: for the user's end, for speech that lasts.
HOLDING = Policy("holding", Trigger(AT_ONCE, "provider"), Reaction({
    **STAY,
    (OPEN, SpeechStarted): (HELD, HOLD),
    (HELD, SpeechStopped): (OPEN, RESUME),
}))  # fmt: skip
DEBOUNCED = Policy("debounced", Trigger(AFTER_A_WAIT, "provider", wait_ms=150), POLICIES["suppress"].reaction)
GATES = {p.title: p for gate in (*POLICIES.values(), HOLDING, DEBOUNCED) for p in map(gate.at, SOURCES)}
gates = st.sampled_from(sorted(GATES))


def replayed(conversation: Conversation, name: str, link: Link) -> Outcome:
    """Through everything a recorded session goes through: its lines are read, delivered, judged and played."""
    return replay(conversation.session, GATES[name], link, edges=conversation.local)


Part = tuple[str, str, int]


def heard_samples(outcome: Outcome) -> dict[Part, list[tuple[int, int, int]]]:
    """Which samples of each part sounded when: (run, place in the run less sample number, samples) joined up."""
    found: dict[tuple[Part, int, int], list[Span]] = {}
    for p in outcome.heard.rows:
        key = (p.response, p.item, p.content), p.run, p.offset - p.first
        found.setdefault(key, []).append(Span(p.first, p.first + p.samples))
    said: dict[Part, list[tuple[int, int, int]]] = {}
    for (part, began, shift), spans in sorted(found.items()):
        said.setdefault(part, []).extend((began, shift + s.start, s.ms) for s in Timeline(spans))
    return said


def told(outcome: Outcome) -> tuple[object, ...]:
    """Everything of an outcome that may not depend on how the sound was cut or how often somebody looked."""
    return heard_samples(outcome), outcome.cuts, outcome.unplayed, outcome.nodes.left_connected


@given(conversations(), gates, jitters, st.integers(0, 50), st.floats(0.01, 0.99))
def test_cutting_a_delta_in_two_changes_nothing_heard(
    conversation: Conversation, name: str, link: Link, which: int, share: float
) -> None:
    """How audio happened to be cut is no fact about the session, with jitter on, under every gate and detector."""
    split = conversation.cut_in_two(which, share)
    assert told(replayed(conversation, name, link)) == told(replayed(split, name, link))


@given(conversations(), gates, jitters, st.lists(st.integers(0, LENGTH_MS), max_size=20), st.booleans())
def test_looking_at_the_clock_more_often_changes_nothing_heard(
    conversation: Conversation, name: str, link: Link, looks: list[int], first: bool
) -> None:
    """A deadline is served when it falls due, however often somebody looks: plain events only move the clock."""
    session, gate = conversation.session, GATES[name]
    reading = read(session)
    edges = conversation.local if gate.trigger.source == LOCAL_VAD else ()
    passed = relayed(reading.events, gate, link, edges)
    log = list(merge(delivered(passed.events, link), edges, key=lambda e: e.at))
    clock = map(Event, sorted(looks))
    often = merge(*[clock, log] if first else [log, clock], key=lambda e: e.at)
    once = told(run(session, gate, link, reading, log))
    assert once == told(run(session, gate, link, reading, often))
    assert once == told(replayed(conversation, name, link))


@given(conversations(), gates, links)
def test_a_line_that_comes_again_under_its_id_changes_nothing(
    conversation: Conversation, name: str, link: Link
) -> None:
    """Also later, and on another connection: it is the same event, and the log says that it was repeated."""
    first = {r.payload["event_id"]: r for r in reversed(conversation.records)}
    lean = conversation._replace(records=tuple(r for r in conversation.records if first[r.payload["event_id"]] is r))
    assert told(replayed(lean, name, link)) == told(replayed(conversation, name, link))
    repeats = len(conversation.records) - len(lean.records)
    assert repeats == read(conversation.session).warnings["repeated event id"]


def distinct(ledger: Generated | Delivered | Heard) -> dict[Part, int]:
    """How many different samples of each part there are, whatever the type says itself."""
    pieces: dict[Part, list[Span]] = {}
    for r in ledger:
        pieces.setdefault((r.response, r.item, r.content), []).append(Span(r.first, r.first + r.samples))
    return {part: Timeline(spans).ms for part, spans in pieces.items()}


@given(conversations(), gates, links)
def test_generated_delivered_heard_keep_their_order(conversation: Conversation, name: str, link: Link) -> None:
    """Per item, distinct samples generated >= delivered >= heard; per sample, the instants stand in that order."""
    outcome = replayed(conversation, name, link)
    made, came, sounded = map(distinct, (outcome.generated, outcome.delivered, outcome.heard))
    assert all(came[part] <= made[part] for part in came)
    assert all(sounded[part] <= came[part] for part in sounded)
    assert sum(sounded.values()) == outcome.heard.samples(), "no sample sounds twice"
    generated_at = {(r.part, r.first): r.at for r in outcome.generated}
    for r in outcome.delivered:
        assert generated_at[r.part, r.first] + link.delay_ms <= r.at
        for p in outcome.heard:  # what came first of a delta sounds no sooner than it came
            if (p.response, p.item, p.content) == r.part and p.first <= r.first < p.first + p.samples:
                assert r.at <= p.run + ms_of(p.offset + r.first - p.first, outcome.heard.rate)


@given(conversations(), gates, links)
def test_every_millisecond_is_somebodys_both_or_neithers(conversation: Conversation, name: str, link: Link) -> None:
    """User only + agent only + both + neither = length, whatever gate ran: no minimum lasts, no rounding is lost."""
    whole = Span(0, LENGTH_MS)
    user, agent = conversation.user.clip(whole), replayed(conversation, name, link).heard.timeline()
    only = (user - agent).ms, (agent - user).ms, (user & agent).ms, (user | agent).gaps(whole).ms
    assert LENGTH_MS == sum(only)


@given(conversations(), st.sampled_from(SOURCES), links)
def test_keyed_never_plays_what_was_known_before_a_report_of_speech(
    conversation: Conversation, source: str, link: Link
) -> None:
    """From the log's order and sample ids, not from the gate's own books."""
    assert [] == late(replayed(conversation, f"keyed@{source}".removesuffix("@provider"), link))


@given(logs(), links)
def test_keyed_needs_no_order_in_what_arrives(events: list[Event], link: Link) -> None:
    """The same of logs that no provider would send: deltas of any response at any time, edges without a partner."""
    assert [] == late(outcome_of("keyed", events, LENGTH_MS, link))


@given(conversations(), gates, links)
def test_nobody_speaks_twice_at_once_and_nothing_sounds_after_the_end(
    conversation: Conversation, name: str, link: Link
) -> None:
    """Runs follow one another, and the session's length is a fact."""
    heard = replayed(conversation, name, link).heard
    spans = [p.span(heard.rate) for p in heard]
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(s.end <= LENGTH_MS for s in spans)


@given(conversations(), links)
def test_the_indicator_plays_everything_that_was_delivered(conversation: Conversation, link: Link) -> None:
    """A gate that does nothing loses nothing: what is not heard is still queued at the end."""
    outcome = replayed(conversation, "indicator", link)
    assert outcome.delivered.samples() == outcome.heard.samples() + outcome.unplayed


# ---- the way to the client


def deltas(*at: int) -> list[Event]:
    """100 ms of one item at each of these times."""
    return [Delta(t, "A", "a", 2_400 * i, 2_400) for i, t in enumerate(at)]


def arrivals(events: list[Event], link: Link, connections: str = "") -> list[int]:
    """When the client saw each of these deltas; a letter is its connection."""
    log = zip(events, connections or "a" * len(events), strict=True)
    seen = delivered(log, link)
    return [next(e.at for e in seen if dated(e, d.at) == d) for d in events]


def test_a_delay_is_added_to_everything_alike() -> None:
    """Without jitter nothing else is."""
    assert [70, 130, 130] == arrivals(deltas(0, 60, 60), Link(delay_ms=70))


def test_jitter_is_shared_by_what_was_received_together() -> None:
    """Both halves of a split delta are delayed alike, and delivery stays in order."""
    at = arrivals(deltas(0, 0, 10, 20), Link(jitter_ms=500, seed=3))
    assert at[0] == at[1]
    assert sorted(at) == at
    assert len({*at}) > 1, "this seed spreads them"


def test_jitter_takes_every_value_up_to_its_bound_and_no_other() -> None:
    """Whole milliseconds from 0 to the bound, both included, one draw per receive time, another per seed."""
    far = deltas(*range(0, 10_000, 100))
    came = [arrivals(far, Link(jitter_ms=3, seed=seed)) for seed in (1, 2)]
    later = [[t - d.at for t, d in zip(at, far, strict=True)] for at in came]
    assert {0, 1, 2, 3} == {*later[0]} == {*later[1]}
    assert later[0] != later[1]


def test_only_another_connection_overtakes() -> None:
    """On one connection what was sent later arrives later; two connections know nothing of each other."""
    link, sent = Link(jitter_ms=2_000, seed=1), deltas(*range(0, 2_000, 100))
    assert sorted(arrivals(sent, link)) == arrivals(sent, link)
    alternating = arrivals(sent, link, "ab" * 10)
    assert sorted(alternating) != alternating
    assert sorted(alternating[::2]) == alternating[::2]


@pytest.mark.parametrize("latency", [0, 120])
def test_start_latency_counts_only_into_an_empty_queue(latency: int) -> None:
    """The first delta waits; what follows while it sounds does not."""
    events: list[Event] = [Delta(0, "A", "a", 0, 4_800), Delta(100, "A", "a", 4_800, 4_800)]
    heard = outcome_of("indicator", events, 5_000, Link(start_latency_ms=latency)).heard
    assert Timeline([Span(latency, latency + 400)]) == heard.timeline()


@pytest.mark.parametrize("name", ["delay_ms", "jitter_ms", "start_latency_ms"])
def test_nothing_arrives_before_it_is_sent(name: str) -> None:
    """A negative time is refused by its name; none at all is the default."""
    with pytest.raises(ValueError, match=f"{name} is -1"):
        Link(**{name: -1})
    assert Link() == Link(**{name: 0})


# ---- the edges of a session


@pytest.mark.parametrize(("at", "heard_ms"), [(899, 101), (1_000, 0), (1_001, 0)])
def test_what_arrives_at_the_end_is_delivered_and_what_comes_later_is_not(at: int, heard_ms: int) -> None:
    """A session of one second: a delta in its last instant has arrived, and none of it is heard."""
    outcome = outcome_of("keyed", [Delta(at, "A", "a", 0, 4_800)], 1_000)
    assert (heard_ms, at <= 1_000) == (outcome.heard.audio_ms(), bool(outcome.delivered.rows))
    assert (200 - heard_ms if at <= 1_000 else 0) == outcome.unplayed_at_end_ms
    assert 4_800 == outcome.generated.samples()


def test_a_deadline_falls_due_before_playback_and_playback_before_the_log() -> None:
    """All in one millisecond: the mute ends, so the delta of that instant plays."""
    quick = Policy("quick", POLICIES["suppress"].trigger, Reaction(POLICIES["suppress"].reaction.table, timeout_ms=300))
    events: list[Event] = [*deltas(0), SpeechStarted(50), Delta(349, "B", "b", 0, 240), Delta(350, "C", "c", 0, 240)]
    assert ("A", "C") == outcome_of(quick, events, 1_000).heard.responses()


def test_an_outcome_says_what_it_assumed_and_kept() -> None:
    """The link, the local detector, a clock that was derived, and what the session itself states."""
    session = session_of(1_000)
    session.records = ()
    session.info = replace(session.info, clock="appends", clock_step_ms=40, assumed=("a guess",))
    plain = replay(session, "keyed", Link(20, 30, 40))
    assert ("link: 20 ms one way, jitter up to 30 ms, start 40 ms", "times from appended audio, in steps of 40 ms",
            "a guess") == plain.assumed  # fmt: skip
    assert ("user", "provider", "echo") == plain.held_fixed
    assert Basis("modelled", 30) == plain.heard.basis
    local = replay(session, "keyed@local-vad", edges=())
    assert ["Silero" in said for said in local.assumed] == [False, True, False, False]


def test_a_wall_clock_is_no_assumption() -> None:
    """Nothing but the link is assumed of a recording with receive times."""
    assert 1 == len(outcome_of("keyed", [], 1_000).assumed)


def test_an_outcome_and_its_link_are_values() -> None:
    """What was compared with others stays what it was."""
    outcome = outcome_of("keyed", [], 1_000)
    for value, name in ((outcome, "heard"), (outcome.link, "seed")):
        with pytest.raises(AttributeError):
            setattr(value, name, getattr(value, name))


def test_an_outcome_shows_what_was_heard_and_how_often_it_was_cut() -> None:
    """In one line, for a notebook."""
    outcome = outcome_of("keyed", [*deltas(0), SpeechStarted(60)], 1_000)
    assert "<Outcome of drawn under keyed: 60 ms heard, 1 cuts>" == repr(outcome)


def test_local_edges_wait_their_turn_behind_the_log() -> None:
    """A local detector is not behind the link: its edges are merged by time as they are."""
    session = session_of(2_000)
    session.records = ()
    events = deltas(0, 0, 0)
    edges = [SpeechStarted(150, LOCAL_VAD)]
    outcome = replay(session, "keyed@local-vad", Link(delay_ms=100), reading=reading_of(events), edges=edges)
    assert Timeline([Span(100, 150)]) == outcome.heard.timeline()
    assert [150] == [c.at for c in outcome.cuts]
    deaf = replay(session, "keyed", Link(delay_ms=100), reading=reading_of(events), edges=edges)
    assert Timeline([Span(100, 400)]) == deaf.heard.timeline()


def test_a_local_detectors_edges_are_in_session_time() -> None:
    """A track that begins later has its edges later; a session without a user's track has nobody to listen to."""
    session = load(data_dir() / "sessions" / "grok-03-local-vad-cut")
    user = session.info.tracks["user"]
    found = local_edges(session)
    assert found
    session.info = replace(session.info, tracks={"user": replace(user, origin_ms=user.origin_ms + 700)})
    assert [dated(e, e.at + 700) for e in found] == local_edges(session)
    assert {LOCAL_VAD} == {e.source for e in found}
    with pytest.raises(NotAnswerable, match="no user track"):
        replay(session_of(1_000), "keyed@local-vad", reading=reading_of([]))


@pytest.mark.parametrize(("name", "interrupted", "known_until"), [
    ("indicator", True,  {"A": 300}),  # all there is was heard: the provider stopped, the gate had played on
    ("indicator", False, {}),          # the agent had said what it wanted to say
    ("keyed",     True,  {}),          # the gate was first: what it cut is known
])  # fmt: skip
def test_where_the_provider_stopped_nothing_later_is_known(
    name: str, interrupted: bool, known_until: dict[str, int]
) -> None:
    """A response the provider broke off is censored from its last sample on, where that was heard."""
    events = [*deltas(0, 0, 0), SpeechStarted(150), ResponseDone(160, "A", "cancelled")]
    reading = replace(reading_of(events), responses={"A": Response("A", interrupted=interrupted)})
    assert known_until == replay(session_of(1_000), name, reading=reading).censored_from


@pytest.mark.parametrize(("kind", "says"), [("heard", "what was heard"), (None, "no agent track")])
def test_what_cannot_be_replayed_says_why(kind: str | None, says: str) -> None:
    """A call's agent channel is what was heard; without an agent track there is nothing to play."""
    delta = {"type": "response.output_audio.delta", "response_id": "A", "item_id": "a", "event_id": "e",
             "delta": {"stored": 0, "first": 0, "samples": 2_400}}  # fmt: skip
    session = Conversation((Record(0, 0, "s2c", "a", delta),), (), Timeline()).session
    tracks = {} if kind is None else {"agent": replace(session.info.tracks["agent"], kind=kind)}
    session.info = replace(session.info, tracks=tracks)
    with pytest.raises(NotAnswerable, match=f"drawn: .*{says}"):
        replay(session)


def test_a_session_in_which_the_agent_says_nothing_needs_no_agent_track() -> None:
    """Nothing was generated, so nothing is missing."""
    session = Conversation((), (), Timeline()).session
    session.info = replace(session.info, tracks={})
    assert Timeline() == replay(session).heard.timeline()
