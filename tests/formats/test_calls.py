"""A two-channel call: what was heard, events from its sound, and nothing that nobody said."""

from __future__ import annotations

import numpy as np
import pytest

from bargein.audio.files import write_flac
from bargein.corpus import open_corpus
from bargein.corpus.measure import as_recorded
from bargein.errors import AudioError, NotAnswerable
from bargein.events import SpeechStarted, SpeechStopped
from bargein.formats.calls import from_call
from bargein.providers import read
from bargein.replay import replay

RATE = 8_000


@pytest.fixture
def call(tmp_path):
    """The caller sounds at 500 to 1500 and 4000 to 4800, the agent at 1000 to 3000 and 3100 to 3500 ms."""
    chance = np.random.RandomState(1)
    sides = np.zeros((6_000 * 8, 2), np.int16)
    for channel, begin, end in ((0, 500, 1_500), (0, 4_000, 4_800), (1, 1_000, 3_000), (1, 3_100, 3_500)):
        sides[begin * 8 : end * 8, channel] = chance.randint(-6_000, 6_000, (end - begin) * 8)
    write_flac(tmp_path / "call.flac", sides, RATE)
    return from_call(tmp_path / "call.flac", tmp_path / "sessions" / "call", speech_style="spontaneous")


def test_events_are_the_edges_of_both_sides(call):
    """In order of time; gaps under 200 ms are bridged."""
    assert [
        (500, "call.user_started"), (1_000, "call.agent_started"), (1_500, "call.user_stopped"),
        (3_500, "call.agent_stopped"), (4_000, "call.user_started"), (4_800, "call.user_stopped"),
    ] == [(r.t, r.type) for r in call.records]  # fmt: skip


def test_it_says_what_was_derived(call):
    """Events are marked as made; the agent's track is what was heard; only speech is labelled."""
    info = call.info
    assert ("call", ("events",), 6_000, "spontaneous") == (
        info.provider, info.modelled, info.length_ms, info.speech_style
    )  # fmt: skip
    assert {"user": "sent", "agent": "heard"} == {name: track.kind for name, track in info.tracks.items()}
    assert [("speech", 500, 1_500), ("speech", 4_000, 4_800)] == [
        (label.kind, label.onset_ms, label.offset_ms) for label in call.labels
    ]


def test_it_is_read_like_any_log(call):
    """Nothing in it is unknown."""
    reading = read(call)
    assert [500, 4_000] == [e.at for e in reading.of(SpeechStarted)]
    assert [1_500, 4_800] == [e.at for e in reading.of(SpeechStopped)]
    assert not reading.warnings


def test_no_other_gate_is_tried_on_it(call):
    """What was heard was heard."""
    with pytest.raises(NotAnswerable, match="is what was heard"):
        replay(call, "keyed")


def test_it_is_measured_on_its_own_channel(call):
    """Heard audio rests on the agent's channel; no barge-in is claimed."""
    (cell,) = as_recorded(open_corpus(call.folder))
    assert ("call", "derived", []) == (cell.provider, cell.basis.split(":")[0], cell.panel.barge_ins)
    assert 2_500 == cell.total("heard_ms")  # the gap of 100 ms is none to be heard


@pytest.mark.parametrize("channels", [1, 3])
def test_two_channels_it_must_be(tmp_path, channels):
    """One side each."""
    write_flac(tmp_path / "call.flac", np.ones((RATE, channels), np.int16).squeeze(), RATE)
    with pytest.raises(AudioError, match="not two channels"):
        from_call(tmp_path / "call.flac", tmp_path / "call")
