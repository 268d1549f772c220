"""What the provider is told at a cut, and what it will answer.

``audio_end_ms`` is what was heard of an item, never more than what had been received of it, and nothing is sent for an
item nobody heard. Beside it stands what a naive client sends: the wall clock since the item's first delta, and a cancel
without an id. The answers are predicted from the recorded provider's own timeline (its responses are held fixed).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bargein.gate import Cut
from bargein.ledger import Delivered, Generated, Heard
from bargein.outcome import Link, Told
from bargein.providers import Response
from bargein.units import ms_of, samples_in

ACCEPTED, NOT_ACTIVE = "accepted", "response_cancel_not_active"
TOO_LONG, NEXT = "already shorter", "hits the next response"
Part = tuple[str, str, int]


@dataclass(frozen=True)
class Recorded:
    """The recorded provider, as far as it decides what it answers."""

    responses: Mapping[str, Response]
    generated: Generated

    def active(self, at: int) -> str | None:
        """The response that is being generated at a time."""
        running = (r for r in self.responses.values() if r.created is not None and r.created <= at)
        return next((r.id for r in running if r.done is None or at < r.done), None)

    def to_cancel(self, response: str, at: int) -> str:
        """Answer a cancel that names its response."""
        return ACCEPTED if self.active(at) == response else NOT_ACTIVE

    def to_naive_cancel(self, response: str, at: int) -> str:
        """Answer a cancel without an id: it hits whatever runs."""
        active = self.active(at)
        if active is None:
            return NOT_ACTIVE
        return ACCEPTED if active == response else NEXT

    def to_truncate(self, part: Part, audio_end_ms: int, at: int) -> str:
        """Answer a truncation: refused beyond what has been generated of the item."""
        made = self.generated.samples_of(part, at)
        return ACCEPTED if samples_in(audio_end_ms, self.generated.rate) <= made else TOO_LONG


def told(
    cuts: Sequence[Cut], tells: Sequence[str], delivered: Delivered, heard: Heard, provider: Recorded, link: Link
) -> Iterator[Told]:
    """Say what a client that does its duty sends at each cut.

    Parameters
    ----------
    cuts
        Of the client, in order.
    tells
        Its duty: command names in order.
    delivered, heard
        What reached it and what it let be heard, a fade included.
    provider
        Answers.
    link
        The way back to the provider.
    """
    known: frozenset[str] = frozenset()
    for n, cut in enumerate(cuts):
        until = cuts[n + 1].at if n + 1 < len(cuts) else None
        parts = _parts(delivered, cut.revoked - known, cut.at)  # what an earlier cut revoked was told then
        known = cut.revoked
        for name in tells:
            of_items = name == "truncate"
            for part in parts if of_items else {part[0]: part for part in reversed(parts)}.values():
                made = _one(name, part, cut.at, until, delivered, heard, provider, link)
                if made is not None:
                    yield made


def _one(
    name: str, part: Part, at: int, until: int | None, delivered: Delivered, heard: Heard, provider: Recorded,
    link: Link,
) -> Told | None:  # fmt: skip
    response, item, content = part
    arrives = at + link.up_ms
    if name != "truncate":
        if provider.responses.get(response, Response(response)).done_by(at):
            return None  # known to have ended: there is nothing to cancel
        return Told(at, arrives, name, response, "", 0, None, provider.to_cancel(response, arrives), None,
                    provider.to_naive_cancel(response, arrives))  # fmt: skip
    received, sounded = delivered.samples_of(part, at), _sounded(heard, part, until)
    if not sounded or (sounded >= received and provider.responses.get(response, Response(response)).done_by(at)):
        return None  # nobody heard it, or all of it was heard
    keep = ms_of(min(sounded, received), heard.rate)
    naive = at - min(r.at for r in delivered.of(response) if r.part == part)
    return Told(at, arrives, name, response, item, content, keep, provider.to_truncate(part, keep, arrives), naive,
                provider.to_truncate(part, naive, arrives))  # fmt: skip


def _parts(delivered: Delivered, revoked: frozenset[str], at: int) -> list[Part]:
    """What had reached the client of these responses, in order of arrival."""
    rows = sorted(r for name in revoked for r in delivered.of(name) if r.at <= at)
    return list(dict.fromkeys(r.part for r in rows))


def _sounded(heard: Heard, part: Part, until: int | None) -> int:
    """Samples of a part that had sounded before the next cut."""
    rows = (r for r in heard.of_these(part[:1]) if (r.response, r.item, r.content) == part)
    return sum(r.samples for r in rows if until is None or r.run < until)
