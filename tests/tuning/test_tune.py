"""From a budget to settings or to a refusal, on drawn turns whose answer can be read off the drawing."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bargein as bi
from bargein.errors import SettingsError
from bargein.metrics.rates import clusters_needed
from bargein.settings import ServerVad
from bargein.tuning import tune
from bargein.vad.sweep import sweep
from drawn_scores import other, turn


def paused(frames: int, clip: str = "", style: str = "elicited", level: str = "9"):
    """A turn with one hold of so many frames of 100 ms; it is cut up to an end silence of one frame less."""
    drawn, labels = "00" + level * 3 + "0" * frames + level * 3 + "0" * 9, ".." + "ttt" + "h" * frames + "ttt" + "." * 9
    return turn(drawn, labels, clip=clip or f"{style}{frames}", style=style)


#: Ten turns with holds of 1 to 10 frames: an end silence of D frames cuts those of D + 1 and more.
LADDER = [paused(n) for n in range(1, 11)]


@pytest.mark.parametrize(
    ("budget", "silence_ms", "cut"),
    [
        (0.05, 1_000, 0),  # the longest hold spans 900 ms: only 1000 spares all ten
        (0.10, 900, 1),
        (0.20, 800, 2),
        (1.00, 0, 10),
    ],
)
def test_the_shortest_end_silence_within_the_budget(budget, silence_ms, cut):
    """One frame of end silence more spares the hold that is one frame longer, and costs one frame of delay."""
    best = tune(LADDER, max_cutoffs_per_hold=budget).recommendation
    assert silence_ms == best.settings.silence_duration_ms
    assert cut == best.figures.whole.cutoffs["hold"].failures == best.figures.whole.cutoffs["turn"].failures
    # decided on the frame that lies the end silence after the first low one, known when it ends
    assert silence_ms + 100 == best.figures.whole.endpoint.mean_ms == best.figures.whole.endpoint.p90_ms
    assert 10 == best.figures.whole.endpoint.n


def test_holds_and_turns_are_two_budgets():
    """Four short holds in each of eight turns and a long one in two others: 2 of 34 holds, 2 of 10 turns."""
    easy = [turn("99099099099099000000", "tthtthtthtthtt......", clip=f"easy{i}") for i in range(8)]
    rows = [*easy, paused(6, "a"), paused(6, "b")]
    assert 100 == tune(rows, max_cutoffs_per_hold=0.10).recommendation.settings.silence_duration_ms
    assert 600 == tune(rows, max_cutoffs_per_turn=0.10).recommendation.settings.silence_duration_ms
    both = tune(rows, max_cutoffs_per_hold=0.10, max_cutoffs_per_turn=0.10).recommendation
    assert 600 == both.settings.silence_duration_ms
    assert 2 == len(both.verdicts)


def test_the_frontier_is_given_for_5_10_20_per_cent_of_holds_and_of_turns():
    """At the threshold in force and at any, whatever the budget asked for."""
    tuned = tune(LADDER)
    assert [(per, b, free) for per in ("hold", "turn") for b in (0.05, 0.1, 0.2) for free in (False, True)] == [
        (row.per, row.budget, row.free) for row in tuned.frontier
    ]
    assert [1_000, 900, 800] == [
        row.figures.silence_duration_ms for row in tuned.frontier if row.per == "turn" and not row.free
    ]


def test_without_a_budget_nothing_is_recommended():
    """There is no default budget: only the frontier."""
    tuned = tune(LADDER)
    assert tuned.recommendation is tuned.candidate is None
    assert "no budget was given" in tuned.refusal.because
    assert tuned.frontier


def test_an_estimate_within_the_budget_does_not_show_it():
    """Ten clusters without a failure leave up to 26 %."""
    rows = [paused(1, clip=str(i)) for i in range(10)]
    (verdict,) = tune(rows, max_cutoffs_per_hold=0.10).recommendation.verdicts
    assert "0 of 10 (up to 26 %): within 10 % by the estimate, not shown to meet the budget" in verdict


def test_enough_clusters_show_it():
    """29 for 10 %; one fewer do not."""
    n = clusters_needed(0.10)
    rows = [paused(1, clip=str(i)) for i in range(n)]
    (verdict,) = tune(rows, max_cutoffs_per_turn=0.10).recommendation.verdicts
    assert verdict.endswith("within 10 % by the estimate, shown to meet the budget")
    assert {True} == {row.shown for row in tune(rows).frontier if row.budget >= 0.10}
    assert {False} == {row.shown for row in tune(rows[1:]).frontier if row.budget <= 0.10}


def test_one_cluster_has_no_held_out_interval():
    """Speakers that are not told apart are one."""
    rows = [turn("990999000", "tthttt...", clip=str(i), cluster="crowd") for i in range(3)]
    tuned = tune(rows, max_cutoffs_per_hold=0.2)
    assert 1 == tuned.rests_on.clusters
    assert any("no held-out interval" in note for note in tuned.notes)
    assert not any("no held-out interval" in note for note in tune(LADDER).notes)


@pytest.mark.parametrize("in_force", [None, ServerVad(0.5, 300, 640)])
def test_read_speech_is_no_evidence_for_an_end_silence(in_force):
    """The silence is left as in force, and the refusal says what to record."""
    tuned = tune([paused(2, style="read"), other("06600")], max_cutoffs_per_hold=0.1, in_force=in_force)
    assert (None, "no recommendation") == (tuned.recommendation, tuned.proposal.status)
    assert {"tuned"}.isdisjoint(choice.origin for choice in tuned.proposal.choices)
    assert () == tuned.frontier
    assert "left as in force: no evidence, no holds of elicited or spontaneous speech" in tuned.refusal.because
    assert "29 speakers without one cut-off show 10 %" in tuned.refusal.instead
    assert any("machinery" in note for note in tuned.notes)


def test_read_turns_beside_real_ones_are_left_out():
    """Their short pauses would dilute the rate."""
    tuned = tune([*LADDER, *(paused(1, clip=str(i), style="read") for i in range(90))], max_cutoffs_per_hold=0.1)
    assert (10, 900) == (tuned.rests_on.turns, tuned.recommendation.settings.silence_duration_ms)
    assert any("90 turns of other speech styles" in note for note in tuned.notes)


def test_what_no_end_silence_reaches_is_refused():
    """A hold of four seconds, and nothing over three was tried."""
    tuned = tune([paused(40, clip=str(i)) for i in range(10)], max_cutoffs_per_turn=0.5)
    assert tuned.recommendation is None
    assert "this knob cannot do it: no end silence up to 3000 ms" in tuned.refusal.because


# ---- threshold

COUGHS = [other(drawn, clip=f"{drawn}{i}") for drawn in ("0660", "0770", "0880", "0000") for i in range(3)]


def test_the_threshold_stays_without_a_budget_for_false_starts():
    """One budget moves one knob."""
    choices = {c.knob: c for c in tune([*LADDER, *COUGHS], max_cutoffs_per_hold=0.1).recommendation.choices}
    assert (0.5, "in force") == (choices["threshold"].value, choices["threshold"].origin)
    assert "tuned" == choices["silence_duration_ms"].origin


@pytest.mark.parametrize(("budget", "threshold"), [(0.75, 0.5), (0.5, 0.65), (0.25, 0.75), (0.0, 0.85)])
def test_the_threshold_moves_no_further_than_the_budget_asks(budget, threshold):
    """Coughs that score 0.6, 0.7, 0.8 and none; turns at 0.9 are missed at none of these."""
    tuned = tune([*LADDER, *COUGHS], max_false_starts={"tic": budget})
    assert threshold == tuned.recommendation.settings.threshold
    assert 500 == tuned.recommendation.settings.silence_duration_ms  # the documented default: nobody asked to move it
    assert not tuned.refusals


def test_where_the_ceiling_misses_the_budget_the_knob_cannot_do_it():
    """Half of the turns score 0.7: any threshold quiet on all coughs is deaf to them."""
    soft = [paused(n, clip=f"soft{n}", level="7") for n in range(1, 11)]
    tuned = tune([*LADDER, *soft, *COUGHS], max_false_starts={"tic": 0.25}, max_cutoffs_per_hold=0.2)
    (refusal,) = tuned.refusals
    assert refusal.because.startswith("this knob cannot do it")
    assert "tic 50 % (6 of 12, up to 76 %) at 0.65 with 0 of 20 (up to 14 %) missed" in refusal.because
    for other_way in ("hold-and-resume", "noise reduction", "interrupt_response: false"):
        assert other_way in refusal.instead
    assert 0.5 == tuned.recommendation.settings.threshold
    assert "over 25 % by the estimate" in tuned.recommendation.verdicts[-1]
    # who accepts half of the turns missed can have it
    deaf = tune([*LADDER, *soft, *COUGHS], max_false_starts={"tic": 0.25}, max_missed_starts=0.5)
    assert 0.75 == deaf.recommendation.settings.threshold


def test_the_ceiling_has_a_best_pair_for_every_kind():
    """The least sum of both shares."""
    tuned = tune([*LADDER, *COUGHS, other("0990", "noise")])
    best = {p.kind: p for p in tuned.ceiling if p.best}
    assert {"tic", "noise"} == set(best)
    assert (0.85, 0, 0) == (best["tic"].threshold, best["tic"].false.failures, best["tic"].missed.failures)
    # noise at 0.9 triggers up to 0.9 and turns are missed over it: the pair is (0, 1) or (1, 0), the lower one kept
    assert (0.05, 1, 0) == (best["noise"].threshold, best["noise"].false.starts, best["noise"].missed.failures)


@pytest.mark.parametrize(
    ("rows", "said"),
    [(LADDER, "no recordings of kind tic"), (COUGHS, "no turns or words")],
    ids=["turns alone", "coughs alone"],
)
def test_a_threshold_needs_both_sides(rows, said):
    """False starts without misses would choose deafness."""
    tuned = tune(rows, max_false_starts={"tic": 0.1})
    assert tuned.recommendation is None
    assert said in tuned.refusal.because


def word(drawn: str, labels: str, clip: str):
    """A read word: it has an onset, and no end worth waiting for."""
    return replace(turn(drawn, labels, clip=clip, style="read"), kind="word")


def test_words_count_as_starts_and_never_as_ends():
    """Short words are what a user interrupts with; reading shortens pauses, it moves no onset."""
    words = [word("00660000", "..tthhtt", "soft"), word("00990000", "..tt....", "loud")]
    tuned = tune([*LADDER, *words], max_cutoffs_per_hold=0.1)
    assert 10 == tuned.rests_on.turns
    figures = tuned.evidence.figures(0.65, 500)
    assert {"turn": (0, 10), "word": (1, 2)} == {k: (r.failures, r.trials) for k, r in figures.missed.items()}
    assert 10 == figures.whole.endpoint.n
    assert {"turn": 10, "word": 1} == {kind: delays.n for kind, delays in figures.onset.items()}
    assert {"turn": 10, "word": 2} == {kind: kept.n for kind, kept in tuned.evidence.padding(0.5, 300).items()}
    assert 0.65 not in tuned.evidence.no_deafer_than(0.5)


def test_a_recording_that_comes_twice_is_pointed_out():
    """The same order, cut 100 ms later: two trials that are one."""
    long = "009" * 30
    rows = [turn(long, "." * 4 + "t" * 86, clip="a"), turn(long + "0", "." * 4 + "t" * 86 + ".", clip="b"),
            turn("090" * 30, "." * 4 + "t" * 86, clip="c")]  # fmt: skip
    assert ["a and b score alike: the same recording, counted twice?"] == [n for n in tune(rows).notes if "alike" in n]


def test_the_prefix_covers_95_per_cent_of_onsets():
    """20 turns heard up to 400 ms late: 19 of 20 are covered by 300 ms."""
    late = [0] * 15 + [1, 2, 2, 3, 4]  # frames of 100 ms
    drawn = [("00" + "0" * n + "999999000", ".." + "t" * n + "tttttt...") for n in late]
    rows = [turn(digits, labels, clip=str(i)) for i, (digits, labels) in enumerate(drawn)]
    tuned = tune(rows, max_cutoffs_per_turn=0.1)
    assert 300 == tuned.recommendation.settings.prefix_padding_ms
    padding = tuned.evidence.padding(0.5, 300)["turn"]
    assert padding == tuned.recommendation.padding["turn"]
    assert (20, 1, 0, 300) == (padding.n, padding.clipped, padding.clipped_p95_ms, padding.added_p50_ms)
    assert 100 == tuned.evidence.padding(0.5, 200)["turn"].clipped_p95_ms


# ---- providers


def test_xai_gets_a_candidate_and_never_a_recommendation():
    """Its detection while the agent speaks has no threshold model, so the threshold stays."""
    tuned = tune([*LADDER, *COUGHS], "xai", max_cutoffs_per_hold=0.1, max_false_starts={"tic": 0.25})
    assert tuned.recommendation is None
    assert "candidate to try" == tuned.candidate.status
    assert (0.85, 333, 900) == (
        tuned.candidate.settings.threshold,
        tuned.candidate.settings.prefix_padding_ms,
        tuned.candidate.settings.silence_duration_ms,
    )
    assert any("20 barge-in onsets" in note for note in tuned.notes)
    assert ["threshold"] == [r.question for r in tuned.refusals]


def test_where_thresholds_have_no_model_none_is_compared():
    """No ceiling, and the frontier keeps the threshold in force; only what the provider takes is ever looked at."""
    tuned = tune([*LADDER, *COUGHS], "xai")
    assert () == tuned.ceiling
    assert {(0.85, False)} == {(row.figures.threshold, row.free) for row in tuned.frontier}
    assert (0.1, 0.9) == (min(tuned.evidence.thresholds), max(tuned.evidence.thresholds))
    assert {0.85} == set(tuned.pareto().threshold)
    figures = tune([*LADDER, *COUGHS], "xai", max_cutoffs_per_hold=0.1).candidate.figures
    assert ({}, {}, {}) == (figures.missed, figures.false_starts, figures.onset)
    assert 10 == figures.whole.cutoffs["hold"].trials


def test_what_is_in_force_is_compared_with():
    """Given settings win over documented defaults; what a provider does not document stays open."""
    tuned = tune(LADDER, in_force=ServerVad(silence_duration_ms=200))
    assert "server_vad 0.5/300/200" == tuned.in_force.label
    assert 8 == tuned.as_is.whole.cutoffs["hold"].failures
    assert not any("documented defaults were assumed" in note for note in tuned.notes)
    assert tune(LADDER, "xai").as_is is None


# ---- bad input


def test_all_bad_values_in_force_are_named_at_once():
    """A threshold of 1.3 and a silence of 0.8."""
    with pytest.raises(SettingsError) as error:
        tune(LADDER, in_force=ServerVad(1.3, 300, 0.8))
    assert 2 == len(error.value.problems)
    assert "threshold: 1.3 is outside 0..1" in str(error.value)
    assert "seconds?" in str(error.value)


def test_all_bad_budgets_are_named_at_once():
    """Per cent for a share, an unknown kind, read speech."""
    with pytest.raises(SettingsError) as error:
        tune(LADDER, max_cutoffs_per_hold=10, max_false_starts={"sneeze": 0.1, "tic": 2, "echo": 2},
             max_missed_starts=math.nan, speech_styles=("read",))  # fmt: skip
    said = str(error.value)
    assert 5 == len(error.value.problems)
    assert "10 per cent is 0.10" in said
    assert "tic, noise, echo" in said
    assert "read speech holds no long pauses" in said


def test_an_unknown_provider_is_refused():
    """With the known ones."""
    with pytest.raises(SettingsError, match="openai, xai"):
        tune(LADDER, "aol")


# ---- the result is data


def test_the_result_is_json_text_and_a_table():
    """NaN is null, every rate has its counts, and a person can read it."""
    tuned = tune([*LADDER, other("0990", "caller")], max_cutoffs_per_hold=0.1)
    said = json.loads(json.dumps(tuned.to_json(), allow_nan=False))
    per_hold = said["proposal"]["figures"]["ends"]["elicited"]["cutoffs"]["hold"]
    assert (1, 10, 10) == tuple(per_hold[k] for k in ("failures", "trials", "clusters"))
    assert (10, 10, "drawn") == tuple(said["rests_on"][k] for k in ("turns", "holds", "model"))
    assert {"caller": {"recordings": 1, "pauses": 0, "clusters": 1, "ms": 400}} == said["rests_on"]["others"]
    text = "\n".join(tuned.summary())
    for words in (
        "uncalibrated",
        "elicited speech: holds cut off",
        "not shown to meet the budget",
        "scores of drawn",
        "callers, unlabelled: 1 starts",
    ):
        assert words in text
    frame = tuned.pareto()
    for per in ("hold", "turn"):
        rows = frame[frame.per == per]
        assert {(10, 10, tuned.rests_on.basis)} == set(zip(rows.n, rows.clusters, rows.basis, strict=True))
        assert rows["share cut off"].is_monotonic_increasing
        assert rows.endpoint_mean_ms.is_monotonic_decreasing


def test_a_sweep_can_be_used_again():
    """For another provider, or under a slider."""
    tried = sweep(LADDER)
    assert tune(LADDER, max_cutoffs_per_hold=0.1) == tune(tried, max_cutoffs_per_hold=0.1)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from("6789")), min_size=1, max_size=6),
    st.sampled_from(["hold", "turn"]),
    st.floats(0, 1),
)
def test_the_fastest_is_found_by_looking_at_every_setting(drawn, per, budget):
    """The vectorised search equals a plain loop over counts."""
    rows = [paused(n, clip=str(i), level=level) for i, (n, level) in enumerate(drawn)]
    tuned = tune(rows)
    tried, thresholds = tuned.evidence.sweep, tuned.evidence.no_deafer_than(0.5)

    def at(t, d):
        c = tried.at(t, d)
        share = {"hold": c.cut_holds / c.holds, "turn": c.cut_turns / c.turns}[per]
        return share, sum(c.endpoint_delays) / len(c.endpoint_delays) if c.endpoint_delays else math.inf

    costs = [at(t, d) for t in thresholds for d in tried.silences]
    able = [delay for share, delay in costs if share <= budget and math.isfinite(delay)]
    found = tuned.evidence.fastest({per: budget}, thresholds, 0.5, [["elicited"]])
    assert bool(able) == (found is not None)
    if found is not None:
        share, delay = at(found.threshold, found.silence_duration_ms)
        assert share <= budget
        assert min(able) == delay


def test_what_the_sessions_say_was_in_force_is_compared_with() -> None:
    """Not the documented defaults, where every session of the provider says the same."""
    import bargein as bi

    folder = Path(__file__).parents[2] / "data" / "sessions"
    assert "server_vad 0.5/300/200" == bi.tune(folder / "openai-08-pause-cut-off").in_force.label.partition(",")[0]
    assert "server_vad 0.5/300/500" == bi.tune(folder).in_force.label, "they differ: the documented defaults"


def test_the_answer_comes_first_and_is_short():
    """A dozen rows at the most: what, value, why; the page folds the rest, and the command line has --all."""
    joint = bi.tune(gates=["hold-500"])
    rows = joint.brief()
    assert 0 < len(rows) <= 12
    assert all(["what", "value", "why"] == [*row] for row in rows)
    starts = {row["what"] for row in rows if str(row["what"]).startswith("starts on")}
    assert {"starts on tic", "starts on noise", "starts on echo"} == starts
    page = joint._repr_html_()
    assert page.index("starts on tic") < page.index("<details>") < page.index("rests on 27 turns")


def test_the_advice_suits_a_notebook_and_the_command_line():
    """Both names of the budget stand there."""
    because = tune([turn("0099900999000000", "..ttthhttt......")]).refusal.instead
    assert "max_cutoffs_per_hold=0.10" in because
    assert "--max-cutoffs-per-hold 0.10" in because
