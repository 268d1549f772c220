"""Says that inner loops are being compiled, once: the first call of an installation takes seconds, later ones do not.

numba keeps what it compiled beside the source, or in ``NUMBA_CACHE_DIR``. Said where somebody watches, on a terminal or
in a notebook; a program that reads the output is not disturbed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

_said: set[str] = set()


def say(what: str, *loops: Any) -> bool:
    """Say that loops are about to be compiled, if they are.

    Parameters
    ----------
    what
        What they do, in words; said once a process.
    loops
        Functions that numba compiles when they are first called.

    Returns
    -------
    Whether any of them has to be compiled.
    """
    fresh = any(not loop.signatures and not _kept(loop) for loop in loops)
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    if fresh and watched and what not in _said:
        sys.stderr.write(f"bargein: compiling {what}, once for this installation; a few seconds\n")
        _said.add(what)
    return fresh


def _kept(loop: Any) -> bool:
    """Whether an earlier process left its code; numba has no public way to ask."""
    place = getattr(getattr(getattr(loop, "_cache", None), "_cache_file", None), "_index_path", None)
    return place is None or Path(place).exists()
