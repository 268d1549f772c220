"""Levels of a microphone: known sounds at known times, gains, and the embedded sessions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.errors import StageError
from bargein.ledger import Generated
from bargein.metrics.levels import Levels, levels, measured
from bargein.metrics.recorded import recorded_heard
from bargein.session import load
from bargein.timeline import Span, Timeline

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
RATE = 8_000
USER, AGENT = Timeline([Span(1_000, 2_000)]), Timeline([Span(2_500, 4_000)])


def microphone(noise: float, speech: float, echo: float, seconds: int = 6) -> np.ndarray:
    """Hiss throughout, louder while the user speaks and while the agent is heard; RMS amplitudes."""
    hiss = np.random.default_rng(3).normal(size=seconds * RATE)
    gain = np.full(len(hiss), noise)
    for spans, amplitude in ((USER, speech), (AGENT, echo)):
        for s in spans:
            gain[s.start * 8 : s.end * 8] = amplitude
    return hiss * gain


def test_each_level_is_of_its_own_time() -> None:
    """-20 dBFS of speech, -40 of echo, -60 of noise."""
    found = measured(microphone(0.001, 0.1, 0.01), RATE, USER, USER, AGENT)
    assert [-20, -40, -60] == pytest.approx([found.speech_dbfs, found.echo_dbfs, found.noise_dbfs], abs=0.3)
    assert (1_000, 1_500, 2_900) == (found.speech_ms, found.echo_ms, found.noise_ms), "300 ms after each are left out"
    assert [40, 20, 20] == pytest.approx([found.snr_db, found.echo_over_noise_db, found.speech_over_echo_db], abs=0.4)


def test_noise_is_taken_off_the_speech() -> None:
    """Speech as loud as the noise beside it: twice the energy together, a ratio of 0 dB."""
    found = measured(microphone(0.01, 0.01 * 2**0.5, 0.01), RATE, USER, USER, AGENT)
    assert 0 == pytest.approx(found.snr_db, abs=0.5)


def test_what_is_labelled_is_no_echo_and_no_noise() -> None:
    """A cough while the agent sounds, from 3,000 to 3,400: 700 ms of echo less."""
    cough = Timeline([Span(3_000, 3_400)])
    found = measured(microphone(0.001, 0.1, 0.01), RATE, USER, USER | cough, AGENT)
    assert 1_500 - 700 == found.echo_ms


def test_double_talk_is_neither() -> None:
    """Speech that the agent's sound covers has no level."""
    found = measured(microphone(0.001, 0.1, 0.01), RATE, USER, USER, Timeline([Span(500, 4_000)]))
    assert (None, 0) == (found.speech_dbfs, found.speech_ms)


def test_digital_silence_is_no_noise() -> None:
    """A ratio to nothing is no number; the level of nothing is the lowest there is."""
    found = measured(microphone(0.0, 0.1, 0.0), RATE, USER, USER, AGENT)
    assert (-140, -140, None, None, None) == (
        found.noise_dbfs, found.echo_dbfs, found.snr_db, found.echo_over_noise_db, found.speech_over_echo_db,
    )  # fmt: skip


def test_too_little_is_no_level() -> None:
    """490 ms of speech."""
    short = Timeline([Span(1_000, 1_490)])
    assert measured(microphone(0.001, 0.1, 0.01), RATE, short, short, AGENT).speech_dbfs is None


@given(st.floats(0.05, 2.0), st.integers(0, 5_000))
def test_gain_moves_levels_and_no_ratio_and_time_moves_nothing(gain: float, ms: int) -> None:
    """A microphone that is turned up, and a track that begins later."""
    sound = microphone(0.001, 0.1, 0.01)
    one = measured(sound, RATE, USER, USER, AGENT)
    other = measured(gain * sound, RATE, USER.shift(ms), USER.shift(ms), AGENT.shift(ms), ms)
    assert one.speech_dbfs + 20 * np.log10(gain) == pytest.approx(other.speech_dbfs, abs=0.01)
    assert one.snr_db == pytest.approx(other.snr_db, abs=0.01)
    assert (one.speech_ms, one.echo_ms, one.noise_ms) == (other.speech_ms, other.echo_ms, other.noise_ms)


def test_levels_of_embedded_sessions() -> None:
    """Echo that was composed stands out where it was composed, and nowhere else."""
    found = {name: levels(s, recorded_heard(s)) for name in ("openai-06-echo", "openai-12-plain", "grok-09-echo")
             for s in [load(SESSIONS / name)]}  # fmt: skip
    assert found["openai-12-plain"].echo_over_noise_db is None
    assert min(found[n].echo_over_noise_db for n in ("openai-06-echo", "grok-09-echo")) > 30
    assert all(x.speech_dbfs is not None and x.speech_ms >= 500 for x in found.values())


def test_without_labels_or_a_players_log_nothing_is_measured() -> None:
    """What sounded when is not known."""
    session = load(SESSIONS / "openai-12-plain")
    assert Levels() == levels(session, None)
    with pytest.raises(StageError, match="level of an echo is asked of heard audio"):
        levels(session, Generated((), 8_000))  # type: ignore[arg-type]
