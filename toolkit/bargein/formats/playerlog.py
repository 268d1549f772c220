"""The client's own player, logged beside the wire: what really left the loudspeaker, on the wire log's clock.

Lines are those of ``client.jsonl`` (``docs/session-format.md``), with ``t`` of the same clock as the wire log's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bargein.errors import Problem
from bargein.formats.redact import Redactor
from bargein.formats.wireaudio import CARRIERS
from bargein.formats.wireclock import Clock
from bargein.formats.wirelines import Lines
from bargein.providers.wire import ga_name
from bargein.session.files import read_client


@dataclass(frozen=True, slots=True)
class PlayerLog:
    """A player's lines in session time, everything that is wrong with them, and what was odd; None: no log was given.

    Of a player that is not logged, nothing is known of what was heard.
    """

    lines: tuple[dict[str, Any], ...] | None = None
    problems: Sequence[Problem] = ()
    notes: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """Session time of its last line."""
        return max((int(line["t"]) for line in self.lines or ()), default=0)


def player_log(file: str | os.PathLike[str] | None, log: Lines, clock: Clock, *, agent_sound: bool) -> PlayerLog:
    """Read a player's log and lay it on the session's clock.

    Parameters
    ----------
    file
        JSON lines ``{t, ev, …}``; None: none was kept.
    log
        The wire log beside it.
    clock
        Of the wire log. Both must have been written with the same clock: nothing here can tell how far two are apart.
    agent_sound
        Whether the session has the agent's sound; a player's log counts in its samples.
    """
    if file is None:
        return PlayerLog()
    path = Path(file)
    if not path.is_file():
        return PlayerLog(problems=[Problem("no such file", str(path))])
    lines, problems = read_client(path)
    if problems:
        return PlayerLog(problems=problems)
    if not agent_sound:
        what = "it counts samples of the agent's sound, and there is none in the log"
        return PlayerLog(problems=[Problem(what, path.name, "log the deltas whole, or give --agent")])
    if clock.kind != "wall":
        what = "the wire log has no times, so a player's log cannot be laid beside it"
        return PlayerLog(problems=[Problem(what, path.name, "log t in both, of one clock")])
    arrivals = dict(reversed([*_arrivals(log)]))  # of each response, the first
    nodes = [line for line in lines if line["ev"] == "started"]
    strange = sum(node["response"] not in arrivals for node in nodes)
    early = [arrivals[r] - node["t"] for node in nodes if node["t"] < arrivals.get(r := node["response"], node["t"])]
    if nodes and strange == len(nodes):
        what = f"none of its {len(nodes)} nodes names a response of {log.name}"
        return PlayerLog(problems=[Problem(what, path.name, "another call's log?")])
    if early:
        what = f"{len(early)} of {len(nodes)} nodes sound before their response had arrived, by up to {max(early)} ms"
        return PlayerLog(problems=[Problem(what, path.name, "another clock? Take t of both logs from one clock")])
    notes = (f"player's log: {strange} of {len(nodes)} nodes name a response that the log does not hold",)
    kept = (Redactor().clean(line) for line in lines)
    return PlayerLog(tuple({**line, "t": line["t"] - clock.zero} for line in kept), notes=notes if strange else ())


def _arrivals(log: Lines) -> Iterator[tuple[str, int]]:
    """When sound of each response arrived, on the log's clock."""
    for frame in log.frames:
        if frame.direction == "s2c" and ga_name(frame.type) == CARRIERS["output"][0] and frame.t is not None:
            yield str(frame.payload.get("response_id", "")), frame.t
