"""What is made rather than recorded: seeded, levelled, and as long as it should be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.audio.edges import speech_spans
from bargein.audio.levels import rms_dbfs
from bargein.compose.sounds import (
    PLAY_OUT_MS,
    clatter,
    cough,
    echo,
    gained,
    measured_room,
    put,
    room_response,
    telephone,
)

RATE = 8_000


@pytest.mark.parametrize("make", [cough, clatter])
@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000])
def test_bursts_sound_at_once_and_are_not_too_loud(make, rate):
    """Whatever is drawn: within 300 ms of their first sample, under full scale."""
    for seed in range(12):
        sound = make(seed, rate)
        assert speech_spans(sound, rate).spans[0].start <= 300
        assert np.abs(sound.astype(int)).max() < 32_767


def test_the_same_seed_is_the_same_sound():
    """And another one another."""
    assert np.array_equal(cough(3, RATE), cough(3, RATE))
    assert cough(3, RATE).tolist() != cough(4, RATE).tolist()


def test_clatter_is_as_long_as_asked():
    """To the sample."""
    assert 1_500 * 8 == len(clatter(1, RATE, 1_500))


@given(st.lists(st.integers(-32_768, 32_767), min_size=1))
def test_the_telephone_gives_the_nearest_level(values):
    """Once; a second line changes nothing more."""
    samples = np.array(values, np.int16)
    once = telephone(samples)
    levels = np.unique(telephone(np.arange(-32_768, 32_768, dtype=np.int32).astype(np.int16)))
    assert 255 == len(levels)
    off = np.abs(once.astype(int) - samples)
    assert np.array_equal(np.abs(levels[:, None].astype(int) - samples).min(axis=0), off)
    assert np.array_equal(once, telephone(once))


def test_silence_stays_silence_on_the_telephone():
    """Digital silence is a level of its own."""
    assert [0, 0] == telephone(np.zeros(2, np.int16)).tolist()


@given(st.integers(-50, 60), st.integers(1, 30))
def test_a_clip_is_put_where_it_belongs(at, length):
    """What does not fit on the track is left out."""
    track = np.ones(40, np.int16)
    put(track, np.full(length, 5, np.int16), at)
    assert [6 if at <= n < at + length else 1 for n in range(40)] == track.tolist()


def test_what_is_too_loud_is_clipped():
    """It does not wrap around."""
    track = np.full(3, 30_000, np.int16)
    put(track, np.array([30_000, -30_000, 10], np.int16), 0)
    assert [32_767, 0, 30_010] == track.tolist()


def test_gain_is_in_decibel():
    """Six make twice as much, none leave it alone."""
    sound = np.array([1_000, -1_000], np.int16)
    assert sound is gained(sound, 0)
    assert 6.0 == pytest.approx(rms_dbfs(gained(sound, 6.0)) - rms_dbfs(sound), abs=0.01)


def test_an_echo_is_the_room_of_a_click():
    """The direct sound after the play-out delay, at the gain; reflections after it, weaker and weaker."""
    click = np.zeros(RATE, np.int16)
    click[100] = 20_000
    heard = echo(click, room_response(1, RATE), -20.0)
    direct = 100 + PLAY_OUT_MS * 8
    assert 2_000 == heard[direct]
    assert not heard[:direct].any()
    energy = [np.abs(heard[direct + 8 * ms : direct + 8 * (ms + 60)].astype(int)).max() for ms in (3, 80, 180)]
    assert sorted(energy, reverse=True) == energy
    assert energy[0] < 1_000


def test_a_measured_room_starts_with_its_loudest_sample():
    """The clap's own delay is left out, the play-out delay put in its place; its energy is one."""
    clap = np.zeros(RATE, np.int16)
    clap[300:303] = (16_000, -8_000, 8_000)
    room = measured_room(clap, RATE)
    assert (PLAY_OUT_MS + 500) * 8 == len(room)
    assert [1.0, -0.5, 0.5] == pytest.approx((room[PLAY_OUT_MS * 8 :][:3] * 1.5**0.5).tolist())
    assert 1.0 == pytest.approx(np.sum(room**2))
    click = np.zeros(RATE, np.int16)
    click[0] = 12_000
    assert [980, -490, 490] == echo(click, room, -20.0)[PLAY_OUT_MS * 8 :][:3].tolist()
