"""What rules look at: the log with its line numbers, the client's own log; refusals where one of them is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck
from bargein.events import Event
from bargein.ledger import Heard
from bargein.providers import CALL
from bargein.providers.duties import DUTIES, duty
from bargein.session.files import CLIENT_FILE, EVENTS_FILE, json_lines
from bargein.settings import ServerVad, TurnDetection, merged
from bargein.timeline import Span
from bargein.units import ms_of

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
        Nothing was said on a wire, as in a call; or the log has no times.
    """
    if case.session.info.provider == CALL.name:
        raise CannotCheck("a call has no provider's log: its events are when either side sounded")
    if case.session.info.clock == "none":
        raise CannotCheck("the log has no times: log t, the receive time in ms, with every line")
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


def in_force(case: Case, at: int) -> TurnDetection | None:
    """Give the turn detection in force at a time, partial updates merged; None where none was recorded."""
    found: TurnDetection | None = None
    for change in case.session.info.settings:
        if found is None or change.at <= at:
            found = change.turn_detection if found is None else merged(found, change.turn_detection)
    return found


def owed(case: Case, at: int) -> tuple[str, ...]:
    """Give what the client owed the provider at a cut, by the settings in force; without any, by its defaults.

    Where the log holds the provider's play-out events (WebRTC, SIP), the server knows what was played.
    """
    name = case.session.info.provider
    plays_out = any(record.type.startswith("output_audio_buffer.") for record in case.session.records)
    if plays_out and (f"{name}-webrtc", "interrupts") in DUTIES:
        name = f"{name}-webrtc"
    return duty(name, in_force(case, at) or ServerVad()).tells


def client_words(case: Case) -> None:
    """Make sure that what the client said was logged.

    Raises
    ------
    CannotCheck
        The log holds what the provider said alone.
    """
    if all(record.direction == "s2c" for record in case.session.records):
        raise CannotCheck("the log holds no client messages: whether it told the provider anything is not known")


#: How an import says that it could not place the microphone's file in time.
UNPLACED = "the user file begins with the log"


def microphone(case: Case) -> Span:
    """Give when the microphone was recorded, session ms.

    Raises
    ------
    CannotCheck
        It was not, or it is not known when.
    """
    track = case.session.info.tracks.get("user")
    if track is None:
        raise CannotCheck("the microphone was not recorded: there is no user track")
    if case.session.info.clock == "appends":
        raise CannotCheck(
            "times come from the audio sent, which may have run ahead of the clock: log t with every line"
        )
    if any(said.startswith(UNPLACED) for said in case.session.info.assumed):
        raise CannotCheck("when the microphone's recording began is not known: no append is logged")
    return Span(track.origin_ms, track.origin_ms + ms_of(track.samples, track.rate))
