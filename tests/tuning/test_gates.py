"""What thresholds alone cannot do, and which gate can: drawn coughs and turns whose answer can be counted."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from bargein.cli import app
from bargein.errors import SettingsError
from bargein.tuning import tune
from bargein.tuning.gates import USUAL, Gate
from bargein.tuning.paired import Paired
from bargein.vad.counting import count
from bargein.vad.rule import Rule, edges
from bargein.vad.tables import load_scores
from drawn_scores import other, turn

#: Five coughs of 200 ms, as loud as the turns of 800 ms: no threshold tells them apart, 300 ms of speech do.
COUGHS = [other("0099000000", "tic", clip=f"cough{i}") for i in range(5)]
TURNS = [turn("00999999990000", "..tttttttt....", clip=f"turn{i}") for i in range(12)]
#: A word as short as a cough.
WORDS = [replace(turn("0099000000", "..tt......", clip=f"word{i}"), kind="word") for i in range(12)]


def joint(rows, gates=("minimum-300", "hold-300", "duck-300"), **budget):
    """What gates do beside the threshold of these recordings."""
    found = tune(rows, gates=gates, **budget).joint
    assert found is not None
    return found


def test_a_gate_passes_the_ceiling_of_thresholds():
    """Every threshold starts for all five coughs or for no turn either; 300 ms of speech start for none of the five."""
    alone, minimum, hold, duck = joint([*COUGHS, *TURNS]).at("tic", "turns")
    assert (5, 5) == (alone.false.failures, alone.false.trials)
    assert [0, 0, 0] == [r.false.failures for r in (minimum, hold, duck)]
    assert [None, 5, 5] == [r.brief for r in (minimum, hold, duck)]
    assert {(0, 12)} == {(r.missed.failures, r.missed.trials) for r in (alone, minimum, hold, duck)}
    assert {Paired(5, 0, 0)} == {r.paired for r in (minimum, hold, duck)}
    assert "better (less in 5, more in 0 of 5 clusters; of those that differ 55 to 100 % less)" == hold.paired.text


def test_backchannels_are_a_kind_of_their_own():
    """A labelled mm-hm is a share of recordings, as a cough is, and never pooled with it."""
    mmhm = [replace(cough, kind="backchannel", clip=f"mmhm{i}", cluster=f"mmhm{i}") for i, cough in enumerate(COUGHS)]
    found = joint([*COUGHS, *mmhm, *TURNS])
    assert {"backchannel", "tic"} == {r.kind for r in found.reaches}
    assert "hold-300" == found.lever("backchannel", "turns").gate


def test_what_each_gate_costs():
    """A frame of 100 ms announces at once, the fourth confirms 300 ms; hold is silent at once, duck only softer."""
    alone, minimum, hold, duck = joint([*COUGHS, *TURNS]).at("tic", "turns")
    assert [(100, 100), (400, 400), (100, 100), (100, 400)] == [
        (r.first.p50_ms, r.silent.p50_ms) for r in (alone, minimum, hold, duck)
    ]
    assert [0, 300, 0, 300] == [r.added_ms for r in (alone, minimum, hold, duck)]


def test_the_lever_is_the_gate_that_answers_first():
    """Three reach the same; hold-and-resume is silent soonest."""
    found = joint([*COUGHS, *TURNS])
    lever = found.lever("tic", "turns")
    assert "hold-300" == lever.gate
    said = "\n".join(found.lines())
    assert "the lever is hold-300: 0 of 5" in said
    assert "5 more only paused" in said


def test_a_word_as_short_as_a_cough_needs_no_gate():
    """Who wants to be stopped by one word has no lever in time: the gate misses what the threshold does not."""
    found = joint([*COUGHS, *TURNS, *WORDS])
    assert found.lever("tic", "turns and words") is None
    assert [5, None, None, None] == [
        r.false.failures if r.threshold is not None else None for r in found.at("tic", "turns and words")
    ]
    assert "minimum-300: misses more at every threshold" == found.at("tic", "turns and words")[1].text
    assert "hold-300" == found.lever("tic", "turns").gate


def test_what_is_already_quiet_leaves_nothing_for_a_gate():
    """Coughs that score less than speech: a threshold does it alone."""
    quiet = [other("0033000000", "tic", clip=f"c{i}") for i in range(5)]
    found = joint([*quiet, *TURNS])
    assert found.lever("tic", "turns") is None
    assert "nothing is left for a gate" in "\n".join(found.lines())


def test_what_a_gate_reaches_is_what_the_streaming_rule_does():
    """At every setting that is named, on the embedded recordings: coughs that last, by the edges of the rule."""
    rows = load_scores(groups=["coughs", "user-utterances", "short-words"])
    found = joint(rows, USUAL, max_cutoffs_per_turn=0.2)
    named = [r for r in found.reaches if r.threshold is not None]
    assert 6 <= len({r.gate for r in named})
    for r in named:
        rule = Rule(r.threshold, silence_duration_ms=r.silence_duration_ms, min_speech_ms=Gate.of(r.gate).minimum_ms)
        coughs = [count(row, edges(row.scores, rule)) for row in rows if row.kind == "tic"]
        assert sum(c.triggered_clips for c in coughs) == r.false.failures, r.gate


def test_on_real_coughs_half_a_second_passes_what_thresholds_reach():
    """25 % of coughs start the detector at the best threshold; of those that last half a second one is left."""
    found = joint(load_scores(groups=["coughs", "user-utterances"]), USUAL)
    alone, lever = found.at("tic", "turns")[0], found.lever("tic", "turns")
    assert (10, 40) == (alone.false.failures, alone.false.trials)
    assert ("hold-500", 1, "better") == (lever.gate, lever.false.failures, lever.paired.verdict)


def test_every_setting_of_every_gate_is_in_the_table():
    """A row for each length, threshold, end silence and kind."""
    table = joint([*COUGHS, *TURNS]).to_frame()
    assert {0, 300} == {*table["min_speech_ms"]}
    assert 2 * 19 * 31 * 2 == len(table)


@pytest.mark.parametrize(
    "name", ["hold", "hold-0.5", "hold-0", "hold-9000", "none-5", "minimum-x", "-3", "fold-200", "hold--5"]
)
def test_what_is_no_gate_is_refused(name):
    """With the names that are; before anything is weighed."""
    with pytest.raises(SettingsError, match="none, or minimum-MS, hold-MS, duck-MS"):
        tune(TURNS, gates=["hold-300", name])


def test_without_starts_to_weigh_it_is_refused_with_a_reason():
    """No coughs, noise or echo; a provider whose starts have no model."""
    assert "gates at the client" == tune(TURNS, max_cutoffs_per_turn=0.1, gates=USUAL).refusals[-1].question
    assert "no model" in tune([*COUGHS, *TURNS], "xai", gates=USUAL).refusals[-1].because
    assert tune(TURNS, gates=USUAL).joint is None


def test_gates_are_printed_and_in_the_json():
    """`bargein tune --joint`, with a gate of one's own."""
    shown = CliRunner().invoke(app, ["tune", "openai", "--gate", "hold-250", "--json"])
    assert 0 == shown.exit_code
    rows = json.loads(shown.stdout)["joint"]
    assert {"none", "hold-250"} == {row["gate"] for row in rows}
    assert {"verdict", "lever", "paired", "false", "missed", "added_ms"} <= {*rows[0]}


def test_numbers_that_are_not_there_are_not_made_up():
    """Signs of no clusters say nothing."""
    assert "these recordings cannot tell" == Paired().verdict
