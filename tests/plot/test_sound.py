"""Columns and samples: no peak is lost, no sample is taken for another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.events import Delta
from bargein.ledger import Played
from bargein.plot.columns import Grid
from bargein.plot.sound import split
from bargein.replay import replay
from bargein.session.sounding import AgentSound
from bargein.timeline import Span
from bargein.units import samples_in


@given(at=st.integers(0, 7_999), columns=st.integers(1, 2_000), length=st.integers(1, 8_000))
def test_no_peak_is_lost(at, columns, length):
    """Whatever the number of columns, the one loud sample is seen, at its place."""
    sound = np.zeros(length, np.float32)
    sound[at % length] = -0.5
    outline = Grid(Span(0, 1_000), columns).outline([(0, sound, 8_000)])
    assert 0.5 == outline.peak


@given(start=st.integers(-500, 1_500), length=st.integers(0, 800), columns=st.integers(1, 300))
def test_sound_fills_its_own_columns(start, length, columns):
    """Outside the window nothing is drawn, inside at most a column more than the sound lasts."""
    grid = Grid(Span(0, 1_000), columns)
    outline = grid.outline([(start, np.full(length * 8, 0.1, np.float32), 8_000)])
    inside = max(0, min(start + length, 1_000) - max(start, 0))
    assert outline.columns <= inside * columns // 1_000 + 2
    assert outline.columns >= inside * columns // 1_000 - 1


def test_zoomed_in_there_are_no_holes():
    """Fewer samples than columns: each sample is as wide as it lasts."""
    outline = Grid(Span(0, 10), 1_000).outline([(0, np.full(80, 0.1, np.float32), 8_000)])
    assert 1_000 == outline.columns


@given(cuts=st.lists(st.integers(900, 1_300), max_size=5))
def test_split_keeps_every_sample_once(cuts):
    """Pieces lie end to end, in time and in sample numbers."""
    row = Played(1_000, 240, "A", "a", 100, 4_801)
    pieces = list(split(row, 24_000, cuts))
    assert 4_801 == sum(p.samples for p in pieces)
    assert [p.first for p in pieces] == [100 + p.offset - 240 for p in pieces]
    assert all(p.samples for p in pieces)


def test_stored_samples_are_found_across_deltas(barge_in):
    """Sample numbers are of the item, places are of the file."""
    deltas = [Delta(0, "A", "a", 0, 4_800, stored=4_800), Delta(0, "A", "a", 4_800, 4_800, stored=48_000)]
    sound = AgentSound(barge_in, deltas)
    track = barge_in.audio("agent")
    assert np.array_equal(
        np.concatenate([track[9_000:9_600], track[48_000:48_400]]), sound.samples(("A", "a", 0), 4_200, 1_000)
    )
    assert not sound.samples(("B", "b", 0), 0, 100).any()


def test_an_ear_at_the_loudspeaker(barge_in):
    """Left the user, right the agent, silent from the cut to the next answer."""
    outcome = replay(barge_in, "keyed")
    sound = outcome.heard_audio()
    assert (samples_in(12_000, 24_000), 2) == sound.shape
    assert not sound[samples_in(5_320, 24_000) : samples_in(7_200, 24_000), 1].any()
    track = barge_in.audio("agent")
    first = samples_in(2_400, 24_000)
    assert np.array_equal(track[:2_400], sound[first : first + 2_400, 1])
    assert 0.01 < np.abs(sound[samples_in(5_100, 24_000) : samples_in(6_000, 24_000), 0]).max()


@pytest.mark.parametrize("policy", ["indicator", "keyed"])
def test_as_much_sounds_as_was_heard(barge_in, policy):
    """The picture and the ear agree with the books."""
    outcome = replay(barge_in, policy)
    audible = np.abs(outcome.heard_audio()[:, 1]) > 0
    assert outcome.heard.samples() == pytest.approx(audible.sum(), rel=0.01)  # a sample may be 0 by chance
