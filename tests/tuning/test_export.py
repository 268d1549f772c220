"""What is written can be sent as it is, and is written whole or not at all."""

from __future__ import annotations

import json

import pytest

from bargein.errors import NotAnswerable, SettingsError
from bargein.settings import ServerVad
from bargein.tuning import export, tune
from drawn_scores import turn

ROWS = [turn("0099900999000000", "..ttthhttt......", clip=str(i)) for i in range(10)]


def test_openai_gets_the_nested_session_update(tmp_path):
    """GA shape: the settings stand under audio.input, the file holds nothing else."""
    export(ServerVad(0.6, 240, 480, create_response=True), "openai", tmp_path / "openai.json")
    turn_detection = {"type": "server_vad", "threshold": 0.6, "prefix_padding_ms": 240, "silence_duration_ms": 480,
                      "create_response": True}  # fmt: skip
    expected = {"type": "session.update",
                "session": {"type": "realtime", "audio": {"input": {"turn_detection": turn_detection}}}}  # fmt: skip
    assert expected == json.loads((tmp_path / "openai.json").read_text("utf-8"))
    assert ["openai.evidence.json", "openai.json"] == sorted(p.name for p in tmp_path.iterdir())


def test_xai_gets_the_flat_one_without_what_it_ignores(tmp_path):
    """And a silence that is not known is left out."""
    export(ServerVad(0.85, 333, None, interrupt_response=False), "xai", tmp_path / "xai.json")
    turn_detection = {"type": "server_vad", "threshold": 0.85, "prefix_padding_ms": 333}
    expected = {"type": "session.update", "session": {"turn_detection": turn_detection}}
    assert expected == json.loads((tmp_path / "xai.json").read_text("utf-8"))


@pytest.mark.parametrize("provider", ["openai", "xai"])
def test_the_evidence_stands_beside_it(tmp_path, provider):
    """Status, what it rests on, verdicts, and the very update it is about."""
    tuned = tune(ROWS, provider, max_cutoffs_per_hold=0.1)
    files = tuned.export(tmp_path / "configs" / f"{provider}.json")
    assert [f"{provider}.json", f"{provider}.evidence.json"] == [f.name for f in files]
    update, evidence = (json.loads(f.read_text("utf-8")) for f in files)
    assert update == evidence["content"]
    assert {"openai": "uncalibrated", "xai": "candidate to try"}[provider] == evidence["status"]
    assert {"turns": 10, "holds": 10, "clusters": 10, "model": "drawn"}.items() <= evidence["rests_on"].items()
    assert evidence["rests_on"]["code"]
    assert len(evidence["proposal"]["verdicts"]) == 1
    assert "not shown to meet the budget" in evidence["proposal"]["verdicts"][0]
    assert evidence["notes"]


def test_bad_settings_write_nothing_and_name_all_problems(tmp_path):
    """A threshold of 1.3, a silence of 0.8; the old file stays as it was."""
    target = tmp_path / "openai.json"
    target.write_text("old", "utf-8")
    with pytest.raises(SettingsError) as error:
        export(ServerVad(1.3, 300, 0.8), "openai", target, {"status": "uncalibrated"})  # type: ignore[arg-type]
    assert 2 == len(error.value.problems)
    assert "threshold: 1.3 is outside 0..1 @ session.audio.input.turn_detection.threshold" in str(error.value)
    assert "silence_duration_ms: 0.8 is not a whole number of milliseconds (seconds?)" in str(error.value)
    assert "old" == target.read_text("utf-8")
    assert [target] == list(tmp_path.iterdir())


def test_xai_refuses_what_openai_takes(tmp_path):
    """0.95 is over 0.9."""
    export(ServerVad(0.95, 300, 500), "openai", tmp_path / "openai.json")
    with pytest.raises(SettingsError, match=r"0\.95 is outside 0\.1\.\.0\.9"):
        export(ServerVad(0.95, 300, 500), "xai", tmp_path / "xai.json")


def test_a_file_that_cannot_be_finished_leaves_no_trace(tmp_path):
    """Evidence that is no JSON is found out before anything is written."""
    target = tmp_path / "openai.json"
    with pytest.raises(ValueError, match="JSON"):
        export(ServerVad(0.5, 300, 500), "openai", target, {"estimate": float("nan")})
    assert [] == list(tmp_path.iterdir())


def test_without_a_proposal_there_is_nothing_to_write(tmp_path):
    """The refusal is the message."""
    with pytest.raises(NotAnswerable, match="no budget was given"):
        tune(ROWS).export(tmp_path / "openai.json")
    assert [] == list(tmp_path.iterdir())


def test_the_official_sdk_takes_the_openai_file(tmp_path):
    """Its models are built without validation, so pydantic is asked directly."""
    realtime = pytest.importorskip("openai.types.realtime")
    pydantic = pytest.importorskip("pydantic")
    (file, _) = tune(ROWS, max_cutoffs_per_hold=0.1).export(tmp_path / "openai.json")
    sent = json.loads(file.read_text("utf-8"))
    event = pydantic.TypeAdapter(realtime.SessionUpdateEvent).validate_python(sent)
    found = event.session.audio.input.turn_detection
    assert ("server_vad", 0.5, 0, 200) == (
        found.type, found.threshold, found.prefix_padding_ms, found.silence_duration_ms)  # fmt: skip
    as_client = pydantic.TypeAdapter(realtime.RealtimeClientEvent).validate_python(sent)
    assert isinstance(as_client, realtime.SessionUpdateEvent)
    # the oracle can say no: a threshold in words is not taken
    sent["session"]["audio"]["input"]["turn_detection"]["threshold"] = "high"
    with pytest.raises(pydantic.ValidationError):
        pydantic.TypeAdapter(realtime.SessionUpdateEvent).validate_python(sent)
