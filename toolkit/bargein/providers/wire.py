"""The wire names that OpenAI Realtime and what speaks like it share, as one table.

GA names are ours; the retired beta's and documented aliases are translated on the way in. Each name has one function
from payload to neutral event; names without one say nothing about turn taking. Sources: ``openai`` 3.54.0,
``openai/types/realtime`` and ``openai/types/beta/realtime``; recorded traffic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bargein.events import (
    AgentText,
    AudioDone,
    Command,
    Event,
    ItemDone,
    ProviderError,
    ResponseCreated,
    ResponseDone,
    SettingsInForce,
    SpeechStarted,
    SpeechStopped,
    Truncated,
    UserText,
    delta,
)

Payload = Mapping[str, Any]
Parser = Callable[[Payload, int], Event | None]

#: Beta name or alias, to GA name.
GA_NAMES: Mapping[str, str] = {
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
    "conversation.item.created": "conversation.item.added",
}


def ga_name(name: str) -> str:
    """Give the GA name of an event.

    Examples
    --------
    >>> ga_name("response.audio.delta"), ga_name("response.done")
    ('response.output_audio.delta', 'response.done')
    """
    return GA_NAMES.get(name, name)


def turn_detection_in(session: Payload) -> tuple[bool, Any]:
    """Find ``turn_detection`` in a session object: nested as in GA, or flat. Gives (present, value)."""
    nested = session.get("audio")
    nested = nested.get("input") if isinstance(nested, dict) else None
    for holder in (nested, session):
        if isinstance(holder, dict) and "turn_detection" in holder:
            return True, holder["turn_detection"]
    return False, None


def _inside(p: Payload, name: str) -> Payload:
    """Give an object inside a payload; an empty one where it is missing or, as at some servers, a bare string."""
    found = p.get(name)
    return found if isinstance(found, dict) else {}


def _id(p: Payload, name: str = "id") -> str:
    """Give an id; empty where there is none, or null."""
    return str(p.get(name) or "")


def _delta(p: Payload, at: int) -> Event:
    ref = _inside(p, "delta")
    stored = ref.get("stored")
    if stored is None:  # the sound was left out of the log: that it came is known, how much of it is not
        ref, stored = {}, -1
    first, samples = ref.get("first", 0), ref.get("samples", 0)
    return delta(at, _id(p, "response_id"), _id(p, "item_id"), first, samples, p.get("content_index", 0), stored)


def _response_done(p: Payload, at: int) -> Event:
    response = _inside(p, "response")
    reason = _inside(response, "status_details").get("reason") or ""
    outputs = len(response.get("output") or ())
    # xAI repeats the id beside the object
    return ResponseDone(at, _id(response) or _id(p, "response_id"), response.get("status") or "", reason, outputs)


def _settings(confirmed: bool) -> Parser:
    def parse(p: Payload, at: int) -> Event | None:
        present, found = turn_detection_in(_inside(p, "session"))
        if not present:
            return None
        return SettingsInForce(at, tuple((found if isinstance(found, dict) else {"type": None}).items()), confirmed)

    return parse


def _command(name: str) -> Parser:
    return lambda p, at: Command(at, name, _id(p, "item_id"), _id(p, "response_id"), p.get("audio_end_ms"))


def _error(p: Payload, at: int) -> Event:
    error = _inside(p, "error")
    return ProviderError(at, error.get("code") or "", error.get("message") or "")


#: What the server says, by GA name.
SERVER: Mapping[str, Parser] = {
    "session.created": _settings(confirmed=True),
    "session.updated": _settings(confirmed=True),
    "input_audio_buffer.speech_started":
        lambda p, at: SpeechStarted(at, item=_id(p, "item_id"), claimed_ms=p.get("audio_start_ms")),
    "input_audio_buffer.speech_stopped":
        lambda p, at: SpeechStopped(at, item=_id(p, "item_id"), claimed_ms=p.get("audio_end_ms")),
    "conversation.item.input_audio_transcription.completed":
        lambda p, at: UserText(at, _id(p, "item_id"), p.get("transcript") or "",
                               p.get("status", "completed") == "completed"),
    "conversation.item.input_audio_transcription.updated":
        lambda p, at: UserText(at, _id(p, "item_id"), p.get("transcript") or ""),
    "response.created": lambda p, at: ResponseCreated(at, _id(_inside(p, "response"))),
    "response.output_audio.delta": _delta,
    "response.output_audio.done": lambda p, at: AudioDone(at, _id(p, "response_id"), _id(p, "item_id")),
    "response.output_audio_transcript.delta":
        lambda p, at: AgentText(at, _id(p, "response_id"), _id(p, "item_id"), p.get("delta") or "",
                                _start_ms(p.get("start_time"))),
    "response.output_item.done":
        lambda p, at: ItemDone(at, _id(p, "response_id"), _id(_inside(p, "item"))),
    "response.done": _response_done,
    "conversation.item.truncated":
        lambda p, at: Truncated(at, _id(p, "item_id"), p.get("audio_end_ms") or 0),
    "error": _error,
}  # fmt: skip

#: What the client says.
CLIENT: Mapping[str, Parser] = {
    "session.update": _settings(confirmed=False),
    "conversation.item.truncate": _command("truncate"),
    "response.cancel": _command("cancel"),
    "response.create": _command("create"),
    "input_audio_buffer.commit": _command("commit"),
    "output_audio_buffer.clear": _command("clear"),
}

#: Names that belong to the protocol and say nothing about turn taking; what is in no table is unknown, and counted.
SILENT: frozenset[str] = frozenset({
    "conversation.created", "conversation.item.added", "conversation.item.done", "conversation.item.deleted",
    "conversation.item.retrieved", "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.failed", "conversation.item.input_audio_transcription.segment",
    "input_audio_buffer.committed", "input_audio_buffer.cleared", "input_audio_buffer.timeout_triggered",
    "input_audio_buffer.dtmf_event_received", "input_audio_buffer.append", "input_audio_buffer.clear",
    "output_audio_buffer.started", "output_audio_buffer.stopped", "output_audio_buffer.cleared",
    "response.output_item.added", "response.content_part.added", "response.content_part.done",
    "response.output_audio_transcript.done", "response.output_text.delta", "response.output_text.done",
    "response.function_call_arguments.delta", "response.function_call_arguments.done", "rate_limits.updated",
    "conversation.item.create", "conversation.item.delete", "conversation.item.retrieve",
})  # fmt: skip


def _start_ms(start_time: float | None) -> int | None:
    from bargein.units import ms_from_seconds

    return None if start_time is None else ms_from_seconds(start_time)
