"""Every end silence of one threshold in one pass, against counting what the streaming detector announced."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import bargein as bi
from bargein.errors import LabelError, NotAnswerable, SettingsError
from bargein.session import Label
from bargein.timeline import Span
from bargein.vad.counting import Counts, count, followed_by_silence, pooled
from bargein.vad.grid import DELAYS, FIELDS
from bargein.vad.pauses import find, stretches
from bargein.vad.rule import Rule, edges
from bargein.vad.scores import Scores
from bargein.vad.sweep import curve, sweep
from bargein.vad.tables import load_scores
from drawn_scores import Drawn, other, scores, turn

HOP_MS = 32
SESSIONS = Path(__file__).parents[2] / "data" / "sessions"


def counted(recording, rule: Rule) -> Counts:
    """By the definition: the streaming detector's edges at one setting."""
    scores = recording.scores
    heard = scores if recording.turn is None else followed_by_silence(scores, rule.silence_duration_ms + scores.hop_ms)
    return count(recording, edges(heard, rule))


def waiting(rule: Rule, silence_ms: int) -> Rule:
    """The same rule with another end silence."""
    return Rule(rule.enter, rule.exit, silence_ms, rule.prefix_padding_ms, rule.min_speech_ms)


# ---- any scores, any labels, any rule


@st.composite
def rules(draw):
    """Any thresholds, exit apart from enter or not, and a minimum of speech on and between the frames."""
    enter = draw(st.sampled_from([0.3, 0.5, 0.8]))
    leave = draw(st.none() | st.sampled_from([0.01, 0.2, 0.3, enter]))
    return Rule(enter, leave, min_speech_ms=draw(st.sampled_from([0, 0, 31, 32, 33, 64, 150, 700])))


@st.composite
def recordings(draw):
    """Scores that dwell and jump, often on a threshold; edges of labels on any millisecond, also beyond the end."""
    runs = draw(st.lists(st.tuples(st.sampled_from([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.8, 0.9]), st.integers(1, 6)),
                         min_size=1, max_size=14))  # fmt: skip
    values = np.repeat([v for v, _ in runs], [n for _, n in runs])
    samples = len(values) * 512 - draw(st.integers(0, 511))
    scores = Scores(values, 512, 16_000, samples, "any", draw(st.sampled_from([0, 0, 100, 2_000])))
    kind = draw(st.sampled_from(["turn", "turn", "turn", "word", "tic", "echo", "caller"]))
    if kind not in ("turn", "word"):
        return Drawn("c", "any", "c", kind, "", scores)
    cuts = sorted(draw(st.sets(st.integers(0, len(values) * HOP_MS + 80), min_size=2, max_size=8)))
    inner = cuts[1:-1]
    holds = tuple(Span(a, b) for a, b in zip(inner[::2], inner[1::2], strict=False))
    return Drawn("c", "any", "c", kind, "", scores, Span(cuts[0], cuts[-1]), holds)


@given(st.lists(recordings(), min_size=1, max_size=3), rules())
@example([turn("9", "t")], Rule(0.5))
@example([turn("99000900099900", "tthhhhhhhttt..")], Rule(0.5))  # two stretches, one hold
@example([turn("0990990990000", "...tttttt....")], Rule(0.5, min_speech_ms=300))  # long enough only when bridged
@example([Drawn("c", "any", "c", "caller", "", scores("0990"), holds=(Span(0, 10),))], Rule(0.5))  # of no turn
def test_every_count_equals_the_streaming_detectors(rows, rule):
    """Every field at every hop of end silence, up to one that nothing ends in; and between two hops, the next one up.

    Steps lie on hops, so this is each of them and its neighbours.
    """
    hop = rows[0].scores.hop_ms
    most = hop * (max(len(r.scores) for r in rows) + 4)
    found = curve(rows, rule, max_silence_ms=most)
    for silence_ms in (s for step in range(0, most, hop) for s in (step, step + 1)):
        expected = pooled(counted(row, waiting(rule, silence_ms)) for row in rows)
        assert expected == found.at(silence_duration_ms=silence_ms)


@given(recordings(), rules())
def test_beyond_the_recording_only_the_end_is_later(row, rule):
    """Once the end silence is longer than everything, each hop more makes the endpoint a hop later and nothing else."""
    most = HOP_MS * (len(row.scores) + 200)
    found = curve([row], rule, max_silence_ms=most)
    last, before = (found.at(silence_ms) for silence_ms in (most, most - HOP_MS))
    assert [d + HOP_MS for d in before.endpoint_delays] == list(last.endpoint_delays)
    assert [getattr(before, f) for f in FIELDS[:-1]] == [getattr(last, f) for f in FIELDS[:-1]]


@given(st.lists(recordings(), min_size=1, max_size=3))
def test_it_equals_the_grid(rows):
    """The sweep that runs the rule once for every setting: the same table, cell by cell."""
    grid = sweep(rows, (0.3, 0.8), max_silence_ms=960)
    ours = [curve(rows, Rule(enter), max_silence_ms=960).grid for enter in (0.3, 0.8)]
    assert [grid.silences] * 2 == [c.silences for c in ours]
    np.testing.assert_array_equal(grid.table, np.concatenate([c.table for c in ours], axis=1))


# ---- the recordings that come along


@pytest.mark.parametrize(
    "rule", [Rule(0.5), Rule(0.85), Rule(0.3, 0.3), Rule(0.5, min_speech_ms=250), Rule(0.7, 0.2, min_speech_ms=96)]
)
def test_real_recordings_are_counted_alike(rule):
    """All that come with labels, callers too: at every step of any count, a hop before and a hop after."""
    rows = [r for r in load_scores() if r.kind != "provider"]
    found = curve(rows, rule)
    steps = {at for field in FIELDS if field not in DELAYS for at, _ in found.steps(field)}
    around = {at + d for at in steps for d in (-HOP_MS, 0, HOP_MS) if 0 <= at + d <= found.grid.silences[-1]}
    assert len(around) > 20
    for silence_ms in sorted(around):
        assert pooled(counted(r, waiting(rule, silence_ms)) for r in rows) == found.at(silence_ms)


# ---- drawn


@pytest.mark.parametrize(
    ("min_speech_ms", "steps"),
    [
        # 9 | one low frame | 99 | three low frames | 9: spans of 0 and 200 ms are bridged from 100 and 300 ms on
        (0, [(0, 3), (100, 2), (300, 1)]),
        (200, [(0, 0), (100, 1)]),  # nothing is longer than 200 ms until the first pause is bridged, then 9099 is
        (600, [(0, 0), (300, 1)]),  # and 90990009 only when both are
        (800, [(0, 0)]),
    ],
)
def test_starts_are_a_step_function_of_the_end_silence(min_speech_ms, steps):
    """An end silence longer than a pause's span bridges it; a stretch counts when it is longer than the minimum."""
    assert steps == curve([other("9099000900")], Rule(0.5, min_speech_ms=min_speech_ms)).steps("false_starts")


def test_a_score_on_the_exit_threshold_is_not_low():
    """So the pause spans one frame, and the first end silence of a frame bridges it."""
    assert [(0, 2), (100, 1)] == curve([other("9039")], Rule(0.5, 0.3)).steps("starts")


def test_a_hold_is_cut_once_by_two_bursts():
    """Both pauses around a blip inside one hold are announced at 200 ms; it is one hold, cut once, and one turn."""
    row = turn("99000900099900",
               "tthhhhhhhttt..")  # fmt: skip
    found = curve([row], Rule(0.5))
    assert [(0, 1), (300, 0)] == found.steps("cut_holds")
    assert [(0, 1), (300, 0)] == found.steps("cut_turns")
    assert [(0, 3), (300, 1)] == found.steps("starts")


def test_a_turn_found_only_when_bridged():
    """Three bursts of 200 ms, each too short: an end silence that joins them makes the turn a detection, late."""
    row = turn("0990990990000",
               ".tttttttt....")  # fmt: skip
    found = curve([row], Rule(0.5, min_speech_ms=300))
    assert [(0, 1), (100, 0)] == found.steps("missed_starts")
    assert ((), (400,)) == (found.at(0).onset_delays, found.at(100).onset_delays)  # certain in frame 4, over at 500
    assert ((), (200,)) == (found.at(0).endpoint_delays, found.at(100).endpoint_delays)


def test_recordings_are_pooled_by_adding():
    """And chosen by kind and style; the table has a row for every end silence and kind."""
    rows = [turn("0990000", ".tt...."), turn("0990000", ".tt....", style="read"), other("0900900")]
    found = curve(rows, Rule(0.5, min_speech_ms=0), max_silence_ms=300)
    assert (2, 1, 4) == (found.at(0, kinds=["turn"]).turns, found.at(0, styles=["read"]).turns, found.at(0).starts)
    assert [(0, 2), (200, 1)] == found.steps("starts", kinds=["tic"])
    frame = found.to_frame()
    assert (3 * 4, {0.35}, {0}) == (len(frame), {*frame["exit"]}, {*frame["min_speech_ms"]})
    assert [2, 2, 1, 1] == frame.query("kind == 'tic'")["starts"].to_list()


def test_there_are_at_most_twice_as_many_stretches_as_pauses():
    """Which is why one pass is enough."""
    values = np.random.default_rng(3).choice([0.1, 0.4, 0.9], 5_000)
    pauses = find(values, 0.5, 0.35)
    found = stretches(pauses, 1, len(values))
    assert len(pauses.low) < len(found) <= 2 * len(pauses.low)


# ---- as a researcher types it


def test_scores_and_labels_give_a_curve():
    """Each finished turn of the user and each tic is a recording of its own, cut out of the scores."""
    values = np.repeat([0, 0.9, 0, 0.9, 0, 0.9, 0], [40, 30, 10, 30, 100, 5, 60])
    scores = Scores(values, 512, 16_000, len(values) * 512, "any")
    speech = [Label("speech", 40 * HOP_MS, 70 * HOP_MS), Label("speech", 80 * HOP_MS, 110 * HOP_MS)]
    said = [Label("turn", 40 * HOP_MS, 110 * HOP_MS, complete="yes"), Label("turn", 0, 90, complete="no")]
    labels = [*speech, *said, Label("tic", 210 * HOP_MS, 215 * HOP_MS), Label("tic", 210, 300, track="agent")]
    found = bi.sweep(scores, labels)
    assert (2, 1, 1) == ((got := found.at(silence_duration_ms=480)).clips, got.turns, got.holds)
    assert [(0, 1), (10 * HOP_MS, 0)] == found.steps("cut_holds")  # ten low frames span nine hops
    assert [(0, 1)] == found.steps("false_starts")
    assert (480 + HOP_MS,) == got.endpoint_delays
    assert [(0, 1), (10 * HOP_MS, 0)] == bi.sweep(scores, labels, min_speech_ms=960).steps("missed_starts")


def test_the_tables_that_come_along_are_swept_without_an_argument():
    """And a labelled session by its folder."""
    assert load_scores()[0].scores.model == bi.sweep(threshold=0.9).grid.recordings[0].scores.model
    session = bi.sweep(SESSIONS / "openai-09-pause-held", threshold=0.6, exit=0.3)
    assert Rule(0.6, 0.3) == session.rule
    assert session.at(silence_duration_ms=0).cut_holds > 0


# ---- what is refused


def test_scores_without_labels_are_refused():
    """Nothing to hold a detector to is no curve of zeros."""
    scores = other("0990").scores
    with pytest.raises(NotAnswerable, match="finished turns"):
        bi.sweep(scores, [Label("turn", 0, 300, complete="unsure")])


def test_an_exit_of_zero_is_refused():
    """No score is under 0, so that speech would never end and no count of ends would mean anything."""
    with pytest.raises(SettingsError, match="never end"):
        curve([other("09")], Rule(0.5, 0))


def test_the_longest_end_silence_asked_for_is_answered():
    """It lies between two hops of 32 ms, and acts as the hop that covers it."""
    tic = Drawn("c", "any", "c", "tic", "", Scores(np.array([0.9, 0]), 512, 16_000, 1_024, "any"))
    found = curve([tic], Rule(0.5), max_silence_ms=3_000)
    assert (95, 3_008, 1) == (len(found.grid.silences), found.grid.silences[-1], found.at(3_000).starts)


def test_an_end_silence_that_was_not_asked_for_is_refused():
    """And the message says how far the curve goes."""
    with pytest.raises(SettingsError, match=r"0\.\.3000 ms"):
        curve([other("09")], Rule(0.5)).at(3_001)


@pytest.mark.parametrize(("longest", "said"), [(0.5, "seconds?"), (-1, "under 0")])
def test_a_longest_end_silence_is_whole_milliseconds(longest, said):
    """Like every end silence."""
    with pytest.raises(SettingsError, match=said):
        curve([other("09")], Rule(0.5), max_silence_ms=longest)


def test_a_delay_does_not_step():
    """Every turn has its own."""
    with pytest.raises(ValueError, match="endpoint_delays are values of turns"):
        curve([other("09")], Rule(0.5)).steps("endpoint_delays")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "no labelled scores"),
        ([other("09", "turn", clip="coffee")], "a turn without its span @ coffee"),
        ([Drawn("tea", "d", "c", "turn", "", other("0").scores, Span(0, 90), (Span(20, 40), Span(10, 15)))], "tea"),
        ([Drawn("tea", "d", "c", "turn", "", other("0").scores, Span(0, 90), (Span(20, 40), Span(30, 50)))], "tea"),
    ],
)
def test_labels_that_cannot_be_counted_are_refused(rows, said):
    """With the recording's name; holds that overlap would be charged twice."""
    with pytest.raises(LabelError, match=said):
        curve(rows, Rule(0.5))
