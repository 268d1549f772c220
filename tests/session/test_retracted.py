"""A label that is taken back: both lines stay, neither counts, and what was never given cannot be taken back."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from bargein.errors import SessionError
from bargein.session import Info, Label, load, save
from bargein.session.appending import append_lines

TIC, NOISE = Label("tic", 100, 300, annotator="anna"), Label("noise", 100, 300, annotator="anna")


@pytest.fixture
def folder(tmp_path):
    """A session with two labels."""
    info = Info("call", "openai", "gpt-realtime", 1_000, clock="none")
    return save(tmp_path / "call", info, [], audio={}, labels=[TIC, NOISE]).folder


def back(label: Label, retracted: object = True) -> dict[str, object]:
    """The line that takes a label back."""
    return {**asdict(label), "retracted": retracted}


def test_one_is_taken_back(folder: Path):
    """The other stays; given again it counts again; the file only grows."""
    path = folder / "labels.jsonl"
    before = path.read_bytes()
    append_lines(path, [back(TIC)])
    assert (NOISE,) == load(folder).labels
    assert path.read_bytes().startswith(before)
    append_lines(path, [asdict(TIC)])
    assert {TIC, NOISE} == {*load(folder).labels}


def test_of_two_that_are_alike_one(folder: Path):
    """Line by line."""
    append_lines(folder / "labels.jsonl", [asdict(TIC), back(TIC)])
    assert 1 == load(folder).labels.count(TIC)


def test_not_retracted_is_a_label(folder: Path):
    """As any other."""
    append_lines(folder / "labels.jsonl", [back(TIC, False)])
    assert 2 == load(folder).labels.count(TIC)


def test_what_cannot_be_taken_back(folder: Path):
    """What nobody gave, and what is neither true nor false; each with its line."""
    other = Label("tic", 100, 301, annotator="anna")
    append_lines(folder / "labels.jsonl", [back(other), back(TIC, "yes")])
    with pytest.raises(SessionError) as refused:
        _ = load(folder).labels
    assert ["labels.jsonl:3", "labels.jsonl:4.retracted"] == [p.place for p in refused.value.problems]
    assert 4 == len([json.loads(x) for x in (folder / "labels.jsonl").read_text().splitlines()])
