"""Draw a queue, or go on with one: more sessions, a larger sample. What was answered stays."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bargein.corpus import Case, need_replayable, open_corpus
from bargein.errors import LabelError, NotAnswerable, Problem, SettingsError, check
from bargein.events import PROVIDER
from bargein.queue.drawing import draw, probabilities
from bargein.queue.events import Setting, events_of, settings_of
from bargein.queue.place import Place
from bargein.queue.whole import Queue
from bargein.session.queued import QUEUE_FILE, Design, Item, Row

#: Called with what is done, sessions done, and sessions in all.
Progress = Callable[[str, int, int], None]


def make_queue(
    folder: str | os.PathLike[str], settings: Iterable[str], *, sample: float = 0.1, disagreeing: float = 1.0,
    seed: int = 1, progress: Progress | None = None,
) -> Queue:  # fmt: skip
    """Draw the events on which settings disagree, and a sample of the rest; write ``queue.jsonl`` into each session.

    Drawing the same again changes nothing; with a larger sample the items that were drawn stay.

    Parameters
    ----------
    folder
        A session folder, or a folder that holds some. Sessions without a user track are left out, and
        those of which a setting cannot be asked: no times, or nothing to replay.
    settings
        Two or more detectors, or gates: ``0.5/300/500`` (threshold, prefix, silence), ``provider``, ``local-vad``;
        ``keyed@local-vad``.
    sample, disagreeing
        Probability of an event to be drawn: where the settings agree, and where they do not.
    seed
        Another seed, another sample.
    progress
        Called with a session's name, sessions done and sessions in all.

    Raises
    ------
    SettingsError
        No such settings, no such probabilities.
    SessionError
        A session is damaged; every problem of every one.
    LabelError
        A queue of another design stands there; nothing is written.
    NotAnswerable
        There is nothing to listen to.
    """
    chosen, of = _asked(settings, sample, disagreeing)
    names = tuple(s.name for s in chosen)
    cases = _usable([case for case in open_corpus(folder) if "user" in case.session.info.tracks], chosen, folder)
    drawn: list[tuple[Place, Design, list[Item]]] = []
    problems: list[Problem] = []
    for n, case in enumerate(cases):
        place, info = Place(case.session.folder), case.session.info
        events = events_of(case, chosen)
        design, items = draw(events, info.id, info.length_ms, names, seed, of)
        problems += _conflicts(place, design, {e.at for e in events})
        drawn.append((place, design, items))
        if progress is not None:
            progress(info.id, n + 1, len(cases))
    check(problems, LabelError, "the queue")
    for place, design, items in drawn:
        rows: list[Row] = [design, *items]
        if place.design != design or place.items != {item.at_ms: item for item in items}:
            place.write(rows)
    return Queue([place for place, _, _ in drawn])


def _asked(settings: Iterable[str], sample: float, disagreeing: float) -> tuple[tuple[Setting, ...], dict[str, float]]:
    """What is asked for; both of it is looked at before anything is refused."""
    problems: list[Problem] = []
    try:
        of = probabilities(sample, disagreeing)
    except SettingsError as error:
        problems += error.problems
    try:
        chosen = settings_of(settings)
    except SettingsError as error:
        problems = [*error.problems, *problems]
    check(problems, SettingsError, "the queue")
    return chosen, of


def _usable(cases: Sequence[Case], settings: Sequence[Setting], folder: str | os.PathLike[str]) -> Sequence[Case]:
    """Sessions that can be listened to, and of which every setting can be asked."""
    if not cases:
        raise NotAnswerable(f"{folder}: no session holds a user track: there is nothing to listen to")
    if any(s.kind == "gate" for s in settings):
        return need_replayable(cases)
    timed = [case for case in cases if case.session.info.clock != "none"]
    if not any(s.name == PROVIDER for s in settings):
        return cases
    if not timed:
        raise NotAnswerable(f"{folder}: no log has times: when the provider reported the user is not known")
    return timed


def _conflicts(place: Place, design: Design, events: set[int]) -> Iterable[Problem]:
    """What would make labels of an earlier draw worthless: they are weighed by the design they were drawn with."""
    before, where = place.design, f"{place.folder.name}/{QUEUE_FILE}"
    if before is None:
        return
    aside = "move the file away to begin anew; labels stay in labels.jsonl"
    if (before.settings, before.seed) != (design.settings, design.seed):
        yield Problem(f"drawn between {', '.join(before.settings)} with seed {before.seed}", where, aside)
        return
    for name, d in before.strata.items():
        if name in design.strata and design.strata[name].probability < d.probability:
            asked = design.strata[name].probability
            yield Problem(f"{name}: {asked:g} asked, {d.probability:g} drawn already", where, "a sample can only grow")
    if gone := sorted({*place.items} - events):
        yield Problem(f"no event at {gone[0]} ms any more", where, f"another version of the detector? {aside}")


def working_copy(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> Path:
    """Copy sessions to where they may be labelled; what stands there already, with its labels, stays.

    Parameters
    ----------
    source
        A session folder, or a folder that holds some.
    target
        Made when it is missing.

    Returns
    -------
    ``target``.
    """
    from bargein.session import folders

    there = Path(target)
    for folder in folders(source):
        if not (there / folder.name).exists():
            part = there / f".{folder.name}.part"
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(folder, part)
            part.rename(there / folder.name)
    return there
