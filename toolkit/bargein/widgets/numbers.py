"""What a tuner says beside its picture, as data: figures of settings side by side, and their standing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from html import escape
from typing import Any, NamedTuple

from bargein.plot.onpage import looks
from bargein.plot.palette import RULE, SOUND
from bargein.providers import PROVIDERS
from bargein.providers.targets import TARGETS, target
from bargein.settings import ServerVad
from bargein.tuning import Figures, PerMinute, Tuned
from bargein.tuning.figures import NOT_LABELLED
from bargein.tuning.sliders import ONE_THRESHOLD, start
from bargein.tuning.trial import Scales, Trial
from bargein.tuning.tuned import plain

WORDS = {
    "backchannel": "backchannels", "tic": "coughs and tics", "noise": "noise", "echo": "the agent's echo",
    "turn": "turns", "word": "words",
}  # fmt: skip

#: Rows of the table that stand under the sliders, too, by how their names begin.
KEY = ("turns cut off", "endpoint delay", "false starts: coughs", "starts missed: words")
#: What a row rests on that the first setting has no figure for.
ELSEWHERE = "as its cells say"


class Column(NamedTuple):
    """One setting of a comparison: how it is called, and its figures by name."""

    title: str
    found: Mapping[str, _Found]

    @classmethod
    def of(cls, title: str, tuned: Tuned, figures: Figures | None, prefix_ms: int) -> Column:
        """Gather the figures of a setting (None: not known) with its evidence and its padding."""
        basis = tuned.rests_on.basis
        found = () if figures is None else _found(tuned, figures, prefix_ms)
        return cls(title, {f.name: f._replace(basis=f.basis or basis) for f in found})

    @classmethod
    def of_trial(cls, title: str, trial: Trial) -> Column:
        """Gather the figures of a setting that was weighed."""
        return cls.of(title, trial.tuned, trial.figures, trial.setting.prefix_padding_ms)


def compared(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Lay the figures of any settings side by side.

    Returns
    -------
    A row a figure, those of the first setting that has any: ``name``, ``cells`` (one text a setting), ``n`` and
    ``clusters`` of the first column, and ``basis``. A cell that rests on something else than that says on what.
    """
    first: dict[str, _Found] = {}
    for column in columns:
        first |= {name: found for name, found in column.found.items() if name not in first}
    return [_row(name, [c.found.get(name) for c in columns], f.basis) for name, f in first.items()]


def _row(name: str, found: Sequence[_Found | None], basis: str) -> dict[str, Any]:
    ours = found[0]

    def cell(f: _Found | None) -> str:
        if f is None:
            return "not known"
        same = ours is not None and (f.n, f.clusters, f.basis) == (ours.n, ours.clusters, ours.basis)
        return f.text if same else f"{f.text}; rests on {f.n}, {f.clusters} cluster{'s'[: f.clusters != 1]}"

    n, clusters = (ours.n, ours.clusters) if ours else (ELSEWHERE, "")
    return {"name": name, "cells": [cell(f) for f in found], "n": n, "clusters": clusters, "basis": basis}


def key(columns: Sequence[Column]) -> dict[str, Any]:
    """Give the few figures that stand under the sliders: of the table, the first setting beside the last.

    Returns
    -------
    ``columns`` (two titles) and ``rows`` (name and two texts each).
    """
    rows = [r for r in compared(columns) if r["name"].startswith(KEY)]
    return {"columns": [columns[0].title, columns[-1].title],
            "rows": [[r["name"], r["cells"][0], r["cells"][-1]] for r in rows]}  # fmt: skip


def beyond(trial: Trial) -> list[str]:
    """Say where figures are those of a shorter end silence: the longest that the recordings were weighed at."""
    asked, weighed = trial.setting.silence_duration_ms, trial.figures.silence_duration_ms
    return [f"figures are those of {weighed} ms, the longest end silence that was weighed"] if asked > weighed else []


def in_force(scales: Scales, target_name: str) -> Column:
    """Give what is in force at a provider of ours; else the documented defaults, least speech and all."""
    if target(target_name).provider not in PROVIDERS:
        begun = start(target_name)
        return Column.of_trial(f"defaults: {begun.label}", scales.trial(begun))
    tuned = scales.tuned(target_name)
    title = f"in force: {tuned.in_force.label.removeprefix('server_vad ')}"
    return Column.of(title, tuned, tuned.as_is, tuned.in_force.prefix_padding_ms or 0)


class _Found(NamedTuple):
    name: str
    text: str
    n: str
    clusters: int
    basis: str = ""


def _found(tuned: Tuned, figures: Figures, prefix_ms: int) -> Iterator[_Found]:
    for ends in figures.ends.values():
        for per, rate in ends.cutoffs.items():
            yield _Found(f"{per}s cut off, {ends.style} speech", rate.text, f"{rate.trials} {per}s", rate.clusters)
        end, clusters = ends.endpoint, ends.cutoffs["turn"].clusters
        name = f"endpoint delay, mean (EP90), {ends.style} speech"
        yield _Found(name, f"{end.mean_ms} ms ({end.p90_ms} ms)" if end.n else "not known", f"{end.n} turns", clusters)
    pauses = figures.pauses
    if pauses.trials:
        name = f"callers' pauses that outlast it; {NOT_LABELLED}"
        share = f"{pauses.failures} of {pauses.trials}"
        yield _Found(
            name, share, f"{pauses.trials} pauses", pauses.clusters, "pauses by the same rule, turns not labelled"
        )
    for kind, rate in figures.missed.items():
        yield _Found(f"starts missed: {WORDS[kind]}", rate.text, f"{rate.trials} {kind}s", rate.clusters)
    for kind, found in figures.false_starts.items():
        n = f"{found.minutes:.1f} min" if isinstance(found, PerMinute) else f"{found.trials} recordings"
        yield _Found(
            f"false starts: {WORDS[kind]}", found.text, n, found.clusters, "nobody speaks to the agent in them"
        )
    if not figures.onset:  # no speech, or a provider whose starts have no model
        return
    padding = tuned.evidence.padding(figures.threshold, prefix_ms)
    for kind, late in figures.onset.items():
        n, clusters = f"{late.n} {kind}s", padding[kind].clusters
        yield _Found(f"onset delay, median (p90): {WORDS[kind]}", f"{late.p50_ms} ms ({late.p90_ms} ms)", n, clusters)
    for kind, kept in padding.items():
        text = f"{kept.clipped_p95_ms} ms; {kept.added_p50_ms} ms of other sound taken along (median)"
        yield _Found(f"clipped onset, p95: {WORDS[kind]}", text, f"{kept.n} {kind}s", kept.clusters)


def facts() -> dict[str, Any]:
    """Give everything that does not change: names, words and colours."""
    return {
        "providers": [[t.name, t.title] for t in TARGETS.values()],
        "one_threshold": sorted(ONE_THRESHOLD),
        "looks": looks(),
        "sound": {kind: asdict(look) for kind, look in SOUND.items()},
        "rule": {kind: asdict(look) for kind, look in RULE.items()},
    }


def standing(name: str) -> str:
    """Say what a setting for this target is: uncalibrated, or only a candidate to try, and why.

    Examples
    --------
    >>> [standing(name).split(":")[0] for name in ("openai", "xai", "livekit")]
    ['uncalibrated', 'candidate to try', 'candidate to try']
    """
    chosen = target(name)
    if chosen.provider not in PROVIDERS:
        return f"candidate to try: weighed by Silero's gate; what decides there is {chosen.detector}"
    if not PROVIDERS[chosen.provider].recommends:
        return f"candidate to try: {PROVIDERS[chosen.provider].why_not}"
    return "uncalibrated: Silero's gate stands in for the provider's detector and was not fitted to its reports"


def to_html(columns: Sequence[Column]) -> str:
    """Give a comparison as a table for where no widget is shown; lower is better in every row."""
    style = 'style="padding:1px 10px 1px 0;text-align:left;vertical-align:top;font-weight:{}"'
    titles = ("lower is better", *(c.title for c in columns), "rests on", "clusters", "basis")
    head = "".join(f"<th {style.format(600)}>{escape(t)}</th>" for t in titles)
    cells = ((r["name"], *r["cells"], r["n"], str(r["clusters"]), r["basis"]) for r in compared(columns))
    rows = "".join(
        "<tr>" + "".join(f"<td {style.format(400)}>{escape(t)}</td>" for t in row) + "</tr>" for row in cells
    )
    return f'<table style="line-height:1.35;font-size:12px"><tr>{head}</tr>{rows}</table>'


def evidence(target_name: str, tuned: Tuned, settings: ServerVad, figures: Figures) -> dict[str, Any]:
    """Give what is written beside an exported file: who chose, on what, expecting what."""
    found: dict[str, Any] = plain(
        {
            "status": standing(target_name),
            "chosen": "by hand",
            "settings": settings,
            "figures": figures,
            "in_force": tuned.in_force,
            "rests_on": tuned.rests_on,
            "notes": tuned.notes,
        }
    )
    return found
