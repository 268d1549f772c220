"""``client.jsonl``: what the client's player really did, and heard audio from it.

One line a node: ``started`` when it begins to sound (whose samples, how many it holds), ``stopped`` or ``flushed`` when
it is cut, ``drained`` when the queue has run dry. Lines of other kinds are kept and tell nothing about what sounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bargein.errors import Problem
from bargein.ledger import Basis, Heard, Played
from bargein.units import ms_covering, samples_in

#: Lines after which something else sounds, or nothing.
BOUNDARIES = ("started", "stopped", "flushed", "drained")
STARTED: Mapping[str, type] = {"response": str, "item": str, "first": int, "samples": int}


def client_lines(heard: Heard) -> Iterator[dict[str, Any]]:
    """Write heard audio as a player's log would have it."""
    previous: Played | None = None
    for row in heard.rows:
        at = row.run + ms_covering(row.offset, heard.rate)
        if previous is not None and previous.run != row.run:
            yield {"t": _end(previous, heard.rate), "ev": "stopped"}
        yield {"t": at, "ev": "started", "response": row.response, "item": row.item, "content": row.content,
               "first": row.first, "samples": row.samples}  # fmt: skip
        previous = row
    if previous is not None:
        yield {"t": _end(previous, heard.rate), "ev": "stopped"}


def heard_from(lines: Iterable[Mapping[str, Any]], rate: int, basis: Basis) -> Heard:
    """Read a player's log.

    A node sounds from its ``started`` to its last sample or to the next line, whichever is first. A node that starts in
    the millisecond in which the one before it ends continues its run, unless a line between them ended that run.

    Parameters
    ----------
    lines
        In order of time.
    rate
        Samples per second of the agent's audio.
    basis
        ``logged`` for a real player's log.

    Examples
    --------
    >>> log = [{"t": 100, "ev": "started", "response": "A", "item": "a", "first": 0, "samples": 2_400},
    ...        {"t": 150, "ev": "stopped"}]
    >>> heard_from(log, 24_000, Basis("logged")).timeline()
    Timeline(100..150)
    """
    rows: list[Played] = []
    node: Mapping[str, Any] | None = None
    run = offset = 0
    unbroken = False
    for line in lines:
        if line["ev"] not in BOUNDARIES:
            continue
        at = line["t"]
        if node is not None:
            fit = min(int(node["samples"]), max(samples_in(at - run, rate) - offset, 0))
            ended = run + ms_covering(offset + int(node["samples"]), rate) <= at
            count = int(node["samples"]) if ended else fit
            if count:
                rows.append(Played(run, offset, node["response"], node["item"], node["first"], count,
                                   int(node.get("content", 0))))  # fmt: skip
            offset += count
            node = None
        if line["ev"] == "started":
            if not unbroken or run + ms_covering(offset, rate) != at:
                run, offset = at, 0
            node = line
        unbroken = line["ev"] == "started"
    if node is not None:
        rows.append(Played(run, offset, node["response"], node["item"], node["first"], int(node["samples"]),
                           int(node.get("content", 0))))  # fmt: skip
    return Heard(tuple(rows), rate, basis)


def problems_in(lines: Iterable[tuple[int, Mapping[str, Any]]], name: str) -> Iterator[Problem]:
    """Give what is wrong with the lines of a player's log.

    Parameters
    ----------
    lines
        Line number and value.
    name
        Of the file, for the messages.
    """
    latest = 0
    for number, line in lines:
        place, t = f"{name}:{number}", line.get("t")
        wanted = {"t": int, "ev": str, **(STARTED if line.get("ev") == "started" else {})}
        wrong = [k for k, kind in wanted.items() if not isinstance(line.get(k), kind) or isinstance(line.get(k), bool)]
        for key in wrong:
            yield Problem(
                f"{key}: {line.get(key)!r} is not {'text' if wanted[key] is str else 'a whole number'}", place
            )
        if isinstance(t, int):
            if t < latest:
                yield Problem(f"time {t} lies before {latest}", place, "two logs joined, or another unit?")
            latest = t


def _end(row: Played, rate: int) -> int:
    return row.run + ms_covering(row.offset + row.samples, rate)
