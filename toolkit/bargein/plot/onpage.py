"""What a page is given once, so that it can apply a decision rule by itself; and charts as plain data.

Scores go as they are, in single precision where that loses nothing: the page compares them in double precision, as
:mod:`bargein.vad.rule` does, and so decides the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from bargein.corpus.labelled import truths
from bargein.plot.chart import Chart
from bargein.plot.happenings import rows_of
from bargein.plot.palette import INK, LABELS
from bargein.session import Label, Session
from bargein.timeline import Span
from bargein.vad.counting import followed_by_silence
from bargein.vad.scores import Scores
from bargein.vad.sweep import MAX_SILENCE_MS
from bargein.vad.tables import NEGATIVE, LabelledScores

#: Places behind the point that a chart's coordinates keep: a hundredth of a per cent or of a millisecond.
DIGITS = 2
#: Silence shown after a clip, so that the longest end silence can be seen to end it.
AFTER_MS = MAX_SILENCE_MS + 500


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """A recording on which a page applies a rule.

    Parameters
    ----------
    title, said
        What it is; what a reader must know of it.
    length_ms
        How much time the picture has.
    scores, origin_ms
        Of the user's track, which begins there; None where there are none (yet).
    labels
        What the labels say, as drawn.
    turns
        Finished turns: an end that is announced inside one cuts it off. Session time; sent in order.
    """

    title: str
    said: str
    length_ms: int
    scores: Scores | None
    origin_ms: int
    labels: tuple[Label, ...]
    turns: tuple[Span, ...]

    @classmethod
    def of_clip(cls, clip: LabelledScores) -> Material:
        """Gather a clip that came along as scores alone; as when tuning, silence is assumed after a turn."""
        scores = followed_by_silence(clip.scores, AFTER_MS) if clip.turn else clip.scores
        labels = [Label("hold", hold.start, hold.end) for hold in clip.holds]
        if clip.turn:
            labels.append(Label("turn", clip.turn.start, clip.turn.end))
        elif clip.kind in NEGATIVE:
            labels.append(Label(clip.kind, 0, clip.ms))
        style = f" · {clip.speech_style} speech" if clip.speech_style else ""
        said = f"{clip.kind}{style} · {clip.attribution} · measured scores, no sound"
        turns = () if clip.turn is None else (clip.turn,)
        return cls(clip.clip, said, max(scores.ms, 1), scores, 0, tuple(labels), turns)

    @classmethod
    def of_session(cls, session: Session, scores: Scores | None) -> Material:
        """Gather a session; its sound is not read here.

        Raises
        ------
        LabelError
            Its labels cannot be read.
        """
        labels = tuple(label for label in session.labels if label.track == "user")
        turns = tuple(Span(b.onset_ms, b.offset_ms) for b in truths(session) if b.kind == "turn")
        info = session.info
        said = f"{info.provider} {info.model} · in force {info.turn_detection.label} · session {info.basis}"
        origin = info.tracks["user"].origin_ms
        return cls(session.id, said, max(info.length_ms, 1), scores, origin, labels, turns)

    def to_page(self) -> dict[str, Any]:
        """Give all of it as what a page takes: numbers, texts and the packed scores."""
        rows = rows_of(self.labels)
        return {
            "title": self.title,
            "said": self.said,
            "length_ms": self.length_ms,
            "labels": [[b.kind, b.onset_ms, b.offset_ms, row] for b, row in zip(self.labels, rows, strict=True)],
            "turns": [[span.start, span.end] for span in sorted(self.turns)],
            "scores": None if self.scores is None else packed(self.scores, self.origin_ms),
        }


def packed(scores: Scores, origin_ms: int = 0) -> dict[str, Any]:
    """Give scores and their clock; the values as bytes, little-endian, of ``single`` or double precision.

    Examples
    --------
    >>> exact, rounded = (Scores(np.array([p]), 512, 16_000, 512, "demo") for p in (0.5, 0.1))
    >>> [(packed(s)["single"], len(packed(s)["values"])) for s in (exact, rounded)]
    [(True, 4), (False, 8)]
    """
    single = scores.values.astype("<f4")
    exact = bool(np.array_equal(single.astype(np.float64), scores.values))
    values = single if exact else scores.values.astype("<f8")
    return {
        "values": values.tobytes(), "single": exact, "hop": scores.hop, "rate": scores.rate, "samples": scores.samples,
        "look_ahead": scores.look_ahead, "origin_ms": origin_ms, "model": scores.model,
    }  # fmt: skip


def looks() -> dict[str, dict[str, str]]:
    """Give colour, hatch and words of each kind of label."""
    return {kind: {"colour": look.colour, "hatch": look.hatch, "words": look.words} for kind, look in LABELS.items()}


def chart_data(chart: Chart) -> dict[str, Any]:
    """Give a chart as JSON holds it; the colour of ink is left to the page, which knows whether it is dark.

    Examples
    --------
    >>> from bargein.plot.chart import Line
    >>> chart_data(Chart("a", "b", "x", shapes=(Line("c", [1, 2], [float("nan"), 0.123]),)))["shapes"][0]["y"]
    [None, 0.12]
    """
    shapes = [{"is": type(shape).__name__, **_plain(asdict(shape))} for shape in chart.shapes]
    rest = {f.name: getattr(chart, f.name) for f in fields(chart) if f.name != "shapes"}
    return {**rest, "rows": list(chart.rows), "shapes": shapes}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: _numbers(value) if name in ("x", "y") else value for name, value in values.items()}
    return {**found, "colour": "" if found["colour"] == INK else found["colour"]}


def _numbers(value: float | Iterable[float]) -> Any:
    if isinstance(value, Iterable):
        rounded = np.round(np.asarray(value, np.float64), DIGITS).tolist()
        return [v if math.isfinite(v) else None for v in rounded]
    return value
