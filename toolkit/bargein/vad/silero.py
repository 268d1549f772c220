"""Silero's 16 kHz network, run on blocks of frames by our own runner or by onnxruntime; no torch.

A frame is 512 samples at 16 kHz, given to the network together with the last 64 samples before it (zeros before the
first); the last frame is filled up with zeros. The network's memory starts at zero and runs through the whole sound, it
is never reset: detectors that reset it (Pipecat's does) score differently. 16-bit samples are divided by 32768;
dividing by 32767 moves scores by up to 5e-5.

Two runners of the same weights: ``onnxruntime`` gives the official scores bit for bit and is the default where it is
installed; ``numba`` (:mod:`bargein.vad.silero_numba`) needs nothing else and is about twice as fast. Both round in 32
bits, each in its own order, and near the middle of the sigmoid that shows: on the embedded user tracks they differ by
up to 3.4e-5, and from the network in 64 bits onnxruntime by up to 3.3e-5, ours by up to 2.4e-5. No decision at 0.3,
0.5, 0.7 or 0.85 differs there.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from bargein.audio.files import Float32
from bargein.audio.resample import Resampler
from bargein.errors import AudioError, BargeinError, Problem
from bargein.vad.scores import Float64, Scores
from bargein.vad.silero_numba import Layers, NumbaNetwork, layers

RATE, HOP, CONTEXT, UNITS = 16_000, 512, 64, 128
WEIGHTS = "silero_vad_16k_sequence.onnx"
#: The weights' hash is their name: wheels of one date carry several networks called "Silero v6".
SHA256 = "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85"
MODEL = f"silero-{SHA256[:12]}"
#: Raised when our code would score the same sound with the same weights differently; cached scores are then made anew.
CODE = 1
#: Frames per call of the network, 16 s: 64 to 4096 are equally fast (measured).
BLOCK = 512
#: Samples that are converted and resampled at a time.
PIECE = 1 << 18


def score(samples: npt.NDArray[Any], rate: int, *, block: int = BLOCK, runner: str | None = None) -> Scores:
    """Score a sound, frame by frame of 32 ms.

    Parameters
    ----------
    samples
        One channel: int16, or float -1..1; shape (n,).
    rate
        Samples per second; anything but 16000 is resampled.
    block
        Frames per call of the network, over 0. Speed and memory only: the scores are the same for every value.
    runner
        ``onnxruntime`` or ``numba``; None: :func:`default_runner`.

    Returns
    -------
    ``ceil(n16 / 512)`` scores for the ``n16`` samples the sound has at 16 kHz.

    Raises
    ------
    AudioError
        ``samples`` is no sound, or has more than one channel.
    BargeinError
        The weights are damaged; or onnxruntime is asked for and not installed.

    References
    ----------
    snakers4/silero-vad, package silero-vad 6.2.3; see ``weights/NOTICE``.

    Examples
    --------
    >>> scores = score(np.zeros(48_000, np.int16), 24_000)
    >>> len(scores), bool((scores.values < 0.5).all())
    (63, True)
    """
    sound = np.asarray(samples)
    pieces = (sound[i : i + PIECE] for i in range(0, len(sound), PIECE))
    return score_pieces(pieces, rate, block=block, runner=runner)


def score_pieces(
    pieces: Iterable[npt.NDArray[Any]], rate: int, *, block: int = BLOCK, runner: str | None = None
) -> Scores:
    """Score a sound that comes in pieces, without ever holding all of it; the same scores as :func:`score`.

    Parameters
    ----------
    pieces
        Consecutive stretches of one channel, as for :func:`score`, of any lengths.
    rate, block, runner
        As for :func:`score`.

    Raises
    ------
    AudioError, BargeinError
        As for :func:`score`.
    """
    stream = Silero(rate, block=block, runner=runner)
    values = [stream.feed(piece) for piece in pieces]
    values.append(stream.finish())
    return Scores(np.concatenate(values), HOP, RATE, stream.samples, MODEL)


class Silero:
    """The network with its memory: fed a sound in pieces, gives the scores of the frames that are complete.

    Parameters
    ----------
    rate
        Samples per second of what is fed.
    block
        Frames per call of the network, over 0.
    runner
        ``onnxruntime`` or ``numba``; None: :func:`default_runner`.

    Raises
    ------
    BargeinError
        The weights are damaged; or onnxruntime is asked for and not installed.

    Examples
    --------
    >>> stream = Silero(16_000)
    >>> [len(stream.feed(np.zeros(n, np.int16))) for n in (500, 100, 1_000)], len(stream.finish())
    ([0, 1, 2], 1)
    """

    def __init__(self, rate: int, *, block: int = BLOCK, runner: str | None = None) -> None:
        if block <= 0:
            raise ValueError(f"a block has at least one frame, not {block}")
        runner = runner or default_runner()
        if runner not in RUNNERS:
            raise ValueError(f"runner {runner!r}: one of {', '.join(RUNNERS)}")
        self._network = RUNNERS[runner]()
        self._resampler = Resampler(rate, RATE)
        self._block = block
        self._pending = np.zeros(CONTEXT, np.float32)  # the last 64 samples scored, then what is too short for a frame
        #: Samples taken in so far, at 16 kHz.
        self.samples = 0

    def feed(self, samples: npt.NDArray[Any]) -> Float64:
        """Take a piece; give the scores of the frames it completes, shape (frames,)."""
        samples = np.asarray(samples)
        if samples.ndim != 1:
            what = f"shape {samples.shape}: scores are of one channel"
            raise AudioError([Problem(what, "samples", "choose one, as in samples[:, 0]")])
        return self._take(self._resampler.feed(samples))

    def finish(self) -> Float64:
        """Give the scores of what is left; the last frame is filled up with zeros."""
        values = self._take(self._resampler.finish())
        rest = len(self._pending) - CONTEXT
        if not rest:
            return values
        self._pending = np.concatenate([self._pending, np.zeros(HOP - rest, np.float32)])
        return np.concatenate([values, self._scored()])

    def _take(self, sound: Float32) -> Float64:
        self.samples += len(sound)
        self._pending = np.concatenate([self._pending, sound])
        return self._scored()

    def _scored(self) -> Float64:
        frames = (len(self._pending) - CONTEXT) // HOP
        if not frames:
            return np.zeros(0, np.float64)
        # Row i is frame i with the 64 samples before it: a view, the rows overlap.
        rows = np.lib.stride_tricks.sliding_window_view(self._pending, CONTEXT + HOP)[::HOP]
        values = np.empty(frames, np.float64)
        for first in range(0, frames, self._block):
            values[first : first + self._block] = self._network(rows[first : first + self._block])
        self._pending = self._pending[frames * HOP :].copy()
        return values


class OnnxNetwork:
    """The network with its memory in onnxruntime: given frames in order, shape (n, 576), gives their scores."""

    def __init__(self) -> None:
        self._session = _session()
        self._memory = [np.zeros((1, 1, UNITS), np.float32)] * 2

    def __call__(self, frames: Float32) -> Float32:
        """Score the next frames."""
        h, c = self._memory
        scores, *self._memory = self._session.run(None, {"input": np.ascontiguousarray(frames), "h": h, "c": c})
        return np.asarray(scores, np.float32)


def weights() -> bytes:
    """Give the content of the weights' file, which is the one it is named after.

    Raises
    ------
    BargeinError
        The file is damaged or another.

    Examples
    --------
    >>> len(weights())
    1246165
    """
    data = (resources.files("bargein.vad") / "weights" / WEIGHTS).read_bytes()
    if (found := hashlib.sha256(data).hexdigest()) != SHA256:
        what = f"{WEIGHTS}: sha256 {found[:12]} where {SHA256[:12]} belongs; install bargein again"
        raise BargeinError(what)
    return data


@cache
def _layers() -> Layers:
    """Read the weights once a process."""
    return layers(weights())


@cache
def _session() -> Any:
    """Load the network once a process, on one thread: two processes are faster than two threads (measured)."""
    try:
        import onnxruntime
    except ImportError as error:
        raise BargeinError(
            "scores by onnxruntime need it installed: pip install 'bargein[onnx]'; runner 'numba' needs nothing"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(weights(), options, providers=["CPUExecutionProvider"])


#: Each makes a network whose memory is at zero.
RUNNERS: dict[str, Callable[[], Callable[[Float32], Float32]]] = {
    "onnxruntime": OnnxNetwork,
    "numba": lambda: NumbaNetwork(_layers()),
}


def default_runner() -> str:
    """Name who runs the network unless told otherwise: onnxruntime where it is installed, else our own runner.

    The name is part of the name of cached scores, so that scores of both never mix.
    """
    return "onnxruntime" if importlib.util.find_spec("onnxruntime") else "numba"
