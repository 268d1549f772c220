"""``queue.jsonl``: what was drawn and with which probability, what was answered, what was taken back. Lines are added.

::

    {"row": "design", ...}     settings, seed, and how many events each stratum holds; a later one holds from there on
    {"row": "item", ...}       one drawn event with its inclusion probability; a later line of the same event holds
    {"row": "answer", ...}     what somebody said about an item
    {"row": "undo", ...}       that somebody's latest answer about it is taken back

The file lies in the session's folder, beside ``labels.jsonl``. Its fields stand in ``docs/labels.md``. It says which
labels answer a queue: those stand where somebody asked, and no rate may count them as if they stood for the session.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec

from bargein.errors import Problem
from bargein.session.appending import append_lines
from bargein.session.files import json_lines
from bargein.session.model import Label

QUEUE_FILE = "queue.jsonl"
#: An answer that is no label: nobody and nothing begins there.
NOTHING = "nothing"

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


def standing(rows: Iterable[Row], annotator: str) -> dict[int, Answer]:
    """Give an annotator's answers that stand, by item, in the order in which they were given."""
    found: dict[int, Answer] = {}
    for row in rows:
        if isinstance(row, (Answer, Undo)) and row.annotator == annotator:
            found.pop(row.item, None)
            if isinstance(row, Answer):
                found[row.item] = row
    return found


def label_of(answer: Answer) -> Label | None:
    """Give the label that an answer is; None of ``nothing``, and of what was taken from labels.

    Examples
    --------
    >>> label_of(Answer(900, "anna", "tic", 910, 1_200)).blind, label_of(Answer(900, "anna", "nothing"))
    (True, None)
    """
    if answer.kind == NOTHING or answer.taken or answer.onset_ms is None or answer.offset_ms is None:
        return None
    return Label(
        answer.kind, answer.onset_ms, answer.offset_ms, uncertainty_ms=answer.uncertainty_ms, basis=answer.basis,
        annotator=answer.annotator, blind=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """What one annotator said of a session by answering its queue, where that is not all there is to say.

    Parameters
    ----------
    items
        Drawn items by stratum, counted.
    answered
        Those that were answered, also with ``nothing``.
    labels
        The answers that are labels, each with the item it answers.
    """

    items: Mapping[str, int] = field(default_factory=dict)
    answered: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[Label, Item] = field(default_factory=dict)


def samples_of(rows: Sequence[Row]) -> dict[str, Sample]:
    """Give what each annotator's answers are a sample of.

    Who answered every event of a session, all of which were drawn with probability 1, has labelled it as whole as any
    other way of labelling does: that is no sample, and is left out here. So are answers that were taken from labels,
    which stand for themselves. A queue that nobody has answered yet stands under no name.
    """
    items = {row.at_ms: row for row in rows if isinstance(row, Item)}
    design = next((row for row in reversed(rows) if isinstance(row, Design)), None)
    every = design is not None and all(d.probability == 1 for d in design.strata.values() if d.events)
    found: dict[str, Sample] = {}
    names = dict.fromkeys(row.annotator for row in rows if isinstance(row, Answer)) if items else ()
    for name in names or [""] * bool(items):
        given = standing(rows, name)
        if every and given.keys() == items.keys():
            continue
        labels = {label: items[at] for at, a in given.items() if (label := label_of(a)) is not None}
        drawn, answered = (Counter(i.stratum for i in some) for some in (items.values(), map(items.__getitem__, given)))
        found[name] = Sample(drawn, answered, labels)
    return found
