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

#: Without a terminal nothing is known of the reader's width: wide enough for every table, so that no cell is broken.
PLAIN_WIDTH = 200


def console() -> Console:
    """Give a console that keeps tables whole where no terminal limits them."""
    return Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH, soft_wrap=False)


def table(shown: Table) -> None:
    """Print a table and its note."""
    grid = Grid(
        title=Text(shown.caption),
        box=SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for n, column in enumerate(shown.columns):
        longest = max(map(len, [*column.split(), *(row[n] for row in shown.texts())]))
        side: Literal["right", "left"] = "right" if shown.numeric(column) else "left"
        grid.add_column(Text(column), justify=side, overflow="fold", min_width=min(longest, PROSE))
    for row in shown.texts():
        grid.add_row(*(Text(cell) for cell in row))
    out = console()
    out.print(grid)
    if shown.note:
        out.print(Text(shown.note, style="dim"))
    out.print()


def tables(shown: Iterable[Table], as_json: bool) -> None:
    """Print tables, or their rows as JSON by title."""
    every = list(shown)
    if as_json:
        data({t.title: list(t.rows) for t in every} if len(every) > 1 else list(every[0].rows))
        return
    for one in every:
        table(one)


def data(value: object) -> None:
    """Print JSON."""
    print(json.dumps(value, indent=1, ensure_ascii=False, default=str))


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
