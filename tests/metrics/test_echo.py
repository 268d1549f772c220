"""Whose sound is in the microphone: prompts that people spoke, through rooms made of a delay and a gain."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bargein.audio.files import read
from bargein.audio.places import data_dir
from bargein.errors import AudioError
from bargein.metrics.echo import (
    BAND_EDGES_HZ,
    ECHO,
    LAGS,
    LEAST_MS,
    NOT_ECHO,
    RULES,
    UNDECIDED,
    Attribution,
    _correlations,
    _nulls,
    attribute,
    coupling_loss_db,
    erle_db,
)
from bargein.timeline import Span

RATE = 8_000
SECONDS = 14


def prompt(name: str) -> np.ndarray:
    """A prompt as it was spoken, 14 s; shorter ones say themselves again."""
    samples, rate = read(data_dir() / "prompts" / f"{name}.flac")
    assert RATE == rate
    return np.resize(samples, SECONDS * RATE)


def later(sound: np.ndarray, ms: int, gain: float = 1.0) -> np.ndarray:
    """The sound behind a delay, softer."""
    return gain * np.concatenate([np.zeros(ms * RATE // 1_000, np.float32), sound])[: len(sound)]


@pytest.fixture(scope="module")
def agent() -> np.ndarray:
    """What left the loudspeaker."""
    return prompt("en/vm-opts-full")


@pytest.fixture(scope="module")
def strangers() -> list[tuple[np.ndarray, int]]:
    """The same voice, other words."""
    return [(prompt(f"en/{name}"), RATE) for name in ("basic-pbx-ivr-main", "demo-congrats", "dir-instr")]


@pytest.fixture(scope="module")
def user() -> np.ndarray:
    """Another voice, heard from 6 s on."""
    spoken = prompt("fr/something-terribly-wrong")
    return np.concatenate([np.zeros(6 * RATE, np.float32), spoken])[: len(spoken)]


@pytest.fixture(scope="module")
def hiss() -> np.ndarray:
    """A quiet microphone: -80 dBFS."""
    return np.random.default_rng(0).normal(0.0, 1e-4, SECONDS * RATE).astype(np.float32)


BEFORE, WITH = Span(2_000, 5_000), Span(7_000, 10_000)  # the user speaks from 6 s on


@pytest.mark.parametrize(
    ("verdict", "because", "parts", "span"),
    [
        (ECHO, "its shape, and little energy beside it", "echo", BEFORE),
        (ECHO, "its shape, and little energy beside it", "echo user", BEFORE),
        (NOT_ECHO, "double talk, most of it not the agent", "echo twice", WITH),  # 6 dB over the echo
        (NOT_ECHO, "neither its shape nor its energy", "echo user", WITH),  # 20 dB: the shape drowns
        (UNDECIDED, "double talk, or an echo that changes", "echo alike", WITH),
        (NOT_ECHO, "neither its shape nor its energy", "user", WITH),  # a headset: no echo at all
        (UNDECIDED, "too quiet", "", WITH),
        (UNDECIDED, "too short", "echo", Span(2_000, 2_000 + LEAST_MS - 1)),
        (UNDECIDED, "too short", "echo", Span(SECONDS * 1_000 - 100, SECONDS * 1_000 + 3_000)),
        (UNDECIDED, "too short", "echo", Span(SECONDS * 1_000 + 100, SECONDS * 1_000 + 3_000)),
    ],
)
def test_whose_sound_it_is(verdict, because, parts, span, agent, user, hiss, strangers):
    """Echo needs the agent's shape and nobody's energy beside it."""
    gains = {"user": 0.5, "twice": 0.1, "alike": 0.05}
    sounds = {"echo": later(agent, 60, 0.05)} | {name: gain * user for name, gain in gains.items()}
    mic = hiss + sum((sounds[part] for part in parts.split()), np.zeros_like(hiss))
    (found,) = attribute((mic, RATE), (agent, RATE), [span], strangers)
    assert (verdict, because) == (found.verdict, found.because)


def test_a_silent_agent_has_no_echo(user, hiss, strangers):
    """Whatever the microphone holds; also when nothing was ever heard of the agent."""
    for silent in (np.zeros(SECONDS * RATE, np.float32), np.zeros(0, np.float32)):
        (found,) = attribute((user + hiss, RATE), (silent, RATE), [WITH], strangers)
        assert (NOT_ECHO, "the agent was silent", None) == (found.verdict, found.because, found.lag_ms)


def test_other_words_of_the_same_voice_are_no_echo(agent, hiss, strangers):
    """The microphone holds the agent of another session."""
    (words, _), *rest = strangers
    (found,) = attribute((later(words, 60, 0.05) + hiss, RATE), (agent, RATE), [BEFORE], rest)
    assert NOT_ECHO == found.verdict
    assert found.correlation < found.null_max


def test_steady_noise_is_nobody(agent, hiss, strangers):
    """A fan 15 dB under the echo leaves it an echo; what is left over is not the fan."""
    (found,) = attribute((later(agent, 60, 0.05) + 10 * hiss, RATE), (agent, RATE), [BEFORE], strangers)
    assert ECHO == found.verdict
    assert found.near_share < 0.05


def test_agents_that_are_silent_are_no_nulls():
    """They would be unlike anything, and make the first likeness an echo."""
    likeness = np.repeat([0.3, 0.0, 0.2], LAGS)
    sounding = np.repeat([50.0, 24.0, 25.0], LAGS)
    assert [0.3, 0.2] == _nulls(likeness, sounding, heard=50).tolist()


def test_few_nulls_decide_nothing(agent, hiss, strangers):
    """Two seconds have no room for agent audio that cannot be in the window; foreign agents bring it."""
    mic, span = (later(agent, 60, 0.05) + hiss)[: 2 * RATE], [Span(0, 2_000)]
    (alone,) = attribute((mic, RATE), (agent[: 2 * RATE], RATE), span)
    (beside,) = attribute((mic, RATE), (agent[: 2 * RATE], RATE), span, strangers)
    assert (UNDECIDED, "too few nulls") == (alone.verdict, alone.because)
    assert ECHO == beside.verdict
    assert alone.nulls < 20 <= beside.nulls


@pytest.mark.parametrize("rate", [11_025, 16_000, 48_000])
def test_tracks_may_have_different_rates(rate, agent, hiss, strangers):
    """The grid is of time, not of samples."""
    from bargein.audio.resample import resample

    mic = later(agent, 60, 0.05) + hiss
    (found,) = attribute((resample(mic, RATE, rate), rate), (agent, RATE), [BEFORE], strangers)
    assert (ECHO, 60) == (found.verdict, found.lag_ms)
    assert 26.0 == pytest.approx(found.coupling_loss_db, abs=0.3)


@settings(max_examples=15)
@given(gain=st.floats(1e-3, 3.0))
def test_the_gain_of_the_microphone_changes_coupling_loss_alone(gain, agent, user, hiss, strangers):
    """And that by its own decibels."""
    mic = later(agent, 60, 0.05) + hiss + 0.5 * user
    spans = [BEFORE, WITH]
    as_is, louder = (attribute((g * mic, RATE), (agent, RATE), spans, strangers) for g in (1.0, gain))
    for one, other in zip(as_is, louder, strict=True):
        assert (one.verdict, one.because, one.lag_ms) == (other.verdict, other.because, other.lag_ms)
        assert one.correlation == pytest.approx(other.correlation, abs=1e-4)
        assert one.null95 == pytest.approx(other.null95, abs=1e-4)
        assert one.near_share == pytest.approx(other.near_share, abs=1e-3)
    assert as_is[0].coupling_loss_db - 20 * math.log10(gain) == pytest.approx(louder[0].coupling_loss_db, abs=0.01)
    assert as_is[1].coupling_loss_db is louder[1].coupling_loss_db is None


@settings(max_examples=15)
@given(hops=st.integers(0, LAGS - 1), ms=st.integers(0, 9))
def test_a_delay_is_the_lag(hops, ms, agent, strangers):
    """On the grid exactly, between two of its points one of the two."""
    delay = min(10 * hops + ms, 10 * (LAGS - 1))
    (found,) = attribute((later(agent, delay, 0.05), RATE), (agent, RATE), [BEFORE], strangers)
    assert found.lag_ms in {delay // 10 * 10, -(-delay // 10) * 10}
    assert ECHO == found.verdict


def test_an_echo_later_than_the_lags_is_not_found(agent, hiss, strangers):
    """What is not looked for is not called echo."""
    (found,) = attribute((later(agent, 600, 0.05) + hiss, RATE), (agent, RATE), [BEFORE], strangers)
    assert ECHO != found.verdict


def test_the_correlations_are_those_of_numpy():
    """All shifts at once equal one after the other."""
    chance = np.random.default_rng(3)
    window, track = chance.random((16, 40)), chance.random((16, 90))
    track[5] = 1.0  # a band without movement counts 0
    at = 30
    for shift, value in enumerate(_correlations(window, track, track, at)[0]):
        there = np.take(track, np.arange(at - shift, at - shift + 40), axis=1, mode="wrap")
        by_band = [0.0 if b == 5 else np.corrcoef(window[b], there[b])[0, 1] for b in range(16)]
        assert np.mean(by_band) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("mic", ["zeros", "constant", "hum", "empty", "one sample"])
@pytest.mark.parametrize("heard", ["zeros", "constant", "hum", "empty", "speech"])
def test_nothing_to_hear_gives_no_number_that_is_none(mic, heard, agent):
    """Silent, constant, empty: a verdict that is not echo, and finite numbers."""
    hum = 0.1 * np.sin(2 * np.pi * 440 * np.arange(SECONDS * RATE) / RATE)
    sounds = {"zeros": 0 * hum, "constant": 0 * hum + 0.3, "hum": hum, "empty": hum[:0], "one sample": hum[1:2],
              "speech": agent}  # fmt: skip
    tracks = (sounds[mic].astype(np.float32), RATE), (sounds[heard].astype(np.float32), RATE)
    for found in attribute(*tracks, [Span(0, 14_000), Span(0, 0), Span(3_000, 5_000), Span(20_000, 30_000)]):
        assert ECHO != found.verdict
        numbers = (found.correlation, found.null95, found.null_max, found.near_share)
        assert all(map(math.isfinite, numbers))
    assert coupling_loss_db(*tracks, []) is None
    assert erle_db(*tracks, []) is None


@settings(max_examples=25)
@given(seed=st.integers(0, 9_999), ms=st.integers(0, 4_000), start=st.integers(-500, 4_000))
def test_every_window_gets_a_verdict_and_finite_numbers(seed, ms, start, agent):
    """Wherever it lies, whatever noise it holds."""
    mic = np.random.default_rng(seed).normal(0, 0.01, 4 * RATE).astype(np.float32)
    (found,) = attribute((mic, RATE), (agent, RATE), [Span(start, start + ms)])
    assert found.verdict in {ECHO, NOT_ECHO, UNDECIDED}
    assert 0.0 <= found.near_share <= 1.0
    assert -1.0 - 1e-9 <= found.correlation <= 1.0 + 1e-9
    assert found.span.ms <= ms


def test_some_rule_always_holds():
    """And the first of an untouched attribution says why nothing is known."""
    assert RULES[-1][0](Attribution(Span(0, 1_000)))
    assert [UNDECIDED, "too short"] == [*next(rule[1:] for rule in RULES if rule[0](Attribution(Span(0, 1))))]


@pytest.mark.parametrize("db", [6.0, 20.0, 40.0])
def test_coupling_loss_is_the_level_of_the_agent_over_its_echo(db, agent, hiss):
    """Noise is taken off; the lag moves the agent to where its echo is."""
    mic = later(agent, 60, 10 ** (-db / 20)) + 0.01 * hiss
    assert db == pytest.approx(coupling_loss_db((mic, RATE), (agent, RATE), [BEFORE], lag_ms=60), abs=0.2)


@pytest.mark.parametrize("db", [3.0, 18.0])
def test_erle_is_what_the_canceller_took_off(db, agent):
    """Only where the agent sounds alone; a louder residual is negative."""
    less = (agent * 10 ** (-db / 20)).astype(np.float32)
    assert db == pytest.approx(erle_db((agent, RATE), (less, RATE), [BEFORE]), abs=0.01)
    assert -db == pytest.approx(erle_db((less, RATE), (agent, RATE), [BEFORE]), abs=0.01)
    assert erle_db((agent, RATE), (0 * agent, RATE), [BEFORE]) is None


def test_what_is_no_track_is_refused(agent):
    """Two channels, a rate under the bands, numbers that are none."""
    with pytest.raises(ValueError, match="one channel of 8000 Hz or more, not shape"):
        attribute((np.zeros((10, 2), np.float32), RATE), (agent, RATE), [])
    with pytest.raises(ValueError, match="at 4000 Hz"):
        attribute((agent, RATE), (agent, 4_000), [])
    with pytest.raises(AudioError):
        attribute((np.full(10, np.nan, np.float32), RATE), (agent, RATE), [])
    assert BAND_EDGES_HZ[-1] <= RATE / 2
