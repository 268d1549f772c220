"""tau-voice: whether the agent answers, yields, and ignores what was not meant for it.

Eight figures over two rows of speech. A user's *segment* that begins while the agent speaks is, first match, a
backchannel, holds a tic, holds speech that was not meant for the agent, or is an interruption. One that ends with the
agent silent asks for an answer.

::

    user     |----|           |---|         |-|
    agent           |===========|        |=========|
                  L_R         |-| L_Y     backchannel: an error only if the agent is silent within 1.0 s

Both speak while their audio plays, silences in it included: the agent's responses, the user's turns with their pauses.

*As coded* everything lies on ticks of 200 ms, as in its logs; a tick in which anybody speaks at all is speech, so gaps
under a tick are absorbed. Where the script decides otherwise than its prose, :data:`RULES` says so, field by field.

References
----------
sierra-research/tau2-bench: docs/interaction-metrics.md, src/tau2/metrics/voice_interaction_metrics.py. Both were read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from bargein.metrics.audible import SILENCE_MS
from bargein.metrics.definitions.base import (
    ANSWER_TIME,
    ANSWERS,
    CODED,
    DEFINED,
    HIGHER,
    IGNORES,
    LOWER,
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
from bargein.timeline import Span, Timeline

TICK_MS = 200
#: An interruption is yielded to within this; anything else that stops the agent within this is an error; and so is
#: an answer within this to a tic or to side talk.
YIELD_MS, ERROR_MS, ANSWER_MS = 2_000, 1_000, 2_000
#: Rates over fewer events are not shown there.
SHOWN_FROM = 10
#: In order of precedence, with their figures.
KINDS = {
    "backchannel": "selectivity_backchannel",
    "tic": "selectivity_vocal_tic",
    "side_talk": "selectivity_non_directed",
}
#: Kinds of which an answer is an error, too; a backchannel while the agent is silent is no event.
ANSWERABLE = ("tic", "side_talk")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the two readings decide differently.

    Parameters
    ----------
    on_ticks
        Speech is put on a grid first.
    within
        The last wait that is still *within* a window, as a distance from its end, ms: 0 includes the window's end.
    ends_count
        An agent that speaks until the recording ends has not yielded, however little of the window was recorded;
        otherwise nothing is known of it.
    at_once
        Who starts in the very instant in which the user ends has answered; otherwise was speaking already.
    any_user
        Whatever the user says next, but a backchannel, ends the wait for an answer; otherwise only what itself ends
        with the agent silent.
    from_segment
        The window for an answer to a tic runs from and to the edges of the speech that holds it, not of the tic.
    ignored_count
        Sounds between turns that a speaking agent rightly ignores are counted.
    """

    on_ticks: bool
    within: int
    ends_count: bool
    at_once: bool
    any_user: bool
    from_segment: bool
    ignored_count: bool


RULES: Mapping[str, Rules] = {
    DEFINED: Rules(False, 0, ends_count=False, at_once=True, any_user=True, from_segment=False, ignored_count=True),
    CODED: Rules(True, 1, ends_count=True, at_once=False, any_user=False, from_segment=True, ignored_count=False),
}


@dataclass(frozen=True, slots=True)
class Events:
    """What happened, to be added over conversations; times in ms.

    Parameters
    ----------
    waits, unanswered
        From the user's end to the answer; how often the user had to speak again.
    yields, held
        From an interruption to silence; interruptions without.
    moot
        Yields to which nothing stopped the agent: it had said everything. Of as many yields as ``judged``.
    starts_over
        Agent starts while the user speaks.
    kept, errors
        By kind, what the agent rightly ignored and what it did not.
    """

    waits: tuple[int, ...] = ()
    unanswered: int = 0
    yields: tuple[int, ...] = ()
    held: int = 0
    moot: int = 0
    judged: int = 0
    starts_over: int = 0
    kept: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    def __add__(self, other: Events) -> Events:
        return Events(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def ticked(speech: Timeline, tick_ms: int = TICK_MS) -> Timeline:
    """Put speech on a grid: a tick in which anybody speaks at all is speech.

    Examples
    --------
    >>> ticked(Timeline([Span(310, 420), Span(590, 900)]))
    Timeline(200..1000)
    """
    return Timeline(Span(s.start // tick_ms * tick_ms, -(-s.end // tick_ms) * tick_ms) for s in speech)


def find(c: Conversation, reading: str = DEFINED) -> Events:
    """Find the events of one conversation.

    Examples
    --------
    ::

        user     |---|       |--|              0..1,000; 3,000..4,000
        agent         |--------|               1,400..3,600

    >>> from bargein.metrics.definitions.base import Conversation
    >>> user, agent = Timeline([Span(0, 1_000), Span(3_000, 4_000)]), Timeline([Span(1_400, 3_600)])
    >>> c = Conversation("c", 9_000, user, agent, sounds=())
    >>> found = find(c)
    >>> found.waits, found.yields, found.unanswered
    ((400,), (600,), 0)
    """
    rules = RULES[reading]
    user, agent, length = _speech(c, rules)
    inside = [(s, _kind(c, s)) for s in user]
    return (
        _answers(inside, agent, rules)
        + Events(starts_over=sum(a.start in user for a in agent))
        + sum((_yield(c, s, kind, agent, length, rules) for s, kind in inside), Events())
        + sum((_answered(c, s, agent, rules) for s in user if s.start not in agent), Events())
        + sum((_between(k, s, agent, length, rules) for k, s in _out_of_turn(c, user, rules, length)), Events())
    )


def _speech(c: Conversation, rules: Rules) -> tuple[Timeline, Timeline, int]:
    """Both rows, and the length; a user's burst of one tick at the very end of a log is the simulator hanging up."""
    length, grid = c.length_ms, TICK_MS if rules.on_ticks else c.tick_ms
    if grid is None:
        return c.utterances.bridged(SILENCE_MS), Timeline(c.played).bridged(SILENCE_MS), length
    user, agent = ticked(c.utterances, grid), ticked(Timeline(c.played), grid)
    length = -(-length // grid) * grid
    last = Span(length - grid, length) if length >= 2 * grid else Span(length, length)
    if last in user.spans:
        whole = Span(0, last.start)
        return user.clip(whole), agent.clip(whole), last.start
    return user, agent, length


def _kind(c: Conversation, segment: Span) -> str:
    """Backchannels are known by how a segment begins; tics and side talk by being anywhere in it."""
    first = Span(segment.start, min(segment.end, segment.start + TICK_MS))
    if any(s & first for s in c.of_kind("backchannel")):
        return "backchannel"
    return next((k for k in ANSWERABLE if any(s & segment for s in c.of_kind(k))), "")


def _answers(inside: Sequence[tuple[Span, str]], agent: Timeline, rules: Rules) -> Events:
    spoken = [s for s, kind in inside if kind != "backchannel"]
    asking = [s for s in spoken if (over := agent.at(s.end)) is None or (rules.at_once and over.start == s.end)]
    waits, unanswered = [], 0
    for s in asking:
        answer = min((a.start for a in agent if a.start >= s.end), default=None)
        again = min((u.start for u in (spoken if rules.any_user else asking) if u.start >= s.end), default=None)
        if answer is not None and (again is None or answer <= again):
            waits.append(answer - s.end)
        elif again is not None:  # the last of all, with nothing behind it, is no event
            unanswered += 1
    return Events(waits=tuple(waits), unanswered=unanswered)


def _yield(c: Conversation, segment: Span, kind: str, agent: Timeline, length: int, rules: Rules) -> Events:
    """What became of speech that began while the agent spoke."""
    spoken_over = agent.at(segment.start)
    if spoken_over is None:
        return Events()
    wait, window = spoken_over.end - segment.start, ERROR_MS if kind else YIELD_MS
    fell_silent, soon = spoken_over.end < length, wait <= window - rules.within
    if soon and not fell_silent and not rules.ends_count:
        return Events()
    yielded = soon and fell_silent
    if kind:
        return Events(errors=(kind,)) if yielded else Events(kept=(kind,))
    if not yielded:
        return Events(held=1)
    known = c.stops is not None
    moot = known and not any(segment.start < t <= spoken_over.end + SILENCE_MS for t in c.stops or ())
    return Events(yields=(wait,), moot=int(moot), judged=int(known))


def _answered(c: Conversation, segment: Span, agent: Timeline, rules: Rules) -> Events:
    """What became of a tic or side talk in speech that began while the agent was silent."""
    for kind in ANSWERABLE:
        held = [s for s in c.of_kind(kind) if s & segment]
        if held:
            own = segment if rules.from_segment else Span(held[0].start, held[-1].end)
            return _judged(kind, any(own.start <= a.start <= own.end + ANSWER_MS for a in agent))
    return Events()


def _out_of_turn(c: Conversation, user: Timeline, rules: Rules, length: int) -> Iterable[tuple[str, Span]]:
    """Tics and side talk outside of speech; what begins in it and outlasts it is two on ticks, and one otherwise."""
    for kind in ANSWERABLE:
        spans = c.of_kind(kind)
        outside = ticked(Timeline(spans)) - user if rules.on_ticks else [s for s in spans if not user.clip(s)]
        yield from ((kind, s) for s in outside if s.start < length)


def _between(kind: str, sound: Span, agent: Timeline, length: int, rules: Rules) -> Events:
    """What became of a sound between turns."""
    speaking = agent.at(sound.start)
    if speaking is None:
        return _judged(kind, any(sound.start <= a.start <= sound.end + ANSWER_MS for a in agent))
    if speaking.end - sound.start <= ERROR_MS:  # here the script includes the window's end, unlike in speech
        return Events(errors=(kind,)) if rules.ends_count or speaking.end < length else Events()
    return Events(kept=(kind,)) if rules.ignored_count else Events()


def _judged(kind: str, wrong: bool) -> Events:
    return Events(errors=(kind,)) if wrong else Events(kept=(kind,))


def score(conversations: Sequence[Conversation], reading: str) -> list[Figure]:
    """Give the panel of eight, over the events of all conversations together."""
    e = sum((find(c, reading) for c in conversations), Events())
    turns, asked = len(e.waits) + e.unanswered, len(e.yields) + e.held
    moot = f"nothing stopped {e.moot} of {e.judged}" if e.judged else ""
    panel = [
        Figure("response_latency_mean", ANSWER_TIME, mean_s(e.waits), "s", len(e.waits), LOWER),
        Figure("response_rate", ANSWERS, share(len(e.waits), turns), "0..1", turns, HIGHER),
        Figure("yield_latency_mean", STOP_TIME, mean_s(e.yields), "s", len(e.yields), LOWER, moot),
        Figure("yield_rate", STOPS, share(len(e.yields), asked), "0..1", asked, HIGHER, moot),
        Figure("agent_interruption_rate", TALKS_OVER, share(e.starts_over, turns), "per turn", turns, LOWER,
               f"{e.starts_over} starts"),
    ]  # fmt: skip
    for kind, name in KINDS.items():
        kept, n = e.kept.count(kind), e.kept.count(kind) + e.errors.count(kind)
        panel.append(Figure(name, IGNORES, share(kept, n), "0..1", n, HIGHER))
    return [_hidden(f) for f in panel]


def _hidden(f: Figure) -> Figure:
    """Say what its leaderboard would not show."""
    hidden = f"not shown there: under {SHOWN_FROM} events" if 0 < f.n < SHOWN_FROM else ""
    note = "; ".join(text for text in (f.note, hidden) if text)
    return Figure(f.metric, f.question, f.value, f.unit, f.n, f.better, note)


DIFFERENCES = (
    Difference("time", "200 ms ticks", "a tick with any speech is speech", "milliseconds",
               "a latency of 0.2 s cannot be told from one of 0.4 s"),
    Difference("yield", "silent within 2.0 s", "at 2.0 s sharp it is no yield: 1.8 s is the last tick that counts",
               "a stop curve: how many are still audible after 0.5 and 1 s", "no limit has to be chosen"),
    Difference("speech", "audio plays, whatever is in it: whole responses, whole turns", "",
               "audible: silences of 200 ms left out",
               "a breath of the agent is no yield there, and no stop here; a start in a user's pause interrupts there"),
    Difference("natural end", "a yield", "", "censored there: nothing stopped the agent",
               "an agent that hears nothing yields whenever its answer ends soon; the note counts these"),
    Difference("recording ends in the window", "not said", "no yield", "censored", "nobody knows"),
    Difference("response rate", "the user had to speak again",
               "speech that ends with the agent speaking is overlooked, so talking into it is an answer",
               "any speech but a backchannel ends the wait", "the user did speak again"),
    Difference("answer at once", "the agent's start after the user's end",
               "in the tick after the user it was speaking already: neither turn nor answer", "an answer after 0 ms",
               "the fastest answers are not in the mean"),
    Difference("collision", "not said", "both interrupt each other", "apart, within 200 ms", "neither saw it coming"),
    Difference("selectivity, agent speaking", "yielded within 1.0 s",
               "in speech under 1.0 s, between turns up to 1.0 s", "stopped by a report of it",
               "the agent may just have finished"),
    Difference("selectivity, between turns", "share of all such sounds",
               "over a speaking agent only errors are counted", "all that met a heard agent",
               "the rate can only fall: what was ignored is not in it"),
    Difference("selectivity, agent silent", "answered within 2.0 s",
               "from the speech that holds the sound, not from the sound", "no event: nothing was stopped",
               "a cough inside a question makes the due answer an error"),
    Difference("agent interrupts", "starts per turn that waits for an answer; can exceed 1", "",
               "cut-offs per hold and per turn; overlap in ms", "a start of 0.2 s and one of 8 s are one start each"),
    Difference("means", "mean latency", "", "median, with its n", "one long wait moves a mean of five"),
)  # fmt: skip

TAU_VOICE = Definition(
    "tau-voice", "sierra-research/tau2-bench", (DEFINED, CODED),
    "to know when user and agent were heard: labels and a player's log, or a log of ticks",
    score, lambda c: c.agent is not None and c.sounds is not None, DIFFERENCES,
)  # fmt: skip
