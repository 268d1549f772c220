"""Somebody's log becomes a session: everything it says, nothing it does not, and what it cannot tell."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from bargein.cli import main
from bargein.errors import LogError, NotAnswerable
from bargein.events import SpeechStarted
from bargein.formats.wirelog import UNMEASURABLE, import_log
from bargein.providers import read
from bargein.replay import replay
from bargein.session import load
from bargein.settings import ManualTurns, ServerVad
from wirelogs import RATE, VAD, WireLog, bring, openai, pcm, untimed, xai

# ---- a whole log, there and back


@pytest.mark.parametrize(("provider", "log"), [("openai", openai("ga")), ("openai", openai("beta")), ("xai", xai())],
                         ids=["ga", "beta", "xai"])  # fmt: skip
def test_a_log_becomes_a_session_that_replays(provider, log, tmp_path):
    """Receive times, every sample of the agent, the order of events; and a gate has something to decide."""
    made = bring(log, tmp_path, provider)
    session = load(made.session.folder, verify=True)
    assert ("wall", None, provider) == (session.info.clock, session.info.clock_step_ms, session.info.provider)
    assert [line["t"] - log.lines[0]["t"] for line in log.lines] == [r.t for r in session.records]
    assert [line["ev"]["type"] for line in log.lines] == [r.type for r in session.records]
    assert np.array_equal(log.agent, pcm(session, "agent"))
    reading = read(session)
    response = next(iter(reading.responses.values()))
    assert (len(log.agent), True) == (reading.generated.samples(), response.interrupted)
    outcome = replay(session, "keyed")
    started = reading.of(SpeechStarted)[-1].at
    assert (started, {response.id}) == (outcome.cuts[-1].at, {*outcome.cuts[-1].revoked})
    assert outcome.heard.last(response.id) == started
    assert 0 < outcome.heard.audio_ms() < reading.generated.audio_ms()


def test_ga_and_beta_become_the_same_session(tmp_path):
    """Only names and shape of the facts differ."""
    ga, beta = bring(openai("ga"), tmp_path, name="a").session, bring(openai("beta"), tmp_path, name="b").session
    assert ("ga", "beta") == (ga.info.dialect, beta.info.dialect)
    assert read(ga).events[1:] == read(beta).events[1:]
    assert np.array_equal(pcm(ga, "agent"), pcm(beta, "agent"))
    assert np.array_equal(pcm(ga, "user"), pcm(beta, "user"))


def test_session_time_begins_with_the_log(tmp_path):
    """An epoch, an uptime, a page's age: the same session; which instant was 0 is kept."""
    small, epoch = (bring(openai(first_t=t), tmp_path, name=str(t)).session for t in (95, 1_790_000_000_123))
    assert small.records == epoch.records
    assert (95, 1_790_000_000_123) == (small.info.sources[0]["zero_t"], epoch.info.sources[0]["zero_t"])


def test_what_a_session_states_of_itself(tmp_path):
    """Model, length, settings, tracks, sources; neither path nor sound of the log."""
    info = bring(openai(), tmp_path).session.info
    assert ("s", "gpt-realtime-2.1", 9_200) == (info.id, info.model, info.length_ms)
    assert [(0, ServerVad(0.5, 300, 500, True, True))] == [(c.at, c.turn_detection) for c in info.settings]
    assert ("sent", 10, 216_000) == (
        info.tracks["user"].kind,
        info.tracks["user"].origin_ms,
        info.tracks["user"].samples,
    )
    assert ("generated", RATE) == (info.tracks["agent"].kind, info.tracks["agent"].rate)
    assert ("call.jsonl", "unknown", ()) == (info.sources[0]["file"], info.speech_style, info.modelled)
    assert str(tmp_path) not in (tmp_path / "s" / "session.json").read_text()
    assert 20_000 > (tmp_path / "s" / "events.jsonl").stat().st_size


def test_the_other_shape_without_times(tmp_path):
    """`{i, kind, direction, data}` is read too; without sound to date it, it stays without times."""
    log = openai(appends=False)
    path = WireLog(untimed(log)).write(tmp_path / "call.jsonl")
    session = bring(path, tmp_path).session
    assert ("none", {None}, 0) == (session.info.clock, {r.t for r in session.records}, session.info.length_ms)
    assert [line["ev"]["type"] for line in log.lines] == [r.type for r in session.records]
    with pytest.raises(NotAnswerable, match="record t"):
        replay(session)


def test_how_a_line_is_dressed_does_not_matter(tmp_path):
    """Bytes before the text, other words for the direction, the message as text, another name for it, empty lines."""
    plain = bring(openai(), tmp_path, name="plain").session
    words = {"s2c": "Server", "c2s": "outbound"}
    lines = [json.dumps({"t": float(x["t"]), "direction": words[x["dir"]], "message": json.dumps(x["ev"])})
             for x in openai().lines]  # fmt: skip
    (tmp_path / "odd.jsonl").write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(lines).encode())
    odd = bring(tmp_path / "odd.jsonl", tmp_path, name="odd").session
    assert plain.records == odd.records


# ---- settings


def test_openai_reports_what_is_in_force(tmp_path):
    """Each report replaces the one before, a repetition is no change, what was only asked for is none."""
    log = openai(appends=False)
    session = json.loads(json.dumps(log.lines[0]["ev"]["session"]))
    log.add(9_400, "c2s", "session.update", session={"audio": {"input": {"turn_detection": {**VAD, "threshold": 0.9}}}})
    log.add(9_500, "s2c", "session.updated", session=session)
    session = json.loads(json.dumps(session))
    session["audio"]["input"]["turn_detection"] = {**VAD, "threshold": 0.8, "idle_timeout_ms": None}
    log.add(9_600, "s2c", "session.updated", session=session)
    log.add(9_700, "s2c", "session.updated", session={"audio": {"input": {"turn_detection": None}}})
    changes = bring(log, tmp_path).session.info.settings
    assert [0, 9_505, 9_605] == [c.at for c in changes]
    assert [ServerVad(0.5, 300, 500, True, True), ServerVad(0.8, 300, 500), ManualTurns()] == [
        c.turn_detection for c in changes
    ]


def test_of_grok_only_what_was_sent_is_known(tmp_path):
    """Its echo holds no defaults: what was not sent stays open, what has no effect is left out and said."""
    log = xai()
    log.add(12_000, "c2s", "session.update", session={"turn_detection": {"type": "server_vad", "threshold": 0.6}})
    log.add(12_100, "s2c", "session.updated", session={"turn_detection": {"type": "server_vad", "threshold": 0.6}})
    made = bring(log, tmp_path, "xai")
    assert [(0, ManualTurns()), (40, ServerVad(silence_duration_ms=800)),
            (11_980, ServerVad(0.6, silence_duration_ms=800))] == [
        (c.at, c.turn_detection) for c in made.session.info.settings
    ]  # fmt: skip
    assert "sent without effect at xAI Grok: interrupt_response" in made.notes


def test_settings_that_were_never_acknowledged(tmp_path):
    """Are taken from when they were sent, and said."""
    log = xai()
    log.lines = [x for x in log.lines if x["ev"]["type"] != "session.updated"]
    made = bring(log, tmp_path, "xai")
    assert [0, 10] == [c.at for c in made.session.info.settings]
    assert any("never acknowledged" in note for note in made.notes)


def test_no_settings_are_said(tmp_path):
    """A log that begins later still imports, as its name says; tables by settings will not have it."""
    log = WireLog(openai().lines[1:])
    made = bring(log, tmp_path)
    assert ((), "unknown") == (made.session.info.settings, made.session.info.model)
    assert UNMEASURABLE["settings"] in made.unmeasurable
    assert "the log is OpenAI Realtime's: nothing in it says whose it is" in made.session.info.assumed


def test_missing_ids_and_reports_are_said(tmp_path):
    """What was inferred in their place, or cannot be."""
    log = openai()
    for ev in log.of("response.output_audio.delta"):
        del ev["response_id"]
    log.lines = [x for x in log.lines if "speech_started" not in x["ev"]["type"]]
    made = bring(log, tmp_path)
    assert {UNMEASURABLE["response ids"], UNMEASURABLE["speech reports"]} < {*made.unmeasurable}
    whole = bring(openai(), tmp_path, name="whole")
    assert {UNMEASURABLE["player log"], UNMEASURABLE["labels"]} == {*whole.unmeasurable}


def test_what_is_unmeasurable_is_said_once_at_the_end(tmp_path, capsys):
    """In the command's text and JSON: every gap of the log, in the words of the session's own notes."""
    log = openai(appends=False)
    for ev in log.of("response.output_audio.delta"):
        del ev["response_id"]
        ev["delta"] = ""
    log.lines = [x for x in log.lines if x["dir"] == "s2c" and "speech_started" not in x["ev"]["type"]][1:]
    path = log.without_times().write(tmp_path / "call.jsonl")
    others = {"live times", "steady microphone", "sample ids", "remote track", "loudspeaker", "wire"}
    others |= {"stated", "ticks", "streams", "heard", "words"}  # of benchmarks
    gaps = [text for what, text in UNMEASURABLE.items() if what not in others]
    with pytest.raises(SystemExit, match="0"):
        main(["import", "openai", str(path), "--out", str(tmp_path / "text")])
    lines = " ".join(capsys.readouterr().out.split()).split("cannot be measured: ")
    assert gaps == [line.strip() for line in lines[1:]]
    assert not any(gap in lines[0] for gap in gaps)
    with pytest.raises(SystemExit, match="0"):
        main(["import", "openai", str(path), "--out", str(tmp_path / "json"), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert gaps == said["unmeasurable"]
    assert set() == {*gaps} & {*said["notes"]}
    assert set(gaps) < {*load(tmp_path / "json").info.notes}


# ---- what is kept (what is left out: test_redact)


def test_unknown_events_are_kept_and_counted(tmp_path):
    """Whole, and never fatal."""
    log = openai()
    odd = {"type": "response.hologram", "glow": [1, {"deep": None}], "Ünï": "✓"}
    log.lines += [{"t": 9_500, "dir": "s2c", "ev": odd}, {"t": 9_501, "dir": "s2c", "ev": odd},
                  {"t": 9_502, "dir": "c2s", "ev": {"no": "type"}}]  # fmt: skip
    made = bring(log, tmp_path)
    assert "events of unknown type, kept: response.hologram ×2, (without type) ×1" in made.notes
    assert odd == made.session.records[-2].payload
    assert 2 == read(made.session).warnings["unknown event response.hologram"]


def test_a_reconnect_is_a_connection_of_its_own(tmp_path):
    """After a logged close; the second session.created is no second session."""
    log = xai()
    again = json.loads(json.dumps(xai().lines))
    for n, line in enumerate(again):
        line["t"] += 12_000
        line["ev"]["event_id"] = f"again_{n}"
    close = {"t": 11_900, "kind": "close", "code": 1_011}
    made = bring(WireLog([*log.lines, close, *again], agent=log.agent), tmp_path, "xai")
    assert ["provider", "provider-2"] == sorted({r.connection for r in made.session.records})
    assert {"2 connections", "1 line(s) that are no message were left out"} <= {*made.notes}
    assert 2 * len(log.agent) == made.session.info.tracks["agent"].samples


# ---- bad input: exit code 2, nothing written, all problems at once


def spoiled(**change):
    """The OpenAI log with some lines replaced: ``line_7={...}`` merges, ``line_7="text"`` replaces."""
    lines = [json.dumps(x) for x in openai().lines]
    for name, new in change.items():
        n = int(name.removeprefix("line_")) - 1
        lines[n] = new if isinstance(new, str) else json.dumps({**json.loads(lines[n]), **new})
    return "\n".join(lines) + "\n"


ALL = {f"line_{n}" for n in range(1, len(openai().lines) + 1)}
SECONDS = {name: {"t": round(openai().lines[int(name[5:]) - 1]["t"] / 1_000, 3)} for name in ALL}
WHOLE_SECONDS = {name: {"t": openai().lines[int(name[5:]) - 1]["t"] // 10_000 * 2} for name in ALL}
MICRO = {name: {"t": openai().lines[int(name[5:]) - 1]["t"] * 10_000} for name in ALL}
ISO = {name: {"t": "2026-11-23T10:00:00.123Z"} for name in ALL}
OTHER_NAME = "".join(json.dumps({"timestamp": x["t"], "dir": x["dir"], "ev": x["ev"]}) + "\n" for x in openai().lines)
BARE = "".join(json.dumps(x["ev"]) + "\n" for x in openai().lines)
TWICE = spoiled() + spoiled()
ARRAY = json.dumps(openai().lines, indent=1)
WEBM = base64.b64encode(b"\x1aE\xdf\xa3" + bytes(200)).decode()
PSYCHIC = {"type": "session.updated", "session": {"turn_detection": {"type": "psychic"}}}

BAD = {
    "undecodable line": (spoiled(line_3='{"t": 300, "dir": "s2c", "ev": {"ty'), [("not JSON", ":3", "cut off")]),
    "no message": (spoiled(line_4='{"t": 4, "dir": "s2c"}'), [("no message (ev) in the line", ":4", "wanted {t, dir")]),
    "no direction": (spoiled(line_4={"dir": "up"}), [("direction: 'up' is not s2c or c2s", ":4", "which side")]),
    "list": (spoiled(line_5="[1, 2]"), [("not an object", ":5", "one object a line")]),
    "fraction": (spoiled(**SECONDS), [("a fraction where whole milliseconds", ":1, 2, 3 and", "seconds? write whole")]),
    "whole seconds": (spoiled(**WHOLE_SECONDS), [("ms of sound", "call.jsonl:", "seconds?")]),
    "microseconds": (spoiled(**MICRO), [("over four hours", "call.jsonl:", "microseconds, or two logs")]),
    "dates": (spoiled(**ISO), [("text where whole milliseconds", ":1, 2, 3 and", "a date?")]),
    "another name for t": (OTHER_NAME, [("a time under the name 'timestamp'", ":1, 2, 3 and", "name it t")]),
    "bare events": (BARE, [("no message (ev) in the line", ":1, 2, 3 and", "a bare event")]),
    "time runs back": (spoiled(line_60={"t": 100}), [("lies before", ":60", "two logs joined, or two clocks?")]),
    "two logs": (TWICE, [("a second session.created (the first: line 1)", ":109", "two logs joined?")]),
    "no base64": (spoiled(line_2={"ev": {"type": "input_audio_buffer.append", "audio": "%%%"}}),
                  [("audio is no base64", ":2", "cut off, or a placeholder?")]),
    "a file, no samples": (spoiled(line_2={"ev": {"type": "input_audio_buffer.append", "audio": WEBM}}),
                           [("audio is a WebM file, no samples", ":2", "log those")]),
    "binary message": (spoiled(line_2={"ev": "AAAB"}), [("the message is no JSON", ":2", "a binary frame?")]),
    "empty": ("", [("no message in the log", "call.jsonl", "never saw one")]),
    "an array": (ARRAY, [("a JSON array, not JSON lines", "call.jsonl", "jq -c .[]")]),
    "no log at all": ("a:\n- kind: message\n", [("not one of 2 lines is a JSON obj", "call.jsonl", "a log is JSON")]),
    "unknown detection": (spoiled(line_1={"ev": PSYCHIC}), [("type: 'psychic' is not a turn det", ":1", "server_vad")]),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_logs(case, tmp_path):
    """What, where, and why; and nothing is written."""
    text, wanted = BAD[case]
    (tmp_path / "call.jsonl").write_text(text)
    with pytest.raises(LogError) as error:
        import_log(tmp_path / "call.jsonl", tmp_path / "s", provider="openai")
    assert len(wanted) == len(error.value.problems), error.value
    for (what, where, hint), problem in zip(wanted, error.value.problems, strict=True):
        assert what in problem.what
        assert where in problem.place
        assert hint in problem.hint
    assert ["call.jsonl"] == [p.name for p in tmp_path.iterdir()]


def test_all_problems_at_once(tmp_path):
    """Of the log, of the files beside it, of the place it should go to."""
    (tmp_path / "call.jsonl").write_text(spoiled(line_3="{", line_5={"t": 0.5}, line_60={"t": 1}, line_8={"dir": 3}))
    (tmp_path / "mic.flac").write_bytes(b"fLaC" + bytes(60))
    (tmp_path / "s").mkdir()
    with pytest.raises(LogError) as error:
        import_log(tmp_path / "call.jsonl", tmp_path / "s", provider="xai", user=tmp_path / "mic.flac",
                   agent=tmp_path / "nowhere.wav")  # fmt: skip
    text = str(error.value)
    assert 8 == len(error.value.problems)
    for named in ("call.jsonl:3", "call.jsonl:5", "call.jsonl:60", "call.jsonl:8", "call.jsonl:1", "mic.flac",
                  "nowhere.wav", "the folder exists"):  # fmt: skip
        assert named in text


def test_a_log_that_is_not_there(tmp_path):
    """And a folder where a file is wanted."""
    with pytest.raises(LogError, match="cannot be read: No such file"):
        import_log(tmp_path / "nowhere.jsonl", tmp_path / "s", provider="openai")
    with pytest.raises(LogError, match="a folder\\? name the log inside it"):
        import_log(tmp_path, tmp_path / "s", provider="openai")
    with pytest.raises(LogError, match="'acme' is not known"):
        import_log(tmp_path / "x", tmp_path / "s", provider="acme")


def other(*payloads):
    """A log of somebody else's server."""
    return WireLog([{"t": 100 * n, "dir": "s2c", "ev": p} for n, p in enumerate(payloads)])


GA = openai().lines[0]["ev"]
AZURE_VAD = {"input_audio_format": "pcm16", "turn_detection": {"type": "azure_semantic_vad"}}
AZURE = {"type": "session.created", "session": AZURE_VAD}


@pytest.mark.parametrize(
    ("asked", "said", "hint", "log"),
    [
        ("openai", "the log is xAI Grok's (a model named grok)", "bargein import xai", xai()),
        ("xai", "the log is OpenAI Realtime's (session.type 'realtime')", "bargein import openai", openai()),
        ("xai", "the log is OpenAI Realtime's (a beta session", "bargein import openai", openai("beta")),
        ("openai", "the log is Azure Voice Live's", "no importer for Azure Voice Live", other(AZURE)),
        ("xai", "the log is Azure Voice Live's", "no importer for Azure Voice Live", other(AZURE)),
        ("openai", "the log is Gemini Live's", "no importer", other({"setupComplete": {}}, {"serverContent": {}})),
        ("openai", "the log is ElevenLabs Agents's", "no importer", other({"audio_event": {"event_id": 1}})),
        ("openai", "the log is OpenAI GPT-Live's", "no importer", other({"type": "session.output_audio.delta"})),
        ("openai", "the log is xAI Grok's (a ping event)", "bargein import xai", other(GA, {"type": "ping"})),
    ],
    ids=["xai", "ga", "beta", "azure", "azure, built on openai", "gemini", "elevenlabs", "gpt-live", "mixed"],
)  # fmt: skip
def test_another_providers_log_is_refused(asked, said, hint, log, tmp_path):
    """With whose it is, and why we think so."""
    with pytest.raises(LogError) as error:
        bring(log, tmp_path, asked)
    (problem,) = [p for p in error.value.problems if "the log is" in p.what]
    assert said in problem.what
    assert hint in problem.hint


def test_a_client_that_speaks_openai_to_grok_is_no_openai_log(tmp_path):
    """OpenAI's SDK, pointed at Grok, sends OpenAI's session shape: only the server tells who it is."""
    log = xai()
    (update,) = log.of("session.update")
    update["session"]["type"] = "realtime"
    (updated,) = log.of("session.updated")
    updated["session"]["type"] = "realtime"
    assert "xai" == bring(log, tmp_path, "xai").session.info.provider
    log = openai()
    log.lines.insert(1, {"t": 100, "dir": "c2s", "ev": {"type": "ping"}})
    assert "openai" == bring(log, tmp_path, name="pinged").session.info.provider


def test_an_existing_session_is_replaced_on_request(tmp_path):
    """And only then."""
    bring(openai(), tmp_path)
    with pytest.raises(LogError, match="the folder exists"):
        bring(openai(), tmp_path)
    assert "beta" == bring(openai("beta"), tmp_path, overwrite=True).session.info.dialect


# ---- recorded traffic

RECORDED = {
    "openai_server_vad_turn": ("openai", "ga", 124, "server_vad 0.5/300/200"),
    "openai_server_vad_three_turns": ("openai", "ga", 358, "server_vad 0.5/300/200"),
    "openai_tool_call_round": ("openai", "ga", 50, "server_vad 0.5/300/200"),
    "openai_webrtc_endpoint_split": ("openai", "beta", 99, "server_vad 0.5/300/200"),
    "xai_grok_server_vad_turn": ("xai", "ga", 88, "server_vad -/-/-"),
    "xai_grok_session_resumption": ("xai", "ga", 53, "server_vad -/-/-"),
}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_logs(name, mirror, tmp_path):
    """Real frames without times, payloads cut: every line is kept, no time and no sound is made up, replay refuses."""
    provider, dialect, lines, settings = RECORDED[name]
    log = mirror / "event-logs" / f"{name}.jsonl"
    if not log.exists():
        pytest.skip(f"the mirror holds no {name}.jsonl")
    made = import_log(log, tmp_path / name, provider=provider)
    session = load(made.session.folder, verify=True)
    assert ("none", dialect, settings) == (session.info.clock, session.info.dialect, session.info.turn_detection.label)
    assert (lines, {None}, {}, 0) == (len(session.records), {r.t for r in session.records}, dict(session.info.tracks),
                                      session.info.length_ms)  # fmt: skip
    known = [json.loads(line) for line in Path(log).read_text("utf-8").splitlines()]
    assert [x["data"]["type"] for x in known if x.get("data")] == [r.type for r in session.records]
    assert not any("unknown type" in note for note in made.notes)
    with pytest.raises(NotAnswerable, match="no receive times"):
        replay(session)


def test_recorded_logs_tell_whose_they_are(mirror, tmp_path):
    """Asked for the other provider, each is refused."""
    for name, (provider, *_) in RECORDED.items():
        log = mirror / "event-logs" / f"{name}.jsonl"
        wrong = {"openai": "xai", "xai": "openai"}[provider]
        if log.exists():
            with pytest.raises(LogError, match="the log is"):
                import_log(log, tmp_path / name, provider=wrong)
