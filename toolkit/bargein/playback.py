"""The client's player: decisions in, what was heard out.

A model of a Web Audio queue: each delta becomes a source node; nodes play one after another without a gap; a flush
stops the node that sounds and forgets those that wait. Stopping a node does not take it out of the graph: a client
that never disconnects leaves it there, and the player counts that. Deltas that come in a row are one longer node here:
what is heard does not tell them apart.

Times come from runs: an unbroken run of sound keeps its start and its number of samples, so that pieces fit together
and cutting a delta in two changes nothing. A node's place is known when it is queued, so nothing has to be done while
it plays: the player is asked only when a response becomes audible, and when it runs dry.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from bargein.events import Audible, Delta, Drained, Event
from bargein.ledger import Basis, Heard, Played
from bargein.units import SECOND, ms_covering, samples_in


@dataclass(slots=True)
class Nodes:
    """Source nodes that were stopped, counted. A node that ends by itself leaves the graph by itself."""

    stopped: int = 0
    disconnected: int = 0

    @property
    def left_connected(self) -> int:
        """Stopped, but never taken out of the graph."""
        return self.stopped - self.disconnected


def _later(delta: Delta, samples: int) -> Delta:
    """Give a delta without its first samples."""
    return replace(delta, first=delta.first + samples, samples=delta.samples - samples)


class _Node(NamedTuple):
    """A delta in the queue, and where it was placed.

    The first of its samples is number ``offset`` of the run that begins at ``run``; it sounds ``start .. end``, ms.
    """

    delta: Delta
    run: int
    offset: int
    start: int
    end: int

    def piece(self, samples: int) -> Played:
        d = self.delta
        return Played(self.run, self.offset, d.response, d.item, d.first, samples, d.content)


class Player:
    """A queue of agent audio in front of a loudspeaker.

    Parameters
    ----------
    rate
        Samples per second of the agent's audio.
    disconnects
        Whether a stopped node is also disconnected.
    start_latency_ms
        Time from a delta that meets an empty queue to its first sound.
    gap_ms
        Silence between two nodes: where the end of one is only noticed, and then the next is started.
    stop_ms
        From a flush to the last sample: a fade-out, in heard time.
    beyond_ms
        Audio that has left the player's reach when it is flushed: handed to the sound device or to a carrier.

    Examples
    --------
    >>> player = Player(24_000)
    >>> player.play(Delta(0, "A", "a", 0, 4_800), 0)
    >>> player.flush(150)
    >>> player.heard(1_000).timeline(), player.nodes.left_connected
    (Timeline(0..150), 0)
    """

    def __init__(
        self, rate: int, *, disconnects: bool = True, start_latency_ms: int = 0, gap_ms: int = 0, stop_ms: int = 0,
        beyond_ms: int = 0,
    ) -> None:  # fmt: skip
        self.rate = rate
        self.nodes = Nodes()
        self.stops: list[int] = []  # when sound was cut, in heard time
        self.levels: list[tuple[int, bool]] = []  # from when on it was played softer, or not
        self._disconnects = disconnects
        self._latency, self._gap = start_latency_ms, gap_ms
        self._tail, self._beyond = max(stop_ms, beyond_ms), beyond_ms
        self._queue: deque[_Node] = deque()
        self._waiting: deque[Delta] = deque()  # while it is held
        self._done: list[_Node] = []
        self._playing = self._held = self._head_started = False
        self._run = self._samples = self._dry = 0  # of the last run: start, samples, when it ends
        self._coming: deque[tuple[int, str]] = deque()  # responses that will become audible, and when
        self._announced: set[str] = set()  # those that have, or will
        self._reports: list[Event] = []  # what happened and has not been told yet

    @property
    def queued(self) -> int:
        """Samples that have not begun to sound or are sounding."""
        return sum(n.delta.samples for n in self._queue) + sum(d.samples for d in self._waiting)

    @property
    def due(self) -> int | None:
        """The next instant at which :meth:`advance` will report something; None when nothing is under way."""
        if self._reports:
            return self._reports[0].at
        if not self._playing:
            return None
        return self._coming[0][0] if self._coming else self._dry

    def play(self, delta: Delta, at: int) -> None:
        """Put a delta behind what waits already; starts to sound at once when nothing does."""
        if not delta.samples:
            return
        if self._playing and self._dry <= at:
            self._settle(at)
        if self._held:
            self._waiting.append(delta)
        elif self._playing:
            self._place(delta)
        else:
            self._start([delta], at + self._latency)

    def play_all(self, deltas: Iterable[Delta]) -> None:
        """Put deltas into the queue, each when it arrived: what is heard is what :meth:`play` of each lets be heard.

        Many times faster: one that follows on the last node, in its part, while that still sounds, makes it longer.
        """
        last: Delta | None = None  # of the last node, as it was queued; its run has ``samples`` now, and goes on there
        run = samples = goes_on = 0
        for delta in deltas:
            if (  # it still sounds while the samples of its run last: as at < dry, without rounding each time
                last is not None and delta.first == goes_on and (delta.at - run) * self.rate < samples * SECOND
                and delta.item == last.item and delta.response == last.response and delta.content == last.content
            ):  # fmt: skip
                samples, goes_on = samples + delta.samples, goes_on + delta.samples
                continue
            if last is not None:
                self._lengthen(samples)
            self.play(delta, delta.at)
            last = self._queue[-1].delta if self._playing and not (self._held or self._gap) else None
            if last is not None:
                run, samples, goes_on = self._run, self._samples, last.first + last.samples
        if last is not None:
            self._lengthen(samples)

    def hold(self, at: int) -> None:
        """Fall silent, keeping the queue; what is out of reach sounds a little longer. Nothing is repeated later."""
        self._settle(at)
        if self._playing and not self._held:
            self._waiting.extend(self._stop(at, self._beyond))
        self._held = True

    def resume(self, at: int) -> None:
        """Sound again from where :meth:`hold` stopped."""
        self._settle(at)
        self._held = False
        if self._playing:
            for delta in self._waiting:
                self._place(delta)
        elif self._waiting:
            self._start(self._waiting, at)
        self._waiting.clear()

    def flush(self, at: int) -> None:
        """Stop what sounds and forget what waits; what is out of reach, or fades, sounds a little longer."""
        self._settle(at)
        self._held = False
        self._waiting.clear()
        if self._playing:
            self._stop(at, self._tail if self._queue[0].run <= at else self._beyond)  # what is silent yet has no fade
        self.duck(at, softer=False)

    def duck(self, at: int, *, softer: bool) -> None:
        """Play softer from here on, or at the usual level again."""
        if softer != (bool(self.levels) and self.levels[-1][1]):
            self.levels.append((at, softer))

    def advance(self, now: int) -> list[Event]:
        """Report what playback did by ``now``: responses that became audible, the queue running dry."""
        self._settle(now)
        reports, self._reports = self._reports, []
        return reports

    def heard(self, until: int, basis: Basis | None = None) -> Heard:
        """Give what has sounded by session time ``until``; what lies behind it is left unplayed."""
        rows: list[Played] = []
        for node in (*self._done, *self._queue):
            samples = min(node.delta.samples, self._sounded(until, node))
            if samples > 0:
                rows.append(node.piece(samples))
        return Heard(tuple(rows), self.rate, basis or Basis("modelled", 0))

    def last_sounded(self, at: int) -> Played | None:
        """Give the last piece that has sounded by ``at``, as far as it has; None when nothing has."""
        self._settle(at)
        if self._playing and self._head_started and (sounded := self._sounded(at, self._queue[0])):
            return self._queue[0].piece(sounded)
        return self._done[-1].piece(self._done[-1].delta.samples) if self._done else None

    @property
    def accepted(self) -> int:
        """Samples that were to be played and were not flushed."""
        return sum(n.delta.samples for n in self._done) + self.queued

    def unplayed(self, until: int) -> int:
        """Count accepted samples that have not sounded by ``until``."""
        return self.accepted - self.heard(until).samples()

    def _start(self, deltas: Iterable[Delta], at: int) -> None:
        """Begin a run."""
        self._playing, self._head_started = True, False
        self._run, self._samples = at, 0
        for i, delta in enumerate(deltas):
            self._place(delta, first=not i)

    def _place(self, delta: Delta, *, first: bool = False) -> None:
        """Put a delta behind the last one: in its run, or after a gap in a run of its own."""
        if self._gap and not first:
            self._run, self._samples = self._dry + self._gap, 0
        offset, start = self._samples, self._dry if self._samples else self._run
        self._samples += delta.samples
        self._dry = self._run + ms_covering(self._samples, self.rate)
        self._queue.append(_Node(delta, self._run, offset, start, self._dry))
        if delta.response not in self._announced:
            self._announced.add(delta.response)
            self._coming.append((start, delta.response))

    def _lengthen(self, samples: int) -> None:
        """Let the last node go on until its run has so many samples."""
        if samples > self._samples:
            node = self._queue[-1]
            longer = replace(node.delta, samples=node.delta.samples + samples - self._samples)
            self._samples, self._dry = samples, node.run + ms_covering(samples, self.rate)
            self._queue[-1] = node._replace(delta=longer, end=self._dry)

    def _settle(self, now: int) -> None:
        """Let responses become audible, and nodes start and end, up to ``now``."""
        if not self._playing:
            return
        while self._coming and self._coming[0][0] <= now:
            self._reports.append(Audible(*self._coming.popleft()))
        queue = self._queue
        while queue and queue[0].end <= now:
            self._done.append(queue.popleft())
            self._head_started = False
        if not queue:
            self._playing = False
            if not self._waiting:
                self._reports.append(Drained(self._dry))
        elif queue[0].start <= now:
            self._head_started = True

    def _sounded(self, at: int, piece: _Node) -> int:
        """Samples of a node that have sounded, if it is long enough; below 0 before it begins."""
        return samples_in(at - piece.run, self.rate) - piece.offset

    def _stop(self, at: int, tail: int) -> deque[Delta]:
        """Take back, and give, what would sound from ``tail`` after ``at`` on; what is left plays to its end."""
        if tail and self._dry <= at + tail:
            return deque()  # all of it has left the player's reach, and ends by itself
        back: deque[Delta] = deque()
        while self._queue and self._queue[-1].start > at and self._sounded(at + tail, self._queue[-1]) <= 0:
            back.appendleft(self._queue.pop().delta)
        self._forget_from(max(at + max(tail, 1), self._queue[-1].start + 1 if self._queue else 0))
        if not self._queue:
            self._playing = False
            return back
        self.stops.append(at + tail)
        last = self._queue[-1]
        fit = self._sounded(at + tail, last)
        if fit < last.delta.samples:
            back.appendleft(_later(last.delta, fit))
            end = last.run + ms_covering(last.offset + fit, self.rate)
            last = self._queue[-1] = last._replace(delta=replace(last.delta, samples=fit), end=end)
        if tail:
            self._run, self._samples = last.run, last.offset + last.delta.samples
            self._dry = last.end
        else:
            self._done.append(last)
            self._queue.clear()
            self._playing = self._head_started = False
        if not tail or tail > self._beyond:  # what is out of reach is no node of the graph any more
            self.nodes.stopped += 1
            self.nodes.disconnected += self._disconnects
        return back

    def _forget_from(self, t: int) -> None:
        """Take back that responses would become audible at ``t`` or later."""
        while self._coming and self._coming[-1][0] >= t:
            self._announced.discard(self._coming.pop()[1])
