"""The same situations from public recordings: what must hold is the same."""

from __future__ import annotations

import shutil

import pytest

from bargein.compose import CALL_ID, NEEDS, real
from bargein.compose.ring2 import SCENES, Recordings, files_of
from bargein.errors import DataError, NotAnswerable
from bargein.events import LOCAL_VAD
from bargein.metrics.audible import starts
from bargein.replay import replay
from bargein.session import load
from late_audio import late

POLICIES = ("stop-only", "suppress", "keyed")


@pytest.fixture(scope="module")
def sessions(mirror, tmp_path_factory):
    """All of ring 2."""
    return {path.name: load(path, verify=True) for path in real(tmp_path_factory.mktemp("real"), mirror)}


def outcomes(session):
    """The three gates, listening to the detector of the session's client."""
    end = "@local-vad" if session.info.client["trigger"] == LOCAL_VAD else ""
    return {name: replay(session, name + end) for name in POLICIES}


def test_all_scenes_and_the_call_are_there(sessions):
    """Both providers, every cause, and most situations."""
    assert [*(s.id for s in SCENES), CALL_ID] == list(sessions)
    infos = [s.info for s in sessions.values()]
    assert {"openai", "xai", "call"} == {i.provider for i in infos}
    assert {"as-recorded", "stragglers", "interrupt_response-false", "local-vad-cut", ""} == {i.cause for i in infos}
    assert {"elicited", "spontaneous"} == {i.speech_style for i in infos}


def test_the_gates_do_what_they_do_on_the_embedded_sessions(sessions):
    """Tie without late audio; otherwise stop-only restarts, suppress may leak, keyed never does."""
    for id, session in sessions.items():
        cause = session.info.cause
        if id == CALL_ID:
            with pytest.raises(NotAnswerable):
                replay(session, "keyed")
            continue
        found = outcomes(session)
        assert [] == late(found["keyed"]), id
        if cause == "as-recorded":
            assert found["stop-only"].heard.rows == found["suppress"].heard.rows == found["keyed"].heard.rows, id
        else:
            assert late(found["stop-only"]), id
        if cause in ("interrupt_response-false", "local-vad-cut"):
            assert late(found["suppress"]), id


def test_the_caller_is_cut_off_in_a_pause_of_their_own(sessions):
    """The agent is heard in it, it is shorter than 1,500 ms, and what follows is labelled as an onset."""
    session = sessions["real-openai-05-pause"]
    (turn,) = (label for label in session.labelled("turn") if label.onset_ms < 5_000)
    (resumed,) = session.labelled("interruption")
    before = max(label.offset_ms for label in session.labelled("speech") if label.offset_ms <= resumed.onset_ms)
    assert turn.onset_ms < before < starts(session.client_heard)[0] < resumed.onset_ms < turn.offset_ms
    assert 900 <= resumed.onset_ms - before < 1_500


def test_sources_are_named_with_their_licences(sessions):
    """And clusters, so that nothing is counted twice."""
    for session in sessions.values():
        assert session.info.clusters
        assert all(s["file"] and s["licence"] and s["attribution"] for s in session.info.sources)
        assert session.info.licence
        assert session.info.attribution


def test_the_room_is_a_source_like_any_other(sessions):
    """A measured response has a licence too; voice, agent and room stand under three."""
    info = sessions["real-openai-04-echo"].info
    assert "Apache-2.0 AND CC-BY-SA-3.0 AND CC0-1.0" == info.licence
    assert {"user", "agent", "room"} == {source["role"] for source in info.sources}


def test_meetings_are_labelled_from_their_words(sessions):
    """Times of an aligner are lexical, and coarser."""
    labels = sessions["real-grok-01-interruption"].labels
    assert {("lexical", 100)} == {(label.basis, label.uncertainty_ms) for label in labels}


def test_what_is_not_at_hand_is_left_out(mirror, tmp_path):
    """A pool with the files of one scene gives that scene, and one without any an error that says what to do."""
    scene = next(s for s in SCENES if s.id == "real-openai-03-cough")
    for file in files_of(scene):
        (tmp_path / "pool" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(mirror / file, tmp_path / "pool" / file)
    assert [scene.id] == [p.name for p in real(tmp_path / "one", tmp_path / "pool")]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="bargein data fetch"):
        real(tmp_path / "none", tmp_path / "empty")


def test_a_clip_that_is_missing_is_named(tmp_path, monkeypatch):
    """With the remedy."""
    monkeypatch.delenv("BARGEIN_DATA_MIRROR", raising=False)
    monkeypatch.setenv("BARGEIN_CACHE", str(tmp_path))
    with pytest.raises(DataError, match=r"coughs/cough_4016efa1\.flac is not on this machine \(bargein data fetch\)"):
        Recordings().clip("coughs/cough_4016efa1.flac", 8_000)
    assert Recordings().path(NEEDS) is None
