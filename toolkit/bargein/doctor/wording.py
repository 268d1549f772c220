"""The log's order alone: what can be said of a recording whether or not it has times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck
from bargein.events import Event
from bargein.providers import CALL, provider
from bargein.session import Record
from bargein.session.files import EVENTS_FILE

APPEND = "input_audio_buffer.append"


class Said(NamedTuple):
    """A line of the log; ``event`` where it says something about turn taking, dated 0 where the log has no times."""

    record: Record
    event: Event | None
    ref: str

    @property
    def at(self) -> int | None:
        """Session ms; None where the log has no times."""
        return self.record.t


class Appended(NamedTuple):
    """A piece of the microphone as it was sent: when, how many samples, and whether the user's track holds them."""

    at: int
    samples: int
    stored: bool
    ref: str


def appended(lines: Iterable[Said]) -> list[Appended]:
    """Give the pieces of the microphone whose time and length the log tells."""
    found = []
    for line in lines:
        sound = line.record.payload.get("audio") if line.record.type == APPEND else None
        samples = sound.get("samples") if isinstance(sound, dict) else None
        if line.at is not None and isinstance(sound, dict) and isinstance(samples, int):
            found.append(Appended(line.at, samples, isinstance(sound.get("stored"), int), line.ref))
    return found


def said(case: Case) -> Iterator[Said]:
    """Give every line of the log in its order.

    Raises
    ------
    CannotCheck
        Nothing was said on a wire, as in a call.
    """
    speaks = provider(case.session.info.provider)
    if speaks is CALL:
        raise CannotCheck("a call has no provider's log: its events are when either side sounded")
    for record in case.session.records:
        event = speaks.parse(record.payload, record.t or 0, record.direction)
        yield Said(record, event, f"{EVENTS_FILE}:{record.seq + 1} {record.type}")
