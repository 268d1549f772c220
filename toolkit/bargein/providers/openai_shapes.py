"""The objects inside OpenAI's realtime events, in the shape of either dialect: GA, and the retired beta.

Sources: recorded traffic for GA; ``openai`` 3.54.0, ``openai/types/realtime`` and ``openai/types/beta/realtime``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bargein.providers.model import Format
from bargein.providers.wire import GA_NAMES

#: GA name to beta name, where there are two; our own table read backwards.
BETA_NAMES: Mapping[str, str] = {ga: beta for beta, ga in GA_NAMES.items()}
#: How the beta names the formats.
_BETA_FORMATS = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}


@dataclass(frozen=True, slots=True)
class Shapes:
    """One dialect.

    Parameters
    ----------
    beta
        The retired names and shapes instead of GA's.
    model, voice, conversation
        What the session's objects name.
    format
        Of both directions.
    """

    beta: bool
    model: str
    voice: str
    conversation: str
    format: Format

    def name(self, ga: str) -> str:
        """Give an event's name in this dialect."""
        return BETA_NAMES.get(ga, ga) if self.beta else ga

    def session(
        self, id: str, turn_detection: dict[str, Any] | None, transcription: dict[str, Any] | None, expires_at: int
    ) -> dict[str, Any]:
        """Give the session object, with the turn detection in force."""
        if self.beta:
            format = _BETA_FORMATS[self.format.type]
            return {
                "id": id, "object": "realtime.session", "model": self.model, "modalities": ["audio", "text"],
                "instructions": "", "voice": self.voice, "input_audio_format": format, "output_audio_format": format,
                "input_audio_transcription": transcription, "turn_detection": turn_detection, "tools": [],
                "tool_choice": "auto", "temperature": 0.8, "max_response_output_tokens": "inf",
            }  # fmt: skip
        return {
            "type": "realtime", "object": "realtime.session", "id": id, "model": self.model,
            "output_modalities": ["audio"], "instructions": "", "tools": [], "tool_choice": "auto",
            "max_output_tokens": "inf", "tracing": None, "truncation": "auto", "prompt": None,
            "expires_at": expires_at,
            "audio": {
                "input": {"format": self.format.to_wire(), "transcription": transcription, "noise_reduction": None,
                          "turn_detection": turn_detection},
                "output": {"format": self.format.to_wire(), "voice": self.voice, "speed": 1.0},
            },
            "include": None,
        }  # fmt: skip

    def update(self, turn_detection: dict[str, Any] | None, transcription: dict[str, Any] | None) -> dict[str, Any]:
        """Give the ``session`` of the client's update."""
        if self.beta:
            format = _BETA_FORMATS[self.format.type]
            return {"turn_detection": turn_detection, "input_audio_transcription": transcription,
                    "input_audio_format": format, "output_audio_format": format}  # fmt: skip
        audio_in = {"format": self.format.to_wire(), "turn_detection": turn_detection, "transcription": transcription}
        return {"type": "realtime", "output_modalities": ["audio"],
                "audio": {"input": audio_in, "output": {"format": self.format.to_wire()}}}  # fmt: skip

    def user_item(self, id: str) -> dict[str, Any]:
        """Give a committed user item; its transcript comes in an event of its own."""
        return self._item(id, "user", "completed", [{"type": "input_audio", "transcript": None}])

    def agent_item(self, id: str, status: str, transcript: str | None = None) -> dict[str, Any]:
        """Give an assistant item; without content before its first part."""
        kind = "audio" if self.beta else "output_audio"
        content = [] if transcript is None else [{"type": kind, "transcript": transcript}]
        item = self._item(id, "assistant", status, content)
        return {**item, "phase": "final_answer"} if self.model.startswith("gpt-realtime-2") else item

    def response(
        self,
        id: str,
        status: str,
        *,
        details: dict[str, Any] | None = None,
        output: list[dict[str, Any]] | None = None,
        usage: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Give a response object."""
        head = {"object": "realtime.response", "id": id, "status": status, "status_details": details,
                "output": output or [], "conversation_id": self.conversation}  # fmt: skip
        tail = {"usage": usage, "metadata": None}
        if self.beta:
            return {**head, "modalities": ["audio", "text"], "voice": self.voice,
                    "output_audio_format": _BETA_FORMATS[self.format.type], "temperature": 0.8,
                    "max_output_tokens": "inf", **tail}  # fmt: skip
        return {**head, "output_modalities": ["audio"], "max_output_tokens": "inf",
                "audio": {"output": {"format": self.format.to_wire(), "voice": self.voice}}, **tail}  # fmt: skip

    def _item(self, id: str, role: str, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        mark = {"object": "realtime.item"} if self.beta else {}
        return {"id": id, **mark, "type": "message", "status": status, "role": role, "content": content}


def usage(audio_ms: int, words: int, input_ms: int) -> dict[str, Any]:
    """Give a response's token counts, by the rates one can see in recordings: plausible, and nothing is billed on them.

    Parameters
    ----------
    audio_ms, words
        What was generated.
    input_ms
        How long the session has been listening.
    """
    audio_out, text_out = audio_ms // 50, words * 4 // 3
    audio_in, text_in = input_ms // 100, 36
    return {
        "total_tokens": audio_out + text_out + audio_in + text_in,
        "input_tokens": audio_in + text_in,
        "output_tokens": audio_out + text_out,
        "input_token_details": {"text_tokens": text_in, "audio_tokens": audio_in, "image_tokens": 0,
                                "cached_tokens": 0},
        "output_token_details": {"text_tokens": text_out, "audio_tokens": audio_out},
    }  # fmt: skip
