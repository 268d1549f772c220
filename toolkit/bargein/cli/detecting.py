"""``bargein detect``: which detector hears these callers best."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bargein.cli import show
from bargein.cli.recordings import AsJson, names
from bargein.report.tables import Table

NOTE = (
    "Milliseconds of labelled speech and of what was found, added up. Error rate = missed and false over speech, can "
    "exceed 1. Cost = 0.75 of the share missed + 0.25 of the share of the rest taken for speech. Onset: found less "
    "labelled, of those within 500 ms, before any decision delay. Lower is better; precision, recall, F1: higher."
)
#: Columns that are shares; a second or a minute needs fewer digits.
SHARES = ("error rate", "precision", "recall", "F1", "cost")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("detect")(detect)


def detect(
    folder: Annotated[Path, typer.Argument(help="A session, or a folder of sessions, with labels of kind speech.")],
    scorer: Annotated[
        list[str] | None, typer.Option(help="Whose scores: silero, webrtc, energy, or installed ones; with commas.")
    ] = None,
    threshold: Annotated[float, typer.Option(min=0, max=1, help="Score at which speech begins, 0..1.")] = 0.5,
    silence_duration_ms: Annotated[int, typer.Option(min=0, help="End silence, ms.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Hold detectors to labelled speech: what each misses, what it takes for speech, how late its onsets are.

    Example: bargein detect data/sessions --scorer silero,energy
    """
    from bargein.vadlab import detection

    frame = detection(folder, names(scorer or ["silero"]), threshold=threshold, silence_duration_ms=silence_duration_ms)
    records = frame.to_dict("records")
    if as_json:
        show.data(records)
        return
    rows = [{str(k): f"{v:.3f}" if k in SHARES and v is not None else v for k, v in row.items()} for row in records]
    show.table(Table("Detectors against labelled speech", rows, NOTE, ("basis", "clusters", "sessions")))
