"""The page for a stranger, followed to the letter with recorded files."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import soundfile

from bargein.audio.files import read_int16
from bargein.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "your-recordings.md"


def commands(section):
    """What the page tells to type in one of its sections."""
    text = PAGE.read_text("utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return [shlex.split(line) for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL)
            for line in block.splitlines() if line.startswith("$ bargein ")]  # fmt: skip


def follow(section, capsys, judge):
    """Type it all, naming the stretches as a person would before they are brought in; give the last one's output."""
    for _, _, *arguments in commands(section):
        if arguments[:2] == ["label", "import"]:
            sheet = Path(arguments[3])
            sheet.write_text(judge(sheet.read_text("utf-8")), encoding="utf-8")
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = capsys.readouterr()
        assert 0 == ended.value.code, err
    return out


def test_a_call(mirror, tmp_path, monkeypatch, capsys):
    """Four commands from a WAV to barge-ins with their stops."""
    monkeypatch.chdir(tmp_path)
    samples, rate = read_int16(mirror / "two-channel-calls" / "auto_repairs_49.flac")
    soundfile.write("call.wav", samples, rate, subtype="PCM_16")
    out = follow("A call", capsys, lambda text: text.replace("speech", "interruption"))
    row = json.loads(measured(capsys, "calls"))[0]
    assert "As recorded" in out
    # 51 stretches; at 7 of them the agent began within 200 ms, which is a collision
    assert ("call", "derived", 44) == (row["provider"], row["basis"], row["barge-ins"])
    assert 15 <= row["met"] <= 30
    assert row["stop p50 [ms]"] > 0


def test_webrtc(mirror, tmp_path, monkeypatch, capsys):
    """The recorded log, dated by its order; for tracks a recorded caller and an agent's prompts."""
    monkeypatch.chdir(tmp_path)
    source = mirror / "event-logs" / "openai_webrtc_endpoint_split.jsonl"
    lines = [{"t": 100 * n, "dir": "s2c", "ev": json.loads(line)["data"]}
             for n, line in enumerate(source.read_text("utf-8").splitlines())]  # fmt: skip
    marks = [{"t": 0, "kind": "track", "track": side} for side in ("user", "agent")]
    Path("call.jsonl").write_text("".join(json.dumps(x) + "\n" for x in (*marks, *lines)), encoding="utf-8")
    call, rate = read_int16(mirror / "two-channel-calls" / "auto_repairs_49.flac")
    for channel, name in enumerate(("user.wav", "agent.wav")):
        soundfile.write(name, call[: 12 * rate, channel], rate, subtype="PCM_16")
    out = follow("A browser's WebRTC session", capsys, lambda text: text.replace("speech", "interruption", 1))
    (row,) = json.loads(measured(capsys, "sessions"))
    assert "As recorded" in out
    assert ("openai", "recorded", "server_vad 0.5/300/200", 1) == tuple(
        row[key] for key in ("provider", "basis", "settings", "barge-ins")
    )


def measured(capsys, folder):
    """The last table again, as data."""
    with pytest.raises(SystemExit):
        main(["measure", folder, "--json"])
    return capsys.readouterr().out


def test_a_benchmarks_logs(mirror, tmp_path, monkeypatch, capsys):
    """Recorded logs; for a sample of Full-Duplex-Bench a recorded caller and agent."""
    monkeypatch.chdir(tmp_path)
    logs = {"session.ticks.csv": "tau_voice_49b22f0c.ticks.csv", "audio_events.jsonl": "eva_call_audio_events.jsonl",
            "pipecat_frames.jsonl": "eva_call_pipecat_frames.jsonl"}  # fmt: skip
    for name, recorded in logs.items():
        Path(name).write_bytes((mirror / "event-logs" / recorded).read_bytes())
    call, rate = read_int16(mirror / "two-channel-calls" / "auto_repairs_49.flac")
    for n in range(2):
        folder = Path("user_interruption") / str(n)
        folder.mkdir(parents=True)
        for channel, name in enumerate(("input.wav", "output.wav")):
            soundfile.write(folder / name, call[20 * n * rate :][: 20 * rate, channel], rate, subtype="PCM_16")
        (folder / "metadata.json").write_text(json.dumps({"timestamps": [8.0, 12.0]}), encoding="utf-8")
    assert "As recorded" in follow("A benchmark's logs", capsys, str)
    rows = json.loads(measured(capsys, "bench"))
    assert {("stated ± 200 ms", 1), ("stated", 1), ("channel", 2)} == {(row["heard"], row["sessions"]) for row in rows}
    (row,) = json.loads(measured(capsys, "frames"))
    assert ("pipecat", "recorded", "not known", None) == tuple(
        row[key] for key in ("provider", "basis", "heard", "barge-ins")
    )
