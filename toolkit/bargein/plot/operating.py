"""Where one setting lies: on its own curve, beside the front over all thresholds; missed starts against false ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bargein.plot.chart import Chart, Line, Points, Shape
from bargein.plot.curves import ceiling_chart, frontier_chart
from bargein.plot.front import pareto_chart, stairs
from bargein.tuning import Tuned
from bargein.tuning.trial import Trial


def operating_charts(trial: Trial, front: tuple[Shape, ...] = ()) -> tuple[Chart, Chart]:
    """Cut-offs against endpoint delay, and missed starts against false ones, with the setting marked on both.

    Parameters
    ----------
    trial
        The setting, weighed: the curve is that of its own thresholds, exact at every end silence.
    front
        As :func:`pareto_front` gives it for the same target; drawn behind the curve.
    """
    cuts = frontier_chart(trial.tuned, trial.figures)
    leave, least = trial.setting.rule.leave, trial.setting.min_speech_ms
    notes = f"{cuts.notes}, exit {leave:g}" + (f", min speech {least} ms" if least else "")
    return replace(cuts, notes=notes, shapes=(*front, *_stepped(cuts))), ceiling_chart(trial.tuned, trial.figures)


def _stepped(cuts: Chart) -> Iterator[Shape]:
    """Curves as steps with a dot a setting, as the front is drawn: between two settings none is better than both."""
    for shape in cuts.shapes:
        if isinstance(shape, Line) and shape.dots and len(shape.x):
            x, y = stairs(list(shape.x), list(shape.y))
            yield replace(shape, x=x, y=y, dots=False)
            yield Points("", shape.x, shape.y, shape.colour, size=3.2)
        else:
            yield shape


def pareto_front(tuned: Tuned) -> tuple[Shape, ...]:
    """The settings that no other beats in both cut-offs and endpoint delay, over all thresholds, to lie behind a curve.

    The lines of :func:`bargein.plot.front.pareto_chart`.
    """
    lines = (shape for shape in pareto_chart(tuned).shapes if isinstance(shape, Line))
    return tuple(
        replace(line, words=f"no other threshold and silence beats these, {line.words.split(':')[0]}", width=3.4,
                faint=True)
        for line in lines
    )  # fmt: skip
