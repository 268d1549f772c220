"""A session folder is written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from bargein.errors import Problem, SessionError, check
from bargein.session.files import CLIENT_FILE, EVENTS_FILE, INFO_FILE, LABELS_FILE, sha256
from bargein.session.folder import Session, load
from bargein.session.model import Info, Label, Record
from bargein.session.schema import write_info, write_label
from bargein.session.validate import problems_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def save(
    folder: str | os.PathLike[str],
    info: Info,
    records: Sequence[Record],
    *,
    audio: Mapping[str, NDArray[np.int16]],
    labels: Iterable[Label] = (),
    client: Iterable[Mapping[str, Any]] | None = None,
    overwrite: bool = False,
) -> Session:
    """Write a session folder under a temporary name and rename it when it is complete.

    Parameters
    ----------
    info
        Facts; tracks name the files, checksums are computed here.
    audio
        16-bit samples per track of ``info.tracks``.
    overwrite
        Replace a session of that name; otherwise its existence is an error.

    Raises
    ------
    SessionError
        The folder exists, or what was given does not make a valid session; nothing is left behind, and a folder that
        was to be replaced is as it was.
    """
    from bargein.audio.files import write_flac

    target = Path(folder)
    problems = [Problem(f"no sound for the {name} track", str(target)) for name in info.tracks.keys() - audio.keys()]
    problems += [
        Problem(f"sound of {name!r}, which is no track", str(target)) for name in audio.keys() - info.tracks.keys()
    ]
    if target.exists() and not overwrite:
        problems.append(Problem("the folder exists", str(target), "remove it or write to another name"))
    elif target.exists() and not (target / INFO_FILE).exists():  # somebody's documents, for all we know
        problems.append(Problem("what stands there is no session, so it is not replaced", str(target), "mistyped?"))
    check(problems, SessionError, str(target))
    above = next(p for p in target.absolute().parents if p.is_dir())  # on the same disk, so that a rename will do
    with tempfile.TemporaryDirectory(dir=above, prefix=f".{target.name}.") as scratch:
        made = Path(scratch) / target.name
        made.mkdir()
        for name, track in info.tracks.items():
            write_flac(made / track.file, audio[name], track.rate)
        _write_lines(made / EVENTS_FILE, ({"t": r.t, "dir": r.direction, "conn": r.connection, "ev": r.payload}
                                          for r in records))  # fmt: skip
        _write_lines(made / LABELS_FILE, map(write_label, labels))
        if client is not None:
            _write_lines(made / CLIENT_FILE, client)
        sums = {p.name: sha256(p) for p in sorted(made.iterdir()) if p.name != LABELS_FILE}  # labels are mended later
        text = json.dumps(write_info(replace(info, checksums=sums)), indent=1, ensure_ascii=False)
        (made / INFO_FILE).write_text(text + "\n", encoding="utf-8")
        check(problems_of(made), SessionError, str(target))
        _put(made, target, aside=Path(scratch) / "replaced")
    return load(target)


def _put(made: Path, target: Path, aside: Path) -> None:
    """Rename; should that fail, what was there comes back."""
    replaces = target.exists()
    if replaces:
        target.rename(aside)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made.rename(target)
    except OSError:
        if replaces:
            aside.rename(target)
        raise


def _write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as out:
        out.writelines(encode(line) + b"\n" for line in lines)
