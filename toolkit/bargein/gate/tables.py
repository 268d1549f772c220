"""The two tables a gate is made of, and the rows that change nothing.

A gate answers two questions, each with a small total table and at most one deadline:

*trigger*
    Is this the user taking the floor? Turns a detector's edges into :class:`BargeIn` or :class:`FalseAlarm`.
*reaction*
    What happens to the agent's sound? Turns verdicts, edges, audio and boundaries into decisions.

The difference between a gate that lets late audio back in and one that does not is a difference of rows::

              Delta of an unrevoked response    Delta of a revoked one    the user stops
    stop-only     PLAY                              PLAY                      -
    suppress      PLAY when open, DROP when shut    the same                  opens
    keyed         PLAY                              DROP                      -
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from bargein.events import (
    Audible,
    AudioDone,
    BargeIn,
    Delta,
    Drained,
    EnoughWords,
    Event,
    FalseAlarm,
    ResponseCreated,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
    StaleDelta,
    TimedOut,
    UserText,
)


class Flow(Enum):
    """Where a reaction stands: agent audio flows, waits, or is thrown away."""

    OPEN = "open"
    HELD = "held"
    SHUT = "shut"


class Watch(Enum):
    """Where a trigger stands: nothing heard of the user, not yet enough, enough; not listening, not listening yet."""

    IDLE = "idle"
    PENDING = "pending"
    FIRED = "fired"
    MUTED = "muted"
    WARMING = "warming"


class Action(Enum):
    """What is done with the agent's sound. PLAY, HOLD and DROP concern one delta; the others the whole queue."""

    PLAY = "play"
    HOLD = "hold"
    RESUME = "resume"
    FLUSH = "flush"
    DROP = "drop"
    DUCK = "duck"
    LIFT = "lift"


OPEN, HELD, SHUT = Flow.OPEN, Flow.HELD, Flow.SHUT
IDLE, PENDING, FIRED = Watch.IDLE, Watch.PENDING, Watch.FIRED
MUTED, WARMING = Watch.MUTED, Watch.WARMING
PLAY, HOLD, RESUME, FLUSH, DROP = Action.PLAY, Action.HOLD, Action.RESUME, Action.FLUSH, Action.DROP
DUCK, LIFT = Action.DUCK, Action.LIFT

#: What a trigger hears of, and what a reaction does.
TRIGGER_EVENTS: tuple[type[Event], ...] = (
    SpeechStarted, SpeechStopped, UserText, EnoughWords, AudioDone, Audible, Drained, TimedOut,
)  # fmt: skip
REACTION_EVENTS: tuple[type[Event], ...] = (
    BargeIn, FalseAlarm, SpeechStarted, SpeechStopped, UserText, EnoughWords, Delta, StaleDelta,
    AudioDone, ResponseCreated, ResponseDone, Audible, Drained, TimedOut,
)  # fmt: skip

TriggerTable = Mapping[tuple[Watch, type[Event]], tuple[Watch, type[Event] | None]]
ReactionTable = Mapping[tuple[Flow, type[Event]], tuple[Flow, Action | None]]

#: A trigger that never stirs: every state x event pair.
DEAF: TriggerTable = {(s, e): (s, None) for s in Watch for e in TRIGGER_EVENTS}

_FATE = {OPEN: PLAY, HELD: HOLD, SHUT: DROP}

#: A reaction that never changes state: audio plays when open, waits when held, is dropped when shut.
STAY: ReactionTable = {
    (s, e): (s, _FATE[s] if issubclass(e, Delta) else None) for s in Flow for e in REACTION_EVENTS
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a detector's edges count as the user taking the floor.

    Parameters
    ----------
    table
        Total: (state, event) to (state, verdict or None).
    source
        Whose edges are listened to; those of other detectors are ignored by the whole gate. A trigger that listens to
        the transcript takes its edges from the provider, which writes it.
    wait_ms, warm_up_ms
        How long the trigger stays in ``PENDING``, and in ``WARMING``, before :class:`TimedOut`; None: for ever.
    min_words
        Words of one utterance that make its text :class:`EnoughWords`; 0: text never does.
    start
        Where the trigger stands at the beginning of a session.

    Raises
    ------
    ValueError
        The table is not total.
    """

    table: TriggerTable
    source: str
    wait_ms: int | None = None
    warm_up_ms: int | None = None
    min_words: int = 0
    start: Watch = IDLE

    def __post_init__(self) -> None:
        _total(self.table, DEAF, "trigger")

    @property
    def waits(self) -> Mapping[Watch, int]:
        """The states that end by themselves, and after how many ms."""
        timed = {PENDING: self.wait_ms, WARMING: self.warm_up_ms}
        return {state: ms for state, ms in timed.items() if ms is not None}


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a verdict, an edge or a piece of audio does to the agent's sound.

    Parameters
    ----------
    table
        Total: (state, event) to (state, action or None); every row of a delta names its fate.
    timeout_ms
        How long the reaction stays away from ``OPEN`` before :class:`TimedOut`; None when it waits for ever.
    armed_by
        Events that start that time anew while it is away; None: whatever leads away from ``OPEN``, and a further
        verdict.
    stopped_by
        Events that stop it, until one of ``armed_by`` starts it anew.

    Raises
    ------
    ValueError
        The table is not total, or loses a delta.
    """

    table: ReactionTable
    timeout_ms: int | None = None
    armed_by: tuple[type[Event], ...] | None = None
    stopped_by: tuple[type[Event], ...] = ()

    def __post_init__(self) -> None:
        _total(self.table, STAY, "reaction")
        for (state, event), (_, action) in self.table.items():
            if issubclass(event, Delta) and action not in (PLAY, HOLD, DROP):
                raise ValueError(f"reaction table: ({state.name}, {event.__name__}) must play, hold or drop the delta")


S = TypeVar("S", bound=Enum)
A = TypeVar("A")


def by_state(table: Mapping[tuple[S, type[Event]], tuple[S, A]]) -> dict[S, dict[type[Event], tuple[S, A]]]:
    """Give a table state by state, with the rows that change something or do something alone; the same decisions.

    Examples
    --------
    >>> by_state(DEAF)[IDLE], by_state({**DEAF, (IDLE, SpeechStarted): (FIRED, BargeIn)})[IDLE][SpeechStarted][0].name
    ({}, 'FIRED')
    """
    rows: dict[S, dict[type[Event], tuple[S, A]]] = {state: {} for state, _ in table}
    for (state, event), row in table.items():
        if row != (state, None):
            rows[state][event] = row
    return rows


def _total(
    table: Mapping[tuple[S, type[Event]], object], model: Mapping[tuple[S, type[Event]], object], name: str
) -> None:
    missing, unknown = model.keys() - table.keys(), table.keys() - model.keys()
    if missing or unknown:
        rows = ", ".join(sorted(f"({s.name}, {e.__name__})" for s, e in missing or unknown))
        raise ValueError(f"{name} table: {'no row for' if missing else 'no such row as'} {rows}")
