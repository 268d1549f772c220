"""Real recordings of the mirror, brought in as the command line does, and looked at by every rule."""

from __future__ import annotations

import pytest

from bargein.cli.importing import import_log
from bargein.corpus import Case
from bargein.doctor import RULES, diagnose
from bargein.session import load

LOGS = ("openai_webrtc_endpoint_split", "openai_server_vad_turn", "openai_server_vad_three_turns",
        "openai_tool_call_round", "xai_grok_server_vad_turn", "xai_grok_session_resumption")  # fmt: skip


@pytest.fixture
def imported(mirror, tmp_path):
    """A recorded log of a provider, as a session."""

    def bring(name):
        out = tmp_path / name
        import_log(name.partition("_")[0], mirror / "event-logs" / f"{name}.jsonl", out=out)
        return diagnose(Case(load(out)))

    return bring


def test_the_split_turn_is_a_cut_off(imported):
    """The gap that was reported, and what is known of the pause: no more than that the end silence fits into it."""
    (found,) = imported("openai_webrtc_endpoint_split").of("cut-off")
    assert (None, 96, "ms") == (found.at, found.value, found.unit)
    assert "reported gap 96 ms" in found.says
    assert "true pause at least 200 ms" in found.says
    assert "not identifiable" in found.says
    assert 3 == len(found.events)


@pytest.mark.parametrize("name", LOGS)
def test_without_times_most_cannot_be_checked(name, imported):
    """These logs are an order without times: what needs some says so, and accuses nobody."""
    said = imported(name)
    untimed = {u.rule for u in said.unchecked if "no times" in u.because}
    assert {"stale-audio", "cancel-race", "metric-hygiene", "clock", "false-stop"} <= untimed
    assert {f.rule for f in said.findings} <= {"cut-off", "config-incomplete"}
    assert all(f.at is None for f in said.findings)


@pytest.mark.parametrize(("name", "missing"), [
    ("openai_server_vad_turn", 3), ("openai_server_vad_three_turns", 3), ("xai_grok_server_vad_turn", 3),
])  # fmt: skip
def test_recorded_clients_left_settings_to_the_provider(name, missing, imported):
    """They asked for server_vad and no more; OpenAI then had 200 ms of end silence where it documents 500."""
    found = next(f for f in imported(name).of("config-incomplete") if f.severity == "warning")
    assert missing == found.value
    assert ("200 in force" in found.says) == name.startswith("openai")


@pytest.mark.parametrize("name", [n for n in LOGS if n != "openai_webrtc_endpoint_split"])
def test_no_other_turn_was_cut_off(name, imported):
    """Three turns with two seconds between them, single turns, and text."""
    assert () == imported(name).of("cut-off")


def test_rules_are_all_asked(imported):
    """Each finds, is silent, or says why it could not look."""
    said = imported("openai_webrtc_endpoint_split")
    assert {f.rule for f in said.findings} | {u.rule for u in said.unchecked} <= set(RULES)
    assert 9 < len(said.unchecked)
