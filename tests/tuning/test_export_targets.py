"""Each export says what it rests on, can be checked against it, and never claims another detector's figures."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bargein.errors import NotAnswerable, SettingsError
from bargein.providers.targets import SHARED, TARGETS
from bargein.settings import ServerVad
from bargein.tuning import export, tune, verified
from bargein.tuning.export import fingerprint, named, stated
from bargein.tuning.languages import as_typescript, from_typescript
from drawn_scores import turn

ROWS = [turn("0099900999000000", "..ttthhttt......", clip=str(i)) for i in range(10)]
GIVEN = ServerVad(0.6, 240, 480)


@pytest.fixture(scope="module")
def tuned():
    """A recommendation for OpenAI."""
    return tune(ROWS, "openai", max_cutoffs_per_hold=0.1)


def files() -> list[tuple[str, str]]:
    """Every target in every language it is written to."""
    suffixes = {"json": ".json", "typescript": ".ts"}
    return [(name, suffixes[language]) for name, chosen in TARGETS.items() for language in chosen.languages]


@pytest.mark.parametrize(("name", "suffix"), files())
def test_a_file_reads_back_as_the_settings_it_was_given(tmp_path, name, suffix):
    """Whatever its language and its unit; what has no place is left out with its reason."""
    file, beside = export(GIVEN, name, tmp_path / f"voice{suffix}")
    chosen, values = verified(file)
    left_out = stated(file)["left_out"]
    wanted = {"threshold": 0.6, "prefix_padding_ms": 240, "silence_duration_ms": 480}
    assert (name, f"voice{suffix}") == (chosen.name, file.name)
    assert {".json": "voice.evidence.json", ".ts": "voice.ts.evidence.json"}[suffix] == beside.name
    assert {**dict(chosen.assumed), **wanted} == {**values, **{n: wanted[n] for n in left_out}}
    assert all(len(why) > 20 for why in left_out.values())


@given(st.text(), st.dictionaries(st.text(min_size=1), st.one_of(st.text(), st.booleans(), st.integers())))
def test_a_constant_holds_any_text_and_its_head_runs_nothing(line, content):
    """Whatever a licence or a label says, it stays inside its comment or its string."""
    text = as_typescript(content, [line])
    comments, _, _ = text.partition("export const ")
    assert content == from_typescript(text)
    assert all(row.startswith("//") for row in comments.splitlines())


def test_a_head_may_quote_the_constant():
    """The constant is the one at the start of a line."""
    quoted = "export const voiceSettings = {} as const;"
    assert {"a": quoted} == from_typescript(as_typescript({"a": quoted}, [quoted]))


def test_the_constant_is_a_module_that_runs(tmp_path):
    """Node takes it once the types are gone."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    file, _ = export(GIVEN, "typescript", tmp_path / "voice.ts")
    module = tmp_path / "voice.mjs"
    module.write_text(file.read_text("utf-8").replace(" as const;", ";"), "utf-8")
    code = f"import({json.dumps(module.as_uri())}).then((m) => console.log(JSON.stringify(m.voiceSettings)))"
    done = subprocess.run([node, "-e", code], capture_output=True, text=True, check=True)
    assert json.loads((tmp_path / "voice.ts.evidence.json").read_text("utf-8"))["content"] == json.loads(done.stdout)


def test_the_head_says_data_budget_calibration_version_and_hash(tmp_path, tuned):
    """In the TypeScript file and in the evidence beside it, word for word."""
    file, beside = tuned.export(tmp_path / "voice.ts", target="typescript")
    text, said = file.read_text("utf-8"), json.loads(beside.read_text("utf-8"))["export"]
    assert "openai" == said["target"]
    assert "uncalibrated" == said["status"]
    assert "none: the detector's model was not fitted to the provider's own reports" == said["calibration"]
    assert "at most 10 % of holds cut off" == said["budget"]
    assert f"fingerprint {tuned.rests_on.data}" in said["data"]
    assert "10 turns, 10 holds, 10 clusters" in said["data"]
    assert re.fullmatch(r"[0-9a-f]{16}", said["hash"])
    for name in ("status", "calibration", "budget", "data", "hash"):
        assert f"// {name}: {said[name]}\n" in text
    assert f"written by bargein {said['bargein']}" in text


def test_a_recommendation_is_a_change_from_what_is_in_force(tmp_path):
    """Only what differs, old value first."""
    in_force = ServerVad(0.5, 300, 500)
    tuned = tune(ROWS, "openai", max_cutoffs_per_hold=0.1, in_force=in_force)
    file, _ = tuned.export(tmp_path / "openai.json")
    proposed = tuned.proposal.settings
    assert {"prefix_padding_ms": f"300 -> {proposed.prefix_padding_ms}",
            "silence_duration_ms": f"500 -> {proposed.silence_duration_ms}"} == stated(file)["change"]  # fmt: skip


def test_the_same_reasons_have_the_same_hash_and_others_another(tmp_path, tuned):
    """Hashes of two runs agree; another budget, other data or another target make another."""

    def hashed(made, name="openai", target=None):
        return stated(made.export(tmp_path / f"{name}.json", target)[0])["hash"]

    again = tune(ROWS, "openai", max_cutoffs_per_hold=0.1)
    other_budget = tune(ROWS, "openai", max_cutoffs_per_hold=0.12)
    other_data = tune([*ROWS, turn("0099900999000000", "..ttthhttt......", clip="11")], max_cutoffs_per_hold=0.1)
    first = hashed(tuned)
    assert tuned.proposal.settings == other_budget.proposal.settings == other_data.proposal.settings
    assert first == hashed(again, "another-name")
    assert 4 == len({first, hashed(other_budget), hashed(other_data), hashed(tuned, target="openai-beta")})


@pytest.mark.parametrize("change", [
    lambda file, beside: file.write_text(file.read_text("utf-8").replace("480", "200"), "utf-8"),
    lambda file, beside: beside.write_text(beside.read_text("utf-8").replace("given by hand", "calibrated"), "utf-8"),
    lambda file, beside: beside.unlink(),
    lambda file, beside: beside.write_text("[]", "utf-8"),
    lambda file, beside: beside.write_text('{"export": {"hash": "0", "target": "nobody"}}', "utf-8"),
    lambda file, beside: file.write_text("const x = 1;", "utf-8"),
])  # fmt: skip
@pytest.mark.parametrize("suffix", [".json", ".ts"])
def test_a_file_that_was_changed_is_no_longer_what_its_evidence_is_about(tmp_path, change, suffix):
    """Settings, status, or everything."""
    file, beside = export(GIVEN, "openai", tmp_path / f"openai{suffix}")
    verified(file)
    change(file, beside)
    with pytest.raises(SettingsError, match="openai"):
        verified(file)


@pytest.mark.parametrize("name", [name for name, chosen in TARGETS.items() if chosen.provider != "openai"])
def test_what_was_weighed_for_one_detector_is_a_candidate_for_another(tmp_path, tuned, name):
    """It says for whom it was weighed, who decides there, and claims no change of settings it does not know."""
    file, beside = tuned.export(tmp_path / f"{name}.json", target=name)
    said = json.loads(beside.read_text("utf-8"))
    assert "candidate to try" == said["status"] == said["export"]["status"]
    assert f"weighed for OpenAI Realtime; what decides here is {TARGETS[name].detector}" in said["export"]["notes"]
    assert "uncalibrated" == said["proposal"]["status"]
    assert {} == said["export"]["change"]
    assert 200 == verified(file)[1]["silence_duration_ms"]


def test_gemini_keeps_its_sensitivities_and_says_why(tmp_path, tuned):
    """A threshold is never turned into an enum."""
    file, _ = tuned.export(tmp_path / "gemini.json", target="gemini")
    detection = json.loads(file.read_text("utf-8"))["setup"]["realtimeInputConfig"]["automaticActivityDetection"]
    assert {"silenceDurationMs": 200} == detection
    left_out = stated(file)["left_out"]
    assert {"threshold", "prefix_padding_ms"} == left_out.keys()
    assert "no document maps a score to them: left at its default" in left_out["threshold"]


def test_typescript_is_the_providers_own_shape(tmp_path):
    """For xAI it is xAI's, and stays a candidate."""
    tuned = tune(ROWS, "xai", max_cutoffs_per_hold=0.1)
    file, _ = tuned.export(tmp_path / "xai.ts", target="typescript")
    assert "xai" == verified(file)[0].name
    assert "candidate to try" == stated(file)["status"]
    assert ("openai", "xai") == (named("typescript")[0].name, named("typescript", "xai")[0].name)


def test_the_same_settings_in_two_languages_stand_side_by_side(tmp_path):
    """Neither takes the other's evidence away."""
    for suffix in (".json", ".ts"):
        export(GIVEN, "openai", tmp_path / f"openai{suffix}")
    assert verified(tmp_path / "openai.json") == verified(tmp_path / "openai.ts")
    assert stated(tmp_path / "openai.json")["hash"] == stated(tmp_path / "openai.ts")["hash"]


@pytest.mark.parametrize(("name", "file", "says"), [
    ("livekit", "voice.ts", "LiveKit Agents is written to .json"),
    ("typescript", "voice.json", "OpenAI Realtime is written to .ts"),
    ("openai", "voice.yaml", "OpenAI Realtime is written to .json or .ts"),
    ("openai", "voice", "OpenAI Realtime is written to .json or .ts"),
])  # fmt: skip
def test_the_end_of_the_name_must_fit_and_is_refused_with_all_else(tmp_path, name, file, says):
    """A language the reader does not take is as wrong as a threshold."""
    with pytest.raises(SettingsError) as refused:
        export(ServerVad(1.3), name, tmp_path / file)
    assert 2 == len(refused.value.problems)
    assert says in str(refused.value)
    assert [] == list(tmp_path.iterdir())


def test_nothing_given_is_nothing_to_write(tmp_path):
    """With what could be given."""
    with pytest.raises(SettingsError, match=r"no setting is given \(Pipecat has threshold, min_speech_ms"):
        export(ServerVad(), "pipecat", tmp_path / "pipecat.json")


def test_settings_of_its_own_are_written_in_its_own_words(tmp_path):
    """Seconds, codes and names are the reader's; the caller's are ours."""
    own = {"min_speech_ms": 350, "exit_threshold": 0.25, "min_words": 2, "interruption_mode": "vad"}
    file, _ = export(ServerVad(0.5, silence_duration_ms=640), "livekit", tmp_path / "livekit.json", own=own)
    assert {
        "vad": {"activation_threshold": 0.5, "deactivation_threshold": 0.25, "min_silence_duration": 0.64},
        "turn_handling": {"interruption": {"min_duration": 0.35, "min_words": 2, "mode": "vad"}},
    } == json.loads(file.read_text("utf-8"))


def test_a_name_nobody_knows_is_said_before_the_reason_for_no_proposal(tmp_path):
    """And nothing is written either way."""
    with pytest.raises(SettingsError, match="'vapi' is not known"):
        tune(ROWS).export(tmp_path / "x.json", target="vapi")
    with pytest.raises(NotAnswerable, match="no budget was given"):
        tune(ROWS).export(tmp_path / "x.json", target="livekit")
    assert [] == list(tmp_path.iterdir())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.floats(0, 1), st.integers(0, 5_000), st.integers(0, 20_000))
def test_the_official_sdk_takes_every_openai_file_in_both_shapes(tmp_path, threshold, prefix, silence):
    """Its types say no to unknown shapes, and read the values that were meant."""
    realtime = pytest.importorskip("openai.types.realtime")
    beta = pytest.importorskip("openai.types.beta.realtime")
    pydantic = pytest.importorskip("pydantic")
    for name, event in (("openai", realtime.SessionUpdateEvent), ("openai-beta", beta.SessionUpdateEvent)):
        file, _ = export(ServerVad(threshold, prefix, silence, True, False), name, tmp_path / f"{name}.json")
        sent = pydantic.TypeAdapter(event).validate_python(json.loads(file.read_text("utf-8")))
        session = sent.session
        found = session.audio.input.turn_detection if name == "openai" else session.turn_detection
        assert (threshold, prefix, silence, True, False) == (
            found.threshold, found.prefix_padding_ms, found.silence_duration_ms, found.create_response,
            found.interrupt_response)  # fmt: skip
        assert {} == (found.model_extra or {})


@pytest.mark.parametrize("name", ["openai", "openai-beta"])
def test_the_official_sdk_knows_every_field_of_the_table(name):
    """A misspelt field would be an extra one there."""
    realtime = pytest.importorskip("openai.types.realtime.realtime_audio_input_turn_detection")
    beta = pytest.importorskip("openai.types.beta.realtime.session_update_event")
    model = {"openai": realtime.ServerVad, "openai-beta": beta.SessionTurnDetection}[name]
    assert set() == set(TARGETS[name].names) - set(model.model_fields)
    assert set(SHARED) >= set(TARGETS[name].names)


def test_the_order_of_keys_is_no_part_of_the_hash():
    """A file that was formatted anew is the same file."""
    assert fingerprint({"a": [1, {"c": 2, "b": 3}]}, {}) == fingerprint({"a": [1, {"b": 3, "c": 2}]}, {})
    assert fingerprint({"a": 1}, {}) != fingerprint({}, {"a": 1})


def test_a_formatted_json_file_still_verifies(tmp_path):
    """Spacing is the reader's business."""
    file, _ = export(GIVEN, "gemini", tmp_path / "gemini.json", own={"end_sensitivity": "low"})
    Path(file).write_text(json.dumps(json.loads(file.read_text("utf-8"))), "utf-8")
    assert {"silence_duration_ms": 480, "end_sensitivity": "low"} == verified(file)[1]
