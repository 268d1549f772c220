"""What peers ship, drawn: who is heard under their defaults.

Edges are those of the detector a policy listens to. LiveKit listens to nobody for three seconds from the agent's first
sound: where that is not the question, a greeting stands in front (``warm``).
"""

from __future__ import annotations

import pytest

from bargein.events import LOCAL_VAD, PROVIDER, Delta, ResponseCreated, SpeechStarted, SpeechStopped
from bargein.gate import Action, Cut, Gate, Policy, Trigger, policy
from bargein.gate.peers import HOLD_UNTIL_WORDS, PEERS
from bargein.gate.policies import AT_ONCE
from score import TICK, drawn, outcome_of, picture, play

GREETING = "G" * 30  # three seconds


def heard(name: str, sent: str, user: str, *, said: str = "", ahead: str = "", created: str = "",
          done: str = "") -> str:  # fmt: skip
    """Draw what is heard, with the edges of the detector that the policy listens to."""
    source = LOCAL_VAD if policy(name).trigger.source == LOCAL_VAD else PROVIDER
    return play(name, sent=[sent, ahead], user=user.ljust(len(sent), "."), said=said, created=created,
                done=done, source=source)  # fmt: skip


def warm(name: str, sent: str, user: str, *, said: str = "") -> str:
    """Draw what is heard after a greeting that has outlasted the warm-up."""
    quiet = "." * len(GREETING)
    row = heard(name, GREETING + sent, quiet + user, said=quiet + said)
    assert GREETING == row[: len(GREETING)]
    return row[len(GREETING) :]


# ---- LiveKit


@pytest.mark.parametrize(("user", "left"), [
    ("..uuuu      ", "AAAAAAAAAAAAAA......................"),  # 0.4 s: too short to be anything
    ("..uuuuuu    ", "AAAAAAA.....................AAAAAAA."),  # held after 0.5 s, until 2 s after the end
    ("..uuuuuuuuuu", "AAAAAAA.........................AAAA"),  # after the end of the sound, however long it was
])  # fmt: skip
def test_livekit_goes_on_where_it_held_when_no_words_come(user: str, left: str) -> None:
    """A false interruption is one without words."""
    assert left == warm("livekit", sent="AAAAAAAAAAAAAA......................", user=user.replace(" ", "."))


@pytest.mark.parametrize(("said", "left"), [
    (".......1                     ", "AAAAAAA........................."),
    ("...........................1 ", "AAAAAAA........................."),  # within the two seconds
    ("............................1", "AAAAAAA.....................AAAA"),  # at their end: too late
])  # fmt: skip
def test_livekit_throws_away_what_it_held_when_words_come_in_time(said: str, left: str) -> None:
    """Any word will do: its minimum number of words is 0."""
    assert left == warm("livekit", sent="AAAAAAAAAAAAAA..................",
                                   user="..uuuuuu", said=said.replace(" ", "."))  # fmt: skip


def test_livekit_waits_for_two_seconds_of_silence_in_a_row() -> None:
    """Who speaks again stops the clock: nothing is resumed into their words."""
    assert "AAAAAAA...........................................AAAA" == warm(
        "livekit", sent="AAAAAAAAAAAAAA........................................",
                   user="..uuuuuu............uuuuuuuuuu")  # fmt: skip


def test_livekit_takes_what_is_answered_for_a_turn() -> None:
    """Also without words: the reply is heard, and not what it answered over."""
    assert "AAAAAAA.....BBBB...." == warm("livekit", sent="AAAAAAAAAAAABBBB....",
                                                     user="..uuuuuu")  # fmt: skip


def test_the_clock_of_a_hold_runs_only_while_the_user_is_silent() -> None:
    """No deadline while they speak; it counts from their last end."""
    gate = Gate(Policy("hold", Trigger(AT_ONCE, PROVIDER), HOLD_UNTIL_WORDS))
    ends = []
    for event in (SpeechStarted(400), SpeechStopped(900), SpeechStarted(1_500), SpeechStopped(5_000)):
        gate.receive(event)
        ends.append(gate.deadline)
    assert [None, 2_900, None, 7_000] == ends
    assert [(7_000, Action.RESUME)] == [(d.at, d.action) for d in gate.advance(9_000)]


@pytest.mark.parametrize("created", ["B", "A"])  # a new one; the held one, reported again
def test_a_reply_that_cuts_what_is_held_is_not_cut_with_it(created: str) -> None:
    """A cut revokes what was known before it."""
    gate = Gate(Policy("hold", Trigger(AT_ONCE, PROVIDER), HOLD_UNTIL_WORDS))
    for event in (Delta(0, "A", "a", 0, 2_400), SpeechStarted(400), ResponseCreated(1_500, created)):
        gate.receive(event)
    assert [Cut(1_500, frozenset("A"))] == gate.cuts
    assert {"A", created} == gate.seen


@pytest.mark.parametrize(("user", "left"), [
    ("...uuuuuuuuuuuuuuu", "..AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.....BBBBBBBB"),  # within them
    ("...............................uuuuuuuuuu", "..AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.....BBBBBBBB"),  # across
    ("................................uuuuuu", "..AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA........BBBBBBBB"),  # after them
    ("...............................................uuuuuu", "..AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.....BBBBBBB."),
])  # fmt: skip
def test_livekit_listens_to_nobody_for_three_seconds_from_its_first_sound(user: str, left: str) -> None:
    """Against its own echo, and once a session: the second answer has no such start."""
    assert left == heard("livekit", sent="..AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.....BBBBBBBB", user=user)


def test_livekit_on_a_model_that_detects_turns_is_keyed() -> None:
    """No minimum, no hold, no resume: the provider's report cuts at once."""
    sent, user = "AAAAAAAAAA....BBBBBBB..CC", "....u...........uuu......"
    assert "AAAA..........BB.......CC" == warm("livekit-realtime", sent=sent, user=user)
    assert warm("keyed", sent=sent, user=user) == warm("livekit-realtime", sent=sent, user=user)


def test_livekit_sends_such_a_model_silence_while_it_warms_up() -> None:
    """The one setting that stays: for three seconds from the first sound nobody interrupts."""
    sent, user = "AAAAAAAAAA....BBBB", "....uuu..........."
    assert sent == heard("livekit-realtime", sent=sent, user=user)
    assert "AAAA..........BBBB" == heard("keyed", sent=sent, user=user)


def test_livekit_lets_such_a_model_hear_the_user_before_its_first_sound() -> None:
    """There is no echo yet: what was being prepared is never said."""
    assert "..........BBBB" == heard("livekit-realtime", sent="...AAAAAA.BBBB",
                                                      user=".uu...........",
                                                   created="A.............")  # fmt: skip


# ---- Pipecat


@pytest.mark.parametrize(("user", "left"), [
    ("....u  ", "AAAAAAAAAA....BBBB"),  # 0.1 s
    ("....uuu", "AAAAAA........BBBB"),  # 0.2 s; what still comes of it is never heard
])  # fmt: skip
def test_pipecat_wants_two_tenths_of_a_second(user: str, left: str) -> None:
    """Its detector's start time."""
    assert left == heard("pipecat", sent="AAAAAAAAAA....BBBB", user=user.replace(" ", "."))


@pytest.mark.parametrize(("said", "left"), [
    ("....1.2.......", "AAAAAAAAAAAAAA"),  # below
    ("....1.2.3.....", "AAAAAAAA......"),  # at the minimum
    ("....1.2...12..", "AAAAAAAAAAAAAA"),  # another utterance begins at zero
])  # fmt: skip
def test_pipecats_minimum_of_words(said: str, left: str) -> None:
    """Of one utterance; however long and loud it is."""
    assert left == heard("pipecat-min-words", sent="AAAAAAAAAAAAAA", user="..uuuuuuuuuuuu", said=said)


@pytest.mark.parametrize(("name", "left"), [
    ("pipecat-realtime", "AAAAA.........BBBB"),  # nothing is keyed: the straggler is played
    ("keyed",            "AAAA..........BBBB"),
])  # fmt: skip
def test_pipecat_on_a_model_that_detects_turns_has_the_race(name: str, left: str) -> None:
    """Audio of the old response that comes after the queue was cleared."""
    assert left == heard(name, sent="AAAAA.........BBBB", user="....uuu")


def test_pipecat_begins_a_turn_once() -> None:
    """A detector that reports one stretch twice cuts twice elsewhere."""
    twice = [SpeechStarted(400), SpeechStarted(600)]
    cuts = {}
    for name in ("pipecat-realtime", "stop-only"):
        gate = Gate(policy(name))
        for event in twice:
            gate.receive(event)
        cuts[name] = [c.at for c in gate.cuts]
    assert {"pipecat-realtime": [400], "stop-only": [400, 600]} == cuts


# ---- Vapi


@pytest.mark.parametrize(("user", "left"), [
    ("....u        ", "AAAAAAAAAABBBB......"),  # 0.1 s
    ("....uu       ", "AAAAAA..........BBBB"),  # the next response comes at 1.0 s is held until 1.6, whole
    ("....uuu..uuu ", "AAAAAA.............."),  # interrupted again within the second: what was held goes too
])  # fmt: skip
def test_vapi_backs_off_for_a_second(user: str, left: str) -> None:
    """From the interruption on; what is generated meanwhile waits."""
    assert left == heard("vapi", sent="AAAAAAAAAABBBB......", user=user.replace(" ", "."))


@pytest.mark.parametrize(("said", "left"), [
    ("....1.......", "AAAAAAAAAABBBB......"),
    ("....1.2.....", "AAAAAA..........BBBB"),
])  # fmt: skip
def test_vapis_number_of_words(said: str, left: str) -> None:
    """Below the minimum and at it; the same second of quiet follows."""
    assert left == heard("vapi-words", sent="AAAAAAAAAABBBB......", user="..uuuuuuuuuu", said=said)


# ---- what is common


@pytest.mark.parametrize(("user", "left"), [
    ("..uuuu......", "AAAAAAA...BBBB..CC"),  # in the first answer
    (".......uuu..", "AAAAAAA...BBBB..CC"),  # when its last sample has sounded: between two
    ("...........u", "AAAAAAA...B.....CC"),  # in the second
])  # fmt: skip
def test_nobody_interrupts_before_the_first_answer_was_heard(user: str, left: str) -> None:
    """Pipecat's mute, as a gate of the house: then keyed."""
    drawing = {"sent": "AAAAAA....BBBB..CC", "ahead": "A", "done": ".....A.......B...C"}
    assert left == heard("mute-until-first-reply", user=user, **drawing)


@pytest.mark.parametrize(("user", "left", "levels"), [
    ("...uuuu.......", "AAAAAAAAAAAAAA", [(300, True), (700, False)]),  # 0.4 s: softer, and up again
    ("...uuuuuu.....", "AAAAAAAA......", [(300, True), (800, False)]),  # half a second: silent
])  # fmt: skip
def test_ducking(user: str, left: str, levels: list[tuple[int, bool]]) -> None:
    """At once softer; half a second decides."""
    outcome = outcome_of("duck", drawn("AAAAAAAAAAAAAA", user), 14 * TICK)
    assert left == picture(outcome)
    assert levels == [*outcome.levels]


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_says_which_version_it_was_read_from(name: str) -> None:
    """A default without a version is hearsay."""
    package, version = PEERS[name].origin.split()
    assert package in ("livekit-agents", "pipecat-ai", "vapi_server_sdk")
    assert [True] * 3 == [part.isdigit() for part in version.split(".")]


@pytest.mark.parametrize("name", PEERS)
def test_only_what_runs_a_realtime_model_tells_it_anything(name: str) -> None:
    """A pipeline has no provider that keeps a record of its own."""
    assert ("realtime" in name) == PEERS[name].commands
