"""The gate: decides which audio may reach the loudspeaker. Holds no clock, no sound, no I/O.

A live client and a replay call the same two methods, :meth:`Gate.receive` and :meth:`Gate.advance`, and obey the
decisions that come back. Time is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass

from bargein.events import (
    BargeIn,
    Delta,
    Event,
    ResponseCreated,
    SpeechStarted,
    SpeechStopped,
    StaleDelta,
    TimedOut,
    stale,
)
from bargein.gate.policies import Policy
from bargein.gate.tables import IDLE, OPEN, PENDING, TRIGGER_EVENTS, Action, Flow, Watch


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
    """A policy at work on one stream of events.

    Parameters
    ----------
    policy
        Trigger, reaction and their parameters.

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

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.flow: Flow = OPEN
        self.watch: Watch = IDLE
        self.seen: set[str] = set()
        self.revoked: set[str] = set()
        self.cuts: list[Cut] = []
        self._pending_until: int | None = None
        self._away_until: int | None = None

    @property
    def deadline(self) -> int | None:
        """The next instant at which :meth:`advance` will do something by itself; None when nothing is due."""
        pending, away = self._pending_until, self._away_until
        if pending is None or away is None:
            return away if pending is None else pending
        return min(pending, away)

    def receive(self, event: Event) -> list[Decision]:
        """Apply one event; deadlines due at or before it are served first, each at its own time.

        Parameters
        ----------
        event
            Not earlier than what was received before.
        """
        decisions = self.advance(event.at)
        if isinstance(event, (SpeechStarted, SpeechStopped)) and event.source != self.policy.trigger.source:
            return decisions
        known = self._learn(event)
        decisions += self._react(known)
        if type(event) in TRIGGER_EVENTS:
            decisions += self._judge(event)
        return decisions

    def advance(self, now: int) -> list[Decision]:
        """Serve every deadline due by ``now``, earliest first, dated when it fell due, not when we looked."""
        decisions: list[Decision] = []
        while (due := self.deadline) is not None and due <= now:
            if due == self._pending_until:
                self._pending_until = None
                decisions += self._judge(TimedOut(due))
            else:
                self._away_until = None
                decisions += self._react(TimedOut(due))
        return decisions

    def lets(self, response: str) -> bool:
        """Whether a piece of this response, had it come now, would be played or kept to be played."""
        kind = StaleDelta if response in self.revoked else Delta
        return self.policy.reaction.table[self.flow, kind][1] is not Action.DROP

    def _learn(self, event: Event) -> Event:
        """What is known before the lookup: a delta of a revoked response is its own kind of event."""
        if isinstance(event, Delta):
            if event.response in self.revoked:
                return stale(event)
            self.seen.add(event.response)
        elif isinstance(event, ResponseCreated):
            self.seen.add(event.response)
        return event

    def _judge(self, event: Event) -> list[Decision]:
        """Ask the trigger, and tell the reaction its verdict."""
        before = self.watch
        self.watch, verdict = self.policy.trigger.table[before, type(event)]
        if self.watch is not PENDING:
            self._pending_until = None
        elif before is not PENDING and self.policy.trigger.wait_ms is not None:
            self._pending_until = event.at + self.policy.trigger.wait_ms
        if verdict is None:
            return []
        if verdict is BargeIn:
            self.revoked |= self.seen
            self.cuts.append(Cut(event.at, frozenset(self.revoked)))
        return self._react(verdict(event.at))

    def _react(self, event: Event) -> list[Decision]:
        """Ask the reaction; arm its deadline when it leaves OPEN, drop it on the way back."""
        row = self.policy.reaction.table.get((self.flow, type(event)))
        if row is None:
            return []
        before = self.flow
        self.flow, action = row
        if self.flow is OPEN:
            self._away_until = None
        elif (before is OPEN or type(event) is BargeIn) and self.policy.reaction.timeout_ms is not None:
            self._away_until = event.at + self.policy.reaction.timeout_ms
        if action is None:
            return []
        return [Decision(event.at, action, event if isinstance(event, Delta) else None)]
