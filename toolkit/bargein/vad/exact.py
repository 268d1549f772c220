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

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from numba import njit

from bargein import units
from bargein.errors import LabelError, Problem, SettingsError, check
from bargein.vad.counting import EARLY_MS, FALSE_KINDS, Counts, Labelled
from bargein.vad.pauses import END, LEAST, MOST, ONSET, Pauses, find, stretches
from bargein.vad.rule import Rule
from bargein.vad.sweep import (
    ASSUMED,
    CLIPS,
    CUT_HOLDS,
    CUT_TURNS,
    DELAYS,
    EARLY,
    ENDPOINT_DELAY,
    EXPOSURE,
    FALSE,
    FIELDS,
    HOLDS,
    MASKED,
    MAX_SILENCE_MS,
    MISSED,
    NONE,
    ONSET_DELAY,
    ONSET_LEAD,
    STARTS,
    STRAY,
    TRIGGERED,
    TURNS,
    Sweep,
    check_countable,
)

if TYPE_CHECKING:
    import pandas as pd

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Counts of one rule at every end silence, over labelled recordings: step functions with their steps on the hop.

    Parameters
    ----------
    rule
        Thresholds and minimum speech; its own end silence is the one that varies.
    grid
        The counts, recording by recording: a :class:`~bargein.vad.sweep.Sweep` of one threshold.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from bargein.vad.scores import Scores
    >>> cough = Scores(np.array([0.6, 0.1, 0.7, 0.2, 0.1]), 512, 16_000, 5 * 512, "demo")
    >>> row = SimpleNamespace(clip="c1", cluster="c1", kind="tic", speech_style="", scores=cough, turn=None, holds=())
    >>> tried = curve([row], Rule(0.5))
    >>> tried.at(silence_duration_ms=480).false_starts, tried.steps("false_starts")
    (1, [(0, 2), (32, 1)])
    """

    rule: Rule
    grid: Sweep

    def at(self, silence_duration_ms: int, *, kinds: Iterable[str] | None = None,
           styles: Iterable[str] | None = None) -> Counts:  # fmt: skip
        """Give the counts at one end silence, over the recordings of these kinds and speech styles (None: all).

        Raises
        ------
        SettingsError
            It is longer than the longest that was asked for.
        """
        return self.grid.at(self.rule.enter, silence_duration_ms, kinds=kinds, styles=styles)

    def steps(self, field: str, *, kinds: Iterable[str] | None = None,
              styles: Iterable[str] | None = None) -> list[tuple[int, int]]:  # fmt: skip
        """Give one count as a step function: end silence, ms, and the count from there to the next step.

        An end silence between two hops acts as the hop above: a step at 64 ms is felt from 33 ms on. Delays have
        a value a turn, not one to step: :meth:`at` and ``grid.delays`` give them.
        """
        if field in DELAYS:
            raise ValueError(f"{field} are values of turns; at() and grid.delays() give them")
        values = self.grid.totals(field, kinds=kinds, styles=styles)[0].tolist()
        points = list(zip(self.grid.silences, values, strict=True))
        return points[:1] + [b for a, b in pairwise(points) if a[1] != b[1]]

    def to_frame(self) -> pd.DataFrame:
        """Give a tidy table: a row for every end silence, kind and speech style; delays as n, mean, p50 and p90."""
        frame = self.grid.to_frame()
        frame.insert(3, "exit", self.rule.leave)
        frame.insert(4, "min_speech_ms", self.rule.min_speech_ms)
        return frame


def curve(recordings: Iterable[Labelled], rule: Rule, *, max_silence_ms: int = MAX_SILENCE_MS) -> Curve:
    """Count what a rule does at every end silence.

    Parameters
    ----------
    recordings
        Scores and labels, all of one model; kind ``provider`` is left out: it carries a provider's report, not a truth.
    rule
        Thresholds and minimum speech; its end silence is not used. Prefix padding moves no decision.
    max_silence_ms
        The longest end silence of interest; the curve goes on to the hop that covers it.

    Raises
    ------
    SettingsError
        An exit threshold of 0: no score is under it, and speech would never end. A ``max_silence_ms`` under 0 or not
        whole.
    LabelError
        No recordings, scores of several models, a turn without its span; holds out of order or overlapping.
    """
    if rule.leave <= 0:
        raise SettingsError([Problem("exit: 0, and no score is under it", hint="speech would never end")], "sweep")
    rows = tuple(r for r in recordings if r.kind != "provider")
    check_countable(rows)
    check(_crossed(rows), LabelError, "sweep")
    replace(rule, silence_duration_ms=max_silence_ms)  # refuses what is no end silence
    first = rows[0].scores
    most = units.hops_covering(max_silence_ms, first.hop, first.rate)
    table = np.stack([counts_of(recording, rule, most) for recording in rows])[:, None]
    table.flags.writeable = False
    return Curve(rule, Sweep((rule.enter,), tuple(k * first.hop_ms for k in range(most + 1)), rows, table))


def _crossed(rows: Sequence[Labelled]) -> list[Problem]:
    return [
        Problem(f"hold {b} does not lie behind {a}", r.clip, "holds are in order and apart")
        for r in rows
        for a, b in pairwise(r.holds)
        if a.end > b.start
    ]


def counts_of(recording: Labelled, rule: Rule, most: int) -> Int64:
    """Count one recording at 0 to ``most`` hops of end silence.

    Returns
    -------
    Shape (``most`` + 1, fields of :class:`~bargein.vad.counting.Counts`), as a :class:`~bargein.vad.sweep.Sweep` keeps
    them.
    """
    scores, turn = recording.scores, recording.turn
    hop_ms, late = scores.hop_ms, units.ms_covering(scores.look_ahead, scores.rate)
    # Longer than min_speech, strictly: as the streaming detector counts it.
    speech_frames = units.samples_in(rule.min_speech_ms, scores.rate) // scores.hop + 1
    pauses = find(scores.values, float(rule.enter), float(rule.leave))
    found = stretches(pauses, speech_frames, most)
    out = np.zeros((most + 1, len(FIELDS)), np.int64)
    out[:, ONSET_DELAY:] = NONE
    out[:, CLIPS], out[:, EXPOSURE], out[:, STARTS] = 1, scores.ms, starts(found, most)
    if turn is None:
        out[:, FALSE] = out[:, STARTS] if recording.kind in FALSE_KINDS else 0
        out[:, TRIGGERED] = np.minimum(out[:, FALSE], 1)
        return out
    holds = np.array([(h.start, h.end) for h in recording.holds], np.int64).reshape(-1, 2)
    out[:, TURNS], out[:, HOLDS] = 1, len(holds)
    out[:, EXPOSURE] -= turn.ms
    ended, charged = np.full((2, most + 1), -1, np.int64)
    _visit(scores.values, float(rule.leave), found, _announced(found, pauses, speech_frames), hop_ms, late, turn.start,
           turn.end, holds, EARLY_MS, ended, charged, out)  # fmt: skip
    over = ended >= turn.end
    out[:, TRIGGERED] = np.minimum(out[:, FALSE], 1)
    out[:, MISSED] = (out[:, MASKED] == 0) & (out[:, ONSET_DELAY] == NONE)
    out[:, EARLY] = (ended >= 0) & ~over
    out[:, ASSUMED] = over & (ended > scores.ms)
    out[:, ENDPOINT_DELAY] = np.where(over, ended - turn.end, NONE)
    return out


def starts(found: Int64, most: int) -> Int64:
    """Give how many stretches there are at 0 to ``most`` hops of end silence, of a table of stretches."""
    n = most + 1
    change = np.bincount(found[:, LEAST], minlength=n)[:n] - np.bincount(found[:, MOST] + 1, minlength=n)[:n]
    total: Int64 = np.cumsum(change)
    return total


def _announced(found: Int64, pauses: Pauses, speech_frames: int) -> Int64:
    """Give the frame at which each stretch is certain to be long enough; inside a pause nothing is announced."""
    certain = found[:, ONSET] + speech_frames - 1
    if speech_frames == 1:
        return certain
    before = np.searchsorted(pauses.low, certain, side="right") - 1
    paused = (before >= 0) & (certain < pauses.resumed[before])
    announced: Int64 = np.where(paused, pauses.resumed[before], certain)
    return announced


@njit(cache=True)
def _visit(
    values: npt.NDArray[np.float64],
    leave: float,
    found: Int64,
    announced: Int64,
    hop_ms: int,
    late_ms: int,
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
    ended, charged
        Of each end silence, -1 at first: when the turn was last announced to be over, ms; the last hold that was cut.
    out
        Counts, shape (end silences, fields): false starts, masked, cuts and onsets are written.
    """
    reached = -1  # the last hold that begins before the pause at hand is a hop long
    for i in range(len(found)):
        started, low = found[i, ONSET] * hop_ms, found[i, END] * hop_ms
        start_at = (announced[i] + 1) * hop_ms + late_ms
        while reached + 1 < len(holds) and holds[reached + 1, 0] < low + hop_ms:
            reached += 1
        frame, hold = 0, reached
        for k in range(found[i, LEAST], found[i, MOST] + 1):
            frame = max(frame, found[i, END] + k)
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
            if hold < 0 or holds[hold, 1] <= low:
                out[k, STRAY] += 1
            elif charged[k] != hold:
                charged[k] = hold
                out[k, CUT_HOLDS] += 1
