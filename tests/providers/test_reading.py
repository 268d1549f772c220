"""What a log says in the neutral vocabulary: two dialects of one provider, another with an order of its own."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bargein.errors import NotAnswerable, SettingsError
from bargein.events import (
    AgentText,
    AudioDone,
    Command,
    Delta,
    ItemDone,
    ProviderError,
    ResponseCreated,
    ResponseDone,
    SettingsInForce,
    SpeechStarted,
    SpeechStopped,
    Truncated,
    UserText,
)
from bargein.providers import PROVIDERS, provider, read, reading
from bargein.providers.wire import CLIENT, GA_NAMES, SERVER, SILENT, ga_name
from bargein.replay import replay
from bargein.session import Info, Record, Session, Track

RATE = 24_000
BETA_NAMES = {ga: beta for beta, ga in GA_NAMES.items()}


class Drawn(Session):
    """A session whose log was never written down."""

    def __init__(self, lines, name="openai", clock="wall", tracks=None):
        agent = {"agent": Track("agent.flac", "generated", RATE, RATE)} if tracks is None else tracks
        super().__init__(Path("drawn"), Info("drawn", name, "m", 60_000, clock=clock, tracks=agent))
        self.records = tuple(Record(n, t, way, conn, ev) for n, (t, way, conn, ev) in enumerate(lines))


def log(*events, step=10):
    """One event a line, ``step`` ms apart, received unless it names another direction."""
    return [(n * step, e.pop("_dir", "s2c"), e.pop("_conn", "provider"), {"event_id": f"e{n}", **e})
            for n, e in enumerate(json.loads(json.dumps(events)))]  # fmt: skip


def delta(response, first, samples=2_400, stored=None, **other):
    """A piece of agent audio as it is stored."""
    ref = {"stored": first if stored is None else stored, "first": first, "samples": samples}
    return {"type": "response.output_audio.delta", "response_id": response, "item_id": response.lower(),
            "content_index": 0, "delta": ref, **other}  # fmt: skip


def done(response, status="completed", details=None, output=("a",), **other):
    """The end of a response."""
    inner = {"id": response, "status": status, "status_details": details, "output": [{"id": i} for i in output]}
    return {"type": "response.done", "response": inner, **other}


TURN = (
    {"type": "session.created", "session": {"audio": {"input": {"turn_detection": {"type": "server_vad",
                                                                                  "threshold": 0.5}}}}},
    {"type": "input_audio_buffer.speech_started", "item_id": "U", "audio_start_ms": 928},
    {"type": "input_audio_buffer.speech_stopped", "item_id": "U", "audio_end_ms": 3_392},
    {"type": "conversation.item.added", "item": {"id": "U"}},
    {"type": "response.created", "response": {"id": "A"}},
    {"type": "conversation.item.added", "item": {"id": "a"}},
    {"type": "response.output_audio_transcript.delta", "response_id": "A", "item_id": "a", "delta": "Long ago"},
    delta("A", 0), delta("A", 2_400),
    {"type": "conversation.item.input_audio_transcription.completed", "item_id": "U", "transcript": "Tell me."},
    {"type": "input_audio_buffer.speech_started", "item_id": "V", "audio_start_ms": 6_368},
    {"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": 150, "_dir": "c2s"},
    {"type": "response.output_audio.done", "response_id": "A", "item_id": "a"},
    {"type": "response.output_item.done", "response_id": "A", "item": {"id": "a"}},
    done("A", "cancelled", {"type": "cancelled", "reason": "turn_detected"}),
    {"type": "conversation.item.truncated", "item_id": "a", "audio_end_ms": 150},
    {"type": "error", "error": {"code": "response_cancel_not_active", "message": "no active response"}},
    {"type": "input_audio_buffer.speech_stopped", "item_id": "V", "audio_end_ms": 7_000},
)  # fmt: skip


def test_a_turn_in_neutral_words():
    """Every event that says something about turn taking, dated when it was received."""
    expected = [
        SettingsInForce(0, (("type", "server_vad"), ("threshold", 0.5))),
        SpeechStarted(10, item="U", claimed_ms=928),
        SpeechStopped(20, item="U", claimed_ms=3_392),
        ResponseCreated(40, "A"),
        AgentText(60, "A", "a", "Long ago"),
        Delta(70, "A", "a", 0, 2_400, 0, 0),
        Delta(80, "A", "a", 2_400, 2_400, 0, 2_400),
        UserText(90, "U", "Tell me.", True),
        SpeechStarted(100, item="V", claimed_ms=6_368),
        Command(110, "truncate", "a", "", 150),
        AudioDone(120, "A", "a"),
        ItemDone(130, "A", "a"),
        ResponseDone(140, "A", "cancelled", "turn_detected", 1),
        Truncated(150, "a", 150),
        ProviderError(160, "response_cancel_not_active", "no active response"),
        SpeechStopped(170, item="V", claimed_ms=7_000),
    ]
    found = read(Drawn(log(*TURN)))
    assert expected == [e for e, _ in found.events]
    assert Counter() == found.warnings
    response = found.responses["A"]
    assert (40, 70, 80, 120, 140) == (response.created, response.first_delta, response.last_delta,
                                      response.audio_done, response.done)  # fmt: skip
    assert ("Long ago", 1, 1, True) == (response.text, response.outputs, response.items_closed, response.interrupted)
    assert (4_800, 200) == (found.generated.samples("A"), found.generated.audio_ms())


def test_ga_and_beta_say_the_same():
    """One table of names: the retired dialect's log gives the same events, in the same places."""
    beta = [{**e, "type": BETA_NAMES.get(e["type"], e["type"])} for e in TURN]
    beta[0] = {"type": "session.created", "session": {"turn_detection": {"type": "server_vad", "threshold": 0.5}}}
    assert 5 <= sum(a["type"] != b["type"] for a, b in zip(TURN, beta, strict=True))
    ga, old = read(Drawn(log(*TURN))), read(Drawn(log(*beta)))
    assert (ga.events, ga.responses, ga.generated, ga.warnings) == (
        old.events,
        old.responses,
        old.generated,
        old.warnings,
    )


def test_the_table_of_names_is_sound():
    """A translation ends at a name we know, and no name is both silent and understood."""
    assert {*GA_NAMES.values()} <= {*SERVER, *SILENT}
    assert set() == {*SERVER, *CLIENT} & SILENT
    assert all(ga_name(ga) == ga for ga in GA_NAMES.values())


CLOSED = {"type": "response.output_item.done", "response_id": "A", "item": {"id": "a"}}
EMPTY = done("A", details="unimplemented", output=())


@pytest.mark.parametrize(
    ("interrupted", "events"),
    [
        (True, [delta("A", 0), EMPTY]),  # audio came, then the response ended with nothing in it and no closed item
        (False, [delta("A", 0), CLOSED, done("A", details="unimplemented")]),  # the same status, but closed and listed
        (False, [delta("A", 0), CLOSED, EMPTY]),  # closed, though the list is empty
        (False, [EMPTY]),  # ended before any audio: nothing was interrupted
        (False, [delta("A", 0)]),  # never ended: not known, so not claimed
        (True, [delta("A", 0, delta="AAAA"), EMPTY]),  # its payload was left out; that audio came is known all the same
    ],
)
def test_grok_never_says_interrupted(interrupted, events):
    """Its status is always completed: an interruption shows in what is missing."""
    created = {"type": "response.created", "response": {"id": "A"}}
    assert interrupted is read(Drawn(log(created, *events), "xai")).responses["A"].interrupted


@pytest.mark.parametrize(
    ("interrupted", "status", "reason"),
    [
        (True, "cancelled", "turn_detected"),
        (True, "incomplete", "turn_detected"),  # compatible servers
        (False, "cancelled", "client_cancelled"),
        (False, "incomplete", "max_output_tokens"),
        (False, "completed", ""),
        (False, "failed", ""),
    ],
)
def test_openai_says_why(interrupted, status, reason):
    """Cancelled by the user's turn is an interruption; cancelled by the client or cut by a limit is none."""
    end = done("A", status, {"type": status, "reason": reason} if reason else None)
    assert interrupted is read(Drawn(log(delta("A", 0), end))).responses["A"].interrupted


def test_a_repeated_event_counts_once():
    """The same id again brings no second audio; a client may use an id of the server's."""
    lines = log({"type": "response.created", "response": {"id": "A"}}, delta("A", 0), delta("A", 0), done("A"))
    lines[2][3]["event_id"] = lines[1][3]["event_id"]
    lines.append((40, "c2s", "provider", {"type": "response.cancel", "event_id": lines[1][3]["event_id"]}))
    found = read(Drawn(lines))
    assert (2_400, 1) == (found.generated.samples(), found.warnings["repeated event id"])
    assert [Command(40, "cancel")] == found.of(Command)


def test_events_without_an_id_are_no_repeats():
    """Some servers send none."""
    lines = [(0, "s2c", "provider", {**delta("A", n * 2_400)}) for n in range(3)]
    assert 7_200 == read(Drawn(lines)).generated.samples()


# ---- logs without ids


def nameless(events, *without):
    """The same events, without ids of responses or items."""

    def strip(payload):
        inner = {k: {x: y for x, y in v.items() if x != "id"} if k in ("response", "item") else v
                 for k, v in payload.items()}  # fmt: skip
        return {k: v for k, v in inner.items() if k not in without}

    return [strip(json.loads(json.dumps(e))) for e in events]


def created(response):
    """The beginning of a response."""
    return {"type": "response.created", "response": {"id": response}}


def audio_done(response):
    """The end of its generation."""
    return {"type": "response.output_audio.done", "response_id": response, "item_id": response.lower()}


BARGE_IN = {"type": "input_audio_buffer.speech_started", "item_id": "V", "audio_start_ms": 1}
TWO = (delta("A", 0), delta("A", 2_400), audio_done("A"), delta("B", 0, stored=4_800), audio_done("B"))
BOUNDARIES = {
    "deltas alone": ([delta("A", 0), delta("A", 2_400)], ["epoch-1"] * 2),
    "audio.done, then new audio": ([*TWO], ["epoch-1", "epoch-1", "epoch-2"]),
    "response.done, then new audio": ([delta("A", 0), done("A"), delta("B", 0)], ["epoch-1", "epoch-2"]),
    "created": ([created("A"), delta("A", 0), created("B"), delta("B", 0)], ["epoch-1", "epoch-2"]),
    "two items of one response": ([created("A"), delta("A", 0), audio_done("A"), delta("A", 2_400), done("A")],
                                  ["epoch-1"] * 2),
    "created and never sounding": ([created("A"), created("B"), delta("B", 0)], ["epoch-2"]),
    "a done that comes late": ([delta("A", 0), done("A"), audio_done("A"), delta("B", 0)], ["epoch-1", "epoch-2"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BOUNDARIES)
def test_responses_without_ids_are_minted(case):
    """An epoch begins with response.created, or with audio after an end; ledger and responses know it by its name."""
    events, epochs = BOUNDARIES[case]
    found = read(Drawn(log(*nameless(events, "response_id"))))
    assert epochs == [e.response for e in found.of(Delta)]
    assert list(dict.fromkeys(epochs)) == list(found.generated.responses())
    assert all(r.synthetic for r in found.responses.values())
    assert len(events) == found.warnings["response ids missing: minted"]
    assert 0 == found.warnings["delta for an unknown response"]


def test_a_log_with_ids_is_left_alone():
    """Nothing minted, nothing marked."""
    found = read(Drawn(log(*TURN)))
    assert not found.responses["A"].synthetic
    assert not [w for w in found.warnings if "missing" in w]


def test_null_is_no_id():
    """Some servers write null where they have none."""
    found = read(Drawn(log(delta("A", 0, response_id=None, item_id=None))))
    assert [("epoch-1", "epoch-1-item-1")] == [(e.response, e.item) for e in found.of(Delta)]


def test_audio_without_an_id_is_the_open_response_s():
    """Binary frames have none, xAI's events around them do: the audio is theirs, and that is said."""
    events = [created("A"), *nameless([delta("A", 0), delta("A", 2_400)], "response_id", "item_id"),
              created("B"), done("A"), *nameless([delta("B", 0)], "response_id", "item_id"), done("B")]  # fmt: skip
    found = read(Drawn(log(*events), "xai"))
    assert ["A", "A", "B"] == [e.response for e in found.of(Delta)]
    assert [True, True] == [found.responses[name].synthetic for name in "AB"]
    assert 3 == found.warnings["response ids missing: taken from the open response"]
    assert {"A", "B"} == {*found.responses}


WORDS = {"type": "response.output_audio_transcript.delta", "response_id": "A", "item_id": "a", "delta": "Long ago"}


def test_words_begin_a_response_too():
    """Text runs ahead of the sound: after an end it is the next response's, and the sound that follows joins it."""
    events = nameless([delta("A", 0), done("A"), WORDS, delta("B", 0)], "response_id")
    found = read(Drawn(log(*events)))
    assert (["epoch-2"], ["epoch-1", "epoch-2"]) == (
        [e.response for e in found.of(AgentText)],
        [e.response for e in found.of(Delta)],
    )


def test_a_response_that_nothing_announced_is_open_by_its_own_id():
    """After one has ended, the next response's words with an id say whose the sound without one is."""
    events = [created("A"), done("A"), {**WORDS, "response_id": "B"}, *nameless([delta("B", 0)], "response_id")]
    assert ["B"] == [e.response for e in read(Drawn(log(*events))).of(Delta)]


def test_an_item_ends_with_its_output_item():
    """Where audio.done is missing, as after Grok's cuts, the closed item tells."""
    closed = {"type": "response.output_item.done", "response_id": "A", "item": {"id": "a"}}
    events = nameless([created("A"), delta("A", 0), closed, delta("A", 2_400)], "item_id", "response_id")
    assert ["epoch-1-item-1", "epoch-1-item-2"] == [e.item for e in read(Drawn(log(*events))).of(Delta)]


def test_an_id_beside_the_response_object_is_its_id():
    """As xAI writes it, should the object come without."""
    events = [created("A"), delta("A", 0), {"type": "response.done", "response_id": "A", "response": {"status": "x"}}]
    found = read(Drawn(log(*events), "xai"))
    assert ("x", False) == (found.responses["A"].status, found.responses["A"].synthetic)


def test_connections_mint_apart():
    """What is open on one is not open on another."""
    events = nameless([delta("A", 0), delta("B", 0, _conn="relay"), delta("A", 2_400)], "response_id")
    assert ["epoch-1", "epoch-2", "epoch-1"] == [e.response for e in read(Drawn(log(*events))).of(Delta)]


def test_items_without_ids_are_minted():
    """A response's second item begins after the first has ended, and counts its samples from its own first."""
    events = nameless([created("A"), delta("A", 0), delta("A", 2_400), audio_done("A"), delta("A", 4_800, stored=4_800),
                       created("B"), delta("B", 7_200)], "item_id", "response_id")  # fmt: skip
    found = read(Drawn(log(*events)))
    assert [("epoch-1-item-1", 0), ("epoch-1-item-1", 2_400), ("epoch-1-item-2", 0), ("epoch-2-item-1", 0)] == [
        (e.item, e.first) for e in found.of(Delta)
    ]
    assert [0, 2_400, 4_800, 7_200] == [e.stored for e in found.of(Delta)]
    assert 5 == found.warnings["item ids missing: minted"]
    assert (9_600, 2_400) == (found.generated.samples(), found.generated.samples("epoch-1", "epoch-1-item-2"))


def test_items_of_responses_with_ids():
    """Only what is missing is minted."""
    found = read(Drawn(log(created("A"), *nameless([delta("A", 0)], "item_id"))))
    assert [("A", "A-item-1")] == [(e.response, e.item) for e in found.of(Delta)]
    assert not found.responses["A"].synthetic


@pytest.mark.parametrize(
    ("policy", "heard"),
    [
        ("keyed", {"epoch-1": 200, "epoch-2": 100}),  # muted until the next epoch, not for ever
        ("stop-only", {"epoch-1": 300, "epoch-2": 100}),  # the late delta plays on
    ],
)
def test_gates_work_without_ids(policy, heard):
    """The first cut revokes what has been seen, and the answer to the interruption is another response."""
    first = [created("A"), delta("A", 0), delta("A", 2_400)]
    late = [delta("A", 4_800, stored=4_800), done("A"), created("B"), delta("B", 7_200, stored=7_200), done("B")]
    before, after = log(*nameless(first, "response_id", "item_id")), log(*nameless(late, "response_id", "item_id"))
    lines = [*before, (220, "s2c", "provider", BARGE_IN), *((t + 300, *rest) for t, *rest in after)]
    for n, (_, _, _, payload) in enumerate(lines):
        payload["event_id"] = f"x{n}"
    outcome = replay(Drawn(lines), policy)
    assert heard == {r: outcome.heard.audio_ms(r) for r in outcome.heard.responses()}
    assert [{"epoch-1"}] == [{*cut.revoked} for cut in outcome.cuts]


def test_odd_things_are_counted():
    """None is fatal, and each is named."""
    found = read(Drawn(log(
        {"type": "response.hologram", "glow": 3}, {"type": "response.hologram"}, {"no": "type"},
        delta("X", 0), delta("X", 2_400), {"type": "response.created", "response": {"id": "X"}}, delta("X", 4_800),
        {"type": "response.created", "response": {"id": "B"}},
        {"type": "input_audio_buffer.speech_stopped", "item_id": "U"},
        {"type": "input_audio_buffer.speech_started", "item_id": "V"},
        {"type": "input_audio_buffer.speech_started", "item_id": "V"},  # Grok may repeat a start
        delta("X", 7_200, delta="AAAA"),
    )))  # fmt: skip
    assert {
        "unknown event response.hologram": 2,
        "unknown event (without type)": 1,
        "delta for an unknown response": 2,
        "delta without its sound": 1,
        "response without audio.done": 1,
        "response without response.done": 2,
        "speech_stopped without speech_started": 1,
        "speech_started without speech_stopped": 1,
    } == found.warnings
    assert 7_200 == found.generated.samples()


def test_a_line_without_a_time_takes_the_one_before():
    """In a log whose other lines have times."""
    lines = log(
        {"type": "ping"}, {"type": "response.created", "response": {"id": "A"}}, delta("A", 0), delta("A", 2_400)
    )
    lines[2] = (None, *lines[2][1:])
    assert [10, 30] == [e.at for e in read(Drawn(lines)).of(Delta)]


def test_sound_that_is_in_no_track_is_no_sound():
    """The log says how much came; as it cannot be played, it counts as nothing and is warned about."""
    found = read(Drawn(log(delta("A", 0, delta={"stored": None, "samples": 2_400, "bytes": 4_800}), delta("A", 2_400))))
    assert (2_400, 1) == (found.generated.samples(), found.warnings["delta without its sound"])
    assert [-1, 2_400] == [e.stored for e in found.of(Delta)]


def test_connections_are_kept_apart():
    """Each event knows where it came from: order holds on a connection only."""
    found = read(Drawn(log(delta("A", 0), delta("A", 2_400, _conn="relay"))))
    assert ["provider", "relay"] == [connection for _, connection in found.events]


def test_a_log_without_times_is_refused():
    """With what to record instead."""
    with pytest.raises(NotAnswerable, match="record t, the receive time in ms"):
        read(Drawn(log(delta("A", 0)), clock="none"))


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "response.done", "response": None}, {"type": "response.done", "response": "A"},
        {"type": "response.done", "response": {"id": "A", "status": None, "status_details": "x", "output": None}},
        {"type": "response.created"}, {"type": "response.output_item.done", "item": None},
        {"type": "error", "error": "no"}, {"type": "error"}, {"type": "session.updated", "session": None},
        {"type": "session.updated", "session": {"turn_detection": "server_vad"}},
        {"type": "response.output_audio.delta"}, {"type": "response.output_audio.delta", "delta": {"samples": 5}},
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", PROVIDERS)
def test_odd_shapes_are_not_fatal(name, payload):
    """Compatible servers leave out or flatten what the reference promises."""
    read(Drawn(log(payload), name))


def test_grok_transcripts_are_cumulative():
    """`updated` revises, `completed` may come in progress; only the last is final, and start_time becomes ms."""
    updated = {"type": "conversation.item.input_audio_transcription.updated", "item_id": "U", "transcript": "Tell"}
    completed = {
        "type": "conversation.item.input_audio_transcription.completed",
        "item_id": "U",
        "transcript": "Tell me",
    }
    phrase = {"type": "response.output_audio_transcript.delta", "response_id": "A", "item_id": "a", "delta": "Once",
              "start_time": 1.25}  # fmt: skip
    found = read(Drawn(log({"type": "ping", "timestamp": 1}, updated, {**completed, "status": "in_progress"},
                           {**completed, "status": "completed"}, phrase), "xai"))  # fmt: skip
    assert [False, False, True] == [e.final for e in found.of(UserText)]
    assert [1_250] == [e.start_ms for e in found.of(AgentText)]
    assert "unknown event ping" not in found.warnings
    assert "unknown event ping" in read(Drawn(log({"type": "ping"}), "openai")).warnings


def test_an_unknown_provider_is_named():
    """With those that are known."""
    with pytest.raises(SettingsError, match=r"'acme' is not known .*openai.*xai"):
        provider("acme")


@pytest.mark.parametrize("name", PROVIDERS)
def test_reading_by_provider_and_by_session_agree(name):
    """The session names its provider; the reader can also be given one."""
    session = Drawn(log(*TURN), name)
    assert read(session) == reading.read(session, PROVIDERS[name])


def test_settings_are_found_in_both_shapes():
    """Nested as in GA, flat as in the beta and at Grok, null as no detection."""
    nested = {"type": "session.update", "session": {"audio": {"input": {"turn_detection": None}}}, "_dir": "c2s"}
    flat = {"type": "session.updated", "session": {"turn_detection": {"type": "server_vad", "threshold": 0.3}}}
    found = read(Drawn(log(nested, flat, {"type": "session.updated", "session": {"voice": "ara"}})))
    assert [(False, {"type": None}), (True, {"type": "server_vad", "threshold": 0.3})] == [
        (e.confirmed, dict(e.turn_detection)) for e in found.of(SettingsInForce)
    ]
