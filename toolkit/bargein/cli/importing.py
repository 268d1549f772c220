"""``bargein import``: a log, a WebRTC session, a call, or a benchmark's record becomes a session folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from bargein.cli import show
from bargein.cli.recordings import AsJson, Overwrite
from bargein.errors import LogError, Problem, check
from bargein.formats.imported import Imported
from bargein.providers import PROVIDERS

#: So many sessions are told of one by one.
FEW = 3


@dataclass(frozen=True)
class Kind:
    """Something that can be brought.

    Parameters
    ----------
    is_called
        In an error: "--player says nothing about …".
    wants
        What has to be given.
    takes
        The options that say something about it.
    bring
        From what was given and the folder to write to sessions.
    beside
        The ending of the folder that is written where none is named; empty: the recording's name without its own.
    """

    is_called: str
    wants: str
    takes: frozenset[str]
    bring: Callable[[str, Path | None, Path, Mapping[str, Any]], Sequence[Imported]]
    beside: str = ""

    def folder(self, named: Path) -> Path:
        """Where a session goes by default."""
        name = f"{named.name}{self.beside}" if self.beside else named.with_suffix("").name
        return named.with_name(name.removesuffix(".ticks"))


def _call(_: str, log: Path | None, out: Path, given: Mapping[str, Any]) -> Sequence[Imported]:
    from bargein.formats.calls import import_call

    return [import_call(out, log, **given)]


def _wire(provider: str, log: Path | None, out: Path, given: Mapping[str, Any]) -> Sequence[Imported]:
    from bargein.formats.wirelog import import_log as bring

    assert log is not None  # asked before
    return [bring(log, out, provider=provider, **given)]


def _benchmark(name: str, log: Path | None, out: Path, given: Mapping[str, Any]) -> Sequence[Imported]:
    from bargein.formats.duplexsessions import import_samples
    from bargein.formats.pipecat import import_pipecat
    from bargein.formats.sidelogs import import_eva, import_ticks

    assert log is not None  # asked before
    if name == "full-duplex-bench":
        return import_samples(log, out, **given)
    return [{"tau-voice": import_ticks, "eva": import_eva, "pipecat": import_pipecat}[name](log, out, **given)]


SIDES = frozenset({"user", "agent"})
LOG = Kind("a log", "a log", SIDES | {"player", "user_origin_ms", "agent_origin_ms", "align"}, _wire)
KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(PROVIDERS, LOG),
    "call": Kind("a call", "a recording, or --user and --agent", SIDES | {"agent_channel"}, _call),
    "tau-voice": Kind("a log of ticks", "a log of ticks (.csv)", frozenset(), _benchmark),
    "eva": Kind("a log of audio events", "a log of audio events (.jsonl)", frozenset(), _benchmark),
    "pipecat": Kind("a pipeline's frames", "a log of frames (.jsonl)", frozenset(), _benchmark),
    "full-duplex-bench": Kind("a sample", "a sample's folder, or a folder of samples", frozenset(), _benchmark,
                              beside="-sessions"),
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_log)


def import_log(
    what: Annotated[
        str,
        typer.Argument(
            help="openai, xai: a log; call: a recording of both sides; tau-voice, eva, pipecat, "
            "full-duplex-bench: what such a benchmark left."
        ),
    ],
    log: Annotated[
        Path | None,
        typer.Argument(
            help="JSON lines {t, dir, ev} of a websocket or a data channel; of a call, two channels; of "
            "tau-voice a table of ticks, of eva audio events, of pipecat frames, of full-duplex-bench "
            "a folder with input.wav and output.wav, or a folder of such folders."
        ),
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
    """Bring a log, a call or a benchmark's record: a session folder, and what it cannot tell.

    Example: bargein import openai call.jsonl --user mic.wav --out sessions/call

    Example: bargein import tau-voice session.ticks.csv --out sessions/tau
    """  # fmt: skip
    if what not in KINDS:
        raise LogError([Problem(f"{what!r} is not known", "import", f"one of {', '.join(KINDS)}")], "import")
    kind = KINDS[what]
    options = {"user": user, "agent": agent, "player": player, "user_origin_ms": user_origin_ms,
               "agent_origin_ms": agent_origin_ms, "agent_channel": agent_channel, "align": align or None}  # fmt: skip
    given = {name: value for name, value in options.items() if value is not None}
    flags = {name: f"--{name.replace('_', '-')}" for name in given}
    odd = [Problem(f"{flags[name]} says nothing about {kind.is_called}", flags[name])
           for name in given if name not in kind.takes]  # fmt: skip
    named = log or (user if what == "call" else None)
    if named is None:
        odd.append(Problem(f"import {what}: {kind.wants} is missing", hint="bargein import --help"))
    check(odd, LogError, "import")
    assert named is not None  # no problems
    target = out or kind.folder(named)
    _tell(kind.bring(what, log, target, {**given, "overwrite": overwrite}), as_json)


def _tell(made: Sequence[Imported], as_json: bool) -> None:
    if as_json:
        data = [{"session": str(m.session.folder), "notes": m.notes, "unmeasurable": m.unmeasurable} for m in made]
        show.data(data if len(data) > 1 else data[0])
        return
    for one in made[:FEW]:
        show.lines([f"wrote {one.session.folder}: {one.session!r}", *(f"note: {n}" for n in one.notes)])
    if len(made) > FEW:
        show.lines(f"… and {len(made) - FEW} more sessions beside; --json tells of each")
    show.lines([f"cannot be measured: {u}" for u in dict.fromkeys(u for m in made for u in m.unmeasurable)])
