"""What happens when the user interrupts a speaking voice AI, and how to make it right.

``import bargein as bi`` offers the verbs of :mod:`bargein.api`; ``bi.plot`` and ``bi.widgets`` are loaded on first use,
so that the import stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from bargein.api import (
    Link,
    Policy,
    accounts,
    calibrate,
    compare,
    diagnose,
    episodes,
    listen,
    load,
    measure,
    metrics,
    render,
    replay,
    score,
    sweep,
    transcript,
    tune,
)

__version__ = "0.1.0"
__all__ = [
    "Link", "Policy", "accounts", "calibrate", "compare", "diagnose", "episodes", "listen", "load", "measure",
    "metrics", "plot", "render", "replay", "score", "sweep", "transcript", "tune", "widgets",
]  # fmt: skip

_ON_USE = ("plot", "widgets")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    if name in _ON_USE:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
