"""A two-channel call: no provider's protocol at all, but events that were derived from its sound.

It stands beside the table of providers, not in it: nothing can be tuned, and nothing was said on a wire.
"""

from __future__ import annotations

from typing import Any

from bargein.events import SpeechStarted, SpeechStopped
from bargein.providers.base import Provider

#: Names of the derived events: who began or ceased to sound.
USER_STARTED, USER_STOPPED = "call.user_started", "call.user_stopped"
AGENT_STARTED, AGENT_STOPPED = "call.agent_started", "call.agent_stopped"


def _wrap(turn_detection: dict[str, Any]) -> dict[str, Any]:
    return turn_detection


CALL = Provider(
    name="call",
    title="two-channel call",
    knobs=(),
    path="",
    wrap=_wrap,
    interrupted=lambda _: False,
    at_barge_in="nothing: both sides are on the line",
    recommends=False,
    why_not="a call has no detector of a provider",
    speaks={
        USER_STARTED: lambda p, at: SpeechStarted(at),
        USER_STOPPED: lambda p, at: SpeechStopped(at),
    },
    silent=frozenset({AGENT_STARTED, AGENT_STOPPED}),
)
