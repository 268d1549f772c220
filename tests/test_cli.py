"""The command line: every command teaches, exits with a code that means something, and loses nothing."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.main import get_command

from bargein.cli import BAD_INPUT, NO_ANSWER, app, main

ROOT = Path(__file__).parents[1]
SESSIONS = ROOT / "data" / "sessions"
ONE = sorted(SESSIONS.glob("openai-*-interruption"))[0]


def commands() -> list[list[str]]:
    """Every command as it is typed."""
    found = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [[name, sub] for sub in inner] if inner else [[name]]
    return found


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command; give its exit code, output and errors."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A session that a test may damage."""
    return Path(shutil.copytree(ONE, tmp_path / "session"))


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_teaches(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Help says what it does in a sentence, gives an example, and offers JSON where it prints data."""
    code, out, _ = run(capsys, *command, "--help")
    assert 0 == code
    assert "--json" in out
    assert "Example: bargein " + " ".join(command) in re.sub(r"\s+", " ", out)


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_stands_in_the_readme(command: list[str]) -> None:
    """What is not documented does not exist."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"\b{command[0]}\b", readme)


@pytest.mark.parametrize("arguments", [
    ["measure", str(SESSIONS), "--json"],
    ["measure", str(SESSIONS), "--by", "session", "--json"],
    ["compare", str(ONE), "--json"],
    ["replay", str(ONE), "--json"],
    ["policies", "--json"],
    ["validate", str(ONE), "--json"],
    ["tune", "openai", "--max-cutoffs-per-hold", "0.10", "--json"],
], ids=lambda a: a[0])  # fmt: skip
def test_json_is_json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With --json a program can read the whole output."""
    code, out, _ = run(capsys, *arguments)
    assert 0 == code
    assert json.loads(out)


def test_the_plain_tables_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Names stand unbroken, notes say what a figure rests on."""
    _, out, _ = run(capsys, "compare", str(ONE))
    assert "stop-only" in out
    assert "modelled" in out
    assert "Held fixed: user, provider, echo" in re.sub(r"\s+", " ", out)


def damage_flac(folder: Path) -> None:
    """Cut a track in half."""
    track = folder / "user.flac"
    track.write_bytes(track.read_bytes()[: track.stat().st_size // 2])


def damage_log(folder: Path) -> None:
    """Break a line."""
    log = folder / "events.jsonl"
    lines = log.read_text().splitlines()
    lines[3] = lines[3][:20]
    log.write_text("\n".join(lines))


def swap_times(folder: Path) -> None:
    """Let time run backwards within one direction."""
    log = folder / "events.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    lines[5]["t"] = 0
    log.write_text("\n".join(map(json.dumps, lines)))


@pytest.mark.parametrize("command", ["measure", "compare", "replay", "validate"])
@pytest.mark.parametrize(("damage", "said"), [
    (damage_flac, "user.flac"),
    (lambda f: (f / "agent.flac").unlink(), "agent.flac"),
    (damage_log, "events.jsonl:4"),
    (swap_times, "events.jsonl:6"),
    (lambda f: (f / "session.json").write_text("{"), "session.json"),
    (lambda f: (f / "labels.jsonl").write_text('{"kind": "burp"}\n'), "burp"),
], ids=["cut flac", "no flac", "broken line", "time runs back", "no json", "label"])  # fmt: skip
def test_damaged_sessions_are_refused_with_file_and_cause(
    command: str, damage: object, said: str, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, the file and the line, and the checksum that does not match."""
    damage(copy)  # type: ignore[operator]
    code, out, err = run(capsys, command, str(copy))
    assert BAD_INPUT == code
    assert said in err
    assert "" == out.strip()


def test_all_problems_of_all_sessions_come_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two damaged sessions, two damages each."""
    for name in "ab":
        folder = Path(shutil.copytree(ONE, tmp_path / name))
        damage_flac(folder)
        damage_log(folder)
    _, _, err = run(capsys, "measure", str(tmp_path))
    for name in "ab":
        assert f"{name}/user.flac" in err
        assert f"{name}/events.jsonl:4" in err


def test_an_empty_folder_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to measure is not nothing wrong."""
    code, _, err = run(capsys, "measure", str(tmp_path))
    assert BAD_INPUT == code
    assert "empty" in err


def test_bad_settings_are_refused_all_at_once_and_an_old_export_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A threshold of 1.3 and a silence of 0.8 (seconds?): exit code 2, the file untouched."""
    target = tmp_path / "xai.json"
    target.write_text("mine")
    code, _, err = run(capsys, "export", "xai", "--out", str(target), "--threshold", "1.3", "--silence-duration-ms",
                       "0.8")  # fmt: skip
    assert BAD_INPUT == code
    assert "threshold: 1.3 is outside 0.1..0.9" in err
    assert "seconds?" in err
    assert ("mine", ["xai.json"]) == (target.read_text(), [p.name for p in tmp_path.iterdir()])


def test_settings_of_ones_own_are_written_with_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A threshold far under xAI's default is written, and said to be."""
    target = tmp_path / "xai.json"
    code, out, _ = run(capsys, "export", "xai", "--out", str(target), "--threshold", "0.3")
    assert 0 == code
    assert "unusually low" in out
    assert {"type": "server_vad", "threshold": 0.3} == json.loads(target.read_text())["session"]["turn_detection"]


def test_a_log_without_times_is_not_answerable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3: the recording cannot answer, and the message says what would."""
    log = tmp_path / "call.jsonl"
    event = {"type": "session.created", "event_id": "e", "session": {"type": "realtime", "model": "gpt-realtime"}}
    log.write_text(json.dumps({"i": 0, "direction": "received", "data": event}) + "\n")
    assert 0 == run(capsys, "import", "openai", str(log), "--out", str(tmp_path / "call"))[0]
    code, _, err = run(capsys, "replay", str(tmp_path / "call"))
    assert NO_ANSWER == code
    assert "receive times" in err


def test_unknown_policies_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the ones that exist."""
    code, _, err = run(capsys, "compare", str(ONE), "--policy", "keyed,mute@ear")
    assert BAD_INPUT == code
    assert "one of indicator, stop-only, suppress, scheduled, keyed" in err


def test_gates_may_be_named_in_one_option_or_in_several(capsys: pytest.CaptureFixture[str]) -> None:
    """None of them is lost."""
    one = str(SESSIONS / "openai-12-plain")
    code, out, _ = run(capsys, "compare", one, "--policy", "keyed", "--policy", "stop-only,full", "--json")
    assert 0 == code
    shown = json.loads(out)
    assert ["keyed", "stop-only", "full"] == [r["policy"] for r in shown["Who was heard, under each gate"]]


def test_more_of_a_link_is_named_and_wrong_names_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A carrier that holds 800 ms is said among what was assumed; every wrong part at once."""
    one = str(SESSIONS / "openai-12-plain")
    code, out, _ = run(capsys, "replay", one, "--policy", "keyed", "--link", "carrier_ms=800,up_ms=40")
    assert 0 == code
    assert "held by a telephone carrier 800 ms" in " ".join(out.split())
    code, _, err = run(capsys, "replay", one, "--link", "carrier=800,up_ms=fast")
    assert BAD_INPUT == code
    assert "carrier=800 is no time of a link" in err
    assert "up_ms=fast" in err
