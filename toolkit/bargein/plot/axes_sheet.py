"""A contact sheet drawn with matplotlib: one pair of axes, so that it stands in a figure as any other picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from bargein.plot.axes import band, filled, label_patch, page_of, texts
from bargein.plot.contact import Cell, Sheet
from bargein.plot.lanes import Lane
from bargein.plot.layout import Page
from bargein.plot.palette import GREY, INK, LABELS, PALE, SOUND
from bargein.units import seconds

Float64 = npt.NDArray[np.float64]

#: Inches that one session takes, of which a line is for its name and facts.
CELL = 0.62
#: Share of the sheet's width between two columns.
GAP = 0.03
USER, HEARD, HEIGHT = 0.72, 0.24, 0.2


def sheet(picture: Sheet, ax: Axes) -> Axes:
    """Draw every session on the scale of the longest; columns repeat the axis in seconds."""
    kinds = {kind for cell in picture.cells if cell.heard for kind in cell.heard.outlines}
    legend: dict[str, object] = {SOUND[k].words: Patch(facecolor=SOUND[k].colour, hatch=SOUND[k].hatch,
                                 edgecolor="white", lw=0) for k in SOUND if k in kinds | {"user"}}  # fmt: skip
    legend |= {LABELS[k].words: label_patch(k)
               for k in LABELS if any(bar.kind == k for cell in picture.cells for bar in cell.bars)}  # fmt: skip
    page = page_of(ax, legend, picture.title, picture.subtitle)
    wide = picture.longest_s
    step = wide * (1 + GAP)
    ax.set_xlim(0, step * picture.columns - wide * GAP)
    ax.set_ylim(-max(picture.deep, 1), 0.05)
    room = Page(page.width / picture.columns * (1 - GAP), page.height)
    for n, cell in enumerate(picture.cells):
        row, column = picture.place(n)
        _cell(ax, room, cell, column * step, -(row + 1))
    # the last number of a column would stand in the first one of the next
    ticks = [t for t in MaxNLocator(5, integer=True).tick_values(0, wide) if 0 <= t <= 0.9 * wide]
    ax.set_xticks([c * step + t for c in range(picture.columns) for t in ticks],
                  [f"{t:g}" for _ in range(picture.columns) for t in ticks])  # fmt: skip
    ax.set_yticks([])
    ax.tick_params(axis="x", labelsize=page.small, color=GREY, labelcolor=INK, length=3)
    ax.set_xlabel("session time (s)", fontsize=page.small, color=INK, labelpad=2)
    for side in ("left", "top", "right"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(PALE)
    texts(ax, page, picture.title, picture.subtitle, legend)
    return ax


def _cell(ax: Axes, page: Page, cell: Cell, left: float, bottom: float) -> None:
    name = page.fits(cell.name, page.width * 0.55)
    start = page.text_width(name, bold=True) + page.small
    facts = page.fits(cell.facts, page.width - start)
    for text, right, weight, colour in ((name, 0.0, "bold", INK), (facts, start, "normal", GREY)):
        ax.annotate(text, (left, bottom + 0.98), (right, 0), textcoords="offset points", va="top", fontsize=page.small,
                    weight=weight, color=colour, zorder=6)  # fmt: skip
    edges = left + cell.grid.edges_s()
    ax.plot([left, edges[-1]], [bottom + HEARD] * 2, color=PALE, lw=0.5, zorder=1)
    ax.plot([left, edges[-1]], [bottom + USER - 0.1] * 2, color=PALE, lw=0.5, zorder=1)
    for bar in cell.bars:
        ax.broken_barh([(left + seconds(bar.span.start), seconds(bar.span.ms))], (bottom + 0.02, 0.8),
                       **filled(bar.kind), alpha=0.35, zorder=1.5)  # fmt: skip
    for lane, middle in ((cell.user, USER - 0.1), (cell.heard, HEARD)):
        if lane is not None:
            _lane(ax, edges, lane, bottom + middle)


def _lane(ax: Axes, edges: Float64, lane: Lane, middle: float) -> None:
    scale = HEIGHT / max(lane.peak, 0.1)
    for kind in (k for k in SOUND if k in lane.outlines):
        band(ax, edges, lane.outlines[kind], middle, scale, SOUND[kind])
