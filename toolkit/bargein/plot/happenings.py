"""What a timeline shows as marks, and what it says of each when asked: events, cuts, findings. Text, never markup."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from bargein.doctor import Diagnosis, Finding
from bargein.events import LOCAL_VAD, Event, dated
from bargein.plot.board import Board
from bargein.plot.material import AS_RECORDED
from bargein.plot.palette import MARKS
from bargein.plot.session import LOCAL, MARK_OF
from bargein.providers import read
from bargein.session import Label
from bargein.timeline import Span
from bargein.uncollected import uncollected
from bargein.units import clock_text

#: A line of the log that has no mark of its own: sound, text, settings, and what no table knows.
OTHER = "other"
#: Kinds of marks, by the number they are packed as.
KINDS = (*MARKS, OTHER)
#: Most characters of a payload that are shown.
SHOWN = 1_500


class Happening(NamedTuple):
    """An event: session ms, its kind (``palette.MARKS``, or ``other``), line of ``events.jsonl`` from 1, neutral form.

    ``line`` is None where the event was dated anew or stands in no log, ``event`` where no provider's table knows it.
    """

    at: int
    kind: str
    line: int | None
    event: Event | None


def kind_of(event: Event) -> str:
    """Give the mark of an event."""
    kind = MARK_OF.get(type(event), OTHER)
    return LOCAL.get(kind, kind) if getattr(event, "source", "") == LOCAL_VAD else kind


@dataclass(frozen=True)
class Happenings:
    """Events of a board in order of time, and what can be told of them.

    Parameters
    ----------
    board
        Whose.
    """

    board: Board

    @cached_property
    def events(self) -> tuple[Happening, ...]:
        """What the client saw; of a session as recorded also log lines that no table knows."""
        with uncollected():
            return self._gathered()

    def _gathered(self) -> tuple[Happening, ...]:
        material = self.board.material
        lines: Iterable[int | None] = material.lines or (None for _ in material.events)
        found = [Happening(e.at, kind_of(e), line, e) for e, line in zip(material.events, lines, strict=True)]
        if material.policy == AS_RECORDED:
            known = {*material.lines}
            rest = ((n, r.t) for n, r in enumerate(material.session.records, 1) if n not in known)
            found += [Happening(t, OTHER, n, None) for n, t in rest if t is not None]
        return tuple(sorted(found, key=lambda h: h.at))

    def packed(self) -> bytes:
        """Give the events for drawing: their times as 32-bit integers, then their kinds (:data:`KINDS`) as bytes."""
        at: npt.NDArray[np.int32] = np.array([h.at for h in self.events], np.int32)
        numbers = {kind: n for n, kind in enumerate(KINDS)}
        return at.tobytes() + bytes(numbers[h.kind] for h in self.events)

    def line_of(self, number: int) -> int | None:
        """Give the line of ``events.jsonl`` that an event stands on; of a replay, found by what it says."""
        happening = self.events[number]
        return self._lines.get(number) if happening.line is None else happening.line

    @cached_property
    def _lines(self) -> dict[int, int]:
        """A replay dates events anew and keeps their order: the first of two alike stands on the first line of two."""
        reading = read(self.board.session)
        waiting: defaultdict[Event, deque[int]] = defaultdict(deque)
        for (event, _), line in zip(reading.events, reading.lines, strict=True):
            waiting[dated(event, 0)].append(line)
        alike = ((n, waiting.get(dated(h.event, 0))) for n, h in enumerate(self.events) if h.event is not None)
        return {n: lines.popleft() for n, lines in alike if lines}

    def facts(self, number: int) -> dict[str, Any]:
        """Give an event as plain data, its payload whole.

        Raises
        ------
        IndexError
            There is no such event.
        """
        if number < 0:
            raise IndexError(number)
        happening, line = self.events[number], self.line_of(number)
        said: dict[str, Any] = {"what": "event", "at_ms": happening.at, "kind": happening.kind}
        if happening.event is not None:
            own = asdict(happening.event)
            said["event"] = {"name": type(happening.event).__name__, **{k: v for k, v in own.items() if k != "at"}}
        if line is not None:
            record = self.board.session.records[line - 1]
            said |= {"line": line, "type": record.type, "direction": record.direction, "payload": record.payload}
        return said

    def told(self, number: int) -> str:
        """Say what an event is, with its payload as text, cut where it is long."""
        facts = self.facts(number)
        where = f"events.jsonl:{facts['line']}" if "line" in facts else "not in the log"
        name = facts.get("type") or facts.get("event", {}).get("name", OTHER)
        head = f"{clock_text(facts['at_ms'])} · {name} · {where}"
        return f"{head}\n{shortened(facts.get('payload', facts.get('event', {})))}"


def shortened(value: Any, most: int = SHOWN) -> str:
    """Write plain data as indented JSON, cut after ``most`` characters, and say how long it was.

    Examples
    --------
    >>> shortened("x" * 20, 5)
    '"xxxx … (22 characters in all)'
    """
    text = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode("utf-8", "replace")
    return text if len(text) <= most else f"{text[:most]} … ({len(text):,} characters in all)"


def told_finding(finding: Finding) -> str:
    """Say what a finding is: its sentence, evidence and remedy."""
    when = "the whole session" if finding.at is None else clock_text(finding.at)
    shown = f"\nshown by {', '.join(finding.events[:6])}" if finding.events else ""
    more = f" and {len(finding.events) - 6} more" if len(finding.events) > 6 else ""
    remedy = f"\nremedy: {finding.remedy}" if finding.remedy else ""
    return f"{when} · {finding.severity}: {finding.rule}\n{finding.says}{shown}{more}{remedy}"


def told_label(label: Label) -> str:
    """Say what a label is, who says so and on what grounds."""
    span = f"{clock_text(label.onset_ms)} to {clock_text(label.offset_ms)}"
    more = [f"± {label.uncertainty_ms} ms"] if label.uncertainty_ms else []
    more += ["blind"] if label.blind else []
    more += [f"complete: {label.complete}"] if label.complete else []
    more += [f"made {label.made}"] if label.made else []
    who = label.annotator or "nobody named"
    said = (
        f"{span} · {label.kind} · {label.offset_ms - label.onset_ms} ms\ntrack {label.track}, speaker {label.speaker}"
    )
    return "\n".join([said, " · ".join([f"{label.basis}, by {who}", *more])])


def told_cut(board: Board, at: int) -> str:
    """Say whose cut it is, what it revoked, and how much of it was heard afterwards (ms)."""
    revoked = sorted({r for t, responses in board.material.cuts if t == at for r in responses})
    heard = board.material.heard
    after = Span(at, max(board.whole.end, at))
    late = heard.timeline(revoked).clip(after).ms if heard is not None else 0
    names = ", ".join(revoked[-3:]) if len(revoked) <= 3 else f"{len(revoked)} responses, the last {revoked[-1]}"
    whose = f"{clock_text(at)} · cut · {board.material.policy}"
    return f"{whose}\nrevoked: {names or 'nothing'}\nheard of that afterwards: {late} ms"


def rows_of(labels: Iterable[Label], most: int = 6) -> list[int]:
    """Give each label a row in which it meets no other, the lowest that is free; those beyond ``most`` share the last.

    Examples
    --------
    >>> rows_of([Label("turn", 0, 900), Label("tic", 500, 600), Label("turn", 900, 1_000), Label("noise", 550, 560)])
    [0, 1, 0, 2]
    """
    found: list[int] = []
    ends: list[int] = []
    for label in labels:
        row = next((n for n, end in enumerate(ends) if end <= label.onset_ms), len(ends))
        row = min(row, most - 1)
        ends += [0] * (row + 1 - len(ends))
        ends[row] = max(ends[row], label.offset_ms)
        found.append(row)
    return found


def findings_of(diagnosis: Diagnosis) -> Iterator[dict[str, Any]]:
    """Give findings for drawing: their time (null: of the whole session), severity and rule."""
    for finding in diagnosis.findings:
        yield {"at": finding.at, "severity": finding.severity, "rule": finding.rule}
