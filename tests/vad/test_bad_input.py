"""What a detector may be given: silence, 8-bit and 48 kHz files, ten hours, labels that cannot be: each is answered."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

import bargein as bi
from bargein.audio.resample import resample
from bargein.errors import LabelError, NotAnswerable, SettingsError
from bargein.session import Label
from bargein.tuning import tune
from bargein.vad import silero
from bargein.vad.cache import Cache, scores_for
from bargein.vad.rule import Rule, edges
from bargein.vad.scorers import SCORERS, score
from bargein.vad.scores import Scores
from bargein.vad.variants import VARIANTS, segments
from drawn_scores import other, turn

USER = Path(__file__).parents[2] / "data" / "sessions" / "openai-13-beta-interruption" / "user.flac"


def label(kind: str, onset: int, offset: int, **more) -> Label:
    """A label of the user's, by a person."""
    return Label(kind=kind, onset_ms=onset, offset_ms=offset, track="user", basis="human", complete="yes", **more)


#: Three seconds: 1,000 ms of silence, 1,000 of speech, silence.
SPOKEN = Scores(np.repeat([0.0, 0.9, 0.0], [31, 31, 32]), 512, 16_000, 48_000, "demo")


# ---- settings and labels


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"enter": 1.3}, "enter: 1.3 is outside 0..1"),
        ({"enter": 0.5, "exit": 0.6}, r"exit: 0\.6 is outside 0\.\.0\.5; not over enter|exit: 0\.6 .*not over enter"),
        ({"silence_duration_ms": 0.5}, "seconds?"),
        ({"max_speech_ms": 15.0}, "seconds?"),
        ({"max_speech_ms": -1}, "max_speech_ms: -1 is under 0"),
    ],
)
def test_a_rule_out_of_range_is_refused(rule, said):
    """With the value and the likely cause."""
    with pytest.raises(SettingsError, match=said):
        Rule(**rule)


@pytest.mark.parametrize(("onset", "offset"), [(2_900, 3_100), (5_000, 6_000)])
def test_labels_outside_of_the_sound_are_refused(onset, offset):
    """Not cut short, not left out: they are another recording's."""
    with pytest.raises(LabelError, match=f"turn {onset}..{offset} ms lies outside the sound's 3000 ms"):
        bi.sweep(SPOKEN, [label("turn", onset, offset)])


def test_labels_that_overlap_per_speaker_are_refused():
    """All pairs at once: a pause in both would be two. Two annotators may both label what they hear."""
    mine = [label("turn", 900, 1_500), label("turn", 1_400, 2_100), label("tic", 0, 200), label("tic", 100, 300)]
    with pytest.raises(LabelError) as caught:
        bi.sweep(SPOKEN, mine)
    assert 2 == len(caught.value.problems)
    assert "900..1500 and 1400..2100 ms" in str(caught.value)
    both = [label("turn", 900, 2_100, annotator="anna"), label("turn", 950, 2_100, annotator="bert")]
    assert 2 == bi.sweep(SPOKEN, both).at(200).turns


# ---- sound


@pytest.mark.parametrize("name", ["silero", "energy", "webrtc"])
def test_silence_is_no_speech_and_no_recommendation(name):
    """Ten seconds of zeros: no start, every turn missed; tuned on it nothing is recommended for its threshold."""
    if name == "webrtc":
        pytest.importorskip("webrtcvad")
    silent = score(name, [np.zeros(160_000, np.int16)], 16_000)
    assert [] == edges(silent, Rule(0.5))
    assert {()} == {tuple(segments(silent, Rule(0.5, prefix_padding_ms=0), gate)) for gate in VARIANTS}
    curve = bi.sweep(silent, [label("turn", 1_000, 2_000)])
    assert (1, 1) == (curve.at(200).turns, curve.at(200).missed_starts)


def test_silent_recordings_are_never_a_silent_recommendation():
    """Turns that no detector hears: a budget for coughs cannot be met without missing all of them, and it says so."""
    rows = [turn("0000000000", "..tttt....", clip=f"t{i}") for i in range(12)]
    rows += [other("0000000000", "tic", clip=f"c{i}") for i in range(12)]
    tuned = tune(rows, max_false_starts={"tic": 0.1}, max_missed_starts=0.1, max_cutoffs_per_turn=0.1)
    assert tuned.recommendation is None
    assert {"threshold", "silence_duration_ms"} == {r.question for r in tuned.refusals}


@pytest.mark.parametrize(
    ("subtype", "rate", "off"), [("PCM_U8", 16_000, 0.35), ("PCM_U8", 8_000, 0.6), ("PCM_24", 48_000, 0.05)]
)
def test_8_bit_and_48_khz_files_are_scored(tmp_path, subtype, rate, off):
    """As long as the sound, and near to what the plain file scores; 8 bits are noise of their own."""
    sound, native = soundfile.read(USER, dtype="float32")
    sound = sound[8 * native : 14 * native]
    soundfile.write(tmp_path / "plain.wav", resample(sound, native, 16_000), 16_000, subtype="PCM_16")
    soundfile.write(tmp_path / "other.wav", resample(sound, native, rate), rate, subtype=subtype)
    store = Cache(tmp_path / "cache")
    plain, found = (scores_for(tmp_path / f"{n}.wav", cache=store) for n in ("plain", "other"))
    assert abs(len(plain) - len(found)) <= 1
    n = min(len(plain), len(found))
    assert np.abs(plain.values[:n] - found.values[:n]).mean() < off
    assert 0.9 < found.values.max()


def test_ten_hours_are_scored_in_bounded_memory():
    """Piece by piece; the scores alone, 3.6 million, are kept."""
    piece = np.zeros(16_000 * 60, np.float32)
    tracemalloc.start()
    try:
        scores = score("energy", (piece for _ in range(600)), 16_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 36_000_000 == scores.ms
    assert peak < 300e6


def test_ten_hours_of_scores_are_decided_and_swept():
    """1.1 million frames: every gate ends, and the sweep counts what the rule starts."""
    rng = np.random.default_rng(1)
    values = np.clip(np.repeat(rng.random(112_500), 10) ** 2, 0, 1)
    long = Scores(values, silero.HOP, silero.RATE, len(values) * silero.HOP, "synthetic")
    rule = Rule(0.5, silence_duration_ms=512)
    starts = sum(e.kind == "start" for e in edges(long, rule))
    curve = bi.sweep(long, [label("noise", 0, long.ms)])
    assert starts == curve.at(512).starts > 1_000
    assert starts == len(segments(long, rule))


def test_no_labels_are_no_answer():
    """Scores alone say nothing about a setting."""
    with pytest.raises(NotAnswerable):
        bi.sweep(SPOKEN, [])
    assert {"silero", "energy"} <= {*SCORERS}
