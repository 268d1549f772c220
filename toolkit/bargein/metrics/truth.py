"""Which labels does a rate count? Those that stand for the session, and of which nobody says something else.

::

    anna     |--interruption--|      |--tic--|                 labelled the session
    ben        |--interruption--|    |--noise-|                labelled it, too
    queue                                            |-tic-|   asked for there, because settings disagree
    counted  |--interruption--|
    left out                         disputed         queued   counted, and said beside the rate

Answers to a queue are a choice, with many disagreements in it: counted as they stand, they would say how often a
detector fails *where it was asked about*. They are left out here, and weighed where a rate is a plain share of labels
(:mod:`bargein.metrics.bounds`). Rules that say where there is sound (:data:`~bargein.session.model.SOUND_ALONE`) say
nothing that somebody could dispute.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from bargein.session import Label, Session
from bargein.session.model import SOUND_ALONE
from bargein.session.queued import Sample
from bargein.timeline import Span, Timeline

if TYPE_CHECKING:
    from bargein.metrics.annotators import Case

#: Kinds in which the user speaks.
SPOKEN = ("speech", "interruption", "backchannel")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What rates do not count. Add them to pool sessions.

    Parameters
    ----------
    queued
        Labels that answer a queue.
    disputed
        Spans about which two annotators do not agree.
    """

    queued: int = 0
    disputed: int = 0

    def __add__(self, other: LeftOut) -> LeftOut:
        return LeftOut(self.queued + other.queued, self.disputed + other.disputed)

    @property
    def text(self) -> str:
        """In words; empty where everything counts.

        Examples
        --------
        >>> LeftOut(14, 1).text, LeftOut().text
        ('left out: 14 labels of a queue, 1 disputed span', '')
        """
        said = [text for n, text in ((self.queued, _n(self.queued, "label") + " of a queue"),
                                     (self.disputed, _n(self.disputed, "disputed span"))) if n]  # fmt: skip
        return "left out: " + ", ".join(said) if said else ""

    def beside(self, basis: str) -> str:
        """Write what a row rests on, and what it leaves out."""
        return "; ".join(filter(None, (basis, self.text)))


NONE_LEFT_OUT = LeftOut()


def _n(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Truth:
    """A session's labels, by what a rate makes of them.

    Parameters
    ----------
    labels
        What counts: in order of onset, disputed ones and answers to a queue left out.
    given
        What somebody, or a rule, said without being asked by a queue; disputed ones, too.
    disputed
        Cases of the user's track about which two annotators do not agree.
    queued
        Labels that answer a queue.
    sample
        Where a queue is all that was labelled, by one annotator: what it is a sample of, so that it can be weighed.
    """

    labels: tuple[Label, ...]
    given: tuple[Label, ...]
    disputed: tuple[Case, ...] = ()
    queued: tuple[Label, ...] = ()
    sample: Sample | None = None

    @property
    def left_out(self) -> LeftOut:
        """What counting leaves out."""
        return LeftOut(len(self.queued), len(self.disputed))

    @property
    def unsure(self) -> Timeline:
        """Where it is disputed whether the user spoke at all: no part of a scored region."""
        about = (c for c in self.disputed if any(x and x.kind in SPOKEN for x in (c.first, c.second)))
        agreed = Timeline(Span(x.onset_ms, x.offset_ms) for x in self.labels if x.kind in SPOKEN and x.track == "user")
        return Timeline(Span(*c.span) for c in about) - agreed


def truth(session: Session) -> Truth:
    """Sort a session's labels by whether rates count them.

    Of several annotators every two are compared, as :func:`bargein.metrics.annotators.compare` does; of one nothing is
    disputed. ``session.of(annotator)`` holds one set alone.

    Raises
    ------
    SessionError
        Labels or queue cannot be read.
    """
    samples = session.samples
    asked = {label for sample in samples.values() for label in sample.labels}
    queued = tuple(x for x in session.labels if x in asked) if asked else ()
    given = tuple(x for x in session.labels if x not in asked) if asked else session.labels
    names = tuple(dict.fromkeys(x.annotator for x in given if x.track == "user" and x.annotator not in SOUND_ALONE))
    sample = next(iter(samples.values())) if len(samples) == 1 and not names else None
    if len(names) < 2:
        return Truth(given, given, (), queued, sample)
    disputed, apart = _disputed(session.id, given, names)
    return Truth(tuple(x for x in given if x not in apart), given, disputed, queued, sample)


def _disputed(
    session: str, labels: tuple[Label, ...], names: tuple[str, ...]
) -> tuple[tuple[Case, ...], set[Label | None]]:
    """Every disputed case, once also where a third annotator has a part in it, and every label that is in one."""
    from bargein.metrics.annotators import compare

    found: list[Case] = []
    apart: set[Label | None] = {None}
    for two in combinations(names, 2):
        for case in compare({session: labels}, two).disputed:
            found += [case] * (not {case.first, case.second} & (apart - {None}))
            apart |= {case.first, case.second}
    return tuple(found), apart


def left_out(sessions: Iterable[Session]) -> LeftOut:
    """Count what rates over sessions leave out."""
    return sum((truth(session).left_out for session in sessions), NONE_LEFT_OUT)


def remarks(sessions: Iterable[Session]) -> list[str]:
    """Say what rates over sessions leave out, and what to do about it; nothing where everything counts."""
    found = left_out(sessions)
    asked = (
        f"left out: {_n(found.queued, 'label')} answered from a queue, which asks where settings disagree. "
        "`bargein label rates` weights them, and `bargein measure` its failures where one annotator's queue is all "
        "there is."
    )
    apart = (
        f"left out: {_n(found.disputed, 'disputed span')}, about which two annotators do not agree: "
        "`bargein label agree` lists them; `--annotator`, in Python `session.of(annotator)`, counts one annotator's "
        "labels alone."
    )
    return [asked] * bool(found.queued) + [apart] * bool(found.disputed)
