"""What a timeline gathers, on the hand-made session of ``conftest.py``: data, nothing drawn."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from bargein import plot
from bargein.errors import SessionError
from bargein.plot.session import around, timeline_picture
from bargein.replay import replay
from bargein.replay.reports import Reports
from bargein.session import Change, Info, Session, save
from bargein.settings import SemanticVad, ServerVad
from bargein.timeline import Span, Timeline
from bargein.vad.rule import Rule


def columns(lane):
    """How many columns each kind of sound fills."""
    return {kind: outline.columns for kind, outline in lane.outlines.items()}


def test_every_picture_of_one_session_takes_its_folder(barge_in):
    """As `bi.replay` does; a folder that holds sessions is told how many."""
    folder = barge_in.folder
    assert 0 < len(plot.timeline(folder, scores=False).figure.axes)
    assert plot.around(barge_in) == plot.around(str(folder))
    for draw in (plot.spectrogram, plot.heard, plot.compare):
        assert draw(folder).figure.axes
    plt.close("all")
    with pytest.raises(SessionError, match="this holds a session: name it"):
        plot.timeline(folder.parent)


@pytest.mark.parametrize(
    ("policy", "leaked_ms"),
    [
        ("indicator", 3_480),  # 6.4 s of A from 2.4 s on, cut at 5.32 s, and nothing is stopped
        ("stop-only", 400),  # two stragglers
        ("suppress", 0),
        ("keyed", 0),
    ],
)
def test_leaked_sound_is_a_kind_of_its_own(barge_in, scores, policy, leaked_ms):
    """What sounds of a revoked response is not drawn as heard: 10 ms a column."""
    lane = timeline_picture(replay(barge_in, policy), scores=scores).heard
    assert leaked_ms // 10 == columns(lane).get("leaked", 0)
    assert 500 == columns(lane)["heard"]  # A from 2.4 to 5.0 s, B for 2.4 s
    assert 32 == columns(lane)["over"]  # from the user's onset at 5.0 s to the cut at 5.32 s


def test_what_was_cut_stands_pale_where_it_would_have_gone_on(barge_in, scores):
    """From the cut to the next answer, and not a column longer."""
    picture = timeline_picture(replay(barge_in, "keyed"), scores=scores)
    pale = np.flatnonzero(np.isfinite(picture.heard.outlines["unheard"].hi))
    assert (532, 719) == (pale[0], pale[-1])


def test_generated_sound_stands_at_its_arrival(barge_in, scores):
    """8.8 s of sound came in 3.4 s: drawn where it came, split by whether it was ever heard."""
    lane = timeline_picture(replay(barge_in, "indicator"), scores=scores).generated
    assert "as it arrived: in all 8.8 s of sound in 3.4 s" == lane.note
    assert {"arrived"} == set(lane.outlines)
    assert {"arrived", "unheard"} == set(timeline_picture(replay(barge_in, "keyed"), scores=scores).generated.outlines)


def test_events_cuts_and_labels_inside_the_window(barge_in, scores):
    """A window leaves out what lies outside of it."""
    outcome = replay(barge_in, "keyed")
    picture = timeline_picture(outcome, scores=scores, window=(5_000, 7_000))
    assert ["speech_started", "audio_done", "response_done", "speech_stopped", "response_created"] == [
        m.kind for m in picture.marks
    ]
    assert (5_320,) == picture.cuts
    assert [("interruption", Span(5_000, 6_300))] == [(b.kind, b.span) for b in picture.bars]


def test_a_cut_that_cuts_nothing_is_no_mark(barge_in, scores):
    """The user's first words revoke nothing that anyone would have heard."""
    outcome = replay(barge_in, "keyed")
    assert 2 == len(outcome.cuts)
    assert (5_320,) == timeline_picture(outcome, scores=scores).cuts


def test_the_title_names_session_policy_and_basis(barge_in, scores):
    """Nobody has to ask what is recorded and what is modelled."""
    picture = timeline_picture(replay(barge_in, "stop-only"), scores=scores)
    assert "hand-made · stop-only" == picture.title
    assert "session modelled: user, provider · heard: modelled ± 0 ms" in picture.subtitle.replace("\u00a0", " ")


def test_supposed_settings_stand_in_the_title_and_over_the_scores(barge_in, scores):
    """Not those in force: whose reports the picture shows, and the thresholds they come from."""
    told = Reports(ServerVad(0.9, 200, 300), (), "drawn")
    picture = timeline_picture(replay(barge_in, "stop-only", settings=told), scores=scores)
    assert "server_vad 0.9/200/300 supposed, reports of a surrogate" in picture.subtitle
    assert 0.9 == picture.score.enter


def test_a_session_as_recorded_says_that_nothing_is_known_of_what_was_heard(barge_in, scores):
    """Without a player's log there is no heard lane, and nothing generated is called never heard."""
    picture = timeline_picture(barge_in, scores=scores)
    assert picture.heard is None
    assert {"arrived"} == set(picture.generated.outlines)
    assert picture.subtitle.replace("\u00a0", " ").endswith("heard: not recorded")
    assert () == picture.cuts


def test_the_rule_in_force_decides_on_the_scores(barge_in, scores):
    """Enter 0.5, exit 0.35, 500 ms, 300 ms of padding: what the session says."""
    lane = timeline_picture(barge_in, scores=scores).score
    assert (0.5, 0.35) == (lane.enter, lane.exit)
    assert Timeline([Span(352, 1_600), Span(5_056, 6_272), Span(8_256, 8_480)]) == lane.speech
    assert Timeline([Span(52, 352), Span(4_756, 5_056), Span(7_956, 8_256)]) == lane.kept
    assert (384, 5_088, 8_288) == lane.starts
    assert (2_144, 6_816, 9_024) == lane.stops  # known 512 ms after the first low frame, and a frame to hear it


def test_another_rule_moves_the_decisions(barge_in, scores):
    """As a slider does."""
    lane = timeline_picture(barge_in, scores=scores, rule=Rule(0.95)).score
    assert 0 == len(lane.speech) == len(lane.starts)


def test_a_detector_without_threshold_says_so(barge_in, scores):
    """The rule shown is then not the one in force."""
    info = replace(barge_in.info, settings=(Change(0, SemanticVad("auto")),))
    lane = timeline_picture(Session(barge_in.folder, info), scores=scores).score
    assert lane.note.endswith("in force was semantic_vad auto, which has no threshold")


def test_pieces_whose_sound_was_not_logged_are_no_silence(barge_in):
    """That they arrived is known; how much sound it was is not."""
    bare = Session(barge_in.folder, replace(barge_in.info, tracks={"user": barge_in.info.tracks["user"]}))
    bare.records = tuple(
        r._replace(payload={**r.payload, "delta": "cut"}) if "delta" in r.payload else r for r in barge_in.records
    )
    picture = timeline_picture(bare, scores=False)
    assert "44 pieces arrived in 3.4 s; their sound was not logged" == picture.generated.note
    assert {} == picture.generated.outlines
    assert ("no agent sound was recorded: what was heard is not known",) == picture.notes


def test_a_session_without_times_shows_what_has_a_place(barge_in, tmp_path):
    """The microphone, where there is one; and in words why nothing else."""
    info = replace(barge_in.info, clock="none")
    picture = timeline_picture(Session(barge_in.folder, info), scores=False)
    assert (("labels", "user"), ()) == (picture.rows, picture.marks)
    assert ("the log has no times: neither its events nor the agent's sound can be placed",) == picture.notes
    nothing = save(tmp_path / "nothing", Info("nothing", "openai", "m", 0, clock="none"), [], audio={})
    assert ((), 1_000) == ((shown := timeline_picture(nothing, scores=False)).rows, shown.grid.window.ms)


def test_no_scores_no_lane(barge_in):
    """False is no score, not a search for one."""
    assert timeline_picture(barge_in, scores=False).score is None


def test_a_call_shows_its_own_agent_channel(barge_in):
    """A track of kind heard is what was heard, whatever the log says."""
    tracks = dict(barge_in.info.tracks)
    tracks["agent"] = replace(tracks["agent"], kind="heard", origin_ms=1_000)
    call = Session(barge_in.folder, replace(barge_in.info, tracks=tracks, clock="none"))
    picture = timeline_picture(call, scores=False)
    assert 880 == columns(picture.heard)["heard"]
    assert picture.generated is None
    assert picture.subtitle.endswith("heard:\u00a0channel")


@pytest.mark.parametrize("window", [(20_000, 30_000), (5, 8), (5_000, 5_000)])
def test_a_window_that_shows_nothing_is_refused(barge_in, window):
    """With the session's length beside it."""
    with pytest.raises(SessionError, match="shows nothing of a session of 12000 ms"):
        timeline_picture(barge_in, scores=False, window=window)


def test_seconds_in_a_window_are_noticed(barge_in):
    """The commonest mistake."""
    with pytest.raises(SessionError, match=r"seconds\?"):
        timeline_picture(barge_in, scores=False, window=(5, 8))


def test_around_a_label(barge_in):
    """Inside the session, and an error that says what there is."""
    assert Span(4_000, 12_000) == around(barge_in, before_ms=1_000, after_ms=9_000)
    with pytest.raises(SessionError, match="backchannel, interruption, turn"):
        around(barge_in, "tic")
