"""The report's pictures: which, of what, with which caption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bargein import plot
from bargein.corpus import account
from bargein.report.build import one_barge_in
from bargein.report.page import Picture
from bargein.report.study import Progress, Study

#: Shown before and after an interruption, milliseconds.
BEFORE_MS, AFTER_MS = 4_000, 6_000


def draw(made: Study, out: Path, progress: Progress) -> dict[str, list[Picture]]:
    """Draw every figure of a study.

    Parameters
    ----------
    made
        The study.
    out
        Folder for the PNG files; made when missing.
    progress
        Told of every figure.

    Returns
    -------
    Pictures by the report's section.
    """
    out.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, list[Picture]] = {}
    embedded = made.rings[0]

    def keep(section: str, name: str, axes: Any, caption: str) -> None:
        path = plot.save(axes, out / f"{name}.png")
        drawn.setdefault(section, []).append(Picture(path, caption))
        progress(f"figure {name}", sum(map(len, drawn.values())), 9)

    worst = one_barge_in(embedded)
    if worst is not None:
        onset = worst.panel.met[0].onset.at
        window = (max(0, onset - BEFORE_MS), min(onset + AFTER_MS, worst.case.session.info.length_ms))
        same = [r.outcome for r in embedded.runs if r.case.session.id == worst.case.session.id]
        basis = worst.case.session.info.basis
        for outcome in (worst.outcome, same[-1]):
            name = outcome.policy.title
            keep("one", f"timeline-{name}", plot.timeline(outcome, window=window),
                 f"{worst.case.session.id} under {name}: {outcome.policy.note}. Basis: {basis}.")  # fmt: skip
        keep("who", "policies", plot.compare(same, window=window),
             f"Who was heard in {worst.case.session.id}, under each gate. Basis: {basis}.")  # fmt: skip
    if embedded.runs:
        keep("books", "books", plot.books([account(r) for r in embedded.under("keyed")]),
             "Agent speaking time and silence: booked by arrival, and heard.")  # fmt: skip
        keep("who", "delays", plot.delays(embedded.runs),
             "How long the interrupted agent went on, by cause of late audio and gate.")  # fmt: skip
    for name, tuned in made.tuned.items():
        keep(f"tune {name}", f"frontier-{name}", plot.frontier(tuned),
             f"{tuned.title}: cut-offs against endpoint delay. Dashed: the recordings cannot tell.")  # fmt: skip
        if not tuned.ceiling:
            continue
        keep(f"tune {name}", f"ceiling-{name}", plot.ceiling(tuned),
             f"{tuned.title}: missed turns against false starts, the pairs that any threshold reaches.")  # fmt: skip
    return drawn
