"""The player against its slow meaning, a sample at a time; and what a client must know of it."""

from __future__ import annotations

from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.events import Audible, Delta, Drained, Event
from bargein.ledger import Basis
from bargein.playback import Player
from bargein.timeline import Span, Timeline

RATE = 24_000
END = 400


def delta(response: str, first: int, samples: int, at: int = 0) -> Delta:
    """A piece of a response's one item."""
    return Delta(at, response, response.lower(), first, samples)


def player_with(*samples: int, rate: int = RATE, **made: int | bool) -> Player:
    """A player that was given deltas of one response at 0 ms."""
    player, first = Player(rate, **made), 0  # type: ignore[arg-type]
    for n in samples:
        player.play(delta("A", first, n), 0)
        first += n
    return player


# ---- the slow meaning

Op = tuple[int, str, str, int]  # when, what, and for a delta whose and how long


class Slow:
    """The same player at one sample a millisecond, with a loop over the milliseconds instead of arithmetic."""

    def __init__(self, latency: int, beyond: int) -> None:
        self.latency, self.beyond = latency, beyond
        self.queue: list[tuple[str, int]] = []
        self.waiting: list[tuple[str, int]] = []  # held, behind what is out of reach
        self.playing = self.held = False
        self.starts = 0
        self.heard: list[tuple[int, str, int]] = []
        self.reports: list[Event] = []

    def feedback(self, t: int) -> None:
        """What playback did by itself in this instant."""
        if self.playing and not self.queue:
            self.playing = False
            self.queue, self.waiting = self.waiting, []
            if not self.queue:
                self.reports.append(Drained(t))
        if self.playing and t >= self.starts:
            name = self.queue[0][0]
            if not any(isinstance(r, Audible) and r.response == name for r in self.reports):
                self.reports.append(Audible(t, name))

    def begin(self, t: int) -> None:
        """A run of sound begins, when something waits and nothing forbids it."""
        if self.queue and not self.playing and not self.held:
            self.playing, self.starts = True, t

    def obey(self, op: Op) -> None:
        """One decision."""
        t, what, response, samples = op
        self.feedback(t)
        if what == "play":
            first = sum(1 for name, _ in self.given if name == response)
            new = [(response, first + i) for i in range(samples)]
            self.given += new
            if self.held and self.playing:
                self.waiting += new
            else:
                self.queue += new
                self.begin(t + self.latency)
        elif what == "resume":
            self.held = False
            self.queue, self.waiting = self.queue + self.waiting, []
            self.begin(t)
        else:
            if self.playing and not self.waiting and not (self.held and what == "hold"):
                gone = max(0, t + self.beyond - max(t, self.starts))  # what will sound by then is out of reach
                self.queue, self.waiting = self.queue[:gone], self.queue[gone:]
                if not self.queue:
                    self.playing = False
                    self.queue, self.waiting = self.waiting, []
            self.held = what == "hold"
            if what == "flush":
                self.waiting.clear()
                if not self.playing:
                    self.queue.clear()

    def run(self, ops: list[Op]) -> Slow:
        """Everything up to the end."""
        self.given: list[tuple[str, int]] = []
        for t in range(END):
            for op in ops:
                if op[0] == t:
                    self.obey(op)
            self.feedback(t)
            if self.playing and t >= self.starts:
                self.heard.append((t, *self.queue.pop(0)))
        self.feedback(END)
        return self


@st.composite
def operations(draw: st.DrawFn) -> list[Op]:
    """Decisions in order of time, several in one instant among them."""
    ops: list[Op] = []
    t = 0
    for _ in range(draw(st.integers(1, 14))):
        t += draw(st.sampled_from([0, 0, 1, 5, 20, 60]))
        what = draw(st.sampled_from(["play", "play", "play", "hold", "resume", "flush"]))
        ops.append((min(t, END - 1), what, draw(st.sampled_from("AB")), draw(st.sampled_from([0, 1, 3, 30]))))
    return ops


def fast(ops: list[Op], latency: int, looks: list[int], beyond: int = 0) -> tuple[Player, list[Event]]:
    """The player at the same decisions, asked for reports at these instants besides."""
    player, reports, first = Player(1_000, start_latency_ms=latency, beyond_ms=beyond), [], dict.fromkeys("AB", 0)
    for t, what, response, samples in sorted([*ops, *((t, "look", "", 0) for t in looks)], key=lambda op: op[0]):
        match what:
            case "play":
                player.play(delta(response, first[response], samples, t), t)
                first[response] += samples
            case "look":
                reports += player.advance(t)
            case _:
                getattr(player, what)(t)
    return player, reports + player.advance(END)


@given(operations(), st.sampled_from([0, 7]), st.sampled_from([0, 3, 40]), st.lists(st.integers(0, END), max_size=8))
def test_the_player_is_its_slow_meaning(ops: list[Op], latency: int, beyond: int, looks: list[int]) -> None:
    """Every sample at its instant, every report at its own; no look changes either, nor does sound out of reach."""
    slow = Slow(latency, beyond).run(ops)
    player, reports = fast(ops, latency, looks, beyond)
    heard = player.heard(END)
    assert slow.heard == [(p.run + p.offset + i, p.response, p.first + i) for p in heard for i in range(p.samples)]
    assert slow.reports == reports
    assert len(slow.queue) + len(slow.waiting) == player.unplayed(END)


@given(
    operations(), st.sampled_from([0, 7]), st.sampled_from([0, 3, 40]), st.sampled_from([0, 5]),
    st.sampled_from([300, 1_000, 2_700]),
)  # fmt: skip
def test_deltas_played_together_are_played_as_one_by_one(
    ops: list[Op], latency: int, beyond: int, gap: int, rate: int
) -> None:
    """Whatever stands between the bursts, also where a delta is no whole number of milliseconds."""
    players = [Player(rate, start_latency_ms=latency, beyond_ms=beyond, gap_ms=gap) for _ in range(2)]
    reports: list[list[Event]] = [[], []]
    first = dict.fromkeys("AB", 0)
    for plays, burst in groupby(ops, lambda op: op[1] == "play"):
        deltas = []
        for t, what, response, samples in burst:
            if plays:
                deltas.append(delta(response, first[response], samples, t))
                first[response] += samples
            else:
                for player in players:
                    getattr(player, what)(t)
        players[0].play_all(deltas)
        for one in deltas:
            players[1].play(one, one.at)
        assert players[0].due == players[1].due
    for player, said in zip(players, reports, strict=True):
        said += player.advance(END)
    assert reports[0] == reports[1]
    assert players[0].heard(END).joined().rows == players[1].heard(END).joined().rows
    assert (players[0].nodes, players[0].stops) == (players[1].nodes, players[1].stops)


@given(operations(), st.sampled_from([0, 7]), st.integers(0, END))
def test_what_is_heard_by_an_instant_is_the_beginning_of_what_is_heard_later(
    ops: list[Op], latency: int, until: int
) -> None:
    """Asking early cuts the row that sounds, to the sample; nothing of it counts as lost."""
    player, _ = fast(ops, latency, [])
    sounded = [p.run + p.offset + i for p in player.heard(END) for i in range(p.samples)]
    early = player.heard(until)
    assert [t for t in sounded if t < until] == [p.run + p.offset + i for p in early for i in range(p.samples)]
    assert player.unplayed(until) == player.unplayed(END) + len(sounded) - early.samples()


# ---- what a client must know


def test_the_player_reports_what_became_audible_and_that_it_ran_dry() -> None:
    """Feedback is dated when it happened, and the next of it is known beforehand."""
    player = Player(RATE, start_latency_ms=50)
    assert player.due is None
    player.play(delta("A", 0, 2_400), 0)
    player.play(delta("B", 0, 2_400), 10)
    assert 50 == player.due
    assert [Audible(50, "A")] == player.advance(50)
    assert [Audible(150, "B"), Drained(250)] == player.advance(9_999)
    assert player.due is None
    assert [] == player.advance(10_000)


def test_a_report_that_was_not_fetched_is_due_when_it_happened() -> None:
    """A decision that comes later does not make it late."""
    player = player_with(2_400)
    player.play(delta("A", 2_400, 2_400), 500)
    assert 0 == player.due
    assert [Audible(0, "A"), Drained(100)] == player.advance(500)
    assert 600 == player.due


def test_a_response_becomes_audible_once() -> None:
    """Not again after another spoke, nor after a flush."""
    player = player_with(240)
    player.play(delta("B", 0, 240), 0)
    player.play(delta("A", 240, 240), 0)
    player.flush(25)
    player.play(delta("A", 480, 240), 100)
    assert ["A", "B"] == [e.response for e in player.advance(1_000) if isinstance(e, Audible)]


@pytest.mark.parametrize(("at", "stopped", "heard_ms"), [
    (0, 1, 0),        # it began in the very instant of the flush
    (250, 1, 250),    # in the middle of the first
    (1_000, 1, 1_000),
    (1_999, 1, 1_999),
    (2_000, 0, 2_000),  # both had ended by themselves
])  # fmt: skip
@pytest.mark.parametrize("disconnects", [True, False])
def test_a_flush_stops_the_node_that_sounds(at: int, stopped: int, heard_ms: int, disconnects: bool) -> None:
    """And forgets what waits; a client that never disconnects leaves each stopped node in the graph."""
    player = player_with(24_000, 24_000, disconnects=disconnects)
    player.flush(at)
    nodes = player.nodes
    assert (stopped, stopped * disconnects) == (nodes.stopped, nodes.disconnected)
    assert stopped * (not disconnects) == nodes.left_connected
    assert heard_ms == player.heard(9_999).audio_ms()
    assert (0, 0) == (player.unplayed(9_999), player.queued)


def test_a_tidy_player_is_the_default() -> None:
    """Nothing is left connected, nothing waits before it sounds."""
    player = Player(RATE)
    player.play(delta("A", 0, 2_400), 10)
    player.flush(60)
    assert (Timeline([Span(10, 60)]), 0) == (player.heard(100).timeline(), player.nodes.left_connected)


def test_a_hold_goes_on_at_the_very_sample_at_another_time() -> None:
    """What sounded is not repeated, what had not is not lost; what comes meanwhile waits behind."""
    player = player_with(2_400, 2_400)
    player.hold(130)
    player.play(delta("B", 0, 2_400), 200)
    assert [] == [e for e in player.advance(400) if isinstance(e, Drained)]
    player.resume(500)
    heard = player.heard(9_999)
    assert [Span(0, 130), Span(500, 570)] == [*heard.timeline("A")]
    assert [Span(570, 670)] == [*heard.timeline("B")]
    a = [p for p in heard if p.response == "A"]
    assert all(p.first + p.samples == q.first for p, q in pairwise(a))
    assert 4_800 == sum(p.samples for p in a)


def test_a_flush_ends_a_hold_and_a_hold_of_nothing_holds_what_comes() -> None:
    """After a flush the player is as new; held and empty it is silent until it may go on."""
    player = player_with(2_400)
    player.hold(10)
    player.flush(20)
    player.play(delta("B", 0, 240), 30)
    player.hold(100)
    player.play(delta("C", 0, 240), 110)
    player.resume(200)
    player.resume(205)
    assert [Span(0, 10), Span(30, 40), Span(200, 210)] == [*player.heard(1_000).timeline()]


def test_latency_is_not_waited_for_again_after_a_hold() -> None:
    """It is the time to a first sound; what is queued is ready. Held before that, nothing has sounded."""
    player = player_with(2_400, start_latency_ms=50)
    player.hold(20)
    assert None is player.due
    player.resume(100)
    assert [Span(100, 200)] == [*player.heard(1_000).timeline()]


def test_a_delta_without_samples_is_none() -> None:
    """It starts nothing, and nothing becomes audible."""
    player = player_with(0)
    assert (None, [], 0) == (player.due, player.advance(1_000), player.heard(1_000).samples())


def test_what_lies_behind_the_end_is_left_unplayed() -> None:
    """The session's length cuts what is heard, and says how much it cut."""
    player = player_with(24_000)
    assert 24_000 == player.queued
    assert 400 == player.heard(400).audio_ms()
    assert 24_000 - 9_600 == player.unplayed(400)
    assert (Basis("modelled", 0), Basis("logged")) == (player.heard(1).basis, player.heard(1, Basis("logged")).basis)


def test_pieces_keep_the_place_and_the_content_part_they_came_with() -> None:
    """Heard samples are named as the provider named them."""
    player = Player(RATE)
    player.play(Delta(0, "A", "a", 480, 240, 1), 0)
    assert [("A", "a", 480, 240, 1)] == [(p.response, p.item, p.first, p.samples, p.content) for p in player.heard(50)]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_times_do_not_drift_with_the_number_of_pieces(pieces: list[int]) -> None:
    """At a rate that is no whole number of samples a millisecond: cut or whole, it ends in the same instant."""
    total = sum(pieces)
    ends = [player_with(*p, rate=11_025).advance(9_999)[-1] for p in ([total], pieces)]
    assert ends[0] == ends[1] == Drained(-(-total * 1_000 // 11_025))


def test_what_ends_by_itself_before_the_tail_does_ends_there() -> None:
    """Two nodes 100 ms apart: a flush at 80 with 50 out of reach leaves the first whole, and it runs dry at 100."""
    player = player_with(2_400, 2_400, gap_ms=100, beyond_ms=50)
    player.flush(80)
    assert [Audible(0, "A"), Drained(100)] == player.advance(110)
    player.play(delta("B", 0, 2_400), 110)
    assert Timeline([Span(0, 100), Span(110, 210)]) == player.heard(END).timeline()
