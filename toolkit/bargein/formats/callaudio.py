"""A call as its two audio streams: when each side's sound started and ended, as EVA's user simulator logs it.

JSON lines with ``event_type`` ``audio_start`` or ``audio_end``, ``user`` (whose sound) and ``audio_timestamp``, seconds
on a clock of any origin; a line of ``type`` ``connection_state`` may say why the session ended. Other lines are left
alone. Session time begins with the log's first ``timestamp`` (ms), or with the first sound.

References
----------
ServiceNow/eva: ``elevenlabs_events.jsonl``, later ``user_simulator_events.jsonl``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bargein.errors import LogError, Problem, check
from bargein.session.files import json_lines
from bargein.timeline import Span, Timeline
from bargein.units import ms_from_seconds

#: Whose sound, by the names that have been in use.
SIDES = {
    "framework_agent": "agent", "pipecat_agent": "agent", "assistant": "agent",
    "elevenlabs_user": "user", "simulated_user": "user",
}  # fmt: skip
START, END = "audio_start", "audio_end"


@dataclass(frozen=True, slots=True)
class CallAudio:
    """When each side sounded, session time, and why the call ended.

    Parameters
    ----------
    name
        Of the file, without its endings.
    length_ms
        To the last line, or the last sound.
    user, agent
        Audio streams, silences in them included.
    ended
        The reason, ``goodbye``, ``inactivity_timeout`` and so on; None where none is given.
    """

    name: str
    length_ms: int
    user: Timeline
    agent: Timeline
    ended: str | None


def read_call_audio(path: str | os.PathLike[str]) -> CallAudio:
    """Read such a log.

    Raises
    ------
    LogError
        Every problem with its line: an end without a start, a start within a start, times that are no numbers or run
        backwards, a side that is not known; a log without any sound.
    """
    file = Path(path)
    lines, problems = json_lines(file)
    sounds = [(n, line) for n, line in lines if line.get("event_type") in (START, END)]
    clocks = [t for _, line in lines if isinstance(t := line.get("timestamp"), int)]
    edges, wrong = _edges(sounds, file.name)
    problems += wrong
    if not sounds and not problems:
        hint = f"lines have event_type {START} or {END}, user and audio_timestamp"
        problems.append(Problem("no line tells of sound", file.name, hint))
    check(problems, LogError, str(file))
    origin = min([*clocks[:1], *(at for _, _, at, _ in edges)])
    end = max([*clocks[-1:], *(at for _, _, at, _ in edges)])
    spans, wrong = _spans(edges, file.name, end)
    check(wrong, LogError, str(file))
    return CallAudio(
        file.name.partition(".")[0], end - origin, spans["user"].shift(-origin), spans["agent"].shift(-origin),
        _ended(line for _, line in lines),
    )  # fmt: skip


def _edges(
    sounds: Iterable[tuple[int, Mapping[str, Any]]], name: str
) -> tuple[list[tuple[int, str, int, bool]], list[Problem]]:
    """Line, side, time and whether a start, of every edge that can be read."""
    edges: list[tuple[int, str, int, bool]] = []
    problems = []
    for n, line in sounds:
        place, side, at = f"{name}:{n}", SIDES.get(str(line.get("user"))), line.get("audio_timestamp")
        if side is None:
            problems.append(Problem(f"user: {line.get('user')!r} is none of {', '.join(SIDES)}", place))
        elif isinstance(at, bool) or not isinstance(at, (int, float)) or not 0 <= at < 1e11:
            hint = "milliseconds?" if isinstance(at, (int, float)) and not isinstance(at, bool) else ""
            problems.append(Problem(f"audio_timestamp: {at!r} is no number of seconds", place, hint))
        else:
            edges.append((n, side, ms_from_seconds(at), line["event_type"] == START))
    return edges, problems


def _spans(
    edges: Iterable[tuple[int, str, int, bool]], name: str, end: int
) -> tuple[dict[str, Timeline], list[Problem]]:
    """Pair starts and ends; what is still open sounds until the log ends."""
    spans: dict[str, list[Span]] = {"user": [], "agent": []}
    begun: dict[str, int] = {}
    problems = []
    for n, side, at, start in edges:
        place = f"{name}:{n}"
        if start == (side in begun):
            what = "starts while it is open" if start else "ends and was not open"
            problems.append(Problem(f"sound of the {side} {what}", place, "lines lost?"))
        elif start:
            begun[side] = at
        elif at < begun[side]:
            problems.append(
                Problem(f"sound of the {side} ends {begun[side] - at} ms before it starts", place, "order?")
            )
            del begun[side]
        else:
            spans[side].append(Span(begun.pop(side), at))
    for side, at in begun.items():
        spans[side].append(Span(at, max(at, end)))
    return {side: Timeline(found) for side, found in spans.items()}, problems


def _ended(lines: Iterable[Mapping[str, Any]]) -> str | None:
    """The reason of the last line that says one."""
    reason = None
    for line in lines:
        data = line.get("data")
        details = data.get("details") if isinstance(data, dict) else None
        if isinstance(details, dict) and isinstance(details.get("reason"), str):
            reason = details["reason"]
    return reason
