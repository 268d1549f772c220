"""One threshold, every ``silence_duration_ms``: what a rule does against labels, counted in one pass.

*Exact* means the detector's outcome, the agent's timeline as recorded. The definition is :mod:`bargein.vad.counting`
over the edges of the streaming rule; a property test holds every count and delay at every end silence to it. Here the
rule is not run: its pauses are found once, and each stretch of speech (:mod:`bargein.vad.pauses`) is visited at the end
silences it is there for.

::

    hops     0 1 2 3 4 5 6      a stretch and the pause behind it, seen from the label of a turn
             . x x x . . .      there at 1, 2 and 3 hops of end silence
    ended    . o o c . . .      o: over before the turn begins, a false start; c: inside the turn, a cut

A pause that spans ``d`` hops is visited at no more than ``d`` + 1 end silences, so all visits together are no more than
the recording has frames, and one for each end silence asked for.

A maximum length of speech is outside this form: it would cut stretches by their length, not by their pauses.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from bargein import units
from bargein.vad.counting import EARLY_MS, FALSE_KINDS, Labelled
from bargein.vad.grid import (
    ASSUMED,
    CLIPS,
    CUT_HOLDS,
    CUT_TURNS,
    EARLY,
    ENDPOINT_DELAY,
    EXPOSURE,
    FALSE,
    FIELDS,
    HOLDS,
    MASKED,
    MISSED,
    NONE,
    ONSET_DELAY,
    ONSET_LEAD,
    STARTS,
    STRAY,
    TRIGGERED,
    TURNS,
)
from bargein.vad.pauses import END, LEAST, MOST, ONSET, _find, _join, find, stretches
from bargein.vad.rule import Rule

Int64 = npt.NDArray[np.int64]


def counts_of(recording: Labelled, rule: Rule, most: int) -> Int64:
    """Count one recording at 0 to ``most`` hops of end silence.

    Returns
    -------
    Shape (``most`` + 1, fields of :class:`~bargein.vad.counting.Counts`), as a :class:`~bargein.vad.grid.Sweep` keeps
    them.
    """
    scores, turn = recording.scores, recording.turn
    # Longer than min_speech, strictly: as the streaming detector counts it.
    speech_frames = units.samples_in(rule.min_speech_ms, scores.rate) // scores.hop + 1
    pauses = find(scores.values, float(rule.enter), float(rule.leave))
    found, out = stretches(pauses, speech_frames, most), np.zeros((most + 1, len(FIELDS)), np.int64)
    _starts(found, out)
    out[:, CLIPS], out[:, EXPOSURE], out[:, ONSET_DELAY:] = 1, scores.ms, NONE
    if turn is None:
        if recording.kind in FALSE_KINDS:
            out[:, FALSE] = out[:, STARTS]
            out[:, TRIGGERED] = np.minimum(out[:, STARTS], 1)
        return out
    holds = np.array([(h.start, h.end) for h in recording.holds], np.int64).reshape(-1, 2)
    out[:, TURNS], out[:, HOLDS] = 1, len(holds)
    out[:, EXPOSURE] -= turn.ms
    ended, charged = np.full((2, most + 1), -1, np.int64)
    _visit(scores.values, float(rule.leave), found, pauses.low, pauses.resumed, speech_frames, scores.hop_ms,
           units.ms_covering(scores.look_ahead, scores.rate), scores.ms, turn.start, turn.end, holds, EARLY_MS, ended,
           charged, out)  # fmt: skip
    return out


@njit(cache=True)
def _starts(found: Int64, out: Int64) -> None:
    """Count the stretches that are there at each end silence, of a table of stretches."""
    for i in range(len(found)):  # where one begins to be there, and where it is there no more
        out[found[i, LEAST], STARTS] += 1
        if found[i, MOST] + 1 < len(out):
            out[found[i, MOST] + 1, STARTS] -= 1
    for k in range(1, len(out)):
        out[k, STARTS] += out[k - 1, STARTS]


@njit(cache=True)
def _visit(
    values: npt.NDArray[np.float64],
    leave: float,
    found: Int64,
    low: Int64,
    resumed: Int64,
    speech_frames: int,
    hop_ms: int,
    late_ms: int,
    length_ms: int,
    onset: int,
    offset: int,
    holds: Int64,
    early_ms: int,
    ended: Int64,
    charged: Int64,
    out: Int64,
) -> None:
    """Take each stretch at each of its end silences, as ``counting.count`` takes the edges of a turn.

    Stretches of one end silence come in the order of time: the first that belongs to the turn is its detection, the
    last one's end is its end, and a hold that several of them cut is cut once.

    Parameters
    ----------
    low, resumed
        Of the pauses.
    length_ms
        Of the recording.
    ended, charged
        Of each end silence, -1 at first: when the turn was last announced to be over, ms; the last hold that was cut.
    out
        Counts, shape (end silences, fields), with the delays at :data:`NONE`: all that hangs on the turn is written.
    """
    reached, behind = -1, 0  # the last hold that begins before the pause at hand is a hop long; a pause after the start
    for i in range(len(found)):
        started, pause = found[i, ONSET] * hop_ms, found[i, END] * hop_ms
        # The frame at which it is certain to be long enough; inside a pause nothing is announced.
        certain = found[i, ONSET] + speech_frames - 1
        while behind > 0 and low[behind - 1] > certain:  # one after another has its pause near the last one's
            behind -= 1
        while behind < len(low) and low[behind] <= certain:
            behind += 1
        if behind > 0 and certain < resumed[behind - 1]:
            certain = resumed[behind - 1]
        start_at = (certain + 1) * hop_ms + late_ms
        while reached + 1 < len(holds) and holds[reached + 1, 0] < pause + hop_ms:
            reached += 1
        frame, hold = 0, reached
        for k in range(found[i, LEAST], found[i, MOST] + 1):
            if frame < found[i, END] + k:
                frame = found[i, END] + k
            while frame < values.size and values[frame] >= leave:  # in between nothing is decided
                frame += 1
            stop_at = (frame + 1) * hop_ms + late_ms
            if started >= offset or stop_at <= onset:
                out[k, FALSE] += 1
                continue
            if start_at < onset - early_ms:
                out[k, FALSE] += 1
                out[k, MASKED] = 1
            elif out[k, ONSET_DELAY] == NONE and out[k, MASKED] == 0:
                out[k, ONSET_DELAY], out[k, ONSET_LEAD] = start_at - onset, started - onset
            ended[k] = stop_at
            if stop_at >= offset:
                continue
            out[k, CUT_TURNS] = 1
            while hold + 1 < len(holds) and holds[hold + 1, 0] < stop_at:
                hold += 1
            if hold < 0 or holds[hold, 1] <= pause:
                out[k, STRAY] += 1
            elif charged[k] != hold:
                charged[k] = hold
                out[k, CUT_HOLDS] += 1
    for k in range(len(out)):
        if out[k, FALSE] > 0:
            out[k, TRIGGERED] = 1
        if out[k, MASKED] == 0 and out[k, ONSET_DELAY] == NONE:
            out[k, MISSED] = 1
        if ended[k] >= offset:
            out[k, ENDPOINT_DELAY] = ended[k] - offset
            if ended[k] > length_ms:
                out[k, ASSUMED] = 1
        elif ended[k] >= 0:
            out[k, EARLY] = 1


#: What is compiled when it is first called.
LOOPS = (_find, _join, _starts, _visit)
