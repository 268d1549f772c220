"""How well does the model of the player know the player: which samples both let be heard, and when.

Where a session holds its client's own log, the client's gate can be replayed and laid beside it. The error is of the
model (queue, link, start latency), and it is what every other replay of such a client is uncertain by.
"""

from __future__ import annotations

from dataclasses import dataclass

from bargein.ledger import Heard, Played, need
from bargein.timeline import Timeline
from bargein.units import ms_of, nearest_rank


@dataclass(frozen=True, slots=True)
class Agreement:
    """A player's log against its model.

    Parameters
    ----------
    pieces
        Stretches of sound in the log whose first sample the model heard, too.
    median_ms, p95_ms, worst_ms
        How far apart the two heard it, without sign; None without pieces. Lower is better.
    only_logged_ms, only_modelled_ms
        Sound that only one of them heard.
    """

    pieces: int
    median_ms: int | None
    p95_ms: int | None
    worst_ms: int | None
    only_logged_ms: int
    only_modelled_ms: int

    @property
    def text(self) -> str:
        """In words."""
        alone = f"{self.only_logged_ms} ms heard in the log alone, {self.only_modelled_ms} ms in the model alone"
        if not self.pieces:
            return f"nothing in common; {alone}"
        return f"{self.pieces} pieces, {self.median_ms} ms apart (p95 {self.p95_ms}, worst {self.worst_ms}); {alone}"


def agreement(logged: Heard, modelled: Heard) -> Agreement:
    """Compare what a player logged with what its model would have played.

    Raises
    ------
    StageError
        One of them is not heard audio.

    Examples
    --------
    >>> logged = Heard((Played(12, 0, "A", "a", 0, 400), Played(900, 0, "A", "a", 400, 100)), 1_000)
    >>> agreement(logged, Heard((Played(0, 0, "A", "a", 0, 450),), 1_000)).text
    '2 pieces, 12 ms apart (p95 500, worst 500); 50 ms heard in the log alone, 0 ms in the model alone'
    """
    for heard in (logged, modelled):
        need(heard, Heard, "how well a model knows a player")
    apart = [abs(at - mine) for row in logged.rows if (mine := _when(modelled, row)) is not None
             for at in [row.span(logged.rate).start]]  # fmt: skip
    both = logged.by_part(), modelled.by_part()
    alone = [sum((a[part] - b.get(part, Timeline())).ms for part in a) for a, b in (both, both[::-1])]
    median, p95, worst = (nearest_rank(apart, percent) for percent in (50, 95, 100))
    only_logged, only_modelled = (ms_of(n, logged.rate) for n in alone)
    return Agreement(len(apart), median, p95, worst, only_logged, only_modelled)


def _when(heard: Heard, row: Played) -> int | None:
    """When another loudspeaker sounded the first sample of a piece."""
    part = row.response, row.item, row.content
    for r in heard.of_these([row.response]):
        if (r.response, r.item, r.content) == part and r.first <= row.first < r.first + r.samples:
            return r.run + ms_of(r.offset + row.first - r.first, heard.rate)
    return None
