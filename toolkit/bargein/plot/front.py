"""Which settings does no other one beat? Cut-offs against endpoint delay, every threshold and every end silence."""

from __future__ import annotations

from bargein.plot.chart import Chart, Line, Points, Shape, Words
from bargein.plot.curves import COLOURS, PER, stairs
from bargein.plot.palette import GREY, INK
from bargein.tuning import Figures, Tuned


def pareto_chart(tuned: Tuned) -> Chart:
    """Draw the settings of :meth:`bargein.tuning.Tuned.pareto`, each with its threshold and end silence.

    Returns
    -------
    Per cent of holds and of turns cut off over mean endpoint delay, ms: to the left of a line, and below it, lies no
    setting that was tried. The settings in force and the proposal beside it.
    """
    front = tuned.pareto()
    shapes: list[Shape] = []
    words: list[Words] = []
    for (style, per), colour in COLOURS.items():  # styles that are pooled stand in the table
        rows = front[(front["speech"] == style) & (front["per"] == per)]
        if rows.empty:
            continue
        x = [float(v) for v in rows["endpoint_mean_ms"]]
        y = [100 * float(v) for v in rows["share cut off"]]
        shapes.append(Line(f"{PER[per]}, {style}: {int(rows['n'].max())} {per}s, "
                           f"{int(rows['clusters'].max())} cl.", *stairs(x, y), colour, width=1.4))  # fmt: skip
        shapes.append(Points("a setting that no other beats", x, y, colour, "o", size=4.0))
        if per == "hold":
            names = zip(rows["threshold"], rows["silence_duration_ms"], strict=True)
            words += [Words(f"{a:g} / {b}", p, q, (5, 4), GREY) for (a, b), p, q in zip(names, x, y, strict=True)]
    for name, figures, marker in (("in force", tuned.as_is, "s"), ("proposed", _proposed(tuned), "D")):
        shapes += _mark(name, figures, marker)
    marked = [x for s in shapes if isinstance(s, Points) for x in s.x]
    said = f"{tuned.title}: every threshold that misses no more than the one in force, every end silence; "
    return Chart(
        "Which settings does no other one beat?",
        f"{said}{tuned.rests_on.basis}. Beside a point: threshold / end silence, ms. The lower left is where one would "
        "like to be",
        "mean endpoint delay (ms): end of the turn to its announcement", "cut off (%)", (*shapes, *words),
        x_range=(0, 1.12 * max([500.0, *marked])), y_range=(-3, 106),
    )  # fmt: skip


def _proposed(tuned: Tuned) -> Figures | None:
    return tuned.proposal.figures if tuned.proposal is not None else None


def _mark(name: str, figures: Figures | None, marker: str) -> list[Shape]:
    if figures is None:
        return []
    places = [(e.endpoint.mean_ms, 100 * e.cutoffs["hold"].estimate) for e in figures.ends.values()
              if e.endpoint.mean_ms is not None and e.cutoffs["hold"].trials]  # fmt: skip
    x, y = [p for p, _ in places], [q for _, q in places]
    return [Points(f"{name}, per hold", x, y, INK, marker, filled=False, size=8.0)] if places else []
