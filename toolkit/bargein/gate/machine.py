"""The gate: decides which audio may reach the loudspeaker. Holds no clock, no sound, no I/O.

A live client and a replay call the same two methods, :meth:`Gate.receive` and :meth:`Gate.advance`, and obey the
decisions that come back. Time is an argument.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from operator import attrgetter
from typing import NamedTuple

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
)
from bargein.gate.policies import Policy
from bargein.gate.tables import HELD, OPEN, Action, Flow, Reaction, Trigger, Watch, by_state


class Decision(NamedTuple):
    """What to do with the agent's sound, and when it was decided. ``delta`` is set for PLAY, HOLD and DROP."""

    at: int
    action: Action
    delta: Delta | None = None


#: The same as Decision._make, for as many as a log has deltas.
_DECISION = partial(tuple.__new__, Decision)
_AT, _RESPONSE = attrgetter("at"), attrgetter("response")


@dataclass(frozen=True, slots=True)
class Cut:
    """The user took the floor: from ``at`` on no response in ``revoked`` may sound, whatever still arrives of it."""

    at: int
    revoked: frozenset[str]


def bursts(events: Iterable[Event], heeded: Container[type[Event]]) -> Iterator[tuple[list[Delta], Event | None]]:
    """Take a log apart for a gate: the deltas up to the next event that is heeded, and that event; all others pass it.

    Examples
    --------
    >>> a, b = Delta(0, "A"), Delta(9, "A")
    >>> [(len(d), e and e.at) for d, e in bursts([a, UserText(3), b, SpeechStarted(10), a], {SpeechStarted})]
    [(2, 10), (1, None)]
    """
    deltas: list[Delta] = []
    for event in events:
        kind = type(event)
        if kind is Delta:
            deltas.append(event)  # type: ignore[arg-type]
        elif kind in heeded:
            yield deltas, event
            deltas = []
    if deltas:
        yield deltas, None


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
        self._verdicts, self._rows = by_state(self.trigger.table), by_state(self.reaction.table)
        self._verdict, self._row = self._verdicts[self.watch], self._rows[self.flow]  # of the state it is in
        self._said_enough: set[str] = set()  # utterances that have reached the words a trigger asks for
        self._watch_until: int | None = None
        self._away_until: int | None = None
        #: Kinds of events that can change anything; of others nothing need be said to it.
        self.heeds = self._heeded()
        #: The next instant at which :meth:`advance` will do something by itself; None when nothing is due.
        self.deadline: int | None = None

    def receive(self, event: Event) -> list[Decision]:
        """Apply one event; deadlines due at or before it are served first, each at its own time.

        Parameters
        ----------
        event
            Not earlier than what was received before.
        """
        due = self.deadline
        decisions = self.advance(event.at) if due is not None and due <= event.at else []
        kind = type(event)
        if isinstance(event, Delta):
            response = event.response
            if response in self.revoked:
                kind = StaleDelta  # what is known before the lookup makes it a more specific event
            else:
                self.seen.add(response)
        elif isinstance(event, (SpeechStarted, SpeechStopped)):
            if event.source != self._edges:
                return decisions
        elif isinstance(event, UserText) and self._enough(event):
            kind = EnoughWords
        if kind is EnoughWords and isinstance(event, UserText) and (kind in self._row or kind in self._verdict):
            self._said_enough.add(event.item)  # spent: the same utterance takes the floor once
        if kind in self._row or self.flow is not OPEN:
            self._react(kind, event, decisions)
        if kind in self._verdict:
            self._judge(kind, event.at, decisions)
        if isinstance(event, ResponseCreated):
            self.seen.add(event.response)  # only now: a reply that ends what is held is not given away with it
        return decisions

    def receive_all(self, deltas: Sequence[Delta]) -> list[Decision]:
        """Apply deltas between which nothing else happens: the same as :meth:`receive` of each, much faster."""
        known, stale = self._row[Delta], self._row[StaleDelta]
        ends = self.deadline is not None and bool(deltas) and self.deadline <= deltas[-1].at
        if ends or not (known[0] is stale[0] is self.flow is OPEN):
            return [decision for delta in deltas for decision in self.receive(delta)]
        responses, revoked, keep, drop = set(map(_RESPONSE, deltas)), self.revoked, known[1], stale[1]
        self.seen.update(responses - revoked)
        if revoked.isdisjoint(responses):  # most of a log
            return list(map(_DECISION, zip(map(_AT, deltas), repeat(keep), deltas, strict=False)))
        fates = [drop if d.response in revoked else keep for d in deltas]
        return list(map(_DECISION, zip(map(_AT, deltas), fates, deltas, strict=True)))

    def advance(self, now: int) -> list[Decision]:
        """Serve every deadline due by ``now``, earliest first, dated when it fell due, not when we looked."""
        decisions: list[Decision] = []
        while (due := self.deadline) is not None and due <= now:
            if due == self._watch_until:
                self._until(watch=None, away=self._away_until)
                self._judge(TimedOut, due, decisions)
            else:
                self._until(watch=self._watch_until, away=None)
                self._react(TimedOut, TimedOut(due), decisions)
        return decisions

    def lets(self, response: str) -> bool:
        """Whether a piece of this response, had it come now, would be played or kept to be played."""
        kind = StaleDelta if response in self.revoked else Delta
        return self.reaction.table[self.flow, kind][1] is not Action.DROP

    def _heeded(self) -> frozenset[type[Event]]:
        kinds: set[type[Event]] = {Delta, StaleDelta, ResponseCreated}
        kinds.update(*self._rows.values(), *self._verdicts.values())
        kinds.update(self.reaction.armed_by or (), self.reaction.stopped_by)
        return frozenset(kinds | ({UserText} if EnoughWords in kinds else set()))

    def _enough(self, said: UserText) -> bool:
        """Whether an utterance has the words that a trigger asks for, and has not taken the floor by them yet."""
        return 0 < self.trigger.min_words <= len(said.text.split()) and said.item not in self._said_enough

    def _judge(self, kind: type[Event], at: int, decisions: list[Decision]) -> None:
        """Ask the trigger, and tell the reaction its verdict."""
        row = self._verdict.get(kind)
        if row is None:
            return
        before = self.watch
        self.watch, verdict = row
        if self.watch is not before:
            self._verdict = self._verdicts[self.watch]
            wait = self._waits.get(self.watch)
            self._until(watch=None if wait is None else at + wait, away=self._away_until)
        if verdict is not None:
            self._react(verdict, verdict(at), decisions)

    def _react(self, kind: type[Event], event: Event, decisions: list[Decision]) -> None:
        """Ask the reaction; arm its deadline while it is away from OPEN; a cut revokes what has been seen."""
        before, row = self.flow, self._row.get(kind)
        action = None  # nothing changes; yet a deadline may start anew, or a verdict pass
        if row is not None:
            self.flow, action = row
            if self.flow is not before:
                self._row = self._rows[self.flow]
        if self.flow is not OPEN:
            if self.reaction.timeout_ms is not None and self._arms(kind, before):
                self._until(watch=self._watch_until, away=event.at + self.reaction.timeout_ms)
            elif kind in self.reaction.stopped_by:
                self._until(watch=self._watch_until, away=None)
        elif before is not OPEN:
            self._until(watch=self._watch_until, away=None)
        # What is only held may go on; whoever flushes, or lets a verdict pass, has given the floor away.
        if action is Action.FLUSH or (kind is BargeIn and self.flow is not HELD):
            self.revoked |= self.seen
            self.cuts.append(Cut(event.at, frozenset(self.revoked)))
        if action is not None:
            decisions.append(Decision(event.at, action, event if isinstance(event, Delta) else None))

    def _until(self, *, watch: int | None, away: int | None) -> None:
        """Set both deadlines, and the earlier one beside them."""
        self._watch_until, self._away_until = watch, away
        self.deadline = min((t for t in (watch, away) if t is not None), default=None)

    def _arms(self, kind: type[Event], before: Flow) -> bool:
        by = self.reaction.armed_by
        return kind in by if by is not None else before is OPEN or kind is BargeIn
