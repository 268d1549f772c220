"""A stop taken apart: sums, what dominates, and sessions in which each stage does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.corpus import Case, run_policies
from bargein.events import PROVIDER, Command, Event, dated
from bargein.gate import Policy
from bargein.gate import policy as policy_named
from bargein.gate.policies import AFTER_A_WAIT, DROP_REVOKED, Playing
from bargein.gate.tables import Trigger
from bargein.metrics.onsets import Onset
from bargein.metrics.stages import STAGES, Stages, StageSums, actions, stages, words
from bargein.metrics.stopping import Episode, Facts, episodes
from bargein.outcome import Link, Outcome
from bargein.session import Label, load
from score import drawn, outcome_of
from strategies import LENGTH_MS, logs

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
#: As ``keyed``, but the user must have spoken for half a second.
PATIENT = Policy("patient", Trigger(AFTER_A_WAIT, PROVIDER, wait_ms=500), DROP_REVOKED)
#: As ``keyed``, on a telephone whose carrier keeps what it was handed.
NO_CLEAR = replace(policy_named("keyed"), name="no-clear", player=Playing(recalls=False))
#: Generated at twice real time; the user's onset lies 150 ms before the report at 400 ms.
RUNS_ON = drawn(["AAAAAAAA..............", "AAAAAAAA.............."], "....uuuuuuuu..........")


def around(outcome: Outcome, onset: int) -> Episode:
    """Give what happened around one labelled interruption."""
    label = Label("interruption", onset, onset + 900, basis="acoustic")
    (found,) = episodes(Facts.of(outcome), [Onset(label, "interruption")])
    return found


@pytest.mark.parametrize(("policy", "link", "expected"), [
    ("keyed", Link(), Stages(150, 0, 0)),                     # 250..400 and silent
    ("scheduled", Link(), Stages(150, 15, 0)),                # a fade of 15 ms
    (PATIENT, Link(), Stages(150, 500, 500)),                 # waits until 900
    ("duck", Link(), Stages(150, 500, 500)),                  # softer is not silent
    (NO_CLEAR, Link(carrier_ms=300), Stages(150, 300, 0)),    # plays what the carrier holds
    ("relay-only", Link(), Stages(150, 400, 0)),              # by 400 ms 800 ms of sound had been forwarded
    ("relay-only", Link(delay_ms=100), Stages(250, 400, 0)),  # the relay acted before the client knew
    ("keyed", Link(delay_ms=100), Stages(250, 0, 0)),         # the report comes later, to act is no later
    ("stop-only", Link(), None),                              # audio goes on at once: it ends by itself
    ("indicator", Link(), None),
    ("livekit", Link(), None),                                # listens to another detector: nobody reported
])  # fmt: skip
def test_a_drawn_stop(policy: str | Policy, link: Link, expected: Stages | None) -> None:
    """Onset 250 ms, report 400 ms; the response would go on to 1600."""
    outcome = outcome_of(policy, RUNS_ON, 2_200, link)
    assert expected == stages(around(outcome, 250), actions(outcome))


def test_a_gate_that_waits_for_words_waits_from_the_report_on() -> None:
    """Three words at 700 ms: those who write the transcript reported the user at 400."""
    said = drawn(["AAAAAAAA..............", "AAAAAAAA.............."], "....uuuuuuuu..........", said=".....1.3")
    outcome = outcome_of("pipecat-min-words", said, 2_200)
    assert Stages(150, 300, 300) == stages(around(outcome, 250), actions(outcome))


@pytest.mark.parametrize(("policy", "link", "expected"), [
    ("keyed", Link(), Stages(0, 0, 0)),
    ("scheduled", Link(), Stages(0, 10, 0)),
    ("relay-only", Link(delay_ms=3), Stages(0, 398, 0)),  # by 400 ms it had forwarded what sounds until 803
])  # fmt: skip
def test_a_detector_may_be_earlier_than_the_label(policy: str, link: Link, expected: Stages) -> None:
    """Onset 405 ms, report 400 ms: noticed in no time, and what was done before the onset is the action."""
    outcome = outcome_of(policy, RUNS_ON, 2_200, link)
    assert expected == stages(around(outcome, 405), actions(outcome))


def test_a_hold_is_an_action() -> None:
    """LiveKit's gate hears itself, 3 s after the first sound, and holds after half a second."""
    events = drawn(["A" * 40] * 2, "." * 36 + "uuuuuuuu" + "." * 40, source="local-vad")
    outcome = outcome_of("livekit", events, 8_400)
    assert Stages(100, 500, 500) == stages(around(outcome, 3_500), actions(outcome))


def test_a_recording_tells_of_actions_what_the_client_said() -> None:
    """A truncate says when it acted; without one, acting and draining are one figure."""
    e = around(outcome_of(PATIENT, RUNS_ON, 2_200), 250)
    events: list[Event] = [Command(100, "create"), Command(200, "truncate"), Command(700, "truncate")]
    assert Stages(150, 500, 300) == stages(e, words(events), known=False)
    assert Stages(150, 500, None) == stages(e, words(events[:2]), known=False)
    assert "act or drain" == Stages(150, 500, None).dominant


@given(logs(), st.integers(0, LENGTH_MS), st.sampled_from(["keyed", "suppress", "stop-only", "relay-only", "duck"]),
       st.sampled_from([Link(), Link(delay_ms=60, up_ms=30), Link(carrier_ms=700)]))  # fmt: skip
def test_the_stages_sum_to_the_stop(events: list[Event], onset: int, policy: str, link: Link) -> None:
    """Whatever the log, the gate and the link; and no stage is negative."""
    outcome = outcome_of(policy, events, LENGTH_MS, link)
    e = around(outcome, onset)
    found = stages(e, actions(outcome))
    if found is not None:
        assert e.stop_ms == found.detect_ms + found.act_ms + found.drain_ms == found.stop_ms
        assert min(found.detect_ms, found.act_ms, found.drain_ms) >= 0


@given(logs(), st.integers(0, LENGTH_MS // 2), st.integers(0, 5_000))
def test_shifting_everything_changes_nothing(events: list[Event], onset: int, ms: int) -> None:
    """Stages are differences of times."""
    one = outcome_of("scheduled", events, LENGTH_MS)
    other = outcome_of("scheduled", [dated(e, e.at + ms) for e in events], LENGTH_MS + ms)
    assert stages(around(one, onset), actions(one)) == stages(around(other, onset + ms), actions(other))


SOME = st.lists(st.builds(Stages, st.integers(0, 900), st.just(500), st.none() | st.integers(0, 500)), max_size=8)


@given(SOME, SOME)
def test_pooling_is_additive(a: list[Stages], b: list[Stages]) -> None:
    """As if they had been added up together."""
    assert StageSums.of([*a, *b]) == StageSums.of(a) + StageSums.of(b)


@pytest.mark.parametrize(("dominant", "session", "policy", "link"), [
    # xAI reports 0.7 to 1.2 s after the onset while the agent speaks; its delay is sampled by the composer
    ("detect", "grok-01-interruption", "keyed", Link()),
    # OpenAI reports within 0.4 s, and the gate asks for half a second more; nothing of the link is modelled
    ("act", "openai-01-interruption", PATIENT, Link()),
    # the same report, cut at once: two seconds of sound lie at a carrier that takes nothing back (modelled)
    ("drain", "openai-02-tail", NO_CLEAR, Link(carrier_ms=2_000)),
])  # fmt: skip
def test_sessions_exist_in_which_each_stage_dominates(dominant: str, session: str, policy: str | Policy, link: Link
                                                      ) -> None:  # fmt: skip
    """Embedded sessions: the provider and the turns are modelled, the gate and the player run."""
    (run,) = run_policies(Case(load(SESSIONS / session)), [policy], link)
    (found,) = [s for e in run.barge_ins if (s := stages(e, actions(run.outcome)))]
    assert dominant == found.dominant
    sums = StageSums.of([found])
    assert {stage: int(stage == dominant) for stage in (*STAGES, "act or drain")} == dict(sums.dominated)
