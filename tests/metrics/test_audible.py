"""Played is not audible: what the voice's own silences and the player's gaps make of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.audio.edges import voice_in
from bargein.audio.levels import dbfs, rms_frames
from bargein.errors import StageError
from bargein.events import Delta
from bargein.ledger import Basis, Generated, Heard, Played
from bargein.metrics.audible import SILENCE_MS, Voiced, audible, starts
from bargein.timeline import Span, Timeline

RATE = 8_000


def tone(*spans: tuple[int, int], ms: int = 3_000) -> np.ndarray:
    """A tone in these stretches, ms, over faint noise."""
    t = np.arange(ms * RATE // 1_000)
    sound = np.random.default_rng(0).normal(0, 1e-4, len(t))
    for start, end in spans:
        inside = slice(start * RATE // 1_000, end * RATE // 1_000)
        sound[inside] += 0.3 * np.sin(2 * np.pi * 440 * t[inside] / RATE)
    return sound


def voice_of(sound: np.ndarray) -> Timeline:
    """Where it is made out, from its levels alone."""
    return voice_in(dbfs(rms_frames(sound, RATE)))


def test_a_response_starts_once_and_a_channel_after_every_silence() -> None:
    """The return of a response after a cut is no start; a channel knows no responses, and no gap under 200 ms."""
    spans = {"B": [Span(2_000, 3_000)], "A": [Span(0, 900), Span(1_050, 1_200), Span(1_400, 1_500)]}
    assert (0, 2_000) == starts(Heard.of(spans))
    assert (0, 1_400, 2_000) == starts(Heard.of(spans, Basis("channel")))
    late = Heard.of({"A": [Span(100, 200)], "B": [Span(200, 300)]})
    assert (100, 200) == starts(late)
    assert (100,) == starts(replace(late, basis=Basis("channel")))


def test_silence_before_the_voice_is_no_start() -> None:
    """300 ms of generated silence: the agent starts when it is made out."""
    heard = Heard.of({"A": [Span(1_000, 2_000)]})
    assert (1_300,) == starts(heard, Voiced({("A", "A", 0): Timeline([Span(300, 900)])}))


def test_the_voice_is_found_where_its_samples_lie() -> None:
    """A voice from 500 to 1,000 and from 1,400 ms on; the second delta holds its first pause from 100 ms on."""
    deltas = [Delta(0, "A", "a", 0, 900 * 8, 0, 0), Delta(9, "A", "a", 900 * 8, 2_100 * 8, 0, 900 * 8)]
    voiced = Voiced.of(voice_of(tone((500, 1_000), (1_400, 2_500))), RATE, deltas)
    heard = Heard((Played(10_000, 0, "A", "a", 0, 24_000),), RATE)
    found = audible(heard, voiced)
    assert [(10_500, 11_000), (11_400, 12_500)] == [
        (pytest.approx(s.start, abs=10), pytest.approx(s.end, abs=20)) for s in found
    ]


@pytest.mark.parametrize(("pause", "spans"), [(150, 1), (250, 2)])
def test_a_voice_may_pause_for_less_than_200_ms(pause: int, spans: int) -> None:
    """Under the limit it is one stretch, as for a listener."""
    deltas = [Delta(0, "A", "a", 0, 24_000, 0, 0)]
    voiced = Voiced.of(voice_of(tone((500, 1_000), (1_000 + pause, 2_000))), RATE, deltas)
    assert spans == len(audible(Heard((Played(0, 0, "A", "a", 0, 24_000),), RATE), voiced))


def test_sound_that_was_not_kept_is_taken_for_speech() -> None:
    """Nothing says that it was silence."""
    voiced = Voiced.of(Timeline(), RATE, [Delta(0, "A", "a", 0, 800, 0, -1)])
    assert Timeline([Span(0, 100)]) == audible(Heard((Played(0, 0, "A", "a", 0, 800),), RATE), voiced)


def test_generated_audio_is_refused() -> None:
    """It was not heard yet."""
    with pytest.raises(StageError):
        audible(Generated((), RATE))  # type: ignore[arg-type]


SPANS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 400)), max_size=12)


@given(SPANS)
def test_without_a_voice_it_is_what_was_played_without_its_short_gaps(pieces: list[tuple[int, int]]) -> None:
    """Nothing that was played goes missing; no silence under the limit is left."""
    heard = Heard.of({"A": [Span(start, start + ms) for start, ms in pieces]})
    found, played = audible(heard), heard.timeline()
    assert played.ms == (found & played).ms
    assert all(b.start - a.end >= SILENCE_MS for a, b in zip(found.spans, found.spans[1:], strict=False))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.sampled_from([0, 7]), st.booleans())
def test_a_voice_is_shared_alike_among_few_deltas_and_many(sizes: list[int], hole: int, kept: bool) -> None:
    """However a part is cut into deltas, also where the track has a hole between two of them."""
    voice, rate = Timeline([Span(50, 300), Span(600, 1_900)]), 1_000
    starts = [0, *accumulate(sizes)][:-1]
    pieces = [Delta(0, "A", "a", f, n, stored=f + hole * i if kept else -1)
              for i, (f, n) in enumerate(zip(starts, sizes, strict=True))]  # fmt: skip
    found = [Voiced.of(voice, rate, [one]).parts[("A", "a", 0)] for one in pieces]
    assert Timeline(s for part in found for s in part) == Voiced.of(voice, rate, pieces).parts[("A", "a", 0)]
