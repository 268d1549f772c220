"""One class per onset, first match."""

from __future__ import annotations

from pathlib import Path

import pytest

from bargein.metrics.onsets import counted, onsets
from bargein.session import Info, Label, Session
from bargein.timeline import Span, Timeline


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
        Timeline([Span(agent_start, 12_000)]),
    )
    assert [kind] == [o.kind for o in found]


def test_collision_within_200_ms() -> None:
    """Both start together after a long silence: nobody interrupts anybody."""
    late = session(speech(10_000, 11_000, "interruption"))
    assert ["collision"] == [o.kind for o in onsets(late, Timeline([Span(9_800, 12_000)]))]
    assert ["interruption"] == [o.kind for o in onsets(late, Timeline([Span(9_799, 12_000)]))]


def test_other_kinds_keep_their_own_class() -> None:
    """Form and intent decide, not what the agent did; a placement is no onset."""
    labels = session(
        speech(1_000, 1_300, "backchannel"), speech(2_000, 2_200, "tic"), speech(3_000, 4_000, "noise"),
        speech(5_000, 6_000, "interruption", basis="placement"),
    )  # fmt: skip
    assert {"backchannel": 1, "tic": 1, "noise": 1} == counted(onsets(labels, Timeline([Span(0, 9_000)])))
