"""Recorded sessions as evidence about a detector: what was sent, what was in force, what was reported, and when.

What cannot be used is left out with its reason and what to record instead; nothing is guessed, and no detector stands
in for another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bargein.corpus import Case
from bargein.events import Delta, SpeechStarted, SpeechStopped
from bargein.metrics.clusters import component_of
from bargein.metrics.recorded import recorded_heard
from bargein.providers import provider as find_provider
from bargein.session import Session
from bargein.settings import ServerVad, TurnDetection, merged
from bargein.timeline import Span, Timeline
from bargein.tuning.calibration.evidence import Agent, Key, Recorded, Report
from bargein.tuning.calibration.fit import LeftOut
from bargein.vad.cache import scores_for
from bargein.vad.scores import Scores
from bargein.vad.surrogate import NO_MICROPHONE, NOT_SCORED

KNOBS = ("threshold", "prefix_padding_ms", "silence_duration_ms")
NOT_RECORDED = "not recorded"


class Unusable(Exception):
    """A session that is no evidence; the message says why and what to record."""


def recordings_of(
    cases: Iterable[Case], provider: str, progress: Callable[[str, int, int], None] | None = None
) -> tuple[dict[Key, list[Recorded]], tuple[LeftOut, ...]]:
    """Give the evidence in sessions by key, and the sessions that are none.

    Parameters
    ----------
    cases
        Sessions of any provider.
    provider
        Whose detector is calibrated.
    progress
        Called with a session's name, sessions done and sessions in all.

    Raises
    ------
    SessionError, AudioError
        A session cannot be read.
    """
    sessions = [case.session for case in cases]
    groups = component_of(set(session.info.clusters) for session in sessions)
    found: dict[Key, list[Recorded]] = {}
    left_out = []
    for n, (session, group) in enumerate(zip(sessions, groups, strict=True), 1):
        try:
            for key, row in _rows(session, provider, group):
                found.setdefault(key, []).append(row)
        except Unusable as error:
            left_out.append(LeftOut(session.id, str(error)))
        if progress is not None:
            progress(session.id, n, len(sessions))
    return found, tuple(left_out)


def _rows(session: Session, provider: str, group: str) -> list[tuple[Key, Recorded]]:
    info = session.info
    if info.provider != provider:
        raise Unusable(f"a session of {info.provider}, not of {provider}")
    if info.evidence != "recorded":
        raise Unusable(f"{info.basis}: its reports are a model's, and would confirm the model; record a real session")
    track = info.tracks.get("user")
    if track is None or track.kind != "sent":
        raise Unusable(NO_MICROPHONE)
    starts, stops, first_delta = _reports(session, track.origin_ms)
    if not starts and not stops:
        raise Unusable("no speech_started or speech_stopped with its time is in the log: log what is received")
    first = min((r.at_ms for r in (*starts, *stops) if r.at_ms is not None), default=None)
    settings = _in_force(session, None if first is None else first + track.origin_ms)
    scores = scores_for(session.folder / track.file)
    noise, coding = input_facts(session)
    made = []
    for agent, own in _situations(session, scores, track.origin_ms, first_delta).items():
        elsewhere = Timeline(own.gaps(Span(0, max(scores.ms, own.spans[-1].end)))) if own else own
        row = Recorded(session.id, group, settings, scores, starts, stops, elsewhere)
        if own and row.used_starts + row.used_stops:
            made.append((Key(provider, info.model, "server_vad", noise, coding, agent), row))
    return made


def _reports(session: Session, origin_ms: int) -> tuple[tuple[Report, ...], tuple[Report, ...], int | None]:
    """Starts, stops, and when the agent's first sound came (None: it never did), on the track's clock."""
    chosen, timed = find_provider(session.info.provider), session.info.clock != "none"
    found: dict[type, list[Report]] = {SpeechStarted: [], SpeechStopped: []}
    at, first_delta = 0, None
    for record in session.records:
        at = record.t if record.t is not None else at
        event = chosen.parse(record.payload, at, record.direction)
        if isinstance(event, (SpeechStarted, SpeechStopped)) and event.claimed_ms is not None:
            found[type(event)].append(Report(event.claimed_ms, at - origin_ms if timed else None))
        elif isinstance(event, Delta) and first_delta is None:
            first_delta = at - origin_ms
    return tuple(found[SpeechStarted]), tuple(found[SpeechStopped]), first_delta


def _situations(
    session: Session, scores: Scores, origin_ms: int, first_delta: int | None
) -> dict[Agent, Timeline]:  # fmt: skip
    """When the agent was heard and when not, on the track's clock; where nothing says so, not known."""
    end = max(scores.ms, session.info.length_ms)
    whole = Span(0, end)
    heard = recorded_heard(session)
    if heard is not None:
        speaking = heard.timeline().shift(-origin_ms).clip(whole)
        return {"silent": speaking.gaps(whole), "speaking": speaking}
    if first_delta is None:
        return {"silent": Timeline([whole])}
    if session.info.clock == "none":
        return {"not known": Timeline([whole])}
    cut = max(0, min(first_delta, end))
    parts: dict[Agent, tuple[int, int]] = {"silent": (0, cut), "not known": (cut, end)}
    return {agent: Timeline([Span(a, b)]) for agent, (a, b) in parts.items() if a < b}


def _in_force(session: Session, first_report: int | None) -> ServerVad:
    """The settings while reports came, which must be one and known."""
    now: TurnDetection | None = None
    for change in session.info.settings:
        after = change.turn_detection if now is None else merged(now, change.turn_detection)
        if now is not None and after != now and first_report is not None and change.at > first_report:
            raise Unusable(f"settings changed at {change.at} ms, after the first report: record one setting a session")
        now = after
    if now is None:
        raise Unusable("settings in force are not recorded: log session.created, session.updated and what was sent")
    if not isinstance(now, ServerVad):
        raise Unusable(NOT_SCORED[type(now)])
    if missing := [name for name in KNOBS if getattr(now, name) is None]:
        raise Unusable(f"{', '.join(missing)} neither echoed nor sent: send all three with session.update")
    return now


def input_facts(session: Session) -> tuple[str, str]:
    """Give noise reduction and input format as the log states them last: what the detector hears.

    Returns
    -------
    ``none``, the reduction's name, or ``not recorded``; a format such as ``audio/pcm 24000``, or ``not recorded``.
    """
    noise = coding = NOT_RECORDED
    for record in session.records:
        stated = record.payload.get("session")
        if not isinstance(stated, Mapping):
            continue
        audio = stated.get("audio")
        inner = audio.get("input") if isinstance(audio, Mapping) else None
        given: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
        for where, name in ((given, "noise_reduction"), (stated, "input_audio_noise_reduction")):
            if name in where:
                noise = _named(where[name], "none")
        if "enable_noise_suppression" in stated:
            noise = "enable_noise_suppression" if stated["enable_noise_suppression"] else "none"
        for where, name in ((stated, "input_audio_format"), (given, "format")):
            if where.get(name) not in (None, "not specified"):
                coding = _named(where[name], NOT_RECORDED)
    return noise, coding


def _named(value: object, otherwise: str) -> str:
    """Name a format or a reduction: a word, or an object with type and rate."""
    if isinstance(value, Mapping):
        return " ".join(str(value[k]) for k in ("type", "rate") if value.get(k) is not None) or otherwise
    return otherwise if value is None else str(value)
