"""Frames that are no text: xAI's transport ``binary`` sends sound outside of JSON, without type, ids or length.

A logger writes them as ``{"t", "dir", "binary": base64}``, or ``"binary": n`` where only the byte count is at hand.
Where a session event says that a side's transport is binary, its frames are stored as the event that the transport
``json`` would have sent, marked ``"transport": "binary"``; otherwise nobody knows what they are, and they are counted.

Source: xAI Voice Agent API, ``session.audio.{input,output}.transport``; documented, not recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bargein.formats.payloads import decoded
from bargein.formats.wireaudio import CARRIERS
from bargein.formats.wirelines import BINARY, Frame, Lines

#: Direction, to the side whose sound it carries.
SIDE_OF = {way: side for side, (_, _, way) in CARRIERS.items()}


def named(lines: Lines) -> list[str]:
    """Give binary frames the name of what they carry, in place; say what was found and what was assumed.

    Examples
    --------
    >>> session = {"audio": {"output": {"transport": "binary"}}}
    >>> said = Frame(1, 0, "s2c", "1", {"type": "session.updated", "session": session})
    >>> log = Lines("a.jsonl", [said, Frame(2, 5, "s2c", "1", {"type": BINARY, "data": "AAAB"})])
    >>> named(log), log.frames[1].payload
    (['1 binary frame(s) from the server read as sound: audio.output.transport is binary'], \
{'type': 'response.output_audio.delta', 'transport': 'binary', 'delta': 'AAAB'})
    """
    sides = _binary_sides(lines.frames)
    read: Counter[str] = Counter()
    for index, frame in enumerate(lines.frames):
        if frame.type == BINARY:
            side, data = SIDE_OF[frame.direction], frame.payload.get("data")
            read[side] += 1
            lines.frames[index] = replace(frame, payload=_sound(side, data) if side in sides else _unknown(data))
    return [_note(side, n, side in sides) for side, n in read.items()]


def _binary_sides(frames: Iterable[Frame]) -> set[str]:
    """Which sides a session event declares binary; a log may hold the request, the echo, or both."""
    found: set[str] = set()
    for frame in frames:
        audio = _inside(frame.payload.get("session"), "audio")
        found |= {side for side in CARRIERS if _inside(audio, side).get("transport") == "binary"}
    return found


def _inside(holder: Any, name: str) -> dict[str, Any]:
    """Give an object inside another; an empty one where there is none."""
    found = holder.get(name) if isinstance(holder, dict) else None
    return found if isinstance(found, dict) else {}


def _sound(side: str, data: Any) -> dict[str, Any]:
    name, key, _ = CARRIERS[side]
    return {"type": name, "transport": "binary", key: {"bytes": data} if isinstance(data, int) else data}


def _unknown(data: Any) -> dict[str, Any]:
    """A frame nobody declared: how long it was, not what stood in it, since that may be anything."""
    try:
        return {"type": BINARY, "bytes": data if isinstance(data, int) else len(decoded(data))}
    except ValueError:
        return {"type": BINARY, "bytes": None}


def _note(side: str, count: int, declared: bool) -> str:
    who = {"output": "the server", "input": "the client"}[side]
    if declared:
        return f"{count} binary frame(s) from {who} read as sound: audio.{side}.transport is binary"
    return f"{count} binary frame(s) from {who} kept as byte counts: no session event says that they are sound"
