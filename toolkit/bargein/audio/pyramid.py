"""The outline of a track at every scale: made once, kept on disk, so that drawing never depends on a track's length.

::

    samples   ......................................   read from the file where a column holds few of them
    level 0   |128|128|128|128|128|128|128|128|        lowest and highest sample of each bin
    level 1   |      512      |      512      |
    level 2   |             2048               ...
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bargein.audio import files
from bargein.audio.envelope import envelope
from bargein.audio.files import FULL_SCALE, Float32
from bargein.audio.places import cache_dir
from bargein.whole import replacing

#: Samples in a bin of the finest level; how many bins make one of the next.
BIN, FACTOR = 128, 4
#: Below so many samples a column the samples themselves are read: then no bin is wider than half a column.
EXACT = 2 * BIN
#: Decoded pieces that are held, and their length in samples: a few screens.
HELD, PIECE = 48, 1 << 16
#: Samples decoded at a time: so many that another thread that holds the interpreter is seldom waited for.
DECODED = 1 << 21
LAYOUT = 1
UNREADABLE = (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


class Pyramid:
    """Lowest and highest samples of a sound file's bins, level by level.

    Parameters
    ----------
    path
        The sound file, one channel.
    bins
        Of the finest level: lows and highs, int16, shape (bins, 2).
    samples
        Length of the sound.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.flac"
    ...     files.write_flac(path, np.r_[np.zeros(70_000), 0.5, np.zeros(9_999)], 8_000)
    ...     whole = Pyramid.of(path, Path(folder) / "cache")
    ...     lo, hi = whole.between(0, 80_000, 8)
    ...     [float(h) for h in hi], [float(h) for h in whole.between(69_998, 4, 4)[1]]
    ([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5], [0.0, 0.0, 0.5, 0.0])
    """

    def __init__(self, path: Path, bins: npt.NDArray[np.int16], samples: int) -> None:
        self.path = path
        self.samples = samples
        self._levels = [bins]
        while len(bins) > FACTOR:
            starts = np.arange(0, len(bins), FACTOR)
            bins = np.stack([np.minimum.reduceat(bins[:, 0], starts), np.maximum.reduceat(bins[:, 1], starts)], axis=1)
            self._levels.append(bins)
        self._held: OrderedDict[int, Float32] = OrderedDict()

    @classmethod
    def of(cls, path: str | os.PathLike[str], cache: Path | None = None) -> Pyramid:
        """Take a sound file's pyramid from the cache, or make and keep it.

        Parameters
        ----------
        path
            A sound file of one channel; its content, not its name, is what the cache knows.
        cache
            Folder; None: the user's (``BARGEIN_CACHE``). One that cannot be written costs time, not results.

        Raises
        ------
        AudioError
            Missing, empty, truncated or no sound file.
        """
        target = Path(path)
        entry = (cache or cache_dir()) / "pyramids" / f"{files.sha256_file(target)}.npz"
        if (kept := _load(entry)) is not None:
            return cls(target, *kept)
        bins, samples = _bins(target)
        try:
            entry.parent.mkdir(parents=True, exist_ok=True)
            with replacing(entry) as part, part.open("wb") as file:
                np.savez(file, layout=LAYOUT, bins=bins, samples=samples)
        except OSError:
            pass
        return cls(target, bins, samples)

    @property
    def peak(self) -> float:
        """Largest magnitude of the sound; 0 in silence."""
        top = self._levels[-1]
        return float(np.abs(top.astype(np.int32)).max()) / FULL_SCALE if len(top) else 0.0

    def between(self, first: int, count: int, columns: int) -> tuple[Float32, Float32]:
        """Give what ``envelope(samples[first : first + count], columns)`` gives.

        Where a column holds few samples, exactly; else what lies within half a column of an edge may stand beside it.
        Stretches are cut to the sound.

        Returns
        -------
        Lows and highs, -1..1, shape (min(columns, count),) each.
        """
        first, end = max(first, 0), min(first + count, self.samples)
        count = max(end - first, 0)
        if count < EXACT * columns or not count:
            return envelope(self._read(first, count), columns)
        level, size = 0, BIN
        while level + 1 < len(self._levels) and count >= 2 * size * FACTOR * columns:
            level, size = level + 1, size * FACTOR
        edges = (first + np.arange(columns, dtype=np.int64) * count // columns) // size
        bins = self._levels[level][edges[0] : -(-end // size)]
        lo = np.minimum.reduceat(bins[:, 0], edges - edges[0])
        hi = np.maximum.reduceat(bins[:, 1], edges - edges[0])
        scale = np.float32(FULL_SCALE)
        return lo.astype(np.float32) / scale, hi.astype(np.float32) / scale

    def _read(self, first: int, count: int) -> Float32:
        """Decode a stretch; neighbouring views share what was decoded."""
        wanted = range(first // PIECE, -(-(first + count) // PIECE)) if count else range(0)
        pieces = [self._piece(number) for number in wanted]
        start = first - wanted.start * PIECE
        return np.concatenate(pieces)[start : start + count] if pieces else np.zeros(0, np.float32)

    def _piece(self, number: int) -> Float32:
        if number in self._held:
            self._held.move_to_end(number)
            return self._held[number]
        found, _ = files.read(self.path, start=number * PIECE, samples=PIECE)
        self._held[number] = found
        if len(self._held) > HELD:
            self._held.popitem(last=False)
        return found


class Later:
    """A sound file's pyramid, made in a thread of its own, once it is asked for.

    Parameters
    ----------
    path, cache
        As :meth:`Pyramid.of`.
    """

    def __init__(self, path: Path, cache: Path | None = None) -> None:
        self._asked = path, cache
        self._made: Future[Pyramid] | None = None

    def begin(self) -> None:
        """Begin to make it, unless that was asked before; decoding leaves the interpreter free."""
        if self._made is None:
            pool = ThreadPoolExecutor(1)
            self._made = pool.submit(Pyramid.of, *self._asked)
            pool.shutdown(wait=False)

    @property
    def there(self) -> bool:
        """Whether it has been made, and could be."""
        return self._made is not None and self._made.done() and self._made.exception() is None

    def wait(self) -> Pyramid:
        """Give it; raises as :meth:`Pyramid.of`."""
        self.begin()
        assert self._made is not None
        return self._made.result()


def _bins(path: Path) -> tuple[npt.NDArray[np.int16], int]:
    """Decode a whole file once."""
    found, samples = [np.zeros((0, 2), np.int16)], 0
    for block in files.blocks_int16(path, size=DECODED):  # of a length that bins divide, but the last
        whole = len(block) // BIN * BIN
        bins = block[:whole].reshape(-1, BIN)
        found.append(np.stack([bins.min(axis=1), bins.max(axis=1)], axis=1))
        if whole < len(block):
            found.append(np.array([[block[whole:].min(), block[whole:].max()]], np.int16))
        samples += len(block)
    return np.concatenate(found), samples


def _load(entry: Path) -> tuple[npt.NDArray[np.int16], int] | None:
    """Read a kept pyramid; None where there is none, or where it does not say what it should."""
    try:
        with entry.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            bins, samples = kept["bins"], int(kept["samples"])
            right = (int(kept["layout"]), bins.dtype, bins.shape) == (LAYOUT, np.int16, (-(-samples // BIN), 2))
            return (bins, samples) if right else None
    except UNREADABLE:
        return None
