"""How far two recordings of one sound lie apart, and how fast their clocks drift: estimated, said, never assumed.

Where the same sound stands twice (a file beside the log and the log's own appends or deltas) its blocks are looked up
in the other by correlation; a robust line through their lags gives offset and drift. Against the log's clock, appended
sound drifts by how its running length grows against the times it was sent. Nothing is moved unless that is asked for.

::

    lag  |        x   x          slope: drift (95 % interval of Theil and Sen)
         |   x  x                where it meets the first block: offset (± the largest residual)
         +------------------ time of the block
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from bargein.audio.files import Float32, to_float32, to_int16
from bargein.audio.resample import resample
from bargein.formats import wireaudio
from bargein.formats.payloads import Int16
from bargein.formats.wireaudio import Pieces
from bargein.formats.wireclock import Clock
from bargein.formats.wirelines import Lines
from bargein.formats.wiretracks import Beside
from bargein.units import SECOND, ms_of, samples_in, whole_ms

#: Sounds are compared at this rate: enough of speech, and clocks that drift apart by 300 ppm still match in a block.
RATE = 4_000
#: Blocks that are looked up: so long, at most about so many, spread over the recording.
BLOCK_MS, BLOCKS = 2 * SECOND, 40
#: A place is the right one where the correlation is this high, and this many times higher than anywhere else.
LEAST_LIKENESS, CLEARER = 0.5, 1.5
#: Correlation this near to the peak belongs to it.
PEAK_MS = 20
#: From one place to the next, lags move by drift alone: later blocks are looked up this near to the first.
SEARCH_MS = 2 * SECOND
#: Drift shows as milliseconds only over minutes: under this length it is not looked for.
LEAST_DRIFT_MS = 60 * SECOND
#: Of the pieces sent in each such stretch the promptest counts: what delays others is no clock.
STRETCH_MS = 5 * SECOND
#: No two sound cards differ by more: such a drift is of sound that was not sent as it was recorded.
MOST_PPM = 1_000
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Match:
    """Where one recording lies in another.

    Parameters
    ----------
    offset_ms, within_ms
        Time in the second recording at which the first begins; how far off single blocks lie from that.
    drift_ppm, drift_low, drift_high
        How much faster the second's clock runs than the first's, parts per million, and its 95 % interval; None: too
        short to tell.
    blocks
        How many were found again.
    """

    offset_ms: float
    within_ms: float
    blocks: int
    drift_ppm: float | None = None
    drift_low: float = -inf
    drift_high: float = inf

    @property
    def drifts(self) -> bool:
        """Whether the interval excludes none."""
        return self.drift_ppm is not None and not self.drift_low <= 0 <= self.drift_high

    @property
    def drift_text(self) -> str:
        """The drift in words."""
        if self.drift_ppm is None:
            return f"drift not identifiable in under {LEAST_DRIFT_MS // SECOND} s"
        return f"drift {self.drift_ppm:+.0f} ppm ({self.drift_low:+.0f} to {self.drift_high:+.0f})"


@dataclass(frozen=True, slots=True)
class Matched:
    """What was found of a user file: its place in the log's microphone, the microphone's drift, both in words."""

    file: Match | None = None
    appends: Match | None = None
    notes: tuple[str, ...] = ()


def match(first: Int16 | Float32, first_rate: int, second: Int16 | Float32, second_rate: int) -> Match | None:
    """Find one recording in another that holds the same sound.

    Parameters
    ----------
    first, second
        One channel each; rates may differ.
    first_rate, second_rate
        Samples per second.

    Returns
    -------
    Where it lies; None where no block of it was found clearly.

    Examples
    --------
    >>> sound = np.random.default_rng(1).normal(0, 0.1, 8_000 * 10).astype(np.float32)
    >>> found = match(sound, 8_000, np.concatenate([np.zeros(4_000, np.float32), sound]), 8_000)
    >>> f"{found.offset_ms:.1f} ± {found.within_ms} ms by {found.blocks} blocks, {found.drift_text}"
    '500.0 ± 0.25 ms by 5 blocks, drift not identifiable in under 60 s'
    """
    a, b = (resample(x, rate, RATE) for x, rate in ((first, first_rate), (second, second_rate)))
    size = min(samples_in(BLOCK_MS, RATE), len(a))
    if not size or len(b) < size:
        return None
    starts = np.arange(0, len(a) - size + 1, size)
    loud = np.array([float(np.square(a[s : s + size]).mean()) for s in starts])
    starts = starts[loud > max(float(loud.max()) / 100, 1e-9)]
    places: list[tuple[int, float]] = []
    near: int | None = None
    for start in starts[:: max(1, len(starts) // BLOCKS)].tolist():
        found = _place(a[start : start + size], b, None if near is None else near + start)
        if found is not None:
            places.append((start, found - start))
            near = int(found) - start
    if not places:
        return None
    at, lags = (np.array(x, float) * SECOND / RATE for x in zip(*places, strict=True))
    return _line(at, lags, finest=SECOND / RATE)


def sent(times: Sequence[int], ends: Sequence[int]) -> Match | None:
    """Compare how long appended sound has lasted with when it was sent.

    Parameters
    ----------
    times
        When each piece was sent, ms.
    ends
        Running length of the sound after it, pauses in sending included, ms.

    Examples
    --------
    >>> times = [100 * n + n // 100 for n in range(1, 2_000)]  # 100 ms of sound every 100.01 ms
    >>> sent(times, [100 * n for n in range(1, 2_000)]).drift_text
    'drift -100 ppm (-100 to -100)'
    """
    promptest: dict[int, tuple[int, int]] = {}
    for t, end in zip(times, ends, strict=True):
        stretch = end // STRETCH_MS
        if stretch not in promptest or t - end < promptest[stretch][1]:
            promptest[stretch] = end, t - end
    if len(promptest) < 2:
        return None
    at, late = (np.array(x, float) for x in zip(*promptest.values(), strict=True))
    found = _line(at, late, finest=1)
    if found.drift_ppm is None:  # sound that falls behind the clock comes from a slower clock
        return found
    return replace(found, drift_ppm=-found.drift_ppm, drift_low=-found.drift_high, drift_high=-found.drift_low)


def of_log(lines: Lines, clock: Clock, microphone: Pieces, file: Beside | None) -> Matched:
    """Estimate how the microphone's clock and a file of it lie to the log.

    Parameters
    ----------
    lines, clock, microphone
        The log, its times, its appended audio.
    file
        The microphone, kept beside the log.
    """
    notes: list[str] = []
    appends = None
    if clock.kind == "wall" and clock.placing is not None:
        dated = [(t, end, clock.placing.pauses.get(p.index, 0)) for p, end in
                 zip(microphone.fresh, microphone.ends(), strict=True)
                 if (t := clock.times[p.index]) is not None]  # fmt: skip
        paused = np.cumsum([pause for *_, pause in dated]).tolist()
        appends = sent([t for t, *_ in dated], [end + p for (_, end, _), p in zip(dated, paused, strict=True)])
        if appends is not None and appends.drift_ppm is not None:
            drift = appends.drift_text
            said = "--align stretches --user" if file is not None else "not corrected"
            if abs(appends.drift_ppm) > MOST_PPM:
                said, appends = "no clock does: it was not sent as it was recorded", replace(appends, drift_ppm=None)
            notes.append(f"microphone's clock against the log's, by {len(dated)} appends: {drift}; {said}")
    found = None
    if file is not None and microphone.state == "whole" and clock.placing is not None:
        sound = wireaudio.decode(microphone, lines, clock.placing.pauses)
        if sound.samples is not None and not sound.problems:
            found = match(sound.samples, sound.rate, file.samples, file.rate)
            if found is None:
                notes.append(f"{file.name}: the log's microphone was not found in it, so its place is not confirmed")
            else:
                notes.append(f"{file.name}: the log's microphone begins {found.offset_ms:.1f} ms into it (± "
                             f"{found.within_ms:.1f} ms, {found.blocks} blocks), {found.drift_text}; --align "
                             "moves it")  # fmt: skip
    return Matched(found, appends, tuple(notes))


def aligned(file: Beside, clock: Clock, matched: Matched, begins: int | None) -> tuple[Beside, int | None, str]:
    """Move a user file to where the log's microphone lies, and stretch it where it drifts.

    Returns
    -------
    The file, the log time at which it begins, and what was done in words.
    """
    found, placing = matched.file, clock.placing
    if found is None or placing is None:
        return file, begins, f"{file.name}: not moved, the log holds no microphone in which it was found"
    drifting = [m for m in (found, matched.appends) if m is not None and m.drifts]
    if ppm := whole_ms(sum(m.drift_ppm or 0 for m in drifting)):
        stretched = to_int16(resample(to_float32(file.samples), MILLION + ppm, MILLION), file.name)
        file = replace(file, samples=stretched)
    # Of a clock that drifts, the place of the pieces fits at one end only; the line through them fits at both.
    sent_ms = drifting[-1].offset_ms if matched.appends in drifting else placing.origin_ms
    begins = clock.zero + whole_ms(sent_ms - found.offset_ms)
    said = f"{file.name}: moved by --align to begin at {begins} on the log's clock, stretched by {ppm} ppm"
    return file, begins, said


def of_agent(lines: Lines, clock: Clock, speech: Pieces, file: Beside | None) -> list[str]:
    """Say how a file of the agent lies to the deltas, response by response, where the log holds their sound."""
    if file is None or speech.state != "whole":
        return []
    sound = wireaudio.decode(speech, lines)
    if sound.samples is None or sound.problems:
        return []
    found, begins = [], []
    first: dict[str, tuple[int, int, int]] = {}  # by response: its first message, its samples from .. to
    for index, ref in sound.refs.items():
        begin, count = ref["stored"] or 0, ref["samples"] or 0
        response = str(lines.frames[index].payload.get("response_id"))
        old = first.get(response, (index, begin, begin))
        first[response] = old[0], old[1], max(old[2], begin + count)
    for index, begin, end in first.values():
        lies = match(sound.samples[begin:end], sound.rate, file.samples, file.rate)
        if lies is not None:
            found.append(lies.offset_ms - ms_of(begin, sound.rate))
            if (arrived := clock.times[index]) is not None:
                begins.append(arrived - lies.offset_ms)
    if not found:
        return [f"{file.name}: none of {len(first)} responses was found in it: another recording?"]
    said = f"{file.name}: {len(found)} of {len(first)} responses found in it"
    if max(found) - min(found) <= PEAK_MS:
        return [f"{said}, end to end as the deltas are (± {max(map(abs, found)):.1f} ms)"]
    if not begins:
        return [f"{said}; the log has no times to lay it beside"]
    return [f"{said}; none sounds before it arrived if the file began at {whole_ms(max(begins))} ms or later"]


def _place(block: Float32, sound: Float32, near: int | None) -> float | None:
    """At which sample of a sound a block lies, between samples too; None where no place is clearly the best."""
    from scipy.signal import correlate

    reach = samples_in(SEARCH_MS, RATE)
    begin = 0 if near is None else max(near - reach, 0)
    inside = sound[begin:] if near is None else sound[begin : max(near, 0) + len(block) + reach]
    if len(inside) < len(block):
        return None
    power = np.cumsum(np.concatenate([[0.0], np.square(inside, dtype=np.float64)]))
    norms = np.sqrt(np.maximum(power[len(block) :] - power[: -len(block)], 1e-9) * np.square(block).sum(dtype=float))
    like = np.abs(correlate(inside, block, "valid", "fft")) / norms
    best = int(like.argmax())
    peak = samples_in(PEAK_MS, RATE)
    rest = np.concatenate([like[: max(best - peak, 0)], like[best + peak :]])
    clear = not rest.size or like[best] >= CLEARER * float(rest.max())
    if not clear or like[best] < LEAST_LIKENESS:
        return None
    around = like[best - 1 : best + 2]
    bend = float(around @ [1, -2, 1]) if 0 < best < len(like) - 1 else 0.0
    return begin + best + (float(around[0] - around[2]) / (2 * bend) if bend < 0 else 0.0)


def _line(at: np.ndarray[tuple[int], np.dtype[np.float64]], lags: np.ndarray[tuple[int], np.dtype[np.float64]], *,
          finest: float) -> Match:  # fmt: skip
    """Lay a robust line through lags (ms) over time (ms)."""
    from scipy.stats import theilslopes

    if len(at) < 3 or float(np.ptp(at)) < LEAST_DRIFT_MS:
        offset = float(np.median(lags))
        return Match(offset, max(float(np.abs(lags - offset).max()), finest), len(at))
    slope, _, low, high = theilslopes(lags, at)
    offset = float(np.median(lags - slope * at))
    off = float(np.abs(lags - offset - slope * at).max())
    return Match(offset, max(off, finest), len(at), *(float(x) * MILLION for x in (slope, low, high)))
