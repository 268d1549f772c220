"""The sessions that come along: what must hold in each, by the cause of its late audio.

Judged from the log's order and the sample ids of what was heard, never from the gate's own books.
"""

from __future__ import annotations

from functools import cache

import pytest

from bargein.audio.places import data_dir
from bargein.compose.ring1 import SCENES
from bargein.corpus.index import Case
from bargein.events import LOCAL_VAD, ProviderError, SpeechStarted
from bargein.providers import PROVIDERS, read
from bargein.replay import local_edges, replay
from bargein.session import folders, load
from late_audio import late

FOLDER = data_dir() / "sessions"
POLICIES = ("stop-only", "suppress", "keyed")
IDS = [path.name for path in folders(FOLDER)] if FOLDER.is_dir() else []


@cache
def session(id):
    """Each is opened once."""
    return load(FOLDER / id)


@cache
def outcome(id, policy):
    """A replay under a policy, listening to the detector of the session's own client."""
    one = session(id)
    local = one.info.client["trigger"] == LOCAL_VAD
    return replay(one, f"{policy}@{LOCAL_VAD}" if local else policy, edges=edges(id) if local else None)


@cache
def edges(id):
    """A local detector's, scored once."""
    return tuple(local_edges(session(id)))


def of_cause(*causes):
    """Ids of the sessions with these causes."""
    return [id for id in IDS if session(id).info.cause in causes]


def test_there_are_enough():
    """At least 24 sessions, 15 minutes, both providers, no more than 10 MB."""
    infos = [session(id).info for id in IDS]
    assert 24 <= len(infos)
    assert 15 * 60_000 <= sum(i.length_ms for i in infos)
    assert set(PROVIDERS) == {i.provider for i in infos}
    assert sum(f.stat().st_size for f in FOLDER.rglob("*") if f.is_file()) <= 10_000_000


def test_the_folder_holds_the_scenes():
    """No more and no less; and each scene's situation and cause."""
    assert sorted(scene.id for scene in SCENES) == IDS
    assert [(s.id, s.situation, s.cause) for s in SCENES] == [
        (s.id, session(s.id).info.situation, session(s.id).info.cause) for s in SCENES
    ]


def test_situations_meet_causes():
    """Every situation on both sides as recorded, and each cause in several."""
    found = {(i.provider, i.situation, i.cause) for i in (session(id).info for id in IDS)}
    for provider in PROVIDERS:
        situations = {s for p, s, c in found if p == provider and c == "as-recorded"}
        assert {"interruption", "tail", "backchannel", "cough", "noise", "echo", "pause", "short answer",
                "double interruption", "plain"} == situations  # fmt: skip
    for cause in ("stragglers", "interrupt_response-false", "local-vad-cut"):
        assert 2 <= len({s for _, s, c in found if c == cause})


def test_settings_differ():
    """Several in force per provider, the origin's among them."""
    infos = [session(id).info for id in IDS]
    labels = {p: {i.turn_detection.label for i in infos if i.provider == p} for p in PROVIDERS}
    assert 5 <= len(labels["openai"])
    assert 3 <= len(labels["xai"])
    assert "semantic_vad auto" in labels["openai"]
    assert "server_vad 0.3/150/800" in labels["xai"]


def test_users_are_cut_off_in_their_pauses():
    """With either provider, as the metrics class it; where the pause is waited out, there is no onset at all."""
    found = {id: [onset.kind for onset in Case(session(id)).onsets] for id in IDS}
    assert ["grok-10-pause-cut-off", "openai-08-pause-cut-off"] == [id for id in IDS if "resumption" in found[id]]
    assert [[], []] == [found[id] for id in ("grok-11-pause-held", "openai-09-pause-held")]


@pytest.mark.parametrize("id", IDS)
def test_every_session_is_sound(id):
    """Checksums, tracks, log and labels."""
    assert load(FOLDER / id, verify=True).id == id
    expected = {"response without audio.done"} if "grok" in id else set()
    assert set(read(session(id)).warnings) <= expected


@pytest.mark.parametrize("id", of_cause("as-recorded"))
def test_as_recorded_the_three_gates_tie(id):
    """The race needs late audio; without it they let the same samples be heard at the same instants."""
    first, *others = (outcome(id, name).heard.rows for name in POLICIES)
    assert [first, first] == others


@pytest.mark.parametrize("id", of_cause("stragglers", "interrupt_response-false", "local-vad-cut"))
def test_stop_only_restarts(id):
    """The very next delta of the old response plays."""
    assert late(outcome(id, "stop-only"))


@pytest.mark.parametrize("id", of_cause("interrupt_response-false", "local-vad-cut"))
def test_suppress_leaks(id):
    """It opens when the user falls silent, and the old response is still coming."""
    assert late(outcome(id, "suppress"))


@pytest.mark.parametrize("id", IDS)
def test_keyed_plays_nothing_revoked(id):
    """Not one sample, in any session."""
    assert [] == late(outcome(id, "keyed"))


@pytest.mark.parametrize("id", [id for id in IDS if session(id).info.situation in ("interruption", "tail")])
def test_the_indicator_talks_on(id):
    """The same figure sees a gate that does not cut at all."""
    assert late(outcome(id, "indicator"))


@pytest.mark.parametrize("id", IDS)
def test_the_client_log_is_what_a_replay_hears(id):
    """The session's own client, composed in a loop with the provider, and a replay of the finished session agree."""
    name = session(id).info.client["policy"]
    assert outcome(id, name).heard.rows == session(id).client_heard.joined().rows


@pytest.mark.parametrize("id", IDS)
def test_what_is_modelled_is_said(id):
    """Provider, turn structure and client in all; whatever sound was made, too."""
    info = session(id).info
    assert {"provider", "turn structure", "client"} <= set(info.modelled)
    for kind, name in (("noise", "noise"), ("tic", "cough-like burst"), ("echo", "echo")):
        assert bool(session(id).labelled(kind)) == (name in info.modelled)
    assert info.assumed
    assert "read" == info.speech_style
    assert " AND ".join(sorted({source["licence"] for source in info.sources})) == info.licence
    assert {source["attribution"] for source in info.sources} == set(info.attribution.split("; "))
    assert all(label.basis == "acoustic" for label in session(id).labels)


@pytest.mark.parametrize("id", IDS)
def test_reports_follow_the_labels_by_delays_in_their_range(id):
    """The provider knows the user from labels: 0 to 100 ms, the 32 ms grid and the network; or xAI's delays."""
    one, agent = session(id), session(id).client_heard.timeline()
    taken = [label.onset_ms for label in one.labelled("interruption", "backchannel", "turn")]
    starts = [e.at for e in read(one).of(SpeechStarted)]
    for onset in taken:
        delay = min(at for at in starts if at >= onset) - onset
        speaking = one.info.provider == "xai" and any(s.start <= onset + 20 and onset < s.end + 100 for s in agent)
        low, high = (700, 1_200) if speaking else (240, 360) if one.info.provider == "xai" else (0, 210)
        assert low <= delay <= high, (onset, delay)


@pytest.mark.parametrize("id", IDS)
def test_only_a_refused_reply_is_an_error(id):
    """No truncation beyond the audio, no cancel of nothing."""
    codes = {e.code for e in read(session(id)).of(ProviderError)}
    refused = session(id).info.cause == "interrupt_response-false"
    assert codes == ({"conversation_already_has_active_response"} if refused else set())


@pytest.mark.parametrize("id", [id for id in IDS if session(id).info.client["truncates"]])
def test_truncation_says_what_was_heard(id):
    """Of the item that sounded at the cut, and the server acknowledges it."""
    one = session(id)
    told = [(r.type, r.payload["item_id"], r.payload["audio_end_ms"]) for r in one.records if "truncate" in r.type]
    sent, acknowledged = ([(item, ms) for name, item, ms in told if name.endswith(end)] for end in ("ate", "ated"))
    heard = one.client_heard
    assert sent
    assert sent == acknowledged
    assert sent == [(item, heard.samples(item=item) * 1_000 // heard.rate) for item, _ in sent]


@pytest.mark.parametrize("id", [id for id in IDS if id.startswith("openai")])
def test_payloads_validate_with_the_official_types(id):
    """Every server event of either dialect, with the audio put back."""
    beta = session(id).info.dialect == "beta"
    types = pytest.importorskip("openai.types.beta.realtime" if beta else "openai.types.realtime")
    from pydantic import TypeAdapter

    adapter = TypeAdapter(types.RealtimeServerEvent)
    for record in session(id).records:
        if record.direction == "s2c":
            payload = dict(record.payload)
            if isinstance(payload.get("delta"), dict):
                payload["delta"] = "AAAA"
            adapter.validate_python(payload)
