"""What a proposal rests on, what was assumed, and how each budget compares with estimate and bound."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from itertools import combinations

import numpy as np

from bargein.metrics.rates import Rate
from bargein.providers import Provider
from bargein.tuning.figures import Figures
from bargein.tuning.objectives import Evidence
from bargein.tuning.tuned import Budget, RestsOn, percent

#: Two turns are taken for one recording when this many frames or more differ by no more than this on average.
ALIKE_FRAMES, ALIKE_SCORES = 64, 0.005


def rests_on(evidence: Evidence, basis: str) -> RestsOn:
    """Count the evidence and take its fingerprint."""
    rows = evidence.sweep.recordings
    used = [r for r in rows if r.kind == "turn" and r.speech_style in evidence.styles]
    others = {kind: [r for r in rows if r.kind == kind] for kind in sorted({r.kind for r in rows} - {"turn"})}
    digest = hashlib.sha256()
    for r in rows:
        digest.update(repr((r.clip, r.cluster, r.kind, r.speech_style, r.turn, r.holds, r.scores.samples)).encode())
        digest.update(r.scores.values.tobytes())
    return RestsOn(
        turns=len(used),
        holds=sum(len(r.holds) for r in used),
        clusters=len({r.cluster for r in used}),
        styles=dict(Counter(r.speech_style for r in rows if r.kind == "turn")),
        others={kind: (len(of_kind), len({r.cluster for r in of_kind})) for kind, of_kind in others.items()},
        sources={r.group: r.licence for r in rows},
        basis=basis,
        model=rows[0].scores.model,
        hop_ms=rows[0].scores.hop_ms,
        data=digest.hexdigest()[:12],
        code=version("bargein"),
    )


def verdicts(budget: Budget, figures: Figures) -> Iterator[str]:
    """Compare each budget with its estimate and its upper bound."""
    rows: list[tuple[str, Rate, float]] = []
    rows += [(f"cut-offs per {per}", figures.cutoffs[per], share) for per, share in budget.cutoffs.items()]
    known = figures.false_starts
    rows += [(f"starts on {kind}", known[kind], share) for kind, share in budget.false_starts.items() if kind in known]
    if budget.missed_starts is not None:
        rows.append(("missed starts", figures.missed_all, budget.missed_starts))
    for name, rate, share in rows:
        within = "within" if rate.estimate <= share else "over"
        shown = "shown to meet the budget" if rate.shows(share) else "not shown to meet the budget"
        yield f"{name} {rate.text}: {within} {percent(share)} by the estimate, {shown}"


def notes(evidence: Evidence, provider: Provider, grounds: RestsOn, assumed_defaults: bool) -> Iterator[str]:
    """Say what was assumed, so that nobody has to ask."""
    yield (
        f"{provider.title}'s detector is taken to be {grounds.model} with Silero's gate, exit 0.15 under enter and no "
        "least length of speech; uncalibrated: not fitted to its reports on these recordings"
    )
    if not provider.recommends:
        yield f"no recommendation for {provider.title}: {provider.why_not}"
    if assumed_defaults:
        yield "in force: the documented defaults were assumed; session.created or session.updated states the real ones"
    if grounds.clusters == 1:
        yield "one cluster: its speakers are not told apart, so there is no held-out interval and the bounds stay wide"
    if unused := sum(n for style, n in grounds.styles.items() if style not in evidence.styles):
        yield f"{unused} turns of other speech styles give no cut-offs: read speech holds no long pauses"
    if set(grounds.styles) == {"read"}:
        yield "read speech alone: this checks the machinery and is no advice"
    yield from (f"{a} and {b} score alike: the same recording, counted twice?" for a, b in alike(evidence))
    yield "delays end with the deciding frame; the way to the provider and back comes on top"


def alike(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Give pairs of turns whose scores are so alike that they must be one recording, cut or coded twice."""
    turns = [r for r in evidence.sweep.recordings if r.kind == "turn"]
    for a, b in combinations(turns, 2):
        n = min(len(a.scores), len(b.scores))
        if n >= ALIKE_FRAMES and np.abs(a.scores.values[:n] - b.scores.values[:n]).mean() <= ALIKE_SCORES:
            yield a.clip, b.clip


def notes_on(figures: Figures) -> Iterator[str]:
    """Say what was assumed or left out at one setting."""
    if figures.early_ends:
        turns = "1 turn was" if figures.early_ends == 1 else f"{figures.early_ends} turns were"
        yield f"{turns} left before the labelled end: cut off, with no endpoint delay booked"
    if figures.assumed_ends:
        late = f"{figures.assumed_ends} of {figures.endpoint.n} ends"
        yield f"{late} are announced after the end of the recording: silence was assumed there"
