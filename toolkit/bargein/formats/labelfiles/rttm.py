"""RTTM, the diarisation field's one line a stretch: who spoke when.

``SPEAKER <file> <channel> <onset s> <length s> <NA> <NA> <speaker> <NA> <NA>``: ten columns between blanks. Lines of
other types (words, speaker information) are counted and left out. On the way out, the *subtype* column says the kind,
which other programs skip; a speaker's blanks are written ``%20``, as the format has no other place for them.

References
----------
NIST, Rich Transcription 2009 evaluation plan, appendix A.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from bargein.errors import Problem
from bargein.formats.labelfiles.entries import Entry, Format, Parsed, as_kind, escape, read_seconds, unescape
from bargein.session.model import Label
from bargein.units import seconds

NOTHING = "<NA>"
#: Fewest columns in use: some writers leave out the last one or two.
COLUMNS = 8


def read(text: str, file: str, tracks: Sequence[str]) -> Parsed:
    """Read an RTTM file; one that speaks of two recordings is refused.

    Examples
    --------
    >>> read("SPEAKER call 1 1.440 0.500 <NA> <NA> MEE009 <NA> <NA>", "a.rttm", ()).entries
    [Entry(place='a.rttm:1', onset_ms=1440, offset_ms=1940, stated={'speaker': 'MEE009'}, text='')]
    """
    entries: list[Entry] = []
    problems: list[Problem] = []
    others: list[str] = []
    recordings: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        place, columns = f"{file}:{number}", re.findall(r"[^ \t]+", line)
        if not columns or line.startswith((";;", "#")):
            continue
        if columns[0] != "SPEAKER":
            others.append(columns[0])
            continue
        if len(columns) < COLUMNS:
            problems.append(Problem(f"{len(columns)} columns, not {COLUMNS} or more", place, "cut off?"))
            continue
        recordings.setdefault(columns[1], place)
        onset, wrong = read_seconds(columns[3], "onset", place)
        length, more = read_seconds(columns[4], "length", place)
        problems += wrong + more
        stated = {"speaker": unescape(columns[7])} if columns[7] != NOTHING else {}
        if kind := as_kind(columns[6]):
            stated["kind"] = kind
        entries.append(Entry(place, onset, onset + length, stated))
    if len(recordings) > 1:
        what = f"lines of {len(recordings)} recordings: {', '.join(list(recordings)[:5])}"
        problems.append(Problem(what, [*recordings.values()][1], "keep those of this session"))
    notes = [f"{len([*same])} lines of type {kind} were left out" for kind, same in groupby(sorted(others))]
    return Parsed(entries, problems, notes)


def write(labels: Sequence[Label], session: str, length_ms: int) -> str:
    r"""Write labels as RTTM, in order of onset.

    Examples
    --------
    >>> write([Label("speech", 1_440, 1_940, speaker="Carlo Flora")], "call 1", 5_000)
    'SPEAKER call%201 1 1.440 0.500 <NA> speech Carlo%20Flora <NA> <NA>\n'
    """
    rows = sorted(labels, key=lambda x: (x.onset_ms, x.offset_ms))
    name = escape(session, " ") or NOTHING
    return "".join(
        f"SPEAKER {name} 1 {seconds(x.onset_ms):.3f} {seconds(x.offset_ms - x.onset_ms):.3f} {NOTHING} {x.kind} "
        f"{escape(x.speaker, ' <') or NOTHING} {NOTHING} {NOTHING}\n" for x in rows
    )  # fmt: skip


RTTM = Format("rttm", (".rttm",), read, write, holds=("kind", "speaker"))
