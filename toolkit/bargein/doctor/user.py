"""When the user spoke, by the best evidence there is: labels, else a local detector on the microphone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from bargein.corpus import Case
from bargein.doctor.sound import from_zero, loudspeaker
from bargein.events import SpeechStarted, SpeechStopped
from bargein.metrics.onsets import user_speech
from bargein.timeline import Span, Timeline

#: A local detector's edges are dated at the end of the deciding frame: one of 32 ms after an onset, and the seven that
#: cover its end silence of 200 ms besides after an offset (``bargein.vad.local``).
ONSET_MS, OFFSET_MS = 32, 8 * 32
LABELS, DETECTOR = "labels", "a local detector"
#: What a report can answer began no longer before: xAI's take up to 1.2 s while its agent speaks, and some network.
REPORTED_WITHIN_MS = 2_000


def user_spans(case: Case) -> tuple[Timeline, str] | None:
    """Give when the user spoke, and by which evidence.

    Returns
    -------
    Spans of session time, ms, and :data:`LABELS` or :data:`DETECTOR`; None where there is neither a label nor a
    microphone, or the log has no times to put it in.
    """
    labelled = user_speech(case.session)
    if labelled:
        return labelled, LABELS
    if "user" not in case.session.info.tracks or case.session.info.clock == "none":
        return None
    spans = [
        Span(a.at - ONSET_MS, b.at - OFFSET_MS)
        for a, b in pairwise(case.local_edges)
        if isinstance(a, SpeechStarted) and isinstance(b, SpeechStopped) and b.at - OFFSET_MS > a.at - ONSET_MS
    ]
    return Timeline(spans), DETECTOR


def reported(spans: Iterable[Span], at: int, stops: Sequence[int] = ()) -> list[Span]:
    """Give the stretches of speech that a report can be of, in order.

    Parameters
    ----------
    spans
        When the user spoke, session ms.
    at
        When speech was reported.
    stops
        When the end of speech was reported, in order: what had ended by the last one before belongs to that.

    Returns
    -------
    Those that sound at the report, or began within :data:`REPORTED_WITHIN_MS` before it.

    Examples
    --------
    >>> reported([Span(900, 3_400), Span(4_300, 4_600)], at=5_000)
    [Span(start=4300, end=4600)]
    >>> reported([Span(3_100, 3_400)], at=5_000, stops=[3_625])
    []
    """
    before = bisect_left(stops, at)
    closed = stops[before - 1] if before else 0
    return [s for s in spans if s.start <= at < s.end or (at - REPORTED_WITHIN_MS <= s.start <= at and s.end > closed)]


def verdicts(case: Case, spans: Sequence[Span]) -> list[str]:
    """Say of stretches of the microphone whose sound they are: see :mod:`bargein.metrics.echo`.

    Raises
    ------
    CannotCheck
        Nothing tells what was heard of the agent, or the microphone was not recorded.
    """
    if not spans:
        return []
    from bargein.metrics.echo import attribute

    return [found.verdict for found in attribute(from_zero(case), loudspeaker(case), spans)]
