"""How soon the other speaks, and where the time of a stop goes: two charts of many sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from bargein.corpus import Case, Run, policy_rows
from bargein.metrics.audible import audible
from bargein.metrics.floor import AGENT, USER, follow
from bargein.metrics.onsets import judged, user_speech
from bargein.metrics.panel import of
from bargein.metrics.stages import Stages, actions, stages
from bargein.metrics.truth import truth
from bargein.plot.chart import Bars, Chart, Line, Points, Shape, Words
from bargein.plot.palette import BLUE, GREY, INK, ORANGE, SOUND, VERMILLION
from bargein.units import seconds, whole_ms

#: Mean gaps of people, from Japanese to Danish, and over ten languages, ms.
#: Stivers and others, "Universals and cultural variation in turn-taking in conversation", PNAS 106(26), 2009.
PEOPLE_MS, PEOPLE_MEAN_MS = (7, 469), 208
#: Seconds around the change of the floor that are shown.
SHOWN = (-2.0, 4.0)
WHO = {AGENT: ("agent takes the floor", SOUND["heard"].colour), USER: ("user takes the floor", BLUE)}
PART = {"detect": "#C9D6DF", "act": ORANGE, "drain": VERMILLION}


def transfers_chart(cases: Iterable[Case]) -> Chart:
    """Distribution of floor transfer offsets of sessions as recorded: over 0 a gap, under 0 an overlap.

    Parameters
    ----------
    cases
        Sessions; those without labels, or in which nothing tells what was heard, are left out.

    Returns
    -------
    Per cent of changes of the floor that came by so many seconds after the other's end, a line a side, its median as a
    dot; the range of mean gaps between people beside it. Individuals differ by more than languages: a band, no norm.
    """
    offsets: dict[str, list[int]] = {who: [] for who in WHO}
    used = 0
    for case in cases:
        heard = case.facts.heard
        if heard is None or not judged(case.session):
            continue
        used += 1
        found = follow(user_speech(case.session), audible(heard, case.facts.voiced))
        found = found.without(truth(case.session).unsure)
        for who, values in offsets.items():
            values += found.offsets(who)
    shapes: list[Shape] = [Line("the other's end", (0, 0), (0, 100), GREY, dashed=True, width=1.0)]
    low, high = (seconds(ms) for ms in PEOPLE_MS)
    shapes.append(Line("people: mean gaps of ten languages", (low, high), (50, 50), "#BBBBBB", width=7))
    for who, (words, colour) in WHO.items():
        if values := sorted(offsets[who]):
            x = [SHOWN[0], *(seconds(ms) for ms in values for _ in (0, 1)), SHOWN[1]]
            steps = [100 * k / len(values) for k in range(len(values) + 1)]
            y = [steps[0], *(step for pair in pairwise(steps) for step in pair), steps[-1]]
            shapes.append(Line(f"{words} (n = {len(values)})", x, y, colour, width=2.0))
            middle = whole_ms(median(values))
            shapes.append(Points("median", [seconds(middle)], [50], colour, size=6.5))
            shapes.append(Words(f"{middle} ms", seconds(middle), 50, (7, -12 if who == AGENT else 8), colour))
    return Chart(
        "How soon does the other speak?",
        f"{used} sessions as recorded: floor transfer offsets, over 0 a gap, under 0 an overlap; people differ from "
        "each other by more than languages do",
        "seconds after the other's end", "changes of the floor so far (%)", tuple(shapes), x_range=SHOWN,
        y_range=(0, 101),
    )  # fmt: skip


def stages_chart(runs: Sequence[Run]) -> Chart:
    """Where the time of a stop goes, by cause of late audio and gate: means that add up.

    Parameters
    ----------
    runs
        Sessions under policies.

    Returns
    -------
    Seconds from the user's onset to the end of what was audible: detect, act, drain; a dot a stop.
    """
    rows = []
    for row in policy_rows(runs):
        found = [(run, e) for run in row.runs for e in run.barge_ins]
        apart = [s for run, e in found if (s := stages(e, actions(run.outcome))) is not None]
        if apart:
            rows.append((row, apart))
    every, before = range(len(rows)), [0.0] * len(rows)
    shapes: list[Shape] = []
    for part, colour in PART.items():
        means = [_mean(apart, part) for _, apart in rows]
        shapes.append(Bars(part, every, before, means, colour))
        before = [a + b for a, b in zip(before, means, strict=True)]
    dots = [(seconds(s.stop_ms), -i) for i, (_, apart) in enumerate(rows) for s in apart]
    shapes.append(Points("one stop", [x for x, _ in dots], [y for _, y in dots], INK, "o", filled=False, size=3.2))
    return Chart(
        title="Why was the stop slow?",
        notes="mean over barge-ins that were stopped; detect: onset to the report, act: to the gate's action, drain: "
        "to the last that was audible. What ended by itself or came back is not in it. Lower is better",
        x_title="seconds after the user's onset",
        shapes=tuple(shapes),
        rows=tuple(f"{r.cause} · {r.policy} ({of(len(apart), len(r.panel.met))} stopped)" for r, apart in rows),
    )


def _mean(apart: Sequence[Stages], part: str) -> float:
    return sum(seconds(getattr(s, f"{part}_ms") or 0) for s in apart) / len(apart)
