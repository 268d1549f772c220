"""What tuning found, as lines of plain text."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bargein import units
from bargein.tuning.certified import Certified, certify
from bargein.tuning.figures import NOT_LABELLED, Figures, FrontierRow
from bargein.tuning.shares import percent
from bargein.tuning.tuned import Choice, Proposal, RestsOn, Tuned


def lines(t: Tuned) -> Iterator[str]:
    """Give all that a person should read: evidence, frontier, ceiling, proposal, refusals, assumptions."""
    yield f"{t.title}, budget: {t.budget.text}"
    yield f"in short: {headline(t)}"
    yield from grounds(t.rests_on)
    yield f"in force {t.in_force.label}{':' if t.as_is else ': not all of it is known'}"
    if t.as_is is not None:
        yield from cost(t.as_is)
    if t.frontier:
        yield (
            f"frontier, the least mean endpoint delay within a budget of cut-offs ({t.rests_on.basis}; of the callers' "
            f"pauses beside it, {NOT_LABELLED}):"
        )
        yield from _frontier_lines(t)
    if best := [pair for pair in t.ceiling if pair.best]:
        yield f"threshold ceiling, the least missed and false starts that any threshold reaches ({t.rests_on.basis}):"
        yield from (f"  {p.kind}: {p.false.text} at {p.threshold:g}, missed {p.missed.text}" for p in best)
    if t.joint is not None:
        yield f"gates at the client beside the threshold ({t.rests_on.basis}; see bargein.tuning.gates):"
        yield from (f"  {line}" for line in t.joint.lines())
    if t.as_is is not None and t.as_is.caller_ms:
        minutes = units.seconds(t.as_is.caller_ms) / 60
        yield f"callers, unlabelled: {t.as_is.caller_starts} starts in {minutes:.1f} minutes at the settings in force"
    if t.proposal is not None:
        yield from _proposal(t.proposal)
    yield from [f"how flat: {t.flat}"] if t.robust is None else (f"  {line}" for line in t.robust.lines())
    yield from (f"certified: {one.text}" for one in certified(t))
    yield from (f"refused: {refusal.text}" for refusal in t.refusals)
    yield from ["what is missing for each claim, and how to record it: bargein plan " + t.provider] * bool(t.refusals)
    yield from (f"note: {note}" for note in t.notes)


#: Rows of a brief answer, at most.
BRIEF = 12


def brief(t: Tuned) -> list[dict[str, object]]:
    """Give the answer in at most :data:`BRIEF` rows: what, which value, why; the headline says it in a line.

    The values proposed; whether they are better than those in force on clusters held out, what speaks against them; how
    flat the optimum is; what was refused; the ceiling of thresholds, or the lever against each kind of false start,
    where gates were weighed; and the frontier, what the settings in force could be traded for.
    """
    rows: list[tuple[str, str, str]] = []
    if t.proposal is not None:
        rows += [(c.knob, "left out" if c.value is None else f"{c.value:g}", f"{c.origin}: {c.why}")
                 for c in t.proposal.choices]  # fmt: skip
    if t.robust is not None:
        rows.append(("against the settings in force", t.robust.verdict, t.robust.because))
    if t.proposal is not None:
        rows += [("speaks against it", "", doubt) for doubt in t.proposal.doubts[:1]]
    rows += [(f"refused: {refusal.question}", "", f"{refusal.because}. Instead: {refusal.instead}.")
             for refusal in t.refusals]  # fmt: skip
    rows.append(("how flat", "", t.flat))
    rows += _levers(t) if t.joint is not None else _ceiling(t)
    rows += _traded(t) if t.proposal is None else _frontier(t)
    return [dict(zip(("what", "value", "why"), row, strict=True)) for row in rows[:BRIEF]]


def _ceiling(t: Tuned) -> Iterator[tuple[str, str, str]]:
    """The least false starts that any threshold reaches, all kinds in a row."""
    best = [f"{p.kind} {p.false.text} at {p.threshold:g}, missed {p.missed.text}" for p in t.ceiling if p.best]
    yield from [("threshold ceiling", "", "; ".join(best))] if best else ()


def _traded(t: Tuned) -> Iterator[tuple[str, str, str]]:
    """The frontier at the threshold in force, a row a budget."""
    for row in t.frontier:
        if not row.free and row.figures is not None:
            why = f"cut off {row.cutoffs.text}; {row.verdict}"
            yield f"frontier, {percent(row.budget)} per {row.per}, {row.style}", _setting(row), why


def _frontier(t: Tuned) -> Iterator[tuple[str, str, str]]:
    """The same, a row for each way to count."""
    held = [row for row in t.frontier if not row.free and row.figures is not None]
    for per, style in dict.fromkeys((row.per, row.style) for row in held):
        mine = [row for row in held if (row.per, row.style) == (per, style)]
        why = (f"{_setting(row)} within {percent(row.budget)}, cut off {row.cutoffs.text}" for row in mine)
        yield f"frontier per {per}, {style}", "", "; ".join(why)


def _setting(row: FrontierRow) -> str:
    assert row.figures is not None
    return f"{row.figures.threshold:g} / {row.figures.silence_duration_ms} ms"


def _levers(t: Tuned) -> Iterator[tuple[str, str, str]]:
    """What stops more false starts than any threshold, by kind, with as many words and turns missed at the most."""
    if t.joint is None:
        return
    for kind in dict.fromkeys(r.kind for r in t.joint.reaches):
        meant = next(r.meant for r in t.joint.reaches if r.kind == kind)
        alone, lever = t.joint.at(kind, meant)[0], t.joint.lever(kind, meant)
        nothing = "nothing is left for a gate" if alone.false.estimate == 0 else "no gate passes thresholds alone"
        reached = alone.text.partition(";")[0].removeprefix("none: ")
        said = f"{lever.short}; " if lever is not None else ""
        yield f"starts on {kind}", nothing if lever is None else lever.gate, f"{said}thresholds alone {reached}"


def certified(t: Tuned) -> list[Certified]:
    """Give what can be promised to callers not heard yet, at the threshold proposed; nothing without turns."""
    if t.proposal is None or not t.evidence.groups:
        return []
    threshold, tried = t.proposal.settings.threshold, t.evidence.sweep.thresholds
    near = min(tried, key=lambda p: abs(p - (threshold if threshold is not None else 0.5)))
    return [certify(t.evidence.sweep, near, per, budget, t.evidence.styles)
            for per, budget in t.budget.cutoffs.items() if budget > 0]  # fmt: skip


def headline(t: Tuned) -> str:
    """Give the outcome in a line: what is proposed, and which questions were refused."""
    if t.proposal is None:
        return "no budget was given, so nothing is proposed; frontier and ceiling only"
    refused = ", ".join(refusal.question for refusal in t.refusals)
    return f"{HEADS.get(t.proposal.status, t.proposal.status)}: {t.proposal.settings.label}" + (
        f"; refused, with what to record: {refused}" if refused else ""
    )


def grounds(r: RestsOn) -> Iterator[str]:
    """Say what every figure rests on: turns, holds, clusters, labels and scores; then all that are no turns."""
    by_style = "; ".join(
        f"{n.recordings} turns of {style} speech with {n.pauses} holds, {_clusters(n.clusters)}"
        for style, n in r.styles.items()
    )
    yield f"rests on {by_style or 'no turns'}; {r.basis}; scores of {r.model}"
    others = (
        f"{kind} {n.recordings} ({_clusters(n.clusters)}, {units.seconds(n.ms) / 60:.1f} min)"
        for kind, n in r.others.items()
    )
    if said := ", ".join(others):
        yield f"and on {said}"


def _proposal(p: Proposal) -> Iterator[str]:
    yield f"{HEADS.get(p.status, p.status)}: {p.settings.label}"
    yield from (f"  {_choice(choice)}" for choice in p.choices)
    if p.figures is not None:
        yield "  expected:"
        yield from (f"  {line}" for line in cost(p.figures))
    yield from (f"  prefix padding at onsets of {kind}s: {padding.text}" for kind, padding in p.padding.items())
    yield from (f"  {verdict}" for verdict in p.verdicts)
    yield from (f"  speaks against it: {doubt}" for doubt in p.doubts)
    if p.model_error:
        yield f"  the detector's model: {p.model_error}"


def _choice(choice: Choice) -> str:
    value = "left out" if choice.value is None else f"{choice.value:g}"
    return f"{choice.knob} {value}, {choice.origin}: {choice.why}"


#: How a proposal is announced, where its status alone does not say it.
HEADS = {
    "calibrated": "recommendation, calibrated",
    "calibrated, in part": "recommendation in part, calibrated; the rest is refused and stays as in force",
    "uncalibrated": "recommendation, uncalibrated",
    "uncalibrated, in part": "recommendation in part, uncalibrated; the rest is refused and stays as in force",
    "candidate to try": "no recommendation, candidate to try",
    "no recommendation": "no recommendation; what is not answered below is as in force",
    "machinery check": "no recommendation, machinery check",
}


def answer_lines(t: Tuned) -> Iterator[str]:
    """Give what a person needs who has no time: each value and why, what speaks against it, what was refused."""
    if t.proposal is not None:
        yield from map(_choice, t.proposal.choices)
        yield from t.proposal.verdicts
        yield from (f"speaks against it: {doubt}" for doubt in t.proposal.doubts)
    yield from (f"refused: {refusal.text}" for refusal in t.refusals)
    yield from (f"what it will not tell you: {note}" for note in t.notes[:1])


def cost(figures: Figures) -> Iterator[str]:
    """Give what one setting costs: turns by speech style, callers beside them, starts by kind."""
    for ends in figures.ends.values():
        end = ends.endpoint
        delay = f"{end.mean_ms} ms, EP50 {end.p50_ms}, EP90 {end.p90_ms} (n {end.n})" if end.n else "not known"
        cuts = ", ".join(f"{per}s cut off {rate.text}" for per, rate in ends.cutoffs.items())
        yield f"  {ends.style} speech: {cuts}; endpoint delay {delay}"
    if figures.outlasting:
        yield f"  callers: {figures.outlasting}; {NOT_LABELLED}"
    for kind, late in figures.onset.items():
        missed = figures.missed[kind].text
        yield f"  {kind}s: missed {missed}; onset delay p50 {late.p50_ms} ms, p90 {late.p90_ms} (n {late.n})"
    if figures.false_starts:
        yield f"  false starts: {', '.join(f'{kind} {found.text}' for kind, found in figures.false_starts.items())}"


def _frontier_line(row: FrontierRow) -> str:
    head = f"  {percent(row.budget)} per {row.per}, {row.style}: "
    if row.figures is None:
        return head + row.verdict
    f, end = row.figures, row.figures.ends[row.style].endpoint
    beside = f"; {f.outlasting}" if f.outlasting else ""
    return (
        f"{head}threshold {f.threshold:g}, silence {f.silence_duration_ms} ms; cut off {row.cutoffs.text}; endpoint "
        f"delay {end.mean_ms} ms, EP90 {end.p90_ms} (n {end.n}); {row.verdict}{beside}"
    )


def _frontier_lines(t: Tuned) -> Iterator[str]:
    """The threshold in force first; another threshold only where it is at least one frame faster."""
    free = {(row.style, row.per, row.budget): row for row in t.frontier if row.free}
    for held in (row for row in t.frontier if not row.free):
        yield _frontier_line(held)
        other = free.get((held.style, held.per, held.budget))
        if other is None or other.figures is None:
            continue
        if _mean(held) - _mean(other) >= t.rests_on.hop_ms:
            yield "    any threshold that misses no more:" + _frontier_line(other).split(":", 1)[1]


def _mean(row: FrontierRow) -> float:
    """The mean endpoint delay; where no setting is within the budget, waiting never ends."""
    return math.inf if row.figures is None else row.figures.ends[row.style].endpoint.mean_ms or 0


def _clusters(n: int) -> str:
    return f"{n} cluster{'' if n == 1 else 's'}"
