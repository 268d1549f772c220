"""What happens when the user interrupts a speaking voice AI, and how to make it right.

``import bargein as bi`` offers the verbs of :mod:`bargein.api` and
:mod:`bargein.labelling`; ``bi.plot`` and ``bi.widgets`` are loaded on first use,
so that the import stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from bargein.api import (
    Link,
    Policy,
    accounts,
    compare,
    diagnose,
    episodes,
    listen,
    load,
    measure,
    metrics,
    render,
    replay,
    report,
    score,
    transcript,
)
from bargein.labelling import label_queue, label_rates
from bargein.vadlab import calibrate, detection, plan, search, segments, sweep, tune

__version__ = "0.1.0"
__all__ = [
    "Link", "Policy", "accounts", "calibrate", "compare", "detection", "diagnose", "episodes", "label_queue",
    "label_rates", "listen", "load", "measure", "metrics", "plan", "plot", "render", "replay", "report", "score",
    "search", "segments", "sweep", "transcript", "tune", "widgets",
]  # fmt: skip

_ON_USE = ("plot", "widgets")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    if name in _ON_USE:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
