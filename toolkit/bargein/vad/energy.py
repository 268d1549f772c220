r"""The oldest detector: how far a frame stands out from the quietest of the last seconds.

::

    level    ___/\\/\\___/\\_____      dBFS, frames of 10 ms
    floor    -------------------      the least of the last 3 s, smoothed
    score    0 at the floor, 0.5 at 12 dB over it, 1 at 24 dB

It hears a door as well as a word, and is here to be compared with: what it does as well as a network, needs none.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.ndimage import minimum_filter1d

from bargein.audio.files import Float32
from bargein.audio.levels import dbfs
from bargein.vad.scores import Float64

#: Frames the floor looks back, 3 s, and frames it is smoothed over first, 100 ms; both end at the frame itself.
FLOOR_FRAMES, SMOOTH_FRAMES = 300, 10
#: Half a score is so much over the floor; under this level nothing is speech, and the floor begins there.
HALF_DB, LEAST_DBFS = 12.0, -60.0


class Energy:
    """Level over a floor that follows the minimum; causal, in pieces or whole the same.

    References
    ----------
    Ours, after R. Martin, "Noise power spectral density estimation based on optimal smoothing and minimum statistics",
    IEEE Trans. Speech and Audio Processing 9(5), 2001: the minimum of the smoothed level over a window is the noise.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> room, voice = rng.normal(0, 0.001, 32_000), rng.normal(0, 0.1, 16_000)
    >>> scores = np.concatenate([*Energy().frames(iter([np.float32(room), np.float32(voice)]))])
    >>> bool(scores[:195].max() < 0.2), bool(scores[210:].min() > 0.9)
    (True, True)
    """

    model, rate, hop, look_ahead = "energy-1", 16_000, 160, 0

    def frames(self, pieces: Iterator[Float32]) -> Iterator[Float64]:
        """See :class:`bargein.vad.scorers.Scorer`."""
        rest = np.zeros(0, np.float32)
        before = np.full(FLOOR_FRAMES + SMOOTH_FRAMES - 2, LEAST_DBFS)
        for piece in pieces:
            sound = np.concatenate([rest, piece])
            whole = len(sound) // self.hop * self.hop
            rest = sound[whole:]
            if not whole:
                continue
            energy = np.square(sound[:whole].reshape(-1, self.hop), dtype=np.float64).mean(axis=1)
            levels = np.concatenate([before, np.maximum(dbfs(np.sqrt(energy)), LEAST_DBFS)])
            over = levels[len(before) :] - _floor(levels)
            yield np.clip(over / (2 * HALF_DB), 0, 1)
            before = levels[-len(before) :]


def _floor(levels: Float64) -> Float64:
    """Give the least smoothed level up to each frame that has enough frames before it."""
    n = len(levels) - SMOOTH_FRAMES + 1
    smooth = np.zeros(n)
    for k in range(SMOOTH_FRAMES):  # one after the other: a running sum would depend on where a piece begins
        smooth += levels[k : k + n]
    least: Float64 = minimum_filter1d(smooth / SMOOTH_FRAMES, FLOOR_FRAMES, origin=(FLOOR_FRAMES - 1) // 2)
    return least[FLOOR_FRAMES - 1 :]
