"""The only place that prints: tables, lines and JSON for people and programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid
from rich.text import Text

from bargein.report.tables import PROSE, Table

#: Without a terminal prose is broken here; tables take what they need.
PLAIN_WIDTH = 200
#: What a column takes beside its text (padding, rule), and what a line takes beside its columns.
GAP, MARGIN = 3, 4
#: At most so many columns are repeated in every part; prose is broken at so many letters, if that saves a part.
HEADS, LEAST_PROSE = 2, 16


def console(width: int | None = None) -> Console:
    """Give a console; without a terminal it is as wide as what is printed needs, so that nothing is broken or lost."""
    return Console(width=width if width is not None or sys.stdout.isatty() else PLAIN_WIDTH)


def table(shown: Table) -> None:
    """Print a table and its note; one that is wider than the terminal comes in parts that repeat its first columns."""
    if not shown.rows:
        lines([f"{shown.title}: nothing to show.", ""])
        return
    texts = shown.texts()
    room = console().width - MARGIN if sys.stdout.isatty() else None
    whole = [max(map(len, [*column.split(), *(row[n] for row in texts)])) for n, column in enumerate(shown.columns)]
    least = [max(map(len, " ".join([column, *(row[n] for row in texts)]).split()))
             for n, column in enumerate(shown.columns)]  # fmt: skip
    heads = next((n for n, c in enumerate(shown.columns) if shown.numeric(c)), 1)
    needs, shared = fitted(whole, least, min(max(heads, 1), HEADS), room)
    for part, columns in enumerate(shared):
        grid = Grid(title=None if part else Text(shown.caption), box=SIMPLE_HEAD, title_justify="left",
                    title_style="bold", pad_edge=False, padding=(0, 1, 0, 0))  # fmt: skip
        for n in columns:
            name = shown.columns[n]
            side: Literal["right", "left"] = "right" if shown.numeric(name) else "left"
            grid.add_column(Text(name), justify=side, overflow="fold", min_width=needs[n] - GAP)
        for row in texts:
            grid.add_row(*(Text(row[n]) for n in columns))
        console(room + MARGIN if room else max(PLAIN_WIDTH, sum(needs) + MARGIN)).print(grid)
    if shown.note:
        console().print(Text(shown.note, style="dim"))
    lines("")


def fitted(
    whole: Sequence[int], least: Sequence[int], heads: int, room: int | None
) -> tuple[list[int], list[list[int]]]:
    """Give each column a width, and the parts: as few as can be, then as little prose broken as can be.

    Parameters
    ----------
    whole, least
        Letters of each column's longest cell, and of its longest word: no word is broken that has a place.
    heads
        How many columns name a row; only the first is repeated where more leave no room.
    room
        Width there is; None: as much as is needed.

    Returns
    -------
    The width of each column with its gap, and the columns of each part; every column is in one.

    Examples
    --------
    >>> fitted([40, 14, 40], [10, 10, 10], 1, 80), fitted([40, 14, 40], [10, 10, 10], 1, 50)
    (([31, 17, 31], [[0, 1, 2]]), ([25, 17, 25], [[0, 1], [0, 2]]))
    """
    half = PROSE if room is None else room // 2 - GAP
    tried = []
    for most in range(PROSE, LEAST_PROSE - 1, -1):
        needs = [min(max(min(w, most), n), PROSE, half) + GAP for w, n in zip(whole, least, strict=True)]
        named = 1 if room is not None and sum(needs[:heads]) + max(needs[heads:], default=0) > room else heads
        tried.append((needs, parts(needs, named, room)))
        if room is None:
            break
    return min(tried, key=lambda pair: len(pair[1]))


def parts(needs: Sequence[int], heads: int, room: int | None) -> list[list[int]]:
    """Share columns among parts that fit: the first ``heads`` columns in each, the others in order.

    Parameters
    ----------
    needs
        Width of each column with its gap.
    heads
        How many columns name a row.
    room
        Width there is; None: as much as is needed.

    Examples
    --------
    >>> parts([10, 5, 5, 5], 1, 20), parts([10, 5, 5, 5], 1, None)
    ([[0, 1, 2], [0, 3]], [[0, 1, 2, 3]])
    """
    first, made = list(range(heads)), []
    free = (room or sum(needs)) - sum(needs[:heads])
    rest: list[int] = []
    for n in range(heads, len(needs)):
        if rest and sum(needs[k] for k in rest) + needs[n] > free:
            made.append(first + rest)
            rest = []
        rest.append(n)
    return [*made, first + rest]


def rows_of(shown: Iterable[Table]) -> object:
    """Give tables as plain data: rows by title, or the rows alone where there is one table."""
    every = list(shown)
    return {t.title: list(t.rows) for t in every} if len(every) > 1 else list(every[0].rows)


def tables(shown: Iterable[Table], as_json: bool) -> None:
    """Print tables, or their rows as JSON by title."""
    every = list(shown)
    if as_json:
        data(rows_of(every))
        return
    for one in every:
        table(one)


def data(value: object) -> None:
    """Print JSON."""
    print(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def raw(text: str) -> None:
    """Print a text as it stands, however long its lines: a page, or JSON that is written already."""
    print(text)


def lines(texts: Sequence[str] | str) -> None:
    """Print lines of prose."""
    out = console()
    for text in [texts] if isinstance(texts, str) else texts:
        out.print(Text(text))


def error(message: str) -> None:
    """Print to standard error."""
    Console(stderr=True, width=None if sys.stderr.isatty() else PLAIN_WIDTH).print(Text(message))


@contextmanager
def progress() -> Iterator[Any]:
    """Give a progress callback, drawn as one bar on a terminal and as nothing elsewhere."""
    columns = (TextColumn("{task.description:40.40}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(), transient=True) as bars:
        task: TaskID = bars.add_task("starting", total=None)

        def tell(what: str, done: int, total: int) -> None:
            bars.update(task, description=what, completed=done, total=total)

        yield tell
