"""A user's act, placed: which samples go where, when they sound, which words are said when."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from bargein.audio.edges import speech_spans
from bargein.compose.clips import Clip, Int16, Library
from bargein.compose.scene import Act
from bargein.compose.sounds import clatter, cough, gained
from bargein.errors import DataError, Problem
from bargein.timeline import Span, Timeline

#: Pauses of people who were not reading.
UNREAD = ("elicited", "spontaneous")


@dataclass(frozen=True)
class Piece:
    """A sound on the user's track: samples from session time ``at`` on."""

    at: int
    samples: Int16


@dataclass(frozen=True)
class Placed:
    """An act that has its place.

    Parameters
    ----------
    act
        What it is; ``n`` its number in the scene, from 1.
    pieces
        What is put on the track; nothing for an echo, which follows from what is heard.
    spans
        When it sounds, session ms.
    words
        Words and when each has been said.
    clips
        Recordings used.
    pauses
        Drawn silences between them.
    """

    n: int
    act: Act
    pieces: tuple[Piece, ...]
    spans: Timeline
    words: tuple[tuple[str, int], ...] = ()
    clips: tuple[Clip, ...] = ()
    pauses: tuple[int, ...] = ()

    @property
    def sounding(self) -> Span:
        """From first to last sound."""
        return Span(self.spans.spans[0].start, self.spans.spans[-1].end)


def place(n: int, act: Act, at: int, library: Library, rate: int, chance: Random, pauses: Path) -> Placed:
    """Put an act at a session time.

    Parameters
    ----------
    n
        Its number in the scene.
    at
        Where its first clip begins.
    chance
        For pauses and for what is made.
    pauses
        Table of measured pauses.
    """
    if not act.clips:
        made = {"tic": cough, "noise": clatter}[act.kind](chance.getrandbits(31), rate)
        sound = gained(made, act.gain_db)
        return Placed(n, act, (Piece(at, sound),), speech_spans(sound, rate).shift(at))
    clips = tuple(library.clip(name, rate) for name in act.clips)
    drawn: list[int] = []
    pieces: list[Piece] = []
    for clip in clips:
        if pieces:
            drawn.append(measured_pause(pauses, act.pause or (150, 400), chance))
            at += clips[len(pieces) - 1].sounding.end + drawn[-1] - clip.sounding.start
        pieces.append(Piece(at, gained(clip.samples, act.gain_db)))
    spans = Timeline(s.shift(p.at) for p, clip in zip(pieces, clips, strict=True) for s in clip.spans)
    words = tuple((word, p.at + end) for p, clip in zip(pieces, clips, strict=True) for word, _, end in clip.words)
    return Placed(n, act, tuple(pieces), spans, words, clips, tuple(drawn))


def measured_pause(table: Path, bounds: tuple[int, int], chance: Random) -> int:
    """Draw a pause from those measured in speech that was not read, within bounds, each as likely.

    Raises
    ------
    DataError
        None was measured within the bounds.
    """
    low, high = bounds
    fitting = [ms for ms in _pauses(table) if low <= ms <= high]
    if not fitting:
        raise DataError([Problem(f"no measured pause lies within {low}..{high} ms", str(table))])
    return chance.choice(fitting)


@cache
def _pauses(table: Path) -> tuple[int, ...]:
    with table.open(encoding="utf-8", newline="") as file:
        return tuple(sorted(int(row["ms"]) for row in csv.DictReader(file) if row["speech_style"] in UNREAD))
