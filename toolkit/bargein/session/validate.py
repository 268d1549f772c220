"""Everything that is wrong with a session folder, at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bargein.errors import InputError, Problem
from bargein.session.files import EVENTS_FILE, LABELS_FILE, open_info, read_labels, read_records, sha256
from bargein.session.model import Info, Record
from bargein.units import ms_of


def problems_of(folder: Path) -> Iterator[Problem]:
    """Check facts, checksums, sound files, log and labels of a session folder.

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
    _, wrong = read_labels(folder / LABELS_FILE)
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
            yield from error.problems
            continue
        if rate != track.rate or len(samples) != track.samples:
            what = f"{name} track: {len(samples)} samples at {rate} Hz, session.json says {track.samples} at {track.rate}"
            yield Problem(what, track.file, "another recording, or cut off?")


def _log(info: Info, records: tuple[Record, ...]) -> Iterator[Problem]:
    """What the log must not say: audio the track does not hold, times outside the session, times where none exist."""
    stored = info.tracks["agent"].samples if "agent" in info.tracks else 0
    for record in records:
        place = f"{EVENTS_FILE}:{record.seq + 1}"
        ref = record.payload.get("delta")
        if isinstance(ref, dict) and ref["stored"] + ref["samples"] > stored:
            yield Problem(f"delta points behind the agent track's {stored} samples", place, "another agent.flac?")
        if record.t is not None and info.clock == "none":
            yield Problem(f"receive time {record.t} in a session whose clock is none", place)
        if record.t is not None and record.t > info.length_ms:
            yield Problem(f"receive time {record.t} lies behind the session's {info.length_ms} ms", place)
    for name, track in info.tracks.items():
        end = track.origin_ms + ms_of(track.samples, track.rate)
        if track.kind != "generated" and end > info.length_ms:
            yield Problem(f"{name} track ends at {end} ms, after the session's {info.length_ms} ms", "session.json")
