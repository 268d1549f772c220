"""The frames of a Pipecat pipeline, as EVA logs them, as a session: a detector's own reports, and texts; no sound.

JSON lines with ``type``, ``data.frame`` and ``timestamp``, whole milliseconds since 1970. A frame that goes to several
processors is several lines, as ``UserStartedSpeakingFrame#0`` and ``#1`` within a millisecond: the first is kept. The
language model's responses have no ids: they are numbered in order. Session time begins with the first line.

References
----------
ServiceNow/eva: ``pipecat_logs.jsonl``. pipecat-ai/pipecat: ``UserStartedSpeakingFrame``, ``TranscriptionFrame``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bargein.errors import LogError, Problem, check
from bargein.formats.imported import Imported, source, unmeasurable
from bargein.formats.redact import Redactor
from bargein.formats.sidelogs import opened
from bargein.providers.pipecat import (
    PIPECAT,
    RESPONSE,
    SPOKEN,
    STARTED,
    STOPPED,
    TRANSCRIPT,
    TURN_ENDED,
    TURN_STARTED,
    frame,
)
from bargein.session import Info, Record, save
from bargein.session.files import json_lines

KNOWN = (STARTED, STOPPED, TRANSCRIPT, RESPONSE, SPOKEN, TURN_STARTED, TURN_ENDED)
EDGES, TEXTS = (STARTED, STOPPED), (TRANSCRIPT, RESPONSE, SPOKEN)
#: Times before the year 2001 are seconds, or of another clock; those after 5138 are finer than milliseconds.
SINCE_1970 = range(10**12, 10**14)
#: The same edge of the user again within this is the same frame.
AGAIN_MS = 50
#: So many problems of one kind are listed; a file of another kind has one in every line.
MOST = 20


@dataclass(frozen=True, slots=True)
class Frames:
    """What such a log says.

    Parameters
    ----------
    lines
        When, session ms, and the line; one of each frame.
    repeats
        Lines that were the same frame once more.
    others
        Types that are not known here, and how many lines of each; they are kept.
    """

    lines: tuple[tuple[int, Mapping[str, Any]], ...]
    repeats: int
    others: Mapping[str, int]


def read_frames(path: str | os.PathLike[str]) -> Frames:
    """Read such a log.

    Raises
    ------
    LogError
        Every problem with its line: times that are no milliseconds since 1970 or run backwards, texts that are
        missing, speech that ends without having begun or begins twice; a log without any report of the user.
    """
    file = Path(path)
    lines, problems = json_lines(file)
    problems += _wrong(lines, file.name)
    if not problems and not any(line.get("type") in EDGES for _, line in lines):
        hint = f"lines have type ({STARTED}, {STOPPED} …), data.frame and timestamp; EVA's audio events: import eva"
        problems.append(Problem("no line reports the user", file.name, hint))
    if len(problems) > MOST:
        problems = [*problems[:MOST], Problem(f"{len(problems) - MOST} more lines like these", file.name)]
    check(problems, LogError, str(file))
    kept, unpaired = _once(lines, file.name)
    check(unpaired, LogError, str(file))
    start = lines[0][1]["timestamp"]
    others = Counter(str(line.get("type")) for _, line in kept if line.get("type") not in KNOWN)
    return Frames(tuple((line["timestamp"] - start, line) for _, line in kept), len(lines) - len(kept), others)


def _wrong(lines: list[tuple[int, Any]], name: str) -> Iterator[Problem]:
    last: int | None = None
    for n, line in lines:
        place, at = f"{name}:{n}", line.get("timestamp")
        if isinstance(at, bool) or not isinstance(at, int) or at not in SINCE_1970:
            hint = "seconds?" if isinstance(at, (int, float)) and 0 < at < SINCE_1970.start else ""
            yield Problem(f"timestamp: {at!r} is no whole number of milliseconds since 1970", place, hint)
            continue
        if last is not None and at < last:
            yield Problem(f"timestamp: {at} lies {last - at} ms before the line above", place, "two logs joined?")
        last = at
        if line.get("type") in TEXTS and not frame(line):
            yield Problem(f"{line['type']}: data.frame is no text", place, "logged without its words?")


def _once(lines: list[tuple[int, Any]], name: str) -> tuple[list[tuple[int, Any]], list[Problem]]:
    """Leave out what tells of an edge of the user again; and say which edges do not follow on each other."""
    kept, problems = [], []
    last: tuple[str, int] = STOPPED, -SINCE_1970.start
    for n, line in lines:
        kind = line.get("type")
        if kind in EDGES and kind == last[0]:
            if line["timestamp"] - last[1] <= AGAIN_MS:
                continue
            what = "starts to speak while speaking" if kind == STARTED else "stops and was not speaking"
            problems.append(Problem(f"the user {what}", f"{name}:{n}", "lines lost?"))
        if kind in EDGES:
            last = kind, line["timestamp"]
        kept.append((n, line))
    return kept, problems


def import_pipecat(log: str | os.PathLike[str], out: str | os.PathLike[str], *, overwrite: bool = False) -> Imported:
    """Turn the frames of a pipeline into a session folder.

    Parameters
    ----------
    log
        See above.
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
    frames = opened(read_frames, path, out, overwrite)
    redactor = Redactor()
    records = [Record(n, at, "s2c", "provider", redactor.clean(line))
               for n, (at, line) in enumerate(_numbered(frames))]  # fmt: skip
    notes = tuple(_notes(frames, redactor))
    cannot = unmeasurable({"heard", "user sound", "settings", "client messages", "labels"})
    info = Info(id=out.name, provider=PIPECAT.name, model="", length_ms=frames.lines[-1][0],
                sources=(source("pipecat", path, zero_t=frames.lines[0][1]["timestamp"]),), notes=(*notes, *cannot),
                clusters=(f"log:{path.name.partition('.')[0]}",))  # fmt: skip
    return Imported(save(out, info, records, audio={}, overwrite=overwrite), notes, cannot)


def _numbered(frames: Frames) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Give every line; to a response, which has no id, that of its number."""
    responses = 0
    for at, line in frames.lines:
        if line.get("type") == RESPONSE and not line.get("response_id"):
            responses += 1
            line = {**line, "response_id": f"response-{responses}"}
        yield at, line


def _notes(frames: Frames, redactor: Redactor) -> Iterator[str]:
    kinds = Counter(str(line.get("type")) for _, line in frames.lines)
    yield (f"the pipeline reported the user {kinds[STARTED]} times, understood {kinds[TRANSCRIPT]} texts, answered "
           f"{kinds[RESPONSE]} times; {frames.repeats} lines that told of a frame again were left out")  # fmt: skip
    ends = [line for _, line in frames.lines if line.get("type") == TURN_ENDED]
    cut = [line for line in ends if isinstance(data := line.get("data"), dict) and data.get("was_interrupted")]
    by_end = sum(frame(line).startswith(("CancelFrame", "EndFrame")) for line in cut)
    yield (f"{len(cut)} of {len(ends)} turns ended as interrupted by the pipeline's own account, {by_end} of them with "
           "the call; no barge-in is taken from that")  # fmt: skip
    if kinds[RESPONSE]:
        yield "responses have no ids: numbered in order, each dated when its text was whole"
    if frames.others:
        others = ", ".join(f"{n} {name}" for name, n in sorted(frames.others.items()))
        yield f"lines of other types, kept and not read: {others}"
    if redactor.counts:
        yield "left out: " + ", ".join(f"{n} {kind}" for kind, n in sorted(redactor.counts.items()))
