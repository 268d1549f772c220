"""The same speech twice: what the user says and the agent answers is the same, the provider alone differs."""

from __future__ import annotations

import numpy as np
import pytest

from bargein.compose.pairs import SETTINGS, pairs, scripts
from bargein.errors import BargeinError
from bargein.settings import ServerVad


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """An interruption, and a turn with a pause."""
    return pairs(tmp_path_factory.mktemp("pairs"), only=["openai-01", "grok-11"])


def test_the_voices_the_settings_and_the_pauses_are_the_same(few):
    """As many labels of each kind and length, the same sources, the same settings in force."""
    for pair in few:
        one, other = pair.openai, pair.xai
        assert ("openai", "xai") == (one.info.provider, other.info.provider)
        assert one.info.sources == other.info.sources
        assert {SETTINGS.label} == {s.info.turn_detection.label for s in (one, other)}
        lengths = [[(b.kind, b.offset_ms - b.onset_ms) for b in s.labels] for s in (one, other)]
        assert lengths[0] == lengths[1]


def test_the_first_turn_is_the_same_to_the_sample(few):
    """Until the agent answers nothing hangs on the provider."""
    for pair in few:
        end = pair.openai.labelled("turn")[0].offset_ms
        sounds = [
            s.audio("user")[: (end - s.info.tracks["user"].origin_ms) * s.info.tracks["user"].rate // 1_000]
            for s in (pair.openai, pair.xai)
        ]
        onsets = [s.labelled("turn")[0].onset_ms - s.info.tracks["user"].origin_ms for s in (pair.openai, pair.xai)]
        shared = [s[onset * 8 :] for s, onset in zip(sounds, onsets, strict=True)]
        n = min(map(len, shared))
        assert n > 8 * 500
        np.testing.assert_array_equal(shared[0][:n], shared[1][:n])


def test_every_script_is_of_read_speech_and_both_can_play_it(few):
    """None that one of them must cut off; the names say script and voice."""
    assert ["01-interruption.fr", "11-pause-held.ru"] == [pair.script for pair in few]
    assert {"read"} == {s.info.speech_style for pair in few for s in (pair.openai, pair.xai)}
    assert 10 <= len(scripts())
    assert not any("cut-off" in scene.id for scene in scripts())


def test_other_settings_are_in_force_in_both(tmp_path):
    """And what stands there is not replaced unasked."""
    (pair,) = pairs(tmp_path, ServerVad(0.7, 200, 800), only=["openai-12"])
    assert {"server_vad 0.7/200/800"} == {s.info.turn_detection.label for s in (pair.openai, pair.xai)}
    with pytest.raises(BargeinError, match="exists"):
        pairs(tmp_path, only=["openai-12"])


def test_an_unknown_script_is_refused(tmp_path):
    """With those there are."""
    with pytest.raises(BargeinError, match="openai-01-interruption"):
        pairs(tmp_path, only=["no such"])
