"""Sound of a log: inside it, beside it, missing from it; where the microphone lies, and when lines happened."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from bargein.errors import LogError, NotAnswerable
from bargein.events import Delta
from bargein.formats.payloads import Coding, Decoder, decoded
from bargein.formats.wireclock import place
from bargein.formats.wirelog import UNMEASURABLE
from bargein.providers import read
from bargein.replay import replay
from bargein.session import problems_of
from wirelogs import RATE, WireLog, b64, bring, cut_short, noise, openai, pcm, wav, xai

# ---- sound inside the log


@given(st.lists(st.integers(1, 14_399), max_size=6, unique=True), st.booleans(), st.booleans())
def test_however_it_was_cut(cuts, url_safe, padded):
    """Half samples wait for the next delta; both alphabets, with and without padding, are the same sound."""
    sound = noise(300, 5)
    raw, edges = sound.tobytes(), [0, *sorted(cuts), 14_400]
    decoder = Decoder()
    pieces = []
    for a, b in pairwise(edges):
        text = b64(raw[a:b])
        text = text.replace("+", "-").replace("/", "_") if url_safe else text
        pieces.append(decoder.feed("A", Coding("pcm16", RATE), decoded(text if padded else text.rstrip("="))))
    assert np.array_equal(sound, np.concatenate(pieces))
    assert 0 == decoder.left_over


def test_odd_pieces_of_two_items_are_not_mixed(tmp_path):
    """What is left over of one item does not begin the next; at the end it is left out, and said."""
    log = openai(appends=False)
    (template,) = [x for x in log.lines if x["ev"]["type"] == "response.output_audio.delta"][:1]
    raw = noise(100, 6).tobytes()
    others = [x for x in log.lines if x["ev"]["type"] != "response.output_audio.delta"]
    pieces = [("a", raw[:2_401]), ("b", raw[:1_001]), ("a", raw[2_401:]), ("b", raw[1_001:2_000])]
    lines = [{**template, "ev": {**template["ev"], "event_id": str(n), "item_id": item, "delta": b64(piece)}}
             for n, (item, piece) in enumerate(pieces)]  # fmt: skip
    made = bring(WireLog(others[:7] + lines + others[7:]), tmp_path)
    refs = [r.payload["delta"] for r in made.session.records if r.type == "response.output_audio.delta"]
    assert [(0, 0, 1_200), (1_200, 0, 500), (1_700, 1_200, 1_200), (2_900, 500, 500)] == [
        (ref["stored"], ref["first"], ref["samples"]) for ref in refs
    ]
    whole = np.frombuffer(raw, "<i2")
    expected = [whole[:1_200], whole[:500], whole[1_200:], whole[500:1_000]]
    assert np.array_equal(np.concatenate(expected), pcm(made.session, "agent"))


def test_a_repeated_event_brings_no_sound(tmp_path):
    """It points to the sound of the first, and what follows stays where it was."""
    log = openai(appends=False)
    at = next(n for n, x in enumerate(log.lines) if x["ev"]["type"] == "response.output_audio.delta")
    log.lines.insert(at + 1, log.lines[at])
    session = bring(log, tmp_path).session
    assert np.array_equal(log.agent, pcm(session, "agent"))
    assert (len(log.agent), 1) == (read(session).generated.samples(), read(session).warnings["repeated event id"])


def test_a_client_may_use_one_id_for_everything(tmp_path):
    """Only the server's ids tell a repetition."""
    log = openai()
    for ev in log.of("input_audio_buffer.append"):
        ev["event_id"] = "append"
    assert np.array_equal(log.user, pcm(bring(log, tmp_path).session, "user"))


@pytest.mark.parametrize("law", ["ulaw", "alaw"])
def test_g711_is_decoded_as_libsndfile_does(law, tmp_path):
    """All 256 bytes of both laws."""
    path = tmp_path / "all.raw"
    path.write_bytes(bytes(range(256)))
    subtype = {"ulaw": "ULAW", "alaw": "ALAW"}[law]
    known, _ = soundfile.read(path, samplerate=8_000, channels=1, format="RAW", subtype=subtype, dtype="int16")
    assert np.array_equal(known, Decoder().feed("A", Coding(law, 8_000), bytes(range(256))))


@pytest.mark.parametrize(("name", "rate"), [("audio/pcmu", 8_000), ("g711_alaw", 8_000), ("audio/pcm", 16_000)])
def test_the_coding_of_the_session_is_used(name, rate, tmp_path):
    """Telephone codings and other PCM rates make a track of their own rate; the two sides may differ."""
    nested = name.startswith("audio/")
    log = openai("ga" if nested else "beta")
    session = json.loads(json.dumps(log.lines[0]["ev"]["session"]))
    if nested:
        session["audio"]["output"]["format"] = {"type": name, "rate": rate}
    else:
        session["output_audio_format"] = name
    log.lines[0]["ev"]["session"] = session
    tracks = bring(log, tmp_path).session.info.tracks
    assert (rate, len(log.agent) * 2 // (2 if rate == 16_000 else 1)) == (tracks["agent"].rate, tracks["agent"].samples)
    assert RATE == tracks["user"].rate


def test_a_response_may_have_its_own_coding(tmp_path):
    """Asked for one response only."""
    log = openai(appends=False)
    (created,) = log.of("response.created")
    created["response"]["audio"] = {"output": {"format": {"type": "audio/pcmu"}}}
    assert 8_000 == bring(log, tmp_path).session.info.tracks["agent"].rate


def test_a_coding_we_cannot_decode(tmp_path):
    """Is left out and said, and the session is as good as one without sound."""
    log = openai(appends=False)
    log.lines[0]["ev"]["session"] = {
        **log.lines[0]["ev"]["session"],
        "audio": {"output": {"format": {"type": "audio/opus"}}},
    }
    made = bring(log, tmp_path)
    assert {} == made.session.info.tracks
    assert "the agent's sound is coded as audio/opus, which is not decoded here, and was left out" in made.notes
    assert UNMEASURABLE["agent sound"] in made.unmeasurable
    assert 5_000 > (tmp_path / "s" / "events.jsonl").stat().st_size
    with pytest.raises(NotAnswerable, match="no agent track"):
        replay(made.session)


def test_two_rates_of_one_side_are_refused(tmp_path):
    """One track has one rate."""
    log = openai()
    session = {**log.lines[0]["ev"]["session"], "audio": {"output": {"format": {"type": "audio/pcmu"}}}}
    at = [n for n, x in enumerate(log.lines) if x["ev"]["type"] == "response.output_audio.delta"][1]
    log.lines.insert(at, {"t": log.lines[at]["t"], "dir": "s2c", "ev": {"type": "session.updated", "session": session}})
    with pytest.raises(LogError, match=rf"output sound changes its rate: 8000, 24000 Hz .*call.jsonl:{at + 2}"):
        bring(log, tmp_path)


# ---- sound that is not in the log


@pytest.mark.parametrize("size", [8, 32, 33, 1_001])
def test_cut_payloads_are_recognised(size, tmp_path):
    """No track is made of fragments, and the session says what that makes unmeasurable; replay refuses."""
    made = bring(cut_short(openai(), size), tmp_path)
    assert {} == made.session.info.tracks
    assert "the agent's 3 pieces of sound were cut or left out when the log was written" in made.notes
    assert "the microphone's 90 pieces of sound were cut or left out when the log was written" in made.notes
    assert {UNMEASURABLE["agent sound"], UNMEASURABLE["user sound"]} < {*made.unmeasurable}
    assert {*made.unmeasurable} < {*made.session.info.notes}
    assert 3 == read(made.session).warnings["delta without its sound"]
    with pytest.raises(NotAnswerable, match="no agent track"):
        replay(made.session)


def test_a_cut_shows_where_lengths_are_stated(tmp_path):
    """Grok says how long each delta is, so no rule of thumb is needed."""
    made = bring(cut_short(xai(), 4_000), tmp_path, "xai")
    assert {} == made.session.info.tracks
    assert "the agent's 3 pieces of sound were cut or left out when the log was written" in made.notes


@pytest.mark.parametrize("placeholder", ["<audio>", "[omitted]", "", None])
def test_placeholders_are_recognised(placeholder, tmp_path):
    """Loggers like to leave sound out in their own words."""
    log = openai()
    for ev in [*log.of("response.output_audio.delta"), *log.of("input_audio_buffer.append")]:
        ev["delta" if "delta" in ev else "audio"] = placeholder
    assert {} == bring(log, tmp_path).session.info.tracks


def test_a_log_of_text_has_no_sound_to_miss(tmp_path):
    """No deltas, no track, no note about cut payloads."""
    log = WireLog([x for x in openai(appends=False).lines if "audio" not in x["ev"]["type"]])
    made = bring(log, tmp_path)
    assert {} == made.session.info.tracks
    assert not any("cut or left out" in note for note in made.notes)


def test_webrtc_is_named(tmp_path):
    """There the sound never passes through the log."""
    log = WireLog(
        [x for x in openai(appends=False).lines if "delta" not in x["ev"]["type"] or "transcript" in x["ev"]["type"]]
    )
    log.add(9_500, "s2c", "output_audio_buffer.started", response_id="resp_A")
    made = bring(log, tmp_path)
    assert "WebRTC: the agent's sound went over the media channel, not through the log" in made.notes
    with pytest.raises(NotAnswerable, match="no agent track"):
        replay(made.session)


def test_the_agent_beside_the_log(tmp_path):
    """Grok states each delta's length, so a recording of all deltas can be mapped to them."""
    log = cut_short(xai())
    made = bring(log, tmp_path, "xai", agent=wav(tmp_path / "agent.wav", log.agent))
    refs = [r.payload["delta"] for r in made.session.records if r.type == "response.output_audio.delta"]
    assert [(0, 5_880), (5_880, 69_720), (75_600, 69_000)] == [(ref["stored"], ref["samples"]) for ref in refs]
    assert np.array_equal(log.agent, pcm(made.session, "agent"))
    assert "agent sound from agent.wav, mapped to 3 deltas by their stated lengths" in made.notes
    assert 6_025 == read(made.session).generated.audio_ms()
    assert [set(), {"f530"}] == [{*cut.revoked} for cut in replay(made.session, "keyed").cuts]


def test_lengths_may_be_stated_in_samples(tmp_path):
    """Also of telephone sound, where a byte is a sample."""
    log = openai("beta", appends=False)
    log.lines[0]["ev"]["session"] = {**log.lines[0]["ev"]["session"], "output_audio_format": "g711_ulaw"}
    for ev, samples in zip(log.of("response.audio.delta"), (4_000, 4_000, 2_000), strict=True):
        ev["delta"] = {"samples": samples}
    session = bring(log, tmp_path, agent=wav(tmp_path / "agent.wav", noise(1_250, 7, 8_000), 8_000)).session
    assert [4_000, 4_000, 2_000] == [e.samples for e in read(session).of(Delta)]


def test_the_agent_beside_the_log_by_bytes(tmp_path):
    """A logger may write {"bytes": n} in place of a payload; the file may have another rate."""
    log = openai(appends=False)
    for ev in log.of("response.output_audio.delta"):
        ev["delta"] = {"bytes": len(decoded(ev["delta"]))}
    made = bring(log, tmp_path, agent=wav(tmp_path / "agent.wav", log.agent[::3], 8_000))
    refs = [r.payload["delta"] for r in made.session.records if r.type == "response.output_audio.delta"]
    assert [(0, 6_666), (6_666, 8_334), (15_000, 5_000)] == [(ref["stored"], ref["samples"]) for ref in refs]
    assert 2_500 == read(made.session).generated.audio_ms()


@pytest.mark.parametrize(
    ("provider", "log", "samples", "said"),
    [
        ("openai", cut_short(openai()), noise(2_500, 2), "the log has neither payloads nor lengths"),
        ("xai", cut_short(xai()), noise(9_000, 3), "lasts 9000 ms, the log's deltas last 6025 ms"),
        ("xai", cut_short(xai()), np.zeros((144_600, 2), np.int16), "2 channels, one is wanted"),
    ],
    ids=["no lengths", "other length", "stereo"],
)
def test_a_file_that_cannot_be_mapped_is_refused(provider, log, samples, said, tmp_path):
    """Rather than guessed."""
    with pytest.raises(LogError, match=said) as error:
        bring(log, tmp_path, provider, agent=wav(tmp_path / "agent.wav", samples))
    assert "agent.wav" in str(error.value)
    assert not (tmp_path / "s").exists()


def test_a_file_that_is_not_needed_is_not_used(tmp_path):
    """The log's own sound is the truth."""
    log = openai()
    made = bring(log, tmp_path, agent=wav(tmp_path / "agent.wav", noise(900, 9)))
    assert np.array_equal(log.agent, pcm(made.session, "agent"))
    assert "agent.wav was not needed: the log holds the agent's sound" in made.notes


# ---- the microphone


def test_the_microphone_is_what_was_appended(tmp_path):
    """It begins one append before the first was sent, and each line says which samples it brought."""
    log = openai()
    session = bring(log, tmp_path).session
    assert np.array_equal(log.user, pcm(session, "user"))
    refs = [r.payload["audio"] for r in session.records if r.type == "input_audio_buffer.append"]
    assert [{"stored": 2_400 * n, "samples": 2_400} for n in range(90)] == refs


def test_a_muted_microphone_is_silent(tmp_path):
    """A client that sends nothing for 700 ms leaves 700 ms of silence, not a track that runs ahead."""
    log = openai()
    log.lines = [x for x in log.lines if x["ev"]["type"] != "input_audio_buffer.append" or not 2_000 < x["t"] <= 2_700]
    made = bring(log, tmp_path)
    samples = pcm(made.session, "user")
    assert len(log.user) == len(samples)
    muted = slice(1_800 * 24, 2_500 * 24)
    assert not samples[muted].any()
    assert np.array_equal(np.delete(log.user, np.r_[muted]), np.delete(samples, np.r_[muted]))
    assert "silence where the client sent nothing: 700 ms in 1 place(s)" in made.notes


@pytest.mark.parametrize(
    ("origin", "pauses", "burst", "sent"),
    [
        (0, {}, 0, [100, 200, 300, 400]),  # as it was recorded
        (5, {}, 30, [135, 205, 305, 405]),  # the first came late: where it lies is known from those that follow
        (0, {}, 200, [100, 400, 400, 400]),  # nothing could be sent for a while, then all at once: no pause
        (0, {3: 600}, 0, [100, 200, 300, 1_000]),  # a pause that is never caught up
        (0, {}, 200, [100, 200, 300, 600, 600, 600]),  # late at the end and caught up
        (-300, {}, 300, [100, 100, 100, 100]),  # a whole recording at once: recorded before it was sent
        (0, {}, 0, [100]),
    ],
)
def test_where_the_microphone_lies(origin, pauses, burst, sent):
    """Pieces of 100 ms, sent at these times."""
    placing = place(sent, [100 * (n + 1) for n in range(len(sent))], range(len(sent)))
    assert (origin, pauses, burst) == (placing.origin_ms, dict(placing.pauses), placing.burst_ms)


@given(st.lists(st.tuples(st.integers(1, 200), st.integers(0, 900)), min_size=1, max_size=20))
def test_nothing_is_sent_before_it_was_recorded(pieces):
    """Whatever the gaps: no piece ends after it was sent, none overlaps the one before."""
    times, ends, t, end = [], [], 0, 0
    for length, wait in pieces:
        t, end = t + wait, end + length
        times.append(t)
        ends.append(end)
    placing = place(times, ends, range(len(pieces)))
    paused = 0
    for n, (sent, end) in enumerate(zip(times, ends, strict=True)):
        paused += placing.pauses.get(n, 0)
        assert placing.origin_ms + end + paused <= sent
    assert all(pause > 200 for pause in placing.pauses.values())


def test_a_recording_sent_at_once_is_said(tmp_path):
    """Its place is known to within its length, and overlaps are not measurable; session time begins with it."""
    log = openai(appends=False)
    sound = noise(5_000, 8)
    for n, chunk in enumerate(np.split(sound, 10)):
        log.lines.insert(
            1 + n, {"t": 200, "dir": "c2s", "ev": {"type": "input_audio_buffer.append", "audio": b64(chunk)}}
        )
    made = bring(log, tmp_path)
    assert UNMEASURABLE["steady microphone"] in made.unmeasurable
    assert (0, 4_895) == (made.session.info.tracks["user"].origin_ms, made.session.records[0].t)
    assert any("up to 4500 ms of microphone were sent at once" in note for note in made.session.info.assumed)
    assert not list(problems_of(made.session.folder))


@pytest.mark.parametrize(("rate", "subtype", "note"), [(48_000, "PCM_16", ""), (8_000, "PCM_16", ""),
                         (24_000, "FLOAT", "finer than 16 bit"), (44_100, "PCM_24", "finer than 16 bit")])  # fmt: skip
def test_the_microphone_beside_the_log(rate, subtype, note, tmp_path):
    """Any rate, kept as it is; bit for bit where it is 16 bit, and said where it was rounded."""
    exact = noise(9_000, 4, rate)
    samples = exact if subtype == "PCM_16" else exact / 32_768 + 1e-5
    made = bring(openai(), tmp_path, user=wav(tmp_path / "mic.wav", samples, rate, subtype))
    assert (rate, 10) == (made.session.info.tracks["user"].rate, made.session.info.tracks["user"].origin_ms)
    assert np.max(np.abs(exact.astype(int) - pcm(made.session, "user"))) <= 1 - (subtype == "PCM_16")
    assert bool(note) == any(note in n for n in made.notes if note)
    assert {"stored": None, "samples": 2_400, "bytes": 4_800} == made.session.records[1].payload["audio"]


def test_sixteen_bit_in_a_float_file_is_exact(tmp_path):
    """Float is no loss by itself."""
    exact = noise(9_000, 4)
    made = bring(
        openai(), tmp_path, user=wav(tmp_path / "mic.wav", (exact / 32_768).astype(np.float32), subtype="FLOAT")
    )
    assert np.array_equal(exact, pcm(made.session, "user"))
    assert not any("rounded" in n for n in made.notes)


def test_where_the_microphone_beside_the_log_begins(tmp_path):
    """Stated, measured by the appends, by the first of them, or assumed: and if assumed, said."""
    mic = wav(tmp_path / "mic.wav", noise(9_000, 4))
    cases = {
        "stated": (openai(appends=False), {"user_origin_ms": 300}, 205, ""),
        "before the log": (openai(appends=False), {"user_origin_ms": 45}, 0, ""),
        "appends": (openai(), {}, 10, ""),
        "cut appends": (cut_short(openai()), {}, 110, "the user file begins with the first append"),
        "nothing": (openai(appends=False), {}, 0, "the user file begins with the log: no append is logged (by the "
                    "provider's own input clock it began near 71 ms)"),
        "no times": (openai(appends=False).without_times(), {}, 0, "begins at 0: the log has no times"),
    }  # fmt: skip
    for name, (log, more, origin, said) in cases.items():
        made = bring(log, tmp_path, name=name, user=mic, **more)
        assert origin == made.session.info.tracks["user"].origin_ms, name
        assert [said in text for text in made.session.info.assumed] == ([True] if said else []), name


def test_a_microphone_of_another_length_is_said(tmp_path):
    """Not refused: a recorder may have been stopped later."""
    made = bring(openai(), tmp_path, user=wav(tmp_path / "mic.wav", noise(12_000, 4)))
    assert "mic.wav lasts 12000 ms, the log's microphone 9000 ms" in made.notes
    assert 12_010 == made.session.info.length_ms


# ---- clocks


def test_appended_audio_is_a_clock(tmp_path):
    """Lines without times are dated by the sound sent before them; what comes after the last sound is not dated."""
    log = openai()
    log.lines = [x for x in log.lines if x["t"] <= 8_700 or x["ev"]["type"] != "input_audio_buffer.append"]
    session = bring(log.without_times(), tmp_path).session
    assert ("appends", 100) == (session.info.clock, session.info.clock_step_ms)
    times = {r.type: r.t for r in session.records}
    assert (0, 3_600, None) == (times["session.created"], times["response.created"], times["rate_limits.updated"])
    assert all(
        abs(r.t - (x["t"] - 95)) <= 110 for r, x in zip(session.records, log.lines, strict=True) if r.t is not None
    )
    assert (0, 8_500) == (session.info.tracks["user"].origin_ms, session.info.length_ms)
    outcome = replay(session, "keyed")
    assert [set(), {"resp_A"}] == [{*cut.revoked} for cut in outcome.cuts]
    assert "times from appended audio, in steps of 100 ms" in outcome.assumed


@pytest.mark.parametrize("why", ["the agent goes on after the last appended audio", "sent in a burst, ahead of what"])
def test_sound_sent_at_once_is_no_clock(why, tmp_path):
    """A recording sent before anything was answered dates nothing."""
    log = openai().without_times()
    appends = [x for x in log.lines if x["ev"]["type"] == "input_audio_buffer.append"]
    others = [x for x in log.lines if x["ev"]["type"] != "input_audio_buffer.append"]
    keep = 0 if why.startswith("the agent") else 1
    made = bring(WireLog([*others[:1], *appends[: 90 - keep], *others[1:], *appends[90 - keep :]]), tmp_path)
    assert "none" == made.session.info.clock
    assert any(why in note for note in made.notes)


def test_some_lines_without_a_time(tmp_path):
    """Are kept as they are, and counted."""
    log = openai()
    for n in (3, 5):
        del log.lines[n]["t"]
    made = bring(log, tmp_path)
    assert [None, None] == [made.session.records[n].t for n in (3, 5)]
    assert f"2 of {len(log.lines)} lines have no time" in made.notes
