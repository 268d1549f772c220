"""The client's player: decisions in, what was heard out.

A model of a Web Audio queue: each delta becomes a source node; nodes play one after another without a gap; a flush
stops the node that sounds and forgets those that wait. Stopping a node does not take it out of the graph: a client
that never disconnects leaves it there, and the player counts that.

Times come from runs: an unbroken run of sound keeps its start and its number of samples, so that pieces fit together
and cutting a delta in two changes nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from bargein.events import Audible, Delta, Drained, Event
from bargein.ledger import Basis, Heard, Played
from bargein.units import ms_covering, samples_in


@dataclass(slots=True)
class Nodes:
    """Source nodes of the audio graph, counted. A node that ends by itself leaves the graph by itself."""

    started: int = 0
    stopped: int = 0
    disconnected: int = 0

    @property
    def left_connected(self) -> int:
        """Stopped, but never taken out of the graph."""
        return self.stopped - self.disconnected


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
        self._tail, self._fades = max(stop_ms, beyond_ms), stop_ms > beyond_ms
        self._queue: deque[Delta] = deque()
        self._done: list[Played] = []  # whole nodes of finished or cut runs
        self._run = 0  # session ms at which the running run began
        self._offset = 0  # samples of the run that lie before the queue's head
        self._playing = False
        self._held = False
        self._head_started = False
        self._next: int | None = None  # when the head starts or ends
        self._announced: set[str] = set()
        self._reports: list[Event] = []  # what happened and has not been told yet

    @property
    def queued(self) -> int:
        """Samples that have not begun to sound or are sounding."""
        return sum(d.samples for d in self._queue)

    @property
    def due(self) -> int | None:
        """The next instant at which :meth:`advance` will report something; None when nothing is under way."""
        return self._reports[0].at if self._reports else self._next

    def play(self, delta: Delta, at: int) -> None:
        """Put a delta behind what waits already; starts to sound at once when nothing does."""
        if not delta.samples:
            return
        self._settle(at)
        self._queue.append(delta)
        if not self._playing and not self._held:
            self._start(at + self._latency)

    def hold(self, at: int) -> None:
        """Fall silent, keeping the queue; what sounded of the head is not repeated later."""
        self._cut(at)
        self._held = True

    def resume(self, at: int) -> None:
        """Sound again from where :meth:`hold` stopped."""
        self._held = False
        if self._queue and not self._playing:
            self._start(at)

    def flush(self, at: int) -> None:
        """Stop what sounds and forget what waits; what is out of reach, or fades, sounds a little longer."""
        self._settle(at)
        self._held = False
        if self._tail and self._playing and self._sounding(at):
            self._keep_until(at + self._tail)
        else:
            self._cut(at)
            self._queue.clear()
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
        rows = list(self._done)
        if self._playing:
            offset = self._offset
            for delta in self._queue:
                rows.append(_piece(self._run, offset, delta, delta.samples))
                offset += delta.samples
        kept = []
        for row in rows:
            fit = min(row.samples, samples_in(max(until - row.run, 0), self.rate) - row.offset)
            if fit > 0:
                kept.append(row if fit == row.samples else replace(row, samples=fit))
        return Heard(tuple(kept), self.rate, basis or Basis("modelled", 0))

    def last_sounded(self, at: int) -> Played | None:
        """Give the last piece that has sounded by ``at``, as far as it has; None when nothing has."""
        self._settle(at)
        if self._playing and self._head_started:
            head = self._queue[0]
            sounded = min(samples_in(at - self._run, self.rate) - self._offset, head.samples)
            if sounded > 0:
                return _piece(self._run, self._offset, head, sounded)
        return self._done[-1] if self._done else None

    def unplayed(self, until: int) -> int:
        """Count samples accepted for playing that have not sounded by ``until`` and were not flushed."""
        accepted = sum(r.samples for r in self._done) + self.queued
        return accepted - self.heard(until).samples()

    def _sounding(self, at: int) -> bool:
        """Whether a run has begun: a node that is only about to start never sounds when it is stopped."""
        return self._run < at or (self._run == at and self._head_started)

    def _keep_until(self, end: int) -> None:
        """Forget what would sound from ``end`` on; the rest plays to its end."""
        left = samples_in(end - self._run, self.rate) - self._offset
        kept: deque[Delta] = deque()
        for node in self._queue:
            if left <= 0:
                break
            kept.append(node if node.samples <= left else replace(node, samples=left))
            left -= node.samples
        if left >= 0 and len(kept) == len(self._queue):
            return  # all of it had been handed over, and ends by itself
        self._queue = kept
        self.stops.append(end)
        if self._fades and kept:
            self.nodes.stopped += 1
            self.nodes.disconnected += self._disconnects
        self._playing = bool(kept)
        self._plan()

    def _plan(self) -> None:
        """Note when the head starts or ends, whichever comes next."""
        if not self._playing:
            self._next = None
            return
        ahead = self._queue[0].samples if self._head_started else 0
        self._next = self._run + ms_covering(self._offset + ahead, self.rate)

    def _settle(self, now: int) -> None:
        """Let nodes start and end up to ``now``."""
        while (due := self._next) is not None and due <= now:
            head = self._queue[0]
            if self._head_started:
                self._done.append(_piece(self._run, self._offset, head, head.samples))
                self._queue.popleft()
                self._offset += head.samples
                self._head_started = False
                self._playing = bool(self._queue)
                if not self._playing:
                    self._reports.append(Drained(due))
                elif self._gap:
                    self._run, self._offset = due + self._gap, 0
            else:
                self._head_started = True
                self.nodes.started += 1
                if head.response not in self._announced:
                    self._announced.add(head.response)
                    self._reports.append(Audible(due, head.response))
            self._plan()

    def _start(self, at: int) -> None:
        self._run, self._offset = at, 0
        self._playing, self._head_started = True, False
        self._plan()

    def _cut(self, at: int) -> None:
        """End the run at ``at``; the head keeps only what has not sounded."""
        self._settle(at)
        if not self._playing:
            return
        self._playing, self._next = False, None
        if not self._head_started:
            return
        self._head_started = False
        self.stops.append(at)
        self.nodes.stopped += 1
        self.nodes.disconnected += self._disconnects
        head = self._queue.popleft()
        sounded = samples_in(at - self._run, self.rate) - self._offset
        self._done.append(_piece(self._run, self._offset, head, sounded))
        self._queue.appendleft(replace(head, first=head.first + sounded, samples=head.samples - sounded))


def _piece(run: int, offset: int, delta: Delta, samples: int) -> Played:
    return Played(run, offset, delta.response, delta.item, delta.first, samples, delta.content)
