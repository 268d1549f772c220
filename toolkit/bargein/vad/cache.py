"""Scores kept on disk, so that a sound is scored once: named by its samples, the weights and the code, not by its path.

One file per sound below a folder of the user's (``BARGEIN_CACHE``, else where this system keeps caches). An entry is
written under a temporary name and renamed, so that several processes may share the folder. An entry that is damaged, or
that does not say what its name says, is made anew. Nothing in an entry can be executed: arrays only, no pickles.
"""

from __future__ import annotations

import hashlib
import os
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bargein.audio import files
from bargein.audio.places import cache_dir
from bargein.errors import AudioError, Problem
from bargein.vad import scorers, silero
from bargein.vad.scorers import Scorer
from bargein.vad.scores import Scores
from bargein.whole import replacing

#: The layout of an entry.
LAYOUT = 1
FACTS = ("hop", "rate", "samples", "look_ahead")
#: What reading a damaged archive raises, found by changing every byte of one and by cutting it everywhere.
UNREADABLE = (OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


@dataclass(slots=True)
class Cache:
    """A folder of scores, and what became of the requests so far.

    Parameters
    ----------
    folder
        Made at the first write.
    hits, misses
        Requests answered from the folder, and scored anew.
    damaged
        Misses whose entry was there and could not be used.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = Cache(Path(folder))
    ...     for _ in range(3):
    ...         scores = scores_for(np.zeros(16_000, np.int16), 16_000, cache=cache)
    >>> print(cache)
    2 of 3 score requests answered from the cache
    """

    folder: Path
    hits: int = 0
    misses: int = 0
    damaged: int = 0

    def __str__(self) -> str:
        rebuilt = f", {self.damaged} damaged entries made anew" if self.damaged else ""
        return f"{self.hits} of {self.hits + self.misses} score requests answered from the cache{rebuilt}"

    def get(self, key: str, make: Callable[[], Scores]) -> Scores:
        """Give the entry ``key``, or make and keep it.

        Raises
        ------
        Exception
            Whatever ``make`` raises; nothing is kept then.
        """
        path = self._path(key)
        if (scores := self._load(path, key)) is not None:
            self.hits += 1
            return scores
        self.misses += 1
        scores = make()
        self._store(path, key, scores)
        return scores

    def _path(self, key: str) -> Path:
        return self.folder / "scores" / key[:2] / f"{key}.npz"

    def _load(self, path: Path, key: str) -> Scores | None:
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as entry:
                if (int(entry["layout"]), str(entry["key"])) != (LAYOUT, key):
                    raise ValueError("another entry's content")
                facts = {name: int(entry[name]) for name in FACTS}
                return Scores(values=entry["values"], model=str(entry["model"]), **facts)
        except FileNotFoundError:
            return None
        except UNREADABLE:
            self.damaged += 1
            return None

    def _store(self, path: Path, key: str, scores: Scores) -> None:
        """Keep an entry; a folder that cannot be written costs time, not results."""
        facts: dict[str, Any] = {fact: getattr(scores, fact) for fact in FACTS}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as part, part.open("wb") as file:
                np.savez(file, layout=LAYOUT, key=key, model=scores.model, values=scores.values, **facts)
        except OSError as error:
            why = error.strerror or error
            warnings.warn(f"scores are not kept: {self.folder}: {why}; set BARGEIN_CACHE", stacklevel=4)


def scores_for(
    sound: npt.NDArray[Any] | str | os.PathLike[str],
    rate: int | None = None,
    *,
    channel: int | None = None,
    scorer: str | Scorer = "silero",
    cache: Cache | Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Scores:
    """Give a sound's frame scores, from the cache where they are known.

    Parameters
    ----------
    sound
        A sound file; or samples, int16 or float -1..1, shape (n,) or (n, channels).
    rate
        Samples per second of samples; left out for a file.
    channel
        Which channel, counted from 0; may be left out when there is only one.
    scorer
        Whose: ``silero``, ``webrtc``, ``energy``, a name of an installed package, or a scorer itself.
    cache
        Where scores are kept; a folder will do. None: the user's, see :func:`folder`.
    progress
        Called with the samples that were handed to the scorer so far: with 0 while the sound is looked up, and then not
        again where its scores are known. What it raises stops the work, and nothing is kept.

    Raises
    ------
    AudioError
        The file or the samples are no usable sound, or several channels and no choice.
    BargeinError
        As :func:`bargein.vad.scorers.score` and :func:`bargein.vad.silero.score`.
    SettingsError
        No such scorer.
    ValueError
        Samples without a rate, or a file with one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     scores_for(np.zeros(16_000, np.int16), 16_000, cache=Path(folder)).ms
    1000
    """
    store = default() if cache is None else cache if isinstance(cache, Cache) else _shared(Path(cache))
    if isinstance(sound, (str, os.PathLike)):
        if rate is not None:
            raise ValueError("a sound file says its rate itself: leave rate out")
        path = Path(sound)
        header = files.info(path)
        chosen = _channel(channel, header.channels, str(path))
        rate = header.rate

        def pieces() -> Iterator[files.Float32]:
            return (_mono(piece, chosen) for piece in files.blocks(path))
    else:
        if rate is None:
            raise ValueError("samples do not say their rate: give it")
        samples = np.asarray(sound)
        chosen = _channel(channel, 1 if samples.ndim == 1 else samples.shape[1], "samples")

        def pieces() -> Iterator[files.Float32]:
            step = files.BLOCK
            cuts = (samples[i : i + step] for i in range(0, len(samples), step))
            return (_mono(files.to_float32(piece), chosen) for piece in cuts)

    own_rate, using = rate, scorers.scorer(scorer)

    tell = progress or (lambda _: None)

    def make() -> Scores:
        return scorers.score(using, _told(pieces(), tell), own_rate)

    return store.get(key_of(_told(pieces(), lambda _: tell(0)), own_rate, using.model), make)


def _told(pieces: Iterator[files.Float32], progress: Callable[[int], None]) -> Iterator[files.Float32]:
    done = 0
    for piece in pieces:
        yield piece
        done += len(piece)
        progress(done)


def key_of(pieces: Iterator[files.Float32], rate: int, model: str = silero.MODEL) -> str:
    """Name a sound's scores: hash of its samples as 32-bit floats, its rate, the model, and for Silero who runs it.

    Cutting does not matter, nor whether the samples came as int16 or as the floats that equal them.

    Examples
    --------
    >>> whole, cut = iter([np.ones(4, np.float32)]), iter([np.ones(1, np.float32), np.ones(3, np.float32)])
    >>> key_of(whole, 8_000) == key_of(cut, 8_000)
    True
    """
    network = f"{model} by {silero.default_runner()}" if model == silero.MODEL else model
    name = hashlib.sha256(f"{network} code {silero.CODE} layout {LAYOUT} rate {rate}\n".encode())
    for piece in pieces:
        name.update(np.ascontiguousarray(piece, dtype="<f4").data)
    return name.hexdigest()


def default() -> Cache:
    """Give the user's cache, the same object all the time, so that its counters count the whole run."""
    return _shared(cache_dir())


@once
def _shared(where: Path) -> Cache:
    return Cache(where)


def _mono(piece: files.Float32, channel: int) -> files.Float32:
    return piece if piece.ndim == 1 else piece[:, channel]


def _channel(wanted: int | None, there: int, place: str) -> int:
    if wanted is None and there == 1:
        return 0
    if wanted is None:
        raise AudioError([Problem(f"{there} channels", place, "scores are of one: choose with channel=0 ..")])
    if not 0 <= wanted < there:
        raise AudioError([Problem(f"channel {wanted}: there are {there}", place, "counted from 0")])
    return wanted
