"""Scores are data: what they refuse, and when a frame is."""

from __future__ import annotations

import numpy as np
import pytest

from bargein.vad.scores import Scores


def scores(values, *, hop=512, rate=16_000, samples=None, look_ahead=0) -> Scores:
    """Scores as Silero's frames lie."""
    return Scores(np.asarray(values), hop, rate, hop * len(values) if samples is None else samples, "m", look_ahead)


def test_frames_are_placed_exactly():
    """A million frames of 32 ms end where a million times 32 ms do."""
    found = scores(np.zeros(10), hop=256, rate=8_000)
    assert (32, 320) == (found.hop_ms, found.ms)
    assert (32_000_000, 32_000_032) == (found.start_ms(1_000_000), found.end_ms(1_000_000))


def test_a_look_ahead_delays_what_is_known():
    """A frame's score is known when the samples it depends on have been heard."""
    assert 64 + 5 == scores(np.zeros(3), look_ahead=80).end_ms(1)


def test_scores_are_kept_in_double_precision():
    """As the models' own code compares: the 32-bit neighbour of 0.35 is under 0.35."""
    kept = scores(np.array([0.35, 0.7, 0.9], np.float32)).values
    assert np.float64 == kept.dtype
    assert [False, False, False] == [bool(v >= t) for v, t in zip(kept, [0.35, 0.7, 0.9], strict=True)]


def test_scores_cannot_be_changed_and_change_nobody_elses_array():
    """What is cached and shared is read only."""
    mine = np.array([0.1, 0.2])
    kept = scores(mine)
    mine[0] = 0.9
    assert 0.1 == kept.values[0]
    with pytest.raises(ValueError, match="read-only"):
        kept.values[0] = 0.9


def test_equal_scores_are_equal():
    """By content; a set of arrays has no hash."""
    assert scores([0.1, 0.2]) == scores([0.1, 0.2])
    assert scores([0.1, 0.2]) != scores([0.1, 0.3])
    assert scores([0.1, 0.2]) != scores([0.1, 0.2], samples=1_000)
    assert scores([0.1]) != "scores"
    with pytest.raises(TypeError):
        hash(scores([0.1]))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"values": [[0.1]]}, "shape"),
        ({"values": [1.1]}, "0..1"),
        ({"values": [-0.1]}, "0..1"),
        ({"values": [np.nan]}, "0..1"),
        ({"values": [0.1, 0.2], "samples": 512}, "more than"),
        ({"values": [0.1], "hop": 0}, "hop 0"),
        ({"values": [0.1], "look_ahead": -1}, "look-ahead -1"),
        ({"values": [0.1], "hop": 500, "rate": 44_100}, "milliseconds"),
    ],
)
def test_what_are_no_scores_is_refused(wrong, says):
    """At once, not in some sweep later."""
    with pytest.raises(ValueError, match=says):
        scores(**wrong)
