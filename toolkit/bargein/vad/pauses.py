"""The pauses of a recording at one pair of thresholds, and every stretch of speech that any end silence makes of them.

::

    score    9 9 2 9 2 4 2 9 9 2 2 2 2
                 ^   ^---^     ^------...      a pause: first low frame to the last one before a high one

    hops 0   |===|-|=|-----|===|               0, 1, 2: how many hops the end silence may have
    hops 1   |=======|-----|===|               a pause that spans fewer hops than the end silence is bridged
    hops 3   |=================|

Bridging the pauses from the shortest to the longest joins stretches two by two: a tree. One stretch of it, whose widest
inner pause spans ``b`` hops and whose nearer outer one ``d``, is there for every end silence of ``b`` + 1 to ``d`` hops
and for no other. So at most twice as many stretches as pauses answer every ``silence_duration_ms``.

After the last frame the microphone is taken to stay open on silence, so the last pause outlasts every end silence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Int64 = npt.NDArray[np.int64]

#: Span of the pause after the recording, hops: longer than any end silence.
FOREVER = 1 << 40

#: Columns of a table of stretches.
ONSET, END, LEAST, MOST = range(4)


class Pauses(NamedTuple):
    """Every pause at one pair of thresholds, in order; frames, shape (pauses,) each.

    Parameters
    ----------
    onset
        The first frame at or over enter; as many as there are frames when there is none, and then no pause either.
    low
        First frame under exit after a high one.
    span
        Hops from the first to the last low frame; of the last pause :data:`FOREVER`.
    resumed
        The next frame at or over enter; of the last pause as many as there are frames.
    """

    onset: int
    low: Int64
    span: Int64
    resumed: Int64


@njit(cache=True)
def _find(
    values: npt.NDArray[np.float64], enter: float, leave: float, low: Int64, span: Int64, resumed: Int64
) -> tuple[int, int]:
    """Fill in the pauses; give the onset and how many there are. Arrays made in here would triple the compiling."""
    n = values.size
    i = found = 0
    while i < n and values[i] < enter:
        i += 1
    onset = i
    while i < n:
        while i < n and values[i] >= leave:  # speech; frames in between do not end it
            i += 1
        low[found] = i
        while i < n and values[i] < enter:  # a pause; frames in between do not end it either
            i += 1
        last = i - 1  # looked for from the end: one comparison a frame above is three times as fast as two
        while last > low[found] and values[last] >= leave:
            last -= 1
        span[found], resumed[found] = (last - low[found] if i < n else FOREVER), i
        found += 1
    return onset, found


def find(values: npt.NDArray[np.float64], enter: float, leave: float) -> Pauses:
    """Find the pauses of frame scores.

    Parameters
    ----------
    values
        Frame scores, double precision, shape (frames,).
    enter, leave
        Thresholds, 0..1; ``leave`` not over ``enter``.

    Examples
    --------
    >>> found = find(np.array([0.1, 0.9, 0.2, 0.4, 0.2, 0.9, 0.1]), 0.5, 0.35)
    >>> found.onset, found.low.tolist(), found.span.tolist(), found.resumed.tolist()
    (1, [2, 6], [2, 1099511627776], [5, 7])
    """
    low, span, resumed = np.empty((3, values.size // 2 + 1), np.int64)
    onset, found = _find(values, enter, leave, low, span, resumed)
    return Pauses(onset, low[:found], span[:found], resumed[:found])


@njit(cache=True)
def _join(
    onset: int, low: Int64, span: Int64, resumed: Int64, speech_frames: int, most: int, began: Int64, left: Int64,
    rows: Int64,
) -> int:  # fmt: skip
    """Walk the pauses once; on the stack lie those that still wait for a wider one, widest first. Fills in ``rows``."""
    n = waiting = 0
    for j in range(low.size):
        start = onset if j == 0 else resumed[j - 1]
        inner, right = -1, span[j]
        while True:
            outer = left[waiting - 1] if waiting else FOREVER
            last = outer if outer < right else right
            if most < last:
                last = most
            if inner < last and low[j] - start >= speech_frames:
                rows[n, ONSET], rows[n, END], rows[n, LEAST], rows[n, MOST] = start, low[j], inner + 1, last
                n += 1
            if not waiting or outer > right:
                break
            waiting -= 1  # the pause to the left is bridged first: the stretches on its two sides are one
            start, inner = began[waiting], outer
        began[waiting], left[waiting] = start, right
        waiting += 1
    return n


def stretches(pauses: Pauses, speech_frames: int, most: int) -> Int64:
    """Give every stretch of speech that is announced at any end silence of 0 to ``most`` hops.

    Parameters
    ----------
    pauses
        Of one recording.
    speech_frames
        Frames a stretch must have, bridged pauses included, to be announced at all.
    most
        The longest end silence of interest, hops.

    Returns
    -------
    Table of shape (stretches, 4): the frame of the onset, the first low frame after it, and the least and the most
    hops of end silence at which the stretch is there. Stretches of one end silence stand in the order of time.

    Examples
    --------
    The drawing at the top of this file:

    >>> pauses = find(np.array([int(c) / 10 for c in "9929242992222"]), 0.5, 0.35)
    >>> stretches(pauses, 1, 9).tolist()
    [[0, 2, 0, 0], [3, 4, 0, 0], [0, 4, 1, 2], [7, 9, 0, 2], [0, 9, 3, 9]]
    """
    size = pauses.low.size
    began, left = np.empty((2, size + 1), np.int64)
    rows = np.empty((2 * size, 4), np.int64)
    return rows[: _join(*pauses, speech_frames, most, began, left, rows)]
