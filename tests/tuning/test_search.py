"""Rules that have no exact form, searched one by one: held to the exact optimum where there is one."""

from __future__ import annotations

import sys

import pytest
from typer.testing import CliRunner

from bargein.cli import app, main
from bargein.errors import BargeinError, LabelError, NotAnswerable, SettingsError
from bargein.tuning import tune
from bargein.tuning.cost import Prices, plane
from bargein.tuning.search import cost_of, search
from bargein.vad.rule import Rule
from bargein.vad.tables import load_scores
from drawn_scores import other, turn

#: Ten turns with holds of 1 to 10 frames of 100 ms, coughs, noise.
HOLDS = range(1, 11)
ROWS = [turn(f"00999{'0' * n}999{'0' * 35}", f"..ttt{'h' * n}ttt{'.' * 35}", clip=f"t{n}") for n in HOLDS]
ROWS += [other("0099000", "tic", clip="cough"), other("0660660660", "noise", clip="noise")]


@pytest.fixture
def optuna():
    """Give Optuna, or skip with the line that installs it."""
    return pytest.importorskip("optuna", reason="a search needs Optuna: pip install 'bargein[search]'")


@pytest.mark.parametrize(("threshold", "silence"), [(0.5, 500), (0.3, 96), (0.85, 1_024)])
def test_a_rule_that_is_run_costs_what_the_sweep_says(threshold, silence):
    """One by one or all at once, on the embedded recordings: the same seconds per turn."""
    rows = load_scores(groups=["user-utterances", "coughs", "noise", "echo-residual", "short-words"])
    weighed = plane(tune(rows).evidence)
    i = weighed.thresholds.index(threshold)
    j = tune(rows).evidence.sweep.column(silence)
    rule = Rule(threshold, silence_duration_ms=weighed.silences[j])
    assert weighed.at(i, j).cost == pytest.approx(cost_of(rows, rule, Prices()))


def test_a_search_finds_the_exact_optimum_of_a_rule_that_has_one(optuna):
    """One threshold, every end silence: sixty trials from seed 1 reach what the sweep proves."""
    weighed = plane(tune(ROWS).evidence)
    exact = weighed.best(rows=[weighed.thresholds.index(0.5)])
    found = search(ROWS, Rule(0.5), space={"silence_duration_ms": (0, 3_000)}, trials=60)
    assert exact.cost == pytest.approx(found.best.cost)
    assert found.best.cost < found.start.cost


def test_both_knobs_come_near_the_exact_optimum(optuna):
    """Never under it on the sweep's own thresholds, and within a twentieth of a second of it."""
    weighed = plane(tune(ROWS).evidence)
    found = search(ROWS, Rule(0.5), space={"enter": (0.05, 0.95), "silence_duration_ms": (0, 1_500)}, trials=80)
    assert weighed.best().cost == pytest.approx(found.best.cost, abs=0.05)


def test_the_same_seed_finds_the_same(optuna):
    """So that a result can be repeated."""
    one, other_one, another = (search(ROWS, trials=8, seed=seed).trials for seed in (1, 1, 2))
    assert one == other_one
    assert one != another


def test_a_maximum_is_searched_where_no_sweep_can_go(optuna):
    """A hum that is never over holds the turn open; only a maximum ends it."""
    hum = [turn("0099999999996666666666666666666666", "..tttttttttt" + "." * 22, clip=f"hum{i}") for i in range(3)]
    start = Rule(0.5, silence_duration_ms=100)
    found = search(hum, start, space={"max_speech_ms": (500, 3_000)}, trials=30)
    assert found.best.rule.max_speech_ms is not None
    assert found.best.cost < found.start.cost
    assert "maximum none" in "\n".join(found.lines())


def test_what_cannot_be_searched_is_refused(optuna):
    """Every range at once; no turns; scores of two models."""
    with pytest.raises(SettingsError) as caught:
        search(ROWS, space={"enter": (0.9, 0.1), "exit": (0, 1), "silence_duration_ms": (0.2, 0.8)}, trials=0)
    assert 4 == len(caught.value.problems)
    assert "seconds?" in str(caught.value)
    with pytest.raises(NotAnswerable, match="no turns"):
        search(ROWS[10:])
    with pytest.raises(LabelError, match="2 models"):
        search([*ROWS, turn("0099900000", "..ttt.....", model="another")], trials=1)


def test_without_optuna_it_says_how_to_get_it(monkeypatch, capsys):
    """Exit code 2, with the line to type."""
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(BargeinError, match=r"pip install 'bargein\[search\]'"):
        search(ROWS)
    with pytest.raises(SystemExit) as caught:
        main(["tune", "openai", "--search", "optuna"])
    assert 2 == caught.value.code
    assert "bargein[search]" in capsys.readouterr().err


def test_the_command_prints_what_was_found(optuna):
    """Beside everything else that tune prints."""
    shown = CliRunner().invoke(app, ["tune", "openai", "--search", "optuna", "--trials", "2"])
    assert 0 == shown.exit_code
    assert "search: 3 rules run, seed 1" in shown.stdout
