"""Building sessions: the same seed gives the same session, and nothing is replaced or half written."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from bargein.audio.files import read_int16
from bargein.audio.places import data_dir
from bargein.compose import SEED, build
from bargein.compose.clips import Prompts
from bargein.compose.composing import DRAWS, played, seed_of
from bargein.compose.premises import missing
from bargein.compose.ring1 import SCENES
from bargein.compose.stage import CueNeverCame, perform
from bargein.compose.tracks import labels_of
from bargein.errors import BargeinError, SessionError
from bargein.session import load

BY_ID = {scene.id: scene for scene in SCENES}
LINES = ("events.jsonl", "labels.jsonl", "client.jsonl")


@pytest.mark.parametrize("id", BY_ID)
def test_what_comes_along_can_be_built_again(tmp_path, id):
    """Line by line and sample by sample; FLAC bytes may depend on the library."""
    (made,) = build(tmp_path, only=[id])
    for name in LINES:
        assert (data_dir() / "sessions" / id / name).read_text("utf-8") == (made / name).read_text("utf-8")
    facts = [asdict(load(path).info) for path in (data_dir() / "sessions" / id, made)]
    assert facts[0] | {"checksums": {}} == facts[1] | {"checksums": {}}
    for name in ("user.flac", "agent.flac"):
        expected, rate = read_int16(data_dir() / "sessions" / id / name)
        found, again = read_int16(made / name)
        assert rate == again
        assert np.array_equal(expected, found)


def test_another_seed_is_another_session(tmp_path):
    """Delays are drawn again; what happens stays."""
    one, other = (build(tmp_path / str(seed), only=["grok-01"], seed=seed)[0] for seed in (1, 2))
    assert (one / "events.jsonl").read_bytes() != (other / "events.jsonl").read_bytes()
    assert load(one).info.situation == load(other).info.situation == "interruption"


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.id)
@pytest.mark.parametrize("seed", [3, 4])
def test_every_scene_can_be_drawn(scene, seed):
    """With other seeds than the published one, within the draws allowed."""
    done, draws = played(scene, Prompts(), seed)
    assert [] == missing(done)
    assert draws < DRAWS
    assert seed_of(scene, seed, draws) == done.seed


def test_a_session_is_not_replaced_unasked(tmp_path):
    """Its existence is an error, and the one there is left as it was."""
    (made,) = build(tmp_path, only=["openai-12"])
    before = (made / "session.json").read_bytes()
    with pytest.raises(SessionError, match="the folder exists"):
        build(tmp_path, only=["openai-12"], seed=5)
    assert before == (made / "session.json").read_bytes()
    assert [made] == build(tmp_path, only=["openai-12"], seed=5, overwrite=True)
    assert before != (made / "session.json").read_bytes()
    assert [made] == list(tmp_path.iterdir())


def test_progress_is_told(tmp_path):
    """Each session before it is built."""
    told = []
    build(tmp_path, only=["grok-02", "grok-12"], progress=lambda *what: told.append(what))
    assert [("grok-02-tail", 1, 2), ("grok-12-short-answer", 2, 2)] == told


def test_an_unknown_scene_is_named_with_those_there_are(tmp_path):
    """So that a typing error is seen."""
    with pytest.raises(BargeinError, match=r"no scene is called gork; there are openai-01-interruption, .*grok-14"):
        build(tmp_path, only=["gork"])
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("id", "changed", "reason"),
    [
        ("openai-02-tail", {"situation": "interruption"}, "generation had ended before the provider noticed"),
        ("openai-01-interruption", {"situation": "tail"}, "not in the playback tail"),
        ("openai-01-interruption", {"situation": "plain"}, "the provider noticed the user while the agent was heard"),
        ("openai-01-interruption", {"stragglers": (1, 1)}, "stragglers"),
        ("openai-17-stragglers", {"cause": "as-recorded"}, "stragglers"),
        ("openai-01-interruption", {"cause": "interrupt_response-false"}, "no audio of the old response"),
        ("openai-01-interruption", {"situation": "echo"}, "the agent was stopped by its echo"),
        ("openai-06-echo", {"situation": "short answer"}, "the provider noticed the user while the agent was heard"),
    ],
)
def test_a_scene_that_shows_something_else_is_seen(id, changed, reason):
    """The premises of its situation and its cause do not hold, and say so."""
    scene = replace(BY_ID[id], **changed)
    done = perform(scene, Prompts(), seed_of(BY_ID[id], SEED), data_dir() / "scores" / "pauses.csv")
    found = missing(done)
    assert reason in found[0]


@pytest.mark.parametrize(
    ("reasons", "pause", "silence"),
    [
        ({"the agent is not heard in the pause"}, (530, 530), 500),  # longer, but not by a frame of the detector
        ({"the agent is not heard in the pause"}, (830, 830), 500),  # the turn is answered, too late
        ({None}, (1_210, 1_210), 200),  # in whatever is drawn
        ({"the pause is too long for a resumption"}, (1_500, 1_910), 200),
        ({"cut off in the pause", None}, (500, 780), 500),  # 530, 760 or 780 ms, whatever is drawn
        ({None}, (330, 440), 500),
    ],
)
def test_a_pause_on_the_wrong_side_of_the_end_silence_is_seen(reasons, pause, silence):
    """The bounds say which side is meant: all over it, and the agent is heard in it; or not."""
    scene = BY_ID["openai-09-pause-held"]
    acts = (replace(scene.acts[0], pause=pause),)
    scene = replace(scene, acts=acts, settings=replace(scene.settings, silence_duration_ms=silence))
    table = data_dir() / "scores" / "pauses.csv"
    assert reasons == {next(iter(missing(perform(scene, Prompts(), seed, table))), None) for seed in range(1, 9)}


def test_a_clip_without_the_pause_it_should_hold_is_seen():
    """The bounds of a single clip state its own pause; another recording of that name would not have it."""
    scene = BY_ID["openai-09-pause-held"]
    turn = replace(scene.acts[0], clips=("ru/please-try-again",))
    done = perform(replace(scene, acts=(turn,)), Prompts(), 1, data_dir() / "scores" / "pauses.csv")
    assert ["no pause as long as the scene says"] == missing(done)


@pytest.mark.parametrize("id", ["openai-08-pause-cut-off", "grok-10-pause-cut-off"])
def test_a_cut_off_is_a_resumption_whatever_is_drawn(id):
    """The agent is made out in a pause shorter than 1,500 ms, by the samples of its voice, and the user goes on."""
    for seed in range(1, 5):
        done, _ = played(BY_ID[id], Prompts(), seed)
        (pause,) = done.placed[0].pauses
        (gap,) = (g for g in done.placed[0].spans.gaps(done.placed[0].sounding) if g.ms == pause)
        rows = [row for row in done.heard.rows if row.response == done.heard.rows[0].response]
        lead = done.spoken[rows[0].item].spans.spans[0].start
        assert pause < 1_500
        assert rows[0].first == 0
        assert gap.start < rows[0].run + lead < gap.end
        assert [gap.end] == [label.onset_ms for label in labels_of(done) if label.kind == "interruption"]


def test_a_cue_that_never_comes_is_an_error():
    """An act hangs on a third reply, and there are two."""
    scene = BY_ID["openai-12-plain"]
    late = replace(scene.acts[1], cue=replace(scene.acts[1].cue, n=7))
    with pytest.raises(CueNeverCame, match=r"openai-12-plain: the cue never came of act 2 \(turn"):
        perform(replace(scene, acts=(scene.acts[0], late)), Prompts(), 1, data_dir() / "scores" / "pauses.csv")
