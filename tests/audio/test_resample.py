"""Another rate: librosa's samples, the length rule, and pieces that equal the whole."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.audio.files import write_flac, write_wav
from bargein.audio.resample import Resampler, length, resample, streamed
from bargein.errors import AudioError

RATES = [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000]


def sound(samples: int, channels: int = 1) -> np.ndarray:
    """Seeded noise, -1..1."""
    drawn = np.random.default_rng(3).uniform(-0.5, 0.5, (samples, channels)).astype(np.float32)
    return drawn[:, 0] if channels == 1 else drawn


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("samples", [1, 5, 777, 20_000, 30_011])
def test_samples_are_those_of_librosa(rate, samples):
    """Bit for bit, length included: figures that others made with librosa.load are made of the same samples."""
    import librosa

    expected = librosa.resample(sound(samples), orig_sr=rate, target_sr=16_000, res_type="soxr_hq")
    np.testing.assert_array_equal(expected, resample(sound(samples), rate, 16_000))


@given(rate=st.sampled_from(RATES), samples=st.integers(0, 3_000))
def test_no_instant_of_the_original_lies_beyond_the_end(rate, samples):
    """The least length that covers the original: one sample fewer would not."""
    n = len(resample(sound(samples), rate, 16_000))
    assert length(samples, rate, 16_000) == n
    assert (n - 1) * rate < samples * 16_000 <= n * rate or n == samples == 0


@given(
    rate=st.sampled_from(RATES),
    cuts=st.lists(st.integers(0, 4_000), max_size=12),
    channels=st.sampled_from([1, 2]),
)
def test_pieces_put_together_are_the_whole(rate, cuts, channels):
    """Bit for bit, whatever the pieces, empty ones included."""
    whole = sound(4_000, channels)
    stream = Resampler(rate, 16_000, channels=channels)
    at = [0, *sorted(cuts), 4_000]
    pieces = [stream.feed(whole[a:b]) for a, b in pairwise(at)]
    np.testing.assert_array_equal(resample(whole, rate, 16_000), np.concatenate([*pieces, stream.finish()]))


@pytest.mark.parametrize(("rate", "to"), [(8_000, 48_000), (48_000, 8_000), (11_025, 16_000), (16_000, 16_000)])
def test_the_pieces_never_run_ahead_of_the_sound(rate, to):
    """After every piece there are at most as many samples as the length rule gives what was fed, and in the end all."""
    stream, came = Resampler(rate, to), 0
    for n in range(1, 200):
        came += len(stream.feed(sound(7)))
        assert came <= length(7 * n, rate, to)
    assert length(7 * 199, rate, to) == came + len(stream.finish())


@pytest.mark.parametrize("channels", [1, 2])
def test_nothing_stays_nothing_at_any_rate(channels):
    """No samples in, none out, of the same shape; whole or as a stream that was never fed."""
    nothing = sound(0, channels)
    assert nothing.shape == resample(nothing, 24_000, 16_000).shape
    assert nothing.shape == Resampler(24_000, 16_000, channels=channels).finish().shape


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("write", [write_wav, write_flac])
def test_a_file_in_pieces_is_what_librosa_loads(tmp_path, channels, write):
    """Bit for bit, both channels, however it is cut: reading 16 bit as whole numbers changes nothing."""
    import librosa

    write(tmp_path / "sound", sound(30_011, channels), 24_000)
    expected, _ = librosa.load(tmp_path / "sound", sr=16_000, mono=False)
    found = np.concatenate(list(streamed(tmp_path / "sound", 16_000, size=7_000)))
    np.testing.assert_array_equal(expected, found.T)


def test_16_bit_samples_are_resampled_as_floats():
    """Nothing is rounded back to 16 bit on the way."""
    pcm = (sound(2_400) * 32_767).astype(np.int16)
    np.testing.assert_array_equal(resample(pcm / np.float32(32_768), 24_000, 16_000), resample(pcm, 24_000, 16_000))


def test_the_same_rate_changes_nothing():
    """No filter is run."""
    np.testing.assert_array_equal(sound(100, 2), resample(sound(100, 2), 8_000, 8_000))


def test_a_tone_keeps_its_pitch_level_and_place():
    """A click in the middle stays in the middle; a tone under both band limits keeps its level."""
    click = np.zeros(2_400, np.float32)
    click[1_200] = 1.0
    assert 800 == int(np.argmax(resample(click, 24_000, 16_000)))
    tone = np.sin(2 * np.pi * 1_000 * np.arange(24_000) / 24_000)
    expected = np.sin(2 * np.pi * 1_000 * np.arange(16_000) / 16_000)
    np.testing.assert_allclose(expected[500:-500], resample(tone, 24_000, 16_000)[500:-500], atol=1e-3)


@pytest.mark.parametrize(("rate", "to"), [(0, 16_000), (16_000, 0), (-1, 16_000)])
def test_a_rate_is_over_zero(rate, to):
    """Named in the message."""
    with pytest.raises(ValueError, match=f"{rate} to {to}"):
        resample(sound(10), rate, to)


def test_what_is_no_sound_is_refused():
    """As everywhere in this room."""
    with pytest.raises(AudioError, match="int64"):
        resample(np.zeros(10, np.int64), 8_000, 16_000)
