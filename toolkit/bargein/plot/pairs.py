"""The same barge-in at two providers, one over the other: how long the interrupted answer was heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bargein.plot.chart import Chart, Line, Points
from bargein.plot.palette import INK, ORANGE, PALE
from bargein.units import seconds


class Twice(NamedTuple):
    """One barge-in of a script: how long the agent was heard after the onset at either provider, ms."""

    name: str
    openai_ms: int
    xai_ms: int


def pairs_chart(both: Sequence[Twice], notes: str) -> Chart:
    """Lay two providers side by side, a row a barge-in, the largest difference first.

    Parameters
    ----------
    both
        Barge-ins whose times say something at both.
    notes
        What a reader must know before quoting a figure.
    """
    rows = sorted(both, key=lambda one: one.openai_ms - one.xai_ms)
    left, right = [seconds(r.openai_ms) for r in rows], [seconds(r.xai_ms) for r in rows]
    places = [-i for i in range(len(rows))]
    joins = [Line("", ends, (y, y), PALE, width=3.0) for *ends, y in zip(left, right, places, strict=True)]
    return Chart(
        "How long is the agent heard after the user speaks up?",
        notes, "seconds of the interrupted answer after the user's onset",
        shapes=(*joins, Points("OpenAI", left, places, INK, "o", size=6.0),
                Points("Grok", right, places, ORANGE, "D", size=6.0)),
        rows=tuple(r.name for r in rows), x_range=(0, 1.08 * max([*left, *right, 0.1])),
    )  # fmt: skip
