"""A file is written whole or not at all: under a name beside its own, renamed when it is complete."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a temporary name beside ``target``; renamed to it at the end, removed when anything fails.

    Raises
    ------
    OSError
        The folder does not exist or cannot be written; an old file stays as it was.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "a.txt") as part:
    ...         _ = part.write_text("whole")
    ...     [p.name for p in Path(folder).iterdir()]
    ['a.txt']
    """
    part = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        yield part
        part.replace(target)
    except OSError as error:
        if error.filename == str(part):  # nobody asked for that name
            error.filename = str(target)
        raise
    finally:
        part.unlink(missing_ok=True)


def write_bytes(target: Path, data: bytes) -> None:
    """Write a file, making its folder when it is missing.

    Raises
    ------
    OSError
        It cannot be written; an old file stays as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as part:
        part.write_bytes(data)


def write_text(target: Path, text: str) -> None:
    """Write a file as UTF-8, making its folder when it is missing; raises as :func:`write_bytes`."""
    write_bytes(target, text.encode())
