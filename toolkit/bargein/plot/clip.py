"""What an annotator sees of an item: the microphone's outline, the second that is asked about, the onset as it is."""

from __future__ import annotations

import numpy as np

from bargein.audio.envelope import envelope
from bargein.plot.chart import Chart, Line
from bargein.plot.palette import INK
from bargein.queue import Clip
from bargein.units import seconds

#: Columns of the outline: a few a millimetre of a page.
COLUMNS = 700
ONSET, ASKED = "#D55E00", "#0072B2"


def clip_chart(clip: Clip, onset_ms: int | None = None) -> Chart:
    """Draw the clip of an item, blind: nothing of it comes from a detector, a provider or an agent.

    Parameters
    ----------
    clip
        What is played.
    onset_ms
        Where the onset is set, session time; None: as offered.

    Returns
    -------
    Seconds from the clip's beginning: where in a session it lies is not told.
    """
    low, high = envelope(clip.samples, min(COLUMNS, len(clip.samples)))
    peak = max(float(np.max(high)), -float(np.min(low)), 1e-3)
    at = np.linspace(0, seconds(clip.played.ms), len(low), endpoint=False)
    onset = seconds((clip.onset_ms if onset_ms is None else onset_ms) - clip.played.start)
    ends = [seconds(t - clip.played.start) for t in (clip.asked.start, clip.asked.end)]
    outline = Line(
        "the microphone alone", np.repeat(at, 2).tolist(), np.column_stack([low, high]).ravel().tolist(), INK, width=0.8
    )
    second = Line(
        "the second that is asked about", [ends[0], ends[0], ends[1], ends[1]], [-peak, peak, peak, -peak], ASKED,
        dashed=True, width=1.4,
    )  # fmt: skip
    mark = Line("the onset", [onset, onset], [-peak, peak], ONSET, width=2.2)
    return Chart(
        "What begins in the dashed second?", "", "s, from the beginning of the clip", "", (outline, second, mark),
        x_range=(0, seconds(max(clip.played.ms, 1))), y_range=(-1.1 * peak, 1.1 * peak),
    )  # fmt: skip
