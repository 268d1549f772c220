"""Public recordings as labelled scores: the groups of ``data/corpora.csv`` that settings can be tuned on.

The embedded tables (:mod:`bargein.vad.tables`) are these recordings, scored once. Whoever has the sound can score it
again, by any detector: a mirror, what ``bargein data fetch`` put into a folder, or one group of either. What a file is
follows from its group; edges and pauses are those of an energy rule (:func:`bargein.audio.edges.speech_spans`), so no
voice detection has a say in what it is measured against.
"""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from bargein.audio import edges, files
from bargein.errors import DataError, Problem, check
from bargein.formats.corpora import Entry, problem_with, read_table
from bargein.timeline import Span
from bargein.vad.cache import scores_for
from bargein.vad.scorers import Scorer
from bargein.vad.scores import Scores
from bargein.vad.tables import Kind, LabelledScores


class Group(NamedTuple):
    """What a corpus is to a detector, and which of its files: all whose name holds ``part``."""

    kind: Kind
    speech_style: str
    part: str = ""


#: In the order of the embedded tables.
GROUPS: dict[str, Group] = {
    "user-utterances": Group("turn", "elicited"),
    "short-words": Group("word", "read"),
    "phone-agent-callers": Group("caller", "spontaneous"),
    "coughs": Group("tic", ""),
    "noise": Group("noise", ""),
    "echo-pairs": Group("echo", "", "farend_singletalk_mic"),
    "echo-residual": Group("echo", "", "farend_singletalk"),
    "provider-vad": Group("provider", ""),
}
#: Kinds in which somebody speaks, and those of them of which a file is one turn.
SPOKEN: tuple[Kind, ...] = ("turn", "word", "caller", "provider")
ONE_TURN: tuple[Kind, ...] = ("turn", "word", "provider")
#: The same recording as another file (waveforms correlate to 0.999998; one is 102 ms longer): counted once.
TWICE = {"user-utterances/coffee_f7898988.flac": "user-utterances/coffee_0334e17c.flac"}
LOUD_CALL = "phone-agent-callers/e61db99d.flac"
NOTES = {
    LOUD_CALL: "36 s of loud sound that is not speech",
    "provider-vad/marcelo_24khz.flac": "who or what speaks is not stated",
}
#: The shortest hold; the longest gap between two bursts of a caller that is a pause, and not the agent's time: in the
#: eleven clean calls no gap lies between 1,910 and 3,140 ms.
HOLD_MS, LONGEST_PAUSE_MS = 100, 2_000


def entries() -> list[tuple[Entry, Group]]:
    """Give every recording of the table that can be scored, each once, in the order of the embedded tables."""
    table = read_table()
    return [
        (entry, group) for name, group in GROUPS.items() for entry in table
        if entry.group == name and entry.rate and group.part in entry.file and entry.file not in TWICE
    ]  # fmt: skip


def recordings(folder: str | os.PathLike[str]) -> list[tuple[Entry, Group, Path]]:
    """Give the recordings that a folder holds: one with the groups in it, or a group itself; nothing of any other.

    A provider's reports are left out: they calibrate, and say nothing of turns.
    """
    given = Path(folder).expanduser().resolve()
    place = given.parent if given.name in GROUPS else given
    groups = {name for name in GROUPS if (place / name).is_dir() and given in (place, place / name)}
    asked = ((e, g, place / e.file) for e, g in entries() if groups and e.group in groups and g.kind != "provider")
    return [(entry, group, path) for entry, group, path in asked if path.is_file()]


def public_scores(folder: str | os.PathLike[str], scorer: str | Scorer = "silero") -> list[LabelledScores]:
    """Score the public recordings of a folder, each checked against the table first; scores are kept in the cache.

    Parameters
    ----------
    folder
        As :func:`recordings`.
    scorer
        Whose scores: see :func:`bargein.vad.cache.scores_for`.

    Raises
    ------
    DataError
        Every file that is not the one the table describes.
    SettingsError
        No such scorer.
    """
    found = recordings(folder)
    damaged = (problem_with(entry, path) for entry, _, path in found)
    check((problem for problem in damaged if problem), DataError, str(folder))
    return [labelled(entry, group, *files.read_int16(path), scores_for(path, scorer=scorer))
            for entry, group, path in found]  # fmt: skip


def labelled(entry: Entry, group: Group, samples: files.Int16, rate: int, scores: Scores) -> LabelledScores:
    """Say what is known of a recording, beside its scores.

    Raises
    ------
    DataError
        A turn in which the energy rule finds no speech.
    """
    spans = edges.speech_spans(samples, rate).spans if group.kind in SPOKEN else ()
    if group.kind == "turn" and not spans:
        raise DataError([Problem("no speech by the energy rule", entry.file)])
    return LabelledScores(
        clip=entry.file, group=entry.group, cluster=entry.cluster, kind=group.kind, speech_style=group.speech_style,
        scores=scores, turn=Span(spans[0].start, spans[-1].end) if spans and group.kind in ONE_TURN else None,
        holds=gaps(spans) if group.kind == "turn" else (), note=NOTES.get(entry.file, ""), licence=entry.licence,
        attribution=entry.attribution,
        pauses=gaps(spans, LONGEST_PAUSE_MS) if group.kind == "caller" and entry.file != LOUD_CALL else (),
    )  # fmt: skip


def gaps(spans: tuple[Span, ...], longest: int | None = None) -> tuple[Span, ...]:
    """Give the gaps of 100 ms and more between spans, up to a length.

    Examples
    --------
    >>> gaps((Span(0, 500), Span(560, 900), Span(1_050, 1_400)))
    (Span(start=900, end=1050),)
    """
    found = (Span(a.end, b.start) for a, b in pairwise(spans))
    return tuple(gap for gap in found if gap.ms >= HOLD_MS and (longest is None or gap.ms <= longest))
