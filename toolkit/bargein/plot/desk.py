"""What a page that shows a timeline is told, as plain data: in a notebook, and in a report without a kernel."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bargein.plot.board import Board, View
from bargein.plot.happenings import KINDS
from bargein.plot.palette import LABELS, MARKS, RULE, SOUND
from bargein.plot.score import ScoreLane
from bargein.session import Label
from bargein.session.model import LABEL_KINDS


def facts_of(board: Board, rate: int) -> dict[str, Any]:
    """Give everything of a board that is text, a colour or a single number.

    Parameters
    ----------
    rate
        Samples per second of what can be played; 0 when there is no sound.
    """
    return {
        "title": board.title,
        "subtitle": board.subtitle,
        "notes": list(board.notes),
        "length_ms": board.whole.end,
        "strips": [{"lane": s.lane, "title": s.title, "note": s.note, "kinds": list(s.runs)} for s in board.strips],
        "cuts": list(board.cuts),
        "leaks": [[span.start, span.end] for span in board.leaks],
        "rate": rate,
        "kinds": list(KINDS),
        "label_kinds": list(LABEL_KINDS),
        "sound": {kind: asdict(look) for kind, look in SOUND.items()},
        "marks": {kind: asdict(look) for kind, look in MARKS.items()},
        "labels": {kind: asdict(look) for kind, look in LABELS.items()},
        "rule": {kind: asdict(RULE[kind]) for kind in ("speech", "starts", "stops")},
    }


def header(view: View) -> dict[str, Any]:
    """Give what must be known of packed outlines to draw them."""
    return {"start": view.window.start, "end": view.window.end, "columns": view.columns, "names": list(view.names)}


def score_facts(lane: ScoreLane) -> dict[str, Any]:
    """Give what is said beside a speech score: thresholds, what was taken for speech, when the rule knew."""
    return {
        "enter": lane.enter, "exit": lane.exit, "note": lane.note, "speech": [[s.start, s.end] for s in lane.speech],
        "starts": list(lane.starts), "stops": list(lane.stops),
    }  # fmt: skip


def label_facts(number: int, label: Label, row: int, *, kept: bool = True, mine: bool = False) -> dict[str, Any]:
    """Give a label for drawing, in its row."""
    return {"number": number, "kind": label.kind, "onset_ms": label.onset_ms, "offset_ms": label.offset_ms,
            "row": row, "kept": kept, "mine": mine}  # fmt: skip
