"""Where a file lies in a log and how clocks drift: found again to the millisecond, said with its uncertainty."""

from __future__ import annotations

import numpy as np
import pytest

from bargein.audio.files import read, to_int16
from bargein.audio.resample import resample
from bargein.formats import clocks
from wirelogs import RATE, WireLog, b64, bring, noise, openai, pcm, wav

MILLION = 1_000_000


def talking(seconds, seed):
    """Noise in bursts, as syllables: seeded, no speech."""
    level = np.repeat(np.random.default_rng(seed).random(seconds * 5) > 0.4, RATE // 5)
    return (noise(seconds * 1_000, seed) * level).astype(np.int16)


def appended(sound, ppm=0, chunk_ms=100, late=None):
    """A log of a microphone whose clock is fast by so much, sent piece by piece."""
    log = openai(appends=False)
    log.lines = log.lines[:1]
    size = RATE * chunk_ms // 1_000
    for n, piece in enumerate(np.split(sound[: len(sound) // size * size], len(sound) // size)):
        t = 200 + int((n + 1) * chunk_ms * (1 - ppm / MILLION)) + (late[n] if late is not None else 0)
        log.add(t, "c2s", "input_audio_buffer.append", audio=b64(piece))
    return log


def delayed(sound, ms):
    """The same after so many zeros."""
    return np.concatenate([np.zeros(ms * RATE // 1_000, np.int16), sound])


def starts(made):
    """When the user's track begins, on the log's own clock."""
    return made.session.info.tracks["user"].origin_ms + made.session.info.sources[0]["zero_t"]


@pytest.mark.parametrize("ms", [0, 37, 1_250])
def test_a_file_beside_appends_is_found(ms, tmp_path):
    """Another rate, another start: said to the sample, and moved only when asked to."""
    sound = talking(12, 1)
    file = wav(tmp_path / "mic.wav", resample(delayed(sound, ms), RATE, 16_000), 16_000)
    made = bring(appended(sound), tmp_path, user=file)
    (said,) = (note for note in made.notes if note.startswith("mic.wav: the log's microphone begins"))
    assert ms == pytest.approx(float(said.split()[5]), abs=0.3)
    assert "drift not identifiable in under 60 s" in said
    assert 200 == starts(made)  # the first append held 100 ms and was sent at 300
    moved = bring(appended(sound), tmp_path, name="moved", user=file, align=True)
    assert 200 - ms == starts(moved)
    assert 0 <= min(track.origin_ms for track in moved.session.info.tracks.values())


@pytest.mark.parametrize("ppm", [-180, 0, 120])
def test_drift_of_a_file_is_found_and_corrected_on_request(ppm, tmp_path):
    """Three minutes: the interval holds the truth, and what is aligned lies within a millisecond at the end."""
    sound = talking(180, 2)
    stretched = to_int16(resample(sound, MILLION, MILLION + ppm))
    found = clocks.match(sound, RATE, stretched, RATE)
    assert found.drift_low - 2 <= ppm <= found.drift_high + 2
    assert (ppm != 0) == found.drifts
    file = wav(tmp_path / "mic.wav", stretched)
    session = bring(appended(sound), tmp_path, user=file, align=True).session
    again = clocks.match(sound, RATE, pcm(session, "user"), RATE)
    assert abs(again.drift_ppm) <= 3
    assert abs(again.offset_ms) <= 1


@pytest.mark.parametrize("ppm", [-300, 0, 90])
def test_appends_against_the_logs_clock(ppm, tmp_path):
    """Sending is late by up to 80 ms, never early: the promptest of each stretch tell."""
    late = np.random.default_rng(4).integers(0, 80, 1_800).tolist()
    made = bring(appended(talking(180, 3), ppm, late=late), tmp_path)
    (said,) = (note for note in made.notes if note.startswith("microphone's clock"))
    assert "not corrected" in said
    low, high = (float(x) for x in said.split("(")[1].split(")")[0].split(" to "))
    assert low - 15 <= ppm <= high + 15


@pytest.mark.parametrize("ppm", [-300, 200])
def test_a_microphone_that_drifts_from_the_log_is_stretched_on_request(ppm, tmp_path):
    """Three minutes, sent up to 80 ms late: aligned, its sound lies on the log's clock from the first to the last."""
    sound = talking(180, 8)
    late = np.random.default_rng(4).integers(0, 80, 1_800).tolist()
    made = bring(appended(sound, ppm, late=late), tmp_path, user=wav(tmp_path / "mic.wav", sound), align=True)
    assert any("moved by --align" in note for note in made.notes)
    assert 200 == pytest.approx(starts(made), abs=6)
    found = clocks.match(resample(sound, MILLION + ppm, MILLION), RATE, pcm(made.session, "user"), RATE)
    assert abs(found.drift_ppm) <= 25
    assert abs(found.offset_ms) <= 1


def test_a_burst_is_no_clock(tmp_path):
    """Sent a fifth faster than it was recorded: said to be none."""
    made = bring(appended(talking(120, 3), 200_000), tmp_path)
    (said,) = (note for note in made.notes if note.startswith("microphone's clock"))
    assert said.endswith("no clock does: it was not sent as it was recorded")


def test_another_recording_is_not_found(tmp_path):
    """Said, and nothing is moved."""
    made = bring(appended(talking(12, 5)), tmp_path, user=wav(tmp_path / "mic.wav", talking(12, 6)), align=True)
    assert "mic.wav: the log's microphone was not found in it, so its place is not confirmed" in made.notes
    assert "mic.wav: not moved, the log holds no microphone in which it was found" in made.notes


def test_silence_is_nowhere():
    """Zeros fit everywhere, so they fit nowhere; so does a tone of one note."""
    assert clocks.match(np.zeros(RATE * 9, np.int16), RATE, np.zeros(RATE * 9, np.int16), RATE) is None
    tone = (8_000 * np.sin(2 * np.pi * 440 * np.arange(RATE * 9) / RATE)).astype(np.int16)
    assert clocks.match(tone, RATE, tone, RATE) is None


def test_an_agent_file_beside_deltas(tmp_path):
    """End to end as they are; or played later, and then the file cannot have begun before a certain instant."""
    log = openai()
    ends = bring(log, tmp_path, agent=wav(tmp_path / "agent.wav", log.agent))
    assert any("responses found in it, end to end as the deltas are" in note for note in ends.notes)
    other = bring(log, tmp_path, name="other", agent=wav(tmp_path / "agent.wav", noise(2_500, 9)))
    assert any("none of 1 responses was found in it: another recording?" in note for note in other.notes)


def test_played_later(tmp_path):
    """Two answers a second apart: the later the file begins, the earlier they sounded; before arrival none did."""
    log = WireLog(openai(appends=False).lines[:1])
    first, second = noise(2_000, 11), noise(1_500, 12)
    for t, name, sound in ((3_000, "resp_A", first), (7_000, "resp_B", second)):
        log.add(t, "s2c", "response.created", response={"id": name})
        log.add(t + 100, "s2c", "response.output_audio.delta", response_id=name, item_id=name, delta=b64(sound))
    played = np.concatenate([delayed(first, 3_100 - 95 + 60), delayed(second, 2_000)])
    made = bring(log, tmp_path, agent=wav(tmp_path / "played.wav", played))
    (said,) = (note for note in made.notes if note.startswith("played.wav: 2 of 2"))
    # A arrived at 3,005 and lies at 3,065; B arrived at 7,005 and lies at 7,065: 60 ms before the log, or later
    assert said.endswith("none sounds before it arrived if the file began at -60 ms or later")


@pytest.mark.parametrize(("name", "ppm"), [
    ("ami-meetings/dev00_ES2003a", 100), ("phone-agent-callers/01cdd2e8", 150), ("phone-agent-callers/d2cb05c8", -80),
])  # fmt: skip
def test_people(name, ppm, mirror):
    """Recorded people, stretched and delayed by 512 ms; drift shows in the calls of two minutes, not in 30 s."""
    sound, rate = read(mirror / f"{name}.flac")
    stretched = np.concatenate([np.zeros(rate * 512 // 1_000, np.float32), resample(sound, MILLION, MILLION + ppm)])
    found = clocks.match(sound, rate, stretched, rate)
    assert found.blocks >= 5
    if "ami" in name:
        assert found.drift_ppm is None
        assert 512 == pytest.approx(found.offset_ms, abs=found.within_ms)
    else:
        assert found.drift_low - 1 <= ppm <= found.drift_high + 1
        assert 512 == pytest.approx(found.offset_ms, abs=1)
