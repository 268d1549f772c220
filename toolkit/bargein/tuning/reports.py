"""What a provider's own reports at hand come from, counted: groups, onsets, and the settings that were in force."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple


class Heard(NamedTuple):
    """What a provider's own reports at hand come from.

    Parameters
    ----------
    groups, onsets
        Independent groups, and reported onsets; of ``speaking`` and ``silent`` agents, the most of any key.
    thresholds, paddings, silences
        Values that were in force.
    onsets_speaking
        Reported onsets while the agent spoke.
    """

    groups: int = 0
    onsets: int = 0
    thresholds: tuple[float, ...] = ()
    paddings: tuple[int, ...] = ()
    silences: tuple[int, ...] = ()
    onsets_speaking: int = 0

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, tuple[float, int, int], int]]) -> Heard:
        """Count recordings given as situation (``speaking`` or ``silent``), group, settings and reported onsets.

        Examples
        --------
        >>> Heard.of([("silent", "anna", (0.5, 300, 200), 2), ("speaking", "anna", (0.7, 300, 200), 1)])
        Heard(groups=1, onsets=2, thresholds=(0.5, 0.7), paddings=(300,), silences=(200,), onsets_speaking=1)
        """
        found = list(rows)
        by: dict[str, list[tuple[str, int]]] = {}
        for situation, group, _, onsets in found:
            by.setdefault(situation, []).append((group, onsets))
        totals = {name: sum(n for _, n in pairs) for name, pairs in by.items()}
        values: list[Any] = [tuple(sorted({row[2][n] for row in found})) for n in range(3)]
        return cls(
            max((len({group for group, _ in pairs}) for pairs in by.values()), default=0),
            max(totals.values(), default=0),
            values[0],
            values[1],
            values[2],
            totals.get("speaking", 0),
        )
