"""What do recorded values really tell? Every setting and every rule of dating that reproduces them exactly, too.

OpenAI's reports are on record for one clip, sent once and three times over: six values. The prior gives all six; so
does a whole set of other detectors. Nothing here is fitted: a grid is gone through, and each cell says how far off its
claims are, in ms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bargein.settings import ServerVad
from bargein.tuning.calibration.evidence import Recorded, Report
from bargein.vad.rule import Rule
from bargein.vad.surrogate import (
    DECIDING,
    ONSET_LESS_PADDING,
    START_DATING,
    STOP_DATING,
    Dating,
    Edges,
    edges_at,
)
from bargein.vad.tables import load_scores

Float64 = npt.NDArray[np.float64]

#: Thresholds that are gone through: hundredths, as anybody would set them.
LEVELS = tuple(k / 100 for k in range(1, 100))
#: Starts and stops that OpenAI's gpt-realtime reported, in two sessions, by the clip whose scores come along.
OPENAI_REPORTS: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "provider-vad/marcelo_24khz.flac": ((1_460,), (4_256,)),
    "provider-vad/marcelo_24khz.flac#3x2s": ((1_460, 8_948, 16_436), (4_256, 11_744, 19_232)),
}
#: In force in both: threshold, prefix padding, end silence.
OPENAI_SETTINGS = ServerVad(0.5, 300, 200)
#: What grok-voice-latest reported of the same clip sent once; neither its threshold nor its end silence is on record.
GROK_REPORTS = ((227,), (432,))


def openai_six() -> tuple[Recorded, ...]:
    """Give the two recordings of OpenAI's detector that come along: one clip, so one group, and six values.

    Examples
    --------
    >>> sum(len(r.starts) + len(r.stops) for r in openai_six())
    8
    >>> len({claim for r in openai_six() for claim in (*r.starts, *r.stops)})
    6
    """
    return tuple(
        Recorded(clip.clip, "marcelo", OPENAI_SETTINGS, clip.scores, tuple(map(Report, both[0])),
                 tuple(map(Report, both[1])))
        for clip in load_scores(groups=["provider-vad"])
        if (both := OPENAI_REPORTS.get(clip.clip)) is not None
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """How far off every pair of thresholds is, under one rule of dating for starts and one for stops.

    Parameters
    ----------
    start_dating, stop_dating
        Names of the rules.
    off_ms
        Largest difference between claim and report, ms, shape (enter, exit) over :data:`LEVELS`; infinite where the
        number of edges differs, or where exit would lie over enter.
    """

    start_dating: str
    stop_dating: str
    off_ms: Float64

    def cells(self, within_ms: int = 0) -> npt.NDArray[np.bool_]:
        """Give the pairs that are off by no more than this."""
        there: npt.NDArray[np.bool_] = self.off_ms <= within_ms
        return there

    def enters(self, within_ms: int = 0) -> tuple[float, float] | None:
        """Give the least and the greatest enter threshold among them; None when there are none."""
        return _ends(np.asarray(self.cells(within_ms).any(axis=1)))

    def exits(self, within_ms: int = 0) -> tuple[float, float] | None:
        """Give the least and the greatest exit threshold among them; None when there are none."""
        return _ends(np.asarray(self.cells(within_ms).any(axis=0)))


def _ends(there: npt.NDArray[np.bool_]) -> tuple[float, float] | None:
    places = np.flatnonzero(there)
    return (LEVELS[places[0]], LEVELS[places[-1]]) if len(places) else None


def maps(recordings: Sequence[Recorded], *, biased: bool = False) -> list[Map]:
    """Go through every pair of thresholds and every pair of rules of dating.

    Parameters
    ----------
    recordings
        With what was reported of them, all reports compared, none left out.
    biased
        Whether a constant bias of starts and one of stops may go with each.

    Returns
    -------
    One a pair of rules, the prior's first.
    """
    off = {(a, b): np.full((len(LEVELS), len(LEVELS)), np.inf) for a in START_DATING for b in STOP_DATING}
    for i, enter in enumerate(LEVELS):
        for j, leave in enumerate(LEVELS[: i + 1]):
            starts, stops = _worst(recordings, enter, leave, biased=biased)
            for a, start in starts.items():
                for b, stop in stops.items():
                    off[a, b][i, j] = max(start, stop)
    return [Map(a, b, values) for (a, b), values in off.items()]


def _worst(
    recordings: Sequence[Recorded], enter: float, leave: float, min_speech_ms: int = 0, *, biased: bool = False
) -> tuple[dict[str, float], dict[str, float]]:
    """Largest difference of starts, then of stops, by rule of dating."""
    both: list[tuple[Edges, Edges]] = []
    for row in recordings:
        told = Rule.of(row.settings)
        rule = Rule(enter, leave, told.silence_duration_ms, told.prefix_padding_ms, min_speech_ms)
        both.append(edges_at(row.scores, rule))
    starts = _of_kind(recordings, [r.starts for r in recordings], [e[0] for e in both], START_DATING, biased)
    return starts, _of_kind(recordings, [r.stops for r in recordings], [e[1] for e in both], STOP_DATING, biased)


def _of_kind(
    recordings: Sequence[Recorded], reports: Sequence[Sequence[Report]], edges: Sequence[Edges],
    rules: Mapping[str, Dating], biased: bool,
) -> dict[str, float]:  # fmt: skip
    if any(len(own.known) != len(given) for own, given in zip(edges, reports, strict=True)):
        return dict.fromkeys(rules, float("inf"))
    reported = np.array([r.claimed_ms for given in reports for r in given], np.int64)
    found = {}
    for name, dated in rules.items():
        claimed = [np.maximum(dated(own, r.settings), 0) for own, r in zip(edges, recordings, strict=True)]
        apart = np.concatenate(claimed) - reported
        found[name] = float(np.abs(apart - (np.median(apart) if biased else 0)).max(initial=0))
    return found


def exact_min_speech(recordings: Sequence[Recorded], most_ms: int = 4_000) -> int:
    """Give the longest minimum speech, ms, that with the prior's thresholds still gives every claim exactly."""
    hop = recordings[0].scores.hop_ms
    last = 0
    for least in range(0, most_ms, hop):
        starts, stops = _worst(recordings, 0.5, 0.35, least)
        if starts[ONSET_LESS_PADDING] or stops[DECIDING]:
            break
        last = least
    return last


def exact_silences(recordings: Sequence[Recorded], longest_ms: int = 600) -> tuple[int, int]:
    """Give the least and the greatest end silence, ms, that with the prior's thresholds gives every claim exactly."""
    exact = []
    for silence in range(longest_ms):
        rows = [replace(r, settings=replace(r.settings, silence_duration_ms=silence)) for r in recordings]
        starts, stops = _worst(rows, 0.5, 0.35)
        if not starts[ONSET_LESS_PADDING] and not stops[DECIDING]:
            exact.append(silence)
    return exact[0], exact[-1]


def grok_nearest() -> float:
    """How near any enter threshold comes to the one start on record of Grok's, dated when it was decided, ms."""
    clip = next(r for r in load_scores(groups=["provider-vad"]) if r.clip in OPENAI_REPORTS)
    row = Recorded(clip.clip, "marcelo", ServerVad(0.5, 0, 0), clip.scores, (), ())
    reported = GROK_REPORTS[0][0]
    edges = (edges_at(row.scores, Rule(enter, min(enter, 0.01), 3_000, 0))[0] for enter in LEVELS)
    return float(min(abs(int(e.known[0]) - reported) for e in edges if len(e.known)))
