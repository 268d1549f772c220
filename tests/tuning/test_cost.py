"""Seconds per turn of every setting, against sums by hand; one knob never beats both; the map shows what is found."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bargein as bi
from bargein.errors import NotAnswerable, SettingsError
from bargein.plot.chart import Bars, Line, Points, Words
from bargein.plot.iso import iso_chart
from bargein.settings import ServerVad
from bargein.tuning import tune
from bargein.tuning.cost import Prices, plane, trade
from bargein.vad.tables import load_scores
from drawn_scores import other, turn

#: Quiet syllables (4) that a high threshold takes for a pause, and noise (6) that a low one takes for speech.
QUIET = [turn("0099444490000000000", "..ttttttt..........", clip=f"quiet{i}") for i in range(3)]
NOISE = [other("0660660660", "noise", clip="noise"), other("0770000000", "tic", clip="cough")]


@pytest.fixture(scope="module")
def embedded():
    """Tuned on the scores that come along."""
    return tune(load_scores(), "openai", max_cutoffs_per_hold=0.1)


# ---- the cost


@pytest.mark.parametrize(("threshold", "silence"), [(0.5, 300), (0.65, 100), (0.95, 500)])
def test_a_cost_is_the_sum_of_what_was_counted(threshold, silence):
    """Wait, cut-offs, missed starts, coughs and noise, from the counts of that setting; no echo was recorded."""
    evidence = tune([*QUIET, *NOISE]).evidence
    prices = Prices(cut_off=3, missed=5, false_start=7, tics=0.5, noise_s=4)
    found = plane(evidence, prices)
    turns = evidence.sweep.at(threshold, silence, kinds=["turn"])
    noise, tic = (evidence.sweep.at(threshold, silence, kinds=[kind]) for kind in ("noise", "tic"))
    wait = sum(turns.endpoint_delays) / len(turns.endpoint_delays) if turns.endpoint_delays else 3_000
    expected = min(wait, 3_000) / 1_000 + 3 * turns.cut_turns / turns.turns + 5 * turns.missed_starts / turns.turns
    expected += 7 * 0.5 * tic.triggered_clips / tic.clips + 7 * 4_000 * noise.false_starts / noise.exposure_ms
    i, j = found.thresholds.index(threshold), evidence.sweep.column(silence)
    assert expected == pytest.approx(found.at(i, j).cost)
    assert ("echo",) == found.unknown


def test_the_parts_add_up(embedded):
    """And every one of them is there: turns, words, coughs, noise, echo are on record."""
    found = plane(embedded.evidence)
    assert {"wait", "cut-offs", "missed starts", "tics", "noise", "echo"} == {*found.parts}
    np.testing.assert_allclose(sum(found.parts.values()), found.cost)
    assert np.isfinite(found.cost).all()


def test_a_knob_alone_stops_too_early():
    """At 0.5 noise starts the detector; at 0.65 it does not, but then the quiet syllables need a longer end silence."""
    evidence = tune([*QUIET, *NOISE]).evidence
    found = trade(evidence, ServerVad(0.5, 0, 200), Prices(cut_off=4, false_start=2, noise_s=6, tics=1))
    assert 0.5 < found.joint.threshold
    assert found.joint.silence_duration_ms > found.only_silence.silence_duration_ms
    assert found.gain > 0.1
    assert f"{found.gain:.3f} s per turn less than the better single knob" in found.text


@settings(max_examples=40, deadline=None)
@given(
    threshold=st.sampled_from([0.1, 0.5, 0.55, 0.9]), silence=st.integers(0, 3_000), cut=st.floats(0, 5),
    missed=st.floats(0, 5), false=st.floats(0, 5),
)  # fmt: skip
def test_both_knobs_are_never_worse_than_one(embedded, threshold, silence, cut, missed, false):
    """Nor one knob than none, whatever the prices are and wherever one starts."""
    found = trade(embedded.evidence, ServerVad(threshold, 300, silence), Prices(1, cut, missed, false))
    assert found.joint.cost <= found.single.cost <= found.in_force.cost
    assert found.only_silence.threshold == found.in_force.threshold
    assert found.only_threshold.silence_duration_ms == found.in_force.silence_duration_ms


def test_on_the_embedded_scores_both_knobs_beat_one(embedded):
    """Threshold and end silence interact: what one knob reaches from the documented default is not all."""
    found = trade(embedded.evidence, embedded.in_force)
    assert found.gain > 0.05
    assert found.text == embedded.joint_gain()


def test_flatness_is_a_range_of_settings(embedded):
    """Around the optimum; wider for more seconds."""
    found = plane(embedded.evidence)
    best = found.best()
    (low, high), (short, long), n = found.flat(0.05)
    assert low <= best.threshold <= high
    assert short <= best.silence_duration_ms <= long
    assert 1 < n == int((found.cost <= best.cost + 0.05).sum())
    assert n < found.flat(0.1)[2]


def test_what_cannot_be_weighed_is_refused(embedded):
    """No turns; a provider whose threshold has no model; nothing known to start from; a price under 0."""
    with pytest.raises(NotAnswerable, match="no turns of elicited or spontaneous speech"):
        plane(tune(NOISE).evidence)
    with pytest.raises(NotAnswerable, match="must be known"):
        trade(embedded.evidence, ServerVad(0.5))
    assert "no model" in tune(load_scores(groups=["user-utterances"]), "xai").joint_gain()
    with pytest.raises(SettingsError, match=r"(?s)cut_off: -1.*missed: nan"):
        Prices(cut_off=-1, missed=math.nan)


# ---- the map


def test_the_map_shows_the_optima_where_they_are(embedded):
    """One star, one square, one diamond, one circle, each with its seconds."""
    chart, found = iso_chart(embedded), trade(embedded.evidence, embedded.in_force)
    marks = {s.words: (s.y[0], s.x[0]) for s in chart.shapes if isinstance(s, Points)}
    where = {"in force": found.in_force, "best of both": found.joint,
             "best threshold, end silence kept": found.only_threshold,
             "best end silence, threshold kept": found.only_silence}  # fmt: skip
    assert {name: (p.threshold, p.silence_duration_ms) for name, p in where.items()} == marks
    said = {w.text for w in chart.shapes if isinstance(w, Words) and w.bold}
    assert {f"{p.cost:.2f} s" for p in where.values()} == said
    assert str(Prices()) in chart.notes


def test_lines_of_equal_cost_are_named_and_lie_on_their_cost(embedded):
    """Every line is one of five, five at most are named, and a cell's colour is its band's."""
    chart, weighed = iso_chart(embedded), plane(embedded.evidence)
    names = [w.text for w in chart.shapes if isinstance(w, Words) and not w.bold]
    levels = [f"{weighed.cost.min() + step:.2f} s" for step in (0.05, 0.1, 0.2, 0.4, 0.8)]
    assert names == [level for level in levels if level in names]
    assert 4 <= len(names)
    lines = [s for s in chart.shapes if isinstance(s, Line) and not s.words]
    assert len(lines) >= len(names)
    bars = [s for s in chart.shapes if isinstance(s, Bars)]
    covered = sum(s.lengths[0] * s.height for s in bars)
    hop = weighed.silences[1]
    assert len(weighed.silences) * hop * sum({s.lift: s.height for s in bars}.values()) == pytest.approx(covered)
    best = weighed.best()
    at = next(s for s in bars if abs(s.lift - best.threshold) < s.height / 2
              and s.starts[0] <= best.silence_duration_ms < s.starts[0] + s.lengths[0])  # fmt: skip
    assert "#FFFFFF" == at.colour


def test_without_a_model_there_is_no_map():
    """The reason stands where the picture would be."""
    chart = iso_chart(tune(load_scores(groups=["user-utterances"]), "xai"))
    assert () == chart.shapes
    assert "nothing to draw" in chart.notes


def test_the_end_silence_in_force_is_named_as_it_was_set():
    """500 is counted as 512, the next whole frame; both are said."""
    assert "In force 0.5 / 500 ms (counted as 512): 0.976 s per turn;" in bi.tune().joint_gain()
