"""The client of a replay takes a log in bursts; what it does is what it would do event by event."""

from __future__ import annotations

from heapq import merge
from operator import attrgetter

from hypothesis import given
from hypothesis import strategies as st

from bargein.events import PROVIDER, SOURCES, Drained, Event, ResponseCreated, ResponseDone
from bargein.gate import POLICIES, Policy, Reaction, Trigger, bursts
from bargein.gate.tables import DEAF, OPEN, SHUT, STAY
from bargein.outcome import Link
from bargein.providers import read
from bargein.replay.client import Client
from score import RATE
from strategies import LENGTH_MS, Conversation, conversations

LINKS = (
    Link(), Link(start_latency_ms=80), Link(handover_gap_ms=15), Link(schedule_ahead_ms=200), Link(carrier_ms=800),
)  # fmt: skip
#: A gate that playback's feedback alone moves: shut from the first silence until something is created.
FIRST_BREATH = Policy("first breath", Trigger(DEAF, PROVIDER), Reaction({
    **STAY, (OPEN, Drained): (SHUT, None), (SHUT, ResponseCreated): (OPEN, None)}))  # fmt: skip
GATES = [p.at(source) for p in (*POLICIES.values(), FIRST_BREATH) for source in SOURCES]


def did(client: Client) -> tuple[object, ...]:
    """Everything that can be seen of a client at the end."""
    player = client.player
    heard = player.heard(LENGTH_MS).joined().rows
    return (client.decisions, client.gate.cuts, client.stops, heard, player.nodes, player.stops, player.levels,
            player.accepted)  # fmt: skip


def one_by_one(policy: Policy, link: Link, events: list[Event]) -> tuple[object, ...]:
    """The slow meaning."""
    client = Client(policy, RATE, link)
    for event in events:
        client.catch_up(event.at)
        client.receive(event)
    client.catch_up(LENGTH_MS)
    return did(client)


def in_bursts(policy: Policy, link: Link, events: list[Event]) -> tuple[object, ...]:
    """What a replay does."""
    client = Client(policy, RATE, link)
    for deltas, event in bursts(events, client.gate.heeds | {ResponseDone}):
        client.receive_all(deltas)
        if event is not None:
            client.catch_up(event.at)
            client.receive(event)
    client.catch_up(LENGTH_MS)
    return did(client)


@given(conversations(), st.sampled_from(LINKS))
def test_in_bursts_is_one_by_one(conversation: Conversation, link: Link) -> None:
    """Under every gate and trigger, over whatever link: decisions, cuts, samples, nodes."""
    log = (event for event, _ in read(conversation.session).events)
    events = list(merge(log, conversation.local, key=attrgetter("at")))
    for gate in GATES:
        assert (gate.title, *one_by_one(gate, link, events)) == (gate.title, *in_bursts(gate, link, events))
