"""Public recordings by manifest: what there is, what it would cost to fetch, where a file stands on this machine.

``data/corpora.csv`` names every file by repository, commit, path and hash. Nothing of it is part of the project: a
file is *found* in a local mirror (``BARGEIN_DATA_MIRROR``) or in the user's cache, and *fetched* into the cache only
when the user says so (:mod:`bargein.formats.fetching`).
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import get_type_hints
from urllib.parse import quote

from bargein.audio import files, levels, places
from bargein.errors import AudioError, DataError, Problem

MIRROR_VARIABLE = "BARGEIN_DATA_MIRROR"
#: Where a GitHub file can be had by commit and path.
BASE_URL = "https://raw.githubusercontent.com"
#: Between the parts of a cell that holds several sources of one file.
SEPARATOR = " + "
#: Two decoders of one MP3 agree in length and to about one 16-bit step; this is how far the level may be apart.
LEVEL_TOLERANCE_DB = 0.1
TABLE = "corpora.csv"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the table.

    Parameters
    ----------
    file
        Name as a mirror and the cache hold it; the first folder is its group.
    cluster
        Recording, meeting, speaker or caller: never split one cluster over two sets.
    repository, commit, path
        Where it comes from: ``owner/name``, or ``debian:package`` with the package's version.
    conversion
        How it is made from its source, see :mod:`bargein.formats.conversion`; ``mirror only`` where that was a
        reduction of its own.
    coding
        ``lossless``, or ``mp3``: then decoders differ by single 16-bit steps.
    bytes
        Size of what is downloaded; None where it is not known.
    sha256_source
        Hash of what is downloaded.
    sha256_file
        Hash of the file as a mirror holds it.
    sha256_samples
        Hash of its decoded 16-bit samples, the same for every FLAC encoder; empty for text.
    sha256_decoded
        For ``mp3``: hash of the samples as libsndfile decodes them, accepted as well.
    rate, channels, samples, level_dbfs
        What a decoded file must have; None for text.
    """

    file: str
    cluster: str
    repository: str
    commit: str
    path: str
    conversion: str
    coding: str
    bytes: int | None
    sha256_source: str
    sha256_file: str
    sha256_samples: str
    sha256_decoded: str
    rate: int | None
    channels: int | None
    samples: int | None
    level_dbfs: float | None
    licence: str
    attribution: str
    purpose: str

    @property
    def group(self) -> str:
        """The top folder: what can be fetched as one."""
        return self.file.split("/", 1)[0]

    @property
    def debian(self) -> str:
        """Name of the Debian package it comes from, or the empty string."""
        return self.repository.removeprefix("debian:") if self.repository.startswith("debian:") else ""

    @property
    def mirror_only(self) -> bool:
        """Whether only a mirror has it."""
        return self.conversion == "mirror only"

    def sources(self, base_url: str = BASE_URL) -> list[tuple[str, str]]:
        """Give (URL, sha256) of what is downloaded; empty for Debian packages and what only a mirror has."""
        if self.debian or self.mirror_only:
            return []
        paths, hashes = self.path.split(SEPARATOR), self.sha256_source.split(SEPARATOR)
        at = f"{base_url}/{self.repository}/{self.commit}"
        return [(f"{at}/{quote(path)}", sha) for path, sha in zip(paths, hashes, strict=True)]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a fetch would do, before it does it.

    Parameters
    ----------
    wanted
        Files to download or to copy.
    present
        Files that are there and right.
    refused
        Files that cannot be had this way, with the reason.
    source
        Where from, in words.
    """

    wanted: tuple[Entry, ...]
    present: tuple[Entry, ...]
    refused: tuple[tuple[Entry, str], ...]
    source: str

    @property
    def bytes(self) -> int:
        """Size of what would be downloaded or copied, as far as it is known."""
        return sum(e.bytes or 0 for e in self.wanted)

    @property
    def licences(self) -> dict[str, int]:
        """Files per licence, of what would be fetched."""
        return counted((e, e.licence) for e in self.wanted)

    @property
    def attributions(self) -> tuple[str, ...]:
        """Whom to name when a file is passed on."""
        return tuple(dict.fromkeys(e.attribution for e in self.wanted))

    @property
    def text(self) -> str:
        """Size, licences and attributions in a few lines, for a person to agree to."""
        lines = [f"{len(self.wanted)} files, {self.bytes / 1e6:.1f} MB, from {self.source}"]
        lines += [f"  {n:3} under {licence}" for licence, n in self.licences.items()]
        lines += [f"  by {who}" for who in self.attributions]
        if self.present:
            lines.append(f"{len(self.present)} files are there already")
        return "\n".join([*lines, *(f"{n} files not: {why}" for why, n in counted(self.refused).items())])


def counted(pairs: Iterable[tuple[Entry, str]]) -> dict[str, int]:
    """Give how many files there are for each reason, or licence."""
    reasons: dict[str, int] = {}
    for _, why in pairs:
        reasons[why] = reasons.get(why, 0) + 1
    return reasons


def read_table(path: str | os.PathLike[str] | None = None) -> tuple[Entry, ...]:
    """Read ``corpora.csv``.

    Parameters
    ----------
    path
        The table; None: the one that comes along.

    Raises
    ------
    DataError
        It is missing, lacks a column, or a cell is no number.

    Examples
    --------
    >>> len({entry.group for entry in read_table()}) >= 10
    True
    """
    return _read(Path(path) if path else places.data_dir() / TABLE)


@lru_cache(maxsize=8)
def _read(path: Path) -> tuple[Entry, ...]:
    hints = get_type_hints(Entry)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise DataError([Problem(what, hint="an incomplete checkout?")], str(path)) from error
    names = [f.name for f in fields(Entry)]
    if rows and (missing := [n for n in names if n not in rows[0]]):
        raise DataError([Problem(f"no column {n!r}") for n in missing], str(path))
    numbers = {int | None: int, float | None: float}
    entries, problems = [], []
    for line, row in enumerate(rows, start=2):
        values: dict[str, object] = {}
        for name in names:
            kind = numbers.get(hints[name])
            try:
                values[name] = row[name] if kind is None else kind(row[name]) if row[name] else None
            except ValueError:
                problems.append(Problem(f"{name}: {row[name]!r} is not a number", f"line {line}"))
        if len(values) == len(names):
            entries.append(Entry(**values))  # type: ignore[arg-type]  # each converted as its field says
    if problems:
        raise DataError(problems, str(path))
    return tuple(entries)


def groups(table: Iterable[Entry] | None = None) -> tuple[str, ...]:
    """Give what can be fetched as one, in the order of the table.

    Examples
    --------
    >>> "coughs" in groups()
    True
    """
    return tuple(dict.fromkeys(e.group for e in (read_table() if table is None else table)))


def chosen(names: Iterable[str], table: Sequence[Entry]) -> tuple[Entry, ...]:
    """Give the entries of some groups; of all when none is named.

    Raises
    ------
    DataError
        A group the table does not have.

    Examples
    --------
    >>> chosen(["cough"], read_table())
    Traceback (most recent call last):
    bargein.errors.DataError: DataError: 1 problem
      group: 'cough' is unknown (one of agent-speech, ami-meetings, coughs, ...)
    """
    wanted = list(dict.fromkeys(names))
    known = groups(table)
    if unknown := [name for name in wanted if name not in known]:
        raise DataError(Problem(f"group: {name!r} is unknown", hint=f"one of {', '.join(known)}") for name in unknown)
    return tuple(e for e in table if not wanted or e.group in wanted)


def mirror_dir(mirror: str | os.PathLike[str] | None = None) -> Path | None:
    """Give the local mirror: the folder named, else the one ``BARGEIN_DATA_MIRROR`` names, else None.

    Raises
    ------
    DataError
        The folder named does not exist.
    """
    named = os.fspath(mirror) if mirror is not None else os.environ.get(MIRROR_VARIABLE, "")
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        what = "the mirror is not a folder"
        raise DataError([Problem(what, named, f"named by {'the caller' if mirror is not None else MIRROR_VARIABLE}")])
    return folder


def cached_dir(dest: str | os.PathLike[str] | None = None) -> Path:
    """Give the folder that fetched recordings are kept in: the one named, else the user's cache."""
    return Path(dest).expanduser() if dest is not None else places.cache_dir() / "data"


def path_of(
    file: str,
    *,
    mirror: str | os.PathLike[str] | None = None,
    dest: str | os.PathLike[str] | None = None,
    table: Sequence[Entry] | None = None,
) -> Path | None:
    """Find a public recording on this machine: in the mirror, else in the cache; None when it has not been fetched.

    A mirror's file is checked once a run; what the cache holds was checked when it was put there.

    Parameters
    ----------
    file
        Name in the table, for example ``coughs/cough_002f642a.flac``.
    mirror, dest
        Other folders than ``BARGEIN_DATA_MIRROR`` and the user's cache.
    table
        Another table than the one that comes along.

    Raises
    ------
    DataError
        The table has no such file, or the mirror's copy is not the one the table describes.
    """
    entry = next((e for e in (read_table() if table is None else table) if e.file == file), None)
    if entry is None:
        raise DataError([Problem(f"file: {file!r} is not in {TABLE}", hint="bargein data lists what is")])
    folder = mirror_dir(mirror)
    if folder is not None and (here := folder / file).is_file():
        if problem := _checked(entry, here, here.stat().st_mtime_ns):
            raise DataError([problem])
        return here
    kept = cached_dir(dest) / file
    return kept if kept.is_file() else None


@lru_cache(maxsize=2_000)
def _checked(entry: Entry, path: Path, changed_ns: int) -> Problem | None:
    """Check a file once, and again when it changed."""
    return problem_with(entry, path)


def problem_with(entry: Entry, path: Path) -> Problem | None:
    """Say what is wrong with a file under a name of the table; None when it is right.

    A file is right when its bytes are those of the table, or its samples are (another FLAC encoder). What was decoded
    from MP3 is right as well when rate, channels and number of samples are those of the table and the level is within
    0.1 dB: decoders of one MP3 differ by single 16-bit steps, so that no hash can hold for all of them.
    """
    if not path.is_file():
        return Problem("no such file", str(path))
    if entry.sha256_file == files.sha256_file(path):
        return None
    if entry.samples is None:
        return Problem(f"{entry.file}: other bytes than the table says", str(path), "changed, or an older copy?")
    try:
        samples, rate = files.read_int16(path)
    except AudioError as error:
        return Problem(f"{entry.file}: {error.problems[0]}", str(path))
    if files.sha256_samples(samples) in {entry.sha256_samples, entry.sha256_decoded}:
        return None
    shape = (rate, 1 if samples.ndim == 1 else samples.shape[1], len(samples))
    wanted = (entry.rate, entry.channels, entry.samples)
    if shape != wanted:
        what = f"{entry.file}: {shape} where {wanted} (rate, channels, samples) belong"
        return Problem(what, str(path), "another recording, or cut short?")
    apart = abs(levels.rms_dbfs(samples) - (entry.level_dbfs or 0.0))
    if entry.coding == "mp3" and apart <= LEVEL_TOLERANCE_DB:
        return None
    return Problem(f"{entry.file}: other samples than the table says", str(path), "another recording, or damaged?")
