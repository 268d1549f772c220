"""How loud is the user, the noise and the agent's echo in the microphone? What a detector was given, beside its counts.

::

    user        |=====|                 |==|            labelled speech
    agent               |==========|      |====|        heard audio
    counted     |speech-|  |--echo-|    |sp|   |ec| |noise|

Speech is measured where the user speaks and the agent is not heard, echo where the agent is heard and nothing but echo
is labelled on the user's track, noise where neither is; 300 ms after the one before are left out, so that a room's tail
is in none of them. Levels are energy means in dBFS (RMS of a full-scale sine: -3.01). The signal-to-noise ratio takes
the noise off the speech; digital silence is no noise, and leaves no ratio.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bargein.audio.files import to_float32
from bargein.audio.levels import SILENCE_DBFS, dbfs, rms_frames
from bargein.ledger import Heard, need
from bargein.metrics.truth import truth
from bargein.session import Session
from bargein.timeline import Span, Timeline

#: After sound of one kind nothing of another is measured for so long: a room of 250 ms has faded by then.
TAIL_MS = 300
#: Less than this of a kind is no level.
LEAST_MS = 500
HOP_MS = 10


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of one session's microphone, dBFS; None where too little of it was recorded or nothing tells when.

    Parameters
    ----------
    speech_dbfs, noise_dbfs, echo_dbfs
        Energy means. Echo is what the microphone holds while the agent sounds alone, noise included.
    speech_ms, noise_ms, echo_ms
        How much of each was measured.

    Examples
    --------
    >>> Levels(-20.0, -50.0, -44.0, 900, 900, 900).snr_db is None, Levels(-20.0, -140.0, None).snr_db
    (False, None)
    """

    speech_dbfs: float | None = None
    noise_dbfs: float | None = None
    echo_dbfs: float | None = None
    speech_ms: int = 0
    noise_ms: int = 0
    echo_ms: int = 0

    @property
    def snr_db(self) -> float | None:
        """Speech less noise over noise, dB: higher is easier for a detector. None without noise, or without speech."""
        return _over(self.speech_dbfs, self.noise_dbfs)

    @property
    def echo_over_noise_db(self) -> float | None:
        """How much the agent's echo stands out from the noise, dB: lower is better; None where it does not."""
        return _over(self.echo_dbfs, self.noise_dbfs)

    @property
    def speech_over_echo_db(self) -> float | None:
        """Speech of the user over what is heard while the agent sounds alone, dB: higher is better."""
        if self.speech_dbfs is None or self.echo_dbfs is None or self.echo_dbfs <= SILENCE_DBFS:
            return None
        return self.speech_dbfs - self.echo_dbfs


def _over(loud: float | None, noise: float | None) -> float | None:
    if loud is None or noise is None or noise <= SILENCE_DBFS or loud <= noise:
        return None
    return float(10 * np.log10(10 ** ((loud - noise) / 10) - 1))


def levels(session: Session, heard: Heard | None) -> Levels:
    """Measure one session's microphone.

    Parameters
    ----------
    session
        With a user track and labels; without either nothing can be measured.
    heard
        What left the loudspeaker; None: nothing tells, and no echo and no noise is measured.

    Raises
    ------
    StageError
        ``heard`` is generated or delivered audio.
    AudioError, SessionError
        The track cannot be read.
    """
    track, known = session.info.tracks.get("user"), truth(session)
    if track is None or not known.given or heard is None:
        return Levels()
    need(heard, Heard, "the level of an echo")
    others = (x for x in session.labels if x.track == "user" and x.kind != "echo")  # an echo is what is measured
    busy = Timeline(Span(x.onset_ms, x.offset_ms) for x in others)
    said = (x for x in known.given if x.kind == "speech" and x.track == "user")
    spoken = Timeline(Span(x.onset_ms, x.offset_ms) for x in said) - known.unsure
    return measured(session.audio("user"), track.rate, spoken, busy, heard.timeline(), track.origin_ms)


def measured(
    samples: npt.NDArray[Any], rate: int, spoken: Timeline, busy: Timeline, agent: Timeline, origin_ms: int = 0
) -> Levels:
    """Measure a microphone.

    Parameters
    ----------
    samples
        One channel, int16 or float -1..1, shape (n,).
    rate
        Samples per second.
    spoken
        When the user spoke, session ms.
    busy
        When anything but the agent's echo sounded on the user's side, speech included.
    agent
        When the agent was heard.
    origin_ms
        Session time of the first sample.

    Examples
    --------
    A tone of -13 dBFS for a second, then a tenth of it for a second, over noise at -60:

    >>> t = np.arange(3 * 8_000) / 8_000
    >>> sound = 0.001 * np.random.default_rng(1).normal(size=len(t))
    >>> sound[:8_000] += 0.316 * np.sin(2_500 * t[:8_000])
    >>> sound[8_000:16_000] += 0.0316 * np.sin(2_500 * t[8_000:16_000])
    >>> one, two = Timeline([Span(0, 1_000)]), Timeline([Span(1_000, 2_000)])
    >>> found = measured(sound, 8_000, one, one, two)
    >>> f"{found.speech_dbfs:.0f} {found.echo_dbfs:.0f} {found.noise_dbfs:.0f} {found.snr_db:.0f}"
    '-13 -33 -60 47'
    """
    sound = to_float32(samples)
    power = rms_frames(sound, rate, hop_ms=HOP_MS) ** 2
    length = Span(origin_ms, origin_ms + len(power) * HOP_MS)
    whole = Timeline([length])
    kinds = (spoken - _with_tail(agent), agent - _with_tail(busy), whole - _with_tail(busy) - _with_tail(agent))
    frames = [_frames((s.shift(-origin_ms) for s in kind.clip(length)), len(power)) for kind in kinds]
    ms = [int(inside.sum()) * HOP_MS for inside in frames]
    each = [_level(power[inside]) if n >= LEAST_MS else None for inside, n in zip(frames, ms, strict=True)]
    return Levels(each[0], each[2], each[1], ms[0], ms[2], ms[1])


def _with_tail(sounding: Timeline) -> Timeline:
    return Timeline(Span(s.start, s.end + TAIL_MS) for s in sounding)


def _frames(spans: Iterable[Span], frames: int) -> npt.NDArray[np.bool_]:
    """Frames that lie inside the spans whole."""
    inside = np.zeros(frames, np.bool_)
    for span in spans:
        inside[-(-span.start // HOP_MS) : span.end // HOP_MS] = True
    return inside


def _level(power: npt.NDArray[np.float64]) -> float:
    return float(dbfs(np.sqrt(power.mean())))
