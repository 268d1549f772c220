"""Commands about settings: tune, plan, calibrate, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bargein.cli import show
from bargein.cli.diagnosing import FOUND
from bargein.cli.recordings import AsJson
from bargein.errors import Problem, SettingsError, check

ProviderName = Annotated[str, typer.Argument(help="openai or xai.", metavar="openai|xai")]
Share = Annotated[float | None, typer.Option(min=0, max=1, help="Largest share of pauses that may end a turn, 0..1.")]

PAIRS = "0.5 / 288 ms: threshold and end silence; up to: a bound of 95 %; clusters: speakers, calls or rooms."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("tune")(tune)
    app.command("plan")(plan)
    app.command("calibrate")(calibrate)
    app.command("export")(export)


def tune(
    provider: ProviderName,
    max_cutoffs_per_hold: Share = None,
    max_cutoffs_per_turn: Annotated[
        float | None, typer.Option(min=0, max=1, help="Largest share of turns that may be cut off, 0..1.")
    ] = None,
    max_false_starts: Annotated[
        list[str] | None,
        typer.Option(help="Most false starts: tic=0.1, backchannel=0.1 (shares), noise=1, echo=2 (starts a minute)."),
    ] = None,
    max_missed_starts: Annotated[
        float | None, typer.Option(min=0, max=1, help="Largest share of turns and words that may be missed, 0..1.")
    ] = None,
    on: Annotated[
        Path | None,
        typer.Option(help="Labelled sessions or score tables; default: embedded tables of real recordings."),
    ] = None,
    scorer: Annotated[
        str, typer.Option(help="Whose scores of your sessions: silero, webrtc, energy, or one that is installed.")
    ] = "silero",
    calibration: Annotated[
        Path | None, typer.Option(help="A file of `bargein calibrate`: its rule is swept, its error stated.")
    ] = None,
    joint: Annotated[
        bool,
        typer.Option("--joint", help="Weigh gates at the client, too: what passes the ceiling of thresholds."),
    ] = False,
    gate: Annotated[
        list[str] | None, typer.Option(help="A gate to weigh: minimum-200, hold-500, duck-500 (ms); implies --joint.")
    ] = None,
    search: Annotated[
        Literal["optuna"] | None, typer.Option(help="Also search a rule with a maximum of speech, by trials.")
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="How many rules --search runs.")] = 100,
    out: Annotated[Path | None, typer.Option(help="Write the settings here, evidence beside them.")] = None,
    target: Annotated[
        str | None, typer.Option(help="Shape of the file: `bargein export --list`; default: the provider's own.")
    ] = None,
    whole: Annotated[bool, typer.Option("--all", help="Print every figure, not the answer alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find settings on recorded speech for the budget you give, or say why none can be recommended.

    There is no default budget: without one you see the frontier. What too little was recorded for is refused, and a
    file then holds it as it is in force: its evidence says so. For a target with another detector than the provider's
    the file is a candidate to try.

    Example: bargein tune openai --max-cutoffs-per-hold 0.10 --out configs/x.ts --target typescript
    """
    from bargein.report.tables import Table
    from bargein.tuning.gates import USUAL
    from bargein.vadlab import search as find_rule
    from bargein.vadlab import tune as find

    _check_place(provider, target, out)
    tuned = find(
        on, provider, max_cutoffs_per_hold=max_cutoffs_per_hold, max_cutoffs_per_turn=max_cutoffs_per_turn,
        max_false_starts=_by_kind(max_false_starts or []), max_missed_starts=max_missed_starts,
        scorer=scorer, calibration=calibration, gates=gate or (USUAL if joint else ()),
    )  # fmt: skip
    searched = find_rule(on, trials=trials) if search else None
    written = tuned.export(out, target) if out is not None else ()
    if as_json:
        beside = {} if searched is None else {"search": searched.to_json()}
        show.data({**tuned.to_json(), **beside, **_written(written)})
    else:
        if whole:
            show.lines(tuned.summary())
        else:
            show.lines([f"{tuned.title}, budget: {tuned.budget.text}", tuned.headline, *tuned.grounds(), ""])
            show.table(Table("In short", tuned.brief(), f"{PAIRS} Every figure: --all, or --json."))
        show.lines([*([] if searched is None else searched.lines()), *_said(written)])


def plan(
    provider: ProviderName,
    on: Annotated[
        Path | None, typer.Option(help="Labelled sessions or score tables; default: what comes along.")
    ] = None,
    budget: Annotated[
        list[float] | None, typer.Option(help="A share of cut-offs you want to show, 0..1; default: 0.05, 0.1, 0.2.")
    ] = None,
    fail_on: Annotated[
        Literal["missing"] | None, typer.Option(help="Exit with 1 while any claim is not answered.")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="Draw to this PNG which settings these recordings can say anything of.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what to record: how many callers, pauses, onsets, coughs and thresholds are missing, for which claim.

    A claim is answered, bounded (counted, too few to show it) or not answerable. Modelled sessions count for none. The
    figure shows the same for every threshold and end silence, with the reasons.

    Example: bargein plan openai --budget 0.1 --figure plan.png
    """
    from bargein.report.tables import Table
    from bargein.tuning.objectives import BUDGETS
    from bargein.vadlab import plan as find

    found = find(on, provider, budgets=budget or BUDGETS)
    drawn = None
    if figure is not None:
        from bargein import plot
        from bargein.plot.known import known_chart

        drawn = plot.save(known_chart(found), figure)
    if as_json:
        show.data(found.to_json())
    else:
        show.table(Table(f"What these recordings can say of {found.title}", [need.row() for need in found.needs]))
        show.lines([*found.lines(), *([f"wrote {drawn}"] if drawn else [])])
    if fail_on is not None and found.missing:
        raise typer.Exit(FOUND)


def _check_place(provider: str, target: str | None, out: Path | None) -> None:
    """Refuse a target or a file name that is wrong before anything is weighed."""
    from bargein.providers import provider as find
    from bargein.tuning.export import named
    from bargein.tuning.languages import problems

    chosen, languages = named(target or find(provider).name, provider)
    if out is not None:
        check(problems(out, languages, chosen.title), SettingsError, str(out))
    elif target is not None:
        raise SettingsError([Problem("--target without --out writes nothing", hint="--out configs/x.json")], "tune")


def calibrate(
    sessions: Annotated[Path, typer.Argument(help="Recorded sessions: a folder of them, or one.")],
    provider: Annotated[str, typer.Option(help="Whose detector: openai or xai.")] = "openai",
    out: Annotated[Path | None, typer.Option(help="Write the calibration here, whole or not at all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find out from the provider's own reports how its voice detection decides, and say what they leave open.

    Each parameter is fitted, or fixed at its prior: not identified. Errors are those on groups (speakers, calls) that
    were left out of the fit; under three groups there is none. Needed: real sessions with the microphone as sent, all
    three settings sent, and received events with their times. Modelled sessions are refused, semantic_vad is another
    detector, and for Grok while the agent speaks there are candidates to try until 20 onsets are on record.

    Example: bargein calibrate sessions --provider openai --out calibration.json
    """
    from bargein.tuning.calibration.storing import to_json
    from bargein.vadlab import calibrate as find

    found = find(sessions, provider, out=out)
    if as_json:
        show.data({**to_json(found), "written": [] if out is None else [str(out)]})
    else:
        show.lines([*found.lines(), *([] if out is None else [f"wrote {out}"])])


def _by_kind(given: list[str]) -> dict[str, float]:
    """Read ``tic=0.1``, ``echo=2``; every one that cannot be read is named."""
    most, problems = {}, []
    for text in given:
        kind, _, number = text.partition("=")
        try:
            most[kind] = float(number)
        except ValueError:
            hint = "tic=0.1 for one cough in ten, echo=2 for two starts a minute"
            problems.append(Problem(f"{text!r} is not KIND=NUMBER", "--max-false-starts", hint))
    check(problems, SettingsError, "tune")
    return most


def export(
    target: Annotated[str | None, typer.Argument(help="What the file is for; --list shows all.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write: .json, or .ts for a TypeScript constant; evidence beside it.")
    ] = None,
    threshold: Annotated[float | None, typer.Option(help="Enter threshold, score.")] = None,
    prefix_padding_ms: Annotated[float | None, typer.Option(help="Audio kept from before the onset, ms.")] = None,
    silence_duration_ms: Annotated[float | None, typer.Option(help="End silence waited for, ms.")] = None,
    min_speech_ms: Annotated[
        float | None, typer.Option(help="Speech required before the agent yields, ms; not at OpenAI or xAI.")
    ] = None,
    exit_threshold: Annotated[float | None, typer.Option(help="Score under which speech is left; LiveKit.")] = None,
    more: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any other setting of the target, by the name --list gives."),
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="Show every target: settings, ranges, defaults.")] = False,
    check_file: Annotated[
        Path | None, typer.Option("--check", help="Read a file back: is it what its evidence is about?")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write settings of your own in the shape their reader takes, checked against its ranges.

    Times are whole milliseconds here, whatever the file counts in. What a target has no place for is left out and said,
    or refused; an old file is replaced only by a valid new one. `typescript` is OpenAI's shape as a constant; any other
    that is sent as JSON becomes one when the file ends in .ts.

    Example: bargein export xai --threshold 0.6 --silence-duration-ms 500 --out configs/xai.json

    Example: bargein export azure-voice-live --min-speech-ms 200 --set auto_truncate=true --out configs/azure.json

    Example: bargein export --list
    """
    if list_all:
        _list(target, as_json)
    elif check_file is not None:
        _check(check_file, as_json)
    else:
        _export(target, out, _given(more or [], threshold=threshold, exit_threshold=exit_threshold,
                                    min_speech_ms=min_speech_ms, prefix_padding_ms=prefix_padding_ms,
                                    silence_duration_ms=silence_duration_ms), as_json)  # fmt: skip


def _given(more: list[str], **options: float | None) -> list[tuple[str, str]]:
    """Give every setting as it was typed, options first."""
    typed = [(name, str(value)) for name, value in options.items() if value is not None]
    return [*typed, *((name, value) for name, _, value in (text.partition("=") for text in more))]


def _export(name: str | None, out: Path | None, typed: list[tuple[str, str]], as_json: bool) -> None:
    from bargein.providers.targets import SHARED, TARGETS
    from bargein.settings import ServerVad
    from bargein.tuning.export import export as write
    from bargein.tuning.export import named, refused

    if name is None or out is None:
        missing = [n for n, given in (("TARGET", name), ("--out", out)) if given is None]
        hint = f"of {', '.join(TARGETS)}, typescript; bargein export --list shows their settings"
        raise SettingsError([Problem(f"{n} is missing", hint=hint if n == "TARGET" else "") for n in missing], "export")
    chosen, languages = named(name)
    known = {field.name: field.setting for field in chosen.fields}
    values = {n: known[n].parse(text) if n in known else text for n, text in typed}
    twice = [n for n in values if [given for given, _ in typed].count(n) > 1]
    repeated = [Problem(f"{n}: given more than once") for n in twice]
    check([*repeated, *refused(chosen, languages, values, out)], SettingsError, str(out))
    shared = {n: value for n, value in values.items() if n in SHARED}
    own = {n: value for n, value in values.items() if n not in SHARED}
    settings = ServerVad(**shared)  # type: ignore[arg-type]  # checked above
    written = write(settings, name, out, own=own)
    if as_json:
        show.data(_written(written))
    else:
        show.lines(_said(written))


def _written(files: tuple[Path, ...]) -> dict[str, object]:
    from bargein.tuning.export import stated

    return {"written": [str(file) for file in files], **({"export": stated(files[0])} if files else {})}


def _said(files: tuple[Path, ...]) -> list[str]:
    from bargein.tuning.export import lines, stated

    return [*(f"wrote {file}" for file in files), *(lines(stated(files[0])) if files else ())]


def _check(file: Path, as_json: bool) -> None:
    from bargein.tuning.export import verified

    chosen, values = verified(file)
    if as_json:
        show.data({"file": str(file), "target": chosen.name, "settings": values})
    else:
        show.lines([f"{file} is what its evidence is about: {chosen.title}",
                    *(f"  {name} {value}" for name, value in values.items())])  # fmt: skip


def _list(name: str | None, as_json: bool) -> None:
    from bargein.providers.targets import TARGETS
    from bargein.providers.targets.listing import about, lacking, settings_of
    from bargein.report.tables import Table
    from bargein.tuning.export import named

    shown = TARGETS if name is None else {name: named(name)[0]}
    note = "Names and units are ours: scores 0..1, whole milliseconds. `typescript` is OpenAI's shape in a .ts file."
    each = [Table(f"{t.title}: bargein export {t.name}", settings_of(t)) for t in shown.values()]
    show.tables([Table("Targets", about(shown), note=note), *each, Table("No place for", lacking(shown))], as_json)
