"""The map of what can be known: every pair of threshold and end silence, and what labelled recordings say of it.

A map is made of *limits*. Each takes a part of the plane away, by name and reason; what no limit touches is answered::

    threshold
        |  b b b b | a a a a      a  not answerable: longer than the longest hold on record
        |  b b b b | a a a a      b  bounded: no such threshold on record at the provider, extrapolated
  in -  |  . . . . | a a a a      c  not answerable: no backchannels, and a lower threshold starts more often
  force |  c c c c | a a a a
        +-------------------- end silence

A recommendation may stand where the plane is *answered*. Where it is *bounded* something was counted that is too
little to show it, or that is known to one side only. Where it is *not answerable* a figure would be the recordings',
whatever callers do. Two one-sided facts part the last two: what enters at a score enters at every lower one, so a
higher threshold never starts more often, and a lower one never misses more.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from bargein.metrics.rates import clusters_needed
from bargein.settings import FRAME_MS, ServerVad
from bargein.tuning.calibration.search import LEAST_GROUPS, LEAST_THRESHOLDS
from bargein.tuning.objectives import EVIDENCE_STYLES
from bargein.tuning.reports import Heard
from bargein.tuning.shares import COUNTED, LEAST_MS, LEAST_TRIALS, false_field, percent
from bargein.vad.counting import SPEECH_KINDS, Labelled
from bargein.vad.sweep import MAX_SILENCE_MS, THRESHOLDS

Standing = Literal["answered", "bounded", "not answerable"]
ANSWERED: Standing = "answered"
BOUNDED: Standing = "bounded"
NOT_ANSWERABLE: Standing = "not answerable"
#: What a limit is about: who is cut off, what starts the detector, and how far the stand-in is from the provider's.
About = Literal["ends", "starts", "detector"]
EVERYTHING: tuple[About, ...] = ("ends", "starts", "detector")
ENDS: tuple[About, ...] = ("ends",)
#: From the best to the worst: a setting stands as the worst of its limits says.
STANDINGS: tuple[Standing, ...] = (ANSWERED, BOUNDED, NOT_ANSWERABLE)


class Area(NamedTuple):
    """Values that lie strictly between two; without bounds, all."""

    over: float = -math.inf
    under: float = math.inf

    def __contains__(self, value: object) -> bool:
        return isinstance(value, (int, float)) and self.over < value < self.under


ALL = (Area(),)


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that these recordings lack, and the settings that it concerns.

    Parameters
    ----------
    about
        What it is that they cannot say.
    standing
        How the settings stand there, at the best.
    because
        What is lacking, with its numbers.
    threshold, silence
        Where: thresholds in one of the first and end silences, ms, in one of the second.
    """

    about: About
    standing: Standing
    because: str
    threshold: tuple[Area, ...] = ALL
    silence: tuple[Area, ...] = ALL

    def covers(self, threshold: float, silence_duration_ms: float) -> bool:
        """Tell whether it concerns a setting."""
        there = any(threshold in area for area in self.threshold)
        return there and any(silence_duration_ms in area for area in self.silence)


class Cell(NamedTuple):
    """How one setting stands, and the limits that make it stand so; none where it is answered."""

    standing: Standing
    limits: tuple[Limit, ...]

    @property
    def text(self) -> str:
        """In words."""
        return ": ".join([self.standing, *(["; ".join(x.because for x in self.limits)] if self.limits else [])])


@dataclass(frozen=True, slots=True)
class Answerable:
    """What some recordings can say of every setting.

    Parameters
    ----------
    title
        Of the provider.
    in_force
        What the settings are compared with.
    budget
        The share of cut-offs that *answered* means one could show.
    limits
        What takes parts of the plane away, the worst first.
    thresholds, silences
        Settings that tuning would try; end silences in ms.
    """

    title: str
    in_force: ServerVad
    budget: float
    limits: tuple[Limit, ...]
    thresholds: tuple[float, ...] = THRESHOLDS
    silences: tuple[int, ...] = tuple(range(0, MAX_SILENCE_MS + FRAME_MS, FRAME_MS))

    def at(self, threshold: float, silence_duration_ms: float, about: Collection[About] = EVERYTHING) -> Cell:
        """Say how a setting stands; it need not be one of those that tuning would try.

        Parameters
        ----------
        threshold, silence_duration_ms
            The setting.
        about
            What is asked of it: a figure of cut-offs needs no coughs.

        Examples
        --------
        >>> ends = Limit("ends", NOT_ANSWERABLE, "no longer hold", silence=(Area(over=360),))
        >>> few = Limit("ends", BOUNDED, "1 speaker", threshold=(Area(under=0.5), Area(over=0.5)))
        >>> known = Answerable("OpenAI Realtime", ServerVad(0.5, 300, 500), 0.1, (ends, few))
        >>> [known.at(t, ms).text for t, ms in [(0.5, 360), (0.6, 360), (0.6, 361)]]
        ['answered', 'bounded: 1 speaker', 'not answerable: no longer hold']
        """
        there = [x for x in self.limits if x.about in about and x.covers(threshold, silence_duration_ms)]
        worst = max((limit.standing for limit in there), key=STANDINGS.index, default=ANSWERED)
        return Cell(worst, tuple(limit for limit in there if limit.standing == worst))

    @property
    def counts(self) -> dict[Standing, int]:
        """How many of the settings that tuning would try stand how."""
        found = [self.at(t, s).standing for t in self.thresholds for s in self.silences]
        return {standing: found.count(standing) for standing in STANDINGS}

    @property
    def text(self) -> str:
        """The counts in a sentence."""
        counts = self.counts
        first, second, third = (f"{n} {standing}" for standing, n in counts.items())
        return f"of {sum(counts.values())} settings {first.replace(' ', ' are ')}, {second} and {third}"

    def to_json(self) -> dict[str, Any]:
        """Give it as plain data: a limit with the ranges it concerns, null where there is no bound."""
        return {
            "budget": self.budget,
            "settings": self.counts,
            "limits": [
                {
                    "about": limit.about,
                    "standing": limit.standing,
                    "because": limit.because,
                    "threshold": _ranges(limit.threshold),
                    "silence_duration_ms": _ranges(limit.silence),
                }
                for limit in self.limits
            ],
        }


def answerable(
    title: str,
    rows: Iterable[Labelled],
    heard: Heard,
    in_force: ServerVad,
    budget: float,
    *,
    accepted: tuple[float, float] = (0.0, 1.0),
    no_model: str = "",
) -> Answerable:
    """Say where in the plane of threshold and end silence these recordings carry a recommendation.

    Parameters
    ----------
    title
        Of the provider, for the words.
    rows
        Labelled scores. Pauses of unlabelled callers carry nothing: whether their turns went on is not known.
    heard
        The provider's own reports.
    in_force
        Settings to compare with; at its threshold, which must be set, nothing changes for starts.
    budget
        The largest share of cut-offs one would like to show, over 0 and under 1.
    accepted
        The lowest and the highest threshold that the provider takes.
    no_model
        Why nothing can be recommended at all; empty where something can.

    References
    ----------
    A recorded pause ends when somebody speaks, so end silences beyond the longest hold are never recommended; the error
    of a stand-in is extrapolated outside the settings on record (docs/vad.md).
    """
    every, here = list(rows), in_force.threshold
    assert here is not None, "every provider documents its threshold"
    limits = [Limit("detector", NOT_ANSWERABLE, no_model)] if no_model else []
    limits += [*_ends(every, budget), *_starts(every, here), *_reports(title, heard)]
    limits.sort(key=lambda limit: -STANDINGS.index(limit.standing))
    tried = tuple(t for t in sorted({*THRESHOLDS, here}) if accepted[0] <= t <= accepted[1])
    return Answerable(title, in_force, budget, tuple(limits), tried)


def longest_holds(rows: Iterable[Labelled]) -> dict[str, int]:
    """Give the longest hold of each speech style that carries pauses, ms; 0 where its turns have none.

    Beyond it a recording says nothing: no longer pause was left to be cut off, be it that nobody paused so long or that
    the agent spoke first.
    """
    found: dict[str, int] = {}
    for r in rows:
        if r.kind == "turn" and r.speech_style in EVIDENCE_STYLES:
            found[r.speech_style] = max([found.get(r.speech_style, 0), *(hold.ms for hold in r.holds)])
    return found


class Exposure(NamedTuple):
    """How much there is of a kind that is no speech to the agent, and the least that a threshold is judged on."""

    have: int
    least: int
    unit: str

    @property
    def missing(self) -> int:
        """How much more it takes, 0 where there is enough."""
        return max(self.least - self.have, 0)


def exposure(rows: Iterable[Labelled], kind: str) -> Exposure:
    """Count what there is of a kind: recordings of what is short, seconds of what goes on."""
    of_kind = [r for r in rows if r.kind == kind]
    if false_field(kind) == "triggered_clips":
        return Exposure(len(of_kind), LEAST_TRIALS, "recordings")
    return Exposure(sum(r.scores.ms for r in of_kind) // 1_000, LEAST_MS // 1_000, "seconds")


def _ends(rows: Sequence[Labelled], budget: float) -> Iterator[Limit]:
    """What end silences can be asked about."""
    turns = [r for r in rows if r.kind == "turn" and r.speech_style in EVIDENCE_STYLES]
    holds, people = sum(len(r.holds) for r in turns), len({r.cluster for r in turns})
    have = f"{several(len(turns), 'turns')} with {several(holds, 'holds')} of {several(people, 'speakers')}"
    wanted = clusters_needed(budget)
    if max(len(turns), holds) < LEAST_TRIALS:
        least = f"{LEAST_TRIALS} turns or holds of {' or '.join(EVIDENCE_STYLES)} speech are the least to judge"
        yield Limit("ends", NOT_ANSWERABLE, f"cut-offs: {have}; {least}")
    elif people < wanted:
        yield Limit("ends", BOUNDED, f"cut-offs: {have}; it takes {wanted} speakers to show {percent(budget)} of turns")
    longest = longest_holds(turns)
    styles = sorted(longest, key=lambda style: longest[style])
    for style in styles[:-1]:
        if longest[style] < longest[styles[-1]]:
            said = f"longer than any hold of {style} speech, {longest[style]} ms"
            yield Limit("ends", BOUNDED, said, silence=(Area(over=longest[style]),))
    if turns:
        most = longest[styles[-1]]
        said = f"longer than the longest hold on record, {most} ms" if most else "no hold on record"
        yield Limit("ends", NOT_ANSWERABLE, f"{said}: nothing can be cut off there", silence=(Area(over=most),))


def _starts(rows: Sequence[Labelled], here: float) -> Iterator[Limit]:
    """What thresholds can be asked about; at the one in force starts stay what they are."""
    low, high = (Area(under=here),), (Area(over=here),)
    speech = sum(r.kind in SPEECH_KINDS for r in rows)
    found = {kind: exposure(rows, kind) for kind in COUNTED}
    lacking = [f"{kind} ({e.have} of {e.least} {e.unit})" for kind, e in found.items() if e.missing]
    for because, better, worse in [
        (f"missed starts: {speech} of {LEAST_TRIALS} turns and words" * (speech < LEAST_TRIALS), low, high),
        (f"false starts on {', '.join(lacking)}" * bool(lacking), high, low),
    ]:
        if because:
            sides = {low: f"under {here:g}", high: f"over {here:g}"}
            yield Limit("starts", NOT_ANSWERABLE, f"{because}: more {sides[worse]}, nobody knows how many", worse)
            yield Limit("starts", BOUNDED, f"{because}: at most as many {sides[better]} as now", better)


def _reports(title: str, heard: Heard) -> Iterator[Limit]:
    """What the provider's own reports leave open: how far the stand-in is from its detector, and where."""
    if heard.groups < LEAST_GROUPS:
        have = f"{heard.groups} of {LEAST_GROUPS} groups of {title}'s reports"
        yield Limit("detector", BOUNDED, f"{have}: nobody knows how far the stand-in is from its detector")
    if not heard.thresholds or not heard.silences:
        return
    levels = [f"{t:g}" for t in heard.thresholds]
    if len(levels) < LEAST_THRESHOLDS:
        said = f"threshold extrapolated: on record at {title} {', '.join(levels)}, a map needs {LEAST_THRESHOLDS}"
        yield Limit("detector", BOUNDED, said, _between(heard.thresholds))
    else:
        said = f"threshold extrapolated: on record at {title} {levels[0]}..{levels[-1]}"
        yield Limit("detector", BOUNDED, said, _outside(heard.thresholds))
    first, last = heard.silences[0], heard.silences[-1]
    span = f"{first}..{last} ms" if last > first else f"{first} ms"
    said = f"end silence extrapolated: on record at {title} {span}"
    yield Limit("detector", BOUNDED, said, silence=_outside(heard.silences))


def _outside(values: Sequence[float]) -> tuple[Area, ...]:
    return Area(under=values[0]), Area(over=values[-1])


def _between(values: Sequence[float]) -> tuple[Area, ...]:
    """Give all but some values themselves.

    Examples
    --------
    >>> [area.under for area in _between((0.5, 0.7))]
    [0.5, 0.7, inf]
    """
    return tuple(Area(a, b) for a, b in pairwise((-math.inf, *values, math.inf)))


def _ranges(areas: Iterable[Area]) -> list[Mapping[str, float | None]]:
    return [{name: v if math.isfinite(v) else None for name, v in area._asdict().items()} for area in areas]


def several(n: int, what: str) -> str:
    """Write how many of something.

    Examples
    --------
    >>> several(1, "end silences"), several(2, "recordings of tic"), several(1, "recordings of tic")
    ('1 end silence', '2 recordings of tic', '1 recording of tic')
    """
    if n != 1:
        return f"{n} {what}"
    head, of, tail = what.partition(" of ")
    return f"1 {head.removesuffix('s')}{of}{tail}"
