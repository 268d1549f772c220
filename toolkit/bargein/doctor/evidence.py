"""What rules look at: the log with its line numbers, the client's own log; refusals where one of them is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck
from bargein.events import Event
from bargein.ledger import Heard
from bargein.providers import CALL
from bargein.session.files import CLIENT_FILE, EVENTS_FILE, json_lines

E = TypeVar("E", bound=Event)


class Line(NamedTuple):
    """A line of the log: what it says in neutral words, and where it stands."""

    event: Event
    connection: str
    ref: str


def log(case: Case) -> tuple[Line, ...]:
    """Give the session's log, each event with the line it stands in.

    Raises
    ------
    CannotCheck
        Nothing was said on a wire, as in a two-channel call.
    NotAnswerable
        The log has no times.
    """
    if case.session.info.provider == CALL.name:
        raise CannotCheck("a two-channel call has no provider's log: its events were derived from its sound")
    reading, records = case.reading, case.session.records
    return tuple(
        Line(event, connection, f"{EVENTS_FILE}:{line} {records[line - 1].type}")
        for (event, connection), line in zip(reading.events, reading.lines, strict=True)
    )


def of(lines: tuple[Line, ...], *kinds: type[E]) -> Iterator[tuple[E, str]]:
    """Give the events of the named kinds, each with the line it stands in."""
    return ((line.event, line.ref) for line in lines if isinstance(line.event, kinds))


def player(case: Case) -> Heard:
    """Give what was heard, by the client's player or the agent's channel.

    Raises
    ------
    CannotCheck
        Nothing tells what was heard.
    """
    if case.heard is None:
        raise CannotCheck(f"nothing tells what was heard: no {CLIENT_FILE} of the player, no channel of a call")
    return case.heard


def client_log(case: Case) -> list[tuple[str, dict[str, object]]]:
    """Give the lines of the client's own log, each with the place it stands at.

    Raises
    ------
    CannotCheck
        There is no such log.
    """
    path = case.session.folder / CLIENT_FILE
    if not path.exists():
        raise CannotCheck(f"there is no {CLIENT_FILE}: what the client's player did is not known")
    lines, _ = json_lines(path)
    return [(f"{CLIENT_FILE}:{number} {line.get('ev')}", line) for number, line in lines]


def microphone(case: Case) -> None:
    """Make sure that the user's sound was recorded.

    Raises
    ------
    CannotCheck
        It was not.
    """
    if "user" not in case.session.info.tracks:
        raise CannotCheck("the microphone was not recorded: there is no user track")
