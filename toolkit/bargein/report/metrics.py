"""All metrics as tables: as recorded, under each gate, and what each session was measured in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bargein.corpus import Case, Run
from bargein.doctor.base import CannotCheck
from bargein.doctor.evidence import microphone, player
from bargein.doctor.rules.echo_trigger import BEFORE_MS
from bargein.doctor.sound import from_zero, loudspeaker, unheard
from bargein.events import SpeechStarted
from bargein.metrics.echo import ECHO, Attribution, attribute
from bargein.metrics.friction import Weights
from bargein.metrics.panel import of
from bargein.metrics.pooled import Measured
from bargein.metrics.stopping import Facts
from bargein.metrics.summary import metric_rows
from bargein.report.tables import Table
from bargein.timeline import Span

NOTE = (
    "Of a share the value is its count, of n. Bounds are one-sided, 95 %, over clusters: sessions that share a "
    "speaker, call, clip, noise or room. S(t) = share of interrupted answers still audible t after the onset "
    "(Kaplan-Meier). Detect, act and drain sum to the stop latency. Better: which way. Sessions of one cause of late "
    "audio are pooled, by adding counts."
)


def of_case(case: Case) -> Measured:
    """Give a session as recorded."""
    return Measured(case.session, case.reading, case.facts, case.as_recorded, attributed=attributed(case))


def attributed(case: Case) -> tuple[Attribution, ...]:
    """Say whose sound the microphone held at each report while the agent was heard; nothing where that is not known."""
    try:
        recorded, heard = microphone(case), player(case).timeline()
    except CannotCheck:
        return ()
    reports = (e.at for e in case.facts.edges if isinstance(e, SpeechStarted))
    windows = [w for at in reports if (w := Span(max(at - BEFORE_MS, 0), at) & recorded) and heard.clip(w)]
    return attribute(from_zero(case), loudspeaker(case), windows, unheard(case)) if windows else ()


def of_run(run: Run) -> Measured:
    """Give a session under a gate."""
    facts = Facts.of(run.outcome, run.case.voiced, run.case.reacted_to)
    return Measured(run.case.session, run.case.reading, facts, run.episodes, run.outcome)


def recorded_metrics(cases: Iterable[Case], where: str, weights: Weights | None = None) -> Table:
    """Every metric of what was recorded, by cause of late audio."""
    groups = [((case.cause, "as recorded"), of_case(case)) for case in cases]
    return _table("Metrics, as recorded", groups, where, weights)


def metrics_table(runs: Sequence[Run], where: str, weights: Weights | None = None) -> Table:
    """Every metric under each gate, metric by metric, by cause of late audio."""
    groups = [((run.case.cause, run.outcome.policy.title), of_run(run)) for run in runs]
    return _table("Metrics, under each gate", groups, where, weights)


def metric_tables(cases: Sequence[Case], runs: Sequence[Run], where: str) -> list[Table]:
    """Every metric under each gate, and what the sessions were measured in."""
    return [metrics_table(runs, where), session_facts_table(cases)]


def _table(title: str, found: Iterable[tuple[tuple[str, str], Measured]], where: str, weights: Weights | None) -> Table:
    groups: dict[tuple[str, str], list[Measured]] = {}
    for key, one in found:
        groups.setdefault(key, []).append(one)
    each = [[{"metric": row["metric"], "cause": cause, "policy": policy, **row} for row in metric_rows(inside, weights)]
            for (cause, policy), inside in sorted(groups.items(), key=lambda g: g[0][0])]  # fmt: skip
    by_metric = [row for same in zip(*each, strict=True) for row in same]
    rows = [row for row in by_metric if row["n"] or row["value"] is not None]
    silent = len({str(r["metric"]) for r in by_metric} - {str(r["metric"]) for r in rows})
    left_out = f" {silent} metrics of which these sessions say nothing are left out." * bool(silent)
    return Table(title, rows, f"{where}. {NOTE}{left_out}", ("basis", "cause"))


def session_facts_table(cases: Iterable[Case]) -> Table:
    """What each session was measured in: how loud user, noise and echo are, and how much was labelled."""
    rows = [_facts(case, of_case(case)) for case in cases]
    note = (
        "Levels of the microphone, dB. Noise where neither speaks, echo where the agent sounds alone, both at least "
        "500 ms; empty where there is too little, or nothing stands out. Own sound = reports while the agent was heard "
        "whose sound in the microphone is the agent's, by shape and energy. From labels and the session's own record."
    )
    return Table("What the sessions were measured in", rows, note, ("basis",))


def _facts(case: Case, one: Measured) -> dict[str, object]:
    info, labels, found = case.session.info, case.session.labels, one.levels
    own = [a.coupling_loss_db for a in one.attributed if a.verdict == ECHO]
    return {
        "session": info.id, "length [ms]": info.length_ms, "labels": len(labels),
        "turns": sum(x.kind == "turn" for x in labels), "onsets": len(case.onsets),
        "speech [dBFS]": found.speech_dbfs, "noise [dBFS]": found.noise_dbfs,
        "agent alone [dBFS]": found.echo_dbfs, "speech over noise [dB]": found.snr_db,
        "echo over noise [dB]": found.echo_over_noise_db, "speech over echo [dB]": found.speech_over_echo_db,
        "own sound": of(len(own), len(one.attributed)),
        "coupling loss [dB]": min((db for db in own if db is not None), default=None),
        "style": info.speech_style, "basis": info.basis,
    }  # fmt: skip
