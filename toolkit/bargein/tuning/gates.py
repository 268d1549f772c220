"""What a gate at the client adds to the provider's threshold: the ceiling of thresholds alone, and who passes it.

A threshold can only tell loud from quiet. A cough is as loud as a word and shorter, so the lever that helps is time::

    cough     |--|            word      |-----------|
    none      x               none      x                   the agent stops at the start
    minimum      .            minimum        x              it plays on until speech has lasted, then stops
    hold      =--> .          hold      =----x              it pauses at the start and resumes what stayed too short
    duck      ~--> .          duck      ~----x              it plays softer at the start, stops once speech has lasted

All of them confirm a start by the least length of speech, which the exact sweep has as a parameter: every threshold and
end silence under every gate is counted, none is simulated. The length is that of speech, without the end silence behind
it; the gates of ``bargein compare`` wait for the *report* that speech is over, so the same there is a wait that is
longer by the detector's end silence (``docs/policies.md``). A provider's own reports come a network and an end silence
late: such a gate needs a detector of its own beside the loudspeaker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bargein.errors import NotAnswerable, Problem, SettingsError, check
from bargein.metrics.rates import Rate
from bargein.tuning.figures import Delays
from bargein.tuning.objectives import Evidence
from bargein.tuning.paired import Paired
from bargein.tuning.shares import COUNTED, FalseStarts, false_field, percent
from bargein.tuning.tuned import Budget, plain
from bargein.vad.counting import Counts, pooled
from bargein.vad.grid import Sweep
from bargein.vad.rule import Rule
from bargein.vad.sweep import sweep

if TYPE_CHECKING:
    import pandas as pd

Float64 = npt.NDArray[np.float64]

#: What a family of gates does at the start of speech, and what it leaves of a start that stays too short.
FAMILIES: Mapping[str, tuple[str, str]] = {
    "none": ("stops at once", ""),
    "minimum": ("plays on until speech has lasted", ""),
    "hold": ("pauses at once, resumes what stays shorter", "paused"),
    "duck": ("plays softer at once, stops once speech has lasted", "ducked"),
}
#: Those that are tried unless told otherwise; the number is the least length of speech, ms.
USUAL = ("none", "minimum-200", "minimum-500", "hold-200", "hold-500", "duck-500")
#: Share of missed starts at which gates are compared where the user gave no budget, or what is missed in force.
MISSED = 0.05
#: Whose starts must not be missed. A spoken word is about as long as a cough: who need not stop for one gains most.
MEANT: Mapping[str, tuple[str, ...]] = {"turns and words": ("turn", "word"), "turns": ("turn",)}
#: Shares of whole numbers are compared to within this.
EXACT = 1e-9
#: A gate's length of speech, ms; more is a turn, not a confirmation.
LONGEST_MS = 2_000


class Gate(NamedTuple):
    """One gate: its family and the least length of speech it waits for, ms."""

    name: str
    family: str
    minimum_ms: int

    @classmethod
    def of(cls, name: str) -> Gate:
        """Read ``none``, ``minimum-200``, ``hold-500``.

        Raises
        ------
        SettingsError
            Another family; a length that is no whole number of ms up to 2000.

        Examples
        --------
        >>> Gate.of("hold-500")
        Gate(name='hold-500', family='hold', minimum_ms=500)
        """
        family, dash, number = name.partition("-")
        whole = number.isdecimal() and 0 < int(number) <= LONGEST_MS if family != "none" else not dash
        if family not in FAMILIES or not whole:
            what = f"gate {name!r}: none, or minimum-MS, hold-MS, duck-MS with 1 to {LONGEST_MS} ms"
            raise SettingsError([Problem(what, hint="seconds?" if "." in number else "")], "tune")
        return cls(name, family, int(number) if number else 0)


@dataclass(frozen=True, slots=True)
class Reach:
    """The fewest false starts of one kind that a gate reaches with any threshold, missing at most so many starts.

    Parameters
    ----------
    gate, kind, meant, most_missed
        Which gate, of what, what must not be missed (:data:`MEANT`), and the largest share of it that is.
    threshold, silence_duration_ms
        Where; None when it misses more at every setting.
    false, missed
        Starts that last, and missed starts of what is meant.
    first, silent
        From the onset to the first thing the user notices (a pause, a softer agent), and to the agent's silence.
    added_ms
        Median of ``silent`` less that of no gate at the settings in force.
    brief
        False starts that only paused or ducked the agent, over the same trials; None where a gate does neither.
    paired
        Against the best that thresholds alone reach there, cluster by cluster.
    """

    gate: str
    kind: str
    meant: str
    most_missed: float
    threshold: float | None = None
    silence_duration_ms: int | None = None
    false: FalseStarts = field(default_factory=Rate)
    missed: Rate = field(default_factory=Rate)
    first: Delays = field(default_factory=Delays)
    silent: Delays = field(default_factory=Delays)
    added_ms: int | None = None
    brief: int | None = None
    paired: Paired = field(default_factory=Paired)

    @property
    def short(self) -> str:
        """What it reaches, and how late the agent is silent."""
        if self.threshold is None:
            return f"{self.gate} misses more at every threshold"
        return f"{self.gate} {self.false.text.split(' (')[0]} at {self.threshold:g}, silent {self.added_ms:+d} ms"

    @property
    def text(self) -> str:
        """The setting, its false and missed starts, what it costs, as one line."""
        if self.threshold is None:
            return f"{self.gate}: misses more at every threshold"
        beside = f", {self.brief} more only {FAMILIES[self.gate.split('-')[0]][1]}" if self.brief is not None else ""
        return (
            f"{self.gate}: {self.false.text}{beside}, at {self.threshold:g} / {self.silence_duration_ms} ms; missed "
            f"{self.missed.text}; noticed after {self.first.p50_ms} ms, silent after {self.silent.p50_ms} ms (median "
            f"of {self.silent.n}; {self.added_ms:+d} ms)"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """What thresholds alone reach, and what each gate does beside them.

    Parameters
    ----------
    reaches
        By kind and share of missed starts, a gate each, in the order asked for.
    tables
        Counts of every setting, by least length of speech.
    """

    reaches: tuple[Reach, ...]
    tables: Mapping[int, Sweep] = field(repr=False)

    def at(self, kind: str, meant: str) -> list[Reach]:
        """Give every gate's best for one kind of false start, with what must not be missed for it."""
        return [r for r in self.reaches if (r.kind, r.meant) == (kind, meant)]

    def lever(self, kind: str, meant: str) -> Reach | None:
        """Give the gate with the fewest false starts, if fewer than thresholds alone; among equals the quickest."""
        able = [r for r in self.at(kind, meant) if r.threshold is not None]
        alone = next((r for r in able if r.gate == "none"), None)
        ranked = sorted(able, key=lambda r: (r.false.estimate, r.first.p50_ms or 0, r.added_ms or 0, r.brief or 0))
        best = next(iter(ranked), None)
        return best if best is not None and (alone is None or best.false.estimate < alone.false.estimate) else None

    def lines(self) -> Iterator[str]:
        """Say what thresholds alone reach and which lever passes it; then every gate."""
        for kind, meant in dict.fromkeys((r.kind, r.meant) for r in self.reaches):
            rows, lever = self.at(kind, meant), self.lever(kind, meant)
            alone = rows[0]
            yield f"starts on {kind}, at most {percent(alone.most_missed)} of {meant} missed:"
            yield f"  thresholds alone, {alone.text}"
            if alone.false.estimate == 0:
                yield "  nothing is left for a gate"
            elif lever is None:
                yield "  no gate passes that"
            else:
                yield f"  the lever is {lever.text}; against thresholds alone {lever.paired.text}"
            others = (r.short for r in rows[1:] if r is not lever)
            yield f"  others: {'; '.join(others)}"

    def rows(self) -> list[dict[str, Any]]:
        """Give every gate's best as plain data, with the lever marked."""
        return [
            {**plain(r), "text": r.text, "verdict": r.paired.verdict, "lever": r is self.lever(r.kind, r.meant)}
            for r in self.reaches
        ]

    def to_frame(self) -> pd.DataFrame:
        """Give every gate, threshold and end silence: missed starts, starts that last, and the delay to them."""
        import pandas as pd

        frames = []
        for minimum, table in self.tables.items():
            frame = table.to_frame()
            frame.insert(0, "min_speech_ms", minimum)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)


def joint(
    evidence: Evidence,
    names: Sequence[str],
    budget: Budget,
    threshold: float,
    silence_duration_ms: int,
    rule_at: Callable[[float], Rule] = Rule,
) -> Joint:
    """Count every threshold and end silence under every gate, and give the best of each.

    Parameters
    ----------
    evidence
        Counts of every setting without a gate.
    names
        Gates; ``none`` is always among them, as what the others are compared with.
    budget
        Its missed starts are what a gate may miss; without one 5 %, or what is missed in force. Its cut-offs bound the
        end silence, where turns are enough to judge them; else it stays as in force.
    threshold, silence_duration_ms
        In force.
    rule_at
        The rule that a threshold stands for.

    Raises
    ------
    SettingsError
        Every name that is no gate.
    NotAnswerable
        Starts at this provider have no model, or there are no onsets, or nothing that is no speech.
    """
    check(problems(names), SettingsError, "tune")
    gates = [Gate.of(name) for name in dict.fromkeys(["none", *names])]
    kinds = [kind for kind in COUNTED if evidence.sweep.chosen([kind])]
    here = evidence.figures(threshold, silence_duration_ms)
    if not evidence.models_starts:
        raise NotAnswerable("starts at this provider have no model, so no gate can be weighed against them")
    if not kinds or not here.missed_all.trials:
        raise NotAnswerable("turns or words, and coughs, noise or echo are needed; `bargein plan` says how many")
    tables = {0: evidence.sweep}
    for minimum in sorted({g.minimum_ms for g in gates} - {0}):
        tables[minimum] = sweep(
            evidence.sweep.recordings, evidence.sweep.thresholds, max_silence_ms=evidence.sweep.silences[-1],
            rule_at=partial(_confirmed, rule_at, minimum),
        )  # fmt: skip
    of = {minimum: replace(evidence, sweep=table, _cache={}) for minimum, table in tables.items()}
    reaches: list[Reach] = []
    for kind, (meant, speech) in product(kinds, MEANT.items()):
        in_force = _speech(evidence, threshold, silence_duration_ms, speech)
        if not in_force:
            continue
        asked = _Asked(kind, meant, speech, budget, silence_duration_ms, Delays.of(_late(in_force)).p50_ms)
        most = max(_missed(in_force).estimate, MISSED) if budget.missed_starts is None else budget.missed_starts
        alone = _reach(gates[0], asked, most, of, None)
        reaches += [alone, *(_reach(gate, asked, most, of, alone) for gate in gates[1:])]
    return Joint(tuple(reaches), tables)


def problems(names: Iterable[str]) -> Iterator[Problem]:
    """Name every gate that is none."""
    for name in names:
        try:
            Gate.of(name)
        except SettingsError as error:
            yield from error.problems


def _confirmed(rule_at: Callable[[float], Rule], least: int, threshold: float) -> Rule:
    """The provider's rule behind a gate: whichever of the two asks for more speech decides."""
    rule = rule_at(threshold)
    return replace(rule, min_speech_ms=max(rule.min_speech_ms, least))


class _Asked(NamedTuple):
    """False starts of which kind, what must not be missed, within which budget; the usual median delay, ms."""

    kind: str
    meant: str
    speech: tuple[str, ...]
    budget: Budget
    silence: int
    usual: int | None


def _reach(gate: Gate, asked: _Asked, most: float, of: Mapping[int, Evidence], alone: Reach | None) -> Reach:
    gated, kind = of[gate.minimum_ms], asked.kind
    place = _best(gate, gated, of[0], asked, most)
    if place is None:
        return Reach(gate.name, kind, asked.meant, most)
    counted = COUNTED[kind].of(gated.sweep.by_cluster(*place, kinds=[kind]))
    speech = _speech(gated, *place, asked.speech)
    first = silent = Delays.of(_late(speech))
    brief = None
    if FAMILIES[gate.family][1]:
        first = Delays.of(_late(_speech(of[0], *place, asked.speech)))
        silent = first if gate.family == "hold" else silent
        name = false_field(kind)
        untouched, lasting = (getattr(of[n].sweep.at(*place, kinds=[kind]), name) for n in (0, gate.minimum_ms))
        brief = untouched - lasting
    return Reach(
        gate.name, kind, asked.meant, most, *place, counted, _missed(speech), first, silent,
        None if silent.p50_ms is None or asked.usual is None else silent.p50_ms - asked.usual, brief,
        Paired() if alone is None or alone.threshold is None else _paired(alone, of, gated, kind, place),
    )  # fmt: skip


def _paired(alone: Reach, of: Mapping[int, Evidence], gated: Evidence, kind: str, place: tuple[float, int]) -> Paired:
    assert alone.threshold is not None
    assert alone.silence_duration_ms is not None
    before = of[0].sweep.by_cluster(alone.threshold, alone.silence_duration_ms, kinds=[kind])
    after = gated.sweep.by_cluster(*place, kinds=[kind])
    name = false_field(kind)
    return Paired.of(*({n: getattr(c, name) for n, c in found.items()} for found in (before, after)))


def _speech(evidence: Evidence, threshold: float, silence: int, kinds: Sequence[str]) -> dict[str, Counts]:
    """Counts of these kinds of speech, by cluster."""
    found: dict[str, list[Counts]] = {}
    for kind, clusters in evidence.onsets(threshold, silence).items():
        for name, counts in clusters.items() if kind in kinds else ():
            found.setdefault(name, []).append(counts)
    return {name: pooled(counts) for name, counts in found.items()}


def _late(clusters: Mapping[str, Counts]) -> tuple[int, ...]:
    return pooled(clusters.values()).onset_delays


def _missed(clusters: Mapping[str, Counts]) -> Rate:
    return Rate.of({name: (c.missed_starts, c.turns - c.masked) for name, c in clusters.items()})


def _best(gate: Gate, gated: Evidence, ungated: Evidence, asked: _Asked, most: float) -> tuple[float, int] | None:
    """The setting with the fewest false starts among those that miss little enough and cut off few enough."""
    table = gated.sweep
    rows = [table.row(t) for t in gated.thresholds]
    styles = {"turn": gated.styles if gated.groups else None, "word": None}
    missed, turns, masked = (
        np.sum([table.totals(name, kinds=[kind], styles=styles[kind])[rows] for kind in asked.speech], axis=0)
        for name in ("missed_starts", "turns", "masked")
    )
    allowed = (missed <= most * (turns - masked) + EXACT) & _columns(ungated, asked.budget, asked.silence)[rows]
    if not allowed.any():
        return None
    false = table.totals(false_field(asked.kind), kinds=[asked.kind])[rows]
    # A detector that never closes starts once: it is no quieter than the thresholds above it.
    false = np.maximum.accumulate(false[::-1])[::-1]
    places = np.argwhere(allowed & (false == false[allowed].min()))
    # What the agent pauses or ducks for, too, where the gate does so at once.
    touched = ungated.sweep.totals(false_field(asked.kind), kinds=[asked.kind])[rows] * bool(FAMILIES[gate.family][1])
    # Among equals the fewest missed, then the fewest touched, then the shortest end silence, then the lowest threshold.
    i, j = min(((int(i), int(j)) for i, j in places), key=lambda p: (missed[p], touched[p], p[1], p[0]))
    return gated.thresholds[i], table.silences[j]


def _columns(evidence: Evidence, budget: Budget, silence: int) -> npt.NDArray[np.bool_]:
    """End silences that may be used, by threshold: those within every budget of cut-offs, else the one in force."""
    table = evidence.sweep
    allowed = np.zeros((len(table.thresholds), len(table.silences)), bool)
    judged = evidence.judged(budget.cutoffs) if budget.cutoffs else ()
    if not judged:
        allowed[:, table.column(silence)] = True
        return allowed
    allowed[:] = True
    for per, share in budget.cutoffs.items():
        for style in judged:
            allowed &= evidence.share(per, [style]) <= share
    return allowed
