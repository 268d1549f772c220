"""Settings tuned on labelled sessions: a recording of one's own, labelled, is enough."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import bargein as bi
from bargein.corpus import open_corpus
from bargein.corpus.labelled import labelled_scores
from bargein.errors import NotAnswerable
from bargein.session import Label, save
from bargein.session.schema import write_info

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"


def test_labels_become_clips_with_their_own_edges() -> None:
    """A clip per turn and per distractor, edges and pauses from the labels, on the clip's own clock."""
    case = next(iter(open_corpus(SESSIONS / "openai-09-pause-held", verify=False)))
    clips = [c for c in labelled_scores([case]) if c.kind == "turn"]
    turns = case.session.labelled("turn")
    assert [t.offset_ms - t.onset_ms for t in turns] == [c.turn.ms for c in clips if c.turn]
    assert any(c.holds for c in clips), "this session has a pause inside a turn"
    for clip in clips:
        assert clip.turn is not None
        speaking = clip.scores.values[clip.turn.start // 32 + 3 : clip.turn.start // 32 + 8]
        assert speaking.max() > 0.5, "the detector hears the turn where its label is"


def test_read_speech_is_refused_as_evidence_about_pauses() -> None:
    """The embedded sessions exercise the machinery: silence is left as in force."""
    tuned = bi.tune(SESSIONS, "openai", max_cutoffs_per_hold=0.10)
    assert (0, 0) == (tuned.rests_on.turns, tuned.rests_on.holds)
    assert tuned.recommendation is None
    assert any("no evidence" in r.text for r in tuned.refusals)


def test_elicited_sessions_are_evidence(tmp_path: Path) -> None:
    """The same recording, said to be elicited speech, carries an endpoint figure."""
    source = bi.load(SESSIONS / "openai-09-pause-held")
    folder = tmp_path / "mine"
    folder.mkdir()
    for path in source.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    info = replace(source.info, id="mine", speech_style="elicited")
    (folder / "session.json").write_text(json.dumps(write_info(info)))
    tuned = bi.tune(folder, "openai", max_cutoffs_per_hold=0.5)
    assert len(source.labelled("turn")) >= tuned.rests_on.turns > 0
    assert tuned.rests_on.holds > 0
    assert tuned.frontier


def test_sessions_without_labels_say_what_to_label(tmp_path: Path) -> None:
    """Nothing to tune on is no empty answer."""
    source = bi.load(SESSIONS / "openai-12-plain")
    audio = {name: (source.audio(name) * 32_768).astype("int16") for name in source.info.tracks}
    bare = save(tmp_path / "bare", replace(source.info, id="bare"), source.records, audio=audio)
    with pytest.raises(NotAnswerable, match="label turns"):
        bi.tune(bare)
    (row,) = bi.measure(bare).to_dict("records")
    assert row["barge-ins"] is None or row["barge-ins"] != row["barge-ins"], "not known is not zero"


def test_detection_needs_labels_and_no_players_log(tmp_path: Path) -> None:
    """An imported session has no client log: detection delay is known, stop latency is not."""
    source = bi.load(SESSIONS / "openai-01-interruption")
    audio = {name: (source.audio(name) * 32_768).astype("int16") for name in source.info.tracks}
    labels: tuple[Label, ...] = source.labels
    mine = save(tmp_path / "mine", replace(source.info, id="mine"), source.records, audio=audio, labels=labels)
    (row,) = bi.measure(mine).to_dict("records")
    (known,) = bi.measure(source).to_dict("records")
    assert known["detection p50 [ms]"] == row["detection p50 [ms]"]
    assert 1 == row["barge-ins"]
    assert row["stop p50 [ms]"] is None or row["stop p50 [ms]"] != row["stop p50 [ms]"]


@pytest.mark.parametrize(("change", "turns", "holds"), [
    ({}, True, True),
    ({"complete": "unsure"}, False, False),      # nobody knows whether it was over
    ({"track": "agent"}, False, False),          # not about the user
    ({"basis": "placement"}, False, False),      # where a clip lies, not where speech begins
])  # fmt: skip
def test_only_labels_that_can_be_held_against_a_detector_count(
    change: dict[str, str], turns: bool, holds: bool, tmp_path: Path
) -> None:
    """Finished turns of the user, from sound."""
    source = bi.load(SESSIONS / "openai-09-pause-held")
    audio = {name: (source.audio(name) * 32_768).astype("int16") for name in source.info.tracks}
    labels = [replace(label, **change) if label.kind == "turn" else label for label in source.labels]
    save(tmp_path / "mine", replace(source.info, id="mine"), source.records, audio=audio, labels=labels)
    clips = labelled_scores(open_corpus(tmp_path / "mine"))
    assert (turns, holds) == (bool(clips), any(c.holds for c in clips))


def test_pauses_are_not_known_without_labels_of_speech(tmp_path: Path) -> None:
    """A turn alone does not say where inside it nobody spoke."""
    source = bi.load(SESSIONS / "openai-09-pause-held")
    audio = {name: (source.audio(name) * 32_768).astype("int16") for name in source.info.tracks}
    save(tmp_path / "mine", replace(source.info, id="mine"), source.records, audio=audio,
         labels=source.labelled("turn"))  # fmt: skip
    assert [()] * len(source.labelled("turn")) == [c.holds for c in labelled_scores(open_corpus(tmp_path / "mine"))]


def test_modelled_and_recorded_sessions_are_never_pooled(tmp_path: Path) -> None:
    """Nor does advice rest on modelled ones without saying so."""
    source = bi.load(SESSIONS / "openai-12-plain")
    audio = {name: (source.audio(name) * 32_768).astype("int16") for name in source.info.tracks}
    for name, modelled in (("made", source.info.modelled), ("real", ())):
        info = replace(source.info, id=name, modelled=modelled)
        save(tmp_path / name, info, source.records, audio=audio, labels=source.labels)
    with pytest.raises(NotAnswerable, match="never pooled"):
        bi.tune(tmp_path)
    assert "machinery check" in bi.tune(tmp_path / "made").rests_on.basis
    assert "machinery check" not in bi.tune(tmp_path / "real").rests_on.basis


def test_modelled_sessions_give_no_advice_and_no_file(tmp_path: Path) -> None:
    """What synthetic coughs and clatter say checks the machinery, and is neither recommended nor exported."""
    tuned = bi.tune(SESSIONS, "openai", max_missed_starts=0.1)
    assert tuned.proposal is not None
    assert ("machinery check", None) == (tuned.proposal.status, tuned.recommendation)
    with pytest.raises(NotAnswerable, match="no advice"):
        tuned.export(tmp_path / "openai.json")
    assert [] == list(tmp_path.iterdir())


def test_noise_is_listened_to_for_as_long_as_it_is_labelled(tmp_path: Path) -> None:
    """What the user says meanwhile is taken out, with 200 ms for the score to fall; a start there is no false one."""
    source = bi.load(SESSIONS / "openai-09-pause-held")
    audio = {name: (source.audio(name) * 32_768).astype("int16") for name in source.info.tracks}
    first = min((x for x in source.labels if x.kind == "speech"), key=lambda x: x.onset_ms)
    begins = source.info.tracks["user"].origin_ms
    hum = replace(first, kind="noise", onset_ms=begins, offset_ms=first.offset_ms + 900)
    save(tmp_path / "mine", replace(source.info, id="mine"), source.records, audio=audio, labels=[first, hum])
    before, after = labelled_scores(open_corpus(tmp_path / "mine"))
    assert ["noise", "noise"] == [before.kind, after.kind]
    assert (first.onset_ms - begins, 700) == pytest.approx((before.ms, after.ms), abs=32)
    assert before.clip != after.clip


def test_what_came_before_a_turn_is_not_blamed_on_it(tmp_path: Path) -> None:
    """Speech that ends half a second before the turn's onset would have had the detector open already."""
    source = bi.load(SESSIONS / "openai-09-pause-held")
    audio = {name: (source.audio(name) * 32_768).astype("int16") for name in source.info.tracks}
    turn = source.labelled("turn")[0]
    spoken = [x for x in source.labelled("speech") if turn.onset_ms <= x.onset_ms < turn.offset_ms]
    middle = spoken[1].onset_ms
    earlier = replace(spoken[0], kind="side_talk", offset_ms=middle - 500)
    labels = [earlier, replace(turn, onset_ms=middle), *spoken[1:]]
    save(tmp_path / "mine", replace(source.info, id="mine"), source.records, audio=audio, labels=labels)
    (clip,) = labelled_scores(open_corpus(tmp_path / "mine"))
    assert clip.turn is not None
    assert 300 == pytest.approx(clip.turn.start, abs=32)


def test_what_the_agent_says_ends_no_pause_of_the_user(tmp_path: Path) -> None:
    """Speech of the other track is no speech of this turn."""
    source = bi.load(SESSIONS / "openai-09-pause-held")
    audio = {name: (source.audio(name) * 32_768).astype("int16") for name in source.info.tracks}
    agent = [replace(x, kind="speech", track="agent", complete=None) for x in source.labelled("turn")]
    mine = replace(source.info, id="mine")
    save(tmp_path / "mine", mine, source.records, audio=audio, labels=[*source.labels, *agent])
    assert any(c.holds for c in labelled_scores(open_corpus(tmp_path / "mine")))
