"""Heard words are a range with a method."""

from __future__ import annotations

import pytest

from bargein.ledger import Generated, Heard, Row
from bargein.metrics.text import heard_text
from bargein.providers import Response
from bargein.timeline import Span

TEN = "one two three four five six seven eight nine ten"
MADE = Generated((Row(0, "A", "a", 0, 10_000),), 1_000)


@pytest.mark.parametrize(("heard_ms", "low", "high"), [(0, 0, 0), (10_000, 10, 10), (5_000, 4, 6), (9_999, 8, 10)])
def test_proportion(heard_ms: int, low: int, high: int) -> None:
    """Half the audio is half the words, one more or less; all of it is all of them."""
    heard = Heard.of({"A": [Span(0, heard_ms)]} if heard_ms else {})
    found = heard_text(Response("A", texts=((TEN, None),)), MADE, heard)
    assert (low, high) == (found.low, found.high)


def test_the_text_of_a_cancelled_response_runs_ahead_of_its_audio() -> None:
    """Four to eight of the ten words have no audio yet: 2 to 6 words over 10 s, of which all was heard."""
    response = Response("A", texts=((TEN, None),), interrupted=True)
    found = heard_text(response, MADE, Heard.of({"A": [Span(0, 10_000)]}))
    assert (1, 7, "proportion, text ahead of audio") == (found.low, found.high, found.method)


def test_dated_phrases_are_heard_from_their_start() -> None:
    """Grok dates phrases: the one that was cut may or may not have been heard to its end."""
    response = Response("A", texts=(("one two", 0), ("three four five", 1_000), ("six", 2_000)))
    found = heard_text(response, MADE, Heard.of({"A": [Span(0, 1_500)]}))
    assert (2, 5) == (found.low, found.high)
    assert "one two ⟨three four five⟩ ⟨cut⟩ six" == str(found)
