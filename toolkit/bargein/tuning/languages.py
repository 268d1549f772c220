"""Settings as text: JSON that is sent as it is, or a TypeScript constant under a head that says what it rests on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bargein.errors import Problem
from bargein.providers.targets import Language

#: What a TypeScript file exports.
CONSTANT = "voiceSettings"
_BEFORE, _AFTER = f"export const {CONSTANT} = ", " as const;\n"


@dataclass(frozen=True, slots=True)
class Writing:
    """One way to write a file.

    Parameters
    ----------
    suffix
        By which it is chosen.
    write
        Content and head to text.
    read
        Text to content.
    """

    suffix: str
    write: Callable[[Mapping[str, Any], Sequence[str]], str]
    read: Callable[[str], dict[str, Any]]


def as_json(content: Mapping[str, Any], head: Sequence[str] = ()) -> str:
    """Write JSON. It has no place for a head: what it rests on stands in the file beside it.

    Raises
    ------
    ValueError
        It holds what JSON does not: a number that is none.
    """
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_typescript(content: Mapping[str, Any], head: Sequence[str] = ()) -> str:
    r"""Write a constant, after the head as comments; a line of the head stays one line, whatever it holds.

    Examples
    --------
    >>> print(as_typescript({"stop": 480}, ["budget: none\nalert(1)"]))
    // budget: none alert(1)
    export const voiceSettings = {
      "stop": 480
    } as const;
    <BLANKLINE>
    """
    comments = "".join(f"// {' '.join(line.split())}\n" for line in head)
    return comments + _BEFORE + as_json(content).rstrip("\n") + _AFTER


def from_typescript(text: str) -> dict[str, Any]:
    """Read a constant back.

    Raises
    ------
    ValueError
        The text is not one of ours.

    Examples
    --------
    >>> from_typescript(as_typescript({"stop": 480}, ["budget: none"]))
    {'stop': 480}
    """
    _, found, rest = f"\n{text}".partition(f"\n{_BEFORE}")  # at the start of a line: a head may quote it
    body, ended, _ = rest.rpartition(_AFTER)
    if not (found and ended):
        raise ValueError(f"no constant {CONSTANT}")
    content: dict[str, Any] = json.loads(body)
    return content


WRITINGS: Mapping[Language, Writing] = {
    "json": Writing(".json", as_json, json.loads),
    "typescript": Writing(".ts", as_typescript, from_typescript),
}


def problems(path: Path, languages: Sequence[Language], title: str) -> Iterator[Problem]:
    """Give what is wrong with a file's name: it does not end in one of the suffixes that this target is written to.

    Examples
    --------
    >>> print(*problems(Path("x.ts"), ["json"], "Pipecat"))
    x.ts: Pipecat is written to .json (the end of the name says how it is written)
    """
    suffixes = [WRITINGS[language].suffix for language in languages]
    if path.suffix not in suffixes:
        yield Problem(f"{path.name}: {title} is written to {' or '.join(suffixes)}",
                      hint="the end of the name says how it is written")  # fmt: skip


def writing(path: Path) -> Writing:
    """Give the way a file is written, by the end of its name.

    Raises
    ------
    LookupError
        No file of ours ends so.

    Examples
    --------
    >>> writing(Path("configs/x.ts")).suffix
    '.ts'
    """
    return {way.suffix: way for way in WRITINGS.values()}[path.suffix]
