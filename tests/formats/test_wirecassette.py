"""Cassettes: the YAML of a test suite imports as the log it is, with lines of the file in every message."""

from __future__ import annotations

import json

import pytest
import yaml

from bargein.errors import LogError
from bargein.formats.wirelog import import_log
from wirelogs import bring, openai, untimed


def cassette(path, rows):
    """Write recorded frames as a test suite would."""
    path.write_text(yaml.safe_dump({"version": 1, "interactions": rows}, sort_keys=False), encoding="utf-8")
    return path


@pytest.mark.parametrize(("provider", "name"), [
    ("openai", "openai_server_vad_three_turns"), ("openai", "openai_webrtc_endpoint_split"),
    ("xai", "xai_grok_session_resumption"),
])  # fmt: skip
def test_the_recorded_ones(provider, name, mirror, tmp_path):
    """The frames of the mirror came from cassettes: back in that shape they import as the same session."""
    source = mirror / "event-logs" / f"{name}.jsonl"
    rows = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    taped = cassette(tmp_path / "call.yaml", [{k: v for k, v in row.items() if k != "i"} for row in rows])
    a = import_log(source, tmp_path / "a", provider=provider)
    b = import_log(taped, tmp_path / "b", provider=provider)
    assert a.session.records == b.session.records
    assert a.session.info.settings == b.session.info.settings
    assert a.unmeasurable == b.unmeasurable


def test_seconds_become_milliseconds(tmp_path):
    """``at`` is seconds: the same session as from a log in milliseconds."""
    log = openai()
    rows = [{**row, "at": line["t"] / 1_000} for row, line in zip(untimed(log), log.lines, strict=True)]
    a = bring(log, tmp_path, name="a")
    b = bring(cassette(tmp_path / "call.yaml", rows), tmp_path, name="b")
    assert a.session.records == b.session.records
    assert a.session.info.tracks == b.session.info.tracks


@pytest.mark.parametrize(("text", "said"), [
    ("version: 1\n", "no list of interactions"), ("- a\n- b\n", "no list of interactions"), ("", "no list of"),
    ("interactions:\n- {kind: message\n- x", r"no YAML.*@ call.yaml:[34]"),
    ("interactions:\n- kind: message\n  direction: sent\n  data: {type: x}\n- 3\n", r"not an object @ call.yaml:5"),
    ("interactions:\n- kind: message\n  data: {type: x}\n", r"direction: None is not s2c or c2s.*call.yaml:2"),
    ("interactions:\n- {kind: message, direction: sent, at: soon, data: {type: x}}\n", "a time under the name 'at'"),
    ("interactions:\n- !!python/object/apply:os.getcwd []\n", "no YAML: .*constructor"),
], ids=["other", "list", "empty", "cut", "number", "direction", "time", "code"])  # fmt: skip
def test_bad_cassettes(text, said, tmp_path):
    """With file, line and cause; nothing is run from data and nothing written."""
    (tmp_path / "call.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(LogError, match=said):
        import_log(tmp_path / "call.yaml", tmp_path / "s", provider="openai")
    assert not (tmp_path / "s").exists()
