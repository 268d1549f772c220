"""A table is data before it is shown: on a terminal, on a page, as JSON."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

#: Stands for what is not known.
UNKNOWN = "–"
#: A notebook's own style sets every cell flush right.
IN_NOTEBOOK = (
    ".bargein-table :is(th, td, caption) { text-align: left !important; vertical-align: top; } "
    ".bargein-table .n { text-align: right !important; } .bargein-table caption { font-weight: 600; }"
)
#: A number with its sign or bound, perhaps another after a stroke or dots, a short unit, and what stands in brackets.
_ONE = r"[<≤≥±+−–-]? ?\d[\d.,:]*"
_UNIT = r"(?:%|[a-zµ]{1,3}(?:/[a-z]+)?)"
NUMBER = re.compile(rf"{UNKNOWN}|{_ONE}(?: ?(?:/|\.\.|to|of) ?{_ONE})*(?: ?{_UNIT})?(?: \(.*\))?")
#: Cells longer than this are prose and may be broken over lines.
PROSE = 40


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of plain values under one title.

    Parameters
    ----------
    title
        What is asked.
    rows
        One mapping per row, all with the same keys.
    note
        Basis, unit, what is held fixed: what a reader must know before quoting a figure.
    fold
        Columns that go into the caption when every row says the same.

    Examples
    --------
    >>> table = Table("Leak", [{"policy": "keyed", "leak [ms]": 120.0}])
    >>> table.columns, table.texts()
    (('policy', 'leak [ms]'), [('keyed', '120')])
    """

    title: str
    rows: Sequence[Mapping[str, object]]
    note: str = ""
    fold: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that are shown: those in which anything is known and that do not say the same."""
        return tuple(c for c in self.rows[0] if c not in self.folded and not self._unknown(c)) if self.rows else ()

    def _unknown(self, column: str) -> bool:
        return len(self.rows) > 1 and all(text(row[column]) == UNKNOWN for row in self.rows)

    @property
    def folded(self) -> dict[str, str]:
        """Columns that say the same in every row in which they are known, and are said once instead."""
        named = [c for c in self.fold if self.rows and c in self.rows[0]]
        same = {c: {text(row[c]) for row in self.rows} - {UNKNOWN} for c in named}
        return {c: values.pop() for c, values in same.items() if len(values) == 1}

    @property
    def caption(self) -> str:
        """The title, with what holds for every row."""
        return " · ".join([self.title, *(f"{name}: {value}" for name, value in self.folded.items())])

    def texts(self) -> list[tuple[str, ...]]:
        """Every cell as it is shown."""
        return [tuple(text(row[c]) for c in self.columns) for row in self.rows]

    def numeric(self, column: str) -> bool:
        """Whether a column is set flush right: it holds numbers, each with its unit and what stands in brackets.

        Examples
        --------
        >>> table = Table("t", [{"at": 12, "share": "25 % (10 of 40)", "lacks": "4 holds, 58 speakers", "why": ""}])
        >>> [column for column in table.columns if table.numeric(column)]
        ['at', 'share']
        """
        return all(NUMBER.fullmatch(text(row[column])) for row in self.rows)

    def to_csv(self) -> str:
        """Give every column, folded or not, as CSV; what is not known is empty."""
        out = io.StringIO()
        if self.rows:
            writer = csv.DictWriter(out, list(self.rows[0]))
            writer.writeheader()
            writer.writerows({k: "" if v is None else v for k, v in row.items()} for row in self.rows)
        return out.getvalue()

    def to_html(self) -> str:
        """Give the table as HTML; every cell is text."""
        if not self.rows:
            return f"<p>{escape(self.title)}: nothing to show. {escape(self.note)}</p>"
        marks = ["n" if self.numeric(c) else "" for c in self.columns]
        head = "".join(f'<th class="{m}">{escape(c)}</th>' for c, m in zip(self.columns, marks, strict=True))
        cells = ("".join(map(_cell, row, marks)) for row in self.texts())
        body = "".join(f"<tr>{row}</tr>" for row in cells)
        note = f'<p class="note">{escape(self.note)}</p>' if self.note else ""
        caption = f"<caption><span>{escape(self.caption)}</span></caption>"
        grid = f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f'<div class="wide" tabindex="0">{grid}</div>{note}'

    def _repr_html_(self) -> str:
        return f'<div class="bargein-table"><style>{IN_NOTEBOOK}</style>{self.to_html()}</div>'


def _cell(shown: str, mark: str) -> str:
    kind = "prose" if len(shown) > PROSE else mark
    return f'<td class="{kind}">{escape(shown)}</td>'


def text(value: object) -> str:
    """Show one value: floats with at most one decimal place, None as a dash.

    Examples
    --------
    >>> text(None), text(3.0), text(2.25), text("p50")
    ('–', '3', '2.2', 'p50')
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, float):
        return f"{value:.0f}" if value == int(value) else f"{value:.1f}"
    return str(value)
