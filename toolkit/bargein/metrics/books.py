"""What do the books say, and what was true? Speaking time and silence, by arrival and as heard.

*Arrival accounting* is how the voice-interview app behind this project (``docs/origin.md``) kept its books on the
server: an agent's turn lasts from its first audio delta to ``audio.done``. Generation is faster than real time, so
that is neither how long the agent spoke nor when. *Heard accounting* asks the same questions of what left the
loudspeaker and of the user's labelled speech. Both are values of one type, so that they can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bargein.events import AudioDone, Delta, Event, ResponseDone, SpeechStarted, SpeechStopped
from bargein.ledger import Heard, need
from bargein.metrics.audible import Voiced, audible, starts
from bargein.metrics.onsets import EARLY_MS, SIGNAL_WITHIN_MS
from bargein.timeline import Span, Timeline
from bargein.units import nearest_rank

#: Silences shorter than this are not booked (the origin's figure).
MIN_SILENCE_MS = 100
#: A barge-in this soon after the agent's first audio is rapid: the agent answered too early (the origin's figure).
RAPID_MS = 1_500

INITIAL, POST_AGENT, POST_USER = "initial", "post_agent", "post_user"
CONTEXTS = (INITIAL, POST_AGENT, POST_USER)


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which nobody spoke, by who spoke last."""

    context: str
    span: Span


@dataclass(frozen=True, slots=True)
class Books:
    """Speaking time and silence of one session, under one way of accounting.

    Parameters
    ----------
    length_ms
        The session's length.
    agent_ms, user_ms
        Speaking time, milliseconds.
    silences
        Stretches of 100 ms or more in which nobody spoke.
    turns
        Agent turns counted.
    barge_ins
        When interruptions were noticed (of the truth: when they began), ms.
    rapid
        How many of them came within 1.5 s of the agent's first audio.
    agent_turns
        When the agent is said to have spoken.
    overlap_ms
        Time in which both spoke. Arrival accounting knows none: it takes such time off twice.
    """

    length_ms: int
    agent_ms: int
    user_ms: int
    silences: tuple[Silence, ...]
    turns: int
    barge_ins: tuple[int, ...]
    rapid: int
    agent_turns: tuple[Span, ...]
    overlap_ms: int = 0

    @property
    def silence_ms(self) -> int:
        """What the session's length leaves when both speakers are taken off, not below 0 (the origin's total)."""
        return max(0, self.length_ms - self.user_ms - self.agent_ms + self.overlap_ms)

    def silence_by_context(self) -> dict[str, int]:
        """Booked silence per context, milliseconds."""
        sums = dict.fromkeys(CONTEXTS, 0)
        for silence in self.silences:
            sums[silence.context] += silence.span.ms
        return sums

    def silence_percentile(self, percent: float) -> int | None:
        """Length of silence at a percentile, by nearest rank; None without silences."""
        return nearest_rank([s.span.ms for s in self.silences], percent)


class _Clerk:
    """The origin's server at its books: a handful of timestamps, changed by events as they arrive."""

    def __init__(self, fixed: bool) -> None:
        self.fixed = fixed
        self.agent_start: int | None = None
        self.agent_speaking = False
        self.agent_end: int | None = None
        self.user_start: int | None = None
        self.user_end: int | None = None
        self.first_audio: int | None = None
        self.agent_ms = self.user_ms = self.rapid = 0
        self.barge_ins: list[int] = []
        self.silences: list[Silence] = []
        self.turns: list[Span] = []

    def someone_starts(self, at: int) -> None:
        """Book the silence before, when nobody was speaking."""
        if self.agent_speaking or self.user_start is not None:
            return
        ends = [(self.agent_end, POST_AGENT), (self.user_end, POST_USER)]
        start, context = max(((t, c) for t, c in ends if t is not None), default=(0, INITIAL))
        if at - start >= MIN_SILENCE_MS:
            self.silences.append(Silence(context, Span(start, at)))

    def agent_stops(self, at: int) -> None:
        """Book the agent's turn."""
        if self.agent_start is None:
            return
        self.agent_ms += at - self.agent_start
        self.turns.append(Span(self.agent_start, at))
        self.agent_start, self.agent_end = None, at
        self.agent_speaking = False

    def book(self, event: Event) -> None:
        match event:
            case Delta():
                if not self.agent_speaking:
                    self.someone_starts(event.at)
                    self.first_audio = event.at
                if self.agent_start is None:  # a start that dangles since a cancelled response is kept: fault 1
                    self.agent_start = event.at
                self.agent_speaking = True
            case AudioDone():
                self.agent_stops(event.at)
            case ResponseDone():
                self.agent_speaking = False  # ends the turn, but not its time, nor when it ended: fault 2
            case SpeechStarted():
                if self.agent_start is not None:
                    self.barge_ins.append(event.at)
                    self.rapid += event.at - (self.first_audio or 0) <= RAPID_MS
                    if self.fixed:
                        self.agent_stops(event.at)
                self.someone_starts(event.at)
                if self.user_start is None:
                    self.user_start = event.at
            case SpeechStopped():
                if self.user_start is not None:
                    self.user_ms += event.at - self.user_start
                    self.user_start, self.user_end = None, event.at
            case _:
                pass


def arrival_books(events: Iterable[Event], length_ms: int, *, fixed: bool = False) -> Books:
    """Keep the books as the origin's server did: by what arrived, when it arrived.

    Parameters
    ----------
    events
        What the server received, in order; local detectors' edges are not among it.
    length_ms
        The session's length.
    fixed
        With the origin's later fix: at ``speech_started`` an open response is booked up to then.

    Returns
    -------
    The books. Without the fix, a response that never sends ``audio.done`` leaves its start dangling, and the next one
    is over-counted; its end is stale, and the silence booked at the barge-in covers agent speech.

    References
    ----------
    ``docs/origin.md``, arrival accounting.

    Examples
    --------
    >>> log = [Delta(1_000, "A"), AudioDone(2_000, "A"), SpeechStarted(5_000), SpeechStopped(6_000)]
    >>> books = arrival_books(log, 10_000)
    >>> books.agent_ms, [(s.context, s.span.ms) for s in books.silences]
    (1000, [('initial', 1000), ('post_agent', 3000)])
    """
    clerk = _Clerk(fixed)
    for event in events:
        clerk.book(event)
    return Books(length_ms, clerk.agent_ms, clerk.user_ms, tuple(clerk.silences), len(clerk.turns),
                 tuple(clerk.barge_ins), clerk.rapid, tuple(clerk.turns))  # fmt: skip


def heard_books(
    heard: Heard, user: Timeline, length_ms: int, barge_ins: Iterable[int] = (), voiced: Voiced | None = None
) -> Books:
    """Keep the same books of what was heard and of what the user really said.

    Parameters
    ----------
    heard
        What left the loudspeaker.
    user
        The user's labelled speech.
    length_ms
        The session's length.
    barge_ins
        Labelled onsets of interruptions that met a heard agent, session ms.
    voiced
        Where the agent's audio holds a voice: speaking time is what was audible.

    Raises
    ------
    StageError
        ``heard`` is generated or delivered audio.

    Examples
    --------
    >>> heard = Heard.of({"A": [Span(1_000, 5_500)]})
    >>> books = heard_books(heard, Timeline([Span(5_000, 6_000)]), 10_000, [5_000])
    >>> books.agent_ms, [(s.context, s.span.ms) for s in books.silences], books.barge_ins
    (4500, [('initial', 1000), ('post_user', 4000)], (5000,))
    """
    need(heard, Heard, "heard accounting")
    agent = audible(heard, voiced)
    ends = {s.end: POST_AGENT for s in agent} | {s.end: POST_USER for s in user}
    silences = tuple(
        Silence(ends.get(gap.start, INITIAL), gap)
        for gap in (agent | user).gaps(Span(0, length_ms))
        if gap.ms >= MIN_SILENCE_MS
    )
    began, met = starts(heard, voiced), tuple(barge_ins)
    rapid = sum(t - max((b for b in began if b <= t), default=t - RAPID_MS - 1) <= RAPID_MS for t in met)
    return Books(length_ms, agent.ms, user.ms, silences, len(began), met, rapid, agent.spans, (agent & user).ms)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where arrival accounting went wrong on one session, by name.

    Parameters
    ----------
    over_counted_ms
        Booked agent time less audible agent time; negative when speech was missed.
    phantom_silence_ms
        Booked silence during which the agent was audible.
    unseen_barge_ins
        Interruptions of a heard agent that the books did not take for one: mostly, because generation had ended.
    """

    over_counted_ms: int
    phantom_silence_ms: int
    unseen_barge_ins: int


def difference(booked: Books, true: Books) -> Difference:
    """Name the difference between the books and what was heard.

    Examples
    --------
    >>> log = [Delta(1_000, "A"), AudioDone(2_000, "A"), SpeechStarted(5_000), SpeechStopped(6_000)]
    >>> heard = heard_books(Heard.of({"A": [Span(1_000, 5_000)]}), Timeline([Span(4_900, 5_900)]), 10_000, [4_900])
    >>> difference(arrival_books(log, 10_000), heard)
    Difference(over_counted_ms=-3000, phantom_silence_ms=3000, unseen_barge_ins=1)
    """
    silent = Timeline(s.span for s in booked.silences)
    phantom = (silent & Timeline(true.agent_turns)).ms
    return Difference(booked.agent_ms - true.agent_ms, phantom, len(_unseen(true.barge_ins, booked.barge_ins)))


def _unseen(began: Sequence[int], noticed: Sequence[int]) -> list[int]:
    """Give the interruptions that nothing in the books answers: one by one, not total against total."""
    unseen, left = [], list(noticed)
    for i, t in enumerate(began):
        until = min([t + SIGNAL_WITHIN_MS, *(later - EARLY_MS for later in began[i + 1 : i + 2])])
        answer = next((n for n in left if t - EARLY_MS <= n <= until), None)
        if answer is None:
            unseen.append(t)
        else:
            left.remove(answer)
    return unseen
