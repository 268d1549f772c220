"""One annotator at the queue: what is played next, what is answered, what is taken back.

Blind: the microphone alone is played, a second is marked in which something may begin, and what the settings, the
provider and the agent did is not told before the answer is given. The onset that is offered is that of an energy rule,
no detector's: it is ``acoustic`` until a person moves it, and then ``human``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bargein.audio.files import read, wav_bytes
from bargein.errors import LabelError, Problem, check
from bargein.metrics.onsets import INTERRUPTION, KINDS
from bargein.metrics.truth import SPOKEN
from bargein.queue.place import UNCERTAINTY_MS, Place
from bargein.queue.rates import ANSWERS, SettingRate
from bargein.queue.whole import HALF_WIDTH, Progress, Queue
from bargein.session import Label
from bargein.session.queued import NOTHING, Answer, Item, Undo
from bargein.timeline import Span
from bargein.units import clock_text, samples_in

#: Where the energy rule finds no end, what begins is taken to last this long.
SHORT_MS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """What is played of an item.

    Parameters
    ----------
    samples, rate
        The microphone alone, -1..1, shape (n,); samples a second.
    played
        Where it lies, session time.
    asked
        The second in which the person is asked what begins.
    onset_ms
        The edge that is offered: the energy rule's, else the middle of that second.
    """

    samples: npt.NDArray[np.float32]
    rate: int
    played: Span
    asked: Span
    onset_ms: int

    @property
    def wav(self) -> bytes:
        """The sound as a player takes it."""
        return wav_bytes(self.samples, self.rate)


class Desk:
    """An annotator's place at a queue; opened again, it goes on where it was.

    Parameters
    ----------
    queue
        What was drawn.
    annotator
        Whose answers: one name, one set.
    half_width
        Precision that is asked for: half of an interval's length, a share.

    Raises
    ------
    LabelError
        No name, or one that looks like another's.
    """

    def __init__(self, queue: Queue, annotator: str, half_width: float = HALF_WIDTH) -> None:
        folded = annotator.strip().casefold()
        named = [*queue.annotators, *(x.annotator for p in queue.places for x in p.labels)]
        problems = [] if folded else [Problem("annotator: a label without one is nobody's", "", "give a name")]
        problems += [Problem(f"annotator: {annotator!r} and {other!r} look like one name", "", "spell it as before")
                     for other in sorted({*named} - {annotator}) if other.strip().casefold() == folded]  # fmt: skip
        check(problems, LabelError, "the queue")
        self.queue, self.annotator, self.half_width = queue, annotator, half_width
        for place in queue.places:
            place.settle(annotator)  # whatever was cut off between an answer and its label

    @property
    def current(self) -> tuple[Place, Item] | None:
        """What is to be labelled next; None when all is."""
        given = {p.folder: p.answers(self.annotator) for p in self.queue.places}
        return next(((p, i) for p, i in self.queue.order if i.at_ms not in given[p.folder]), None)

    @property
    def clip(self) -> Clip | None:
        """What is played of it.

        Raises
        ------
        AudioError
            The track cannot be read.
        """
        if (now := self.current) is None:
            return None
        place, item = now
        track = place.session.info.tracks["user"]
        low, high = (samples_in(t - track.origin_ms, track.rate) for t in item.played_ms)
        first = min(max(low, 0), track.samples)
        held, rate = read(place.folder / track.file, start=first, samples=max(min(high, track.samples) - first, 0))
        samples = np.zeros(high - low, np.float32)  # silent where the track has not begun, or is over
        samples[first - low : first - low + len(held)] = held
        return Clip(samples, rate, Span(*item.played_ms), Span(*item.asked_ms), _offered(place, item))

    def answer(self, kind: str, onset_ms: int | None = None) -> Answer:
        """Say what begins there; it is written at once, and the next item is current.

        Parameters
        ----------
        kind
            A class of an onset, or ``nothing``.
        onset_ms
            When it begins, session time; None: as offered.

        Raises
        ------
        LabelError
            Nothing is left, no such kind, an onset outside what was played; or somebody else is writing. The item stays
            current.
        """
        now = self.current
        if now is None:
            raise LabelError([Problem("every item is labelled", "", "draw more: a larger --sample")], "the queue")
        place, item = now
        offered = _offered(place, item)
        onset = offered if onset_ms is None else onset_ms
        low, high = item.played_ms
        problems = (
            [] if kind in ANSWERS else [Problem(f"kind: {kind!r} is none of {', '.join(ANSWERS)}", "", "misspelt?")]
        )
        if not low <= onset < high:
            problems.append(
                Problem(f"onset_ms: {onset} lies outside what was played, {low} to {high} ms", "", "seconds?")
            )
        check(problems, LabelError, "the queue")
        given = Answer(item.at_ms, self.annotator, NOTHING, nth=self._next)
        if kind != NOTHING:
            basis, uncertainty = _found(place, item, onset)
            sounding = place.voiced.at(onset)
            end = min(max(sounding.end if sounding else 0, onset + SHORT_MS), place.session.info.length_ms)
            given = Answer(
                item.at_ms, self.annotator, kind, onset, max(end, onset + 1), basis, uncertainty, nth=self._next
            )
        place.write([given])
        place.settle(self.annotator)
        return given

    def undo(self) -> tuple[Place, Item] | None:
        """Take the latest answer back; its item is current again. The file keeps both. None: nothing to take back.

        Raises
        ------
        LabelError
            Somebody else is writing.
        """
        if (latest := self._latest()) is None:
            return None
        place, item = latest
        place.write([Undo(item.at_ms, self.annotator)])
        place.settle(self.annotator)
        return latest

    def _latest(self) -> tuple[Place, Item] | None:
        """The last that was given, of those that stand."""
        given = self.queue.answers(self.annotator)
        return max(given, key=lambda x: x[2].nth)[:2] if given else None

    @property
    def _next(self) -> int:
        return 1 + max((a.nth for _, _, a in self.queue.answers(self.annotator)), default=0)

    def take_over(self, most: int | None = None) -> int:
        """Answer items from labels that this annotator has given before, by other means; no label is added.

        A class of an onset that the event lies in or near counts, then speech: who speaks means the agent. Where this
        annotator marked nothing, nothing begins: only for labels that cover the session.

        Parameters
        ----------
        most
            Only so many items, in the order of the queue.

        Returns
        -------
        How many were answered.

        Raises
        ------
        LabelError
            This annotator gave no labels.
        """
        labels = {p.folder: [x for x in p.labels if x.annotator == self.annotator] for p in self.queue.places}
        if not any(labels.values()):
            raise LabelError([Problem(f"no labels of {self.annotator!r}", "", "misspelt?")], "the queue")
        done = {p.folder: p.answers(self.annotator) for p in self.queue.places}
        rows: dict[Place, list[Answer]] = {}
        missing = (x for x in self.queue.order[:most] if x[1].at_ms not in done[x[0].folder])
        for nth, (place, item) in enumerate(missing, self._next):
            rows.setdefault(place, []).append(_taken(item, labels[place.folder], self.annotator, nth))
        for place, answers in rows.items():
            place.write(answers)
        return sum(map(len, rows.values()))

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return self.queue.progress(self.annotator, self.half_width)

    def rates(self, first: int | None = None) -> list[SettingRate]:
        """Give how often each setting fails, of all events; see :meth:`bargein.queue.whole.Queue.rates`."""
        return self.queue.rates(self.annotator, first) if self.annotator in self.queue.annotators else []

    def revealed(self) -> str:
        """Say of the latest answer what was kept from the annotator until then; empty before the first."""
        if (latest := self._latest()) is None:
            return ""
        place, item = latest
        kind = place.answers(self.annotator)[item.at_ms].kind
        said = ", ".join(f"{name} {word}" for name, word in item.said.items())
        return f"{place.session.id} at {clock_text(item.at_ms)}: {kind}; {said}"


def _offered(place: Place, item: Item) -> int:
    """The energy rule's edge nearest to the event in the second that is asked about, else that second's middle."""
    asked = Span(*item.asked_ms)
    edges = [s.start for s in place.voiced if s.start in asked]
    return min(edges, key=lambda t: abs(t - item.at_ms), default=asked.start + asked.ms // 2)


def _found(place: Place, item: Item, onset: int) -> tuple[str, int]:
    """How an onset was found, and how far off it may be: an edge left where it was is the energy rule's.

    Where that rule has no edge, an onset that nobody moved says no more than that it lies in the second.
    """
    if onset != _offered(place, item):
        return "human", UNCERTAINTY_MS
    if onset in {s.start for s in place.voiced}:
        return "acoustic", UNCERTAINTY_MS
    return "human", (item.asked_ms[1] - item.asked_ms[0]) // 2


def _taken(item: Item, labels: Sequence[Label], annotator: str, nth: int) -> Answer:
    """What labels say of an event: one class, by the precedence of :mod:`bargein.metrics.onsets`."""
    asked = Span(*item.asked_ms)
    of_user = [x for x in labels if x.track == "user" and x.basis != "placement"]
    near = [x for x in of_user if x.onset_ms in asked or x.onset_ms <= item.at_ms < x.offset_ms]
    order = [*KINDS, *SPOKEN]
    known = [x for x in near if x.kind in order]
    ranked = sorted(known, key=lambda x: (order.index(x.kind), abs(x.onset_ms - item.at_ms)))
    if not ranked:
        return Answer(item.at_ms, annotator, NOTHING, taken=True, nth=nth)
    best = ranked[0]
    kind = best.kind if best.kind in KINDS else INTERRUPTION
    return Answer(
        item.at_ms, annotator, kind, best.onset_ms, best.offset_ms, best.basis, best.uncertainty_ms, True, nth
    )
