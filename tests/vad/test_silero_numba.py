"""Our own runner of the network: onnxruntime's scores up to rounding, bit for bit the same however a sound is cut."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bargein.audio import files
from bargein.audio.resample import resample
from bargein.vad import onnx_arrays, silero, silero_numba
from bargein.vad.rule import Rule, edges

ROOT = Path(__file__).parents[2]
TRACKS = sorted((ROOT / "data" / "sessions").glob("*/user.flac"))
#: Of the two runners' scores on the embedded user tracks: 3.4e-5 measured; onnxruntime alone is up to 3.3e-5 off the
#: network in 64 bits.
BETWEEN_RUNNERS = 5e-5


def frames(sound: np.ndarray) -> np.ndarray:
    """Rows of 512 samples behind the 64 before them, of 16 kHz, the last one filled up with zeros."""
    padded = np.concatenate([np.zeros(64, np.float32), sound, np.zeros(-len(sound) % 512, np.float32)])
    return np.lib.stride_tricks.sliding_window_view(padded, 576)[::512]


def in_64_bits(rows: np.ndarray) -> np.ndarray:
    """The network as its graph reads, in double precision and plain numpy."""
    given = {name: array.astype(np.float64) for name, array in onnx_arrays.arrays(silero.weights()).items()}
    rows = np.concatenate([rows, rows[:, 574:510:-1]], axis=1).astype(np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(rows, 256, axis=1)[:, ::128]
    both = windows @ given["stft.forward_basis_buffer"][:, 0].T
    x = np.hypot(both[..., :129], both[..., 129:])
    for layer, stride in enumerate((1, 2, 2, 1)):
        weights, x = given[f"encoder.{layer}.weight"], np.pad(x, ((0, 0), (1, 1), (0, 0)))
        triples = np.lib.stride_tricks.sliding_window_view(x, 3, axis=1)[:, ::stride]  # (frame, step, in, tap)
        x = np.maximum(np.einsum("fsit,oit->fso", triples, weights) + given[f"encoder.{layer}.bias"], 0)
    into, memory, biases = (given[f"onnx::LSTM_{number}"][0] for number in (209, 210, 211))
    gates = x[:, 0] @ into.T + biases[:512] + biases[512:]
    h = c = np.zeros(128)
    scores = []
    for gate in gates:
        i, o, f, g = np.split(gate + memory @ h, 4)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
        z = np.maximum(h, 0) @ given["output.weight"].ravel() + given["output.bias"][0]
        scores.append(1 / (1 + math.exp(-z)))
    return np.array(scores)


#: Corpora of the mirror whose first thirty recordings are compared, two minutes of each.
COMPARED = ("user-utterances", "phone-agent-callers", "coughs", "provider-vad", "short-words")


def mirrored(mirror: Path) -> list[Path]:
    """Recordings of the mirror."""
    return [path for name in COMPARED for path in sorted((mirror / name).rglob("*.[fw][la][av]*"))[:30]]


def compared(paths, both) -> tuple[np.ndarray, int]:
    """How far two runners are apart, frame by frame, and how many frames change side at 0.5."""
    off, flips = [], 0
    for path in paths:
        samples, rate = files.read_int16(path)
        sound = samples[: 120 * rate] if samples.ndim == 1 else samples[: 120 * rate, 0]
        one, other = (np.asarray(s, np.float64) for s in both(frames(resample(files.to_float32(sound), rate, 16_000))))
        off.append(np.abs(one - other))
        flips += int(((one >= 0.5) != (other >= 0.5)).sum())
    return np.concatenate(off), flips


@pytest.fixture(scope="module")
def user():
    """Twelve seconds of an embedded user, and their rate: silence, then speech."""
    samples, rate = files.read_int16(ROOT / "data" / "sessions" / "openai-13-beta-interruption" / "user.flac")
    return samples[8 * rate : 20 * rate], rate


@pytest.fixture(scope="module")
def rows(user):
    """Frames of that user."""
    samples, rate = user
    return frames(resample(files.to_float32(samples), rate, 16_000))


def run(rows: np.ndarray) -> np.ndarray:
    """Our runner from a memory of zero."""
    return silero.RUNNERS["numba"]()(rows)


# ---- the network's scores


def test_scores_are_those_of_the_network_in_64_bits(rows):
    """Every layer against its plain form; what is left is rounding."""
    expected = in_64_bits(rows)
    assert expected.min() < 0.1
    assert 0.9 < expected.max()
    np.testing.assert_allclose(expected, run(rows), rtol=0, atol=3e-5)


def test_scores_equal_onnxruntimes(rows):
    """Within what rounding makes of them; tracks as a whole are further below."""
    pytest.importorskip("onnxruntime")
    np.testing.assert_allclose(silero.OnnxNetwork()(rows), run(rows), rtol=0, atol=BETWEEN_RUNNERS)


@pytest.mark.parametrize("path", TRACKS, ids=lambda path: path.parent.name)
def test_no_decision_on_an_embedded_user_differs_between_the_runners(path):
    """Scores within the stated bound, and the same edges at four thresholds."""
    pytest.importorskip("onnxruntime")
    samples, rate = files.read_int16(path)
    theirs, ours = (silero.score(samples, rate, runner=runner) for runner in ("onnxruntime", "numba"))
    np.testing.assert_allclose(theirs.values, ours.values, rtol=0, atol=BETWEEN_RUNNERS)
    for enter in (0.3, 0.5, 0.7, 0.85):
        assert edges(theirs, Rule(enter)) == edges(ours, Rule(enter))


def test_the_two_runners_differ_by_no_more_than_is_stated():
    """All embedded users together: 99.9 % within 1e-5, 1 frame in 1,000 beyond at the most, and none changes side."""
    pytest.importorskip("onnxruntime")
    off, flips = compared(TRACKS, lambda rows: (silero.OnnxNetwork()(rows), run(rows)))
    assert len(off) > 25_000
    assert np.quantile(off, 0.999) <= 1e-5
    assert (off > 1e-5).mean() <= 1e-3
    assert off.max() <= BETWEEN_RUNNERS
    assert 0 == flips


def test_and_so_on_real_callers_coughs_and_words(mirror):
    """Recordings nobody tuned the runner on: wider, as docs/vad.md states, and no frame changes side either."""
    pytest.importorskip("onnxruntime")
    off, flips = compared(mirrored(mirror), lambda rows: (silero.OnnxNetwork()(rows), run(rows)))
    assert len(off) > 50_000
    assert np.quantile(off, 0.999) <= 2e-5
    assert off.max() <= 1e-4
    assert 0 == flips


def test_tanh_is_within_3e_7():
    """Also far out, and NaN stays NaN."""
    for x in [*np.linspace(-12, 12, 2_001), -1e30, 1e30]:
        assert abs(math.tanh(x) - silero_numba._tanh(np.float32(x))) < 3e-7
    assert math.isnan(silero_numba._tanh(np.float32("nan")))


# ---- cutting changes nothing


@settings(max_examples=30)
@given(cuts=st.lists(st.integers(0, 375), max_size=10))
def test_frames_in_calls_of_any_size_give_the_same_bits(rows, cuts):
    """Whole, one by one, in tiles that are never full: a frame's sums do not depend on its neighbours."""
    network = silero.RUNNERS["numba"]()
    pieces = [network(piece) for piece in np.split(rows, sorted(cuts))]
    np.testing.assert_array_equal(run(rows), np.concatenate(pieces))


@pytest.mark.parametrize("block", [1, 3, 512])
def test_the_size_of_a_block_changes_no_score(user, block):
    """Through the resampler, too."""
    assert silero.score(*user, runner="numba") == silero.score(*user, block=block, runner="numba")


def test_two_sounds_at_a_time_do_not_mix(rows):
    """Each network has memory and work space of its own; the weights are shared."""
    one, other = silero.RUNNERS["numba"](), silero.RUNNERS["numba"]()
    turned = rows[::-1]
    given = [(one(rows[i : i + 5]), other(turned[i : i + 5])) for i in range(0, len(rows), 5)]
    np.testing.assert_array_equal(run(rows), np.concatenate([a for a, _ in given]))
    np.testing.assert_array_equal(run(turned), np.concatenate([b for _, b in given]))


def test_a_sample_that_is_no_number_is_no_score(rows):
    """Not hidden by a bound or a ReLU, and from then on, as the memory is broken; frames before it are whole."""
    broken = rows.copy()
    broken[3, 100] = np.nan
    scores = run(broken)
    np.testing.assert_array_equal(run(rows)[:3], scores[:3])
    assert np.isnan(scores[3:]).all()


# ---- what it needs


def test_it_loads_neither_onnxruntime_nor_onnx():
    """In a process of its own, from import to score."""
    code = """if True:
        import sys, numpy as np
        sys.modules.update(onnxruntime=None, onnx=None)
        from bargein.vad import silero
        print(silero.default_runner(), len(silero.score(np.zeros(16_000, np.int16), 16_000)))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ["numba", "32"] == done.stdout.split()


def test_a_loop_is_compiled_for_one_kind_of_arrays_only(rows):
    """In C order: a second layout in memory would compile it again, and Fortran's runs at half the speed."""
    run(rows[:9])
    memory, products = silero._layers().memory, [x for x in silero._layers() if isinstance(x, silero_numba.Layer)]
    assert all(matrix.flags.c_contiguous for matrix in [memory, *(layer.weights for layer in products)])
    assert [1, 1] == [len(loop.signatures) for loop in (silero_numba._product, silero_numba._remember)]


def test_arrays_of_a_file_that_is_cut_short_are_refused():
    """At every byte of its first kilobytes and at its end."""
    model = silero.weights()
    for end in [*range(1, 3_000, 7), len(model) - 1]:
        with pytest.raises((ValueError, KeyError)):
            silero_numba.layers(model[:end])


def test_arrays_of_another_type_are_refused():
    """64-bit floats under a name of ours are not read as 32-bit ones."""
    double = b"\x08\x01\x10\x0b\x42\x01w\x4a\x08" + bytes(8)
    graph = b"\x2a" + bytes([len(double)]) + double
    with pytest.raises(ValueError, match="not 32-bit floats"):
        onnx_arrays.arrays(b"\x3a" + bytes([len(graph)]) + graph)


if __name__ == "__main__":  # what docs/vad.md states; takes minutes: python tests/vad/test_silero_numba.py MIRROR
    PAIRS = {
        "our runner, onnxruntime": lambda rows: (run(rows), silero.OnnxNetwork()(rows)),
        "onnxruntime, in 64 bits": lambda rows: (silero.OnnxNetwork()(rows), in_64_bits(rows)),
        "our runner, in 64 bits": lambda rows: (run(rows), in_64_bits(rows)),
    }
    for place, paths in {"embedded": TRACKS, "mirror": mirrored(Path(sys.argv[1]))}.items():
        for name, both in PAIRS.items():
            off, flips = compared(paths, both)
            beyond, tail = 100 * (off > 1e-5).mean(), np.quantile(off, 0.999)
            row = (place, f"{len(off)}", name, f"{off.max():.1e}", f"{tail:.1e}", f"{beyond:.2f} %", f"{flips}")
            sys.stdout.write(f"| {' | '.join(row)} |\n")
