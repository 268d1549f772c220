"""From a picture to a figure: who draws it, how large it is, the style sheet, and the file it is written to."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rc_context, rc_params_from_file
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imsave

from bargein.plot import axes
from bargein.plot.axes_sheet import CELL, sheet
from bargein.plot.axes_sound import spectrogram
from bargein.plot.chart import Chart
from bargein.plot.contact import Sheet
from bargein.plot.mel import SpectrogramPicture
from bargein.plot.policies import PoliciesPicture
from bargein.plot.session import TimelinePicture
from bargein.whole import write_bytes

Picture = TimelinePicture | PoliciesPicture | Chart | SpectrogramPicture | Sheet

#: Inches: a figure that fills a page of text, or a notebook.
WIDTH = 9.0
#: Where axes stand before the layout is done, as shares of the figure: it converges in two steps only from near by.
NEAR = {"left": 0.01, "right": 0.99}
#: ``matplotlib.style.use("bargein.plot.bargein")`` gives figures of one's own the same look.
STYLE = rc_params_from_file(Path(__file__).with_name("bargein.mplstyle"), use_default_template=False)


class Drawn(NamedTuple):
    """How a kind of picture is drawn: by whom, how high it is, and how wide; inches."""

    by: Callable[[Any, Axes], Axes]
    height: Callable[[Any], float]
    width: float = WIDTH


HOW: Mapping[type, Drawn] = {
    TimelinePicture: Drawn(axes.timeline, lambda p: 1.6 + sum(axes.SHARES[name] for name in p.rows)),
    PoliciesPicture: Drawn(axes.policies, lambda p: 2.1 + 0.72 * len(p.policies)),
    Chart: Drawn(axes.chart, lambda p: float(p.inches), WIDTH * 0.8),
    SpectrogramPicture: Drawn(spectrogram, lambda _: 3.0),
    Sheet: Drawn(sheet, lambda p: 1.1 + CELL * p.deep),
}


def draw(picture: Picture, ax: Axes | None = None) -> Axes:
    """Draw any picture, on axes of its own unless some are given."""
    how = HOW[type(picture)]
    ax = ax or new_axes(how.width, how.height(picture))
    with rc_context(STYLE):
        return how.by(picture, ax)


def new_axes(width: float, height: float) -> Axes:
    """Give the axes of a new figure that a notebook shows by itself."""
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=(width, height), layout="constrained", facecolor=STYLE["figure.facecolor"])
    with rc_context(STYLE):  # only now: with its first figure a notebook sets what would be taken back at the end
        ax: Axes = figure.subplots(gridspec_kw=NEAR)
    return ax


def png(picture: Picture, width: float = WIDTH, height: float | None = None, dpi: int = 100) -> bytes:
    """Draw a picture and give it as PNG; the figure belongs to nobody and need not be closed."""
    with rc_context(STYLE):
        figure = Figure(figsize=(width, height or HOW[type(picture)].height(picture)), layout="constrained", dpi=dpi)
        draw(picture, figure.subplots(gridspec_kw=NEAR))
        canvas = FigureCanvasAgg(figure)
        canvas.draw()  # type: ignore[no-untyped-call]  # savefig would draw twice, and a slider waits for this
    out = io.BytesIO()
    imsave(out, np.asarray(canvas.buffer_rgba()), format="png", dpi=dpi)  # type: ignore[no-untyped-call]
    return out.getvalue()


def save(shown: Axes | Picture, path: str | os.PathLike[str], dpi: int = 130) -> Path:
    """Write a PNG whole or not at all; drawn axes are closed, so that many need no more memory than one."""
    target = Path(path)
    if isinstance(shown, Axes):
        from matplotlib import pyplot

        figure = shown.get_figure(root=True)
        assert figure is not None
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=dpi)
        pyplot.close(figure)
        data = out.getvalue()
    else:
        data = png(shown, dpi=dpi)
    write_bytes(target, data)
    return target
