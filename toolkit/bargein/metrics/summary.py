"""Every metric of interruptions in one table: what, how much, of how many, over how many clusters, which way is better.

A row is a line of :data:`METRICS`. Counts come first: a share is written as its count, ``of n`` beside it, and its
bound. Where nothing was asked the value is empty, never 0. Sessions are pooled by adding their counts; what must not be
pooled (kinds of distractors, recorded and modelled sessions) is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from bargein.metrics.audible import audible, starts
from bargein.metrics.books import RAPID_MS
from bargein.metrics.echo import ECHO, UNDECIDED
from bargein.metrics.friction import Friction, Weights
from bargein.metrics.onsets import DISTRACTORS
from bargein.metrics.pooled import Figure, Measured, Pool, still_audible
from bargein.metrics.stages import ACT_OR_DRAIN, STAGES
from bargein.metrics.stopping import revoked_heard_ms
from bargein.metrics.survival import StopCurve
from bargein.metrics.truncation import NEXT, NOT_ACTIVE, REFUSED, TOO_LONG, UNANSWERED, Telling
from bargein.units import seconds

LOWER, HIGHER, NEITHER = "lower", "higher", "–"
#: Outcomes of a cancel that did what it was sent for: recorded, predicted.
DONE = ("cancelled", "accepted")
OURS, KM = "ours", "Kaplan and Meier 1958; ours"


class Metric(NamedTuple):
    """One row of the table: its name, unit, better direction and source, and how it is asked of a pool."""

    name: str
    unit: str
    better: str
    source: str
    of: Callable[[Pool, Weights], Figure]


def _share(name: str, of: Callable[[Measured], Iterable[bool]], source: str, better: str = LOWER) -> Metric:
    def asked(pool: Pool, _: Weights) -> Figure:
        found = pool.share(of, good=better == HIGHER)
        return found if better != NEITHER else replace(found, interval="")  # a bound is of what could be bad

    return Metric(name, "of n", better, source, asked)


def _p50(
    name: str, of: Callable[[Measured], Iterable[float | None]], source: str, unit: str = "ms", better: str = LOWER
) -> Metric:
    return Metric(f"{name}, p50", unit, better, source, lambda pool, _: pool.p50(of))


def _sum(
    name: str, of: Callable[[Measured], Iterable[float]], source: str, unit: str = "ms", better: str = LOWER
) -> Metric:
    return Metric(name, unit, better, source, lambda pool, _: pool.total(of))


# ---- barge-ins and how they ended


def _rapid(m: Measured) -> Iterator[bool]:
    began = () if m.facts.heard is None else starts(m.facts.heard, m.facts.voiced)
    for e in m.panel.met:
        yield any(0 <= e.onset.at - t <= RAPID_MS for t in began)


BARGE_INS = (
    _share(
        "barge-ins that met a heard agent", lambda m: (bool(e.agent_heard) for e in m.panel.barge_ins), OURS, NEITHER
    ),
    _share("masked: detector open before", lambda m: (e.masked for e in m.panel.met), OURS),
    _share("missed: nobody reported", lambda m: (e.missed for e in m.panel.met if not e.masked), "FDB TOR, inverse"),
    _share("censored", lambda m: (e.censored for e in m.panel.met), OURS, NEITHER),
    _share("rapid: within 1.5 s of the agent's start", _rapid, "docs/origin.md"),
)  # fmt: skip


def _audible_after(t: int) -> Callable[[Pool, Weights], Figure]:
    def of(pool: Pool, _: Weights) -> Figure:
        found = still_audible(pool.curves(), t)
        return replace(found, value=None if found.value is None else 100 * found.value)

    return of


def _restricted(pool: Pool, _: Weights) -> Figure:
    curve = sum(pool.curves().values(), StopCurve())
    return Figure(curve.mean_ms(2_000), curve.n, len(pool.curves()))


def _median(pool: Pool, _: Weights) -> Figure:
    curve = sum(pool.curves().values(), StopCurve())
    return Figure(curve.median_ms, curve.n, len(pool.curves()))


def _dominated(stage: str) -> Callable[[Measured], Iterable[bool]]:
    return lambda m: (s.dominant == stage for s in m.stages)


STOPPING = (
    Metric("S(500): still audible after 500 ms", "%", LOWER, KM, _audible_after(500)),
    Metric("S(1000): after 1 s", "%", LOWER, KM, _audible_after(1_000)),
    Metric("audible after the onset, mean to 2 s", "ms", LOWER, KM, _restricted),
    Metric("stop latency, p50 of the curve", "ms", LOWER, KM, _median),
    _p50("detect", lambda m: (s.detect_ms for s in m.stages), "tau-voice L_Y, in parts"),
    _p50("act", lambda m: (s.act_ms for s in m.stages), "tau-voice L_Y, in parts"),
    _p50("drain", lambda m: (s.drain_ms for s in m.stages), "tau-voice L_Y, in parts"),
    *(_share(f"stops dominated by {stage}", _dominated(stage), OURS, NEITHER) for stage in (*STAGES, ACT_OR_DRAIN)),
    _p50("unavoidable", lambda m: (e.unavoidable_ms for e in m.panel.counting), OURS),
    _p50("reaction", lambda m: (e.reaction_ms for e in m.panel.counting), OURS),
    _sum("restart", lambda m: (e.restart_ms for e in m.panel.counting), OURS),
    _p50("leak", lambda m: (e.leak_ms[0] for e in m.panel.counting), OURS),
    _p50("leak after 200 ms", lambda m: (e.leak_ms[1] for e in m.panel.counting), OURS),
    _sum("stale deltas suppressed", lambda m: (e.stale_suppressed for e in m.panel.met if m.outcome), OURS, "count",
         NEITHER),
    _sum("stale deltas played", lambda m: (e.stale_played for e in m.panel.met if m.outcome), OURS, "count"),
    _share("sessions in which revoked audio was heard",
           lambda m: [revoked_heard_ms(m.outcome) > 0] if m.outcome else (), "microsoft/vscode#326611"),
)  # fmt: skip

# ---- what was heard


def _played(m: Measured) -> tuple[int, ...]:
    return () if m.facts.heard is None else (m.facts.heard.audio_ms(),)


def _audible(m: Measured) -> tuple[int, ...]:
    return () if m.facts.heard is None else (audible(m.facts.heard, m.facts.voiced).ms,)


HEARD = (
    _sum("played", _played, OURS, better=NEITHER),
    _sum("audible", _audible, "Heldner and Edlund 2010", better=NEITHER),
    _sum("overlap", lambda m: () if m.states is None else (m.states.both_ms,), "EVA"),
    _p50("agent's floor transfer offset", lambda m: m.floor.offsets("agent") if m.floor else (),
         "De Ruiter et al. 2006", better=NEITHER),
    _share("transitions that overlap", lambda m: (t.offset_ms < 0 for t in m.floor.transitions) if m.floor else (),
           "Heldner and Edlund 2010", NEITHER),
    _p50("pause of the user", lambda m: (s.ms for who, s in m.floor.pauses if who == "user") if m.floor else (),
         "Heldner and Edlund 2010", better=NEITHER),
)  # fmt: skip

# ---- what should not have stopped it


def _stopped(kind: str) -> Callable[[Measured], Iterable[bool]]:
    return lambda m: (x for k, stopped, asked in m.false.kinds if k == kind for x in _counted(stopped, asked))


def _reported(kind: str) -> Callable[[Measured], Iterable[bool]]:
    return lambda m: _counted(*m.panel.reports().get(kind, (0, 0)))


def _counted(part: int, whole: int) -> list[bool]:
    return [True] * part + [False] * (whole - part)


def _ambient(pool: Pool, _: Weights) -> Figure:
    at_risk = [m for m in pool.measured if m.false.at_risk_ms]
    inside = pool.share(lambda m: [m.false.ambient > 0] if m.false.at_risk_ms else ())
    minutes = sum(m.false.at_risk_ms for m in at_risk) / 60_000
    stops = sum(m.false.ambient for m in at_risk)
    said = f"{stops} in {minutes:.1f} min; clusters with one {inside.interval}" if at_risk else ""
    return Figure(stops / minutes if minutes else None, stops, inside.clusters, said)


FALSE = (
    *(_share(f"reported: {kind.replace('_', ' ')}", _reported(kind), "SID-Bench FIR") for kind in DISTRACTORS),
    *(_share(f"stopped by: {kind.replace('_', ' ')}", _stopped(kind), "tau-voice selectivity")
      for kind in DISTRACTORS),
    _share("reports of the agent's own sound", lambda m: (a.verdict == ECHO for a in m.attributed), OURS),
    _share("reports of which this is undecided", lambda m: (a.verdict == UNDECIDED for a in m.attributed), OURS,
           NEITHER),
    Metric("ambient false stops", "per audible minute at risk", LOWER, OURS, _ambient),
    _share("resumed after a false stop", lambda m: (s.resumed is not None for s in m.false.stops), "LiveKit", HIGHER),
    _p50("resume gap", lambda m: m.false.gaps_ms, "LiveKit"),
)  # fmt: skip

# ---- what the provider was told

Client = Callable[[Measured], Telling]
#: Who tells the provider; of a naive client only a replay knows.
CLIENTS: tuple[tuple[str, Client], ...] = ((" ", lambda m: m.told), (" of a naive client ", lambda m: m.naive))


def _cancelled(client: Client, answer: str) -> Callable[[Measured], Iterable[bool]]:
    return lambda m: (a == answer for a in client(m).cancels.elements())


def _hits_next(client: Client) -> Callable[[Measured], Iterable[bool]]:
    """Of predictions: a log does not say which response a cancel met."""
    return lambda m: _cancelled(client, NEXT)(m) if m.outcome else ()


def _truncated(client: Client, answer: str) -> Callable[[Measured], Iterable[bool]]:
    return lambda m: (a == answer for a in client(m).truncates.elements())


def _refused(what: str) -> Callable[[Measured], Iterable[int]]:
    """Of recordings with a log: a session without a refusal is 0."""
    return lambda m: [m.told.refusals[what]] if m.outcome is None and m.session.records else ()


TOLD = (
    _p50("truncation error", lambda m: m.told.errors_ms, OURS, better=NEITHER),
    _p50("truncation error, without sign", lambda m: map(abs, m.told.errors_ms), OURS),
    _share("truncations out of range", lambda m: (t.out_of_range for t in m.told.truncations), OURS),
    _share("truncations to nothing", lambda m: (t.zero for t in m.told.truncations), OURS),
    _share("truncations over 1 s after the stop", lambda m: (t.late for t in m.told.truncations), OURS),
    _share("stops never told of", lambda m: _counted(m.told.missing, m.told.owed), OURS),
    _p50("truncation error of a naive client, without sign", lambda m: map(abs, m.naive.errors_ms), OURS),
    _share("truncations of a naive client out of range", lambda m: (t.out_of_range for t in m.naive.truncations), OURS),
    _share("cancels that met their response", lambda m: (a in DONE for a in m.told.cancels.elements()), OURS, HIGHER),
    _share("cancels without an answer", lambda m: (a == UNANSWERED for a in m.told.cancels.elements()), OURS),
    _share("cancels of a naive client that met their response",
           lambda m: (a in DONE for a in m.naive.cancels.elements()), OURS, HIGHER),
    *(_share(f"cancels{whose}refused: {NOT_ACTIVE}", _cancelled(of, NOT_ACTIVE), OURS) for whose, of in CLIENTS),
    *(_share(f"cancels{whose}that hit the next response", _hits_next(of), OURS) for whose, of in CLIENTS),
    *(_share(f"truncations{whose}refused: {TOO_LONG}", _truncated(of, TOO_LONG), OURS) for whose, of in CLIENTS),
    *(_sum(f"refused in the log: {what}", _refused(what), OURS, "count") for what in REFUSED),
    _p50("cancel to its answer", lambda m: m.told.answer_ms, OURS),
    _sum("unheard words, at least", lambda m: (len(t.words) - t.high for t in m.texts), OURS, "words", NEITHER),
    _sum("unheard words, at most", lambda m: (len(t.words) - t.low for t in m.texts), OURS, "words", NEITHER),
)  # fmt: skip

# ---- one number, and what it was measured in


def _friction(pool: Pool, weights: Weights) -> Figure:
    turns = pool.by_cluster(lambda m: [m.friction] if m.friction.turns else ())
    each = [f.per_turn(weights) or 0.0 for found in turns.values() for f in found]
    total = sum((f for found in turns.values() for f in found), start=Friction())
    said = f"sessions {min(each):.2f} to {max(each):.2f}; weights: {weights}" if each else ""
    return Figure(total.per_turn(weights), total.turns, len(turns), said)


def _part(index: int) -> Callable[[Pool, Weights], Figure]:
    def of(pool: Pool, _: Weights) -> Figure:
        turns = pool.by_cluster(lambda m: [m.friction] if m.friction.turns else ())
        total = sum((f for found in turns.values() for f in found), start=Friction())
        value = seconds(total.parts_ms[index]) / total.turns if total.turns else None
        return Figure(value, total.turns, len(turns))

    return of


FRICTION = (
    Metric("friction", "s per user turn", LOWER, "ours, after SID-Bench APT", _friction),
    *(Metric(f"friction: {name}", "s per user turn", LOWER, OURS, _part(i))
      for i, name in enumerate(("wait", "stop", "overlap", "dead air", "wasted"))),
)  # fmt: skip
LEVELS = (
    _p50("coupling loss", lambda m: (a.coupling_loss_db for a in m.attributed), "after ITU-T G.122", "dB", HIGHER),
    _p50("speech over noise", lambda m: (m.levels.snr_db,), OURS, "dB", HIGHER),
    _p50("echo over noise", lambda m: (m.levels.echo_over_noise_db,), OURS, "dB"),
    _p50("speech over echo", lambda m: (m.levels.speech_over_echo_db,), OURS, "dB", HIGHER),
)

#: Every row, in order.
METRICS: tuple[Metric, ...] = (*BARGE_INS, *STOPPING, *FALSE, *TOLD, *HEARD, *FRICTION, *LEVELS)


def metric_rows(measured: Iterable[Measured], weights: Weights | None = None) -> list[dict[str, object]]:
    """Say what every metric makes of some sessions, pooled.

    Parameters
    ----------
    measured
        Sessions as recorded, or under one gate.
    weights
        Of the parts of friction.

    Returns
    -------
    A row a metric: metric, value, unit, n, clusters, interval, basis, better, source. Of a share (unit ``of n``) the
    value is its count.

    Raises
    ------
    NotAnswerable
        Recorded and modelled sessions together.
    """
    pool, weights = Pool(measured), weights or Weights()
    rows: list[dict[str, object]] = []
    for metric in METRICS:
        found = metric.of(pool, weights)
        rows.append({
            "metric": metric.name, "value": found.value, "unit": metric.unit, "n": found.n,
            "clusters": found.clusters, "interval": found.interval, "basis": pool.basis, "better": metric.better,
            "source": metric.source,
        })  # fmt: skip
    return rows
