"""Many sessions on one sheet: each as a small timeline with a line of facts, the worst first, all on one scale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from bargein.corpus import Case
from bargein.events import Delta, SpeechStarted
from bargein.metrics.onsets import judged
from bargein.plot.columns import Grid
from bargein.plot.lanes import Bar, Lane, bars, heard_lane, user_lane
from bargein.plot.material import Material
from bargein.session.sounding import AgentSound
from bargein.timeline import Span
from bargein.units import SECOND, seconds

#: Columns of one session's waveform.
COLUMNS = 420
#: Sessions on one sheet unless more are asked for.
MOST = 24


class Ranked(NamedTuple):
    """A session, what it is sorted by (larger is worse), and its line of facts."""

    case: Case
    worse: tuple[int, ...]
    facts: str


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One session.

    Parameters
    ----------
    name, facts
        Its id; a line about it.
    worse
        What the sheet is sorted by: larger is worse.
    grid
        From 0 to the session's end.
    user, heard
        Waveforms; None where nothing was recorded or nothing is known.
    bars
        Labels of interruptions, backchannels and what else is no ordinary speech.
    """

    name: str
    facts: str
    worse: tuple[int, ...]
    grid: Grid
    user: Lane | None
    heard: Lane | None
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Everything :func:`bargein.plot.contact_sheet` draws.

    Parameters
    ----------
    title, subtitle
        How many sessions, in which order; what the statement about heard audio rests on.
    cells
        The worst first.
    columns
        Sessions side by side.
    """

    title: str
    subtitle: str
    cells: tuple[Cell, ...]
    columns: int = 2

    @property
    def longest_s(self) -> float:
        """Length of the longest session, seconds: the scale of all."""
        return max((seconds(cell.grid.window.end) for cell in self.cells), default=1.0)

    @property
    def deep(self) -> int:
        """Rows of the sheet."""
        return -(-len(self.cells) // self.columns)

    def place(self, n: int) -> tuple[int, int]:
        """Give row and column of the n-th session: down, then right, so that the worst stand at the top left."""
        return n % self.deep, n // self.deep


def contact_sheet(cases: Iterable[Case], most: int = MOST, columns: int = 2) -> Sheet:
    """Gather a sheet.

    Parameters
    ----------
    cases
        Sessions as recorded.
    most
        How many are shown; those that are left out are counted.
    columns
        Sessions side by side.
    """
    every = ranked(cases)
    shown = tuple(_cell(one) for one in every[: max(most, 1)])
    bases = ", ".join(sorted({one.case.session.info.basis.partition(":")[0] for one in every}))
    left = f"; {len(every) - len(shown)} more are not shown" * (len(every) > len(shown))
    return Sheet(
        f"{len(every)} sessions, the worst first",
        "worst: most of an interrupted answer heard after the user's onset, then barge-ins that nobody stopped, "
        f"cut-offs, false reports; as recorded ({bases or 'nothing'}){left}",
        shown, columns if len(shown) > 1 else 1,
    )  # fmt: skip


def ranked(cases: Iterable[Case]) -> list[Ranked]:
    """Sort sessions, the worst first; of two alike the one that came first."""
    return sorted(map(_ranked, cases), key=lambda one: one.worse, reverse=True)


def _ranked(case: Case) -> Ranked:
    seen = case.observed if case.session.info.clock != "none" else None
    if seen is None:
        return Ranked(case, (0, 0, 0, 0), "no times: nothing can be placed")
    if not judged(case.session):
        reports = sum(isinstance(e, SpeechStarted) for e in case.facts.edges)
        return Ranked(case, (0, 0, 0, 0), f"not labelled; {reports} reports of speech")
    met = seen.panel.met
    leak, going_on = sum(e.leak_ms[0] for e in met), sum(e.end != "stopped" for e in met)
    false = sum(n for n, _ in seen.panel.reports().values())
    said = [f"{len(met)} barge-in{'s'[: len(met) != 1]}"]
    said += [f"heard on {seconds(leak):.2f} s"] * bool(met)
    said += [f"{going_on} not stopped"] * bool(going_on)
    said += [f"{seen.cut_offs} of {seen.holds} pauses cut off"] * bool(seen.cut_offs)
    said += [f"{false} false report{'s'[: false != 1]}"] * bool(false)
    return Ranked(case, (leak, going_on, seen.cut_offs, false), " · ".join(said))


def _cell(one: Ranked) -> Cell:
    session = one.case.session
    grid = Grid(Span(0, session.info.length_ms or SECOND), COLUMNS)
    material = Material.of(session)
    sound = AgentSound(session, (e for e in material.events if isinstance(e, Delta)))
    special = tuple(b for b in bars(session, grid) if b.kind not in ("turn", "speech"))
    heard = heard_lane(material, sound, grid)
    return Cell(session.id, one.facts, one.worse, grid, user_lane(session, grid), heard, special)
