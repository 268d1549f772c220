"""The session's own client while it is being composed: a gate, a player, and what it tells the provider.

The same gate and player as a replay's, stepped together with the provider model; a test holds that a replay of the
finished session hears the same samples.
"""

from __future__ import annotations

from dataclasses import dataclass

from bargein.events import Event
from bargein.gate import Action, Decision, Gate, Policy
from bargein.ledger import Heard
from bargein.playback import Player
from bargein.units import ms_of


@dataclass(frozen=True, slots=True)
class Stop:
    """The player was silenced: in which item, after how much of it."""

    at: int
    item: str
    heard_ms: int


class Client:
    """A client of one session.

    Parameters
    ----------
    policy
        Its gate.
    rate
        Samples per second of the agent's audio.
    """

    def __init__(self, policy: Policy, rate: int) -> None:
        self.gate = Gate(policy)
        self.player = Player(rate, disconnects=policy.disconnects)
        self.stops: list[Stop] = []
        self._rate = rate

    @property
    def deadline(self) -> int | None:
        """When :meth:`catch_up` will next have something to do."""
        return min((t for t in (self.gate.deadline, self.player.due) if t is not None), default=None)

    def catch_up(self, now: int) -> list[Event]:
        """Serve deadlines and playback up to ``now``; gives playback's reports.

        At one instant the gate's deadline comes first, as in a replay.
        """
        reports: list[Event] = []
        while (first := self.deadline) is not None and first <= now:
            if self.gate.deadline == first:
                self._obey(self.gate.advance(first))
            else:
                for report in self.player.advance(first):
                    reports.append(report)
                    self._obey(self.gate.receive(report))
        return reports

    def receive(self, event: Event) -> None:
        """Take an event of the provider or of a local detector."""
        self._obey(self.gate.receive(event))

    def heard(self, until: int) -> Heard:
        """Give what has sounded."""
        return self.player.heard(until)

    def _obey(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            match decision.action:
                case Action.PLAY | Action.HOLD if decision.delta is not None:
                    self.player.play(decision.delta, decision.at)
                case Action.HOLD:
                    self.player.hold(decision.at)
                case Action.RESUME:
                    self.player.resume(decision.at)
                case Action.FLUSH:
                    self._flush(decision.at)
                case _:
                    pass

    def _flush(self, at: int) -> None:
        rows = self.player.heard(at).rows
        self.player.flush(at)
        if rows and rows[-1].span(self._rate).end >= at - 1:
            last = rows[-1]
            self.stops.append(Stop(at, last.item, ms_of(last.first + last.samples, self._rate)))
