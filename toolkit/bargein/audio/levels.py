"""How loud: RMS levels in dBFS, of a whole sound or frame by frame.

dBFS is 20·log10(RMS / 1.0): a full-scale sine reads -3.01 dBFS here (AES17 would say 0).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from bargein import units
from bargein.audio.files import Float32, to_float32

Float64 = npt.NDArray[np.float64]

#: What digital silence reads: under anything 16 bits can hold (one sample of 1 in a second at 48 kHz is -137 dBFS).
SILENCE_DBFS = -140.0
#: Where the frames of a sound begin that is a single one.
ONE_FRAME = np.zeros(1, np.int64)


def dbfs(rms: npt.ArrayLike) -> Float64:
    """Give levels in dBFS for RMS amplitudes; silence reads -140.

    Examples
    --------
    >>> dbfs([1.0, 0.1, 0.0]).tolist()
    [0.0, -20.0, -140.0]
    """
    least = 10.0 ** (SILENCE_DBFS / 20.0)
    return np.asarray(20.0 * np.log10(np.maximum(np.asarray(rms, dtype=np.float64), least)), dtype=np.float64)


def rms_dbfs(samples: npt.NDArray[Any]) -> float:
    """Give the level of a whole sound, all channels together.

    Parameters
    ----------
    samples
        int16, or float -1..1; shape (n,) or (n, channels).

    Returns
    -------
    dBFS; -140 for digital silence and for no samples at all.

    Raises
    ------
    AudioError
        ``samples`` is no sound.

    Examples
    --------
    >>> sine = np.sin(2 * np.pi * 100 * np.arange(8_000) / 8_000)
    >>> round(rms_dbfs(sine), 2)
    -3.01
    """
    sound = to_float32(samples)
    return float(dbfs(np.sqrt(np.mean(np.square(sound, dtype=np.float64)) if sound.size else 0.0)))


def rms_frames(samples: npt.NDArray[Any], rate: int, *, hop_ms: int = 10) -> Float64:
    """Give the RMS amplitude of each frame of ``hop_ms``; frames touch and do not overlap.

    Parameters
    ----------
    samples
        One channel, int16 or float -1..1, shape (n,).
    rate
        Samples per second.
    hop_ms
        Length of a frame, 1 or more. At rates where it is no whole number of samples, frames differ by one sample, so
        that frame ``i`` begins at the sample that sounds at ``i * hop_ms`` and no error builds up.

    Returns
    -------
    Shape (frames,), 0..1; the last frame may be shorter than the others.

    Raises
    ------
    AudioError
        ``samples`` is no sound.
    ValueError
        More than one channel, or a frame shorter than a sample.

    Examples
    --------
    >>> rms_frames(np.array([0.5] * 80 + [0.0] * 40), 8_000).tolist()
    [0.5, 0.0]
    """
    sound = _one_channel(samples)
    if hop_ms < 1 or units.samples_in(hop_ms, rate) < 1:
        raise ValueError(f"a frame of {hop_ms} ms at {rate} Hz holds no sample")
    if not len(sound):
        return np.zeros(0, np.float64)
    starts = _starts(0, -(-units.ms_covering(len(sound), rate) // hop_ms), rate, hop_ms)
    return _rms(sound, starts[starts < len(sound)])


def rms_of_blocks(blocks: Iterable[npt.NDArray[Any]], rate: int, *, hop_ms: int = 10) -> Float64:
    """Give the same frames of a sound that comes piece by piece: an hour needs no more memory than a minute.

    Examples
    --------
    >>> sound = np.arange(8_000) / 8_000
    >>> pieces = np.split(sound, [7, 1_234])
    >>> np.array_equal(rms_of_blocks(pieces, 11_025), rms_frames(sound, 11_025))
    True
    """
    frames: list[Float64] = []
    begun, at, done = np.zeros(0, np.float32), 0, 0  # samples of a frame that is not whole; samples, frames before it
    for block in blocks:
        sound = _one_channel(block)
        whole = units.ms_of(at + len(sound), rate) // hop_ms - done
        if whole:
            ends = _starts(done + 1, whole, rate, hop_ms) - at
            # Only the frame across the seam is copied: joining whole blocks costs as much as all the rest.
            frames.append(_rms(np.concatenate([begun, sound[: ends[0]]]), ONE_FRAME))
            frames.append(_rms(sound[ends[0] : ends[-1]], ends[:-1] - ends[0]))
            begun = sound[ends[-1] :]
        else:
            begun = np.concatenate([begun, sound])
        at, done = at + len(sound), done + whole
    if begun.size:
        frames.append(_rms(begun, ONE_FRAME))
    return np.concatenate(frames) if frames else np.zeros(0, np.float64)


def _starts(first: int, frames: int, rate: int, hop_ms: int) -> npt.NDArray[np.int64]:
    """Give the samples at which frames begin, from frame number ``first`` on."""
    return np.arange(first, first + frames) * hop_ms * rate // units.SECOND


def _rms(sound: Float32, starts: npt.NDArray[np.int64]) -> Float64:
    """Give the amplitude of each frame; the last one reaches to the end."""
    if not starts.size:
        return np.zeros(0, np.float64)
    energy = np.add.reduceat(np.square(sound, dtype=np.float64), starts)
    return np.asarray(np.sqrt(energy / np.diff(starts, append=len(sound))), dtype=np.float64)


def _one_channel(samples: npt.NDArray[Any]) -> Float32:
    sound = to_float32(samples)
    if sound.ndim != 1:
        raise ValueError(f"levels a frame are of one channel, not of shape {sound.shape}")
    return sound
