"""Three clocks, three types: what was generated, what was delivered, what was heard.

Generated and delivered audio are *ledgers*: rows of (when, whose, which samples). Their arrival times are no timeline:
joining them would book twenty seconds of speech, generated in five, as five. Heard audio maps samples of items to
session time, response by response; only its union is a :class:`~bargein.timeline.Timeline`.

For every item: distinct samples generated >= delivered >= heard, and per sample the three instants stand in that order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import ClassVar, NamedTuple

from bargein.errors import StageError
from bargein.timeline import Span, Timeline
from bargein.units import ms_of


@dataclass(frozen=True, slots=True)
class Basis:
    """What a statement about heard audio rests on.

    ``logged`` a player's own log, ``channel`` the agent's channel of a call, ``stated`` somebody's log of when the
    agent sounded, without the sound, ``webrtc_buffer`` the provider's play-out events, ``echo_witness`` residual echo,
    ``modelled`` a replay.

    Examples
    --------
    >>> str(Basis("modelled", 20)), str(Basis("logged"))
    ('modelled ± 20 ms', 'logged')
    """

    kind: str
    uncertainty_ms: int | None = None

    KINDS: ClassVar[tuple[str, ...]] = ("logged", "channel", "stated", "webrtc_buffer", "echo_witness", "modelled")

    def __post_init__(self) -> None:
        if self.kind not in self.KINDS:
            raise ValueError(f"basis {self.kind!r} is none of {', '.join(self.KINDS)}")

    @property
    def tells_responses(self) -> bool:
        """Whether it tells one response from another: a channel, or a statement of when the agent sounded, does not."""
        return self.kind not in ("channel", "stated")

    def __str__(self) -> str:
        return self.kind if self.uncertainty_ms is None else f"{self.kind} ± {self.uncertainty_ms} ms"


#: Whose samples: response, item, content part.
Part = tuple[str, str, int]


class Row(NamedTuple):
    """One arrival: at session time ``at``, samples ``first .. first + samples`` of a response's item."""

    at: int
    response: str
    item: str
    first: int
    samples: int
    content: int = 0

    @property
    def part(self) -> Part:
        """Whose samples these are."""
        return self.response, self.item, self.content


def _distinct(pieces: Iterable[tuple[int, int]]) -> int:
    """Count samples covered at least once by (first, samples) pieces."""
    count = end = 0
    for first, samples in sorted(pieces):
        count += max(0, first + samples - max(first, end))
        end = max(end, first + samples)
    return count


class Arrivals(NamedTuple):
    """Of one content part: when something of it arrived, in order, and how many distinct samples had come by then."""

    at: list[int]
    samples: list[int]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Arrivals:
        """Count along rows in order of arrival.

        Examples
        --------
        >>> Arrivals.of([Row(10, "A", "a", 0, 40), Row(20, "A", "a", 60, 40), Row(30, "A", "a", 20, 50)]).samples
        [40, 80, 100]
        """
        samples: list[int] = []
        count = end = 0
        for n, r in enumerate(rows):
            if r.first >= end:
                count, end = count + r.samples, r.first + r.samples
            else:  # out of order, or a second time
                count = _distinct((r.first, r.samples) for r in rows[: n + 1])
                end = max(end, r.first + r.samples)
            samples.append(count)
        return cls([r.at for r in rows], samples)

    def by(self, until: int) -> int:
        """Give the samples that had arrived by a time."""
        n = bisect_right(self.at, until)
        return self.samples[n - 1] if n else 0


@dataclass(frozen=True)
class Ledger:
    """Arrivals of agent audio at one place, in order.

    Parameters
    ----------
    rows
        In order of arrival; a repeated piece counts once.
    rate
        Samples per second.
    """

    rows: tuple[Row, ...]
    rate: int

    stage: ClassVar[str] = "arrived"

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @cached_property
    def by_response(self) -> dict[str, list[Row]]:
        """Rows per response, in order of first arrival."""
        found: dict[str, list[Row]] = {}
        for r in self.rows:
            found.setdefault(r.response, []).append(r)
        return found

    def of(self, response: str | None) -> Sequence[Row]:
        """Rows of one response; of all when it is None."""
        return self.rows if response is None else self.by_response.get(response, ())

    def responses(self) -> tuple[str, ...]:
        """Response ids in order of first arrival."""
        return tuple(self.by_response)

    def samples(self, response: str | None = None, item: str | None = None) -> int:
        """Count distinct samples, of everything, one response or one item."""
        parts: dict[Part, list[tuple[int, int]]] = {}
        for r in self.of(response):
            if item in (None, r.item):
                parts.setdefault(r.part, []).append((r.first, r.samples))
        return sum(map(_distinct, parts.values()))

    @cached_property
    def parts(self) -> dict[str, dict[Part, Arrivals]]:
        """Content parts per response, in order of first arrival, and how much of each had come when."""
        found: dict[str, dict[Part, Arrivals]] = {}
        for response, rows in self.by_response.items():
            mine: dict[Part, list[Row]] = {}
            for r in rows:
                mine.setdefault(r.part, []).append(r)
            found[response] = {part: Arrivals.of(pieces) for part, pieces in mine.items()}
        return found

    def samples_of(self, part: Part, until: int) -> int:
        """Count distinct samples of one content part that had arrived by a time."""
        arrived = self.parts.get(part[0], {}).get(part)
        return arrived.by(until) if arrived else 0

    def audio_ms(self, response: str | None = None) -> int:
        """How much sound arrived, in milliseconds: not how long its arrival took."""
        return ms_of(self.samples(response), self.rate)

    def window(self, response: str | None = None) -> Span | None:
        """When it arrived, first to last arrival; None when nothing did."""
        at = [r.at for r in self.of(response)]
        return Span(min(at), max(at)) if at else None


@dataclass(frozen=True)
class Generated(Ledger):
    """Audio as it left the provider (received by whoever kept the log)."""

    stage: ClassVar[str] = "generated"


@dataclass(frozen=True)
class Delivered(Ledger):
    """Audio as it reached the client."""

    stage: ClassVar[str] = "delivered"


class Played(NamedTuple):
    """Samples that left the loudspeaker one after another.

    They belong to an unbroken run that began at ``run`` (session ms); the first of them is sample number ``offset`` of
    that run. Times are taken from the run, so pieces of a run fit together without gaps.
    """

    run: int
    offset: int
    response: str
    item: str
    first: int
    samples: int
    content: int = 0

    def span(self, rate: int) -> Span:
        """When they sounded."""
        return Span(self.run + ms_of(self.offset, rate), self.run + ms_of(self.offset + self.samples, rate))


@dataclass(frozen=True)
class Heard:
    """What left the loudspeaker.

    Parameters
    ----------
    rows
        In order of time.
    rate
        Samples per second.
    basis
        What the statement rests on.

    Examples
    --------
    >>> heard = Heard.of({"A": [Span(0, 900), Span(1_000, 1_200)], "B": [Span(2_000, 3_000)]})
    >>> heard.audio_ms("A"), heard.timeline().ms, heard.last("A")
    (1100, 2100, 1200)
    """

    rows: tuple[Played, ...]
    rate: int
    basis: Basis = Basis("modelled")

    stage: ClassVar[str] = "heard"

    @property
    def by_sample(self) -> bool:
        """Whether it says *which* samples sounded; a channel and a play-out buffer say only when."""
        return self.basis.tells_responses and self.basis.kind != "webrtc_buffer"

    @classmethod
    def of(cls, spans: Mapping[str, Sequence[Span]], basis: Basis | None = None) -> Heard:
        """Make heard audio from spans per response, one sample a millisecond: for channels and drawings."""
        rows = []
        for response, stretches in spans.items():
            first = 0
            for s in stretches:
                rows.append(Played(s.start, 0, response, response, first, s.ms))
                first += s.ms
        return cls(tuple(sorted(rows, key=lambda r: r.run)), 1_000, basis or Basis("modelled"))

    def __iter__(self) -> Iterator[Played]:
        return iter(self.rows)

    @cached_property
    def by_response(self) -> dict[str, list[Played]]:
        """Rows per response, in order of first sound."""
        found: dict[str, list[Played]] = {}
        for r in self.rows:
            found.setdefault(r.response, []).append(r)
        return found

    def of_these(self, responses: Iterable[str] | None) -> Iterable[Played]:
        """Rows of the named responses, response by response; of all, in order of time, when None."""
        if responses is None:
            return self.rows
        return (r for response in dict.fromkeys(responses) for r in self.by_response.get(response, ()))

    def by_part(self) -> dict[Part, Timeline]:
        """Which samples of each (response, item, content part) sounded: spans of sample numbers, not of time."""
        found: dict[Part, list[Span]] = {}
        for r in self.rows:
            found.setdefault((r.response, r.item, r.content), []).append(Span(r.first, r.first + r.samples))
        return {part: Timeline(spans) for part, spans in found.items()}

    def responses(self) -> tuple[str, ...]:
        """Response ids in order of first sound."""
        return tuple(self.by_response)

    def timeline(self, responses: Iterable[str] | None = None) -> Timeline:
        """When agent audio sounded: of all responses or of those named."""
        return Timeline(r.span(self.rate) for r in self.of_these(responses))

    def samples(self, response: str | None = None, item: str | None = None) -> int:
        """Count samples that sounded."""
        rows = self.of_these(None if response is None else [response])
        return sum(r.samples for r in rows if item in (None, r.item))

    def audio_ms(self, response: str | None = None) -> int:
        """How long agent audio sounded, in milliseconds."""
        return ms_of(self.samples(response), self.rate)

    def first(self, response: str) -> int | None:
        """When the response began to sound; None when it never did."""
        return min((r.span(self.rate).start for r in self.of_these([response])), default=None)

    def joined(self) -> Heard:
        """The same samples at the same times, with pieces that follow on each other in one run and part made one.

        Examples
        --------
        >>> pieces = (Played(0, 0, "A", "a", 0, 40), Played(0, 40, "A", "a", 40, 60), Played(0, 100, "A", "a", 200, 10))
        >>> [(r.first, r.samples) for r in Heard(pieces, 1_000).joined()]
        [(0, 100), (200, 10)]
        """
        rows: list[Played] = []
        head = None  # of the pieces that are being joined the first; how many samples in all, and what comes next
        count = offset = first = 0
        for row in self.rows:
            follows = (  # one by one: two tuples a piece would cost more than all the rest
                head is not None and row.offset == offset and row.first == first and row.run == head.run
                and row.item == head.item and row.response == head.response and row.content == head.content
            )  # fmt: skip
            if not follows:
                if head is not None:
                    rows.append(head._replace(samples=count))
                head, count = row, 0
            count += row.samples
            offset, first = row.offset + row.samples, row.first + row.samples
        if head is not None:
            rows.append(head._replace(samples=count))
        return Heard(tuple(rows), self.rate, self.basis)

    def at(self, t: int) -> Played | None:
        """The piece that sounds at an instant; None in silence."""
        return next((r for r in self.within(Span(t, t + 1))), None)

    def within(self, span: Span) -> Iterator[Played]:
        """Pieces that sound in a stretch of session time, in order."""
        first = bisect_right(self._ends, span.start)
        for row in self.rows[first:]:
            own = row.span(self.rate)
            if own.start >= span.end:
                return
            if own.start < own.end:
                yield row

    @cached_property
    def _ends(self) -> list[int]:
        """When each piece ends, or one before it that ends later: never falls."""
        return list(accumulate((r.span(self.rate).end for r in self.rows), max))

    def last(self, response: str) -> int | None:
        """When the response last sounded; None when it never did."""
        return self._lasts.get(response)

    @cached_property
    def _lasts(self) -> dict[str, int]:
        return {name: max(r.span(self.rate).end for r in rows) for name, rows in self.by_response.items()}


def heard_out(generated: Ledger, heard: Heard, response: str) -> bool:
    """Whether the last sample that arrived of a response was heard: whatever was cut before, nothing is left of it.

    Examples
    --------
    >>> made = Generated((Row(0, "A", "a", 0, 500), Row(90, "A", "a", 500, 500)), 1_000)
    >>> [heard_out(made, Heard((Played(0, 0, "A", "a", *piece),), 1_000), "A") for piece in [(0, 999), (900, 100)]]
    [False, True]
    """
    made = generated.of(response)
    if not made:
        return False
    part = made[-1].part
    last = max(r.first + r.samples for r in made if r.part == part)
    return any(
        (p.response, p.item, p.content) == part and p.first + p.samples == last for p in heard.of_these([response])
    )


def need(value: object, stage: type, question: str) -> None:
    """Refuse audio of the wrong stage.

    Raises
    ------
    StageError
        ``value`` is not of ``stage``.

    Examples
    --------
    >>> need(Generated((), 24_000), Heard, "leak")
    Traceback (most recent call last):
    bargein.errors.StageError: leak is asked of heard audio; this is generated audio
    """
    if not isinstance(value, stage):
        got = getattr(value, "stage", type(value).__name__)
        raise StageError(f"{question} is asked of {getattr(stage, 'stage', stage.__name__)} audio; this is {got} audio")
