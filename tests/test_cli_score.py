"""``bargein score``: tables and JSON, reasons beside every figure, exit codes that mean something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bargein.cli import BAD_INPUT, NO_ANSWER
from test_cli import run

ROOT = Path(__file__).parents[1]
SESSION = str(ROOT / "data" / "sessions" / "openai-21-no-interrupt")
TICKS = "tick,time_s,user_speech,agent_speech\n"


def test_figures_come_with_the_reasons_why_they_differ(capsys: pytest.CaptureFixture[str]) -> None:
    """The table, the differences of the definitions that were asked for, and of no other."""
    code, out, _ = run(capsys, "score", SESSION, "--definition", "tau-voice,sid-bench")
    assert 0 == code
    assert "yield_rate" in out
    assert "both" in out  # as defined and as coded agree
    assert "What differs from ours, and why" in out
    assert "eot-bench" not in out


def test_json_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Scores in every reading, what was left out, every difference."""
    code, out, _ = run(capsys, "score", SESSION, "--definition", "full-duplex-bench", "--json")
    assert 0 == code
    found = json.loads(out)
    stops = {r["reading"]: r["value"] for r in found["scores"] if r["metric"] == "stop latency (1.5)"}
    assert {"as defined": 0.827, "as coded": 0.38} == stops
    assert [] == found["left_out"]
    assert {"full-duplex-bench"} == {d["definition"] for d in found["differences"]}
    assert all(d["because"] for d in found["differences"])


def test_differences_need_no_session(capsys: pytest.CaptureFixture[str]) -> None:
    """All of them, as data."""
    code, out, _ = run(capsys, "score", "--differences", "--json")
    assert 0 == code
    assert {"tau-voice", "eva", "full-duplex-bench", "eot-bench", "sid-bench"} == {
        d["definition"] for d in json.loads(out)
    }


def test_bad_input_is_told_all_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two logs with wrong ticks and a folder that is not there: exit code 2, file, line, value, cause."""
    for name in "ab":
        (tmp_path / f"{name}.ticks.csv").write_text(TICKS + "0,0.0,0,0\n1,0.1,0,1\n")
    code, out, err = run(capsys, "score", str(tmp_path), str(tmp_path / "none"), "--definition", "tau-voice")
    assert (BAD_INPUT, "") == (code, out)
    assert "3 problems" in err
    for name in "ab":
        assert f"{tmp_path / name}.ticks.csv:3" in err.replace("\n", "")
    assert "100 ms a tick" in err
    assert "no such file or folder" in err


def test_a_sound_file_is_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One problem, with what would be read, instead of one for every byte."""
    (tmp_path / "call.wav").write_bytes(bytes(range(256)) * 40)
    code, _, err = run(capsys, "score", str(tmp_path / "call.wav"))
    assert BAD_INPUT == code
    assert "1 problem in" in err
    assert "a log of ticks is .csv" in err


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("no definition 'tau'", [SESSION, "--definition", "tau"]),
        ("by: 'week'", [SESSION, "--by", "week"]),
        ("nothing to score", []),
    ],
)
def test_wrong_words_are_refused(said: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With the right ones."""
    code, _, err = run(capsys, "score", *arguments)
    assert BAD_INPUT == code
    assert said in err


def test_what_recordings_cannot_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log of ticks has no labelled turns: exit code 3, and what would have them."""
    log = tmp_path / "call.ticks.csv"
    log.write_text(TICKS + "0,0.0,1,0\n1,0.2,0,1\n")
    code, _, err = run(capsys, "score", str(log), "--definition", "eot-bench")
    assert NO_ANSWER == code
    assert "eot-bench not of call: it needs finished turns" in err


def test_one_problem_more_than_a_part_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What can be scored is, and what was left out is said."""
    log = tmp_path / "call.ticks.csv"
    log.write_text(TICKS + "0,0.0,1,0\n1,0.2,0,1\n")
    code, out, _ = run(capsys, "score", str(log))
    assert 0 == code
    assert "Left out: sid-bench not of call: it needs labels" in out
