"""Compile the inner loops now, so that nobody waits for it later: ``python -m bargein.vad.warm``, ten seconds, once.

An installation by ``make`` does this. Without it each loop is compiled when it is first called, which is said and kept
(:mod:`bargein.vad.compiling`).
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from bargein.timeline import Span
from bargein.vad import silero
from bargein.vad.detection import totals
from bargein.vad.rule import Rule, edges
from bargein.vad.scores import Scores
from bargein.vad.sweep import sweep

RATE, HOP = 16_000, 512


def compile_all() -> None:
    """Call everything that is compiled, on next to nothing."""
    silero.score(np.zeros(2 * HOP, np.float32), RATE, runner="numba")
    scores = Scores(np.repeat([0.0, 0.9, 0.0, 0.9, 0.0], 8), HOP, RATE, 40 * HOP, "made up")
    speech = Span(256, 1_024)
    rows = [
        SimpleNamespace(clip=kind, cluster=kind, kind=kind, speech_style="", scores=scores, turn=turn, holds=())
        for kind, turn in [("tic", None), ("turn", speech)]
    ]
    edges(scores, Rule(0.5))
    sweep(rows, (0.5,))
    span, end = np.array([[speech.start, speech.end]], np.int64), np.array([1], np.int64)
    totals(span, end, span, end)


if __name__ == "__main__":
    compile_all()
