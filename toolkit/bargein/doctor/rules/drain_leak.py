"""The provider has stopped and the loudspeaker has not: what the client had queued is played to its end.

Generation is several times faster than speech, so at an interruption seconds of sound lie in the client, at a carrier,
or in a media server. Only sound that had arrived before the response was first cut is charged here; what came later is
``stale-audio``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bargein.corpus import Case
from bargein.doctor.base import Finding, Rule
from bargein.doctor.evidence import Line, log, of, owed, player
from bargein.doctor.interruptions import cuts, first_cuts
from bargein.doctor.sound import heard_after, pieces
from bargein.events import Delta, ResponseCreated, SpeechStarted
from bargein.ledger import Heard
from bargein.metrics.audible import SILENCE_MS

#: A player that schedules 200 ms ahead and fades within 15 (docs/origin.md) is silent by then, 85 ms of network away.
LIMIT_MS = 300


class _Signal(NamedTuple):
    """The provider said that a response is over because of the user."""

    response: str
    at: int
    order: int
    ref: str


def check(case: Case) -> Iterator[Finding]:
    """Find responses that were heard on after the report."""
    lines, heard, revoked = log(case), player(case), first_cuts(case)
    for signal in _signals(case, heard, lines):
        if not heard.basis.tells_responses:
            sounding = heard.timeline().bridged(SILENCE_MS).at(signal.at)
            on, why = (sounding.end - signal.at if sounding else 0), "by the agent's channel"
        elif heard.basis.kind == "webrtc_buffer":
            sounding = heard.timeline([signal.response]).at(signal.at)
            on, why = (sounding.end - signal.at if sounding else 0), "by the provider's play-out buffer"
        else:
            order = min(signal.order, revoked[signal.response].order) if signal.response in revoked else signal.order
            queued = pieces(e for e, _ in of(lines[:order], Delta) if e.response == signal.response)
            on, why = heard_after(case, signal.at, queued), "all of it had arrived before: it lay in the client's queue"
        if on > LIMIT_MS:
            yield RULE.finding(case, signal.at, f"{signal.response} was heard for {on:,} ms after the provider's "
                               f"report; {why}", (signal.ref,), on, "ms")  # fmt: skip


def _signals(case: Case, heard: Heard, lines: tuple[Line, ...]) -> Iterator[_Signal]:
    """Give the provider's own stops, and its reports of a user who talks into a tail and is answered."""
    stopped = {c.response: _Signal(c.response, c.at, c.order, c.ref) for c in cuts(case) if c.by == "provider"}
    yield from stopped.values()
    told: set[str] = set()
    for order, line in enumerate(lines, 1):
        if not isinstance(line.event, SpeechStarted) or "cancel" in owed(case, line.event.at):
            continue
        if not _answered(lines[order:], line.event.item):
            continue
        for response in heard.responses():
            known = case.reading.responses.get(response)
            over = known is not None and known.done_by(line.event.at) and response not in stopped
            if over and response not in told and heard.timeline([response]).at(line.event.at):
                told.add(response)
                yield _Signal(response, line.event.at, order, line.ref)


def _answered(after: tuple[Line, ...], item: str) -> bool:
    """Whether the provider replied to what it had heard; one utterance may be reported twice before it does."""
    for line in after:
        if isinstance(line.event, ResponseCreated):
            return True
        if isinstance(line.event, SpeechStarted) and line.event.item != item:
            return False
    return False


RULE = Rule(
    number=2,
    name="drain-leak",
    title="the client's queue plays on",
    looks_for=f"more than {LIMIT_MS} ms of an interrupted response heard after the provider reported the user, of "
    "sound that had arrived before",
    threads=(
        "twilio-samples/speech-assistant-openai-realtime-api-node#9", "cloudflare/agents#2261",
        "aws-samples/sample-amazon-nova-sonic-twilio-integration#2", "pipecat-ai/pipecat#4151",
        "OpenBMB/MiniCPM-o-Demo#5", "espressif/esp-webrtc-solution#20",
    ),
    needs="E+C",
    severity="error",
    remedies={
        "": "flush the playback queue and stop the sounding node at the provider's report, also when the response has "
        "been generated whole; on a telephone line send the carrier's clear",
        "openai": "at speech_started flush the queue and stop the sounding node, also after response.done; on a "
        "telephone line send the carrier's clear; over WebRTC send output_audio_buffer.clear",
        "xai": "flush the queue at speech_started and at a response.done with empty output, whichever is first; on a "
        "telephone line send the carrier's clear",
    },
    check=check,
)  # fmt: skip
