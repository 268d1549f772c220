"""Silero's own gates as variants of one: golden outputs of the authors' functions, and cutting that changes nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bargein as bi
from bargein.errors import SettingsError
from bargein.vad.rule import Detector, Rule, edges, speech
from bargein.vad.scores import Scores
from bargein.vad.sweep import curve, sweep
from bargein.vad.tables import load_scores
from bargein.vad.variants import VARIANTS, Segment, Segmenter, differences, segments

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "silero_gates.json").read_text(encoding="utf-8"))
OFFICIAL = ("silero-timestamps", "silero-iterator")


# ---- what the authors' own functions say


@pytest.fixture(scope="module")
def clips():
    """Embedded scores of real recordings, by name; they are those that the golden outputs were made of."""
    found = {clip.clip: clip.scores for clip in load_scores() if clip.clip in GOLDEN["clips"]}
    hashes = {name: hashlib.sha256(scores.values.tobytes()).hexdigest()[:16] for name, scores in found.items()}
    assert {name: said["scores"] for name, said in GOLDEN["clips"].items()} == hashes
    return found


def rules(name: str) -> list[Rule]:
    """The settings of the golden file; the iterator's are those with neither exit nor maximum, less the minimum."""
    if name == "silero-timestamps":
        return [Rule(**given) for given in GOLDEN["settings"]]
    usable = (given for given in GOLDEN["settings"] if not {"exit", "max_speech_ms"} & {*given})
    return [Rule(**{k: v for k, v in given.items() if k != "min_speech_ms"}) for given in usable]


@pytest.mark.parametrize("name", OFFICIAL)
def test_stretches_are_those_of_silero_6_2_3(clips, name):
    """To the sample, on 69 recordings, with and without exit, minimum, maximum and padding that is shared."""
    for clip, scores in clips.items():
        for rule, expected in zip(rules(name), GOLDEN["clips"][clip][name], strict=True):
            found = [at for one in segments(scores, rule, name) for at in (one.start, one.end) if at is not None]
            assert expected == found, (clip, rule)


def test_the_golden_outputs_reach_every_difference():
    """Open ends, shared gaps, cuts by length: recordings on which nothing differs would hold nothing."""
    assert "silero-vad 6.2.3" == GOLDEN["package"]
    assert 64 == len(GOLDEN["utils_vad.py"])
    said = GOLDEN["clips"].values()
    usual = [clip["silero-timestamps"][0] for clip in said]
    assert sum(map(len, usual)) > 300
    assert any(len(clip["silero-iterator"][0]) % 2 for clip in said)
    gaps = [b - a for clip in said for a, b in pairwise(clip["silero-timestamps"][1][1:-1])]
    assert 0 in gaps
    assert any(len(clip["silero-timestamps"][5]) > len(clip["silero-timestamps"][0]) for clip in said)


# ---- drawn: a digit is a tenth and one character a frame


def drawn(digits: str, rule: Rule) -> str:
    """Deciding frames of starts (^), stops (v), a stop and a start in one (x), all three (*)."""
    found = Detector(rule, 512, 16_000).feed([int(d) / 10 for d in digits])
    marks = {"start": "^", "stop": "v", "stopstart": "x", "startstop": "v", "startstopstart": "*"}
    kinds = ["".join(e.kind for e in found if e.frame == i) for i in range(len(digits))]
    return "".join(marks[k] if k else "." for k in kinds)


@pytest.mark.parametrize(
    ("digits", "decided"),
    [
        ("99999999900", "^......v^.."),  # over 192 ms without a pause: cut where it is; the next high frame enters
        ("90000999990", "^......x..."),  # in its longest pause of over 98 ms: the rest began three frames ago
        ("90090999990", "^......v^.."),  # pauses of 64 and 32 ms are too short to be cut in
        ("90000000000", "^......v..."),  # a pause that is not over is none yet
    ],
)
def test_what_lasts_too_long_is_cut(digits, decided):
    """Six frames are allowed."""
    rule = Rule(0.5, silence_duration_ms=3_000, max_speech_ms=192)
    assert decided == drawn(digits, rule)


def test_what_is_cut_is_announced_however_short():
    """Silero keeps it; a stop without its start would be no edge."""
    rule = Rule(0.5, silence_duration_ms=3_000, min_speech_ms=500, max_speech_ms=64)
    assert ["start", "stop"] == [e.kind for e in Detector(rule, 512, 16_000).feed([0.9] * 4)]


# ---- cutting changes nothing, and what the variants share

LEVELS = [0.0, 0.01, 0.1, 0.35, float(np.float32(0.35)), 0.4, 0.5, 0.9, 1.0]
VALUES = st.lists(st.sampled_from(LEVELS) | st.floats(0, 1), max_size=60)


@st.composite
def gates(draw) -> tuple[str, Rule]:
    """A variant with a rule it has a place for."""
    name = draw(st.sampled_from([*VARIANTS]))
    enter = draw(st.sampled_from([0.5, 0.16, 0.1, 1.0]) | st.floats(0.01, 1))
    pad = draw(st.sampled_from([0, 30, 100]))
    silence = draw(st.sampled_from([0, 32, 65, 200]))
    if VARIANTS[name].lacks:
        return name, Rule(enter, None, silence, pad)
    exit = draw(st.none() | st.floats(0, enter))
    longest = draw(st.none() | st.integers(32 + 2 * pad, 900))
    return name, Rule(enter, exit, silence, pad, draw(st.just(0) | st.integers(0, 150)), longest)


@given(values=VALUES, gate=gates(), cuts=st.lists(st.integers(0, 60), max_size=6), missing=st.integers(0, 511))
def test_how_scores_are_cut_changes_no_stretch(values, gate, cuts, missing):
    """Whole, in pieces (empty ones too), frame by frame; the sound may end inside the last frame."""
    name, rule = gate
    samples = max(len(values) * 512 - missing, 0)
    whole = segments(Scores(np.array(values), 512, 16_000, len(values) * 512, "m"), rule, name)
    at = [0, *sorted(cuts), len(values)]
    for pieces in ([values[a:b] for a, b in pairwise(at)], [[v] for v in values]):
        stream = Segmenter(name, rule, 512, 16_000)
        found = [one for piece in pieces for one in stream.feed(piece)]
        assert whole[: len(found)] == found  # nothing that was final is taken back
        assert whole == [*found, *stream.finish(len(values) * 512)]
    stream = Segmenter(name, rule, 512, 16_000)
    ends = [one.end for one in [*stream.feed(values), *stream.finish(samples)] if one.end is not None]
    assert name != "silero-timestamps" or all(end <= samples for end in ends)


@given(values=VALUES, gate=gates())
def test_edges_with_a_maximum_do_not_depend_on_the_cut_either(values, gate):
    """The state machine itself: starts and stops alternate, none is decided before it is known."""
    rule = gate[1]
    whole = Detector(rule, 512, 16_000).feed(values)
    detector = Detector(rule, 512, 16_000)
    assert whole == [edge for value in values for edge in detector.feed([value])]
    assert ["start", "stop"] * (len(whole) // 2) + ["start"] * (len(whole) % 2) == [e.kind for e in whole]
    assert all(e.boundary <= e.frame for e in whole)


@given(values=VALUES, gate=gates())
def test_a_maximum_that_is_never_reached_changes_nothing(values, gate):
    """Two machines, one rule."""
    plain, capped = replace(gate[1], max_speech_ms=None), replace(gate[1], max_speech_ms=10_000)
    assert Detector(plain, 512, 16_000).feed(values) == Detector(capped, 512, 16_000).feed(values)


@given(values=VALUES, gate=gates())
def test_without_padding_silero_s_stretches_are_the_server_s_speech(values, gate):
    """One state machine: they differ in what they claim of it. Speech that is open and too short is dropped."""
    given_rule = gate[1]
    rule = Rule(given_rule.enter, None, given_rule.silence_duration_ms, 0, given_rule.min_speech_ms)
    scores = Scores(np.array(values), 512, 16_000, len(values) * 512, "m")
    closed = [e.boundary * 512 for e in edges(scores, rule)]
    closed = closed[: len(closed) // 2 * 2]
    found = segments(scores, rule, "silero-timestamps")
    assert closed == [at for one in found for at in (one.start, one.end)][: len(closed)]
    assert sum(span.ms for span in speech(scores, rule)) <= sum((one.end - one.start) // 16 for one in found)


# ---- the verb, and what is refused


def test_the_verb_takes_the_gate_by_name():
    """And gives its own defaults where no rule is given: silence 100, padding 30, minimum 250."""
    scores = Scores(np.repeat([0.0, 0.9, 0.0], [10, 10, 10]), 512, 16_000, 30 * 512, "demo")
    assert [Segment(320 * 16 - 480, 640 * 16 + 480, 16_000)] == bi.segments(scores, variant="silero-timestamps")
    assert (290, 670) == (lambda s: (s.start_ms, s.end_ms))(bi.segments(scores, variant="silero-timestamps")[0])
    short = Scores(np.repeat([0.0, 0.9, 0.0], [10, 7, 10]), 512, 16_000, 27 * 512, "demo")
    assert ([], 1) == (
        bi.segments(short, variant="silero-timestamps"),
        len(bi.segments(short, variant="silero-iterator")),
    )


@pytest.mark.parametrize(
    ("name", "rule", "said"),
    [
        ("silero", Rule(), "none of server, silero-timestamps, silero-iterator"),
        ("silero-iterator", Rule(0.5, 0.2, min_speech_ms=50, max_speech_ms=900), r"(?s)exit.*min_speech.*max_speech"),
        ("silero-timestamps", Rule(0.5, prefix_padding_ms=100, max_speech_ms=200), "both paddings, 232 ms"),
        ("silero-timestamps", Rule(0.005), r"exit: 0\.01 is outside 0\.\.0\.005"),
    ],
)
def test_what_a_gate_has_no_place_for_is_refused(name, rule, said):
    """All at once; never left out without a word."""
    with pytest.raises(SettingsError, match=said):
        Segmenter(name, rule, 512, 16_000)


def test_the_exact_sweep_refuses_a_maximum():
    """It cuts stretches by their length: another form."""
    turn = load_scores(groups=["user-utterances"])[:1]
    with pytest.raises(SettingsError, match="maximum length of speech has no exact form"):
        curve(turn, Rule(0.5, max_speech_ms=2_000))
    with pytest.raises(SettingsError, match="maximum length of speech has no exact form"):
        sweep(turn, rule_at=lambda t: Rule(t, max_speech_ms=2_000))


def test_every_gate_says_what_sets_it_apart():
    """The table has a word for every trait of every variant."""
    rows = differences()
    assert all(row[name] for row in rows for name in VARIANTS)
    assert {len(row) for row in rows} == {1 + len(VARIANTS) + 2}
