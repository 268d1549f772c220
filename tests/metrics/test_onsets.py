"""One class per onset, first match."""

from __future__ import annotations

from pathlib import Path

import pytest

from bargein.ledger import Basis, Heard
from bargein.metrics.onsets import answer_until, counted, onsets
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
        Heard.of({"A": [Span(agent_start, 12_000)]}),
    )
    assert [kind] == [o.kind for o in found]


def test_collision_within_200_ms() -> None:
    """Both start together after a long silence: nobody interrupts anybody."""
    late = session(speech(10_000, 11_000, "interruption"))
    assert ["collision"] == [o.kind for o in onsets(late, Heard.of({"A": [Span(9_800, 12_000)]}))]
    assert ["interruption"] == [o.kind for o in onsets(late, Heard.of({"A": [Span(9_799, 12_000)]}))]


@pytest.mark.parametrize("again", [7_497, 8_900])
def test_a_restart_is_no_start(again: int) -> None:
    """The agent is cut 115 ms after the onset and sounds again: what a gate did changes no class."""
    barge_in = session(speech(7_337, 8_500, "interruption"), speech(9_400, 9_900, "interruption"))
    cut = Heard.of({"A": [Span(5_297, 7_452), Span(again, again + 700)], "B": [Span(12_000, 14_690)]})
    assert ["interruption", "interruption"] == [o.kind for o in onsets(barge_in, cut)]


def test_a_channel_knows_no_responses() -> None:
    """There every sound after a silence is a start."""
    barge_in = session(speech(10_000, 11_000, "interruption"))
    channel = Heard.of({"agent": [Span(2_000, 4_000), Span(9_900, 12_000)]}, Basis("channel"))
    assert ["collision"] == [o.kind for o in onsets(barge_in, channel)]


def test_other_kinds_keep_their_own_class() -> None:
    """Form and intent decide, not what the agent did; a placement is no onset."""
    labels = session(
        speech(1_000, 1_300, "backchannel"), speech(2_000, 2_200, "tic"), speech(3_000, 4_000, "noise"),
        speech(5_000, 6_000, "interruption", basis="placement"),
    )  # fmt: skip
    assert {"backchannel": 1, "tic": 1, "noise": 1} == counted(onsets(labels, Heard.of({"A": [Span(0, 9_000)]})))


@pytest.mark.parametrize(("label", "starts", "until"), [
    (speech(1_000, 1_500), [], 4_000),               # patience of 3 s
    (speech(1_000, 6_000, "echo"), [], 6_000),       # or to the end of what is labelled
    (speech(1_000, 1_500), [1_200, 2_500], 2_500),   # a piece of the same sound is no other onset, the next one is
])  # fmt: skip
def test_a_report_answers_the_onset_before_it(label: Label, starts: list[int], until: int) -> None:
    """Slow detectors answer after a short sound has ended; not after something else began."""
    assert until == answer_until(label, [label.onset_ms, *starts])
