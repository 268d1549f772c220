"""The same situations from public recordings: real callers, real coughs, real noise, a real room, real meetings.

The files are those of ``data/corpora.csv``, found in a mirror or in the user's cache; what is missing is left out. A
clip is named by its file, and ``#start-end`` (ms) where it is a part of one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from bargein.audio.files import read_int16, to_int16
from bargein.audio.resample import resample
from bargein.compose.clips import Clip, Prompts, from_file
from bargein.compose.licences import attribution_of, licence_of
from bargein.compose.ring1 import CUT_OFF, DEFAULT, LINES, LIVE, NO_INTERRUPT, ORIGIN, PATIENT, QUICK, USUAL, B, C, D
from bargein.compose.scene import Act, Cue, Room, Scene
from bargein.compose.sounds import Float, measured_room
from bargein.errors import DataError, Problem
from bargein.formats.corpora import Entry, path_of, read_table
from bargein.providers.model import Format
from bargein.settings import ServerVad
from bargein.timeline import Span, Timeline
from bargein.units import ms_from_seconds, ms_of

#: How people speak in a group of recordings; the others hold no speech that could be endpointed.
STYLES: Mapping[str, str] = {
    "user-utterances": "elicited", "short-words": "elicited", "phone-agent-callers": "spontaneous",
    "ami-meetings": "spontaneous",
}  # fmt: skip
#: Steady sound: it sounds from its first sample to its last, and keeps a level of its own.
NOISE, NOISE_DBFS = "noise", -30.0
#: Word times of meetings come from an aligner.
LEXICAL_MS = 100
ROOM = "echo-pairs/room_impulse_response_clap.flac"

Pool = str | os.PathLike[str] | None


class Recordings:
    """Clips of public recordings, and the prompts that come along for the agent.

    Parameters
    ----------
    pool
        Folder that holds them as a mirror does; None: what ``BARGEIN_DATA_MIRROR`` names, else the user's cache.
    """

    def __init__(self, pool: Pool = None) -> None:
        self._pool = pool
        self._prompts = Prompts()

    @cached_property
    def _table(self) -> dict[str, Entry]:
        return {entry.file: entry for entry in read_table()}

    def path(self, file: str) -> Path | None:
        """Find a file; None when it is not on this machine."""
        return path_of(file, mirror=self._pool)

    def clip(self, name: str, rate: int) -> Clip:
        """Give a clip at a rate.

        Raises
        ------
        DataError
            It is not on this machine.
        """
        if name in self._prompts.table:
            return self._prompts.clip(name, rate)
        file, _, part = name.partition("#")
        path = self.path(file)
        if path is None:
            raise DataError([Problem(f"{file} is not on this machine", hint="bargein data fetch")])
        entry = self._table[file]
        window = Span(*map(int, part.split("-"))) if part else None
        group, stem = entry.group, Path(file).stem
        facts: dict[str, Any] = {
            "name": name, "source": self.source(file), "speech_style": STYLES.get(group, ""), "speaker": entry.cluster,
            "clusters": (f"speaker:{entry.cluster.removeprefix('speaker ')}", f"clip:{file}"),
        }  # fmt: skip
        if group == NOISE:
            length = window.ms if window else ms_of(len(read_int16(path)[0]), entry.rate or rate)
            facts |= {"clusters": (f"noise:{entry.cluster}", f"clip:{file}"), "speaker": ""}
            return from_file(path, rate, window=window, spans=Timeline([Span(0, length)]), level=NOISE_DBFS, **facts)
        if group not in STYLES:
            return from_file(path, rate, window=window, **facts | {"clusters": (f"clip:{file}",), "speaker": ""})
        if group == "ami-meetings" and window is not None:
            facts |= {"basis": "lexical", "uncertainty_ms": LEXICAL_MS}
            return from_file(path, rate, window=window, spans=_words(path, window), **facts)
        facts |= {"text": stem.split("_")[0]} if group == "short-words" else {}
        return from_file(path, rate, window=window, **facts)

    def facts(self, file: str) -> dict[str, Any]:
        """Give what ``session.json`` says of a whole recording of people talking."""
        entry = self._table[file]
        return {"speech_style": "spontaneous", "clusters": (f"call:{entry.cluster}", f"clip:{file}"),
                "sources": (source := self.source(file),), "licence": licence_of([source]),
                "attribution": attribution_of([source])}  # fmt: skip

    def source(self, file: str) -> dict[str, str]:
        """Give where a recording comes from: file, licence, attribution."""
        entry = self._table[file]
        return {"file": file, "licence": entry.licence, "attribution": entry.attribution}

    def room(self, file: str, rate: int) -> Float:
        """Give a measured room response at a rate."""
        path = self.path(file)
        if path is None:
            raise DataError([Problem(f"{file} is not on this machine", hint="bargein data fetch")])
        samples, own = read_int16(path)
        return measured_room(to_int16(resample(samples, own, rate)), rate)


def _words(path: Path, window: Span) -> Timeline:
    """Give when a meeting's words are said, from the window's start on; word times stand beside the recording."""
    spans = []
    for row in path.with_suffix("").with_suffix(".words.rttm").read_text(encoding="utf-8").splitlines():
        start, length = (ms_from_seconds(float(value)) for value in row.split()[3:5])
        if both := Span(start, start + length) & window:
            spans.append(both.shift(-window.start))
    return Timeline(spans)


def files_of(scene: Scene) -> set[str]:
    """Give the public recordings a scene needs."""
    names = {name for act in scene.acts for name in act.clips}
    files = {name.partition("#")[0] for name in names}
    files |= {f"{f.removesuffix('.flac')}.words.rttm" for f in files if f.startswith("ami-meetings")}
    return files | ({scene.room.clip} if scene.room and scene.room.clip else set())


def at_hand(recordings: Recordings, scenes: Sequence[Scene]) -> list[Scene]:
    """Give the scenes whose recordings are on this machine."""
    return [scene for scene in scenes if all(recordings.path(file) for file in files_of(scene))]


def _scene(id: str, settings: ServerVad, replies: str, *acts: Act, situation: str, cause: str = "as-recorded",
           policy: str = "stop-only", model: str = "", truncates: bool = False, room: Room | None = None,
           stragglers: tuple[int, int] = (0, 0)) -> Scene:  # fmt: skip
    openai = "openai" in id
    return Scene(
        id=id, provider="openai" if openai else "xai", settings=settings, acts=acts, situation=situation, cause=cause,
        model=model or ("gpt-realtime-2.1" if openai else "grok-voice-think-fast-2.0"), policy=policy,
        replies=tuple(LINES[name] for name in replies.split()), truncates=truncates, room=room, stragglers=stragglers,
        format=Format() if openai else Format("audio/pcm", 16_000),
    )  # fmt: skip


def _coffee(id: str) -> str:
    return f"user-utterances/coffee_{id}.flac"


def _word(id: str) -> str:
    return f"short-words/{id}.flac"


def _caller(id: str, part: str) -> str:
    return f"phone-agent-callers/{id}.flac#{part}"


def _meeting(id: str, part: str) -> str:
    return f"ami-meetings/{id}.flac#{part}"


FIRST = Cue("session", 1, 900)


def _turn(clip: str, pause: tuple[int, int] | None = None) -> Act:
    return Act("turn", FIRST, (clip,), pause=pause)


def _then(n: int, clip: str) -> Act:
    return Act("turn", Cue("drained", n, 900), (clip,))


def _over(kind: str, clip: str, ms: int, on: str = "heard", n: int = 1) -> Act:
    return Act(kind, Cue(on, n, ms), (clip,))  # type: ignore[arg-type]  # words of the table below


SCENES: tuple[Scene, ...] = (
    _scene("real-openai-01-interruption", USUAL, "company next which", _turn(_coffee("0e9cba9e")),
           _over("interruption", _word("stop_370844f7_0"), 1_900), _then(2, _word("yes_0fa1e7a9_0")),
           situation="interruption"),
    _scene("real-openai-02-tail", LIVE, "nogo number", _turn(_caller("2731dcb6", "54220-56110")),
           _over("interruption", _caller("2731dcb6", "57900-58650"), 1_800, "generated"), situation="tail",
           model="gpt-realtime", policy="keyed", truncates=True),
    _scene("real-openai-03-cough", PATIENT, "attempt invalid", _turn(_coffee("458e9432")),
           _over("tic", "coughs/cough_4016efa1.flac", 900), situation="cough", policy="suppress"),
    _scene("real-openai-04-echo", USUAL, "options number", _turn(_coffee("75aed699")),
           Act("echo", Cue("heard", 1), phrase=1), situation="echo", room=Room(-14.0, ROOM)),
    _scene("real-openai-05-pause", LIVE, "busy wait", _turn(_caller("fcc75285", "52000-55810"), pause=CUT_OFF),
           _then(2, _caller("fcc75285", "76860-77750")), situation="pause", model="gpt-realtime"),
    _scene("real-openai-06-stragglers", USUAL, "company service", _turn(_caller("fcc75285", "54160-55810")),
           _over("interruption", _caller("fcc75285", "66260-67150"), 1_900),
           _then(2, _caller("fcc75285", "76860-77750")), situation="interruption", cause=B, stragglers=(2, 2)),
    _scene("real-openai-07-no-interrupt", NO_INTERRUPT, "mute hold", _turn(_coffee("a90803ce")),
           _over("interruption", _word("no_5170b77f_0"), 800), situation="interruption", cause=C,
           model="gpt-realtime"),
    _scene("real-grok-01-interruption", ORIGIN, "company next", _turn(_meeting("dev01_ES2003b", "4250-6600")),
           _over("interruption", _meeting("dev01_ES2003b", "22500-23970"), 1_300), situation="interruption",
           policy="keyed"),
    _scene("real-grok-02-noise", DEFAULT, "messages locate", _turn(_coffee("0334e17c")),
           _over("noise", "noise/doing_the_dishes.flac#20000-23000", 900), situation="noise"),
    _scene("real-grok-03-backchannel", QUICK, "options service", _turn(_coffee("1e8e3e61")),
           _over("backchannel", _word("right_5525ff66_0"), 1_200), situation="backchannel", policy="suppress"),
    _scene("real-grok-04-local-vad-cut", ORIGIN, "echo locate", _turn(_coffee("0e9cba9e")),
           _over("interruption", _word("no_653a48f5_0"), 1_000), situation="interruption", cause=D,
           policy="stop-only@local-vad"),
)  # fmt: skip
