"""Differences are of one barge-in; stragglers are made, from recorded deltas, and verify a gate."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bargein.corpus import Case, differences, open_corpus, run_policies, straggler_rows
from bargein.events import Delta
from bargein.replay.stragglers import with_stragglers
from bargein.session import load

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"


def case(name: str) -> Case:
    """One embedded session."""
    return Case(load(SESSIONS / name))


def test_a_policy_against_itself_changes_nothing() -> None:
    """The session's own client, replayed, is what was recorded."""
    one = case("openai-01-interruption")
    (found,) = differences(run_policies(one, [str(one.session.info.client["policy"])]))
    assert {0} == {p.charged_ms for p in found.pairs} == {p.leak_ms for p in found.pairs}
    assert (len(one.as_recorded), 0) == (len(found.pairs), found.left_out)


def test_censored_episodes_are_left_out_and_counted() -> None:
    """Under `indicator` all there was of the cut answer is heard: what more there would have been is not known."""
    (found,) = differences(run_policies(case("openai-01-interruption"), ["indicator"]))
    assert 1 <= found.left_out == len(run_policies(case("openai-01-interruption"), ["indicator"])[0].barge_ins)
    assert found.row()["pairs"] == 0


@pytest.mark.parametrize("n", [1, 3])
def test_stragglers_are_the_last_recorded_deltas_after_the_report(n: int) -> None:
    """No sample is made up or lost; they come just after speech_started, and only of what the provider stopped."""
    reading = case("openai-01-interruption").reading
    late = with_stragglers(reading, n)
    stopped = {r.id for r in reading.responses.values() if r.interrupted}
    moved = [a for a, _ in late.events if isinstance(a, Delta) and (a, "") not in [(e, "") for e, _ in reading.events]]
    assert n * len(stopped) == len(moved)
    assert stopped == {d.response for d in moved}
    assert reading.generated.samples() == late.generated.samples()
    key = [Counter(replace(e, at=0) for e, _ in r.events) for r in (reading, late)]
    assert key[0] == key[1]
    assert reading is with_stragglers(reading, 0)


def test_who_lets_stragglers_back_in() -> None:
    """Over all embedded sessions: stop-only in every one of them, keyed in none."""
    rows = {r["policy"]: r for r in straggler_rows(open_corpus(SESSIONS, verify=False).cases, ["stop-only", "keyed"])}
    assert rows["stop-only"]["3 late: in sessions"] == rows["stop-only"]["sessions"]
    assert [0, 0, 0] == [rows["keyed"][f"{n} late: heard [ms]"] for n in (0, 1, 3)]
