"""From a session's labels to a file of another program: one annotator's set, and what has no place there is said."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from bargein.errors import LabelError, Problem, check
from bargein.formats.labelfiles.entries import DEFAULTS, FIELDS
from bargein.formats.labelfiles.table import format_of
from bargein.session import Label, Session


def one_set(labels: Iterable[Label], annotator: str | None, kinds: Sequence[str] = ()) -> tuple[Label, ...]:
    """Give one annotator's labels, of all or of the named kinds.

    Raises
    ------
    LabelError
        There are none, or labels of several annotators and nobody said which.

    Examples
    --------
    >>> one_set([Label("tic", 0, 90, annotator="A"), Label("tic", 0, 80, annotator="B")], "B")[0].offset_ms
    80
    """
    every = list(labels)
    names = list(dict.fromkeys(x.annotator for x in every))
    spelt = ", ".join(map(repr, names)) or "nobody"
    if annotator is None and len(names) > 1:
        raise LabelError([Problem(f"labels of {spelt}", "", "one file holds one annotator's: name one")], "labels")
    found = tuple(x for x in every if annotator in (None, x.annotator) and (not kinds or x.kind in kinds))
    if not found:
        what = f"no {', '.join(kinds) or 'labels'}" + (f" of {annotator!r}" if annotator is not None else "")
        raise LabelError([Problem(f"{what}; there are labels of {spelt}", "")], "labels")
    return found


def leave(
    session: Session,
    file: str | os.PathLike[str],
    *,
    annotator: str | None = None,
    kinds: Sequence[str] = (),
    format: str | None = None,
    overwrite: bool = False,
) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    """Write labels to a file, whole or not at all.

    Parameters
    ----------
    annotator
        Whose; may be left out where there is one.
    kinds
        Only these; none: all.

    Returns
    -------
    What was written, and what the format could not hold.

    Raises
    ------
    LabelError
        There is nothing to write, the format is not known, or the file exists.
    """
    path = Path(file)
    chosen = format_of(path, format)
    labels = one_set(session.labels, annotator, kinds)
    points = [Problem(f"{x.kind} at {x.onset_ms} ms has no length", "labels.jsonl") for x in labels
              if x.offset_ms == x.onset_ms]  # fmt: skip
    if path.exists() and not overwrite:
        points.append(Problem("the file exists", str(path), "remove it or write to another name"))
    check(points, LabelError, path.name)
    lost = [
        name for name in FIELDS if name not in chosen.holds and any(getattr(x, name) != DEFAULTS[name] for x in labels)
    ]
    text = chosen.write(labels, session.id, session.info.length_ms)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=f".{path.name}.") as scratch:
        made = Path(scratch) / path.name
        made.write_text(text, encoding="utf-8", newline="")
        made.replace(path)
    return labels, tuple(f"{chosen.name} has no place for {name}" for name in lost)
