"""Lines are only ever added: what stood in a file stays byte for byte, and nobody sees half of what is new."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from bargein.errors import LabelError, Problem


def append_lines(path: Path, rows: Sequence[Mapping[str, Any]], what: str = "labels") -> None:
    """Add JSON lines to a file; none: the file is not touched.

    The copy that is about to take the file's place is also what keeps a second writer out.

    Parameters
    ----------
    path
        Made when it is missing.
    rows
        One a line.
    what
        What the rows are, for the message.

    Raises
    ------
    LabelError
        Somebody is writing, or was stopped while doing so.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "queue.jsonl"
    ...     append_lines(path, [{"row": "undo"}])
    ...     append_lines(path, [{"row": "item"}])
    ...     path.read_text().splitlines()
    ['{"row":"undo"}', '{"row":"item"}']
    """
    if not rows:
        return
    encode = msgspec.json.Encoder().encode
    copy = path.with_name(f".{path.name}.new")
    try:
        with copy.open("xb") as out:
            try:
                old = path.read_bytes() if path.exists() else b""
                out.write(old + (b"\n" if old and not old.endswith(b"\n") else b""))
                out.writelines(encode(row) + b"\n" for row in rows)
                out.flush()
                os.fsync(out.fileno())
            except BaseException:
                copy.unlink(missing_ok=True)
                raise
        copy.replace(path)
    except FileExistsError:
        hint = f"if nobody is, somebody was cut off: remove that file, the {what} are whole"
        raise LabelError([Problem(f"somebody is adding {what} here", str(copy), hint)], path.name) from None
