"""What can be tuned: values, their shape on the wire, and what a provider's table refuses."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest

from bargein.errors import Problem, SettingsError
from bargein.settings import Knob, ManualTurns, SemanticVad, ServerVad, from_wire, merged, problems

SILENCE = Knob("silence_duration_ms", 100, 10_000, 500, "docs", sane_high=3_000, sane_low=200)
THRESHOLD = Knob("threshold", 0.1, 0.9, 0.5, "docs")
OPEN = Knob("prefix_padding_ms", 0, None, 300, "docs")


@pytest.mark.parametrize(("knob", "value", "says"), [
    (SILENCE, 100, ""),
    (SILENCE, 99, "silence_duration_ms: 99 is outside 100..10000 ms"),
    (SILENCE, 10_000, ""),
    (SILENCE, 10_001, "silence_duration_ms: 10001 is outside 100..10000 ms"),
    (SILENCE, 500.0, ""),
    (SILENCE, 0.8, "silence_duration_ms: 0.8 is not a whole number of milliseconds (seconds?)"),
    (SILENCE, 19.5, "silence_duration_ms: 19.5 is not a whole number of milliseconds (seconds?)"),
    (SILENCE, 20.5, "silence_duration_ms: 20.5 is not a whole number of milliseconds (milliseconds are whole here)"),
    (SILENCE, -0.5, "silence_duration_ms: -0.5 is not a whole number of milliseconds (milliseconds are whole here)"),
    (THRESHOLD, 0.1, ""),
    (THRESHOLD, 0.9, ""),
    (THRESHOLD, 0.91, "threshold: 0.91 is outside 0.1..0.9"),
    (THRESHOLD, 0.05, "threshold: 0.05 is outside 0.1..0.9"),
    (THRESHOLD, True, "threshold: True is not a number"),
    (THRESHOLD, "0.5", "threshold: '0.5' is not a number"),
    (THRESHOLD, float("nan"), "threshold: nan is not a number"),
    (SILENCE, float("inf"), "silence_duration_ms: inf is not a number"),
    (OPEN, 1_000_000, ""),
    (OPEN, -1, "prefix_padding_ms: -1 is not 0 ms or more"),
    (Knob("idle_timeout_ms", None, 5, None, "docs"), 6, "idle_timeout_ms: 6 is outside ..5 ms"),
    (Knob("idle_timeout_ms", None, 5, None, "docs"), -6, ""),
])  # fmt: skip
def test_what_a_provider_would_refuse(knob: Knob, value: object, says: str) -> None:
    """Both ends of a range belong to it; the message names value, range, likely cause and place."""
    assert (f"{says} @ here" if says else "None") == str(knob.problem(value, "here"))


@pytest.mark.parametrize(("knob", "value", "says"), [
    (SILENCE, 3_000, ""),
    (SILENCE, 3_001, "silence_duration_ms: 3001 is unusually high (over 3000)"),
    (SILENCE, 200, ""),
    (SILENCE, 199, "silence_duration_ms: 199 is unusually low (under 200)"),
    (OPEN, 1_000_000, ""),
    (OPEN, 0, ""),
])  # fmt: skip
def test_what_would_be_accepted_and_is_still_doubtful(knob: Knob, value: float, says: str) -> None:
    """Beyond our own bounds, where there are any."""
    assert (f"{says} @ here" if says else "None") == str(knob.warning(value, "here"))


def test_all_that_is_wrong_is_said_at_once_with_its_path() -> None:
    """What is not set is not asked about."""
    found = list(problems(ServerVad(threshold=1.3, silence_duration_ms=50), (THRESHOLD, OPEN, SILENCE), "session.td"))
    assert ["session.td.threshold", "session.td.silence_duration_ms"] == [p.place for p in found]
    assert all(isinstance(p, Problem) for p in found)
    assert [] == list(problems(ServerVad(), (THRESHOLD, OPEN, SILENCE), "session.td"))


@pytest.mark.parametrize(("settings", "label", "wire"), [
    (ServerVad(), "server_vad -/-/-", {"type": "server_vad"}),
    (ServerVad(0.25, 0, 1_500), "server_vad 0.25/0/1500",
     {"type": "server_vad", "threshold": 0.25, "prefix_padding_ms": 0, "silence_duration_ms": 1_500}),
    (ServerVad(0.5, interrupt_response=False), "server_vad 0.5/-/-, no interrupt",
     {"type": "server_vad", "threshold": 0.5, "interrupt_response": False}),
    (ServerVad(create_response=False, interrupt_response=True, idle_timeout_ms=5_000), "server_vad -/-/-",
     {"type": "server_vad", "create_response": False, "interrupt_response": True, "idle_timeout_ms": 5_000}),
    (SemanticVad(), "semantic_vad auto", {"type": "semantic_vad", "eagerness": "auto"}),
    (SemanticVad("low", create_response=False), "semantic_vad low",
     {"type": "semantic_vad", "eagerness": "low", "create_response": False}),
    (ManualTurns(), "manual", None),
])  # fmt: skip
def test_settings_are_written_and_read_back(settings: Any, label: str, wire: dict[str, Any] | None) -> None:
    """Only what is set is sent; what was sent reads as the same settings."""
    assert (label, wire) == (settings.label, settings.to_wire())
    assert settings == from_wire(wire)


def test_fields_we_do_not_tune_are_left_aside() -> None:
    """A provider may say more than we ask; a type that is null means manual turns."""
    assert ServerVad(0.3) == from_wire({"type": "server_vad", "threshold": 0.3, "eagerness": "low", "new": 1})
    assert ManualTurns() == from_wire({"type": None, "threshold": 0.3}) == from_wire({})


def test_a_type_nobody_knows_is_refused_with_its_place() -> None:
    """And with what would be understood."""
    with pytest.raises(SettingsError) as refused:
        from_wire({"type": "psychic_vad"}, "session.td")
    assert [
        "type: 'psychic_vad' is not a turn detection we know (server_vad, semantic_vad or null) @ session.td.type"
    ] == [str(p) for p in refused.value.problems]


@pytest.mark.parametrize(("old", "new", "in_force"), [
    (ServerVad(0.5, 300, 500), ServerVad(silence_duration_ms=200), ServerVad(0.5, 300, 200)),
    (ServerVad(0.5, interrupt_response=True), ServerVad(0.0, interrupt_response=False),
     ServerVad(0.0, interrupt_response=False)),                      # zero and no are values
    (ServerVad(0.5), SemanticVad("low"), SemanticVad("low")),
    (SemanticVad("low"), ServerVad(0.5), ServerVad(0.5)),
    (SemanticVad("low"), SemanticVad(create_response=True), SemanticVad(create_response=True)),
    (ManualTurns(), ServerVad(0.5), ServerVad(0.5)),
    (ServerVad(0.5), ManualTurns(), ManualTurns()),
])  # fmt: skip
def test_what_is_in_force_after_an_update(old: Any, new: Any, in_force: Any) -> None:
    """Within score-based detection an update is partial; a change of kind starts anew."""
    assert in_force == merged(old, new)


@pytest.mark.parametrize("value", [ServerVad(), SemanticVad(), ManualTurns(), SILENCE])
def test_settings_are_values(value: Any) -> None:
    """Nothing in them changes once made, and equal ones are one key."""
    with pytest.raises((FrozenInstanceError, TypeError)):  # a frozen class with slots may say either of a new name
        setattr(value, next((f.name for f in fields(value)), "threshold"), 0.9)
    assert 1 == len({value, replace(value)})
