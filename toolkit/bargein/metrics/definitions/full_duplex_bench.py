"""Full-Duplex-Bench: who takes the turn where, and how long both talk at once.

Version 1 asks one thing of every sample, *take-over* (TOR): from the first to the last word of the agent it is 1 s or
more, or more than three words. Good after a turn and at an interruption, bad in a pause: never averaged over tasks.
Version 1.5 measures, from speech alone, *stop latency* and *response latency*.

::

    user     |----------|                |-----|
    agent              |==============|       |=====|
                       <> overlap     <--------> a sample of user interruption: from the interruption's start on
    1.5:               stop            response latency: from the user's end to the agent's next start

A session is cut into samples here, one a labelled turn, pause or interruption; the agent's words are not timed in it,
so shorter answers than 1 s are not decided. The backchannel task is in
:mod:`bargein.metrics.definitions.fdb_backchannel`; of behaviour a language model is the judge, and there is none here.

References
----------
DanielLin94144/Full-Duplex-Bench: v1_v1.5/evaluation, eval_smooth_turn_taking.py, eval_pause_handling.py,
eval_user_interruption.py, get_timing.py. All were read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bargein.metrics.definitions.base import (
    ANSWER_TIME,
    ANSWERS,
    CODED,
    CUTS_OFF,
    DEFINED,
    HIGHER,
    LOWER,
    NEITHER,
    STOP_TIME,
    STOPS,
    TALKS_OVER,
    Conversation,
    Definition,
    Difference,
    Figure,
    mean_s,
    share,
)
from bargein.metrics.definitions.eot_bench import HOLD_MS
from bargein.timeline import Span, Timeline

#: An answer this long takes the turn, and so does one of more words.
TAKES_MS, TAKES_WORDS = 1_000, 3
#: A turn that begins no further from an interruption is one, and no sample of turn taking; an interruption that begins
#: later in a turn only goes on with it.
SAME_MS = 200


@dataclass(frozen=True, slots=True)
class Rules:
    """What the two readings decide differently.

    Parameters
    ----------
    user_gap_ms, agent_gap_ms
        Gaps up to these are inside one stretch of speech.
    no_less_than_0
        A latency under 0 counts as 0.
    stop_is_overlap
        Stop latency is how long both talk, whoever began and whoever stopped; otherwise from the start of a user who
        talks into the agent to the agent's end.
    """

    user_gap_ms: int
    agent_gap_ms: int
    no_less_than_0: bool
    stop_is_overlap: bool


RULES: Mapping[str, Rules] = {
    DEFINED: Rules(300, 50, no_less_than_0=False, stop_is_overlap=False),
    CODED: Rules(600, 500, no_less_than_0=True, stop_is_overlap=True),
}


def takes_over(first_ms: int, last_ms: int, words: int | None) -> bool | None:
    """Say whether an answer takes the turn; None where its words decide and are not known.

    Parameters
    ----------
    first_ms, last_ms
        Start of its first and end of its last word.
    words
        How many; None: not known.

    Examples
    --------
    >>> takes_over(0, 1_000, 1), takes_over(0, 900, 3), takes_over(0, 900, 4), takes_over(0, 900, None)
    (True, False, True, None)
    """
    if last_ms - first_ms >= TAKES_MS:
        return True
    return None if words is None else words > TAKES_WORDS


@dataclass(frozen=True, slots=True)
class Task:
    """Samples of one task: how many were taken over, undecided and all, and the latencies of the first; ms."""

    taken: int
    undecided: int
    n: int
    latencies: tuple[int, ...]


def _task(samples: Sequence[tuple[int, Span]], agent: Timeline) -> Task:
    """Judge samples: the instant from which a latency counts, and where an answer may begin."""
    taken = undecided = 0
    latencies = []
    for since, window in samples:
        answer = [a for a in agent if a.start in window]
        took = takes_over(answer[0].start, answer[-1].end, None) if answer else False
        undecided += took is None
        taken += took is True
        latencies += [answer[0].start - since] if took else []
    return Task(taken, undecided, len(samples), tuple(latencies))


def samples(c: Conversation) -> dict[str, list[tuple[int, Span]]]:
    """Cut a conversation into samples of three tasks: whence latency counts, and where an answer may begin.

    Parameters
    ----------
    c
        With labels.
    """
    silent = [s.span for s in c.sounds or () if s.kind == "backchannel"]
    takes = [s.start for s in c.user if not any(b & s for b in silent)]

    def until(t: int) -> int:
        return min((s for s in takes if s >= t), default=c.length_ms)

    interrupting = [s.start for s in c.interruptions or ()]
    turns = [
        t.span for t in c.turns or () if t.complete and not any(abs(i - t.span.start) <= SAME_MS for i in interrupting)
    ]
    paused = [t for t in turns if any(g.ms >= HOLD_MS for g in c.user.clip(t).gaps(t))]
    cut_into = [t.span for t in c.turns or ()]
    playing = Timeline(c.played)
    met = [
        s
        for s in c.interruptions or ()
        if s.start in playing and not any(t.start + SAME_MS < s.start < t.end for t in cut_into)
    ]
    return {
        "smooth turn-taking": [(t.end, Span(t.start, max(t.start, until(t.end)))) for t in turns],
        "pause handling": [(t.end, t) for t in paused],
        "user interruption": [(s.end, Span(s.start, max(s.start, until(s.end)))) for s in met],
    }


def overlaps(user: Timeline, agent: Timeline) -> list[Span]:
    """Give the stretches in which both talk.

    Examples
    --------
    >>> overlaps(Timeline([Span(0, 900), Span(2_000, 3_000)]), Timeline([Span(700, 2_400)]))
    [Span(start=700, end=900), Span(start=2000, end=2400)]
    """
    return list(user & agent)


def responses(user: Timeline, agent: Timeline) -> list[Span]:
    """From each user's end to the agent's next start; of those with the same start the shortest.

    Examples
    --------
    >>> responses(Timeline([Span(0, 900), Span(1_500, 2_000)]), Timeline([Span(2_400, 3_000)]))
    [Span(start=2000, end=2400)]
    """
    found: dict[int, int] = {}
    for u in user:
        start = min((a.start for a in agent if a.start > u.end), default=None)
        if start is not None:
            found[start] = max(u.end, found.get(start, u.end))
    return [Span(end, start) for start, end in sorted(found.items())]


def stop_times(user: Timeline, agent: Timeline, rules: Rules) -> list[int]:
    """Give the stop latencies, ms."""
    if rules.stop_is_overlap:
        return [s.ms for s in overlaps(user, agent)]
    return [over.end - u.start for u in user if (over := agent.at(u.start)) and over.start < u.start]


def score(conversations: Sequence[Conversation], reading: str) -> list[Figure]:
    """Give take-over and latency of the three tasks, and the two times of version 1.5."""
    rules = RULES[reading]
    found: dict[str, list[Task]] = {}
    stops: list[int] = []
    waits: list[int] = []
    for c in conversations:
        user, agent = c.user.bridged(rules.user_gap_ms + 1), c.heard.bridged(rules.agent_gap_ms + 1)
        for name, own in samples(c).items():
            found.setdefault(name, []).append(_task(own, c.heard))
        stops += stop_times(user, agent, rules)
        waits += [s.ms for s in responses(user, agent)]
    figures: list[Figure] = []
    for name, (better, question, latency) in TASKS.items():
        taken, n = sum(t.taken for t in found[name]), sum(t.n - t.undecided for t in found[name])
        open_ = sum(t.undecided for t in found[name])
        note = f"{open_} of under 1 s left out: their words are not timed" if open_ else ""
        figures.append(Figure(f"{name}: TOR", question, share(taken, n), "0..1", n, better, note))
        if latency:
            times = [max(0, x) if rules.no_less_than_0 else x for t in found[name] for x in t.latencies]
            figures.append(Figure(f"{name}: latency", ANSWER_TIME, mean_s(times), "s", len(times), LOWER))
    return [
        *figures,
        Figure("stop latency (1.5)", STOP_TIME, mean_s(stops), "s", len(stops), LOWER),
        Figure("response latency (1.5)", ANSWER_TIME, mean_s(waits), "s", len(waits), LOWER),
        Figure("backchannel: TOR, frequency, JSD", TALKS_OVER, None, "–", 0, NEITHER,
               "needs the words of clips in which the agent listens, and how people backchannel there"),
        Figure("behaviour (1.5)", STOPS, None, "–", 0, NEITHER, "needs a language model as judge"),
    ]  # fmt: skip


#: What take-over means in a task, what it answers, and whether it has a latency.
TASKS: Mapping[str, tuple[str, str, bool]] = {
    "smooth turn-taking": (HIGHER, ANSWERS, True),
    "pause handling": (LOWER, CUTS_OFF, False),
    "user interruption": (HIGHER, STOPS, True),
}

DIFFERENCES = (
    Difference("take-over", "1 s, or more than 3 words, of the whole output", "", "an answer in an opportunity",
               "a \"yes, of course\" of 0.9 s takes no turn there"),
    Difference("latency, answered", "the agent's start less the user's end", "under 0 counts as 0",
               "signed", "talking over the user makes the mean shorter, not longer"),
    Difference("latency, not answered", "left out", "", "friction: the wait",
               "an agent that answers only the easy turns is the fastest"),
    Difference("stop latency", "from the user's start to the agent's end",
               "how long both talk, whoever stops first, after gaps of 0.6 and 0.5 s were closed",
               "from the acoustic onset to silence; natural ends censored",
               "a user who gives up after 0.3 s makes the agent stop in 0.3 s"),
    Difference("merged gaps", "its comments: 0.3 s and 0.05 s", "0.6 s and 0.5 s", "under 0.2 s",
               "an agent that stops for 0.4 s has not stopped"),
    Difference("times of words", "an aligner's", "", "edges of sound",
               "aligners stretch a first word: 1.6 s early in one of its own examples"),
    Difference("backchannel, TOR", "any segment that is longer or says more than a backchannel",
               "the last segment decides", "not asked", "how an agent listens is not how it is interrupted"),
    Difference("backchannel, frequency", "backchannels per second", "every segment up to 3 s, take-overs too",
               "not asked", "answers count as backchannels there"),
    Difference("backchannel, JSD", "divergence from people's timing",
               "its square root to base e, and 1 without a backchannel", "not asked", "1 is above its maximum of 0.83"),
)  # fmt: skip

FULL_DUPLEX_BENCH = Definition(
    "full-duplex-bench", "DanielLin94144/Full-Duplex-Bench", (DEFINED, CODED),
    "to know when user and agent were heard; its tasks need labels, too",
    score, lambda c: c.agent is not None and bool(c.user), DIFFERENCES,
)  # fmt: skip
