"""The client: a gate and a player that obeys it, stepped by time; the same in a replay and in a composed scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from bargein.events import Audible, Delta, Drained, Event
from bargein.gate import Action, Decision, Gate, Policy
from bargein.ledger import Heard
from bargein.outcome import Link
from bargein.playback import Player
from bargein.units import ms_of

ACTION, DELTA = attrgetter("action"), attrgetter("delta")


@dataclass(frozen=True, slots=True)
class Stop:
    """The player was silenced: in which item, after how much of it had been heard."""

    at: int
    response: str
    item: str
    content: int
    heard_ms: int


class Client:
    """A client of one session.

    Parameters
    ----------
    policy
        Its gate, and how its player stops.
    rate
        Samples per second of the agent's audio.
    link
        How its player starts and hands over, and what a carrier keeps.
    """

    def __init__(self, policy: Policy, rate: int, link: Link | None = None) -> None:
        link, how = link or Link(), policy.player
        self.gate = Gate(policy)
        self.player = Player(
            rate, disconnects=how.disconnects, start_latency_ms=link.start_latency_ms, gap_ms=link.handover_gap_ms,
            stop_ms=how.stop_ms, beyond_ms=link.beyond_ms(how),
        )  # fmt: skip
        self.decisions: list[Decision] = []
        self.stops: list[Stop] = []
        self._rate = rate
        self._waits_for_sound = not self.gate.heeds.isdisjoint((Audible, Drained))

    @property
    def deadline(self) -> int | None:
        """When :meth:`catch_up` will next have something to do."""
        mine, due = self.gate.deadline, self.player.due
        if mine is None or due is None:
            return due if mine is None else mine
        return min(mine, due)

    def catch_up(self, now: int) -> list[Event]:
        """Serve deadlines and playback up to ``now``, in order of time; at one instant the gate's deadline first.

        Returns
        -------
        What playback reported.
        """
        reports: list[Event] = []
        gate, player = self.gate, self.player
        while True:
            mine, due = gate.deadline, player.due
            if mine is not None and mine <= now and (due is None or mine <= due):
                self._obey(gate.advance(mine))
            elif due is not None and due <= now:
                for report in player.advance(due):
                    reports.append(report)
                    self._obey(gate.receive(report))
            else:
                return reports

    def receive(self, event: Event) -> None:
        """Take an event of the provider or of a local detector; :meth:`catch_up` to its time comes first."""
        self._obey(self.gate.receive(event))

    def receive_all(self, deltas: Sequence[Delta]) -> None:
        """Take deltas between which nothing else happens: the same as to catch up and receive each, faster."""
        if not deltas:
            return
        due = self.gate.deadline
        if self._waits_for_sound or (due is not None and due <= deltas[-1].at):
            for delta in deltas:
                self.catch_up(delta.at)
                self.receive(delta)
            return
        self._obey(self.gate.receive_all(deltas))

    def heard(self, until: int) -> Heard:
        """Give what has sounded."""
        return self.player.heard(until)

    def _obey(self, made: list[Decision]) -> None:
        self.decisions += made
        for action, alike in groupby(made, ACTION):
            if action is Action.PLAY:  # most of a log
                self.player.play_all(filter(None, map(DELTA, alike)))
                continue
            for at, _, delta in alike:
                match action:
                    case Action.HOLD:
                        self.player.hold(at)
                        if delta is not None:
                            self.player.play(delta, at)
                    case Action.RESUME:
                        self.player.resume(at)
                    case Action.FLUSH:
                        self._flush(at)
                    case Action.DUCK | Action.LIFT:
                        self.player.duck(at, softer=action is Action.DUCK)
                    case Action.DROP:
                        pass

    def _flush(self, at: int) -> None:
        last = self.player.last_sounded(at)
        self.player.flush(at)
        if last is not None and last.span(self._rate).end >= at - 1:
            heard_ms = ms_of(last.first + last.samples, self._rate)
            self.stops.append(Stop(at, last.response, last.item, last.content, heard_ms))
