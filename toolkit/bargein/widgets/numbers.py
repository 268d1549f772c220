"""What a tuner says beside its picture, as data: figures of one setting next to those in force, and their standing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

from bargein.providers import provider
from bargein.settings import ServerVad
from bargein.tuning import Figures, PerMinute, Tuned
from bargein.tuning.figures import NOT_LABELLED
from bargein.tuning.tuned import plain

WORDS = {
    "backchannel": "backchannels", "tic": "coughs and tics", "noise": "noise", "echo": "the agent's echo",
    "turn": "turns", "word": "words",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: its name with unit, at this setting and at the one in force, and how much it rests on.

    ``n`` counts events, ``clusters`` the independent groups of them; ``basis`` says how they were labelled.
    """

    name: str
    here: str
    in_force: str
    n: str
    clusters: int
    basis: str


def lines(tuned: Tuned, here: Figures, prefix_ms: int) -> tuple[Line, ...]:
    """Lay the figures of a setting beside those in force.

    Parameters
    ----------
    tuned
        The evidence, and what is in force.
    here
        Figures of the setting.
    prefix_ms
        Its prefix padding.
    """
    before = {}
    if tuned.as_is is not None:
        before = {f.name: f.text for f in _found(tuned, tuned.as_is, tuned.in_force.prefix_padding_ms or 0)}
    return tuple(
        Line(f.name, f.text, before.get(f.name, "not known"), f.n, f.clusters, f.basis or tuned.rests_on.basis)
        for f in _found(tuned, here, prefix_ms)
    )


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


def standing(name: str) -> str:
    """Say what a setting for this provider is: uncalibrated, or only a candidate to try, and why.

    Examples
    --------
    >>> standing("openai").split(":")[0], standing("xai").split(":")[0]
    ('uncalibrated', 'candidate to try')
    """
    chosen = provider(name)
    if not chosen.recommends:
        return f"candidate to try: {chosen.why_not}"
    return "uncalibrated: Silero's gate stands in for the provider's detector and was not fitted to its reports"


def to_html(found: tuple[Line, ...], setting: str, in_force: str) -> str:
    """Give the figures as a table; lower is better in every row."""
    style = 'style="padding:1px 10px 1px 0;text-align:left;vertical-align:top;font-weight:{}"'
    titles = ("lower is better", setting, f"in force: {in_force}", "rests on", "clusters", "basis")
    head = "".join(f"<th {style.format(600)}>{escape(t)}</th>" for t in titles)
    cells = ((r.name, r.here, r.in_force, r.n, str(r.clusters), r.basis) for r in found)
    rows = "".join(
        "<tr>" + "".join(f"<td {style.format(400)}>{escape(t)}</td>" for t in row) + "</tr>" for row in cells
    )
    return f'<table style="line-height:1.35;font-size:12px"><tr>{head}</tr>{rows}</table>'


def evidence(tuned: Tuned, settings: ServerVad, figures: Figures) -> dict[str, Any]:
    """Give what is written beside an exported file: who chose, on what, expecting what."""
    found: dict[str, Any] = plain(
        {
            "status": standing(tuned.provider),
            "chosen": "by hand",
            "settings": settings,
            "figures": figures,
            "in_force": tuned.in_force,
            "rests_on": tuned.rests_on,
            "notes": tuned.notes,
        }
    )
    return found
