"""The gates that people call Silero's: one state machine, three ways to claim what it found.

A provider's server (:mod:`bargein.vad.rule`), Silero's ``get_speech_timestamps`` for files and its ``VADIterator`` for
streams decide over the same scores by the same two thresholds, and still give different stretches. Each is an entry of
:data:`VARIANTS`; the differences are its functions, and the words beside them make the table of ``docs/vad.md``::

    score        x x x . . . . . . x x .         one stretch, an end silence of 3 frames, the sound ends early
    server     <-------------|     <-?           the padding before, the end silence inside; open at the end
    timestamps <-------->        <-----|         padding on both sides, shared where two lie near; ends with the sound
    iterator   <-------->        <-?             padding on both sides, never shared; open at the end

Golden outputs of the authors' own functions hold the two that are theirs to the sample (``scripts/build_variants.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy.typing as npt

from bargein import units
from bargein.errors import Problem, SettingsError, check
from bargein.vad.rule import HYSTERESIS, LEAST_EXIT, Detector, Edge, Rule
from bargein.vad.scores import Scores


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch that a gate claims for speech, on the sound's own clock.

    Parameters
    ----------
    start, end
        First sample, and the one after the last; ``end`` is None where the sound ended and the gate said nothing.
    rate
        Samples per second.
    """

    start: int
    end: int | None
    rate: int

    @property
    def start_ms(self) -> int:
        """When it begins."""
        return units.ms_of(self.start, self.rate)

    @property
    def end_ms(self) -> int | None:
        """When it ends."""
        return None if self.end is None else units.ms_of(self.end, self.rate)


class Stretch(NamedTuple):
    """What the state machine found, samples: onset, end of the speech, start of the frame that decided it."""

    onset: int
    end: int
    decided: int


#: Claims a stretch: given the one before it (its end), itself, the one after it (its onset), the padding and the length
#: of the sound where they are known. All in samples; gives start and end.
Claim = Callable[[int | None, Stretch, int | None, int, int | None], tuple[int, int]]


class Variant(NamedTuple):
    """One gate.

    Parameters
    ----------
    title, source
        What it is called where it comes from.
    usual
        The rule with its own defaults.
    lacks
        Fields of a rule that it has no place for.
    of
        The rule as the state machine runs it, from the rule as given, its padding and the hop, ms.
    claim
        Start and end of a stretch.
    waits
        Whether a stretch is final only when the next one is known, or the sound is over.
    open_end
        Whether speech that is open when the sound ends gets an end: that of the sound.
    says
        What sets it apart, by the rows of the table.
    """

    title: str
    source: str
    usual: Rule
    lacks: tuple[str, ...]
    of: Callable[[Rule, int], Rule]
    claim: Claim
    waits: bool
    open_end: bool
    says: Mapping[str, str]


def _as_given(rule: Rule, hop_ms: int) -> Rule:
    return rule


def _timestamps_rule(rule: Rule, hop_ms: int) -> Rule:
    leave = max(rule.enter - HYSTERESIS, LEAST_EXIT) if rule.exit is None else rule.exit
    longest = rule.max_speech_ms
    if longest is None:
        return replace(rule, exit=leave)
    least = hop_ms + 2 * rule.prefix_padding_ms
    if longest < least:
        what = f"max_speech_ms: {longest} is shorter than a frame and both paddings, {least} ms"
        raise SettingsError([Problem(what, hint="milliseconds; the padding counts into the maximum")], "a gate's rule")
    return replace(rule, exit=leave, max_speech_ms=longest - least)


def _iterator_rule(rule: Rule, hop_ms: int) -> Rule:
    return replace(rule, exit=max(rule.enter - HYSTERESIS, 0.0))  # no score is under 0, nor under less than 0


def _server_claim(
    before: int | None, found: Stretch, after: int | None, pad: int, length: int | None
) -> tuple[int, int]:
    return max(found.onset - pad, 0), found.decided


def _iterator_claim(
    before: int | None, found: Stretch, after: int | None, pad: int, length: int | None
) -> tuple[int, int]:
    return max(found.onset - pad, 0), found.end + pad


def _timestamps_claim(
    before: int | None, found: Stretch, after: int | None, pad: int, length: int | None
) -> tuple[int, int]:
    start = found.onset - _share(before, found.onset, pad)
    end = found.end + _share(found.end, after, pad)
    return max(start, 0), end if length is None else min(end, length)


def _share(end: int | None, onset: int | None, pad: int) -> int:
    """How much of the gap between two stretches one of them takes: all its padding, or half a gap that is too short."""
    if end is None or onset is None or onset - end >= 2 * pad:
        return pad
    return (onset - end) // 2


#: Traits that a gate has or has not.
LENGTHS = ("minimum speech", "maximum speech")
SAME = {"score": "as it is", "enter": "at or over", "a frame between exit and enter": "is left aside"}
#: By the name a variant is asked for.
VARIANTS: Mapping[str, Variant] = {
    "server": Variant(
        "this rule", "OpenAI's reports on one clip, `bargein.vad.rule`", Rule(), (),
        _as_given, _server_claim, waits=False, open_end=False,
        says=SAME | {
            "exit": "0.15 under, at least 0.01, never over enter",
            "minimum speech": "announces late, or never",
            "maximum speech": "cuts, if one is given; no provider has one",
            "a stretch ends": "where the deciding frame begins: the end silence is inside",
            "speech open at the end": "has a start and no stop",
            "padding": "off the claimed start",
            "a stretch is final": "with the deciding frame",
            "its own defaults": "the provider's",
        },
    ),
    "silero-timestamps": Variant(
        "`get_speech_timestamps`", "silero-vad 6.2.3, `utils_vad.py`",
        Rule(0.5, None, 100, 30, 250), (), _timestamps_rule, _timestamps_claim, waits=True, open_end=True,
        says=SAME | {
            "exit": "0.15 under, at least 0.01",
            "minimum speech": "drops shorter speech",
            "maximum speech": "cuts in the longest pause over 98 ms; a frame and both paddings count into it",
            "a stretch ends": "at the first low frame",
            "speech open at the end": "ends with the sound",
            "padding": "on both sides; neighbours nearer than twice the padding share the gap",
            "a stretch is final": "when the next one is known",
            "its own defaults": "silence 100 ms, padding 30, minimum 250",
        },
    ),
    "silero-iterator": Variant(
        "`VADIterator`", "silero-vad 6.2.3, `utils_vad.py`",
        Rule(0.5, None, 100, 30), ("exit", "min_speech_ms", "max_speech_ms"),
        _iterator_rule, _iterator_claim, waits=False, open_end=False,
        says=SAME | {
            "exit": "0.15 under, also where that is under 0",
            "minimum speech": "none",
            "maximum speech": "none",
            "a stretch ends": "at the first low frame",
            "speech open at the end": "has a start and no stop",
            "padding": "on both sides, over the neighbour and the end of the sound",
            "a stretch is final": "with the deciding frame",
            "its own defaults": "silence 100 ms, padding 30",
        },
    ),
}  # fmt: skip


def variant(name: str) -> Variant:
    """Look a gate up.

    Raises
    ------
    SettingsError
        No such gate; the names that are known stand in it.
    """
    if name not in VARIANTS:
        raise SettingsError([Problem(f"variant {name!r}: none of {', '.join(VARIANTS)}")], "segments")
    return VARIANTS[name]


class Segmenter:
    """One gate with its state: fed scores in pieces of any size, gives the stretches that are final.

    Parameters
    ----------
    name
        Of :data:`VARIANTS`.
    rule
        Thresholds and durations; None: the gate's own defaults. ``prefix_padding_ms`` is its padding.
    hop, rate
        Of the scores: samples a frame, a whole number of milliseconds, and samples a second.

    Raises
    ------
    SettingsError
        No such gate; every setting that it has no place for.

    Examples
    --------
    >>> gate = Segmenter("silero-iterator", Rule(0.5, silence_duration_ms=64, prefix_padding_ms=0), 512, 16_000)
    >>> gate.feed([0.1, 0.9, 0.8, 0.2]), gate.feed([0.2, 0.2])
    ([], [Segment(start=512, end=1536, rate=16000)])
    """

    def __init__(self, name: str, rule: Rule | None, hop: int, rate: int) -> None:
        self._gate = variant(name)
        self._rule = self._gate.usual if rule is None else rule
        self._hop, self._rate = hop, rate
        unset = Rule()
        check(
            [Problem(f"{field}: {value!r}, and {self._gate.title} has none") for field in self._gate.lacks
             if (value := getattr(self._rule, field)) != getattr(unset, field)],
            SettingsError, name,
        )  # fmt: skip
        self._detector = Detector(self._gate.of(self._rule, units.ms_of(hop, rate)), hop, rate)
        self._pad = units.samples_in(self._rule.prefix_padding_ms, rate)
        self._onset: int | None = None  # of speech that is announced and not over
        self._before: int | None = None  # end of the last stretch that was given
        self._held: Stretch | None = None

    def feed(self, values: npt.ArrayLike) -> list[Segment]:
        """Take the scores of the next frames, give the stretches that they make final, in order."""
        return [one for edge in self._detector.feed(values) for one in self._edge(edge)]

    def finish(self, samples: int) -> list[Segment]:
        """Give what is left of a sound of ``samples``: the last stretch, and one that is open."""
        onset = None if self._detector.onset is None else self._detector.onset * self._hop
        left: list[Segment] = []
        if onset is not None and self._gate.open_end:
            least = units.samples_in(self._rule.min_speech_ms, self._rate)
            left = self._take(Stretch(onset, samples, samples)) if samples - onset > least else []
        if self._held is not None:
            left += [self._given(self._held, None, samples)]
            self._held = None
        if self._onset is not None and not self._gate.open_end:
            start, _ = self._gate.claim(self._before, Stretch(self._onset, samples, samples), None, self._pad, samples)
            left += [Segment(start, None, self._rate)]
        return left

    def _edge(self, edge: Edge) -> list[Segment]:
        if edge.kind == "start":
            self._onset = edge.boundary * self._hop
            return []
        assert self._onset is not None, "a stop follows its start"
        found = Stretch(self._onset, edge.boundary * self._hop, edge.frame * self._hop)
        self._onset = None
        return self._take(found)

    def _take(self, found: Stretch) -> list[Segment]:
        if not self._gate.waits:
            return [self._given(found, None, None)]
        held, self._held = self._held, found
        return [] if held is None else [self._given(held, found.onset, None)]

    def _given(self, found: Stretch, after: int | None, length: int | None) -> Segment:
        start, end = self._gate.claim(self._before, found, after, self._pad, length)
        self._before = found.end
        return Segment(start, end, self._rate)


def segments(scores: Scores, rule: Rule | None = None, variant: str = "server") -> list[Segment]:
    """Give every stretch a gate claims for speech; the streaming gate over all frames.

    Parameters
    ----------
    scores
        Frame scores of a sound.
    rule
        Thresholds and durations; None: the gate's own defaults.
    variant
        Of :data:`VARIANTS`.

    Raises
    ------
    SettingsError
        As :class:`Segmenter`.

    Examples
    --------
    >>> import numpy as np
    >>> scores = Scores(np.array([0, 0.9, 0.9, 0, 0, 0, 0.9, 0.9]), 512, 16_000, 8 * 512, "demo")
    >>> rule = Rule(0.5, silence_duration_ms=64, prefix_padding_ms=32)
    >>> for name in VARIANTS:
    ...     print(name, [(s.start_ms, s.end_ms) for s in segments(scores, rule, name)])
    server [(0, 160), (160, None)]
    silero-timestamps [(0, 128), (160, 256)]
    silero-iterator [(0, 128), (160, None)]
    """
    gate = Segmenter(variant, rule, scores.hop, scores.rate)
    return [*gate.feed(scores.values), *gate.finish(scores.samples)]


#: Gates over the same kind of scores that are built on another count: known from their sources, no variants here.
ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "LiveKit 1.8": {
        "score": "smoothed, 0.35",
        "enter": "50 ms in a row",
        "exit": "over the exit score counts as speech",
        "a frame between exit and enter": "resets the count of silence",
        "padding": "0.5 s before",
    },
    "Pipecat 1.14": {
        "score": "as it is, and volume 0.6",
        "enter": "6 frames in a row",
        "exit": "no second threshold",
        "a frame between exit and enter": "ends a run",
        "padding": "none",
    },
}


def differences() -> list[dict[str, str]]:
    """Give what sets the gates apart: a row for each trait, a column for each gate.

    Examples
    --------
    >>> differences()[-1]["silero-iterator"]
    'silence 100 ms, padding 30'
    """
    return [
        {"": trait, **{name: v.says[trait] for name, v in VARIANTS.items()},
         **{name: says.get(trait, "none" if trait in LENGTHS else "–") for name, says in ELSEWHERE.items()}}
        for trait in VARIANTS["server"].says
    ]  # fmt: skip
