"""Which recordings a setting serves worst: what goes wrong in each, the worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bargein.vad.counting import FALSE_KINDS, SPEECH_KINDS
from bargein.vad.grid import CUT_TURNS, FALSE, MASKED, MISSED
from bargein.vad.sweep import Curve


class HeldTo(NamedTuple):
    """What a detector is held to: kinds of clips, and what may go wrong at a label, by the count that says so."""

    kinds: tuple[str, ...]
    wrong: Mapping[str, int]


ALL = HeldTo(
    (*SPEECH_KINDS, *FALSE_KINDS),
    {"cut off": CUT_TURNS, "missed": MISSED, "open before": MASKED, "false start": FALSE},
)
#: Where nothing is known of what starts a provider's detector, only when it ends a turn.
ENDS = HeldTo(("turn",), {"cut off": CUT_TURNS})


@dataclass(frozen=True, slots=True)
class Standing:
    """One session or clip under one setting.

    Parameters
    ----------
    name
        Whose.
    labels, failed
        Labelled turns, words, coughs, stretches of noise and echo; and those at which anything goes wrong.
    wrong
        How often each thing does: turns cut off, turns missed, turns before which detection was open, false starts.
    """

    name: str
    labels: int
    failed: int
    wrong: tuple[tuple[str, int], ...]

    @property
    def text(self) -> str:
        """The counts in words; no share, for there are few labels in one recording.

        Examples
        --------
        >>> Standing("a", 3, 2, (("cut off", 1), ("missed", 0), ("open before", 0), ("false start", 2))).text
        '2 of 3 labels: 1 cut off, 2 false starts'
        """
        if not self.labels:
            return "no labels that a detector can be held to"
        said = ", ".join(f"{n} {what}{'s'[: n > 1 and what == 'false start']}" for what, n in self.wrong if n)
        return f"{self.failed} of {self.labels} label{'s'[: self.labels > 1]}" + (f": {said}" if said else "")


def worst_first(curve: Curve, silence_duration_ms: int, names: Sequence[str], to: HeldTo = ALL) -> tuple[Standing, ...]:
    """Order recordings by what a setting does to them.

    Parameters
    ----------
    curve
        Counts of the rule, recording by recording.
    silence_duration_ms
        The end silence.
    names
        For each recording of the curve, whose it is: several clips may be of one session.
    to
        What counts: :data:`ALL`, or :data:`ENDS`; clips of other kinds have no labels then.

    Returns
    -------
    One entry a name: most labels gone wrong first, of as many the larger share, then by name. Those without labels
    that a detector can be held to come last.

    Raises
    ------
    SettingsError
        The end silence is longer than the longest that was asked for.
    """
    grid = curve.grid
    cells = grid.table[:, 0, grid.column(silence_duration_ms)]
    held_to = np.array([r.kind in to.kinds for r in grid.recordings], bool)
    counts = cells[:, list(to.wrong.values())] * held_to[:, None]
    failed = (counts > 0).any(axis=1)
    found: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        found.setdefault(name, []).append(i)
    standings = (
        Standing(name, int(held_to[rows].sum()), int(failed[rows].sum()),
                 tuple(zip(to.wrong, counts[rows].sum(axis=0).tolist(), strict=True)))
        for name, rows in found.items()
    )  # fmt: skip
    return tuple(sorted(standings, key=badness))


def badness(s: Standing) -> tuple[bool, int, float, str]:
    """Give what :func:`worst_first` sorts by, for lists that come from several curves.

    Examples
    --------
    >>> good, bad = Standing("good session", 3, 0, ()), Standing("clip", 1, 1, (("false start", 2),))
    >>> [s.name for s in sorted([good, bad], key=badness)]
    ['clip', 'good session']
    """
    return not s.labels, -s.failed, -s.failed / max(s.labels, 1), s.name
