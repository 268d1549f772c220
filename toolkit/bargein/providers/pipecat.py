"""Frames of a Pipecat pipeline: what its own detector, recogniser and language model reported, each with its time.

It stands beside the table of providers, not in it: nothing is tuned through it, and nothing was said on a wire. The
frames tell when the pipeline noticed the user, what it understood, and what the agent was to say; not what of that was
generated, sent or heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bargein.events import AgentText, SpeechStarted, SpeechStopped, UserText
from bargein.providers.base import Provider

STARTED, STOPPED = "user_started_speaking", "user_stopped_speaking"
TRANSCRIPT, RESPONSE, SPOKEN = "transcript", "llm_response", "tts_text"
TURN_STARTED, TURN_ENDED = "turn_start", "turn_end"


def _wrap(turn_detection: dict[str, Any]) -> dict[str, Any]:
    return turn_detection


def frame(payload: Mapping[str, Any]) -> str:
    """Give what a line's frame says; empty where it says nothing.

    Examples
    --------
    >>> frame({"type": TRANSCRIPT, "data": {"frame": " That works."}}), frame({"type": TRANSCRIPT})
    (' That works.', '')
    """
    data = payload.get("data")
    found = data.get("frame") if isinstance(data, Mapping) else None
    return found if isinstance(found, str) else ""


PIPECAT = Provider(
    name="pipecat",
    title="Pipecat pipeline",
    knobs=(),
    path="",
    wrap=_wrap,
    interrupted=lambda _: False,
    at_barge_in="nothing: the pipeline holds both detector and player",
    recommends=False,
    why_not="its detector's settings are not in its frames",
    speaks={
        STARTED: lambda p, at: SpeechStarted(at),
        STOPPED: lambda p, at: SpeechStopped(at),
        TRANSCRIPT: lambda p, at: UserText(at, text=frame(p).strip(), final=True),
        RESPONSE: lambda p, at: AgentText(at, str(p.get("response_id") or ""), text=frame(p)),
    },
    silent=frozenset({SPOKEN, TURN_STARTED, TURN_ENDED}),
)
