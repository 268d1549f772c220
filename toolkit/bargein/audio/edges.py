r"""Where a clean clip begins and stops to sound: an energy rule, independent of every voice detection that is tested.

::

    level         /~~\_/~~~\       .     /~~\          frames of 10 ms, rumble removed
    high  - - - -/- - - - - \- - - | - -/- - \- - -    20 dB under the loud frames
    low   - - - / - - - - - -\ - - |- -/- - - \ - -    40 dB under them, or 10 dB over the floor if that is more
    floor _____/              \____|__/        \___    what 95 frames in 100 are louder than
    spans      |--------------|        |--------|      over *low*, gaps under 100 ms bridged; the click is left out:
                                                       it is not over *high* for 40 ms

The rule is for close, clean recordings of one voice. It hears a door as well as a word: on noisy tracks its edges are
nobody's truth, and where nothing stands out from the floor it says so by giving no spans.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bargein.audio.files import Float32, to_float32
from bargein.audio.levels import SILENCE_DBFS, Float64, dbfs, rms_frames
from bargein.timeline import Span, Timeline


@dataclass(frozen=True, slots=True)
class EnergyRule:
    """The constants of the rule, as looked at on 126 clips: orders, single words, prompts (16, 16 and 8 kHz).

    Parameters
    ----------
    hop_ms
        Length of a frame, and so the grid of the edges: two periods of the lowest male voice.
    highpass_hz
        Removes hum and handling noise under any voice: without it 2 orders in 28 were off by more than a second.
    low_under_peak_db
        Speech reaches down to this under the loud frames. With 35 dB the tails of final consonants go missing; with
        40, the range of a quiet room, breath mostly stays outside.
    low_over_floor_db
        What is taken for sound stands out from the noise by this; steady noise spreads by under 3 dB in 10 ms frames.
    high_under_peak_db
        Every span has to come this near to the loud frames: breaths and knocks before a word lie 22 dB and more under
        it, a final plosive 20.
    min_loud_ms
        For so long in all; a mouse click lasts 10 to 20 ms.
    min_gap_ms
        Shorter gaps are bridged: the closures inside words last up to about 100 ms, and a pause inside a turn counts
        as a *hold* from there on.
    least_peak_dbfs
        Where the loud frames are under this, nothing is speech: dither and line noise.
    """

    hop_ms: int = 10
    highpass_hz: int = 100
    low_under_peak_db: float = 40.0
    low_over_floor_db: float = 10.0
    high_under_peak_db: float = 20.0
    min_loud_ms: int = 40
    min_gap_ms: int = 100
    least_peak_dbfs: float = -55.0


CLEAN_CLIP = EnergyRule()
#: The loud frames are those of the 99th percentile, the floor is the 5th of what is not digital silence: zeros before
#: and after a clip are padding and say nothing about its noise.
PEAK_PERCENT, FLOOR_PERCENT = 99, 5
#: The upper threshold lies at least this far over the lower one.
APART_DB = 3.0


@dataclass(frozen=True, slots=True)
class Levels:
    """Frame levels of a clip and the thresholds drawn from them, dBFS; for pictures."""

    frames: Float64
    floor: float
    peak: float
    low: float
    high: float

    @property
    def stands_out(self) -> bool:
        """Whether the loud frames reach over both thresholds."""
        return self.high < self.peak


def speech_spans(samples: npt.NDArray[Any], rate: int, rule: EnergyRule = CLEAN_CLIP) -> Timeline:
    """Give the stretches in which a clean clip sounds.

    Parameters
    ----------
    samples
        One channel, int16 or float -1..1, shape (n,).
    rate
        Samples per second, over twice ``rule.highpass_hz``.
    rule
        The constants.

    Returns
    -------
    Spans on a grid of ``rule.hop_ms``; empty for silence, and where nothing stands out from the noise. The last may
    reach up to a frame beyond the sound's end.

    Raises
    ------
    AudioError
        ``samples`` is no sound.
    ValueError
        More than one channel, or a rate too low.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(8_000) / 8_000)
    >>> speech_spans(np.concatenate([np.zeros(4_000), tone, np.zeros(4_000)]), 8_000)
    Timeline(500..1500)
    """
    return _spans(levels(samples, rate, rule), rule)


def voice_in(frames: Float64, rule: EnergyRule = CLEAN_CLIP) -> Timeline:
    """Give the stretches in which a sound without rumble is made out, from the level of its frames.

    For speech that was generated: it needs no high-pass, and so not the samples.

    Parameters
    ----------
    frames
        dBFS, one every ``rule.hop_ms``.
    """
    return _spans(_judged(frames, frames, rule), rule)


def _spans(found: Levels, rule: EnergyRule) -> Timeline:
    hop = rule.hop_ms
    if not found.stands_out or found.peak < rule.least_peak_dbfs:
        return Timeline()
    loud = found.frames >= found.high
    low = np.concatenate([[False], found.frames >= found.low, [False]])
    starts, ends = (np.flatnonzero(low[1:] != low[:-1]).reshape(-1, 2).T * hop).tolist()
    over = Timeline(Span(start, end) for start, end in zip(starts, ends, strict=True))
    return Timeline(
        span
        for span in over.bridged(rule.min_gap_ms)
        if np.count_nonzero(loud[span.start // hop : span.end // hop]) * hop >= rule.min_loud_ms
    )


def levels(samples: npt.NDArray[Any], rate: int, rule: EnergyRule = CLEAN_CLIP) -> Levels:
    """Give the frame levels that :func:`speech_spans` judges, and its thresholds.

    Raises
    ------
    AudioError, ValueError
        As :func:`speech_spans`.
    """
    sound = to_float32(samples)
    if rate <= 2 * rule.highpass_hz:
        raise ValueError(f"a rate of {rate} Hz holds nothing over {rule.highpass_hz} Hz")
    raw = dbfs(rms_frames(sound, rate, hop_ms=rule.hop_ms))
    if (raw <= SILENCE_DBFS).all():
        return _judged(raw, raw, rule)
    return _judged(raw, dbfs(rms_frames(_highpassed(sound, rate, rule.highpass_hz), rate, hop_ms=rule.hop_ms)), rule)


def _judged(raw: Float64, filtered: Float64, rule: EnergyRule) -> Levels:
    silent = raw <= SILENCE_DBFS
    if silent.all():
        return Levels(raw, *[SILENCE_DBFS] * 4)
    frames = np.minimum(raw, filtered)  # what the filter adds is no sound: it rings on where sound stops short
    floor = float(np.percentile(frames[~silent], FLOOR_PERCENT))
    peak = float(np.percentile(frames, PEAK_PERCENT))
    found = Levels(frames, floor, peak, *_thresholds(peak, floor, rule))
    if found.stands_out or not silent.any():
        return found
    # Sound of one level between zeros: cut out to the sample, or gated. There is no noise to stand out from.
    return Levels(frames, SILENCE_DBFS, peak, *_thresholds(peak, SILENCE_DBFS, rule))


def _thresholds(peak: float, floor: float, rule: EnergyRule) -> tuple[float, float]:
    low = max(peak - rule.low_under_peak_db, floor + rule.low_over_floor_db)
    return low, max(peak - rule.high_under_peak_db, low + APART_DB)


def _highpassed(sound: Float32, rate: int, hz: int) -> Float32:
    """Fourth-order Butterworth, run forwards only: backwards it would smear sound to before its onset."""
    from scipy.signal import butter, sosfilt

    return np.asarray(sosfilt(butter(4, hz, "highpass", fs=rate, output="sos"), sound), dtype=np.float32)
