"""Provider, relay, client: how events get from one to the next, and what each gate lets through.

The log was kept where the provider's events arrive: at the relay (an app server), or at the client itself where there
is none. So the relay acts on the log's own times, and the client sees what the relay forwards a link later. A detector
beside the loudspeaker is the client's; the relay hears of it a way back later.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from bargein.events import Delta, Event, ResponseDone, SpeechStarted, SpeechStopped, dated
from bargein.gate import Action, Cut, Gate, Policy
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
    kept: list[Sent] = []
    withheld: list[Delta] = []
    kept_back: set[str] = set()
    reported: list[Sent] = [(dated(e, e.at + link.up_ms), "") for e in edges]
    received: Iterable[Sent] = sorted(log, key=_at)
    for sent in heapq.merge(received, reported, key=_at) if reported else received:
        event, connection = sent
        if isinstance(event, Delta):
            made = gate.receive(event)
            if made and made[-1].action is Action.DROP:
                withheld.append(event)
            else:
                kept.append(sent)
            continue
        if isinstance(event, ResponseDone) and not gate.lets(event.response):
            kept_back.add(event.response)
        gate.receive(event)
        if connection or not isinstance(event, (SpeechStarted, SpeechStopped)):
            kept.append(sent)
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
        return sorted((event for event, _ in log), key=_when)
    delay, most = link.delay_ms, link.jitter_ms + 1
    latest: dict[str, int] = {}
    salts: dict[str, int] = {}
    seen: list[Event] = []
    for event, connection in log:
        received = event.at
        at = received + delay
        if most > 1:
            if connection not in salts:
                salts[connection] = _salt(link.seed, connection)
            at += _mixed(received ^ salts[connection]) % most
        before = latest.get(connection, at)
        if at < before:
            at = before
        latest[connection] = at
        seen.append(dated(event, at))
    return sorted(seen, key=_when)


def _salt(seed: int, connection: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}/{connection}".encode(), digest_size=4).digest())


def _mixed(x: int) -> int:
    """Mix 32 bits: the finalizer of MurmurHash3, so that jitter depends on what it is of and on no order."""
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return x ^ (x >> 16)
