"""WebRTC's detector: a Gaussian mixture on six bands, yes or no every 10 ms, at four levels of strictness.

It gives no score, so the four modes are asked side by side: 0, 0.25 … 1 is how many of them hear speech. A threshold of
0.25 is mode 0, of 1 is mode 3, the strictest: they are nested but for few frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bargein.audio.files import FULL_SCALE, Float32
from bargein.errors import BargeinError
from bargein.vad.scores import Float64

MODES = (0, 1, 2, 3)


class WebRtc:
    """The detector of the package ``webrtcvad-wheels``, all four modes.

    Raises
    ------
    BargeinError
        The package is not installed.

    References
    ----------
    WebRTC, ``common_audio/vad``.
    """

    model, rate, hop, look_ahead = "webrtc-modes-0-3", 16_000, 160, 0

    def __init__(self) -> None:
        try:
            import webrtcvad
        except ImportError as error:
            raise BargeinError("WebRTC's detector is not installed: pip install 'bargein[vad]'") from error
        self._detectors: list[Any] = [webrtcvad.Vad(mode) for mode in MODES]

    def frames(self, pieces: Iterator[Float32]) -> Iterator[Float64]:
        """See :class:`bargein.vad.scorers.Scorer`."""
        rest = np.zeros(0, np.int16)
        for piece in pieces:
            whole = np.clip(np.rint(piece * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
            sound = np.concatenate([rest, whole])
            n = len(sound) // self.hop
            rest = sound[n * self.hop :]
            heard = [self._modes(sound[i * self.hop : (i + 1) * self.hop].tobytes()) for i in range(n)]
            yield np.array(heard, np.float64) / len(MODES)

    def _modes(self, frame: bytes) -> int:
        return sum(detector.is_speech(frame, self.rate) for detector in self._detectors)
