"""Where things go, before anything is drawn: rows of a picture, lines of text, columns of a legend. Sizes in points."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

#: Points an inch.
POINT = 72
#: Width of an average character over the size of the type, in DejaVu Sans.
CHARACTER, BOLD = 0.56, 0.66
#: What a legend adds to its words: the sample, the space between, the gap to the next column.
SAMPLE = 34.0


@dataclass(frozen=True, slots=True)
class Page:
    """The room a picture has, and the type that fits."""

    width: float
    height: float

    @property
    def small(self) -> float:
        """Type size of everything but the title, smaller in a column of a paper than across a page."""
        return 7.8 if self.width > 5 * POINT else 6.4

    @property
    def line(self) -> float:
        """Height of a line of that type."""
        return 1.5 * self.small

    def fits(self, text: str, room: float) -> str:
        """Shorten a text to the room it has; nothing where not even a few words fit.

        Examples
        --------
        >>> Page(600, 300).fits("one two three four five six", 80)
        'one two three …'
        """
        letters = int(room / self.small / (CHARACTER - 0.03))
        if len(text) <= letters:
            return text
        return textwrap.shorten(text, letters, placeholder=" …") if letters > 12 else ""

    @property
    def title(self) -> float:
        """Type size of the title."""
        return 1.35 * self.small

    def lines(self, text: str) -> list[str]:
        """Break a text into lines as wide as the page."""
        return textwrap.wrap(text, int(self.width / self.small / (CHARACTER - 0.03))) if text else []

    def title_lines(self, text: str) -> list[str]:
        """Break a title into lines as wide as the page."""
        return textwrap.wrap(text, int(self.width / self.title / BOLD))

    def text_width(self, text: str, *, bold: bool = False) -> float:
        """Give about how wide a text is."""
        return len(text) * self.small * (BOLD if bold else CHARACTER)


@dataclass(frozen=True, slots=True)
class Row:
    """Where a row lies, in units of the y axis: its middle, half its height, and the middle of its header's line."""

    middle: float
    half: float
    header: float

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.middle - self.half


def rows(shares: Mapping[str, float], headed: Collection[str], page: Page) -> tuple[dict[str, Row], float]:
    """Stack rows from 0 downwards, each with its share of the height and a line of text above it where it has one.

    Returns
    -------
    Rows by name, and the depth of all of them together: the y axis runs from minus that to 0.

    Examples
    --------
    >>> placed, depth = rows({"a": 1, "b": 1}, ["b"], Page(600, 12 * 11.7))
    >>> placed["a"].middle, round(depth - 2, 3)
    (-0.5, 0.182)
    """
    total = sum(shares.values())
    text = page.line * len(headed)
    line = total * page.line / max(page.height - text, text, 1)
    placed, top = {}, 0.0
    for name, share in shares.items():
        header = line if name in headed else 0.0
        placed[name] = Row(-(top + header + share / 2), share / 2, -(top + header / 2))
        top += header + share
    return placed, top


def legend_lines(words: Sequence[str], page: Page) -> list[list[str]]:
    """Break what a legend says where an entry alone is wider than the page.

    Examples
    --------
    >>> legend_lines(["one", "two words " * 4], Page(140, 300))
    [['one'], ['two words two words two words', 'two words']]
    """
    room = Page(page.width - SAMPLE, page.height)
    return [room.lines(w) if page.text_width(w) > room.width else [w] for w in words]


def legend_columns(words: Sequence[str], page: Page) -> int:
    """Give the most columns in which a legend still fits, filled from top to bottom.

    Examples
    --------
    >>> legend_columns(["one", "two", "three", "four"], Page(600, 300)), legend_columns(["x" * 90], Page(300, 300))
    (4, 1)
    """
    for columns in range(min(len(words), 6), 1, -1):
        deep, more = divmod(len(words), columns)
        at, needed = 0, 0.0
        for column in range(columns):
            count = deep + (column < more)
            needed += max(page.text_width(w) for w in words[at : at + count]) + SAMPLE
            at += count
        if needed <= page.width:
            return columns
    return 1
