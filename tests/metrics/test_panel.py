"""The columns that the as-recorded and the policy tables share."""

from __future__ import annotations

from bargein.metrics.onsets import Onset
from bargein.metrics.panel import Panel
from bargein.metrics.stopping import Episode
from bargein.session import Label


def stopped(after: int) -> Episode:
    """An interruption at 1,000 ms whose agent was stopped so long after."""
    onset = Onset(Label("interruption", 1_000, 2_000), "interruption")
    return Episode(onset, frozenset("A"), True, False, False, 1_050, silent=1_000 + after, inaudible=1_000 + after,
                   end="stopped")  # fmt: skip


def test_the_stop_curve_in_three_columns() -> None:
    """Four stops: two are over by 500 ms, three by a second; the mean counts the last to 2 s alone."""
    times = Panel(tuple(stopped(ms) for ms in (100, 400, 900, 5_000))).times()
    assert (50.0, 25.0, (100 + 400 + 900 + 2_000) // 4) == (
        times["S(500) [%]"], times["S(1000) [%]"], times["audible, mean to 2 s [ms]"],
    )  # fmt: skip


def test_without_barge_ins_they_are_empty() -> None:
    """Not 0 %."""
    times = Panel(()).times()
    assert {None} == {times[c] for c in ("S(500) [%]", "S(1000) [%]", "audible, mean to 2 s [ms]")}
