"""What has left a player's reach, and what a replay says that it assumed."""

from __future__ import annotations

from itertools import accumulate

import pytest

from bargein.events import PROVIDER, BargeIn, Delta, SpeechStarted, SpeechStopped, UserText
from bargein.gate import Action, Gate, Policy, policy
from bargein.gate.policies import AT_ONCE
from bargein.gate.tables import HELD, OPEN, STAY, Reaction, Trigger
from bargein.outcome import Link
from score import RATE, drawn, outcome_of

#: 2.4 s generated in 400 ms; the user at 400 ms.
AHEAD = drawn(["AAAA"] * 6, "....uuu")


@pytest.mark.parametrize(("name", "link", "heard"), [
    ("keyed", Link(), 400),
    ("keyed", Link(carrier_ms=800), 1_200),            # no clear is sent: what the carrier holds plays on
    ("full", Link(carrier_ms=800), 400),               # sends one
    ("livekit-realtime", Link(carrier_ms=800), 2_400),  # does too, but is still warming up
    ("pipecat-realtime", Link(carrier_ms=800), 400),
    ("stop-only", Link(schedule_ahead_ms=200), 600),   # stops the node that sounds, not those already scheduled
    ("suppress", Link(schedule_ahead_ms=200), 600),
    ("keyed", Link(schedule_ahead_ms=200), 400),
    ("scheduled", Link(schedule_ahead_ms=200), 415),   # takes them back, and fades
])  # fmt: skip
def test_what_is_out_of_reach_plays_on(name: str, link: Link, heard: int) -> None:
    """Scheduled on the device, or held by a carrier."""
    assert heard == outcome_of(name, AHEAD, 4_000, link).heard.audio_ms()


@pytest.mark.parametrize("carrier", [0, 200, 300, 5_000])
def test_a_hold_cannot_take_back_what_a_carrier_holds_and_repeats_none_of_it(carrier: int) -> None:
    """Held from 400 ms until the user's end is known at 700 ms: what the carrier held sounds first, then the rest."""
    hold = Policy("hold", Trigger(AT_ONCE, PROVIDER), Reaction({
        **STAY, (OPEN, BargeIn): (HELD, Action.HOLD), (HELD, SpeechStopped): (OPEN, Action.RESUME)}))  # fmt: skip
    heard = outcome_of(hold, AHEAD, 4_000, Link(carrier_ms=carrier)).heard
    until = min(400 + carrier, 2_400)
    gap = [(0, until), (700, 2_400 + 700 - until)] if until < 700 else [(0, 2_400)]
    assert gap == [(s.start, s.end) for s in heard.timeline()]
    ends = [*accumulate(row.samples for row in heard.rows)]
    assert ([0, *ends[:-1]], 2_400 * RATE // 1_000) == ([row.first for row in heard.rows], ends[-1])


def test_everything_a_link_assumes_is_listed() -> None:
    """Also what is not usual."""
    link = Link(40, 30, 20, 1, up_ms=70, handover_gap_ms=15, schedule_ahead_ms=100, carrier_ms=500)
    said = " ".join(outcome_of("keyed", AHEAD, 4_000, link).assumed)
    assert all(f"{ms} ms" in said for ms in (40, 30, 20, 70, 15, 100, 500))


def test_words_that_came_before_a_hold_do_not_use_up_those_after_it() -> None:
    """LiveKit: a first word at 0.3 s, held at 0.5, another word at 0.7: it was meant, and nothing resumes."""
    gate = Gate(policy("livekit"))
    gate.watch = next(w for w in type(gate.watch) if w.value == "idle")
    gate._verdict = gate._verdicts[gate.watch]
    gate.receive(Delta(0, "A", "a", 0, 240_000))
    gate.receive(SpeechStarted(1_000, "local-vad"))
    assert [] == gate.receive(UserText(1_300, "u", "stop"))
    assert [Action.HOLD] == [d.action for d in gate.advance(1_500)]
    assert [Action.FLUSH] == [d.action for d in gate.receive(UserText(1_700, "u", "stop please"))]
    gate.receive(SpeechStopped(1_900, "local-vad"))
    assert [] == gate.advance(9_000)
