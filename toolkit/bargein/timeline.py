"""Spans of session time and sorted sets of them.

Whole milliseconds since session start; spans are half-open, ``start <= t < end``. The operations are those of the field
(pyannote.core's ``Segment`` and ``Timeline``), as values: nothing here changes once made.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of session time: ``start <= t < end``, whole milliseconds.

    Raises
    ------
    ValueError
        ``end`` lies before ``start``.

    Examples
    --------
    >>> Span(100, 400).ms, 400 in Span(100, 400)
    (300, False)
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"span ends before it starts: {self.start}..{self.end} ms")

    @property
    def ms(self) -> int:
        """Length in milliseconds."""
        return self.end - self.start

    def __contains__(self, t: int) -> bool:
        return self.start <= t < self.end

    def __and__(self, other: Span) -> Span | None:
        """Give the shared stretch, or None when there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def shift(self, ms: int) -> Span:
        """Move the span; negative moves it earlier."""
        return Span(self.start + ms, self.end + ms)


class Timeline:
    """Spans in order; those that touch or overlap are joined on entry, empty ones left out.

    ::

        given   |----|   |--|
                   |---|    |---|
        kept    |------| |------|

    Examples
    --------
    >>> user = Timeline([Span(0, 900), Span(2_000, 2_500)])
    >>> agent = Timeline([Span(700, 1_500)])
    >>> (user & agent).spans, (user | agent).ms, (user - agent).ms
    ((Span(start=700, end=900),), 2000, 1200)
    """

    __slots__ = ("spans",)

    spans: tuple[Span, ...]

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        joined: list[Span] = []
        for span in sorted(s for s in spans if s.ms):
            if joined and span.start <= joined[-1].end:
                joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
            else:
                joined.append(span)
        self.spans = tuple(joined)

    @property
    def ms(self) -> int:
        """Length of all spans together, in milliseconds."""
        return sum(s.ms for s in self.spans)

    def __iter__(self) -> Iterator[Span]:
        return iter(self.spans)

    def __len__(self) -> int:
        return len(self.spans)

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and self.spans == other.spans

    def __hash__(self) -> int:
        return hash(self.spans)

    def __repr__(self) -> str:
        return f"Timeline({', '.join(f'{s.start}..{s.end}' for s in self.spans)})"

    def __contains__(self, t: int) -> bool:
        return self.at(t) is not None

    def at(self, t: int) -> Span | None:
        """Give the span that holds instant ``t``."""
        i = bisect_right(self.spans, t, key=lambda s: s.start) - 1
        return self.spans[i] if i >= 0 and t in self.spans[i] else None

    def __or__(self, other: Timeline) -> Timeline:
        return Timeline([*self.spans, *other.spans])

    def __and__(self, other: Timeline) -> Timeline:
        shared: list[Span] = []
        i = j = 0
        while i < len(self.spans) and j < len(other.spans):
            a, b = self.spans[i], other.spans[j]
            if both := a & b:
                shared.append(both)
            if a.end <= b.end:
                i += 1
            else:
                j += 1
        return Timeline(shared)

    def __sub__(self, other: Timeline) -> Timeline:
        if not self.spans:
            return self
        return self & other.gaps(Span(self.spans[0].start, self.spans[-1].end))

    def gaps(self, within: Span) -> Timeline:
        """Give what is left of ``within`` when the spans are taken out.

        ::

            within  |----------------|
            spans     |---|     |------|
            gaps    |-|   |-----|
        """
        edges = [within.start]
        for span in self.clip(within):
            edges += [span.start, span.end]
        edges.append(within.end)
        return Timeline(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b)

    def clip(self, within: Span) -> Timeline:
        """Keep only what lies inside ``within``."""
        first = bisect_right(self.spans, within.start, key=lambda s: s.end)
        end = bisect_left(self.spans, within.end, lo=first, key=lambda s: s.start)
        return Timeline(both for s in self.spans[first:end] if (both := s & within))

    def bridged(self, gap_ms: int) -> Timeline:
        """Join spans whose gap is shorter than ``gap_ms``."""
        out: list[Span] = []
        for span in self.spans:
            if out and span.start - out[-1].end < gap_ms:
                out[-1] = Span(out[-1].start, span.end)
            else:
                out.append(span)
        return Timeline(out)

    def shift(self, ms: int) -> Timeline:
        """Move all spans."""
        return Timeline(s.shift(ms) for s in self.spans)
