"""The queue of one session or of many: in which order to listen, how far it has come, what follows from the answers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bargein.errors import InputError, LabelError, NotAnswerable, Problem, SettingsError, check
from bargein.metrics.clusters import component_of
from bargein.queue.drawing import STRATA
from bargein.queue.place import Place
from bargein.queue.rates import Answered, SettingRate, needed, rates
from bargein.session import folders
from bargein.session.queued import QUEUE_FILE, Answer, Drawn, Item
from bargein.units import SECOND

#: Half of an interval's length that is asked for unless told otherwise: a share of 20 % is told from one of 40 %.
HALF_WIDTH = 0.10
HOW = "draw one: bargein label queue FOLDER --settings A --settings B --sample 0.1"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an annotator has come.

    Parameters
    ----------
    items, answered
        Drawn, and answered by this annotator.
    listening_ms, left_ms
        Length of all that is played once, and of what is left.
    needed
        Labels still needed for the precision that was asked for; more than are left: draw more, or record more.
    half_width
        That precision: half of the interval's length, a share.
    """

    items: int
    answered: int
    listening_ms: int
    left_ms: int
    needed: int
    half_width: float

    @property
    def text(self) -> str:
        """In words."""
        done = f"{self.answered} of {self.items} labelled, {_minutes(self.left_ms)} left to listen to"
        if not self.needed:
            return f"{done}; every share is known to ±{100 * self.half_width:.0f} %"
        left = self.items - self.answered
        more = f"{done}; {self.needed} more labels are needed for ±{100 * self.half_width:.0f} %"
        return more if self.needed <= left else f"{more}, and {left} are left here: draw more, or record more speakers"


def _minutes(ms: int) -> str:
    return f"{ms / (60 * SECOND):.1f} min"


class Queue:
    """Sessions with their drawn events.

    Parameters
    ----------
    places
        Sessions that hold a queue.

    Raises
    ------
    LabelError
        Their designs differ: labels of one cannot be weighed by another.
    """

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = [p for p in places if p.design is not None]
        designs = {p.folder.name: (d.settings, d.seed) for p in self.places if (d := p.design)}
        first = next(iter(designs.values()), None)
        check((Problem(f"drawn between {', '.join(s)} with seed {seed}", f"{name}/{QUEUE_FILE}", "draw all alike")
               for name, (s, seed) in designs.items() if (s, seed) != first), LabelError, "the queue")  # fmt: skip
        names = component_of(set(p.session.info.clusters) for p in self.places)
        self.clusters = dict(zip((p.folder for p in self.places), names, strict=True))

    @property
    def settings(self) -> tuple[str, ...]:
        """What is compared."""
        return next((d.settings for p in self.places if (d := p.design)), ())

    @property
    def order(self) -> list[tuple[Place, Item]]:
        """Every drawn item, in the order in which it is listened to: at random over all sessions."""
        every = [(p, item) for p in self.places for item in p.items.values()]
        return sorted(every, key=lambda x: (x[1].order, x[0].folder.name))

    @property
    def strata(self) -> dict[str, Drawn]:
        """Events, drawn items and probability of each stratum, over all sessions."""
        designs = [d for p in self.places if (d := p.design)]
        return {
            name: Drawn(sum(d.strata[name].events for d in designs), sum(d.strata[name].drawn for d in designs),
                        max(d.strata[name].probability for d in designs))
            for name in STRATA if designs
        }  # fmt: skip

    @property
    def annotators(self) -> list[str]:
        """Who has answered anything."""
        return list(dict.fromkeys(name for p in self.places for name in p.annotators))

    @property
    def basis(self) -> str:
        """What of the sessions was recorded and what modelled."""
        kinds = sorted({p.session.info.evidence for p in self.places})
        made = sorted({what for p in self.places for what in p.session.info.modelled})
        return " and ".join(kinds) + (f" ({', '.join(made)})" if made else "")

    def one_annotator(self, annotator: str | None = None) -> str:
        """Give the annotator that is named, or the only one; an empty name where nobody answered yet.

        Raises
        ------
        LabelError
            Several have answered and none is named, or the named one has not.
        """
        there = self.annotators
        spelt = ", ".join(map(repr, there)) or "nobody"
        if annotator is None and len(there) > 1:
            raise LabelError([Problem(f"answers of {spelt}", "", "one set, one annotator: name one")], "the queue")
        if annotator is not None and annotator not in there:
            raise LabelError([Problem(f"no answers of {annotator!r}; there are answers of {spelt}", "")], "the queue")
        return annotator or (there[0] if there else "")

    def answers(self, annotator: str) -> list[tuple[Place, Item, Answer]]:
        """Give an annotator's answers, in the order of the queue."""
        given = {p.folder: p.answers(annotator) for p in self.places}
        return [(p, item, a) for p, item in self.order if (a := given[p.folder].get(item.at_ms))]

    def answered(self, annotator: str, first: int | None = None) -> list[Answered]:
        """Give answers with the probability of each: drawn, times the share of its stratum that is answered.

        Parameters
        ----------
        first
            Only so many, in the order of the queue: what would be known had the annotator stopped there.
        """
        given = self.answers(annotator)[:first]
        drawn, done = ([item.stratum for _, item in x] for x in (self.order, [(p, i) for p, i, _ in given]))
        share = {stratum: done.count(stratum) / drawn.count(stratum) for stratum in {*done}}
        return [Answered(item, a.kind, item.probability * share[item.stratum], self.clusters[p.folder])
                for p, item, a in given]  # fmt: skip

    def rates(self, annotator: str | None = None, first: int | None = None) -> list[SettingRate]:
        """Give how often each setting fails, of all events.

        Raises
        ------
        LabelError
            As :meth:`one_annotator`.
        NotAnswerable
            Recorded and modelled sessions, say, together: they are never pooled.
        """
        kinds = sorted({p.session.info.evidence for p in self.places})
        if len(kinds) > 1:
            raise NotAnswerable(f"{' and '.join(kinds)} sessions together: they are never pooled; ask of one kind")
        return rates(self.answered(self.one_annotator(annotator), first))

    def unheard(self, annotator: str) -> list[str]:
        """Say which events the answers say nothing about: strata that hold some, and of which none is answered."""
        done = {item.stratum for _, item, _ in self.answers(annotator)}
        return [f"nothing is labelled of the {d.events} events of stratum {name}: the rates leave them out"
                for name, d in self.strata.items() if d.events and name not in done]  # fmt: skip

    def progress(self, annotator: str = "", half_width: float = HALF_WIDTH) -> Progress:
        """Say how far an annotator has come.

        Raises
        ------
        SettingsError
            ``half_width`` is no share over 0 and under 0.5.
        """
        if not 0 < half_width < 0.5:
            problem = Problem(f"half_width: {half_width!r} is not over 0 and under 0.5", "--half-width", "a share")
            raise SettingsError([problem], "the queue")
        played = {(p.folder, i.at_ms): i.played_ms[1] - i.played_ms[0] for p, i in self.order}
        done = [(p.folder, i.at_ms) for p, i, _ in self.answers(annotator)]
        more = needed(rates(self.answered(annotator)), len(done), half_width)
        left = sum(played.values()) - sum(played[key] for key in done)
        return Progress(len(played), len(done), sum(played.values()), left, more, half_width)

    def strata_rows(self) -> list[dict[str, object]]:
        """One row a stratum, as plain values."""
        return [{"stratum": name, "events": d.events, "drawn": d.drawn, "probability": f"{d.probability:g}"}
                for name, d in self.strata.items()]  # fmt: skip

    def rate_rows(self, annotator: str | None = None, first: int | None = None) -> list[dict[str, object]]:
        """One row a figure, as plain values; shares of all events, with their two-sided 95 % interval."""
        found = self.rates(annotator, first)
        return [
            {"setting": f.setting, "lower is better": f.metric, "labelled": f"{f.rate.seen_failures} of {f.rate.seen}",
             "stands for": f"{f.rate.failures:.0f} of {f.rate.trials:.0f}",
             "share": f"{100 * f.rate.estimate:.0f} %" if f.rate.seen else None,
             "95 % interval": "{:.0f} to {:.0f} %".format(*(100 * x for x in f.rate.interval)) if f.rate.seen else None,
             "clusters": len(f.rate.clusters)}
            for f in found
        ]  # fmt: skip

    def answer(self, annotator: str | None = None) -> str:
        """Say in words, as Markdown, what each setting missed and took for speech."""
        lines = []
        for f in self.rates(annotator):
            if f.headline:
                low, high = (f"{100 * x:.0f} %" for x in f.rate.interval)
                share = f"**{100 * f.rate.estimate:.0f} %** (95 %: {low} to {high})" if f.rate.seen else "**0 labels**"
                n = f"{f.rate.seen_failures} of {f.rate.seen} labelled, {len(f.rate.clusters)} clusters"
                lines.append(f"- `{f.setting}`, {f.metric}: {share}; {n}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Queue of {len(self.order)} items in {len(self.places)} sessions: {' against '.join(self.settings)}>"


def open_queue(folder: str | os.PathLike[str]) -> Queue:
    """Open what was drawn in a session folder, or in a folder of sessions.

    Raises
    ------
    SessionError, LabelError
        Something cannot be read, every problem of every session; or there is no queue.
    """
    places, problems = [], []
    for path in folders(folder):
        try:
            places.append(Place(path))
        except InputError as error:
            problems += [Problem(p.what, f"{path.name}/{p.place}", p.hint) for p in error.problems]
    check(problems, LabelError, str(Path(folder)))
    queue = Queue(places)
    if not queue.places:
        raise LabelError([Problem("there is no queue", str(Path(folder)), HOW)], "the queue")
    return queue
