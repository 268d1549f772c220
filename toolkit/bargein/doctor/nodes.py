"""A player's log, piece by piece: what was started before the piece that was sounding had ended."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from bargein.corpus import Case
from bargein.doctor.evidence import client_log
from bargein.doctor.interruptions import PLAYER_MS, has_player
from bargein.session.clientlog import BOUNDARIES
from bargein.units import ms_covering


class Started(NamedTuple):
    """A piece that a player began to play: when, whose, which samples, and the line that says so."""

    at: int
    response: str
    item: str
    first: int
    samples: int
    ref: str


class Overlap(NamedTuple):
    """Two pieces, and for how long the first would have gone on when the second was started, ms."""

    before: Started
    after: Started
    ms: int


def started(case: Case) -> Iterator[Started]:
    """Give every piece the player started; nothing where it kept no log."""
    return (node for node in _marks(case) if node is not None)


def overlaps(case: Case) -> Iterator[Overlap]:
    """Give pieces that were started over the one before it: nothing stopped, flushed or drained in between."""
    for before, after in pairwise(_marks(case)):
        if before is not None and after is not None:
            left = before.at + ms_covering(before.samples, case.session.agent_rate) - after.at
            if left > PLAYER_MS:
                yield Overlap(before, after, left)


def _marks(case: Case) -> Iterator[Started | None]:
    """Every line after which something else sounds; None where nothing does."""
    for ref, line in client_log(case) if has_player(case) else []:
        if line["ev"] in BOUNDARIES:
            yield _node(ref, line) if line["ev"] == "started" else None


def _node(ref: str, line: dict[str, object]) -> Started:
    at, first, samples = (int(str(line[name])) for name in ("t", "first", "samples"))
    return Started(at, str(line["response"]), str(line["item"]), first, samples, ref)
