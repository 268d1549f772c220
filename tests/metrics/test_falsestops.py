"""False stops: at what they happened, per minute at risk, and what became of the answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.corpus import open_corpus, run_policies
from bargein.events import Event, SpeechStarted, dated
from bargein.gate import Action, Decision
from bargein.gate import policy as policy_named
from bargein.gate.policies import Playing
from bargein.ledger import Generated, Heard, Row
from bargein.metrics.falsestops import FalseStops, Stop, false_stops, first_stops
from bargein.metrics.onsets import DISTRACTORS, Onset
from bargein.metrics.stopping import Facts, episodes
from bargein.outcome import Link, Outcome
from bargein.session import Label
from bargein.timeline import Span
from score import drawn, outcome_of
from strategies import LENGTH_MS, logs

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
#: Reported at 400 ms; A would sound to 1,600.
COUGH = drawn(["AAAAAAAA..............", "AAAAAAAA.............."], "....uu................")


def counted(outcome: Outcome, *labels: Label) -> FalseStops:
    """Count what happened at labelled onsets; each is of its own kind."""
    facts = Facts.of(outcome)
    return false_stops(facts, episodes(facts, [Onset(x, x.kind) for x in labels]), labels)


def at(kind: str, onset: int, offset: int) -> Label:
    """Label something."""
    return Label(kind, onset, offset, basis="acoustic")


@pytest.mark.parametrize(("kind", "policy", "stopped"), [
    ("tic", "keyed", (("tic", 1, 1),)),
    ("tic", "duck", (("tic", 0, 1),)),  # two ticks of sound are not half a second
    ("noise", "keyed", (("noise", 1, 1),)),
    ("interruption", "keyed", ()),  # the user meant it
])  # fmt: skip
def test_a_stop_at_what_was_labelled(kind: str, policy: str, stopped: tuple[tuple[str, int, int], ...]) -> None:
    """One event, counted where it belongs; none of it is ambient."""
    found = counted(outcome_of(policy, COUGH, 2_200), at(kind, 250, 500))
    assert (stopped, 0) == (found.kinds, found.ambient)


def test_a_stop_at_nothing_labelled_is_ambient() -> None:
    """A label elsewhere says that somebody listened. At risk: 0 to 400 ms, then A had been stopped."""
    found = counted(outcome_of("keyed", COUGH, 9_000), at("speech", 6_000, 7_000))
    assert ((), 1, 400, 150.0) == (found.kinds, found.ambient, found.at_risk_ms, found.per_minute)


def test_where_labels_may_be_answered_nothing_is_at_risk() -> None:
    """The user's own words 200 ms before the report."""
    found = counted(outcome_of("keyed", COUGH, 9_000), at("speech", 200, 7_000))
    assert (0, 200) == (found.ambient, found.at_risk_ms)


def test_without_labels_nothing_is_known() -> None:
    """Not no false stops."""
    assert FalseStops() == counted(outcome_of("keyed", COUGH, 2_200))


def test_the_stop_is_of_the_last_thing_that_was_heard() -> None:
    """A cough at 250 ms that the gate sat out, a word at 700 that it did not."""
    events = drawn(["AAAAAAAAAA..........", "AAAAAAAAAA.........."], "....uu..uuuuuuuuu...")
    found = counted(outcome_of("duck", events, 2_000), at("tic", 250, 500), at("interruption", 700, 1_600))
    assert ((("tic", 0, 1),), 0) == (found.kinds, found.ambient)


def test_a_stop_belongs_to_its_report_however_long_it_drains() -> None:
    """A carrier plays on for 5 s after the cut: longer than anybody would wait for an answer to 250 ms."""
    gate = replace(policy_named("keyed"), player=Playing(recalls=False))
    facts = Facts.of(outcome_of(gate, drawn(["AAAA"] * 20, "....uuu" + "." * 90), 9_700, Link(carrier_ms=5_000)))
    meant = at("interruption", 250, 600)
    assert [(400, 5_400)] == [(s.reported, s.at) for s in first_stops(facts)]
    assert 0 == false_stops(facts, episodes(facts, [Onset(meant, meant.kind)]), [meant]).ambient


def test_an_answer_heard_to_its_end_was_not_stopped() -> None:
    """Reported while it sounded, and nobody cut it."""
    assert () == first_stops(Facts.of(outcome_of("indicator", COUGH, 2_200)))


def test_a_stall_and_the_sessions_end_are_no_stops() -> None:
    """Audio that comes too late leaves a silence without any report; the session ends while A sounds."""
    stalled = drawn("AA....AA............", "....................")
    assert () == first_stops(Facts.of(outcome_of("keyed", stalled, 2_000)))
    assert () == first_stops(Facts.of(outcome_of("indicator", COUGH, 1_000)))


def test_a_stall_hides_no_later_stop() -> None:
    """Audio that came too late from 500 to 900 ms; reported and flushed at 1,900; nothing of A after 2,000."""
    made = Generated((Row(0, "A", "A", 0, 3_000),), 1_000)
    facts = Facts(Heard.of({"A": [Span(0, 500), Span(900, 2_000)]}), made, (), [SpeechStarted(1_900)], 9_000,
                  (Decision(1_900, Action.FLUSH),))  # fmt: skip
    assert (Stop("A", 1_900, 2_000),) == first_stops(facts)
    assert (Stop("A", 1_900, 2_000),) == first_stops(replace(facts, decisions=())), "as recorded"
    label = at("speech", 5_000, 6_000)
    found = false_stops(facts, episodes(facts, [Onset(label, "speech")]), [label])
    assert (1, 1_600) == (found.ambient, found.at_risk_ms), "at risk while it sounded, until the stop"


def test_a_report_that_no_gate_heeds_makes_no_stop_of_a_stall() -> None:
    """The indicator goes red at 300 ms and lets A play; from 600 to 1,000 there was nothing to play."""
    stalled = drawn(["AAAAAA....AAAA......"], "...uu...............")
    assert () == first_stops(Facts.of(outcome_of("indicator", stalled, 2_000)))


def test_a_gate_that_cuts_once_is_not_blamed_for_a_stall() -> None:
    """Stop-only cuts A at 300 ms, the next delta plays on at once, and runs dry at 800: nobody was stopped."""
    stalled = drawn(["AAAAAAAA....AAAA....", "...................."], "...uu...............")
    heard = outcome_of("stop-only", stalled, 2_000).heard
    assert [Span(0, 800), Span(1_200, 1_600)] == [*heard.timeline(["A"]).spans]
    assert () == first_stops(Facts.of(outcome_of("stop-only", stalled, 2_000)))


def test_a_stop_by_a_detector_that_was_not_logged() -> None:
    """Cut at 900 ms of 2,000 and never heard again, without a report in the log; a replay would know its report."""
    heard = Heard.of({"A": [Span(0, 900)]})
    facts = Facts(heard, Generated((Row(0, "A", "A", 0, 2_000),), 1_000), (), (), 9_000)
    assert (Stop("A", 900, 900),) == first_stops(facts)
    gap = replace(facts, heard=Heard.of({"A": [Span(0, 900), Span(1_500, 1_700)]}))
    assert (Stop("A", 1_700, 1_700),) == first_stops(gap), "the first silence may have been a stall, the last was none"
    assert () == first_stops(replace(facts, decisions=(Decision(0, Action.PLAY),)))


def test_a_hold_resumes_where_it_was() -> None:
    """LiveKit holds half a second after the report and lets it go 2 s after the user fell silent; nothing is lost."""
    events = drawn(["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] * 2, "." * 36 + "uuuuuuuu" + "." * 40,
                   source="local-vad")  # fmt: skip
    outcome = outcome_of("livekit", events, 9_000)
    found = counted(outcome, at("tic", 3_500, 4_400))
    assert (("tic", 1, 1),) == found.kinds
    assert (Stop("A", 3_600, 4_100, 6_400, 0),) == found.stops
    assert [2_300] == found.gaps_ms


def test_what_comes_back_may_have_lost_its_beginning() -> None:
    """Suppress drops three deltas of A until the user is silent, and lets the fourth in."""
    events = drawn("AAAAAAAAAA....", "....uuu.......")
    (stop,) = first_stops(Facts.of(outcome_of("suppress", events, 2_000)))
    assert (400, 700, 300, 300) == (stop.at, stop.resumed, stop.gap_ms, stop.skipped_ms)


def test_a_channel_cannot_tell_stops_of_responses() -> None:
    """It knows no responses, and a log without a player's knows nothing."""
    facts = Facts(None, Generated((), 1_000), (), [SpeechStarted(700)], 3_000)
    assert () == first_stops(facts)
    assert FalseStops() == false_stops(facts, [], [at("tic", 1, 2)])


def shifted(label: Label, ms: int) -> Label:
    """Move a label."""
    return at(label.kind, label.onset_ms + ms, label.offset_ms + ms)


@given(logs(), st.lists(st.tuples(st.sampled_from(DISTRACTORS), st.integers(0, LENGTH_MS - 500)), max_size=3),
       st.integers(0, 5_000))  # fmt: skip
def test_shifting_everything_changes_nothing(events: list[Event], put: list[tuple[str, int]], ms: int) -> None:
    """Counts, gaps and time at risk are differences of times."""
    labels = [at(kind, t, t + 400) for kind, t in put]
    one = counted(outcome_of("suppress", events, LENGTH_MS), *labels)
    moved = outcome_of("suppress", [dated(e, e.at + ms) for e in events], LENGTH_MS + ms)
    other = counted(moved, *(shifted(x, ms) for x in labels))
    assert (one.kinds, one.ambient, one.at_risk_ms, one.gaps_ms) == (
        other.kinds, other.ambient, other.at_risk_ms, other.gaps_ms,
    )  # fmt: skip


@given(logs(), st.integers(0, LENGTH_MS - 500))
def test_every_false_stop_is_counted_once(events: list[Event], t: int) -> None:
    """At a label or ambient; and a stop at a label needs a label that could have stopped something."""
    found = counted(outcome_of("keyed", events, LENGTH_MS), at("noise", t, t + 400))
    assert len(found.stops) == found.ambient + sum(stopped for _, stopped, _ in found.kinds)
    assert all(stopped <= asked for _, stopped, asked in found.kinds)
    assert 0 <= found.at_risk_ms <= LENGTH_MS


KINDS = st.dictionaries(st.sampled_from(DISTRACTORS), st.integers(0, 3)).map(
    lambda d: tuple((k, d[k], d[k] + 1) for k in DISTRACTORS if k in d)
)
SOME = st.builds(FalseStops, KINDS, st.integers(0, 3), st.integers(0, 3), st.integers(0, 9_000))


@given(SOME, SOME, SOME)
def test_pooling_is_additive(a: FalseStops, b: FalseStops, c: FalseStops) -> None:
    """In any grouping; kinds stay apart."""
    assert a + b + c == a + (b + c)
    assert a + FalseStops() == a
    total = Counter({k: n for k, _, n in a.kinds}) + Counter({k: n for k, _, n in b.kinds})
    assert dict(total) == {k: n for k, _, n in (a + b).kinds}


def test_waiting_on_the_providers_edges_sits_out_no_cough() -> None:
    """Embedded sessions: OpenAI's end silence keeps a cough reported for a second and more; Grok reports none."""
    runs = [run for case in open_corpus(SESSIONS, verify=False) if case.session.info.situation == "cough"
            for run in run_policies(case, ["keyed", "duck"])]  # fmt: skip
    by = {p: sum((false_stops(Facts.of(r.outcome), r.episodes, r.case.session.labels) for r in runs
                  if r.outcome.policy.name == p), FalseStops()) for p in ("keyed", "duck")}  # fmt: skip
    assert {"keyed": (("tic", 2, 3),), "duck": (("tic", 2, 3),)} == {p: f.kinds for p, f in by.items()}
