"""The neutral vocabulary: what a gate, a ledger and a metric need to know of a provider's log.

Every event is frozen and says when it was known (``at``, session ms). Providers translate their own wire names into
these (``providers/``); a log keeps the provider's payload whole, so nothing is lost by this vocabulary being small.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
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


_OF_ROW = attrgetter(*Row._fields)


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

    @property
    def row(self) -> Row:
        """Its arrival, as a ledger has it."""
        return Row._make(_OF_ROW(self))


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


E = TypeVar("E", bound=Event)
_new, _put_at = object.__new__, Event.__dict__["at"].__set__
#: Per kind of event, how each of its fields but ``at`` is set and got.
_BESIDES_AT: dict[type[Event], list[tuple[Callable[[Any, Any], None], Callable[[Any], Any]]]] = {}


def dated(event: E, at: int) -> E:
    """Give the same event at another time.

    Examples
    --------
    >>> dated(Drained(100), 250)
    Drained(at=250)
    """
    if event.at == at:
        return event
    # The same as dataclasses.replace(event, at=at), several times faster: every event of a log is dated anew.
    kind = type(event)
    if kind not in _BESIDES_AT:
        slots = (getattr(kind, f.name) for f in fields(kind)[1:])
        _BESIDES_AT[kind] = [(slot.__set__, slot.__get__) for slot in slots]
    dated_anew = _new(kind)
    _put_at(dated_anew, at)
    for put, get in _BESIDES_AT[kind]:
        put(dated_anew, get(event))
    return dated_anew
