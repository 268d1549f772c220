"""A play-out buffer's events on a ruler: who sounded when, what was cut, and logs that miss or repeat lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.providers.playout import CLEARED, STARTED, STOPPED, playout

NAMES = {"[": STARTED, "]": STOPPED, "x": CLEARED}


def said(*lines, end=1_000):
    """Events as ``100 [ A``: when, which, whose; a further word is the event's id."""
    log = []
    for line in lines:
        t, mark, response, *event_id = line.split()
        payload = {"type": NAMES[mark], **({} if response == "-" else {"response_id": response})}
        log.append((None if t == "-" else int(t), {**payload, **({"event_id": event_id[0]} if event_id else {})}))
    return playout(log, end)


def spans(found):
    """Per response, when it sounded."""
    return {r: [(s.start, s.end) for s in found.heard.timeline([r])] for r in found.heard.responses()}


@pytest.mark.parametrize(("lines", "heard", "cleared", "unended", "odd"), [
    (["100 [ A", "400 ] A"], {"A": [(100, 400)]}, (), {}, 0),
    (["100 [ A", "400 x A"], {"A": [(100, 400)]}, (400,), {}, 0),
    (["100 [ A", "400 x A", "410 ] A"], {"A": [(100, 400)]}, (400,), {}, 1),  # emptied, and then said to be empty
    (["100 [ A", "400 ] A", "500 [ A", "600 ] A"], {"A": [(100, 400), (500, 600)]}, (), {}, 0),
    (["100 [ A", "200 [ A", "400 ] A"], {"A": [(100, 400)]}, (), {}, 0),
    (["100 [ A e1", "400 ] A e2", "450 [ A e1"], {"A": [(100, 400)]}, (), {}, 0),  # a repeated event id is no news
    (["100 [ A", "300 [ B", "500 ] B"], {"A": [(100, 300)], "B": [(300, 500)]}, (), {"A": 300}, 0),
    (["100 [ A"], {"A": [(100, 1_000)]}, (), {"A": 1_000}, 0),
    (["100 [ A", "300 ] B", "400 ] A"], {"A": [(100, 400)]}, (), {}, 1),
    (["100 [ A", "400 x -"], {"A": [(100, 400)]}, (400,), {}, 0),  # the only one it can mean
    (["50 ] A", "100 [ A", "- ] A"], {}, (), {}, 1),  # dated like the line before: nothing sounded
])  # fmt: skip
def test_who_sounded_when(lines, heard, cleared, unended, odd):
    """Stopped had said everything, cleared was cut, and what has no end says so."""
    found = said(*lines)
    assert (heard, cleared, unended, odd) == (spans(found), found.cleared, dict(found.open), found.odd)


def test_a_log_without_a_start_says_nothing():
    """Ends alone are no account of what was heard."""
    assert said("100 ] A", "300 x B") is None


@given(st.lists(st.tuples(st.integers(0, 900), st.sampled_from("[]x"), st.sampled_from("ABC")), max_size=30))
def test_one_buffer_sounds_one_response_at_a_time(events):
    """Whatever the log: no two responses overlap, nothing sounds outside it, and cuts are ends of what sounded."""
    found = said(*(f"{t} {mark} {who}" for t, mark, who in sorted(events)))
    if found is None:
        return
    rows = found.heard.timeline()
    assert rows.ms == sum(r.samples for r in found.heard.rows)
    assert all(0 <= s.start < s.end <= 1_000 for s in rows)
    ends = {r.span(1_000).end for r in found.heard.rows}
    assert set(found.cleared) - ends <= {t for t, mark, _ in events if mark == "["}
