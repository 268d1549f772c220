"""Commands about sessions: measure, compare, replay, validate, compose, data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bargein.cli import show
from bargein.errors import Problem, SessionError, SettingsError, check
from bargein.outcome import Link
from bargein.report.tables import Table

if TYPE_CHECKING:
    from bargein.corpus import Case
    from bargein.tuning.supposed import Supposed

Folder = Annotated[Path, typer.Argument(help="A session folder, or a folder that holds session folders.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Policies = Annotated[
    list[str],
    typer.Option(help="Gates, separated by commas; NAME@local-vad listens to a detector beside the loudspeaker."),
]
Delay = Annotated[int, typer.Option(min=0, help="One-way delay from the log to the client, ms.")]
Jitter = Annotated[int, typer.Option(min=0, help="Extra delay of up to this much per message, ms; order is kept.")]
Start = Annotated[int, typer.Option(min=0, help="From a delta that meets an empty queue to its first sound, ms.")]
Seed = Annotated[int, typer.Option(help="Seed of whatever is drawn at random.")]
Metrics = Annotated[bool, typer.Option("--metrics", help="Every metric instead, with counts, clusters and bounds.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what stands there.")]
More = Annotated[
    str,
    typer.Option("--link", help="More of the way, NAME=MS,...: up_ms, handover_gap_ms, schedule_ahead_ms, carrier_ms."),
]
Annotator = Annotated[
    str | None, typer.Option(help="Whose labels count; left out: everybody's, but for what they do not agree about.")
]
Threshold = Annotated[
    float | None, typer.Option(help="Suppose this enter threshold of the provider's, score: a surrogate reports then.")
]
Prefix = Annotated[float | None, typer.Option(help="Suppose this audio kept from before the onset, ms.")]
Silence = Annotated[float | None, typer.Option(help="Suppose this end silence, ms.")]
Calibrated = Annotated[
    Path | None,
    typer.Option("--calibration", help="A file of `bargein calibrate`: whose rule and delay it is."),
]
EVERY = ["indicator,stop-only,suppress,keyed"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands: dict[str, Callable[..., None]] = {
        "measure": measure, "compare": compare, "replay": replay, "policies": policies, "validate": validate,
        "compose": compose,
    }  # fmt: skip
    for name, command in commands.items():
        app.command(name)(command)
    data = typer.Typer(help="Public recordings: list them, fetch them, verified.", no_args_is_help=True)
    data.command("list")(data_list)
    data.command("fetch")(data_fetch)
    app.add_typer(data, name="data")


def names(policy: list[str]) -> list[str]:
    """Give the gates of one or several options, each a list with commas."""
    return [name.strip() for one in policy for name in one.split(",") if name.strip()]


def link_of(delay_ms: int, jitter_ms: int, start_latency_ms: int, seed: int, more: str) -> Link:
    """Make the link of the options.

    Raises
    ------
    SettingsError
        Something in ``--link`` is no time of a link; all of it at once.
    """
    known = {f.name for f in fields(Link)} - {"seed", "delay_ms", "jitter_ms", "start_latency_ms"}
    pairs = [part.partition("=") for part in more.split(",") if part.strip()]
    wrong = [
        Problem(f"{name.strip()}={value} is no time of a link", "--link", f"one of {', '.join(sorted(known))}, in ms")
        for name, _, value in pairs
        if name.strip() not in known or not value.strip().isdigit()
    ]
    check(wrong, SettingsError, "link")
    times = {name.strip(): int(value) for name, _, value in pairs}
    return Link(delay_ms, jitter_ms, start_latency_ms, seed, **times)


def asked_of(
    cases: Sequence[Case], threshold: float | None, prefix_padding_ms: float | None, silence_duration_ms: float | None,
    calibration: Path | None,
) -> Supposed | None:  # fmt: skip
    """Ask sessions about the settings of the options; None where there are none.

    Raises
    ------
    SettingsError, NotAnswerable
        As :func:`bargein.tuning.supposed.supposed`; a calibration without any setting.
    """
    given = {"threshold": threshold, "prefix_padding_ms": prefix_padding_ms, "silence_duration_ms": silence_duration_ms}
    if all(value is None for value in given.values()):
        if calibration is not None:
            hint = ", ".join(f"--{name.replace('_', '-')}" for name in given)
            raise SettingsError([Problem("--calibration without settings changes nothing", hint=hint)], "settings")
        return None
    from bargein.settings import ServerVad
    from bargein.tuning.calibration import opened
    from bargein.tuning.supposed import supposed

    # What is no whole number of milliseconds stays as it is: the provider's table says what is wrong with it.
    whole = {n: int(v) if n.endswith("_ms") and v is not None and v.is_integer() else v for n, v in given.items()}
    return supposed(cases, ServerVad(**whole), opened(calibration))  # type: ignore[arg-type]  # checked there


def measure(folder: Folder, by: Annotated[str, typer.Option(help="settings or session.")] = "settings",
            annotator: Annotator = None, as_json: AsJson = False) -> None:  # fmt: skip
    """Say what was recorded, by the settings in force: no surrogate, no other gate than the one that ran.

    Example: bargein measure data/sessions
    """
    from bargein.corpus import open_corpus
    from bargein.report import views

    corpus = open_corpus(folder).of(annotator)
    if by != "settings":
        show.tables([views.session_table(corpus, by)], as_json)
    elif as_json:  # one row a row of both tables
        both = zip(views.recorded_table(corpus, "").rows, views.bounds_table(corpus).rows, strict=True)
        show.data([{**row, "bounds": {k: v for k, v in sure.items() if k not in views.WHOSE}} for row, sure in both])
    else:
        show.tables([views.recorded_table(corpus, str(folder)), views.bounds_table(corpus)], as_json)
    if not as_json:
        show.lines([views.LEGEND, *views.warning_lines(corpus)])


def compare(folder: Folder, policy: Policies = EVERY, delay_ms: Delay = 0, jitter_ms: Jitter = 0,
            start_latency_ms: Start = 0, seed: Seed = 0, more: More = "", threshold: Threshold = None,
            prefix_padding_ms: Prefix = None, silence_duration_ms: Silence = None, calibration: Calibrated = None,
            metrics: Metrics = False, annotator: Annotator = None, as_json: AsJson = False) -> None:  # fmt: skip
    """Say what was recorded, who would have been heard under each gate, and what that changes barge-in by barge-in.

    With settings of the provider's voice detection, a surrogate's reports take the place of the recorded ones.

    Example: bargein compare data/sessions --policy stop-only,keyed --delay-ms 60 --jitter-ms 40

    Example: bargein compare data/sessions --policy keyed --threshold 0.7
    """
    from bargein.corpus import need_replayable, open_corpus, run_policies
    from bargein.metrics.truth import remarks
    from bargein.report import views
    from bargein.report.metrics import metric_tables

    link = link_of(delay_ms, jitter_ms, start_latency_ms, seed, more)
    corpus = open_corpus(folder).of(annotator)
    cases = need_replayable(corpus.cases)
    named, where = names(policy), str(folder)
    asked = asked_of(cases, threshold, prefix_padding_ms, silence_duration_ms, calibration)
    runs = [r for case in cases for r in run_policies(case, named, link)] if asked is None else asked.runs(named, link)
    said = [] if asked is None else asked.lines()
    if metrics:
        show.tables(metric_tables(cases, runs, where), as_json)
        if not as_json:
            show.lines([*said, *remarks(case.session for case in cases)])
        return
    shown = [views.recorded_table(corpus, where), views.policy_table(runs, where)]
    if asked is None:
        shown += [views.difference_table(runs, where), views.straggler_table(cases, named, link, where)]
    else:  # against the recording the difference would be the surrogate's, too
        shown.append(views.settings_table(asked.changes(runs, named, link), where))
    show.tables([t for t in shown if t.rows], as_json)
    if not as_json:
        show.lines([*said, views.LEGEND, *views.tie_lines(runs), *views.warning_lines(corpus)])


def replay(folder: Folder, policy: Policies = EVERY, delay_ms: Delay = 0, jitter_ms: Jitter = 0,
           start_latency_ms: Start = 0, seed: Seed = 0, more: More = "", threshold: Threshold = None,
           prefix_padding_ms: Prefix = None, silence_duration_ms: Silence = None, calibration: Calibrated = None,
           metrics: Metrics = False,
           figure: Annotated[Path | None, typer.Option(help="Draw the last policy's timeline to this PNG.")] = None,
           as_json: AsJson = False) -> None:  # fmt: skip
    """Replay one session: generated, delivered and heard, and what happened around every onset.

    With settings of the provider's voice detection, a surrogate's reports take the place of the recorded ones.

    Example: bargein replay data/sessions/openai-02-tail --policy stop-only,keyed --figure tail.png
    """
    from bargein.corpus import need_replayable, open_corpus, run_policies
    from bargein.corpus.clientmodel import agreement_line
    from bargein.metrics.truth import remarks
    from bargein.report import views
    from bargein.report.metrics import metric_tables

    link = link_of(delay_ms, jitter_ms, start_latency_ms, seed, more)
    cases = need_replayable(open_corpus(folder).cases)
    if figure is not None and len(cases) > 1:
        raise SessionError(
            [Problem(f"one figure for {len(cases)} sessions", str(folder), "name one session")], "replay"
        )
    asked = asked_of(cases, threshold, prefix_padding_ms, silence_duration_ms, calibration)
    documents: dict[str, object] = {}
    for case, supposed in asked.told if asked is not None else [(case, None) for case in cases]:
        runs = run_policies(case, names(policy), link, told=supposed)
        shown = [views.outcome_table([r.outcome for r in runs]), views.episode_table(runs), *views.text_tables(runs)]
        told = metric_tables([case], runs, case.session.id) if metrics else shown
        documents[case.session.id] = show.rows_of(told)
        if not as_json:
            show.tables(told, as_json)
            show.lines([agreement_line(case, link) or "", *remarks([case.session])])
        if figure is not None:
            from bargein import plot

            drawn = plot.save(plot.timeline(runs[-1].outcome), figure)
            if not as_json:
                show.lines(f"wrote {drawn}")
    if asked is not None and not as_json:
        show.lines(asked.lines())
    if as_json:  # one session as ever; several by name, so that it stays one document
        show.data(documents if len(documents) > 1 else next(iter(documents.values())))


def policies(as_json: AsJson = False) -> None:
    """List the gates that ship, and what each is known for.

    Example: bargein policies
    """
    from bargein.report import views

    show.tables([views.policies_table()], as_json)


def validate(folder: Folder, as_json: AsJson = False) -> None:
    """Check session folders: facts, checksums, sound, log, labels; every problem at once.

    Example: bargein validate data/sessions
    """
    from bargein.corpus import open_corpus
    from bargein.report import views
    from bargein.session import folders, problems_of

    found = folders(folder)
    wrong = [Problem(p.what, f"{path.name}/{p.place}", p.hint) for path in found for p in problems_of(path)]
    if as_json:
        show.data({"sessions": len(found), "problems": [str(p) for p in wrong]})
        if wrong:
            raise typer.Exit(2)
        return
    check(wrong, SessionError, str(folder))
    odd = views.warning_lines(open_corpus(folder, verify=False))
    show.lines([f"{len(found)} session{'' if len(found) == 1 else 's'}: nothing wrong.", *odd])


def compose(
    out: Annotated[Path, typer.Argument(help="Folder for the sessions.")],
    only: Annotated[str | None, typer.Option(help="Names or parts of names, separated by commas.")] = None,
    real: Annotated[bool, typer.Option("--real", help="From real callers, coughs, noise and rooms (fetched).")] = False,
    seed: Annotated[int | None, typer.Option(help="Another draw of delays; default: the published one.")] = None,
    mirror: Annotated[Path | None, typer.Option(help="With --real: a local copy of the recordings.")] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Build sessions from recorded voices and a model of the provider; everything modelled is listed in them.

    Example: bargein compose /tmp/sessions --only tail
    """
    from bargein import compose as room

    drawn = room.SEED if seed is None else seed
    words = only.split(",") if only else None
    with show.progress() as tell:
        if real:
            made = room.real(out, mirror, seed=drawn, only=words, overwrite=overwrite, progress=tell)
        else:
            made = room.build(out, seed=drawn, only=words, overwrite=overwrite, progress=tell)
    if as_json:
        show.data([str(path) for path in made])
    else:
        show.lines(f"wrote {len(made)} sessions to {out}")


Groups = Annotated[list[str] | None, typer.Argument(help="Groups of recordings; none: all.")]
Mirror = Annotated[Path | None, typer.Option(help="A local copy; default: BARGEIN_DATA_MIRROR.")]


def data_list(groups: Groups = None, mirror: Mirror = None, as_json: AsJson = False) -> None:
    """Say what can be fetched: size, licence, what is here already. Nothing is downloaded.

    Example: bargein data list coughs noise
    """
    from bargein.formats.fetching import plan

    todo = plan(groups or (), mirror=mirror)
    every = [*todo.wanted, *todo.present, *(entry for entry, _ in todo.refused)]
    here = {entry.file for entry in todo.present}
    rows = []
    for group in dict.fromkeys(entry.group for entry in every):
        inside = [entry for entry in every if entry.group == group]
        rows.append(
            {
                "group": group,
                "files": len(inside),
                "MB": sum(e.bytes or 0 for e in inside) / 1e6,
                "here": sum(e.file in here for e in inside),
                "licences": ", ".join({e.licence: 0 for e in inside}),
            }
        )
    if not as_json:
        show.table(Table("Public recordings", rows))
    if as_json:
        show.data({"wanted": [e.file for e in todo.wanted], "present": [e.file for e in todo.present],
                   "bytes": todo.bytes, "licences": todo.licences})  # fmt: skip
    else:
        show.lines(todo.text)


def data_fetch(
    groups: Groups = None, mirror: Mirror = None,
    dest: Annotated[Path | None, typer.Option(help="Folder for the files; default: the user's cache.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Fetch public recordings, verified by checksum; shows size and licence first; resumes.

    Example: bargein data fetch coughs user-utterances
    """
    from bargein.formats.fetching import fetch, plan

    todo = plan(groups or (), dest=dest, mirror=mirror)
    if not as_json:
        show.lines(todo.text)
    if todo.wanted and not yes and not as_json and not typer.confirm("fetch?"):
        raise typer.Exit(1)
    got = fetch(groups or (), dest=dest, mirror=mirror)
    if as_json:
        show.data({"new": got.new, "present": got.present, "files": {k: str(v) for k, v in got.paths.items()}})
    else:
        show.lines(f"{got.new} new, {got.present} were there")
