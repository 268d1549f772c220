"""eot-bench: how long an endpointer waits that may cut off only so many pauses.

Every silence of 100 ms and more inside a user's turn is a *hold*, the one after it the *end*. A policy acts ``delay``
after a silence began where its model is sure enough that the turn is over, else after ``timeout``. It cuts a hold off
where that comes before the user goes on; at the end it makes the agent wait.

::

    user     |-----| 300 |----|   700   |-------| end
    fires             x 500: not yet    x 500: a cut-off       x 500: the wait

Who only waits for silence has the same delay everywhere: its latency is the delay, its cut-offs are the holds longer
than that. So this *silence-only baseline* follows from labelled spans alone, and here exactly, on no grid of delays.

References
----------
livekit/eot-bench. Its definitions are known, its script was not read: there is no reading *as coded*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from bargein.metrics.definitions.base import (
    ANSWER_TIME,
    CUTS_OFF,
    DEFINED,
    LOWER,
    Conversation,
    Definition,
    Difference,
    Figure,
    mean_s,
    share,
)
from bargein.timeline import Span
from bargein.units import SECOND, seconds

#: A pause this long is a hold; holds outside of the second pair are left out.
HOLD_MS, KEPT_MS = 100, (200, 5_000)
#: Policies that are tried: action delays and timeouts.
DELAYS_MS = tuple(range(200, 1_001, 100))
TIMEOUTS_MS = tuple(range(1_000, 3_501, 500))
#: Cut-offs that are allowed, and waits that are.
BUDGETS, WAITS_MS = (0.05, 0.10), (300, 600)
#: A stop that is announced so much later answers something else; a missed end costs this.
MISSED_MS = TIMEOUTS_MS[-1]


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence of the user: how long (ms), whether the turn was over, and a model's belief that it was (0..1)."""

    ms: int
    end: bool
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Point:
    """What one policy does: cut-offs among ``holds``, and the sum of its waits over ``ends``."""

    threshold: float
    delay_ms: int
    timeout_ms: int
    cut_off: int
    holds: int
    wait_ms: int
    ends: int

    @property
    def cut_off_rate(self) -> float:
        """Share of holds, 0..1; 0 without holds. Lower is better."""
        return share(self.cut_off, self.holds) or 0.0

    @property
    def latency_ms(self) -> float:
        """Mean wait after a true end; 0 without ends. Lower is better."""
        return share(self.wait_ms, self.ends) or 0.0


def silences(c: Conversation) -> list[Silence]:
    """Give the kept holds of finished turns, and their ends.

    Examples
    --------
    >>> from bargein.metrics.definitions.base import Turn
    >>> from bargein.timeline import Timeline
    >>> user = Timeline([Span(0, 900), Span(1_200, 1_500), Span(1_550, 2_000)])
    >>> silences(Conversation("c", 9_000, user, None, turns=(Turn(Span(0, 2_000)),)))
    [Silence(ms=300, end=False, score=0.0), Silence(ms=7000, end=True, score=0.0)]
    """
    found = [Silence(h.ms, end=False) for h in holds(c)]
    for turn in _finished(c):
        after = min((s.start for s in c.user if s.start >= turn.end), default=c.length_ms)
        found.append(Silence(after - turn.end, end=True))
    return found


def holds(c: Conversation) -> list[Span]:
    """Give the kept holds of finished turns, in order."""
    found = []
    for turn in _finished(c):
        inside = c.user.clip(turn)
        found += [g for g in inside.gaps(Span(inside.spans[0].start, inside.spans[-1].end)) if g.ms >= HOLD_MS]
    return [g for g in found if KEPT_MS[0] <= g.ms <= KEPT_MS[1]]


def _finished(c: Conversation) -> list[Span]:
    """Turns that were complete, from their first speech to their last."""
    spoken = [c.user.clip(t.span) for t in c.turns or () if t.complete]
    return [Span(s.spans[0].start, s.spans[-1].end) for s in spoken if s]


def cut_off_after(found: Iterable[Silence], delay_ms: int) -> tuple[int, int]:
    """Count the holds that outlast a delay, and all."""
    lengths = [s.ms for s in found if not s.end]
    return sum(ms > delay_ms for ms in lengths), len(lengths)


def least_delay(found: Iterable[Silence], budget: float) -> int | None:
    """Give the shortest end silence that cuts off at most a share of the holds; None without holds.

    Parameters
    ----------
    found
        Holds; ends are left alone.
    budget
        Share, 0..1.

    Examples
    --------
    >>> pauses = [Silence(ms, end=False) for ms in (200, 300, 500, 900)]
    >>> least_delay(pauses, 0.25), least_delay(pauses, 0.0)
    (500, 900)
    """
    longest = sorted((s.ms for s in found if not s.end), reverse=True)
    allowed = int(budget * len(longest) + 1e-9)  # 0.1 of 30 are 3, whatever binary fractions make of it
    return [*longest, 0][allowed] if longest else None


def play(found: Sequence[Silence], threshold: float, delay_ms: int, timeout_ms: int) -> Point:
    """Say what one policy does to silences.

    Examples
    --------
    >>> play([Silence(700, end=False, score=0.6), Silence(5_000, end=True, score=0.4)], 0.5, 300, 1_500)
    Point(threshold=0.5, delay_ms=300, timeout_ms=1500, cut_off=1, holds=1, wait_ms=1500, ends=1)
    """
    waits = [(s, delay_ms if s.score >= threshold else timeout_ms) for s in found]
    inside, over = [(s, w) for s, w in waits if not s.end], [w for s, w in waits if s.end]
    return Point(threshold, delay_ms, timeout_ms, sum(s.ms > w for s, w in inside), len(inside), sum(over), len(over))


def frontier(found: Sequence[Silence], thresholds: Sequence[float]) -> list[Point]:
    """Give the policies of the grid that no other beats in both cut-offs and latency, fastest first.

    Parameters
    ----------
    found
        With a model's scores.
    thresholds
        To be tried, 0..1.
    """
    every = (play(found, *p) for p in product(thresholds, DELAYS_MS, TIMEOUTS_MS))
    best: list[Point] = []
    for p in sorted(every, key=lambda p: (p.latency_ms, p.cut_off, p.timeout_ms)):
        if not best or p.cut_off < best[-1].cut_off:
            best.append(p)
    return best


def _announced(c: Conversation) -> tuple[int, list[int]]:
    """What the recorded detector did: holds in which it announced the end, and its waits after the true ends."""
    told, waits = c.announced or (), []
    for turn in _finished(c):
        after = min((s.start for s in c.user if s.start >= turn.end), default=c.length_ms)
        wait = min((t - turn.end for t in told if turn.end <= t <= after), default=MISSED_MS)
        waits.append(min(wait, MISSED_MS))
    return sum(any(t in h for t in told) for h in holds(c)), waits


def score(conversations: Sequence[Conversation], reading: str) -> list[Figure]:
    """Give the silence-only baseline of all turns together, and what the recorded detector did beside it."""
    found = [s for c in conversations for s in silences(c)]
    n = sum(not s.end for s in found)
    figures = [
        Figure(f"silence only: cut-offs at {ms} ms", CUTS_OFF, share(*cut_off_after(found, ms)), "0..1", n, LOWER)
        for ms in WAITS_MS
    ]
    for budget in BUDGETS:
        delay = least_delay(found, budget)
        figures.append(Figure(f"silence only: latency at {100 * budget:g} % cut-offs", ANSWER_TIME,
                              None if delay is None else seconds(delay), "s", n, LOWER))  # fmt: skip
    logged = [c for c in conversations if c.announced is not None]
    told = [_announced(c) for c in logged]
    waits = [w for _, own in told for w in own]
    asked = sum(len(holds(c)) for c in logged)
    missed = waits.count(MISSED_MS)
    return [
        *figures,
        Figure("as recorded: cut-offs", CUTS_OFF, share(sum(k for k, _ in told), asked), "0..1", asked, LOWER),
        Figure("as recorded: latency", ANSWER_TIME, mean_s(waits), "s", len(waits), LOWER,
               f"{missed} missed, at {MISSED_MS / SECOND:g} s each" if missed else ""),
    ]  # fmt: skip


DIFFERENCES = (
    Difference("holds", "0.2 s to 5.0 s", "not read", "100 ms and more",
               "short pauses are never cut off and make every rate look better; long ones are the worst"),
    Difference("cut-offs", "share of holds", "not read", "share of holds and share of turns",
               "a turn of five pauses is cut off once"),
    Difference("latency", "mean; a missed end costs the timeout", "not read", "mean, EP50 and EP90 of complete turns",
               "a few missed ends are most of a mean"),
    Difference("baseline", "on a grid of delays", "not read", "exact: the pause at which the budget is met",
               "a grid reports up to a step more than is needed"),
    Difference("censored pauses", "none: nobody answers in its recordings", "not read",
               "a pause ends when the agent is heard; then Kaplan and Meier",
               "recorded with an agent, long pauses are missing"),
    Difference("bound", "none", "not read", "95 %, over speakers", "705 holds are not 705 speakers"),
)  # fmt: skip

EOT_BENCH = Definition(
    "eot-bench", "livekit/eot-bench", (DEFINED,), "finished turns: labels of kind turn with complete: yes, and speech",
    score, lambda c: bool(_finished(c)), DIFFERENCES,
)  # fmt: skip
