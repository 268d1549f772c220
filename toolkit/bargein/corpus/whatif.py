"""What another gate would have changed: differences to what was recorded, barge-in by barge-in, and what stragglers do.

Pairs are of one labelled barge-in: its episode as recorded, and under the policy. Left out, and counted, are those that
are censored, masked or apart under either. Sums over whole sessions under another policy would be mechanical, since the
user did not live through them; there are none here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bargein.corpus.index import Case
from bargein.corpus.measure import Run, run_policies, supposed
from bargein.gate import GENERATIONS, Policy
from bargein.metrics.clusters import components
from bargein.metrics.panel import p50
from bargein.metrics.stopping import Episode, revoked_heard_ms
from bargein.outcome import Link
from bargein.timeline import Span
from bargein.units import clock_text

#: Why nothing can be said of a stretch under a policy.
APART = "something else was heard at this onset already: this episode would not have been recorded"
BEYOND = "beyond the horizon: the user would have heard something else, and would not have gone on as recorded"
CENSORED = "censored: the recorded provider stopped here, what more this policy would have let be heard is not known"
#: Deltas that are made to come late, to see whether a gate lets them back in.
STRAGGLERS = (0, 1, 3)


@dataclass(frozen=True)
class Pair:
    """One barge-in twice: as recorded and under a policy."""

    run: Run
    recorded: Episode
    tried: Episode

    @property
    def leak_ms(self) -> int:
        """Audio of the interrupted answers after the onset, policy less recorded; negative is better."""
        return self.tried.leak_ms[0] - self.recorded.leak_ms[0]

    @property
    def charged_ms(self) -> int:
        """The gate's own part of it, reaction and restart, policy less recorded; negative is better."""
        tried, recorded = ((e.reaction_ms or 0) + e.restart_ms for e in (self.tried, self.recorded))
        return tried - recorded


@dataclass(frozen=True)
class Differences:
    """The barge-ins of several sessions under one policy, against what was recorded.

    Parameters
    ----------
    pairs
        Those that can be compared.
    left_out
        How many cannot.
    """

    cause: str
    policy: str
    pairs: tuple[Pair, ...]
    left_out: int

    def row(self) -> dict[str, object]:
        """The row as plain values; all differences are policy less recorded, ms."""
        charged = [p.charged_ms for p in self.pairs]
        clusters = components(set(p.run.case.session.info.clusters) for p in self.pairs)
        bases = {p.run.case.session.info.evidence for p in self.pairs}
        return {
            "cause": self.cause, "policy": self.policy, "pairs": len(self.pairs), "left out": self.left_out,
            "clusters": clusters, "sooner": sum(d < 0 for d in charged), "same": sum(d == 0 for d in charged),
            "later": sum(d > 0 for d in charged), "reaction and restart, difference p50 [ms]": p50(charged),
            "worst [ms]": max(charged, default=None), "leak, difference p50 [ms]": p50(p.leak_ms for p in self.pairs),
            "basis": (" and ".join(sorted(bases)) or "–") + supposed(p.run for p in self.pairs),
        }  # fmt: skip


def differences(runs: Iterable[Run]) -> list[Differences]:
    """Pair every barge-in with itself, by cause of late audio and policy, in order of first sight."""
    groups: dict[tuple[str, str, str], list[Pair]] = {}
    for run in runs:
        recorded = {e.onset.at: e for e in run.case.as_recorded}
        pairs = [Pair(run, recorded[e.onset.at], e) for e in run.barge_ins]
        groups.setdefault((run.case.cause, run.outcome.policy.title, run.case.session.info.evidence), []).extend(pairs)
    made = []
    for cause, policy, basis in sorted(groups, key=lambda k: k[0]):
        every = groups[cause, policy, basis]
        kept = tuple(p for p in every if p.recorded.counts and p.tried.counts)
        made.append(Differences(cause, policy, kept, len(every) - len(kept)))
    return made


def straggler_rows(
    cases: Sequence[Case], policies: Iterable[str | Policy] = GENERATIONS, link: Link | None = None
) -> list[dict[str, object]]:
    """Say what each policy lets be heard of revoked answers when 0, 1 and 3 deltas come late.

    Only sessions in which the provider stopped a response can show it. Modelled: it verifies the gate.
    """
    shown = [c for c in cases if any(r.interrupted for r in c.reading.responses.values())]
    chosen = list(policies)
    found: dict[tuple[str, str], dict[str, object]] = {}
    bases = {c.session.info.evidence for c in shown}
    of_basis = {basis: [c for c in shown if c.session.info.evidence == basis] for basis in sorted(bases)}
    for n in STRAGGLERS:
        for run in (run for case in shown for run in run_policies(case, chosen, link, n)):
            title, basis = run.outcome.policy.title, run.case.session.info.evidence
            mine = components(set(c.session.info.clusters) for c in of_basis[basis])
            empty = {"policy": title, "basis": basis, "sessions": 0, "clusters": mine}
            row = found.setdefault((title, basis), empty)
            late = revoked_heard_ms(run.outcome)
            row["sessions"] = int(str(row["sessions"])) + (n == STRAGGLERS[0])
            for key, more in ((f"{n} late: heard [ms]", late), (f"{n} late: in sessions", int(late > 0))):
                row[key] = int(str(row.get(key, 0))) + more
    return list(found.values())


class Unknown(NamedTuple):
    """A stretch of a session of which nothing can be said under a policy, and why."""

    span: Span
    why: str


def unknown(run: Run) -> tuple[Unknown, ...]:
    """Give the stretches of which nothing can be said under a policy, in order of time.

    ::

        onset        horizon          next onset
          |-- as told --|/// beyond ///|

    Behind the end of a censored response they reach to the next sound, behind a horizon to the next labelled onset.
    """
    return tuple(sorted(_unknown(run)))


def _unknown(run: Run) -> Iterator[Unknown]:
    end = run.case.session.info.length_ms
    onsets = [e.onset.at for e in run.episodes]
    for e in run.episodes:
        until = min((t for t in onsets if t > e.onset.at), default=end)
        start, why = (e.onset.at, APART) if e.apart else (e.horizon, BEYOND)
        if start is not None and start < until:
            yield Unknown(Span(start, until), why)
    starts = [s.start for s in run.outcome.heard.timeline()]
    for at in {*run.outcome.censored_from.values()}:
        until = min((t for t in starts if t >= at), default=end)
        if at < until:
            yield Unknown(Span(at, until), CENSORED)


def reference(runs: Sequence[Run]) -> tuple[str, Sequence[Episode]]:
    """Give what policies are compared with, by name: what was recorded where that is known, else the first of them."""
    first = runs[0]
    if first.case.heard is not None:
        return "as recorded", first.case.as_recorded
    return first.outcome.policy.title, first.episodes


def episode_rows(runs: Sequence[Run]) -> list[dict[str, object]]:
    """Set the policies of one session side by side, onset by onset; differences are to :func:`reference`, ms.

    A time that is a lower bound, or of an episode that would not have been recorded, is not compared; ``not compared``
    says why.
    """
    if not runs:
        return []
    rows, (name, others) = [], reference(runs)
    every = [(e, run) for run in runs for e in run.episodes]
    for e, run in sorted(every, key=lambda pair: pair[0].onset.at):
        other = next(o for o in others if o.onset == e.onset)
        why = _not_compared(e)
        if not why and (its := _not_compared(other)):
            why = f"{name}: {its}"
        rows.append({
            "onset_ms": e.onset.at, "onset": clock_text(e.onset.at), "class": e.onset.kind,
            "policy": run.outcome.policy.title, "silent after [ms]": e.stop_ms, "because": e.end,
            "again for [ms]": e.restart_ms, "leak [ms]": e.leak_ms[0],
            "silent, difference [ms]": None if why else _less(e.stop_ms, other.stop_ms),
            "leak, difference [ms]": None if why else _less(e.leak_ms[0], other.leak_ms[0]), "not compared": why,
        })  # fmt: skip
    return rows


def _less(value: int | None, other: int | None) -> int | None:
    return None if value is None or other is None else value - other


def _not_compared(e: Episode) -> str:
    """Why an episode's times are not compared; empty where they are."""
    told = {"agent not heard": not e.agent_heard, "masked": e.masked, "censored": e.censored, "apart": e.apart}
    return next((why for why, holds in told.items() if holds), "")
