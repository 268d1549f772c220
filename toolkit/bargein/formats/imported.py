"""What an import made, what it could not know, and what that makes unmeasurable: one table for every kind of import."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bargein.session import Session

#: What is missing, to what it makes unmeasurable.
UNMEASURABLE: Mapping[str, str] = {
    "times": "no receive times: nothing can be placed in time and replay refuses the session; only order, settings and "
    "texts can be read",
    "live times": "times come from the appended audio: no instant is finer than its step",
    "agent sound": "no agent sound: what was heard, leak, stop latency, tail barge-ins and restarts are not "
    "measurable, and no policy can be replayed",
    "sample ids": "WebRTC: the agent's sound went over the media channel: no other gate can be replayed, and when each "
    "piece was generated or arrived is not known",
    "remote track": "WebRTC without the remote track: the agent's own pauses count as heard, and how long the client's "
    "jitter buffer played on is not known",
    "loudspeaker": "WebRTC: stops are those of the server's play-out buffer; the way to the client, its jitter buffer "
    "and what the app muted by itself are not in them",
    "user sound": "no microphone: true onsets, detection delay, local-VAD policies and detector tuning are not "
    "measurable",
    "steady microphone": "the microphone was sent in bursts: overlap of user and agent is not measurable",
    "response ids": "no response ids with the agent's sound: whose it is was inferred from the order, so late audio of "
    "an ended response counts as a response of its own",
    "speech reports": "no speech_started: when the provider noticed the user is not known, and gates that listen to it "
    "never cut",
    "settings": "no turn detection reported: results cannot be told apart by settings",
    "client messages": "no client messages: truncations and cancellations are not known",
    "player log": "no player's log: what was heard is modelled, not logged",
    "wire": "a call without a wire log: detection delay, settings, responses and policies are not measurable; what was "
    "heard is the agent's channel",
    "stated": "no wire log and no sound, only when either side sounded: detection delay, settings, responses, true "
    "onsets, levels, echo, detector tuning and policies are not measurable; what was heard is what the log states",
    "ticks": "ticks of 200 ms: nothing is finer, stops and overlaps are off by up to one, and what is shorter is not "
    "seen",
    "streams": "edges are those of audio streams, silences at both ends included: when a voice began is not known",
    "heard": "a pipeline's own reports and texts: what of the agent was generated, sent or heard, and when, is not in "
    "them; interruptions, stops and leak are not measurable",
    "words": "no words with times (output.json): what the agent said is not known",
    "labels": "no labels: barge-ins, cut-offs and false stops cannot be counted",
}


@dataclass(frozen=True)
class Imported:
    """What an import made.

    Parameters
    ----------
    session
        As written.
    notes
        What was found, counted and assumed, in words.
    unmeasurable
        What this recording cannot tell, each with the reason.
    """

    session: Session
    notes: tuple[str, ...]
    unmeasurable: tuple[str, ...]


def unmeasurable(missing: Collection[str]) -> tuple[str, ...]:
    """Say what follows from what is missing, in the table's order."""
    return tuple(text for what, text in UNMEASURABLE.items() if what in missing)


def source(kind: str, path: Path, **facts: Any) -> dict[str, Any]:
    """Where something comes from: name and hash, never a path."""
    sha256 = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return {"kind": kind, **facts, "file": Path(path).name, "sha256": sha256}
