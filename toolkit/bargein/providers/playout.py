"""What the provider's own play-out buffer says was heard: WebRTC and SIP, where the server plays the sound out.

::

    output_audio_buffer   started A      cleared A    started B            stopped B
    heard                 |A=============|            |B===================|
                                         the user cut it                   it had said everything

The events say when, and whose; no samples are in the log. The buffer is the server's: the way to the client and its
jitter buffer come after it, and what the app itself muted is not in it. Source: OpenAI's API reference,
``output_audio_buffer.*``; recorded traffic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bargein.ledger import Basis, Heard
from bargein.session import Session
from bargein.timeline import Span

PREFIX = "output_audio_buffer."
STARTED, STOPPED, CLEARED = (PREFIX + name for name in ("started", "stopped", "cleared"))


@dataclass(frozen=True)
class Playout:
    """A play-out buffer's account.

    Parameters
    ----------
    heard
        Per response, basis ``webrtc_buffer``.
    cleared
        When the buffer was emptied while something sounded, session ms: the agent was stopped.
    open
        Responses of which no end is in the log, to the time until which they are taken to have sounded: the next
        ``started``, else the session's end. When they really ended is not known.
    odd
        Ends without a beginning.
    """

    heard: Heard
    cleared: tuple[int, ...] = ()
    open: Mapping[str, int] | None = None
    odd: int = 0


def playout(lines: Iterable[tuple[int | None, Mapping[str, Any]]], end: int) -> Playout | None:
    """Read the events of a play-out buffer.

    Parameters
    ----------
    lines
        Session time and payload of the server's messages, in order; one without a time is dated like the one before.
    end
        Of the session, ms.

    Returns
    -------
    What it says; None where the log holds no ``output_audio_buffer.started``.

    Examples
    --------
    >>> log = [(100, {"type": STARTED, "response_id": "A"}), (900, {"type": CLEARED, "response_id": "A"}),
    ...        (1_500, {"type": STARTED, "response_id": "B"})]
    >>> found = playout(log, 4_000)
    >>> found.heard.timeline(["A"]), found.heard.timeline(["B"]), found.cleared, found.open
    (Timeline(100..900), Timeline(1500..4000), (900,), {'B': 4000})
    """
    spans: dict[str, list[Span]] = {}
    cleared: list[int] = []
    unended: dict[str, int] = {}
    seen: set[str] = set()
    sounding: tuple[str, int] | None = None  # one at a time: it is one buffer
    at = odd = 0
    for t, payload in lines:
        at = at if t is None else t
        name, event_id = str(payload.get("type", "")), str(payload.get("event_id") or "")
        if not name.startswith(PREFIX) or (event_id and event_id in seen):
            continue
        seen.add(event_id)
        response = str(payload.get("response_id") or "")
        if name == STARTED:
            if sounding is not None and sounding[0] != response:
                spans[sounding[0]].append(Span(sounding[1], at))
                unended[sounding[0]] = at
                sounding = None
            spans.setdefault(response, [])
            sounding = sounding or (response, at)
        elif sounding is not None and response in ("", sounding[0]):
            spans[sounding[0]].append(Span(sounding[1], at))
            cleared += [at] if name == CLEARED else []
            sounding = None
        else:
            odd += 1
    if sounding is not None:
        spans[sounding[0]].append(Span(sounding[1], max(end, sounding[1])))
        unended[sounding[0]] = max(end, sounding[1])
    if not spans:
        return None
    sounded = {r: [s for s in found if s.ms] for r, found in spans.items()}
    return Playout(Heard.of(sounded, Basis("webrtc_buffer")), tuple(cleared), unended, odd)


def playout_of(session: Session) -> Playout | None:
    """Read the play-out buffer's account in a session's log; None where there is none, or no time."""
    if session.info.clock == "none":
        return None
    return playout(((r.t, r.payload) for r in session.records if r.direction == "s2c"), session.info.length_ms)
