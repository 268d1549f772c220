"""How soon the other speaks, and why a stop was slow: what the two charts say, read from their data."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

import bargein as bi
from bargein.corpus import Case, open_corpus, run_policies
from bargein.metrics.audible import audible
from bargein.metrics.floor import AGENT, follow
from bargein.metrics.onsets import user_speech
from bargein.metrics.stages import actions, stages
from bargein.plot.chart import Line, Points
from bargein.plot.floor import PEOPLE_MS, stages_chart, transfers_chart
from bargein.session import load

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"


@pytest.fixture(scope="module")
def two() -> list[Case]:
    """Two embedded sessions."""
    return [Case(load(SESSIONS / name)) for name in ("openai-01-interruption", "grok-01-interruption")]


def test_the_curve_rises_by_one_change_of_the_floor_at_a_time(two):
    """From 0 to 100 per cent, at the offsets that the metric gives; the dot is their median."""
    chart = transfers_chart(two)
    offsets = sorted(
        ms for c in two for ms in follow(user_speech(c.session), audible(c.facts.heard, c.facts.voiced)).offsets(AGENT)
    )
    (line,) = (s for s in chart.shapes if isinstance(s, Line) and s.words.startswith("agent"))
    assert f"agent takes the floor (n = {len(offsets)})" == line.words
    assert [ms / 1_000 for ms in offsets for _ in (0, 1)] == pytest.approx(list(line.x[1:-1]))
    assert (0, 100) == (line.y[0], line.y[-1])
    assert sorted(line.y) == list(line.y)
    dots = [s.x[0] for s in chart.shapes if isinstance(s, Points)]
    assert median(offsets) / 1_000 == pytest.approx(dots[0], abs=0.001)
    (people,) = chart.of("people: mean gaps of ten languages")
    assert [ms / 1_000 for ms in PEOPLE_MS] == list(people.x)


def test_sessions_without_labels_say_nothing(tmp_path):
    """There is no line then, and it is counted."""
    assert "0 sessions" in transfers_chart([]).notes


def test_the_parts_of_a_stop_stand_end_to_end(two):
    """Detect, act, drain; a dot a stop, a row a gate that stopped anybody."""
    runs = [run for case in two for run in run_policies(case, ["keyed", "duck", "indicator"])]
    chart = stages_chart(runs)
    assert ["as-recorded · keyed (2 of 2 stopped)", "as-recorded · duck (2 of 2 stopped)"] == list(chart.rows)
    detect, act, drain, dots = chart.shapes
    found = [s for run in runs[::3] for e in run.barge_ins if (s := stages(e, actions(run.outcome)))]
    assert sum(s.detect_ms for s in found) / 2_000 == pytest.approx(detect.lengths[0])
    assert list(detect.lengths) == pytest.approx(list(act.starts))
    assert [a + b for a, b in zip(act.starts, act.lengths, strict=True)] == pytest.approx(list(drain.starts))
    assert act.lengths[1] > act.lengths[0] == 0  # ducking waits before it falls silent
    assert 4 == len(dots.x)


def test_both_are_drawn(tmp_path):
    """From a folder, as a notebook would."""
    case = open_corpus(SESSIONS / "openai-01-interruption").timed[0]
    for n, axes in enumerate((bi.plot.transfers(case.session), bi.plot.stages(case.session, ["keyed"]))):
        assert bi.plot.save(axes, tmp_path / f"{n}.png").stat().st_size > 10_000
