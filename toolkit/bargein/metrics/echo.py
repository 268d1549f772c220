r"""Is what the microphone picked up the agent's own sound? Attribution of echo, coupling loss, what a canceller gained.

::

    agent, heard   |====|  |======|      |=====|          loudspeaker, session time
    microphone       |====|  |======|  uuuuuu|=====|uuu   the same envelopes 22 to 116 ms later; the user beside them
                     <- echo -------><- not echo ----->

Two questions, and both must be answered alike. *Shape*: does the envelope in sixteen bands follow that of the agent, 0
to 300 ms earlier, better than it follows agent audio that cannot be in it: the same agent at other times, other agents?
*Energy*: how much of what stands out from the room's noise is left when the echo is taken off, as loud as the quieter
moments of the same recording show it to be? Double talk has the shape of an echo and the energy of a user.

No public measure of self-interruption is known; this one is ours. Nothing here depends on the microphone's gain, except
coupling loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import fft

from bargein.audio.files import to_float32
from bargein.audio.levels import Float64
from bargein.timeline import Span
from bargein.units import ms_of, samples_in

#: Samples of one channel (int16, or float -1..1) and their rate, as ``bargein.audio.files.read`` gives them.
Sound: TypeAlias = tuple[npt.NDArray[Any], int]

ECHO, NOT_ECHO, UNDECIDED = "echo", "not echo", "undecided"

#: Frames of 32 ms, one each 10 ms: the grid of lags.
HOP_MS, FRAME_MS = 10, 32
#: Sixteen bands a fifth of an octave and more apart, within what a telephone and any wideband track both carry.
BAND_EDGES_HZ = np.geomspace(200.0, 3_800.0, 17)
LEAST_RATE = 8_000
#: Loudness grows as this power of intensity (Stevens 1957). It keeps loud frames from deciding alone, needs no floor,
#: and a gain drops out of the correlation.
LOUDNESS = 0.3
#: Delays looked for, loudspeaker to microphone: rooms measured 22 to 116 ms. A later echo is not found.
LAGS = 31
#: Under this a frame of the agent is silence: a loopback's noise lies at -67 dBFS.
SOUNDING = 10.0 ** (-60 / 10)
#: Shorter windows are not judged, nor those in which the microphone stands out from its noise for less than 200 ms.
LEAST_MS, LEAST_FRAMES = 500, 20
#: The percentile of the nulls needs at least so many.
LEAST_NULLS = 20
#: Noise is what nine frames in ten are louder than; a sound stands out by 6 dB.
FLOOR_PERCENT, OUTSTANDING = 10, 4.0
#: A room lets a sound fade by 60 dB in 250 ms. The echo's gain in a band is the lower quartile of microphone over
#: agent, as a user only adds to it; up to 6 dB over that it is still echo.
FADE_MS, GAIN_PERCENT, SPREAD = 250, 25, 4.0
#: Shares of near-end energy: up to the first it may be echo, from the second on it is not. In nine windows of 2 s of a
#: real room: echo alone up to 0.03; with a user as loud as the echo 0.17 to 0.73, twice as loud 0.45 to 0.91.
LITTLE, MOST = 0.2, 0.5


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose sound a stretch of the microphone holds.

    Parameters
    ----------
    span
        The window, session ms, as far as the microphone was recorded.
    correlation
        Of loudness envelopes, mean over bands, at the best lag: -1..1; 0 when the agent was silent or the window too
        short.
    lag_ms
        From the loudspeaker to the microphone, 0..300, on a grid of 10 ms; None where the agent was silent.
    null95, null_max
        The same maximum over lags for agent audio that cannot be in the window: the larger of the 95th percentiles of
        time-shifted and foreign agents, and the largest of all. 0 without nulls.
    nulls
        How many there were.
    near_share
        Energy over the noise that the echo does not explain, 0..1; 0 when nothing stands out.
    outstanding
        Frames of 10 ms in which the microphone stands out from its own noise.
    coupling_loss_db
        Level of the agent over that of its echo; only where the verdict is echo, as only then the agent sounds alone.
    verdict, because
        ``echo``, ``not echo`` or ``undecided``, and the reason: the first of :data:`RULES` that holds.
    """

    span: Span
    correlation: float = 0.0
    lag_ms: int | None = None
    null95: float = 0.0
    null_max: float = 0.0
    nulls: int = 0
    near_share: float = 0.0
    outstanding: int = 0
    coupling_loss_db: float | None = None
    verdict: str = UNDECIDED
    because: str = ""


#: First match decides. The last line always does.
RULES: tuple[tuple[Callable[[Attribution], bool], str, str], ...] = (
    (lambda a: a.span.ms < LEAST_MS, UNDECIDED, "too short"),
    (lambda a: a.outstanding < LEAST_FRAMES, UNDECIDED, "too quiet"),
    (lambda a: a.lag_ms is None, NOT_ECHO, "the agent was silent"),
    (lambda a: a.nulls < LEAST_NULLS, UNDECIDED, "too few nulls"),
    (lambda a: a.near_share >= MOST and a.correlation > a.null95, NOT_ECHO, "double talk, most of it not the agent"),
    (lambda a: a.near_share >= MOST, NOT_ECHO, "neither its shape nor its energy"),
    (lambda a: a.correlation <= a.null95, UNDECIDED, "no more like the agent than the nulls"),
    (lambda a: a.near_share <= LITTLE, ECHO, "its shape, and little energy beside it"),
    (lambda a: True, UNDECIDED, "double talk, or an echo that changes"),
)


def attribute(
    microphone: Sound, heard: Sound, spans: Iterable[Span], foreign: Sequence[Sound] = ()
) -> tuple[Attribution, ...]:
    """Say of stretches of the microphone whether they are the agent's own sound.

    Parameters
    ----------
    microphone
        The user's track before or after an echo canceller, from session time 0 on. The longer, the better: noise and
        the echo's gain are taken from all of it.
    heard
        What left the loudspeaker, from session time 0 on: not what was generated, nor when it arrived.
    spans
        The windows, session ms; what lies outside the microphone's track is cut off.
    foreign
        Agent audio that cannot be in this microphone, for more nulls: of other sessions, best of the same voice.
        Repeated where it is shorter than a window.

    Returns
    -------
    One a window, in their order.

    Raises
    ------
    AudioError
        A track is no sound.
    ValueError
        More than one channel, or a rate under 8,000.

    Examples
    --------
    >>> chance = np.random.default_rng(1)
    >>> talk = 0.1 * chance.normal(size=8_000 * 12) * np.repeat(chance.choice([0, 0.3, 1], 120), 800)
    >>> later = np.concatenate([np.zeros(8 * 60), 0.1 * talk])[: len(talk)]
    >>> found, = attribute((later, 8_000), (talk, 8_000), [Span(2_000, 5_000)])
    >>> found.verdict, found.lag_ms, f"{found.coupling_loss_db:.0f} dB"
    ('echo', 60, '20 dB')
    """
    mic = _power(microphone)
    agent = _as_long(_power(heard), mic.shape[1])
    before = np.pad(agent, ((0, 0), (LAGS, 0)))  # an echo of what sounded before the session is not looked for
    agents = [before, *(_power(sound) for sound in foreign if len(sound[0]))]
    loud_mic, loud_agents = mic**LOUDNESS, [power**LOUDNESS for power in agents]
    standing = _standing_out(mic)
    expected: dict[int, Float64] = {}
    found = []
    for asked in spans:
        span = asked & Span(0, ms_of(len(microphone[0]), microphone[1])) or Span(asked.start, asked.start)
        one = Attribution(span)
        first, frames = max(span.start, 0) // HOP_MS, span.ms // HOP_MS
        if span.ms >= LEAST_MS:
            window = slice(first, first + frames)
            one = _likeness(one, loud_mic[:, window], loud_agents, agents, first + LAGS)
            lag = one.lag_ms or 0
            if lag not in expected:
                expected[lag] = _echo_of(mic, agent, lag // HOP_MS)
            one = _shares(one, mic[:, window], standing[:, window], expected[lag][:, window])
        verdict, because = next((verdict, because) for holds, verdict, because in RULES if holds(one))
        if verdict == ECHO:
            one = replace(one, coupling_loss_db=coupling_loss_db(microphone, heard, [span], lag_ms=one.lag_ms or 0))
        found.append(replace(one, verdict=verdict, because=because))
    return tuple(found)


def coupling_loss_db(microphone: Sound, heard: Sound, alone: Iterable[Span], *, lag_ms: int = 0) -> float | None:
    """How much softer the microphone hears the agent than the agent was played. Higher is better.

    10·log10(energy heard / energy of the microphone over its noise), 200 to 3,800 Hz, both against digital full scale:
    the idea of terminal coupling loss (ITU-T G.122, P.340), without its weighting and without its calibrated levels. It
    says what a detector is given, and compares sessions of one set-up.

    Parameters
    ----------
    microphone, heard
        Both from session time 0 on.
    alone
        When only the agent sounds, session ms of the microphone.
    lag_ms
        From the loudspeaker to the microphone, 0 or more.

    Returns
    -------
    dB; None where the agent is silent or the microphone does not stand out from its noise: no echo is no number.

    Raises
    ------
    AudioError, ValueError
        As :func:`attribute`.

    Examples
    --------
    >>> talk = np.random.default_rng(1).normal(size=16_000) * np.repeat([0, 1, 0, 1], 4_000) * 0.1
    >>> f"{coupling_loss_db((0.1 * talk, 8_000), (talk, 8_000), [Span(0, 2_000)]):.1f}"
    '20.0'
    >>> coupling_loss_db((0 * talk, 8_000), (talk, 8_000), [Span(0, 2_000)]) is None
    True
    """
    mic = _power(microphone)
    echo = np.maximum(mic.sum(axis=0) - _noise(mic.sum(axis=0, keepdims=True))[:, 0], 0.0)
    agent = _later(_as_long(_power(heard), mic.shape[1]), lag_ms // HOP_MS).sum(axis=0)
    frames = _frames(alone, mic.shape[1])
    sounding = agent[frames] * (agent[frames] > SOUNDING)
    return _ratio_db(float(sounding.sum()), float(echo[frames].sum()))


def erle_db(raw: Sound, residual: Sound, alone: Iterable[Span]) -> float | None:
    """What an echo canceller took off: echo return loss enhancement. Higher is better.

    10·log10(energy before / energy after), of the same stretch of the same microphone (ITU-T G.168). Without the raw
    track there is none: what is left after a canceller does not say what it was.

    Parameters
    ----------
    raw, residual
        The microphone before and after the canceller, from one instant on.
    alone
        When only the agent sounds, session ms. With a user in it the figure means nothing.

    Returns
    -------
    dB, over 200 to 3,800 Hz, noise included; None where either is silent.

    Raises
    ------
    AudioError, ValueError
        As :func:`attribute`.

    Examples
    --------
    >>> hiss = np.random.default_rng(1).normal(size=8_000)
    >>> f"{erle_db((hiss, 8_000), (0.1 * hiss, 8_000), [Span(0, 1_000)]):.1f}"
    '20.0'
    """
    before, after = _power(raw), _power(residual)
    frames = _frames(alone, min(before.shape[1], after.shape[1]))
    return _ratio_db(float(before[:, frames].sum()), float(after[:, frames].sum()))


# ---- what is looked at: mean-square amplitude by band and frame, shape (16, frames)


def _power(sound: Sound) -> Float64:
    samples, rate = to_float32(sound[0]), sound[1]
    if samples.ndim != 1 or rate < LEAST_RATE:
        raise ValueError(f"one channel of {LEAST_RATE} Hz or more, not shape {samples.shape} at {rate} Hz")
    length = samples_in(FRAME_MS, rate)
    taper = np.hanning(length + 1)[:-1].astype(np.float32)
    padded = np.pad(samples, (length // 2, length))  # frame i has its middle at i * 10 ms
    starts = np.array([samples_in(at, rate) for at in range(0, ms_of(len(samples), rate), HOP_MS)], dtype=np.intp)
    edges = np.searchsorted(fft.rfftfreq(length, 1 / rate), BAND_EDGES_HZ)
    framed = np.lib.stride_tricks.sliding_window_view(padded, length)
    out = np.zeros((len(BAND_EDGES_HZ) - 1, len(starts)))
    for at in range(0, len(starts), 4_096):  # a call of ten minutes need not be held in frames
        spectrum = np.abs(fft.rfft(framed[starts[at : at + 4_096]] * taper, axis=1)).astype(np.float64) ** 2
        out[:, at : at + 4_096] = np.add.reduceat(spectrum[:, : edges[-1]], edges[:-1], axis=1).T
    return out * 2 / (length * float(np.sum(taper.astype(np.float64) ** 2)))


def _as_long(power: Float64, frames: int) -> Float64:
    """Silence after the end: an agent that was not heard to the end of the session."""
    return np.pad(power[:, :frames], ((0, 0), (0, max(frames - power.shape[1], 0))))


def _later(power: Float64, frames: int) -> Float64:
    return np.pad(power, ((0, 0), (frames, 0)))[:, : power.shape[1]]


def _noise(power: Float64) -> Float64:
    """Noise of each row, as a column."""
    if not power.shape[1]:
        return np.zeros((len(power), 1))
    return np.asarray(np.percentile(power, FLOOR_PERCENT, axis=1, keepdims=True), dtype=np.float64)


def _standing_out(mic: Float64) -> Float64:
    """The frames that stand out from the noise; nothing in the others."""
    whole = mic.sum(axis=0, keepdims=True)
    return np.asarray(mic * (whole > OUTSTANDING * _noise(whole)), dtype=np.float64)


def _frames(spans: Iterable[Span], frames: int) -> npt.NDArray[np.bool_]:
    """Frames whose middle lies in the spans."""
    inside = np.zeros(frames, np.bool_)
    for span in spans:
        inside[max(-(-span.start // HOP_MS), 0) : max(-(-span.end // HOP_MS), 0)] = True
    return inside


def _ratio_db(over: float, under: float) -> float | None:
    return float(10 * np.log10(over / under)) if over > 0 and under > 0 else None


# ---- shape


def _likeness(
    one: Attribution, window: Float64, loud: Sequence[Float64], agents: Sequence[Float64], at: int
) -> Attribution:
    """Correlation at the best lag, against the same of agent audio that cannot be in the window."""
    guard, total = 2 * LAGS, loud[0].shape[1]  # shifts that near are the same words still
    shifts = [_correlations(window, *both, at) for both in zip(loud, agents, strict=True)]
    likeness, sounding = shifts[0]
    heard = int(sounding[:LAGS].max())
    if not heard:
        return one
    kinds = [_nulls(likeness[guard : total - LAGS], sounding[guard : total - LAGS], heard)]
    kinds.append(np.concatenate([np.zeros(0), *(_nulls(c, s, heard) for c, s in shifts[1:])]))
    known = [nulls for nulls in kinds if len(nulls)]
    best = int(likeness[:LAGS].argmax())
    return replace(
        one, correlation=float(likeness[best]), lag_ms=best * HOP_MS, nulls=sum(map(len, known)),
        null95=max((float(np.percentile(n, 95)) for n in known), default=0.0),
        null_max=max((float(n.max()) for n in known), default=0.0),
    )  # fmt: skip


def _correlations(window: Float64, loud: Float64, power: Float64, at: int) -> tuple[Float64, Float64]:
    """Correlate with the agent ``s`` frames before ``at``, for every ``s`` around the whole track, as a circle.

    As ``np.mean([np.corrcoef(window[b], np.roll(loud[b], s)[at : at + frames])[0, 1] for b in range(16)])``; bands
    without movement count 0.

    Returns
    -------
    Correlations, and how many of the frames sound there; shape (frames of the agent,) both.
    """
    frames = window.shape[1]
    times = -(-frames // loud.shape[1])
    loud, power = (np.tile(x, times) for x in (loud, power))
    total = loud.shape[1]
    centred = window - window.mean(axis=1, keepdims=True)
    track = loud - loud.mean(axis=1, keepdims=True)
    spectrum = fft.rfft(centred, total, axis=1).conj() * fft.rfft(track, axis=1)
    sums = [np.cumsum(np.pad(np.c_[x, x[:, :frames]], ((0, 0), (1, 0))), axis=1) for x in (track, track**2)]
    one, two = (run[:, frames : frames + total] - run[:, :total] for run in sums)
    spread = np.sqrt(np.maximum(two - one**2 / frames, 0.0)) * np.sqrt((centred**2).sum(axis=1, keepdims=True))
    least = 1e-6 * frames * np.abs(track).max(axis=1, keepdims=True) * np.abs(window).max(axis=1, keepdims=True)
    product = fft.irfft(spectrum, total, axis=1)
    by_band = np.divide(product, spread, out=np.zeros_like(product), where=spread > least)
    sounds = (power.sum(axis=0) > SOUNDING).astype(np.float64)
    count = np.cumsum(np.r_[0.0, sounds, sounds[:frames]])
    back = (at - np.arange(total)) % total
    return by_band.mean(axis=0)[back], (count[frames : frames + total] - count[:total])[back]


def _nulls(likeness: Float64, sounding: Float64, heard: int) -> Float64:
    """Best of as many neighbouring shifts as lags are looked at, where the agent sounds at least half as long."""
    whole = len(likeness) // LAGS * LAGS
    fair = np.where(sounding[:whole] >= heard / 2, likeness[:whole], -np.inf).reshape(-1, LAGS).max(axis=1)
    return np.asarray(fair[np.isfinite(fair)], dtype=np.float64)


# ---- energy


def _echo_of(mic: Float64, agent: Float64, lag: int) -> Float64:
    """The most that can be echo, by band and frame: the agent, later, fading as in a room, at the gain of the track."""
    agent = _later(agent * (agent.sum(axis=0) > SOUNDING), max(lag - 1, 0))  # the grid may be one frame late
    fading = np.arange(agent.shape[1]) * (HOP_MS / FADE_MS * np.log(1e6))
    lasting = np.exp(np.maximum.accumulate(np.log(np.maximum(agent, 1e-30)) + fading, axis=1) - fading)
    loud = lasting > 1e-2 * lasting.max(axis=1, keepdims=True, initial=1e-20)
    gains = [np.percentile(m[now] / e[now], GAIN_PERCENT) if now.any() else 0.0
             for m, e, now in zip(mic, lasting, loud, strict=True)]  # fmt: skip
    return np.asarray(SPREAD * np.array(gains)[:, None] * lasting, dtype=np.float64)


def _shares(one: Attribution, mic: Float64, standing: Float64, echo: Float64) -> Attribution:
    """How much stands out, and how much of that is more than echo can be."""
    whole = float(standing.sum())
    left = float(np.maximum(standing - echo, 0.0).sum())
    return replace(one, outstanding=int((standing > 0).any(axis=0).sum()), near_share=left / whole if whole else 0.0)
