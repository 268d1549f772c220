"""What the charts say, read from their data."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from bargein.corpus import Case, account, run_policies
from bargein.errors import SessionError
from bargein.plot.accounting import books_chart
from bargein.plot.chart import Line, Points
from bargein.plot.curves import ceiling_chart, delays_chart, frontier_chart
from bargein.plot.figure import draw
from bargein.plot.operating import operating_charts, pareto_front
from bargein.plot.policies import policies_picture
from bargein.tuning import tune
from bargein.tuning.sliders import start
from bargein.tuning.trial import Scales
from bargein.vad.tables import load_scores


@pytest.fixture(scope="module")
def runs(barge_in):
    """The hand-made session under every policy."""
    return run_policies(Case(barge_in))


@pytest.fixture(scope="module")
def tuned():
    """Tuned on a part of the scores that come along."""
    groups = ["user-utterances", "coughs", "echo-pairs", "echo-residual", "phone-agent-callers"]
    return tune(load_scores(groups=groups), "openai", max_cutoffs_per_turn=0.20)


def test_each_policy_has_a_lane_and_a_sentence(runs):
    """In the order they were given."""
    picture = policies_picture(runs)
    assert {
        "indicator": "silent of itself 3.80 s after the onset",
        "stop-only": "silent 0.32 s after the onset, again for 0.40 s",
        "suppress": "silent 0.32 s after the onset",
        "keyed": "silent 0.32 s after the onset",
    } == {p.policy: p.heard.note for p in picture.policies}


def test_outside_the_barge_in_only_what_was_heard_is_said(runs):
    """No barge-in in the window, no sentence about one."""
    assert "8.8 s heard" == policies_picture(runs, window=(7_000, 9_000)).policies[0].heard.note


def test_policies_are_compared_on_one_session():
    """Two sessions in one picture would compare nothing."""
    with pytest.raises(SessionError, match="replays of 0 sessions"):
        policies_picture([])


def test_delays_add_up(runs):
    """Bars stand end to end: unavoidable, reaction, restart."""
    chart = delays_chart(runs)
    first, second, third, dots = chart.shapes
    assert [0.32] * 4 == list(first.lengths)
    assert [3.48, 0, 0, 0] == pytest.approx(list(second.lengths))
    assert [0, 0.4, 0, 0] == list(third.lengths)
    assert [a + b for a, b in zip(second.starts, second.lengths, strict=True)] == pytest.approx(list(third.starts))
    assert [3.8, 0.72, 0.32, 0.32] == pytest.approx(list(dots.x))


def test_books_beside_what_was_heard(runs):
    """3.4 s booked for A and B together, whatever was heard of them."""
    chart = books_chart([account(run) for run in runs])
    heard, booked = next(chart.of("agent, heard")), next(chart.of("agent, booked by arrival"))
    assert [6.67, 4.28, 4.2, 4.2] == list(heard.lengths)  # what was audible: the voices pause
    assert [3.46] * 4 == list(booked.lengths)
    assert "agent heard 19 s, booked 14 s" in chart.notes


def test_books_take_the_table_of_the_public_verb(barge_in):
    """As a notebook hands it on."""
    import bargein as bi

    assert ("hand-made",) == books_chart(bi.accounts(barge_in)).rows


def test_the_frontier_falls_and_is_dashed_beyond_the_longest_pause(tuned):
    """Nothing can be cut off where no pause was recorded: that is no finding."""
    chart = frontier_chart(tuned)
    line = next(chart.of("cut off, per hold, elicited"))
    assert list(line.y) == sorted(line.y, reverse=True)
    dashed = next(chart.of("longer than any hold recorded"))
    assert dashed.dashed
    assert not line.dashed
    assert dashed.x[0] == line.x[-1]


def test_the_setting_is_marked(tuned):
    """The proposal, unless another one is asked for."""
    (points,) = frontier_chart(tuned).of("this setting")
    assert (tuned.proposal.figures.whole.endpoint.mean_ms,) * 2 == tuple(points.x)
    other = tuned.evidence.figures(0.5, 640)
    (points,) = frontier_chart(tuned, other).of("this setting")
    assert other.whole.endpoint.mean_ms == points.x[0]


def test_pauses_of_callers_are_drawn_beside_what_was_labelled(tuned):
    """Where the labelled curve has come down, half of the callers' pauses still outlast the end silence."""
    chart = frontier_chart(tuned)
    (pauses,) = chart.of("callers' pauses that outlast it, turns not labelled (n = 41, 10 callers)")
    at_288 = tuned.evidence.sweep.column(288)
    assert 100 * 21 / 41 == pytest.approx(pauses.y[at_288])
    assert list(pauses.y) == sorted(pauses.y, reverse=True)
    assert "27 turns of elicited speech, 6 holds, 1 cluster;" in chart.notes


def test_styles_have_curves_of_their_own(tuned):
    """Elicited and spontaneous speech are never one line; what is pooled stands in the tables alone."""
    elicited = [r for r in tuned.evidence.sweep.recordings if r.kind == "turn"]
    spontaneous = [replace(r, speech_style="spontaneous", holds=()) for r in elicited]
    chart = frontier_chart(tune([*elicited, *spontaneous]))
    said = {s.words for s in chart.shapes if isinstance(s, Line) and s.words.startswith("cut off")}
    assert {f"cut off, per {per}, {style}" for per in ("hold", "turn") for style in ("elicited", "spontaneous")} == said


def test_the_ceiling_names_its_best_pair(tuned):
    """With the number of recordings in the legend."""
    chart = ceiling_chart(tuned, tuned.as_is)
    assert 1 == len(list(chart.of("coughs and other tics (% of 40 recordings, 40 clusters)")))
    best = {p.kind: p.false for p in tuned.ceiling if p.best}
    tics, echo = chart.of("best pair, with its threshold")
    assert [100 * best["tic"].estimate] == tics.x
    assert [10 * best["echo"].estimate] == echo.x
    assert 1 == len(list(chart.of("the agent's echo (starts in 10 min; 4.7 min, 13 clusters)")))
    assert "starts in 10 minutes of noise or echo" in chart.x_title


def test_no_ceiling_without_a_model(tuned):
    """Grok's detector has none: the chart says so instead of showing Silero's."""
    chart = ceiling_chart(tune(tuned.evidence.sweep, "xai"))
    assert () == chart.shapes
    assert "no model" in chart.notes
    assert chart.inches < ceiling_chart(tuned).inches / 2
    axes = draw(chart)
    assert not axes.axison
    assert any("no model" in text.get_text() for text in axes.texts)


def test_the_setting_of_each_kind_has_the_colour_of_its_curve(tuned):
    """Marks of one look would not say whose they are."""
    chart = ceiling_chart(tuned, tuned.as_is)
    curves = {s.colour for s in chart.shapes if isinstance(s, Line)}
    marks = [s.colour for s in chart.of("this setting")]
    assert len(marks) == len(set(marks)) > 1
    assert set(marks) <= curves


def test_a_setting_s_own_curve_steps_like_the_front(tuned):
    """A straight line between two settings would run below what no setting beats."""
    scales = Scales(tuned.evidence.sweep)
    trial = scales.trial(start("openai"))
    drawn, _ = operating_charts(trial, scales.answerable("openai"), pareto_front(tuned))
    (curve,) = drawn.of("cut off, per turn, elicited")
    assert all(x == p or y == q for (x, y), (p, q) in pairwise(zip(curve.x, curve.y, strict=True)))
    settings = next(frontier_chart(trial.tuned, trial.figures).of("cut off, per turn, elicited"))
    dots = [s for s in drawn.of("") if isinstance(s, Points) and s.colour == curve.colour]
    assert [list(settings.x)] == [list(s.x) for s in dots]
