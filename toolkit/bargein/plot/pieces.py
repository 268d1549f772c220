"""The agent's sound in pieces, by what became of it: where each is drawn, before any sample is read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bargein.ledger import Part, Row
from bargein.plot.material import Material
from bargein.plot.sound import arrivals, made_of, never_heard, split
from bargein.timeline import Span, Timeline
from bargein.units import SECOND, ms_of


class Piece(NamedTuple):
    """Samples ``first .. first + samples`` of a part, drawn over ``start .. end`` (session ms) as a kind of sound.

    Kinds are those of ``palette.SOUND``. Drawn where it arrived, seconds of sound may be pressed into a moment.
    """

    kind: str
    start: int
    end: int
    part: Part
    first: int
    samples: int


def heard_pieces(material: Material, made: Mapping[Part, Timeline] | None = None) -> Iterator[Piece]:
    """Sound when it left the loudspeaker, by whether it should have; nothing where nothing says which samples did.

    Behind the last sample of a response that was cut stands what would have followed, up to the next sound.

    Parameters
    ----------
    made
        :func:`bargein.plot.sound.made_of` what was generated, where that is known already.
    """
    heard = material.heard
    if heard is None or not heard.by_sample:
        return
    revoked, interrupted, heard = material.revoked_at(), material.interrupted_at(), heard.joined()
    for row in heard:
        cut, onset = revoked.get(row.response), interrupted.get(row.response)
        for piece in split(row, heard.rate, (t for t in (cut, onset) if t is not None)):
            span = piece.span(heard.rate)
            kind = "over" if onset is not None and span.start >= onset else "heard"
            if cut is not None and span.start >= cut:
                kind = "leaked"
            part = (piece.response, piece.item, piece.content)
            yield Piece(kind, span.start, span.end, part, piece.first, piece.samples)
    starts = [s.start for s in heard.timeline()]
    for at, part, missing in never_heard(made_of(material.generated) if made is None else made, heard):
        following = bisect_right(starts, at)
        until = starts[following] if following < len(starts) else material.session.info.length_ms
        count = min(missing.ms, max(until - at, 0) * heard.rate // SECOND)
        yield Piece("unheard", at, at + ms_of(count, heard.rate), part, missing.start, count)


def generated_pieces(material: Material) -> Iterator[Piece]:
    """Sound at the time it arrived, by whether it was ever heard."""
    generated = material.generated
    sounded = material.heard.by_part() if material.heard is not None else None
    for span, row in arrivals(generated.rows, generated.rate):
        yield from pieces_of(span, row, sounded)


def pieces_of(span: Span, row: Row, sounded: Mapping[Part, Timeline] | None) -> Iterator[Piece]:
    """Divide an arrival by whether it was ever heard.

    Parameters
    ----------
    span
        Over which it is drawn, session ms.
    sounded
        Samples of each part that were heard; None: nothing is known of that, so nothing was "never heard".
    """
    asked = Span(row.first, row.first + row.samples)
    own = Timeline([asked]) if sounded is None else sounded.get(row.part, Timeline())
    whole = own.at(row.first)
    if whole is not None and asked.end <= whole.end:  # the same as what follows, for all but a few
        yield Piece("arrived", span.start, span.end, row.part, row.first, row.samples)
        return
    known = own.clip(asked)
    for kind, parts in (("arrived", known), ("unheard", Timeline([asked]) - known)):
        for part in parts:
            start, stop = (span.start + span.ms * (n - row.first) // row.samples for n in (part.start, part.end))
            yield Piece(kind, start, stop, row.part, part.start, part.ms)
