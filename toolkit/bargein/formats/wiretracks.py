"""The two tracks of an imported session: from the log's own sound, or from files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bargein.audio.files import FULL_SCALE, read, to_int16
from bargein.errors import AudioError, Problem
from bargein.formats import wireaudio
from bargein.formats.payloads import Int16
from bargein.formats.wireaudio import Pieces, Sound
from bargein.formats.wireclock import Clock, claims
from bargein.formats.wirelines import Lines
from bargein.session import Track
from bargein.units import SECOND, ms_of

#: Bursts from which the place of the user's speech is no longer good enough for overlaps.
BURST_MS = SECOND
#: How far OpenAI's detector lags behind the end of speech it reports (recorded: 120 to 130 ms, plus the network).
STOP_LAG_MS = 150


@dataclass(frozen=True, slots=True)
class Beside:
    """A sound file beside the log, as 16-bit samples of one channel."""

    name: str
    samples: Int16
    rate: int
    note: str = ""


@dataclass(slots=True)
class Made:
    """A track and its samples (None: there is none), what stands in each message, and what there is to say."""

    track: Track | None = None
    samples: Int16 | None = None
    refs: Mapping[int, Mapping[str, int | None]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def take(self, sound: Sound, file: str, kind: str, origin_ms: int = 0) -> Made:
        """Keep a sound and make it the track."""
        self.notes += sound.notes
        self.problems += sound.problems
        self.refs = sound.refs if sound.refs else self.refs
        if sound.samples is not None and not sound.problems:
            self.samples = sound.samples
            self.track = Track(file, kind, sound.rate, len(sound.samples), origin_ms)
        return self


def sound_file(path: Path) -> tuple[Beside | None, list[Problem]]:
    """Read a sound file beside the log: what it holds, or everything that is wrong with it."""
    try:
        samples, rate = read(path)
    except AudioError as error:
        return None, [Problem(p.what, p.place or path.name, p.hint) for p in error.problems]
    if samples.ndim != 1:
        what = f"{samples.shape[1]} channels, one is wanted"
        return None, [Problem(what, path.name, "a two-channel call? split it into user and agent")]
    pcm = to_int16(samples, path.name)
    exact = np.array_equal(pcm.astype(np.float32) / np.float32(FULL_SCALE), samples)
    return Beside(path.name, pcm, rate, "" if exact else f"{path.name} is finer than 16 bit and was rounded"), []


def user_track(lines: Lines, clock: Clock, microphone: Pieces, file: Beside | None, stated_ms: int | None) -> Made:
    """Make the microphone's track: a file beside the log, else its appends laid on session time.

    Parameters
    ----------
    lines, clock, microphone
        The log, its times, its appended audio.
    file
        The microphone as sent, if it was kept apart.
    stated_ms
        Log time at which the file begins; None: not known.
    """
    made = Made()
    placing = clock.placing
    if placing and placing.burst_ms > BURST_MS:
        made.missing.append("steady microphone")
        made.assumed.append(
            f"up to {placing.burst_ms} ms of microphone were sent at once: its place is known to within that"
        )
    if file is not None:
        made.refs = wireaudio.left_out(microphone)
        sound = Sound(file.samples, file.rate, notes=[file.note] if file.note else [])
        told = microphone.ms() + sum(placing.pauses.values() if placing else ())
        if microphone.ends() and abs(ms_of(len(file.samples), file.rate) - told) > SECOND:
            made.notes.append(
                f"{file.name} lasts {ms_of(len(file.samples), file.rate)} ms, the log's microphone {told} ms"
            )
        made.take(sound, "user.flac", "sent", _origin(lines, clock, microphone, stated_ms, made))
    elif microphone.state == "whole":
        pauses = placing.pauses if placing else {}
        if pauses:
            silent = sum(pauses.values())
            made.assumed.append(f"silence where the client sent nothing: {silent} ms in {len(pauses)} place(s)")
        if placing is None:
            made.assumed.append("the user track begins at 0: the log has no times")
        sound = wireaudio.decode(microphone, lines, pauses)
        made.take(sound, "user.flac", "sent", placing.origin_ms if placing else 0)
    else:
        made.refs = wireaudio.left_out(microphone)
        made.notes += _why_not(microphone, "microphone")
        made.missing.append("user sound")
    return made


def _origin(lines: Lines, clock: Clock, microphone: Pieces, stated_ms: int | None, made: Made) -> int:
    """Session time at which the user file begins: stated, measured, or assumed and said so."""
    if clock.kind == "none":
        made.assumed.append("the user track begins at 0: the log has no times")
        return 0
    if stated_ms is not None:
        return stated_ms - clock.zero
    if clock.placing:
        return clock.placing.origin_ms
    first = next((t for p in microphone.all if (t := clock.times[p.index]) is not None), None)
    if first is not None:
        made.assumed.append("the user file begins with the first append; how much that append held is not known")
        return first
    said = "the user file begins with the log: no append is logged"
    dated = ((frame.payload, t) for frame, t in zip(lines.frames, clock.times, strict=True) if t is not None)
    stops = [t - claimed for p, t in dated if "audio_end_ms" in p and (claimed := claims(p)) is not None]
    if stops:
        said += f" (by the provider's own input clock it began near {min(stops) - STOP_LAG_MS} ms)"
    made.assumed.append(said)
    return 0


def agent_track(lines: Lines, speech: Pieces, file: Beside | None) -> Made:
    """Make the agent's track: the deltas' own sound end to end, else a file mapped to them by stated lengths."""
    made = Made()
    if speech.state == "whole":
        if file is not None:
            made.notes.append(f"{file.name} was not needed: the log holds the agent's sound")
        return made.take(wireaudio.decode(speech, lines), "agent.flac", "generated")
    if file is not None:
        made.notes += [file.note] if file.note else []
        return made.take(wireaudio.beside(speech, file.samples, file.rate, file.name), "agent.flac", "generated")
    made.refs = wireaudio.left_out(speech)
    made.notes += _why_not(speech, "agent")
    made.missing.append("agent sound")
    return made


def _why_not(found: Pieces, whose: str) -> list[str]:
    """Say why pieces that are in the log make no track."""
    if found.state == "cut":
        return [f"the {whose}'s {len(found.all)} pieces of sound were cut or left out when the log was written"]
    if found.state == "coded":
        laws = sorted({p.coding.law for p in found.all if not p.coding.width})
        return [f"the {whose}'s sound is coded as {', '.join(laws)}, which is not decoded here, and was left out"]
    return []
