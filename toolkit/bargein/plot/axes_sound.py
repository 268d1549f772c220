"""A spectrogram drawn with matplotlib."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from bargein.plot.axes import label_patch, label_row, ordinary, page_of, texts, time_axis
from bargein.plot.layout import Row
from bargein.plot.mel import RANGE_DB, SpectrogramPicture
from bargein.plot.palette import GREY, INK, VERMILLION
from bargein.units import seconds

#: Frequencies that are named at the side, as far as they are there, Hz.
NAMED_HZ = (100, 500, 1_000, 2_000, 4_000, 8_000)
#: Share of the height above the bands that the labels take.
LABELS_SHARE = 0.09
COLOURS = "Greys"  # loud is ink: the colours of labels and cuts keep their meaning


def spectrogram(picture: SpectrogramPicture, ax: Axes) -> Axes:
    """Draw levels over time and frequency, labels above them."""
    bands = len(picture.bands_hz)
    legend: dict[str, object] = {}
    if spoken := ordinary(picture.bars):
        legend[f"label: {spoken[0].kind}"] = label_patch(spoken[0].kind)
    if picture.cuts:
        legend["cut"] = Line2D([], [], color=VERMILLION, lw=0.9, ls=(0, (5, 2)))
    page = page_of(ax, legend, picture.title, picture.subtitle, aside=len("4 k") + 3)
    # one image, not a mesh: its size and its time to draw do not depend on how many cells it has
    ax.imshow(
        picture.levels, origin="lower", aspect="auto", cmap=COLOURS, vmin=-RANGE_DB, vmax=0, interpolation="nearest",
        extent=(picture.edges_s[0], picture.edges_s[-1], 0, bands),
    )  # fmt: skip
    ax.set_xlim(seconds(picture.grid.window.start), seconds(picture.grid.window.end))
    ax.set_ylim(0, bands * (1 + 1.3 * LABELS_SHARE))
    half = bands * LABELS_SHARE / 2
    label_row(ax, page, picture.grid, picture.bars, Row(bands * 1.03 + half, half, 0))
    for at in picture.cuts:
        ax.plot([seconds(at)] * 2, (0, bands), color=VERMILLION, lw=0.9, ls=(0, (5, 2)), zorder=3)
    time_axis(ax, page)
    named = [hz for hz in NAMED_HZ if picture.bands_hz[0] <= hz <= picture.bands_hz[-1]]
    places = np.interp(named, picture.bands_hz, np.arange(bands) + 0.5)
    ax.set_yticks(places, [f"{hz / 1_000:g} k" if hz >= 1_000 else str(hz) for hz in named])
    ax.tick_params(axis="y", labelsize=page.small, color=GREY, labelcolor=INK, length=3)
    ax.set_ylabel("frequency (Hz)", fontsize=page.small, color=INK)
    texts(ax, page, picture.title, picture.subtitle, legend)
    return ax
