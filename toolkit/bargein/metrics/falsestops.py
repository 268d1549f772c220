"""Who was stopped by nobody? Stops at what took no floor, how often, and whether the agent went on.

Two figures, never pooled. *At labelled distractors* (backchannel, tic, side talk, echo, noise): stops of those that
could have stopped an agent that was heard, kind by kind. *Ambient*: stops by nothing that anybody labelled, per minute
in which that could have happened.

::

    agent     |=======A=======|     |===A===|      |====B====|          heard audio
    user         |cough|                                    |----       labelled
    report         s                                  s?
    at risk   |--|                                 |--|                 until the first stop of a response; not where
    stops                     ^ false: tic            ^ ambient         something labelled may be answered
    resumed                   |-----|                                   the gap

A stop is a silence of 200 ms or more that followed a report, before the response had been heard to its end. A response
that falls silent without a report and goes on has stalled, and so has one that goes on, without a loss, with audio that
had not arrived before; a stall hides no later stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bargein.events import Delta, SpeechStarted
from bargein.ledger import Heard, Played, heard_out
from bargein.metrics.audible import SILENCE_MS
from bargein.metrics.onsets import DISTRACTORS, answer_until
from bargein.metrics.stopping import Episode, Facts
from bargein.session import Label
from bargein.timeline import Span, Timeline
from bargein.units import ms_of


@dataclass(frozen=True, slots=True)
class Stop:
    """A response fell silent because somebody was reported.

    Parameters
    ----------
    response
        Which.
    reported
        The last report before it, session ms; the stop itself where a recording knows of none, as where a detector
        beside the loudspeaker was not logged.
    at
        When it had sounded last.
    resumed
        When it sounded again; None: never.
    skipped_ms
        How much of it was lost between the two; 0 where it went on from the sample at which it was stopped.
    """

    response: str
    reported: int
    at: int
    resumed: int | None = None
    skipped_ms: int = 0

    @property
    def gap_ms(self) -> int | None:
        """From the stop to the resumption; None without one. Lower is better."""
        return None if self.resumed is None else self.resumed - self.at


def first_stops(facts: Facts) -> tuple[Stop, ...]:
    """Give the first stop of each response, in order of time.

    Parameters
    ----------
    facts
        Of a recording or a replay. Where nothing tells what was heard, or an agent's channel tells it without telling
        responses apart, there are none.

    Examples
    --------
    >>> from bargein.ledger import Generated
    >>> heard = Heard.of({"A": [Span(0, 900), Span(2_900, 3_000)]})
    >>> first_stops(Facts(heard, Generated((), 1_000), (), [SpeechStarted(700)], 9_000))
    (Stop(response='A', reported=700, at=900, resumed=2900, skipped_ms=0),)
    """
    heard = facts.heard
    if heard is None or not heard.basis.tells_responses:
        return ()
    found = (_first_stop(facts, heard, response) for response in heard.responses())
    known = (s for s in found if s is not None and not facts.unknown(s.response, s.at))
    return tuple(sorted(known, key=lambda s: s.at))


def _first_stop(facts: Facts, heard: Heard, response: str) -> Stop | None:
    stretches = heard.timeline([response]).bridged(SILENCE_MS).spans
    for begun, end in pairwise(stretches):
        reported = _reported(facts, begun)
        if reported is not None and not _ran_dry(facts, heard, response, begun.end):
            return Stop(response, reported, begun.end, end.start, _skipped(heard, response, begun.end))
    return _last_stop(facts, heard, response, stretches[-1]) if stretches else None


def _last_stop(facts: Facts, heard: Heard, response: str, stretch: Span) -> Stop | None:
    """Whether the last that sounded of a response was cut: then a recording needs no report to show it."""
    at = stretch.end
    reported = _reported(facts, stretch)
    if at >= facts.length_ms or (reported is None and facts.decisions):
        return None
    whole = heard_out(facts.generated, heard, response) and response not in facts.interrupted
    if whole or facts.censored_from.get(response) == at:
        return None
    return Stop(response, at if reported is None else reported, at)


def _reported(facts: Facts, stretch: Span) -> int | None:
    """The last report while it sounded."""
    starts = (e.at for e in facts.edges if isinstance(e, SpeechStarted))
    return max((t for t in starts if stretch.start <= t <= stretch.end), default=None)


def _ran_dry(facts: Facts, heard: Heard, response: str, at: int) -> bool:
    """Whether a silence was a stall: what went on after it, without a loss, reached the client in it."""
    _, after = _around(heard, response, at)
    part = after.response, after.item, after.content
    carried = (e for e in facts.events if isinstance(e, Delta) and (e.response, e.item, e.content) == part)
    arrived = min((e.at for e in carried if e.first <= after.first < e.first + e.samples), default=at)
    return arrived > at and not _skipped(heard, response, at)


def _skipped(heard: Heard, response: str, at: int) -> int:
    before, after = _around(heard, response, at)
    same = (before.item, before.content) == (after.item, after.content)
    return ms_of(max(after.first - before.first - before.samples, 0), heard.rate) if same else 0


def _around(heard: Heard, response: str, at: int) -> tuple[Played, Played]:
    """What sounded last before a silence, and first after it."""
    rows = sorted(heard.of_these([response]), key=lambda r: r.span(heard.rate))
    before = next(r for r in reversed(rows) if r.span(heard.rate).end <= at)
    return before, next(r for r in rows if r.span(heard.rate).start >= at)


@dataclass(frozen=True, slots=True)
class FalseStops:
    """False stops of one session, counted. Add them to pool sessions.

    Parameters
    ----------
    kinds
        ``(kind, stopped, could have been)`` for every kind of distractor that met a heard agent.
    left_out
        Distractors of which nothing can be said: masked, censored, or met by another agent than was recorded.
    ambient
        Stops by nothing labelled.
    at_risk_ms
        Audible time in which these could have happened.
    stops
        All false stops, with what became of them.

    Examples
    --------
    >>> one = FalseStops((("tic", 1, 2),), 0, 1, 30_000, (Stop("A", 700, 900, 2_900),))
    >>> (one + one).kinds, (one + one).per_minute, (one + one).gaps_ms
    ((('tic', 2, 4),), 2.0, [2000, 2000])
    """

    kinds: tuple[tuple[str, int, int], ...] = ()
    left_out: int = 0
    ambient: int = 0
    at_risk_ms: int = 0
    stops: tuple[Stop, ...] = ()

    def __add__(self, other: FalseStops) -> FalseStops:
        both = {kind: (0, 0) for kind, _, _ in (*self.kinds, *other.kinds)}
        for kind, stopped, asked in (*self.kinds, *other.kinds):
            both[kind] = both[kind][0] + stopped, both[kind][1] + asked
        return FalseStops(
            tuple((k, *both[k]) for k in DISTRACTORS if k in both), self.left_out + other.left_out,
            self.ambient + other.ambient, self.at_risk_ms + other.at_risk_ms, (*self.stops, *other.stops),
        )  # fmt: skip

    @property
    def per_minute(self) -> float | None:
        """Ambient stops per minute at risk; None where there was no risk. Lower is better."""
        return 60_000 * self.ambient / self.at_risk_ms if self.at_risk_ms else None

    @property
    def gaps_ms(self) -> list[int]:
        """From each false stop that was resumed to the resumption."""
        return [s.gap_ms for s in self.stops if s.gap_ms is not None]


def false_stops(facts: Facts, around: Sequence[Episode], labels: Iterable[Label]) -> FalseStops:
    """Count stops at what took no floor.

    Parameters
    ----------
    facts
        Of a recording or a replay.
    around
        Its episodes, of every class.
    labels
        Of the user's track. Without any, nobody said what was true: nothing is counted, and nothing was at risk.

    References
    ----------
    SID-Bench's FIR and tau-voice's selectivity count the same event by clip and within 1.0 s; LiveKit's resume is of
    the same response. The time at risk is ours.
    """
    said = list(labels)
    if not said or facts.heard is None or not facts.heard.basis.tells_responses:
        return FalseStops()
    at = [e.onset.at for e in around]
    kinds: dict[str, tuple[int, int]] = {}
    false: list[Stop] = []
    left_out, found = 0, first_stops(facts)
    for e in around:
        if e.onset.kind not in DISTRACTORS or not e.agent_heard:
            continue
        if not e.counts:
            left_out += 1
            continue
        answer = _stopped_by(e, at, found)
        stopped, asked = kinds.get(e.onset.kind, (0, 0))
        kinds[e.onset.kind] = stopped + (answer is not None), asked + 1
        false += [answer] if answer is not None else []
    answered = Timeline(_answered(x, at) for x in said)
    ambient = [s for s in found if s.reported not in answered]
    return FalseStops(
        tuple((k, *kinds[k]) for k in DISTRACTORS if k in kinds), left_out, len(ambient),
        _at_risk(facts, facts.heard, found, answered), tuple(sorted([*false, *ambient], key=lambda s: s.at)),
    )  # fmt: skip


def _stopped_by(e: Episode, onsets: Sequence[int], found: Iterable[Stop]) -> Stop | None:
    """The stop that answers what was heard at this onset, before anything else could have been answered."""
    if e.signal is None or e.end != "stopped" or e.silent is None:
        return None
    following = min((t for t in onsets if t > e.onset.at), default=e.silent)
    if e.silent > following:
        return None
    return next((s for s in found if s.at == e.silent and s.response in e.responses), Stop("", e.signal, e.silent))


def _answered(label: Label, onsets: Sequence[int]) -> Span:
    """From a label's onset to the last report that can be an answer to it."""
    return Span(label.onset_ms, max(answer_until(label, onsets), label.offset_ms) + 1)


def _at_risk(facts: Facts, heard: Heard, found: Sequence[Stop], answered: Timeline) -> int:
    """Audible time before the first stop of each response, without what labels may have caused."""
    first = {**facts.censored_from, **{s.response: s.at for s in found}}
    sounded = Timeline(
        span
        for r in heard.responses()
        for span in heard.timeline([r]).bridged(SILENCE_MS).clip(Span(0, first.get(r, facts.length_ms)))
    )
    return (sounded - answered).ms
