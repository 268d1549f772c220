"""Files that are no log, lines that are no message: what it is, where it stands, what probably happened."""

from __future__ import annotations

import gzip
import json

import pytest

from bargein.cli import BAD_INPUT, main
from bargein.errors import LogError
from bargein.formats.wirelog import import_log
from wirelogs import WireLog, bring, openai, pcm

LINES = [json.dumps(line) for line in openai().lines]
TEXT = "\n".join(LINES) + "\n"
WHOLE = TEXT.encode()


def with_line(number, old, new):
    """The log with something in one line replaced, counted from 1."""
    line = LINES[number - 1].replace(old, new)
    assert line != LINES[number - 1]
    return "\n".join([*LINES[: number - 1], line, *LINES[number:]]).encode() + b"\n"


#: Case: bytes, what is said, where, and the likely cause.
BROKEN = {
    "gzip": (gzip.compress(WHOLE), "a gzip file", "call.jsonl", "gunzip"),
    "zip": (b"PK\x03\x04" + bytes(60), "a zip file", "call.jsonl", "unpack"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(60), "a zstd file", "call.jsonl", "unpack"),
    "wav": (b"RIFF" + bytes(60), "a sound file", "call.jsonl", "--user"),
    "UTF-16": (TEXT.encode("utf-16"), "UTF-16 or UTF-32 text", "call.jsonl", "save it as UTF-8"),
    "UTF-16, no mark": (TEXT.encode("utf-16-le"), "UTF-16 or UTF-32 text", "call.jsonl", "save it as UTF-8"),
    "UTF-16, big end first": (TEXT.encode("utf-16-be"), "UTF-16 or UTF-32 text", "call.jsonl", "save it as UTF-8"),
    "Latin-1": (WHOLE.replace(b"resp_A", b"resp_\xc4"), "not UTF-8", "and", "another encoding?"),
    "array": (b" \n" + json.dumps(openai().lines).encode(), "a JSON array", "call.jsonl", "jq -c .[]"),
    "indented": (json.dumps(openai().lines[0], indent=1).encode(), "not one of", "call.jsonl", "over several lines?"),
    "cut at the end": (WHOLE[:-40], "not JSON", f":{len(LINES)}", "the app was stopped? delete the line"),
    "cut inside": (with_line(5, '"ev"', '"e'), "not JSON", ":5", "cut off or edited?"),
    "NUL bytes": (WHOLE + bytes(50), "not JSON", f":{len(LINES) + 1}", "NUL bytes"),
    "NaN": (with_line(7, '"t": ', '"t": NaN, "u": '), "not JSON", ":7", "write null"),
    "two in a line": (with_line(3, "}}", '}} {"t": 3}'), "not JSON", ":3", "end each with a newline"),
    "commas": (TEXT.replace("}\n", "},\n").encode(), f"not one of {len(LINES)} lines", "call.jsonl", "a comma at the"),
    "repr": ("\n".join(map(repr, openai().lines)).encode(), "not one of", "call.jsonl", "use json.dumps"),
    "words": (b"t,dir,ev\n1,s2c,x\n", "not one of 2 lines", "call.jsonl", "a log is JSON, one object a line"),
    "too deep": (WHOLE + b'{"t": 9999, "dir": "s2c", "ev": {"n": ' + b"[" * 90_000 + b"]" * 90_000 + b"}}\n",
                 "nested too deeply", f":{len(LINES) + 1}", "cut off"),
    "digits": (with_line(4, '"t": ', '"t": "7", "u": '), "t: digits in quotes", ":4", "take the quotes away"),
    "true": (with_line(4, '"t": ', '"t": true, "u": '), "t: true or false", ":4", "write whole milliseconds"),
    "list": (with_line(4, '"t": ', '"t": [1], "u": '), "t: a list", ":4", "write whole milliseconds"),
    "nanoseconds": (with_line(4, '"t": ', '"t": 1790000000000000000, "u": '), "beyond the year 2100", ":4", "nanosec"),
    "threshold as text": (with_line(1, '"threshold": 0.5', '"threshold": "0.5"'), "threshold: '0.5' is no",
                          ":1", "digits in quotes?"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_is_said(case, tmp_path):
    """One cause, one problem, with file, line and likely cause; nothing is written."""
    data, what, where, hint = BROKEN[case]
    (tmp_path / "call.jsonl").write_bytes(data)
    with pytest.raises(LogError) as error:
        import_log(tmp_path / "call.jsonl", tmp_path / "s", provider="openai")
    (problem,) = error.value.problems
    assert what in problem.what
    assert problem.place.startswith("call.jsonl")
    assert where in problem.place
    assert hint in problem.hint
    assert ["call.jsonl"] == [p.name for p in tmp_path.iterdir()]


def test_all_at_once_with_exit_code_2(tmp_path, capsys):
    """At the command line: three different faults, three lines, nothing written."""
    log = tmp_path / "call.jsonl"
    log.write_bytes(b"\n".join([b"{", *WHOLE.split(b"\n")[1:4], b'{"dir": 5}', WHOLE[:60]]))
    with pytest.raises(SystemExit) as left:
        main(["import", "openai", str(log), "--out", str(tmp_path / "s")])
    assert 2 == BAD_INPUT == left.value.code
    said = capsys.readouterr().err
    assert "3 problems in call.jsonl" in said.replace("\n", " ")
    assert all(f"call.jsonl:{line}" in said for line in (1, 5, 6))
    assert not (tmp_path / "s").exists()


def variant(data, folder, name):
    """The session that these bytes become."""
    (folder / f"{name}.jsonl").write_bytes(data)
    return bring(folder / f"{name}.jsonl", folder, name=name).session


@pytest.mark.parametrize(
    "data",
    [b"\xef\xbb\xbf" + WHOLE, TEXT.replace("\n", "\r\n").encode(), TEXT.replace("\n", "\n\n \n").encode(), WHOLE[:-1]],
    ids=["byte order mark", "CRLF", "empty lines", "no newline at the end"],
)
def test_what_makes_no_difference(data, tmp_path):
    """The same session."""
    assert variant(WHOLE, tmp_path, "plain").records == variant(data, tmp_path, "other").records


def test_base64_over_several_lines_is_base64(tmp_path):
    """As MIME encoders write it; and an odd number of bytes waits for the next delta."""
    log = openai()
    deltas = list(log.of("response.output_audio.delta"))
    deltas[0]["delta"] = "\n".join(deltas[0]["delta"][n : n + 76] for n in range(0, len(deltas[0]["delta"]), 76))
    assert (pcm(bring(log, tmp_path).session, "agent") == log.agent).all()


@pytest.mark.parametrize("field", ["event_id", "response_id", "item_id", "content_index", "audio_duration_ms"])
@pytest.mark.parametrize("value", [[1], {"a": 1}, 5, None, -7, "0"])
def test_odd_values_stop_no_import(field, value, tmp_path):
    """Compatible servers write what they like; every sample is kept."""
    log = openai()
    next(log.of("response.output_audio.delta"))[field] = value
    assert (pcm(bring(log, tmp_path).session, "agent") == log.agent).all()


@pytest.mark.parametrize("rate", [0, -1, "16000", 99_999_999_999, 24_000.5, True])
def test_a_rate_that_no_voice_has_makes_no_sound(rate, tmp_path):
    """It is left out and said, rather than played at another rate."""
    log = openai()
    session = json.loads(json.dumps(log.lines[0]["ev"]["session"]))
    session["audio"]["output"]["format"]["rate"] = rate
    log.lines[0]["ev"]["session"] = session
    made = bring(WireLog(log.lines), tmp_path)
    assert "agent" not in made.session.info.tracks
    assert any(f"coded as audio/pcm at {rate!r} Hz, which is not decoded here" in note for note in made.notes)
