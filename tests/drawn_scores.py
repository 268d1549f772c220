"""Labelled scores drawn on a ruler: one character is a frame of 100 ms.

::

    scores  "0099990099990000"     a digit is a tenth: 9 scores 0.9
    labels  "..tttthhtttt...."     t: speech of the turn, h: a hold inside it, dot: nobody speaks
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from bargein.timeline import Span
from bargein.vad.scores import Scores

FRAME = 100  # ms, and samples at 1,000 Hz


@dataclass(frozen=True)
class Drawn:
    """What `bargein.vad.tables.LabelledScores` has."""

    clip: str
    group: str
    cluster: str
    kind: str
    speech_style: str
    scores: Scores
    turn: Span | None = None
    holds: tuple[Span, ...] = ()
    licence: str = "CC0-1.0"
    pauses: tuple[Span, ...] = ()


def scores(drawn: str, model: str = "drawn", look_ahead: int = 0) -> Scores:
    """Digits to scores."""
    values = np.array([int(c) / 10 for c in drawn])
    return Scores(values, FRAME, 1_000, FRAME * len(values), model, look_ahead)


def runs(drawn: str, letters: str) -> tuple[Span, ...]:
    """Stretches of any of these letters."""
    spans, at = [], 0
    for inside, run in groupby(drawn, key=lambda c: c in letters):
        n = len(list(run))
        if inside:
            spans.append(Span(at * FRAME, (at + n) * FRAME))
        at += n
    return tuple(spans)


def turn(drawn: str, labels: str, *, clip: str = "t", cluster: str = "", style: str = "elicited", **scored) -> Drawn:
    """One turn, its holds, and what a model scored."""
    spans = runs(labels, "th")
    assert len(spans) == 1, "one turn a recording"
    return Drawn(clip, "drawn", cluster or clip, "turn", style, scores(drawn, **scored), spans[0], runs(labels, "h"))


def other(drawn: str, kind: str = "tic", *, clip: str = "o", cluster: str = "", style: str = "") -> Drawn:
    """A recording without a turn: tic, noise, echo, caller, provider."""
    return Drawn(clip, "drawn", cluster or clip, kind, style, scores(drawn))
