"""One knob at a time: its value and why, or what stands against choosing one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bargein import units
from bargein.metrics.rates import clusters_needed
from bargein.providers import Provider
from bargein.settings import ServerVad
from bargein.tuning.figures import Figures, Per
from bargein.tuning.objectives import Evidence
from bargein.tuning.tuned import Budget, Choice, Refusal, percent
from bargein.vad.counting import FALSE_KINDS, SPEECH_KINDS

#: ``prefix_padding_ms`` covers this percentage of onsets.
PREFIX_COVERS = 95

NO_EVIDENCE = "left as in force: no evidence"


def threshold(
    evidence: Evidence, provider: Provider, budget: Budget, in_force: ServerVad
) -> tuple[Choice, Refusal | None]:
    """Choose the enter threshold that misses least within the budget for false and missed starts.

    It stays as in force where the provider's detector has no model, or where no such budget was given.
    """
    asked = bool(budget.false_starts) or budget.missed_starts is not None
    if not provider.recommends:
        keep = _kept("threshold", in_force.threshold, provider.why_not)
        return keep, Refusal("threshold", provider.why_not, "keep the one in force, and record") if asked else None
    if not asked:
        return _kept("threshold", in_force.threshold, "no budget for false or missed starts was given"), None
    if missing := _missing_for_threshold(evidence, budget):
        instead = "record them with the microphone and in the room that are used"
        keep = _kept("threshold", in_force.threshold, NO_EVIDENCE)
        return keep, Refusal("threshold", f"{NO_EVIDENCE}, {' and '.join(missing)}", instead)

    near = in_force.threshold or 0.0
    here = evidence.figures(near, evidence.usual_silence)
    most_missed = here.missed_all.estimate if budget.missed_starts is None else budget.missed_starts
    tried = [evidence.figures(t, evidence.usual_silence) for t in evidence.thresholds]
    able = [f for f in tried if f.missed_all.estimate <= most_missed and _quiet(f, budget.false_starts)]
    if not able:
        keep = _kept("threshold", in_force.threshold, "left as in force: no threshold meets the budget")
        return keep, _ceiling_refusal(evidence, provider, budget, most_missed)
    best = min(able, key=lambda f: (f.missed_all.estimate, f.onset.p90_ms or 0, abs(f.threshold - near)))
    return Choice("threshold", best.threshold, "tuned", f"the fewest missed starts within {budget.text}"), None


def silence(
    evidence: Evidence, budget: Budget, in_force: ServerVad, at_threshold: float
) -> tuple[Choice, Refusal | None]:
    """Choose the end silence of the least mean endpoint delay within the budget of cut-offs.

    It stays as in force without such a budget, or without elicited or spontaneous turns to measure on.
    """
    name, value = "silence_duration_ms", in_force.silence_duration_ms
    if not budget.cutoffs:
        return _kept(name, value, "no budget of cut-offs was given"), None
    trials: Mapping[Per, int] = {"hold": evidence.turns.holds, "turn": evidence.turns.turns}
    if missing := [f"no {per}s" for per in budget.cutoffs if not trials[per]]:
        because = f"{NO_EVIDENCE}, {' and '.join(missing)} of {' or '.join(evidence.styles)} speech"
        return _kept(name, value, NO_EVIDENCE), Refusal(name, because, _what_to_record(evidence, budget))
    best = evidence.fastest(budget.cutoffs, [at_threshold], at_threshold)
    if best is None:
        limit = f"no end silence up to {evidence.sweep.silences[-1]} ms stays within it at threshold {at_threshold:g}"
        instead = "turn detection by meaning, or turns that the client commits itself"
        keep = _kept(name, value, "left as in force: no value meets the budget")
        return keep, Refusal(name, f"this knob cannot do it: {limit}", instead)
    return Choice(name, best.silence_duration_ms, "tuned", f"the least mean endpoint delay within {budget.text}"), None


def prefix(evidence: Evidence, provider: Provider, in_force: ServerVad, at_threshold: float) -> Choice:
    """Choose the least padding that covers the late onsets; it moves no decision, only what the provider hears."""
    name, value = "prefix_padding_ms", in_force.prefix_padding_ms
    if not provider.recommends:
        return _kept(name, value, "what it does to this provider's reports is not known")
    counts = evidence.all_onsets(at_threshold, evidence.usual_silence)
    covers = units.nearest_rank([max(lead, 0) for lead in counts.onset_leads], PREFIX_COVERS)
    if covers is None:
        return _kept(name, value, NO_EVIDENCE)
    return Choice(name, covers, "tuned", f"the least that covers {PREFIX_COVERS} % of {len(counts.onset_leads)} onsets")


def _kept(knob: str, value: float | None, why: str) -> Choice:
    kept = Choice(knob, value, "in force", why)
    return kept if value is not None else replace(kept, origin="provider's own")


def _quiet(figures: Figures, shares: Mapping[str, float]) -> bool:
    return all(figures.false_starts[kind].estimate <= share for kind, share in shares.items())


def _missing_for_threshold(evidence: Evidence, budget: Budget) -> list[str]:
    kinds = {r.kind for r in evidence.sweep.recordings}
    missing = [f"no recordings of kind {kind}" for kind in budget.false_starts if kind not in kinds]
    return missing + ([] if kinds & set(SPEECH_KINDS) else ["no turns or words"])


def _ceiling_refusal(evidence: Evidence, provider: Provider, budget: Budget, most_missed: float) -> Refusal:
    kinds = tuple(budget.false_starts) or FALSE_KINDS
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
    shown = ""
    if 0 < strictest < 1:
        n = clusters_needed(strictest)
        shown = f"; {n} speakers without one cut-off show {percent(strictest)}"
    return f"record whole turns of {' or '.join(evidence.styles)} speech with their pauses, of many speakers{shown}"
