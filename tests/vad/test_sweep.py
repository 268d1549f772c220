"""Counts against labels: drawn recordings first, then the whole grid against the streaming detector."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bargein.errors import LabelError, SettingsError
from bargein.vad.counting import Counts, count, followed_by_silence, pooled
from bargein.vad.rule import Detector, Rule
from bargein.vad.sweep import sweep
from drawn_scores import other, turn

TWO = (0.5, 0.8)


def counted(recording, silence_ms: int, threshold: float = 0.5) -> Counts:
    """By the definition: the streaming detector's edges, one setting."""
    heard = recording.scores if recording.turn is None else followed_by_silence(recording.scores, 4_000)
    detector = Detector(Rule(threshold, silence_duration_ms=silence_ms), heard.hop, heard.rate, heard.look_ahead)
    return count(recording, [edge for value in heard.values for edge in detector.feed([value])])


def swept(recording, silence_ms: int, threshold: float = 0.5) -> Counts:
    """The same setting, read off the grid."""
    return sweep([recording], (threshold,)).at(threshold, silence_ms)


BOTH = pytest.mark.parametrize("counts", [counted, swept])


@BOTH
@pytest.mark.parametrize(
    ("silence_ms", "cut_holds", "cut_turns", "endpoint"),
    [
        # hold: frames 6 and 7 are low; a pause spans from its first to its last low frame, here 100 ms
        (100, 1, 1, 200),  # frame 7 lies 100 ms after frame 6: cut. End: frame 12 low, 13 decides, known at 1400 - 1200
        (200, 0, 0, 300),
        (300, 0, 0, 400),
    ],
)
def test_a_hold_is_cut_when_its_low_frames_span_the_end_silence(counts, silence_ms, cut_holds, cut_turns, endpoint):
    """Cut-offs per hold and per turn; endpoint delay from the true end to the end of the deciding frame."""
    row = turn("0099990099990000",
               "..tttthhtttt....")  # fmt: skip
    got = counts(row, silence_ms)
    assert (1, cut_holds, cut_turns) == (got.holds, got.cut_holds, got.cut_turns)
    assert (endpoint,) == got.endpoint_delays
    assert (100,) == got.onset_delays  # frame 2 begins at the onset and is known when it ends
    assert (0,) == got.onset_leads
    assert (0, 0, 0) == (got.false_starts, got.missed_starts, got.assumed_ends)


@BOTH
def test_frames_between_the_thresholds_neither_set_nor_clear_nor_test(counts):
    """4 is under enter (0.5) and over exit (0.35): the pause goes on, and no decision falls on such a frame."""
    row = turn("9904444409999000",
               "tthhhhhhhtttt...")  # fmt: skip
    got = counts(row, 500)
    assert (1, 0) == (got.cut_holds, got.stray_cuts)  # low at frame 2; frames 3-7 pass; frame 8, low, decides
    assert (0,) == (counts(row, 700).cut_holds,)  # frame 8 is 600 ms after frame 2


@BOTH
def test_a_hold_is_cut_once(counts):
    """A blip inside a pause restarts the detector; the second announcement is of the same hold."""
    row = turn("99000900099900",
               "tthhhhhhhttt..")  # fmt: skip
    got = counts(row, 200)
    assert (1, 1, 1, 0) == (got.holds, got.cut_holds, got.cut_turns, got.stray_cuts)
    assert 3 == got.starts


@BOTH
def test_each_hold_is_cut_for_itself(counts):
    """Two holds, the longer one cut."""
    row = turn("99009900009900",
               "tthhtthhhhtt..")  # fmt: skip
    assert (2, 1) == ((got := counts(row, 200)).holds, got.cut_holds)
    assert 2 == counts(row, 100).cut_holds


@BOTH
def test_speech_that_scores_low_is_a_cut_without_a_hold(counts):
    """The label knows no pause there, so the turn is cut and no hold is."""
    row = turn("990000990000",
               "tttttttt....")  # fmt: skip
    got = counts(row, 200)
    assert (0, 0, 1, 1) == (got.holds, got.cut_holds, got.cut_turns, got.stray_cuts)
    assert 0 == got.early_ends


@BOTH
def test_a_cut_decided_a_little_after_the_hold_is_charged_to_it(counts):
    """Speech resumed with a frame that still scores low: the pause that was announced is the hold's."""
    row = turn("990000299000",
               "tthhhttttt..")  # fmt: skip
    assert (1, 0) == ((got := counts(row, 400)).cut_holds, got.stray_cuts)


@BOTH
def test_a_turn_left_before_its_end_has_no_endpoint_delay(counts):
    """The last word scores low: the decision came early, which is a cut and not a fast end."""
    row = turn("99990022220000",
               "tttthhtttt....")  # fmt: skip
    got = counts(row, 100)
    assert (1, 1, ()) == (got.early_ends, got.cut_turns, got.endpoint_delays)


@BOTH
def test_a_turn_that_never_scores_high_is_missed(counts):
    """No start, no endpoint, and nothing was cut."""
    got = counts(turn("0033443300",
                      "..tttttt.."), 100)  # fmt: skip
    assert (1, (), (), 0) == (got.missed_starts, got.onset_delays, got.endpoint_delays, got.cut_turns)


@BOTH
@pytest.mark.parametrize(
    ("drawn", "labels", "masked", "false", "delays"),
    [
        ("0990000999000", "......ttttt..", 0, 1, (200,)),  # before the turn, over when it begins: a false start
        ("0099900999000", "......ttttt..", 1, 1, ()),  # its end is announced at 700, after the onset: masked
        ("0099999999000", ".......ttt...", 1, 1, ()),  # still open at the onset, for 500 ms: masked
        ("0000009999000", ".......ttt...", 0, 0, (0,)),  # one frame early: breath, or the label
        ("0000099999000", ".......ttt...", 0, 0, (-100,)),
        ("0000999999000", ".......ttt...", 0, 0, (-200,)),
        ("0009999999000", ".......ttt...", 1, 1, ()),
        ("0099900000090", "..ttt........", 0, 1, (100,)),  # after the turn
    ],
)
def test_starts_outside_the_turn_are_false(counts, drawn, labels, masked, false, delays):
    """A start up to 200 ms early is still the turn's own."""
    got = counts(turn(drawn, labels), 100)
    assert (masked, false, delays) == (got.masked, got.false_starts, got.onset_delays)
    assert 0 == got.missed_starts
    assert min(false, 1) == got.triggered_clips


@BOTH
@pytest.mark.parametrize(("kind", "false"), [("tic", 2), ("noise", 2), ("echo", 2), ("caller", 0)])
def test_where_nobody_speaks_every_start_is_false(counts, kind, false):
    """Callers carry no labels: their starts are counted, not judged."""
    got = counts(other("0900000900", kind), 200)
    assert (2, false, min(false, 1)) == (got.starts, got.false_starts, got.triggered_clips)
    assert (1, 1_000, 0) == (got.clips, got.exposure_ms, got.turns)


@BOTH
def test_after_the_recording_silence_is_assumed_and_said_so(counts):
    """The clip ends 100 ms after the word: the decision at 500 ms of silence needs 400 ms more than was recorded."""
    row = turn("00999900",
               "..tttt..")  # fmt: skip
    assert (1, (600,)) == ((got := counts(row, 500)).assumed_ends, got.endpoint_delays)
    assert (0, (200,)) == ((got := counts(row, 100)).assumed_ends, got.endpoint_delays)
    assert 400 == got.exposure_ms  # what was assumed is no exposure


@BOTH
def test_a_model_that_looks_ahead_knows_later(counts):
    """Each decision is known when what its score depends on has been heard."""
    got = counts(turn("0099990000",
                      "..tttt....", look_ahead=150), 100)  # fmt: skip
    assert ((250,), (350,), (0,)) == (got.onset_delays, got.endpoint_delays, got.onset_leads)


digits = st.text("0234569", min_size=1, max_size=40)


@st.composite
def recordings(draw):
    """Any scores, any labels on them."""
    drawn = draw(digits)
    kind = draw(st.sampled_from(["turn", "tic", "noise", "echo", "caller"]))
    cluster = draw(st.sampled_from("abc"))
    if kind != "turn":
        return other(drawn, kind, cluster=cluster)
    n = len(drawn)
    first = draw(st.integers(0, n - 1))
    length = draw(st.integers(1, n - first))
    inner = draw(st.text("th", min_size=length, max_size=length))
    ahead = draw(st.sampled_from([0, 50]))
    style = draw(st.sampled_from(["read", "elicited"]))
    return turn(drawn, "." * first + inner + "." * (n - first - length), cluster=cluster, style=style, look_ahead=ahead)


@given(st.lists(recordings(), min_size=1, max_size=4), st.sampled_from(TWO), st.integers(0, 3_000))
@example([turn("9", "t")], 0.5, 0)
def test_the_grid_equals_counting_the_streaming_detector(rows, threshold, any_silence):
    """At every threshold, at short end silences, where most happens, and at any, also between two frames."""
    grid = sweep(rows, TWO)
    for silence_ms in (0, 100, 200, 300, 500, any_silence):
        counts = [(row.cluster, counted(row, silence_ms, threshold)) for row in rows]
        assert pooled(c for _, c in counts) == grid.at(threshold, silence_ms)
        names = {name for name, _ in counts}
        expected = {name: pooled(c for its, c in counts if its == name) for name in names}
        assert expected == grid.by_cluster(threshold, silence_ms)


@BOTH
def test_an_end_announced_at_the_very_end_is_no_cut(counts):
    """The last frame of the turn scores low, and is known when the turn is over."""
    assert (0, 0, (0,)) == ((got := counts(turn("9900", "ttt."), 0)).cut_turns, got.early_ends, got.endpoint_delays)


@BOTH
@pytest.mark.parametrize(
    ("drawn", "labels"),
    [
        ("990999999", "tttthhttt"),  # announced at 300, the hold begins at 400
        ("990999999", "ttthhtttt"),  # announced when the hold begins
        ("999909999", "tthhttttt"),  # the pause begins when the hold is over
    ],
)
def test_a_pause_that_only_touches_a_hold_is_not_the_holds(counts, drawn, labels):
    """Spans are half-open."""
    assert (0, 1) == ((got := counts(turn(drawn, labels), 0)).cut_holds, got.stray_cuts)


@given(st.lists(recordings(), min_size=1, max_size=4))
def test_waiting_longer_never_starts_more_often(rows):
    """A longer end silence joins stretches; it makes none."""
    starts = sweep(rows, TWO).totals("starts")
    assert (starts[:, 1:] <= starts[:, :-1]).all()


def test_counts_are_chosen_by_kind_and_style():
    """A rate is over what it says."""
    rows = [turn("0990", ".tt."), turn("0990", ".tt.", style="read"), other("0900"), other("0000")]
    grid = sweep(rows, TWO)
    assert (2, 1) == (grid.at(0.5, 0, kinds=["turn"]).turns, grid.at(0.5, 0, styles=["read"]).turns)
    assert (2, 1) == ((tics := grid.at(0.5, 0, kinds=["tic"])).clips, tics.triggered_clips)
    assert Counts() == grid.at(0.5, 0, kinds=["echo"])


def test_a_providers_report_is_no_label():
    """Kind provider is a check of the model, not something to be right about."""
    assert 1 == sweep([other("09"), other("09", "provider")], TWO).at(0.5, 0).clips


def test_the_table_is_tidy():
    """One row for every setting, kind and style."""
    frame = sweep([turn("09900", ".tt.."), other("09")], TWO, max_silence_ms=300).to_frame()
    assert 2 * 2 * 4 == len(frame)  # groups x thresholds x silences
    row = frame.query("kind == 'turn' and threshold == 0.5 and silence_duration_ms == 100").iloc[0]
    assert 1 == row["clusters"]
    assert (1, 200, 200, 200) == tuple(row[f"endpoint_delay_{k}"] for k in ("n", "mean_ms", "p50_ms", "p90_ms"))


def test_a_delay_is_not_a_count():
    """Delays are never added up."""
    with pytest.raises(ValueError, match="starts is a count"):
        sweep([other("09")], TWO).delays("starts")


@pytest.mark.parametrize(("threshold", "silence_ms", "said"), [(0.6, 0, "tried: 0.5, 0.8"), (0.5, 9_000, "0..3000 ms")])
def test_a_setting_that_was_not_tried_is_refused(threshold, silence_ms, said):
    """And the message says what was."""
    with pytest.raises(SettingsError, match=said):
        sweep([other("09")], TWO).at(threshold, silence_ms)


def test_every_bad_threshold_is_named():
    """All at once."""
    with pytest.raises(SettingsError) as error:
        sweep([other("09")], (1.3, 0.5, -1))
    assert 2 == len(error.value.problems)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "no labelled scores"),
        ([turn("09", ".t", model="a"), turn("09", ".t", model="b")], "2 models"),
        ([other("09", "turn", clip="coffee")], "a turn without its span @ coffee"),
    ],
)
def test_unusable_recordings_are_refused(rows, said):
    """With the recording's name."""
    with pytest.raises(LabelError, match=said):
        sweep(rows, TWO)
