"""Sound outside of JSON: read where the session says that it is sound, counted where nobody says what it is."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from bargein.errors import LogError
from bargein.events import Delta
from bargein.formats.wirelog import UNMEASURABLE
from bargein.providers import read
from bargein.replay import replay
from wirelogs import b64, bring, noise, pcm, wav, xai

NAMES = {"delta": "response.output_audio.delta", "audio": "input_audio_buffer.append"}


def binary(log, *, declared=("update", "updated"), as_bytes=False):
    """Grok's log with its sound in binary frames; ``declared`` by the request, by the echo, by both."""
    for line in log.lines:
        name = line["ev"]["type"]
        if name.startswith("session.") and name.removeprefix("session.") in declared:
            session = line["ev"]["session"]
            audio = {side: {**session["audio"][side], "transport": "binary"} for side in ("input", "output")}
            line["ev"]["session"] = {**session, "audio": audio}
        for key in ("delta", "audio"):
            if name == NAMES[key]:
                sound = line.pop("ev")[key]
                line["binary"] = len(base64.b64decode(sound)) if as_bytes else sound
    return log


def spoken():
    """Grok's log with a microphone in it, and the microphone."""
    log = xai()
    mic = noise(3_000, 5)
    for n, piece in enumerate(np.split(mic, 30)):
        log.lines.append({"t": 300 + 100 * n, "dir": "c2s", "ev": {"type": NAMES["audio"], "audio": b64(piece)}})
    log.lines.sort(key=lambda line: line["t"])
    return log, mic


@pytest.mark.parametrize("declared", [("update",), ("updated",), ("update", "updated")])
def test_declared_binary_frames_are_sound(declared, tmp_path):
    """Both sides bit for bit, of the response that was open; what was read and taken is said."""
    log, mic = spoken()
    made = bring(binary(log, declared=declared), tmp_path, "xai")
    assert np.array_equal(log.agent, pcm(made.session, "agent"))
    assert np.array_equal(mic, pcm(made.session, "user"))
    assert "3 binary frame(s) from the server read as sound: audio.output.transport is binary" in made.notes
    assert "30 binary frame(s) from the client read as sound: audio.input.transport is binary" in made.notes
    found = read(made.session)
    assert {"f530"} == {e.response for e in found.of(Delta)}
    assert (True, True) == (found.responses["f530"].synthetic, found.responses["f530"].interrupted)
    assert [set(), {"f530"}] == [{*cut.revoked} for cut in replay(made.session, "keyed").cuts]


def test_undeclared_binary_frames_are_counted(tmp_path):
    """What they hold is not known, so it is neither played nor stored."""
    secret = b"sk-proj-AbCdEf0123456789AbCd"
    log = xai()
    log.lines.append({"t": 12_000, "dir": "s2c", "binary": base64.b64encode(secret).decode()})
    log.lines.append({"t": 12_001, "dir": "c2s", "binary": "%%%"})
    made = bring(log, tmp_path, "xai")
    assert [{"type": "binary", "bytes": n} for n in (28, None)] == [dict(r.payload) for r in made.session.records[-2:]]
    assert "1 binary frame(s) from the server kept as byte counts: no session event says that they are sound" in (
        made.notes
    )
    assert np.array_equal(log.agent, pcm(made.session, "agent"))
    assert 2 == read(made.session).warnings["unknown event binary"]


def test_each_side_is_declared_for_itself(tmp_path):
    """A binary microphone says nothing about frames from the server."""
    log, mic = spoken()
    update = next(line["ev"] for line in log.lines if line["ev"]["type"] == "session.update")
    audio = update["session"]["audio"]
    update["session"] = {**update["session"], "audio": {**audio, "input": {**audio["input"], "transport": "binary"}}}
    log = binary(log, declared=())
    made = bring(log, tmp_path, "xai")
    assert np.array_equal(mic, pcm(made.session, "user"))
    assert "agent" not in made.session.info.tracks
    assert any("3 binary frame(s) from the server kept as byte counts" in note for note in made.notes)


def test_byte_counts_are_lengths(tmp_path):
    """A browser that gets a Blob can count its bytes at once: sound beside the log is mapped to them."""
    log = binary(xai(), as_bytes=True)
    made = bring(log, tmp_path, "xai", agent=wav(tmp_path / "agent.wav", log.agent))
    assert np.array_equal(log.agent, pcm(made.session, "agent"))
    assert 6_025 == read(made.session).generated.audio_ms()
    without = bring(binary(xai(), as_bytes=True), tmp_path, "xai", name="without")
    assert UNMEASURABLE["agent sound"] in without.unmeasurable


def test_declared_binary_that_is_no_base64_is_refused(tmp_path):
    """With its line."""
    log = binary(xai())
    index = next(n for n, line in enumerate(log.lines) if "binary" in line)
    log.lines[index]["binary"] = "%%%"
    with pytest.raises(LogError, match=rf"delta is no base64 .*call.jsonl:{index + 1}"):
        bring(log, tmp_path, "xai")


@pytest.mark.parametrize("value", [None, 1.5, ["AAAA"], {}])
def test_a_line_that_is_neither(value, tmp_path):
    """A binary key without base64 or byte count is no message."""
    log = xai()
    log.lines.append({"t": 12_000, "dir": "s2c", "binary": value})
    with pytest.raises(LogError, match="no message"):
        bring(log, tmp_path, "xai")
