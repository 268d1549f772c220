"""Silero's 16 kHz network as matrix products and one loop, compiled by numba: no onnxruntime, no BLAS, one thread.

What a frame of 512 samples goes through, together with the 64 before it (shapes of one frame; the arrays of a tile hold
several frames one below the other)::

    576 samples ─► reflected by 64 ─► 4 steps × 256, hop 128 ─► 129 magnitudes each        a fixed Fourier transform
        ─► three convolutions of width 3, ReLU: (4, 128) ─► (2, 64) ─► (1, 64)             stride 1, 2, 2
        ─► one convolution with its middle tap alone, as one step is left: 128, ReLU
        ─► LSTM of 128 ─► ReLU ─► one linear unit ─► sigmoid ─► score

Everything before the LSTM has no memory, so it is done for a tile of frames at a time; only the loop of 128 × 512 runs
from frame to frame. A frame's numbers are summed in the same order wherever it stands in a tile and however many frames
a call brings, so cutting a sound changes no bit of a score (a BLAS does not promise that). How far rounding
moves scores from onnxruntime's is said in :mod:`bargein.vad.silero`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from bargein.audio.files import Float32
from bargein.vad import compiling
from bargein.vad.onnx_arrays import arrays

#: Samples a frame is given with, with the 64 before it; and reflected at its end.
GIVEN, REFLECTED = 576, 640
STEPS, WINDOW, STEP = 4, 256, 128
UNITS = 128
#: 129 magnitudes, filled up with zeros to what the product's loops take whole.
BINS = 136
#: Frames a tile, so that its arrays stay near the core: 32 and 64 are equally fast, 8 a fifth slower (measured).
TILE = 32
#: Rows that `_product` takes at a time, and places of its sums; a tile is filled up to a multiple.
BY = 4


class Layer(NamedTuple):
    """A matrix that a row is multiplied with, C order (in, out), and what is added, (out,)."""

    weights: Float32
    bias: Float32


class Layers(NamedTuple):
    """The network's weights, turned so that each step is one product; (in, out) beside."""

    cosines: Layer  # (128, BINS), for the even half of a window
    sines: Layer  # (128, BINS), for its odd half
    first: Layer  # (BINS, 3 · 128): its taps side by side, added up afterwards: no row has to be copied three times
    second: Layer  # (3 · 128, 64): its taps one below the other, for rows of three steps
    third: Layer  # (2 · 64, 64): without the first tap, which would meet padding only
    fourth: Layer  # (64, 128): the middle tap, the others would meet padding only
    gates: Layer  # (128, 4 · 128): input of the LSTM; gates in ONNX's order: input, output, forget, cell
    memory: Float32  # (128, 4 · 128), its recurrence
    score: Float32  # (128,)
    score_bias: float


def layers(model: bytes) -> Layers:
    """Read the weights out of the network's file.

    Parameters
    ----------
    model
        Content of ``silero_vad_16k_sequence.onnx``. The caller knows by its hash which network of that name it is.

    Raises
    ------
    ValueError
        As :func:`bargein.vad.onnx_arrays.arrays`.
    KeyError
        Another network.
    """
    given = arrays(model)
    # Sample 0 of the window weighs nothing; cosines are even about sample 128, sines odd. Folded there, a window is two
    # halves of 128 and half the work. Sample 128 is folded upon itself, so it counts half.
    basis = np.zeros((2, WINDOW // 2, BINS), np.float32)
    basis[0, :, :129], basis[1, :, :129] = np.split(given["stft.forward_basis_buffer"][:, 0, 1:129].T, 2, axis=1)
    basis[:, -1] /= 2
    taps = [given[f"encoder.{n}.weight"].transpose(2, 1, 0) for n in range(4)]  # (tap, in, out)
    bias = [given[f"encoder.{n}.bias"] for n in range(4)]
    first = np.zeros((BINS, 3, 128), np.float32)
    first[:129] = taps[0].transpose(1, 0, 2)
    into, memory, both = (given[f"onnx::LSTM_{number}"][0] for number in (209, 210, 211))
    # Three of the four gates are sigmoids, 0.5 + 0.5 tanh(x / 2): halved here, all four are one loop of tanh.
    halved = np.repeat(np.array([0.5, 0.5, 0.5, 1], np.float32), UNITS)
    nothing = np.zeros(BINS, np.float32)
    return Layers(
        Layer(basis[0], nothing),
        Layer(basis[1], nothing),
        Layer(first.reshape(BINS, -1), np.concatenate([np.zeros(128, np.float32), bias[0], np.zeros(128, np.float32)])),
        Layer(np.ascontiguousarray(taps[1]).reshape(-1, 64), bias[1]),
        Layer(np.ascontiguousarray(taps[2][1:]).reshape(-1, 64), bias[2]),
        Layer(np.ascontiguousarray(taps[3][1]), bias[3]),
        Layer(np.ascontiguousarray(into.T) * halved, (both[: 4 * UNITS] + both[4 * UNITS :]) * halved),
        np.ascontiguousarray(memory.T) * halved,
        given["output.weight"].reshape(UNITS),
        float(given["output.bias"][0]),
    )


class NumbaNetwork:
    """The network with its memory, which starts at zero: given frames in order, gives their scores.

    Parameters
    ----------
    weights
        From :func:`layers`; they are only read and may be shared.

    Examples
    --------
    >>> from bargein.vad.silero import weights
    >>> network = NumbaNetwork(layers(weights()))
    >>> bool((network(np.zeros((5, 576), np.float32)) < 0.5).all())
    True
    """

    def __init__(self, weights: Layers) -> None:
        compiling.say("the network's loops", _product, _remember)
        self._weights = weights
        self._h, self._c = np.zeros((2, UNITS), np.float32)
        # Work space of a tile, kept: new arrays for each tile cost a fifth of the time (measured).
        shapes: list[tuple[int, ...]] = [(REFLECTED,), (REFLECTED,), (STEPS, 128), (STEPS, 128), (STEPS, BINS)]
        shapes += [(STEPS, BINS), (STEPS, 3, 128), (6, 128), (2, 64), (64,), (128,), (4 * UNITS,)]
        self._space = [np.zeros((TILE, *shape), np.float32) for shape in shapes]

    def __call__(self, frames: Float32) -> Float32:
        """Score the next frames, shape (n, 576): each 512 samples behind the 64 before them; any n."""
        w, scores = self._weights, np.empty(len(frames), np.float32)
        for at in range(0, len(frames), TILE):
            gates, out = self._without_memory(frames[at : at + TILE]), scores[at : at + TILE]
            _remember(gates, w.memory, w.score, w.score_bias, self._h, self._c, out)
        return scores

    def _without_memory(self, frames: Float32) -> Float32:
        """Give what each frame brings to the gates of the LSTM; rows beyond the frames mean nothing."""
        w, n = self._weights, -(-len(frames) // BY) * BY
        sound, turned, even, odd, real, imaginary, taps, pairs, two, three, four, gates = (a[:n] for a in self._space)
        _fold(frames, sound, turned, even, odd)
        _apply(w.cosines, even, real)
        _apply(w.sines, odd, imaginary)
        np.multiply(real, real, out=real)
        np.multiply(imaginary, imaginary, out=imaginary)
        np.sqrt(np.add(real, imaginary, out=real), out=real)
        _apply(w.first, real, taps)
        steps = taps[:, :, 1]
        steps[:, 1:] += taps[:, :-1, 0]
        steps[:, :-1] += taps[:, 1:, 2]
        # The second convolution, stride 2, sees steps (padding, 0, 1) and (1, 2, 3); place 0 stays zero.
        np.maximum(steps[:, :2], 0, out=pairs[:, 1:3])
        np.maximum(steps[:, 1:], 0, out=pairs[:, 3:])
        for layer, rows, out in [(w.second, pairs, two), (w.third, two, three), (w.fourth, three, four)]:
            _apply(layer, rows, out)
            np.maximum(out, 0, out=out)
        _apply(w.gates, four, gates)
        return gates


def _fold(frames: Float32, sound: Float32, turned: Float32, even: Float32, odd: Float32) -> None:
    """Reflect the frames at their end, and fold each of their four windows about its middle."""
    n = len(frames)
    sound[:n, :GIVEN] = frames
    sound[:n, GIVEN:] = frames[:, GIVEN - 2 : 2 * GIVEN - REFLECTED - 2 : -1]
    turned[:] = sound[:, ::-1]  # numpy adds forward views several times faster than backward ones
    for step in range(STEPS):
        rising = sound[:, STEP * step + 1 :][:, :128]
        falling = turned[:, REFLECTED - WINDOW - STEP * step :][:, :128]
        np.add(rising, falling, out=even[:, step])
        np.subtract(rising, falling, out=odd[:, step])


def _apply(layer: Layer, rows: Float32, out: Float32) -> None:
    """Fill ``out`` with ``rows @ layer.weights + layer.bias``, whatever axes the rows are spread over."""
    width_in, width_out = layer.weights.shape
    _product(rows.reshape(-1, width_in), layer.weights, layer.bias, out.reshape(-1, width_out))


# Sums may be fused with products, which rounds less, but not reordered: "contract" alone of the fast-math flags.
@njit(cache=True, fastmath={"contract"})
def _product(rows: Float32, weights: Float32, bias: Float32, out: Float32) -> None:
    """``out[:] = rows @ weights + bias``, four rows and four places of the sum at a time: a load serves four."""
    for r in range(0, rows.shape[0], BY):
        for j in range(bias.size):
            out[r, j] = out[r + 1, j] = out[r + 2, j] = out[r + 3, j] = bias[j]
        for k in range(0, weights.shape[0], BY):
            a0, a1, a2, a3 = rows[r, k], rows[r, k + 1], rows[r, k + 2], rows[r, k + 3]
            b0, b1, b2, b3 = rows[r + 1, k], rows[r + 1, k + 1], rows[r + 1, k + 2], rows[r + 1, k + 3]
            c0, c1, c2, c3 = rows[r + 2, k], rows[r + 2, k + 1], rows[r + 2, k + 2], rows[r + 2, k + 3]
            d0, d1, d2, d3 = rows[r + 3, k], rows[r + 3, k + 1], rows[r + 3, k + 2], rows[r + 3, k + 3]
            for j in range(bias.size):
                # The four products are added to each other first: rounded a quarter as often at the size of the sum,
                # scores stay nearer to those in 64 bits (prompts/en/vm-newuser: 1.6e-6, as one chain 5.7e-5).
                w0, w1, w2, w3 = weights[k, j], weights[k + 1, j], weights[k + 2, j], weights[k + 3, j]
                out[r, j] = out[r, j] + (a0 * w0 + a1 * w1 + a2 * w2 + a3 * w3)
                out[r + 1, j] = out[r + 1, j] + (b0 * w0 + b1 * w1 + b2 * w2 + b3 * w3)
                out[r + 2, j] = out[r + 2, j] + (c0 * w0 + c1 * w1 + c2 * w2 + c3 * w3)
                out[r + 3, j] = out[r + 3, j] + (d0 * w0 + d1 * w1 + d2 * w2 + d3 * w3)


#: tanh as a quotient of polynomials in x², highest power first, within 3e-7 of it (tested): unlike the library's it
#: runs on eight numbers at once. Eigen/src/Core/MathFunctionsImpl.h, as in onnxruntime; beyond ±9 it is ±1 to 32 bits.
OVER = tuple(
    np.float32(a)
    for a in (
        -2.76076847742355e-16,
        2.00018790482477e-13,
        -8.60467152213735e-11,
        5.12229709037114e-08,
        1.48572235717979e-05,
        6.37261928875436e-04,
        4.89352455891786e-03,
    )
)
UNDER = tuple(
    np.float32(b) for b in (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03)
)
#: 32-bit constants: Python's own would turn the loops into 64 bits.
ZERO, HALF, FAR = np.float32(0), np.float32(0.5), np.float32(9)


@njit(cache=True, fastmath={"contract"})
def _tanh(x: np.float32) -> np.float32:
    x = FAR if x > FAR else x
    x = -FAR if x < -FAR else x  # written so that NaN stays NaN
    y = x * x
    over = (((((OVER[0] * y + OVER[1]) * y + OVER[2]) * y + OVER[3]) * y + OVER[4]) * y + OVER[5]) * y + OVER[6]
    return x * over / (((UNDER[0] * y + UNDER[1]) * y + UNDER[2]) * y + UNDER[3])


@njit(cache=True, fastmath={"contract"})
def _remember(
    gates: Float32, memory: Float32, weights: Float32, bias: float, h: Float32, c: Float32, scores: Float32
) -> None:
    """Run the LSTM over frames, changing its state ``h``, ``c`` in place, and fill in their scores.

    One frame is, in numpy, with the gates of sigmoids halved already::

        i, o, f, g = np.split(np.tanh(gates[t] + h @ memory), 4)
        c = (0.5 + 0.5 * f) * c + (0.5 + 0.5 * i) * g
        h = (0.5 + 0.5 * o) * np.tanh(c)
        scores[t] = 1 / (1 + np.exp(-(np.maximum(h, 0) @ weights + bias)))
    """
    now = np.empty(4 * UNITS, np.float32)
    for t in range(scores.size):
        for j in range(now.size):
            now[j] = gates[t, j]
        for k in range(0, UNITS, BY):
            h0, h1, h2, h3 = h[k], h[k + 1], h[k + 2], h[k + 3]
            for j in range(now.size):
                m0, m1, m2, m3 = memory[k, j], memory[k + 1, j], memory[k + 2, j], memory[k + 3, j]
                now[j] = now[j] + h0 * m0 + h1 * m1 + h2 * m2 + h3 * m3
        for j in range(now.size):
            now[j] = _tanh(now[j])
        for j in range(UNITS):
            i, f, g = now[j], now[2 * UNITS + j], now[3 * UNITS + j]
            c[j] = (HALF + HALF * f) * c[j] + (HALF + HALF * i) * g
        for j in range(UNITS):
            h[j] = (HALF + HALF * now[UNITS + j]) * _tanh(c[j])
        total = bias
        for j in range(UNITS):
            total += (ZERO if h[j] < ZERO else h[j]) * weights[j]
        scores[t] = 1 / (1 + math.exp(-total))
