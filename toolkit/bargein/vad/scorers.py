"""Who scores a sound: one small interface, the scorers that come along, and those of others by entry point.

A scorer is a class of four attributes and a generator. This is one that finds every loud frame::

    class Loud:
        model, rate, hop, look_ahead = "loud-1", 16_000, 160, 0

        def frames(self, pieces):
            sound = np.concatenate([*pieces])
            whole = sound[: len(sound) // 160 * 160].reshape(-1, 160)
            yield np.clip(np.abs(whole).max(axis=1), 0, 1).astype(float)

Named in the entry points of its own package, it is known by that name everywhere a scorer is asked for::

    [project.entry-points."bargein.scorers"]
    loud = "my_package:Loud"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from bargein.audio.files import Float32
from bargein.audio.resample import Resampler
from bargein.errors import BargeinError, Problem, SettingsError
from bargein.vad import silero
from bargein.vad.energy import Energy
from bargein.vad.scores import Float64, Scores
from bargein.vad.webrtc import WebRtc

#: Where other packages name theirs.
GROUP = "bargein.scorers"


@runtime_checkable
class Scorer(Protocol):
    """Turns sound into frame scores.

    Attributes
    ----------
    model
        Pins weights, version and parameters: cached scores are named after it.
    rate, hop
        Samples per second it works at, and samples from one frame to the next.
    look_ahead
        Samples after a frame's end that its score depends on; 0 for a causal one.
    """

    model: str
    rate: int
    hop: int
    look_ahead: int

    def frames(self, pieces: Iterator[Float32]) -> Iterable[Float64]:
        """Give scores 0..1 in pieces of any length, frame after frame.

        Parameters
        ----------
        pieces
            The sound at ``rate``, one channel, in pieces of any length. A last frame that is not full may be scored or
            left out.
        """


class Silero:
    """Silero's network, as :func:`bargein.vad.silero.score` runs it."""

    model, rate, hop, look_ahead = silero.MODEL, silero.RATE, silero.HOP, 0

    def frames(self, pieces: Iterator[Float32]) -> Iterator[Float64]:
        """See :class:`Scorer`."""
        stream = silero.Silero(self.rate)
        yield from map(stream.feed, pieces)
        yield stream.finish()


#: Those that come along.
SCORERS: Mapping[str, Callable[[], Scorer]] = {"silero": Silero, "webrtc": WebRtc, "energy": Energy}


def scorer(name: str | Scorer) -> Scorer:
    """Look a scorer up, among those that come along and those of installed packages.

    Raises
    ------
    SettingsError
        No such scorer; the names that are known stand in it.
    BargeinError
        What it needs is not installed, or what an entry point names is no scorer.

    Examples
    --------
    >>> scorer("energy").hop, sorted(SCORERS)
    (160, ['energy', 'silero', 'webrtc'])
    """
    if not isinstance(name, str):
        return name
    make = SCORERS.get(name)  # first: to look through every installed package takes 50 ms
    others = {} if make is not None else _others()
    if name in others:
        make = others[name].load()
    if make is None:
        known = ", ".join([*SCORERS, *sorted(others)])
        what = f"scorer {name!r}: none of {known}"
        raise SettingsError([Problem(what, hint=f"others come by entry point {GROUP}: docs/vad.md")], "scores")
    made = make()
    if not isinstance(made, Scorer):
        raise BargeinError(
            f"entry point {name!r} of {GROUP} is no scorer: it needs model, rate, hop, look_ahead, frames"
        )
    return made


def _others() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in SCORERS}


def score(by: str | Scorer, pieces: Iterable[npt.NDArray[Any]], rate: int) -> Scores:
    """Let a scorer score a sound that comes in pieces, and check what it gives.

    Parameters
    ----------
    by
        A scorer or its name.
    pieces
        Consecutive stretches of one channel: int16, or float -1..1; shape (n,).
    rate
        Samples per second; resampled to the scorer's own.

    Raises
    ------
    BargeinError
        It gave what are no scores: not finite, outside 0..1, more or fewer than the sound has frames.
    AudioError
        ``pieces`` is no sound.

    Examples
    --------
    >>> score("energy", [np.zeros(8_000, np.int16)], 8_000).values.tolist()[:3]
    [0.0, 0.0, 0.0]
    """
    using = scorer(by)
    heard = _Heard(pieces, Resampler(rate, using.rate))
    found = [np.asarray(values, np.float64) for values in using.frames(iter(heard))]
    for _ in heard:
        pass  # a scorer that stopped early: the sound is as long as it is
    values = np.concatenate(found) if found else np.zeros(0)
    least, most = heard.samples // using.hop, -(-heard.samples // using.hop)
    if not least <= len(values) <= most:
        raise BargeinError(f"{using.model} gave {len(values)} scores for {heard.samples} samples, where {most} belong")
    bad = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if len(bad):
        raise BargeinError(f"{using.model} scored frame {bad[0]} {values[bad[0]]}, and {len(bad)} in all outside 0..1")
    return Scores(values, using.hop, using.rate, heard.samples, using.model, using.look_ahead)


class _Heard:
    """The sound at the scorer's rate, piece by piece, counted."""

    def __init__(self, pieces: Iterable[npt.NDArray[Any]], resampler: Resampler) -> None:
        self.samples = 0
        self._pieces = self._resampled(pieces, resampler)

    def __iter__(self) -> Iterator[Float32]:
        return self._pieces

    def _resampled(self, pieces: Iterable[npt.NDArray[Any]], resampler: Resampler) -> Iterator[Float32]:
        for piece in pieces:
            yield self._counted(resampler.feed(piece))
        yield self._counted(resampler.finish())

    def _counted(self, piece: Float32) -> Float32:
        self.samples += len(piece)
        return piece
