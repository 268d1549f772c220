"""Every setting of a detection rule against labels: a grid of thresholds and end silences, or one rule's curve.

Scores are computed once; a setting is only another reading of them. All end silences of one threshold are answered in
one pass (:mod:`bargein.vad.exact`), and only those that make a difference are kept, which is one a frame. In a grid the
exit threshold follows the enter threshold and the least length of speech stays 0: constants of the rule, not swept.

The counts of a setting equal those of :mod:`bargein.vad.counting` over the streaming detector's edges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bargein import units
from bargein.errors import LabelError, Problem, SettingsError, check
from bargein.vad import compiling
from bargein.vad.counting import SPEECH_KINDS, Counts, Labelled
from bargein.vad.exact import LOOPS, counts_of
from bargein.vad.grid import DELAYS, FIELDS, Sweep
from bargein.vad.rule import Rule

if TYPE_CHECKING:
    import pandas as pd

#: Enter thresholds that are tried unless told otherwise.
THRESHOLDS = tuple(k / 20 for k in range(1, 20))
#: The longest end silence that is tried: the longest hold of real turns is far shorter.
MAX_SILENCE_MS = 3_000
#: Called with recordings done and recordings in all.
Progress = Callable[[int, int], None]


def sweep(
    recordings: Iterable[Labelled],
    thresholds: Sequence[float] = THRESHOLDS,
    *,
    max_silence_ms: int = MAX_SILENCE_MS,
    progress: Progress | None = None,
    rule_at: Callable[[float], Rule] = Rule,
) -> Sweep:
    """Run the rule at every threshold and every end silence and count what it does against the labels.

    Parameters
    ----------
    recordings
        Scores and labels, all of one model; kind ``provider`` is left out: it carries a provider's report, not a truth.
    thresholds
        Enter thresholds, 0..1.
    max_silence_ms
        The longest end silence to try.
    progress
        Called with recordings done and recordings in all.
    rule_at
        The rule that a threshold stands for; a calibrated detector may enter at another score than is set.

    Raises
    ------
    SettingsError
        Every threshold outside 0..1.
    LabelError
        Scores of several models, or none at all: they must be tuned apart; a turn without its span; holds that cross.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from bargein.vad.scores import Scores
    >>> cough = Scores(np.array([0.1, 0.6, 0.7, 0.2, 0.1]), 512, 16_000, 5 * 512, "demo")
    >>> row = SimpleNamespace(clip="c1", cluster="c1", kind="tic", speech_style="", scores=cough, turn=None, holds=())
    >>> tried = sweep([row], thresholds=(0.5, 0.9))
    >>> tried.at(0.5, 200).triggered_clips, tried.at(0.9, 200).triggered_clips
    (1, 0)
    """
    rows = tuple(r for r in recordings if r.kind != "provider")
    bad = [Problem(f"threshold: {t!r} is outside 0..1", hint="a score, not a percentage") for t in thresholds
           if not 0 <= t <= 1]  # fmt: skip
    check(bad, SettingsError, "sweep")
    check_countable(rows)
    levels = tuple(sorted(set(thresholds)))
    return _counted(rows, levels, [rule_at(t) for t in levels], max_silence_ms, progress)


def _counted(
    rows: tuple[Labelled, ...],
    levels: tuple[float, ...],
    rules: Sequence[Rule],
    max_silence_ms: int,
    progress: Progress | None = None,
) -> Sweep:
    compiling.say("the sweep's loops", *LOOPS)
    replace(rules[0], silence_duration_ms=max_silence_ms)  # refuses what is no end silence
    if any(rule.max_speech_ms is not None for rule in rules):
        what = "max_speech_ms: a maximum length of speech has no exact form"
        raise SettingsError([Problem(what, hint="bargein.search tries settings one by one")], "sweep")
    first = rows[0].scores
    most = units.hops_covering(max_silence_ms, first.hop, first.rate)
    table = np.empty((len(rows), len(rules), most + 1, len(FIELDS)), np.int64)
    for i, recording in enumerate(rows):
        for j, rule in enumerate(rules):
            table[i, j] = counts_of(recording, rule, most)
        if progress is not None:
            progress(i + 1, len(rows))
    table.flags.writeable = False
    return Sweep(levels, tuple(k * first.hop_ms for k in range(most + 1)), rows, table)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Counts of one rule at every end silence, over labelled recordings: step functions with their steps on the hop.

    Parameters
    ----------
    rule
        Thresholds and minimum speech; its own end silence is the one that varies.
    grid
        The counts, recording by recording: a :class:`~bargein.vad.grid.Sweep` of one threshold.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from bargein.vad.scores import Scores
    >>> cough = Scores(np.array([0.6, 0.1, 0.7, 0.2, 0.1]), 512, 16_000, 5 * 512, "demo")
    >>> row = SimpleNamespace(clip="c1", cluster="c1", kind="tic", speech_style="", scores=cough, turn=None, holds=())
    >>> tried = curve([row], Rule(0.5))
    >>> tried.at(silence_duration_ms=480).false_starts, tried.steps("false_starts")
    (1, [(0, 2), (32, 1)])
    """

    rule: Rule
    grid: Sweep

    def at(self, silence_duration_ms: int, *, kinds: Iterable[str] | None = None,
           styles: Iterable[str] | None = None) -> Counts:  # fmt: skip
        """Give the counts at one end silence, over the recordings of these kinds and speech styles (None: all).

        Raises
        ------
        SettingsError
            It is longer than the longest that was asked for.
        """
        return self.grid.at(self.rule.enter, silence_duration_ms, kinds=kinds, styles=styles)

    def steps(self, field: str, *, kinds: Iterable[str] | None = None,
              styles: Iterable[str] | None = None) -> list[tuple[int, int]]:  # fmt: skip
        """Give one count as a step function: end silence, ms, and the count from there to the next step.

        An end silence between two hops acts as the hop above: a step at 64 ms is felt from 33 ms on. Delays have
        a value a turn, not one to step: :meth:`at` and ``grid.delays`` give them.
        """
        if field in DELAYS:
            raise ValueError(f"{field} are values of turns; at() and grid.delays() give them")
        values = self.grid.totals(field, kinds=kinds, styles=styles)[0].tolist()
        points = list(zip(self.grid.silences, values, strict=True))
        return points[:1] + [b for a, b in pairwise(points) if a[1] != b[1]]

    def to_frame(self) -> pd.DataFrame:
        """Give a tidy table: a row for every end silence, kind and speech style; delays as n, mean, p50 and p90."""
        frame = self.grid.to_frame()
        frame.insert(3, "exit", self.rule.leave)
        frame.insert(4, "min_speech_ms", self.rule.min_speech_ms)
        return frame


def curve(recordings: Iterable[Labelled], rule: Rule, *, max_silence_ms: int = MAX_SILENCE_MS) -> Curve:
    """Count what a rule does at every end silence.

    Parameters
    ----------
    recordings
        Scores and labels, all of one model; kind ``provider`` is left out: it carries a provider's report, not a truth.
    rule
        Thresholds and minimum speech; its end silence is not used. Prefix padding moves no decision.
    max_silence_ms
        The longest end silence of interest; the curve goes on to the hop that covers it.

    Raises
    ------
    SettingsError
        An exit threshold of 0: no score is under it, and speech would never end. A ``max_silence_ms`` under 0 or not
        whole.
    LabelError
        No recordings, scores of several models, a turn without its span; holds out of order or overlapping.
    """
    if rule.leave <= 0:
        raise SettingsError([Problem("exit: 0, and no score is under it", hint="speech would never end")], "sweep")
    rows = tuple(r for r in recordings if r.kind != "provider")
    check_countable(rows)
    return Curve(rule, _counted(rows, (rule.enter,), [rule], max_silence_ms))


def check_countable(rows: Sequence[Labelled]) -> None:
    """Refuse what cannot be counted: nothing, scores of several models, a turn without its span, holds that cross."""
    problems = [] if rows else [Problem("no labelled scores", hint="an empty folder?")]
    problems += [
        Problem(f"a {r.kind} without its span", r.clip) for r in rows if r.kind in SPEECH_KINDS and r.turn is None
    ]
    if len(models := sorted({f"{r.scores.model} at {r.scores.hop_ms} ms" for r in rows})) > 1:
        problems.append(Problem(f"scores of {len(models)} models: {', '.join(models)}", hint="tune each apart"))
    check([*problems, *_crossed(rows)], LabelError, "sweep")


def _crossed(rows: Sequence[Labelled]) -> list[Problem]:
    return [
        Problem(f"hold {b} does not lie behind {a}", r.clip, "holds are in order and apart")
        for r in rows
        for a, b in pairwise(r.holds)
        if a.end > b.start
    ]
