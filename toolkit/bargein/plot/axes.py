"""Timelines, gates and charts drawn with matplotlib.

Every function takes a picture and axes, returns the axes, and decides nothing but looks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation, Transform

from bargein.plot.chart import Bars, Chart, Line, Points, Words
from bargein.plot.columns import Grid, Outline
from bargein.plot.lanes import Bar, Lane
from bargein.plot.layout import POINT, Page, Row, legend_columns, legend_lines, rows
from bargein.plot.palette import GREY, HATCH_INK, INK, LABELS, MARKS, PALE, RULE, SOUND, VERMILLION, Look
from bargein.plot.policies import PoliciesPicture
from bargein.plot.score import ScoreLane
from bargein.plot.session import TimelinePicture
from bargein.units import seconds

SCORE, SCORE_EDGE = "#9DB9CC", "#33566E"

#: Rows of a timeline from top to bottom, with their share of the height.
SHARES = {"labels": 0.2, "user": 0.72, "generated": 0.46, "heard": 0.84, "score": 0.68, "events": 0.56}
#: Lines of marks below a timeline: what the user did; what began and what was all sent; what was done.
LEVELS = {"speech_started": 0.6, "speech_stopped": 0.6, "local_started": 0.6, "local_stopped": 0.6,
          "response_created": -0.05, "audio_done": -0.05, "response_done": -0.7}  # fmt: skip


def timeline(picture: TimelinePicture, ax: Axes) -> Axes:
    """Draw one session."""
    kinds = {kind for lane in picture.lanes for kind in lane.outlines}
    marks = {mark.kind for mark in picture.marks} | ({"cut"} if picture.cuts else set())
    legend = _entries(kinds, marks, picture.bars, picture.score)
    said = " · ".join([picture.subtitle, *picture.notes])
    page = page_of(ax, legend, picture.title, said)
    lanes = {"user": picture.user, "generated": picture.generated, "heard": picture.heard}
    shares = {name: share for name, share in SHARES.items() if name in picture.rows}
    placed = _stack(ax, page, picture.grid, shares, [name for name in shares if name not in ("labels", "events")])
    label_row(ax, page, picture.grid, picture.bars, placed.get("labels"))
    for name, lane in lanes.items():
        if lane is not None:
            _lane(ax, page, picture.grid, lane, placed[name])
    if picture.score is not None:
        _score(ax, page, picture.score, placed["score"])
    if "events" in placed:
        _events(ax, picture, placed["events"])
    low, high = ax.get_ylim()
    for at in picture.cuts:
        ax.plot([seconds(at)] * 2, (low, high), color=VERMILLION, lw=0.9, ls=(0, (5, 2)), zorder=2.5)
        if "heard" in placed:
            _marks(ax, [at], placed["heard"].middle + placed["heard"].half, MARKS["cut"])
    time_axis(ax, page)
    texts(ax, page, picture.title, said, legend)
    return ax


def policies(picture: PoliciesPicture, ax: Axes) -> Axes:
    """Draw one session under several gates."""
    kinds = {kind for p in picture.policies for kind in p.heard.outlines}
    legend = _entries(kinds, {"cut"} if any(p.cuts for p in picture.policies) else set(), picture.bars)
    page = page_of(ax, legend, picture.title, picture.subtitle)
    shares = {"labels": 0.2 if picture.bars else 0, "user": 0.6 if picture.user else 0}
    shares |= {str(i): 0.64 for i in range(len(picture.policies))}
    shares = {name: share for name, share in shares.items() if share}
    placed = _stack(ax, page, picture.grid, shares, [name for name in shares if name != "labels"])
    label_row(ax, page, picture.grid, picture.bars, placed.get("labels"))
    if picture.user is not None:
        _lane(ax, page, picture.grid, picture.user, placed["user"])
    for i, policy in enumerate(picture.policies):
        row = placed[str(i)]
        _lane(ax, page, picture.grid, policy.heard, row)
        for at in policy.cuts:
            ax.plot([seconds(at)] * 2, (row.bottom, row.middle + row.half), color=VERMILLION, lw=0.9, ls=(0, (5, 2)),
                    zorder=2.5)  # fmt: skip
            _marks(ax, [at], row.middle + row.half * 0.8, MARKS["cut"])
    time_axis(ax, page)
    texts(ax, page, picture.title, picture.subtitle, legend)
    return ax


def chart(picture: Chart, ax: Axes) -> Axes:
    """Draw bars, lines, points and words; where there are none, say why and draw no axes."""
    if picture.empty:
        ax.set_axis_off()
        texts(ax, page_of(ax, {}, picture.title, picture.notes), picture.title, picture.notes, {})
        return ax
    legend: dict[str, Any] = {}
    shapes = picture.shapes
    for z, shape in enumerate(shapes, 2):
        match shape:
            case Bars():
                edge = shape.colour if shape.outlined else "white" if shape.hatch else "none"
                face = "none" if shape.outlined else shape.colour
                ax.barh([shape.lift - r for r in shape.rows], shape.lengths, shape.height, shape.starts, color=face,
                        edgecolor=edge, hatch=shape.hatch, lw=1.0 if shape.outlined else 0, zorder=z)  # fmt: skip
                legend[shape.words] = Patch(facecolor=face, edgecolor=edge, hatch=shape.hatch, lw=0)
            case Line():
                style = (0, (3, 2)) if shape.dashed else "-"
                dot = "o" if shape.dots else "None"
                line = ax.plot(shape.x, shape.y, color=shape.colour, lw=shape.width, ls=style, marker=dot, ms=3.2,
                               solid_capstyle="butt", alpha=0.3 if shape.faint else 1,
                               zorder=z)[0]  # fmt: skip
                legend.setdefault(shape.words, line)
            case Points():
                look = Look(shape.colour, "", shape.marker, filled=shape.filled)
                points = ax.plot(shape.x, shape.y, ls="", zorder=z + 20, clip_on=False, **_marker(look, shape.size))[0]
                legend.setdefault(shape.words, points)
            case Words():
                pass
    legend.pop("", None)
    names = max((len(name) for name in picture.rows), default=6)
    outside = max((len(s.text) for s in shapes if isinstance(s, Words) and s.at_edge == "outside"), default=0)
    page = page_of(ax, legend, picture.title, picture.notes, aside=names + outside)
    for words in (s for s in shapes if isinstance(s, Words)):
        edge = words.at_edge
        ax.annotate(
            words.text, (1.0 if edge else words.x, words.y), words.shift, textcoords="offset points",
            xycoords=ax.get_yaxis_transform() if edge else "data", ha="right" if edge == "inside" else "left",
            va="center" if edge else "baseline", fontsize=page.small, color=words.colour, zorder=60 + len(shapes),
            weight="bold" if words.bold else "normal",
        )  # fmt: skip
    if picture.rows:
        ax.set_yticks([-i for i in range(len(picture.rows))], picture.rows)
        ax.set_ylim(-len(picture.rows) + 0.4, 0.6)
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
    ax.set_xlim(picture.x_range)
    if picture.y_range:
        ax.set_ylim(picture.y_range)
    ax.grid(axis="x" if picture.rows else "both", color="#EBEBEB", lw=0.6, zorder=0)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=page.small, color=GREY, labelcolor=INK)
    ax.set_xlabel(picture.x_title, fontsize=page.small, color=INK)
    ax.set_ylabel(picture.y_title, fontsize=page.small, color=INK)
    _quiet_spines(ax)
    texts(ax, page, picture.title, picture.notes, legend)
    return ax


def page_of(ax: Axes, legend: dict[str, Any], title: str, said: str, aside: int = 0) -> Page:
    """Say how much room the axes will have when the texts around them, ``aside`` letters wide, have taken theirs."""
    box = ax.get_position(original=True)
    figure = _figure(ax)
    width, height = (inches * POINT for inches in figure.get_size_inches())
    if figure.axes != [ax]:
        return Page(box.width * width, box.height * height)
    page = Page(width - 14, height)
    page = Page(page.width - page.text_width("x" * aside), height)
    lines = sum(map(len, legend_lines(list(legend), page)))
    deep = -(-lines // legend_columns(list(legend), page)) if legend else 0
    titles = len(page.title_lines(title)) * 1.3 * page.title
    around = 8 + titles + (len(page.lines(said)) + 2.8 + 1.05 * deep) * page.line
    return Page(page.width, max(height - around, height / 4))


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def _stack(ax: Axes, page: Page, grid: Grid, shares: dict[str, float], headed: list[str]) -> dict[str, Row]:
    placed, depth = rows(shares, headed, page)
    ax.set_xlim(seconds(grid.window.start), seconds(grid.window.end))
    ax.set_ylim(-depth - 0.02, 0.02)
    return placed


def _entries(kinds: set[str], marks: set[str], bars: tuple[Bar, ...], score: ScoreLane | None = None) -> dict[str, Any]:
    """What the legend of a timeline explains: each kind of thing that is to be seen and not named there, once."""
    made: dict[str, Any] = {}
    if plain := ordinary(bars):
        made[f"label: {plain[0].kind}"] = label_patch(plain[0].kind)
    for look in (SOUND[kind] for kind in SOUND if kind in kinds - {"user"}):  # its lane is called so already
        made[look.words] = Patch(facecolor=look.colour, hatch=look.hatch, edgecolor="white", lw=0)
    if score is not None:
        made[RULE["speech"].words] = Patch(facecolor=RULE["speech"].colour, edgecolor=SCORE_EDGE, lw=0.5)
        if score.kept:
            kept = RULE["kept"]
            made[kept.words] = Patch(facecolor=kept.colour, hatch=kept.hatch, edgecolor="#AAAAAA", lw=0)
        styles: tuple[Any, ...] = ("-", (0, (3, 2)))
        made["enter, exit threshold"] = tuple(Line2D([], [], color=INK, lw=0.9, ls=style) for style in styles)
        for look in (RULE[name] for name in ("starts", "stops") if getattr(score, name)):
            made[look.words] = Line2D([], [], ls="", **_marker(look, 4.0))
    for look in (MARKS[kind] for kind in MARKS if kind in marks):
        made[look.words] = Line2D([], [], ls="", **_marker(look))
    return made


def label_patch(kind: str) -> Patch:
    """Give a kind of label as the legend shows it."""
    return Patch(**filled(kind))


def filled(kind: str) -> dict[str, Any]:
    """Give the colour and the hatch of a kind of label, as a patch takes them."""
    look = LABELS[kind]
    return {"facecolor": look.colour, "hatch": look.hatch, "edgecolor": HATCH_INK if look.hatch else "none", "lw": 0}


def _marker(look: Look, size: float = 5.2) -> dict[str, Any]:
    face = look.colour if look.filled else "white"
    return {"marker": look.marker, "ms": size, "mfc": face, "mec": look.colour, "mew": 1.0}


def _right(ax: Axes, points: float) -> Transform:
    """Place by axes fraction in x, this many points further right; by data in y."""
    return ax.get_yaxis_transform() + ScaledTranslation(points / POINT, 0, _figure(ax).dpi_scale_trans)


def _header(ax: Axes, page: Page, row: Row, name: str, note: str) -> None:
    start = 2 + page.text_width(name, bold=True) + page.small
    behind = {"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.75}
    note = page.fits(note, page.width - start)
    for at, text, weight, colour in ((2.0, name, "bold", INK), (start, note, "normal", GREY)):
        ax.text(0, row.header, text, transform=_right(ax, at), va="center", fontsize=page.small, weight=weight,
                color=colour, zorder=6, bbox=behind)  # fmt: skip


def _lane(ax: Axes, page: Page, grid: Grid, lane: Lane, row: Row) -> None:
    _header(ax, page, row, lane.name, lane.note)
    edges = grid.edges_s()
    # quiet lanes are not blown up: below a tenth of full scale silence would look like speech
    scale = row.half * 0.96 / max(lane.peak, 0.1)
    ax.plot(edges[[0, -1]], [row.middle, row.middle], color=PALE, lw=0.6, zorder=1)
    for kind in (k for k in SOUND if k in lane.outlines):  # what matters most is drawn last
        band(ax, edges, lane.outlines[kind], row.middle, scale, SOUND[kind])


def band(ax: Axes, edges: Any, outline: Outline, middle: float, scale: float, look: Look) -> None:
    """Draw an outline as a band around a middle."""
    least = 0.007  # silence inside sound stays visible as a line
    lo, hi = np.minimum(outline.lo * scale, -least), np.maximum(outline.hi * scale, least)
    lo, hi = middle + np.append(lo, lo[-1:]), middle + np.append(hi, hi[-1:])
    ax.fill_between(edges, lo, hi, step="post", color=look.colour, lw=0, zorder=3)
    if look.hatch:
        ax.fill_between(edges, lo, hi, step="post", fc="none", ec="white", hatch=look.hatch, lw=0, zorder=3.1)


def label_row(ax: Axes, page: Page, grid: Grid, bars: tuple[Bar, ...], row: Row | None) -> None:
    """Labels with their names: inside, else to the right, else only their colour."""
    if row is None:
        return
    window = grid.window
    per_ms = page.width / max(window.ms, 1)
    special = sorted(b for b in bars if b.kind not in ("turn", "speech"))
    plain = ordinary(bars)
    ends = [b.span.start for b in special[1:]] + [window.end]
    for bar, end in [*((b, 0) for b in plain), *zip(special, ends, strict=False)]:
        shown = bar.span & window
        assert shown is not None  # only such bars are in a picture
        look = LABELS[bar.kind]
        height = row.half * (0.5 if bar in plain else 2)
        ax.broken_barh([(seconds(shown.start), seconds(shown.ms))], (row.bottom, height), **filled(bar.kind),
                       zorder=2 if bar in plain else 4)  # fmt: skip
        needed = page.text_width(look.words) * 1.05
        style: dict[str, Any] = {"fontsize": page.small - 0.5, "color": INK, "va": "center_baseline", "zorder": 5}
        if end and shown.ms * per_ms > needed:
            ax.text(seconds(shown.start + shown.end) / 2, row.middle, look.words, ha="center", **style)
        elif end and (end - bar.span.end) * per_ms > needed + 6:
            ax.annotate(look.words, (seconds(bar.span.end), row.middle), (3, 0), textcoords="offset points", **style)


def ordinary(bars: tuple[Bar, ...]) -> list[Bar]:
    """Labels of ordinary speech: turns, or, without them, stretches of it."""
    return [b for b in bars if b.kind == "turn"] or [b for b in bars if b.kind == "speech"]


def _score(ax: Axes, page: Page, score: ScoreLane, row: Row) -> None:
    height = 2 * row.half * 0.86
    _header(ax, page, row, "speech score", score.note)
    hop = score.start_s[1] - score.start_s[0] if len(score.start_s) > 1 else 0
    times = np.append(score.start_s, score.start_s[-1:] + hop)
    values = row.bottom + np.append(score.values, score.values[-1:]) * height
    speech, kept = ([(seconds(s.start), seconds(s.ms)) for s in spans] for spans in (score.speech, score.kept))
    ax.broken_barh(kept, (row.bottom, height), fc=RULE["kept"].colour, hatch=RULE["kept"].hatch, ec="#AAAAAA", lw=0,
                   zorder=1.4)  # fmt: skip
    ax.broken_barh(speech, (row.bottom, height), fc=RULE["speech"].colour, zorder=1.5)
    ax.fill_between(times, row.bottom, values, step="post", color=SCORE, lw=0, zorder=2)
    ax.step(times, values, where="post", color=SCORE_EDGE, lw=0.8, zorder=3)
    for level, style in ((score.enter, "-"), (score.exit, (0, (4, 3)))):
        ax.plot(ax.get_xlim(), [row.bottom + level * height] * 2, color=INK, lw=0.9, ls=style, zorder=4)
    for name, known in (("starts", score.starts), ("stops", score.stops)):
        _marks(ax, list(known), row.middle + row.half * 0.85, RULE[name], 4.0)


def _events(ax: Axes, picture: TimelinePicture, row: Row) -> None:
    for level in sorted(set(LEVELS.values())):
        ax.axhline(row.middle + level * row.half, color=PALE, lw=0.5, zorder=1)
    for kind in sorted({mark.kind for mark in picture.marks}):
        times = [mark.at for mark in picture.marks if mark.kind == kind]
        _marks(ax, times, row.middle + LEVELS[kind] * row.half, MARKS[kind])


def _marks(ax: Axes, times: list[int], level: float, look: Look, size: float = 5.2) -> None:
    ax.plot([seconds(at) for at in times], [level] * len(times), ls="", zorder=7, clip_on=False, **_marker(look, size))


def time_axis(ax: Axes, page: Page) -> None:
    """Show seconds below, and nothing at the other sides."""
    ax.set_yticks([])
    ax.tick_params(axis="x", labelsize=page.small, color=GREY, labelcolor=INK, length=3)
    ax.set_xlabel("session time (s)", fontsize=page.small, color=INK, labelpad=2)
    ax.spines["left"].set_visible(False)
    _quiet_spines(ax)


def _quiet_spines(ax: Axes) -> None:
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(GREY)


def texts(ax: Axes, page: Page, title: str, said: str, legend: dict[str, Any]) -> None:
    """Title and what must be known above the axes, flush with their left edge; the legend below them."""
    lines, titles = page.lines(said), "\n".join(page.title_lines(title))
    pad = 6 + page.line * 0.85 * len(lines)
    ax.set_title(titles, loc="left", fontsize=page.title, weight="bold", color=INK, pad=pad, linespacing=1.1)
    ax.annotate("\n".join(lines), (0, 1), (0, 3), "axes fraction", "offset points", fontsize=page.small, color=GREY,
                va="bottom", linespacing=1.15, in_layout=False)  # fmt: skip
    if not legend:
        return
    entries = ["\n".join(entry) for entry in legend_lines(list(legend), page)]
    below = ax.transAxes + ScaledTranslation(0, -2.6 * page.line / POINT, _figure(ax).dpi_scale_trans)
    ax.legend(
        list(legend.values()), entries, loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=below,
        ncols=legend_columns(list(legend), page), fontsize=page.small, frameon=False, borderaxespad=0,
        handlelength=1.8, handleheight=0.8, columnspacing=1.3, labelspacing=0.3, labelcolor=INK,
        handler_map={tuple: HandlerTuple(None, pad=0.4)},
    )  # fmt: skip
