"""The modelled providers: recorded orders, recorded clocks, seeded chance."""

from __future__ import annotations

import pytest

from bargein.providers import PROVIDERS
from bargein.providers.model import Format
from bargein.providers.openai_model import OpenAIDelays
from bargein.providers.xai_model import FIRST_PIECES
from driven_models import LONG, MODELS, RATE, SHORT, feed, first, started


def names(timed, *, drop=("delta", "updated", "rate_limits")):
    """Event names without the repeated ones, shortened."""
    return [p["type"].removeprefix("input_audio_buffer.") for _, p in timed if not any(d in p["type"] for d in drop)]


def response_at(timed, n):
    """Id of the n-th response."""
    return first(timed, "response.created", n)[1]["response"]["id"]


def deltas(timed, response=None):
    """Audio deltas of a response: time and reference."""
    return [(t, p["delta"]) for t, p in timed
            if p["type"].endswith("audio.delta") and response in (None, p["response_id"])]  # fmt: skip


OPENAI_TURN = [
    "session.created", "speech_started", "speech_stopped", "committed", "conversation.item.added",
    "conversation.item.done", "response.created", "response.output_item.added", "conversation.item.added",
    "response.content_part.added", "response.output_audio.done", "response.output_audio_transcript.done",
    "response.content_part.done", "conversation.item.done", "response.output_item.done", "response.done",
]  # fmt: skip
BETA_TURN = [
    "session.created", "speech_started", "speech_stopped", "committed", "conversation.item.created",
    "response.created", "response.output_item.added", "conversation.item.created", "response.content_part.added",
    "response.audio.done", "response.audio_transcript.done", "response.content_part.done",
    "response.output_item.done", "response.done",
]  # fmt: skip
XAI_TURN = [
    "session.created", "conversation.created", "ping", "speech_started", "conversation.item.added",
    "speech_stopped", "response.created", "committed", "response.output_item.added", "conversation.item.added",
    "response.content_part.added", "response.output_audio_transcript.done", "response.content_part.done",
    "response.output_audio.done", "response.output_item.done", "response.done",
]  # fmt: skip


@pytest.mark.parametrize(
    ("order", "kind", "more"),
    [(OPENAI_TURN, "openai", {}), (BETA_TURN, "openai", {"beta": True}), (XAI_TURN, "xai", {})],
    ids=["openai", "beta", "xai"],
)
def test_a_turn_in_the_recorded_order(order, kind, more):
    """Each dialect has its own."""
    assert order == names(feed(started(kind, **more), 1_000, 2_000))


def test_beta_reports_limits_right_after_the_response():
    """GA does so at the end, if at all."""
    beta = names(feed(started("openai", beta=True), 1_000, 2_000), drop=("delta", "session.updated"))
    assert "rate_limits.updated" == beta[beta.index("response.created") + 1]
    assert "rate_limits.updated" == names(feed(started("openai"), 1_000, 2_000), drop=("delta", "session.updated"))[-1]


def test_openai_cancels_back_to_back():
    """speech_started, then the done events of the old response, and no audio of it in between."""
    said = feed(started("openai"), 1_000, 2_000, 4_500, 5_000)
    a = response_at(said, 0)
    begin = next(n for n, (t, p) in enumerate(said) if p["type"].endswith("speech_started") and t > 4_000)
    assert [
        "input_audio_buffer.speech_started", "response.output_audio.done", "response.output_audio_transcript.done",
        "response.content_part.done", "conversation.item.done", "response.output_item.done", "response.done",
    ] == [p["type"] for _, p in said[begin : begin + 7]]  # fmt: skip
    done = said[begin + 6][1]["response"]
    assert ("cancelled", {"type": "cancelled", "reason": "turn_detected"}) == (done["status"], done["status_details"])
    assert ["incomplete"] == [item["status"] for item in done["output"]]
    assert 1 == len({t for t, _ in said[begin + 1 : begin + 7]})
    assert [] == [t for t, _ in deltas(said, a) if t > said[begin][0]]


@pytest.mark.parametrize("stragglers", [1, 2, 3])
def test_stragglers_come_between_the_report_and_the_done_events(stragglers):
    """So many, and not one after audio.done."""
    model = started("openai", delays=OpenAIDelays(stragglers=(stragglers, stragglers)))
    said = feed(model, 1_000, 2_000, 4_500, 5_000)
    a = response_at(said, 0)
    reported = first(said, "input_audio_buffer.speech_started", 1)[0]
    closed = first(said, "response.output_audio.done")[0]
    late = [t for t, _ in deltas(said, a) if t > reported]
    assert stragglers == len(late)
    assert max(late) <= closed


def test_in_the_tail_only_the_speech_is_reported():
    """The response was complete; nothing is left to cancel."""
    for kind in MODELS:
        said = feed(started(kind), 1_000, 2_000, 12_000, 12_500)
        done = [(t, p["response"]) for t, p in said if p["type"] == "response.done"]
        assert ["completed", "completed"] == [r["status"] for _, r in done]
        assert 1 == len(done[0][1]["output"])
        assert done[0][0] < 12_000 < first(said, "input_audio_buffer.speech_started", 1)[0]


def test_told_not_to_interrupt_it_finishes_and_refuses_to_answer():
    """The old response runs to its end; what was said over it is answered when the client asks."""
    model = started("openai", vad={"interrupt_response": False})
    said = feed(model, 1_000, 2_000, 4_500, 4_800, until=30_000)
    stopped = first(said, "input_audio_buffer.speech_stopped", 1)[0]
    assert stopped < deltas(said)[-1][0]
    assert "conversation_already_has_active_response" == first(said, "error")[1]["error"]["code"]
    assert ["completed"] == [p["response"]["status"] for _, p in said if p["type"] == "response.done"]
    assert LONG.samples == sum(ref["samples"] for _, ref in deltas(said))
    model.receive({"type": "response.create"}, 31_000)
    assert "response.created" in names(model.advance(40_000))


def test_xai_ends_an_interrupted_reply_empty():
    """Completed, no output, no done events, then the speech; and slowly, since it was speaking."""
    said = feed(started("xai"), 1_000, 2_000, 5_000, 5_600)
    begin = next(n for n, (t, p) in enumerate(said) if p["type"] == "response.done")
    done = said[begin][1]["response"]
    assert ("completed", "unimplemented", []) == (done["status"], done["status_details"], done["output"])
    assert "input_audio_buffer.speech_started" == said[begin + 1][1]["type"]
    assert 700 <= said[begin + 1][0] - 5_000 <= 1_200
    assert [] == [p for _, p in said[:begin] if p["type"].endswith(".done")]
    assert 240 <= first(said, "input_audio_buffer.speech_started")[0] - 1_000 <= 360
    users = [p for _, p in said if p["type"] == "conversation.item.added" and p["item"]["role"] == "user"]
    assert users[0]["item"]["id"] == users[1]["previous_item_id"]


@pytest.mark.parametrize(
    ("responses", "silence", "pause"), [(1, 500, 300), (2, 200, 700), (1, 800, 700)], ids=["held", "cut off", "waited"]
)
@pytest.mark.parametrize("kind", MODELS)
def test_a_pause_is_cut_off_when_the_end_silence_is_shorter(kind, responses, silence, pause):
    """The wait alone decides; the user then interrupts what was begun."""
    said = feed(started(kind, vad={"silence_duration_ms": silence}), 1_000, 2_000, 2_000 + pause, 3_500)
    assert responses == names(said).count("response.created")
    assert responses == names(said).count("speech_stopped") == names(said).count("speech_started")


def test_openai_reports_on_the_grid_of_its_input_clock():
    """Onset less padding, clamped; the start of the deciding frame."""
    said = feed(started("openai"), 1_013, 2_207)
    start = first(said, "input_audio_buffer.speech_started")[1]["audio_start_ms"]
    end = first(said, "input_audio_buffer.speech_stopped")[1]["audio_end_ms"]
    assert 0 == (start + 300) % 32
    assert 1_013 - 300 - 32 <= start + 300 <= 1_013 - 300 + 100
    assert 1_920 + 512 == end  # the first low frame at or after 1,907, and sixteen frames
    clamped = feed(started("openai"), 420, 2_000)
    assert 0 == first(clamped, "input_audio_buffer.speech_started")[1]["audio_start_ms"]


def test_openai_pads_no_onset_under_semantic_vad():
    """It has no padding to take off: the frame itself, at most three later than the sound and one begun before it."""
    model = started("openai", vad={"type": "semantic_vad"})
    start = first(feed(model, 1_013, 2_207), "input_audio_buffer.speech_started")[1]["audio_start_ms"]
    assert 0 == start % 32
    assert 1_013 - 300 - 32 < start <= 1_013 - 300 + 100


def test_xai_reports_where_the_stream_stands():
    """Its figures follow the receive time, not the onset."""
    said = feed(started("xai"), 1_000, 2_000)
    at, payload = first(said, "input_audio_buffer.speech_started")
    assert 0 <= (at - 300) - payload["audio_start_ms"] <= 35


def test_xai_first_pieces_are_the_recorded_ones():
    """Then pieces of about 2.9 s; every sample once, in order."""
    refs = [ref for _, ref in deltas(feed(started("xai"), 1_000, 2_000))]
    lengths = [ref["samples"] * 1_000 // RATE for ref in refs]
    assert list(FIRST_PIECES) == lengths[:5]
    assert all(2_875 <= length <= 2_905 for length in lengths[5:-1])
    assert LONG.samples == sum(ref["samples"] for ref in refs)


@pytest.mark.parametrize("kind", MODELS)
def test_generation_is_four_times_faster_than_the_sound(kind):
    """Twenty seconds of sound within five."""
    found = deltas(feed(started(kind), 1_000, 2_000))
    assert found[-1][0] - found[0][0] <= 5_000


def test_openai_text_runs_ahead_of_the_audio():
    """Four to eight words."""
    said = feed(started("openai"), 1_000, 2_000)
    words = sent = 0
    for _, p in said:
        words += p["type"] == "response.output_audio_transcript.delta"
        if p["type"] == "response.output_audio.delta":
            sent += p["delta"]["samples"]
            begun = sum(w.first < sent for w in LONG.words)
            assert 4 <= words - begun <= 8 or words == len(LONG.words)


def test_xai_phrases_say_where_they_start():
    """Each at or after the audio it belongs to has begun to arrive."""
    said = feed(started("xai", replies=[SHORT]), 1_000, 2_000)
    found = [(p["delta"], p["start_time"]) for _, p in said if p["type"] == "response.output_audio_transcript.delta"]
    assert [("Yes.", 0.0), (" Go on.", 1.0)] == found


def test_xai_transcripts_are_cumulative():
    """Whole text so far, then completed in progress, then completed."""
    model = started("xai")
    model.onset(1_000)
    for n, word in enumerate(["Tell", "me", "more"]):
        model.says(1_400 + 200 * n, word)
    model.offset(1_900)
    said = model.advance(20_000)
    texts = [
        (p["type"].rsplit(".", 1)[1], p["transcript"], p.get("status")) for _, p in said if "transcription" in p["type"]
    ]
    assert ("updated", "Tell") == texts[0][:2]
    assert ("updated", "Tell me more") in [t[:2] for t in texts]
    assert [("completed", "Tell me more", "in_progress"), ("completed", "Tell me more", "completed")] == texts[-2:]


def test_truncation_is_acknowledged_or_refused():
    """Up to what was generated, also after the response is done; beyond it an error, and nothing changes."""
    model = started("openai", replies=[SHORT])
    said = feed(model, 1_000, 2_000, until=20_000)
    item = first(said, "response.output_audio.delta")[1]["item_id"]
    for end, expected in ((1_500, "conversation.item.truncated"), (2_001, "error")):
        model.receive({"type": "conversation.item.truncate", "item_id": item, "audio_end_ms": end}, 20_000)
        assert [expected] == [p["type"] for _, p in model.advance(21_000)]


@pytest.mark.parametrize(("kind", "message"), [("openai", "no active response found"), ("xai", "no active response")])
def test_cancel_with_nothing_running_is_an_error(kind, message):
    """Clients treat it as benign."""
    model = started(kind)
    model.advance(1_000)
    model.receive({"type": "response.cancel"}, 1_000)
    assert message in first(model.advance(2_000), "error")[1]["error"]["message"]


def test_a_response_cancelled_before_its_first_item_lists_no_output():
    """As third parties have seen it."""
    model = started("openai", vad={"silence_duration_ms": 200}, delays=OpenAIDelays(first_audio=(700, 700)))
    said = feed(model, 1_000, 2_000, 2_500, 3_000)
    done = first(said, "response.done")[1]["response"]
    assert ("cancelled", []) == (done["status"], done["output"])


@pytest.mark.parametrize("kind", MODELS)
def test_everything_said_is_known_to_the_provider_table(kind):
    """No event of the model is counted as unknown by our own reader."""
    for more in ({}, {"beta": True}) if kind == "openai" else ({},):
        said = feed(started(kind, **more), 1_000, 2_000, 4_500, 5_000)
        assert [] == [p["type"] for _, p in said if not PROVIDERS[kind].knows(p["type"])]


@pytest.mark.parametrize(
    ("more", "format"),
    [
        ({}, Format()),
        ({}, Format("audio/pcmu", 8_000)),
        ({"model": "gpt-realtime", "transcription": "whisper-1"}, Format()),
    ],
)
def test_ga_events_validate_with_the_official_types(more, format):
    """Every one, with the audio put back as base64."""
    types = pytest.importorskip("openai.types.realtime")
    from pydantic import TypeAdapter

    adapter = TypeAdapter(types.RealtimeServerEvent)
    said = feed(started("openai", format=format, **more), 1_000, 2_000, 4_500, 5_000)
    for _, payload in said:
        whole = payload | {"delta": "AAAA"} if isinstance(payload.get("delta"), dict) else payload
        adapter.validate_python(whole)
