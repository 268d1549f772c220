"""Commands about settings: tune, calibrate, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bargein.cli import show
from bargein.cli.recordings import AsJson
from bargein.errors import Problem, SettingsError, check

ProviderName = Annotated[str, typer.Argument(help="openai or xai.")]
Share = Annotated[float | None, typer.Option(min=0, max=1, help="Largest share of pauses that may end a turn, 0..1.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("tune")(tune)
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
        typer.Option(help="Most false starts: tic=0.1 (share of coughs), noise=1, echo=2 (starts a minute)."),
    ] = None,
    max_missed_starts: Annotated[
        float | None, typer.Option(min=0, max=1, help="Largest share of turns and words that may be missed, 0..1.")
    ] = None,
    on: Annotated[
        Path | None,
        typer.Option(help="Labelled sessions or score tables; default: embedded tables of real recordings."),
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="A file of `bargein calibrate`: its rule is swept, its error stated.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the settings here, evidence beside them.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find settings on recorded speech for the budget you give, or say why none can be recommended.

    There is no default budget: without one you see the frontier. What too little was recorded for is refused, and a
    file then holds it as it is in force: its evidence says so.

    Example: bargein tune openai --max-cutoffs-per-hold 0.10
    """
    from bargein.api import tune as find

    tuned = find(
        on, provider, max_cutoffs_per_hold=max_cutoffs_per_hold, max_cutoffs_per_turn=max_cutoffs_per_turn,
        max_false_starts=_by_kind(max_false_starts or []), max_missed_starts=max_missed_starts, calibration=calibration,
    )  # fmt: skip
    written = tuned.export(out) if out is not None else ()
    if as_json:
        show.data({**tuned.to_json(), "written": [str(p) for p in written]})
    else:
        show.lines([*tuned.summary(), *(f"wrote {path}" for path in written)])


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
    from bargein.api import calibrate as find
    from bargein.tuning.calibration.storing import to_json

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
    provider: ProviderName,
    out: Annotated[Path, typer.Argument(help="File to write; an old one is replaced only by a valid new one.")],
    threshold: Annotated[float | None, typer.Option(help="Enter threshold, score.")] = None,
    prefix_padding_ms: Annotated[float | None, typer.Option(help="Audio kept from before the onset, ms.")] = None,
    silence_duration_ms: Annotated[float | None, typer.Option(help="End silence waited for, ms.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write settings of your own in the provider's shape, checked against its ranges.

    Example: bargein export xai configs/xai.json --threshold 0.6 --prefix-padding-ms 333 --silence-duration-ms 500
    """
    from bargein.providers import provider as find
    from bargein.settings import ServerVad
    from bargein.tuning import export as write

    given: dict[str, float] = {
        k: v
        for k, v in (("threshold", threshold), ("prefix_padding_ms", prefix_padding_ms),
                     ("silence_duration_ms", silence_duration_ms))
        if v is not None
    }  # fmt: skip
    chosen = find(provider)
    wrong = [found for knob in chosen.knobs if knob.name in given
             and (found := knob.problem(given[knob.name], f"{chosen.path}.{knob.name}"))]  # fmt: skip
    check(wrong, SettingsError, str(out))
    values = {k: int(v) if k.endswith("_ms") else v for k, v in given.items()}
    settings = ServerVad(**values)  # type: ignore[arg-type]  # whole milliseconds, checked above
    written = write(settings, provider, out)
    warnings = [str(w) for w in chosen.warnings(settings)]
    if as_json:
        show.data({"written": [str(p) for p in written], "warnings": warnings})
    else:
        show.lines([*(f"wrote {p}" for p in written), *(f"warning: {w}" for w in warnings)])
