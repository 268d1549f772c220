"""Somebody's log, line by line: when, which way, what. The lines are read; what they say is left to others.

Two shapes are known: ``{"t": ms, "dir": "s2c", "ev": {…}}``, which our loggers write (``docs/session-format.md``; of
a binary frame ``"binary"`` in place of ``ev``), and the untimed ``{"i": n, "kind": "message", "direction": "received",
"data": {…}}``. A line of kind ``close`` ends a connection; what follows is a connection of its own. A line of kind
``track``, ``{"t": ms, "kind": "track", "track": "user"}``, says when the recording of a track beside the log began.
A cassette, YAML, is read as the second shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from bargein.errors import Problem
from bargein.formats import wirecassette
from bargein.formats.wiretext import objects, together
from bargein.units import SECOND

DIRECTION_KEYS, PAYLOAD_KEYS = ("dir", "direction"), ("ev", "data", "event", "message", "payload")
#: Key of a line, and type of the event it becomes, whose frame was no text (``wirebinary`` says what it carried).
BINARY = "binary"
#: Tracks whose recording a log may date.
SIDES = ("user", "agent")
#: Names that others give to the receive time; without ``t`` they would be overlooked.
OTHER_TIMES = ("ts", "time", "timestamp", "at", "received_at", "recv_ms", "created_at")

#: What somebody may write, to which way it went.
DIRECTIONS: Mapping[str, str] = {
    **dict.fromkeys(("s2c", "received", "receive", "recv", "server", "in", "inbound", "server_to_client"), "s2c"),
    **dict.fromkeys(("c2s", "sent", "send", "client", "out", "outbound", "client_to_server"), "c2s"),
}

#: Both providers end a session after two hours at the latest; twice that is no session in milliseconds.
LONGEST_MS = 4 * 3_600 * SECOND
#: Generation runs 4 to 5 times faster than real time; a log that holds 100 times more sound than time has another unit.
FASTEST = 100

#: Milliseconds since 1970 reach 2**42 in the year 2109.
TOO_LATE = 2**42

#: What a ``t`` that is no whole number of milliseconds is, and what it may be meant as.
NO_TIME: Mapping[str, tuple[str, str]] = {
    "str": ("text", "a date?"), "digits": ("digits in quotes", "take the quotes away;"),
    "float": ("a fraction", "seconds?"), "int": ("a number beyond the year 2100", "micro- or nanoseconds?"),
    "bool": ("true or false", ""), "list": ("a list", ""), "dict": ("an object", ""),
}  # fmt: skip

WHOLE_MS = "write whole milliseconds: int(1000 * seconds), Math.round(ms)"


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: its line in the file (from 1), its time as written (None: none), its way, connection and payload."""

    line: int
    t: int | None
    direction: str
    connection: str
    payload: dict[str, Any]

    @property
    def type(self) -> str:
        """The provider's own name of the event."""
        return str(self.payload.get("type", ""))


@dataclass(slots=True)
class Lines:
    """What a log holds: messages, how many lines were none, when tracks beside it begin, everything that is wrong."""

    name: str
    frames: list[Frame] = field(default_factory=list)
    marks: int = 0
    begins: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, line: int) -> str:
        """Where a line stands, for messages."""
        return f"{self.name}:{line}"


def read_lines(path: Path) -> Lines:
    """Read a log.

    Parameters
    ----------
    path
        JSON lines, UTF-8; or a cassette, ``.yaml``.

    Returns
    -------
    Its messages in order, and every problem: lines that cannot be decoded, that have no direction or payload, times
    that are no whole milliseconds or that run backwards within one direction of one connection.
    """
    found = Lines(path.name)
    try:
        raw = path.read_bytes()
    except OSError as error:
        hint = "mistyped?" if not path.exists() else "a folder? name the log inside it"
        found.problems.append(Problem(f"cannot be read: {error.strerror}", str(path), hint))
        return found
    read = wirecassette.interactions if path.suffix.lower() in wirecassette.SUFFIXES else objects
    values, found.problems = read(raw, found.name)
    closed: dict[str, int] = {}
    problems: list[Problem] = []
    for number, value in values:
        kind = value.get("kind", "message")
        connection = str(value.get("conn", "provider"))
        if kind == "track" and value.get("track") in SIDES and type(value.get("t")) is int:
            found.begins.setdefault(value["track"], value["t"])
            continue
        if kind != "message":
            found.marks += 1
            closed[connection] = closed.get(connection, 0) + (kind in ("close", "closed"))
            continue
        again = closed.get(connection, 0)
        made = _frame(number, value, f"{connection}-{again + 1}" if again else connection, found)
        if isinstance(made, Frame):
            found.frames.append(made)
        else:
            problems.append(made)
    found.problems += together(problems, found.name)
    if not (found.frames or found.problems):
        found.problems.append(Problem("no message in the log", str(path), "the logger never saw one, or another file?"))
    found.problems += _backwards(found)
    found.problems += _joined(found)
    return found


def unit_problem(lines: Lines, sound_ms: int) -> Problem | None:
    """Give what speaks against the times being milliseconds; None when nothing does.

    Parameters
    ----------
    lines
        With times.
    sound_ms
        The longest stretch of sound the log accounts for, in milliseconds: 0 when it holds none.

    Examples
    --------
    >>> log = Lines("a.jsonl", [Frame(n, t, "s2c", "provider", {}) for n, t in ((1, 100), (2, 130))])
    >>> print(unit_problem(log, sound_ms=30_000))
    t: spans 30 from line 1 to 2, the log holds 30000 ms of sound (seconds? write whole milliseconds: \
int(1000 * seconds), Math.round(ms)) @ a.jsonl:2
    """
    timed = [f for f in lines.frames if f.t is not None]
    if not timed:
        return None
    first, last = min(timed, key=lambda f: f.t or 0), max(timed, key=lambda f: f.t or 0)
    span = (last.t or 0) - (first.t or 0)
    head = f"t: spans {span} from line {first.line} to {last.line}"
    if span > LONGEST_MS:
        hint = f"microseconds, or two logs joined? {WHOLE_MS}"
        return Problem(f"{head}, over four hours in milliseconds", lines.place(last.line), hint)
    if sound_ms >= SECOND and span * FASTEST < sound_ms:
        what = f"{head}, the log holds {sound_ms} ms of sound"
        return Problem(what, lines.place(last.line), f"seconds? {WHOLE_MS}")
    return None


def _frame(number: int, value: dict[str, Any], conn: str, found: Lines) -> Frame | Problem:
    place = found.place(number)
    payload = next((value[k] for k in PAYLOAD_KEYS if k in value), None)
    if payload is None and isinstance(value.get(BINARY), int | str):
        payload = {"type": BINARY, "data": value[BINARY]}
    if isinstance(payload, str):
        try:
            payload = msgspec.json.decode(payload)
        except msgspec.DecodeError:
            return Problem("the message is no JSON", place, "a binary frame? write it as {t, dir, binary: base64}")
    if not isinstance(payload, dict):
        bare = "type" in value or "serverContent" in value
        hint = (
            "a bare event: write it as {t, dir, ev}"
            if bare
            else f"wanted {{t, dir, ev}}; found {', '.join(value)[:80]}"
        )
        return Problem("no message (ev) in the line", place, hint)
    stated = next((value[k] for k in DIRECTION_KEYS if k in value), None)
    way = DIRECTIONS.get(stated.lower()) if isinstance(stated, str) else None
    if way is None:
        return Problem(f"direction: {stated!r} is not s2c or c2s", place, "which side sent it?")
    if "t" not in value and (other := next((k for k in OTHER_TIMES if k in value), None)):
        return Problem(f"a time under the name {other!r}", place, f"name it t; {WHOLE_MS}")
    t = value.get("t")
    if isinstance(t, float) and t.is_integer():
        t = int(t)
    if t is None or (type(t) is int and abs(t) < TOO_LATE):
        return Frame(number, t, way, conn, payload)
    kind, unit = NO_TIME["digits" if isinstance(t, str) and t.strip().isdigit() else type(t).__name__]
    return Problem(f"t: {kind} where whole milliseconds are wanted", place, f"{unit} {WHOLE_MS}".lstrip())


def _backwards(lines: Lines) -> list[Problem]:
    problems = []
    latest: dict[tuple[str, str], Frame] = {}
    for f in lines.frames:
        if f.type == "session.created" and f.direction == "s2c":  # a second one is a problem of its own
            latest = {key: frame for key, frame in latest.items() if key[0] != f.connection}
        if f.t is None:
            continue
        before = latest.get((f.connection, f.direction))
        if before is not None and before.t is not None and f.t < before.t:
            what = f"t: {f.t} lies before {before.t} of line {before.line}, same direction ({f.direction})"
            problems.append(Problem(what, lines.place(f.line), "two logs joined, or two clocks?"))
        latest[f.connection, f.direction] = f
    return problems


def _joined(lines: Lines) -> list[Problem]:
    """A session begins once on a connection."""
    problems = []
    began: dict[str, int] = {}
    for f in lines.frames:
        if f.direction == "s2c" and f.type == "session.created":
            if f.connection in began:
                what = f"a second session.created (the first: line {began[f.connection]})"
                hint = 'two logs joined? cut here; a reconnect needs {"kind": "close"} before it or a conn of its own'
                problems.append(Problem(what, lines.place(f.line), hint))
            began[f.connection] = f.line
    return problems
