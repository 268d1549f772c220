"""A session from a two-channel call: both sides as they sounded, events by an energy rule and marked as made so.

The agent's channel is what was *heard*, so no other gate can be tried on it. The events say who began and ceased to
sound, dated at the edge itself: no detector was at work, and no delay can be read from them. Nothing is labelled but
speech: who meant to interrupt is for a person to say.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from bargein.audio.edges import CLEAN_CLIP, speech_spans
from bargein.audio.files import read, to_int16
from bargein.errors import AudioError, Problem, check
from bargein.formats import callsides
from bargein.formats.imported import Imported, source, unmeasurable
from bargein.formats.wiretracks import Beside, sound_file
from bargein.providers.call import CALL, EDGES
from bargein.session import Info, Label, Record, Session, Track, save
from bargein.session.model import ENERGY_RULE
from bargein.timeline import Timeline
from bargein.units import SECOND, ms_covering

#: Stretches closer than this are one: the interval of the field's inter-pausal units.
UNIT_GAP_MS = 200
KINDS = {"user": "sent", "agent": "heard"}
EVENTS_NOTE = "events: where either side sounds by the energy rule, dated at the edge"
#: The energy rule needs sound above its high-pass.
LEAST_RATE = 2 * CLEAN_CLIP.highpass_hz + 1


def _nothing(_: Mapping[str, Timeline]) -> tuple[Any, ...]:
    return ()


@dataclass(frozen=True)
class Known:
    """What somebody knows of a call beside its sound.

    Parameters
    ----------
    labels
        From when either side sounds to what else is true of the user.
    lines
        Further lines of the log: when, and their payload.
    notes
        From when either side sounds to what is to be said and kept.
    sources
        Further files.
    missing
        What is not known all the same: keys of :data:`~bargein.formats.imported.UNMEASURABLE`.
    may_be_silent
        Sides whose silence is an answer, and no damage.
    """

    labels: Callable[[Mapping[str, Timeline]], Iterable[Label]] = _nothing
    lines: tuple[tuple[int, Mapping[str, Any]], ...] = ()
    notes: Callable[[Mapping[str, Timeline]], Iterable[str]] = _nothing
    sources: tuple[Mapping[str, Any], ...] = ()
    missing: frozenset[str] = frozenset()
    may_be_silent: frozenset[str] = frozenset()


def from_call(
    recording: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    agent_channel: int = 1,
    overwrite: bool = False,
    **facts: Any,
) -> Session:
    """Make a session of a recorded call, whatever its two sides hold; :func:`import_call` looks at them first.

    Parameters
    ----------
    recording
        A sound file of two channels.
    folder
        Where to; its name is the session's.
    agent_channel
        Which of the two, from 0.
    facts
        Further fields of ``session.json``: speech style, clusters, sources, licence, attribution.

    Raises
    ------
    AudioError
        Not a sound file of two channels.
    SessionError
        The folder exists.
    """
    return _session(split(Path(recording), agent_channel), Path(folder), overwrite=overwrite, **facts)


def import_call(
    out: str | os.PathLike[str],
    recording: str | os.PathLike[str] | None = None,
    *,
    user: str | os.PathLike[str] | None = None,
    agent: str | os.PathLike[str] | None = None,
    agent_channel: int | None = None,
    overwrite: bool = False,
    known: Known | None = None,
) -> Imported:
    """Turn a call into a session folder, after a look at its two sides.

    Parameters
    ----------
    out
        The folder to write.
    recording
        A sound file of two channels; or else
    user, agent
        A file of one channel for each side, begun at the same instant.
    agent_channel
        Which channel of ``recording`` is the agent's, from 0; None: the second, and that is said to be assumed.
    overwrite
        Replace a session of that name.
    known
        What is known beside the sound, who is who included: no side is then taken for swapped.

    Returns
    -------
    The session, what was noted, and what it cannot tell.

    Raises
    ------
    AudioError
        Files that are missing, damaged or of another shape; one side silent, or both the same sound; a folder
        that exists. All problems at once; nothing is written.
    """
    out = Path(out)
    given = [Path(path) for path in (recording, user, agent) if path is not None]
    name = given[0].name if given else "call"
    if (recording is None) == (user is None and agent is None) or (user is None) != (agent is None):
        what = "a call is one file of two channels, or --user and --agent of one channel each"
        raise AudioError([Problem(what, hint=f"given: {', '.join(p.name for p in given) or 'nothing'}")], name)
    if agent_channel is not None and recording is None:
        raise AudioError([Problem("an agent channel of two files", "--agent-channel", "the files say it")], name)
    assumed = []
    if recording is not None:
        sides = split(Path(recording), 1 if agent_channel is None else agent_channel)
        if agent_channel is None:
            assumed.append("the second channel is the agent's: nobody said which (--agent-channel 0 for the first)")
        sources: tuple[Mapping[str, Any], ...] = (source("call", Path(recording)),)
    else:
        sides = _pair(given)
        sources = source("user sound", given[0]), source("agent sound", given[1])
        assumed.append("both files begin at the same instant: nothing in them says so")
    there = [Problem("the folder exists", str(out), "name another one, or overwrite it")]
    silent = known.may_be_silent if known else frozenset()
    wrong = callsides.problems(sides, silent)
    check([*(there if out.exists() and not overwrite else ()), *wrong], AudioError, name)
    spans = _spans(sides)
    notes = [*dict.fromkeys(side.note for side in sides.values() if side.note),
             *callsides.notes(sides, spans, guess=known is None), *(known.notes(spans) if known else ())]  # fmt: skip
    lengths = {side: ms_covering(len(sound.samples), sound.rate) for side, sound in sides.items()}
    if abs(lengths["user"] - lengths["agent"]) > SECOND:
        notes.append(f"the user's file lasts {lengths['user']} ms, the agent's {lengths['agent']} ms: one began later, "
                     "or lost sound, and what overlaps is off by as much")  # fmt: skip
    labels = tuple(known.labels(spans)) if known else ()
    cannot = unmeasurable({"wire", *(() if labels else ("labels",)), *(known.missing if known else ())})
    session = _session(sides, out, spans, overwrite=overwrite, assumed=tuple(assumed), labels=labels,
                       sources=(*sources, *known.sources) if known else sources, lines=known.lines if known else (),
                       notes=(EVENTS_NOTE, *notes, *cannot))  # fmt: skip
    return Imported(session, (*notes, *assumed), cannot)


def split(path: Path, agent_channel: int) -> dict[str, Beside]:
    """Read the two sides of a recording.

    Raises
    ------
    AudioError
        Not a sound file of two channels.
    """
    samples, rate = read(path)
    if samples.ndim != 2 or samples.shape[1] != 2:
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        hint = "one side a channel"
        if channels == 1:
            hint = "who speaks cannot be told apart: record both sides, or give --user and --agent"
        raise AudioError([Problem(f"not two channels: {channels}", path.name, hint)], path.name)
    wrong = [Problem(f"{rate} Hz hold no speech", path.name)] if rate < LEAST_RATE else []
    if agent_channel not in (0, 1):
        wrong.append(Problem(f"agent channel {agent_channel} is none of 0, 1", path.name, "counted from 0"))
    check(wrong, AudioError, path.name)
    pcm = to_int16(samples, path.name)
    note = callsides.rounding(pcm, samples, path.name)
    channels = {"user": 1 - agent_channel, "agent": agent_channel}
    return {side: Beside(f"{path.name}, channel {n}", pcm[:, n].copy(), rate, note) for side, n in channels.items()}


def _pair(files: list[Path]) -> dict[str, Beside]:
    found: dict[str, Beside] = {}
    problems: list[Problem] = []
    for side, path in zip(KINDS, files, strict=True):
        sound, wrong = sound_file(path)
        problems += wrong
        if sound is not None:
            found[side] = sound
            if sound.rate < LEAST_RATE:
                problems.append(Problem(f"{sound.rate} Hz hold no speech", path.name))
    check(problems, AudioError, files[0].name)
    return found


def _spans(sides: Mapping[str, Beside]) -> dict[str, Timeline]:
    return {side: speech_spans(sound.samples, sound.rate).bridged(UNIT_GAP_MS) for side, sound in sides.items()}


def _session(
    sides: Mapping[str, Beside],
    folder: Path,
    spans: Mapping[str, Timeline] | None = None,
    *,
    overwrite: bool = False,
    notes: tuple[str, ...] = (EVENTS_NOTE,),
    labels: Iterable[Label] = (),
    lines: Iterable[tuple[int, Mapping[str, Any]]] = (),
    **facts: Any,
) -> Session:
    spans = spans or _spans(sides)
    info = Info(
        id=folder.name, provider=CALL.name, model="",
        length_ms=max(ms_covering(len(sound.samples), sound.rate) for sound in sides.values()),
        tracks={side: Track(f"{side}.flac", KINDS[side], sound.rate, len(sound.samples))
                for side, sound in sides.items()},
        modelled=("events",), notes=notes, **facts,
    )  # fmt: skip
    speech = [Label("speech", s.start, s.end, uncertainty_ms=10, basis="acoustic", annotator=ENERGY_RULE)
              for s in spans["user"]]  # fmt: skip
    audio = {side: sound.samples for side, sound in sides.items()}
    return save(folder, info, records(spans, lines), audio=audio, labels=[*speech, *labels], overwrite=overwrite)


def records(spans: Mapping[str, Timeline], more: Iterable[tuple[int, Mapping[str, Any]]] = ()) -> list[Record]:
    """Give the edges of both sides, and more lines with their times, in order of time.

    Examples
    --------
    >>> from bargein.timeline import Span
    >>> log = records({"user": Timeline([Span(0, 400)]), "agent": Timeline([Span(200, 900)])})
    >>> [(r.t, r.type) for r in log]
    [(0, 'call.user_started'), (200, 'call.agent_started'), (400, 'call.user_stopped'), (900, 'call.agent_stopped')]
    """
    edges = sorted(chain.from_iterable(_edges(side, found) for side, found in spans.items()))
    lines = sorted([*((at, {"type": name}) for at, name in edges), *more], key=lambda line: line[0])
    return [Record(n, at, "s2c", "provider", payload) for n, (at, payload) in enumerate(lines)]


def _edges(side: str, spans: Timeline) -> Iterator[tuple[int, str]]:
    started, stopped = EDGES[side]
    for span in spans:
        yield from ((span.start, started), (span.end, stopped))
