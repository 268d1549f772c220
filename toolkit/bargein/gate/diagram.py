"""A policy shown: its tables as a state diagram (Mermaid), and what they come to in a few words.

Both are read off the tables, so they cannot say anything else than what the gate does. Only rows that change something
are drawn, only states that can be reached, and a deadline only where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from bargein.events import (
    AudioDone,
    BargeIn,
    EnoughWords,
    Event,
    ResponseCreated,
    SpeechStopped,
    StaleDelta,
    TimedOut,
)
from bargein.gate.policies import Policy
from bargein.gate.tables import DROP, HELD, OPEN, PENDING, SHUT, STAY, Reaction, Trigger
from bargein.units import SECOND

#: From where, to where, what happened and what is done about it.
Arrow = tuple[Enum, Enum, str]

#: What becomes of new audio in a state, unless an arrow says otherwise.
_FATES: dict[Enum, str] = {
    OPEN: "open: new audio plays",
    HELD: "held: new audio waits",
    SHUT: "shut: new audio is dropped",
}

_WORDS: dict[type[Event], str] = {
    SpeechStopped: "user's end", AudioDone: "audio_done", EnoughWords: "words", ResponseCreated: "new response",
}  # fmt: skip


def diagram(policy: Policy) -> str:
    """Draw a policy's tables.

    Parameters
    ----------
    policy
        Any; a relay's table stands beside the client's.

    Returns
    -------
    Mermaid text, the same for the same tables: an arrow says ``event / action``, a deadline its time in ms.

    Examples
    --------
    >>> from bargein.gate import policy
    >>> print(diagram(policy("stop-only")))
    stateDiagram-v2
        state "trigger: provider" as trigger {
            state "idle" as trigger_idle
            state "fired" as trigger_fired
            [*] --> trigger_idle
            trigger_idle --> trigger_fired: SpeechStarted / BargeIn
            trigger_fired --> trigger_fired: SpeechStarted / BargeIn
            trigger_fired --> trigger_idle: SpeechStopped
        }
        state "reaction" as reaction {
            state "open: new audio plays" as reaction_open
            [*] --> reaction_open
            reaction_open --> reaction_open: BargeIn / flush
        }
    """
    trigger = policy.trigger
    lines = [*_drawn("trigger", f"trigger: {trigger.source}", trigger.start, _of_trigger(trigger))]
    for name, reaction in (("relay", policy.relay), ("reaction", policy.reaction)):
        if reaction is not None:
            lines += _drawn(name, name, OPEN, _of_reaction(reaction, trigger))
    return "\n".join(["stateDiagram-v2", *lines])


def cuts_on(policy: Policy) -> str:
    """Say in a few words what a policy takes for the user taking the floor.

    Examples
    --------
    >>> from bargein.gate import policy
    >>> [cuts_on(policy(name)) for name in ("keyed", "pipecat", "vapi-words")]
    ['provider: speech', 'local-vad: 200 ms', 'transcript: 2 words']
    """
    trigger = policy.trigger
    if any(event is EnoughWords and verdict for (_, event), (_, verdict) in trigger.table.items()):
        return f"{trigger.source}: {trigger.min_words} word{'s' if trigger.min_words > 1 else ''}"
    wait = trigger.waits.get(PENDING)
    return f"{trigger.source}: {'speech' if wait is None else f'{wait} ms'}"


def back_by(reaction: Reaction) -> str:
    """Say in a few words what lets audio sound again after a cut.

    Examples
    --------
    >>> from bargein.gate import policy
    >>> [back_by(policy(name).reaction) for name in ("indicator", "stop-only", "keyed")]
    ['it never stops', 'the next delta', 'a response first seen later']
    >>> [back_by(policy(name).reaction) for name in ("suppress", "livekit")]
    ["user's end, audio_done, 10 s", 'words, new response, 2 s']
    """
    state, action = reaction.table[OPEN, BargeIn]
    if state is not OPEN:
        ways = (e for (s, e), (to, _) in reaction.table.items() if s is state and to is OPEN)
        named = {**_WORDS, TimedOut: f"{(reaction.timeout_ms or 0) / SECOND:g} s"}
        return ", ".join(named.get(e, e.__name__) for e in ways)
    if action is None:
        return "it never stops"
    keyed = reaction.table[OPEN, StaleDelta][1] is DROP
    return "a response first seen later" if keyed else "the next delta"


def _of_trigger(trigger: Trigger) -> Iterator[Arrow]:
    for (state, event), (to, verdict) in trigger.table.items():
        never = (event is TimedOut and state not in trigger.waits) or (event is EnoughWords and not trigger.min_words)
        if (to, verdict) != (state, None) and not never:
            named = _named(trigger, f"after {trigger.waits.get(state)} ms")
            yield state, to, _label(named.get(event, event.__name__), verdict.__name__ if verdict else "")


def _of_reaction(reaction: Reaction, trigger: Trigger) -> Iterator[Arrow]:
    since = " or ".join(e.__name__ for e in reaction.armed_by or ())
    late = f"{reaction.timeout_ms} ms after {since}" if since else f"after {reaction.timeout_ms} ms"
    named = _named(trigger, late + "".join(f", without {e.__name__}" for e in reaction.stopped_by))
    for (state, event), (to, action) in reaction.table.items():
        never = (event is TimedOut and reaction.timeout_ms is None) or (event is EnoughWords and not trigger.min_words)
        if (to, action) != STAY[state, event] and not never:
            yield state, to, _label(named.get(event, event.__name__), action.value if action else "")


def _named(trigger: Trigger, late: str) -> dict[type[Event], str]:
    return {TimedOut: late, EnoughWords: f"{trigger.min_words}+ words"}


def _label(event: str, does: str) -> str:
    return f"{event} / {does}" if does else event


def _drawn(name: str, title: str, start: Enum, arrows: Iterable[Arrow]) -> Iterator[str]:
    """Give one table as a state of its own; arrows between the same two states share a line."""
    joined: dict[tuple[Enum, Enum], list[str]] = {}
    for state, to, label in arrows:
        joined.setdefault((state, to), []).append(label)
    reached = [start]
    for state in reached:  # grows while it is walked
        reached += dict.fromkeys(to for s, to in joined if s is state and to not in reached)
    yield f'    state "{title}" as {name} {{'
    yield from (f'        state "{_FATES.get(s, s.value)}" as {name}_{s.value}' for s in reached)
    yield f"        [*] --> {name}_{start.value}"
    for state in reached:
        for (s, to), labels in joined.items():
            if s is state:
                yield f"        {name}_{s.value} --> {name}_{to.value}: {'<br/>'.join(labels)}"
    yield "    }"
