"""Edges of clean clips: drawn as levels, one character a frame of 10 ms, then on the recordings."""

from __future__ import annotations

import numpy as np
import pytest

from bargein.audio import files
from bargein.audio.edges import APART_DB, CLEAN_CLIP, EnergyRule, Levels, levels, speech_spans
from bargein.audio.levels import SILENCE_DBFS
from bargein.timeline import Span, Timeline

RATE = 8_000
#: dBFS of a letter: loud, medium, soft, breath, noise floor; a dot is digital silence.
LEVEL = {"L": -15, "m": -30, "s": -48, "b": -58, "n": -80}


def clip(drawn: str, rate: int = RATE) -> np.ndarray:
    """Three tones of these levels together: 10 ms a letter, whole periods in each."""
    hop = rate // 100
    gains = np.repeat([10 ** (LEVEL[c] / 20) if c in LEVEL else 0.0 for c in drawn], hop)
    t = np.arange(len(gains)) / rate
    voice = sum(np.sin(2 * np.pi * hz * t) for hz in (700, 1_600, 2_900))
    return gains * voice * (2 / 3) ** 0.5


def spans(drawn: str, **rule) -> str:
    """The frames a clip sounds in, drawn."""
    found = speech_spans(clip(drawn), RATE, EnergyRule(**rule))
    return "".join("x" if i * 10 in found else "." for i in range(len(drawn)))


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        ("n" * 30 + "L" * 20 + "n" * 30,
         "." * 30 + "x" * 20 + "." * 30),
        # soft sounds belong to the speech they touch: a fricative before, a tail behind
        ("n" * 30 + "sssss" + "L" * 20 + "mmsss" + "n" * 30,
         "." * 30 + "xxxxx" + "x" * 20 + "xxxxx" + "." * 30),
        # a breath does not, nor does soft sound on its own, however long
        ("n" * 30 + "bbbbb" + "L" * 20 + "n" * 30 + "s" * 20 + "n" * 30,
         "." * 30 + "....." + "x" * 20 + "." * 80),
        # a click is too short; a final plosive of 40 ms is not
        ("n" * 20 + "LLL" + "n" * 20 + "L" * 20 + "n" * 20,
         "." * 43 + "x" * 20 + "." * 20),
        ("n" * 30 + "L" * 20 + "n" * 11 + "LLLL" + "n" * 30,
         "." * 30 + "x" * 20 + "." * 11 + "xxxx" + "." * 30),
        # the closure of a plosive is bridged, a pause of 100 ms is one
        ("n" * 30 + "L" * 20 + "n" * 9 + "L" * 20 + "n" * 30,
         "." * 30 + "x" * 49 + "." * 30),
        ("n" * 30 + "L" * 20 + "n" * 10 + "L" * 20 + "n" * 30,
         "." * 30 + "x" * 20 + "." * 10 + "x" * 20 + "." * 30),
        # zeros around a clip are no noise floor: the noise between them stays noise
        ("." * 40 + "s" * 20 + "L" * 20 + "s" * 20 + "." * 40,
         "." * 60 + "x" * 20 + "." * 60),
        # and sound of one level, cut out of its silence, is not its own noise
        ("." * 30 + "L" * 20 + "." * 30,
         "." * 30 + "x" * 20 + "." * 30),
    ],
)  # fmt: skip
def test_what_sounds(drawn, expected):
    """Two thresholds, bridged gaps, short noises left out."""
    assert expected == spans(drawn)


@pytest.mark.parametrize("drawn", ["." * 50, "n" * 50, "m" * 50, "n" * 50 + "bbbbbb" + "n" * 50, ""])
def test_where_nothing_stands_out_there_are_no_edges(drawn):
    """Silence, steady noise of any level, sound too soft to be a voice, and nothing at all."""
    assert Timeline() == speech_spans(clip(drawn), RATE)


def test_noise_pushes_the_threshold_up():
    """10 dB over the floor where that is more than 40 under the loud frames."""
    quiet, noisy = levels(clip("n" * 30 + "L" * 30), RATE), levels(clip("s" * 30 + "L" * 30), RATE)
    assert quiet.peak - CLEAN_CLIP.low_under_peak_db == quiet.low
    assert noisy.floor + CLEAN_CLIP.low_over_floor_db == noisy.low > quiet.low


def test_thresholds_are_drawn_from_the_loud_frames_and_the_floor():
    """Of 101 frames from soft to loud the floor is the sixth, the peak the last but one: one loud frame is a knock."""
    drawn = "n" * 5 + "b" + "s" * 93 + "m" + "L"
    found = levels(clip(drawn), RATE)
    assert [LEVEL["b"], LEVEL["m"]] == pytest.approx([found.floor, found.peak], abs=2)
    assert len(drawn) == len(found.frames)
    assert found.low == max(found.peak - CLEAN_CLIP.low_under_peak_db, found.floor + CLEAN_CLIP.low_over_floor_db)
    assert found.high == max(found.peak - CLEAN_CLIP.high_under_peak_db, found.low + APART_DB)


def test_the_upper_threshold_keeps_its_distance_where_noise_is_near():
    """Where the lower one has come close to it."""
    found = levels(clip("m" * 60 + "L" * 40), RATE)
    assert found.low + APART_DB == found.high > found.peak - CLEAN_CLIP.high_under_peak_db


@pytest.mark.parametrize(("high", "expected"), [(-21, True), (-20, False), (-19, False)])
def test_what_only_reaches_the_threshold_does_not_stand_out(high, expected):
    """It has to be over it."""
    assert expected == Levels(np.zeros(0), -60, -20, -50, high).stands_out


@pytest.mark.parametrize(("value", "name"), [(CLEAN_CLIP, "hop_ms"), (Levels(np.zeros(0), -60, -20, -50, -30), "low")])
def test_the_rule_and_what_it_found_are_values(value, name):
    """Every caller that names no rule shares this one."""
    with pytest.raises(AttributeError):
        setattr(value, name, getattr(value, name))


def test_silence_has_levels_too():
    """All at the bottom, for a picture; a sound at the very least loudness still is one."""
    found = levels(clip("." * 5), RATE)
    assert [SILENCE_DBFS] * 9 == [*found.frames, found.floor, found.peak, found.low, found.high]
    drawn = "n" * 30 + "L" * 20 + "n" * 30
    peak = levels(clip(drawn), RATE).peak
    assert spans(drawn) == spans(drawn, least_peak_dbfs=peak) != spans(drawn, least_peak_dbfs=peak + 0.1)


def test_the_slowest_rate_with_room_over_the_high_pass():
    """Twice its frequency is refused (below), a little more is not."""
    assert Timeline() == speech_spans(np.zeros(50), 202)


@pytest.mark.parametrize("hop", [5, 20])
def test_the_grid_of_the_edges_is_the_length_of_a_frame(hop):
    """The same sound on another grid, its end rounded up to it."""
    sound = clip("n" * 30 + "L" * 21 + "n" * 31)
    assert Timeline([Span(300, 510 if hop == 5 else 520)]) == speech_spans(sound, RATE, EnergyRule(hop_ms=hop))


def test_hum_is_no_speech():
    """A 50 Hz hum at the level of a voice, with a word in it."""
    drawn = "n" * 30 + "L" * 20 + "n" * 30
    hum = 0.2 * np.sin(2 * np.pi * 50 * np.arange(len(clip(drawn))) / RATE)
    start, end = (s := speech_spans(clip(drawn) + hum, RATE).spans)[0].start, s[-1].end
    assert (1, 300, 500) == (len(s), start, end)
    assert [(300, 500)] != [(s.start, s.end) for s in speech_spans(clip(drawn) + hum, RATE, EnergyRule(highpass_hz=1))]


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.03])
def test_edges_do_not_depend_on_gain(gain):
    """Both thresholds move with the recording."""
    drawn = "n" * 30 + "sss" + "L" * 20 + "ss" + "n" * 30
    assert Timeline([Span(300, 550)]) == speech_spans(clip(drawn) * gain, RATE)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 48_000])
def test_edges_do_not_drift_with_the_rate(rate):
    """After ten seconds still on the frame, also where 10 ms are no whole number of samples."""
    t = np.arange(10 * rate + rate // 2)
    tone = np.where((t >= 10 * rate) & (t < 10 * rate + rate // 5), np.sin(2 * np.pi * 440 * t / rate), 0.0)
    assert Timeline([Span(10_000, 10_200)]) == speech_spans(tone, rate)


@pytest.mark.parametrize(("samples", "rate"), [(np.zeros((50, 2)), RATE), (np.zeros(50), 200)])
def test_two_channels_and_rates_without_a_voice_are_refused(samples, rate):
    """One channel, and room over the high-pass."""
    with pytest.raises(ValueError, match=r"channel|holds nothing"):
        speech_spans(samples, rate)


# ---- on recordings


@pytest.mark.parametrize(
    ("folder", "clips", "before", "after"),
    [("user-utterances", 28, 100, 40), ("agent-speech", 25, 80, 40)],
)
def test_edges_of_clean_recordings_lie_near_a_detectors(mirror, folder, clips, before, after):
    """Where a detector enters late, energy is there first: not by more than a syllable, and hardly ever after it.

    A check on gross error, not on truth: 32 ms of the difference are the detector's frame.
    """
    from bargein.vad.rule import Rule, speech
    from bargein.vad.silero import score

    paths = sorted((mirror / folder).glob("*.flac"))
    leads = []
    for path in paths:
        samples, rate = files.read_int16(path)
        energy = speech_spans(samples, rate).spans[0].start
        leads.append(speech(score(samples, rate), Rule()).spans[0].start - energy)
    assert clips == len(leads)
    assert before >= max(leads)
    assert -after <= min(leads)
