"""``bargein run``: everything at hand, from recorded sessions to a report, pictures, configurations and notebooks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from bargein.cli import show

EMBEDDED = "Embedded sessions"
PUBLIC = "Public recordings"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    sessions: Annotated[Path | None, typer.Option(help="Folder of sessions; default: the embedded ones.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for what is made.")] = Path("out"),
    max_cutoffs_per_hold: Annotated[
        float | None, typer.Option(min=0, max=1, help="Budget for tuning: largest share of pauses that may end a turn.")
    ] = None,
    notebooks: Annotated[bool, typer.Option(help="Also execute the notebooks.")] = True,
    seed: Annotated[int, typer.Option(help="Of sessions composed from public recordings.")] = 1,
) -> None:
    """Replay, measure, draw and tune everything at hand; leave a report, figures, configurations and notebooks.

    Example: bargein run --max-cutoffs-per-hold 0.10
    """
    from bargein.audio.places import data_dir
    from bargein.report import build, figures, views
    from bargein.report.notebooks import execute, notebook_files
    from bargein.report.study import study

    began = time.perf_counter()
    data = data_dir()
    roots = {EMBEDDED: sessions or data / "sessions"}
    composed = None
    with show.progress() as tell:
        if (public := _public(out, seed, tell)) is not None:
            roots[PUBLIC], composed = public, seed
        made = study(roots, max_cutoffs_per_hold, tell)
    for ring in made.rings:
        show.table(views.recorded_table(ring.corpus, ring.title))
        show.lines(views.warning_lines(ring.corpus))
        if ring.runs:
            show.table(views.policy_table(ring.runs, ring.title))
            show.lines(views.tie_lines(ring.runs))
    for tuned in made.tuned.values():
        show.lines(["", *tuned.summary()])
        if tuned.proposal is not None:
            show.lines([f"wrote {path}" for path in tuned.export(out / "configs" / f"{tuned.provider}.json")])
    with show.progress() as tell:
        with made.timed("figures"):
            drawn = figures.draw(made, out / "figures", tell)
        with made.timed("notebooks"):
            pages = []
            if notebooks:
                folder = data.parent / "notebooks"
                files = notebook_files(folder)
                for n, page in enumerate(execute(folder, out / "notebooks"), 1):
                    tell(f"notebook {page.stem}", n, len(files))
                    pages.append(page)
    report = build.write_report(made, out, drawn, composed)
    taken = ", ".join(f"{step} {s:.1f} s" for step, s in made.seconds.items())
    show.lines([
        "", f"analysis: {made.seconds['analysis']:.1f} s ({made.scored} scored, {made.reused} from the score cache)",
        f"all: {time.perf_counter() - began:.1f} s ({taken})",
        f"wrote {report}, {out / 'run.json'}, {sum(map(len, drawn.values()))} figures, {len(pages)} notebooks",
    ])  # fmt: skip


def _public(out: Path, seed: int, tell: Any) -> Path | None:
    """Compose the same situations from public recordings, where a mirror or a fetch has brought them."""
    from bargein import compose
    from bargein.formats.corpora import mirror_dir, path_of

    if path_of(compose.NEEDS) is None:
        where = "" if mirror_dir() is None else f" in {mirror_dir()}"
        show.lines(f"public recordings: not at hand{where}; `bargein data fetch` brings them. Embedded sessions only.")
        return None
    folder = out / "public-sessions"
    compose.real(folder, seed=seed, overwrite=True, progress=tell)
    return folder
