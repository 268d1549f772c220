"""What a proposal rests on, what was assumed, and how each budget compares with estimate and bound."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from itertools import combinations, groupby

import numpy as np

from bargein.providers import Provider
from bargein.tuning.calibration.fit import Fit
from bargein.tuning.figures import NOT_LABELLED, Figures, standing
from bargein.tuning.objectives import Evidence
from bargein.tuning.shares import COUNTED, LEAST_TRIALS, FalseStarts, percent
from bargein.tuning.tuned import Amount, Budget, RestsOn
from bargein.vad.counting import Labelled

#: Two turns are taken for one recording when this many frames or more differ by no more than this on average.
ALIKE_FRAMES, ALIKE_SCORES = 64, 0.005


def rests_on(evidence: Evidence, basis: str) -> RestsOn:
    """Count the evidence and take its fingerprint."""
    rows = evidence.sweep.recordings
    turns = [r for r in rows if r.kind == "turn"]
    used = amount(r for r in turns if r.speech_style in evidence.styles)
    digest = hashlib.sha256()
    for r in rows:
        about = (r.clip, r.cluster, r.kind, r.speech_style, r.turn, r.holds, r.pauses, r.scores.samples)
        digest.update(repr(about).encode())
        digest.update(r.scores.values.tobytes())
    return RestsOn(
        turns=used.recordings,
        holds=used.pauses,
        clusters=used.clusters,
        styles=_amounts(turns, lambda r: r.speech_style),
        others=_amounts((r for r in rows if r.kind != "turn"), lambda r: r.kind),
        sources={r.group: r.licence for r in rows},
        basis=basis,
        model=rows[0].scores.model,
        hop_ms=rows[0].scores.hop_ms,
        data=digest.hexdigest()[:12],
        code=version("bargein"),
    )


def amount(recordings: Iterable[Labelled]) -> Amount:
    """Count recordings, their pauses, clusters and time."""
    rows = list(recordings)
    pauses = sum(len(r.holds) + len(r.pauses) for r in rows)
    return Amount(len(rows), pauses, len({r.cluster for r in rows}), sum(r.scores.ms for r in rows))


def _amounts(recordings: Iterable[Labelled], by: Callable[[Labelled], str]) -> dict[str, Amount]:
    return {name: amount(rows) for name, rows in groupby(sorted(recordings, key=by), key=by)}


def verdicts(budget: Budget, figures: Figures) -> Iterator[str]:
    """Compare each budget with its estimate and its upper bound, cut-offs in each speech style."""
    rows: list[tuple[str, FalseStarts, float, str]] = [
        (f"cut-offs per {per}, {ends.style} speech,", ends.cutoffs[per], share, percent(share))
        for per, share in budget.cutoffs.items()
        for ends in figures.ends.values()
    ]
    rows += [
        (f"starts on {kind}", figures.false_starts[kind], most, COUNTED[kind].amount(most))
        for kind, most in budget.false_starts.items()
        if kind in figures.false_starts
    ]
    if (most_missed := budget.missed_starts) is not None:
        rows.append(("missed starts", figures.missed_all, most_missed, percent(most_missed)))
    for name, rate, most, amount_text in rows:
        within = "within" if rate.estimate <= most else "over"
        yield f"{name} {rate.text}: {within} {amount_text} by the estimate, {standing(rate, most)}"


def doubts(budget: Budget, figures: Figures) -> Iterator[str]:
    """Say where callers' pauses contradict a budget of cut-offs: more outlast the end silence than it allows."""
    pauses = figures.pauses
    if pauses.trials < LEAST_TRIALS:
        return
    for per, share in budget.cutoffs.items():
        if pauses.estimate > share:
            yield (
                f"{figures.outlasting}: {100 * pauses.estimate:.0f} %, over the budget of {percent(share)} of {per}s; "
                f"{NOT_LABELLED}, so this proves no cut-off, and where they did each is one"
            )


def notes(
    evidence: Evidence, provider: Provider, grounds: RestsOn, assumed_defaults: bool, fit: Fit | None = None
) -> Iterator[str]:
    """Say what was assumed, so that nobody has to ask."""
    yield from fit.notes() if fit is not None else [_taken_for(provider, grounds)]
    if not provider.recommends:
        yield f"no recommendation for {provider.title}: {provider.why_not}"
    if assumed_defaults:
        yield "in force: the documented defaults were assumed; session.created or session.updated states the real ones"
    if grounds.clusters == 1:
        yield "one cluster: its speakers are not told apart, so there is no held-out interval and the bounds stay wide"
    if unused := sum(n.recordings for style, n in grounds.styles.items() if style not in evidence.styles):
        yield f"{unused} turns of other speech styles give no cut-offs: read speech holds no long pauses"
    if set(grounds.styles) == {"read"}:
        yield "read speech alone: this checks the machinery and is no advice"
    yield from (f"{a} and {b} score alike: the same recording, counted twice?" for a, b in alike(evidence))
    yield "delays end with the deciding frame; the way to the provider and back comes on top"


def _taken_for(provider: Provider, grounds: RestsOn) -> str:
    return (
        f"{provider.title}'s detector is taken to be {grounds.model} with Silero's gate, exit 0.15 under enter and no "
        "least length of speech; uncalibrated: not fitted to its reports on these recordings"
    )


def alike(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Give pairs of turns whose scores are so alike that they must be one recording, cut or coded twice."""
    turns = [r for r in evidence.sweep.recordings if r.kind == "turn"]
    for a, b in combinations(turns, 2):
        n = min(len(a.scores), len(b.scores))
        if n >= ALIKE_FRAMES and np.abs(a.scores.values[:n] - b.scores.values[:n]).mean() <= ALIKE_SCORES:
            yield a.clip, b.clip


def notes_on(figures: Figures) -> Iterator[str]:
    """Say what was assumed or left out at one setting."""
    whole = figures.whole
    if whole.early:
        turns = "1 turn was" if whole.early == 1 else f"{whole.early} turns were"
        yield f"{turns} left before the labelled end: cut off, with no endpoint delay booked"
    if whole.assumed:
        late = f"{whole.assumed} of {whole.endpoint.n} ends"
        yield f"{late} are announced after the end of the recording: silence was assumed there"
