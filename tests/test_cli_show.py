"""A table on a terminal: every column is to be seen, however narrow it is, and no word is broken without need."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from bargein.cli import main
from bargein.cli.show import GAP, fitted


def on_terminal(columns: int, *arguments: str) -> str:
    """Run a command on a terminal so wide, and give what it shows."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = {k: v for k, v in os.environ.items() if k != "COLUMNS"} | {"TERM": "xterm", "NO_COLOR": "1"}
    running = subprocess.Popen([sys.executable, "-m", "bargein.cli", *arguments], stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    shown = b""
    while True:
        try:
            more = os.read(ours, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not more:
            break
        shown += more
    os.close(ours)
    assert 0 == running.wait()
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode()).replace("\r", "")


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_a_terminal_shows_every_column_of_the_plan(columns):
    """Also the last one, which says how much is missing; no line is longer than the terminal is wide."""
    shown = on_terminal(columns, "plan", "openai")
    lines = shown.split("\n")
    for name in ("claim", "standing", "at hand", "needed", "missing"):
        assert any(f" {name} " in f" {line} " for line in lines), name
    assert "18 speakers" in shown
    assert columns >= max(len(line.rstrip()) for line in lines)


@pytest.mark.parametrize("room", [60, 76, 96, 116, 196])
def test_parts_fit_and_hold_every_column(room):
    """However wide the columns are; the first is in every part."""
    for whole in ([40, 14, 40, 40, 24], [90, 90, 90], [3, 3, 3], [12, 40, 8, 8, 8, 60, 30, 14]):
        for least in (whole, [min(n, 9) for n in whole]):
            needs, parts = fitted(whole, least, 2, room)
            assert [*range(len(whole))] == sorted({n for part in parts for n in part})
            assert all(part[0] == 0 for part in parts)
            assert max(sum(needs[n] for n in part) for part in parts) <= room
            words = [min(n, room // 2 - GAP, 40) for n in least]
            assert all(need - GAP >= word for need, word in zip(needs, words, strict=True))


def test_without_a_terminal_nothing_is_parted():
    """A file takes what is needed."""
    assert ([43, 17, 23], [[0, 1, 2]]) == fitted([60, 14, 20], [9, 9, 9], 2, None)


def test_a_missing_provider_is_answered_with_those_there_are(capsys):
    """Not with the name of the argument."""
    for command in ("tune", "plan"):
        with pytest.raises(SystemExit) as ended:
            main([command])
        assert 2 == ended.value.code
        assert "openai|xai" in capsys.readouterr().err


def test_tune_answers_briefly_and_whole_on_request(capsys):
    """The short answer fits a tall screen; --all holds every figure."""
    shown = []
    for more in ([], ["--all"]):
        with pytest.raises(SystemExit):
            main(["tune", "openai", "--max-cutoffs-per-hold", "0.1", *more])
        shown.append(capsys.readouterr().out)
    short, whole = shown
    assert 36 > len(short.splitlines())
    assert "no recommendation" in short.splitlines()[1]
    assert "frontier, the least mean endpoint delay" not in short
    assert "frontier, the least mean endpoint delay" in whole


def test_a_figure_leaves_json_one_document(capsys, tmp_path):
    """Where the picture went is said to people only."""
    session = Path(__file__).parents[1] / "data" / "sessions" / "openai-01-interruption"
    figure = tmp_path / "replay.png"
    with pytest.raises(SystemExit):
        main(["replay", str(session), "--policy", "keyed", "--json", "--figure", str(figure)])
    assert json.loads(capsys.readouterr().out)
    assert figure.stat().st_size > 0
