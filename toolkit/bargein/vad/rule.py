"""The decision rule of a server's voice detection: scores in, edges of speech out.

::

    score    .1 .2 .7 .9 .6 .4 .3 .2 .4 .2 .1 .1
    enter .5       ^                                 speech starts at the first frame at or over enter ...
    exit .35                   ^        ^            the first frame under exit is remembered; frames in between
                                                     enter and exit neither set, clear nor test anything;
                                        ^            ... a frame under exit that lies the end silence after the
                                                     remembered one ends the speech, at the remembered frame

Only a frame at or over *enter* forgets the remembered frame. So a pause counts by its span, from first to last low
frame, and ``silence_duration_ms`` acts in whole frames: 193 and 224 ms are the same setting at 32 ms a frame.

This is Silero's gate (``VADIterator``, and ``get_speech_timestamps`` without its maximum length). On the clip for which
OpenAI's reports are on record it gives all six reported values exactly; that is one voice and one model, not a proof.
Cutting the scores into pieces, or feeding them one by one, gives the same edges: offline is all frames in one piece.
What other gates over the same scores do otherwise: :mod:`bargein.vad.variants`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
import numpy.typing as npt
from numba import njit

from bargein import units
from bargein.errors import Problem, SettingsError
from bargein.settings import ServerVad
from bargein.timeline import Span, Timeline
from bargein.vad.capped import ANNOUNCED, EDGES_A_FRAME, LONG_PAUSE_MS, LOW, NEVER, ONSET, SEEN, run_capped
from bargein.vad.scores import Scores

Int64 = npt.NDArray[np.int64]
Kind = Literal["start", "stop"]

#: How far the exit threshold lies under the enter threshold, and its least value: Silero's constants.
HYSTERESIS, LEAST_EXIT = 0.15, 0.01


@dataclass(frozen=True, slots=True)
class Rule:
    """How scores become edges.

    Parameters
    ----------
    enter
        Score at which speech is entered, 0..1.
    exit
        Score under which speech may be left, 0..``enter``; None: ``enter`` - 0.15, at least 0.01.
    silence_duration_ms
        End silence waited for before the offset is announced.
    prefix_padding_ms
        Taken off the reported start; moves no decision.
    min_speech_ms
        Speech must last longer than this to be announced at all; the start is then announced late, at the first frame
        that makes it certain. 0 announces at the first frame.
    max_speech_ms
        Speech longer than this is cut, in its longest pause or where it is (:mod:`bargein.vad.capped`); None: never. No
        provider documents one, and the exact sweep refuses it: it cuts by length, not by pauses.

    Raises
    ------
    SettingsError
        Every value that is out of range.

    Examples
    --------
    >>> Rule(0.5, silence_duration_ms=200).leave
    0.35
    """

    enter: float = 0.5
    exit: float | None = None
    silence_duration_ms: int = 500
    prefix_padding_ms: int = 300
    min_speech_ms: int = 0
    max_speech_ms: int | None = None

    def __post_init__(self) -> None:
        problems = [
            Problem(f"{name}: {value!r} is outside 0..{high:g}", hint=hint)
            for name, value, high, hint in [
                ("enter", self.enter, 1, "a score, not a percentage"),
                ("exit", self.exit, self.enter, "not over enter"),
            ]
            if value is not None and not 0 <= value <= high
        ]
        for name in ("silence_duration_ms", "prefix_padding_ms", "min_speech_ms", "max_speech_ms"):
            value = getattr(self, name)
            if value is None and name == "max_speech_ms":
                continue
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
                hint = "seconds?" if isinstance(value, float) and 0 < value < 20 else "milliseconds are whole here"
                problems.append(Problem(f"{name}: {value!r} is not a whole number of milliseconds", hint=hint))
            elif value < 0:
                problems.append(Problem(f"{name}: {value} is under 0"))
        if problems:
            raise SettingsError(problems, "a detector's rule")

    @property
    def leave(self) -> float:
        """The exit threshold in force."""
        if self.exit is not None:
            return self.exit
        return min(self.enter, max(self.enter - HYSTERESIS, LEAST_EXIT))

    @classmethod
    def of(cls, settings: ServerVad, default: Rule | None = None) -> Rule:
        """Give the rule of a provider's settings.

        Parameters
        ----------
        settings
            What was sent or is in force.
        default
            Stands in for what is not set. Without it nothing is guessed: providers' defaults differ by model.

        Raises
        ------
        SettingsError
            Every value that is neither set nor given by ``default``, or is out of range.

        Examples
        --------
        >>> Rule.of(ServerVad(0.6, 300, 200))
        Rule(enter=0.6, exit=None, silence_duration_ms=200, prefix_padding_ms=300, min_speech_ms=0, max_speech_ms=None)
        """
        names = {
            "threshold": "enter",
            "silence_duration_ms": "silence_duration_ms",
            "prefix_padding_ms": "prefix_padding_ms",
        }
        known = {} if default is None else {f.name: getattr(default, f.name) for f in fields(default)}
        known |= {ours: v for theirs, ours in names.items() if (v := getattr(settings, theirs)) is not None}
        hint = "defaults differ by model: read what session.created or session.updated says"
        if missing := [Problem(f"{theirs}: not set", hint=hint) for theirs, ours in names.items() if ours not in known]:
            raise SettingsError(missing, settings.label)
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Edge:
    """Speech began or ended, as a detector decided it. Times are on the sound's own clock, whole ms.

    Parameters
    ----------
    kind
        ``start`` or ``stop``.
    frame
        The deciding frame.
    boundary
        The frame the edge lies at: where speech was entered, or the first low frame.
    at_ms
        When the decision is known: the end of the deciding frame.
    claimed_ms
        What OpenAI reports: the boundary less the prefix padding, not under 0, for a start; the *start* of the deciding
        frame, so with the end silence inside, for a stop.
    boundary_ms
        When the boundary frame begins.
    """

    kind: Kind
    frame: int
    boundary: int
    at_ms: int
    claimed_ms: int
    boundary_ms: int


class Detector:
    """One rule with its state: fed scores in pieces of any size, gives the edges they decide.

    Parameters
    ----------
    rule
        Thresholds and durations.
    hop, rate
        Of the scores: samples a frame, samples a second.
    look_ahead
        Samples after a frame's end that its score depends on; a decision is known that much later.

    Examples
    --------
    >>> detector = Detector(Rule(0.5, silence_duration_ms=64, prefix_padding_ms=0), hop=512, rate=16_000)
    >>> detector.feed([0.1, 0.9, 0.8])
    [Edge(kind='start', frame=1, boundary=1, at_ms=64, claimed_ms=32, boundary_ms=32)]
    >>> detector.feed([0.2, 0.4, 0.2])
    [Edge(kind='stop', frame=5, boundary=3, at_ms=192, claimed_ms=160, boundary_ms=96)]
    """

    def __init__(self, rule: Rule, hop: int, rate: int, look_ahead: int = 0) -> None:
        self.rule, self.hop, self.rate, self.look_ahead = rule, hop, rate, look_ahead
        self._silence = units.hops_covering(rule.silence_duration_ms, hop, rate)
        # Longer than min_speech, strictly: one frame more than the whole frames that fit into it.
        self._speech = units.samples_in(rule.min_speech_ms, rate) // hop + 1
        self._enter, self._leave = float(rule.enter), float(rule.leave)  # one compiled version, whatever type was given
        self._longest = NEVER if rule.max_speech_ms is None else units.samples_in(rule.max_speech_ms, rate) // hop
        self._pause = units.samples_in(LONG_PAUSE_MS, rate) // hop
        self._state = np.array([0, -1, -1, 0, -1, 0], np.int64)

    def feed(self, values: npt.ArrayLike) -> list[Edge]:
        """Take the scores of the next frames, give the edges they decide, in order."""
        scores = np.ascontiguousarray(values, dtype=np.float64)
        limits = (self._enter, self._leave, self._silence, self._speech)
        if self._longest == NEVER:
            frames, boundaries = np.empty((2, len(scores)), np.int64)
            n = run_frames(scores, *limits, self._state, frames, boundaries)
        else:
            frames, boundaries = np.empty((2, EDGES_A_FRAME * len(scores)), np.int64)
            n = run_capped(scores, *limits, self._longest, self._pause, self._state, frames, boundaries)
        return [self._edge(int(f), int(b)) for f, b in zip(frames[:n], boundaries[:n], strict=True)]

    @property
    def onset(self) -> int | None:
        """The frame at which the speech began that is not over yet, announced or not; None when there is none."""
        return int(self._state[ONSET]) if self._state[ONSET] >= 0 else None

    @property
    def open_since_ms(self) -> int | None:
        """When the speech that is announced and not yet ended began; None when there is none."""
        return self._ms(int(self._state[ONSET])) if self._state[ANNOUNCED] else None

    def _edge(self, frame: int, boundary: int) -> Edge:
        at = units.ms_covering((frame + 1) * self.hop + self.look_ahead, self.rate)
        if boundary < 0:  # a stop: the complement tells it from a start
            return Edge("stop", frame, ~boundary, at, self._ms(frame), self._ms(~boundary))
        onset = self._ms(boundary)
        return Edge("start", frame, boundary, at, max(onset - self.rule.prefix_padding_ms, 0), onset)

    def _ms(self, frame: int) -> int:
        return units.ms_of(frame * self.hop, self.rate)


def edges(scores: Scores, rule: Rule) -> list[Edge]:
    """Give every edge a rule decides on these scores, in order.

    Speech that is still open at the end of the sound has a start and no stop, as a live detector would have it.

    Examples
    --------
    >>> scores = Scores(np.array([0.1, 0.9, 0.8, 0.2, 0.2]), 512, 16_000, 5 * 512, "demo")
    >>> [(e.kind, e.at_ms) for e in edges(scores, Rule(silence_duration_ms=32))]
    [('start', 64), ('stop', 160)]
    """
    return _detector(scores, rule).feed(scores.values)


def speech(scores: Scores, rule: Rule) -> Timeline:
    """Give the stretches a rule takes for speech: onset frame to first low frame, no padding, no end silence.

    Speech still open at the end runs to the end of the sound.

    Examples
    --------
    >>> speech(Scores(np.array([0.1, 0.9, 0.8, 0.2, 0.2]), 512, 16_000, 5 * 512, "demo"), Rule(silence_duration_ms=32))
    Timeline(32..96)
    """
    detector = _detector(scores, rule)
    ends = [e.boundary_ms for e in detector.feed(scores.values)]
    if detector.open_since_ms is not None:
        ends.append(scores.ms)
    return Timeline(Span(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True))


def _detector(scores: Scores, rule: Rule) -> Detector:
    return Detector(rule, scores.hop, scores.rate, scores.look_ahead)


@njit(cache=True)
def run_frames(
    values: npt.NDArray[np.float64],
    enter: float,
    leave: float,
    silence: int,
    speech_frames: int,
    state: Int64,
    frames: Int64,
    boundaries: Int64,
) -> int:
    """Run the state machine over a block; the drawing at the top of this file says the rule.

    Parameters
    ----------
    values
        Scores of the block.
    enter, leave
        Thresholds.
    silence
        Frames from the first low frame to the earliest that may end speech.
    speech_frames
        Frames that speech must have lasted to be announced; 1 announces at once.
    state
        The numbers that are carried from block to block (:mod:`bargein.vad.capped`); changed in place.
    frames, boundaries
        Filled with an edge each: deciding frame; onset frame ``b`` of a start, ``~b`` of the first low frame of a stop.

    Returns
    -------
    How many edges were written.
    """
    seen, onset, low, announced = state[SEEN], state[ONSET], state[LOW], state[ANNOUNCED]
    n = 0
    for i in range(values.size):
        p, frame = values[i], seen + i
        if p >= enter:
            low = -1
            if onset < 0:
                onset = frame
        elif p < leave and onset >= 0:
            if low < 0:
                low = frame
            if frame - low >= silence:
                if announced:
                    frames[n], boundaries[n] = frame, ~low
                    n += 1
                onset, low, announced = -1, -1, 0
        if onset >= 0 and low < 0 and not announced and frame + 1 - onset >= speech_frames:
            frames[n], boundaries[n] = frame, onset
            n += 1
            announced = 1
    state[SEEN], state[ONSET], state[LOW], state[ANNOUNCED] = seen + values.size, onset, low, announced
    return n
