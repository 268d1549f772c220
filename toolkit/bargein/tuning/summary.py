"""What tuning found, as lines of plain text."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bargein import units
from bargein.tuning.figures import Figures, FrontierRow
from bargein.tuning.tuned import Tuned, percent


def lines(t: Tuned) -> Iterator[str]:
    """Give all that a person should read: evidence, frontier, ceiling, proposal, refusals, assumptions."""
    r = t.rests_on
    yield f"{t.title}, budget: {t.budget.text}"
    grounds = f"{r.turns} turns with {r.holds} holds in {r.clusters} cluster{'' if r.clusters == 1 else 's'}"
    yield f"rests on {grounds}; {r.basis}; scores of {r.model}"
    yield f"in force {t.in_force.label}: {cost(t.as_is) if t.as_is else 'not all of it is known'}"
    if t.frontier:
        yield "frontier, the least mean endpoint delay within a budget of cut-offs:"
        yield from _frontier_lines(t)
    if best := [pair for pair in t.ceiling if pair.best]:
        yield "threshold ceiling, the least missed and false starts that any threshold reaches:"
        yield from (f"  {p.kind}: {p.false.text} at {p.threshold:g}, missed {p.missed.text}" for p in best)
    if t.as_is is not None and t.as_is.caller_ms:
        minutes = units.seconds(t.as_is.caller_ms) / 60
        yield f"callers, unlabelled: {t.as_is.caller_starts} starts in {minutes:.1f} minutes at the settings in force"
    if t.proposal is not None:
        name = "recommendation" if t.recommendation else "no recommendation"
        yield f"{name}, {t.proposal.status}: {t.proposal.settings.label}"
        for choice in t.proposal.choices:
            value = "left out" if choice.value is None else f"{choice.value:g}"
            yield f"  {choice.knob} {value}, {choice.origin}: {choice.why}"
        if t.proposal.figures is not None:
            yield f"  expected: {cost(t.proposal.figures)}"
        yield from (f"  {verdict}" for verdict in t.proposal.verdicts)
    yield from (f"refused: {refusal.text}" for refusal in t.refusals)
    yield from (f"note: {note}" for note in t.notes)


def cost(figures: Figures) -> str:
    """Give one setting and what it costs, as one line."""
    end, start = figures.endpoint, figures.onset
    ends = f"{end.mean_ms} ms, EP50 {end.p50_ms}, EP90 {end.p90_ms} (n {end.n})" if end.n else "not known"
    starts = f"p50 {start.p50_ms} ms, p90 {start.p90_ms} (n {start.n})" if start.n else "not known"
    missed = (
        ", ".join(f"{kind}s missed {rate.text}" for kind, rate in figures.missed.items()) or "missed starts not known"
    )
    return (
        f"holds cut off {figures.cutoffs['hold'].text}, turns cut off {figures.cutoffs['turn'].text}; "
        f"endpoint delay {ends}; onset delay {starts}; {missed}"
    )


def _frontier_line(row: FrontierRow) -> str:
    head = f"  {percent(row.budget)} per {row.per}: "
    if row.figures is None:
        return head + row.verdict
    f, rate = row.figures, row.figures.cutoffs[row.per]
    return (
        f"{head}threshold {f.threshold:g}, silence {f.silence_duration_ms} ms; cut off {rate.text}; endpoint delay "
        f"{f.endpoint.mean_ms} ms, EP90 {f.endpoint.p90_ms} (n {f.endpoint.n}); {row.verdict}"
    )


def _frontier_lines(t: Tuned) -> Iterator[str]:
    """The threshold in force first; another threshold only where it is at least one frame faster."""
    free = {(row.per, row.budget): row for row in t.frontier if row.free}
    for held in (row for row in t.frontier if not row.free):
        yield _frontier_line(held)
        other = free.get((held.per, held.budget))
        if other is None or other.figures is None:
            continue
        gain = math.inf if held.figures is None else _mean(held.figures) - _mean(other.figures)
        if gain >= t.rests_on.hop_ms:
            yield "    any threshold that misses no more:" + _frontier_line(other).split(":", 1)[1]


def _mean(figures: Figures) -> int:
    return figures.endpoint.mean_ms or 0
