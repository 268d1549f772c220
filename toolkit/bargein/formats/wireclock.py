"""When a log's lines happened, and where its microphone lies in time.

Three clocks: ``wall`` (the lines have times), ``appends`` (they have none, but the audio sent before a line dates it,
to within one piece), ``none``. Nothing is dated that the log does not date.

A piece of microphone sound cannot be sent before it was recorded, so it ends when it was sent or earlier; where nothing
was sent for a while, the track is silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bargein.formats.wireaudio import CARRIERS, Pieces
from bargein.formats.wirelines import Lines
from bargein.providers.wire import ga_name
from bargein.units import SECOND

#: A pause in sending from which the client was not sending, rather than late.
GAP_MS = 200
#: Appended audio this far ahead of what the provider had heard was not sent as it was recorded.
AHEAD_MS = 3 * SECOND


@dataclass(frozen=True, slots=True)
class Placing:
    """Where the microphone lies: time of its first sample, silence before pieces, and how far pieces came at once."""

    origin_ms: int
    pauses: Mapping[int, int] = field(default_factory=dict)
    burst_ms: int = 0


@dataclass(frozen=True, slots=True)
class Clock:
    """A log's clock: its kind, its step where derived, log time of session time 0, and each line's session time."""

    kind: str
    times: tuple[int | None, ...]
    zero: int = 0
    step_ms: int | None = None
    placing: Placing | None = None
    note: str = ""


def clock_of(lines: Lines, microphone: Pieces, begins: Iterable[int | None] = ()) -> Clock:
    """Date the lines of a log.

    Parameters
    ----------
    lines
        The log.
    microphone
        Its appended audio.
    begins
        Log times at which files beside the log begin, where they are known.

    Returns
    -------
    The clock. Session time 0 is the first line, or a track's first sample where that is earlier.
    """
    frames, ends = lines.frames, microphone.ends()
    timed = [f.t for f in frames if f.t is not None]
    if not timed:
        return _untimed(lines, microphone, ends)
    sent = [(t, end, p.index) for p, end in zip(microphone.fresh, ends, strict=True)
            if (t := frames[p.index].t) is not None] if ends else []  # fmt: skip
    placing = place(*zip(*sent, strict=True)) if sent else None
    told = [*([placing.origin_ms] if placing else []), *(t for t in begins if t is not None)]
    zero = min([*timed, *told])
    if placing:
        placing = Placing(placing.origin_ms - zero, placing.pauses, placing.burst_ms)
    untimed = len(frames) - len(timed)
    note = f"{untimed} of {len(frames)} lines have no time" if untimed else ""
    return Clock("wall", tuple(None if f.t is None else f.t - zero for f in frames), zero, placing=placing, note=note)


def place(times: Sequence[int], ends: Sequence[int], names: Sequence[int]) -> Placing:
    """Lay pieces of microphone sound on the log's clock.

    What every later piece allows is taken into account: after a moment in which nothing could be sent, the late pieces
    come at once and lie one after another again; only a pause that is never caught up is a pause.

    Parameters
    ----------
    times
        When each piece was sent, in milliseconds.
    ends
        Running total of the pieces' lengths after each, in milliseconds.
    names
        By which ``pauses`` names the pieces.

    Examples
    --------
    >>> place([300, 400, 1_900], [100, 200, 300], [7, 8, 9])
    Placing(origin_ms=200, pauses={9: 1400}, burst_ms=0)
    """
    late = [t - end for t, end in zip(times, ends, strict=True)]
    allowed = list(late)
    for i in range(len(allowed) - 2, -1, -1):
        allowed[i] = min(allowed[i], allowed[i + 1])
    now = allowed[0]
    pauses: dict[int, int] = {}
    for name, offset in zip(names, allowed, strict=True):
        if offset - now > GAP_MS:
            pauses[name] = offset - now
            now = offset
    return Placing(allowed[0], pauses, max(a - b for a, b in zip(late, allowed, strict=True)))


def _untimed(lines: Lines, microphone: Pieces, ends: list[int]) -> Clock:
    """Date lines by the audio appended before them, where that is a clock."""
    nothing: tuple[int | None, ...] = (None,) * len(lines.frames)
    if why := _no_clock(lines, microphone, ends):
        return Clock("none", nothing, note=f"clock: none, the lines have no times and {why}")
    end_at = {p.index: end for p, end in zip(microphone.fresh, ends, strict=True)}
    now = 0
    times: list[int | None] = []
    for index in range(microphone.fresh[-1].index + 1):
        now = end_at.get(index, now)
        times.append(now)
    step = max(b - a for a, b in zip([0, *ends], ends, strict=False))
    note = f"clock: appends, lines dated by the audio sent before them, in steps of {step} ms"
    return Clock("appends", (*times, *nothing[len(times) :]), step_ms=step, placing=Placing(0), note=note)


def _no_clock(lines: Lines, microphone: Pieces, ends: list[int]) -> str:
    """Say why appended audio is no clock here; empty when it is one."""
    if not microphone.all:
        return "no audio was appended"
    if not ends:
        cut = "was cut when the log was written" if microphone.state == "cut" else "has no known length"
        return f"the appended audio {cut}"
    name, _, way = CARRIERS["output"]
    after = lines.frames[microphone.fresh[-1].index + 1 :]
    if any(f.direction == way and ga_name(f.type) == name for f in after):
        return "the agent goes on after the last appended audio"
    end_at = {p.index: end for p, end in zip(microphone.fresh, ends, strict=True)}
    now = 0
    for index, frame in enumerate(lines.frames):
        now = end_at.get(index, now)
        claimed = claims(frame.payload)
        if claimed is not None and now - claimed > AHEAD_MS:
            return "the appended audio was sent in a burst, ahead of what the provider had heard"
    return ""


def claims(payload: Mapping[str, Any]) -> int | None:
    """Where the provider's detector says it is in the appended audio, in milliseconds; None in other events."""
    named = str(payload.get("type", "")).startswith("input_audio_buffer.speech_")
    claimed = payload.get("audio_start_ms", payload.get("audio_end_ms"))
    return claimed if named and isinstance(claimed, int) else None
