"""SID-Bench: one number for barge-in tuning, the average penalty in seconds over clips.

A clip holds one sound over a speaking agent: a real interruption, which begins at its *break*, or something else. What
an agent did to it costs seconds:

::

    stopped, and should have         |stop - break|       true positive
    stopped, and should not have     the whole clip       false positive
    went on, and should not have     duration - break     missed
    went on, and should have         0                    true negative

A session is cut into clips here: one for each labelled onset that met a playing agent, from the clip before to the
next onset. A session without any is one clip without a break.

References
----------
xkx-hub/SID-bench. Its definitions are known, its script was not read: there is no reading *as coded*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bargein.metrics.definitions.base import (
    DEFINED,
    IGNORES,
    LOWER,
    ONE,
    STOP_TIME,
    STOPS,
    Conversation,
    Definition,
    Difference,
    Figure,
    mean_s,
    share,
)
from bargein.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip, times from its start, ms.

    Parameters
    ----------
    duration_ms
        Its length.
    break_ms
        Onset of the interruption; None: there is none.
    stop_ms
        When the agent was stopped; None: it was not.
    """

    duration_ms: int
    break_ms: int | None = None
    stop_ms: int | None = None

    @property
    def outcome(self) -> str:
        """``TP``, ``FP``, ``FN`` (missed) or ``TN``."""
        return ("T" if self._right else "F") + ("N" if self.stop_ms is None else "P")

    @property
    def _right(self) -> bool:
        return (self.break_ms is None) == (self.stop_ms is None)

    @property
    def penalty_ms(self) -> int:
        """What it costs.

        Examples
        --------
        >>> [c.penalty_ms for c in (Clip(5_000, 2_000, 2_700), Clip(5_000, None, 900), Clip(5_000, 2_000), Clip(5_000))]
        [700, 5000, 3000, 0]
        """
        if self.stop_ms is None:
            return 0 if self.break_ms is None else self.duration_ms - self.break_ms
        return self.duration_ms if self.break_ms is None else abs(self.stop_ms - self.break_ms)


def clips(c: Conversation) -> list[Clip]:
    """Cut a conversation into clips.

    Examples
    --------
    >>> from bargein.metrics.definitions.base import Sound
    >>> from bargein.timeline import Span, Timeline
    >>> agent, tic = Timeline([Span(0, 4_000), Span(6_000, 8_600)]), Sound("tic", Span(1_000, 1_300))
    >>> said = Span(8_000, 9_000)
    >>> clips(Conversation("c", 9_000, Timeline(), agent, sounds=(tic,), stops=(8_600,), interruptions=(said,)))
    [Clip(duration_ms=8000, break_ms=None, stop_ms=None), Clip(duration_ms=5000, break_ms=4000, stop_ms=4600)]
    """
    onsets = [(s.start, True) for s in c.interruptions or ()] + [(s.span.start, False) for s in c.sounds or ()]
    playing = Timeline(c.played)
    met = sorted(o for o in onsets if o[0] in playing)
    if not met:
        return [Clip(c.length_ms, None, min(c.stops or (), default=None))]
    found, start = [], 0
    for (onset, breaks), end in zip(met, [*(at for at, _ in met[1:]), c.length_ms], strict=True):
        stop = min((t for t in c.stops or () if onset <= t < end), default=None)
        found.append(Clip(end - start, onset - start if breaks else None, None if stop is None else stop - start))
        # The next clip begins where this onset has been dealt with: at its stop, or at the agent's next silence.
        start = stop if stop is not None else min((a.end for a in playing if onset < a.end <= end), default=onset)
    return found


def score(conversations: Sequence[Conversation], reading: str) -> list[Figure]:
    """Give the average penalty time and what it is made of."""
    return of_clips([clip for c in conversations for clip in clips(c)])


def of_clips(found: Sequence[Clip]) -> list[Figure]:
    """Score clips; of them FIR is over those without a break, IRL over those in which a stop was due and came."""
    by = {name: [c for c in found if c.outcome == name] for name in ("TP", "FP", "FN", "TN")}
    calm, breaks = len(by["FP"]) + len(by["TN"]), len(by["TP"]) + len(by["FN"])
    counts = ", ".join(f"{len(own)} {name}" for name, own in by.items())
    return [
        Figure("APT", ONE, mean_s([c.penalty_ms for c in found]), "s", len(found), LOWER, counts),
        Figure("IRL", STOP_TIME, mean_s([c.penalty_ms for c in by["TP"]]), "s", len(by["TP"]), LOWER),
        Figure("FIR", IGNORES, share(len(by["FP"]), calm), "0..1", calm, LOWER),
        Figure("missed", STOPS, share(len(by["FN"]), breaks), "0..1", breaks, LOWER),
    ]


DIFFERENCES = (
    Difference("one number", "seconds a clip, cut-offs and waits among them", "not read",
               "friction: seconds a user turn, five parts, weights printed",
               "a clip's length is the price of a false stop, so longer clips make the same agent worse"),
    Difference("early stop", "|stop - break|: stopping before the break costs its distance", "not read",
               "a stop before the onset is ambient", "a stop at nothing is forgiven if an interruption follows soon"),
    Difference("FIR", "of clips without a break, all kinds together", "not read", "kind by kind, never pooled",
               "coughs and backchannels come as often as the clip set's makers chose"),
    Difference("natural end", "not said", "not read", "censored", "an agent that ends by itself is neither"),
    Difference("clips", "cut by hand", "not read", "sessions, cut here at labelled onsets",
               "compare sessions with sessions, not with the published figures"),
)  # fmt: skip

SID_BENCH = Definition(
    "sid-bench", "xkx-hub/SID-bench", (DEFINED,),
    "labels, and to know when the agent was stopped: a player's log and the agent's audio",
    score, lambda c: c.agent is not None and c.stops is not None and c.interruptions is not None, DIFFERENCES,
)  # fmt: skip
