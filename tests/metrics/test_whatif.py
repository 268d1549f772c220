"""How far a counterfactual reaches: to a little after the user would have heard something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.errors import StageError
from bargein.ledger import Basis, Generated, Heard, Played
from bargein.metrics.onsets import Onset
from bargein.metrics.stopping import Facts, episodes
from bargein.metrics.whatif import HORIZON_MS, differs_from, horizon, state_differs
from bargein.session import Label
from bargein.timeline import Span
from score import drawn, outcome_of


def heard(*rows: tuple[int, str, int, int]) -> Heard:
    """Rows of (when, whose, first sample, samples), one sample a millisecond."""
    return Heard(tuple(Played(run, 0, name, name, first, n) for run, name, first, n in rows), 1_000)


@pytest.mark.parametrize(("other", "first"), [
    (heard((0, "A", 0, 1_000)), None),                       # the same
    (heard((12, "A", 0, 1_000)), None),                      # a player that is 12 ms late sounds alike
    (heard((0, "A", 0, 600)), 600),                          # cut sooner
    (heard((0, "A", 0, 1_000), (1_500, "B", 0, 300)), 1_500),  # something more
    (heard((0, "A", 0, 400), (400, "A", 500, 500)), 400),    # a piece of it skipped
    (heard((0, "B", 0, 1_000)), 100),                        # another answer, from where we look
    (heard((0, "A", 0, 400), (600, "A", 400, 400)), 400),    # held in between
])  # fmt: skip
def test_where_two_loudspeakers_differ(other: Heard, first: int | None) -> None:
    """From 100 ms on, by sample ids."""
    assert first == differs_from(heard((0, "A", 0, 1_000)), other, 100, 3_000)
    assert (None if first is None else first + HORIZON_MS) == horizon(heard((0, "A", 0, 1_000)), other, 100, 3_000)


def test_the_state_at_the_onset_is_what_sounds_then() -> None:
    """Silence is a state, too."""
    assert not state_differs(heard((0, "A", 0, 500)), heard((0, "A", 0, 900)), 300)
    assert state_differs(heard((0, "A", 0, 500)), heard((0, "A", 0, 900)), 600)
    assert not state_differs(heard((0, "A", 0, 500)), heard((0, "A", 0, 400)), 600)


@given(st.lists(st.tuples(st.integers(0, 900), st.sampled_from("AB"), st.integers(0, 50), st.integers(1, 80)),
                max_size=6), st.integers(0, 1_000))  # fmt: skip
def test_the_same_loudspeaker_never_differs(rows: list[tuple[int, str, int, int]], start: int) -> None:
    """Whatever it plays."""
    one = heard(*sorted(rows))
    assert differs_from(one, one, start, 2_000) is None


def test_generated_audio_is_refused() -> None:
    """It says nothing of what the user reacted to."""
    with pytest.raises(StageError):
        differs_from(Generated((), 1_000), heard(), 0, 1)  # type: ignore[arg-type]


EVENTS = drawn("AAAAAAAAAA....BBBB", "....uuu...........")
ONSETS = [Onset(Label("interruption", 250, 700), "interruption")]


def test_an_episode_ends_soon_after_something_else_is_heard() -> None:
    """Recorded: cut at 400 ms. Under stop-only A plays on to 1,000 ms; the recorded user is known to 700 only."""
    recorded = outcome_of("keyed", EVENTS, 1_800).heard
    facts = Facts.of(outcome_of("stop-only", EVENTS, 1_800), recorded=recorded)
    (e,) = episodes(facts, ONSETS)
    assert (700, "unknown", True, False, (450, 250)) == (e.horizon, e.end, e.censored, e.counts, e.leak_ms)
    (same,) = episodes(Facts.of(outcome_of("keyed", EVENTS, 1_800), recorded=recorded), ONSETS)
    assert (None, "stopped", True) == (same.horizon, same.end, same.counts)
    (scripted,) = episodes(Facts.of(outcome_of("stop-only", EVENTS, 1_800)), ONSETS)
    assert (None, True, (750, 550)) == (scripted.horizon, scripted.counts, scripted.leak_ms), "held fixed"


def test_what_differed_at_the_onset_already_is_another_episode() -> None:
    """The recorded agent had been silent from 200 ms on."""
    recorded = Heard.of({"A": [Span(0, 200)]}, Basis("logged"))
    (e,) = episodes(Facts.of(outcome_of("keyed", EVENTS, 1_800), recorded=recorded), ONSETS)
    assert (True, False) == (e.apart, e.counts)
