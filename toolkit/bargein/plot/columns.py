"""Sound on a grid of picture columns: the lowest and highest sample of each, and nothing where nothing sounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bargein.audio.envelope import envelope
from bargein.timeline import Span
from bargein.units import SECOND, ms_of

Float32 = npt.NDArray[np.float32]

#: Columns of a picture: more than a page or a screen shows.
COLUMNS = 1_200


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A waveform as a band: ``lo`` and ``hi`` of each column, -1..1, shape (columns,); NaN where nothing sounds."""

    lo: Float32
    hi: Float32

    @property
    def columns(self) -> int:
        """How many columns hold sound."""
        return int(np.isfinite(self.hi).sum())

    @property
    def peak(self) -> float:
        """Largest magnitude; 0 without sound."""
        return float(np.nanmax(np.maximum(self.hi, -self.lo))) if self.columns else 0.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Session time cut into equal columns.

    Parameters
    ----------
    window
        What the picture shows, session ms.
    columns
        How many columns.

    Examples
    --------
    >>> grid = Grid(Span(0, 1_000), 10)
    >>> half = grid.outline([(500, np.full(4_000, 0.25, np.float32), 8_000)])
    >>> grid.column(500), half.columns, half.peak
    (5, 5, 0.25)
    """

    window: Span
    columns: int = COLUMNS

    def column(self, t: int) -> int:
        """Give the column that instant ``t`` falls into; may lie outside the picture."""
        return (t - self.window.start) * self.columns // max(self.window.ms, 1)

    def edges_s(self) -> npt.NDArray[np.float64]:
        """Give where columns begin, in seconds of session time, and where the last one ends; shape (columns + 1,)."""
        return np.linspace(self.window.start, self.window.end, self.columns + 1) / SECOND

    def outline(self, pieces: list[tuple[int, Float32, int]]) -> Outline:
        """Lay pieces of sound on the grid.

        Parameters
        ----------
        pieces
            Each begins at a session time (ms) and has samples at a rate; where two share a column, both are seen.
        """
        lo = np.full(self.columns, np.nan, np.float32)
        hi = np.full(self.columns, np.nan, np.float32)
        for start, samples, rate in pieces:
            self._lay(lo, hi, Span(start, start + ms_of(len(samples), rate)), samples)
        return Outline(lo, hi)

    def squeezed(self, pieces: list[tuple[Span, Float32]]) -> Outline:
        """Lay pieces of sound on the grid, each pressed or stretched into the span it is given."""
        lo = np.full(self.columns, np.nan, np.float32)
        hi = np.full(self.columns, np.nan, np.float32)
        for span, samples in pieces:
            self._lay(lo, hi, span, samples)
        return Outline(lo, hi)

    def _lay(self, lo: Float32, hi: Float32, span: Span, samples: Float32) -> None:
        first = self.column(span.start)
        last = max(self.column(span.end), first + 1)
        if not len(samples) or last <= 0 or first >= self.columns:
            return
        low, high = envelope(samples, last - first)
        at = np.arange(max(first, 0), min(last, self.columns))
        taken = (at - first) * len(low) // (last - first)  # fewer samples than columns: each is shown more than once
        lo[at] = np.fmin(lo[at], low[taken])
        hi[at] = np.fmax(hi[at], high[taken])
