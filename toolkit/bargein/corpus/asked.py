"""What other settings would have changed in what was heard: one gate, one surrogate, the settings in force and others.

Both sides hear of the user by the same surrogate. Against the recording itself the difference would be the surrogate's,
too: its reports take no time, or other times than the provider's did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bargein.corpus.measure import Run, supposed
from bargein.metrics.clusters import components
from bargein.metrics.falsestops import false_stops
from bargein.metrics.onsets import DISTRACTORS
from bargein.metrics.panel import of, p50
from bargein.metrics.stopping import Episode, Facts
from bargein.metrics.truth import truth


@dataclass(frozen=True)
class Change:
    """Sessions of one cause of late audio under one gate, each twice.

    Parameters
    ----------
    runs
        Of the same session each: by the settings in force, and by those asked about.
    """

    cause: str
    policy: str
    runs: tuple[tuple[Run, Run], ...]

    def rows(self) -> Iterator[dict[str, object]]:
        """Give a row a figure: both values, how many they are of, and how many are left out."""
        pairs = [pair for before, after in self.runs for pair in zip(before.barge_ins, after.barge_ins, strict=True)]
        both = [(b, a) for b, a in pairs if b.counts and a.counts]
        leaks = [(b.leak_ms[0], a.leak_ms[0]) for b, a in both]
        if pairs:
            yield self._row("leak p50 [ms]", p50(b for b, _ in leaks), p50(a for _, a in leaks), len(both),
                            len(pairs) - len(both), p50(a - b for b, a in leaks))  # fmt: skip
            able = [(b, a) for b, a in pairs if not b.masked and not a.masked]
            told = [sum(e[side].signal is not None for e in able) for side in (0, 1)]
            yield self._row("barge-ins reported", of(told[0], len(able)), of(told[1], len(able)), len(able),
                            len(pairs) - len(able), told[1] - told[0])  # fmt: skip
        stopped = [_stops(run[side] for run in self.runs) for side in (0, 1)]
        for kind in DISTRACTORS:
            counts = [found.get(kind, (0, 0)) for found in stopped]
            around = [pair for before, after in self.runs for pair in _of_kind(before, after, kind)]
            if around:
                out = sum(not (b.counts and a.counts) for b, a in around)
                yield self._row(f"stopped by {kind.replace('_', ' ')}", of(*counts[0]), of(*counts[1]),
                                len(around) - out, out, None)  # fmt: skip

    def _row(
        self, what: str, before: object, after: object, n: int, left_out: int, less: int | None
    ) -> dict[str, object]:
        infos = [a.case.session.info for _, a in self.runs]
        return {
            "cause": self.cause, "policy": self.policy, "what": what, "in force": before, "asked": after,
            "difference": less, "n": n, "left out": left_out, "clusters": components(set(i.clusters) for i in infos),
            "basis": " and ".join(sorted({i.evidence for i in infos})) + supposed(a for _, a in self.runs),
        }  # fmt: skip


def _of_kind(before: Run, after: Run, kind: str) -> Iterator[tuple[Episode, Episode]]:
    """Distractors of a kind that met a heard agent under either."""
    for b, a in zip(before.episodes, after.episodes, strict=True):
        if b.onset.kind == kind and (b.agent_heard or a.agent_heard):
            yield b, a


def _stops(runs: Iterable[Run]) -> dict[str, tuple[int, int]]:
    """By kind of distractor: stops, and how many it could have been."""
    found: dict[str, tuple[int, int]] = {}
    for run in runs:
        facts = Facts.of(run.outcome, run.case.voiced, run.case.reacted_to)
        for kind, stopped, asked in false_stops(facts, run.episodes, truth(run.case.session).given).kinds:
            old = found.get(kind, (0, 0))
            found[kind] = old[0] + stopped, old[1] + asked
    return found


def changes(before: Sequence[Run], after: Sequence[Run]) -> list[Change]:
    """Pair sessions under one gate with themselves, by cause of late audio and policy.

    Parameters
    ----------
    before, after
        By the settings in force and by others; a session that is in one of them alone is left aside.
    """
    known = {(r.case.session.id, r.outcome.policy.title): r for r in before}
    groups: dict[tuple[str, str, str], list[tuple[Run, Run]]] = {}
    for run in after:
        title = run.outcome.policy.title
        if (first := known.get((run.case.session.id, title))) is not None:
            key = (run.case.cause, title, run.case.session.info.evidence)
            groups.setdefault(key, []).append((first, run))
    return [Change(*key[:2], tuple(groups[key])) for key in sorted(groups, key=lambda k: k[0])]
