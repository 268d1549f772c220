"""``bargein run``: everything at hand, from recorded sessions to a report, pictures, configurations and notebooks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bargein.cli import show
from bargein.cli.recordings import AsJson
from bargein.report import views

if TYPE_CHECKING:
    from bargein.report.study import Study

EMBEDDED = "Embedded sessions"
PUBLIC = "Public recordings"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    sessions: Annotated[
        Path | None, typer.Option(help="Your sessions; their labels are tuned on. Default: the embedded ones.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for what is made.")] = Path("out"),
    max_cutoffs_per_hold: Annotated[
        float | None, typer.Option(min=0, max=1, help="Budget for tuning: largest share of pauses that may end a turn.")
    ] = None,
    notebooks: Annotated[bool, typer.Option(help="Also execute the notebooks.")] = True,
    seed: Annotated[int, typer.Option(help="Of sessions composed from public recordings.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Replay, measure, draw and tune everything at hand; leave a report, figures, configurations and notebooks.

    Example: bargein run --max-cutoffs-per-hold 0.10
    """
    from bargein.audio.places import data_dir
    from bargein.report import build, figures
    from bargein.report.notebooks import execute, notebook_files
    from bargein.report.study import manifest, study

    began = time.perf_counter()
    data = data_dir()
    roots = {EMBEDDED: data / "sessions"} if sessions is None else {f"Sessions of {sessions}": sessions}
    public = sessions is None and _at_hand()
    if sessions is None and not public and not as_json:
        show.lines("public recordings: not at hand; `bargein data fetch` brings them. Embedded sessions only.")
    with show.progress() as tell:
        if public:
            roots[PUBLIC] = _composed(out / "public-sessions", seed, tell)
        made = study(roots, max_cutoffs_per_hold, tell, tuned_on=sessions)
    written: list[Path] = []
    for tuned in made.tuned.values():
        if tuned.proposal is not None and tuned.proposal.status != "machinery check":
            written += tuned.export(out / "configs" / f"{tuned.provider}.json")
    if not as_json:
        _show(made, written)
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
    report = build.write_report(made, out, drawn, seed if public else None)
    if as_json:
        show.data(manifest(made, seed if public else None))
        return
    taken = ", ".join(f"{step} {s:.1f} s" for step, s in made.seconds.items())
    show.lines([
        "", f"analysis: {made.seconds['analysis']:.1f} s ({made.scored} scored, {made.reused} from the score cache)",
        f"all: {time.perf_counter() - began:.1f} s ({taken})",
        f"wrote {report}, {out / 'run.json'}, {sum(map(len, drawn.values()))} figures, {len(pages)} notebooks",
    ])  # fmt: skip


def _show(made: Study, written: Sequence[Path]) -> None:
    """Print what was recorded, who was heard, and what can be said per provider."""
    for ring in made.rings:
        show.table(views.recorded_table(ring.corpus, ring.title))
        show.lines(views.warning_lines(ring.corpus))
        if ring.runs:
            show.table(views.policy_table(ring.runs, ring.title))
            show.lines(views.tie_lines(ring.runs))
    show.lines(views.LEGEND)
    for tuned in made.tuned.values():
        show.lines(["", *tuned.summary()])
    show.lines(["", *(f"wrote {path}" for path in written)])


def _at_hand() -> bool:
    """Whether a mirror or a fetch has brought public recordings."""
    from bargein import compose
    from bargein.formats.corpora import path_of

    return path_of(compose.NEEDS) is not None


def _composed(folder: Path, seed: int, tell: Any) -> Path:
    """Compose the same situations from public recordings."""
    from bargein import compose

    compose.real(folder, seed=seed, overwrite=True, progress=tell)
    return folder
