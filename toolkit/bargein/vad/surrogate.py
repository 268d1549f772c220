"""The model of a provider's detector that is calibrated: what it would have reported of these scores at these settings.

::

    scores ──► rule: enter, exit, end silence, minimum speech ──► edges ──► dating rules + biases ──► claimed ms
                  ▲                                                              (and, apart, + delay ──► arrival)
    settings ─────┘  threshold map

The claim and the decision are two things. A *dating rule* says how the claimed time follows from the edge; the
*decision delay* says how much later than the deciding frame's end the report is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bargein import units
from bargein.settings import ManualTurns, SemanticVad, ServerVad, TurnDetection
from bargein.vad.rule import HYSTERESIS, LEAST_EXIT, Rule, run_frames
from bargein.vad.scores import Scores

Int64 = npt.NDArray[np.int64]

#: Detectors that have no threshold, and why none of ours stands in for them.
NOT_SCORED: Mapping[type[TurnDetection], str] = {
    SemanticVad: "semantic_vad was in force, which decides by meaning and has no threshold; it is not replaced by "
    "server_vad: record with server_vad, or keep semantic_vad and do without tuning",
    ManualTurns: "no turn detection was in force: record with server_vad",
}
NO_MICROPHONE = "no sound of the microphone as sent: log input_audio_buffer.append with its audio"


class Edges(NamedTuple):
    """Edges of one kind, ms of the sound.

    Parameters
    ----------
    boundary
        Where the onset frame, or the first low frame, begins.
    deciding
        Where the deciding frame begins.
    known
        The deciding frame's end, with the scorer's look-ahead: the earliest instant at which the edge can be known.
    """

    boundary: Int64
    deciding: Int64
    known: Int64


#: How a claimed time follows from an edge and the settings in force, ms; the first of each is the prior.
Dating = Callable[[Edges, ServerVad], Int64]
ONSET_LESS_PADDING, ONSET = "onset less prefix padding", "onset"
DECIDED_LESS_PADDING, DECIDED = "decision less prefix padding", "decision"
DECIDING, LOW, LOW_AND_SILENCE = "deciding frame", "first low frame", "first low frame and end silence"
START_DATING: Mapping[str, Dating] = {
    ONSET_LESS_PADDING: lambda e, s: e.boundary - (s.prefix_padding_ms or 0),
    ONSET: lambda e, s: e.boundary,
    DECIDED_LESS_PADDING: lambda e, s: e.known - (s.prefix_padding_ms or 0),
    DECIDED: lambda e, s: e.known,
}
STOP_DATING: Mapping[str, Dating] = {
    DECIDING: lambda e, s: e.deciding,
    LOW: lambda e, s: e.boundary,
    LOW_AND_SILENCE: lambda e, s: e.boundary + (s.silence_duration_ms or 0),
    DECIDED: lambda e, s: e.known,
}


class Claims(NamedTuple):
    """What a detector claims of one kind of edge, and when each is known; ms of the sound, in order."""

    claimed: Int64
    known: Int64


@dataclass(frozen=True, slots=True)
class Surrogate:
    """A stand-in for a provider's detector. As it is without arguments it is the prior: Silero's gate.

    Parameters
    ----------
    hysteresis
        How far the exit threshold lies under the enter threshold; a constant of the provider, no knob.
    min_speech_ms
        Speech must last longer than this to be reported; a constant, too.
    start_dating, stop_dating
        Names of :data:`START_DATING` and :data:`STOP_DATING`.
    onset_bias_ms, offset_bias_ms
        Added to every claimed start and stop.
    thresholds
        Pairs of a threshold as set and the score at which the detector really enters; linear in between, and beyond
        them shifted as at the nearest. Empty: as set.
    delay_ms
        From the deciding frame's end to the arrival of the report.

    Examples
    --------
    >>> f"{Surrogate(thresholds=((0.4, 0.5), (0.6, 0.7), (0.8, 0.75))).enter(0.5):.2f}"
    '0.60'
    >>> scores = Scores(np.array([0.1, 0.9, 0.8, 0.2, 0.2]), 512, 16_000, 5 * 512, "demo")
    >>> starts, stops = Surrogate().claims(scores, ServerVad(0.5, 10, 32))
    >>> starts.claimed.tolist(), stops.claimed.tolist(), stops.known.tolist()
    ([22], [128], [160])
    """

    hysteresis: float = HYSTERESIS
    min_speech_ms: int = 0
    start_dating: str = ONSET_LESS_PADDING
    stop_dating: str = DECIDING
    onset_bias_ms: int = 0
    offset_bias_ms: int = 0
    thresholds: tuple[tuple[float, float], ...] = ()
    delay_ms: int = 0

    def enter(self, threshold: float) -> float:
        """Give the score at which speech is entered when ``threshold`` is set, 0..1."""
        if not self.thresholds:
            return threshold
        given, meant = zip(*self.thresholds, strict=True)
        nearest = min(max(threshold, given[0]), given[-1])
        shifted = float(np.interp(nearest, given, meant)) + threshold - nearest
        return float(min(max(shifted, 0.0), 1.0))

    def rule(self, settings: ServerVad) -> Rule:
        """Give the decision rule at a provider's settings, all three of which must be known.

        Raises
        ------
        SettingsError
            One of them is not set, or out of range.
        """
        told = Rule.of(settings)
        enter = self.enter(told.enter)
        leave = exit_of(enter, self.hysteresis)
        return Rule(enter, leave, told.silence_duration_ms, told.prefix_padding_ms, self.min_speech_ms)

    def claims(self, scores: Scores, settings: ServerVad) -> tuple[Claims, Claims]:
        """Give the starts and the stops it would have claimed, not under 0."""
        starts, stops = edges_at(scores, self.rule(settings))
        dated = (
            START_DATING[self.start_dating](starts, settings) + self.onset_bias_ms,
            STOP_DATING[self.stop_dating](stops, settings) + self.offset_bias_ms,
        )
        return (
            Claims(np.maximum(dated[0], 0), starts.known),
            Claims(np.maximum(dated[1], 0), stops.known),
        )


#: Silero's gate with the claims OpenAI's six recorded values show.
PRIOR = Surrogate()
#: By provider. xAI's figures are positions of the input stream when the report was sent: recorded 279 ms after 300 ms
#: were sent, 3806 after 3800, 8607 after 8600; they are dated back to no onset and hold no padding.
PRIORS: Mapping[str, Surrogate] = {"openai": PRIOR, "xai": Surrogate(start_dating=DECIDED, stop_dating=DECIDED)}


def exit_of(enter: float, hysteresis: float) -> float:
    """Give the exit threshold: so far under enter, at least 0.01, never over enter.

    Examples
    --------
    >>> exit_of(0.5, 0.15), exit_of(0.1, 0.15)
    (0.35, 0.01)
    """
    return min(enter, max(enter - hysteresis, LEAST_EXIT))


def edges_at(scores: Scores, rule: Rule) -> tuple[Edges, Edges]:
    """Give starts and stops of a rule as arrays; the same state machine as :class:`bargein.vad.rule.Detector`."""
    n = len(scores)
    frames, boundaries = np.empty(n, np.int64), np.empty(n, np.int64)
    silence = units.hops_covering(rule.silence_duration_ms, scores.hop, scores.rate)
    speech = units.samples_in(rule.min_speech_ms, scores.rate) // scores.hop + 1
    state = np.array([0, -1, -1, 0], np.int64)
    found = run_frames(
        scores.values, float(rule.enter), float(rule.leave), silence, speech, state, frames, boundaries
    )  # fmt: skip
    frames, boundaries = frames[:found], boundaries[:found]
    starts = boundaries >= 0  # a stop is the complement of its frame
    return _edges(scores, frames[starts], boundaries[starts]), _edges(scores, frames[~starts], ~boundaries[~starts])


def _edges(scores: Scores, frames: Int64, boundaries: Int64) -> Edges:
    deciding = frames * scores.hop_ms
    known = deciding + scores.hop_ms + units.ms_covering(scores.look_ahead, scores.rate)
    return Edges(boundaries * scores.hop_ms, deciding, known)
