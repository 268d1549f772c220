"""Commands that let a replay be heard and read: render, transcript."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bargein.cli import show
from bargein.cli.recordings import (
    AsJson,
    Delay,
    Folder,
    Jitter,
    More,
    Overwrite,
    Policies,
    Seed,
    Start,
    link_of,
    names,
)
from bargein.errors import Problem, SessionError, check
from bargein.whole import write_text

Policy = Annotated[str, typer.Option(help="The gate; NAME@local-vad listens to a detector beside the loudspeaker.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("render")(render)
    app.command("transcript")(transcript)


#: The gates whose difference is worth hearing.
TWO = ["stop-only,keyed"]


def render(
    folder: Folder, policy: Policies = TWO,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("out/heard"),
    kind: Annotated[Literal["wav", "flac"], typer.Option("--format", help="Both are 16 bit.")] = "wav",
    delay_ms: Delay = 0, jitter_ms: Jitter = 0, start_latency_ms: Start = 0, seed: Seed = 0, more: More = "",
    overwrite: Overwrite = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write what was heard under each gate as stereo files: left the user, right the agent.

    Example: bargein render data/sessions/openai-22-no-interrupt-repeated --policy stop-only,keyed
    """
    import bargein as bi

    link = link_of(delay_ms, jitter_ms, start_latency_ms, seed, more)
    made = bi.render(folder, names(policy), out, link, kind=kind, overwrite=overwrite)
    show.tables([made.table], as_json)


def transcript(
    folder: Folder, policy: Policy = "keyed",
    form: Annotated[Literal["text", "html", "json"], typer.Option("--format", help="What to write.")] = "text",
    out: Annotated[Path | None, typer.Option(help="File to write; default: print it.")] = None,
    overwrite: Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:  # fmt: skip
    """Write down who said what, the agent's words split where the user stopped hearing them.

    Example: bargein transcript data/sessions/openai-22-no-interrupt-repeated --policy stop-only
    """
    from bargein.corpus import need_replayable, open_corpus, run_policies
    from bargein.report.transcript import FORMS
    from bargein.report.transcript import transcript as write

    cases = need_replayable(open_corpus(folder).cases)
    problems = [Problem(f"one transcript for {len(cases)} sessions", str(folder), "name one")] * (len(cases) > 1)
    if out is not None and out.exists() and not overwrite:
        problems.append(Problem("the file exists", str(out), "name another one, or overwrite it"))
    check(problems, SessionError, "transcript")
    (run,) = run_policies(cases[0], [policy])
    text = FORMS["json" if as_json else form](write(run.outcome, run.case))
    if out is None:
        show.raw(text)
    else:
        write_text(out, text.rstrip("\n") + "\n")
        show.lines(f"wrote {out}")
