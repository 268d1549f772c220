"""EVA: one score from 0 to 1 for every exchange, from curves over latency, overlap and yield; their mean is the call's.

::

    latency      0 at -500 ms, up to 1 at 500, 1 until 2,000, down to 0 at 3,500; with a tool call until 3,000 and 5,000
    overlap      0.5 at 0, down to 0 at 2,000 ms     the agent talks over the user: the lowest of overlap, count,
    count        0.5 once, 0.25 twice, 0 from 3 on   and the latency of the gap after the user ends
    yield        1 at 0, down to 0 at 2,000 ms       the user talks over the agent

A turn begins when the user starts to sound and the agent has sounded since the turn before began; a user who starts
while the agent sounds has interrupted, and so has an agent that starts while the user does. The greeting is turn 0 and
is not scored; nor is a turn in which one of the two is missing.

References
----------
ServiceNow/eva: docs/metrics/turn_taking.md, src/eva/metrics/experience/turn_taking.py (version 0.2) and processor.py.
All were read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bargein.metrics.definitions.base import (
    ANSWER_TIME,
    ANSWERS,
    CODED,
    DEFINED,
    HIGHER,
    LOWER,
    NEITHER,
    ONE,
    STOP_TIME,
    TALKS_OVER,
    Conversation,
    Definition,
    Difference,
    Figure,
    mean,
    share,
)
from bargein.timeline import Span, Timeline

#: A curve: ``(ms, score)``, straight between, level outside.
Curve = tuple[tuple[float, float], ...]
LATENCY: Curve = ((-500, 0), (500, 1), (2_000, 1), (3_500, 0))
LATENCY_WITH_TOOL: Curve = ((-500, 0), (500, 1), (3_000, 1), (5_000, 0))
OVERLAP: Curve = ((0, 0.5), (2_000, 0))
COUNT: Curve = ((1, 0.5), (3, 0))
YIELD: Curve = ((0, 1), (2_000, 0))
#: Answers sooner are early; from these on, without and with a tool call, they are late.
EARLY_MS, LATE_MS, LATE_WITH_TOOL_MS = 200, 2_750, 4_000
#: Its script keeps so many decimals of a turn's and of a call's score.
DECIMALS = 4


def at(curve: Curve, x: float) -> float:
    """Read a curve.

    Examples
    --------
    >>> [at(LATENCY, ms) for ms in (-500, 0, 200, 500, 2_000, 2_750, 3_500)]
    [0, 0.5, 0.7, 1, 1, 0.5, 0]
    """
    if x <= curve[0][0]:
        return curve[0][1]
    for (x0, y0), (x1, y1) in pairwise(curve):
        if x <= x1:
            return y1 if x == x1 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return curve[-1][1]


class Exchange(NamedTuple):
    """One turn: both sides' sound, who interrupted, and where the agent's sound of the turn before ended."""

    number: int
    user: tuple[Span, ...]
    agent: tuple[Span, ...]
    agent_interrupts: bool
    user_interrupts: bool
    before: int | None

    @property
    def latency_ms(self) -> int:
        """Agent's first start less the user's last end; under 0 where they overlap."""
        return self.agent[0].start - self.user[-1].end

    @property
    def overlap_ms(self) -> int:
        """Both at once, stretch by stretch."""
        return (Timeline(self.user) & Timeline(self.agent)).ms

    @property
    def talks_over(self) -> int:
        """How many stretches of the agent overlap the user, by more than a millisecond."""
        return sum(any((both := a & u) and both.ms > 1 for u in self.user) for a in self.agent)

    @property
    def settled_ms(self) -> int | None:
        """From the user's end to the first answer that starts after it; None where the agent talks through it."""
        end = self.user[-1].end
        after = [a.start for a in self.agent if a.start > end]
        return None if not after or any(end in a for a in self.agent) else min(after) - end

    @property
    def yield_ms(self) -> int | None:
        """How long the agent went on after the user's start."""
        return None if self.before is None else max(0, self.before - self.user[0].start)


def exchanges(user: Iterable[Span], agent: Iterable[Span]) -> list[Exchange]:
    """Cut a call into turns.

    Parameters
    ----------
    user, agent
        Their audio streams, in order; touching ones are not joined.

    Examples
    --------
    >>> user, agent = Timeline([Span(2_000, 3_000), Span(4_400, 5_000)]), Timeline([Span(0, 1_000), Span(3_600, 5_000)])
    >>> [(e.number, e.user_interrupts, e.yield_ms) for e in exchanges(user, agent)]
    [(1, False, 0), (2, True, 600)]
    """
    said: dict[int, list[Span]] = {}
    answered: dict[int, list[Span]] = {}
    over: dict[str, set[int]] = {"user": set(), "agent": set()}
    turn, spoke, ends = 0, False, {"user": -1, "agent": -1}
    starts = [(s.start, "user", s) for s in user] + [(s.start, "agent", s) for s in agent]
    for t, who, span in sorted(starts, key=lambda s: (s[0], s[1] != "user")):
        if who == "user":
            if spoke or turn == 0:
                turn, spoke = turn + 1, False
            over["user"] |= {turn} if t < ends["agent"] else set()
            said.setdefault(turn, []).append(span)
        else:
            over["agent"] |= {turn} if t < ends["user"] and turn in said else set()
            spoke = True
            answered.setdefault(turn, []).append(span)
        ends[who] = max(ends[who], span.end)
    return [
        Exchange(n, tuple(said[n]), tuple(answered.get(n, ())), n in over["agent"], n in over["user"],
                 answered[n - 1][-1].end if n - 1 in answered else None)
        for n in sorted(said)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scored:
    """What one exchange was scored by: ``latency``, ``agent_interrupt``, ``user_interrupt`` or ``dual_interrupt``."""

    score: float
    by: str


def judge(e: Exchange, *, tool: bool = False) -> Scored:
    """Score one exchange.

    Parameters
    ----------
    e
        With sound of both.
    tool
        Whether the agent called a tool in it.
    """
    latency = LATENCY_WITH_TOOL if tool else LATENCY
    found: dict[str, float] = {}
    if e.agent_interrupts:
        parts = [at(OVERLAP, e.overlap_ms)]
        parts += [at(COUNT, e.talks_over)] if e.talks_over else []
        parts += [] if e.settled_ms is None else [at(latency, e.settled_ms)]
        found["agent_interrupt"] = min(parts)
    if e.user_interrupts and e.yield_ms is not None:
        found["user_interrupt"] = at(YIELD, e.yield_ms)
    if not found:
        return Scored(at(latency, e.latency_ms), "latency")
    return Scored(min(found.values()), "dual_interrupt" if len(found) > 1 else next(iter(found)))


def call_score(c: Conversation, *, decimals: int | None = None) -> tuple[float, Mapping[int, Scored]]:
    """Score a call: the mean of its exchanges, 0 without any or where the agent kept a user waiting until the end.

    Parameters
    ----------
    c
        A call.
    decimals
        To how many digits an exchange is rounded before the mean; None: not at all.
    """
    found = exchanges(c.utterances, c.played)
    scored = {e.number: judge(e, tool=e.number in c.tool_turns) for e in found if e.agent}
    values = [s.score if decimals is None else float(f"{s.score:.{decimals}f}") for s in scored.values()]
    timed_out = c.timed_out and bool(c.user) and c.utterances.spans[-1].end > max((a.end for a in c.played), default=-1)
    return (0.0 if timed_out or not values else mean(values) or 0.0), scored


def score(conversations: Sequence[Conversation], reading: str) -> list[Figure]:
    """Give the calls' mean score, and what its exchanges are made of, all together."""
    decimals = DECIMALS if reading == CODED else None
    calls = [call_score(c, decimals=decimals) for c in conversations]
    found = [(e, e.number in c.tool_turns) for c in conversations for e in exchanges(c.utterances, c.played)]
    both = [(e, tool) for e, tool in found if e.agent]
    waits = sorted(e.latency_ms for e, _ in both)
    late = sum(e.latency_ms >= (LATE_WITH_TOOL_MS if tool else LATE_MS) for e, tool in both)
    early = sum(w < EARLY_MS for w in waits)
    over = [e.overlap_ms for e, _ in both if e.agent_interrupts]
    yields = [e.yield_ms for e, _ in both if e.user_interrupts and e.yield_ms is not None]
    n = len(both)
    value = mean([s for s, _ in calls])
    if decimals is not None and value is not None and len(calls) == 1:
        value = float(f"{value:.{decimals}f}")
    unknown = sum(c.timed_out is None for c in conversations)
    ended = f"{unknown} not known to have ended by silence: none zeroed for it" if unknown else ""
    return [
        Figure("turn_taking", ONE, value, "0..1", len(calls), HIGHER, ended),
        Figure("mean_latency_ms", ANSWER_TIME, mean(waits), "ms", n, NEITHER),
        Figure("p50_latency_ms", ANSWER_TIME, waits[min(n - 1, n // 2)] if n else None, "ms", n, NEITHER),
        Figure("p90_latency_ms", ANSWER_TIME, waits[min(n - 1, 9 * n // 10)] if n else None, "ms", n, NEITHER),
        Figure("on_time_rate", ANSWERS, share(n - early - late, n), "0..1", n, HIGHER,
               f"{early} early, {late} late; turns without an answer are in none"),
        Figure("agent_interruption.rate", TALKS_OVER, share(len(over), n), "0..1", n, LOWER),
        Figure("agent_interruption.mean_overlap_ms", TALKS_OVER, mean(over), "ms", len(over), LOWER),
        Figure("user_interruption.mean_yield_ms", STOP_TIME, mean(yields), "ms", len(yields), LOWER),
    ]  # fmt: skip


DIFFERENCES = (
    Difference("latency", "of every turn, also of those in which the agent talked over the user", "",
               "of turns that the user had finished", "one overlap of 20 s makes the mean latency negative"),
    Difference("latency score", "0.5 s to 2 s is best; sooner scores less", "", "no score: the waits are given",
               "people answer after 0.2 s; a curve hides which wait it was"),
    Difference("speech", "an audio stream, silences in it included", "", "audible: silences of 200 ms left out",
               "a pause in an answer or a turn neither starts nor ends it there"),
    Difference("yield", "the agent's last sound of the turn before, less the user's start", "",
               "of the interrupted responses, from the acoustic onset; natural ends are censored",
               "sound that comes back after the stop counts as never having stopped"),
    Difference("backchannel, cough", "a turn and an interruption like any other", "",
               "a class of its own; stopping there is false", "an agent that rightly talks on scores 0"),
    Difference("overlap", "of the agent's interruptions alone", "", "all time in which both are heard",
               "what the user talks over is overlap, too"),
    Difference("unanswered turn", "not scored; zeroes the call where it ended by inactivity", "", "friction: the wait",
               "a call of nine good turns and one that was ignored is no 0"),
    Difference("rounding", "none", "four decimals a turn and a call", "none", "only what is printed is rounded"),
    Difference("pooling", "each call's figures averaged", "", "counts added, then divided",
               "a call of two turns weighs as much as one of twenty; here only the score is averaged over calls"),
)  # fmt: skip

EVA = Definition(
    "eva", "ServiceNow/eva", (DEFINED, CODED), "to know when user and agent were heard",
    score, lambda c: c.agent is not None and bool(c.user), DIFFERENCES,
)  # fmt: skip
