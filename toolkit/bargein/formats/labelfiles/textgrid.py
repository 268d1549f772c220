"""Praat's TextGrid, long and short: tiers of intervals without gaps, an empty text where nothing is said.

Praat reads its text files as a row of values and ignores what stands between them: numbers, texts in quotes (a quote
inside is doubled) and flags in angle brackets, so that ``xmin = 0`` and ``0`` are the same file. So do we, and keep the
line of each value. Tiers of points hold no stretches and are refused unless they are empty.

References
----------
Praat manual, "TextGrid file formats".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bargein.errors import Problem
from bargein.formats.labelfiles.entries import (
    Entry,
    Format,
    Parsed,
    read_mark,
    read_seconds,
    read_tier,
    tiers,
    write_mark,
)
from bargein.session.model import Label
from bargein.units import seconds

#: A text; a comment to the end of the line; a flag or a number standing alone; anything else between blanks.
VALUE = re.compile(r'"((?:[^"]|"")*)"|(![^\n]*)|(?<!\S)(<\w+>|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?!\S)|(\S+)')
INTERVALS, POINTS = "IntervalTier", "TextTier"


class Value(NamedTuple):
    """One value of the file, its line, and whether it stood in quotes."""

    text: str
    line: int
    quoted: bool


class Ended(Exception):
    """The file ends, or says something else, where a value should stand."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


class Values:
    """The values of a file, one after the other."""

    def __init__(self, text: str) -> None:
        self._rest = _values(text)
        self.line = 1

    def next(self, what: str, *, quoted: bool) -> Value:
        """Give the next value, which must be a text in quotes, or one without."""
        value = next(self._rest, None)
        if value is None:
            raise Ended(self.line, f"the file ends where {what} should stand")
        self.line = value.line
        if value.quoted != quoted:
            raise Ended(value.line, f"{value.text!r} stands where {what} should")
        return value

    def count(self, what: str) -> int:
        """Give the next value as a number of things."""
        value = self.next(what, quoted=False)
        if not re.fullmatch(r"\d{1,9}", value.text):
            raise Ended(value.line, f"{value.text!r} is no {what}")
        return int(value.text)


def _values(text: str) -> Iterator[Value]:
    line, at = 1, 0
    for found in VALUE.finditer(text):
        line, at = line + text.count("\n", at, found.start()), found.start()
        quoted, _, plain, _ = found.groups()
        if quoted is not None:
            yield Value(quoted.replace('""', '"'), line, quoted=True)
        elif plain is not None:
            yield Value(plain, line, quoted=False)


def read(text: str, file: str, tracks: Sequence[str]) -> Parsed:
    """Read a TextGrid; each interval with a text is a stretch, of the speaker or kind that its tier is named after."""
    parsed = Parsed([], [], [])
    values = Values(text)
    try:
        for expected in ("ooTextFile", "TextGrid"):
            if (head := values.next("the file's type", quoted=True)).text != expected:
                raise Ended(head.line, f"{head.text!r} is no {expected}")
        for edge in ("the beginning", "the end"):
            values.next(edge, quoted=False)
        if values.next("<exists>", quoted=False).text == "<exists>":
            for _ in range(values.count("number of tiers")):
                _tier(values, file, tracks, parsed)
    except Ended as ended:
        parsed.problems.append(Problem(str(ended), f"{file}:{ended.line}", "cut off, or no TextGrid?"))
    return parsed


def _tier(values: Values, file: str, tracks: Sequence[str], into: Parsed) -> None:
    kind = values.next("the kind of a tier", quoted=True)
    name = values.next("the name of a tier", quoted=True).text
    for edge in ("the tier's beginning", "the tier's end"):
        values.next(edge, quoted=False)
    if kind.text not in (INTERVALS, POINTS):
        raise Ended(kind.line, f"{kind.text!r} is neither {INTERVALS} nor {POINTS}")
    points = kind.text == POINTS
    for _ in range(values.count("number of intervals")):
        onset = values.next("a time", quoted=False)
        offset = onset if points else values.next("a time", quoted=False)
        said = values.next("a text", quoted=True)
        place = f"{file}:{onset.line}"
        if not said.text.strip():
            continue
        start, wrong = read_seconds(onset.text, "onset", place)
        end, more = read_seconds(offset.text, "offset", place)
        stated, rest, odd = read_mark(said.text, place)
        into.problems.extend(wrong + more + odd)
        into.entries.append(Entry(place, start, end, {**read_tier(name, tracks), **stated}, rest))


def write(labels: Sequence[Label], session: str, length_ms: int) -> str:
    """Write labels as a long TextGrid, a tier for each track, speaker and kind.

    Examples
    --------
    >>> text = write([Label("tic", 500, 900)], "", 1_000)
    >>> read(text, "a.TextGrid", ["user"]).entries[0].stated
    {'track': 'user', 'speaker': 'user', 'kind': 'tic'}
    """
    made = tiers(labels)
    end = seconds(length_ms)
    out = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end}"]
    out += ["tiers? <exists>", f"size = {len(made)}", "item []:"]
    for number, (name, inside) in enumerate(made.items(), 1):
        rows = list(_without_gaps(inside, length_ms))
        out += [f"    item [{number}]:", f'        class = "{INTERVALS}"', f"        name = {_quoted(name)}"]
        out += ["        xmin = 0", f"        xmax = {end}", f"        intervals: size = {len(rows)}"]
        for n, (start, stop, text) in enumerate(rows, 1):
            out += [f"        intervals [{n}]:", f"            xmin = {seconds(start)}"]
            out += [f"            xmax = {seconds(stop)}", f"            text = {_quoted(text)}"]
    return "\n".join(out) + "\n"


def _without_gaps(labels: Sequence[Label], length_ms: int) -> Iterator[tuple[int, int, str]]:
    at = 0
    for x in labels:
        if x.onset_ms > at:
            yield at, x.onset_ms, ""
        yield x.onset_ms, x.offset_ms, write_mark(x, ("kind", "uncertainty_ms", "basis", "blind", "complete"))
        at = x.offset_ms
    if at < length_ms:
        yield at, length_ms, ""


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


TEXTGRID = Format("textgrid", (".textgrid",), read, write)
