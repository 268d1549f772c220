"""What a detector did on one labelled recording, as counts that add.

This is the slow and readable definition: edges in, counts out. :mod:`bargein.vad.exact` gives the same counts for every
end silence at once, and a property test holds the two together.

::

    turn        |=======  ====|            hold: a pause of 100 ms or more inside the turn
    detector   ...|-----|..|----------|
                  ^     ^             ^
         onset delay  cut-off     endpoint delay: decision minus true offset

A decision counts when it is *known*: at the end of the frame that decided it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from operator import attrgetter
from typing import Any, Protocol

import numpy as np

from bargein import units
from bargein.timeline import Span
from bargein.vad.rule import Edge
from bargein.vad.scores import Scores

#: Kinds whose every start is false: nobody speaks to the agent in them.
FALSE_KINDS = ("backchannel", "tic", "noise", "echo")
#: Kinds with labelled speech. A word has an onset; only a turn has an end that is worth waiting for.
SPEECH_KINDS = ("turn", "word")
#: A start announced up to this long before the labelled onset is its detection, not a masking: breath and label error.
EARLY_MS = 200


class Labelled(Protocol):
    """What counting needs to know of a recording: :class:`bargein.vad.tables.LabelledScores` has it."""

    @property
    def clip(self) -> str:
        """Name of the recording."""

    @property
    def cluster(self) -> str:
        """What shares speaker, call, noise or room."""

    @property
    def group(self) -> str:
        """Corpus."""

    @property
    def licence(self) -> str:
        """Licence of the recording."""

    @property
    def kind(self) -> str:
        """One of turn, word, caller, backchannel, tic, noise, echo, provider."""

    @property
    def speech_style(self) -> str:
        """One of read, elicited, spontaneous; anything for what is no speech."""

    @property
    def scores(self) -> Scores:
        """Frame scores of the whole recording."""

    @property
    def turn(self) -> Span | None:
        """The one turn or word, where there is one."""

    @property
    def holds(self) -> tuple[Span, ...]:
        """Pauses of 100 ms or more inside the turn."""

    @property
    def pauses(self) -> tuple[Span, ...]:
        """Pauses of a caller whose turns are not labelled: nobody knows whether the turn went on."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Outcomes of one setting over labelled recordings. Add them to pool recordings; never average rates.

    Parameters
    ----------
    clips
        Recordings.
    exposure_ms
        Recorded time in which a start would be false; of callers, who have no labels, all of it.
    starts
        Start edges, of any recording.
    false_starts, triggered_clips
        Starts where nobody speaks to the agent, and recordings with at least one. Of callers: not counted, no labels.
    turns, missed_starts, masked
        Labelled turns and words, those in which detection never opened, and those before which it was open already.
    onset_delays
        Announced minus true onset, ms, one per turn that was neither missed nor masked; may be slightly negative.
    onset_leads
        Onset as the detector claims it, before any padding, minus true onset, ms, of the same turns: what
        ``prefix_padding_ms`` has to cover.
    holds, cut_holds
        Pauses inside turns, and those during which the end of speech was announced.
    cut_turns
        Turns with an announcement before their true end, in a hold or not.
    stray_cuts
        Announcements inside a turn that belong to no hold: speech that scored low.
    endpoint_delays
        Announced minus true offset, ms, one per turn whose last announcement comes at or after its end.
    early_ends
        Turns whose last announcement came before their true end: no delay is booked, the turn is cut.
    assumed_ends
        Endpoint delays that fall after the end of the recording: silence was assumed there.

    Examples
    --------
    >>> total = Counts(turns=1, cut_turns=1, onset_delays=(40,)) + Counts(turns=1, onset_delays=(72,))
    >>> total.turns, total.cut_turns, total.onset_delays
    (2, 1, (40, 72))
    """

    clips: int = 0
    exposure_ms: int = 0
    starts: int = 0
    false_starts: int = 0
    triggered_clips: int = 0
    turns: int = 0
    missed_starts: int = 0
    masked: int = 0
    holds: int = 0
    cut_holds: int = 0
    cut_turns: int = 0
    stray_cuts: int = 0
    early_ends: int = 0
    assumed_ends: int = 0
    onset_delays: tuple[int, ...] = ()
    onset_leads: tuple[int, ...] = ()
    endpoint_delays: tuple[int, ...] = ()

    def __add__(self, other: Counts) -> Counts:
        return pooled([self, other])


_FIELDS_OF = attrgetter(*(f.name for f in fields(Counts)))


def pooled(counts: Iterable[Counts]) -> Counts:
    """Add up any number of counts.

    Examples
    --------
    >>> pooled([]) == Counts()
    True
    """
    columns = zip(*map(_FIELDS_OF, counts), strict=True)
    totals: list[Any] = [tuple(chain(*c)) if isinstance(c[0], tuple) else sum(c) for c in columns]
    return Counts(*totals)


def followed_by_silence(scores: Scores, ms: int) -> Scores:
    """Append frames that score 0, as if the microphone had stayed open on a silent room.

    Clips are cut close to the last word; a live detector would go on listening and announce the end.

    Examples
    --------
    >>> demo = Scores(np.array([0.9, 0.8]), hop=512, rate=16_000, samples=1_000, model="demo")
    >>> followed_by_silence(demo, 64).values.tolist()
    [0.9, 0.8, 0.0, 0.0]
    """
    values = np.append(scores.values, np.zeros(units.hops_covering(ms, scores.hop, scores.rate)))
    return replace(scores, values=values, samples=len(values) * scores.hop)


def count(recording: Labelled, edges: Sequence[Edge]) -> Counts:
    """Compare what a detector announced with what the labels say.

    Parameters
    ----------
    recording
        The labels; its scores only tell how long the recording is.
    edges
        Start and stop in turn, as :func:`bargein.vad.rule.edges` gives them; of a turn, over scores that were
        :func:`followed_by_silence` for longer than the end silence.

    Returns
    -------
    Counts of this one recording.
    """
    starts = len(edges[::2])
    if recording.turn is None:
        false = starts if recording.kind in FALSE_KINDS else 0
        return Counts(1, recording.scores.ms, starts, false, min(false, 1))
    return _count_turn(recording, recording.turn, edges)


def _count_turn(recording: Labelled, turn: Span, edges: Sequence[Edge]) -> Counts:
    false = masked = 0
    detected: Edge | None = None
    ended: int | None = None
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if start.boundary_ms >= turn.end or stop.at_ms <= turn.start:
            false += 1
            continue
        if start.at_ms < turn.start - EARLY_MS:
            false += 1
            masked = 1
        elif detected is None and not masked:
            detected = start
        ended = stop.at_ms
    cuts = cut_offs(turn, edges)
    cut = [_hold_of(recording.holds, Span(stop.boundary_ms, stop.at_ms)) for stop in cuts]
    late = ended is not None and ended >= turn.end
    return Counts(
        clips=1,
        exposure_ms=recording.scores.ms - turn.ms,
        starts=len(edges[::2]),
        false_starts=false,
        triggered_clips=min(false, 1),
        turns=1,
        missed_starts=int(detected is None and not masked),
        masked=masked,
        holds=len(recording.holds),
        cut_holds=len({*cut} - {None}),
        cut_turns=min(len(cuts), 1),
        stray_cuts=cut.count(None),
        early_ends=int(ended is not None and not late),
        assumed_ends=int(ended is not None and late and ended > recording.scores.ms),
        onset_delays=() if detected is None else (detected.at_ms - turn.start,),
        onset_leads=() if detected is None else (detected.boundary_ms - turn.start,),
        endpoint_delays=(ended - turn.end,) if ended is not None and late else (),
    )


def cut_offs(turn: Span, edges: Sequence[Edge]) -> list[Edge]:
    """Give the stops by which a turn was cut off: announced inside it, of speech that is not all after or before it.

    Parameters
    ----------
    turn
        On the clock of the edges.
    edges
        Start and stop in turn; speech that is still open at the end has no stop.

    Examples
    --------
    >>> edges = [Edge("start", 3, 3, 128, 96, 96), Edge("stop", 12, 9, 416, 384, 288)]
    >>> [len(cut_offs(Span(100, end), edges)) for end in (400, 416, 417)]
    [0, 0, 1]
    """
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return [stop for start, stop in pairs if start.boundary_ms < turn.end and turn.start < stop.at_ms < turn.end]


def _hold_of(holds: Sequence[Span], pause: Span) -> int | None:
    """The last hold that the detector's pause, first low frame to decision, overlaps."""
    return max((i for i, hold in enumerate(holds) if hold.start < pause.end and pause.start < hold.end), default=None)
