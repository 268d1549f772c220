"""Labels that are being made: added, moved, called something else, taken back; and then added to the session for good.

What stands in ``labels.jsonl`` is never changed. To move or rename somebody else's label gives a draft of one's own
beside it; one's own, once saved, can only be contradicted by a set under another name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from bargein.errors import LabelError, Problem
from bargein.formats.labelfiles import Brought, add
from bargein.session import Label, Session
from bargein.session.model import LABEL_KINDS

Change = Callable[[Label], Label]

#: Shorter than this, ms, nothing that a person does with voice or mouse is.
SHORTEST = 10


class Entry(NamedTuple):
    """A label under a number that stays while it is shown; ``kept`` when it stands in the session."""

    number: int
    label: Label
    kept: bool


@dataclass(frozen=True, slots=True)
class Drafts:
    """The labels of a session and those made beside them, as a value: each change gives another.

    Parameters
    ----------
    length_ms
        Of the session; nothing lies beyond it.
    annotator
        Whose drafts they are.
    entries
        In order of onset.
    latest
        The number given last.

    Examples
    --------
    >>> drafts = Drafts(5_000, "anna").added("tic", 1_000, 1_200)
    >>> drafts.moved(1, 900, 1_150).retyped(1, "noise").labels[0].kind
    'noise'
    >>> drafts.removed(1).labels
    ()
    """

    length_ms: int
    annotator: str = ""
    entries: tuple[Entry, ...] = ()
    latest: int = 0

    @classmethod
    def of(cls, session: Session, annotator: str = "") -> Drafts:
        """Take the labels a session has; nothing is drafted yet."""
        kept = tuple(Entry(n, label, kept=True) for n, label in enumerate(session.labels, 1))
        return cls(session.info.length_ms, annotator, kept, len(kept))

    @property
    def labels(self) -> tuple[Label, ...]:
        """All of them, in order of onset."""
        return tuple(e.label for e in self.entries)

    @property
    def fresh(self) -> tuple[Label, ...]:
        """Those that do not stand in the session yet."""
        return tuple(e.label for e in self.entries if not e.kept)

    def entry(self, number: int) -> Entry:
        """Give the label with a number.

        Raises
        ------
        LabelError
            There is none.
        """
        found = next((e for e in self.entries if e.number == number), None)
        if found is None:
            raise LabelError([Problem(f"no label has the number {number!r}", hint="removed a moment ago?")], "timeline")
        return found

    def added(self, kind: str, onset_ms: int, offset_ms: int) -> Drafts:
        """Add a draft on the user's track.

        Raises
        ------
        LabelError
            No such kind; outside the session, or shorter than ``SHORTEST``.
        """
        return self._with(Label(kind, onset_ms, offset_ms, annotator=self.annotator))

    def moved(self, number: int, onset_ms: int, offset_ms: int) -> Drafts:
        """Move a label; raises as :meth:`added`."""
        return self._changed(number, lambda label: replace(label, onset_ms=onset_ms, offset_ms=offset_ms))

    def retyped(self, number: int, kind: str) -> Drafts:
        """Give a label another kind; raises as :meth:`added`."""
        return self._changed(number, lambda label: replace(label, kind=kind, complete=None))

    def removed(self, number: int) -> Drafts:
        """Take a draft back.

        Raises
        ------
        LabelError
            There is none; or it stands in the session, and there labels are only ever added.
        """
        if self.entry(number).kept:
            what = "this label stands in labels.jsonl, where labels are only ever added"
            raise LabelError(
                [Problem(what, "", "a second opinion is a set under another annotator's name")], "timeline"
            )
        return replace(self, entries=tuple(e for e in self.entries if e.number != number))

    def by(self, annotator: str) -> Drafts:
        """Give the drafts, and those to come, to another annotator."""
        mine = (e if e.kept else e._replace(label=replace(e.label, annotator=annotator)) for e in self.entries)
        return replace(self, annotator=annotator, entries=tuple(mine))

    def save(self, session: Session, now: datetime | None = None) -> tuple[Drafts, Brought]:
        """Add the drafts to the session's ``labels.jsonl``, with annotator and time; what stood there stays.

        Parameters
        ----------
        now
            When they were made; None: this moment.

        Raises
        ------
        LabelError
            No annotator, or drafts that contradict each other or what this annotator said before: nothing was added.
        SessionError
            The labels in the session cannot be read.
        """
        made = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        done = add(session.folder, (replace(x, made=made) for x in self.fresh), annotator=self.annotator)
        session.reread_labels()
        return Drafts.of(session, self.annotator), done

    def _changed(self, number: int, change: Change) -> Drafts:
        entry = self.entry(number)
        changed = change(entry.label)
        if entry.kept and entry.label.annotator == self.annotator:
            what = f"{self.annotator!r} has saved this label, and saved labels stay"
            raise LabelError([Problem(what, "", "another opinion is a set under another annotator's name")], "timeline")
        if entry.kept:
            mine = replace(changed, annotator=self.annotator, basis="human", uncertainty_ms=0, blind=False, made="")
            return self._with(mine)
        return self._with(changed, number)

    def _with(self, label: Label, number: int | None = None) -> Drafts:
        problems = []
        if label.kind not in LABEL_KINDS:
            problems.append(Problem(f"kind: {label.kind!r} is none of {', '.join(LABEL_KINDS)}"))
        if not 0 <= label.onset_ms <= label.offset_ms - SHORTEST or label.offset_ms > self.length_ms:
            span = f"{label.onset_ms} to {label.offset_ms} ms"
            hint = f"the session has {self.length_ms} ms, a label at least {SHORTEST}"
            problems.append(Problem(f"{span} is no stretch of this session", "", hint))
        if problems:
            raise LabelError(problems, "timeline")
        others = (e for e in self.entries if e.number != number)
        entry = Entry(self.latest + 1 if number is None else number, label, kept=False)
        entries = sorted([*others, entry], key=lambda e: (e.label.onset_ms, e.label.offset_ms, e.number))
        return replace(self, entries=tuple(entries), latest=max(self.latest, entry.number))
