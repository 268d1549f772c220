"""What became of each of the agent's samples: when it came, whether it sounded, where it would have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from bargein.ledger import Generated, Heard, Part, Played, Row
from bargein.timeline import Span, Timeline
from bargein.units import ms_covering, ms_of, samples_in


def arrivals(rows: Sequence[Row], rate: int) -> Iterator[tuple[Span, Row]]:
    """Say over which stretch of time each arrival is drawn: until the next of its response, no longer than it sounds.

    A delta has no length on the clock of arrivals, so the gap to the next one stands for it.

    Examples
    --------
    >>> a, b = Row(0, "A", "a", 0, 4_800), Row(50, "A", "a", 4_800, 4_800)
    >>> [(span.start, span.end) for span, _ in arrivals([a, b], 24_000)]
    [(0, 50), (50, 100)]
    """
    by_response: dict[str, list[Row]] = {}
    for row in rows:
        by_response.setdefault(row.response, []).append(row)
    for own in by_response.values():
        gaps = sorted(b.at - a.at for a, b in pairwise(own) if b.at > a.at)
        usual = gaps[len(gaps) // 2] if gaps else ms_of(own[-1].samples, rate)
        for i, row in enumerate(own):
            gap = own[i + 1].at - row.at if i + 1 < len(own) else usual
            yield Span(row.at, row.at + min(gap, ms_covering(row.samples, rate))), row


def split(row: Played, rate: int, instants: Iterable[int]) -> Iterator[Played]:
    """Cut what was played at session times, so that what follows an instant can be shown apart.

    Examples
    --------
    >>> [(p.offset, p.first, p.samples) for p in split(Played(1_000, 0, "A", "a", 0, 480), 24_000, [1_005])]
    [(0, 0, 120), (120, 120, 360)]
    """
    inner = {samples_in(max(t - row.run, 0), rate) - row.offset for t in instants}
    cuts = [0, *sorted(c for c in inner if 0 < c < row.samples), row.samples]
    for a, b in pairwise(cuts):
        yield Played(row.run, row.offset + a, row.response, row.item, row.first + a, b - a, row.content)


def made_of(generated: Generated) -> dict[Part, Timeline]:
    """Which samples of each part were generated: spans of sample numbers, not of time."""
    found: dict[Part, list[Span]] = {}
    for row in generated.rows:
        found.setdefault(row.part, []).append(Span(row.first, row.first + row.samples))
    return {part: Timeline(spans) for part, spans in found.items()}


def never_heard(made: Mapping[Part, Timeline], heard: Heard) -> Iterator[tuple[int, Part, Span]]:
    """What was generated and did not sound, placed where it would have gone on: behind the last sample that did.

    Parameters
    ----------
    made
        As :func:`made_of` gives it.

    Yields
    ------
    Session time, part, sample numbers. Parts of which nothing sounded have no such place and are left out.
    """
    sounded = heard.by_part()
    ends = {(r.response, r.item, r.content, r.first + r.samples): r.span(heard.rate).end for r in heard.rows}
    for part, samples in made.items():
        for missing in samples - sounded.get(part, Timeline()):
            at = ends.get((*part, missing.start))
            if at is not None:
                yield at, part, missing
