"""One class per onset, first match."""

from __future__ import annotations

from pathlib import Path

import pytest

from bargein.ledger import Basis, Heard
from bargein.metrics.audible import starts
from bargein.metrics.onsets import answer_until, counted, onsets, user_labels, user_speech
from bargein.session import Info, Label, Session
from bargein.timeline import Span


def session(*labels: Label) -> Session:
    """Give a session that holds only labels."""
    made = Session(Path("labels"), Info("labels", "openai", "none", 60_000))
    made.__dict__["labels"] = labels
    return made


def speech(onset: int, offset: int, kind: str = "speech", basis: str = "acoustic") -> Label:
    """Give a label of the user's track."""
    return Label(kind, onset, offset, basis=basis)


@pytest.mark.parametrize(("agent_start", "kind"), [
    (4_000, "interruption"),  # the user had been silent for long
    (9_300, "resumption"),    # the agent came into a pause of 1.0 s: a cut-off, whoever is loud
    (9_900, "resumption"),    # also when both start together
    (8_000, "interruption"),  # the agent spoke before the user paused
])  # fmt: skip
def test_resumption_comes_before_everything(agent_start: int, kind: str) -> None:
    """The user pauses from 9.0 to 10.0 s; the class depends on where the agent started."""
    found = onsets(
        session(speech(7_000, 9_000), speech(10_000, 11_000), speech(10_000, 11_000, "interruption")),
        [agent_start],
    )
    assert [kind] == [o.kind for o in found]


def test_collision_within_200_ms() -> None:
    """Both start together after a long silence: nobody interrupts anybody."""
    late = session(speech(10_000, 11_000, "interruption"))
    assert ["collision"] == [o.kind for o in onsets(late, [9_800])]
    assert ["interruption"] == [o.kind for o in onsets(late, [9_799])]


@pytest.mark.parametrize("again", [7_497, 8_900])
def test_a_restart_is_no_start(again: int) -> None:
    """The agent is cut 115 ms after the onset and sounds again: what a gate did changes no class."""
    barge_in = session(speech(7_337, 8_500, "interruption"), speech(9_400, 9_900, "interruption"))
    cut = Heard.of({"A": [Span(5_297, 7_452), Span(again, again + 700)], "B": [Span(12_000, 14_690)]})
    assert ["interruption", "interruption"] == [o.kind for o in onsets(barge_in, starts(cut))]


def test_a_channel_knows_no_responses() -> None:
    """There every sound after a silence is a start."""
    barge_in = session(speech(10_000, 11_000, "interruption"))
    channel = Heard.of({"agent": [Span(2_000, 4_000), Span(9_900, 12_000)]}, Basis("channel"))
    assert ["collision"] == [o.kind for o in onsets(barge_in, starts(channel))]


def test_other_kinds_keep_their_own_class() -> None:
    """Form and intent decide, not what the agent did; a placement is no onset."""
    labels = session(
        speech(1_000, 1_300, "backchannel"), speech(2_000, 2_200, "tic"), speech(3_000, 4_000, "noise"),
        speech(5_000, 6_000, "interruption", basis="placement"),
    )  # fmt: skip
    assert {"backchannel": 1, "tic": 1, "noise": 1} == counted(onsets(labels, [0]))


def test_what_is_said_on_after_the_agent_came_into_a_pause_is_a_resumption() -> None:
    """A labelled turn pauses from 2.0 to 3.2 s and the agent starts at 2.8: one resumption, no interruption needed."""
    turn = Label("turn", 1_000, 4_000, basis="acoustic", complete="yes")
    paused = session(turn, speech(1_000, 2_000), speech(3_200, 4_000))
    assert [(3_200, "resumption")] == [(o.at, o.kind) for o in onsets(paused, [2_800])]
    assert [] == onsets(paused, [4_600])
    labelled = session(turn, speech(1_000, 2_000), speech(3_200, 4_000), speech(3_200, 4_000, "interruption"))
    assert ["resumption"] == [o.kind for o in onsets(labelled, [2_800])]
    long = session(turn, speech(1_000, 1_600), speech(3_200, 4_000))
    assert [] == onsets(long, [2_800]), "a pause of 1.6 s: the agent may take the turn"


@pytest.mark.parametrize(("labels", "kinds"), [
    # two annotators, 120 ms apart: one onset, dated by the surer of them
    ([Label("interruption", 5_000, 6_000, uncertainty_ms=80, annotator="a"),
      Label("interruption", 5_120, 6_050, uncertainty_ms=20, annotator="b")], [(5_120, "interruption")]),
    # one heard the breath before: over 200 ms apart, and so disputed
    ([Label("interruption", 5_000, 6_000, annotator="a"), Label("interruption", 5_201, 6_050, annotator="b")], []),
    # a cough and an interruption labelled over each other: one onset, the first class that fits
    ([Label("interruption", 5_000, 6_000), Label("tic", 5_100, 5_300)], [(5_100, "tic")]),
    # noise that began long before is another onset
    ([Label("noise", 2_000, 9_000), Label("interruption", 5_000, 6_000)], [(2_000, "noise"), (5_000, "interruption")]),
    # two one after the other are two
    ([Label("interruption", 5_000, 6_000), Label("interruption", 6_000, 7_000)],
     [(5_000, "interruption"), (6_000, "interruption")]),
    # the agent's own track says nothing of the user
    ([Label("interruption", 5_000, 6_000, track="agent", speaker="agent")], []),
])  # fmt: skip
def test_one_onset_is_counted_once(labels: list[Label], kinds: list[tuple[int, str]]) -> None:
    """However many labels speak of it."""
    assert kinds == [(o.at, o.kind) for o in onsets(session(*labels))]


def test_speech_of_other_tracks_is_not_the_users() -> None:
    """Only the user's track counts as user time."""
    both = session(speech(1_000, 2_000), Label("speech", 1_500, 4_000, track="agent"))
    assert 1_000 == user_speech(both).ms


def test_a_turn_of_which_annotators_differ_whether_it_was_over_is_disputed() -> None:
    """Endpoint delay is asked of turns that everybody calls complete; of one annotator, who said both, it is unsure."""
    two = [Label("turn", 0, 900, annotator=a, complete=c) for a, c in (("a", "yes"), ("b", "no"))]
    one = [Label("turn", 0, end, annotator="a", complete=c) for end, c in ((900, "yes"), (800, "no"))]
    assert [] == user_labels(session(*two), "turn")
    assert ["unsure"] == [t.complete for t in user_labels(session(*one), "turn")]


@pytest.mark.parametrize(("label", "starts", "until"), [
    (speech(1_000, 1_500), [], 4_000),               # patience of 3 s
    (speech(1_000, 6_000, "echo"), [], 6_000),       # or to the end of what is labelled
    (speech(1_000, 1_500), [1_200, 2_500], 2_500),   # a piece of the same sound is no other onset, the next one is
])  # fmt: skip
def test_a_report_answers_the_onset_before_it(label: Label, starts: list[int], until: int) -> None:
    """Slow detectors answer after a short sound has ended; not after something else began."""
    assert until == answer_until(label, [label.onset_ms, *starts])
