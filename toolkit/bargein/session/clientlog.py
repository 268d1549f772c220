"""``client.jsonl``: what the client's player really did, and heard audio from it.

One line a node: ``started`` when it begins to sound (whose samples, how many it holds), ``stopped`` when it is cut,
``drained`` when the queue has run dry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bargein.ledger import Basis, Heard, Played
from bargein.units import ms_covering, samples_in


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

    A node sounds from its ``started`` to its last sample or to the next ``stopped``, whichever is first. A node that
    starts in the millisecond in which the one before it ends continues its run.

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
    for line in lines:
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
            if not rows or run + ms_covering(offset, rate) != at:
                run, offset = at, 0
            node = line
    if node is not None:
        rows.append(Played(run, offset, node["response"], node["item"], node["first"], int(node["samples"]),
                           int(node.get("content", 0))))  # fmt: skip
    return Heard(tuple(rows), rate, basis)


def _end(row: Played, rate: int) -> int:
    return row.run + ms_covering(row.offset + row.samples, rate)
