r"""The detector's score as a lane: what it said frame by frame, and what a rule made of it.

::

    score      ..../```````\....../```\..........
    kept    [pp|                                     prefix padding, before the onset
    speech     [-----------][.....][---]              entered to first low frame
    announced     >                        <          when the decision was known: the end silence later
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bargein.plot.columns import Grid
from bargein.plot.lanes import Bar
from bargein.timeline import Span, Timeline
from bargein.units import seconds

if TYPE_CHECKING:
    from bargein.vad.rule import Rule
    from bargein.vad.scores import Scores
    from bargein.vad.tables import LabelledScores


@dataclass(frozen=True, slots=True, eq=False)
class ScoreLane:
    """A detector's score and the decisions of one rule, session time.

    Parameters
    ----------
    start_s, values
        When each frame begins, in seconds, and its score; shape (frames,) each.
    enter, exit
        The thresholds.
    speech
        Onset frame to first low frame.
    kept
        Prefix padding: from the start that would be reported to the onset frame.
    starts, stops
        When each decision was known.
    note
        The rule in words.
    """

    start_s: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    enter: float
    exit: float
    speech: Timeline
    kept: Timeline
    starts: tuple[int, ...]
    stops: tuple[int, ...]
    note: str


def score_lane(scores: Scores, rule: Rule, window: Span, origin_ms: int = 0, remark: str = "") -> ScoreLane:
    """Gather what a rule makes of scores inside a window.

    Parameters
    ----------
    scores
        Of a track that begins at ``origin_ms``.
    rule
        Thresholds and durations.
    window
        Session ms.
    remark
        Added to the note.
    """
    from bargein.vad.rule import edges, speech

    first = max((window.start - origin_ms) // scores.hop_ms, 0)
    last = max(-(-(window.end - origin_ms) // scores.hop_ms), first)
    values = scores.values[first:last]
    frames = np.arange(first, first + len(values), dtype=np.float64)
    found = edges(scores, rule)
    kept = (Span(e.claimed_ms, e.boundary_ms) for e in found if e.kind == "start")
    at = {kind: tuple(t for e in found if e.kind == kind and (t := e.at_ms + origin_ms) in window)
          for kind in ("start", "stop")}  # fmt: skip
    name = scores.model.split("-")[0].capitalize()
    padding = f", prefix {rule.prefix_padding_ms} ms"
    return ScoreLane(
        start_s=seconds(origin_ms) + frames * seconds(scores.hop_ms),
        values=values,
        enter=rule.enter,
        exit=rule.leave,
        speech=speech(scores, rule).shift(origin_ms).clip(window),
        kept=Timeline(kept).shift(origin_ms).clip(window),
        starts=at["start"],
        stops=at["stop"],
        note=f"{name}: enter {rule.enter:g}, exit {rule.leave:g}, end {rule.silence_duration_ms} ms{padding}{remark}",
    )


def clip_parts(clip: LabelledScores, rule: Rule) -> tuple[Grid, ScoreLane, tuple[Bar, ...]]:
    """Gather what is known of a clip that came along as scores alone: no waveform, its labels, the rule's decisions."""
    from bargein.vad.counting import followed_by_silence
    from bargein.vad.tables import NEGATIVE

    # as when tuning: the microphone stays open, so that the end of the turn is announced
    heard = followed_by_silence(clip.scores, rule.silence_duration_ms + 500) if clip.turn else clip.scores
    grid = Grid(Span(0, max(heard.ms, 1)))
    bars = [Bar(hold, "hold") for hold in clip.holds]
    if clip.turn:
        bars.append(Bar(clip.turn, "turn"))
    elif clip.kind in NEGATIVE:
        bars.append(Bar(Span(0, clip.ms), clip.kind))
    remark = "; silence assumed after the clip" if clip.turn else ""
    return grid, score_lane(heard, rule, grid.window, remark=remark), tuple(bars)
