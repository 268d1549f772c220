"""The client tells the provider how much of an item was heard: too much, nothing, too late, not at all.

A provider on a WebSocket cannot know what was played. Without a truncation the model remembers words nobody heard; with
a wrong one it is refused, or remembers another number of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bargein.corpus import Case
from bargein.doctor.base import Finding, Rule
from bargein.doctor.evidence import Line, client_words, log, of, owed
from bargein.doctor.interruptions import Cut, cuts, owners
from bargein.doctor.sound import audio_ms, pieces
from bargein.events import Command, Delta, ProviderError, ResponseCreated
from bargein.ledger import Heard
from bargein.units import ms_of, samples_in

#: Two clocks of one client differ by less: 85 ms were reported (pipecat-ai/pipecat#3677), 200 are a syllable.
TOLERANCE_MS = 200
#: How a provider refuses it: what there is, what was asked for.
SHORTER = re.compile(r"(\d+)\s*ms is already shorter than (\d+)\s*ms")


class _Sent(NamedTuple):
    """A truncation, with what was known when it was sent; None where it is not."""

    command: Command
    order: int
    ref: str
    received_ms: int | None
    heard_ms: int | None


def check(case: Case) -> Iterator[Finding]:
    """Look at every refusal, every truncation, and every interruption without one."""
    lines, heard, of_item = log(case), case.heard, owners(log(case))
    heard = heard if heard is not None and heard.by_sample else None
    sent = [_sent(case, lines, heard, order) for order, x in enumerate(lines, 1)
            if isinstance(x.event, Command) and x.event.name == "truncate"]  # fmt: skip
    refused: set[int] = set()
    for error, ref in of(lines, ProviderError):
        if found := SHORTER.search(error.message):
            yield _refused(case, error.at, ref, (int(found[1]), int(found[2])), sent, refused)
    client_words(case)
    found_cuts = cuts(case)
    for one in sent:
        if one.order not in refused:
            yield from _range(case, one)
        yield from _late(case, lines, one, found_cuts, of_item.get(one.command.item))
    yield from _missing(case, lines, heard, found_cuts, {of_item.get(one.command.item, "") for one in sent})


def _sent(case: Case, lines: tuple[Line, ...], heard: Heard | None, order: int) -> _Sent:
    command, _, ref = lines[order - 1]
    assert isinstance(command, Command)
    known = [e for e, _ in of(lines[:order], Delta) if e.item == command.item]
    received = audio_ms(pieces(known), case.reading.generated.rate) if any(e.samples for e in known) else None
    played = None
    if heard is not None:
        ends = (r.first + min(r.samples, samples_in(command.at - r.run, heard.rate) - r.offset)
                for r in heard if r.item == command.item and r.span(heard.rate).start < command.at)  # fmt: skip
        played = ms_of(max(ends, default=0), heard.rate)
    return _Sent(command, order, ref, received, played)


def _refused(case: Case, at: int, ref: str, lengths: tuple[int, int], sent: list[_Sent], refused: set[int]) -> Finding:
    """The provider says what there is and what was asked for; the truncation that asked for it stands before."""
    there, asked = lengths
    one = next((s for s in sent if s.command.at <= at and s.command.audio_end_ms == asked), None)
    if one is not None:
        refused.add(one.order)
    says = f"a truncate to {asked:,} ms was refused: {asked - there:,} ms beyond the item's end"
    return RULE.finding(case, at, says, (*([one.ref] if one else []), ref), asked - there, "ms", "error")


def _range(case: Case, one: _Sent) -> Iterator[Finding]:
    """Beyond what there is, not what was heard, or nothing at all: the first that holds."""
    asked, at, item = one.command.audio_end_ms, one.command.at, one.command.item
    if asked is None:
        return
    if one.received_ms is not None and asked > one.received_ms:
        beyond = asked - one.received_ms
        says = f"truncate of {item} to {asked:,} ms, {beyond:,} ms beyond the {one.received_ms:,} ms received of it"
        yield RULE.finding(case, at, says, (one.ref,), beyond, "ms", "error")
    elif one.heard_ms is not None and abs(asked - one.heard_ms) > TOLERANCE_MS:
        off = asked - one.heard_ms
        says = f"truncate of {item} to {asked:,} ms, but {one.heard_ms:,} ms of it had been heard: off by {off:+,} ms"
        yield RULE.finding(case, at, says, (one.ref,), off, "ms")
    elif asked <= 0:
        yield RULE.finding(case, at, f"truncate of {item} to {asked} ms keeps nothing", (one.ref,), asked, "ms", "note")


def _late(case: Case, lines: tuple[Line, ...], one: _Sent, found: list[Cut], response: str | None) -> Iterator[Finding]:
    """Sent when the reply to the interruption had already begun on the wrong history."""
    cut = next((c for c in found if c.response == response and c.order < one.order), None)
    if cut is None:
        return
    begun = next((ref for e, ref in of(lines[cut.order : one.order], ResponseCreated) if e.response != response), None)
    if begun is not None:
        late = one.command.at - cut.at
        yield RULE.finding(case, one.command.at, f"truncate of {one.command.item} was sent {late:,} ms after the "
                           "interruption, when the next response had begun", (cut.ref, begun, one.ref), late,
                           "ms")  # fmt: skip


def _missing(
    case: Case, lines: tuple[Line, ...], heard: Heard | None, found: list[Cut], told: set[str]
) -> Iterator[Finding]:
    """Interrupted while it was heard, and the provider was never told how much."""
    generated = case.reading.generated
    for cut in {c.response: c for c in reversed(found)}.values():
        before = [e for e, _ in of(lines[: cut.order], Delta) if e.response == cut.response]
        if cut.response in told or not before or "truncate" not in owed(case, cut.at):
            continue
        if heard is None:
            yield RULE.finding(case, cut.at, f"{cut.response} was interrupted and never truncated: how much of it was "
                               "heard the provider cannot know", (cut.ref,))  # fmt: skip
            continue
        unheard = generated.audio_ms(cut.response) - heard.audio_ms(cut.response)
        if heard.samples(cut.response) and unheard > TOLERANCE_MS:
            yield RULE.finding(case, cut.at, f"{cut.response} was interrupted and never truncated: {unheard:,} ms that "
                               "nobody heard stay in the conversation", (cut.ref,), unheard, "ms")  # fmt: skip


RULE = Rule(
    number=4,
    name="truncate",
    title="the record of what was heard",
    looks_for="truncations that are refused, lie beyond what was received, differ from what was heard by more than "
    f"{TOLERANCE_MS} ms, keep nothing, come after the next response has begun, or are missing",
    threads=(
        "twilio-samples/speech-assistant-openai-realtime-api-python#22", "openai/openai-agents-python#4122",
        "livekit/agents#6157", "twilio/twilio-agent-connect-python#118", "timbal-ai/timbal#92",
    ),
    needs="E",
    severity="warning",
    remedies={
        "": "send audio_end_ms = min(played, received) of the item that was playing, at once and once; nothing for an "
        "item that nobody heard",
        "openai": "at speech_started send conversation.item.truncate with audio_end_ms = min(played, received) of the "
        "item that was playing, also after response.done; nothing for an item that nobody heard; over WebRTC nothing",
        "xai": "leave the truncation out: it is unreliable there, and the server drops the interrupted item itself",
    },
    check=check,
)  # fmt: skip
