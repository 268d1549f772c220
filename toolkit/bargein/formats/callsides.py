"""Are these the two sides of a call? What is refused, what is only said, and a guess whether they look swapped.

The guess takes three clues, each of which is wrong for some calls, and speaks where two of them or more say *swapped*:

==================  ===================================  =============================================================
clue                says *swapped* where                 wrong for
==================  ===================================  =============================================================
who sounds first    the user's side does                 calls that the agent makes, agents that wait
who sounds longer   the user's side does                 agents that ask and listen
digital silence     the user's side has 10 points more   callers on a line that suppresses silence (recorded: 87 to
                                                         91 % of the frames), agents whose words people recorded
==================  ===================================  =============================================================
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bargein.audio.files import FULL_SCALE, Int16
from bargein.audio.resample import resample
from bargein.errors import Problem
from bargein.formats.wiretracks import Beside
from bargein.timeline import Timeline
from bargein.units import samples_in

#: A side whose loudest sample is under this holds no voice: a 16-bit line's own noise is around -70 dBFS.
SILENT_DBFS = -60.0
#: What is left of one side when the other is taken out of it, dB: under this both are the same sound.
SAME_DB = -30.0
#: Length of a frame whose samples are all alike, and by how much more of the frames they must be.
FRAME_MS, MORE = 20, 0.10
SWAPPED = 2


@dataclass(frozen=True, slots=True)
class Clue:
    """A sign of who is who: in words, and whether it says swapped (None: nothing)."""

    says: str
    swapped: bool | None


def problems(sides: Mapping[str, Beside], may_be_silent: Collection[str] = ()) -> Iterator[Problem]:
    """Give what makes two sounds no call: one of them silent that may not be, or both the same."""
    silent = [(side, sound) for side, sound in sides.items() if peak_dbfs(sound.samples) < SILENT_DBFS]
    for side, sound in (s for s in silent if s[0] not in may_be_silent):
        level = peak_dbfs(sound.samples)
        loud = "zeros alone" if level == -np.inf else f"nothing over {level:.0f} dBFS"
        yield Problem(f"the {side}'s side is silent: {loud}", sound.name,
                      "a line that was never connected, or one side recorded twice?")  # fmt: skip
    user, agent = sides["user"], sides["agent"]
    if not silent and (left := residual_db(user, agent)) is not None and left < SAME_DB:
        where = user.name if user.name == agent.name else f"{user.name}, {agent.name}"
        yield Problem(f"both sides are the same sound: {left:.0f} dB are left of one without the other", where,
                      "a mono recording saved as two channels?")  # fmt: skip


def notes(sides: Mapping[str, Beside], spans: Mapping[str, Timeline], *, guess: bool = True) -> Iterator[str]:
    """Say what is odd about two sides; as a guess also whether they look swapped, and where interruptions may be."""
    for side, found in spans.items():
        if not found:
            yield f"the {side}'s side holds nothing that stands out from its noise: no speech was found in it"
    seen = clues(sides, spans) if guess else []
    against = [clue.says for clue in seen if clue.swapped]
    if len(against) >= SWAPPED:
        yield (f"WARNING: the sides look swapped, by {len(against)} of {len(seen)} clues: {'; '.join(against)}. That "
               "is a guess; nothing was swapped. Listen, and give the agent's side as such")  # fmt: skip
    if not guess:
        return
    began = [s.start for s in spans["user"] if spans["agent"].at(s.start)]
    yield (f"the user began {len(began)} time(s) while the agent sounded, by the energy rule: which of them are "
           "interruptions is for a person to say")  # fmt: skip


def clues(sides: Mapping[str, Beside], spans: Mapping[str, Timeline]) -> list[Clue]:
    """Look at who sounds first and longer, and whose silence is digital."""
    user, agent = spans["user"], spans["agent"]
    first = {side: found.spans[0].start if found else None for side, found in spans.items()}
    early = None if first["user"] is None or first["agent"] is None else first["user"] < first["agent"]
    still = {side: digital_silence(sound.samples, sound.rate) for side, sound in sides.items()}
    more = still["user"] - still["agent"]
    return [
        Clue(f"the user's side sounds first ({first['user']} and {first['agent']} ms)", early),
        Clue(f"it sounds longer ({user.ms} and {agent.ms} ms)", None if user.ms == agent.ms else user.ms > agent.ms),
        Clue(f"more of it is digital silence ({still['user']:.0%} and {still['agent']:.0%})",
             more > 0 if abs(more) >= MORE else None),
    ]  # fmt: skip


def rounding(pcm: Int16, samples: npt.NDArray[Any], name: str) -> str:
    """Say whether a sound lost anything on its way to 16 bit."""
    loudest = float(np.abs(samples).max(initial=0))
    if loudest > 1:
        return f"{name} reaches {loudest:.2f} of full scale and was clipped"
    exact = np.array_equal(pcm.astype(np.float32) / np.float32(FULL_SCALE), samples)
    return "" if exact else f"{name} is finer than 16 bit and was rounded"


def peak_dbfs(samples: Int16) -> float:
    """Level of the loudest sample about the mean, dB under full scale.

    Examples
    --------
    >>> peak_dbfs(np.zeros(10, np.int16)), float(peak_dbfs(np.array([16_384, -16_384], np.int16)).__round__(2))
    (-inf, -6.02)
    """
    if not samples.size:
        return -np.inf
    loudest = float(np.abs(samples - samples.mean(dtype=float)).max()) / FULL_SCALE
    return float(20 * np.log10(loudest)) if loudest else -np.inf


def digital_silence(samples: Int16, rate: int) -> float:
    """Give the share of 20 ms frames whose samples are all alike.

    Examples
    --------
    >>> digital_silence(np.repeat([0, 1], [160, 1]).astype(np.int16), 8_000)
    1.0
    """
    size = max(samples_in(FRAME_MS, rate), 1)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    return float((np.ptp(frames, axis=1) == 0).mean()) if len(frames) else 0.0


def residual_db(one: Beside, other: Beside) -> float | None:
    """Give what is left of one sound when the other, scaled to fit, is taken out; None where that cannot be said."""
    a, b = one.samples.astype(np.float64), other.samples.astype(np.float64)
    if one.rate != other.rate:
        b = resample(other.samples, other.rate, one.rate).astype(np.float64)
    n = min(len(a), len(b))
    a, b = a[:n], b[:n]
    power, against = float(a @ a), float(b @ b)
    if not power or not against:
        return None
    left = max(power - float(a @ b) ** 2 / against, power * 1e-12)
    return float(10 * np.log10(left / power))
