"""Sound of a log: which message carried which samples, the tracks they make, and where the microphone lies in time.

The agent's deltas go end to end into one track; the ledger knows whose they are. The microphone's pieces go end to end
too, with silence where nothing was sent (``wireclock``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bargein.errors import Problem
from bargein.formats.payloads import PCM_24K, Coding, Decoder, Int16, coding_in, decoded, looks_cut
from bargein.formats.wirelines import Frame, Lines
from bargein.formats.wiretext import together
from bargein.providers.wire import ga_name
from bargein.units import ms_of, rescaled, samples_in

#: How far a file beside the log may differ from the lengths in the log, besides a millisecond a piece.
SLACK_MS = 50

#: Side: message, field that holds the sound, direction.
CARRIERS = {
    "output": ("response.output_audio.delta", "delta", "s2c"),
    "input": ("input_audio_buffer.append", "audio", "c2s"),
}
#: How files begin in which recorders keep sound: base64 of one is no base64 of samples.
FILES = {b"RIFF": "a WAV file", b"OggS": "an Ogg file", b"\x1aE\xdf\xa3": "a WebM file", b"fLaC": "a FLAC file",
         b"ID3\x03": "an MP3 file", b"ID3\x04": "an MP3 file"}  # fmt: skip


@dataclass(slots=True)
class Piece:
    """Sound in one message: the message's index, whose it is, its coding, its bytes, and its length where stated."""

    index: int
    stream: tuple[Any, ...]
    coding: Coding
    data: bytes = b""
    stated: tuple[int, int] | None = None  # length, per second
    repeats: int | None = None


@dataclass(slots=True)
class Pieces:
    """All sound of one side. ``state``: ``whole``, ``cut``, ``none``, or ``coded`` in a way we cannot decode."""

    side: str
    all: list[Piece] = field(default_factory=list)
    state: str = "none"
    problems: list[Problem] = field(default_factory=list)

    def lengths(self) -> list[tuple[int, int]] | None:
        """Length of each piece as (units, units a second); None unless all are known."""
        whole = self.state == "whole"
        found = [(len(p.data) // p.coding.width, p.coding.rate) if whole and p.data else p.stated for p in self.fresh]
        return None if not found or None in found else [length for length in found if length]

    @property
    def fresh(self) -> list[Piece]:
        """Pieces that bring sound: a repeated event brings none."""
        return [p for p in self.all if p.repeats is None]

    def ends(self) -> list[int]:
        """How many milliseconds have come after each fresh piece, from running totals; empty when not known."""
        totals: dict[int, int] = {}
        found = []
        for n, per in self.lengths() or ():
            totals[per] = totals.get(per, 0) + n
            found.append(sum(ms_of(total, rate) for rate, total in totals.items()))
        return found

    def ms(self) -> int:
        """How long it all lasts, as far as the log tells."""
        return max(self.ends(), default=0)


def pieces(lines: Lines, side: str) -> Pieces:
    """Find the sound of one side: ``input`` the microphone, ``output`` the agent."""
    found = Pieces(side)
    name, key, way = CARRIERS[side]
    seen: dict[str, int] = {}
    refused: list[Problem] = []
    files: list[Problem] = []
    strings = 0
    for index, (frame, coding) in enumerate(_codings(lines.frames, side)):
        if frame.direction != way or ga_name(frame.type) != name:
            continue
        p, value = frame.payload, frame.payload.get(key)
        piece = Piece(index, tuple(str(p.get(name)) for name in ("response_id", "item_id", "content_index")), coding)
        if isinstance(value, dict):
            units = (("samples", coding.rate), ("bytes", coding.rate * coding.width))
            stated = [(value.get(unit), per) for unit, per in units if per]
            piece.stated = next(((n, per) for n, per in stated if isinstance(n, int)), None)
        elif isinstance(value, str) and value:
            strings += 1
            try:
                piece.data = decoded(value)
            except ValueError:
                refused.append(Problem(f"{key} is no base64", lines.place(frame.line), "cut off, or a placeholder?"))
            if (what := FILES.get(piece.data[:4])) and coding.width:
                hint = "a recorder's file? what is on the wire are samples alone: log those"
                files.append(Problem(f"{key} is {what}, no samples", lines.place(frame.line), hint))
        if piece.stated is None and isinstance(ms := p.get("audio_duration_ms"), int):
            piece.stated = ms, 1_000
        if way == "s2c" and (event_id := str(p.get("event_id") or "")):  # a client may use one id for all its messages
            piece.repeats = seen.get(event_id)
            seen.setdefault(event_id, index)
        found.all.append(piece)
    if strings and len(refused) == strings:  # every sound is a placeholder: left out on purpose
        refused = []
    found.problems = list(together([*refused, *files], lines.name))
    found.state = _state(found)
    return found


def _codings(frames: Iterable[Frame], side: str) -> Iterator[tuple[Frame, Coding]]:
    """Each message with the coding in force at it: of its response, else as the session last said."""
    session: dict[str, Coding] = {}
    response: dict[str, Coding] = {}
    for frame in frames:
        holder = frame.payload.get("response" if frame.type == "response.created" else "session")
        if isinstance(holder, dict) and (coding := coding_in(holder, side)):
            if frame.type == "response.created":
                response[str(holder.get("id"))] = coding
            else:
                session[frame.connection] = coding
        in_force = session.get(frame.connection, PCM_24K)
        yield frame, response.get(str(frame.payload.get("response_id")), in_force)


def _state(found: Pieces) -> str:
    if not found.all:
        return "none"
    sizes = [len(p.data) for p in found.all if p.data]
    if not sizes or looks_cut(sizes, found.all[0].coding):
        return "cut"
    if any(not p.coding.width for p in found.all):
        return "coded"
    told = [(ms_of(len(p.data) // p.coding.width, p.coding.rate), p.stated[0]) for p in found.all
            if p.stated and p.stated[1] == 1_000]  # fmt: skip
    half_is_missing = bool(told) and 2 * sum(held for held, _ in told) < sum(stated for _, stated in told)
    return "cut" if half_is_missing else "whole"


@dataclass(slots=True)
class Sound:
    """A track made of pieces: its samples, what stands in each message instead of them, and what to say about it."""

    samples: Int16 | None = None
    rate: int = PCM_24K.rate
    refs: dict[int, dict[str, int | None]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def decode(found: Pieces, lines: Lines, pauses: Mapping[int, int] | None = None) -> Sound:
    """Put pieces end to end, in log order; a repeated event brings no new sound.

    Parameters
    ----------
    found
        Whole pieces.
    lines
        The log, for messages.
    pauses
        Silence before a piece, in milliseconds, by the index of its message.
    """
    rates = {p.coding.rate for p in found.all}
    sound = Sound(rate=found.all[0].coding.rate)
    if len(rates) > 1:
        line = next(lines.frames[p.index].line for p in found.all if p.coding.rate != sound.rate)
        what = f"{found.side} sound changes its rate: {', '.join(map(str, sorted(rates)))} Hz"
        sound.problems.append(Problem(what, lines.place(line), "cut the log there into two sessions"))
        return sound
    decoder = Decoder()
    made: list[Int16] = []
    stored = silent = 0
    within: dict[tuple[Any, ...], int] = {}
    for p in found.all:
        if p.repeats is not None:
            sound.refs.update({p.index: dict(sound.refs[p.repeats])} if p.repeats in sound.refs else {})
            continue
        if not p.data:  # its line stays as it is: that sound came is known, how much of it is not
            silent += 1
            continue
        stream = p.stream if found.side == "output" else ()
        samples = decoder.feed(stream, p.coding, p.data)
        if pauses and (pause := samples_in(pauses.get(p.index, 0), sound.rate)):
            made.append(np.zeros(pause, np.int16))
            stored += pause
        sound.refs[p.index] = _ref(stored, len(samples), within, stream if found.side == "output" else None)
        made.append(samples)
        stored += len(samples)
    if silent:
        sound.notes.append(f"{silent} of {len(found.all)} pieces of {found.side} sound are empty in the log")
    if decoder.left_over:
        sound.notes.append(f"half a sample at the end of {decoder.left_over} stream(s) of {found.side} sound left out")
    sound.samples = np.concatenate([np.zeros(0, np.int16), *made])
    return sound


def beside(found: Pieces, samples: Int16, rate: int, name: str) -> Sound:
    """Map a file beside the log to the deltas, in order, by the lengths that the log states.

    Parameters
    ----------
    found
        Agent sound whose payloads are gone.
    samples, rate, name
        Of the file.
    """
    sound = Sound(samples, rate)
    lengths = found.lengths()
    if lengths is None:
        what = "which of its samples belong to which delta is not known: the log has neither payloads nor lengths"
        hint = 'log the deltas\' payloads, or {"bytes": n} in their place'
        sound.problems.append(Problem(what, name, hint))
        return sound
    total_ms = found.ms()
    held_ms = ms_of(len(samples), rate)
    if abs(total_ms - held_ms) > SLACK_MS + len(lengths):
        what = f"lasts {held_ms} ms, the log's deltas last {total_ms} ms"
        sound.problems.append(Problem(what, name, "another recording, or pauses between the replies?"))
        return sound
    told: dict[int, int] = {}  # by unit: rounding once, from running totals
    stored = 0
    within: dict[tuple[Any, ...], int] = {}
    fresh = found.fresh
    for p, (n, per) in zip(fresh, lengths, strict=True):
        told[per] = told.get(per, 0) + n
        end = sum(rescaled(total, unit, rate) for unit, total in told.items())
        end = len(samples) if p is fresh[-1] else min(end, len(samples))
        sound.refs[p.index] = _ref(stored, end - stored, within, p.stream)
        stored = end
    sound.refs.update({p.index: dict(sound.refs[p.repeats]) for p in found.all if p.repeats is not None})
    sound.notes.append(f"agent sound from {name}, mapped to {len(fresh)} deltas by their stated lengths")
    return sound


def left_out(found: Pieces) -> dict[int, dict[str, int | None]]:
    """Say what stands in messages whose sound goes into no track, but was whole."""
    if found.state not in ("whole", "coded"):
        return {}
    samples = {p.index: len(p.data) // p.coding.width if p.coding.width else None for p in found.all}
    return {p.index: {"stored": None, "samples": samples[p.index], "bytes": len(p.data)} for p in found.all}


def _ref(
    stored: int, samples: int, within: dict[tuple[Any, ...], int], stream: tuple[Any, ...] | None
) -> dict[str, int | None]:
    if stream is None:
        return {"stored": stored, "samples": samples}
    first = within.get(stream, 0)
    within[stream] = first + samples
    return {"stored": stored, "first": first, "samples": samples}
