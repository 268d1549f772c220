"""From stretches to labels of a session: the whole file or nothing, and nothing that was there is touched.

A label file is one person's. What it does not say (annotator, and often kind, track, basis) the import is told. Then
all of it is checked at once: the schema, the session's length, its tracks, overlaps, and what this annotator has said
before. Labels are only ever added: a second opinion, also one's own, is a set under another name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bargein.errors import LabelError, Problem, check
from bargein.formats.labelfiles.entries import FIELDS, Entry
from bargein.formats.labelfiles.table import format_of, text_of
from bargein.session import Info, Label, Session, load
from bargein.session.appending import append_lines
from bargein.session.files import LABELS_FILE
from bargein.session.model import LABEL_KINDS
from bargein.session.schema import read_label, write_label

#: A label and where it stands.
Placed = tuple[Label, str]


@dataclass(frozen=True, slots=True)
class Brought:
    """What an import did.

    Parameters
    ----------
    labels
        What was added, in order of onset.
    present
        Labels of the file that stood in the session already, word for word; they were not added again.
    notes
        What was repaired, assumed or left out.
    """

    labels: tuple[Label, ...]
    present: int
    notes: tuple[str, ...]


def bring(
    folder: str | os.PathLike[str],
    file: str | os.PathLike[str],
    *,
    annotator: str,
    told: Mapping[str, Any] | None = None,
    only: str | None = None,
    format: str | None = None,
) -> Brought:
    """Add the labels of a file to a session.

    Parameters
    ----------
    folder
        A session folder.
    annotator
        Whose labels they are.
    told
        Fields that the file does not say: ``kind``, ``track``, ``speaker``, ``basis``, ``uncertainty_ms``, ``blind``.
    only
        Leave out all but this speaker's, or this tier's.
    format
        ``rttm``, ``textgrid``, ``audacity``, ``elan``, ``csv``; None: by suffix.

    Raises
    ------
    LabelError
        The file, or what it says of this session, cannot be used: everything at once, and nothing was added.
    SessionError
        The session, or the labels it holds, cannot be read.
    """
    session = load(folder)
    path = Path(file)
    chosen = format_of(path, format)
    text, notes = text_of(path)
    parsed = chosen.read(text, path.name, [*dict.fromkeys(("user", *session.info.tracks))])
    labels, problems, more = labels_of(parsed.entries, session.info, annotator, told or {}, only=only)
    if not labels and not parsed.problems and not problems:
        problems.append(Problem("no labels", path.name, "an empty file, or all of another speaker?"))
    done = _added(session, labels, [*parsed.problems, *problems], annotator, path.name)
    return replace(done, notes=(*notes, *parsed.notes, *more))


def add(folder: str | os.PathLike[str], labels: Iterable[Label], *, annotator: str) -> Brought:
    """Add labels made here to a session, checked like those of a file.

    Parameters
    ----------
    folder
        A session folder; the labels it holds are read anew.
    labels
        Whatever they say of their annotator, they are added as ``annotator``'s.

    Raises
    ------
    LabelError, SessionError
        As :func:`bring`.
    """
    session = load(folder)
    plain = ((n, {**write_label(label), "annotator": annotator}) for n, label in enumerate(labels, 1))
    entries = [Entry(f"label {n}", raw.pop("onset_ms"), raw.pop("offset_ms"), raw) for n, raw in plain]
    placed, problems, notes = labels_of(entries, session.info, annotator, {})
    return replace(_added(session, placed, problems, annotator, "labels"), notes=tuple(notes))


def _added(
    session: Session, labels: Sequence[Placed], problems: Sequence[Problem], annotator: str, source: str
) -> Brought:
    """Add what is not there yet, unless anything is wrong."""
    before = session.labels
    fresh = [(label, place) for label, place in labels if label not in before]
    check([*problems, *_contradictions(fresh, before, annotator)], LabelError, source)
    added = tuple(sorted((label for label, _ in fresh), key=lambda x: (x.onset_ms, x.offset_ms)))
    append(session.folder / LABELS_FILE, added)
    return Brought(added, len(labels) - len(fresh), ())


def labels_of(
    entries: Sequence[Entry], info: Info, annotator: str, told: Mapping[str, Any], *, only: str | None = None
) -> tuple[list[Placed], list[Problem], list[str]]:
    """Make labels of stretches.

    Returns
    -------
    Labels with their places; everything that is wrong; what was repaired, assumed or left out.
    """
    base = {name: value for name, value in told.items() if value is not None}
    wrong = [] if annotator.strip() else [Problem("annotator: a label without one is nobody's", "", "give a name")]
    wrong += [Problem(f"{name!r} is no field of a label", "") for name in base if name not in FIELDS]
    named = list(dict.fromkeys(str(e.stated.get("speaker", "")) for e in entries))
    kept = [e for e in entries if only is None or e.stated.get("speaker") == only]
    if entries and not kept:
        wrong.append(Problem(f"nothing of {only!r}, only of {', '.join(filter(None, named)) or 'nobody named'}", ""))
    notes = [f"{len(entries) - len(kept)} stretches of others were left out"] if len(kept) < len(entries) else []
    says_kinds = any("kind" in e.stated for e in kept)
    labels: list[Placed] = []
    for e in kept:
        raw = {**base, "annotator": annotator, **e.stated, "onset_ms": e.onset_ms, "offset_ms": e.offset_ms}
        found = [*_kind(e, base, says_kinds), *_when(e, info), *_who(e, annotator, info, str(raw.get("track", "user")))]
        label, odd = read_label(raw, e.place) if not found else (None, [])
        wrong += [*found, *(replace(p, place=e.place) for p in odd)]
        labels += [(label, e.place)] if label else []
    if texts := {e.text for e in kept if e.text}:
        notes.append(f"{len(texts)} different texts that name no kind were not kept, such as {min(texts)[:40]!r}")
    joined, overlaps, repaired = _one_at_a_time(labels)
    return joined, [*wrong, *overlaps], [*notes, *repaired]


def _kind(e: Entry, told: Mapping[str, Any], says_kinds: bool) -> Iterable[Problem]:
    """A file that names kinds names all of them: what else stands there is a misspelt kind, not the kind told."""
    if "kind" in e.stated or ("kind" in told and not (says_kinds and e.text)):
        return
    what = f"{e.text!r} is none of {', '.join(LABEL_KINDS)}" if e.text else "nothing says the kind"
    yield Problem(what, e.place, "misspelt?" if says_kinds and e.text else "say which kind the file holds")


def _when(e: Entry, info: Info) -> Iterable[Problem]:
    span = f"{e.onset_ms} to {e.offset_ms} ms"
    if e.offset_ms == e.onset_ms:
        yield Problem(f"{span} is a point, not a stretch", e.place, "say where it ends")
    elif e.offset_ms > info.length_ms:
        hint = "another session's, or another unit?"
        yield Problem(f"{span} lies outside the session's {info.length_ms} ms", e.place, hint)


def _who(e: Entry, annotator: str, info: Info, track: str) -> Iterable[Problem]:
    if (other := e.stated.get("annotator", annotator)) != annotator:
        yield Problem(
            f"annotator: the file says {other!r}, the import {annotator!r}", e.place, "one set, one annotator"
        )
    if track not in (known := dict.fromkeys(("user", *info.tracks))):
        yield Problem(f"track: {track!r} is none of {', '.join(known)}", e.place, "misspelt?")


def _one_at_a_time(labels: Sequence[Placed]) -> tuple[list[Placed], list[Problem], list[str]]:
    """Nobody does one thing twice at once: speech is joined, as its union is what is true; of events one is too many.

    ::

        speech of A   |----|            interruption of A   |----|
                         |----|                                |----|
        becomes       |-------|         is refused
    """
    kept: list[Placed] = []
    problems: list[Problem] = []
    repaired: list[str] = []
    latest: dict[tuple[str, str, str], int] = {}
    for label, place in sorted(labels, key=lambda x: (x[0].onset_ms, x[0].offset_ms)):
        key = label.kind, label.track, label.speaker
        before, where = kept[latest[key]] if key in latest else (None, "")
        if before is not None and label == before:
            repaired.append(f"{place} repeats {where}")
        elif before is not None and label.onset_ms < before.offset_ms and label.kind == "speech":
            repaired.append(f"{place} and {where} overlap: joined to one stretch of {label.speaker}'s speech")
            end = max(before.offset_ms, label.offset_ms)
            kept[latest[key]] = replace(before, offset_ms=end), where
        elif before is not None and label.onset_ms < before.offset_ms:
            what = f"{label.kind} of {label.speaker} from {label.onset_ms} ms begins inside the one of {where}"
            problems.append(Problem(what, place, "one of them is too long, or of another speaker or kind"))
        else:
            latest[key] = len(kept)
            kept.append((label, place))
    if len(repaired) > 3:
        repaired = [*repaired[:3], f"and {len(repaired) - 3} more of this sort"]
    return kept, problems, repaired


def _contradictions(fresh: Sequence[Placed], before: Sequence[Label], annotator: str) -> list[Problem]:
    """What two people under one name, or one person twice, would look like."""
    alike = {x.annotator for x in before if x.annotator.strip().casefold() == annotator.strip().casefold()}
    found = [Problem(f"annotator: {annotator!r} and {other!r} look like one name", "", "spell it as before")
             for other in sorted(alike - {annotator})]  # fmt: skip
    mine = [x for x in before if x.annotator == annotator]
    hint = "two people of one name, or a second pass? Give this set a name of its own"
    for label, place in fresh:
        key = label.kind, label.track, label.speaker
        for x in mine:
            if (x.kind, x.track, x.speaker) == key and x.onset_ms < label.offset_ms and label.onset_ms < x.offset_ms:
                what = f"{label.kind} {label.onset_ms} to {label.offset_ms} ms meets {x.onset_ms} to {x.offset_ms} ms"
                found.append(Problem(f"{what}, which {annotator!r} has given before", place, hint))
                break
    return found


def append(path: Path, labels: Sequence[Label]) -> None:
    """Add labels to ``labels.jsonl``; raises as :func:`bargein.session.appending.append_lines`."""
    append_lines(path, [write_label(label) for label in labels])
