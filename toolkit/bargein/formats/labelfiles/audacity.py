"""Audacity's label tracks: onset and offset in seconds and a text, between tabs.

A line that begins with a backslash says which frequencies were selected, and belongs to the line above. The text is a
mark (``entries``), which says every field of a label.

References
----------
Audacity manual, "Importing and Exporting Labels".
"""

from __future__ import annotations

from collections.abc import Sequence

from bargein.errors import Problem
from bargein.formats.labelfiles.entries import Entry, Format, Parsed, read_mark, read_seconds, write_mark
from bargein.session.model import Label
from bargein.units import seconds


def read(text: str, file: str, tracks: Sequence[str]) -> Parsed:
    r"""Read a label track.

    Examples
    --------
    >>> read("0.500000\t0.900000\ttic", "labels.txt", ()).entries
    [Entry(place='labels.txt:1', onset_ms=500, offset_ms=900, stated={'kind': 'tic'}, text='')]
    """
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), 1):
        place = f"{file}:{number}"
        if not line.strip() or line.startswith("\\"):
            continue
        columns = line.split("\t", 2)
        if len(columns) < 2:
            problems.append(Problem("no onset and offset between tabs", place, "not a label track of Audacity?"))
            continue
        onset, wrong = read_seconds(columns[0], "onset", place)
        offset, more = read_seconds(columns[1], "offset", place)
        stated, rest, odd = read_mark("".join(columns[2:]), place)
        problems += wrong + more + odd
        entries.append(Entry(place, onset, offset, stated, rest))
    return Parsed(entries, problems, [])


def write(labels: Sequence[Label], session: str, length_ms: int) -> str:
    r"""Write labels as a label track, in order of onset.

    Examples
    --------
    >>> write([Label("tic", 500, 900)], "", 1_000)
    '0.500000\t0.900000\ttic\n'
    """
    rows = sorted(labels, key=lambda x: (x.onset_ms, x.offset_ms))
    return "".join(f"{seconds(x.onset_ms):.6f}\t{seconds(x.offset_ms):.6f}\t{write_mark(x)}\n" for x in rows)


AUDACITY = Format("audacity", (".txt",), read, write)
