"""Logs of ticks: one line every 200 ms, who speaks in it, and what a simulated caller put into it.

A table with at least the columns ``tick`` (0, 1, 2, …), ``time_s``, ``user_speech`` and ``agent_speech`` (0 or 1);
``user_action`` tells backchannels and when the simulated user chose to take the floor, ``user_in_speech_insert`` and
``user_out_of_turn_insert`` a ``vocal_tic`` or a ``non_directed_phrase``. Other columns are left alone. A session of
tau-voice comes down to this.

References
----------
sierra-research/tau2-bench: ``contains_speech``, ``turn_taking_action``, ``speech_effects`` and ``source_effects``.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bargein.errors import LogError, Problem, check
from bargein.timeline import Span, Timeline
from bargein.units import ms_from_seconds

TICK_MS = 200
NEEDED = ("tick", "time_s", "user_speech", "agent_speech")
INSERTS = ("user_in_speech_insert", "user_out_of_turn_insert")
#: What an insert is called here.
KIND = {"vocal_tic": "tic", "non_directed_phrase": "side_talk"}
ACTION, BACKCHANNEL, TAKES_FLOOR = "user_action", "backchannel", "generate_message"
#: So many problems of one kind are listed; a file of another kind has one in every line.
MOST = 20


@dataclass(frozen=True, slots=True)
class TickLog:
    """What a log of ticks says, in session time.

    Parameters
    ----------
    name
        Of the file, without its endings.
    length_ms
        All its ticks.
    user, agent
        When they spoke.
    sounds
        ``(kind, when)``: ``backchannel``, ``tic``, ``side_talk``.
    interruptions
        Speech that the user began as a message of its own while the agent spoke; None: no column says what the user
        did. A burst of one tick at the very end is the simulator hanging up, and none.
    """

    name: str
    length_ms: int
    user: Timeline
    agent: Timeline
    sounds: tuple[tuple[str, Span], ...]
    interruptions: tuple[Span, ...] | None = None


def read_ticks(path: str | os.PathLike[str]) -> TickLog:
    """Read a log of ticks.

    Raises
    ------
    LogError
        Every problem with its line: columns that are missing, ticks that are not 200 ms long or not in a row, flags
        that are neither 0 nor 1, inserts of another kind; a file without ticks.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LogError([Problem(f"not UTF-8: {error.reason} at byte {error.start}", file.name, "no text?")],
                       str(file)) from None  # fmt: skip
    table = csv.DictReader(text.splitlines(), strict=True)
    problems: list[Problem] = []
    rows: list[dict[str, str]] = []
    try:
        missing = [c for c in NEEDED if c not in (table.fieldnames or ())]
        if missing:
            hint = f"a log of ticks has {', '.join(NEEDED)}"
            raise LogError([Problem(f"no column {', '.join(missing)}", f"{file.name}:1", hint)], str(file))
        for row in table:
            place, wrong = (
                f"{file.name}:{table.line_num}",
                [] if None not in row else [Problem("more cells than columns")],
            )
            wrong += list(_wrong(len(rows), row))
            problems += [Problem(p.what, place, p.hint) for p in wrong[:1]]
            rows.append({k: v or "" for k, v in row.items() if k is not None})
    except csv.Error as error:
        problems.append(Problem(f"no table: {error}", f"{file.name}:{table.line_num}", "quotes that do not match?"))
    if not rows and not problems:
        problems.append(Problem("no ticks", file.name, "cut off?"))
    if len(problems) > MOST:
        problems = [*problems[:MOST], Problem(f"{len(problems) - MOST} more lines like these", file.name)]
    check(problems, LogError, str(file))
    return _log(file.name.partition(".")[0], rows)


def _wrong(n: int, row: dict[str, str]) -> Iterator[Problem]:
    """What is wrong with a line, the likeliest cause first."""
    if row["tick"] != str(n):
        yield Problem(f"tick: {row['tick']!r} is not {n}", hint="lines lost, doubled or sorted?")
    try:
        at = ms_from_seconds(float(row["time_s"]))
    except (TypeError, ValueError, OverflowError):
        yield Problem(f"time_s: {row['time_s']!r} is no number of seconds")
    else:
        if at != n * TICK_MS:
            per_tick = f"{at / n:g} ms a tick" if n else "the first tick begins at 0"
            hint = f"{per_tick}; its windows are defined on ticks of {TICK_MS} ms: record or convert to those"
            yield Problem(f"time_s: tick {n} at {at} ms is not at {n * TICK_MS} ms", hint=hint)
    for flag in ("user_speech", "agent_speech"):
        if row[flag] not in ("0", "1"):
            yield Problem(f"{flag}: {row[flag]!r} is neither 0 nor 1")
    for insert in INSERTS:
        if (kind := row.get(insert) or "") and kind not in KIND:
            yield Problem(f"{insert}: {kind!r} is none of {', '.join(KIND)}")


def _log(name: str, rows: list[dict[str, str]]) -> TickLog:
    user, agent = (_runs(n for n, row in enumerate(rows) if row[f"{who}_speech"] == "1") for who in ("user", "agent"))
    begins = {s: rows[s.start // TICK_MS] for s in user}
    sounds = [(BACKCHANNEL, s) for s, row in begins.items() if row.get(ACTION) == BACKCHANNEL]
    for insert in INSERTS:
        for wire, kind in KIND.items():
            sounds += [(kind, s) for s in _runs(n for n, row in enumerate(rows) if row.get(insert) == wire)]
    length = len(rows) * TICK_MS
    over = [s for s, row in begins.items() if row.get(ACTION) == TAKES_FLOOR and row["agent_speech"] == "1"]
    interruptions = tuple(s for s in over if s != Span(length - TICK_MS, length)) if ACTION in rows[0] else None
    return TickLog(name, length, user, agent, tuple(sorted(sounds, key=lambda s: (s[1], s[0]))), interruptions)


def _runs(ticks: Iterable[int]) -> Timeline:
    """Ticks in a row as spans of time."""
    runs = (list(run) for _, run in groupby(enumerate(ticks), key=lambda pair: pair[1] - pair[0]))
    return Timeline(Span(run[0][1] * TICK_MS, (run[-1][1] + 1) * TICK_MS) for run in runs)
