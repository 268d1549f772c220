"""How far two annotators agree, by kind and at the edges, and where they do not.

A case is an *onset that either of them marked*. Labels of the two are paired one to one where they overlap most::

    anna   |--interruption--|         |--tic--|      |--speech--|
    ben      |--interruption--|       |--noise-|
    case   same kind, edges compared  kind disputed  only anna

Speech, turns and the classes of an onset (one class per onset) are paired apart, as speech lies under all of them.
Kappa of a class asks of every onset whether it is of that class. Speech and turns have none: nobody marked where no
speech is, so only the share found by both is known. Of turns it is asked whether the user had finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from bargein.errors import LabelError, Problem
from bargein.metrics.kappa import Kappa, kappa
from bargein.metrics.rates import Rate
from bargein.session import Label
from bargein.session.model import LABEL_KINDS
from bargein.units import nearest_rank

#: Kinds that lie under others; the rest are the classes of an onset.
UNDER = ("speech", "turn")
CLASSES = tuple(kind for kind in LABEL_KINDS if kind not in UNDER)
LAYERS = (*((kind,) for kind in UNDER), CLASSES)
#: Onsets of one event that lie further apart are disputed: the window in which two starts are a collision.
APART_MS = 200
NOTE = (
    "a case is an onset that either marked; kappa of a class over all onsets with a class, its 95 % interval (profile "
    "likelihood) takes every case as independent; speech and turns: nobody marks where there is none, so no kappa"
)


@dataclass(frozen=True, slots=True)
class Case:
    """One onset that either annotator marked, or both.

    Parameters
    ----------
    session
        Where.
    first, second
        What each said of it; at least one.
    """

    session: str
    first: Label | None
    second: Label | None

    @property
    def span(self) -> tuple[int, int]:
        """From the earlier onset to the later offset, session time, ms."""
        said = [x for x in (self.first, self.second) if x]
        return min(x.onset_ms for x in said), max(x.offset_ms for x in said)

    def has(self, kind: str) -> tuple[bool, bool]:
        """Whether each called it so."""
        return self.first is not None and self.first.kind == kind, self.second is not None and self.second.kind == kind

    @property
    def dispute(self) -> str:
        """What they do not agree about; empty when they agree."""
        a, b = self.first, self.second
        if a is None or b is None:
            return "found by one"
        if a.kind != b.kind:
            return "kind"
        if a.complete != b.complete:
            return "complete"
        return "onset" if abs(a.onset_ms - b.onset_ms) > APART_MS else ""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two annotators, side by side.

    Parameters
    ----------
    annotators
        Their names.
    cases
        In order of session and time.
    left_out
        Kinds that only one of them labelled anywhere: they may not have been asked, so nothing is said about these.
    """

    annotators: tuple[str, str]
    cases: tuple[Case, ...]
    left_out: tuple[str, ...]

    @property
    def disputed(self) -> tuple[Case, ...]:
        """Cases that enter no rate until they are settled."""
        return tuple(case for case in self.cases if case.dispute)

    def settled(self, session: str) -> tuple[Label, ...]:
        """Labels of a session that both gave, with the first one's edges; what is disputed is left out."""
        return tuple(c.first for c in self.cases if c.session == session and c.first and not c.dispute)

    def rows(self) -> list[dict[str, object]]:
        """One row a kind: counts, share disputed, kappa, and how far the edges lie apart."""
        first, second = self.annotators
        rows: list[dict[str, object]] = []
        for kind in (k for k in LABEL_KINDS if any(any(c.has(k)) for c in self.cases)):
            mine = [c for c in self.cases if any(c.has(kind))]
            agreed = [c for c in mine if all(c.has(kind))]
            counts = {s: (sum(bool(c.dispute) for c in of), len(of)) for s, of in _by_session(mine).items()}
            rows.append({
                "kind": kind, first: sum(c.has(kind)[0] for c in mine), second: sum(c.has(kind)[1] for c in mine),
                "both": len(agreed), "disputed": Rate.of(counts).text, "κ [95 %]": self.kappa(kind).text,
                **_edges(agreed),
            })  # fmt: skip
        return rows

    def kappa(self, kind: str) -> Kappa:
        """Give kappa of a class, or, of turns, of their being complete."""
        if kind == "turn":
            said = [(c.first.complete == "yes", c.second.complete == "yes") for c in self.cases
                    if all(c.has("turn")) and c.first and c.second]  # fmt: skip
        elif kind in CLASSES:
            said = [c.has(kind) for c in self.cases if any(any(c.has(k)) for k in CLASSES)]
        else:
            return Kappa(None, None, None, 0)
        return kappa(*(said.count(answer) for answer in ((True, True), (True, False), (False, True), (False, False))))

    def disputes(self) -> list[dict[str, object]]:
        """One row a disputed case."""
        first, second = self.annotators
        return [{"session": c.session, "from [ms]": c.span[0], "to [ms]": c.span[1], first: _said(c.first),
                 second: _said(c.second), "about": c.dispute} for c in self.disputed]  # fmt: skip


def compare(sessions: Mapping[str, Iterable[Label]], annotators: Sequence[str], *, track: str = "user") -> Compared:
    """Pair what two annotators said about a track.

    Parameters
    ----------
    sessions
        Labels by session, of any annotators.
    annotators
        Two different names.
    track
        Labels of other tracks are left out.

    Raises
    ------
    LabelError
        Not two names, or one of them labelled nothing of this track.

    Examples
    --------
    >>> labels = [Label("tic", 0, 300, annotator="anna"), Label("noise", 40, 300, annotator="ben")]
    >>> compare({"call": labels}, ["anna", "ben"]).disputes()[0]["about"]
    'kind'
    """
    every = {s: [x for x in labels if x.track == track] for s, labels in sessions.items()}
    sets = [{s: [x for x in labels if x.annotator == name] for s, labels in every.items()} for name in annotators]
    there = ", ".join(dict.fromkeys(repr(x.annotator) for labels in every.values() for x in labels)) or "nobody"
    problems = [Problem(f"no labels of {name!r} about {track}; there are labels of {there}")
                for name, of in zip(annotators, sets, strict=True) if not any(of.values())]  # fmt: skip
    if len(set(annotators)) != 2 or len(annotators) != 2:
        problems = [Problem(f"{', '.join(annotators) or 'nobody'}: not two different annotators", "", "anna,ben")]
    if problems:
        raise LabelError(problems, "agreement")
    cases: list[Case] = []
    left_out: list[str] = []
    for layer in LAYERS:
        of = [{s: [x for x in labels if x.kind in layer] for s, labels in one.items()} for one in sets]
        given = [any(one.values()) for one in of]
        if all(given):
            cases += [Case(s, a, b) for s in every for a, b in paired(of[0][s], of[1][s])]
        elif any(given):
            left_out += sorted({x.kind for one in of for labels in one.values() for x in labels})
    order = {s: n for n, s in enumerate(every)}
    cases.sort(key=lambda c: (order[c.session], c.span))
    return Compared((annotators[0], annotators[1]), tuple(cases), tuple(left_out))


def paired(first: Sequence[Label], second: Sequence[Label]) -> Iterator[tuple[Label | None, Label | None]]:
    """Pair labels one to one so that the time they share is longest; the same kind first where times are equal.

    Examples
    --------
    >>> a, b = Label("tic", 0, 300), Label("tic", 200, 900)
    >>> [(x is not None, y is not None) for x, y in paired([a], [b])], list(paired([a], []))[0][1]
    ([(True, True)], None)
    """
    for mine, theirs in _groups(first, second):
        shared = np.array([[_shared(a, b) for b in theirs] for a in mine]).reshape(len(mine), len(theirs))
        pairs = [(i, j) for i, j in zip(*linear_sum_assignment(shared, maximize=True), strict=True) if shared[i, j] > 0]
        yield from ((mine[i], theirs[j]) for i, j in pairs)
        yield from ((a, None) for i, a in enumerate(mine) if i not in {p[0] for p in pairs})
        yield from ((None, b) for j, b in enumerate(theirs) if j not in {p[1] for p in pairs})


def _groups(first: Sequence[Label], second: Sequence[Label]) -> Iterator[tuple[list[Label], list[Label]]]:
    """Stretches of time in which labels hang together: only within one can two of them overlap."""
    rows = sorted([(x.onset_ms, x.offset_ms, n) for n, side in enumerate((first, second)) for x in side])
    left = [sorted(side, key=lambda x: (x.onset_ms, x.offset_ms), reverse=True) for side in (first, second)]
    group: tuple[list[Label], list[Label]] = [], []
    end = 0
    for onset, offset, side in rows:
        if onset >= end and any(group):
            yield group
            group = [], []
        group[side].append(left[side].pop())
        end = max(end, offset)
    if any(group):
        yield group


def _shared(a: Label, b: Label) -> int:
    """Twice the shared time, and one more for the same kind: decides between equals alone."""
    shared = min(a.offset_ms, b.offset_ms) - max(a.onset_ms, b.onset_ms)
    return 2 * shared + (a.kind == b.kind) if shared > 0 else 0


def _by_session(cases: Iterable[Case]) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(case.session, []).append(case)
    return found


def _edges(cases: Iterable[Case]) -> dict[str, object]:
    """Median and 90th percentile of how far the edges lie apart, ms; ``placement`` says nothing of them."""
    both = [(c.first, c.second) for c in cases if c.first and c.second
            and "placement" not in (c.first.basis, c.second.basis)]  # fmt: skip
    apart = {"onset": [abs(a.onset_ms - b.onset_ms) for a, b in both],
             "offset": [abs(a.offset_ms - b.offset_ms) for a, b in both]}  # fmt: skip
    return {f"{edge} {name} [ms]": nearest_rank(ms, percent) for edge, ms in apart.items()
            for name, percent in (("median", 50), ("p90", 90))}  # fmt: skip


def _said(label: Label | None) -> str:
    if label is None:
        return "–"
    done = f", complete: {label.complete}" if label.complete else ""
    return f"{label.kind} {label.onset_ms}..{label.offset_ms}{done}"
