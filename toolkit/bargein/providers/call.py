"""A call: no provider's protocol at all, but when either side sounded, by its two channels or by somebody's log.

It stands beside the table of providers, not in it: nothing can be tuned, and nothing was said on a wire.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bargein.events import SpeechStarted, SpeechStopped
from bargein.providers.base import Provider
from bargein.session import Record
from bargein.timeline import Span, Timeline

USER, AGENT = "user", "agent"
#: Names of the derived events: who began or ceased to sound.
USER_STARTED, USER_STOPPED = "call.user_started", "call.user_stopped"
AGENT_STARTED, AGENT_STOPPED = "call.agent_started", "call.agent_stopped"
EDGES = {USER: (USER_STARTED, USER_STOPPED), AGENT: (AGENT_STARTED, AGENT_STOPPED)}
#: Why the call ended, and a word of the agent with its times, where a log tells.
ENDED, AGENT_WORD = "call.ended", "call.agent_word"


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
    silent=frozenset({AGENT_STARTED, AGENT_STOPPED, ENDED, AGENT_WORD}),
)


def spoken(side: str, records: Iterable[Record], length_ms: int) -> Timeline:
    """Give when a side of a call sounded, by its events; what never stops sounds until the end.

    Parameters
    ----------
    side
        ``user`` or ``agent``.
    records
        Of the session.
    length_ms
        Of the session.

    Examples
    --------
    >>> log = [Record(n, t, "s2c", "provider", {"type": name})
    ...        for n, (t, name) in enumerate([(200, AGENT_STARTED), (400, USER_STARTED), (900, AGENT_STOPPED)])]
    >>> spoken(AGENT, log, 1_000), spoken(USER, log, 1_000)
    (Timeline(200..900), Timeline(400..1000))
    """
    started, stopped = EDGES[side]
    spans: list[Span] = []
    since: int | None = None
    for record in records:
        if record.t is not None and record.type == started and since is None:
            since = record.t
        elif record.t is not None and record.type == stopped and since is not None:
            spans.append(Span(since, record.t))
            since = None
    if since is not None:
        spans.append(Span(since, max(since, length_ms)))
    return Timeline(spans)
