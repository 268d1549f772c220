"""What a tuner says beside its picture, as data: figures of one setting next to those in force, and their standing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from bargein import units
from bargein.providers import provider
from bargein.settings import ServerVad
from bargein.tuning import Figures, Tuned
from bargein.tuning.tuned import plain

#: Clipped onsets are stated at this percentile.
CLIPPED_PERCENT = 95
WORDS = {"tic": "coughs and tics", "noise": "noise", "echo": "the agent's echo", "turn": "turns", "word": "words"}


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: its name with unit and direction, at this setting and at the one in force."""

    name: str
    here: str
    in_force: str


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
    now = dict(_texts(tuned, here, prefix_ms))
    before = {}
    if tuned.as_is is not None:
        before = dict(_texts(tuned, tuned.as_is, tuned.in_force.prefix_padding_ms or 0))
    return tuple(Line(name, text, before.get(name, "not known")) for name, text in now.items())


def _texts(tuned: Tuned, figures: Figures, prefix_ms: int) -> Iterator[tuple[str, str]]:
    yield "holds cut off", figures.cutoffs["hold"].text
    yield "turns cut off", figures.cutoffs["turn"].text
    end, start = figures.endpoint, figures.onset
    yield "endpoint delay, mean (EP90)", f"{end.mean_ms} ms ({end.p90_ms} ms), n = {end.n}" if end.n else "no turns"
    for kind, rate in figures.missed.items():
        yield f"starts missed: {WORDS[kind]}", rate.text
    for kind, rate in figures.false_starts.items():
        yield f"false starts: {WORDS[kind]}", rate.text
    if not start.n:  # no speech, or a provider whose starts have no model
        return
    yield "onset delay, median (p90)", f"{start.p50_ms} ms ({start.p90_ms} ms), n = {start.n}"
    leads = tuned.evidence.all_onsets(figures.threshold, figures.silence_duration_ms).onset_leads
    clipped = units.nearest_rank([max(lead - prefix_ms, 0) for lead in leads], CLIPPED_PERCENT)
    yield f"clipped onset, p{CLIPPED_PERCENT}", f"{clipped} ms, n = {len(leads)}"


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
    head = "".join(
        f"<th {style.format(600)}>{escape(t)}</th>" for t in ("lower is better", setting, f"in force: {in_force}")
    )
    rows = "".join(
        "<tr>" + "".join(f"<td {style.format(400)}>{escape(t)}</td>" for t in (r.name, r.here, r.in_force)) + "</tr>"
        for r in found
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
