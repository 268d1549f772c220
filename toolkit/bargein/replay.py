"""Session x policy x link, to what was heard. The only place where session, gate, playback and provider meet.

There is no clock: the replay steps to the earliest of the next log line, the gate's deadline and the player's next
report. In one millisecond: deadlines, then playback, then the log in its own order.
"""

from __future__ import annotations

import hashlib
import heapq
import os
from collections.abc import Iterable

from bargein.errors import NotAnswerable
from bargein.events import LOCAL_VAD, Delta, Event, ResponseDone, SpeechStarted, SpeechStopped, dated
from bargein.gate import Action, Decision, Gate, Policy
from bargein.gate import policy as policy_named
from bargein.ledger import Basis, Delivered, Heard, Row, heard_out
from bargein.outcome import Link, Outcome
from bargein.playback import Player
from bargein.providers import Reading, read
from bargein.session import Session, load

#: What every replay of a recording keeps as it was.
HELD_FIXED = ("user", "provider", "echo")


def replay(
    session: Session | str | os.PathLike[str],
    policy: str | Policy = "keyed",
    link: Link | None = None,
    *,
    reading: Reading | None = None,
    edges: Iterable[SpeechStarted | SpeechStopped] | None = None,
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

    Returns
    -------
    The outcome; what had to be assumed stands in it.

    Raises
    ------
    NotAnswerable
        The session has no times, or its agent track is what was heard.
    SessionError, SettingsError
        The log cannot be read; no such policy.
    """
    chosen, link = policy_named(policy), link or Link()
    session = session if isinstance(session, Session) else load(session)
    agent = session.info.tracks.get("agent")
    if agent is not None and agent.kind == "heard":
        raise NotAnswerable(f"{session.id}: the agent track is what was heard; another gate cannot be tried on it")
    reading = reading or read(session)
    if agent is None and any(r.first_delta is not None or r.texts for r in reading.responses.values()):
        raise NotAnswerable(f"{session.id}: no agent track; record the deltas' payloads to replay them")
    log = deliver(reading, link)
    if chosen.trigger.source == LOCAL_VAD:
        log = list(heapq.merge(log, local_edges(session) if edges is None else edges, key=lambda e: e.at))
    return run(session, chosen, link, reading, log)


def deliver(reading: Reading, link: Link) -> list[Event]:
    """Date a log's events as the client saw them: delayed, jittered, in order on each connection.

    Parameters
    ----------
    reading
        What was received, and when.
    link
        The way to the client.
    """
    latest: dict[str, int] = {}
    seen: list[Event] = []
    for event, connection in reading.events:
        at = event.at + link.delay_ms + _jitter(link, connection, event.at)
        at = latest[connection] = max(at, latest.get(connection, at))
        seen.append(dated(event, at))
    return sorted(seen, key=lambda e: e.at)


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


def run(session: Session, chosen: Policy, link: Link, reading: Reading, log: Iterable[Event]) -> Outcome:
    """Play dated events through a gate into a player, to the session's end."""
    rate, end = reading.generated.rate, session.info.length_ms
    gate = Gate(chosen)
    player = Player(rate, disconnects=chosen.disconnects, start_latency_ms=link.start_latency_ms)
    decisions: list[Decision] = []
    delivered: list[Row] = []
    seen: list[Event] = []
    let: set[str] = set()  # responses of which the gate would have played more when they ended

    def obey(made: list[Decision]) -> None:
        decisions.extend(made)
        for decision in made:
            _obey(player, decision)

    def catch_up(now: int) -> None:
        """Deadlines and playback up to ``now``, in order of time; at one instant the deadline first."""
        while True:
            deadline, due = gate.deadline, player.due
            if deadline is not None and deadline <= now and (due is None or deadline <= due):
                obey(gate.advance(deadline))
            elif due is not None and due <= now:
                for report in player.advance(due):
                    obey(gate.receive(report))
            else:
                return

    for event in log:
        if event.at > end:
            break
        catch_up(event.at)
        seen.append(event)
        if isinstance(event, ResponseDone) and gate.lets(event.response):
            let.add(event.response)
        if isinstance(event, Delta):
            delivered.append(Row(event.at, event.response, event.item, event.first, event.samples, event.content))
        obey(gate.receive(event))
    catch_up(end)
    return Outcome(
        session=session, policy=chosen, link=link, events=tuple(seen), generated=reading.generated,
        delivered=Delivered(tuple(delivered), rate), heard=player.heard(end, Basis("modelled", link.jitter_ms)),
        decisions=tuple(decisions), cuts=tuple(gate.cuts), nodes=player.nodes, unplayed=player.unplayed(end),
        assumed=_assumed(session, chosen, link), held_fixed=HELD_FIXED,
        censored_from=_censored(reading, player.heard(end), let),
    )  # fmt: skip


def _obey(player: Player, decision: Decision) -> None:
    match decision.action:
        case Action.PLAY:
            assert decision.delta is not None
            player.play(decision.delta, decision.at)
        case Action.HOLD if decision.delta is not None:  # waits in the queue, which is silent
            player.play(decision.delta, decision.at)
        case Action.HOLD:
            player.hold(decision.at)
        case Action.RESUME:
            player.resume(decision.at)
        case Action.FLUSH:
            player.flush(decision.at)
        case Action.DROP:
            pass


def _jitter(link: Link, connection: str, received: int) -> int:
    if not link.jitter_ms:
        return 0
    text = f"{link.seed}/{connection}/{received}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) % (link.jitter_ms + 1)


def _assumed(session: Session, chosen: Policy, link: Link) -> tuple[str, ...]:
    said = [f"link: {link.delay_ms} ms one way, jitter up to {link.jitter_ms} ms, start {link.start_latency_ms} ms"]
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
