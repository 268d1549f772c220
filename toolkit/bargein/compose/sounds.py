"""What is made rather than recorded: a cough-like burst, clatter, a room's response, G.711, a mix. All of it seeded.

The streams of numpy's ``RandomState`` are frozen, so the same seed gives the same samples with every numpy. None of
these sounds stands for the real thing in a measurement: sessions list them as modelled.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from bargein.audio.files import to_float32, to_int16
from bargein.formats.payloads import ulaw
from bargein.units import samples_in

Int16 = npt.NDArray[np.int16]
Float = npt.NDArray[np.float64]
#: A room's response: taps (delay in samples, gain), or one gain a sample.
Room = tuple[tuple[int, float], ...] | Float
#: From the client's queue to the microphone, within the 22 to 116 ms of real rooms.
PLAY_OUT_MS = 60


def cough(seed: int, rate: int) -> Int16:
    """Make a cough-like burst: two or three explosions of coloured noise, each with a fading breath behind it.

    Examples
    --------
    >>> 300 < len(cough(1, 8_000)) * 1_000 // 8_000 < 1_200
    True
    """
    chance = np.random.RandomState(seed)
    pieces = []
    for n in range(chance.randint(2, 4)):
        blast = _decay(chance, rate, 70 + chance.randint(40), 22.0, attack_ms=3) * (0.9 - 0.2 * n)
        breath = _decay(chance, rate, 120 + chance.randint(60), 55.0, attack_ms=15) * 0.25
        pieces += [np.concatenate([blast, breath]), np.zeros(samples_in(60 + int(chance.randint(60)), rate))]
    return _levelled(_coloured(np.concatenate(pieces[:-1]), 0.55), -24.0)


def clatter(seed: int, rate: int, ms: int = 2_400) -> Int16:
    """Make clatter: short bright knocks at uneven distances, over a low hum of noise.

    Parameters
    ----------
    seed
        Of everything in it.
    ms
        Length.
    """
    chance = np.random.RandomState(seed)
    out = 0.01 * _coloured(chance.standard_normal(samples_in(ms, rate)), 0.95)
    at = 0
    while (start := samples_in(at, rate)) < len(out):
        knock = _decay(chance, rate, 90, 12.0 + chance.randint(14), attack_ms=1) * (0.3 + 0.7 * chance.random_sample())
        stretch = out[start : start + len(knock)]
        stretch += _coloured(knock, -0.3)[: len(stretch)]
        at += 70 + int(chance.randint(210))
    return _levelled(out, -26.0)


def room_response(seed: int, rate: int) -> tuple[tuple[int, float], ...]:
    """Make a small room's response: the direct sound, then sparse reflections that fade by 60 dB within 250 ms.

    Returns
    -------
    Taps: delay in samples, and gain; the play-out delay is in them.
    """
    chance = np.random.RandomState(seed)
    direct, taps = samples_in(PLAY_OUT_MS, rate), []
    for n in range(120):
        delay = samples_in(4 + 2 * n, rate) + int(chance.randint(samples_in(2, rate)))
        taps.append((direct + delay, float(chance.choice([-1.0, 1.0]) * 0.35 * 10 ** (-3.0 * n / 120))))
    return ((direct, 1.0), *taps)


def echo(heard: Int16, room: Room, gain_db: float) -> Int16:
    """Give what the microphone hears of the loudspeaker.

    Parameters
    ----------
    heard
        What left the loudspeaker, on the session's clock.
    room
        The response: taps (delay in samples, gain), each a shifted copy; or a measured one, one gain a sample.
    gain_db
        Of the whole response.
    """
    dry = to_float32(heard).astype(np.float64)
    if isinstance(room, np.ndarray):
        from scipy.signal import fftconvolve

        out = fftconvolve(dry, room)[: len(dry)]
    else:
        out = np.zeros(len(dry))
        for delay, gain in room:
            if delay < len(out):
                out[delay:] += gain * dry[: len(out) - delay]
    return to_int16(out * 10 ** (gain_db / 20))


def measured_room(samples: Int16, rate: int) -> Float:
    """Make a response of a recorded clap: its loudest sample is the direct sound, and half a second is enough.

    It is scaled to an energy of one, so that an echo's gain is its level under the loudspeaker's. The play-out delay of
    the synthetic response is put before it.
    """
    response = to_float32(samples).astype(np.float64)
    direct = int(np.argmax(np.abs(response)))
    response = response[direct : direct + samples_in(500, rate)]
    return np.concatenate([np.zeros(samples_in(PLAY_OUT_MS, rate)), response / np.sqrt(np.sum(response**2))])


def gained(samples: Int16, db: float) -> Int16:
    """Give a clip louder or softer."""
    return samples if db == 0 else to_int16(to_float32(samples).astype(np.float64) * 10 ** (db / 20))


def put(track: Int16, samples: Int16, at: int) -> None:
    """Add a clip to a track from sample ``at`` on; what does not fit is left out, what is too loud is clipped."""
    begin, end = max(at, 0), min(at + len(samples), len(track))
    if begin < end:
        mixed = track[begin:end].astype(np.int32) + samples[begin - at : end - at]
        track[begin:end] = np.clip(mixed, -32_768, 32_767)


@cache
def _mu_law() -> tuple[Int16, npt.NDArray[np.int32]]:
    levels = np.unique(ulaw())
    return levels, (levels[:-1].astype(np.int32) + levels[1:]) // 2


def telephone(samples: Int16) -> Int16:
    """Give what is left after G.711 µ-law there and back: each sample at the nearest of its 255 levels.

    Examples
    --------
    >>> telephone(np.array([0, 5, 1_000, -32_768], np.int16)).tolist()
    [0, 8, 988, -32124]
    """
    levels, between = _mu_law()
    return levels[np.searchsorted(between, samples, side="left")]


def _decay(chance: np.random.RandomState, rate: int, ms: int, half_ms: float, *, attack_ms: int) -> Float:
    """Noise that rises at once and fades by half every ``half_ms``."""
    n = samples_in(int(ms), rate)
    fade = 0.5 ** (np.arange(n) * 1_000 / rate / half_ms)
    rise = np.minimum(np.arange(n) / max(samples_in(attack_ms, rate), 1), 1.0)
    return chance.standard_normal(n) * fade * rise


def _coloured(noise: Float, tilt: float) -> Float:
    """Lean noise to low (tilt > 0) or high frequencies, with eight taps."""
    return np.convolve(noise, tilt ** np.arange(8))[: len(noise)]


def _levelled(samples: Float, dbfs: float) -> Int16:
    """Scale to a level, measured where it sounds, and to full scale at most."""
    loud = samples[np.abs(samples) > 0.05 * np.abs(samples).max()]
    scaled = samples * (10 ** (dbfs / 20) / np.sqrt(np.mean(loud**2)))
    return to_int16(np.clip(scaled, -0.98, 0.98))
