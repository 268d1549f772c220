"""Recorded voices, joined and placed: levels, words, pauses."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.audio.levels import rms_dbfs
from bargein.audio.places import data_dir
from bargein.compose.clips import REPLY_GAP_MS, SPEECH_DBFS, Clip, Prompts, line, spread
from bargein.compose.scene import Act, Cue, Scene
from bargein.compose.script import measured_pause, place
from bargein.errors import DataError
from bargein.settings import ServerVad
from bargein.timeline import Span, Timeline

PAUSES = data_dir() / "scores" / "pauses.csv"
RATE = 8_000


def tone(name="a", *spans, ms=1_000, text=""):
    """A clip that sounds in these spans."""
    found = Timeline([Span(*s) for s in spans or [(100, 900)]])
    samples = np.zeros(ms * 8, np.int16)
    for span in found:
        samples[span.start * 8 : span.end * 8] = 3_000
    return Clip(name, samples, RATE, found, text)


class Shelf:
    """A library of such clips."""

    def __init__(self, *clips):
        self.clips = {clip.name: clip for clip in clips}

    def clip(self, name, rate):
        assert rate == RATE
        return self.clips[name]


@given(
    st.text("ab ", min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 80), st.integers(81, 100)), min_size=1, max_size=4),
)
def test_words_stand_in_speech_one_after_another(text, parts):
    """None begins in a pause; the first begins with the speech, the last ends with it."""
    spans = Timeline(Span(200 * n + a, 200 * n + b) for n, (a, b) in enumerate(parts))
    words = spread(text, spans)
    assert text.split() == [word for word, _, _ in words]
    if words:
        assert spans.spans[0].start == words[0][1]
        assert spans.spans[-1].end == words[-1][2]
        assert all(begin in spans for _, begin, _ in words)
    assert all(a[2] <= b[1] for a, b in pairwise(words))


def test_a_reply_is_its_clips_with_a_gap():
    """Words and speech keep their places."""
    found = line([tone("a", text="one"), tone("b", (0, 400), (600, 1_000), text="two three")], RATE)
    assert (2_000 + REPLY_GAP_MS) * 8 == len(found.samples) == found.reply.samples
    assert [("one", 800), ("two", 1_300 * 8)] == [(w.text, w.first) for w in found.reply.words[:2]]
    assert Timeline([Span(100, 900), Span(1_300, 1_700), Span(1_900, 2_300)]) == found.spans
    assert "one two" == found.reply.text(until=1_300 * 8 + 1)


def test_prompts_are_levelled_where_they_sound():
    """At the level of listening tests; edges are those of the table, within a frame or two."""
    prompts = Prompts()
    for name in ("en/demo-congrats", "fr/vm-no", "it/hello", "ru/followme-sorry"):
        clip, row = prompts.clip(name, RATE), prompts.table[name]
        sounding = [clip.samples[s.start * 8 : s.end * 8] for s in clip.spans]
        assert SPEECH_DBFS == pytest.approx(rms_dbfs(np.concatenate(sounding)), abs=0.1)
        assert abs(int(row["onset_ms"]) - clip.sounding.start) <= 20
        assert clip.glossed == (row["lang"] != "en")
        assert row["licence"] == clip.source["licence"]


def test_an_unknown_prompt_is_an_error():
    """By name."""
    with pytest.raises(DataError, match="'fr/bonjour' is not in prompts"):
        Prompts().clip("fr/bonjour", RATE)


@pytest.mark.parametrize("seed", range(5))
def test_a_drawn_pause_lies_between_sounds(seed):
    """From the acoustic offset of one clip to the onset of the next, whatever silence the clips carry."""
    act = Act("turn", Cue("session"), ("a", "b"), pause=(700, 1_000))
    placed = place(1, act, 500, Shelf(tone("a", text="x"), tone("b", (250, 600), text="y")), RATE, Random(seed), PAUSES)
    (pause,) = placed.pauses
    assert 700 <= pause <= 1_000
    assert [Span(600, 1_400), Span(1_400 + pause, 1_750 + pause)] == list(placed.spans)
    assert [("x", 1_400), ("y", 1_750 + pause)] == list(placed.words)


def test_pauses_are_measured_ones_of_people_who_did_not_read():
    """Every value is in the table; read speech is left out."""
    rows = [line.split(",") for line in PAUSES.read_text("utf-8").splitlines()]
    head = rows[0]
    unread = {int(r[head.index("ms")]) for r in rows[1:] if r[head.index("speech_style")] != "read"}
    drawn = {measured_pause(PAUSES, (0, 5_000), Random(seed)) for seed in range(300)}
    assert drawn <= unread
    assert 10 < len(drawn)
    with pytest.raises(DataError, match=r"no measured pause lies within 9000\.\.9999 ms"):
        measured_pause(PAUSES, (9_000, 9_999), Random(1))


@pytest.mark.parametrize(("kind", "least"), [("tic", 300), ("noise", 1_500)])
def test_what_has_no_clip_is_made(kind, least):
    """A burst or clatter, seeded by the act's own chance."""
    one, same, other = (place(1, Act(kind, Cue("session")), 100, Shelf(), RATE, Random(n), PAUSES) for n in (1, 1, 2))
    assert one.spans == same.spans != other.spans
    assert least <= one.sounding.ms
    assert () == one.clips


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"situation": "rain"}, "no such situation or cause"),
        ({"cause": "stragglers", "provider": "xai"}, "stragglers was never seen of xai"),
        ({"cause": "local-vad-cut"}, "a local cut needs xai"),
        ({"cause": "local-vad-cut", "provider": "xai"}, "a local cut needs xai"),
    ],
)
def test_a_scene_that_cannot_be_is_refused(changed, reason):
    """Before anything is played."""
    facts = {"provider": "openai", "situation": "plain", "cause": "as-recorded", "policy": "keyed"} | changed
    with pytest.raises(ValueError, match=reason):
        Scene("x", model="m", settings=ServerVad(), replies=(), acts=(), **facts)
