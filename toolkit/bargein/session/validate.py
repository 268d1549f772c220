"""Everything that is wrong with a session folder, at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bargein.errors import InputError, Problem
from bargein.session.files import (
    CLIENT_FILE,
    EVENTS_FILE,
    LABELS_FILE,
    open_info,
    read_client,
    read_labels,
    read_records,
    sha256,
)
from bargein.session.model import Info, Record
from bargein.session.queued import QUEUE_FILE, read_rows
from bargein.units import ms_of


def problems_of(folder: Path) -> Iterator[Problem]:
    """Check facts, checksums, sound files, log, player's log, labels and queue of a session folder.

    Parameters
    ----------
    folder
        A session folder.

    Yields
    ------
    Every problem found, each with file and line or field; nothing when the session is sound.
    """
    info, problems = open_info(folder)
    yield from problems
    if info is None:
        return
    yield from _tracks(folder, info)
    damaged = list(_checksums(folder, info))
    yield from damaged
    records, wrong = read_records(folder / EVENTS_FILE)
    yield from wrong
    yield from _log(info, records)
    yield from _clock(info, records)
    _, wrong = read_labels(folder / LABELS_FILE, info)
    yield from wrong
    _, wrong = read_client(folder / CLIENT_FILE)
    yield from wrong
    _, wrong = read_rows(folder / QUEUE_FILE)
    yield from wrong


def _checksums(folder: Path, info: Info) -> Iterator[Problem]:
    for name, expected in info.checksums.items():
        path = folder / name
        if not path.exists():
            if name not in {t.file for t in info.tracks.values()} | {EVENTS_FILE}:  # those are reported on their own
                yield Problem(f"{name} is missing", str(folder), "copied only in part?")
        elif (found := sha256(path)) != expected:
            what = f"checksum {found[:12]}… is not the recorded {expected[:12]}…"
            yield Problem(what, name, "changed after it was recorded, or damaged")


def _tracks(folder: Path, info: Info) -> Iterator[Problem]:
    from bargein.audio.files import read

    for name, track in info.tracks.items():
        try:
            samples, rate = read(folder / track.file)
        except InputError as error:
            yield from (replace(p, place=p.place or track.file) for p in error.problems)
            continue
        if rate != track.rate or len(samples) != track.samples:
            stated = f"session.json says {track.samples} at {track.rate}"
            what = f"{name} track: {len(samples)} samples at {rate} Hz, {stated}"
            yield Problem(what, track.file, "another recording, or cut off?")


#: Payload field that stands for sound, and the track it points into.
SOUND = {"delta": "agent", "audio": "user"}


def _log(info: Info, records: tuple[Record, ...]) -> Iterator[Problem]:
    """What the log must not say: sound the track does not hold, times outside the session, times where none exist."""
    for record in records:
        place = f"{EVENTS_FILE}:{record.seq + 1}"
        for field, name in SOUND.items():
            ref = record.payload.get(field)
            if isinstance(ref, dict) and ref.get("stored") is not None:
                held = info.tracks[name].samples if name in info.tracks else 0
                yield from _reference(ref, held, f"{field} points outside the {name} track's {held} samples", place)
        if record.t is not None and info.clock == "none":
            yield Problem(f"receive time {record.t} in a session whose clock is none", place)
        if record.t is not None and record.t > info.length_ms:
            yield Problem(f"receive time {record.t} lies behind the session's {info.length_ms} ms", place)
    for name, track in info.tracks.items():
        end = track.origin_ms + ms_of(track.samples, track.rate)
        if track.kind != "generated" and end > info.length_ms:
            yield Problem(f"{name} track ends at {end} ms, after the session's {info.length_ms} ms", "session.json")


def _reference(ref: dict[str, object], held: int, what: str, place: str) -> Iterator[Problem]:
    first, samples = ref.get("stored"), ref.get("samples")
    if not isinstance(first, int) or not isinstance(samples, int):
        yield Problem(f"{ref!r} does not say which samples it stands for", place, "edited?")
    elif first < 0 or samples < 0 or first + samples > held:
        yield Problem(what, place, "a sound file of another session?")


def _clock(info: Info, records: tuple[Record, ...]) -> Iterator[Problem]:
    """A clock that says more than the log holds."""
    if info.clock != "none" and records and all(r.t is None for r in records):
        yield Problem(f"clock: {info.clock!r}, but no line of {EVENTS_FILE} has a receive time", "session.json.clock")
    if info.clock == "appends" and info.clock_step_ms is None:
        yield Problem("clock_step_ms: missing, though times come from appended audio", "session.json.clock_step_ms")
