"""One number for barge-in tuning, clip by clip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.metrics.definitions import DEFINED, Conversation, Sound
from bargein.metrics.definitions.sid_bench import Clip, clips, of_clips, score
from bargein.timeline import Span, Timeline

instants = st.none() | st.integers(0, 5_000)


@pytest.mark.parametrize(
    ("outcome", "penalty", "clip"),
    [
        ("TP", 700, Clip(5_000, 2_000, 2_700)),
        ("TP", 300, Clip(5_000, 2_000, 1_700)),  # too early is as wrong as too late
        ("FP", 5_000, Clip(5_000, None, 900)),
        ("FN", 3_000, Clip(5_000, 2_000)),
        ("TN", 0, Clip(5_000)),
    ],
)
def test_what_a_clip_costs(outcome, penalty, clip):
    """Distance, the whole clip, the rest of it, nothing."""
    assert (outcome, penalty) == (clip.outcome, clip.penalty_ms)


def test_the_average_of_the_four():
    """(0.7 + 5 + 3 + 0) / 4 = 2.175 s; one of two calm clips stopped; one of two breaks missed."""
    found = of_clips([Clip(5_000, 2_000, 2_700), Clip(5_000, None, 900), Clip(5_000, 2_000), Clip(5_000)])
    assert [("APT", 2.175, 4), ("IRL", 0.7, 1), ("FIR", 0.5, 2), ("missed", 0.5, 2)] == [
        (f.metric, f.value, f.n) for f in found
    ]


@given(st.lists(st.builds(Clip, st.just(5_000), instants, instants), min_size=1, max_size=20))
def test_the_number_lies_within_its_clips(found):
    """Nobody pays more than the clip; who is always right pays nothing."""
    apt, irl, _, _ = of_clips(found)
    assert 0 <= apt.value <= 5
    assert irl.n == sum(c.break_ms is not None and c.stop_ms is not None for c in found)
    ideal = of_clips([Clip(c.duration_ms, c.break_ms, c.break_ms) for c in found])
    assert 0 == ideal[0].value


def test_a_session_is_cut_at_its_labels():
    """A cough that the agent talks through; an interruption 2 s later that stops it; speech to silence is no clip."""
    agent = Timeline([Span(0, 4_600), Span(7_000, 8_000)])
    c = Conversation("c", 9_000, Timeline([Span(4_000, 5_000), Span(6_000, 6_500)]), agent,
                     sounds=(Sound("tic", Span(1_000, 1_300)),), stops=(4_600,),
                     interruptions=(Span(4_000, 5_000), Span(6_000, 6_500)))  # fmt: skip
    assert ["TN", "TP"] == [clip.outcome for clip in clips(c)]
    assert pytest.approx(0.3) == score([c], DEFINED)[0].value


@pytest.mark.parametrize(("outcome", "stops"), [("TN", ()), ("FP", (3_000,))])
def test_a_session_without_an_onset_is_one_clip(outcome, stops):
    """Whoever stops in it does so at nothing."""
    c = Conversation("c", 9_000, Timeline(), Timeline([Span(0, 8_000)]), sounds=(), interruptions=(), stops=stops)
    assert [(9_000, outcome)] == [(clip.duration_ms, clip.outcome) for clip in clips(c)]
