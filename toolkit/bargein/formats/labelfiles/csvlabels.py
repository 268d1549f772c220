"""Labels as a table: one line a label, a header with the names of the label's fields.

Times are ``onset_ms`` and ``offset_ms``, whole milliseconds, or ``onset_s`` and ``offset_s``, seconds: the name says
the unit, so that it need not be guessed. Comma, semicolon or tab, whichever the header uses; fields without a column,
or with nothing in them, are taken from what the import was told.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

from bargein.errors import Problem
from bargein.formats.labelfiles.entries import FIELDS, Entry, Format, Parsed, as_kind, read_seconds, read_value
from bargein.session.model import Label

#: Columns of time: name and whether it is in seconds.
TIMES = {"onset_ms": False, "offset_ms": False, "onset_s": True, "offset_s": True}
KNOWN = (*TIMES, *FIELDS, "annotator")


def read(text: str, file: str, tracks: Sequence[str]) -> Parsed:
    r"""Read a table.

    Examples
    --------
    >>> read("kind,onset_ms,offset_ms\ntic,500,900", "labels.csv", ()).entries
    [Entry(place='labels.csv:2', onset_ms=500, offset_ms=900, stated={'kind': 'tic'}, text='')]
    """
    head = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    entries: list[Entry] = []
    problems: list[Problem] = []
    try:
        names = [name.strip() for name in rows.fieldnames or ()]
        rows.fieldnames = names
        problems += _header(names, file)
        for row in rows if not problems else ():
            place = f"{file}:{rows.line_num}"
            if None in row or None in row.values():
                problems.append(Problem(f"not the {len(names)} columns of the header", place, "a stray comma?"))
                continue
            entry, wrong = _entry({k: v.strip() for k, v in row.items()}, place)
            entries.append(entry)
            problems += wrong
    except csv.Error as error:
        problems.append(Problem(f"no table: {error}", f"{file}:{rows.line_num}", "quotes that do not match?"))
    left = [name for name in names if name not in KNOWN] if not problems else []
    return Parsed(entries, problems, [f"columns left out: {', '.join(left)}"] if left else [])


def _header(names: Sequence[str], file: str) -> list[Problem]:
    found = [Problem(f"column {name!r} stands twice", f"{file}:1") for name in {n for n in names if names.count(n) > 1}]
    for edge in ("onset", "offset"):
        if sum(f"{edge}_{unit}" in names for unit in ("ms", "s")) != 1:
            hint = "the column's name says the unit"
            found.append(Problem(f"no one column {edge}_ms or {edge}_s in {', '.join(names)}", f"{file}:1", hint))
    return found


def _entry(row: Mapping[str, str], place: str) -> tuple[Entry, list[Problem]]:
    problems: list[Problem] = []
    times = {}
    for name, in_seconds in TIMES.items():
        if name not in row:
            continue
        if in_seconds:
            times[name.removesuffix("_s")], wrong = read_seconds(row[name], name, place)
            problems += wrong
        elif re.fullmatch(r"\d{1,12}", row[name]):
            times[name.removesuffix("_ms")] = int(row[name])
        else:
            problems.append(Problem(f"{name}: {row[name]!r} is no whole number of milliseconds", place, "seconds?"))
    stated = {name: read_value(name, row[name]) for name in (*FIELDS, "annotator") if row.get(name)}
    if "kind" in stated:
        stated["kind"] = as_kind(stated["kind"]) or stated["kind"]
    return Entry(place, times.get("onset", 0), times.get("offset", 0), stated), problems


def write(labels: Sequence[Label], session: str, length_ms: int) -> str:
    r"""Write labels as a table, in order of onset.

    Examples
    --------
    >>> print(write([Label("tic", 500, 900, annotator="A")], "", 1_000).replace("\r", ""), end="")
    kind,onset_ms,offset_ms,track,speaker,uncertainty_ms,basis,blind,complete,annotator
    tic,500,900,user,user,0,human,no,,A
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    columns = ("kind", "onset_ms", "offset_ms", *FIELDS[1:], "annotator")
    writer.writerow(columns)
    for x in sorted(labels, key=lambda x: (x.onset_ms, x.offset_ms)):
        values = {**{n: getattr(x, n) for n in columns}, "blind": "yes" if x.blind else "no"}
        writer.writerow(["" if values[n] is None else values[n] for n in columns])
    return out.getvalue()


CSV = Format("csv", (".csv", ".tsv"), read, write)
