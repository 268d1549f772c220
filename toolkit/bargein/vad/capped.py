"""The same rule with a maximum length of speech, as Silero's ``get_speech_timestamps`` cuts what lasts too long.

::

    score     x x x . . . . . x x x x . x x x x x x x       x: at or over enter, .: under exit
                    |--97+--|                       ^       longer than the maximum here ...
    stretches |----|         |-----------------------       ... so it is cut in its longest pause of over 98 ms,
                                                            and the rest begins where that pause ended
              |--------------------------------------|      without such a pause: here, and the next high frame enters

The stretches of one end silence then depend on each other and no longer on their pauses alone, so the exact sweep
(:mod:`bargein.vad.exact`) does not hold and refuses such a rule; :mod:`bargein.tuning.search` tries settings one by
one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Int64 = npt.NDArray[np.int64]

#: Places in the state of a detector: frames seen, onset frame, first low frame (-1: none), whether the start has been
#: announced; with a maximum also the first low frame of the longest pause inside this speech (-1: none), its frames.
SEEN, ONSET, LOW, ANNOUNCED, LONGEST_LOW, LONGEST_FRAMES = range(6)
#: Frames that no speech lasts.
NEVER = 1 << 40
#: A pause must be longer than this to be cut in: Silero's ``min_silence_at_max_speech``.
LONG_PAUSE_MS = 98
#: A frame can announce a start, cut there, and announce the start of the rest.
EDGES_A_FRAME = 3


@njit(cache=True)
def run_capped(
    values: npt.NDArray[np.float64],
    enter: float,
    leave: float,
    silence: int,
    speech_frames: int,
    longest: int,
    pause: int,
    state: Int64,
    frames: Int64,
    boundaries: Int64,
) -> int:
    """Run the state machine over a block; :func:`bargein.vad.rule.run_frames` with two numbers more.

    Parameters
    ----------
    values, enter, leave, silence, speech_frames, state
        As there. What a maximum cuts off is announced however short it is, as Silero keeps it.
    longest
        Whole frames that speech may last.
    pause
        A pause is cut in if it has more frames than this.
    frames, boundaries
        As there, with room for :data:`EDGES_A_FRAME` edges a frame.

    Returns
    -------
    How many edges were written.
    """
    seen, onset, low, announced = state[SEEN], state[ONSET], state[LOW], state[ANNOUNCED]
    widest, width = state[LONGEST_LOW], state[LONGEST_FRAMES]
    n = 0
    for i in range(values.size):
        p, frame = values[i], seen + i
        if p >= enter:
            if low >= 0 and frame - low > max(pause, width):
                widest, width = low, frame - low
            low = -1
            if onset < 0:
                onset = frame
        if onset >= 0 and frame - onset > longest:
            if not announced:
                frames[n], boundaries[n] = frame, onset
                n += 1
            frames[n], boundaries[n] = frame, ~(widest if width else frame)
            n += 1
            onset = widest + width if width else -1
            low, announced, widest, width = -1, 0, -1, 0
            if onset < 0:
                continue  # this frame is not looked at again: the next high one enters
        if p < leave and onset >= 0:
            if low < 0:
                low = frame
            if frame - low >= silence:
                if announced:
                    frames[n], boundaries[n] = frame, ~low
                    n += 1
                onset, low, announced, widest, width = -1, -1, 0, -1, 0
        if onset >= 0 and low < 0 and not announced and frame + 1 - onset >= speech_frames:
            frames[n], boundaries[n] = frame, onset
            n += 1
            announced = 1
    state[SEEN], state[ONSET], state[LOW], state[ANNOUNCED] = seen + values.size, onset, low, announced
    state[LONGEST_LOW], state[LONGEST_FRAMES] = widest, width
    return n
