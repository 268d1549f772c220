"""``queue.jsonl``: what was drawn and with which probability, what was answered, what was taken back. Lines are added.

::

    {"row": "design", ...}     settings, seed, and how many events each stratum holds; a later one holds from there on
    {"row": "item", ...}       one drawn event with its inclusion probability; a later line of the same event holds
    {"row": "answer", ...}     what somebody said about an item
    {"row": "undo", ...}       that somebody's latest answer about it is taken back

The file lies in the session's folder, beside ``labels.jsonl``. Its fields stand in ``docs/labels.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import msgspec

from bargein.errors import Problem
from bargein.session.appending import append_lines
from bargein.session.files import json_lines

QUEUE_FILE = "queue.jsonl"

Ms = Annotated[int, msgspec.Meta(ge=0)]
Probability = Annotated[float, msgspec.Meta(gt=0, le=1)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Drawn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stratum of one session: events in it, how many of them were drawn, and the probability of each to be."""

    events: Ms
    drawn: Ms
    probability: Share


class Design(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="row", tag="design"):
    """How the queue was drawn: between which settings, with which seed, and what of."""

    settings: tuple[str, ...]
    seed: Ms
    strata: dict[str, Drawn]


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="row", tag="item"):
    """One event to label.

    Parameters
    ----------
    at_ms
        When it was first reported to begin, session time: its name within the session. Not shown before it is labelled.
    stratum, probability
        Which it was drawn from, and how likely that was.
    order
        Its place in the queue, 0..1, at random: whatever part of a queue is answered is a random part.
    asked_ms
        The second in which the person is asked what begins; the event lies at a random place in it.
    played_ms
        What is played.
    said
        What each setting made of the event.
    """

    at_ms: Ms
    stratum: str
    probability: Probability
    order: Share
    asked_ms: tuple[Ms, Ms]
    played_ms: tuple[Ms, Ms]
    said: dict[str, str]


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="row", tag="answer"):
    """What an annotator said about an item.

    ``nothing`` has no times and is no label. What was ``taken`` from labels that were given before adds none.
    ``nth`` counts the annotator's answers over all sessions: the latest is the one to take back.
    """

    item: Ms
    annotator: str
    kind: str
    onset_ms: Ms | None = None
    offset_ms: Ms | None = None
    basis: str = "human"
    uncertainty_ms: Ms = 0
    taken: bool = False
    nth: Ms = 0


class Undo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="row", tag="undo"):
    """An annotator takes the latest answer about an item back."""

    item: Ms
    annotator: str


Row = Design | Item | Answer | Undo


def read_rows(path: Path) -> tuple[list[Row], list[Problem]]:
    """Read a queue: its rows, and everything that is wrong with them; no file, no rows."""
    if not path.exists():
        return [], []
    lines, problems = json_lines(path)
    rows: list[Row] = []
    known: set[int] = set()
    for number, line in lines:
        place = f"{path.name}:{number}"
        try:
            row: Row = msgspec.convert(line, Row)
        except msgspec.ValidationError as error:
            problems.append(Problem(str(error), place, "edited, or written by another version of the toolkit?"))
            continue
        if isinstance(row, Item):
            known.add(row.at_ms)
        elif isinstance(row, (Answer, Undo)) and row.item not in known:
            problems.append(Problem(f"item: {row.item} was never drawn", place, "lines of another session?"))
        rows.append(row)
    return rows, problems


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Add rows to a queue; raises as :func:`bargein.session.appending.append_lines`."""
    plain: list[dict[str, Any]] = [msgspec.to_builtins(row) for row in rows]
    append_lines(path, plain, "answers")
