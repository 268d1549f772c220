"""`bargein export` and `bargein tune --out`: teaches, lists, writes what is meant, or writes nothing and says all."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bargein.cli import BAD_INPUT
from bargein.providers.targets import TARGETS
from bargein.tuning import verified
from test_cli import run

Capture = pytest.CaptureFixture[str]


def test_help_teaches_units_targets_and_what_happens_to_the_rest(capsys: Capture) -> None:
    """What is typed in which unit, where the names come from, and three examples that run."""
    _, out, _ = run(capsys, "export", "--help")
    text = re.sub(r"[\s│]+", " ", out)
    assert "Times are whole milliseconds here, whatever the file counts in" in text
    assert 3 == text.count("Example: bargein export")
    for option in ("--list", "--check", "--set", "--min-speech-ms", "--exit-threshold", "--out", "--json"):
        assert option in text


@pytest.mark.parametrize("arguments", [
    ["export", "xai", "--threshold", "0.6", "--silence-duration-ms", "500", "--out", "configs/xai.json"],
    ["export", "azure-voice-live", "--min-speech-ms", "200", "--set", "auto_truncate=true", "--out",
     "configs/azure.json"],
])  # fmt: skip
def test_the_examples_of_the_help_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, arguments: list[str]
) -> None:
    """As they are typed; each leaves a file that verifies."""
    monkeypatch.chdir(tmp_path)
    _, help_text, _ = run(capsys, "export", "--help")
    assert "Example: bargein " + " ".join(arguments) in re.sub(r"\s+", " ", help_text)
    code, out, _ = run(capsys, *arguments)
    assert 0 == code
    assert f"wrote {arguments[-1]}" in out
    assert arguments[1] == verified(arguments[-1])[0].name


def test_the_list_shows_every_target_with_ranges_defaults_and_sources(capsys: Capture) -> None:
    """All of the table, for people and for programs."""
    code, out, _ = run(capsys, "export", "--list")
    assert 0 == code
    _, as_json, _ = run(capsys, "export", "--list", "--json")
    listed = json.loads(as_json)
    assert set(TARGETS) == {row["target"] for row in listed["Targets"]}
    for chosen in TARGETS.values():
        assert f"{chosen.title}: bargein export {chosen.name}" in out
        rows = listed[f"{chosen.title}: bargein export {chosen.name}"]
        assert list(chosen.names) == [row["setting"] for row in rows]
        assert all(row["source"] and row["accepted"] and row["default"] for row in rows)
    assert "500; on the wire: gpt-realtime 200" in as_json
    assert "no document maps a score to them" in as_json


def test_the_list_of_one_target_is_about_that_one(capsys: Capture) -> None:
    """Another's settings would mislead."""
    _, out, _ = run(capsys, "export", "pipecat", "--list")
    assert "VADParams.confidence" in out
    assert "Gemini" not in out


def test_all_that_is_wrong_comes_at_once_and_nothing_is_written(tmp_path: Path, capsys: Capture) -> None:
    """Seconds for milliseconds, exit over enter, a name nobody knows, one given twice, a suffix nobody reads."""
    target = tmp_path / "livekit.ts"
    target.write_text("mine")
    code, _, err = run(capsys, "export", "livekit", "--out", str(target), "--silence-duration-ms", "0.8", "--threshold",
                       "0.5", "--exit-threshold", "0.6", "--set", "wait=1", "--set", "min_words=two", "--set",
                       "threshold=0.7", "--set", "min_volume")  # fmt: skip
    assert BAD_INPUT == code
    said = re.sub(r"\s+", " ", err)
    assert "SettingsError: 6 problems" in said
    for text in ("silence_duration_ms: 0.8 is not a whole number of milliseconds (seconds?)",
                 "wait: LiveKit Agents has no such setting", "min_volume: LiveKit Agents has no such setting",
                 "min_words: 'two' is not a number", "threshold: given more than once",
                 "livekit.ts: LiveKit Agents is written to .json"):  # fmt: skip
        assert text in said
    assert ("mine", ["livekit.ts"]) == (target.read_text(), [p.name for p in tmp_path.iterdir()])


def test_an_exit_above_the_enter_threshold_is_refused(tmp_path: Path, capsys: Capture) -> None:
    """With both values and the place in the file."""
    arguments = ["--threshold", "0.5", "--exit-threshold", "0.6", "--out", str(tmp_path / "livekit.json")]
    code, _, err = run(capsys, "export", "livekit", *arguments)
    assert BAD_INPUT == code
    assert "exit_threshold: 0.6 is above threshold 0.5" in err
    assert "vad.deactivation_threshold" in err
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(("arguments", "says"), [
    (["export"], ["TARGET is missing (of openai, openai-beta", "--out is missing"]),
    (["export", "openai"], ["--out is missing"]),
    (["export", "vapi", "--out", "x.json"], ["target 'vapi' is not known"]),
    (["export", "vapi", "--list"], ["target 'vapi' is not known"]),
    (["export", "--check", "nothing-here.json"], ["nothing-here.json"]),
    (["tune", "openai", "--target", "vapi", "--out", "x.json"], ["target 'vapi' is not known"]),
    (["tune", "openai", "--target", "livekit"], ["--target without --out"]),
    (["tune", "openai", "--target", "livekit", "--out", "x.ts"], ["x.ts: LiveKit Agents is written to .json"]),
    (["tune", "openai", "--out", "x.yaml"], ["x.yaml: OpenAI Realtime is written to .json or .ts"]),
    (["tune", "vapi", "--out", "x.json"], ["provider 'vapi' is not known"]),
])  # fmt: skip
def test_what_is_missing_or_unknown_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, arguments: list[str], says: list[str]
) -> None:
    """Before anything is weighed or written."""
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, *arguments)
    assert BAD_INPUT == code
    for text in says:
        assert text in re.sub(r"\s+", " ", err)
    assert [] == list(tmp_path.iterdir())


def test_what_is_typed_is_what_is_written(tmp_path: Path, capsys: Capture) -> None:
    """Every digit of a score, flags and words as they are named."""
    file = tmp_path / "voice.ts"
    code, out, _ = run(capsys, "export", "azure-voice-live", "--threshold", "0.1234567", "--silence-duration-ms", "480",
                       "--set", "type=azure_semantic_vad", "--set", "interrupt_response=false", "--out",
                       str(file), "--json")  # fmt: skip
    assert 0 == code
    wanted = {"type": "azure_semantic_vad", "threshold": 0.1234567, "silence_duration_ms": 480,
              "interrupt_response": False}  # fmt: skip
    assert wanted == verified(file)[1]
    assert [str(file), str(tmp_path / "voice.ts.evidence.json")] == json.loads(out)["written"]
    assert "given by hand" == json.loads(out)["export"]["status"]
    _, checked, _ = run(capsys, "export", "--check", str(file), "--json")
    assert wanted == json.loads(checked)["settings"]


def test_a_changed_file_fails_its_check(tmp_path: Path, capsys: Capture) -> None:
    """A hand that edits the settings leaves the evidence behind."""
    file = tmp_path / "openai.json"
    run(capsys, "export", "openai", "--silence-duration-ms", "480", "--out", str(file))
    assert 0 == run(capsys, "export", "--check", str(file))[0]
    file.write_text(file.read_text().replace("480", "200"))
    code, _, err = run(capsys, "export", "--check", str(file))
    assert BAD_INPUT == code
    assert "openai.json is not what openai.evidence.json is about" in err


def test_what_has_no_place_is_said_beside_what_was_written(tmp_path: Path, capsys: Capture) -> None:
    """Gemini's sensitivities stay as they are, and the reader knows why."""
    _, out, _ = run(capsys, "export", "gemini", "--threshold", "0.5", "--silence-duration-ms", "480", "--out",
                    str(tmp_path / "gemini.json"))  # fmt: skip
    assert "left out: threshold: it has sensitivities of two steps and no document maps a score to them" in out


def test_tuning_writes_a_constant_with_its_reasons(tmp_path: Path, capsys: Capture) -> None:
    """On the embedded recordings: the head names data, budget and status; the file verifies."""
    file = tmp_path / "configs" / "x.ts"
    code, out, _ = run(capsys, "tune", "openai", "--max-cutoffs-per-hold", "0.1", "--out", str(file), "--target",
                       "typescript")  # fmt: skip
    assert 0 == code
    text = file.read_text("utf-8")
    assert "// budget: at most 10 % of holds cut off\n" in text
    assert re.search(r"// data: \d+ turns, \d+ holds, .*fingerprint [0-9a-f]{12}\n", text)
    assert f"wrote {file}" in out
    assert "openai" == verified(file)[0].name
