"""Which turn detection was in force, and since when.

OpenAI reports effective values, defaults filled in, with ``session.created`` and ``session.updated``. xAI echoes what
was sent and no defaults, so what was *sent* is stored, and what was not sent stays unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bargein.errors import Problem, SettingsError
from bargein.formats.wirelines import Frame, Lines
from bargein.providers import PROVIDERS
from bargein.providers.wire import turn_detection_in
from bargein.session import Change
from bargein.session.schema import TURN_DETECTION
from bargein.settings import ManualTurns, ServerVad, TurnDetection, from_wire, merged

REPORTS = ("session.created", "session.updated")


@dataclass(slots=True)
class InForce:
    """Settings over time, and what to say about them."""

    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def set(self, at: int, settings: TurnDetection) -> None:
        """Note a change; a repetition is none."""
        if not self.changes or self.changes[-1].turn_detection != settings:
            self.changes.append(Change(at, settings))


def in_force(lines: Lines, at: Sequence[int], provider: str) -> InForce:
    """Read the settings in force from a log.

    Parameters
    ----------
    lines
        The log.
    at
        Session time of each message; 0 throughout where the log has no times.
    provider
        Whose reports they are.
    """
    found = InForce()
    effective = provider == "openai"
    sent: dict[str, tuple[int, TurnDetection]] = {}  # by connection: sent and not acknowledged
    for frame, t in zip(lines.frames, at, strict=True):
        said, value = _said(frame)
        if frame.direction == "c2s" and frame.type == "session.update" and said and not effective:
            last = found.changes[-1].turn_detection if found.changes else ManualTurns()
            _, old = sent.get(frame.connection, (t, last))
            if (settings := _read(lines, frame, value, provider, found)) is not None:
                sent[frame.connection] = t, merged(old, settings)
        elif frame.direction == "s2c" and frame.type in REPORTS:
            if frame.connection in sent and frame.type == "session.updated":
                found.set(t, sent.pop(frame.connection)[1])
            elif said and (settings := _read(lines, frame, value, provider, found)) is not None:
                found.set(t, settings)
    for t, settings in sent.values():
        found.set(t, settings)
        found.notes.append("settings were sent and never acknowledged; taken to be in force when they were sent")
    found.changes.sort(key=lambda change: change.at)
    return found


def _said(frame: Frame) -> tuple[bool, Any]:
    session = frame.payload.get("session")
    return turn_detection_in(session) if isinstance(session, dict) else (False, None)


def _read(lines: Lines, frame: Frame, value: Any, provider: str, found: InForce) -> TurnDetection | None:
    stated, place = value if isinstance(value, dict) else {}, lines.place(frame.line)
    wrong = [
        Problem(f"turn_detection.{name}: {stated[name]!r} {what}", place, "digits in quotes?")
        for name, is_wrong in TURN_DETECTION.items()
        if name in stated and (what := is_wrong(stated[name]))
    ]
    try:
        settings = from_wire(stated, "session.turn_detection")
    except SettingsError as error:
        wrong += [Problem(p.what, place, p.hint) for p in error.problems]
    if wrong:
        found.problems += wrong
        return None
    ignored = PROVIDERS[provider].ignored
    if isinstance(settings, ServerVad):
        without = [name for name in ignored if getattr(settings, name) is not None]
        note = f"sent without effect at {PROVIDERS[provider].title}: {', '.join(without)}"
        if without and note not in found.notes:
            found.notes.append(note)
        settings = replace(settings, **dict.fromkeys(without))
    return settings
