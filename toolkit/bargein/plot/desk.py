"""What a page that shows a timeline is told, as plain data: in a notebook, and in a report without a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from bargein.plot.board import Board, Strip, View
from bargein.plot.happenings import KINDS
from bargein.plot.palette import LABELS, MARKS, RULE, SOUND
from bargein.plot.score import ScoreLane
from bargein.session import Label
from bargein.session.model import LABEL_KINDS

#: The page's side of a timeline, in the order in which it is one script.
TIMELINE = ("small.js", "tables.js", "player.js", "picture.js", "desk.js")


def script(*names: str) -> str:
    """Give a page's side as one module, whose default export renders it: nothing is loaded from anywhere.

    Examples
    --------
    >>> script(*TIMELINE).count("export default")
    1
    """
    folder = files("bargein") / "widgets" / "page"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def strip_facts(strip: Strip) -> dict[str, Any]:
    """Give what is written and marked on a lane of sound; a lane ``heard/2`` is drawn as one that is ``heard``."""
    said = {"lane": strip.lane, "shape": strip.lane.split("/")[0], "title": strip.title, "note": strip.note}
    spans = {"leaks": strip.leaks, "unknown": strip.unknown}
    return said | {"kinds": list(strip.runs)} | {name: [[s.start, s.end] for s in own] for name, own in spans.items()}


def facts_of(
    board: Board, rate: int, cuts: Sequence[tuple[int, str]] | None = None, voices: Sequence[str] = ()
) -> dict[str, Any]:
    """Give everything of a board that is text, a colour or a single number.

    Parameters
    ----------
    rate
        Samples per second of what can be played; 0 when there is no sound.
    cuts
        Session ms, and the lane on which each is marked; None: the board's, across all lanes.
    voices
        Lanes of which one at a time is played; none where there is no choice.
    """
    marked = [(t, "") for t in board.cuts] if cuts is None else cuts
    return {
        "title": board.title,
        "subtitle": board.subtitle,
        "notes": list(board.notes),
        "length_ms": board.whole.end,
        "strips": [strip_facts(s) for s in board.strips],
        "cuts": [t for t, _ in marked],
        "cut_lanes": [lane for _, lane in marked],
        "voices": list(voices),
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
