"""What evidence may carry: how much of it, of which speech, counted over what, and what speaks against it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from bargein.errors import SettingsError
from bargein.settings import ServerVad
from bargein.timeline import Span
from bargein.tuning import tune
from drawn_scores import other, turn


def paused(frames: int, clip: str, style: str = "elicited"):
    """A turn with one hold of so many frames of 100 ms."""
    drawn, labels = "00999" + "0" * frames + "999" + "0" * 9, "..ttt" + "h" * frames + "ttt" + "." * 9
    return turn(drawn, labels, clip=clip, style=style)


def ladder(style: str = "elicited", first: int = 1):
    """Ten turns with holds of 1 to 10 frames, or so many more."""
    return [paused(n, f"{style}{n}", style) for n in range(first, first + 10)]


def caller(name: str, *lengths: int):
    """A caller whose pauses were measured; nobody labelled whether the turns went on."""
    at = [Span(1_000 * i, 1_000 * i + ms) for i, ms in enumerate(lengths)]
    return replace(other("0" * 40, "caller", clip=name, style="spontaneous"), pauses=tuple(at))


CALLERS = [caller("anna", 100, 500, 900, 1_000), caller("bert", 200, 901, 950), caller("carl", 899, 920, 980)]


# ---- least amounts


@pytest.mark.parametrize(("holds", "status"), [(9, "no recommendation"), (10, "uncalibrated")])
def test_no_budget_is_judged_on_fewer_than_ten_holds(holds, status):
    """Under ten trials a share is not even written."""
    tuned = tune([paused(2, str(i)) for i in range(holds)], max_cutoffs_per_hold=0.1)
    assert status == tuned.proposal.status
    assert (status == "uncalibrated") == (tuned.recommendation is not None) == (tuned.refusal is None)


def test_too_little_evidence_is_refused_with_what_to_record():
    """The end silence stays as in force, the frontier says counts only, the file says that it is no advice."""
    tuned = tune([paused(2, str(i)) for i in range(9)], max_cutoffs_per_hold=0.1)
    assert 500 == tuned.proposal.settings.silence_duration_ms
    assert "9 holds of elicited speech; under 10 there are counts and no budget is judged" in tuned.refusal.because
    assert "10 holds at least" in tuned.refusal.instead
    assert {True} == {"under 10 there are counts only" in r.verdict for r in tuned.frontier if r.per == "hold"}
    assert "not shown to meet the budget: 9 trials" in tuned.proposal.verdicts[0]


def test_each_budget_needs_its_own_trials():
    """Twelve holds in six turns judge a budget per hold and none per turn."""
    rows = [turn("9909909900000", "tthtthtt.....", clip=str(i)) for i in range(6)]
    assert tune(rows, max_cutoffs_per_hold=0.1).recommendation
    assert not tune(rows, max_cutoffs_per_turn=0.1).recommendation
    assert "6 turns of elicited" in tune(rows, max_cutoffs_per_hold=0.1, max_cutoffs_per_turn=0.1).refusal.because


def test_what_is_refused_and_what_is_answered_stand_side_by_side(tmp_path):
    """Coughs move the threshold; nine holds do not move the silence; the file says which is which."""
    coughs = [other("0600", clip=f"c{i}") for i in range(10)]
    tuned = tune([*(paused(2, str(i)) for i in range(9)), paused(0, "plain"), *coughs],
                 max_cutoffs_per_hold=0.1, max_false_starts={"tic": 0.0})  # fmt: skip
    assert "uncalibrated, in part" == tuned.recommendation.status
    _, beside = tuned.export(tmp_path / "openai.json")
    said = json.loads(beside.read_text("utf-8"))
    assert "uncalibrated, in part" == said["status"]
    assert {"threshold": "tuned", "prefix_padding_ms": "tuned", "silence_duration_ms": "in force"} == {
        c["knob"]: c["origin"] for c in said["proposal"]["choices"]
    }
    assert ["silence_duration_ms"] == [r["question"] for r in said["refusals"]]


def test_a_file_without_a_recommendation_says_so(tmp_path):
    """A user who asked for a file gets one that can be sent, and is told that it is no advice."""
    tuned = tune([paused(2, "alone"), *CALLERS], max_cutoffs_per_hold=0.1)
    file, beside = tuned.export(tmp_path / "openai.json")
    sent = json.loads(file.read_text("utf-8"))["session"]["audio"]["input"]["turn_detection"]
    assert (0.5, 300, 500) == (sent["threshold"], sent["prefix_padding_ms"], sent["silence_duration_ms"])
    said = json.loads(beside.read_text("utf-8"))
    assert "no recommendation" == said["status"]
    assert "1 holds of elicited speech" in said["refusals"][0]["because"]
    assert "no recommendation" in repr(tuned)
    assert any(line.startswith("no recommendation") for line in tuned.summary())


@pytest.mark.parametrize(
    ("rows", "budget", "said"),
    [
        ([other("0600", clip=str(i)) for i in range(9)], {"tic": 0.1}, "9 of 9"),
        ([other("0" * 599, "noise")], {"noise": 1.0}, "where 1 minute is the least"),
    ],
    ids=["nine coughs", "59.9 s of noise"],
)
def test_a_threshold_needs_enough_to_stay_quiet_on(rows, budget, said):
    """Ten recordings of coughs, a minute of noise."""
    tuned = tune([*ladder(), *rows], max_false_starts=budget)
    assert tuned.recommendation is None
    assert said in tuned.refusal.because


def test_a_threshold_needs_enough_speech_to_miss():
    """Nine turns are no ground to call a threshold good at hearing."""
    coughs = [other("0600", clip=f"c{i}") for i in range(10)]
    turns = [paused(2, str(i)) for i in range(9)]
    assert "only 9 turns and words" in tune([*turns, *coughs], max_false_starts={"tic": 0.1}).refusal.because
    assert tune([*turns, paused(2, "ten"), *coughs], max_false_starts={"tic": 0.1}).recommendation


@pytest.mark.parametrize(("onsets", "origin"), [(9, "in force"), (10, "tuned")])
def test_a_prefix_needs_ten_onsets_of_turns(onsets, origin):
    """Words do not fill up what is missing."""
    words = [replace(paused(2, f"w{i}", "read"), kind="word") for i in range(20)]
    coughs = [other("0600", clip=f"c{i}") for i in range(10)]
    tuned = tune([*(paused(2, str(i)) for i in range(onsets)), *words, *coughs], max_false_starts={"tic": 0.1})
    assert origin == {c.knob: c.origin for c in tuned.proposal.choices}["prefix_padding_ms"]


def test_late_words_move_no_prefix():
    """A word that begins before its clip is heard late; turns are heard at once."""
    late = replace(turn("000000999000", "..ttttttt...", clip="late", style="read"), kind="word")
    words = [replace(late, clip=str(i), cluster=str(i)) for i in range(30)]
    proposal = tune([*ladder(), *words], max_cutoffs_per_hold=0.1).recommendation
    assert 0 == proposal.settings.prefix_padding_ms
    assert (10, 0) == (proposal.padding["turn"].n, proposal.padding["turn"].clipped)
    assert (30, 30, 400) == (proposal.padding["word"].n, proposal.padding["word"].clipped,
                             proposal.padding["word"].clipped_p95_ms)  # fmt: skip


# ---- callers' pauses


@pytest.mark.parametrize(("silence", "outlast"), [(0, 10), (800, 7), (900, 5), (1_000, 0)])
def test_pauses_of_callers_stand_beside_every_end_silence(silence, outlast):
    """Longer than it, not as long as it; whatever the detector makes of them."""
    figures = tune([*ladder(), *CALLERS]).evidence.figures(0.5, silence)
    assert (outlast, 10, 3) == (figures.pauses.failures, figures.pauses.trials, figures.pauses.clusters)
    assert f"{outlast} of 10 pauses of 3 callers outlast {silence} ms" == figures.outlasting


def test_every_row_of_the_frontier_and_the_proposal_say_it():
    """In words, with the number of callers, and that it is no truth."""
    said = "callers: 5 of 10 pauses of 3 callers outlast 900 ms; whether their turns went on is not labelled"
    text = tune([*ladder(), *CALLERS], max_cutoffs_per_hold=0.1).summary()
    rows = [line for line in text if " per hold, " in line or " per turn, " in line]
    assert 6 == sum("pauses of 3 callers outlast" in line for line in rows)
    assert said in [line.strip() for line in text]


def test_more_outlasting_pauses_than_the_budget_allows_speak_against_it():
    """5 of 10 at 900 ms against 10 per cent; not against 50."""
    (doubt,) = tune([*ladder(), *CALLERS], max_cutoffs_per_hold=0.1).recommendation.doubts
    assert doubt.startswith("5 of 10 pauses of 3 callers outlast 900 ms: 50 %, over the budget of 10 % of holds")
    assert "not labelled" in doubt
    at_500 = tune([*ladder(), *CALLERS], max_cutoffs_per_hold=0.5)
    assert 500 == at_500.recommendation.settings.silence_duration_ms
    assert at_500.recommendation.doubts, "8 of 10 outlast it"
    assert () == tune([*ladder(), *CALLERS], max_cutoffs_per_hold=0.05).recommendation.doubts, "1000 ms: none does"


def test_few_pauses_of_callers_speak_against_nothing():
    """Nine: counts, and no share of them."""
    assert () == tune([*ladder(), CALLERS[0], CALLERS[1]], max_cutoffs_per_hold=0.1).recommendation.doubts
    assert "" == tune(ladder()).as_is.outlasting


# ---- speech styles


def test_styles_stand_apart_and_are_pooled_by_name():
    """Spontaneous holds are ten frames longer here: no row mixes them with the others unsaid."""
    tuned = tune([*ladder(), *ladder("spontaneous", 11)])
    ends = tuned.as_is.ends
    assert ["elicited", "spontaneous", "elicited + spontaneous, pooled"] == list(ends)
    assert [(5, 10), (10, 10), (15, 20)] == [
        (e.cutoffs["hold"].failures, e.cutoffs["hold"].trials) for e in ends.values()
    ]
    fastest = {
        r.style: r.figures.silence_duration_ms
        for r in tuned.frontier
        if (r.per, r.budget, r.free) == ("turn", 0.1, False)
    }
    assert {"elicited": 900, "spontaneous": 1_900, "elicited + spontaneous, pooled": 1_800} == fastest
    assert set(ends) == set(tuned.pareto().speech)
    assert [10, 10] == [n.recordings for n in tuned.rests_on.styles.values()]


def test_a_budget_holds_in_every_style():
    """Pooled, 1800 ms would do: two of ten spontaneous turns would be cut."""
    proposal = tune([*ladder(), *ladder("spontaneous", 11)], max_cutoffs_per_turn=0.1).recommendation
    assert 1_900 == proposal.settings.silence_duration_ms
    assert [0, 1] == [proposal.figures.ends[s].cutoffs["turn"].failures for s in ("elicited", "spontaneous")]
    assert ["elicited speech", "spontaneous speech", "elicited + spontaneous, pooled speech"] == [
        verdict.split(", ", 1)[1].rpartition(" speech")[0] + " speech" for verdict in proposal.verdicts
    ]


def test_a_style_with_too_few_turns_is_shown_and_not_judged():
    """Three spontaneous turns stand beside ten elicited ones, as counts."""
    tuned = tune([*ladder(), *ladder("spontaneous", 20)[:3]], max_cutoffs_per_turn=0.1)
    assert 900 == tuned.recommendation.settings.silence_duration_ms
    assert "on elicited speech" in {c.knob: c.why for c in tuned.recommendation.choices}["silence_duration_ms"]
    assert (3, 3) == (tuned.recommendation.figures.ends["spontaneous"].cutoffs["turn"].failures, 3)


# ---- starts per minute

LOUD = [other("0007000" * 100, "noise", clip="hum"), other("0000000" * 100, "noise", clip="still")]


def test_noise_is_counted_per_minute_and_its_budget_is_one():
    """100 starts in 70 s, none in another 70."""
    tuned = tune([*ladder(), *LOUD], max_false_starts={"noise": 20})
    as_is = tuned.as_is.false_starts["noise"]
    assert (100, 140_000, 2, 1) == (as_is.starts, as_is.exposure_ms, as_is.clusters, as_is.started_clusters)
    assert 0.75 == tuned.recommendation.settings.threshold
    assert "20 starts a minute of noise" in tuned.budget.text
    (verdict,) = tuned.recommendation.verdicts
    assert "starts on noise 0 in 2.3 min" in verdict
    assert verdict.endswith("within 20 starts a minute by the estimate, shown to meet the budget")


def test_a_share_for_minutes_and_minutes_for_a_share_are_told_apart():
    """Two starts a minute of echo is a budget; two coughs in one is none."""
    assert tune([*ladder(), *LOUD], max_false_starts={"noise": 60}).budget.false_starts == {"noise": 60}
    with pytest.raises(SettingsError, match="share of recordings: 10 per cent is"):
        tune(ladder(), max_false_starts={"tic": 2})
    with pytest.raises(SettingsError, match="starts a minute, 0 and more"):
        tune(ladder(), max_false_starts={"echo": -1})


def test_a_detector_that_never_closes_is_not_quiet():
    """Scores of 0.3 between bursts: at 0.3 it opens once and stays open, at 0.5 it opens a hundred times."""
    soft = turn("0088888000000", "..ttttt......", clip="soft")
    rows = [*ladder()[:9], soft, other("3338333" * 100, "noise", clip="hum")]
    tuned = tune(rows, max_false_starts={"noise": 2}, max_missed_starts=0.1)
    counts = {t: tuned.evidence.figures(t, 200).false_starts["noise"].starts for t in (0.3, 0.5, 0.85)}
    assert {0.3: 1, 0.5: 100, 0.85: 0} == counts
    assert 0.85 == tuned.recommendation.settings.threshold
    assert [0.85] == [p.threshold for p in tuned.ceiling if p.best]


@pytest.mark.parametrize(("silence_ms", "threshold"), [(200, 0.75), (500, 0.5)])
def test_a_threshold_is_judged_at_the_end_silence_that_is_sent(silence_ms, threshold):
    """Bursts 400 ms apart are a hundred starts for a short end silence, and one for a long one."""
    hum = other("0070000" * 100, "noise", clip="hum")
    bursts = replace(hum, scores=replace(hum.scores, values=np.resize([0.7, 0, 0, 0, 0], 700)))
    tuned = tune([*ladder(), bursts], max_false_starts={"noise": 20}, in_force=ServerVad(0.5, 300, silence_ms))
    assert threshold == tuned.recommendation.settings.threshold
