"""A chart as data: bars in named rows, lines, points and words. What it shows can be read without drawing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bargein.plot.palette import INK

Numbers = Sequence[float]


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars. Bar ``i`` lies in row ``rows[i]`` from ``starts[i]``, ``lengths[i]`` long.

    Parameters
    ----------
    words
        What the legend says; empty for no entry.
    lift, height
        Place within the row and thickness, as shares of a row; 0 is its middle.
    """

    words: str
    rows: Sequence[int]
    starts: Numbers
    lengths: Numbers
    colour: str
    hatch: str = ""
    outlined: bool = False
    lift: float = 0.0
    height: float = 0.6


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points; dashed where the data cannot carry it; with dots where each point is a setting.

    ``faint``: what lies behind another line, and shines through.
    """

    words: str
    x: Numbers
    y: Numbers
    colour: str = INK
    dashed: bool = False
    width: float = 1.6
    dots: bool = False
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Markers."""

    words: str
    x: Numbers
    y: Numbers
    colour: str = INK
    marker: str = "o"
    filled: bool = True
    size: float = 5.0


@dataclass(frozen=True, slots=True)
class Words:
    """A word beside a place; ``shift`` in points, right and up.

    ``at_edge`` ignores x: flush with the right edge ``inside`` the axes, or standing ``outside`` of it.
    """

    text: str
    x: float
    y: float
    shift: tuple[float, float] = (4, 3)
    colour: str = INK
    at_edge: Literal["", "inside", "outside"] = ""
    bold: bool = False


Shape = Bars | Line | Points | Words


@dataclass(frozen=True, slots=True)
class Chart:
    """One pair of axes.

    Parameters
    ----------
    title, notes
        What is asked; what a reader must know before quoting a figure.
    x_title, y_title
        Quantity and unit.
    shapes
        In the order in which they are drawn and explained.
    rows
        Names of rows from top to bottom; row ``i`` lies at y = ``-i``. Empty: y is a number.
    x_range, y_range
        What is shown; None: what the shapes need.
    height
        Inches; None: a fitting height.
    """

    title: str
    notes: str
    x_title: str
    y_title: str = ""
    shapes: tuple[Shape, ...] = ()
    rows: tuple[str, ...] = ()
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    height: float | None = None

    def of(self, words: str) -> Iterator[Shape]:
        """Give the shapes that the legend calls so."""
        return (s for s in self.shapes if not isinstance(s, Words) and s.words == words)

    @property
    def inches(self) -> float:
        """A fitting height; what is not drawn takes a few lines."""
        if self.empty:
            return 1.0
        if self.height is not None:
            return self.height
        return 1.5 + 0.24 * len(self.rows) if self.rows else 3.9

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw: its notes say why, and stand alone."""
        return not self.shapes
