"""Where one setting lies: on its own curve, beside the front over all thresholds; missed starts against false ones."""

from __future__ import annotations

from dataclasses import replace

from bargein.plot.chart import Chart, Line, Shape
from bargein.plot.curves import ceiling_chart, frontier_chart
from bargein.plot.front import pareto_chart
from bargein.tuning import Tuned
from bargein.tuning.answerable import Answerable
from bargein.tuning.trial import Trial


def operating_charts(trial: Trial, known: Answerable, front: tuple[Shape, ...] = ()) -> tuple[Chart, Chart]:
    """Cut-offs against endpoint delay, and missed starts against false ones, with the setting marked on both.

    Parameters
    ----------
    trial
        The setting, weighed: the curve is that of its own thresholds, exact at every end silence.
    known
        What the recordings can say of each setting.
    front
        As :func:`pareto_front` gives it for the same target; drawn behind the curve.
    """
    cuts = frontier_chart(trial.tuned, trial.figures, known)
    leave, least = trial.setting.rule.leave, trial.setting.min_speech_ms
    notes = f"{cuts.notes}, exit {leave:g}" + (f", min speech {least} ms" if least else "")
    return replace(cuts, notes=notes, shapes=(*front, *cuts.shapes)), ceiling_chart(trial.tuned, trial.figures)


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
