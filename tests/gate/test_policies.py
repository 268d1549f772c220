"""Each generation of the gate, drawn: who is heard."""

from __future__ import annotations

import pytest

from bargein.errors import SettingsError
from bargein.events import Delta, SpeechStarted, SpeechStopped
from bargein.gate import GENERATIONS, Action, Gate, Policy, Reaction, Trigger, policy
from bargein.gate.policies import AFTER_A_WAIT, AT_ONCE
from bargein.gate.tables import DEAF, HELD, HOLD, OPEN, RESUME, STAY
from score import TICK, drawn, outcome_of, play


@pytest.mark.parametrize(("name", "heard"), [         # the provider was told not to interrupt: A keeps coming
    ("indicator", "AAAAAAAAAA....BBBB"),              # nothing is done about it
    ("stop-only", "AAAAAAAAAA....BBBB"),              # the race: the next delta plays on
    ("suppress",  "AAAA...AAA....BBBB"),              # opens when the user stops; A is still coming
    ("keyed",     "AAAA..........BBBB"),
])  # fmt: skip
def test_who_is_heard_when_the_provider_does_not_stop(name: str, heard: str) -> None:
    """Each generation of the gate, on the same short barge-in."""
    assert heard == play(name, sent="AAAAAAAAAA....BBBB",
                               user="....uuu...........")  # fmt: skip


@pytest.mark.parametrize(("name", "heard"), [         # generated at twice the speed, the provider stops at once
    ("indicator", "AAAAAAAA......BBBB"),              # talks over the user until its queue is empty
    ("stop-only", "AAAA..........BBBB"),
    ("suppress",  "AAAA..........BBBB"),
    ("keyed",     "AAAA..........BBBB"),
])  # fmt: skip
def test_all_that_flush_tie_when_nothing_comes_late(name: str, heard: str) -> None:
    """Without stragglers the three gates that flush are the same gate."""
    assert heard == play(name, sent=["AAAA..........BBBB",
                                     "AAAA.............."],
                               user= "....uuu...........",
                               done= "....A............B")  # fmt: skip


@pytest.mark.parametrize(("name", "heard"), [         # everything was generated before the user spoke
    ("indicator", "AAAAAAAA......BBBB"),
    ("stop-only", "AAAAA.........BBBB"),
    ("suppress",  "AAAAA.........BBBB"),
    ("keyed",     "AAAAA.........BBBB"),
])  # fmt: skip
def test_playback_tail(name: str, heard: str) -> None:
    """A barge-in after generation ended: the common case."""
    assert heard == play(name, sent=["AAAA..........BBBB",
                                     "AAAA.............."],
                               user= ".....uuu..........",
                               done= "...A.............B")  # fmt: skip


@pytest.mark.parametrize(("name", "heard"), [         # one straggler after speech_started, then audio_done
    ("stop-only", "AAAAA.........BBBB"),              # plays the straggler
    ("suppress",  "AAAA..........BBBB"),
    ("keyed",     "AAAA..........BBBB"),
])  # fmt: skip
def test_straggler(name: str, heard: str) -> None:
    """Late audio of the old response, before its audio_done."""
    assert heard == play(name, sent=["AAAAA.........BBBB",
                                     "AAAA.............."],
                               user= "....uuu...........",
                               done= "....A............B")  # fmt: skip


@pytest.mark.parametrize(("name", "heard"), [         # audio_done of the old response, and then more of it
    ("suppress", "AAAA..A.......BBBB"),
    ("keyed",    "AAAA..........BBBB"),
])  # fmt: skip
def test_the_old_responses_audio_done_opens_suppress(name: str, heard: str) -> None:
    """A boundary of the revoked response lets its own late audio back in."""
    assert heard == play(name, sent="AAAA..A.......BBBB",
                               user="....uuuuu.........",
                               done="....A............B")  # fmt: skip


@pytest.mark.parametrize(("name", "heard"), [
    ("suppress", "AAAA......BBBB......"),             # the user's end is never reported: mute until ...
    ("keyed",    "AAAA......BBBB......"),
])  # fmt: skip
def test_lost_boundary_with_audio_done(name: str, heard: str) -> None:
    """When the user's end is lost, audio_done still opens suppress; keyed needs no boundary."""
    assert heard == play(name, sent="AAAA......BBBB......",
                               user="....uuuuuuuuuuuuuuuu",
                               done="....A...............")  # fmt: skip


def test_suppress_is_mute_for_ten_seconds_when_every_boundary_is_lost() -> None:
    """The safety timer is the last way out: 10 s after the barge-in."""
    sent = "AAAA" + "." * 20 + "B" * 90
    user = "....u" + "u" * 109
    heard = play("suppress", sent=sent, user=user)
    assert ("AAAA" + "." * 100 + "B" * 10) == heard
    assert sent == play("keyed", sent=sent, user=user)


def test_double_interruption() -> None:
    """The reply to the first interruption is revoked by the second; neither comes back."""
    assert "AAAA......BB.....CCC" == play("keyed", sent="AAAAAAAA..BBBBBB.CCC",
                                                   user="....uu......uuu.....")  # fmt: skip


def test_a_response_created_before_the_cut_but_silent_until_after_it_never_plays() -> None:
    """A cut revokes every id seen so far, audible or not."""
    assert "AAAA........CC" == play("keyed", sent="AAAA..BBBB..CC",
                                             user="....uuu.......",
                                          created="..B...........")  # fmt: skip


def test_stopped_nodes_stay_connected_under_stop_only_alone() -> None:
    """The player counts what a client that never disconnects leaves in its graph."""
    events = drawn(["AAAA", "AAAA"], "..u.u...")
    left = {name: outcome_of(name, events, 8 * TICK).nodes.left_connected for name in GENERATIONS}
    assert {"indicator": 0, "stop-only": 2, "suppress": 0, "keyed": 0} == left


def test_edges_of_other_detectors_are_ignored() -> None:
    """The trigger's source is part of the policy's name."""
    edges = [SpeechStarted(100, "local-vad"), SpeechStopped(200, "local-vad")]
    assert [] == [d for e in edges for d in Gate(policy("suppress")).receive(e)]
    assert Action.FLUSH in [d.action for d in Gate(policy("suppress@local-vad")).receive(edges[0])]


def test_minimum_speech_waits_and_dates_its_verdict_when_it_fell_due() -> None:
    """Deadlines are served at their own time, however late we look."""
    debounced = Policy("debounced", Trigger(AFTER_A_WAIT, "provider", wait_ms=300), policy("keyed").reaction)
    gate = Gate(debounced)
    gate.receive(Delta(0, "A", "a", 0, 24_000))
    assert [] == gate.receive(SpeechStarted(400))
    assert 700 == gate.deadline
    assert [(700, Action.FLUSH)] == [(d.at, d.action) for d in gate.advance(5_000)]
    assert [] == gate.receive(SpeechStopped(5_100)) + gate.receive(SpeechStarted(5_200))
    assert [] == gate.receive(SpeechStopped(5_400)) + gate.advance(9_000)  # 200 ms: a false alarm


def test_hold_and_resume_lose_nothing() -> None:
    """A held queue goes on where it stopped: a policy of ten lines."""
    hold = Policy("hold", Trigger(AT_ONCE, "provider"), Reaction({
        **STAY,
        (OPEN, SpeechStarted): (HELD, HOLD),
        (HELD, SpeechStopped): (OPEN, RESUME),
    }))  # fmt: skip
    assert "AAAA...AAAAAA" == play(hold, sent=["AAAAA", "AAAAA"], user="....uuu......")


def test_tables_are_total() -> None:
    """A row that is missing, unknown or loses a delta is refused at once."""
    with pytest.raises(ValueError, match=r"no row for \(SHUT, TimedOut\)"):
        Reaction({k: v for k, v in STAY.items() if k != (list(STAY)[-1])})
    with pytest.raises(ValueError, match="no such row"):
        Trigger({**DEAF, (OPEN, Delta): (OPEN, None)}, "provider")  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="must play, hold or drop"):
        Reaction({**STAY, (OPEN, Delta): (OPEN, None)})


def test_unknown_names_are_refused_with_what_exists() -> None:
    """Both halves of a wrong name are reported."""
    with pytest.raises(SettingsError) as refused:
        policy("mute@ear")
    assert 2 == len(refused.value.problems)
    assert "one of indicator, stop-only, suppress, scheduled, keyed" in str(refused.value)
