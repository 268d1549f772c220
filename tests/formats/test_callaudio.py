"""A call as two audio streams: paired, dated from the log's start, refused with line and cause."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bargein.errors import LogError
from bargein.formats.callaudio import read_call_audio
from bargein.timeline import Span, Timeline

USER, AGENT = "elevenlabs_user", "framework_agent"


def line(kind: str, who: str, at: float) -> dict[str, object]:
    """An edge of somebody's sound."""
    return {"timestamp": int(at * 1_000), "event_type": f"audio_{kind}", "user": who, "audio_timestamp": at}


def written(folder: Path, *lines: object) -> Path:
    """A log of these lines."""
    path = folder / "events.jsonl"
    path.write_text("\n".join(json.dumps(x) for x in lines) + "\n", encoding="utf-8")
    return path


def test_a_call_is_read(tmp_path):
    """From the first line on; who is still sounding sounds until the last line; the reason it ended."""
    call = read_call_audio(written(
        tmp_path, {"timestamp": 99_000, "type": "connection_state", "data": {"state": "connected", "details": {}}},
        line("start", AGENT, 100.0), line("end", AGENT, 101.5), line("start", "simulated_user", 102.0004),
        {"timestamp": 104_000, "type": "connection_state", "data": {"details": {"reason": "inactivity_timeout"}}},
    ))  # fmt: skip
    assert (Timeline([Span(3_000, 5_000)]), Timeline([Span(1_000, 2_500)])) == (call.user, call.agent)
    assert ("events", 5_000, "inactivity_timeout") == (call.name, call.length_ms, call.ended)


@pytest.mark.parametrize(
    ("said", "place", "lines"),
    [
        ("user: 'narrator' is none of", "events.jsonl:1", [line("start", "narrator", 1)]),
        ("starts while it is open", "events.jsonl:2", [line("start", USER, 1), line("start", USER, 2)]),
        ("ends and was not open", "events.jsonl:1", [line("end", USER, 1)]),
        ("ends 500 ms before it starts", "events.jsonl:2", [line("start", USER, 1.5), line("end", USER, 1.0)]),
        ("1772403724647.0 is no number of seconds (milliseconds?)", "events.jsonl:1",
         [line("start", USER, 1772403724647.0)]),
        ("'now' is no number of seconds", "events.jsonl:1", [{**line("start", USER, 1), "audio_timestamp": "now"}]),
        ("no line tells of sound", "events.jsonl", [{"type": "session.created"}]),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(tmp_path, said, place, lines):
    """File, line, value, likely cause."""
    with pytest.raises(LogError) as refused:
        read_call_audio(written(tmp_path, *lines))
    (problem,) = refused.value.problems
    assert said in str(problem)
    assert place == problem.place


def test_all_problems_come_at_once(tmp_path):
    """A broken line, an unknown side and a time in milliseconds."""
    path = written(tmp_path, line("start", "narrator", 1), line("start", USER, 1e12))
    path.write_text(path.read_text() + "{\n")
    with pytest.raises(LogError) as refused:
        read_call_audio(path)
    assert 3 == len(refused.value.problems)
