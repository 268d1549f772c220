"""tau-voice's own reference values, and every rule drawn: a character is a tick of 200 ms, user over agent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.corpus.scoring import of_ticks
from bargein.metrics.definitions import CODED, DEFINED, DEFINITIONS, Conversation, Sound
from bargein.metrics.definitions.tau_voice import KINDS, TICK_MS, Events, find, score, ticked
from bargein.timeline import Span, Timeline

REFERENCES = {
    "49b22f0c": ["49b22f0c"],
    "cd9c5ed2": ["cd9c5ed2"],
    "both_dev": ["49b22f0c", "cd9c5ed2"],
}
#: Letters of the user's row that are no plain speech: the sound, and whether it is in speech.
MARKS = {"b": ("backchannel", True), "T": ("tic", True), "N": ("side_talk", True), "t": ("tic", False),
         "n": ("side_talk", False)}  # fmt: skip


def row(text: str, letters: str) -> Timeline:
    """Speech where one of the letters stands."""
    return Timeline(Span(TICK_MS * i, TICK_MS * (i + 1)) for i, mark in enumerate(text) if mark in letters)


def drawn(user: str, agent: str, stops: tuple[int, ...] | None = None) -> Conversation:
    """A conversation as it is drawn."""
    sounds = [Sound(kind, s) for mark, (kind, _) in MARKS.items() for s in row(user, mark)]
    spoken = "u" + "".join(mark for mark, (_, inside) in MARKS.items() if inside)
    return Conversation(
        "drawn", TICK_MS * len(user), row(user, spoken), row(agent, "a"),
        sounds=tuple(sorted(sounds, key=lambda s: s.span)), tick_ms=TICK_MS, stops=stops,
    )  # fmt: skip


@pytest.mark.parametrize("reference", REFERENCES)
def test_its_own_sessions_give_its_own_values(reference, mirror):
    """Single and pooled, as its script computes them; counts too."""
    logs = mirror / "event-logs"
    expected = json.loads((logs / f"tau_voice_{reference}.metrics.json").read_text())["metrics"]
    found = {
        f.metric: f for f in score([of_ticks(logs / f"tau_voice_{n}.ticks.csv") for n in REFERENCES[reference]], CODED)
    }
    counts = expected.pop("counts")
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert value == pytest.approx(found[name].value, abs=1e-9), name
    n = {"response_rate": "response_total", "yield_rate": "yield_total", "agent_interruption_rate": "response_total",
         "selectivity_backchannel": "backchannel_total", "selectivity_vocal_tic": "vocal_tic_total",
         "selectivity_non_directed": "non_directed_total"}  # fmt: skip
    assert {counts[key] for key in n.values()} == {found[name].n for name in n}
    assert all(counts[key] == found[name].n for name, key in n.items())
    assert f"{counts['agent_interrupts_count']} starts" in found["agent_interruption_rate"].note


def test_what_its_script_leaves_out_of_its_own_sessions(mirror):
    """Side talk that a speaking agent ignores is right by its prose, and nothing in its script: 2 of 3, or 1 of 2."""
    log = of_ticks(mirror / "event-logs" / "tau_voice_cd9c5ed2.ticks.csv")
    by = {reading: next(f for f in score([log], reading) if f.metric == KINDS["side_talk"])
          for reading in (DEFINED, CODED)}  # fmt: skip
    assert (0.5, 2) == (by[CODED].value, by[CODED].n)
    assert (pytest.approx(2 / 3), 3) == (by[DEFINED].value, by[DEFINED].n)


@pytest.mark.parametrize(
    ("waits", "unanswered", "user", "agent"),
    [
        ([600], 0, "uuu.........", "......aaa..."),
        ([], 0, "uuu.........", "............"),  # the last of all, with nothing behind it, is no event
        ([400], 1, "uuu...uu....", "..........aa"),  # had to speak again
        ([400], 0, "uuu...b.....", ".....aaaaa.."),  # a backchannel is not a turn
        ([400], 0, "..uuuu......", "aaa.....aaa."),  # who took the floor is owed an answer
        ([], 0, "..uu........", "aaaaaaaaaa.."),  # who did not is not
    ],
)
@pytest.mark.parametrize("reading", [DEFINED, CODED])
def test_answers(reading, waits, unanswered, user, agent):
    """From the user's end to the agent's start, unless the user has to speak again."""
    found = find(drawn(user, agent), reading)
    assert (waits, unanswered) == ([*found.waits], found.unanswered)


@pytest.mark.parametrize(
    ("yields", "held", "user", "agent"),
    [
        ([400], 0, "...uuu..............", "aaaaa..............."),
        ([1_800], 0, "...uuu..............", "aaaaaaaaaaaa........"),  # 1.8 s after the onset at 0.6 s
        ([], 1, "...uuu..............", "aaaaaaaaaaaaaa......"),  # 2.2 s
        ([200], 0, "...uuu..............", "aaaa.aaaaa.........."),  # any silence is one
        ([], 0, "...uuu..............", "....aaa............."),  # nobody to interrupt
    ],
)
@pytest.mark.parametrize("reading", [DEFINED, CODED])
def test_yields(reading, yields, held, user, agent):
    """Silent within 2.0 s of the onset."""
    found = find(drawn(user, agent), reading)
    assert (yields, held) == ([*found.yields], found.held)


@pytest.mark.parametrize(
    ("defined", "coded", "user", "agent"),
    [
        # answered in the tick after the user
        (Events(waits=(0,)), Events(), "uuu.........", "...aaaaaa..."),
        # exactly 2.0 s
        (Events(yields=(2_000,)), Events(held=1), "...uuu..............", "aaaaaaaaaaaaa......."),
        # the recording ends in the window
        (Events(), Events(held=1), "...uuuuu", "aaaaaaaa"),
        # the user speaks again, into the answer: by its script that is an answer to what was said before
        (Events(unanswered=1, starts_over=1), Events(waits=(1_000,), starts_over=1), "uuu....uu....", "........aaaaa"),
        # backchannel, silent after exactly 1.0 s
        (Events(errors=("backchannel",)), Events(kept=("backchannel",)), "...bb.........", "aaaaaaaa......"),
        # a tic between turns that the agent rightly talks through is not counted
        (Events(kept=("tic",)), Events(), "...t..............", "aaaaaaaaaaaaaaaa.."),
        # a cough early in a turn makes the answer that the turn is due an error
        (Events(waits=(400,), kept=("tic",)), Events(waits=(400,), errors=("tic",)),
         ".TTuuuuuuuuuuuuuu.....", "...................aaa"),
    ],
)  # fmt: skip
def test_where_script_and_prose_part(defined, coded, user, agent):
    """One line of the table of differences each."""
    assert (defined, coded) == tuple(find(drawn(user, agent), reading) for reading in (DEFINED, CODED))


@pytest.mark.parametrize(
    ("kept", "errors", "user", "agent"),
    [
        (("backchannel",), (), "...bb........", "aaaaaaaaaaaa."),
        ((), ("backchannel",), "...bb........", "aaaaa........"),
        ((), (), "...bb........", ".......aaa..."),  # a backchannel to silence is no event
        ((), ("tic",), "...uuT.......", "aaaaaa......."),  # a tic anywhere in the speech
        ((), ("tic",), "...TN........", "aaaaa........"),  # before side talk
        ((), ("side_talk",), "...NN........", "aaaaa........"),
        ((), ("tic",), "...t.........", "aaaaa........"),
        ((), ("tic",), "...t.........", ".......aaa..."),  # answered, between turns
        (("tic",), (), "...t..............", ".................a"),  # over 2.0 s later
        ((), ("tic", "tic"), "...tTT............", "........a........."),  # one in speech, one before it: two
    ],
)
@pytest.mark.parametrize("reading", [DEFINED, CODED])
def test_what_should_not_stop_it(reading, kept, errors, user, agent):
    """First match: backchannel, tic, side talk."""
    found = find(drawn(user, agent), reading)
    assert (kept, errors) == (found.kept, found.errors)


def test_a_burst_at_the_end_of_a_log_is_the_simulator_hanging_up():
    """One tick of the user at the very end is removed; two are speech."""
    assert 0 == find(drawn("uu.........u", "...aaaaaaaaa")).held
    assert () == find(drawn("uu.........u", "...aaaaaaaaa"), CODED).errors
    assert 1 == find(drawn("uu........uu", "...aaaaaaaaa"), CODED).held


def test_a_yield_that_nothing_caused_is_counted_beside():
    """An answer that ends by itself yields; where stops are known it is said."""
    user, agent = "...uuu....", "aaaaa....."
    moot = {stops: find(drawn(user, agent, stops)) for stops in (None, (), (1_000,))}
    assert [(0, 0), (1, 1), (0, 1)] == [(e.moot, e.judged) for e in moot.values()]
    (told,) = (f for f in score([drawn(user, agent, ())], DEFINED) if f.metric == "yield_rate")
    assert (1.0, "nothing stopped 1 of 1; not shown there: under 10 events") == (told.value, told.note)


def test_nothing_asked_is_unknown_not_zero():
    """An empty conversation has no rates."""
    assert {None} == {f.value for f in score([drawn("....", "....")], DEFINED)}


letters = st.text("u.bTNtn", min_size=2, max_size=40)


@given(st.lists(st.tuples(letters, st.text("a..", min_size=40, max_size=40)), min_size=1, max_size=4))
def test_pooling_adds_events(pairs):
    """The pooled counts are the sums, whatever the sessions are; rates lie in 0..1."""
    talks = [drawn(user, agent[: len(user)]) for user, agent in pairs]
    for reading in (DEFINED, CODED):
        pooled = {f.metric: f for f in score(talks, reading)}
        single = [{f.metric: f for f in score([c], reading)} for c in talks]
        assert all(f.n == sum(s[name].n for s in single) for name, f in pooled.items())
        assert all(0 <= f.value <= 1 for f in pooled.values() if f.unit == "0..1" and f.value is not None)


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 900)), max_size=8))
def test_ticks_cover_speech_and_stay_on_the_grid(given_spans):
    """No speech is lost, none is longer than a tick on either side."""
    speech = Timeline(Span(at, at + ms) for at, ms in given_spans)
    grid = ticked(speech)
    assert not speech - grid
    assert all(s.start % TICK_MS == s.end % TICK_MS == 0 for s in grid)
    assert grid == ticked(grid)


def test_the_registry_names_it():
    """By the name on the command line."""
    assert (DEFINED, CODED) == DEFINITIONS["tau-voice"].readings
