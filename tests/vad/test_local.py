"""A detector beside the loudspeaker: the same edges as everywhere, as events that say where they come from."""

from __future__ import annotations

import numpy as np
import pytest

from bargein.audio import files
from bargein.events import LOCAL_VAD, SpeechStarted, SpeechStopped
from bargein.vad import local
from bargein.vad.local import LOCAL_DEFAULT, local_edges
from bargein.vad.rule import Rule
from bargein.vad.scores import Scores


@pytest.fixture
def drawn(monkeypatch):
    """Scores drawn as tenths instead of a model's."""

    def scored(digits: str) -> None:
        values = np.array([int(d) / 10 for d in digits])
        monkeypatch.setattr(
            local, "scores_for", lambda *_, **__: Scores(values, 512, 16_000, 512 * len(values), "drawn")
        )

    return scored


def test_events_come_when_the_detector_knows(drawn):
    """At the end of the deciding frame, 32 ms each; 200 ms of end silence are seven frames after the first low one."""
    drawn("00990000000000")
    assert [
        SpeechStarted(at=3 * 32, source=LOCAL_VAD, claimed_ms=2 * 32),
        SpeechStopped(at=12 * 32, source=LOCAL_VAD, claimed_ms=11 * 32),
    ] == local_edges(np.zeros(1, np.int16), 16_000)


def test_another_rule_may_be_listened_to(drawn):
    """A stricter one hears less."""
    drawn("00660000000000")
    assert 2 == len(local_edges(np.zeros(1, np.int16), 16_000))
    assert [] == local_edges(np.zeros(1, np.int16), 16_000, rule=Rule(0.7))


def test_the_default_is_sileros_gate_and_claims_no_padding():
    """Its thresholds; the end silence of the provider it is compared with."""
    assert (0.5, 0.35, 200) == (LOCAL_DEFAULT.enter, LOCAL_DEFAULT.leave, LOCAL_DEFAULT.silence_duration_ms)
    assert (0, 0) == (LOCAL_DEFAULT.prefix_padding_ms, LOCAL_DEFAULT.min_speech_ms)
    assert Rule(0.5).leave == LOCAL_DEFAULT.leave


def test_a_real_clip_is_heard_as_a_provider_heard_it(mirror, tmp_path):
    """The same gate as OpenAI's on that clip, without its padding: onset 1760, stop claimed at 4256."""
    path = mirror / "provider-vad" / "marcelo_24khz.flac"
    expected = [SpeechStarted(1_792, LOCAL_VAD, claimed_ms=1_760), SpeechStopped(4_288, LOCAL_VAD, claimed_ms=4_256)]
    assert expected == local_edges(path, cache=tmp_path)
    assert expected == local_edges(*files.read_int16(path), cache=tmp_path)
