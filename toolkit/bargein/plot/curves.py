"""What a setting costs, and how fast a gate stops: the frontier, the ceiling of the threshold, stopping by gate."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import fmean
from typing import Literal

from bargein.corpus import Run, policy_rows
from bargein.plot.chart import Bars, Chart, Line, Points, Shape, Words
from bargein.plot.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILLION
from bargein.tuning import Figures, Tuned
from bargein.units import seconds

PER: dict[Literal["hold", "turn"], tuple[str, str]] = {"hold": ("per hold", BLUE), "turn": ("per turn", PURPLE)}
KIND = {"tic": ("coughs and other tics", VERMILLION), "noise": ("noise", GREY), "echo": ("the agent's echo", GREEN)}


def frontier_chart(tuned: Tuned, shown: Figures | None = None) -> Chart:
    """Cut-offs against endpoint delay, one end silence a point, at the threshold in force or that of ``shown``.

    Parameters
    ----------
    tuned
        What tuning found.
    shown
        One setting to mark; None: the proposal, where there is one.

    Returns
    -------
    Per cent of holds and of turns over mean endpoint delay, ms. Dashed beyond the longest recorded hold: no longer
    pause was recorded, so nothing there can be cut off, whatever callers would do.
    """
    evidence = tuned.evidence
    shown = shown or (tuned.proposal.figures if tuned.proposal else None)
    threshold = shown.threshold if shown else tuned.in_force.threshold
    rests = tuned.rests_on
    groups = "1 cluster" if rests.clusters == 1 else f"{rests.clusters} clusters"
    notes = f"{tuned.title}, {rests.turns} turns, {rests.holds} holds, {groups}; {rests.basis}"
    x_title = "mean endpoint delay (ms): end of the turn to its announcement"
    title = "How fast can a turn end, and whom does it cut off?"
    if threshold is None or not rests.turns:
        return Chart(title, f"{notes}. No turns, or no threshold in force: nothing to draw.", x_title, "cut off (%)")
    row = evidence.sweep.row(threshold)
    silences, delay = evidence.sweep.silences, evidence.mean_delay()[row]
    longest = max((h.ms for r in evidence.sweep.recordings if r.kind == "turn" and r.speech_style in evidence.styles
                   for h in r.holds), default=0)  # fmt: skip
    known = [j for j, s in enumerate(silences) if s <= longest and math.isfinite(delay[j])]
    beyond = [*known[-1:], *(j for j, s in enumerate(silences) if s > longest and math.isfinite(delay[j]))]
    share = {per: 100 * evidence.share(per)[row] for per in PER}
    shapes: list[Shape] = []
    for per, (words, colour) in PER.items():
        shapes.append(Line(f"cut off, {words}", delay[known], share[per][known], colour, dots=True))
    for per, (_, colour) in PER.items():
        shapes.append(Line("longer than any recorded pause", delay[beyond], share[per][beyond], colour, dashed=True))
    right = float(delay[known[-1]]) * 1.35 if known else 1_000.0
    for budget in sorted({r.budget for r in tuned.frontier}):
        shapes.append(Line("", [0, right], [100 * budget] * 2, "#BBBBBB", width=0.6))
        shapes.append(Words(f"{100 * budget:g} %", right, 100 * budget, (3, 0), GREY, "outside"))
    if shown is not None and shown.endpoint.mean_ms is not None:
        right = max(right, shown.endpoint.mean_ms * 1.1)
        places = [(shown.endpoint.mean_ms, 100 * shown.cutoffs[per].estimate) for per in PER]
        shapes.append(Points("this setting", [x for x, _ in places], [y for _, y in places], INK, size=6.5))
        name = f"{shown.threshold:g} / {shown.silence_duration_ms} ms"
        shapes.append(Words(name, places[0][0], max(y for _, y in places), (5, 7), INK, bold=True))
    return Chart(title, f"{notes}; threshold {threshold:g}", x_title, "cut off (%)", tuple(shapes),
                 x_range=(0, right), y_range=(-2, 102))  # fmt: skip


def ceiling_chart(tuned: Tuned, shown: Figures | None = None) -> Chart:
    """Missed speech against false starts at every threshold, by kind; the best pair of each kind is named.

    Returns
    -------
    Per cent of turns and words, and of recordings. The lower left corner is where one would like to be.
    """
    lines: list[Shape] = []
    marks: list[Shape] = []
    for kind, (words, colour) in KIND.items():
        pairs = [p for p in tuned.ceiling if p.kind == kind]
        if not pairs:
            continue
        false, missed = [100 * p.false.estimate for p in pairs], [100 * p.missed.estimate for p in pairs]
        lines.append(Line(f"{words} (n = {pairs[0].false.trials})", false, missed, colour))
        for pair, x, y in zip(pairs, false, missed, strict=True):
            if pair.best:
                marks.append(Points("best pair, with its threshold", [x], [y], colour, "D", size=5.5))
                marks.append(Words(f"{pair.threshold:g}", x, y, (5, 4), colour))
            if shown is not None and pair.threshold == shown.threshold:
                marks.append(Points("this setting", [x], [y], INK, "o", filled=False, size=8))
    speech = max((p.missed.trials for p in tuned.ceiling), default=0)
    said = f"{tuned.title}: recordings that start the detector, against missed speech (n = {speech}), every threshold"
    highest = 1.25 * max([8.0, *(100 * p.missed.estimate for p in tuned.ceiling if p.missed.trials)])
    return Chart(
        "What no threshold can do",
        said if lines else f"{tuned.title}: no model of what starts its detector, or no recordings; nothing to draw",
        "false starts (% of recordings)", "starts missed (%)", (*lines, *marks), x_range=(-2, 102),
        y_range=(-0.5, highest),
    )  # fmt: skip


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
    rows = [r for r in policy_rows(runs) if r.panel.counting]
    means: dict[str, list[float]] = {"unavoidable": [], "reaction": [], "restart": []}
    dots: list[tuple[float, float]] = []
    for i, row in enumerate(rows):
        hit = row.panel.counting
        for part, values in means.items():
            values.append(fmean(seconds(getattr(e, f"{part}_ms") or 0) for e in hit))
        dots += [(seconds((e.unavoidable_ms or 0) + (e.reaction_ms or 0) + e.restart_ms), -i) for e in hit]
    first, second = means["unavoidable"], means["reaction"]
    both = [a + b for a, b in zip(first, second, strict=True)]
    every = range(len(rows))
    return Chart(
        title="How long did the interrupted agent go on?",
        notes="mean over labelled barge-ins that met a heard agent, neither masked nor censored; a dot each. Lower is better",
        x_title="seconds of the interrupted answers after the user's onset",
        shapes=(
            Bars("unavoidable: nobody could know yet", every, [0.0] * len(rows), first, "#C9D6DF"),
            Bars("reaction: known, not yet silent", every, first, second, ORANGE),
            Bars("restart: heard again", every, both, means["restart"], VERMILLION),
            Points("one barge-in", [x for x, _ in dots], [y for _, y in dots], INK, "o", filled=False, size=3.2),
        ),
        rows=tuple(f"{r.cause} · {r.policy} (n = {len(r.panel.counting)})" for r in rows),
    )
