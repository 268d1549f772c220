"""Session x policy x link, to what was heard. The only place where session, gate, playback and provider meet.

There is no clock: the replay steps to the earliest of the next log line, the gate's deadline and the player's next
report. In one millisecond: deadlines, then playback, then the log in its own order.
"""

from __future__ import annotations

import heapq
import os
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from operator import attrgetter

from bargein.errors import NotAnswerable
from bargein.events import LOCAL_VAD, Event, ResponseDone, SpeechStarted, SpeechStopped, dated
from bargein.gate import Policy, bursts
from bargein.gate import policy as policy_named
from bargein.ledger import Basis, Heard, heard_out
from bargein.outcome import Link, Outcome, Told
from bargein.providers import CALL, Reading, read
from bargein.providers.duties import duty
from bargein.replay.client import Client
from bargein.replay.parties import Edge, Relayed, delivered, relayed
from bargein.replay.reports import Reports, replaced, reports, supposing
from bargein.replay.telling import Account, Recorded, ended_items, told
from bargein.session import Session, load
from bargein.settings import ServerVad
from bargein.uncollected import uncollected

AT = attrgetter("at")
#: What else a link may assume, in words.
LINK_SAYS = {
    "up_ms": "the way back", "handover_gap_ms": "silence between two deltas",
    "schedule_ahead_ms": "scheduled ahead on the sound device", "carrier_ms": "held by a telephone carrier",
}  # fmt: skip
#: What every replay of a recording keeps as it was.
HELD_FIXED = ("user", "provider", "echo")


def replay(
    session: Session | str | os.PathLike[str],
    policy: str | Policy = "keyed",
    link: Link | None = None,
    *,
    reading: Reading | None = None,
    edges: Iterable[SpeechStarted | SpeechStopped] | None = None,
    settings: ServerVad | Reports | None = None,
) -> Outcome:
    """Play a recorded session through a gate and say what the user would have heard.

    Parameters
    ----------
    session
        A session or its folder, with times and a generated agent track: a call's agent channel is already what was
        heard.
    policy
        A policy or its name; ``name@local-vad`` listens to a detector run on the user's track.
    link
        From the log to the loudspeaker; default: no delay.
    reading
        The session's log, where it has been read already.
    edges
        A local detector's edges, where they are known already; otherwise Silero is run on the user's track.
    settings
        Suppose these settings of the provider's voice detection: a stand-in's reports of the user take the place of the
        recorded ones (:mod:`bargein.replay.reports`). Or such reports, where they are known already. None: as recorded.

    Returns
    -------
    The outcome; what had to be assumed stands in it.

    Raises
    ------
    NotAnswerable
        The session has no times, or its agent track or log is what was heard; or it cannot be asked about settings.
    SessionError, SettingsError
        The log cannot be read; no such policy; settings that the provider would refuse.
    """
    chosen, link = policy_named(policy), link or Link()
    session = session if isinstance(session, Session) else load(session)
    agent = session.info.tracks.get("agent")
    if agent is not None and agent.kind == "heard":
        raise NotAnswerable(f"{session.id}: the agent track is what was heard; another gate cannot be tried on it")
    if agent is None and session.info.provider == CALL.name:
        raise NotAnswerable(f"{session.id}: its log states what was heard, without sound; another gate cannot be tried")
    reading = reading or read(session)
    if agent is None and any(r.first_delta is not None or r.texts for r in reading.responses.values()):
        raise NotAnswerable(
            f"{session.id}: no agent track; record the deltas' payloads to replay them "
            "(over WebRTC there are none: what was heard can be measured, no other gate tried)"
        )
    if chosen.trigger.source == LOCAL_VAD and edges is None:
        edges = local_edges(session)
    if settings is None:
        return played(session, chosen, link, reading, edges or ())
    told = settings if isinstance(settings, Reports) else reports(session, reading, settings)
    return supposing(played(session, chosen, link, replaced(reading, told.edges), edges or ()), reading, told)


def local_edges(session: Session) -> list[SpeechStarted | SpeechStopped]:
    """Run the local detector on the user's track.

    Raises
    ------
    NotAnswerable
        The session has no user track.
    """
    from bargein.vad.local import local_edges as detect

    track = session.info.tracks.get("user")
    samples = session.audio("user")
    edges = detect(samples, track.rate if track else 0)
    origin = track.origin_ms if track else 0
    return [dated(e, e.at + origin) for e in edges]


def played(session: Session, chosen: Policy, link: Link, reading: Reading, edges: Iterable[Edge] = ()) -> Outcome:
    """Let a log pass the relay, the link and the client.

    Parameters
    ----------
    edges
        Of a detector beside the loudspeaker, where the policy listens to one.
    """
    mine = list(edges) if chosen.trigger.source == LOCAL_VAD else []
    with uncollected():
        passed = relayed(reading.events, chosen, link, mine)
        log: Iterable[Event] = delivered(passed.events, link)
        if mine:
            log = heapq.merge(log, mine, key=AT)
        return run(session, chosen, link, reading, log, passed)


def run(
    session: Session, chosen: Policy, link: Link, reading: Reading, log: Iterable[Event], passed: Relayed | None = None
) -> Outcome:
    """Play dated events, in order, through a client, to the session's end."""
    end = session.info.length_ms
    client = Client(chosen, reading.generated.rate, link)
    seen = tuple(log)
    seen = seen[: bisect_right(seen, end, key=AT)]
    let: set[str] = set()  # responses of which the gate would have played more when they ended
    for deltas, event in bursts(seen, client.gate.heeds | {ResponseDone}):
        client.receive_all(deltas)
        if event is None:
            continue
        client.catch_up(event.at)
        if isinstance(event, ResponseDone) and client.gate.lets(event.response):
            let.add(event.response)
        client.receive(event)
    client.catch_up(end)
    passed = passed or Relayed(())
    player = client.player
    heard = player.heard(end, Basis("modelled", link.jitter_ms)).joined()
    outcome = Outcome(
        session=session, policy=chosen, link=link, events=seen, generated=reading.generated, heard=heard,
        decisions=tuple(client.decisions), cuts=tuple(client.gate.cuts), nodes=player.nodes,
        unplayed=player.accepted - heard.samples(), assumed=_assumed(session, chosen, link), held_fixed=HELD_FIXED,
        censored_from=_censored(reading, heard, let - passed.kept_back), relay_cuts=passed.cuts,
        withheld=passed.withheld, stops=tuple(player.stops), levels=tuple(player.levels),
    )  # fmt: skip
    return replace(outcome, told=_told(outcome, reading)) if chosen.commands else outcome


def _told(outcome: Outcome, reading: Reading) -> tuple[Told, ...]:
    info = outcome.session.info
    tells = duty(info.provider, info.turn_detection).tells
    recorded = Recorded(reading.responses, reading.generated)
    how = outcome.policy.player
    after = max(how.stop_ms, outcome.link.beyond_ms(how))  # what still sounds when the command is sent, and is heard
    client = Account(outcome.delivered, outcome.heard, ended_items(outcome.events), after)
    return tuple(told(outcome.cuts, tells, client, recorded, outcome.link))


def _assumed(session: Session, chosen: Policy, link: Link) -> tuple[str, ...]:
    said = [f"link: {link.delay_ms} ms one way, jitter up to {link.jitter_ms} ms, start {link.start_latency_ms} ms"]
    said += [f"link: {what} {ms} ms" for name, what in LINK_SAYS.items() if (ms := getattr(link, name))]
    if chosen.trigger.source == LOCAL_VAD:
        said.append("local detector: Silero on the user's track, 0.5 / exit 0.35 / 200 ms end silence")
    if session.info.clock == "appends":
        said.append(f"times from appended audio, in steps of {session.info.clock_step_ms} ms")
    return (*said, *session.info.assumed)


def _censored(reading: Reading, heard: Heard, let: set[str]) -> dict[str, int]:
    """Where the recorded provider stopped and the gate would have played on, the last sample is all that is known."""
    stopped = (r.id for r in reading.responses.values() if r.interrupted and r.id in let)
    last = {r: heard.last(r) for r in stopped if heard_out(reading.generated, heard, r)}
    return {r: t for r, t in last.items() if t is not None}
