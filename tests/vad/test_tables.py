"""Frame scores and pauses that come along: read, complete, and refused when they do not fit."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from bargein.audio import files
from bargein.errors import DataError
from bargein.formats.corpora import path_of
from bargein.vad import silero
from bargein.vad.rule import Rule, edges
from bargein.vad.tables import NEGATIVE, load_pauses, load_scores

SCORES = Path(__file__).parents[2] / "data" / "scores"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the scores that a test may damage."""
    return Path(shutil.copytree(SCORES, tmp_path / "scores"))


def test_every_kind_of_recording_is_there():
    """What tuning needs: whole turns, false triggers of three kinds, callers, words, a provider's reports."""
    counts = Counter(clip.kind for clip in load_scores())
    expected = {"turn": 27, "word": 73, "caller": 12, "tic": 40, "noise": 2, "provider": 2}
    assert expected == {kind: n for kind, n in counts.items() if kind != "echo"}
    assert counts["echo"] > 20


def test_scores_belong_to_the_weights_that_come_along():
    """Other weights are another detector."""
    assert {silero.MODEL} == {clip.scores.model for clip in load_scores()}


def test_openai_reports_are_reproduced_from_the_scores_alone():
    """Six recorded values, on a bare clone without the recording."""
    clips = {clip.clip: clip for clip in load_scores(groups=["provider-vad"])}
    runs = json.loads((SCORES / "provider_vad.json").read_text("utf-8"))["runs"]
    reported = [(run["audio_start_ms"], run["audio_end_ms"]) for run in runs]
    got = []
    for run in runs:
        settings = run["settings"]
        rule = Rule(
            settings["threshold"],
            silence_duration_ms=settings["silence_duration_ms"],
            prefix_padding_ms=settings["prefix_padding_ms"],
        )
        found = edges(clips[run["clip"]].scores, rule)
        got.append(tuple([e.claimed_ms for e in found if e.kind == kind] for kind in ("start", "stop")))
    assert [([1460], [4256]), ([1460, 8948, 16436], [4256, 11744, 19232])] == reported
    assert reported == got


def test_turns_have_edges_and_holds_inside_them():
    """In the clip, in order, and none shorter than 100 ms."""
    for clip in load_scores(groups=["user-utterances"]):
        assert 0 <= clip.turn.start < clip.turn.end <= clip.ms
        assert all(clip.turn.start < hold.start and hold.end < clip.turn.end and hold.ms >= 100 for hold in clip.holds)


def test_false_triggers_have_no_turn():
    """Whatever starts there is wrong."""
    assert set() == {clip.clip for clip in load_scores() if clip.kind in NEGATIVE and (clip.turn or clip.holds)}


def test_holds_are_the_pauses_of_the_turns():
    """The two tables say the same."""
    holds = {(clip.clip, hold) for clip in load_scores(groups=["user-utterances"]) for hold in clip.holds}
    assert holds == {(p.clip, p.span) for p in load_pauses() if p.group == "user-utterances"}


def test_pauses_are_kept_apart_by_speech_style():
    """Read speech is there to be compared with, never to be mixed in."""
    assert {"elicited", "spontaneous"} == {p.speech_style for p in load_pauses(styles=["elicited", "spontaneous"])}
    assert {"prompts"} == {p.group for p in load_pauses(styles=["read"])}


def test_callers_bring_their_pauses_and_no_holds():
    """Between two bursts of one caller: measured, and nobody labelled whether the turn went on."""
    clips = load_scores()
    assert {"caller"} == {clip.kind for clip in clips if clip.pauses}
    pauses = {(clip.clip, pause) for clip in clips for pause in clip.pauses}
    assert {(p.clip, p.span) for p in load_pauses() if p.within == "stretch"} == pauses
    assert 41 == len(pauses)
    assert not any(clip.holds for clip in clips if clip.kind == "caller")


def test_a_folder_need_not_have_pauses(copy):
    """Scores of one's own come without such a table; then nothing is known of callers' pauses."""
    (copy / "pauses.csv").unlink(missing_ok=True)
    assert not any(clip.pauses for clip in load_scores(copy))


def test_every_clip_says_whose_it_is():
    """Licence and attribution travel with the numbers."""
    assert [] == [clip.clip for clip in load_scores() if not (clip.licence and clip.attribution and clip.cluster)]


def test_an_unknown_group_is_an_error():
    """And the message lists what there is."""
    with pytest.raises(DataError, match="user-utterances"):
        load_scores(groups=["orders"])


def test_damaged_and_missing_scores_are_told_at_once(copy):
    """Both files, in one error."""
    (copy / "coughs.npz").write_bytes(b"not scores")
    (copy / "noise.npz").unlink()
    with pytest.raises(DataError) as caught:
        load_scores(copy)
    assert {"coughs.npz", "noise.npz"} == {Path(problem.place).name for problem in caught.value.problems}


def test_scores_that_do_not_fit_their_index_are_refused(copy):
    """Made at different times, the rows would belong to other clips."""
    np.savez_compressed(copy / "noise.npz", values=np.zeros(3, np.float32), offsets=np.array([0, 3]))
    with pytest.raises(DataError, match="1 clips where the index has 2"):
        load_scores(copy)


def test_pickled_objects_are_never_loaded(copy):
    """Nothing is executed from data."""
    np.savez_compressed(copy / "noise.npz", values=np.array([{}], object), offsets=np.array([0, 1, 1]))
    with pytest.raises(DataError, match=r"noise\.npz"):
        load_scores(copy)


@pytest.mark.parametrize("group", ["user-utterances", "coughs", "noise"])
def test_the_scores_are_those_of_the_recordings(mirror, group):
    """Scored again from the mirror, the first clip of a group."""
    clip = load_scores(groups=[group])[0]
    again = silero.score(*files.read_int16(path_of(clip.clip, mirror=mirror)))
    assert np.allclose(clip.scores.values, again.values, rtol=0, atol=1e-6)
