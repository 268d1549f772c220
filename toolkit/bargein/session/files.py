"""The files of a session folder, read one by one: what they say, and everything that is wrong with them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from bargein.errors import Problem, SessionError
from bargein.session.clientlog import problems_in
from bargein.session.model import DIRECTIONS, Info, Label, Record
from bargein.session.schema import read_info, read_label
from bargein.uncollected import uncollected

INFO_FILE, EVENTS_FILE, LABELS_FILE, CLIENT_FILE = "session.json", "events.jsonl", "labels.jsonl", "client.jsonl"

_decode = msgspec.json.Decoder().decode


def folders(root: str | os.PathLike[str]) -> list[Path]:
    """Find session folders: the folder itself, or those directly inside it.

    Raises
    ------
    SessionError
        There are none.
    """
    path = Path(root)
    if (path / INFO_FILE).exists():
        return [path]
    found = _directly_in(path)
    if not found:
        _, problems = open_info(path)
        raise SessionError(problems, str(path))
    return found


def _directly_in(folder: Path) -> list[Path]:
    return sorted(p.parent for p in folder.glob(f"*/{INFO_FILE}")) if folder.is_dir() else []


def open_info(folder: Path) -> tuple[Info | None, list[Problem]]:
    """Read ``session.json``: the facts, or everything that is wrong with it."""
    path = folder / INFO_FILE
    if not folder.is_dir():
        return None, [Problem("no such folder", str(folder), "mistyped?")]
    if not path.exists() and (held := _directly_in(folder)):
        what = f"this holds {len(held)} sessions: name one" if len(held) > 1 else "this holds a session: name it"
        return None, [Problem(what, str(folder), f"as {held[0]}")]
    if not path.exists():
        inside = "the folder is empty" if not any(folder.iterdir()) else f"no {INFO_FILE} here"
        return None, [Problem(inside, str(folder), "a session folder holds session.json; see docs/session-format.md")]
    try:
        raw = _decode(path.read_bytes())
    except msgspec.DecodeError as error:
        return None, [Problem(f"not JSON: {error}", str(path), "cut off or edited?")]
    return read_info(raw, INFO_FILE)


def json_lines(path: Path) -> tuple[list[tuple[int, Any]], list[Problem]]:
    """Decode a file of JSON lines: (line number, value), and the lines that cannot be decoded."""
    lines, problems = [], []
    if not path.exists():
        return [], [Problem(f"{path.name} is missing", str(path.parent), "copied only in part?")]
    for number, raw in enumerate(path.read_bytes().split(b"\n"), 1):
        if not raw.strip():
            continue
        try:
            value = _decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problems.append(Problem(f"line {number} is not JSON: {error}", f"{path.name}:{number}", "cut off?"))
            continue
        if isinstance(value, dict):
            lines.append((number, value))
        else:
            problems.append(Problem(f"line {number} is not an object", f"{path.name}:{number}"))
    return lines, problems


def read_records(path: Path) -> tuple[tuple[Record, ...], list[Problem]]:
    """Read ``events.jsonl``: log lines, and everything that is wrong with them."""
    with uncollected():
        return _records(path)


def _records(path: Path) -> tuple[tuple[Record, ...], list[Problem]]:
    lines, problems = json_lines(path)
    records: list[Record] = []
    latest: dict[tuple[str, str], int] = {}
    name = path.name
    for number, line in lines:
        t, direction, payload = line.get("t"), line.get("dir"), line.get("ev")
        if direction not in DIRECTIONS or not isinstance(payload, dict):
            what = f"line {number} has no dir ({' or '.join(DIRECTIONS)}) or no ev object"
            problems.append(Problem(what, f"{name}:{number}"))
            continue
        if t is not None and (isinstance(t, bool) or not isinstance(t, int)):
            problems.append(Problem(f"t: {t!r} is not a whole number of milliseconds", f"{name}:{number}", "seconds?"))
            continue
        record = Record(len(records), t, direction, str(line.get("conn", "provider")), payload)
        key = (record.connection, direction)
        if t is not None:
            if t < latest.get(key, t):
                what = f"receive time {t} lies before {latest[key]} on the same connection ({direction})"
                problems.append(Problem(what, f"{name}:{number}", "two logs joined, or another unit?"))
            latest[key] = t  # so that a step back is one problem, not one for every line after it
        records.append(record)
    return tuple(records), problems


def read_labels(path: Path, info: Info) -> tuple[tuple[Label, ...], list[Problem]]:
    """Read ``labels.jsonl``: labels in order of onset, and everything that is wrong with them; no file, no labels.

    Nothing outside the session can be true of it, and a misspelt track would be measured as nobody's. A line with
    ``retracted: true`` takes an earlier one back that says the same; both stay in the file.
    """
    if not path.exists():
        return (), []
    lines, problems = json_lines(path)
    labels: list[Label] = []
    for number, line in lines:
        place = f"{path.name}:{number}"
        label, wrong = read_label(line, place)
        problems += wrong
        retracted = line.get("retracted", False)
        if not isinstance(retracted, bool):
            problems.append(Problem(f"retracted: {retracted!r} is not true or false", f"{place}.retracted"))
        elif label is not None and not retracted:
            problems += _misplaced(label, info, place)
            labels.append(label)
        elif label in labels:
            labels.remove(label)
        elif label is not None:
            problems.append(
                Problem(f"takes a {label.kind} at {label.onset_ms} ms back that nobody gave", place, "edited?")
            )
    return tuple(sorted(labels, key=lambda label: (label.onset_ms, label.offset_ms))), problems


def _misplaced(label: Label, info: Info, place: str) -> Iterator[Problem]:
    """What a label says of a track or a time that its session does not have; a user may have no microphone track."""
    names = dict.fromkeys(("user", *info.tracks))
    if label.track not in names:
        yield Problem(f"track: {label.track!r} is none of {', '.join(names)}", f"{place}.track", "misspelt?")
    if label.offset_ms > info.length_ms:
        what = f"{label.kind} from {label.onset_ms} to {label.offset_ms} ms lies outside the session's"
        yield Problem(f"{what} {info.length_ms} ms", place, "another session's, or another unit?")


def read_client(path: Path) -> tuple[tuple[dict[str, Any], ...], list[Problem]]:
    """Read ``client.jsonl``: its lines, and everything that is wrong with them; no file, no lines."""
    if not path.exists():
        return (), []
    lines, problems = json_lines(path)
    return tuple(line for _, line in lines), [*problems, *problems_in(lines, path.name)]


def sha256(path: Path) -> str:
    """Checksum of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
