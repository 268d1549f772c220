"""xAI Grok voice agent: OpenAI's GA event names with an order, a clock and transcripts of its own.

Facts: xAI's Voice Agent API documentation and recorded traffic. Its reported speech times are positions of the input
stream when the event was sent, not onsets. It always answers and always interrupts. An interrupted response ends as
``completed`` with an empty output and without any of the item's done events: ``status`` alone can never tell.
"""

from __future__ import annotations

from typing import Any

from bargein.providers.base import Provider, Response
from bargein.settings import FRAME_MS, Knob

_DOCS = "xAI Voice Agent API, session.turn_detection"


def _interrupted(response: Response) -> bool:
    """Audio was sent, then the response ended with no output and no closed item."""
    ended_empty = response.done is not None and response.outputs == 0 and response.items_closed == 0
    return response.first_delta is not None and ended_empty


def _wrap(turn_detection: dict[str, Any]) -> dict[str, Any]:
    return {"type": "session.update", "session": {"turn_detection": turn_detection}}


XAI = Provider(
    name="xai",
    title="xAI Grok",
    path="session.turn_detection",
    knobs=(
        Knob("threshold", 0.1, 0.9, 0.85, _DOCS, sane_low=0.5),
        Knob("prefix_padding_ms", 0, 10_000, 333, _DOCS),
        Knob("silence_duration_ms", 0, 10_000, None, _DOCS + " (default not documented)", sane_low=FRAME_MS),
        Knob("idle_timeout_ms", 0, None, None, _DOCS),
    ),
    wrap=_wrap,
    interrupted=_interrupted,
    at_barge_in="nothing: the server stops by itself; truncation is unreliable",
    recommends=False,
    why_not="while the agent speaks its detector answers 0.7 to 1.2 s after the onset, apparently gated on a "
    "transcript: no threshold model exists; record at least 20 barge-in onsets at two or more settings",
    ignored=("create_response", "interrupt_response"),
    silent=frozenset({"ping"}),
)  # fmt: skip
