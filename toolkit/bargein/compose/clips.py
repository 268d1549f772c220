"""Recorded voices: what they sound like, where in them there is speech, what is said, whose they are.

A library gives clips by name. :class:`Prompts` is the one that comes along (``data/prompts.csv``); ring 2 has its own
(``ring2.py``). Where a clip *sounds* is found by the energy rule of :mod:`bargein.audio.edges` on the clean clip.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from bargein.audio.edges import speech_spans
from bargein.audio.files import read_int16, to_int16
from bargein.audio.levels import rms_dbfs
from bargein.audio.places import data_dir
from bargein.audio.resample import resample
from bargein.compose.sounds import gained
from bargein.errors import DataError, Problem
from bargein.providers.model import Reply, Word
from bargein.timeline import Span, Timeline
from bargein.units import ms_of, samples_in

Int16 = npt.NDArray[np.int16]
#: Level of speech, measured where it sounds: the one usual in the ITU-T's listening tests (-26 dBov).
SPEECH_DBFS = -26.0
#: Silence between the recordings of one reply.
REPLY_GAP_MS = 300


@dataclass(frozen=True)
class Clip:
    """A recording.

    Parameters
    ----------
    name
        In its library.
    samples, rate
        Mono, 16 bit.
    spans
        When it sounds, ms from its first sample.
    text, glossed
        What is said, as far as it is known; whether that is a translation.
    speaker, speech_style
        As in ``session.json``.
    clusters
        What it shares with other sessions.
    source
        For ``sources``: file, licence, attribution.
    basis, uncertainty_ms
        What the spans rest on; the energy rule's frame is 10 ms.
    """

    name: str
    samples: Int16
    rate: int
    spans: Timeline
    text: str = ""
    glossed: bool = False
    speaker: str = ""
    speech_style: str = "read"
    clusters: tuple[str, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)
    basis: str = "acoustic"
    uncertainty_ms: int = 10

    @property
    def ms(self) -> int:
        """Length."""
        return ms_of(len(self.samples), self.rate)

    @property
    def sounding(self) -> Span:
        """From first to last sound."""
        return Span(self.spans.spans[0].start, self.spans.spans[-1].end)

    @cached_property
    def words(self) -> tuple[tuple[str, int, int], ...]:
        """Words with their begin and end, ms from the first sample: spread over the speech by their letters."""
        return spread(self.text, self.spans)


class Library(Protocol):
    """Where clips come from."""

    def clip(self, name: str, rate: int) -> Clip:
        """Give a clip at a rate."""
        ...


class Prompts:
    """The recordings that come along.

    Parameters
    ----------
    folder
        Their ``data/``; default: the one of this checkout.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or data_dir()
        self._clips: dict[tuple[str, int], Clip] = {}

    @cached_property
    def table(self) -> dict[str, dict[str, str]]:
        """Rows of ``prompts.csv`` by name: language and stem, as ``fr/hello``."""
        with (self.folder / "prompts.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return {row["file"].removeprefix("prompts/").removesuffix(".flac"): row for row in rows}

    def clip(self, name: str, rate: int) -> Clip:
        """Give a clip at a rate.

        Raises
        ------
        DataError
            There is no such recording.
        """
        if (name, rate) not in self._clips:
            if name not in self.table:
                raise DataError([Problem(f"prompt {name!r} is not in prompts.csv")])
            row = self.table[name]
            source = {"file": row["file"], "package": row["package"], "licence": row["licence"],
                      "attribution": row["attribution"]}  # fmt: skip
            self._clips[name, rate] = from_file(
                self.folder / row["file"], rate, name=name, text=row["text"] or row["gloss"],
                glossed=not row["text"], speaker=row["speaker"],
                speech_style=row["speech_style"], source=source,
                clusters=(f"speaker:{row['speaker']}", f"clip:{name}"),
            )  # fmt: skip
        return self._clips[name, rate]


def from_file(
    path: Path,
    rate: int,
    *,
    window: Span | None = None,
    spans: Timeline | None = None,
    level: float | None = SPEECH_DBFS,
    **facts: Any,
) -> Clip:
    """Read a clip, at another rate and level where asked.

    Parameters
    ----------
    window
        Milliseconds of the file; None for all of it.
    spans
        When it sounds, from the window's first sample on; None: found by the energy rule, in the clip as it is.
    level
        Of what sounds, dBFS; None leaves it as it is.

    Raises
    ------
    DataError
        Nothing sounds in it.
    """
    own, own_rate = read_int16(path)
    if own.ndim > 1:
        own = own[:, 0]
    if window is not None:
        own = own[samples_in(window.start, own_rate) : samples_in(window.end, own_rate)]
    spans = speech_spans(own, own_rate) if spans is None else spans
    if not spans:
        raise DataError([Problem("nothing sounds in this recording", str(path), "silence, or noise alone?")])
    pcm = levelled(own if own_rate == rate else to_int16(resample(own, own_rate, rate)), spans, rate, level)
    return Clip(samples=pcm, rate=rate, spans=spans, **facts)


def levelled(samples: Int16, spans: Timeline, rate: int, dbfs: float | None) -> Int16:
    """Bring a clip to a level, measured where it sounds; None leaves it as it is."""
    if dbfs is None:
        return samples
    sounding = [samples[samples_in(s.start, rate) : samples_in(s.end, rate)] for s in spans]
    return gained(samples, dbfs - rms_dbfs(np.concatenate(sounding)))


def spread(text: str, spans: Timeline) -> tuple[tuple[str, int, int], ...]:
    """Spread words over stretches of speech, each as long as its letters say.

    Examples
    --------
    >>> spread("a bcd", Timeline([Span(100, 300), Span(500, 700)]))
    (('a', 100, 200), ('bcd', 200, 700))
    """
    words = text.split()
    letters = sum(map(len, words))
    out, done = [], 0
    for word in words:
        begin, done = done, done + len(word)
        out.append((word, _at(spans, spans.ms * begin // letters), _at(spans, spans.ms * done // letters, last=True)))
    return tuple(out)


def _at(spans: Timeline, spoken: int, *, last: bool = False) -> int:
    """Instant by which so much has been spoken; at a pause, its beginning when ``last``, else its end."""
    for span in spans:
        if spoken < span.ms or (last and spoken == span.ms):
            return span.start + spoken
        spoken -= span.ms
    return spans.spans[-1].end


@dataclass(frozen=True)
class Line:
    """What the agent says in one response: recordings, one after another."""

    reply: Reply
    samples: Int16
    spans: Timeline
    clips: tuple[Clip, ...]


def line(clips: Sequence[Clip], rate: int) -> Line:
    """Join recordings to one reply, with its words at their samples."""
    pieces, words, spans, at = [], [], [], 0
    gap = np.zeros(samples_in(REPLY_GAP_MS, rate), np.int16)
    for n, clip in enumerate(clips):
        if n:
            pieces.append(gap)
            at += len(gap)
        words += [Word(text, at + samples_in(begin, rate)) for text, begin, _ in clip.words]
        spans += [span.shift(ms_of(at, rate)) for span in clip.spans]
        pieces.append(clip.samples)
        at += len(clip.samples)
    name = " + ".join(clip.name for clip in clips)
    return Line(Reply(name, at, tuple(words)), np.concatenate(pieces), Timeline(spans), tuple(clips))
