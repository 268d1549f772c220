"""What a setting costs, and how fast a gate stops: the frontier, the ceiling of the threshold, stopping by gate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from statistics import fmean

from bargein.corpus import Run, policy_rows
from bargein.metrics.panel import Panel
from bargein.plot.chart import Bars, Chart, Line, Points, Shape, Words
from bargein.plot.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILLION
from bargein.tuning import Evidence, Figures, Per, PerMinute, Tuned
from bargein.tuning.answerable import ANSWERED, ENDS, Answerable, longest_holds
from bargein.tuning.objectives import EVIDENCE_STYLES
from bargein.tuning.shares import FalseStarts
from bargein.units import seconds

PER: dict[Per, str] = {"hold": "per hold", "turn": "per turn"}
#: By speech style and what cut-offs are counted over; styles that are pooled are not drawn, they stand in the tables.
COLOURS: dict[tuple[str, Per], str] = {
    ("elicited", "hold"): BLUE, ("elicited", "turn"): PURPLE,
    ("spontaneous", "hold"): GREEN, ("spontaneous", "turn"): ORANGE,
}  # fmt: skip
KIND = {
    "backchannel": ("backchannels", PURPLE), "tic": ("coughs and other tics", VERMILLION), "noise": ("noise", GREY),
    "echo": ("the agent's echo", GREEN),
}  # fmt: skip


def frontier_chart(tuned: Tuned, shown: Figures | None = None, known: Answerable | None = None) -> Chart:
    """Cut-offs against endpoint delay, one end silence a point, at the threshold in force or that of ``shown``.

    Parameters
    ----------
    tuned
        What tuning found.
    shown
        One setting to mark; None: the proposal, where there is one.
    known
        What these recordings can say of each setting: the curve steps from one to the next, and the dots of those
        whose cut-offs are only bounded are hollow.

    Returns
    -------
    Per cent of holds and of turns over mean endpoint delay, ms, each speech style apart. Dashed beyond the longest
    recorded hold: no longer one was recorded, so nothing there can be cut off, whatever callers would do. A thin line
    says how many of the callers' pauses outlast the end silence; whether their turns went on is not labelled.
    """
    evidence = tuned.evidence
    shown = shown or (tuned.proposal.figures if tuned.proposal else None)
    threshold = shown.threshold if shown else tuned.in_force.threshold
    rests = tuned.rests_on
    said = (f"{n.recordings} turns of {style} speech, {n.pauses} holds, {n.clusters} cluster{'s'[:n.clusters > 1]}"
            for style, n in rests.styles.items() if style in evidence.styles)  # fmt: skip
    notes = f"{tuned.title}, {'; '.join(said)}; {rests.basis}"
    x_title = "mean endpoint delay (ms): end of the turn to its announcement"
    title = "How fast can a turn end, and whom does it cut off?"
    if threshold is None or not rests.turns:
        return Chart(title, f"{notes}. No turns, or no threshold in force: nothing to draw.", x_title, "cut off (%)")
    row = evidence.sweep.row(threshold)
    shapes, right = _frontier_lines(evidence, row, known)
    if known is not None:
        notes += "; a hollow dot: too few callers to show it, see the map"
    mark = _mark(shown)
    if mark:
        right = max(right, 1.3 * max(mark[0].x))  # room for its name, left of those of the budgets
    for budget in sorted({r.budget for r in tuned.frontier}):
        shapes.append(Line("", [0, right], [100 * budget] * 2, "#BBBBBB", width=0.6))
        shapes.append(Words(f"{100 * budget:g} %", right, 100 * budget, (3, 0), GREY, "outside"))
    shapes += mark
    return Chart(title, f"{notes}; threshold {threshold:g}", x_title, "cut off (%)", tuple(shapes),
                 x_range=(0, right), y_range=(-2, 102))  # fmt: skip


def stairs(x: list[float], y: list[float]) -> tuple[list[float], list[float]]:
    """Join points of a frontier as stairs: between two of them none is better than the faster one."""
    points = sorted(zip(x, y, strict=True))
    steps = [points[0], *(p for (_, low), (x1, y1) in pairwise(points)
                           for p in ((x1, low), (x1, y1)))]  # fmt: skip
    return [p for p, _ in steps], [q for _, q in steps]


def _frontier_lines(evidence: Evidence, row: int, known: Answerable | None) -> tuple[list[Shape], float]:
    """The curves of each speech style at one threshold, the callers' pauses beside them, how far the picture goes."""
    silences, level = evidence.sweep.silences, evidence.sweep.thresholds[row]
    holds = longest_holds(evidence.sweep.recordings)
    lines: list[Shape] = []
    dashes: list[Shape] = []
    right = 0.0
    for style in (name for name, styles in evidence.groups.items() if len(styles) == 1):
        delay = evidence.mean_delay([style])[row]
        longest = holds[style]
        finite = [j for j in range(len(silences)) if math.isfinite(delay[j])]
        within = [j for j in finite if silences[j] <= longest]
        beyond = [*within[-1:], *(j for j in finite if silences[j] > longest)]
        right = max(right, float(delay[within[-1]]) * 1.35 if within else 1_000.0)
        for per, words in PER.items():
            share, colour = 100 * evidence.share(per, [style])[row], COLOURS[style, per]
            whole = Line(f"cut off, {words}, {style}", delay[within], share[within], colour, dots=True)
            if known is None or not within:
                lines.append(whole)
            else:
                lines += _stepped(whole, [known.at(level, silences[j], ENDS).standing == ANSWERED for j in within])
            dashes.append(Line("longer than any hold recorded", delay[beyond], share[beyond], colour, dashed=True))
    styles = tuple(evidence.groups.values())[-1]
    delay = evidence.mean_delay(styles)[row]
    outlast = [evidence.outlasting(s) for s in silences]
    if outlast[0].trials:
        amount = f"n = {outlast[0].trials}, {outlast[0].clusters} callers"
        words = f"callers' pauses that outlast it, turns not labelled ({amount})"
        lines.append(Line(words, delay, [100 * pauses.estimate for pauses in outlast], VERMILLION, width=1.0))
    return [*lines, *dashes], right


def _stepped(whole: Line, sure: list[bool]) -> Iterator[Shape]:
    """A curve as steps with a dot a setting: between two of them none is better than both."""
    x, y = stairs(list(whole.x), list(whole.y))
    yield replace(whole, x=x, y=y, dots=False)
    for filled in (True, False):
        places = [k for k, one in enumerate(sure) if one == filled]
        if places:
            yield Points("", [whole.x[k] for k in places], [whole.y[k] for k in places], whole.colour, filled=filled,
                         size=3.2)  # fmt: skip


def _mark(shown: Figures | None) -> tuple[Points, Words] | tuple[()]:
    """One setting, where it lies for each style; nothing where no turn has an endpoint delay."""
    ends = [] if shown is None else [e for e in shown.ends.values() if e.endpoint.mean_ms is not None]
    places = [(e.endpoint.mean_ms or 0, 100 * e.cutoffs[per].estimate) for e in ends if e.style in EVIDENCE_STYLES
              for per in PER if e.cutoffs[per].trials]  # fmt: skip
    if shown is None or not places:
        return ()
    points = Points("this setting", [x for x, _ in places], [y for _, y in places], INK, size=6.5)
    name = f"{shown.threshold:g} / {shown.silence_duration_ms} ms"
    return points, Words(name, places[0][0], max(y for _, y in places), (5, 7), INK, bold=True)


def ceiling_chart(tuned: Tuned, shown: Figures | None = None) -> Chart:
    """Missed speech against false starts at every threshold, by kind; the best pair of each kind is named.

    Returns
    -------
    Per cent of turns and words over false starts: per cent of recordings for coughs, starts in ten minutes for what
    goes on, so that both fit one axis; the legend says which. The lower left corner is where one would like to be.
    """
    lines: list[Shape] = []
    marks: list[Shape] = []
    for kind, (words, colour) in KIND.items():
        pairs = [p for p in tuned.ceiling if p.kind == kind]
        if not pairs:
            continue
        xs, ys = [_on_axis(p.false) for p in pairs], [100 * p.missed.estimate for p in pairs]
        lines.append(Line(f"{words} ({_amount(pairs[0].false)})", xs, ys, colour))
        for pair, x, y in zip(pairs, xs, ys, strict=True):
            if pair.best:
                marks.append(Points("best pair, with its threshold", [x], [y], colour, "D", size=5.5))
                marks.append(Words(f"{pair.threshold:g}", x, y, (8, 6), colour))
        if shown is not None and kind in shown.false_starts:  # by its own figures: it need be no point of the curve
            x, y = _on_axis(shown.false_starts[kind]), 100 * shown.missed_all.estimate
            marks.append(Points("this setting", [x], [y], colour, "o", filled=False, size=8))
    speech = max((p.missed.trials for p in tuned.ceiling), default=0)
    said = f"{tuned.title}: false starts against missed speech (n = {speech}), every threshold; {tuned.rests_on.basis}"
    missed = [
        rate for rate in (*(p.missed for p in tuned.ceiling), *([shown.missed_all] if shown else [])) if rate.trials
    ]
    highest = 1.25 * max([8.0, *(100 * rate.estimate for rate in missed)])
    widest = max([100.0, *(_on_axis(p.false) for p in tuned.ceiling)])
    return Chart(
        "What no threshold can do",
        said if lines else f"{tuned.title}: no model of what starts its detector, or no recordings; nothing to draw",
        "false starts: % of coughs, or starts in 10 minutes of noise or echo", "starts missed (%)", (*lines, *marks),
        x_range=(-2, 1.02 * widest), y_range=(-0.5, highest),
    )  # fmt: skip


def _on_axis(false: FalseStarts) -> float:
    """Per cent, or starts in ten minutes: the two lie in the same range."""
    return 10 * false.estimate if isinstance(false, PerMinute) else 100 * false.estimate


def _amount(false: FalseStarts) -> str:
    """How much a curve rests on, and its unit."""
    if isinstance(false, PerMinute):
        return f"starts in 10 min; {false.minutes:.1f} min, {false.clusters} clusters"
    return f"% of {false.trials} recordings, {false.clusters} clusters"


def _of_met(panel: Panel) -> str:
    """How many barge-ins a row stands for, and how many are left out: masked, censored or apart."""
    left_out = len(panel.met) - len(panel.counting)
    return f"n = {len(panel.counting)}" + (f", {left_out} left out" if left_out else "")


def delays_chart(runs: Iterable[Run]) -> Chart:
    """How long the interrupted agent went on, by cause of late audio and gate: means that add up, barge-ins as dots.

    Parameters
    ----------
    runs
        Sessions under policies.

    Returns
    -------
    Seconds after the user's onset: until any client could know, until the first silence, and what was heard again.
    """
    rows = [r for r in policy_rows(runs) if r.panel.met]
    means: dict[str, list[float]] = {"unavoidable": [], "reaction": [], "restart": []}
    dots: list[tuple[float, float]] = []
    for i, row in enumerate(rows):
        hit = row.panel.counting
        for part, values in means.items():
            values.append(fmean([seconds(getattr(e, f"{part}_ms") or 0) for e in hit] or [0.0]))
        dots += [(seconds((e.unavoidable_ms or 0) + (e.reaction_ms or 0) + e.restart_ms), -i) for e in hit]
    first, second = means["unavoidable"], means["reaction"]
    both = [a + b for a, b in zip(first, second, strict=True)]
    every = range(len(rows))
    return Chart(
        title="How long did the interrupted agent go on?",
        notes="mean over labelled barge-ins that met a heard agent, neither masked nor censored; a dot each. "
        "Lower is better",
        x_title="seconds of the interrupted answers after the user's onset",
        shapes=(
            Bars("unavoidable: nobody could know yet", every, [0.0] * len(rows), first, "#C9D6DF"),
            Bars("reaction: known, not yet silent", every, first, second, ORANGE),
            Bars("restart: heard again", every, both, means["restart"], VERMILLION),
            Points("one barge-in", [x for x, _ in dots], [y for _, y in dots], INK, "o", filled=False, size=3.2),
        ),
        rows=tuple(f"{r.cause} · {r.policy} ({_of_met(r.panel)})" for r in rows),
    )
