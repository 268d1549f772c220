"""Frame scores and pauses of real recordings that come along: numbers we measured, no sound.

A bare clone tunes on them. What each clip is, who owns the recording, and which weights scored it stands in
``data/scores/index.csv``; ``scripts/build_scores.py`` made them. Turn edges and pauses are those of the energy rule
(:mod:`bargein.audio.edges`), so no voice detection has a say in what it is measured against.
"""

from __future__ import annotations

import csv
import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from bargein.audio import places
from bargein.errors import DataError, Problem
from bargein.timeline import Span
from bargein.vad.scores import Scores

#: What a clip is to a detector. ``turn``: one whole turn. ``word``: one word. ``caller``: a whole call, turns not
#: labelled. ``backchannel``, ``tic``, ``noise``, ``echo``: nothing to start for. ``provider``: a server's own reports
#: are on record.
Kind = Literal["turn", "word", "caller", "backchannel", "tic", "noise", "echo", "provider"]
#: Kinds in which every start is a false one.
NEGATIVE = frozenset({"backchannel", "tic", "noise", "echo"})

INDEX, PAUSES = "index.csv", "pauses.csv"
#: Where a pause lies that nobody has labelled: between two bursts of one caller.
STRETCH = "stretch"


@dataclass(frozen=True, slots=True)
class LabelledScores:
    """A recording's frame scores, and what is known of it.

    Parameters
    ----------
    clip
        Name of the recording in ``corpora.csv``, with ``#...`` behind it where several were put together.
    group, cluster
        Its corpus; its speaker, call or device: never split one cluster over two sets.
    kind
        What it is to a detector.
    speech_style
        ``read``, ``elicited``, ``spontaneous``; empty where nobody speaks, or it is not known.
    scores
        The frame scores.
    turn
        Acoustic onset and offset, ms of the clip, for ``turn``, ``word`` and ``provider``; else None.
    holds
        Pauses of 100 ms and more inside the turn; empty for words.
    pauses
        Of a ``caller``, pauses of 100 ms and more between two bursts: whether the turn went on is not labelled, so they
        are no holds.
    uncertainty_ms
        How far off the edges may be, as the label says; 0 where nobody did.
    note
        What to know before using it; usually empty.
    licence, attribution
        Of the recording.
    """

    clip: str
    group: str
    cluster: str
    kind: Kind
    speech_style: str
    scores: Scores
    turn: Span | None
    holds: tuple[Span, ...]
    note: str
    licence: str
    attribution: str
    pauses: tuple[Span, ...] = ()
    uncertainty_ms: int = 0

    @property
    def ms(self) -> int:
        """Length of the clip."""
        return self.scores.ms


@dataclass(frozen=True, slots=True)
class Pause:
    """A measured pause of 100 ms or more.

    Parameters
    ----------
    clip, group, cluster, speech_style
        As in :class:`LabelledScores`.
    within
        ``turn``: inside a turn that is known to go on. ``stretch``: between two bursts of one caller, at most 2 s
        apart; whether the turn went on is not labelled.
    span
        Where, ms of the clip.
    """

    clip: str
    group: str
    cluster: str
    speech_style: str
    within: str
    span: Span


def load_scores(
    folder: str | os.PathLike[str] | None = None, groups: Iterable[str] | None = None
) -> list[LabelledScores]:
    """Read the frame scores that come along.

    Parameters
    ----------
    folder
        Where they stand; None: ``data/scores`` of the checkout.
    groups
        Corpora wanted, for example ``["coughs"]``; None: all.

    Returns
    -------
    In the order of the index.

    Raises
    ------
    DataError
        An unknown group, a missing or damaged file, an index that does not fit its scores; all at once.

    Examples
    --------
    >>> turns = load_scores(groups=["user-utterances"])
    >>> len(turns), turns[0].kind, len({t.cluster for t in turns})
    (27, 'turn', 1)
    """
    place = _folder(folder)
    rows = _rows(place / INDEX)
    known = list(dict.fromkeys(row["group"] for row in rows))
    wanted = known if groups is None else list(dict.fromkeys(groups))
    if unknown := [name for name in wanted if name not in known]:
        hint = f"one of {', '.join(known)}"
        raise DataError((Problem(f"group: {name!r} has no scores", hint=hint) for name in unknown), str(place))
    problems: list[Problem] = []
    found: list[LabelledScores] = []
    unlabelled = _unlabelled_pauses(folder)
    for group in (name for name in known if name in wanted):
        path = place / f"{group}.npz"
        try:
            values, offsets = _arrays(path, path.stat().st_mtime_ns)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            problems.append(Problem(f"cannot be read: {error}", str(path), "an incomplete checkout?"))
            continue
        mine = [row for row in rows if row["group"] == group]
        if len(offsets) != len(mine) + 1 or offsets[-1] != len(values):
            what = f"{len(offsets) - 1} clips where the index has {len(mine)}"
            problems.append(Problem(what, str(path), "made at different times: run scripts/build_scores.py"))
            continue
        for row, first, end in zip(mine, offsets[:-1], offsets[1:], strict=True):
            try:
                found.append(_labelled(row, values[first:end], unlabelled.get(row["clip"], ())))
            except ValueError as error:
                problems.append(Problem(f"{row['clip']}: {error}", str(place / INDEX)))
    if problems:
        raise DataError(problems, str(place))
    return found


def load_pauses(
    folder: str | os.PathLike[str] | None = None, *, styles: Iterable[str] | None = None
) -> tuple[Pause, ...]:
    """Read the measured pauses.

    Parameters
    ----------
    folder
        Where they stand; None: ``data/scores`` of the checkout.
    styles
        Speech styles wanted; None: all. ``read`` speech holds no long pauses and belongs in no endpoint objective.

    Raises
    ------
    DataError
        The table is missing or a cell is no number.

    Examples
    --------
    >>> all(pause.span.ms >= 100 for pause in load_pauses())
    True
    """
    place = _folder(folder) / PAUSES
    wanted = None if styles is None else set(styles)
    try:
        return tuple(
            Pause(
                row["clip"],
                row["group"],
                row["cluster"],
                row["speech_style"],
                row["within"],
                Span(int(row["start_ms"]), int(row["end_ms"])),
            )
            for row in _rows(place)
            if wanted is None or row["speech_style"] in wanted
        )
    except (KeyError, ValueError) as error:
        raise DataError([Problem(f"not a table of pauses: {error}")], str(place)) from error


def _folder(folder: str | os.PathLike[str] | None) -> Path:
    return places.data_dir() / "scores" if folder is None else Path(folder)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise DataError([Problem(what, hint="an incomplete checkout?")], str(path)) from error


@lru_cache(maxsize=32)
def _arrays(path: Path, changed_ns: int) -> tuple[np.ndarray, np.ndarray]:
    """Read a group's arrays once, and again when the file changed."""
    with np.load(path, allow_pickle=False) as data:
        return data["values"], data["offsets"]


def _unlabelled_pauses(folder: str | os.PathLike[str] | None) -> dict[str, tuple[Span, ...]]:
    """Pauses between bursts of callers, by clip; a folder need not have any."""
    if not (_folder(folder) / PAUSES).exists():
        return {}
    found: dict[str, tuple[Span, ...]] = {}
    for pause in load_pauses(folder):
        if pause.within == STRETCH:
            found[pause.clip] = (*found.get(pause.clip, ()), pause.span)
    return found


def _labelled(row: dict[str, str], values: np.ndarray, pauses: tuple[Span, ...]) -> LabelledScores:
    scores = Scores(values, int(row["hop"]), int(row["rate"]), int(row["samples"]), row["model"])
    return LabelledScores(
        clip=row["clip"],
        group=row["group"],
        cluster=row["cluster"],
        kind=row["kind"],  # type: ignore[arg-type]  # written by our own script from the same words
        speech_style=row["speech_style"],
        scores=scores,
        turn=next(_spans(f"{row['onset_ms']}-{row['offset_ms']}"), None) if row["onset_ms"] else None,
        holds=tuple(_spans(row["holds"])),
        note=row["note"],
        licence=row["licence"],
        attribution=row["attribution"],
        pauses=pauses,
    )


def _spans(cell: str) -> Iterator[Span]:
    """Read ``120-480 700-910``."""
    for word in cell.split():
        start, end = word.split("-")
        yield Span(int(start), int(end))
