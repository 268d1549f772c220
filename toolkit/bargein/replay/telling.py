"""What the provider is told at a cut, and what it will answer.

``audio_end_ms`` is what was heard of an item, never more than what had been received of it, and nothing is sent for an
item nobody heard. Beside it stands what a naive client sends: the wall clock since the item's first delta, and a cancel
without an id. The answers are predicted from the recorded provider's own timeline (its responses are held fixed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from bargein.events import AudioDone, Event, ItemDone, ResponseDone
from bargein.gate import Cut
from bargein.ledger import Delivered, Generated, Heard, Part
from bargein.outcome import Link, Told
from bargein.providers import Response
from bargein.units import ms_of, samples_in

ACCEPTED, NOT_ACTIVE = "accepted", "response_cancel_not_active"
TOO_LONG, NEXT = "already shorter", "hits the next response"
#: Events that end something, and what each ends.
ENDS: Mapping[type[Event], Callable[[Any], str]] = {
    AudioDone: attrgetter("item"), ItemDone: attrgetter("item"), ResponseDone: attrgetter("response"),
}  # fmt: skip


@dataclass(frozen=True)
class Recorded:
    """The recorded provider, as far as it decides what it answers."""

    responses: Mapping[str, Response]
    generated: Generated

    def active(self, at: int) -> set[str]:
        """The responses that are being generated at a time; one, where the provider keeps its own rule."""
        running = (r for r in self.responses.values() if r.created is not None and r.created <= at)
        return {r.id for r in running if not r.done_by(at)}

    def to_cancel(self, response: str, at: int) -> str:
        """Answer a cancel that names its response."""
        return ACCEPTED if response in self.active(at) else NOT_ACTIVE

    def to_naive_cancel(self, response: str, at: int) -> str:
        """Answer a cancel without an id: it hits whatever runs."""
        active = self.active(at)
        return ACCEPTED if response in active else NEXT if active else NOT_ACTIVE

    def to_truncate(self, part: Part, audio_end_ms: int, at: int) -> str:
        """Answer a truncation: refused beyond what has been generated of the item."""
        made = self.generated.samples_of(part, at)
        return ACCEPTED if samples_in(audio_end_ms, self.generated.rate) <= made else TOO_LONG


@dataclass(frozen=True)
class Account:
    """What a client knows of its items: what came, what was heard, what it was told had ended.

    Parameters
    ----------
    delivered, heard
        What reached it and what it let be heard.
    ended
        When it learned that an item, or its response, was complete.
    after_ms
        What goes on to sound behind a cut: a fade, or audio out of reach.
    """

    delivered: Delivered
    heard: Heard
    ended: Mapping[str, int]
    after_ms: int = 0

    def sounded(self, part: Part, cut: int) -> int:
        """Samples of a part that will have sounded of what a cut could not take back."""
        until, rate = cut + self.after_ms, self.heard.rate
        rows = (r for r in self.heard.of_these(part[:1]) if (r.response, r.item, r.content) == part)
        return sum(max(0, min(r.samples, samples_in(max(until - r.run, 0), rate) - r.offset)) for r in rows)

    def knows_the_end(self, name: str, at: int) -> bool:
        """Whether it had been told by then that an item or a response was complete."""
        return self.ended.get(name, at + 1) <= at


def ended_items(events: Iterable[Event]) -> dict[str, int]:
    """When a client learned of each item's, and each response's, end."""
    ends: dict[str, int] = {}
    for e in events:
        of = ENDS.get(type(e))
        if of is not None:
            ends.setdefault(of(e), e.at)
    return ends


def told(cuts: Sequence[Cut], tells: Sequence[str], client: Account, provider: Recorded, link: Link) -> Iterator[Told]:
    """Say what a client that does its duty sends at each cut.

    Parameters
    ----------
    cuts
        Of the client, in order. What one revokes is told then, and not again: what a second truncation of an item does
        is not known.
    tells
        Its duty: command names in order.
    client
        What it knows.
    provider
        Answers.
    link
        The way back to the provider.
    """
    known: frozenset[str] = frozenset()
    for cut in cuts:
        fresh, arrives = cut.revoked - known, cut.at + link.up_ms
        known = cut.revoked
        parts = _parts(client.delivered, fresh, cut.at)
        begun = dict.fromkeys([*(part[0] for part in parts), *sorted(fresh)])  # also one of which no sound has come yet
        for name in tells:
            if name == "truncate":
                made = [_truncate(name, part, cut.at, arrives, client, provider) for part in parts]
            else:
                made = [_stop(name, response, cut.at, arrives, client, provider) for response in begun]
            yield from (one for one in made if one is not None)


def _stop(name: str, response: str, at: int, arrives: int, client: Account, provider: Recorded) -> Told | None:
    """A command about a response; none where the client knows that it has ended."""
    if client.knows_the_end(response, at):
        return None
    return Told(at, arrives, name, response, "", 0, None, provider.to_cancel(response, arrives), None,
                provider.to_naive_cancel(response, arrives))  # fmt: skip


def _truncate(name: str, part: Part, at: int, arrives: int, client: Account, provider: Recorded) -> Told | None:
    """A truncation to what was heard; none where nobody heard the item, or all of it, and is known to be all."""
    response, item, content = part
    received, sounded = client.delivered.samples_of(part, at), client.sounded(part, at)
    complete = client.knows_the_end(item, at) or client.knows_the_end(response, at)
    if not sounded or (sounded >= received and complete):
        return None
    keep = ms_of(min(sounded, received), client.heard.rate)
    naive = at - client.delivered.parts[response][part].at[0]
    return Told(at, arrives, name, response, item, content, keep, provider.to_truncate(part, keep, arrives), naive,
                provider.to_truncate(part, naive, arrives))  # fmt: skip


def _parts(delivered: Delivered, revoked: frozenset[str], at: int) -> list[Part]:
    """What had reached the client of these responses, in order of arrival."""
    came = ((arrived.at[0], part) for name in revoked for part, arrived in delivered.parts.get(name, {}).items())
    return [part for first, part in sorted(came) if first <= at]
