"""``bargein label``: a sheet, labels in and out, how far two annotators agree, what to label next and what follows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bargein.cli import show
from bargein.cli.recordings import AsJson, Folder, Overwrite

One = Annotated[Path, typer.Argument(help="A session folder.")]
File = Annotated[Path, typer.Argument(help="The label file; its suffix says the format.")]
AsFormat = Annotated[str | None, typer.Option("--format", help="rttm, textgrid, audacity, elan, csv; default: suffix.")]
HalfWidth = Annotated[float, typer.Option(help="Precision that is asked for: half of an interval's length, a share.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    label = typer.Typer(help="Labels in and out, a sheet, agreement, a queue, weighted rates.", no_args_is_help=True)
    label.command("sheet")(label_sheet)
    label.command("import")(label_import)
    label.command("export")(label_export)
    label.command("agree")(label_agree)
    label.command("queue")(label_queue)
    label.command("rates")(label_rates)
    app.add_typer(label, name="label")


def label_sheet(
    session: One,
    out: Annotated[Path, typer.Option(help="Folder for the two files.")] = Path("sheets"),
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write what a person needs to label a session: its sound in session time, and the user's stretches to be named.

    Example: bargein label sheet sessions/call --out sheets
    """
    from bargein.formats.labelfiles.sheet import sheet
    from bargein.session import load

    files, count = sheet(load(session), out, overwrite=overwrite)
    if as_json:
        show.data({"files": [str(file) for file in files], "stretches": count})
        return
    sound, stretches = files
    show.lines(
        [
            f"wrote {sound}: left the user, right the agent as heard, in session time",
            f"wrote {stretches}: {count} stretches of the user, each called speech; name them (docs/labels.md)",
        ]
    )


def label_import(
    session: One,
    file: File,
    annotator: Annotated[str, typer.Option(help="Whose labels they are: one name, one set.")],
    kind: Annotated[str | None, typer.Option(help="What the file holds, where it does not say.")] = None,
    track: Annotated[str, typer.Option(help="Which track they are about, where the file does not say.")] = "user",
    speaker: Annotated[str | None, typer.Option(help="Only this speaker's, or this tier's.")] = None,
    basis: Annotated[str, typer.Option(help="human, acoustic, lexical or placement.")] = "human",
    uncertainty_ms: Annotated[int, typer.Option(min=0, help="How far off the edges may be, ms.")] = 0,
    blind: Annotated[bool, typer.Option("--blind", help="The annotator did not know what the agent did.")] = False,
    as_format: AsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Add the labels of a file to a session: all of them or none; what was there stays.

    Example: bargein label import sessions/call call.TextGrid --kind speech --annotator anna
    """
    from bargein.formats.labelfiles import bring

    told = {"kind": kind, "track": track, "basis": basis, "uncertainty_ms": uncertainty_ms, "blind": blind}
    done = bring(session, file, annotator=annotator, told=told, only=speaker, format=as_format)
    if as_json:
        show.data({"added": len(done.labels), "present": done.present, "notes": done.notes})
        return
    there = f", {done.present} were there already" if done.present else ""
    show.lines([f"added {len(done.labels)} labels of {annotator}{there}", *(f"note: {n}" for n in done.notes)])


def label_export(
    session: One,
    file: File,
    annotator: Annotated[str | None, typer.Option(help="Whose; may be left out where there is one.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind; may be repeated.")] = None,
    as_format: AsFormat = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write one annotator's labels for another program, and say what it has no place for.

    Example: bargein label export sessions/call call.eaf --annotator anna
    """
    from bargein.formats.labelfiles import leave
    from bargein.session import load

    labels, notes = leave(load(session), file, annotator=annotator, kinds=kind or (), format=as_format,
                          overwrite=overwrite)  # fmt: skip
    if as_json:
        show.data({"written": len(labels), "file": str(file), "notes": notes})
        return
    show.lines([f"wrote {len(labels)} labels to {file}", *(f"note: {n}" for n in notes)])


def label_agree(
    folder: Folder,
    annotators: Annotated[str, typer.Option(help="Two names, separated by a comma.")],
    track: Annotated[str, typer.Option(help="Labels of this track.")] = "user",
    as_json: AsJson = False,
) -> None:
    """Say how far two annotators agree: by kind, at the edges, and where they do not.

    Example: bargein label agree sessions/call --annotators anna,ben
    """
    from bargein.metrics.annotators import NOTE, compare
    from bargein.report.tables import Table
    from bargein.session import folders, load

    sessions = {path.name: load(path).labels for path in folders(folder)}
    found = compare(sessions, [name.strip() for name in annotators.split(",")], track=track)
    if as_json:
        show.data({"kinds": found.rows(), "disputed": found.disputes(), "left_out": found.left_out})
        return
    where = f"{len(sessions)} session{'' if len(sessions) == 1 else 's'}"
    both = " and ".join(found.annotators)
    if found.rows():
        show.table(Table(f"{both}, {where}: labels of the {track} track", found.rows(), NOTE))
    if found.disputed:
        show.table(Table("Disputed", found.disputes(), f"{len(found.disputed)} of {len(found.cases)} cases"))
    else:
        show.lines(f"Nothing disputed in {len(found.cases)} cases.")
    if found.left_out:
        show.lines(f"Not compared, as only one of them labelled these: {', '.join(found.left_out)}.")


def label_queue(
    folder: Folder,
    settings: Annotated[
        list[str] | None,
        typer.Option(help="Compare this: THRESHOLD/PREFIX/SILENCE, provider, local-vad, or a gate; two or more. "
                          "Without it the queue that is there is shown."),
    ] = None,
    sample: Annotated[float, typer.Option(help="Probability of an event on which they agree to be drawn.")] = 0.1,
    disagreeing: Annotated[float, typer.Option(help="Probability of one on which they disagree.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another sample.")] = 1,
    annotator: Annotated[str, typer.Option(help="Whose progress is shown.")] = "",
    half_width: HalfWidth = 0.10,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Draw what to label: all events on which settings disagree, and a sample of the rest, with their probabilities.

    Example: bargein label queue sessions --settings 0.5/300/500 --settings 0.8/300/500 --sample 0.1 --seed 1
    """
    from bargein.queue import make_queue, open_queue
    from bargein.report.tables import Table

    if settings:
        with show.progress() as tell:
            queue = make_queue(folder, settings, sample=sample, disagreeing=disagreeing, seed=seed, progress=tell)
    else:
        queue = open_queue(folder)
    progress = queue.progress(annotator, half_width)
    if as_json:
        show.data({"strata": queue.strata_rows(), "items": progress.items, "answered": progress.answered,
                   "listening_ms": progress.listening_ms, "needed": progress.needed})  # fmt: skip
        return
    title = f"{' against '.join(queue.settings)}, {len(queue.places)} sessions: {progress.items} items to label"
    show.table(Table(title, queue.strata_rows(), "unreported: heard by the net alone, which is far more sensitive"))
    show.lines(progress.text)


def label_rates(
    folder: Folder,
    annotator: Annotated[str | None, typer.Option(help="Whose answers; may be left out where there is one.")] = None,
    half_width: HalfWidth = 0.10,
    as_json: AsJson = False,
) -> None:
    """Say how often each setting fails, of all events: answers weighted by their inclusion probabilities.

    Example: bargein label rates sessions --annotator anna
    """
    from bargein.queue import open_queue
    from bargein.queue.rates import NOTE
    from bargein.report.tables import Table

    queue = open_queue(folder)
    name = queue.one_annotator(annotator)
    rows, left_out = queue.rate_rows(annotator), queue.unheard(name)
    progress = queue.progress(name, half_width)
    if as_json:
        show.data({"annotator": name, "rates": rows, "needed": progress.needed, "left_out": left_out})
        return
    show.table(Table(f"Labelled by {name or 'nobody'}, {len(queue.places)} sessions", rows, NOTE))
    show.lines([progress.text, *left_out])
