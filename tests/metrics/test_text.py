"""Heard words are a range with a method."""

from __future__ import annotations

import pytest

from bargein.errors import StageError
from bargein.ledger import Generated, Heard, Played, Row
from bargein.metrics.audible import Voiced
from bargein.metrics.text import heard_text
from bargein.providers import Response
from bargein.timeline import Span, Timeline

TEN = "one two three four five six seven eight nine ten"
MADE = Generated((Row(0, "A", "a", 0, 10_000),), 1_000)
ALL = Response("A", texts=((TEN, None),))
PHRASES = Response("A", texts=(("one two", 0), ("three four five", 1_000), ("six", 2_000)))


def sounded(*pieces: tuple[int, int]) -> Heard:
    """Samples from .. to of the one item, one a millisecond."""
    return Heard(tuple(Played(0, a, "A", "a", a, b - a) for a, b in pieces), 1_000)


@pytest.mark.parametrize(("heard_ms", "low", "high"), [(0, 0, 0), (10_000, 10, 10), (5_000, 4, 6), (9_999, 8, 10)])
def test_proportion(heard_ms: int, low: int, high: int) -> None:
    """Half the audio is half the words, one more or less; all of it is all of them."""
    found = heard_text(ALL, MADE, sounded((0, heard_ms)) if heard_ms else sounded())
    assert (low, high) == (found.low, found.high)


def test_a_half_that_was_played_twice_is_a_half() -> None:
    """A delta that was repeated without its event id sounds again, and holds no other words."""
    twice = Heard((Played(0, 0, "A", "a", 0, 5_000), Played(0, 5_000, "A", "a", 0, 5_000)), 1_000)
    found = heard_text(ALL, MADE, twice)
    assert (4, 6, "proportion") == (found.low, found.high, found.method)


def test_the_text_of_a_cancelled_response_runs_ahead_of_its_audio() -> None:
    """Four to eight of the ten words have no audio yet: 2 to 6 words over 10 s, of which all was heard."""
    response = Response("A", texts=((TEN, None),), interrupted=True)
    found = heard_text(response, MADE, sounded((0, 10_000)))
    assert (1, 7, "proportion, text ahead of audio") == (found.low, found.high, found.method)


def test_dated_phrases_are_heard_from_their_start() -> None:
    """Grok dates phrases: the one that was cut may or may not have been heard to its end."""
    found = heard_text(PHRASES, MADE, sounded((0, 1_500)))
    assert (2, 5) == (found.low, found.high)
    assert "one two ⟨three four five⟩ ⟨cut⟩ six" == str(found)


def test_silence_holds_no_words() -> None:
    """A voice in the first 2 s and from 6 s on: after 6 s of sound 2 of 6 s of voice were heard, 3.3 words of ten."""
    voiced = Voiced({("A", "a", 0): Timeline([Span(0, 2_000), Span(6_000, 10_000)])})
    found = heard_text(ALL, MADE, sounded((0, 6_000)), voiced)
    assert (2, 5) == (found.low, found.high)
    assert (5, 7) == ((played := heard_text(ALL, MADE, sounded((0, 6_000)))).low, played.high)


def test_where_no_voice_is_found_words_are_spread_over_all_of_the_sound() -> None:
    """Rather than nowhere."""
    found = heard_text(ALL, MADE, sounded((0, 5_000)), Voiced({("A", "a", 0): Timeline()}))
    assert (4, 6) == (found.low, found.high)


def test_audio_that_comes_back_leaves_a_hole_in_the_text() -> None:
    """3 s were heard, then the queue was cleared, then late deltas played on from 6 s."""
    found = heard_text(ALL, MADE, sounded((0, 3_000), (6_000, 10_000)))
    assert "one two ⟨three four⟩ ⟨cut⟩ five ⟨again⟩ ⟨six seven⟩ eight nine ⟨ten⟩ ⟨cut⟩" == str(found)
    assert (4, 9) == (found.low, found.high)


def test_dated_phrases_that_come_back() -> None:
    """A phrase of which a part was heard was perhaps heard; so was the last, whose end nobody dates."""
    found = heard_text(PHRASES, MADE, sounded((0, 1_001), (2_000, 10_000)))
    assert "one two ⟨three four five six⟩ ⟨cut⟩" == str(found)
    gone = heard_text(PHRASES, MADE, sounded((0, 900), (2_000, 10_000)))
    assert "⟨one two⟩ ⟨cut⟩ three four five ⟨again⟩ ⟨six⟩ ⟨cut⟩" == str(gone)


def test_several_parts_lie_end_to_end() -> None:
    """Two items of 5 s: the whole first one is half of the words."""
    made = Generated((Row(0, "A", "a", 0, 5_000), Row(0, "A", "b", 0, 5_000)), 1_000)
    found = heard_text(ALL, made, sounded((0, 5_000)))
    assert (4, 6) == (found.low, found.high)


def test_without_words_there_is_nothing_to_split() -> None:
    """No transcript is no statement."""
    assert ("", 0) == (str(found := heard_text(Response("A"), MADE, sounded((0, 5_000)))), found.high)


def test_delivered_audio_is_refused() -> None:
    """What was heard is asked of heard audio."""
    with pytest.raises(StageError):
        heard_text(ALL, MADE, MADE)  # type: ignore[arg-type]
