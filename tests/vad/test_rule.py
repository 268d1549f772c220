"""The server's rule: six recorded values, drawn scores, a slow oracle, and independence of how scores were cut."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.audio import files
from bargein.errors import SettingsError
from bargein.settings import ServerVad
from bargein.timeline import Span, Timeline
from bargein.vad.rule import Detector, Edge, Rule, edges, speech
from bargein.vad.scores import Scores

#: What the sessions on record had in force.
RECORDED = Rule(enter=0.5, silence_duration_ms=200, prefix_padding_ms=300)
#: Starts and stops in two recorded logs, gpt-realtime.
REPORTED = {
    "openai_server_vad_turn.jsonl": ([1460], [4256]),
    "openai_server_vad_three_turns.jsonl": ([1460, 8948, 16436], [4256, 11744, 19232]),
}


# ---- what a provider reported


def claimed(found: list[Edge], kind: str) -> list[int]:
    """The times a provider would report."""
    return [e.claimed_ms for e in found if e.kind == kind]


@pytest.mark.parametrize("log", REPORTED)
def test_openais_six_reports_are_given_exactly(mirror, log):
    """The clip once, and three times with two seconds of zeros behind each: every start and stop."""
    from bargein.vad.silero import score

    reports = json.loads((mirror / "provider-vad" / "server_vad_results.json").read_text(encoding="utf-8"))["results"]
    report = next(r for r in reports if r["event_log"] == log)
    rule = Rule.of(ServerVad(*(report["turn_detection_in_last_session_event"][k] for k in
                               ("threshold", "prefix_padding_ms", "silence_duration_ms"))))  # fmt: skip
    assert RECORDED == rule
    clip, rate = files.read_int16(mirror / "provider-vad" / "marcelo_24khz.flac")
    sent = np.concatenate([clip, np.zeros(2 * rate, np.int16)] * 3) if "three" in log else clip
    found = edges(score(sent, rate), rule)
    assert REPORTED[log] == (report["audio_start_ms"], report["audio_end_ms"])
    assert report["audio_start_ms"] == claimed(found, "start")
    assert report["audio_end_ms"] == claimed(found, "stop")


def test_a_bare_clone_gives_them_too():
    """From the embedded scores of the same two recordings, which need neither the sound nor the network."""
    from bargein.vad.tables import load_scores

    recordings = [r.scores for r in load_scores(groups=["provider-vad"])]
    found = [edges(scores, RECORDED) for scores in sorted(recordings, key=len)]
    assert list(REPORTED.values()) == [(claimed(f, "start"), claimed(f, "stop")) for f in found]


def test_another_end_silence_moves_the_report_by_whole_frames(mirror):
    """16 frames for 500 ms against 7 for 200: another clip's 3968 and 3680 differ by as much."""
    from bargein.vad.silero import score

    scores = score(*files.read_int16(mirror / "provider-vad" / "marcelo_24khz.flac"))
    long = edges(scores, Rule(0.5, silence_duration_ms=500))
    assert [4256 + 3968 - 3680] == claimed(long, "stop")
    assert edges(scores, Rule(0.5, silence_duration_ms=193)) == edges(scores, Rule(0.5, silence_duration_ms=224))


# ---- drawn: a digit is a tenth and one character a frame


def drawn(digits: str, rule: Rule, hop: int = 512, rate: int = 16_000) -> str:
    """Deciding frames of starts (^) and stops (v)."""
    detector = Detector(rule, hop, rate)
    found = {e.frame: "^" if e.kind == "start" else "v" for e in detector.feed([int(d) / 10 for d in digits])}
    return "".join(found.get(i, ".") for i in range(len(digits)))


@pytest.mark.parametrize(
    ("silence_ms", "digits", "decided"),
    [
        (96, "0079900000000",  # announced with the first frame over enter; 3 frames after the first low one
             "..^.....v...."),
        (97, "0079900000000",  # a millisecond more is a frame more
             "..^......v..."),
        (96, "0059400004444",  # 0.5 enters, 0.4 is between the thresholds: the pause has not begun
             "..^.....v...."),
        (96, "0090444440444",  # in between nothing is tested: the next low frame decides, late
             "..^......v..."),
        (96, "0090444444444",  # and if none comes, nothing is decided
             "..^.........."),
        (96, "0090040950000",  # 0.4 does not clear the pause ...
             "..^...v^....v"),
        (96, "0090050950000",  # ... 0.5 does
             "..^.........v"),
        (96, "0090009000090",  # the span counts, from first to last low frame: 3 low frames span only 2
             "..^.......v^."),
        (0, "0090090",  # no end silence: the first low frame decides
            "..^v.^v"),
        (32, "9909009",  # speech from the first frame on
             "^....v^"),
    ],
)  # fmt: skip
def test_when_edges_are_decided(silence_ms, digits, decided):
    """Two thresholds and one remembered frame."""
    assert decided == drawn(digits, Rule(0.5, silence_duration_ms=silence_ms))


@pytest.mark.parametrize(
    ("min_speech_ms", "digits", "decided"),
    [
        (0, "0900099990000",
            ".^..v^.....v."),
        (32, "0900099990000",  # one frame is not longer than 32 ms; two are
             "......^....v."),
        (64, "0990990990000",  # a pause that is bridged counts as speech, once it is known to be bridged
             "....^......v."),
        (64, "0990000000000",  # never long enough, never announced
             "............."),
    ],
)  # fmt: skip
def test_a_minimum_of_speech_delays_the_announcement(min_speech_ms, digits, decided):
    """And what stays too short is not announced at all."""
    assert decided == drawn(digits, Rule(0.5, silence_duration_ms=64, min_speech_ms=min_speech_ms))


def test_an_edge_says_when_it_is_known_what_is_claimed_and_where_it_lies():
    """32 ms a frame: known at the end of the deciding frame; the claims are the provider's."""
    found = Detector(Rule(0.5, silence_duration_ms=64, prefix_padding_ms=50), 512, 16_000).feed([0, 0, 0.9, 0, 0, 0])
    assert [
        Edge("start", frame=2, boundary=2, at_ms=96, claimed_ms=64 - 50, boundary_ms=64),
        Edge("stop", frame=5, boundary=3, at_ms=192, claimed_ms=160, boundary_ms=96),
    ] == found


def test_a_claimed_start_is_not_before_the_sound():
    """Clamped at 0, as recorded for a clip that begins with speech."""
    assert 0 == Detector(Rule(0.5, prefix_padding_ms=300), 512, 16_000).feed([0, 0.9])[0].claimed_ms


def test_a_look_ahead_delays_decisions_and_nothing_else():
    """80 samples at 16 kHz are 5 ms."""
    plain, ahead = (Detector(RECORDED, 512, 16_000, n).feed([0, 0.9])[0] for n in (0, 80))
    assert 5 == ahead.at_ms - plain.at_ms
    assert (plain.claimed_ms, plain.boundary_ms) == (ahead.claimed_ms, ahead.boundary_ms)


def test_thresholds_compare_in_double_precision():
    """A 32-bit 0.35 is under 0.35 and a 32-bit 0.7 does not enter at 0.7, as in the models' own code."""
    assert "start" == Detector(Rule(0.5), 512, 16_000).feed(np.array([0.5], np.float32))[0].kind
    assert [] == Detector(Rule(0.7), 512, 16_000).feed(np.array([0.7], np.float32))
    rule = Rule(0.5, exit=0.35, silence_duration_ms=0)
    assert 2 == len(Detector(rule, 512, 16_000).feed(np.array([0.9, 0.35], np.float32)))
    assert 1 == len(Detector(rule, 512, 16_000).feed(np.array([0.9, 0.35], np.float64)))


# ---- the slow oracle, from the description of the gate in words


def stretches(values, rule: Rule, hop: int, rate: int) -> list[tuple[int, int, int | None]]:
    """Onset frame, first low frame and deciding frame of each stretch, in plain Python and whole samples.

    Enter at p >= enter. Inside speech the first frame with p < exit sets the mark; only p >= enter clears it; frames in
    between neither set, clear nor test it. Speech ends when a frame with p < exit is at least the end silence after the
    mark, at the mark. Kept if longer than the minimum, strictly. Open speech has no deciding frame.
    """
    values, kept, at = [float(p) for p in values], [], 0
    while at < len(values):
        if values[at] < rule.enter:
            at += 1
            continue
        onset, mark, decided = at, None, None
        for frame in range(onset, len(values)):
            if values[frame] >= rule.enter:
                mark = None
            elif values[frame] < rule.leave:
                mark = frame if mark is None else mark
                if (frame - mark) * hop * 1_000 >= rule.silence_duration_ms * rate:
                    decided = frame
                    break
        end = mark if decided is not None else len(values)
        if (end - onset) * hop * 1_000 > rule.min_speech_ms * rate:
            kept.append((onset, end, decided))
        at = len(values) if decided is None else decided + 1
    return kept


def slow_edges(values, rule: Rule, hop: int, rate: int) -> list[tuple[str, int, int]]:
    """Kind, deciding frame and boundary of every edge.

    A start is announced at the first frame at which nothing that may still come, not even silence for ever, could make
    the stretch too short.
    """
    found = []
    for_ever = [-1.0] * (1 + -(-rule.silence_duration_ms * rate // (hop * 1_000)))
    for seen in range(1, len(values) + 1):
        for onset, _, _ in stretches([*values[:seen], *for_ever], rule, hop, rate):
            if ("start", onset) not in [(kind, at) for kind, _, at in found]:
                found.append(("start", seen - 1, onset))
        for _, low, decided in stretches(values[:seen], rule, hop, rate):
            if decided == seen - 1:
                found.append(("stop", decided, low))
    return found


#: Mostly the values at which something changes: the thresholds, their neighbours, their 32-bit neighbours.
LEVELS = [0.0, 0.01, 0.1, 0.35, float(np.float32(0.35)), float(np.nextafter(0.35, 0)), 0.4, 0.5, 0.9, 1.0]
LEVELS += [float(np.nextafter(0.5, 0)), float(np.nextafter(0.5, 1))]
VALUES = st.lists(st.sampled_from(LEVELS) | st.floats(0, 1), max_size=40)
FRAMES = st.sampled_from([(512, 16_000), (256, 8_000), (160, 16_000), (480, 48_000)])


@st.composite
def rules(draw) -> Rule:
    """Any rule a provider may be given, most often near the usual one."""
    enter = draw(st.sampled_from([0.5, 0.0, 0.01, 0.16, 1.0]) | st.floats(0, 1))
    exit = draw(st.none() | st.just(0.0) | st.just(enter) | st.floats(0, enter))
    silence = draw(st.sampled_from([0, 10, 32, 64, 65, 96, 200]) | st.integers(0, 700))
    return Rule(enter, exit, silence, draw(st.integers(0, 400)), draw(st.just(0) | st.integers(0, 150)))


@given(values=VALUES, rule=rules(), frames=FRAMES)
def test_edges_equal_the_slow_oracle(values, rule, frames):
    """Every edge, its deciding frame and its boundary."""
    fast = Detector(rule, *frames).feed(values)
    assert slow_edges(values, rule, *frames) == [(e.kind, e.frame, e.boundary) for e in fast]


@given(values=VALUES, rule=rules(), frames=FRAMES, cuts=st.lists(st.integers(0, 40), max_size=6))
def test_how_scores_are_cut_changes_nothing(values, rule, frames, cuts):
    """Whole, in pieces (empty ones too), frame by frame: offline equals streaming."""
    whole = Detector(rule, *frames).feed(values)
    at = [0, *sorted(cuts), len(values)]
    for pieces in ([values[a:b] for a, b in pairwise(at)], [[v] for v in values]):
        detector = Detector(rule, *frames)
        assert whole == [edge for piece in pieces for edge in detector.feed(piece)]


@given(values=VALUES, rule=rules(), frames=FRAMES)
def test_nothing_is_decided_before_it_is_known(values, rule, frames):
    """An edge lies in the past of its decision; starts and stops alternate; times follow from frames."""
    hop, rate = frames
    found = Detector(rule, hop, rate).feed(values)
    assert ["start", "stop"] * (len(found) // 2) + ["start"] * (len(found) % 2) == [e.kind for e in found]
    for e in found:
        assert e.boundary <= e.frame
        assert e.boundary_ms <= e.at_ms == (e.frame + 1) * hop * 1_000 // rate
        start = max(e.boundary_ms - rule.prefix_padding_ms, 0)
        assert e.claimed_ms == (start if e.kind == "start" else e.frame * hop * 1_000 // rate)


@given(values=VALUES, rule=rules())
def test_speech_is_what_lies_between_the_edges(values, rule):
    """Onset frame to first low frame; open speech runs to the end of the sound, which may lie inside a frame."""
    scores = Scores(np.array(values), 512, 16_000, max(len(values) * 512 - 100, 0), "m")
    found = edges(scores, rule)
    ends = [e.boundary_ms for e in found] + [scores.ms] * (len(found) % 2)
    assert Timeline(Span(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True)) == speech(scores, rule)


@given(values=VALUES, rule=rules(), more=st.integers(0, 700))
def test_a_longer_end_silence_never_makes_more_stretches(values, rule, more):
    """It only bridges pauses."""
    longer = Rule(rule.enter, rule.exit, rule.silence_duration_ms + more)
    shorter = Rule(rule.enter, rule.exit, rule.silence_duration_ms)
    starts = [sum(e.kind == "start" for e in Detector(r, 512, 16_000).feed(values)) for r in (longer, shorter)]
    assert starts[0] <= starts[1]


# ---- rules


@pytest.mark.parametrize(
    ("enter", "leave"),
    [(0.5, 0.35), (0.9, 0.75), (0.1, 0.01), (0.16, 0.01), (0.0, 0.0), (0.005, 0.005)],
)
def test_the_exit_threshold_follows_the_enter_threshold(enter, leave):
    """0.15 under it, at least 0.01, and never over it."""
    assert leave == pytest.approx(Rule(enter).leave)


def test_all_that_is_wrong_with_a_rule_is_said_at_once():
    """With the value and, where there is one, the likely cause."""
    with pytest.raises(SettingsError) as caught:
        Rule(enter=50, exit=60, silence_duration_ms=0.8, prefix_padding_ms=-1, min_speech_ms=True)
    said = str(caught.value)
    assert 5 == len(caught.value.problems)
    for part in ("50", "percentage", "60", "0.8", "seconds?", "-1", "True"):
        assert part in said


def test_an_exit_over_the_enter_threshold_is_refused():
    """Hysteresis the wrong way round."""
    with pytest.raises(SettingsError, match=r"exit: 0\.6 is outside"):
        Rule(0.5, exit=0.6)


def test_a_rule_of_settings_guesses_nothing():
    """What is not set differs by model: all of it is named; a default given fills it."""
    with pytest.raises(SettingsError) as caught:
        Rule.of(ServerVad(threshold=0.6))
    assert ["silence_duration_ms: not set", "prefix_padding_ms: not set"] == [p.what for p in caught.value.problems]
    assert Rule(0.6, silence_duration_ms=200) == Rule.of(ServerVad(threshold=0.6), Rule(0.5, silence_duration_ms=200))
    assert Rule(0.0, None, 0, 0) == Rule.of(ServerVad(0.0, 0, 0))  # zero is a value
