"""What gates are counted to do on scores is what they do in a replay of a session, under the same settings."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from bargein.audio.places import data_dir
from bargein.gate import policy
from bargein.replay import replay
from bargein.session import load
from bargein.settings import ServerVad
from bargein.units import hops_covering
from bargein.vad.cache import scores_for
from bargein.vad.exact import counts_of
from bargein.vad.grid import STARTS
from bargein.vad.rule import Rule

#: An interruption, short answers, a cough, the agent's own echo; all at OpenAI's server_vad.
SESSIONS = ("openai-01-interruption", "openai-06-echo", "openai-10-short-answer", "openai-20-stragglers-cough")
THRESHOLDS = (0.3, 0.5, 0.7, 0.9)
SILENCES = (200, 500)
FRAME_MS = 32


def counted(name: str, threshold: float, silence_ms: int, minimum_ms: int) -> int:
    """Starts that the exact sweep counts on the whole of a session's microphone."""
    session = load(data_dir() / "sessions" / name)
    scores = scores_for(session.audio("user"), session.info.tracks["user"].rate)
    row = SimpleNamespace(clip=name, cluster=name, kind="noise", speech_style="", scores=scores, turn=None, holds=())
    hops = hops_covering(silence_ms, scores.hop, scores.rate)
    return int(counts_of(row, Rule(threshold, min_speech_ms=minimum_ms), hops)[hops, STARTS])


def cut(name: str, threshold: float, silence_ms: int, minimum_ms: int) -> int:
    """Cuts of a replay whose gate cuts at once, or once speech has lasted; its report is over an end silence later."""
    session = load(data_dir() / "sessions" / name)
    gate = policy("keyed")
    if minimum_ms:
        ducking = policy("duck")
        frames = minimum_ms // FRAME_MS + 1  # longer than the minimum, strictly
        wait_ms = (frames + hops_covering(silence_ms, 512, 16_000)) * FRAME_MS
        gate = replace(ducking, trigger=replace(ducking.trigger, wait_ms=wait_ms))
    return len(replay(session, gate, settings=ServerVad(threshold, 300, silence_ms)).cuts)


@pytest.mark.parametrize("name", SESSIONS)
@pytest.mark.parametrize("minimum_ms", [0, 200, 500])
def test_counted_starts_are_the_cuts_of_a_replay(name, minimum_ms):
    """At every threshold and end silence, under no gate and under two that wait."""
    grid = [(t, d) for t in THRESHOLDS for d in SILENCES]
    assert [counted(name, *at, minimum_ms) for at in grid] == [cut(name, *at, minimum_ms) for at in grid]


def test_the_grid_tells_gates_and_settings_apart():
    """Where everything cut at every setting, the comparison above would say nothing."""
    assert len({counted("openai-06-echo", t, 200, 0) for t in THRESHOLDS}) > 1
    assert len({counted("openai-10-short-answer", 0.5, 200, n) for n in (0, 500)}) > 1
