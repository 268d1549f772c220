"""A timeline that needs no kernel: everything the page would ask for, put beside it.

The page's script is that of the widget (``bargein/widgets/page``), unchanged. What it would be told by Python
stands as JSON in the page, and :mod:`still.js <bargein.report>` answers in its place: outlines as fine as a screen
shows, the text of every event, label, cut and finding, and the sound, where it is short enough.
"""

from __future__ import annotations

import base64
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from bargein.audio.files import write_flac
from bargein.audio.resample import resample
from bargein.corpus import Case
from bargein.doctor import Diagnosis, diagnose
from bargein.errors import BargeinError
from bargein.outcome import Outcome
from bargein.plot.board import MOST, Board
from bargein.plot.desk import TIMELINE, facts_of, header, label_facts, score_facts, script
from bargein.plot.happenings import OTHER, Happenings, findings_of, rows_of, told_cut, told_finding, told_label
from bargein.plot.session import score_of
from bargein.session.stretch import Sounding
from bargein.timeline import Span
from bargein.units import SECOND

#: Columns of an outline: a page cannot ask for finer ones.
COLUMNS = MOST
#: Events whose text goes along; a page that held a megabyte of payloads would be slow, not useful.
MOST_EVENTS = 3_000
#: Sound that goes along, ms and samples a second: FLAC of 16 bit, two channels.
MOST_SOUND_MS, MOST_RATE = 300 * SECOND, 16_000


@dataclass(frozen=True)
class Still:
    """One session, or one replay, as a page without a kernel shows it.

    Parameters
    ----------
    state
        What the widget's script reads, by name; bytes as base64.
    told
        What is said of each thing when it is pointed at, by lane and number.
    sound
        FLAC as base64, left the user, right what was heard; empty where there is none, or too much.
    left_out
        What is not in the page, and why.
    """

    state: dict[str, Any]
    told: dict[str, str]
    sound: str
    left_out: tuple[str, ...]

    @property
    def data(self) -> dict[str, Any]:
        """Everything the page needs."""
        return {"state": self.state, "told": self.told, "sound": self.sound}


def still(shown: Outcome | Case, *, sound: bool = True, diagnosis: Diagnosis | None = None) -> Still:
    """Gather a timeline.

    Parameters
    ----------
    shown
        A replay's outcome, or a session as recorded.
    sound
        Whether its sound goes along, where it is short enough.
    diagnosis
        Of the session, where it was made before.

    Raises
    ------
    SessionError, AudioError
        The session, its labels or its sound cannot be read.
    """
    session = shown.session
    board = Board.of(shown if isinstance(shown, Outcome) else session)
    left_out: list[str] = []
    lane, why_not = score_of(session, board.whole, True, None)
    board = board if lane is None else board.scored(lane)
    happenings = Happenings(board)
    found = diagnosis or diagnose(Case(session))
    loudness = shown.loudness() if isinstance(shown, Outcome) else None
    source = Sounding(session, board.sound, board.material.heard, loudness)
    rate, flac = _sound(source, board.whole, left_out) if sound and session.info.tracks else (0, "")
    view = board.window(board.whole, COLUMNS)
    facts = facts_of(board, rate)
    labels = sorted(session.labels, key=lambda label: (label.onset_ms, label.offset_ms))
    rows = zip(labels, rows_of(labels), strict=True)
    state = {
        "facts": facts | {"notes": [*facts["notes"], *why_not]},
        "overview": header(view), "overview_data": _base64(view.data), "marks_data": _base64(happenings.packed()),
        "score": {} if lane is None else score_facts(lane), "found": list(findings_of(found)),
        "shown_labels": [label_facts(n, label, row) for n, (label, row) in enumerate(rows)],
        "annotator": "", "view": [board.whole.start, board.whole.end], "playhead": 0, "picked": [], "says": "",
        "hearing": 0, "table": {},
    }  # fmt: skip
    told = {f"label,{n}": told_label(label) for n, label in enumerate(labels)}
    told |= {f"cut,{n}": told_cut(board, at) for n, at in enumerate(board.cuts)}
    told |= {f"finding,{n}": told_finding(finding) for n, finding in enumerate(found.findings)}
    told |= {f"event,{n}": happenings.told(n) for n in _told(happenings, left_out)}
    return Still(state, told, flac, tuple(left_out))


def _told(happenings: Happenings, left_out: list[str]) -> list[int]:
    """Numbers of the events whose text goes along: all, or of too many those that have a mark of their own."""
    every = list(range(len(happenings.events)))
    if len(every) <= MOST_EVENTS:
        return every
    marked = [n for n in every if happenings.events[n].kind != OTHER][:MOST_EVENTS]
    left_out.append(f"the texts of {len(every) - len(marked):,} of its {len(every):,} events")
    return marked


def _sound(source: Sounding, whole: Span, left_out: list[str]) -> tuple[int, str]:
    """Rate and FLAC of a session as it sounds; 0 and nothing where it is left out."""
    if whole.ms > MOST_SOUND_MS:
        left_out.append(f"its sound: {whole.ms // SECOND} s, more than {MOST_SOUND_MS // SECOND}")
        return 0, ""
    try:
        samples = source.between(whole)
    except BargeinError as error:
        left_out.append(f"its sound: {error}")
        return 0, ""
    rate = min(source.rate, MOST_RATE)
    if not samples.any():
        return 0, ""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "sound.flac"
        write_flac(target, np.ascontiguousarray(resample(samples, source.rate, rate)), rate)
        return rate, _base64(target.read_bytes())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def scripts() -> tuple[str, str]:
    """Give the script and the style sheet of a page with timelines, in one piece each.

    Raises
    ------
    RuntimeError
        The widget's script no longer has one default export, or holds what would end a script element.
    """
    widgets, here = files("bargein") / "widgets", files("bargein") / "report"
    given = script(*TIMELINE)
    if given.count("export default") != 1:
        raise RuntimeError("the widget's script has no single default export: nothing to render with")
    answers = (here / "still.js").read_text(encoding="utf-8")
    both = f"{{\n{given.replace('export default', 'const timeline =')}\n{answers}\n}}"
    if "</" in both or "<!--" in both:
        raise RuntimeError("a script that holds '</' or '<!--' cannot stand in a page")
    return both, (widgets / "timeline.css").read_text(encoding="utf-8")
