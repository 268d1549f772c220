"""What a replay may and may not depend on; and that three clocks keep their order."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.events import Delta, Event
from bargein.gate import POLICIES
from bargein.metrics.stopping import revoked_heard_ms
from bargein.outcome import Link, Outcome
from bargein.timeline import Span, Timeline
from score import outcome_of
from strategies import LENGTH_MS, logs

LINKS = [Link(), Link(delay_ms=60, jitter_ms=250, seed=7), Link(jitter_ms=2_000, start_latency_ms=80, seed=1)]
policies, links = st.sampled_from(sorted(POLICIES)), st.sampled_from(LINKS)


def heard_samples(outcome: Outcome) -> dict[str, list[tuple[int, int, int]]]:
    """Which samples of each response sounded when: (run, place in the run less sample number, samples) joined up."""
    found: dict[tuple[str, int, int], list[Span]] = {}
    for p in outcome.heard.rows:
        key = p.response, p.run, p.offset - p.first
        found.setdefault(key, []).append(Span(p.first, p.first + p.samples))
    said: dict[str, list[tuple[int, int, int]]] = {}
    for (response, run, shift), spans in sorted(found.items()):
        said.setdefault(response, []).extend((run, shift + s.start, s.ms) for s in Timeline(spans))
    return said


def cut_in_two(events: list[Event], which: int, share: float) -> list[Event]:
    """Split one delta into two that arrive together."""
    deltas = [i for i, e in enumerate(events) if isinstance(e, Delta) and e.samples > 1]
    if not deltas:
        return events
    i = deltas[which % len(deltas)]
    whole = events[i]
    assert isinstance(whole, Delta)
    n = min(max(1, int(whole.samples * share)), whole.samples - 1)
    parts = [replace(whole, samples=n), replace(whole, first=whole.first + n, samples=whole.samples - n)]
    return [*events[:i], *parts, *events[i + 1 :]]


@given(logs(), policies, links, st.integers(0, 50), st.floats(0.01, 0.99))
def test_cutting_a_delta_in_two_changes_nothing_heard(
    events: list[Event], name: str, link: Link, which: int, share: float
) -> None:
    """How audio happened to be cut is no fact about the session, with jitter on or off."""
    whole = outcome_of(name, events, LENGTH_MS, link)
    split = outcome_of(name, cut_in_two(events, which, share), LENGTH_MS, link)
    assert heard_samples(whole) == heard_samples(split)
    assert whole.nodes.left_connected == split.nodes.left_connected


@given(logs(), policies, links, st.lists(st.integers(0, LENGTH_MS), max_size=20))
def test_looking_at_the_clock_more_often_changes_nothing_heard(
    events: list[Event], name: str, link: Link, looks: list[int]
) -> None:
    """A deadline is served when it falls due, however often somebody looks: plain events only move the clock."""
    from bargein.gate import policy
    from bargein.replay import deliver, run
    from score import reading_of, session_of

    reading = reading_of(events)
    log = deliver(reading, link)
    often = sorted([*log, *map(Event, looks)], key=lambda e: e.at)
    session = session_of(LENGTH_MS)
    once = run(session, policy(name), link, reading, log)
    assert heard_samples(once) == heard_samples(run(session, policy(name), link, reading, often))


@given(logs(), policies, links)
def test_generated_delivered_heard_keep_their_order(events: list[Event], name: str, link: Link) -> None:
    """Per item, samples generated >= delivered >= heard; per sample, the instants stand in that order."""
    outcome = outcome_of(name, events, LENGTH_MS, link)
    delivered_at = {(r.response, r.first): r.at for r in outcome.delivered}
    generated_at = {(r.response, r.first): r.at for r in outcome.generated}
    for response in "ABC":
        stages = (outcome.generated, outcome.delivered, outcome.heard)
        made, came, sounded = (stage.samples(response) for stage in stages)
        assert made >= came >= sounded
    for (response, first), at in delivered_at.items():
        assert generated_at[response, first] <= at
    for p in outcome.heard.rows:
        starts = [at for (r, first), at in delivered_at.items() if r == p.response and first <= p.first]
        assert max(starts) <= p.span(outcome.heard.rate).start


@given(logs(), links)
def test_keyed_never_plays_what_a_cut_revoked(events: list[Event], link: Link) -> None:
    """From sample ids, not from the gate's own books."""
    outcome = outcome_of("keyed", events, LENGTH_MS, link)
    assert 0 == revoked_heard_ms(outcome)


@given(logs(), policies, links)
def test_nobody_speaks_twice_at_once_and_nothing_sounds_after_the_end(
    events: list[Event], name: str, link: Link
) -> None:
    """Runs follow one another, and the session's length is a fact."""
    outcome = outcome_of(name, events, LENGTH_MS, link)
    spans = [p.span(outcome.heard.rate) for p in outcome.heard.rows]
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(s.end <= LENGTH_MS for s in spans)


@given(logs(), links)
def test_the_indicator_plays_everything_that_was_delivered(events: list[Event], link: Link) -> None:
    """A gate that does nothing loses nothing: what is not heard is still queued at the end."""
    outcome = outcome_of("indicator", events, LENGTH_MS, link)
    accepted = sum(r.samples for r in outcome.delivered)
    assert accepted == outcome.heard.samples() + outcome.unplayed


def test_jitter_is_shared_by_what_was_received_together() -> None:
    """Both halves of a split delta are delayed alike, and delivery stays in order."""
    link = Link(jitter_ms=500, seed=3)
    events: list[Event] = [Delta(t, "A", "a", t * 24, 2_400) for t in (0, 0, 10, 20)]
    at = [r.at for r in outcome_of("indicator", events, 5_000, link).delivered]
    assert at[0] == at[1]
    assert sorted(at) == at
    assert len({*at}) > 1, "this seed spreads them"


@pytest.mark.parametrize("latency", [0, 120])
def test_start_latency_counts_only_into_an_empty_queue(latency: int) -> None:
    """The first delta waits; what follows while it sounds does not."""
    events: list[Event] = [Delta(0, "A", "a", 0, 4_800), Delta(100, "A", "a", 4_800, 4_800)]
    heard = outcome_of("indicator", events, 5_000, Link(start_latency_ms=latency)).heard
    assert Timeline([Span(latency, latency + 400)]) == heard.timeline()
