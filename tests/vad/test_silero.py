"""The network as its authors run it: frame by frame, from zero, with the 64 samples before; cutting changes nothing."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bargein.audio import files
from bargein.audio.resample import resample
from bargein.errors import AudioError, BargeinError
from bargein.vad import silero

GOLDEN = Path(__file__).parents[1] / "golden" / "silero_voice.json"


def voice(seconds: int = 3) -> np.ndarray:
    """A synthetic vowel that comes and goes: harmonics of a gliding pitch under three formants, some noise, seeded."""
    t = np.arange(seconds * 16_000) / 16_000
    pitch = 120 + 30 * np.sin(2 * np.pi * 0.7 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / 16_000
    first, second = 500 + 250 * np.sin(2 * np.pi * 2.1 * t), 1_500 + 600 * np.sin(2 * np.pi * 1.3 * t + 1)
    sound = np.zeros(len(t))
    for k in range(1, 30):
        peaks = [(1.0, first, 90), (0.5, second, 120), (0.1, 2_600, 200)]
        sound += sum(g / (1 + ((k * pitch - f) / width) ** 2) for g, f, width in peaks) * np.sin(k * phase)
    sound *= np.clip(np.sin(2 * np.pi * t) + 0.3, 0, 1) * np.clip(np.sin(2 * np.pi * 4 * t) + 1.2, 0, 1) * 0.15
    return files.to_int16(sound + 1e-3 * np.random.default_rng(1).standard_normal(len(t)))


@pytest.fixture(scope="module")
def whole():
    """Scores of the voice in one piece."""
    return silero.score(voice(), 16_000)


# ---- the same scores as the authors' own


@pytest.mark.parametrize("runner", silero.RUNNERS)
def test_scores_are_those_of_the_streaming_network(runner):
    """Golden: the package's other file, silero_vad.onnx, run frame by frame on this sound, outside this project."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))["scores"]
    whole = silero.score(voice(), 16_000, runner=runner)
    assert len(golden) == len(whole)
    assert 0.9 < max(golden)
    assert min(golden) < 0.1  # a sound that only scored one way would test little
    np.testing.assert_allclose(golden, whole.values, atol=1e-3)  # sines differ in the last bit between platforms


def frame_by_frame(path: Path, sound: np.ndarray) -> np.ndarray:
    """The plain loop over 512 new samples and the 64 before them."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    padded = np.concatenate([np.zeros(64, np.float32), sound, np.zeros(-len(sound) % 512, np.float32)])
    state, scores = np.zeros((2, 1, 128), np.float32), []
    for at in range(0, len(padded) - 64, 512):
        given = {"input": padded[None, at : at + 576], "state": state, "sr": np.array(16_000, np.int64)}
        score, state = session.run(None, given)
        scores.append(float(score[0, 0]))
    return np.array(scores)


def test_scores_equal_the_streaming_network_where_it_is_installed(whole):
    """Bit for bit; the file comes with several packages, none of which is needed here."""
    places = [("silero_vad", "data"), ("pipecat", "audio/vad/data"), ("livekit.plugins.silero", "resources")]
    for package, inside in places:
        try:
            spec = importlib.util.find_spec(package)
        except ModuleNotFoundError:
            continue
        for folder in (spec.submodule_search_locations or []) if spec else []:
            path = Path(folder) / inside / "silero_vad.onnx"
            if path.is_file():
                np.testing.assert_array_equal(frame_by_frame(path, files.to_float32(voice())), whole.values)
                return
    pytest.skip("no installed package brings silero_vad.onnx")


def test_the_weights_are_those_they_are_named_after():
    """Name, notice and file agree; the licence lies beside."""
    folder = resources.files("bargein.vad") / "weights"
    assert silero.SHA256 == hashlib.sha256((folder / silero.WEIGHTS).read_bytes()).hexdigest()
    notice = (folder / "NOTICE").read_text(encoding="utf-8")
    assert silero.SHA256 in notice
    assert silero.WEIGHTS in notice
    assert "MIT License" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert f"silero-{silero.SHA256[:12]}" == silero.MODEL


# ---- cutting changes nothing


@pytest.mark.parametrize("block", [1, 7, 64, 4_096])
def test_the_size_of_a_block_changes_no_score(whole, block):
    """Down to the last bit."""
    assert whole == silero.score(voice(), 16_000, block=block)


@settings(max_examples=15)
@given(rate=st.sampled_from([8_000, 16_000, 24_000, 44_100]), cuts=st.lists(st.integers(0, 20_000), max_size=8))
def test_pieces_of_any_length_give_the_same_scores(rate, cuts):
    """A live stream and a file are scored alike, resampled or not."""
    sound = voice(2)[:20_000]
    at = [0, *sorted(cuts), len(sound)]
    assert silero.score(sound, rate) == silero.score_pieces((sound[a:b] for a, b in pairwise(at)), rate)


def test_a_score_is_given_as_soon_as_its_frame_is_complete(whole):
    """Sample by sample at the end of a frame."""
    stream = silero.Silero(16_000)
    assert 0 == len(stream.feed(voice()[:511]))
    np.testing.assert_array_equal(whole.values[:1], stream.feed(voice()[511:512]))
    assert 512 == stream.samples


def test_a_later_sound_changes_no_earlier_score(whole):
    """The network is causal: a detector that is told so may act on a frame at its end."""
    n = 40
    np.testing.assert_array_equal(whole.values[:n], silero.score(voice()[: n * 512], 16_000).values)
    assert 0 == whole.look_ahead


# ---- samples and frames


def test_16_bit_and_float_samples_score_the_same(whole):
    """Divided by 32768, not 32767."""
    assert whole == silero.score(voice() / np.float32(32_768), 16_000)
    assert whole != silero.score(voice() / np.float32(32_767), 16_000)


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (1, 1), (512, 1), (513, 2), (1_024, 2)])
def test_the_last_frame_is_filled_up_with_zeros(samples, frames):
    """Every sample lies in a frame."""
    sound = voice()[:samples]
    scores = silero.score(sound, 16_000)
    padded = silero.score(np.concatenate([sound, np.zeros(-samples % 512, np.int16)]), 16_000)
    assert (frames, samples) == (len(scores), scores.samples)
    np.testing.assert_array_equal(padded.values, scores.values)


def test_other_rates_are_resampled_first():
    """Scores are those of the sound at 16 kHz."""
    at_24 = resample(voice(), 16_000, 24_000)
    assert silero.score(resample(at_24, 24_000, 16_000), 16_000) == silero.score(at_24, 24_000)


def test_two_channels_are_refused():
    """Mixing them would be a decision about the recording."""
    with pytest.raises(AudioError, match="choose one"):
        silero.score(np.zeros((1_000, 2), np.int16), 16_000)


@pytest.mark.parametrize("block", [0, -1])
def test_a_block_has_frames(block):
    """Nothing would ever be scored."""
    with pytest.raises(ValueError, match="at least one frame"):
        silero.score(voice(), 16_000, block=block)


# ---- what may be missing


@pytest.fixture
def unloaded():
    """The network as if this process had not used it yet."""
    silero._session.cache_clear()
    silero._layers.cache_clear()
    yield
    silero._session.cache_clear()
    silero._layers.cache_clear()


def test_a_missing_runtime_names_the_extra(monkeypatch, unloaded):
    """Not an import error from somewhere inside."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(BargeinError, match=r"bargein\[onnx\]"):
        silero.score(voice(), 16_000, runner="onnxruntime")


def test_without_onnxruntime_our_own_runner_scores(monkeypatch, unloaded):
    """A bare installation needs no extra."""
    ours = silero.score(voice(), 16_000, runner="numba")
    assert silero.score(voice(), 16_000) != ours  # what is installed here rounds in another order
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert silero.score(voice(), 16_000) == ours


def test_an_unknown_runner_is_refused():
    """With the names there are."""
    with pytest.raises(ValueError, match="onnxruntime, numba"):
        silero.Silero(16_000, runner="torch")


@pytest.mark.parametrize("runner", silero.RUNNERS)
def test_other_weights_are_not_run_under_this_name(monkeypatch, unloaded, runner):
    """A damaged or exchanged file would give other scores without a word."""
    monkeypatch.setattr(silero, "SHA256", "0" * 64)
    with pytest.raises(BargeinError, match="install bargein again"):
        silero.score(voice(), 16_000, runner=runner)
