"""Tables over many sessions: what was recorded, who was heard under each gate, what the books said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bargein.corpus.index import Case, Corpus
from bargein.gate import GENERATIONS, Policy, policy
from bargein.gate.policies import HOUSE
from bargein.metrics.books import Books, Difference, arrival_books, difference, heard_books
from bargein.metrics.clusters import components
from bargein.metrics.onsets import judged, user_speech
from bargein.metrics.panel import Panel, p50
from bargein.metrics.recorded import Cell, cells
from bargein.metrics.stopping import Episode, Facts, episodes, revoked_heard_ms
from bargein.metrics.truth import left_out
from bargein.outcome import Link, Outcome
from bargein.replay import replay
from bargein.replay.reports import Reports
from bargein.replay.stragglers import ASSUMED, with_stragglers
from bargein.uncollected import uncollected


def as_recorded(corpus: Corpus) -> list[Cell]:
    """What happened under the settings in force, one cell per provider, model and settings."""
    return cells((c.session, c.observed) for c in corpus.timed)


@dataclass(frozen=True)
class Run:
    """One session under one policy: the outcome and what it means around every onset."""

    case: Case
    outcome: Outcome
    episodes: tuple[Episode, ...]

    @classmethod
    def of(cls, case: Case, outcome: Outcome) -> Run:
        """Look at every labelled onset of a replayed session."""
        facts = Facts.of(outcome, case.voiced, case.reacted_to)
        return cls(case, outcome, tuple(episodes(facts, case.onsets)))

    @property
    def panel(self) -> Panel:
        """The episodes, ready to be pooled."""
        return Panel(self.episodes, judged(self.case.session))

    @property
    def barge_ins(self) -> list[Episode]:
        """Episodes of true interruptions; the same number under every policy."""
        return self.panel.barge_ins


def run_policies(
    case: Case, policies: Iterable[str | Policy] = GENERATIONS, link: Link | None = None, stragglers: int = 0,
    told: Reports | None = None,
) -> list[Run]:  # fmt: skip
    """Replay a session under several policies, each listening to the detector the session's client had.

    Parameters
    ----------
    policies
        Names; one with ``@source`` listens to that source instead.
    stragglers
        Deltas that arrive late on purpose: see :mod:`bargein.replay.stragglers`.
    told
        Reports of the user under other settings of the provider: see :mod:`bargein.replay.reports`.

    Raises
    ------
    NotAnswerable
        The session cannot be replayed.
    SettingsError
        No such policy.
    """
    with uncollected():
        return _run_policies(case, policies, link, stragglers, told)


def _run_policies(
    case: Case, policies: Iterable[str | Policy], link: Link | None, stragglers: int, told: Reports | None
) -> list[Run]:
    _ = case.levels  # asked for before the log is read: decoding goes on beside all that follows
    outcomes, reading = [], with_stragglers(case.reading, stragglers)
    named = {p.title: p for name in policies for p in [_listening(name, case)]}  # twice the same gate is one
    for chosen in named.values():
        edges = case.local_edges if chosen.trigger.source == "local-vad" else None
        outcome = replay(case.session, chosen, link, reading=reading, edges=edges, settings=told)
        if stragglers:
            outcome = replace(outcome, assumed=(*outcome.assumed, ASSUMED.format(n=stragglers)))
        outcomes.append(outcome)
    return [Run.of(case, outcome) for outcome in outcomes]


def _listening(name: str | Policy, case: Case) -> Policy:
    """A gate of the house listens to the detector the session's client had; a peer's, or one with ``@``, to its own."""
    chosen = policy(name)
    return chosen.at(case.trigger) if isinstance(name, str) and name in HOUSE else chosen


def supposed(runs: Iterable[Run]) -> str:
    """Say whose reports were put in the place of recorded ones; nothing where none were."""
    settings = sorted({s.label for r in runs if (s := r.outcome.settings) is not None})
    return f"; reports of a surrogate at {' or '.join(settings)}" if settings else ""


@dataclass(frozen=True)
class PolicyRow:
    """Several sessions under one policy: sums and medians, with what they are of."""

    cause: str
    policy: str
    runs: tuple[Run, ...]

    @property
    def panel(self) -> Panel:
        """Every labelled onset of the runs."""
        return sum((r.panel for r in self.runs), Panel((), labelled=False, detector=False))

    @property
    def clusters(self) -> int:
        """Sessions that share nothing with each other."""
        return components(set(r.case.session.info.clusters) for r in self.runs)

    @property
    def basis(self) -> str:
        """What heard audio rests on, whether the sessions were recorded, and which labels are left out."""
        events = {r.case.session.info.evidence for r in self.runs}
        heard = {str(r.outcome.heard.basis) for r in self.runs}
        rests = f"events {' and '.join(sorted(events))}; heard {' or '.join(sorted(heard))}{supposed(self.runs)}"
        return left_out(r.case.session for r in self.runs).beside(rests)

    @property
    def restarts(self) -> int:
        """Sessions in which a revoked response was heard after the cut, from sample ids."""
        return sum(revoked_heard_ms(r.outcome) > 0 for r in self.runs)

    def row(self) -> dict[str, object]:
        """The row as plain values."""
        panel = self.panel
        counting, met = panel.counting, panel.met
        return {
            "cause": self.cause, "policy": self.policy, "sessions": len(self.runs), "clusters": self.clusters,
            **panel.counts(), **panel.times(),
            "unavoidable p50 [ms]": p50(e.unavoidable_ms for e in counting),
            "reaction p50 [ms]": p50(e.reaction_ms for e in counting),
            "restart [ms]": sum(e.restart_ms for e in counting),
            "leak, 200 ms grace p50 [ms]": p50(e.leak_ms[1] for e in counting),
            "stale dropped": sum(e.stale_suppressed for e in met), "stale played": sum(e.stale_played for e in met),
            "revoked heard [ms]": sum(revoked_heard_ms(r.outcome) for r in self.runs),
            "in sessions": f"{self.restarts} of {len(self.runs)}",
            "nodes left": sum(r.outcome.nodes.left_connected for r in self.runs), "basis": self.basis,
        }  # fmt: skip


def policy_rows(runs: Iterable[Run]) -> list[PolicyRow]:
    """Group runs by the cause of late audio and by policy, in order of first sight."""
    groups: dict[tuple[str, str, str], list[Run]] = {}
    for run in runs:
        key = (run.case.cause, run.outcome.policy.title, run.case.session.info.evidence)
        groups.setdefault(key, []).append(run)
    ordered = sorted(groups, key=lambda k: k[0])
    return [PolicyRow(key[0], key[1], tuple(groups[key])) for key in ordered]


def ties(runs: Sequence[Run], names: Sequence[str] = ("stop-only", "suppress", "keyed")) -> dict[str, bool]:
    """Say per cause whether all the named policies let the same samples be heard; nothing where not all of them ran."""
    heard: dict[tuple[str, str], dict[str, object]] = {}
    for run in runs:
        if run.outcome.policy.name in names:
            samples = tuple((p.run, p.offset, p.response, p.item, p.first, p.samples) for p in run.outcome.heard.rows)
            heard.setdefault((run.case.cause, run.case.session.id), {})[run.outcome.policy.name] = samples
    said: dict[str, bool] = {}
    for (cause, _), by_policy in heard.items():
        if len(by_policy) == len(names):
            said[cause] = said.get(cause, True) and len(set(by_policy.values())) == 1
    return said


@dataclass(frozen=True)
class Account:
    """One session's books: by arrival before and after the origin's fix, as heard, and the differences named."""

    session: str
    policy: str
    basis: str
    clusters: tuple[str, ...]
    interrupted: bool
    before: Books
    after: Books
    heard: Books
    before_difference: Difference
    after_difference: Difference

    def row(self) -> dict[str, object]:
        """The row as plain values, milliseconds."""
        return {
            "session": self.session, "policy": self.policy, "interrupted": "yes" if self.interrupted else "no",
            "agent heard": self.heard.agent_ms, "agent booked": self.before.agent_ms,
            "agent booked, fixed": self.after.agent_ms,
            "user spoke": self.heard.user_ms, "user booked": self.before.user_ms,
            "over-counted": self.before_difference.over_counted_ms,
            "over-counted, fixed": self.after_difference.over_counted_ms,
            "silence heard": self.heard.silence_ms, "silence booked": self.before.silence_ms,
            "phantom silence": self.before_difference.phantom_silence_ms,
            "phantom, fixed": self.after_difference.phantom_silence_ms,
            **{f"booked {c}": ms for c, ms in self.before.silence_by_context().items()},
            **{f"heard {c}": ms for c, ms in self.heard.silence_by_context().items()},
            "barge-ins": len(self.heard.barge_ins), "unseen": self.before_difference.unseen_barge_ins,
            "basis": self.basis,
        }  # fmt: skip


def account(run: Run) -> Account:
    """Keep a session's books three ways, against what was heard under the run's policy."""
    session, reading = run.case.session, run.case.reading
    log = [e for e, _ in reading.events]
    length = session.info.length_ms
    before, after = arrival_books(log, length), arrival_books(log, length, fixed=True)
    met = [e.onset.at for e in run.panel.met]
    true = heard_books(run.outcome.heard, user_speech(session), length, met, run.case.voiced)
    basis = f"events {session.info.evidence}; heard {run.outcome.heard.basis}"
    return Account(session.id, run.outcome.policy.title, basis, session.info.clusters, bool(run.barge_ins),
                   before, after, true, difference(before, true), difference(after, true))  # fmt: skip


def account_totals(accounts: Sequence[Account]) -> list[dict[str, object]]:
    """Sum accounts, with and without interruptions apart: the faults show without any interruption too.

    Sums are of one basis: recorded and modelled sessions are never added up.
    """
    rows = []
    for basis in sorted({a.basis for a in accounts}):
        mine = [a for a in accounts if a.basis == basis]
        groups = [("all", mine), ("interrupted", [a for a in mine if a.interrupted]),
                  ("never interrupted", [a for a in mine if not a.interrupted])]  # fmt: skip
        for name, group in groups:
            if not group:
                continue
            plain = [a.row() for a in group]
            sums = {k: sum(int(str(r[k])) for r in plain) for k in plain[0] if isinstance(plain[0][k], int)}
            clusters = components(set(a.clusters) for a in group)
            rows.append({"sessions": name, "n": len(group), "clusters": clusters, **sums, "basis": basis})
    return rows


__all__ = [
    "Account", "PolicyRow", "Run", "account", "account_totals", "as_recorded", "policy_rows",
    "run_policies", "supposed", "ties",
]  # fmt: skip
