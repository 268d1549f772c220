"""Where the recordings that come along, and what is cached, stand on this machine.

Two folders, each with one environment variable that overrides the rule:

========  =================  ==================================================================================
folder    variable           without the variable
========  =================  ==================================================================================
data      ``BARGEIN_DATA``   ``data/`` of the checkout around the current folder, else of the one this code is in
cache     ``BARGEIN_CACHE``  ``bargein`` in the system's place for caches: ``$XDG_CACHE_HOME`` or ``~/.cache``,
                             ``~/Library/Caches`` on macOS, ``%LOCALAPPDATA%`` on Windows
========  =================  ==================================================================================
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bargein.errors import DataError, Problem

DATA_VARIABLE = "BARGEIN_DATA"
CACHE_VARIABLE = "BARGEIN_CACHE"

#: What a folder must hold to be our ``data/``: the two tables, so that somebody else's ``data/`` is not taken for it.
DATA_MARKS = ("prompts.csv", "corpora.csv")


def data_dir() -> Path:
    """Give the folder of the embedded recordings, tables and frame scores.

    Raises
    ------
    DataError
        ``BARGEIN_DATA`` names a folder without them, or there is no checkout around the current folder or this code.

    Examples
    --------
    >>> (data_dir() / "corpora.csv").is_file()
    True
    """
    named = os.environ.get(DATA_VARIABLE)
    if named:
        folder = Path(named).expanduser()
        missing = [mark for mark in DATA_MARKS if not (folder / mark).is_file()]
        if missing:
            hint = "it must name the folder data/ of a checkout, or a copy of it"
            raise DataError([Problem(f"{DATA_VARIABLE}: {mark} is missing", str(folder), hint) for mark in missing])
        return folder.resolve()
    here = Path.cwd()
    code = Path(__file__).resolve()
    for parent in (here, *here.parents, *code.parents):
        if all((parent / "data" / mark).is_file() for mark in DATA_MARKS):
            return (parent / "data").resolve()
    hint = f"run inside a checkout, or set {DATA_VARIABLE} to its folder data/"
    raise DataError([Problem("no folder data/ with the recordings that come along", str(here), hint)])


def cache_dir() -> Path:
    """Give the per-user folder for what can be made again: fetched recordings, frame scores. It may not exist yet.

    Examples
    --------
    >>> cache_dir().is_absolute()
    True
    """
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    home = Path.home()
    places = {
        "darwin": home / "Library" / "Caches",
        "win32": Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local"),
    }
    usual = places.get(sys.platform) or Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return usual.expanduser().absolute() / "bargein"
