"""Take-over, its latencies, and how long both talk at once; a character is 100 ms, user over agent."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.metrics.definitions import CODED, DEFINED, Conversation, Figure, Sound, Turn
from bargein.metrics.definitions.fdb_backchannel import Segment, backchannels, per_second, timing_distance
from bargein.metrics.definitions.fdb_backchannel import takes_over as takes_over_listening
from bargein.metrics.definitions.full_duplex_bench import RULES, responses, score, stop_times, takes_over
from bargein.timeline import Span, Timeline


def row(text: str) -> Timeline:
    """Speech where a letter stands."""
    return Timeline(Span(100 * i, 100 * (i + 1)) for i, mark in enumerate(text) if mark != ".")


def figures(c: Conversation, reading: str = DEFINED) -> dict[str, Figure]:
    """By name."""
    return {f.metric: f for f in score([c], reading)}


@pytest.mark.parametrize(
    ("expected", "ms", "words"),
    [(True, 1_000, 1), (True, 1_000, None), (False, 999, 3), (True, 999, 4), (None, 999, None), (False, 0, 0)],
)
def test_a_take_over_is_a_second_or_more_than_three_words(expected, ms, words):
    """Where the words decide and are not known, nothing is decided."""
    assert expected is takes_over(2_000, 2_000 + ms, words)


@pytest.mark.parametrize(
    ("defined", "coded", "user", "agent"),
    [
        ([600], [600], "...uuuuuuuu.........", "aaaaaaaaa..........."),
        ([900], [300], "...uuu..............", "aaaaaaaaaaaa........"),  # the user gives up: coded, it is the agent
        ([], [200], "uuuuu...............", "...aaaaaaaaaaa......"),  # the agent begins: no stop, but an overlap
        ([300], [1_000], "...uuuuuuuuuuuuu....", "aaaaaa...aaaa......."),  # 0.3 s of silence are none, coded
    ],
)
def test_stop_latency(defined, coded, user, agent):
    """From the user's start to the agent's end; as coded, however long both talk."""
    found = []
    for reading in (DEFINED, CODED):
        rules = RULES[reading]
        found.append(
            stop_times(row(user).bridged(rules.user_gap_ms + 1), row(agent).bridged(rules.agent_gap_ms + 1), rules)
        )
    assert [defined, coded] == found


def test_gaps_up_to_the_limit_are_closed():
    """0.6 s of the user and 0.5 s of the agent are inside one stretch, as coded; a millisecond more is not."""

    def waits(gap: int) -> int:
        user = Timeline([Span(0, 1_000), Span(1_000 + gap, 3_000)])
        agent = Timeline([Span(3_500, 5_000)])
        c = Conversation("c", 9_000, user, agent)
        return figures(c, CODED)["response latency (1.5)"].n + len(user.bridged(601))

    assert (2, 3) == (waits(600), waits(601))


@given(st.text("u.", max_size=40), st.text("a.", max_size=40))
def test_an_answer_is_counted_once(user, agent):
    """One response a start of the agent, each over 0 ms, from the last user's end before it."""
    said, heard = row(user), row(agent)
    found = responses(said, heard)
    assert len({r.end for r in found}) == len(found)
    assert all(r.start == max(u.end for u in said if u.end < r.end) for r in found)


def test_an_answer_into_a_turn_is_early_and_a_take_over():
    """0.5 s before the user's end: signed as defined, 0 as coded."""
    user, agent = row("uuuuuuuuuu..............."), row(".....aaaaaaaaaaaaaaaaaaaa")
    c = Conversation("c", 2_500, user, agent, turns=(Turn(Span(0, 1_000)),), interruptions=())
    name = "smooth turn-taking"
    assert (1.0, -0.5) == (figures(c)[f"{name}: TOR"].value, figures(c)[f"{name}: latency"].value)
    assert 0 == figures(c, CODED)[f"{name}: latency"].value


def test_a_pause_that_is_answered_is_taken_over():
    """In the pause: 1.2 s of the agent; and a short one is left out, as its words are not timed."""
    user = row("uuuuu..........uuuuu..........")
    turn = (Turn(Span(0, 2_000)),)
    for answer, value, n in ((row("......aaaaaaaaaaaa"), 1.0, 1), (row("......aaa"), None, 0), (row("."), 0.0, 1)):
        told = figures(Conversation("c", 3_000, user, answer, turns=turn, interruptions=()))["pause handling: TOR"]
        assert (value, n) == (told.value, told.n)


def test_after_an_interruption_the_agent_takes_over_again():
    """From the interruption's end; a backchannel after it does not end the sample."""
    user, agent = row("....uuuu....b............."), row("aaaaaa.......aaaaaaaaaaaaa")
    c = Conversation("c", 2_600, user, agent, sounds=(Sound("backchannel", Span(1_200, 1_300)),), turns=(),
                     interruptions=(Span(400, 800),))  # fmt: skip
    told = figures(c)
    assert (1.0, 0.5) == (told["user interruption: TOR"].value, told["user interruption: latency"].value)


def test_what_a_session_cannot_tell_is_said():
    """Words, people's timing, a judge."""
    told = figures(Conversation("c", 1_000, row("uu"), row("...aa")))
    assert all("needs" in told[name].note for name in ("backchannel: TOR, frequency, JSD", "behaviour (1.5)"))


# ---- the backchannel task

LONG, ANSWER, HM = Segment(Span(0, 3_001), 9), Segment(Span(4_000, 5_500), 5), Segment(Span(7_000, 7_400), 1)


@pytest.mark.parametrize(
    ("defined", "coded", "said"),
    [
        (False, False, []),
        (False, False, [HM]),
        (True, True, [HM, ANSWER]),
        (True, False, [ANSWER, HM]),  # the last one decides there
        (True, True, [LONG, HM]),  # the first over 3 s ends it
        (True, True, [Segment(Span(0, 500), 3)]),
    ],
)
def test_a_listening_agent_takes_over(defined, coded, said):
    """Anything longer, or of more words, than a backchannel."""
    assert [defined, coded] == [takes_over_listening(said, reading) for reading in (DEFINED, CODED)]


def test_answers_count_as_backchannels_there():
    """Every segment of 3 s or less before the first longer one."""
    assert ([HM], [ANSWER, HM]) == (backchannels([ANSWER, HM]), backchannels([ANSWER, HM], CODED))
    assert (0.1, 0.2) == (per_second([ANSWER, HM], 10_000), per_second([ANSWER, HM], 10_000, CODED))


def test_the_distance_of_timings():
    """0 for the same; disjoint 1 bit as a divergence, the root of ln 2 as coded; and a forced 1 without any."""
    people = [0.0] * 50 + [1.0]  # bins of 200 ms over 10 s; all of it in the last
    there, elsewhere = [Segment(Span(10_000, 10_100), 1)], [Segment(Span(0, 100), 1)]
    assert pytest.approx(0, abs=1e-3) == timing_distance(there, 10_000, people)
    assert pytest.approx(1, abs=1e-6) == timing_distance(elsewhere, 10_000, people)
    assert pytest.approx(math.sqrt(math.log(2)), abs=1e-6) == timing_distance(elsewhere, 10_000, people, CODED)
    assert (None, 1.0) == (timing_distance([], 10_000, people), timing_distance([], 10_000, people, CODED))
