"""How far does a counterfactual reach? From the onset to a little after the user would have heard something else.

A recorded user reacted to what was heard. Once another gate lets something else be heard, nothing after it would have
gone as recorded: an episode ends 300 ms after heard audio first differs, and what is measured behind that horizon is
not pooled. Where it differed at the onset already, another episode would have been recorded, and this one is left out.
A scripted user of a modelled session reacts to nothing, so there is no horizon there: the user is held fixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from bargein.ledger import Heard, Part, need
from bargein.timeline import Span
from bargein.units import ms_of, samples_in

#: How long a user goes on as recorded when something else is heard: shorter than any reaction to speech.
HORIZON_MS = 300
#: Two players that sound the same samples this close together sound alike.
ALIKE_MS = 20


def differs_from(recorded: Heard, other: Heard, start: int, end: int) -> int | None:
    """Give the first instant from ``start`` on at which two loudspeakers do not sound the same samples.

    Parameters
    ----------
    recorded, other
        What was heard, and what would have been.
    start, end
        Session ms.

    Returns
    -------
    Session ms; None where they sound alike up to ``end``.

    Raises
    ------
    StageError
        One of them is not heard audio.

    Examples
    --------
    >>> long, cut = Heard.of({"A": [Span(0, 900)]}), Heard.of({"A": [Span(0, 400)]})
    >>> differs_from(long, cut, 100, 2_000), differs_from(long, long, 0, 2_000)
    (400, None)
    """
    for heard in (recorded, other):
        need(heard, Heard, "where two loudspeakers differ")
    edges = sorted({start, end, *(t for h in (recorded, other) for t in _edges(h, start, end))})
    apart = 0
    for a, b in pairwise(edges):
        same = _alike(_at(recorded, a), _at(other, a), recorded.rate)
        apart = 0 if same else apart + b - a
        if apart > ALIKE_MS:
            return b - apart
    return None


def horizon(recorded: Heard, other: Heard, onset: int, end: int) -> int | None:
    """Give up to when an episode's counterfactual holds; None where nothing ever differs.

    Parameters
    ----------
    onset
        Session ms; a difference before it is :func:`state_differs`.
    end
        The session's length.
    """
    first = differs_from(recorded, other, onset, end)
    return None if first is None else first + HORIZON_MS


def state_differs(recorded: Heard, other: Heard, onset: int) -> bool:
    """Whether something else was sounding at the onset already: then this episode would not have been recorded."""
    return not _alike(_at(recorded, onset), _at(other, onset), recorded.rate)


Place = tuple[Part, int] | None


def _edges(heard: Heard, start: int, end: int) -> Iterator[int]:
    for row in heard.within(Span(start, end)):
        span = row.span(heard.rate)
        yield from (t for t in (span.start, span.end) if start < t < end)


def _at(heard: Heard, t: int) -> Place:
    """Whose sample sounds at an instant, and which."""
    row = heard.at(t)
    if row is None:
        return None
    return (row.response, row.item, row.content), row.first + samples_in(t - row.run, heard.rate) - row.offset


def _alike(a: Place, b: Place, rate: int) -> bool:
    if a is None or b is None:
        return a is b
    return a[0] == b[0] and ms_of(abs(a[1] - b[1]), rate) <= ALIKE_MS
