"""Another sampling rate, with the same samples as ``librosa.load`` (soxr, high quality), whole or piece by piece.

Length rule: ``n`` samples become ``ceil(n * to / rate)``, so that no instant of the original lies beyond the end; where
the filter gives one fewer, zeros are appended. That is librosa's rule, in whole numbers instead of floats.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from bargein import units
from bargein.audio.files import BLOCK, Float32, blocks, info, to_float32


def length(samples: int, rate: int, to: int) -> int:
    """Give how many samples a sound has at another rate.

    Examples
    --------
    >>> length(24_000, 24_000, 16_000), length(5, 24_000, 16_000)
    (16000, 4)
    """
    return -units.rescaled(-samples, rate, to)  # rounding the negative down rounds up


def resample(samples: npt.NDArray[Any], rate: int, to: int) -> Float32:
    """Give the same sound at another rate.

    Parameters
    ----------
    samples
        int16, or float -1..1; shape (n,) or (n, channels).
    rate, to
        Samples per second, before and after; over 0.

    Returns
    -------
    Samples -1..1, ``ceil(n * to / rate)`` of them per channel; the input itself when the rates are equal.

    Raises
    ------
    AudioError
        ``samples`` is no sound.
    ValueError
        A rate is not over 0.

    Examples
    --------
    >>> resample(np.zeros(2_400, np.int16), 24_000, 16_000).shape
    (1600,)
    """
    sound = to_float32(samples)
    stream = Resampler(rate, to, channels=1 if sound.ndim == 1 else sound.shape[1])
    return np.concatenate([stream.feed(sound), stream.finish()])


def streamed(path: str | os.PathLike[str], to: int, *, size: int = BLOCK) -> Iterator[Float32]:
    """Give a sound file at another rate piece by piece: put together, what :func:`resample` makes of all of it.

    An hour of two channels needs no more memory than a minute.

    Parameters
    ----------
    path
        Any format libsndfile knows.
    to
        Samples per second wanted, over 0.
    size
        Samples per channel that are decoded at a time.

    Yields
    ------
    Samples -1..1, shape (n,) for one channel and (n, channels) for more.

    Raises
    ------
    AudioError
        As :func:`bargein.audio.files.blocks`.
    ValueError
        The rate wanted is not over 0.
    """
    header = info(path)
    stream = Resampler(header.rate, to, channels=header.channels)
    for piece in blocks(path, size=size):
        yield stream.feed(piece)
    yield stream.finish()


class Resampler:
    """The same as :func:`resample`, fed in pieces of any size: the pieces put together are the same samples.

    Parameters
    ----------
    rate, to
        Samples per second, before and after; over 0.
    channels
        One: pieces of shape (n,); more: (n, channels).

    Raises
    ------
    ValueError
        A rate is not over 0.

    Examples
    --------
    >>> stream = Resampler(8_000, 16_000)
    >>> len(stream.feed(np.zeros(80, np.int16))) + len(stream.finish())
    160
    """

    def __init__(self, rate: int, to: int, *, channels: int = 1) -> None:
        if rate <= 0 or to <= 0:
            raise ValueError(f"a rate is over 0: {rate} to {to}")
        self.rate, self.to = rate, to
        self._shape = () if channels == 1 else (channels,)
        self._given = self._taken = 0
        self._soxr: Any = None
        if rate != to:
            import soxr

            self._soxr = soxr.ResampleStream(rate, to, channels, dtype="float32", quality="HQ")

    def feed(self, samples: npt.NDArray[Any]) -> Float32:
        """Take a piece, give what is ready; the filter holds some back."""
        return self._step(to_float32(samples), last=False)

    def finish(self) -> Float32:
        """Give what was held back, up to the length rule."""
        tail = self._step(np.zeros((0, *self._shape), np.float32), last=True)
        missing = length(self._given, self.rate, self.to) - self._taken
        return np.concatenate([tail, np.zeros((max(missing, 0), *self._shape), np.float32)])

    def _step(self, sound: Float32, *, last: bool) -> Float32:
        self._given += len(sound)
        if self._soxr is not None and self._given:
            sound = cast(Float32, self._soxr.resample_chunk(np.ascontiguousarray(sound), last=last))
        sound = sound[: max(length(self._given, self.rate, self.to) - self._taken, 0)]
        self._taken += len(sound)
        return sound
