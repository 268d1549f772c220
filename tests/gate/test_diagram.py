"""A policy shown: the drawing and the words are what the tables say."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bargein.events import BargeIn, Drained, SpeechStopped
from bargein.gate import POLICIES, Policy, Reaction, policy
from bargein.gate.diagram import back_by, cuts_on, diagram
from bargein.gate.tables import FLUSH, OPEN, SHUT, STAY

ARROW = re.compile(r"^ +(?:\[\*\]|(\w+)) --> (\w+)(?:: (.+))?$")
STATE = re.compile(r'^ +state "([^"]+)" as (\w+)( \{)?$')


def arrows(shown: Policy) -> set[tuple[str, str, str]]:
    """Every arrow of a drawing, one a label."""
    found = (ARROW.match(line) for line in diagram(shown).splitlines())
    return {(m[1], m[2], label) for m in found if m and m[3] for label in m[3].split("<br/>")}


@pytest.mark.parametrize("name", POLICIES)
def test_every_line_is_of_the_language_and_every_state_is_named_before_it_is_used(name: str) -> None:
    """Nothing that a renderer could stumble over: states, arrows, braces."""
    head, *lines = diagram(POLICIES[name]).splitlines()
    assert "stateDiagram-v2" == head
    named: set[str] = set()
    for line in lines:
        state, arrow = STATE.match(line), ARROW.match(line)
        assert state or arrow or "    }" == line, line
        if state:
            named.add(state[2])
        elif arrow:
            assert {arrow[1] or arrow[2], arrow[2]} <= named
            assert not re.search(r"[;#{}\"]", arrow[3] or "")
    assert sum(line.endswith("{") for line in lines) == lines.count("    }")


def test_only_rows_that_change_something_are_drawn() -> None:
    """And the state that no row of it leads to is left out."""
    assert {
        ("trigger_idle", "trigger_fired", "SpeechStarted / BargeIn"),
        ("trigger_fired", "trigger_fired", "SpeechStarted / BargeIn"),
        ("trigger_fired", "trigger_idle", "SpeechStopped"),
        ("reaction_open", "reaction_shut", "BargeIn / flush"),
        ("reaction_shut", "reaction_open", "SpeechStopped"),
        ("reaction_shut", "reaction_open", "AudioDone"),
        ("reaction_shut", "reaction_open", "after 10000 ms"),
    } == arrows(policy("suppress"))
    assert "reaction_held" not in diagram(policy("suppress"))


def test_a_deadline_says_from_when_it_runs_and_what_stops_it() -> None:
    """LiveKit's runs while the user is silent."""
    late = "2000 ms after SpeechStopped, without SpeechStarted / resume"
    assert ("reaction_held", "reaction_open", late) in arrows(policy("livekit"))
    assert ("trigger_warming", "trigger_idle", "after 3000 ms") in arrows(policy("livekit"))


def test_a_row_that_nothing_can_reach_is_not_drawn() -> None:
    """Words where no number is asked for, deadlines where there is none."""
    livekit = policy("livekit")
    silent = replace(
        livekit, trigger=replace(livekit.trigger, min_words=0), reaction=replace(livekit.reaction, timeout_ms=None)
    )
    assert arrows(silent) < arrows(livekit)
    gone = {label for _, _, label in arrows(livekit) - arrows(silent)}
    assert {"1+ words / flush", "2000 ms after SpeechStopped, without SpeechStarted / resume"} == gone


def test_a_relay_is_drawn_beside_the_client() -> None:
    """Two gates on the same trigger."""
    assert ("relay_shut", "relay_open", "ResponseCreated") in arrows(policy("server"))
    assert not [a for a in arrows(policy("stop-only")) if "relay" in a[0]]


@pytest.mark.parametrize(("name", "cuts", "back"), [
    ("indicator",         "provider: speech",    "it never stops"),
    ("stop-only",         "provider: speech",    "the next delta"),
    ("suppress",          "provider: speech",    "user's end, audio_done, 10 s"),
    ("keyed@transcript",  "transcript: 1 word",  "a response first seen later"),
    ("duck@local-vad",    "local-vad: 500 ms",   "a response first seen later"),
    ("livekit",           "local-vad: 500 ms",   "words, new response, 2 s"),
    ("pipecat-min-words", "transcript: 3 words", "a response first seen later"),
    ("vapi",              "local-vad: 200 ms",   "1 s"),
])  # fmt: skip
def test_in_a_few_words(name: str, cuts: str, back: str) -> None:
    """For tables."""
    assert (cuts, back) == (cuts_on(policy(name)), back_by(policy(name).reaction))


def test_an_event_without_a_word_of_its_own_keeps_its_name() -> None:
    """A policy of one's own may open on anything."""
    assert "user's end, Drained" == back_by(Reaction({
        **STAY,
        (OPEN, BargeIn):       (SHUT, FLUSH),
        (SHUT, SpeechStopped): (OPEN, None),
        (SHUT, Drained):       (OPEN, None),
    }))  # fmt: skip
