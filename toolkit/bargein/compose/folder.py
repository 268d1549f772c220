"""A performance becomes a session folder: log, sound, labels, and everything that is modelled or assumed in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bargein.compose.clips import Clip, Int16
from bargein.compose.licences import attribution_of, licence_of
from bargein.compose.performance import Logged, Performance
from bargein.compose.premises import stragglers
from bargein.compose.sounds import Float
from bargein.compose.tracks import agent_track, labels_of, user_track
from bargein.events import Command, ResponseDone
from bargein.gate import policy
from bargein.session import Change, Info, Record, Session, Track, client_lines, save
from bargein.settings import SemanticVad, ServerVad
from bargein.units import ms_of, samples_in


def write(done: Performance, folder: str | os.PathLike[str], *, overwrite: bool = False, response: Float | None = None,
          room: Mapping[str, Any] | None = None, notes: Sequence[str] = ()) -> Session:  # fmt: skip
    """Write a performance as a session folder.

    Parameters
    ----------
    folder
        Where to; its name is the session's.
    response
        A measured room response, where the scene has a room.
    room
        Where that response comes from: file, licence, attribution.
    notes
        Added to the scene's own.

    Raises
    ------
    SessionError
        The folder exists, or the session would not be valid.
    """
    rate = done.scene.format.rate
    user, agent = user_track(done, response), agent_track(done)
    tracks = {
        "user": Track("user.flac", "sent", rate, len(user), origin_ms=done.origin_ms),
        "agent": Track("agent.flac", "generated", rate, len(agent)),
    }
    info = _info(done, Path(folder).name, tracks, None if response is None else room or {}, notes)
    labels, client = labels_of(done, response), client_lines(done.heard)
    return save(folder, info, records(done, user), audio={"user": user, "agent": agent}, labels=labels, client=client,
                overwrite=overwrite)  # fmt: skip


def records(done: Performance, user: Int16) -> list[Record]:
    """Give the log in order of time, the microphone's appends among the rest."""
    lines = sorted([*done.log, *_appends(done, len(user))], key=lambda one: one.t)
    return [Record(n, one.t, one.direction, "provider", one.payload) for n, one in enumerate(lines)]


def _appends(done: Performance, total: int) -> Iterator[Logged]:
    """Each piece of the microphone's sound, when its last sample had been recorded."""
    rate = done.scene.format.rate
    size = samples_in(done.scene.chunk_ms, rate)
    for stored in range(0, total - size + 1, size):
        audio = {"stored": stored, "samples": size}
        at = done.origin_ms + ms_of(stored + size, rate)
        yield Logged(at, "c2s", {"type": "input_audio_buffer.append", "audio": audio})


def _info(done: Performance, id: str, tracks: dict[str, Track], room: Mapping[str, Any] | None, notes: Sequence[str]
          ) -> Info:  # fmt: skip
    scene = done.scene
    gate = policy(scene.policy)
    user = list({c.name: c for placed in done.placed for c in placed.clips}.values())
    agent = list({c.name: c for line, _, _ in done.said for c in line.clips}.values())
    sources = [{"role": role, **clip.source} for role, clips in (("user", user), ("agent", agent)) for clip in clips]
    sources += [{"role": "room", **room}] if room else []
    styles = sorted({clip.speech_style for clip in user if clip.speech_style}) or ["unknown"]
    return Info(
        id=id, provider=scene.provider, model=scene.model, length_ms=done.length_ms,
        dialect="beta" if scene.beta else "ga", settings=(Change(done.settled_ms, done.model.settings),),
        tracks=tracks, speech_style=styles[0] if len(styles) == 1 else "unknown",
        speakers={"user": _speakers(user), "agent": _speakers(agent)}, clusters=_clusters(done, user, room is not None),
        sources=tuple(sources), modelled=tuple(_modelled(done, user, room is not None)), assumed=tuple(_assumed(done)),
        client={"policy": gate.name, "trigger": gate.trigger.source, "truncates": scene.truncates},
        situation=scene.situation, cause=scene.cause, seed=done.seed, licence=licence_of(sources),
        attribution=attribution_of(sources), notes=(*scene.notes, *notes),
    )  # fmt: skip


def _speakers(clips: Sequence[Clip]) -> tuple[str, ...]:
    return tuple(sorted({clip.speaker for clip in clips if clip.speaker}))


def _clusters(done: Performance, user: Sequence[Clip], real_room: bool) -> tuple[str, ...]:
    found = [name for clip in user for name in clip.clusters]
    made = {"tic": "noise:burst", "noise": "noise:clatter"}
    found += [f"{made[p.act.kind]}-{done.seed}" for p in done.placed if not p.act.clips]
    if done.scene.room is not None:
        found.append(f"rir:{done.scene.room.clip}" if real_room else f"rir:synthetic-{done.seed}")
    return tuple(dict.fromkeys(found))


def _modelled(done: Performance, user: Sequence[Clip], real_room: bool) -> Iterator[str]:
    yield from ("provider", "turn structure", "client")
    made = {p.act.kind for p in done.placed if not p.act.clips}
    if "noise" in made:
        yield "noise"
    if "tic" in made:
        yield "cough-like burst"
    if done.scene.room is not None:
        yield "echo (measured room response)" if real_room else "echo"
    if any(clip.text for clip in user):
        yield "user transcripts (English glosses)" if any(clip.glossed for clip in user) else "user transcripts"


def _assumed(done: Performance) -> Iterator[str]:
    """What no recording shows and this session contains."""
    scene, model = done.scene, done.model
    yield f"delays drawn from the ranges of docs/compose.md with seed {done.seed}; {model.way} ms one way"
    if scene.cause == "stragglers":
        yield f"stragglers: {', '.join(map(str, stragglers(done)))}"
    commands = {e.name for one in done.log if isinstance(e := _event(one), Command)}
    ends = [e for e in done.events if isinstance(e, ResponseDone)]
    settings = model.settings
    holds = {
        "cancel": any(e.reason == "turn_detected" for e in ends),
        "interrupt_response-false": scene.cause == "interrupt_response-false",
        "semantic_vad": isinstance(settings, SemanticVad),
        "truncate": "truncate" in commands,
        "tail": scene.situation == "tail",
        "resume": scene.situation == "pause",
        "silence": isinstance(settings, ServerVad) and settings.silence_duration_ms is None,
        "wordless": any(p.act.kind in ("tic", "noise") and p.act.taken for p in done.placed),
        "transcripts": True,
    }
    yield from (text for about, text in model.assumes.items() if holds[about])
    for placed in done.placed:
        if placed.pauses:
            lengths = ", ".join(map(str, placed.pauses))
            yield f"pause inside turn {placed.n}: {lengths} ms, drawn from measured pauses of other speakers"
    untaken = {p.act.kind for p in done.placed if not p.act.taken}
    if untaken:
        yield f"the provider does not take this for speech: {', '.join(sorted(untaken))}"


def _event(one: Logged) -> object:
    from bargein.providers.wire import CLIENT

    parser = CLIENT.get(str(one.payload["type"])) if one.direction == "c2s" else None
    return parser(one.payload, one.t) if parser else None
