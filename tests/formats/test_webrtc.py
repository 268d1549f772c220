"""A data channel's log: what the play-out buffer says was heard, a remote track beside it, nothing made up."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bargein.corpus import open_corpus
from bargein.corpus.measure import as_recorded
from bargein.doctor import diagnose
from bargein.errors import LogError, NotAnswerable
from bargein.formats.imported import UNMEASURABLE
from bargein.formats.wirelog import import_log
from bargein.metrics.recorded import recorded_heard
from bargein.providers.playout import playout_of
from bargein.replay import replay
from bargein.timeline import Span
from wirelogs import PLAYED, bring, openai, wav, webrtc

WEBRTC = {UNMEASURABLE[what] for what in ("sample ids", "loudspeaker")}
#: Log time at which the recording of the remote track begins; the log begins at 1,000.
BEGINS = 4_000


def labelled(session, *labels):
    """Write labels beside a session."""
    lines = (json.dumps({"kind": kind, "onset_ms": on, "offset_ms": off, "annotator": "me"}) + "\n"
             for kind, on, off in labels)  # fmt: skip
    (session.folder / "labels.jsonl").write_text("".join(lines), encoding="utf-8")
    return session.folder


@pytest.fixture
def made(tmp_path):
    """The log with both tracks, the remote one 100 ms behind the buffer."""
    log = webrtc()
    return bring(log, tmp_path, user=wav(tmp_path / "mic.wav", log.user), user_origin_ms=BEGINS,
                 agent=wav(tmp_path / "remote.wav", log.agent), agent_origin_ms=BEGINS)  # fmt: skip


def test_it_is_recognised_without_being_told(tmp_path):
    """No deltas and a play-out buffer: so it is, and what follows from it is said instead of 'no agent sound'."""
    made = bring(webrtc(), tmp_path)
    assert {*WEBRTC, UNMEASURABLE["remote track"]} < {*made.unmeasurable}
    assert {UNMEASURABLE["agent sound"], UNMEASURABLE["player log"]}.isdisjoint(made.unmeasurable)
    assert {} == made.session.info.tracks
    assert () == made.session.info.modelled


def test_heard_is_what_the_buffer_played(made):
    """Per response, by the buffer's own events, from the log's first line on."""
    heard = recorded_heard(made.session)
    assert "webrtc_buffer" == str(heard.basis)
    assert {r: (a - 1_000, b - 1_000) for r, (a, b) in PLAYED.items()} == {
        r: (s.start, s.end) for r in heard.responses() for s in heard.timeline([r])
    }
    found = playout_of(made.session)
    assert ((9_230,), {"resp_C": 14_000}, 0) == (found.cleared, found.open, found.odd)


def test_tracks_lie_where_the_log_says(made):
    """The remote track is what was heard; both begin at the given time of the log's clock."""
    assert {("agent", "heard", 3_000), ("user", "sent", 3_000)} == {
        (name, t.kind, t.origin_ms) for name, t in made.session.info.tracks.items()
    }
    assert 14_000 == made.session.info.length_ms
    assert UNMEASURABLE["remote track"] not in made.unmeasurable


def test_a_line_of_kind_track_dates_a_track(tmp_path):
    """The recorder of the docs writes one for each track; an option wins over it."""
    log = webrtc()
    log.lines[1:1] = [{"t": t, "kind": "track", "track": side} for side, t in (("user", 900), ("agent", 1_200))]
    files = {"user": wav(tmp_path / "mic.wav", log.user), "agent": wav(tmp_path / "remote.wav", log.agent)}
    made = bring(log, tmp_path, **files)
    assert (0, 300) == tuple(made.session.info.tracks[side].origin_ms for side in ("user", "agent"))
    assert 900 == made.session.info.sources[0]["zero_t"]
    assert not any("begins with the log" in said for said in made.notes)
    made = bring(log, tmp_path, name="told", agent_origin_ms=1_300, **files)
    assert (0, 400) == tuple(made.session.info.tracks[side].origin_ms for side in ("user", "agent"))


def test_where_a_track_begins_is_assumed_aloud(tmp_path):
    """Nothing says it: the log's beginning, and the session says that it was assumed."""
    made = bring(webrtc(), tmp_path, agent=wav(tmp_path / "remote.wav", webrtc().agent))
    assert "the agent file begins with the log: nothing says when it began" in made.session.info.assumed


def test_how_the_sound_lies_to_the_buffer_is_said(made):
    """A hundred milliseconds behind; what of it is the way and what an error of the clock, nobody can tell."""
    said = [note for note in made.notes if note.startswith("the recorded track")]
    assert ["begins 100 ms", "ends 100 ms"] == [" ".join(note.split()[3:6]) for note in said]
    assert all("cannot be told apart" in note for note in said)
    assert "play-out buffer: 3 stretch(es) of sound, 1 of them cleared before their end" in made.notes
    assert any(note.startswith("no end of resp_C in the log") for note in made.notes)


def test_measured_on_that_basis(made):
    """Barge-ins from labels, the stop at the buffer's clearing; in the tail where generation had ended."""
    folder = labelled(made.session, ("interruption", 9_000, 11_000), ("interruption", 4_500, 4_900))
    (cell,) = as_recorded(open_corpus(folder))
    tail, cut = cell.panel.barge_ins
    assert (True, "natural", None) == (tail.in_tail, tail.end, tail.detection_ms)
    assert (False, "stopped", 120) == (cut.in_tail, cut.end, cut.detection_ms)
    assert (9_230, 110, 230) == (cut.silent, cut.reaction_ms, cut.leak_ms[0])
    assert 230 == cut.stop_ms
    assert ("recorded", 2) == (cell.basis, len(cell.panel.met))


def test_an_end_that_was_not_logged_is_no_stop(made):
    """Of the last response nobody knows how long it sounded: censored, in no median."""
    folder = labelled(made.session, ("interruption", 13_000, 13_500))
    (cell,) = as_recorded(open_corpus(folder))
    (last,) = cell.panel.barge_ins
    assert ("unknown", True, False) == (last.end, last.censored, last.counts)


def test_the_agents_own_pauses_are_not_audible(tmp_path):
    """Where the remote track is silent for 200 ms and more the agent was not audible; outside of it nobody knows."""
    log = webrtc()
    log.agent[24 * 1_000 : 24 * 2_000] = 0
    made = bring(log, tmp_path, agent=wav(tmp_path / "remote.wav", log.agent[: 24 * 6_000]), agent_origin_ms=BEGINS)
    (case,) = open_corpus(made.session).cases
    voiced = case.voiced.parts
    assert [Span(100, 1_000), Span(2_000, 2_400)] == list(voiced["resp_A", "resp_A", 0])
    assert [Span(0, 2_000)] == list(voiced["resp_C", "resp_C", 0])


def test_no_other_gate_is_tried(made, tmp_path):
    """Neither with the track nor without."""
    with pytest.raises(NotAnswerable, match="is what was heard"):
        replay(made.session, "keyed")
    log = webrtc()
    log.add(15_000, "s2c", "response.output_audio_transcript.delta", response_id="resp_C", delta="Well")
    with pytest.raises(NotAnswerable, match="over WebRTC there are none"):
        replay(bring(log, tmp_path, name="bare").session, "keyed")


def test_the_doctor_looks_at_what_there_is(made):
    """The buffer counts as what was heard; rules that need samples say why they could not look."""
    (case,) = open_corpus(labelled(made.session, ("interruption", 9_000, 11_000)))
    said = diagnose(case)
    refused = {one.rule: one.because for one in said.unchecked}
    assert "a play-out buffer does not say which samples were heard" == refused["history-mismatch"]
    assert not {"deaf", "drain-leak"} & refused.keys()
    assert [] == [finding for finding in said.findings if finding.rule in ("truncate", "drain-leak", "stale-audio")]


def test_a_clock_that_is_off_shows(tmp_path):
    """A track of another stretch of time is silent where the buffer says the agent sounded."""
    log = webrtc()
    made = bring(log, tmp_path, agent=wav(tmp_path / "remote.wav", log.agent[: 24 * 2_500]), agent_origin_ms=7_000)
    assert any("the recorded track is silent" in note for note in made.notes)


def test_a_websocket_log_stays_one(tmp_path):
    """Deltas win, also where somebody's proxy adds play-out events."""
    log = openai()
    log.add(9_400, "s2c", "output_audio_buffer.stopped", response_id="resp_A")
    made = bring(log, tmp_path)
    assert "generated" == made.session.info.tracks["agent"].kind
    assert recorded_heard(made.session) is None


@pytest.mark.parametrize("more", [{"player": True}, {"agent": True}])
def test_bad_input_beside_it(more, tmp_path):
    """A player's log counts samples, and there are none; a stereo track is none of one side."""
    player = tmp_path / "player.jsonl"
    player.write_text('{"t": 4000, "ev": "started", "response": "resp_A", "item": "i", "first": 0, "samples": 9}\n')
    stereo = wav(tmp_path / "remote.wav", np.zeros((2_400, 2), np.int16))
    with pytest.raises(LogError):
        bring(webrtc(), tmp_path, **({"player": player} if "player" in more else {"agent": stereo}))
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(("kind", "more", "said"), [
    ("ws", {"agent_origin_ms": 0}, "--agent-origin-ms places nothing"),
    ("ws", {"user_origin_ms": 0}, "--user-origin-ms places nothing"),
    ("ws", {"align": True}, "--align moves nothing"),
    ("rtc", {"agent_origin_ms": 0}, "the agent's file lies from 0 to 11000 ms, the log from 1000001000 to"),
    ("rtc", {"agent_origin_ms": 1_000_090_000}, "another clock, or another unit?"),
])  # fmt: skip
def test_options_that_say_nothing(kind, more, said, tmp_path):
    """Refused, rather than overlooked; so is a beginning on another clock."""
    log = openai() if kind == "ws" else webrtc()
    if kind == "rtc":
        for line in log.lines:
            line["t"] += 1_000_000_000
        more = {**more, "agent": wav(tmp_path / "remote.wav", log.agent)}
    with pytest.raises(LogError, match=said):
        bring(log, tmp_path, **more)
    assert not (tmp_path / "s").exists()


def test_the_recorded_one(mirror, tmp_path):
    """A person talking with OpenAI over WebRTC, without times: settings, texts and order, and no instant."""
    made = import_log(mirror / "event-logs" / "openai_webrtc_endpoint_split.jsonl", tmp_path / "s", provider="openai")
    info = made.session.info
    assert ("none", 0, {}, (), "beta") == (info.clock, info.length_ms, info.tracks, info.assumed, info.dialect)
    assert {*WEBRTC, UNMEASURABLE["times"]} < {*made.unmeasurable}
    assert all(record.t is None for record in made.session.records)
    assert not any(note.startswith("play-out buffer") for note in made.notes)
    assert recorded_heard(made.session) is None
    assert [] == as_recorded(open_corpus(made.session))


def test_the_recorded_one_in_time(mirror, tmp_path):
    """The same frames, dated by their place: three responses sounded, of the last no end; one never did."""
    source = mirror / "event-logs" / "openai_webrtc_endpoint_split.jsonl"
    lines = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    path = tmp_path / "dated.jsonl"
    path.write_text("".join(json.dumps({"t": 100 * n, "dir": "s2c", "ev": x["data"]}) + "\n"
                            for n, x in enumerate(lines)), encoding="utf-8")  # fmt: skip
    session = import_log(path, tmp_path / "s", provider="openai").session
    found = playout_of(session)
    assert [900, 1_300, 2_600] == [span.ms for span in found.heard.timeline()]
    assert ((), 1) == (found.cleared, len(found.open))
