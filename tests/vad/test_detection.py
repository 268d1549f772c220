"""Missed and false speech: against a loop over milliseconds, and against the field's own library."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.timeline import Span, Timeline
from bargein.vad.detection import Detection, pooled, totals

LENGTH = 120
timelines = st.lists(st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)), max_size=6).map(
    lambda pairs: Timeline(Span(min(p), max(p)) for p in pairs)
)
recordings = st.lists(st.tuples(timelines, timelines), max_size=5)


def rows(each: list[Timeline]) -> tuple[np.ndarray, np.ndarray]:
    """Timelines as one array and where each ends in it."""
    flat = [(s.start, s.end) for t in each for s in t]
    return np.array(flat, np.int64).reshape(-1, 2), np.cumsum([len(t.spans) for t in each], dtype=np.int64)


@given(timelines, timelines)
def test_it_is_its_slow_meaning(said: Timeline, found: Timeline) -> None:
    """A millisecond at a time."""
    one = Detection.of(said, found, LENGTH)
    spoken, heard = ({t for s in line for t in range(s.start, s.end)} for line in (said, found))
    assert (len(spoken - heard), len(heard - spoken)) == (one.missed_ms, one.false_ms)
    if spoken:
        assert one.error_rate == pytest.approx((len(spoken - heard) + len(heard - spoken)) / len(spoken))
        assert one.recall == pytest.approx(len(spoken & heard) / len(spoken))
    if spoken and heard and spoken & heard:
        assert one.f1 == pytest.approx(2 / (1 / one.precision + 1 / one.recall))
    if 0 < len(spoken) < LENGTH:
        assert one.cost == pytest.approx(
            0.75 * len(spoken - heard) / len(spoken) + 0.25 * len(heard - spoken) / (LENGTH - len(spoken))
        )


@given(recordings)
def test_many_at_once_are_each_for_itself(pairs: list[tuple[Timeline, Timeline]]) -> None:
    """Also recordings without a segment; and sums are those of the pool."""
    (said, said_ends), (found, found_ends) = rows([a for a, _ in pairs]), rows([b for _, b in pairs])
    each = [Detection.of(a, b, LENGTH) for a, b in pairs]
    got = totals(said, said_ends, found, found_ends)
    assert [[d.said_ms, d.found_ms, d.both_ms] for d in each] == got.tolist()
    whole = pooled(each)
    assert [whole.said_ms, whole.found_ms, whole.both_ms] == got.sum(axis=0).tolist()


@given(timelines, timelines)
def test_pyannote_says_the_same(said: Timeline, found: Timeline) -> None:
    """Its detection error rate and its parts, to 1e-9."""
    core = pytest.importorskip("pyannote.core")
    metrics = pytest.importorskip("pyannote.metrics.detection")
    pair = []
    for line in (said, found):
        made = core.Annotation()
        for s in line:
            made[core.Segment(s.start / 1_000, s.end / 1_000)] = "speech"
        pair.append(made)
    uem = core.Timeline([core.Segment(0, LENGTH / 1_000)])
    theirs = metrics.DetectionErrorRate().compute_components(*pair, uem=uem)
    ours = Detection.of(said, found, LENGTH)
    assert (ours.said_ms, ours.missed_ms, ours.false_ms) == pytest.approx(
        (theirs["total"] * 1e3, theirs["miss"] * 1e3, theirs["false alarm"] * 1e3), abs=1e-9
    )


def test_nothing_is_a_share_of_nothing() -> None:
    """Without speech there is no rate of it; without anything else no false alarm rate."""
    silent, talks = Detection.of(Timeline(), Timeline(), 500), Detection.of(Timeline([Span(0, 500)]), Timeline(), 500)
    assert (None,) * 5 == (silent.error_rate, silent.recall, silent.precision, silent.f1, silent.cost)
    assert (1.0, 0.0, None, None) == (talks.error_rate, talks.recall, talks.precision, talks.cost)


def test_as_many_of_both() -> None:
    """Else it is not known whose is whose."""
    none = np.zeros((0, 2), np.int64)
    with pytest.raises(ValueError, match="said of 2 recordings, found of 1"):
        totals(none, np.zeros(2, np.int64), none, np.zeros(1, np.int64))
