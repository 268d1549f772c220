"""Somebody's websocket log becomes a session folder: everything the log says, nothing it does not.

The contract is one message a line, ``{"t": ms, "dir": "s2c" | "c2s", "ev": {…}}`` (``docs/session-format.md``);
short loggers stand in ``docs/loggers``. What is missing is named in the session, with what it makes unmeasurable; no
time and no sound is made up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bargein.errors import LogError, Problem, SettingsError, check
from bargein.formats import clocks, dialects, webrtc, wireaudio, wirebinary
from bargein.formats.imported import UNMEASURABLE, Imported, source, unmeasurable
from bargein.formats.playerlog import player_log
from bargein.formats.redact import Redactor
from bargein.formats.wireaudio import CARRIERS
from bargein.formats.wireclock import Clock, claims, clock_of
from bargein.formats.wirelines import Lines, read_lines, unit_problem
from bargein.formats.wiresettings import in_force
from bargein.formats.wiretracks import Beside, Made, agent_track, sound_file, user_track
from bargein.providers import Provider
from bargein.providers import provider as provider_named
from bargein.providers.wire import ga_name
from bargein.session import Info, Record, save
from bargein.units import ms_covering

#: Why a stated beginning says nothing.
UNPLACED = {
    "user": "it is for a microphone beside the log: --user",
    "agent": "it is for a WebRTC session's remote track, --agent; deltas are placed by the log",
}


def import_log(
    log: Path,
    out: Path,
    *,
    provider: str,
    user: Path | None = None,
    agent: Path | None = None,
    player: Path | None = None,
    user_origin_ms: int | None = None,
    agent_origin_ms: int | None = None,
    align: bool = False,
    overwrite: bool = False,
) -> Imported:
    """Turn a websocket log into a session folder.

    Parameters
    ----------
    log
        JSON lines ``{t, dir, ev}``, or the untimed ``{i, kind, direction, data}``.
    out
        The folder to write; its name becomes the session's id.
    provider
        ``openai`` or ``xai``. A log that another provider's server wrote is refused.
    user
        The microphone as sent, one channel, any rate; otherwise it is taken from the log's appends.
    agent
        The agent's sound. Of a log whose payloads are gone but whose lengths are known: deltas end to end. Of a WebRTC
        session: the remote track, as it arrived.
    player
        What the client's player did, ``client.jsonl`` on the log's clock: then what was heard is logged, not modelled.
    user_origin_ms
        The log's own time at which ``user`` begins; otherwise taken from the appends, or assumed to be the log's start.
    agent_origin_ms
        The log's own time at which a remote track ``agent`` begins; otherwise taken from the log's ``track`` lines, or
        assumed to be the log's start.
    align
        Move and stretch ``user`` to where the same sound lies in the log, as far as that was made out
        (:mod:`bargein.formats.clocks`); without, it is reported only.
    overwrite
        Replace a folder of that name.

    Returns
    -------
    The session, what was noted, and what it cannot tell.

    Raises
    ------
    LogError
        Everything that is wrong, each with file, line and likely cause; nothing is written.
    """
    log, out = Path(log), Path(out)
    try:
        chosen = provider_named(provider)
    except SettingsError as error:
        raise LogError(error.problems, log.name) from error
    lines = read_lines(log)
    frames = wirebinary.named(lines)
    microphone, speech = wireaudio.pieces(lines, "input"), wireaudio.pieces(lines, "output")
    problems = [*lines.problems, *dialects.mismatches(lines, provider), *microphone.problems, *speech.problems]
    problems += _units(lines, microphone, speech)
    if out.exists() and not overwrite:
        problems.append(Problem("the folder exists", str(out), "name another one, or overwrite it"))
    user_file, wrong = sound_file(Path(user)) if user else (None, [])
    problems += wrong
    agent_file, wrong = sound_file(Path(agent)) if agent else (None, [])
    over_media = webrtc.recognised(lines, speech)
    stated = {"user": user_origin_ms, "agent": agent_origin_ms}
    begins = {side: lines.begins.get(side) if t is None else t for side, t in stated.items()}
    placed = {"user": user_file, "agent": agent_file if over_media else None}
    begins = {side: t for side, t in begins.items() if placed[side]}
    wrong += [Problem(f"--{side}-origin-ms places nothing", str(t), UNPLACED[side])
              for side, t in stated.items() if t is not None and side not in begins]  # fmt: skip
    if align and user is None:
        wrong.append(Problem("--align moves nothing", "--align", "it is for a microphone beside the log: --user"))
    wrong += _elsewhere(lines, begins, placed)
    check([*problems, *wrong], LogError, log.name)  # what follows needs a log that can be read

    clock = clock_of(lines, microphone, begins.values())
    matched = clocks.of_log(lines, clock, microphone, user_file)
    notes = list(matched.notes)
    if align and user_file is not None:
        user_file, begins["user"], said = clocks.aligned(user_file, clock, matched, begins["user"])
        notes.append(said)
        clock = clock_of(lines, microphone, begins.values())
    tracks = {"user": user_track(lines, clock, microphone, user_file, begins.get("user"))}
    if over_media:
        tracks["agent"] = webrtc.remote_track(clock, agent_file, begins.get("agent"))
    else:
        tracks["agent"] = agent_track(lines, speech, agent_file)
        notes += clocks.of_agent(lines, clock, speech, agent_file)
    settings = in_force(lines, [t or 0 for t in clock.times], provider)
    heard = player_log(player, lines, clock, agent_sound=not over_media and tracks["agent"].track is not None)
    problems = [*tracks["user"].problems, *tracks["agent"].problems, *settings.problems, *heard.problems]
    check(problems, LogError, log.name)

    records, redacted = _records(lines, clock, tracks)
    length = max(_length(clock, tracks), heard.end)
    notes += [*_of(clock.note), *tracks["user"].notes, *tracks["agent"].notes, *settings.notes, *_of(redacted)]
    notes += [*frames, *_odd_lines(lines, chosen), *heard.notes]
    notes += webrtc.account(lines, clock, length, tracks["agent"]) if over_media else ()
    assumed = [*tracks["user"].assumed, *tracks["agent"].assumed]
    if not dialects.speakers(lines.frames):
        assumed.append(f"the log is {chosen.title}'s: nothing in it says whose it is")
    missing = {*tracks["user"].missing, *tracks["agent"].missing}
    missing |= {*_missing(lines, clock, settings=bool(settings.changes), heard=over_media or heard.lines is not None)}
    cannot = unmeasurable(missing)
    info = Info(
        id=out.name, provider=provider, model=_model(lines), length_ms=length,
        dialect=dialects.dialect(lines.frames) if provider == "openai" else "ga",
        clock=clock.kind, clock_step_ms=clock.step_ms, settings=tuple(settings.changes),
        tracks={name: made.track for name, made in tracks.items() if made.track},
        sources=_sources(log, lines, clock, user=user, agent=agent, player=player), assumed=tuple(assumed),
        notes=(*notes, *cannot),
    )  # fmt: skip
    audio = {name: made.samples for name, made in tracks.items() if made.samples is not None}
    session = save(out, info, records, audio=audio, client=heard.lines, overwrite=overwrite)
    return Imported(session, (*notes, *assumed), cannot)


def _elsewhere(lines: Lines, begins: Mapping[str, int | None], files: Mapping[str, Beside | None]) -> list[Problem]:
    """Refuse a file whose stated beginning lays all of it outside the log."""
    times = [f.t for f in lines.frames if f.t is not None]
    problems = []
    for side, begin in begins.items():
        file = files[side]
        if begin is None or file is None or not times:
            continue
        end = begin + ms_covering(len(file.samples), file.rate)
        if end < min(times) or begin > max(times):
            what = f"the {side}'s file lies from {begin} to {end} ms, the log from {min(times)} to {max(times)}"
            problems.append(Problem(what, file.name, "another clock, or another unit?"))
    return problems


def _units(lines: Lines, *sounds: wireaudio.Pieces) -> list[Problem]:
    claimed = [c for frame in lines.frames if (c := claims(frame.payload)) is not None]
    found = unit_problem(lines, max([0, *claimed, *(sound.ms() for sound in sounds)]))
    return [found] if found else []


def _records(lines: Lines, clock: Clock, tracks: Mapping[str, Made]) -> tuple[list[Record], str]:
    """Give the log as it is stored, sound replaced by its place and secrets left out; and how many of them."""
    redactor = Redactor()
    records = []
    for index, (frame, t) in enumerate(zip(lines.frames, clock.times, strict=True)):
        side, made = ("output", tracks["agent"]) if frame.direction == "s2c" else ("input", tracks["user"])
        ref = made.refs.get(index)
        payload = frame.payload if ref is None else {**frame.payload, CARRIERS[side][1]: ref}
        records.append(Record(index, t, frame.direction, frame.connection, redactor.clean(payload)))
    said = ", ".join(f"{kind} ×{n}" for kind, n in redactor.counts.items())
    return records, f"left out: {said}" if said else ""


def _odd_lines(lines: Lines, provider: Provider) -> list[str]:
    """Count what is kept without being understood, and what is not kept."""
    unknown = Counter(f.type or "(without type)" for f in lines.frames if not provider.knows(f.type))
    connections = len({f.connection for f in lines.frames})
    said = ", ".join(f"{name} ×{n}" for name, n in unknown.most_common())
    return [
        *_of(f"events of unknown type, kept: {said}" if unknown else ""),
        *_of(f"{connections} connections" if connections > 1 else ""),
        *_of(f"{lines.marks} line(s) that are no message were left out" if lines.marks else ""),
    ]


def _missing(lines: Lines, clock: Clock, *, settings: bool, heard: bool) -> list[str]:
    sound = [f for f in lines.frames if f.direction == "s2c" and ga_name(f.type) == CARRIERS["output"][0]]
    absent = {
        "times": clock.kind == "none",
        "live times": clock.kind == "appends",
        "response ids": not all(f.payload.get("response_id") for f in sound),
        "speech reports": all(f.type != "input_audio_buffer.speech_started" for f in lines.frames),
        "settings": not settings,
        "client messages": all(f.direction == "s2c" for f in lines.frames),
        "player log": not heard,
        "labels": True,  # they come later
    }
    return [what for what, is_absent in absent.items() if is_absent]


def _length(clock: Clock, tracks: Mapping[str, Made]) -> int:
    timed = [made.track for made in tracks.values() if made.track and made.track.kind != "generated"]
    ends = (track.origin_ms + ms_covering(track.samples, track.rate) for track in timed)
    return max([0, *ends, *(t for t in clock.times if t is not None)])


def _model(lines: Lines) -> str:
    sessions = (f.payload.get("session") for f in lines.frames if f.direction == "s2c")
    models = (s.get("model") for s in sessions if isinstance(s, dict))
    return next((m for m in models if isinstance(m, str) and m), "unknown")


def _sources(log: Path, lines: Lines, clock: Clock, **beside: Path | None) -> tuple[Mapping[str, Any], ...]:
    """Where it comes from: names and hashes, never paths; and which instant of the log is session time 0."""
    zero = clock.zero if clock.kind == "wall" else None
    kinds = {"user": "user sound", "agent": "agent sound", "player": "player log"}
    found = [source("wire log", log, lines=len(lines.frames), zero_t=zero)]
    return (*found, *(source(kinds[name], path) for name, path in beside.items() if path))


def _of(note: str) -> Sequence[str]:
    return (note,) if note else ()


__all__ = ["UNMEASURABLE", "Imported", "import_log"]
