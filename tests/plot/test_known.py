"""The map of what can be known, read from its data: colours cover the plane once, letters say why."""

from __future__ import annotations

import json
from math import inf

import pytest
from typer.testing import CliRunner

from bargein import plot
from bargein.cli import app
from bargein.plot.chart import Bars, Line, Points, Words
from bargein.plot.known import answerable_chart, known_chart, parts
from bargein.plot.palette import STANDINGS
from bargein.settings import ServerVad
from bargein.tuning.answerable import BOUNDED, NOT_ANSWERABLE, Answerable, Area, Limit
from bargein.vadlab import plan

HOLD = Limit("ends", NOT_ANSWERABLE, "longer than any hold", silence=(Area(over=320),))
LOW = Limit("starts", NOT_ANSWERABLE, "no coughs: under 0.5", (Area(under=0.5),))
HIGH = Limit("starts", BOUNDED, "no coughs: over 0.5", (Area(over=0.5),))
KNOWN = Answerable("OpenAI Realtime", ServerVad(0.5, 300, 500), 0.2, (HOLD, LOW, HIGH), (0.4, 0.5, 0.6))


def test_the_parts_are_those_of_the_limits():
    """Worked out by hand: two columns, three rows; 320 ms is a whole frame, rows end half way to the next."""
    found = {(round(p.low, 9), round(p.high, 9), p.left, p.right): p.cell.limits for p in parts(KNOWN, 640)}
    assert {
        (0.35, 0.45, 0, 320): (LOW,), (0.35, 0.45, 320, 640): (HOLD, LOW),
        (0.45, 0.55, 0, 320): (), (0.45, 0.65, 320, 640): (HOLD,),  # over 0.5 the worse reason hides the other
        (0.55, 0.65, 0, 320): (HIGH,),
    } == found  # fmt: skip


def test_parts_cover_the_plane_once():
    """Every setting that tuning would try lies in one part, and stands as it says."""
    known = plan(provider="openai").answerable
    cut = parts(known, inf)
    for threshold in known.thresholds:
        for silence in known.silences[1:]:
            (one,) = [p for p in cut if p.low <= threshold < p.high and p.left < silence <= p.right]
            assert known.at(threshold, silence) == one.cell


def test_letters_say_why():
    """In the order of the limits; a part that is answered needs none, and all three colours are explained."""
    chart = answerable_chart(KNOWN, ServerVad(0.6, 300, 160), [(0.4, 100, 200)])
    assert {"a", "b", "c", "a b"} == {s.text for s in chart.shapes if isinstance(s, Words)}
    legend = [s.words for s in chart.shapes if isinstance(s, Bars) and s.words]
    standings = [f"{name}, {n} of 285 settings: {STANDINGS[name].words}" for name, n in KNOWN.counts.items()]
    assert [*standings, "a   longer than any hold", "b   no coughs: under 0.5",
            "c   no coughs: over 0.5"] == legend  # fmt: skip
    marks = {s.words: (list(s.x), list(s.y)) for s in chart.shapes if isinstance(s, Points)}
    assert {
        "in force: 0.5/300/500": ([500], [0.5]),
        "proposed": ([160], [0.6]),
        "to record next": ([200], [0.4]),
    } == marks
    assert (0, 800) == chart.x_range


def test_letters_keep_away_from_marks():
    """What is proposed stays legible."""
    (marked,) = [s for s in answerable_chart(KNOWN, ServerVad(0.6, 300, 160)).shapes
                 if isinstance(s, Words) and s.text == "c"]  # fmt: skip
    assert 160 != marked.x


def test_an_end_silence_of_the_providers_own_is_a_line():
    """Where the provider documents a threshold alone."""
    chart = answerable_chart(Answerable("xAI Grok", ServerVad(0.5, 333), 0.2, (HOLD,), (0.4, 0.5)))
    (line,) = [s for s in chart.shapes if isinstance(s, Line)]
    assert [0.5, 0.5] == line.y
    assert not [s for s in chart.shapes if isinstance(s, Points)]


def test_nothing_is_marked_as_proposed_that_is_only_in_force(tuned_by_hold):
    """A refusal keeps what is in force, and is no proposal."""
    assert "no recommendation" == tuned_by_hold.proposal.status
    assert [] == list(known_chart(plan(), tuned_by_hold).of("proposed"))


@pytest.fixture(scope="module")
def tuned_by_hold():
    """Six holds are too few for a budget."""
    from bargein.tuning import tune
    from bargein.vad.tables import load_scores

    return tune(load_scores(groups=["user-utterances"]), max_cutoffs_per_hold=0.1)


def test_the_command_draws_it(tmp_path):
    """One PNG, also beside JSON, which stays one document."""
    file = tmp_path / "plan.png"
    said = CliRunner().invoke(app, ["plan", "xai", "--json", "--figure", str(file)])
    assert "xai" == json.loads(said.stdout)["provider"]
    assert b"\x89PNG" == file.read_bytes()[:4]


def test_the_verb_draws_it():
    """With the axes of one's own."""
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert ax is plot.answerable(plan(provider="xai"), ax=ax)
    assert "threshold (score)" == ax.get_ylabel()
