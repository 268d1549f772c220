"""The bytes of a log to objects, line by line; or what the file is instead, and what probably happened to a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from bargein.errors import Problem

#: How other kinds of files begin: what that is, and what to do about it.
BEGINNINGS = (
    (b"\x1f\x8b", "a gzip file", "unpack it first: gunzip"),
    (b"PK\x03\x04", "a zip file", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "unpack it first: unzstd"),
    (b"RIFF", "a sound file", "the microphone goes to --user, the agent's sound to --agent"),
    (b"fLaC", "a sound file", "the microphone goes to --user, the agent's sound to --agent"),
    (b"\xff\xfe", "UTF-16 or UTF-32 text, not UTF-8", "a Windows shell's redirection? save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 or UTF-32 text, not UTF-8", "save it as UTF-8"),
    (b"{\x00", "UTF-16 or UTF-32 text, not UTF-8", "save it as UTF-8"),
    (b"\x00{", "UTF-16 or UTF-32 text, not UTF-8", "save it as UTF-8"),
    (b"[", "a JSON array, not JSON lines", "write one object a line: jq -c .[]"),
)
BOM = b"\xef\xbb\xbf"

ONE_A_LINE = "a log is JSON, one object a line"

#: What a line that cannot be decoded looks like, and the likely cause; the first that fits.
CAUSES = (
    (re.compile(rb"^\s*\{\s*$"), "JSON over several lines? write one object a line: jq -c ."),
    (
        re.compile(rb"\x00"),
        "NUL bytes: the disk was full, or the machine stopped while it was written? delete the line",
    ),
    (re.compile(rb"[:\[,]\s*-?(?:NaN|Infinity)\b"), "NaN and Infinity are no JSON: write null"),
    (re.compile(rb"^\s*\{\s*'"), "single quotes: written with str() or repr()? use json.dumps"),
    (re.compile(rb"[}\]],\s*$"), "a comma at the end of the line"),
    (re.compile(rb"\}\s*\{\s*\""), "two messages in one line: end each with a newline"),
)


def objects(raw: bytes, name: str) -> tuple[list[tuple[int, dict[str, Any]]], list[Problem]]:
    r"""Decode the lines of a log.

    Parameters
    ----------
    raw
        JSON lines, UTF-8, with or without a byte order mark.
    name
        Of the file, for messages.

    Returns
    -------
    Line numbers (from 1) and objects; everything that is wrong, joined where one cause stands on several lines.

    Examples
    --------
    >>> objects(b'{"t": 1}\n[2]\n', "a.jsonl")
    ([(1, {'t': 1})], [Problem(what='not an object', place='a.jsonl:2', hint='one object a line')])
    >>> [str(p) for p in objects(b"RIFF....WAVE", "a.jsonl")[1]]
    ["a sound file (the microphone goes to --user, the agent's sound to --agent) @ a.jsonl"]
    """
    raw = raw.removeprefix(BOM)
    begins = raw.lstrip()[:4]
    for beginning, what, hint in BEGINNINGS:
        if begins.startswith(beginning):
            return [], [Problem(what, name, hint)]
    decode = msgspec.json.Decoder().decode
    values: list[tuple[int, dict[str, Any]]] = []
    problems: list[Problem] = []
    lines = raw.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            value = decode(line)
        except UnicodeDecodeError:
            problems.append(Problem("not UTF-8", place, "saved in another encoding?"))
        except (msgspec.DecodeError, RecursionError) as error:
            what = (
                "nested too deeply" if isinstance(error, RecursionError) else re.sub(r" \(byte \d+\)$", "", str(error))
            )
            problems.append(Problem(f"not JSON: {what}", place, _cause(line, last=number == len(lines))))
        else:
            if isinstance(value, dict):
                values.append((number, value))
            else:
                problems.append(Problem("not an object", place, "one object a line"))
    if problems and not values:  # another kind of file: one cause, one problem
        hint = next((hint for _, hint in CAUSES if hint == problems[0].hint), ONE_A_LINE)
        problems = [Problem(f"not one of {len(problems)} lines is a JSON object", name, hint)]
    return values, list(together(problems, name))


def _cause(line: bytes, *, last: bool) -> str:
    """Say what probably happened to a line; the last line without its newline was being written."""
    for pattern, hint in CAUSES:
        if pattern.search(line):
            return hint
    return "the log ends here, in mid-line: the app was stopped? delete the line" if last else "cut off or edited?"


def together(problems: Iterable[Problem], name: str) -> Iterator[Problem]:
    """Join problems that say the same of several lines: one cause, one problem, with the lines it stands on.

    Examples
    --------
    >>> [str(p) for p in together([Problem("not JSON", f"a.jsonl:{n}") for n in (3, 5, 6, 9, 12)], "a.jsonl")]
    ['not JSON @ a.jsonl:3, 5, 6 and 2 more lines']
    """
    alike: dict[tuple[str, str], list[str]] = {}
    for p in problems:
        alike.setdefault((p.what, p.hint), []).append(p.place)
    for (what, hint), places in alike.items():
        first, *others = places
        others = [place.removeprefix(f"{name}:") for place in others]
        more = f" and {len(others) - 2} more lines" if len(others) > 2 else ""
        yield Problem(what, ", ".join([first, *others[:2]]) + more, hint)
