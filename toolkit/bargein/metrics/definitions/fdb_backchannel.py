"""Full-Duplex-Bench's backchannel task: a listening agent's "mm-hm", as often and where people say it.

Needs what a session does not hold: clips in which the agent only listens, the words of what it said, and when people
backchanneled in the same clips. So it is here for clip sets, in Python.

References
----------
DanielLin94144/Full-Duplex-Bench: v1_v1.5/evaluation/eval_backchannel.py. It was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import jensenshannon

from bargein.metrics.definitions.base import CODED, DEFINED
from bargein.timeline import Span
from bargein.units import SECOND

#: A segment longer than this takes the turn; under the second with at most so many words it is a backchannel.
TAKES_MS, SHORT_MS, SHORT_WORDS = 3_000, 1_000, 2
BIN_MS = 200
#: Added to every bin, so that none is empty; what a clip without a backchannel is given.
EPSILON, NONE_AT_ALL = 1e-10, 1.0


class Segment(NamedTuple):
    """Speech of a listening agent, and how many words it holds."""

    span: Span
    words: int


def takes_over(segments: Sequence[Segment], reading: str = DEFINED) -> bool:
    """Say whether the agent took the turn: with any of its segments; as coded, with the last, or the first over 3 s.

    Examples
    --------
    >>> said = [Segment(Span(0, 1_500), 5), Segment(Span(4_000, 4_300), 1)]
    >>> takes_over(said), takes_over(said, CODED)
    (True, False)
    """
    kept = _read(segments)
    if len(kept) < len(segments):
        return True
    each = [s.span.ms >= SHORT_MS or s.words > SHORT_WORDS for s in kept]
    return bool(each) and (each[-1] if reading == CODED else any(each))


def backchannels(segments: Sequence[Segment], reading: str = DEFINED) -> list[Segment]:
    """Give the agent's backchannels; as coded every segment up to the first over 3 s, those that take the turn too.

    Examples
    --------
    >>> said = [Segment(Span(0, 1_500), 5), Segment(Span(4_000, 4_300), 1)]
    >>> len(backchannels(said)), len(backchannels(said, CODED))
    (1, 2)
    """
    if reading == CODED:
        return list(_read(segments))
    return [s for s in segments if s.span.ms < SHORT_MS and s.words <= SHORT_WORDS]


def _read(segments: Sequence[Segment]) -> Sequence[Segment]:
    """What its loop looks at: all before the first segment of over 3 s."""
    return segments[: next((n for n, s in enumerate(segments) if s.span.ms > TAKES_MS), len(segments))]


def per_second(segments: Sequence[Segment], length_ms: int, reading: str = DEFINED) -> float:
    """Backchannels per second of output.

    Examples
    --------
    >>> per_second([Segment(Span(0, 500), 1)], 10_000)
    0.1
    """
    return len(backchannels(segments, reading)) * SECOND / length_ms


def timing_distance(
    segments: Sequence[Segment], length_ms: int, people: Sequence[float], reading: str = DEFINED
) -> float | None:
    """How far the agent's timing is from people's, 0 the same. Lower is better.

    Parameters
    ----------
    segments, length_ms
        Of one clip.
    people
        How often people backchanneled, over the clip, in any number of bins.
    reading
        As defined the Jensen-Shannon divergence in bits, 0..1, None without a backchannel; as coded its square root to
        base e, at most 0.83, and 1 without a backchannel.
    """
    found = backchannels(segments, reading)
    if not found:
        return NONE_AT_ALL if reading == CODED else None
    counts = np.full(length_ms // BIN_MS + 1, EPSILON)
    for s in found:
        counts[s.span.start // BIN_MS : s.span.end // BIN_MS + 1] += 1
    human = np.interp(np.linspace(0, 1, len(counts)), np.linspace(0, 1, len(people)), people)
    distance = float(jensenshannon(counts, human, base=None if reading == CODED else 2))
    return distance if reading == CODED else distance**2
