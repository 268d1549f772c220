"""A session folder is written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from bargein.errors import Problem, SessionError, check
from bargein.session.files import CLIENT_FILE, EVENTS_FILE, INFO_FILE, LABELS_FILE, sha256
from bargein.session.folder import Session, load
from bargein.session.model import Info, Label, Record
from bargein.session.schema import write_info
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
        Replace a folder of that name; otherwise its existence is an error.

    Raises
    ------
    SessionError
        The folder exists, or what was given does not make a valid session; nothing is left behind.
    """
    from bargein.audio.files import write_flac

    target = Path(folder)
    if target.exists() and not overwrite:
        raise SessionError([Problem("the folder exists", str(target), "remove it or write to another name")])
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as scratch:
        made = Path(scratch) / target.name
        made.mkdir()
        for name, track in info.tracks.items():
            write_flac(made / track.file, audio[name], track.rate)
        _write_lines(made / EVENTS_FILE, ({"t": r.t, "dir": r.direction, "conn": r.connection, "ev": r.payload}
                                          for r in records))  # fmt: skip
        _write_lines(made / LABELS_FILE, map(asdict, labels))
        if client is not None:
            _write_lines(made / CLIENT_FILE, client)
        sums = {p.name: sha256(p) for p in sorted(made.iterdir())}
        text = json.dumps(write_info(replace(info, checksums=sums)), indent=1, ensure_ascii=False)
        (made / INFO_FILE).write_text(text + "\n", encoding="utf-8")
        check(problems_of(made), SessionError, str(target))
        if target.exists():
            os.replace(target, Path(scratch) / "replaced")
        os.replace(made, target)
    return load(target)


def _write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as out:
        out.writelines(encode(line) + b"\n" for line in lines)
