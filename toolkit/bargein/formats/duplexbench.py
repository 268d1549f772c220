"""Samples of Full-Duplex-Bench, as sessions: what was played to a model, what it said, what the benchmark asks there.

A sample is a folder with ``input.wav`` (the user), ``output.wav`` (the model, time-aligned), where its words were timed
``output.json``, and one file that says what is asked:

====================  ==========================================================  =====================================
file                  holds, times in seconds                                     becomes
====================  ==========================================================  =====================================
``interrupt.json``    ``[{context, interrupt, timestamp: [start, end]}]``         an interruption
``turn_taking.json``  ``[{text: "[TURN-TAKING]", timestamp: [turn's end, …]}]``   a finished turn up to there
``pause.json``        ``[{text: "[PAUSE]", timestamp: [start, end]}, …]``         a turn over all of the user's speech
``metadata.json``     ``{timestamps: [start, end], …}`` (version 1.5)             by the name of the folder above:
                                                                                  :data:`OVERLAPS`
====================  ==========================================================  =====================================

The times of interruptions and the like say where a clip was put. Its speech begins where the energy rule finds it in
there; where it finds none the label stays one of placement.

References
----------
DanielLin94144/Full-Duplex-Bench: v1_v1.5/dataset, v1_v1.5/evaluation.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bargein.errors import Problem
from bargein.formats.imported import source
from bargein.formats.wiretracks import sound_file
from bargein.providers.call import AGENT_WORD
from bargein.session import Label
from bargein.timeline import Span, Timeline
from bargein.units import ms_covering, ms_from_seconds

INPUT, OUTPUT, WORDS = "input.wav", "output.wav", "output.json"
ANNOTATOR = "full-duplex-bench"
INTERRUPT, TURN, PAUSE, OVERLAP = "interrupt.json", "turn_taking.json", "pause.json", "metadata.json"
#: Folder above a sample of version 1.5, to what its ``metadata.json`` places there.
OVERLAPS = {
    "user_interruption": "interruption", "user_backchannel": "backchannel", "talking_to_other": "side_talk",
    "background_speech": "noise",
}  # fmt: skip
#: Folders so named hold whole sentences, spoken by a machine: their pauses are inside finished turns.
COMPOSED = "synthetic"
#: A clip begins where its sound does, if no sound goes through from before it by more than this.
EDGE_MS = 10
#: A first word that is timed this long before there is any sound was stretched by its aligner.
STRETCHED_MS = 200


@dataclass(frozen=True)
class Sample:
    """A sample, read and checked.

    Parameters
    ----------
    folder
        Where it lies.
    asked
        The task's file, and its times, ms; of a turn the end alone counts. None: the sample has no such file.
    words
        ``(text, start, end)`` of the model's words, ms; an end of None was not timed. None: not timed at all.
    """

    folder: Path
    asked: tuple[str, tuple[Span, ...]] | None
    words: tuple[tuple[str, int, int | None], ...] | None

    @property
    def overlap(self) -> str | None:
        """What of the user an ``interrupt.json`` or ``metadata.json`` places."""
        above = OVERLAPS.get(self.folder.absolute().parent.name)
        return {INTERRUPT: "interruption", OVERLAP: above}.get(self.asked[0]) if self.asked else None

    def sources(self) -> tuple[dict[str, Any], ...]:
        """Name the files beside the sound."""
        files = [self.asked[0] if self.asked else None, None if self.words is None else WORDS]
        return tuple(source(ANNOTATOR, self.folder / name) for name in files if name)

    def lines(self, length_ms: int) -> tuple[tuple[int, dict[str, Any]], ...]:
        """Give the model's words as lines of a log, within its length."""
        return tuple(
            (min(start, length_ms), {"type": AGENT_WORD, "text": text, "start_ms": start, "end_ms": end})
            for text, start, end in self.words or ()
        )

    def labels(self, spans: Mapping[str, Timeline]) -> Iterator[Label]:
        """Give what the benchmark says of the user, by when either side sounds."""
        user = spans["user"]
        name, times = self.asked or ("", ())
        if self.overlap is not None:
            yield from (_placed(self.overlap, span, user) for span in times)
        elif name == TURN and user:
            yield from (_turn(user, span.start) for span in times if span.start > user.spans[0].start)
        elif name == PAUSE and user:
            composed = self.folder.absolute().parent.name.startswith(COMPOSED)
            yield Label("turn", user.spans[0].start, user.spans[-1].end, uncertainty_ms=EDGE_MS, basis="acoustic",
                        annotator=ANNOTATOR, complete="yes" if composed else "unsure")  # fmt: skip

    def notes(self, spans: Mapping[str, Timeline]) -> Iterator[str]:
        """Say what was found beside the sound, and what does not fit it."""
        found = list(self.labels(spans))
        if self.asked is None:
            yield f"none of {', '.join(TASKS)}: what the benchmark asks here is not known"
        elif not found:
            yield f"{self.asked[0]} could not be placed: no label was made of it"
        for label in found:
            off = " (where the clip was put: no sound of its own begins in it)" if label.basis == "placement" else ""
            sure = f", complete: {label.complete}" if label.complete else ""
            yield f"labelled: {label.kind}, {label.onset_ms} to {label.offset_ms} ms{sure}{off}"
        if self.words is not None:
            yield f"the model's words, {len(self.words)}, are kept with their times; they are no edges of sound"
            first = spans["agent"].spans[0].start if spans["agent"] else None
            if self.words and (first is None or first - self.words[0][1] > STRETCHED_MS):
                there = "holds no speech" if first is None else f"sounds from {first} ms on"
                yield f"the first word is timed at {self.words[0][1]} ms, but its side {there}: aligners stretch it"


def _placed(kind: str, span: Span, user: Timeline) -> Label:
    """Label what sounds where a clip was put; the placement itself where nothing of its own begins there."""
    inside = user.clip(span)
    through = user.at(span.start)
    if not inside or (through is not None and through.start < span.start - EDGE_MS):
        return Label(kind, span.start, span.end, basis="placement", annotator=ANNOTATOR)
    return Label(kind, inside.spans[0].start, inside.spans[-1].end, uncertainty_ms=EDGE_MS, basis="acoustic",
                 annotator=ANNOTATOR)  # fmt: skip


def _turn(user: Timeline, end: int) -> Label:
    """Label a finished turn; its end is as uncertain as the nearest end of sound is far."""
    off = min(abs(s.end - end) for s in user)
    return Label("turn", user.spans[0].start, end, uncertainty_ms=max(off, EDGE_MS), basis="lexical",
                 annotator=ANNOTATOR, complete="yes")  # fmt: skip


def read_sample(folder: str | os.PathLike[str]) -> tuple[Sample | None, int, list[Problem]]:
    """Read what a sample holds beside its sound, and look whether the sound is there.

    Returns
    -------
    The sample, the length of the longer sound in ms, and every problem: sound that is missing or damaged, files that
    are no JSON or of another shape, times that are no seconds, run backwards or lie behind the sound, several tasks.
    With a problem there is no sample.
    """
    path = Path(folder)
    problems: list[Problem] = []
    lengths = {INPUT: 0, OUTPUT: 0}
    for name in lengths:
        sound, wrong = sound_file(path / name)
        problems += wrong
        lengths[name] = ms_covering(len(sound.samples), sound.rate) if sound else 0
    given = [name for name in TASKS if (path / name).is_file()]
    if len(given) > 1:
        problems.append(Problem(f"several tasks: {', '.join(given)}", path.name, "a sample has one"))
    asked: tuple[str, tuple[Span, ...]] | None = None
    for name in given:
        times, wrong = _times(path / name, lengths[INPUT])
        asked, problems = (name, times), problems + wrong
    if OVERLAP in given and path.absolute().parent.name not in OVERLAPS:
        what = f"{OVERLAP} does not say what it places, and the folder above is {path.absolute().parent.name!r}"
        problems.append(Problem(what, path.name, f"keep the samples in folders named {', '.join(OVERLAPS)}"))
    words, wrong = _words(path / WORDS, lengths[OUTPUT]) if (path / WORDS).is_file() else (None, [])
    problems += wrong
    return (None if problems else Sample(path, asked, words)), max(lengths.values()), problems


#: A task's file, to the field that holds its times, and whether the second of them counts.
TASKS = {INTERRUPT: ("timestamp", True), TURN: ("timestamp", False), PAUSE: ("timestamp", True),
         OVERLAP: ("timestamps", True)}  # fmt: skip


def _json(path: Path) -> tuple[Any, list[Problem]]:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig")), []
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        return None, [Problem(f"not JSON: {error}", f"{path.name}{line}", "cut off or edited?")]


def _times(path: Path, length_ms: int) -> tuple[tuple[Span, ...], list[Problem]]:
    """Read a task's times."""
    found, problems = _json(path)
    if problems:
        return (), problems
    field, both = TASKS[path.name]
    entries = [found] if path.name == OVERLAP else found
    if not isinstance(entries, list) or not entries:
        return (), [Problem(f"{_short(found)} is no list of {{…, {field}: [start, end]}}", path.name, "another file?")]
    spans = []
    for n, entry in enumerate(entries):
        place = f"{path.name}[{n}].{field}"
        pair = entry.get(field) if isinstance(entry, dict) else None
        if not isinstance(pair, list) or len(pair) != 2:
            problems.append(Problem(f"{_short(pair)} is no pair of seconds", place, "another file?"))
            continue
        ms, wrong = _seconds(pair if both else pair[:1], place)
        problems += wrong
        if wrong:
            continue
        if ms[0] > ms[-1]:
            problems.append(Problem(f"it ends at {pair[-1]} s, before it starts at {pair[0]} s", place, "swapped?"))
        elif length_ms and ms[-1] > length_ms + STRETCHED_MS:
            what = f"{ms[-1]} ms lies behind {INPUT}, which lasts {length_ms} ms"
            problems.append(Problem(what, place, "milliseconds, or another sample's?"))
        else:
            spans.append(Span(min(ms[0], length_ms), min(ms[-1], length_ms)))
    return tuple(spans), problems


def _words(path: Path, length_ms: int) -> tuple[tuple[tuple[str, int, int | None], ...], list[Problem]]:
    """Read timed words: ``{text, chunks: [{text, timestamp: [start, end]}]}``; the last end may be null."""
    found, problems = _json(path)
    if problems:
        return (), problems
    chunks = found.get("chunks") if isinstance(found, dict) else None
    if not isinstance(chunks, list):
        return (), [Problem(f"{_short(found)} has no chunks", path.name, "another recogniser's output?")]
    words: list[tuple[str, int, int | None]] = []
    for n, chunk in enumerate(chunks):
        place = f"{path.name}.chunks[{n}]"
        pair = chunk.get("timestamp") if isinstance(chunk, dict) else None
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(chunk.get("text"), str):
            problems.append(
                Problem(f"{_short(chunk)} is no word with its times", place, "another recogniser's output?")
            )
            continue
        ms, wrong = _seconds([x for x in pair if x is not None] if pair[0] is not None else pair, f"{place}.timestamp")
        problems += wrong
        if not wrong and length_ms and ms[0] > length_ms + STRETCHED_MS:
            what = f"{chunk['text']!r} at {ms[0]} ms lies behind {OUTPUT}, which lasts {length_ms} ms"
            problems.append(Problem(what, place, f"words of another {OUTPUT}?"))
        elif not wrong:
            words.append((chunk["text"], ms[0], ms[1] if len(ms) > 1 else None))
    return tuple(words), problems


def _seconds(values: Iterable[Any], place: str) -> tuple[list[int], list[Problem]]:
    ms, problems = [], []
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e6:
            problems.append(Problem(f"{value!r} is no number of seconds", place))
        else:
            ms.append(ms_from_seconds(value))
    return ms, problems


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
