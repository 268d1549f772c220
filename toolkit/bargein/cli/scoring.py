"""``bargein score``: sessions and logs under the definitions of the field, and why those differ from ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from bargein.cli import show
from bargein.cli.recordings import AsJson, names
from bargein.errors import Problem, SettingsError
from bargein.report.tables import Table

NAMES = "tau-voice, eva, full-duplex-bench, eot-bench, sid-bench"
NOTE = (
    "As defined: by the published prose. As coded: what the published script does with it, faults included. A value "
    "without events is unknown, not 0. Seconds, milliseconds and 0..1 as each definition has them."
)
BOTH = "both"
WHY = "What differs from ours, and why"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("score")(score)


def merged(rows: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Say once, as ``both``, what both readings agree on.

    Examples
    --------
    >>> row = {"sessions": "s", "definition": "eva", "metric": "m", "value": 1.0, "n": 2, "note": ""}
    >>> [r["reading"] for r in merged([{**row, "reading": "as defined"}, {**row, "reading": "as coded"}])]
    ['both']
    """
    kept: dict[tuple[object, ...], dict[str, object]] = {}
    for row in rows:
        key = tuple(row[c] for c in ("sessions", "definition", "metric", "value", "n", "note"))
        kept[key] = {**row, "reading": BOTH} if key in kept else dict(row)
    return list(kept.values())


def score(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Session folders, folders of them; logs of 200 ms ticks (.csv); EVA audio events (.jsonl)."
        ),
    ] = None,
    definition: Annotated[
        list[str] | None, typer.Option(help=f"By whose definition, separated by commas: {NAMES}. Default: all.")
    ] = None,
    by: Annotated[str, typer.Option(help="all: events added up; session: each for itself.")] = "all",
    differences: Annotated[
        bool, typer.Option("--differences", help="Only say what differs from ours, and why.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score sessions by the field's definitions: as each is defined, and as its script is coded where that differs.

    The same agent is good or bad by who counts: whether an answer that ended by itself was a "yield", how long a
    cough may be answered for, which pauses a cut-off is a share of. Every difference from `bargein compare --metrics`
    is listed with its reason. Figures of two definitions are not to be compared with each other, nor figures of
    sessions with those a benchmark published for its own clips.

    Example: bargein score data/sessions --definition tau-voice,eva
    """
    from bargein.corpus.scoring import conversations
    from bargein.corpus.scoring import score as of
    from bargein.metrics.definitions import difference_rows

    chosen = names(definition or [])
    if differences:
        why = Table(WHY, difference_rows(*chosen))
        show.tables([why], as_json)
        return
    if not sources:
        hint = "a session folder, a folder of sessions, a log; or --differences alone"
        raise SettingsError([Problem("nothing to score", "SOURCES", hint)], "score")
    found = of(conversations(*sources), chosen, by)
    why = Table(WHY, difference_rows(*dict.fromkeys(str(r["definition"]) for r in found.rows)))
    if as_json:
        show.data({"scores": list(found.rows), "left_out": found.left_out, "differences": list(why.rows)})
        return
    written = [{**r, "value": None if r["value"] is None else f"{r['value']:.3f}"} for r in merged(found.rows)]
    show.table(Table("Scores", written, NOTE, fold=("sessions", "definition", "basis", "clusters")))
    show.table(why)
    show.lines([f"Left out: {text}." for text in found.left_out])
