"""From labelled scores and a budget to settings, or to the reason why these recordings cannot give any.

One budget moves one knob. A budget of cut-offs moves ``silence_duration_ms``; one of false or missed starts moves
``threshold``; ``prefix_padding_ms`` follows the threshold. What has no budget stays as in force. The exit threshold and
the least length of speech are constants of the detector and never tuned; a calibration may find them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bargein.errors import NotAnswerable, Problem, SettingsError, check
from bargein.providers import Provider
from bargein.providers import provider as find_provider
from bargein.settings import ServerVad, merged
from bargein.tuning import choices, grounds
from bargein.tuning.calibrated import fit_of, recommending, stated
from bargein.tuning.calibration.fit import Calibration
from bargein.tuning.figures import Figures, Per
from bargein.tuning.gates import Joint, joint, problems
from bargein.tuning.objectives import EVIDENCE_STYLES, Evidence
from bargein.tuning.robust import robust
from bargein.tuning.shares import COUNTED
from bargein.tuning.tuned import Budget, Proposal, Refusal, Status, Tuned
from bargein.vad.counting import Labelled
from bargein.vad.grid import Sweep
from bargein.vad.rule import Rule
from bargein.vad.sweep import THRESHOLDS, sweep

#: How the embedded tables were labelled; what a user's own labels rest on is for the user to say.
ENERGY_RULE = "labels: acoustic, by a documented energy rule"
#: By whether any budget was answered, and whether any was refused.
STATUS: Mapping[tuple[bool, bool], Status] = {
    (True, False): "uncalibrated",
    (True, True): "uncalibrated, in part",
    (False, True): "no recommendation",
}


def tune(
    tables: Iterable[Labelled] | Sweep,
    provider: str = "openai",
    *,
    max_cutoffs_per_hold: float | None = None,
    max_cutoffs_per_turn: float | None = None,
    max_false_starts: Mapping[str, float] | None = None,
    max_missed_starts: float | None = None,
    speech_styles: Sequence[str] = EVIDENCE_STYLES,
    in_force: ServerVad | None = None,
    basis: str = ENERGY_RULE,
    calibration: Calibration | None = None,
    gates: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Tuned:
    """Weigh every setting against labels and propose one within the budget, or say why none can be proposed.

    Parameters
    ----------
    tables
        Labelled scores (:class:`bargein.vad.tables.LabelledScores`), or a sweep over them that was made before.
    provider
        ``openai`` or ``xai``.
    max_cutoffs_per_hold, max_cutoffs_per_turn
        Largest accepted share of cut-offs, 0..1. There is no default: without any budget only the frontier is given.
    max_false_starts
        Most accepted false starts, by kind: of ``tic`` and ``backchannel`` a share of recordings, of ``noise`` and
        ``echo`` starts per minute: ``{"tic": 0.1, "echo": 2}``.
    max_missed_starts
        Largest accepted share of missed turns and words; None: no more than at the threshold in force.
    speech_styles
        Speech whose pauses count. ``read`` speech holds no long pauses and is refused.
    in_force
        Settings as ``session.created`` or ``session.updated`` states them; what is not set is taken from the provider's
        documentation.
    basis
        How the labels came about.
    calibration
        What the provider's own reports say of its detector: its fitted rule is swept, and the proposal says how far off
        it is. None: Silero's gate, uncalibrated.
    gates
        Gates at the client to weigh beside the threshold, by name (:mod:`bargein.tuning.gates`).
    progress
        Called with recordings done and recordings in all.

    Raises
    ------
    SettingsError
        Every budget outside 0..1, unknown kind, style, gate or provider, every value in force that it would refuse.
    LabelError
        The tables cannot be used together.

    References
    ----------
    eot-bench: best latency at 5 and 10 % cut-offs, per hold span.

    Examples
    --------
    >>> import numpy as np
    >>> from bargein.timeline import Span
    >>> from bargein.vad.scores import Scores
    >>> from bargein.vad.tables import LabelledScores
    >>> p = np.repeat([0.0, 0.9, 0.0, 0.9, 0.0], [10, 20, 8, 20, 40])  # a pause of 8 frames of 32 ms
    >>> scores = Scores(p, 512, 16_000, len(p) * 512, "demo")
    >>> turn = LabelledScores("demo", "demo", "you", "turn", "elicited", scores, turn=Span(320, 1_856),
    ...                       holds=(Span(960, 1_216),), note="", licence="CC0-1.0", attribution="")
    >>> tuned = tune([turn] * 10, "openai", max_cutoffs_per_hold=0.10)
    >>> tuned.recommendation.settings.label, tuned.recommendation.status
    ('server_vad 0.5/0/256', 'uncalibrated')
    >>> tune([turn], "openai", max_cutoffs_per_hold=0.10).proposal.status
    'no recommendation'
    >>> tune([turn] * 10, "openai").refusal.because
    'no budget was given, and there is no default'
    """
    chosen = find_provider(provider)
    fit = fit_of(calibration, chosen, tables)
    chosen = recommending(chosen, fit)
    cutoffs: dict[Per, float | None] = {"hold": max_cutoffs_per_hold, "turn": max_cutoffs_per_turn}
    accepted = {per: share for per, share in cutoffs.items() if share is not None}
    budget = Budget(accepted, dict(max_false_starts or {}), max_missed_starts)
    known = merged(chosen.documented, in_force or ServerVad())
    assert isinstance(known, ServerVad)
    check([*_refused(budget, speech_styles, chosen, known), *problems(gates)], SettingsError, "tune")

    threshold = known.threshold
    assert threshold is not None, "every provider documents its threshold"
    rule_at = Rule if fit is None else fit.rule_at
    levels = (*THRESHOLDS, threshold)
    tried = tables if isinstance(tables, Sweep) else sweep(tables, levels, progress=progress, rule_at=rule_at)
    tried.row(threshold)
    low, high = chosen.thresholds
    evidence = Evidence(tried, tuple(speech_styles), low, high, models_starts=chosen.recommends)
    proposal, refusals = _propose(evidence, chosen, budget, known)
    proposal = stated(proposal, fit)
    trusted = None
    if proposal is not None:
        trusted = robust(
            evidence, budget, proposal.settings, known, lambda other: _settings(other, chosen, budget, known), rule_at
        )
    beside, no_gates = _gated(evidence, gates, budget, known, rule_at)
    refusals += no_gates
    rests_on = grounds.rests_on(evidence, basis)
    said = [*grounds.notes(evidence, chosen, rests_on, in_force is None, fit)]
    said += [] if proposal is None or proposal.figures is None else grounds.notes_on(proposal.figures)
    return Tuned(
        provider=chosen.name,
        title=chosen.title,
        budget=budget,
        in_force=known,
        as_is=_figures(evidence, known),
        frontier=evidence.frontier(threshold, free=chosen.recommends) if rests_on.turns else (),
        ceiling=evidence.ceiling() if chosen.recommends else (),
        proposal=proposal,
        refusals=refusals,
        rests_on=rests_on,
        notes=tuple(said),
        evidence=evidence,
        joint=beside,
        robust=trusted,
    )


def _settings(evidence: Evidence, chosen: Provider, budget: Budget, in_force: ServerVad) -> ServerVad:
    """Choose settings and nothing else."""
    threshold, _ = choices.threshold(evidence, chosen, budget, in_force)
    assert threshold.value is not None, "tuned or in force, it is known"
    silence, _ = choices.silence(evidence, budget, in_force, threshold.value)
    values: dict[str, Any] = {choice.knob: choice.value for choice in (threshold, silence)}
    return replace(in_force, **values)


def _gated(
    evidence: Evidence, names: Sequence[str], budget: Budget, in_force: ServerVad, rule_at: Callable[[float], Rule]
) -> tuple[Joint | None, tuple[Refusal, ...]]:
    """Weigh gates, where any were asked for; where they cannot be, say why."""
    if not names:
        return None, ()
    here, silence = in_force.threshold or 0.0, in_force.silence_duration_ms
    column = evidence.usual_silence if silence is None else min(silence, evidence.sweep.silences[-1])
    try:
        return joint(evidence, names, budget, here, column, rule_at), ()
    except NotAnswerable as error:
        instead = "record barge-ins, coughs and echo while the agent speaks"
        return None, (Refusal("gates at the client", str(error), instead),)


def _refused(budget: Budget, styles: Sequence[str], chosen: Provider, settings: ServerVad) -> Iterator[Problem]:
    shares: dict[str, float] = {f"max_cutoffs_per_{per}": share for per, share in budget.cutoffs.items()}
    if budget.missed_starts is not None:
        shares["max_missed_starts"] = budget.missed_starts
    for name, share in shares.items():
        if not 0 <= share <= 1:
            yield Problem(f"{name}: {share!r} is outside 0..1", hint="a share: 10 per cent is 0.10")
    for kind, most in budget.false_starts.items():
        counting = COUNTED.get(kind)
        if counting is None:
            yield Problem(f"max_false_starts: {kind!r} is not a kind", hint=f"one of {', '.join(COUNTED)}")
        elif not 0 <= most <= counting.highest:
            yield Problem(f"max_false_starts[{kind}]: {most!r} is outside 0..{counting.highest:g}", hint=counting.hint)
    for style in styles:
        if style not in EVIDENCE_STYLES:
            hint = "read speech holds no long pauses" if style == "read" else f"of {', '.join(EVIDENCE_STYLES)}"
            yield Problem(f"speech_styles: {style!r} is no evidence for pauses", hint=hint)
    yield from chosen.problems(settings)


def _figures(evidence: Evidence, settings: ServerVad) -> Figures | None:
    silence = settings.silence_duration_ms
    if settings.threshold is None or silence is None or silence > evidence.sweep.silences[-1]:
        return None
    return evidence.figures(settings.threshold, silence)


def _propose(
    evidence: Evidence, chosen: Provider, budget: Budget, in_force: ServerVad
) -> tuple[Proposal | None, tuple[Refusal, ...]]:
    if not budget:
        instead = "choose a row of the frontier and give its budget, for example max_cutoffs_per_hold=0.10 "
        instead += "(on the command line --max-cutoffs-per-hold 0.10)"
        because = "no budget was given, and there is no default"
        return None, (Refusal(f"settings for {chosen.title}", because, instead),)
    threshold, no_threshold = choices.threshold(evidence, chosen, budget, in_force)
    assert threshold.value is not None, "tuned or in force, it is known"
    silence, no_silence = choices.silence(evidence, budget, in_force, threshold.value)
    refusals = tuple(r for r in (no_threshold, no_silence) if r is not None)
    chosen_values = (threshold, choices.prefix(evidence, chosen, in_force, threshold.value), silence)
    values: dict[str, Any] = {choice.knob: choice.value for choice in chosen_values}
    settings = replace(in_force, **values)
    figures = _figures(evidence, settings)
    # The prefix follows the threshold and answers no budget, so it alone is no recommendation.
    answered = "tuned" in (threshold.origin, silence.origin)
    proposal = Proposal(
        status=STATUS[answered, bool(refusals)] if chosen.recommends or not answered else "candidate to try",
        settings=settings,
        choices=chosen_values,
        figures=figures,
        padding=evidence.padding(threshold.value, settings.prefix_padding_ms or 0) if chosen.recommends else {},
        verdicts=tuple(grounds.verdicts(budget, figures)) if figures else (),
        doubts=tuple(grounds.doubts(budget, figures)) if figures else (),
    )
    return proposal, refusals
