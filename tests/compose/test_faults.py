"""Faulty sessions and their twins: valid, alike but for the fault, and broken in the way they say."""

from __future__ import annotations

from functools import cache

import pytest

from bargein.compose.faults import FAULTS, with_twin
from bargein.corpus.index import Case
from bargein.errors import BargeinError
from bargein.events import Command, Delta, ProviderError, ResponseDone, SpeechStarted
from bargein.metrics.stopping import leak_ms
from bargein.session import problems_of


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Each fault is composed once."""
    folder = tmp_path_factory.mktemp("faults")
    return cache(lambda name: tuple(Case(s) for s in with_twin(name, folder)))


def count(case, kind, **wanted):
    """How many events of a kind say this."""
    return sum(all(getattr(e, k) == v for k, v in wanted.items()) for e in case.reading.of(kind))


def heard_after_cut(case):
    """How much of the first interrupted response was heard after the first report of speech over it, ms."""
    cut = next(r for r in case.reading.responses.values() if r.interrupted)
    at = max(e.at for e in case.reading.of(SpeechStarted) if e.at <= cut.done)
    return leak_ms(case.heard, [cut.id], at)


def test_every_rule_has_a_fault():
    """Sixteen of them, one each."""
    assert list(range(1, 17)) == [fault.rule for fault in FAULTS.values()]


def test_an_unknown_fault_is_refused(tmp_path):
    """With the names there are."""
    with pytest.raises(BargeinError, match="late-deltas"):
        with_twin("none", tmp_path)


@pytest.mark.parametrize("name", FAULTS)
def test_both_are_valid_sessions(name, pair):
    """A fault is in what happened or was said, never in the folder; the faulty one says what it is."""
    assert [[], []] == [list(problems_of(case.session.folder)) for case in pair(name)]
    faulty, twin = (case.session.info for case in pair(name))
    assert f"fault: {FAULTS[name].says}" in faulty.notes
    assert not any(note.startswith("fault:") for note in twin.notes)


@pytest.mark.parametrize("name", FAULTS)
def test_the_twin_has_the_same_draw(name, pair):
    """Until the fault shows, both logs are one."""
    faulty, twin = (case.session.records for case in pair(name))
    same = next(n for n, (a, b) in enumerate(zip(faulty, twin, strict=False)) if (a.t, a.type) != (b.t, b.type)
                or n == min(len(faulty), len(twin)) - 1)  # fmt: skip
    assert pair(name)[0].session.info.seed == pair(name)[1].session.info.seed
    assert 12 < same  # the session's opening and the user's first words at least


@pytest.mark.parametrize(("name", "expected"), [("late-deltas", True), ("queue-kept", True)])
def test_the_interrupted_response_is_heard_on(name, expected, pair):
    """After the report of speech: of the twin nothing."""
    faulty, twin = pair(name)
    assert (expected, 0) == (heard_after_cut(faulty) > 200, heard_after_cut(twin))


def test_late_deltas_come_late(pair):
    """Two, between the report of speech and the end of the interrupted response."""
    late = []
    for case in pair("late-deltas"):
        cut = next(r for r in case.reading.responses.values() if r.interrupted)
        at = max(e.at for e in case.reading.of(SpeechStarted) if e.at <= cut.done)
        late.append(sum(e.response == cut.id and e.at > at for e in case.reading.of(Delta)))
    assert [2, 0] == late


@pytest.mark.parametrize(("name", "faulty", "twin"), [
    ("unheard-kept", 0, 1), ("truncate-by-stream", 2, 2),
])  # fmt: skip
def test_truncations(name, faulty, twin, pair):
    """How often the provider is told what was heard."""
    assert [faulty, twin] == [count(case, Command, name="truncate") for case in pair(name)]


def test_the_stream_is_longer_than_the_item(pair):
    """So the provider refuses the truncation; the twin's it takes."""
    faulty, twin = pair("truncate-by-stream")
    assert "invalid_value" in [e.code for e in faulty.reading.of(ProviderError)]
    assert [] == twin.reading.of(ProviderError)
    refused = next(e for e in faulty.reading.of(ProviderError))
    asked = max((e for e in faulty.reading.of(Command) if e.at < refused.at), key=lambda e: e.at)
    owner = next(e.response for e in faulty.reading.of(Delta) if e.item == asked.item)
    assert asked.audio_end_ms > faulty.reading.generated.audio_ms(owner)


def test_nobody_stops_the_response_that_was_cut(pair):
    """It is generated to its end; the twin's the provider stops."""
    assert [[], ["cancelled"]] == [
        [r.status for r in case.reading.responses.values() if r.status != "completed"] for case in pair("not-cancelled")
    ]
    assert [0, 0] == [count(case, Command, name="cancel") for case in pair("not-cancelled")]


def test_a_needless_cancel_is_refused(pair):
    """It comes after the provider's own."""
    faulty, twin = pair("needless-cancel")
    assert [1, 0] == [count(case, Command, name="cancel") for case in (faulty, twin)]
    assert ["response_cancel_not_active"] == [e.code for e in faulty.reading.of(ProviderError)]


def test_an_answer_is_lost(pair):
    """One response fewer, in the log and in what was heard."""
    faulty, twin = pair("no-answer")
    assert len(twin.reading.responses) - 1 == len(faulty.reading.responses)
    assert set(faulty.reading.responses) == set(faulty.heard.responses())


@pytest.mark.parametrize("name", ["phantom-speech", "echo-taken", "backchannel-taken"])
def test_somebody_is_heard_who_did_not_take_the_floor(name, pair):
    """The provider reports speech once more than in the twin."""
    faulty, twin = pair(name)
    assert count(twin, SpeechStarted) + 1 == count(faulty, SpeechStarted)


def test_the_deaf_provider_reports_nobody(pair):
    """Once less; and interrupts nothing."""
    faulty, twin = pair("deaf")
    assert count(twin, SpeechStarted) - 1 == count(faulty, SpeechStarted)
    assert [0, 1] == [sum(r.interrupted for r in case.reading.responses.values()) for case in (faulty, twin)]


def test_the_hasty_provider_cuts_off(pair):
    """The metrics class what follows the pause as a resumption; the twin waits."""
    assert [["resumption"], []] == [[onset.kind for onset in case.onsets] for case in pair("hasty")]


def test_pieces_dated_at_arrival_overwrite_each_other(pair):
    """Generated faster than real time, most of what was said is gone."""
    faulty, twin = pair("dated-at-arrival")
    assert faulty.heard.audio_ms() < twin.heard.audio_ms() // 2


def test_an_end_is_lost(pair):
    """One audio.done fewer than responses."""
    faulty, twin = pair("audio-done-lost")
    assert [1, 0] == [sum(r.audio_done is None for r in case.reading.responses.values()) for case in (faulty, twin)]
    assert count(twin, ResponseDone) == count(faulty, ResponseDone)


@pytest.mark.parametrize(("name", "key", "faulty", "twin"), [
    ("partial-settings", "turn_detection", {"type": "server_vad", "silence_duration_ms": 500},
     {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
      "create_response": True, "interrupt_response": True}),
    ("wrong-rate", "format", {"type": "audio/pcm", "rate": 24_000}, {"type": "audio/pcmu"}),
])  # fmt: skip
def test_what_the_client_asked_for(name, key, faulty, twin, pair):
    """As it stands in the session update."""
    updates = [next(r for r in case.session.records if r.type == "session.update") for case in pair(name)]
    assert [faulty, twin] == [u.payload["session"]["audio"]["input"][key] for u in updates]
