"""Fetching public recordings: plan first, then download, verify, convert and verify again, file by file.

Resumes by itself: a file that is there and right is left alone, so after a failure the same command goes on. A file
gets its final name only when it is right.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bargein.errors import DataError, InputError, Problem
from bargein.formats import conversion
from bargein.formats.corpora import (
    BASE_URL,
    Entry,
    Plan,
    cached_dir,
    chosen,
    counted,
    mirror_dir,
    problem_with,
    read_table,
)
from bargein.whole import replacing

#: Seconds without a byte before a connection counts as cut.
TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch left behind: where each file stands, how many were new, and what cannot be had this way and why."""

    paths: dict[str, Path]
    new: int
    present: int
    refused: tuple[tuple[Entry, str], ...] = ()


def plan(
    groups: Iterable[str] = (),
    *,
    dest: str | os.PathLike[str] | None = None,
    mirror: str | os.PathLike[str] | None = None,
    table: Sequence[Entry] | None = None,
) -> Plan:
    """Say what a fetch would do: size, licences, what is there already, what cannot be had. Nothing is downloaded.

    Parameters
    ----------
    groups
        Top folders of the table; none: all.
    dest
        Folder the files go to; None: the user's cache, or with a mirror no copy at all.
    mirror
        A local copy to take the files from; None: the one ``BARGEIN_DATA_MIRROR`` names, if any.
    table
        Another table than the one that comes along.

    Raises
    ------
    DataError
        An unknown group, or a mirror that is no folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as empty:
    ...     print(plan(["noise"], dest=empty, mirror="").text.splitlines()[0])
    2 files, 5.0 MB, from raw.githubusercontent.com
    """
    entries = chosen(groups, read_table() if table is None else table)
    folder, target = mirror_dir(mirror), cached_dir(dest)
    in_place = folder is not None and dest is None
    present, wanted, refused = [], [], []
    for entry in entries:
        here = (folder if in_place and folder else target) / entry.file
        if here.is_file() and problem_with(entry, here) is None:
            present.append(entry)
        elif folder is None and (why := _refusal(entry)):
            refused.append((entry, why))
        else:
            wanted.append(entry)
    source = BASE_URL.removeprefix("https://") if folder is None else str(folder)
    return Plan(tuple(wanted), tuple(present), tuple(refused), source)


def fetch(
    groups: Iterable[str] = (),
    *,
    dest: str | os.PathLike[str] | None = None,
    mirror: str | os.PathLike[str] | None = None,
    progress: bool = True,
    base_url: str = BASE_URL,
    table: Sequence[Entry] | None = None,
) -> Fetched:
    """Bring public recordings onto this machine, verified.

    Parameters
    ----------
    groups, dest, mirror, table
        As for :func:`plan`. With a mirror and no ``dest`` the mirror's files are verified and used in place.
    progress
        Show a progress bar on standard error.
    base_url
        Where repositories are found.

    Returns
    -------
    Where each file stands.

    Raises
    ------
    DataError
        With every file that failed: its name, its URL and the cause. What arrived whole is kept, and nothing wrong
        stands under a final name; the same call again goes on with the rest. Files that cannot be had this way (a
        Debian package that is not installed, reductions that only a mirror has) are an error when there is nothing
        else; otherwise they are in the result.
    """
    from tqdm.auto import tqdm

    todo = plan(groups, dest=dest, mirror=mirror, table=table)
    folder, target = mirror_dir(mirror), cached_dir(dest)
    root = folder if folder is not None and dest is None else target
    if todo.refused and not (todo.wanted or todo.present):
        raise DataError(Problem(f"{n} files: {why}") for why, n in counted(todo.refused).items())
    problems: list[Problem] = []
    paths = {entry.file: root / entry.file for entry in todo.present}
    off = not progress or not todo.wanted
    with tqdm(total=todo.bytes, unit="B", unit_scale=True, desc="fetch", disable=off) as bar:
        for entry in todo.wanted:
            bar.set_postfix_str(entry.file, refresh=False)
            try:
                if folder is None:
                    _download(entry, target, base_url)
                else:
                    _from_mirror(entry, folder, None if dest is None else target)
            except InputError as error:
                problems += error.problems
            else:
                paths[entry.file] = root / entry.file
            bar.update(entry.bytes or 0)
    if problems:
        raise DataError(problems, f"{len(todo.wanted)} files")
    return Fetched(paths, len(todo.wanted), len(todo.present), todo.refused)


def _refusal(entry: Entry) -> str:
    if entry.mirror_only:
        return f"only a mirror has it: it was reduced from {entry.repository}"
    if entry.debian and not (Path("/") / entry.path).is_file():
        return (
            f"part of the Debian package {entry.debian} {entry.commit}: install that (apt install {entry.debian}), "
            "then the same command again; a choice of these prompts is in data/prompts already"
        )
    return ""


def _from_mirror(entry: Entry, folder: Path, target: Path | None) -> None:
    here = folder / entry.file
    if problem := problem_with(entry, here):
        raise DataError([problem])
    if target is not None:
        (target / entry.file).parent.mkdir(parents=True, exist_ok=True)
        with replacing(target / entry.file) as part:
            shutil.copyfile(here, part)


def _download(entry: Entry, target: Path, base_url: str) -> None:
    """Download, convert and verify beside the final name, then rename."""
    final = target / entry.file
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target) as folder:
        if entry.debian:
            sources = [Path("/") / entry.path]
        else:
            sources = [_retrieved(entry, url, sha, Path(folder)) for url, sha in entry.sources(base_url)]
        made = Path(folder) / "made" / final.name
        conversion.convert(entry.conversion, sources, made)
        if problem := problem_with(entry, made):
            raise DataError([Problem(problem.what, entry.path, "the source is right, its conversion is not: a defect")])
        made.replace(final)


def _retrieved(entry: Entry, url: str, sha256: str, folder: Path) -> Path:
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    name = f"{sha256[:12]}{Path(entry.path).suffix}"
    downloader = pooch.HTTPDownloader(progressbar=False, timeout=TIMEOUT_S)
    try:
        return Path(pooch.retrieve(url, f"sha256:{sha256}", fname=name, path=folder, downloader=downloader))
    except OSError as error:  # what requests raises, and a full disk
        raise DataError([_cause(entry, url, error)]) from error
    except ValueError as error:  # pooch's word for a wrong hash
        what = f"{entry.file}: what arrived is not what the table names (sha256)"
        raise DataError([Problem(what, url, "changed upstream, or a page in between?")]) from error


def _cause(entry: Entry, url: str, error: OSError) -> Problem:
    """Say why a download failed, in our own words."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        answers = {404: "no such file there: moved or deleted?", 429: "too many requests: try again later"}
        return Problem(f"{entry.file}: HTTP {status}", url, answers.get(status, "the server refused or failed"))
    kind = type(error).__name__
    causes = {
        "ChunkedEncodingError": "the connection was cut before the end",
        "ConnectionError": "no connection: no network, or a proxy?",
        "ConnectTimeout": f"no connection within {TIMEOUT_S} s",
        "ReadTimeout": f"nothing arrived for {TIMEOUT_S} s",
    }
    again = "the same command again goes on"
    return Problem(f"{entry.file}: {causes.get(kind, f'{kind}: {error}')}", url, again)
