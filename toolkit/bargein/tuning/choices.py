"""One knob at a time: its value and why, or what stands against choosing one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bargein import units
from bargein.metrics.rates import clusters_needed
from bargein.providers import Provider
from bargein.settings import ServerVad
from bargein.tuning.figures import Figures, Per
from bargein.tuning.objectives import PREFIX_COVERS, Evidence, worst_from
from bargein.tuning.shares import COUNTED, LEAST_TRIALS, percent
from bargein.tuning.tuned import Budget, Choice, Refusal
from bargein.vad.counting import pooled

NO_EVIDENCE = "left as in force: no evidence"
TOO_LITTLE = "left as in force: too little evidence"


def threshold(
    evidence: Evidence, provider: Provider, budget: Budget, in_force: ServerVad
) -> tuple[Choice, Refusal | None]:
    """Choose the enter threshold that misses least within the budget for false and missed starts.

    It stays as in force where the provider's detector has no model, where no such budget was given, or where too little
    was recorded to judge it.
    """
    asked = bool(budget.false_starts) or budget.missed_starts is not None
    if not provider.recommends:
        keep = _kept("threshold", in_force.threshold, provider.why_not)
        return keep, Refusal("threshold", provider.why_not, "keep the one in force, and record") if asked else None
    if not asked:
        return _kept("threshold", in_force.threshold, "no budget for false or missed starts was given"), None
    near = in_force.threshold or 0.0
    here = evidence.figures(near, end_silence(evidence, budget, in_force, near))
    if missing := list(_missing_for_threshold(here, budget)):
        instead = "record them with the microphone and in the room that are used"
        keep = _kept("threshold", in_force.threshold, NO_EVIDENCE)
        return keep, Refusal("threshold", f"{NO_EVIDENCE}, {' and '.join(missing)}", instead)

    most_missed = here.missed_all.estimate if budget.missed_starts is None else budget.missed_starts
    tried = [evidence.figures(t, end_silence(evidence, budget, in_force, t)) for t in evidence.thresholds]
    able = [f for f in _quiet(tried, budget) if f.missed_all.estimate <= most_missed]
    if not able:
        keep = _kept("threshold", in_force.threshold, "left as in force: no threshold meets the budget")
        return keep, _ceiling_refusal(evidence, provider, budget, most_missed)
    best = min(able, key=lambda f: (f.missed_all.estimate, _late(f), abs(f.threshold - near)))
    return Choice("threshold", best.threshold, "tuned", f"the fewest missed starts within {budget.text}"), None


def silence(
    evidence: Evidence, budget: Budget, in_force: ServerVad, at_threshold: float
) -> tuple[Choice, Refusal | None]:
    """Choose the end silence of the least mean endpoint delay within the budget of cut-offs, in every speech style.

    It stays as in force without such a budget, or without enough elicited or spontaneous turns to judge it.
    """
    name, value = "silence_duration_ms", in_force.silence_duration_ms
    if not budget.cutoffs:
        return _kept(name, value, "no budget of cut-offs was given"), None
    judged = evidence.judged(budget.cutoffs)
    if not judged:
        why, because = _too_little(evidence, budget)
        return _kept(name, value, why), Refusal(name, because, _what_to_record(evidence, budget))
    best = evidence.fastest(budget.cutoffs, [at_threshold], at_threshold, [[style] for style in judged])
    if best is None:
        limit = f"no end silence up to {evidence.sweep.silences[-1]} ms stays within it at threshold {at_threshold:g}"
        instead = "turn detection by meaning, or turns that the client commits itself"
        keep = _kept(name, value, "left as in force: no value meets the budget")
        return keep, Refusal(name, f"this knob cannot do it: {limit}", instead)
    why = f"the least mean endpoint delay within {budget.text}, on {' and on '.join(judged)} speech"
    return Choice(name, best.silence_duration_ms, "tuned", why), None


def end_silence(evidence: Evidence, budget: Budget, in_force: ServerVad, at_threshold: float) -> int:
    """Give the end silence that would be sent with a threshold: how often noise starts detection depends on it too."""
    choice, _ = silence(evidence, budget, in_force, at_threshold)
    wanted = evidence.usual_silence if choice.value is None else int(choice.value)
    return min(wanted, evidence.sweep.silences[-1])


def prefix(evidence: Evidence, provider: Provider, in_force: ServerVad, at_threshold: float) -> Choice:
    """Choose the least padding that covers the late onsets of turns; it moves no decision, only what is heard.

    Words stand apart: a clip of one second often begins inside its word, and says nothing about how a turn begins.
    """
    name, value = "prefix_padding_ms", in_force.prefix_padding_ms
    if not provider.recommends:
        return _kept(name, value, "what it does to this provider's reports is not known")
    clusters = evidence.onsets(at_threshold, evidence.usual_silence).get("turn", {})
    leads = [max(lead, 0) for lead in pooled(clusters.values()).onset_leads]
    covers = units.nearest_rank(leads, PREFIX_COVERS)
    if covers is None:
        return _kept(name, value, f"{NO_EVIDENCE}, no onsets of turns")
    if len(leads) < LEAST_TRIALS:
        return _kept(name, value, f"{TOO_LITTLE}, {len(leads)} onsets of turns; {LEAST_TRIALS} at least")
    return Choice(name, covers, "tuned", f"the least that covers {PREFIX_COVERS} % of {len(leads)} onsets of turns")


def _kept(knob: str, value: float | None, why: str) -> Choice:
    kept = Choice(knob, value, "in force", why)
    return kept if value is not None else replace(kept, origin="provider's own")


def _quiet(tried: list[Figures], budget: Budget) -> Iterator[Figures]:
    """Those within every budget for false starts, themselves and at every threshold above."""
    highest = {kind: worst_from([f.false_starts[kind].estimate for f in tried]) for kind in budget.false_starts}
    return (f for i, f in enumerate(tried) if all(highest[k][i] <= most for k, most in budget.false_starts.items()))


def _late(figures: Figures) -> int:
    """How late onsets are announced at worst, p90 of turns, or of words where there are no turns."""
    return next((delays.p90_ms or 0 for delays in figures.onset.values()), 0)


def _missing_for_threshold(here: Figures, budget: Budget) -> Iterator[str]:
    for kind in budget.false_starts:
        found, counting = here.false_starts.get(kind), COUNTED[kind]
        if found is None:
            yield f"no recordings of kind {kind}"
        elif not counting.enough(found):
            yield f"{found.text} of kind {kind}, where {counting.least} is the least"
    if not here.missed_all.trials:
        yield "no turns or words"
    elif here.missed_all.trials < LEAST_TRIALS:
        yield f"only {here.missed_all.trials} turns and words, where {LEAST_TRIALS} are the least"


def _too_little(evidence: Evidence, budget: Budget) -> tuple[str, str]:
    """Why no end silence can be judged, in short and in full."""
    amounts: Mapping[Per, int] = {per: getattr(evidence.amount(evidence.styles), f"{per}s") for per in budget.cutoffs}
    if missing := [f"no {per}s" for per, n in amounts.items() if not n]:
        return NO_EVIDENCE, f"{NO_EVIDENCE}, {' and '.join(missing)} of {' or '.join(evidence.styles)} speech"
    found = [
        f"{getattr(evidence.amount([style]), f'{per}s')} {per}s of {style} speech"
        for (style,) in (styles for styles in evidence.groups.values() if len(styles) == 1)
        for per in budget.cutoffs
    ]
    return (
        TOO_LITTLE,
        f"{TOO_LITTLE}, {', '.join(found)}; under {LEAST_TRIALS} there are counts and no budget is judged",
    )


def _ceiling_refusal(evidence: Evidence, provider: Provider, budget: Budget, most_missed: float) -> Refusal:
    kinds = tuple(budget.false_starts) or tuple(COUNTED)
    pairs = [
        f"{p.kind} {p.false.text} at {p.threshold:g} with {p.missed.text} missed"
        for p in evidence.ceiling()
        if p.best and p.kind in kinds
    ]
    because = (
        f"this knob cannot do it: no threshold from {evidence.low:g} to {evidence.high:g} stays within the budget "
        f"and misses at most {percent(most_missed)} of starts; the best pairs are {'; '.join(pairs)}"
    )
    can = ["hold-and-resume at the client", "noise reduction before the detector"]
    if "interrupt_response" not in provider.ignored:
        can.append("interrupt_response: false with a gate at the client")
    return Refusal("threshold", because, ", ".join(can))


def _what_to_record(evidence: Evidence, budget: Budget) -> str:
    strictest = min(budget.cutoffs.values())
    wanted = " and ".join(f"{LEAST_TRIALS} {per}s" for per in budget.cutoffs)
    shown = ""
    if 0 < strictest < 1:
        n = clusters_needed(strictest)
        shown = f"; {n} speakers without one cut-off show {percent(strictest)}"
    styles = " or ".join(evidence.styles)
    record = f"record whole turns of {styles} speech with their pauses, of many speakers, {wanted} at least{shown}"
    pauses = evidence.figures(evidence.sweep.thresholds[0], 0).pauses
    if not pauses.trials:
        return record
    return f"{record}; or label which of the {pauses.trials} measured pauses of {pauses.clusters} callers lie in a turn"
