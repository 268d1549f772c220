"""The description of the folder names every field, and no field that is not there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from bargein.formats.wirelines import DIRECTION_KEYS, PAYLOAD_KEYS
from bargein.formats.wirelog import UNMEASURABLE
from bargein.session import Change, Info, Label, Track
from bargein.session.clientlog import BOUNDARIES
from bargein.session.model import CLOCKS, COMPLETE, LABEL_BASES, LABEL_KINDS, SCHEMA, SPEECH_STYLES, TRACK_KINDS

TEXT = (Path(__file__).parents[2] / "docs" / "session-format.md").read_text("utf-8")


def section(title: str) -> str:
    """What stands under a heading, up to the next one."""
    (found,) = re.findall(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    return found


def rows(title: str) -> dict[str, str]:
    """The table under a heading: first column without its quotes, to the rest of the row."""
    found = re.findall(r"^\| (.+?) \| (.+) \|$", section(title), re.MULTILINE)
    return {name.replace("`", ""): rest for name, rest in found[1:]}


@pytest.mark.parametrize(
    ("title", "model", "more"),
    [("session.json", Info, ["schema"]), ("A track", Track, []), ("A change of settings", Change, []),
     ("labels.jsonl", Label, [])],
)  # fmt: skip
def test_every_field_is_described(title, model, more):
    """In the order in which it is written."""
    assert [*more, *(f.name for f in fields(model))] == list(rows(title))


@pytest.mark.parametrize(
    ("title", "field", "allowed"),
    [
        ("session.json", "clock", CLOCKS),
        ("session.json", "speech_style", SPEECH_STYLES),
        ("A track", "kind", TRACK_KINDS),
        ("labels.jsonl", "kind", LABEL_KINDS),
        ("labels.jsonl", "basis", LABEL_BASES),
        ("labels.jsonl", "complete", COMPLETE),
    ],
)
def test_every_allowed_value_is_named(title, field, allowed):
    """And no other."""
    named = re.findall(r"`([a-z_]+)`", rows(title)[field])
    assert {*allowed} == {*named}


def test_the_other_tables():
    """Clocks, lines of the player, the version, the keys of a log."""
    assert list(CLOCKS) == list(rows("Time"))
    assert list(BOUNDARIES) == ", ".join(rows("client.jsonl")).split(", ")
    assert f"`schema` {SCHEMA}" in TEXT
    contract = section("Bringing a log")
    assert all(f"`{key}`" in contract for key in ("t", "conn", "kind", *DIRECTION_KEYS, *PAYLOAD_KEYS))


def test_what_is_missing_is_described_as_it_is_said():
    """The sentences of an import stand in the table, in the same words."""
    said = [rest for name, rest in rows("Bringing a log").items() if rest in UNMEASURABLE.values()]
    assert list(UNMEASURABLE.values()) == said
