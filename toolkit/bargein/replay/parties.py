"""Provider, relay, client: how events get from one to the next, and what each gate lets through.

The log was kept where the provider's events arrive: at the relay (an app server), or at the client itself where there
is none. So the relay acts on the log's own times, and the client sees what the relay forwards a link later. A detector
beside the loudspeaker is the client's; the relay hears of it a way back later.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from bargein.events import Delta, Event, ResponseDone, SpeechStarted, SpeechStopped, dated
from bargein.gate import Action, Cut, Gate, Policy, bursts
from bargein.outcome import Link

_when = attrgetter("at")
#: An event and the connection it came on.
Sent = tuple[Event, str]
Edge = SpeechStarted | SpeechStopped


@dataclass(frozen=True)
class Relayed:
    """What a relay made of the log.

    Parameters
    ----------
    events
        What it forwarded, in order, as it received it.
    cuts
        Where it stopped forwarding.
    withheld
        Deltas that it kept back.
    kept_back
        Responses of which it would have forwarded nothing more when they ended.
    """

    events: Sequence[Sent]
    cuts: tuple[Cut, ...] = ()
    withheld: tuple[Delta, ...] = ()
    kept_back: frozenset[str] = frozenset()


def relayed(log: Sequence[Sent], policy: Policy, link: Link, edges: Iterable[Edge] = ()) -> Relayed:
    """Let the relay's gate decide which deltas go on to the client; everything else always does.

    Parameters
    ----------
    log
        As received from the provider.
    policy
        With or without a relay's reaction.
    edges
        Of a detector at the client; they reach the relay ``link.up_ms`` later.
    """
    if policy.relay is None:
        return Relayed(log)
    gate = Gate(policy, policy.relay)
    withheld: list[Delta] = []
    kept_back: set[str] = set()
    received = sorted(log, key=_at)
    events: Iterable[Event] = (event for event, _ in received)
    reported = [dated(e, e.at + link.up_ms) for e in edges]
    if reported:
        events = heapq.merge(events, reported, key=_when)
    for deltas, event in bursts(events, gate.heeds | {ResponseDone}):
        withheld += [d.delta for d in gate.receive_all(deltas) if d.action is Action.DROP and d.delta is not None]
        if event is None:
            continue
        gate.advance(event.at)
        if isinstance(event, ResponseDone) and not gate.lets(event.response):
            kept_back.add(event.response)
        gate.receive(event)
    gone = set(map(id, withheld))
    kept = [sent for sent in received if id(sent[0]) not in gone] if gone else received
    return Relayed(kept, tuple(gate.cuts), tuple(withheld), frozenset(kept_back))


def _at(sent: Sent) -> int:
    return sent[0].at


def delivered(log: Iterable[Sent], link: Link) -> list[Event]:
    """Date events as the client sees them: delayed, jittered, in order on each connection.

    Parameters
    ----------
    log
        What was sent on, when, on which connection.
    link
        The way to the client.
    """
    if not link.delay_ms and not link.jitter_ms:
        return sorted([event for event, _ in log], key=_when)
    from bargein.replay.jitter import arrivals  # arrays: only where something is late

    sent = list(log)
    at = arrivals([event.at for event, _ in sent], [connection for _, connection in sent], link)
    return sorted((dated(event, t) for (event, _), t in zip(sent, at, strict=True)), key=_when)
