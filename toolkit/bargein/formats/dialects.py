"""Whose protocol a log speaks: clues as a table, and what to say when it is another than was asked for.

Sources: OpenAI's SDK types (GA and beta), xAI's Voice Agent API, the references of Azure Voice Live, Gemini Live and
ElevenLabs, and recorded traffic of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bargein.errors import Problem
from bargein.formats.wirelines import Frame, Lines
from bargein.providers import PROVIDERS
from bargein.providers.wire import GA_NAMES

Payload = Mapping[str, Any]

#: Who speaks a protocol that looks like one of ours or is often brought by mistake.
TITLES: Mapping[str, str] = {
    **{name: p.title for name, p in PROVIDERS.items()}, "azure": "Azure Voice Live", "gemini": "Gemini Live",
    "elevenlabs": "ElevenLabs Agents", "gpt-live": "OpenAI GPT-Live",
}  # fmt: skip


def _session(p: Payload, *names: str) -> Payload:
    session = p.get("session") if p.get("type") in names else None
    return session if isinstance(session, dict) else {}


def _created(p: Payload) -> Payload:
    return _session(p, "session.created")


def _turn_detection(session: Payload) -> Payload:
    nested = session.get("audio")
    nested = nested.get("input") if isinstance(nested, dict) else None
    found = session.get("turn_detection") or (nested.get("turn_detection") if isinstance(nested, dict) else None)
    return found if isinstance(found, dict) else {}


def _azure(p: Payload) -> bool:
    session = _session(p, "session.created", "session.updated")
    voice = session.get("voice")
    by_voice = isinstance(voice, dict) and str(voice.get("type", "")).startswith("azure")
    return by_voice or str(_turn_detection(session).get("type", "")).startswith("azure")


def _unimplemented(p: Payload) -> bool:
    response = p.get("response")
    return isinstance(response, dict) and response.get("status_details") == "unimplemented"


@dataclass(frozen=True, slots=True)
class Clue:
    """Something only one speaker's server says. A client may send another's shapes, so its messages are no clue."""

    speaker: str
    what: str
    seen: Callable[[Payload], bool]


CLUES = (
    Clue("xai", "a ping event", lambda p: p.get("type") == "ping"),
    Clue("xai", "a model named grok", lambda p: str(_created(p).get("model", "")).startswith("grok")),
    Clue("xai", "status_details 'unimplemented'", _unimplemented),
    Clue("xai", "a cumulative input transcript",
         lambda p: p.get("type") == "conversation.item.input_audio_transcription.updated"),
    Clue("openai", "session.type 'realtime'", lambda p: _created(p).get("type") == "realtime"),
    Clue("openai", "a beta session with input_audio_format",
         lambda p: str(_created(p).get("input_audio_format", "")).startswith(("pcm16", "g711_"))),
    Clue("azure", "an azure voice or turn detection", _azure),
    Clue("gemini", "serverContent or setupComplete", lambda p: not {"serverContent", "setupComplete"}.isdisjoint(p)),
    Clue("elevenlabs", "an audio_event or its metadata",
         lambda p: "audio_event" in p or p.get("type") == "conversation_initiation_metadata"),
    Clue("gpt-live", "a session.output_audio event",
         lambda p: str(p.get("type", "")).startswith("session.output_audio")),
)  # fmt: skip

#: Who speaks another's protocol with additions: both are seen, the first is meant.
BUILT_ON: Mapping[str, str] = {"azure": "openai"}


def speakers(frames: Iterable[Frame]) -> dict[str, tuple[str, int]]:
    """Find whose server speaks in a log: per speaker the first clue and its line."""
    found: dict[str, tuple[str, int]] = {}
    for frame in frames:
        if frame.direction == "s2c":
            for clue in CLUES:
                if clue.speaker not in found and clue.seen(frame.payload):
                    found[clue.speaker] = clue.what, frame.line
    for speaker, base in BUILT_ON.items():
        if speaker in found:
            found.pop(base, None)
    return found


def mismatches(lines: Lines, provider: str) -> list[Problem]:
    """Give what shows that a log is another provider's than was asked for."""
    problems = []
    for speaker, (clue, line) in speakers(lines.frames).items():
        if speaker != provider:
            ours = speaker in PROVIDERS
            hint = f"bargein import {speaker} …" if ours else f"there is no importer for {TITLES[speaker]} yet"
            what = f"the log is {TITLES[speaker]}'s ({clue}), not {TITLES.get(provider, provider)}'s"
            problems.append(Problem(what, lines.place(line), hint))
    return problems


def dialect(frames: Iterable[Frame]) -> str:
    """Give ``beta`` where the server uses the retired beta's names or flat audio formats, otherwise ``ga``.

    Examples
    --------
    >>> dialect([Frame(1, None, "s2c", "provider", {"type": "response.audio.delta"})])
    'beta'
    """
    for frame in frames:
        if frame.direction == "s2c":
            created = _created(frame.payload)
            flat = str(created.get("input_audio_format", "")).startswith(("pcm16", "g711_"))
            if flat or (frame.type in GA_NAMES and frame.type != "conversation.item.created"):
                return "beta"
            if created.get("type") == "realtime":
                return "ga"
    return "ga"
