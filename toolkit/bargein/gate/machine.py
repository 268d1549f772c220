"""The gate: decides which audio may reach the loudspeaker. Holds no clock, no sound, no I/O.

A live client and a replay call the same two methods, :meth:`Gate.receive` and :meth:`Gate.advance`, and obey the
decisions that come back. Time is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass

from bargein.events import (
    PROVIDER,
    TRANSCRIPT,
    BargeIn,
    Delta,
    EnoughWords,
    Event,
    ResponseCreated,
    SpeechStarted,
    SpeechStopped,
    StaleDelta,
    TimedOut,
    UserText,
    stale,
)
from bargein.gate.policies import Policy
from bargein.gate.tables import HELD, OPEN, TRIGGER_EVENTS, Action, Flow, Reaction, Trigger, Watch

_JUDGED = frozenset(TRIGGER_EVENTS)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with the agent's sound, and when it was decided. ``delta`` is set for PLAY, HOLD and DROP."""

    at: int
    action: Action
    delta: Delta | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """The user took the floor: from ``at`` on no response in ``revoked`` may sound, whatever still arrives of it."""

    at: int
    revoked: frozenset[str]


class Gate:
    """Two tables at work on one stream of events.

    Parameters
    ----------
    policy
        Trigger, reaction and their parameters.
    reaction
        Another reaction to the same trigger: a relay's.

    Examples
    --------
    >>> from bargein.gate import policy
    >>> gate = Gate(policy("keyed"))
    >>> a = Delta(0, "A", "a", 0, 2_400)
    >>> [d.action.name for d in gate.receive(a)]
    ['PLAY']
    >>> [d.action.name for d in gate.receive(SpeechStarted(400))]
    ['FLUSH']
    >>> [d.action.name for d in gate.receive(Delta(410, "A", "a", 2_400, 2_400))]
    ['DROP']
    >>> [d.action.name for d in gate.receive(Delta(900, "B", "b", 0, 2_400))]
    ['PLAY']
    """

    def __init__(self, policy: Policy, reaction: Reaction | None = None) -> None:
        self.policy = policy
        self.trigger: Trigger = policy.trigger
        self.reaction: Reaction = reaction or policy.reaction
        self.flow: Flow = OPEN
        self.watch: Watch = self.trigger.start
        self.seen: set[str] = set()
        self.revoked: set[str] = set()
        self.cuts: list[Cut] = []
        self._edges = PROVIDER if self.trigger.source == TRANSCRIPT else self.trigger.source
        self._waits = self.trigger.waits
        self._said_enough: set[str] = set()  # utterances that have reached the words a trigger asks for
        self._watch_until: int | None = None
        self._away_until: int | None = None

    @property
    def deadline(self) -> int | None:
        """The next instant at which :meth:`advance` will do something by itself; None when nothing is due."""
        watch, away = self._watch_until, self._away_until
        if watch is None or away is None:
            return away if watch is None else watch
        return min(watch, away)

    def receive(self, event: Event) -> list[Decision]:
        """Apply one event; deadlines due at or before it are served first, each at its own time.

        Parameters
        ----------
        event
            Not earlier than what was received before.
        """
        decisions = self.advance(event.at)
        if isinstance(event, (SpeechStarted, SpeechStopped)) and event.source != self._edges:
            return decisions
        known = self._learn(event)
        decisions += self._react(known)
        if type(known) in _JUDGED:
            decisions += self._judge(known)
        return decisions

    def advance(self, now: int) -> list[Decision]:
        """Serve every deadline due by ``now``, earliest first, dated when it fell due, not when we looked."""
        decisions: list[Decision] = []
        while (due := self.deadline) is not None and due <= now:
            if due == self._watch_until:
                self._watch_until = None
                decisions += self._judge(TimedOut(due))
            else:
                self._away_until = None
                decisions += self._react(TimedOut(due))
        return decisions

    def lets(self, response: str) -> bool:
        """Whether a piece of this response, had it come now, would be played or kept to be played."""
        kind = StaleDelta if response in self.revoked else Delta
        return self.reaction.table[self.flow, kind][1] is not Action.DROP

    def _learn(self, event: Event) -> Event:
        """What is known before the lookup makes a more specific event: of a revoked response, of enough words."""
        if isinstance(event, Delta):
            if event.response in self.revoked:
                return stale(event)
            self.seen.add(event.response)
        elif isinstance(event, ResponseCreated):
            self.seen.add(event.response)
        elif isinstance(event, UserText) and self._enough(event):
            self._said_enough.add(event.item)
            return EnoughWords(event.at, event.item, event.text, event.final)
        return event

    def _enough(self, said: UserText) -> bool:
        words = len(said.text.split())
        return 0 < self.trigger.min_words <= words and said.item not in self._said_enough

    def _judge(self, event: Event) -> list[Decision]:
        """Ask the trigger, and tell the reaction its verdict."""
        before = self.watch
        self.watch, verdict = self.trigger.table[before, type(event)]
        if self.watch is not before:
            wait = self._waits.get(self.watch)
            self._watch_until = None if wait is None else event.at + wait
        return [] if verdict is None else self._react(verdict(event.at))

    def _react(self, event: Event) -> list[Decision]:
        """Ask the reaction; arm its deadline while it is away from OPEN; a cut revokes what has been seen."""
        kind = type(event)
        row = self.reaction.table.get((self.flow, kind))
        if row is None:
            return []
        before = self.flow
        self.flow, action = row
        if self.flow is OPEN:
            self._away_until = None
        elif self.reaction.timeout_ms is not None and self._arms(kind, before):
            self._away_until = event.at + self.reaction.timeout_ms
        # What is only held may go on; whoever flushes, or lets a verdict pass, has given the floor away.
        if action is Action.FLUSH or (kind is BargeIn and self.flow is not HELD):
            self.revoked |= self.seen
            self.cuts.append(Cut(event.at, frozenset(self.revoked)))
        if action is None:
            return []
        return [Decision(event.at, action, event if isinstance(event, Delta) else None)]

    def _arms(self, kind: type[Event], before: Flow) -> bool:
        by = self.reaction.armed_by
        return kind in by if by is not None else before is OPEN or kind is BargeIn
