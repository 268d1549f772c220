"""``bargein import``: a provider's log, a WebRTC session, or a two-channel call becomes a session folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bargein.cli import show
from bargein.cli.recordings import AsJson, Overwrite
from bargein.errors import LogError, Problem, check
from bargein.formats.imported import Imported
from bargein.providers import CALL

#: Options that say nothing about a call, and those that say nothing about a log.
LOG_ALONE = ("--player", "--user-origin-ms", "--agent-origin-ms", "--align")
CALL_ALONE = ("--agent-channel",)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_log)


def import_log(
    provider: Annotated[str, typer.Argument(help="openai, xai, or call: a recording of both sides.")],
    log: Annotated[
        Path | None,
        typer.Argument(help="JSON lines {t, dir, ev} of a websocket or a data channel; of a call, two channels."),
    ] = None,
    user: Annotated[Path | None, typer.Option(help="The microphone, when the log does not hold it.")] = None,
    agent: Annotated[Path | None, typer.Option(help="The agent's audio, when the log does not hold it.")] = None,
    player: Annotated[
        Path | None, typer.Option(help="What the client's player did, on the log's clock; else heard is modelled.")
    ] = None,
    user_origin_ms: Annotated[
        int | None, typer.Option(help="Microphone's first sample on the log's clock, ms, where no appends tell.")
    ] = None,
    agent_origin_ms: Annotated[
        int | None, typer.Option(help="First sample of a WebRTC session's remote track on the log's clock, ms.")
    ] = None,
    agent_channel: Annotated[int | None, typer.Option(help="Of a call: the agent's channel, 0 or 1.")] = None,
    align: Annotated[
        bool, typer.Option("--align", help="Move and stretch --user to where the log holds the same sound.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Session folder to write; default: the recording's name.")] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Bring a logged session or a call: events, audio and settings into a session folder, with what it cannot tell.

    Example: bargein import openai call.jsonl --user mic.wav --out sessions/call
    """
    given = {"--player": player, "--user-origin-ms": user_origin_ms, "--agent-origin-ms": agent_origin_ms,
             "--align": align or None, "--agent-channel": agent_channel}  # fmt: skip
    is_call = provider == CALL.name
    odd = [Problem(f"{name} says nothing about a {'call' if is_call else 'log'}", name)
           for name in (LOG_ALONE if is_call else CALL_ALONE) if given[name] is not None]  # fmt: skip
    named = log or user
    if named is None or (log is None and not is_call):
        wanted = "a recording, or --user and --agent" if is_call else "a log"
        odd.append(Problem(f"import {provider}: {wanted} is missing", hint="bargein import --help"))
    check(odd, LogError, "import")
    assert named is not None  # no problems
    target = out or named.with_suffix("")
    if is_call:
        from bargein.formats.calls import import_call

        made = import_call(target, log, user=user, agent=agent, agent_channel=agent_channel, overwrite=overwrite)
    else:
        from bargein.formats.wirelog import import_log as bring

        made = bring(named, target, provider=provider, user=user, agent=agent, player=player,
                     user_origin_ms=user_origin_ms, agent_origin_ms=agent_origin_ms, align=align,
                     overwrite=overwrite)  # fmt: skip
    _tell(made, target, as_json)


def _tell(made: Imported, target: Path, as_json: bool) -> None:
    if as_json:
        show.data({"session": str(target), "notes": made.notes, "unmeasurable": made.unmeasurable})
        return
    show.lines([f"wrote {target}: {made.session!r}", *(f"note: {n}" for n in made.notes),
                *(f"cannot be measured: {u}" for u in made.unmeasurable)])  # fmt: skip
