"""Friction: five parts on a ruler, each counted once, added up with weights that are said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.corpus import open_corpus
from bargein.events import Event, ResponseCreated, SpeechStarted, SpeechStopped
from bargein.ledger import Generated, Heard, Row
from bargein.metrics.audible import starts
from bargein.metrics.falsestops import false_stops
from bargein.metrics.friction import Friction, Weights, friction
from bargein.metrics.onsets import onsets
from bargein.metrics.stopping import Facts, episodes
from bargein.session import Label, Session
from bargein.timeline import Span
from score import session_of

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
LENGTH = 20_000


def lived(
    agent: dict[str, list[tuple[int, int]]], labels: list[Label], reports: tuple[int | Event, ...], made: int = 30_000
) -> Friction:
    """Add up a session: what was heard of whom, what the user did, what was reported; more is generated than heard."""
    session: Session = session_of(LENGTH)
    session.labels = tuple(labels)
    heard = Heard.of({r: [Span(*s) for s in spans] for r, spans in agent.items()})
    rows = tuple(Row(spans[0][0], r, r, 0, made) for r, spans in agent.items())
    events = [SpeechStarted(t) if isinstance(t, int) else t for t in reports]
    facts = Facts(heard, Generated(rows, 1_000), (), events, LENGTH)
    seen = replace(facts, events=[ResponseCreated(spans[0][0] - 1, r) for r, spans in agent.items()])
    around = episodes(seen, onsets(session, starts(heard)))
    return friction(session, seen, around, false_stops(seen, around, labels))


def said(kind: str, start: int, end: int, complete: str | None = None) -> Label:
    """Label the user."""
    return Label(kind, start, end, basis="acoustic", complete=complete)


def turn(start: int, end: int) -> list[Label]:
    """A complete turn, spoken without a pause."""
    return [said("turn", start, end, "yes"), said("speech", start, end)]


def test_waiting_for_an_answer() -> None:
    """The turn ends at 1,000, the answer is heard from 1,700 on."""
    found = lived({"A": [(1_700, 3_000)]}, turn(0, 1_000), (100,), made=1_300)
    assert (700, 0, 0, 0, 0) == found.parts_ms
    assert 0.7 == found.per_turn()


def test_no_answer_is_no_wait() -> None:
    """The user speaks again at 1,500: two turns, one wait."""
    found = lived({"A": [(4_000, 5_000)]}, [*turn(0, 1_000), *turn(1_500, 3_000)], (100, 1_600), made=1_000)
    assert ((1_000, 0, 0, 0, 0), 2, 0.5) == (found.parts_ms, found.turns, found.per_turn())


def test_an_interruption_that_stops() -> None:
    """Onset 2,000, silent at 2,400."""
    found = lived({"A": [(1_000, 2_400)]}, [*turn(2_000, 3_000), said("interruption", 2_000, 3_000)], (2_300,))
    assert (0, 400, 0, 0, 0) == found.parts_ms


def test_an_interruption_that_the_user_gives_up() -> None:
    """The agent says everything, to 4,000; the user talks against it from 2,000 to 2,900."""
    labels = [*turn(2_000, 2_900), said("interruption", 2_000, 2_900)]
    found = lived({"A": [(1_000, 4_000)]}, labels, (2_300,), made=3_000)
    assert (0, 0, 900, 0, 0) == found.parts_ms


def test_a_stop_at_the_second_attempt_is_no_answer_to_the_first() -> None:
    """Tried from 2,000 to 2,500 in vain, and from 5,000 on: silent at 5,300."""
    first, second = said("interruption", 2_000, 2_500), said("interruption", 5_000, 6_000)
    labels = [*turn(2_000, 2_500), *turn(5_000, 6_000), first, second]
    events = (SpeechStarted(2_100), SpeechStopped(2_900), SpeechStarted(5_200))
    assert (0, 300, 500, 0, 0) == lived({"A": [(1_000, 5_300)]}, labels, events).parts_ms


@pytest.mark.parametrize(("then", "dead_air"), [
    ({}, LENGTH - 2_400),            # nobody ever again
    ({"B": [(5_000, LENGTH)]}, 2_600),  # the agent finds its way back
])  # fmt: skip
def test_a_false_stop_leaves_dead_air(then: dict[str, list[tuple[int, int]]], dead_air: int) -> None:
    """A cough at 2,000, silent at 2,400. It lasts to the end of the silence, not of the cough."""
    labels = [said("turn", 0, 500, "no"), said("speech", 0, 500), said("tic", 2_000, 2_300)]
    assert 0 == lived({"A": [(1_000, 2_400)]}, labels, (2_300,), made=1_400).dead_air_ms, "heard to its end"
    assert dead_air == lived({"A": [(1_000, 2_400)], **then}, labels, (2_300,)).dead_air_ms


def test_where_the_user_speaks_the_air_is_not_dead() -> None:
    """Silent at 2,400 after a cough; the user has been saying something from 2,350 on, and B answers at 5,000."""
    labels = [said("turn", 0, 500, "no"), said("tic", 2_000, 2_300), said("speech", 2_350, 3_000)]
    assert 0 == lived({"A": [(1_000, 2_400)], "B": [(5_000, LENGTH)]}, labels, (2_300,)).dead_air_ms


def test_an_answer_into_a_pause_is_wasted() -> None:
    """The user pauses 1,000 to 2,000; the agent answers from 1,600 to 2,300. No interruption, no stop of one."""
    labels = [said("turn", 0, 3_000, "yes"), said("speech", 0, 1_000), said("speech", 2_000, 3_000),
              said("interruption", 2_000, 3_000)]  # fmt: skip
    assert (0, 0, 0, 0, 700) == lived({"A": [(1_600, 2_300)]}, labels, (100, 2_250)).parts_ms


def test_weights_are_the_users_to_change() -> None:
    """And are written out."""
    one = Friction(1, 1_000, 2_000, 3_000, 4_000, 5_000)
    assert 15.0 == one.per_turn()
    assert 3.0 + 2 * 4.0 == one.per_turn(Weights(wait=0, stop=0, dead_air=2, wasted=0))
    assert "wait 1, stop 1, overlap 1, dead air 1, wasted 1" == str(Weights())


SOME = st.builds(Friction, *[st.integers(0, 9_000)] * 6)


@given(SOME, SOME)
def test_pooling_is_additive(a: Friction, b: Friction) -> None:
    """Sums add; a session twice has the friction of once."""
    assert (a.turns + b.turns, a.stop_ms + b.stop_ms) == ((a + b).turns, (a + b).stop_ms)
    assert a.per_turn() == (a + a).per_turn()


def test_embedded_sessions_have_every_part() -> None:
    """As recorded, by clients of every generation; what is lost by each part is seconds, not minutes."""
    total = Friction()
    for case in open_corpus(SESSIONS, verify=False):
        false = false_stops(case.facts, case.as_recorded, case.session.labels)
        one = friction(case.session, case.facts, case.as_recorded, false)
        assert sum(one.parts_ms) <= case.session.info.length_ms
        total += one
    assert 0 < min(total.parts_ms)


def test_shifting_everything_changes_nothing() -> None:
    """Parts are differences of times."""

    def at(ms: int) -> Friction:
        labels = [*turn(2_000 + ms, 2_900 + ms), said("interruption", 2_000 + ms, 2_900 + ms)]
        return lived(
            {"A": [(1_000 + ms, 4_000 + ms)], "B": [(5_000 + ms, 8_000 + ms)]}, labels, (2_300 + ms,), made=3_000
        )

    assert at(0) == at(3_210)
    assert at(0).parts_ms != (0,) * 5
