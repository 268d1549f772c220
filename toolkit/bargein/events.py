"""The neutral vocabulary: what a gate, a ledger and a metric need to know of a provider's log.

Every event is frozen and says when it was known (``at``, session ms). Providers translate their own wire names into
these (``providers/``); a log keeps the provider's payload whole, so nothing is lost by this vocabulary being small.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, TypeVar

from bargein.ledger import Row

#: Who noticed the user: the provider's voice detection, one beside the loudspeaker, or a recogniser's text.
PROVIDER, LOCAL_VAD, TRANSCRIPT = "provider", "local-vad", "transcript"
SOURCES = (PROVIDER, LOCAL_VAD, TRANSCRIPT)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, dated in session time."""

    at: int


@dataclass(frozen=True, slots=True)
class SpeechStarted(Event):
    """A detector reported speech. ``claimed_ms`` is its own figure, on its own clock, raw."""

    source: str = PROVIDER
    item: str = ""
    claimed_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SpeechStopped(Event):
    """A detector reported that speech ended. ``claimed_ms`` is its own figure, raw."""

    source: str = PROVIDER
    item: str = ""
    claimed_ms: int | None = None


@dataclass(frozen=True, slots=True)
class UserText(Event):
    """What a recogniser made of the user so far; ``final`` when it will not be revised."""

    item: str = ""
    text: str = ""
    final: bool = False


@dataclass(frozen=True, slots=True)
class EnoughWords(UserText):
    """The text by which an utterance first reached the number of words a trigger asks for; once an utterance."""


@dataclass(frozen=True, slots=True)
class ResponseCreated(Event):
    """The provider began a response: from here its id has been seen."""

    response: str = ""


@dataclass(frozen=True, slots=True)
class Delta(Event):
    """A piece of agent audio: samples ``first .. first + samples`` of one content part of one item.

    ``stored`` is where those samples begin in the session's agent track (-1: not stored).
    """

    response: str = ""
    item: str = ""
    first: int = 0
    samples: int = 0
    content: int = 0
    stored: int = -1


@dataclass(frozen=True, slots=True)
class StaleDelta(Delta):
    """A piece of a response that a cut has revoked: its own kind of event, so that a table can have a row for it."""


@dataclass(frozen=True, slots=True)
class AgentText(Event):
    """Words the agent generated; ``start_ms`` is their place in the item's audio, where the provider tells."""

    response: str = ""
    item: str = ""
    text: str = ""
    start_ms: int | None = None


@dataclass(frozen=True, slots=True)
class AudioDone(Event):
    """Generation of an item's audio ended. Says nothing about what has been heard."""

    response: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class ItemDone(Event):
    """An output item was closed by the provider."""

    response: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class ResponseDone(Event):
    """A response ended, whatever its final state. ``outputs`` counts the items the provider still lists in it."""

    response: str = ""
    status: str = ""
    reason: str = ""
    outputs: int = 0


@dataclass(frozen=True, slots=True)
class SettingsInForce(Event):
    """The provider reported, or was sent, turn detection settings (its own field names)."""

    turn_detection: tuple[tuple[str, object], ...] = ()
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Command(Event):
    """What the client told the provider about turns: truncate, cancel, clear, commit or create."""

    name: str = ""
    item: str = ""
    response: str = ""
    audio_end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Truncated(Event):
    """The provider cut an item in its record."""

    item: str = ""
    audio_end_ms: int = 0


@dataclass(frozen=True, slots=True)
class ProviderError(Event):
    """The provider refused something; sessions go on."""

    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Audible(Event):
    """Playback's feedback: the first sample of a response sounds."""

    response: str = ""


@dataclass(frozen=True, slots=True)
class Drained(Event):
    """Playback's feedback: the last queued sample has sounded."""


@dataclass(frozen=True, slots=True)
class BargeIn(Event):
    """A trigger's verdict: the user takes the floor."""


@dataclass(frozen=True, slots=True)
class FalseAlarm(Event):
    """A trigger's verdict: what looked like speech did not take the floor."""


@dataclass(frozen=True, slots=True)
class TimedOut(Event):
    """A deadline of a table fell due."""


_OF_ROW = attrgetter(*Row._fields)


def rows_of(events: Iterable[Event]) -> tuple[Row, ...]:
    """Give the deltas among events as a ledger has them.

    Examples
    --------
    >>> rows_of([Drained(100), Delta(250, "A", "a", 0, 1_200, stored=0)])
    (Row(at=250, response='A', item='a', first=0, samples=1200, content=0),)
    """
    row = tuple.__new__  # the same as Row._make, for as many rows as a log has deltas
    return tuple([row(Row, _OF_ROW(e)) for e in events if isinstance(e, Delta)])


E = TypeVar("E", bound=Event)


class _Draft(Event):
    """A delta in the making: of the same layout, with attributes that are set the quick way."""

    __slots__ = Delta.__slots__
    __setattr__, __delattr__ = object.__setattr__, object.__delattr__


def delta(at: int, response: str, item: str, first: int, samples: int, content: int, stored: int) -> Delta:
    """The same as Delta(at, ...), four times faster: deltas are most of a log, and each is made, and dated, anew."""
    made: Any = object.__new__(_Draft)
    made.at, made.response, made.item, made.first = at, response, item, first
    made.samples, made.content, made.stored = samples, content, stored
    made.__class__ = Delta
    return made  # type: ignore[no-any-return]


def dated(event: E, at: int) -> E:
    """Give the same event at another time.

    Examples
    --------
    >>> dated(Drained(100), 250)
    Drained(at=250)
    """
    if event.at == at:
        return event
    if type(event) is not Delta:
        return replace(event, at=at)
    old: Any = event
    return delta(at, old.response, old.item, old.first, old.samples, old.content, old.stored)  # type: ignore[return-value]
