"""Against the settings in force on speakers held out, how flat, how steady, who pays: drawn, so it can be counted."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import pytest

from bargein.tuning import tune
from bargein.tuning.paired import Paired
from bargein.tuning.robust import HeldOutFigure, Robust
from bargein.vad.tables import LabelledScores as TableRow
from bargein.vad.tables import load_scores
from drawn_scores import turn

KNOWN = ("clip", "group", "cluster", "kind", "speech_style", "scores", "turn", "holds", "licence")


def speakers(n: int, pause: int = 2, start: int = 0):
    """So many speakers with a turn each that pauses for so many frames of 100 ms."""
    drawn = "00999" + "0" * pause + "999" + "0" * 12
    labels = "..ttt" + "h" * pause + "ttt" + "." * 12
    return [turn(drawn, labels, clip=f"s{start + i}") for i in range(n)]


# ---- held out


def test_speakers_who_all_gain_say_better():
    """Nobody pauses for long: 500 ms in force make everyone wait, and each is chosen for by the others."""
    found = tune(speakers(15), max_cutoffs_per_hold=0.1).robust
    delay = next(f for f in found.held_out if f.name == "endpoint delay")
    assert Paired(less=15, more=0, same=0) == delay.paired
    assert "better" == found.verdict
    assert "on clusters held out (5 folds): better" in "\n".join(found.lines())


def test_who_loses_on_speakers_held_out_is_not_better():
    """Six of twenty pause for 400 ms, which 500 ms in force outlast; a budget that allows it cuts them off, all six."""
    found = tune([*speakers(14, 1), *speakers(6, 4, 100)], max_cutoffs_per_hold=0.4).robust
    cut = next(f for f in found.held_out if f.name == "holds cut off")
    assert Paired(less=0, more=6, same=14) == cut.paired
    assert "not better" == found.verdict


def test_four_speakers_cannot_tell():
    """Four signs of four come by chance one time in sixteen."""
    rows = [replace(t, clip=f"{t.clip}.{k}", cluster=t.clip) for k in range(5) for t in speakers(4)]
    found = tune(rows, max_cutoffs_per_hold=0.1).robust
    delay = next(f for f in found.held_out if f.name == "endpoint delay")
    assert Paired(less=4, more=0, same=0) == delay.paired
    assert "these recordings cannot tell" == found.verdict


def test_too_few_are_left_to_choose_with():
    """Of ten speakers eight remain, under the least: nothing is chosen, so nothing is judged."""
    found = tune(speakers(10), max_cutoffs_per_hold=0.1).robust
    assert () == found.held_out
    assert "these recordings cannot tell" == found.verdict
    assert "too few speakers are left" in next(found.lines())


def test_the_same_settings_are_not_better():
    """Nothing that decides anything differs, and nothing is made of it."""
    refused = tune(speakers(9), max_cutoffs_per_hold=0.1).robust
    assert () == refused.held_out
    assert "not better" == refused.verdict


def test_what_is_better_in_one_and_worse_in_another_is_not_better():
    """A verdict never hides who loses."""
    better, worse = Paired(9, 0, 0), Paired(0, 9, 0)
    figures = (HeldOutFigure("endpoint delay", better), HeldOutFigure("missed starts", worse))
    assert "not better" == Robust(figures, ("endpoint delay",), "", "", (), {}).verdict
    assert "better" == Robust(figures[:1], ("endpoint delay",), "", "", (), {}).verdict
    unasked = Robust(figures[:1], ("starts on tic",), "", "", (), {})
    assert "these recordings cannot tell" == unasked.verdict


def test_what_is_held_out_has_no_say():
    """One cluster is never held out: it is needed to choose with, and then not judged."""
    rows = [turn("0099900999000000000000", "..ttthhttt............", clip=str(i), cluster="one") for i in range(12)]
    found = tune(rows, max_cutoffs_per_hold=0.1).robust
    assert () == found.held_out
    assert "these recordings cannot tell" == found.verdict


# ---- flat, steady, who pays


def test_flatness_and_prices_are_in_words():
    """How many settings cost hardly more, and at what prices."""
    found = tune(speakers(10), max_cutoffs_per_hold=0.1).robust
    assert "cost at most 0.02 s per turn more than the cheapest" in found.flat
    assert "cut off 2 s" in found.flat


def test_labels_that_move_by_a_frame_move_the_choice_little():
    """Seeded, so that it can be repeated; the choice without moving is among those with."""
    rows = speakers(12, 3)
    tuned = tune(rows, max_cutoffs_per_hold=0.1)
    assert "silence_duration_ms" in tuned.robust.steady
    assert "20 draws, seed 1" in tuned.robust.steady
    assert tuned.robust.steady == tune(rows, max_cutoffs_per_hold=0.1).robust.steady
    assert f"{tuned.proposal.settings.silence_duration_ms} in" in tuned.robust.steady


def test_labels_move_by_what_they_say_of_themselves():
    """150 ms of uncertainty move more than a frame does."""
    rows = [TableRow(**{f: getattr(t, f) for f in KNOWN}, note="", attribution="", uncertainty_ms=150)
            for t in speakers(12, 3)]  # fmt: skip
    assert "moved by up to 150 ms" in tune(rows, max_cutoffs_per_hold=0.1).robust.steady


def test_who_pays_is_named():
    """One of twenty is cut off every time: 5 % on average, half of the worst tenth."""
    found = tune([*speakers(19), *speakers(1, 9, 100)], max_cutoffs_per_turn=0.05).robust
    assert (0.5, 0.05, 20) == found.worst["turns cut off"]
    assert [("s100", 1, 1)] == [(p.cluster, p.failures, p.trials) for p in found.pays if p.what == "turns cut off"]
    assert any("worst tenth of 20 clusters 50 %, mean 5 %; s100 1 of 1" in line for line in found.lines())


def test_one_cluster_does_not_say_who_pays():
    """Speakers that are not told apart."""
    rows = [turn("009990000000", "..ttt.......", clip=str(i), cluster="one") for i in range(12)]
    lines = "\n".join(tune(rows, max_cutoffs_per_turn=0.1).robust.lines())
    assert "who pays, turns cut off: one cluster, so nobody can say" in lines


# ---- on what comes along


@pytest.fixture(scope="module")
def embedded():
    """A budget for coughs: forty clusters of them, seventy-three of words."""
    return tune(load_scores(), "openai", max_false_starts={"tic": 0.5})


def test_on_real_coughs_the_threshold_is_better_than_the_default(embedded):
    """Chosen on four fifths of the speakers, judged on the rest: fewer coughs start the detector, no word is lost."""
    found = {f.name: f.paired for f in embedded.robust.held_out}
    assert ("better", 0) == (found["starts on tic"].verdict, found["starts on tic"].more)
    assert 40 == found["starts on tic"].clusters
    assert 0 == found["missed starts"].more
    assert "better" == embedded.robust.verdict


def test_all_of_it_is_in_the_summary_and_the_json(embedded):
    """`bargein tune` prints it; a program reads it."""
    said = "\n".join(embedded.summary())
    for words in ("on clusters held out (5 folds): better", "how flat:", "how steady:", "who pays, starts missed:"):
        assert words in said
    data = embedded.to_json()["robust"]
    assert "better" == data["verdict"]
    assert {"name", "paired", "verdict", "interval"} == {*data["held_out"][0]}


def test_without_a_proposal_there_is_nothing_to_trust():
    """No budget, no proposal."""
    assert tune(speakers(10)).robust is None


def test_the_interval_says_what_the_sign_test_says():
    """For every outcome of up to 30 clusters: all of it over one half exactly where so many signs are no chance."""
    for n in range(1, 31):
        for less in range(n + 1):
            found = Paired(less, n - less, 3)
            low, high = found.interval
            at_least = sum(comb(n, k) for k in range(less, n + 1)) / 2**n
            at_most = sum(comb(n, k) for k in range(less + 1)) / 2**n
            assert (at_least <= 0.05, at_most <= 0.05) == (low > 0.5, high < 0.5)
            assert ((low > 0.5) - (high < 0.5)) == {"better": 1, "not better": -1}.get(found.verdict, 0)
            assert low < less / n < high or less in (0, n)


def test_what_no_second_cluster_has_is_not_called_better():
    """One figure is better; the other that was asked for could not be compared."""
    held = (HeldOutFigure("starts on tic", Paired(9, 0, 0)),)
    both = Robust(held, ("starts on tic", "turns cut off"), "", "", (), {})
    assert ("these recordings cannot tell", ("turns cut off",)) == (both.verdict, both.unheld)
    assert "turns cut off: these recordings cannot tell (no second cluster to hold out)" in both.because


def test_signs_are_counted_exactly():
    """5 of 5 come by chance one time in 32; 7 of 8 nine in 256; 7 of 9 more than one in twenty."""
    verdicts = [Paired(*signs, 0).verdict for signs in ((5, 0), (7, 1), (7, 2), (0, 5), (0, 0))]
    cannot = "these recordings cannot tell"
    assert ["better", "better", cannot, "not better", cannot] == verdicts
