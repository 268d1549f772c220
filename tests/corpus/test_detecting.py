"""Detectors held to the labelled speech of sessions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import bargein as bi
from bargein.cli import main
from bargein.errors import NotAnswerable

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
TWO = ("openai-01-interruption", "grok-01-interruption")


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> Path:
    """Two embedded sessions."""
    folder = tmp_path_factory.mktemp("two")
    for name in TWO:
        shutil.copytree(SESSIONS / name, folder / name)
    return folder


def test_a_row_a_scorer_and_sums_are_those_of_the_sessions(two):
    """Pooled by adding up, never by averaging rates."""
    whole = bi.detection(two, ["silero", "energy"]).to_dict("records")
    assert ["silero-9ccdacc4719d", "energy-1"] == [row["scorer"] for row in whole]
    parts = [bi.detection(two / name, "energy").to_dict("records")[0] for name in TWO]
    for column in ("speech [s]", "missed [s]", "false [s]", "onsets", "sessions"):
        assert whole[1][column] == pytest.approx(sum(part[column] for part in parts))
    wrong = whole[1]["missed [s]"] + whole[1]["false [s]"]
    assert whole[1]["error rate"] == pytest.approx(wrong / whole[1]["speech [s]"])
    assert all(0.9 < row["recall"] <= 1 for row in whole)


def test_a_deaf_threshold_hears_less(two):
    """From 0.3 to 0.95 something goes missing, and less is false."""
    low, high = (bi.detection(two, threshold=t).to_dict("records")[0] for t in (0.3, 0.95))
    assert low["missed [s]"] < high["missed [s]"]
    assert low["false [s]"] > high["false [s]"]


def test_without_labels_nothing_is_held_to_anything(two, tmp_path):
    """And the command says so with code 3."""
    shutil.copytree(two / TWO[0], tmp_path / "bare")
    (tmp_path / "bare" / "labels.jsonl").unlink()
    with pytest.raises(NotAnswerable, match="labels of kind speech"):
        bi.detection(tmp_path)


def test_on_the_command_line(two, capsys):
    """Table and JSON say the same."""
    with pytest.raises(SystemExit) as end:
        main(["detect", str(two), "--scorer", "silero,energy", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert (0, 2) == (end.value.code, len(rows))
    with pytest.raises(SystemExit):
        main(["detect", str(two), "--scorer", "silero,energy"])
    shown = capsys.readouterr().out
    assert all(f"{row['error rate']:.3f}" in shown for row in rows)
