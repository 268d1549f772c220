"""Levels and envelopes: the reference is stated, frames never drift, and no peak is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein import units
from bargein.audio.envelope import envelope
from bargein.audio.levels import SILENCE_DBFS, dbfs, rms_dbfs, rms_frames
from bargein.errors import AudioError


def test_a_full_scale_sine_reads_minus_three():
    """The reference is an RMS of 1.0, not that of a sine."""
    sine = np.sin(2 * np.pi * 50 * np.arange(16_000) / 16_000)
    assert -3.01 == pytest.approx(rms_dbfs(sine), abs=0.005)
    assert 0.0 == rms_dbfs(np.ones(10))


@pytest.mark.parametrize("nothing", [np.zeros(100, np.int16), np.zeros(0, np.float32)])
def test_silence_has_a_level(nothing):
    """A number that can be drawn and averaged, not minus infinity; quieter than one bit could be."""
    assert SILENCE_DBFS == rms_dbfs(nothing)
    assert SILENCE_DBFS < rms_dbfs(np.array([1] + [0] * 47_999, np.int16))


def test_16_bit_and_float_samples_read_the_same():
    """Full scale is 32768 in both."""
    pcm = np.random.default_rng(0).integers(-20_000, 20_000, 5_000).astype(np.int16)
    assert rms_dbfs(pcm / 32_768) == pytest.approx(rms_dbfs(pcm), abs=1e-6)
    assert -6.02 == pytest.approx(rms_dbfs(np.full(10, 16_384, np.int16)), abs=0.005)


@given(
    rate=st.sampled_from([8_000, 11_025, 16_000, 22_050, 44_100]),
    samples=st.integers(0, 3_000),
    hop_ms=st.integers(1, 40),
)
def test_frames_begin_where_their_millisecond_does(rate, samples, hop_ms):
    """Frame i holds the samples from i * hop_ms on, at every rate: the slow line it equals."""
    sound = np.random.default_rng(samples).uniform(-1, 1, samples).astype(np.float32)
    expected = []
    while (start := units.samples_in(len(expected) * hop_ms, rate)) < samples:
        frame = sound[start : units.samples_in((len(expected) + 1) * hop_ms, rate)].astype(np.float64)
        expected.append(np.sqrt(np.mean(frame**2)))
    np.testing.assert_allclose(rms_frames(sound, rate, hop_ms=hop_ms), expected, rtol=1e-9)


def test_frames_of_silence_and_of_sound():
    """-20 dBFS for a tenth of full scale."""
    sound = np.concatenate([np.zeros(80), np.full(80, 0.1), np.zeros(80)])
    assert [SILENCE_DBFS, -20, SILENCE_DBFS] == pytest.approx(dbfs(rms_frames(sound, 8_000)).tolist(), abs=1e-4)


def test_a_frame_may_be_one_sample_and_a_sound_may_have_none():
    """A sample a millisecond, a frame a millisecond; and no frames of nothing."""
    assert [0.5, 0.25, 1.0] == rms_frames(np.array([0.5, -0.25, 1.0]), 1_000, hop_ms=1).tolist()
    assert (0,) == rms_frames(np.zeros(0), 8_000).shape


@pytest.mark.parametrize(
    ("samples", "rate", "hop_ms"),
    [
        (np.zeros((5, 2)), 8_000, 10),
        (np.zeros(5), 999, 1),  # a hair less than a sample
        (np.zeros(5), 8_000, 0),
    ],
)
def test_frames_refuse_two_channels_and_empty_frames(samples, rate, hop_ms):
    """One channel, and at least one sample a frame."""
    with pytest.raises(ValueError, match=r"channel|no sample"):
        rms_frames(samples, rate, hop_ms=hop_ms)


# ---- envelopes


@given(samples=st.integers(0, 500), columns=st.integers(1, 60))
def test_an_envelope_holds_every_sample(samples, columns):
    """Each column's lowest and highest: the slow line it equals."""
    sound = np.random.default_rng(samples).uniform(-1, 1, samples).astype(np.float32)
    lo, hi = envelope(sound, columns)
    n = min(columns, samples)
    cut = [sound[i * samples // n : (i + 1) * samples // n] for i in range(n)]
    assert [float(c.min()) for c in cut] == lo.tolist()
    assert [float(c.max()) for c in cut] == hi.tolist()


def test_a_picture_of_one_column_or_of_no_sound():
    """The extremes of everything; and nothing of nothing, however wide."""
    assert [[-0.5], [0.25]] == [e.tolist() for e in envelope(np.array([0.25, -0.5, 0.0]), 1)]
    assert [[], []] == [e.tolist() for e in envelope(np.zeros(0), 3)]


@pytest.mark.parametrize(("samples", "columns"), [(np.zeros((5, 2)), 3), (np.zeros(5), 0), (np.zeros(5), -1)])
def test_an_envelope_refuses_what_it_cannot_draw(samples, columns):
    """Two channels are two envelopes."""
    with pytest.raises(ValueError, match="envelope"):
        envelope(samples, columns)


def test_an_envelope_of_no_sound_is_refused():
    """As everywhere in this room."""
    with pytest.raises(AudioError):
        envelope(np.zeros(5, np.int64), 3)
