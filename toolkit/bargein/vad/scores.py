"""Frame scores: how much like speech each slice of a sound is, according to one model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bargein import units

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scores:
    """What a voice detection model said of a sound, frame by frame, before any decision.

    ::

        audio   |--------|--------|--------|---|      samples, the last frame may be cut short
        values     0.02     0.91     0.88   0.40      one a frame of ``hop`` samples

    Parameters
    ----------
    values
        Score of each frame, 0..1, shape (frames,). Kept in double precision: a 32-bit array compares ``>= 0.35``
        as true for the 32-bit neighbour of 0.35, the models' own code does not.
    hop
        Samples from one frame to the next, at ``rate``; a whole number of milliseconds.
    rate
        Samples per second the model works at; the sound's own rate may be another.
    samples
        Length of the sound at ``rate``; the last frame may reach beyond it.
    model
        Name that pins the weights, not only the product: ``silero-`` and twelve digits of the weights' hash.
    look_ahead
        Samples after a frame's end that its score depends on; 0 for a causal model.

    Raises
    ------
    ValueError
        Values of another shape, outside 0..1 or not finite; more frames than the sound has; a hop that is no whole
        number of milliseconds.

    Examples
    --------
    >>> scores = Scores(np.array([0.1, 0.9, 0.8]), hop=512, rate=16_000, samples=1_400, model="demo")
    >>> scores.hop_ms, scores.ms, scores.start_ms(2), scores.end_ms(2)
    (32, 88, 64, 96)
    """

    values: Float64
    hop: int
    rate: int
    samples: int
    model: str
    look_ahead: int = 0

    def __post_init__(self) -> None:
        values = np.array(self.values, dtype=np.float64)  # a copy, so that making it read-only touches nobody else's
        values.flags.writeable = False
        object.__setattr__(self, "values", values)
        if values.ndim != 1:
            raise ValueError(f"scores have one value a frame, not the shape {values.shape}")
        if not ((values >= 0) & (values <= 1)).all():
            raise ValueError(f"scores lie in 0..1: {values.min()}..{values.max()}")
        if self.hop <= 0 or self.rate <= 0 or self.samples < 0 or self.look_ahead < 0:
            raise ValueError(f"hop {self.hop}, rate {self.rate}, samples {self.samples}, look-ahead {self.look_ahead}")
        if self.hop * units.SECOND % self.rate:
            raise ValueError(f"a hop of {self.hop} samples at {self.rate} Hz is no whole number of milliseconds")
        if len(values) > -(-self.samples // self.hop):
            raise ValueError(f"{len(values)} frames of {self.hop} are more than {self.samples} samples")

    def __len__(self) -> int:
        return len(self.values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scores):
            return NotImplemented
        return self._facts == other._facts and np.array_equal(self.values, other.values)

    __hash__ = None  # type: ignore[assignment]  # holds an array

    @property
    def _facts(self) -> tuple[int, int, int, str, int]:
        return self.hop, self.rate, self.samples, self.model, self.look_ahead

    @property
    def hop_ms(self) -> int:
        """Milliseconds from one frame to the next; exact."""
        return units.ms_of(self.hop, self.rate)

    @property
    def ms(self) -> int:
        """Length of the sound, rounded up so that every sample lies inside."""
        return units.ms_covering(self.samples, self.rate)

    def start_ms(self, frame: int) -> int:
        """Give when a frame begins, on the sound's own clock."""
        return frame * self.hop_ms

    def end_ms(self, frame: int) -> int:
        """Give when all of a frame has been heard: the earliest instant at which its score can be known."""
        return (frame + 1) * self.hop_ms + units.ms_covering(self.look_ahead, self.rate)
