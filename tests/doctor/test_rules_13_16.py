"""Rules 13 to 16, each by what it must tell apart: the borders of its definition, and the evidence it asks for."""

from __future__ import annotations

import pytest

from doctor.faulty import composed, says
from doctor.handwritten import (
    CUT,
    CUTS,
    ITEM_A,
    A,
    B,
    answered,
    asked,
    history_mismatch,
    silenced,
    speaking,
)
from doctor.pen import VAD, XAI_VAD, Hand, hush
from wirelogs import b64, noise

# ---- 13 metric-hygiene


def test_grok_ends_nothing_that_was_interrupted(say):
    """That is its protocol; an answer that was not interrupted it ends."""
    log = silenced(speaking(asked("xai")), 5_004)
    log.ends(4_999, A, ITEM_A, *CUT)
    log.speaks(5_000, CUTS, 4_950)
    assert ([], []) == say("metric-hygiene", answered(log))
    log.lines = [line for line in log.lines if not (
        line["ev"]["type"] == "response.output_audio.done" and line["ev"]["response_id"] == B)]  # fmt: skip
    assert 1 == len(say("metric-hygiene", log)[0])


@pytest.mark.parametrize(("until", "found"), [(9_994, []), (9_995, [(5_000, "warning")])])
def test_a_log_may_break_off(until, found, say):
    """What has not ended by then may still; five seconds after its last audio (4,995 ms) it will not."""
    log = speaking(asked())
    assert (found, []) == say("metric-hygiene", log.goes_on(until))


def test_negative_silence_and_speech(say):
    """Dated back by the padding, speech begins before the last has ended: worth knowing. Ending first is a fault."""
    log = asked()
    log.speaks(5_000, CUTS, 3_300)
    log.falls_silent(6_000, CUTS, 3_200)
    assert ([(-92, "note"), (-100, "warning")], []) == say("metric-hygiene", log.goes_on(7_000))


def test_two_voices_at_once(say):
    """The second answer was started while the first had 400 ms to go, and nothing stopped that."""
    log = asked()
    log.generates(4_195, A, ITEM_A, 1_000)
    log.plays(4_195, A, ITEM_A, 1_000)
    log.ends(4_300, A, ITEM_A)
    log.answers(4_400, B, "item_B1")
    log.generates(4_795, B, "item_B1", 800)
    log.plays(4_795, B, "item_B1", 800)
    log.ends(4_900, B, "item_B1")
    assert ([(400, "warning")], []) == say("metric-hygiene", log.goes_on(9_000))


def test_pieces_of_one_response_over_each_other_are_the_clocks():
    """One voice that overwrites itself is not two."""
    faulty, _ = composed("clock")
    assert () == says("metric-hygiene", faulty).findings


# ---- 14 history-mismatch


def test_what_grok_dropped_is_not_kept(say):
    """Interrupted while it was generated, the item leaves the conversation with all its words."""
    log = silenced(speaking(asked("xai")), 5_004)
    log.ends(4_999, A, ITEM_A, *CUT)
    log.speaks(5_000, CUTS, 4_950)
    assert ([], []) == say("history-mismatch", answered(log))


@pytest.mark.parametrize("mends", ["conversation.item.truncated", "conversation.item.deleted"])
def test_what_was_taken_back_is_not_kept(mends, say):
    """Either way."""
    log = history_mismatch(faulty=True)
    log.s(5_900, mends, item_id=ITEM_A, content_index=0, audio_end_ms=1_609)
    assert ([], []) == say("history-mismatch", log)


@pytest.mark.parametrize(("voice", "found"), [(9, [(10, "warning")]), (4, [])])
def test_words_lie_where_the_voice_is(voice, found, say):
    """1,609 of 3,600 ms were heard; where four pieces of 400 ms hold a voice and five are silent, that is all of it."""
    log = speaking(asked())
    log.ends(5_010, A, ITEM_A)
    log.speaks(5_800, CUTS, 5_168)
    for piece in [*log.of("response.output_audio.delta")][voice:]:
        piece["delta"] = b64(hush(400))
    assert (found, []) == say("history-mismatch", answered(silenced(log, 5_804), 7_800))


def test_without_a_players_log(say):
    """Nothing tells what was heard."""
    log = history_mismatch(faulty=True)
    log.client.clear()
    assert "nothing tells what was heard" in say("history-mismatch", log)[1][0]


# ---- 15 config-incomplete


@pytest.mark.parametrize(("asks", "found"), [
    ([XAI_VAD], []),
    ([{"type": "server_vad"}], [(3, "warning")]),
    ([XAI_VAD, {"type": "server_vad", "threshold": 0.5}], []),
    ([{"type": "server_vad", "threshold": 0.5}, {"type": "server_vad", "silence_duration_ms": 300}], [(1, "warning")]),
    ([{"type": None}], []),
    ([{**XAI_VAD, "interrupt_response": False}], [(1, "note")]),
])  # fmt: skip
def test_what_was_asked_for_in_all(asks, found, say):
    """Updates add up; turns that the client ends itself need none."""
    log = answered(speaking(asked("xai", ask=asks[0])))
    for n, ask in enumerate(asks[1:]):
        log.c(100 + n, "session.update", session={"turn_detection": ask})
    assert (found, []) == say("config-incomplete", log)


def test_a_client_that_asks_for_nothing(say):
    """The model's own values hold: three of three."""
    log = answered(speaking(asked()))
    log.lines = [line for line in log.lines if line["ev"]["type"] != "session.update"]
    log.c(3_000, "response.create")
    assert ([(3, "warning")], []) == say("config-incomplete", log)


def test_a_conversation_in_text_detects_no_turns(say):
    """Nothing was spoken, so nothing is incomplete."""
    log = Hand().opening(VAD, ask={"type": "server_vad"})
    assert ([], []) == say("config-incomplete", log.goes_on(1_000))


def test_a_log_of_the_servers_words_alone(say):
    """What was asked for is not in it."""
    log = answered(speaking(asked()))
    log.lines = [line for line in log.lines if line["dir"] == "s2c"]
    assert "no client messages" in say("config-incomplete", log)[1][0]


# ---- 16 rate-mismatch


@pytest.mark.parametrize(("rate", "found"), [(24_000, []), (48_000, [(48_000, "error")]), (20_000, [])])
def test_a_rate_is_named_where_it_is_a_usual_one(rate, found, say):
    """20,000 is none: a microphone with gaps."""
    log = answered(speaking(asked()))
    log.microphone(0, [noise(100, n, rate) for n in range(40)])
    assert (found, []) == say("rate-mismatch", log)


def test_groks_pieces_say_how_long_they_are(say):
    """By its samples a piece is of 12 kHz, which is no usual rate, or of 16, which is one; 24 are stated."""
    for rate, found in ((12_000, []), (16_000, [(16_000, "error")])):
        log = asked("xai")
        for n in range(12):
            log.generates(4_195 + 50 * n, A, ITEM_A, 400, sound=noise(400, n, rate))
        assert (found, []) == say("rate-mismatch", log.goes_on(9_000))


def test_too_little_sound(say):
    """Or none with a time."""
    assert "too few pieces" in say("rate-mismatch", answered(speaking(asked())))[1][0]
