"""A spectrogram: what somebody sounded like, on the clock of the session. The only file that knows librosa.

Mel bands, since speech and echo differ there as an ear tells them apart; levels in dB under the loudest, cut off at
:data:`RANGE_DB`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from bargein.errors import Problem, SettingsError
from bargein.events import Delta
from bargein.outcome import Outcome
from bargein.plot.columns import Grid
from bargein.plot.lanes import Bar, bars
from bargein.plot.material import Material
from bargein.plot.session import title_of, window_of
from bargein.session import Session
from bargein.session.sounding import AGENT, USER, AgentSound
from bargein.session.stretch import Sounding
from bargein.timeline import Span

Side = Literal["user", "heard"]
SIDES: dict[Side, tuple[int, str]] = {
    "user": (USER, "user: microphone as sent"), "heard": (AGENT, "agent: as it was heard"),
}  # fmt: skip
#: Quieter than this under the loudest is drawn as silence, dB.
RANGE_DB = 70.0
BANDS, LOWEST_HZ = 64, 60.0
#: Length of a frame, ms; the hop is a quarter of it, more in a long window, so that a picture has a frame a column.
FRAME_MS = 32
MOST_FRAMES = 1_600


@dataclass(frozen=True, slots=True, eq=False)
class SpectrogramPicture:
    """Everything :func:`bargein.plot.spectrogram` draws.

    Parameters
    ----------
    title, subtitle
        Session and gate; whose sound, and how it was cut.
    grid
        The window.
    levels
        dB under the loudest, from ``-RANGE_DB`` to 0, shape (bands, frames), float32; the lowest band first.
    edges_s, bands_hz
        Where frames begin, seconds of session time, and where the last ends, shape (frames + 1,); middle of each band.
    bars
        Labels of the user inside the window.
    cuts
        Session ms, those that had something to cut.
    """

    title: str
    subtitle: str
    grid: Grid
    levels: npt.NDArray[np.float32]
    edges_s: npt.NDArray[np.float64]
    bands_hz: npt.NDArray[np.float64]
    bars: tuple[Bar, ...]
    cuts: tuple[int, ...]


def spectrogram_picture(
    shown: Session | Outcome, side: str = "user", window: Span | tuple[int, int] | None = None
) -> SpectrogramPicture:
    """Gather a spectrogram.

    Parameters
    ----------
    shown
        A session as recorded, or a replay's outcome.
    side
        ``user``, or ``heard``: the agent as it left the loudspeaker.
    window
        Session ms; None: all of it.

    Raises
    ------
    SettingsError
        No such side.
    SessionError, AudioError
        The window shows nothing, the session cannot be read.
    """
    if side not in SIDES:
        raise SettingsError([Problem(f"side {side!r} has no sound", hint=f"one of {', '.join(SIDES)}")], "spectrogram")
    channel, words = SIDES["user" if side == "user" else "heard"]
    material = Material.of(shown)
    session = material.session
    grid = Grid(window_of(session, window))
    sound = AgentSound(session, (e for e in material.events if isinstance(e, Delta)))
    loudness = shown.loudness() if isinstance(shown, Outcome) else None
    source = Sounding(session, sound, material.heard, loudness)
    samples = np.ascontiguousarray(source.between(grid.window)[:, channel])
    levels, bands, hop = mel_levels(samples, source.rate)
    edges = (grid.window.start + np.arange(levels.shape[1] + 1) * hop * 1_000 / source.rate) / 1_000
    cuts = tuple(t for t in material.biting() if t in grid.window) if isinstance(shown, Outcome) else ()
    said = f"{words} · {len(bands)} mel bands up to {source.rate / 2_000:g} kHz, {FRAME_MS} ms frames"
    return SpectrogramPicture(
        f"{session.id} · {title_of(material)}", f"{said} · session {session.info.basis}", grid, levels, edges, bands,
        bars(session, grid), cuts,
    )  # fmt: skip


def mel_levels(
    samples: npt.NDArray[np.float32], rate: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64], int]:
    """Give levels of mel bands, dB under the loudest; their middle frequencies, Hz; the hop, samples.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1_000 * np.arange(8_000) / 8_000).astype(np.float32)
    >>> levels, bands, hop = mel_levels(tone, 8_000)
    >>> loudest = bands[levels.mean(axis=1).argmax()]
    >>> bool(900 < loudest < 1_100), levels.shape[0] == len(bands), hop
    (True, True, 64)
    """
    import librosa  # a second or more, which no other picture waits for

    frame = rate * FRAME_MS // 1_000
    hop = max(frame // 4, len(samples) // MOST_FRAMES, 1)
    bands = librosa.mel_frequencies(n_mels=BANDS + 2, fmin=LOWEST_HZ, fmax=rate / 2)[1:-1]
    if not len(samples):
        return np.full((BANDS, 1), -RANGE_DB, np.float32), bands, hop
    # a longer transform than the frame: low bands are narrower than what a frame of 8 kHz can tell apart
    power = librosa.feature.melspectrogram(
        y=samples, sr=rate, n_fft=4 * frame, win_length=frame, hop_length=hop, n_mels=BANDS, fmin=LOWEST_HZ,
        fmax=rate / 2,
    )  # fmt: skip
    loudest = float(power.max())
    if loudest <= 0:
        return np.full(power.shape, -RANGE_DB, np.float32), bands, hop
    levels = librosa.power_to_db(power, ref=loudest, amin=loudest * 1e-10, top_db=RANGE_DB)
    return levels.astype(np.float32), bands, hop
