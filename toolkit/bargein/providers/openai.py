"""OpenAI Realtime over WebSocket: GA and the retired beta.

Facts: OpenAI's API reference and ``openai`` 3.54.0 for names and ranges; recorded traffic for order and live defaults.
The threshold is a score of a Silero-like detector: Silero's gate reproduces six recorded values exactly.
"""

from __future__ import annotations

from typing import Any

from bargein.providers.base import Provider, Response
from bargein.settings import FRAME_MS, Knob

_SDK = "openai 3.54.0, types/realtime/realtime_audio_input_turn_detection.py"


def _interrupted(response: Response) -> bool:
    """Cancelled because a turn was detected; compatible servers say incomplete."""
    return response.status in ("cancelled", "incomplete") and response.reason == "turn_detected"


def _wrap(turn_detection: dict[str, Any]) -> dict[str, Any]:
    session = {"type": "realtime", "audio": {"input": {"turn_detection": turn_detection}}}
    return {"type": "session.update", "session": session}


OPENAI = Provider(
    name="openai",
    title="OpenAI Realtime",
    path="session.audio.input.turn_detection",
    knobs=(
        Knob("threshold", 0.0, 1.0, 0.5, _SDK),
        Knob("prefix_padding_ms", 0, None, 300, _SDK, sane_high=1_000),
        Knob("silence_duration_ms", 0, None, 500, _SDK + "; on the wire: session.created of recorded sessions",
             sane_high=3_000, sane_low=FRAME_MS, live=(("gpt-realtime", 200), ("gpt-realtime-2.1", 500))),
        Knob("idle_timeout_ms", 5_000, 30_000, None, "openai-openapi v2.3.0"),
    ),
    wrap=_wrap,
    interrupted=_interrupted,
    at_barge_in="truncate the item to what was heard; with interrupt_response false: cancel, then truncate",
    recommends=True,
)  # fmt: skip
