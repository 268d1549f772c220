"""One session's queue: its rows, the answers that stand, and the labels they are.

Rows are written first, then the labels that follow from them; both files only grow. Should anything be cut off between
the two, the labels are made whole when the queue is next opened for that annotator: nothing that was answered is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from bargein.audio.edges import voice_in
from bargein.errors import LabelError, SessionError, check
from bargein.session import Label, Session, load
from bargein.session.appending import append_lines
from bargein.session.files import LABELS_FILE, read_labels
from bargein.session.queued import QUEUE_FILE, Answer, Design, Item, Row, label_of, read_rows, standing, write_rows
from bargein.session.schema import write_label
from bargein.timeline import Timeline

#: How far off an edge may be that a person set by steps of 10 ms, or that the energy rule found on its grid of 10 ms.
UNCERTAINTY_MS = 10
#: Pauses shorter than this do not end what a label holds.
BRIDGED_MS = 200


class Place:
    """A session with its queue.

    Parameters
    ----------
    folder
        A session folder.

    Raises
    ------
    SessionError, LabelError
        The session, or its queue, cannot be read; every problem at once.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.session: Session = load(folder)
        self.rows: list[Row] = []
        self.read()

    def read(self) -> None:
        """Read the queue anew."""
        rows, problems = read_rows(self.folder / QUEUE_FILE)
        check(problems, LabelError, str(self.folder))
        self.rows = rows

    @property
    def design(self) -> Design | None:
        """The design in force; None where nothing was drawn yet."""
        return next((row for row in reversed(self.rows) if isinstance(row, Design)), None)

    @property
    def items(self) -> dict[int, Item]:
        """Drawn items by their instant, as last written."""
        return {row.at_ms: row for row in self.rows if isinstance(row, Item)}

    def answers(self, annotator: str) -> dict[int, Answer]:
        """Give an annotator's answers that stand, by item, in the order in which they were given."""
        return standing(self.rows, annotator)

    @property
    def annotators(self) -> list[str]:
        """Who has answered anything here."""
        return list(dict.fromkeys(row.annotator for row in self.rows if isinstance(row, Answer)))

    @property
    def labels(self) -> tuple[Label, ...]:
        """The session's labels, read anew.

        Raises
        ------
        SessionError
            They cannot be read.
        """
        labels, problems = read_labels(self.folder / LABELS_FILE, self.session.info)
        check(problems, SessionError, str(self.folder))
        return labels

    @cached_property
    def voiced(self) -> Timeline:
        """Where the microphone stands out from its floor, by the energy rule: no detector's edges, session time."""
        origin = self.session.info.tracks["user"].origin_ms
        return voice_in(self.session.loudness("user")).bridged(BRIDGED_MS).shift(origin)

    def write(self, rows: Iterable[Row]) -> None:
        """Add rows and read the file anew.

        Raises
        ------
        LabelError
            Somebody else is writing: nothing was added, try again.
        """
        write_rows(self.folder / QUEUE_FILE, rows)
        self.read()

    def settle(self, annotator: str) -> None:
        """Let ``labels.jsonl`` say what the answers say: add what is missing, take back what was undone.

        Raises
        ------
        LabelError, SessionError
            Somebody else is writing labels, or they cannot be read: the answers are kept, and are settled next time.
        """
        stand = {label for a in self.answers(annotator).values() if (label := label_of(a))}
        given = {label for row in self.rows if isinstance(row, Answer) and row.annotator == annotator
                 and (label := label_of(row))}  # fmt: skip
        there = set(self.labels)
        lines = [write_label(x) for x in sorted(stand - there, key=lambda x: x.onset_ms)]
        lines += [{**write_label(x), "retracted": True} for x in (given - stand) & there]
        append_lines(self.folder / LABELS_FILE, lines)
