"""Logs of when both sides of a call sounded, as sessions without sound: tau-voice's ticks, EVA's audio events.

What was heard is what such a log *states*, as far as its edges are known. Nobody's detector is in it, and no policy can
be tried on it. Labels are the log's own, annotated in its name: of ticks also what the simulated user did; of audio
streams only that something sounded, and who meant to interrupt is for a person to say.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from bargein.errors import LogError, Problem, check
from bargein.formats.callaudio import read_call_audio
from bargein.formats.calls import records
from bargein.formats.imported import Imported, source, unmeasurable
from bargein.formats.ticklog import ACTION, TICK_MS, TickLog, read_ticks
from bargein.providers.call import CALL, ENDED
from bargein.session import Info, Label, save
from bargein.session.model import AUDIO_STREAMS
from bargein.timeline import Timeline

T = TypeVar("T")
TICKED = "a tick in which a side's audio plays is taken for its speech: a voice may begin up to one tick later"
STREAMED = "both sides' audio streams are taken for their speech, silences in them included"


def import_ticks(log: str | os.PathLike[str], out: str | os.PathLike[str], *, overwrite: bool = False) -> Imported:
    """Turn a log of ticks, as of tau-voice, into a session folder.

    Parameters
    ----------
    log
        :mod:`bargein.formats.ticklog` says of which columns.
    out
        The folder to write.
    overwrite
        Replace a session of that name.

    Returns
    -------
    The session, what was noted, and what it cannot tell.

    Raises
    ------
    LogError
        Every problem of the log, and a folder that exists; nothing is written.
    SessionError
        What is to be replaced is no session.
    """
    path, out = Path(log), Path(out)
    ticks = opened(read_ticks, path, out, overwrite)
    labels = list(_labels_of(ticks))
    missing, notes = {"stated", "ticks"}, [_counts(labels)]
    if ticks.interruptions is None:
        notes.append(f"no column {ACTION}: which speech is a backchannel, and which an interruption, is not known")
        missing.add("labels")
    elif together := sum(s.start in {a.start for a in ticks.agent} for s in ticks.interruptions):
        notes.append(f"at {together} of {len(ticks.interruptions)} interruptions the agent began in the same tick: "
                     "collisions here, no barge-ins")  # fmt: skip
    return _saved("tau-voice", path, out, {"user": ticks.user, "agent": ticks.agent}, labels, missing, notes,
                  overwrite=overwrite, length_ms=ticks.length_ms, clock_step_ms=TICK_MS, assumed=(TICKED,),
                  clusters=(f"log:{ticks.name}",))  # fmt: skip


def import_eva(log: str | os.PathLike[str], out: str | os.PathLike[str], *, overwrite: bool = False) -> Imported:
    """Turn EVA's audio events, a call as two audio streams, into a session folder.

    Parameters
    ----------
    log
        :mod:`bargein.formats.callaudio` says of which lines.
    out
        The folder to write.
    overwrite
        Replace a session of that name.

    Returns
    -------
    The session, what was noted, and what it cannot tell.

    Raises
    ------
    LogError
        Every problem of the log, and a folder that exists; nothing is written.
    SessionError
        What is to be replaced is no session.
    """
    path, out = Path(log), Path(out)
    call = opened(read_call_audio, path, out, overwrite)
    labels = [Label("speech", s.start, s.end, basis="placement", annotator=AUDIO_STREAMS) for s in call.user]
    over = sum(call.agent.at(s.start) is not None for s in call.user)
    notes = [_counts(labels), f"the user's audio began {over} time(s) while the agent's played: which of them are "
             "interruptions is for a person to say"]  # fmt: skip
    ended: list[tuple[int, Mapping[str, Any]]] = []
    if call.ended is not None:
        ended = [(call.length_ms, {"type": ENDED, "reason": call.ended})]
        notes.append(f"the call ended by {call.ended}")
    return _saved("eva", path, out, {"user": call.user, "agent": call.agent}, labels, {"stated", "streams", "labels"},
                  notes, lines=ended, overwrite=overwrite, length_ms=call.length_ms, assumed=(STREAMED,),
                  clusters=(f"log:{call.name}",))  # fmt: skip


def opened(reader: Callable[[Path], T], path: Path, out: Path, overwrite: bool) -> T:
    """Read a log, and say with its problems that the folder exists."""
    there = [Problem("the folder exists", str(out), "name another one, or overwrite it")]
    there = there if out.exists() and not overwrite else []
    if not path.is_file():
        raise LogError([Problem("no such file", str(path), "mistyped?"), *there], path.name)
    try:
        found = reader(path)
    except LogError as error:
        raise LogError([*error.problems, *there], error.source) from None
    check(there, LogError, path.name)
    return found


def _labels_of(ticks: TickLog) -> Iterator[Label]:
    """Everything the log says of the user, as labels in its name."""
    said = [("speech", s) for s in ticks.user] + [*ticks.sounds]
    said += [("interruption", s) for s in ticks.interruptions or ()]
    for kind, s in said:
        yield Label(kind, s.start, s.end, uncertainty_ms=TICK_MS, basis="acoustic", annotator=ticks.name)


def _counts(labels: Iterable[Label]) -> str:
    kinds = [label.kind for label in labels]
    found = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)) or "none"
    return f"labels of the user, as the log has them: {found}"


def _saved(
    kind: str,
    path: Path,
    out: Path,
    sides: Mapping[str, Timeline],
    labels: Iterable[Label],
    missing: Collection[str],
    notes: Iterable[str],
    *,
    overwrite: bool,
    lines: Iterable[tuple[int, Mapping[str, Any]]] = (),
    assumed: tuple[str, ...],
    **facts: Any,
) -> Imported:
    """Write the session, with all that is said of it."""
    cannot, said = unmeasurable(missing), tuple(notes)
    info = Info(id=out.name, provider=CALL.name, model="", modelled=("events",), assumed=assumed,
                sources=(source(kind, path),), notes=(*said, *cannot), **facts)  # fmt: skip
    session = save(out, info, records(sides, lines), audio={}, labels=labels, overwrite=overwrite)
    return Imported(session, (*said, *assumed), cannot)
