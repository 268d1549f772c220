"""What can be known where: the plane of threshold and end silence in three colours, each part with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import hypot
from string import ascii_lowercase

from bargein.plot.chart import Bars, Chart, Line, Points, Shape, Words
from bargein.plot.iso import edges_of
from bargein.plot.palette import INK, STANDINGS, VERMILLION
from bargein.settings import FRAME_MS, ServerVad
from bargein.tuning import Tuned
from bargein.tuning.answerable import Answerable, Cell, Limit
from bargein.tuning.plan import Plan

TITLE = "Where can these recordings say what a setting does?"
X, Y = "silence_duration_ms", "threshold (score)"
#: The plane is shown at least so far, ms; and so much further than what is marked in it.
LEAST_MS, ROOM = 800, 1.25
#: A part that is narrower than this, as a share of the picture, is not named in it.
NARROW = 0.04
#: Where in a part its letters may stand, as shares of its width: where they are farthest from what is marked.
PLACES = (0.5, 0.3, 0.7, 0.85)
#: Inches of the axes and what stands around them, and of a line of the legend.
AROUND, LINE = 3.1, 0.165

Place = tuple[float, float]


def known_chart(plan: Plan, tuned: Tuned | None = None) -> Chart:
    """Show what is at hand, a proposal, and which settings to record next: see :func:`answerable_chart`."""
    found = tuned and (tuned.recommendation or tuned.candidate)
    return answerable_chart(plan.answerable, found.settings if found else None, plan.next_settings)


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of settings that stand alike, for the same reasons; end silences in ms."""

    cell: Cell
    left: float
    right: float
    low: float
    high: float


def parts(known: Answerable, right: float) -> list[Part]:
    """Cut the plane into rectangles, from end silence 0 to ``right``; a row reaches half way to the next."""
    shown = [s for s in known.silences if s <= right]
    done: list[Part] = []
    open_: dict[tuple[Cell, float, float], Part] = {}
    for threshold, (low, high) in zip(known.thresholds, pairwise(edges_of(known.thresholds)), strict=True):
        row: dict[tuple[Cell, float, float], Part] = {}
        for cell, run in groupby(shown, key=lambda s: known.at(threshold, s)):
            silences = list(run)
            key = cell, max(silences[0] - FRAME_MS, 0), silences[-1]
            below = open_.pop(key, None)
            row[key] = Part(*key, low if below is None else below.low, high)
        done += open_.values()
        open_ = row
    return [*done, *open_.values()]


def answerable_chart(
    known: Answerable, proposed: ServerVad | None = None, record: Iterable[tuple[float, int, int]] = ()
) -> Chart:
    """Show where in the plane of threshold and end silence a recommendation may stand, and why not elsewhere.

    Parameters
    ----------
    known
        Of :func:`bargein.tuning.answerable.answerable`.
    proposed
        A setting to mark beside the one in force.
    record
        Settings to record next: threshold, prefix padding, end silence.

    Returns
    -------
    Colours for the standing, letters for the reasons. An end silence acts in whole frames, so a colour reaches from one
    frame to the next.
    """
    here, further = known.in_force, [(float(ms), threshold) for threshold, _, ms in record]
    own, found = _placed(here), _placed(proposed)
    ends = [e for limit in known.limits for area in limit.silence for e in area if 0 < e < known.silences[-1]]
    most = max([*(x for x, _ in (*own, *found, *further)), *ends, 0])
    right = float(next((s for s in known.silences if s >= max(LEAST_MS, ROOM * most)), known.silences[-1]))
    cut = parts(known, right)
    letters = letters_of(known)
    rows = edges_of(known.thresholds)
    shapes: list[Shape] = [*_colours(known, cut, letters), *_letters(cut, letters, [*own, *found, *further], right)]
    if not own:
        words, level = "in force; its end silence is the provider's own", here.threshold or 0.0
        shapes.append(Line(words, [0, right], [level, level], INK, dashed=True, width=0.9))
    for words, places, colour, marker, filled, size in [
        (f"in force: {here.label.removeprefix('server_vad ')}", own, INK, "o", False, 7.0),
        ("proposed", found, VERMILLION, "*", True, 12.0),
        ("to record next", further, INK, "D", False, 6.0),
    ]:  # fmt: skip
        if places:
            shapes.append(Points(words, [x for x, _ in places], [y for _, y in places], colour, marker, filled, size))
    legend = {s.words for s in shapes if not isinstance(s, Words) and s.words}
    said = f"{known.title}; letters say why. It goes on like this to {known.silences[-1]} ms"
    return Chart(
        TITLE, said, X, Y, tuple(shapes), x_range=(0, right), y_range=(rows[0], rows[-1]),
        height=AROUND + LINE * len(legend),
    )  # fmt: skip


def letters_of(known: Answerable) -> dict[Limit, str]:
    """Give each reason its letter, the worst first."""
    return dict(zip(known.limits, ascii_lowercase, strict=False))


def stands(known: Answerable, threshold: float, silence_duration_ms: float) -> str:
    """Say how one setting stands, its reasons by the letters of the map."""
    cell, letters = known.at(threshold, silence_duration_ms), letters_of(known)
    why = " ".join(letters[limit] for limit in cell.limits)
    return f"{cell.standing}: {why}" if why else cell.standing


def _placed(setting: ServerVad | None) -> list[Place]:
    """Where a setting lies, if it says so."""
    if setting is None or setting.threshold is None or setting.silence_duration_ms is None:
        return []
    return [(float(setting.silence_duration_ms), setting.threshold)]


def _colours(known: Answerable, cut: Sequence[Part], letters: Mapping[Limit, str]) -> Iterator[Bars]:
    """One colour a standing, also where nothing stands so: that is an answer, too. Then a line a reason."""
    counts = known.counts
    for name, n in counts.items():
        look = STANDINGS[name]
        yield Bars(f"{name}, {n} of {sum(counts.values())} settings: {look.words}", [], [], [], look.colour, look.hatch)
        for p in (p for p in cut if p.cell.standing == name):
            middle, tall = (p.low + p.high) / 2, p.high - p.low
            yield Bars("", [0], [p.left], [p.right - p.left], look.colour, look.hatch, lift=middle, height=tall)
    for limit, letter in letters.items():
        if not any(limit in p.cell.limits for p in cut):
            continue  # where it would count, something worse does
        look = STANDINGS[limit.standing]
        yield Bars(f"{letter}   {limit.because}", [], [], [], look.colour, look.hatch)


def _letters(
    cut: Sequence[Part], letters: Mapping[Limit, str], marked: Sequence[Place], right: float
) -> Iterator[Words]:
    """The reasons of each part in it, away from what is marked there."""

    def free(place: Place) -> float:
        return min((hypot((place[0] - x) / right, place[1] - y) for x, y in marked), default=1.0)

    for p in cut:
        if p.cell.limits and p.right - p.left > NARROW * right:
            places = [(p.left + share * (p.right - p.left), (p.low + p.high) / 2) for share in PLACES]
            x, y = max(places, key=lambda place: min(free(place), 0.12))
            said = " ".join(letters[limit] for limit in p.cell.limits)
            yield Words(said, x, y, (-2.2 * len(said), -3), INK, bold=True)
