"""Sound and labels of a performance: the microphone as sent, the agent as generated, and what is true of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from bargein.audio.edges import speech_spans
from bargein.compose.clips import Int16
from bargein.compose.performance import Performance
from bargein.compose.script import Placed
from bargein.compose.sounds import Float, echo, put, room_response, telephone
from bargein.providers.model import Dice
from bargein.session import Label
from bargein.timeline import Timeline
from bargein.units import samples_in

ANNOTATOR = "compose"
#: Stretches of echo closer than this are one label.
ECHO_GAP_MS = 500
#: Acts that are a user's turn.
TURNS = ("turn", "interruption")
VOICED = ("turn", "interruption", "backchannel")


def user_track(done: Performance, response: Float | None = None) -> Int16:
    """Give the microphone as sent: the acts, and the loudspeaker where the scene has a room. Digital silence between.

    Parameters
    ----------
    response
        A measured room response; default: a synthetic one.
    """
    scene, rate = done.scene, done.scene.format.rate
    track = np.zeros(samples_in(done.length_ms - done.origin_ms, rate), np.int16)
    for placed in done.placed:
        for piece in placed.pieces:
            put(track, piece.samples, samples_in(piece.at - done.origin_ms, rate))
    if scene.room is not None:
        put(track, echo_track(done, response), 0)
    return telephone(track) if scene.format.type == "audio/pcmu" else track


def echo_track(done: Performance, response: Float | None = None) -> Int16:
    """Give the loudspeaker as the microphone hears it, alone."""
    assert done.scene.room is not None
    made = room_response(Dice(done.seed)["room"].getrandbits(31), done.scene.format.rate)
    return echo(heard_track(done), made if response is None else response, done.scene.room.gain_db)


def heard_track(done: Performance) -> Int16:
    """Give what left the loudspeaker, on the microphone's clock."""
    rate = done.scene.format.rate
    track = np.zeros(samples_in(done.length_ms - done.origin_ms, rate), np.int16)
    for row in done.heard.rows:
        samples = done.spoken[row.item].samples[row.first : row.first + row.samples]
        put(track, samples, samples_in(row.run - done.origin_ms, rate) + row.offset)
    return track


def agent_track(done: Performance) -> Int16:
    """Give the agent as generated: every delta end to end."""
    pieces = [line.samples[first : first + samples] for line, first, samples in done.said]
    track = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
    return telephone(track) if done.scene.format.type == "audio/pcmu" else track


def labels_of(done: Performance, response: Float | None = None) -> list[Label]:
    """Give what is true of the user's track, by intent of the scene and by energy of the clean clips."""
    found = [label for placed in done.placed for label in _of_act(done, placed)]
    if done.scene.room is not None:
        rate = done.scene.format.rate
        spans = speech_spans(echo_track(done, response), rate).shift(done.origin_ms).bridged(ECHO_GAP_MS)
        found += _labels("echo", spans, ("agent", "acoustic", 10))
    return sorted(found, key=lambda label: (label.onset_ms, label.offset_ms, label.kind))


def _of_act(done: Performance, placed: Placed) -> Iterator[Label]:
    kind, whole = placed.act.kind, Timeline([placed.sounding])
    clip = placed.clips[0] if placed.clips else None
    facts = (clip.speaker, clip.basis, clip.uncertainty_ms) if clip else ("user", "acoustic", 10)
    if kind in VOICED:
        yield from _labels("speech", placed.spans, facts)
    if kind in TURNS:
        yield from _labels("turn", whole, facts, complete="yes")
    if kind != "turn":
        yield from _labels(kind, whole, facts)
    elif placed.act.pause:
        yield from _labels("interruption", _resumed(done, placed.spans), facts)


def _resumed(done: Performance, spans: Timeline) -> Timeline:
    """Speech that goes on over an agent who began in its pause: an onset while the agent is heard."""
    agent, parts = done.heard.timeline(), spans.spans
    over = [now for before, now in itertools.pairwise(parts)
            if (sounding := agent.at(now.start)) and sounding.start >= before.end]  # fmt: skip
    return Timeline(over[:1])


def _labels(kind: str, spans: Timeline, facts: tuple[str, str, int], complete: str | None = None) -> Iterator[Label]:
    speaker, basis, uncertainty = facts
    for span in spans:
        yield Label(kind, span.start, span.end, speaker=speaker or "user", uncertainty_ms=uncertainty, basis=basis,
                    annotator=ANNOTATOR, complete=complete)  # fmt: skip
