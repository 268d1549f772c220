"""Which responses were interrupted, when, and by whose account: the provider's, the client's words, its player.

These need not agree, and where they do not something is wrong. A provider stops generating; a client says
``truncate`` or ``cancel``; a player falls silent though more had arrived. A player that goes on where it stopped has
only held, and has cut nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from bargein.corpus import Case
from bargein.doctor.evidence import Line, client_log, in_force, log
from bargein.events import AgentText, AudioDone, Command, Delta, ItemDone, ResponseCreated, ResponseDone, SpeechStarted
from bargein.session.clientlog import BOUNDARIES
from bargein.session.files import CLIENT_FILE
from bargein.units import samples_in

By = Literal["provider", "truncate", "cancel", "player"]
#: A player's own log is no finer than this: what it starts or stops within it is where it was.
PLAYER_MS = 20


class Cut(NamedTuple):
    """A response was interrupted.

    ``order`` is the number of the log's lines that came before; what stands behind it came later, also in the same
    millisecond.
    """

    response: str
    at: int
    order: int
    by: By
    ref: str


def cuts(case: Case) -> list[Cut]:
    """Give every interruption of every response, in order of the log; of one response there may be several."""
    lines = log(case)
    found = [*_provider(case, lines), *_commands(lines)]
    if has_player(case):
        found += _player(case, lines)
    return sorted(found, key=lambda cut: (cut.order, cut.at))


def first_cuts(case: Case) -> dict[str, Cut]:
    """Give the first interruption of each response that was interrupted."""
    found: dict[str, Cut] = {}
    for cut in cuts(case):
        found.setdefault(cut.response, cut)
    return found


def has_player(case: Case) -> bool:
    """Whether the client's player kept a log."""
    return (Path(case.session.folder) / CLIENT_FILE).exists()


def owners(lines: tuple[Line, ...]) -> dict[str, str]:
    """Give the response of each item."""
    return {e.item: e.response for e, _, _ in lines if isinstance(e, (Delta, AgentText, AudioDone, ItemDone))}


def _provider(case: Case, lines: tuple[Line, ...]) -> Iterator[Cut]:
    """By the provider's own account: at its report of the user, or at the response's end where that came first.

    A report may be repeated before the response has ended: the first that could stop it did.
    """
    running: dict[str, tuple[int, Line] | None] = {}  # and by which report it was stopped
    for order, line in enumerate(lines, 1):
        match line.event:
            case ResponseCreated(response=response) | Delta(response=response):
                running.setdefault(response, None)  # the log may begin in the middle of an answer
            case SpeechStarted(at=at) if getattr(in_force(case, at), "interrupt_response", None) is not False:
                running = {response: by or (order, line) for response, by in running.items()}
            case ResponseDone(response=response, reason=reason):
                reported = running.pop(response, None)
                if case.reading.responses[response].interrupted:
                    at_order, at_line = (reported if reason else None) or (order, line)
                    yield Cut(response, at_line.event.at, at_order, "provider", at_line.ref)


def _commands(lines: tuple[Line, ...]) -> Iterator[Cut]:
    """By what the client said: ``truncate``, or a ``cancel`` that met something."""
    of, running = owners(lines), ""
    for order, line in enumerate(lines, 1):
        match line.event:
            case ResponseCreated(response=response):
                running = response
            case ResponseDone(response=response) if response == running:
                running = ""
            case Command(name="truncate", item=item) if item in of:
                yield Cut(of[item], line.event.at, order, "truncate", line.ref)
            case Command(name="cancel", response=named) if named or running:
                yield Cut(named or running, line.event.at, order, "cancel", line.ref)


class _Node(NamedTuple):
    """What a player was playing."""

    at: int
    response: str
    item: str
    content: int
    first: int
    samples: int


def _player(case: Case, lines: tuple[Line, ...]) -> Iterator[Cut]:
    """By its player: it fell silent though more of the response had arrived, and did not go on from there."""
    rate, at = case.session.agent_rate, [line.event.at for line in lines]
    near = samples_in(PLAYER_MS, rate)
    marks = [(ref, line) for ref, line in client_log(case) if line["ev"] in BOUNDARIES]
    for (_, begun), (ref, end), (_, after) in zip(marks, marks[1:], [*marks[2:], ("", {})], strict=False):
        if begun["ev"] != "started" or end["ev"] not in ("stopped", "flushed"):
            continue
        node = _node(begun)
        now = int(str(end["t"]))
        left_at = node.first + min(node.samples, samples_in(now - node.at, rate))
        goes_on = after.get("ev") == "started" and _continues(_node(after), node, left_at, near)
        if _received(case, node, now) - left_at > near and not goes_on:
            yield Cut(node.response, now, bisect_right(at, now), "player", ref)


def _node(line: dict[str, object]) -> _Node:
    t, content, first, samples = (int(str(line.get(k, 0))) for k in ("t", "content", "first", "samples"))
    return _Node(t, str(line["response"]), str(line["item"]), content, first, samples)


def _continues(after: _Node, node: _Node, left_at: int, near: int) -> bool:
    return after[1:4] == node[1:4] and abs(after.first - left_at) <= near


def _received(case: Case, node: _Node, now: int) -> int:
    """Where the samples of a node's part end that had arrived by then."""
    part = node.response, node.item, node.content
    return max((r.first + r.samples for r in case.reading.generated if r.part == part and r.at <= now), default=0)
