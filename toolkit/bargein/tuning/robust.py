"""How far a proposal can be trusted: against what is in force on speakers held out, how flat, how steady, who pays.

*Held out*: the clusters are dealt into folds; each fold is judged by settings that were chosen without it, and every
cluster is then compared with itself under the settings in force. *Flat*: how many settings cost hardly more. *Steady*:
the labels are moved by their uncertainty and the settings are chosen anew. *Who pays*: a mean hides the one caller who
is cut off every time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bargein import units
from bargein.errors import NotAnswerable
from bargein.settings import ServerVad
from bargein.tuning.cost import Plane, plane
from bargein.tuning.objectives import CUTS, PREFIX_COVERS, Evidence
from bargein.tuning.paired import BETTER, CANNOT_TELL, NOT_BETTER, Paired
from bargein.tuning.shares import COUNTED, LEAST_TRIALS, false_field
from bargein.tuning.tuned import Budget, plain
from bargein.vad.counting import SPEECH_KINDS, Counts, Labelled, pooled
from bargein.vad.exact import counts_of
from bargein.vad.grid import Sweep
from bargein.vad.rule import Rule

#: Folds that clusters are dealt into; every cluster is held out once.
FOLDS = 5
#: How often labels are moved, from which seed, and by how much at the least: a frame of the detector, ms.
DRAWS, SEED, LEAST_JITTER_MS = 20, 1, 32
#: Settings that cost at most so many seconds a turn more than the best one are as good, for all one can tell.
HARDLY = 0.02
#: How many of the clusters that pay are named.
NAMED = 3
#: What has to be known of settings to weigh them.
KNOBS = ("threshold", "silence_duration_ms")
#: Chooses settings on some of the evidence.
Choose = Callable[[Evidence], ServerVad]


@dataclass(frozen=True, slots=True)
class HeldOutFigure:
    """One figure of clusters that had no say in the settings, against the settings in force; less is better."""

    name: str
    paired: Paired

    @property
    def text(self) -> str:
        """The verdict with its counts."""
        return f"{self.name}: {self.paired.text}"


@dataclass(frozen=True, slots=True)
class Payer:
    """One cluster and what it pays: failures of trials, of one kind."""

    what: str
    cluster: str
    failures: int
    trials: int


@dataclass(frozen=True, slots=True)
class Robust:
    """What speaks for a proposal, and what against it.

    Parameters
    ----------
    held_out
        Figures of held-out clusters; empty where the settings are those in force, or were not chosen at all.
    asked
        Names of the figures that a budget was given for: they decide the verdict.
    flat
        In words: which settings cost hardly more.
    steady
        In words: how the choice moves with the labels; empty where there are too few turns.
    pays
        By what is paid, the clusters that pay most.
    worst
        By what is paid, the mean share of the worst tenth of clusters, of all, and how many there are.
    cannot
        Why nothing could be held out; empty where it was, or where nothing differs.
    """

    held_out: tuple[HeldOutFigure, ...]
    asked: tuple[str, ...]
    flat: str
    steady: str
    pays: tuple[Payer, ...]
    worst: Mapping[str, tuple[float, float, int]]
    cannot: str = ""

    @property
    def unheld(self) -> tuple[str, ...]:
        """What was asked for and could not be held out: its recordings are of one cluster, or there are none."""
        return tuple(name for name in self.asked if name not in {f.name for f in self.held_out})

    @property
    def verdict(self) -> str:
        """Better, not better, or that these recordings cannot tell.

        Better is what is better in one of the figures that were asked for, and in none of all worse; nothing is better
        while one that was asked for could not be held out.
        """
        if not self.held_out:
            return CANNOT_TELL if self.cannot else NOT_BETTER
        asked = [f.paired.verdict for f in self.held_out if f.name in self.asked] or [CANNOT_TELL]
        worse = any(f.paired.more > f.paired.less and f.paired.verdict == NOT_BETTER for f in self.held_out)
        if worse or (set(asked) == {NOT_BETTER} and not self.unheld):
            return NOT_BETTER
        return BETTER if BETTER in asked and not self.unheld else CANNOT_TELL

    @property
    def because(self) -> str:
        """What the verdict rests on: the figures that were asked for, or why there are none."""
        if not self.held_out:
            return self.cannot or "nothing that decides anything differs"
        asked = [f.text for f in self.held_out if f.name in self.asked]
        return f"on clusters held out: {'; '.join([*asked, *self._unheld_lines()])}"

    def _unheld_lines(self) -> list[str]:
        return [f"{name}: {CANNOT_TELL} (no second cluster to hold out)" for name in self.unheld]

    def to_json(self) -> dict[str, Any]:
        """Give it as plain data, with its verdicts."""
        figures = [{**plain(f), "verdict": f.paired.verdict, "interval": plain(f.paired.interval)}
                   for f in self.held_out]  # fmt: skip
        return {**plain(self), "held_out": figures, "unheld": list(self.unheld), "verdict": self.verdict}

    def lines(self) -> Iterator[str]:
        """Give what a person should read."""
        if self.held_out:
            yield f"against the settings in force, on clusters held out ({FOLDS} folds): {self.verdict}"
            yield from (f"  {figure.text}" for figure in self.held_out)
            yield from (f"  {line}" for line in self._unheld_lines())
        else:
            yield f"against the settings in force: {self.verdict}, {self.because}"
        yield f"how flat: {self.flat}"
        if self.steady:
            yield f"how steady: {self.steady}"
        for what, (worst, mean, clusters) in self.worst.items():
            if clusters == 1:
                yield f"who pays, {what}: one cluster, so nobody can say"
                continue
            named = [f"{p.cluster} {p.failures} of {p.trials}" for p in self.pays if p.what == what]
            yield (
                f"who pays, {what}: worst tenth of {clusters} clusters {100 * worst:.0f} %, mean {100 * mean:.0f} %"
                + (f"; {', '.join(named)}" if named else "")
            )


def robust(
    evidence: Evidence, budget: Budget, proposed: ServerVad, in_force: ServerVad, choose: Choose,
    rule_at: Callable[[float], Rule] = Rule,
) -> Robust:  # fmt: skip
    """Say how far a proposal can be trusted; where not all that is in force is known, only how flat it is and who pays.

    Parameters
    ----------
    evidence
        Counts of every setting.
    budget
        What was asked for.
    proposed, in_force
        The settings to compare.
    choose
        Chooses settings on other evidence by the same budget.
    rule_at
        The rule that a threshold stands for.
    """
    here, there = _of(in_force, evidence), _of(proposed, evidence)
    cannot = ""
    held_out: tuple[HeldOutFigure, ...] = ()
    if here is None or there is None:
        unknown = [name for name in KNOBS if getattr(in_force, name) is None] or ["an end silence beyond those tried"]
        cannot = f"what is in force is not known: {', '.join(unknown)}"
    elif here != there:
        held_out = _held_out(evidence, here, choose)
        cannot = "" if held_out else "too few speakers are left to choose with where some are held out"
    asked = [*(f"starts on {kind}" for kind in budget.false_starts), *(f"{per}s cut off" for per in budget.cutoffs)]
    asked += ["endpoint delay"] if budget.cutoffs else []
    asked += ["missed starts"] if budget.missed_starts is not None else []
    found = [] if there is None else list(_payers(evidence, there))
    return Robust(
        held_out, tuple(asked), flatness(evidence, proposed),
        "" if there is None else _steady(evidence, budget, there, rule_at),
        tuple(p for what in {p.what: None for p in found} for p in _named(found, what)),
        {what: _shares([p for p in found if p.what == what]) for what in {p.what: None for p in found}},
        cannot,
    )  # fmt: skip


def _of(settings: ServerVad, evidence: Evidence) -> tuple[float, int] | None:
    threshold, silence = settings.threshold, settings.silence_duration_ms
    if threshold is None or silence is None or silence > evidence.sweep.silences[-1]:
        return None
    return threshold, evidence.sweep.silences[evidence.sweep.column(silence)]


# ---- held out


def _held_out(evidence: Evidence, here: tuple[float, int], choose: Choose) -> tuple[HeldOutFigure, ...]:
    """Compare every cluster; nothing where no fold leaves enough to choose other settings with."""
    differs = False
    before: dict[str, dict[str, float]] = {}
    after: dict[str, dict[str, float]] = {}
    for kept, left_out in _folds(evidence.sweep):
        chosen = _of(choose(replace(evidence, sweep=kept, _cache={})), evidence)
        differs |= chosen not in (None, here)
        judged = replace(evidence, sweep=left_out, _cache={})
        for name, clusters in _figures(judged, here).items():
            before.setdefault(name, {}).update(clusters)
        for name, clusters in _figures(judged, chosen or here).items():
            after.setdefault(name, {}).update(clusters)
    return tuple(HeldOutFigure(name, Paired.of(before[name], after[name])) for name in before if differs)


def _folds(sweep: Sweep) -> Iterator[tuple[Sweep, Sweep]]:
    """Deal clusters, kind by kind, so that every fold has some of each; one cluster alone is never held out."""
    dealt: dict[str, int] = {}
    seen: dict[str, int] = {}
    for r in sweep.recordings:
        if r.cluster not in dealt:
            dealt[r.cluster] = seen.setdefault(r.kind, 0) % FOLDS
            seen[r.kind] += 1
    places = [dealt[r.cluster] for r in sweep.recordings]
    for fold in range(FOLDS):
        out = [i for i, place in enumerate(places) if place == fold]
        kept = [i for i, place in enumerate(places) if place != fold]
        kinds = {sweep.recordings[i].kind for i in kept}
        # what only this fold has cannot be held out: it is needed to choose, and then has no say here
        lonely = [i for i in out if sweep.recordings[i].kind not in kinds]
        judged = [i for i in out if i not in lonely]
        if judged and kept:
            yield sweep.only([*kept, *lonely]), sweep.only(judged)


def _figures(judged: Evidence, at: tuple[float, int]) -> dict[str, dict[str, float]]:
    """Failures by figure and cluster, at one setting; clusters without trials are left out."""
    found: dict[str, dict[str, float]] = {}
    for kind in COUNTED if judged.models_starts else ():
        clusters = judged.sweep.by_cluster(*at, kinds=[kind])
        field = false_field(kind)
        found |= {f"starts on {kind}": {n: float(getattr(c, field)) for n, c in clusters.items()}} if clusters else {}
    if judged.models_starts and (speech := _speech(judged, at)):
        found["missed starts"] = {n: c.missed_starts / c.turns for n, c in speech.items()}
    turns = judged.sweep.by_cluster(*at, kinds=["turn"], styles=judged.styles)
    for per, (failures, trials) in CUTS.items():
        shares = {n: getattr(c, failures) / getattr(c, trials) for n, c in turns.items() if getattr(c, trials)}
        found |= {f"{per}s cut off": shares} if shares else {}
    delays = {n: sum(c.endpoint_delays) / len(c.endpoint_delays) for n, c in turns.items() if c.endpoint_delays}
    return found | ({"endpoint delay": delays} if delays else {})


def _speech(evidence: Evidence, at: tuple[float, int]) -> dict[str, Counts]:
    found: dict[str, list[Counts]] = {}
    for kind in SPEECH_KINDS:
        for name, counts in evidence.sweep.by_cluster(*at, kinds=[kind]).items():
            found.setdefault(name, []).append(counts)
    return {name: pooled(counts) for name, counts in found.items()}


# ---- how flat


def flatness(evidence: Evidence, settings: ServerVad) -> str:
    """Say in words how many settings cost hardly more than the cheapest, and how much more these cost, if known."""
    try:
        weighed = plane(evidence)
    except NotAnswerable as error:
        return str(error)
    levels, at = np.array(weighed.thresholds), _of(settings, evidence)
    row = int(np.argmin(np.abs(levels - (settings.threshold or 0.0))))
    rows = range(len(levels)) if evidence.models_starts else [row]
    best = weighed.best(rows=rows)
    low, high, short, long, n = _around(weighed, rows)
    this = "what these cost is not known" if at is None else (
        f"{settings.label} costs {weighed.at(row, weighed.silences.index(at[1])).cost - best.cost:.3f} s more"
    )  # fmt: skip
    return (
        f"{n} setting{'s cost' if n > 1 else ' costs'} at most {HARDLY:g} s per turn more than the cheapest, "
        f"{best.text}: thresholds {low:g} to {high:g}, end silences {short} to {long} ms; {this} ({weighed.prices})"
    )


def _around(weighed: Plane, rows: Sequence[int]) -> tuple[float, float, int, int, int]:
    part = weighed.cost[list(rows)]
    i, j = np.nonzero(part <= part.min() + HARDLY)
    thresholds = [weighed.thresholds[rows[int(k)]] for k in i]
    silences = [weighed.silences[int(k)] for k in j]
    return min(thresholds), max(thresholds), min(silences), max(silences), len(i)


# ---- how steady


def _steady(evidence: Evidence, budget: Budget, at: tuple[float, int], rule_at: Callable[[float], Rule]) -> str:
    """Move the labels of turns; choose end silence and prefix padding anew at the same threshold."""
    sweep, draw = evidence.sweep, np.random.default_rng(SEED)
    styles = evidence.judged(budget.cutoffs) if budget.cutoffs else ()
    rows = sweep.chosen(["turn"], evidence.styles)
    if len(rows) < LEAST_TRIALS:
        return ""
    most = max(_uncertainty(sweep.recordings[i]) for i in rows)
    silences: list[int | None] = []
    paddings: list[int | None] = []
    for _ in range(DRAWS):
        moved = tuple(_moved(sweep.recordings[i], draw) for i in rows)
        table = np.stack([counts_of(r, rule_at(at[0]), len(sweep.silences) - 1)[None] for r in moved])
        again = replace(evidence, sweep=Sweep((at[0],), sweep.silences, moved, table), _cache={})
        if styles:
            best = again.fastest(budget.cutoffs, [at[0]], at[0], [[style] for style in styles])
            silences.append(None if best is None else best.silence_duration_ms)
        leads = again.sweep.at(at[0], again.usual_silence).onset_leads
        paddings.append(units.nearest_rank([max(lead, 0) for lead in leads], PREFIX_COVERS))
    said = [
        f"{name} {_spread(found)}"
        for name, found in (("silence_duration_ms", silences), ("prefix_padding_ms", paddings))
        if any(value is not None for value in found)
    ]
    return f"with labels moved by up to {most} ms ({DRAWS} draws, seed {SEED}), chosen anew: {'; '.join(said)}"


def _spread(found: Sequence[int | None]) -> str:
    """The range of what was chosen, and what most often.

    Examples
    --------
    >>> _spread([288, 288, 320, None])
    '288..320 (288 in 2 of 4; none within the budget in 1)'
    """
    known = [value for value in found if value is not None]
    usual, times = Counter(known).most_common(1)[0]
    never = f"; none within the budget in {len(found) - len(known)}" if len(known) < len(found) else ""
    return f"{min(known)}..{max(known)} ({usual} in {times} of {len(found)}{never})"


def _uncertainty(recording: Labelled) -> int:
    """What a label says of itself, and a frame at the least."""
    return max(LEAST_JITTER_MS, int(getattr(recording, "uncertainty_ms", 0)))


def _moved(recording: Labelled, draw: np.random.Generator) -> Labelled:
    """Every edge moved on its own, holds kept in order and inside the turn."""
    assert recording.turn is not None
    reach = _uncertainty(recording)
    edges = [recording.turn.start, *(t for h in recording.holds for t in (h.start, h.end)), recording.turn.end]
    shifted = np.maximum.accumulate(np.maximum(np.array(edges) + draw.integers(-reach, reach + 1, len(edges)), 0))
    starts, ends = shifted[1:-1:2].tolist(), shifted[2:-1:2].tolist()
    turn = type(recording.turn)(int(shifted[0]), int(max(shifted[-1], shifted[0] + 1)))
    holds = tuple(type(turn)(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if b > a)
    moved: Labelled = replace(recording, turn=turn, holds=holds)  # type: ignore[type-var]  # tables are dataclasses
    return moved


# ---- who pays


def _payers(evidence: Evidence, at: tuple[float, int]) -> Iterator[Payer]:
    turns = evidence.sweep.by_cluster(*at, kinds=["turn"], styles=evidence.styles)
    yield from (Payer("turns cut off", n, c.cut_turns, c.turns) for n, c in turns.items() if c.turns)
    if evidence.models_starts:
        speech = _speech(evidence, at)
        yield from (Payer("starts missed", n, c.missed_starts, c.turns) for n, c in speech.items() if c.turns)


def _named(found: Sequence[Payer], what: str) -> list[Payer]:
    """Those that pay most, by share and then by count."""
    paying = [p for p in found if p.what == what and p.failures]
    return sorted(paying, key=lambda p: (-p.failures / p.trials, -p.failures, p.cluster))[:NAMED]


def _shares(payers: Sequence[Payer]) -> tuple[float, float, int]:
    """The mean share of the worst tenth, the mean of all, and how many clusters there are.

    Examples
    --------
    >>> _shares([Payer("turns cut off", f"p{i}", i == 0, 1) for i in range(20)])
    (0.5, 0.05, 20)
    """
    shares = sorted((p.failures / p.trials for p in payers), reverse=True)
    worst = shares[: max(1, -(-len(shares) // 10))]
    return sum(worst) / len(worst), sum(shares) / len(shares), len(shares)
