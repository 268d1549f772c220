"""The map of what can be known: every standing worked out by hand, on recordings that lack one thing at a time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import bargein as bi
from bargein.settings import ServerVad
from bargein.tuning import tune
from bargein.tuning.answerable import answerable, longest_holds
from bargein.tuning.reports import Heard
from bargein.vad.tables import load_scores
from drawn_scores import other, turn

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
IN_FORCE = ServerVad(0.5, 300, 500)
ENOUGH = Heard(groups=3, onsets=30, thresholds=(0.3, 0.5, 0.7), paddings=(100, 300), silences=(200, 500))


def turns(n: int, hold: str = "hhhhhh", style: str = "elicited"):
    """So many speakers with one turn each, and one hold in it: 600 ms unless drawn otherwise."""
    scored = "00999" + "0" * len(hold) + "9990"
    return [turn(scored, f"..ttt{hold}ttt.", clip=f"{style}{i}", cluster=f"{style}{i}", style=style) for i in range(n)]


def others(*left_out: str):
    """Ten coughs, ten backchannels, a minute of noise and one of echo; less some of them."""
    short = [other("0550", kind, clip=f"{kind}{i}") for kind in ("tic", "backchannel") for i in range(10)]
    long = [other("0" * 600, kind, clip=kind) for kind in ("noise", "echo")]
    return [r for r in (*short, *long) if r.kind not in left_out]


def known(rows=None, heard=ENOUGH, **asked):
    """The map of them; all there is to know unless told otherwise: 14 speakers show 20 %."""
    rows = [*turns(14), *others()] if rows is None else rows
    return answerable("OpenAI Realtime", rows, heard, IN_FORCE, 0.2, **asked)


@pytest.mark.parametrize(
    ("standing", "threshold", "silence"),
    [
        ("answered", 0.5, 500),
        ("answered", 0.3, 200),  # the edges are on record
        ("answered", 0.7, 500),
        ("answered", 0.41, 333),  # between recorded settings, and no setting of the sweep
        ("bounded", 0.29, 300),  # extrapolated: under the lowest threshold on record
        ("bounded", 0.71, 300),
        ("bounded", 0.5, 199),  # under the shortest end silence on record
        ("bounded", 0.5, 600),  # no longer than the longest hold, and beyond the longest end silence on record
        ("not answerable", 0.5, 601),
        ("not answerable", 0.9, 3_000),
    ],
)
def test_where_everything_is_on_record_the_settings_on_record_are_answered(standing, threshold, silence):
    """Beyond them the stand-in's error is extrapolated; beyond the longest hold there is nothing to be cut off."""
    cell = known().at(threshold, silence)
    assert standing == cell.standing
    assert bool(cell.limits) == (standing != "answered")


def test_settings_are_counted_as_by_hand():
    """19 thresholds, 95 end silences of 32 ms: 9 by 9 on record (224..480 ms), 76 columns over 600 ms."""
    assert {"answered": 9 * 9, "bounded": 19 * 19 - 9 * 9, "not answerable": 19 * 76} == known().counts
    assert "of 1805 settings 81 are answered, 280 bounded and 1444 not answerable" == known().text


@pytest.mark.parametrize("kind", ["backchannel", "tic", "noise", "echo"])
def test_a_kind_that_is_missing_is_known_to_one_side(kind):
    """Who starts a high threshold starts a lower one, too: more often below, bounded above."""
    found = known([*turns(14), *others(kind)])
    cells = [found.at(t, 300) for t in (0.4, 0.5, 0.6)]
    assert ["not answerable", "answered", "bounded"] == [cell.standing for cell in cells]
    assert f"false starts on {kind} (0 of " in cells[0].text
    assert "more under 0.5, nobody knows how many" in cells[0].text
    assert "at most as many over 0.5 as now" in cells[2].text


def test_speech_that_is_missing_is_known_to_the_other_side():
    """A lower threshold never misses more; ten holds of nine turns are enough for cut-offs."""
    few = [replace(r, holds=(*r.holds, r.holds[0])) for r in turns(9)]
    cells = [answerable("x", [*few, *others()], ENOUGH, IN_FORCE, 0.5).at(t, 300) for t in (0.4, 0.5, 0.6)]
    assert ["bounded", "answered", "not answerable"] == [cell.standing for cell in cells]
    assert "9 of 10 turns and words: more over 0.5, nobody knows how many" in cells[2].text
    assert "at most as many under 0.5 as now" in cells[0].text


def test_a_figure_of_cut_offs_needs_no_coughs():
    """What is asked of a setting decides what it lacks."""
    found = known([*turns(14), *others("tic")])
    assert ["not answerable", "answered"] == [found.at(0.4, 300, about).standing for about in (["starts"], ["ends"])]


@pytest.mark.parametrize(
    ("standing", "said", "speakers"),
    [
        ("not answerable", "9 turns with 9 holds of 9 speakers; 10 turns or holds", 9),
        ("bounded", "13 turns with 13 holds of 13 speakers; it takes 14", 13),
        ("answered", "answered", 14),
    ],
)
def test_callers_carry_cut_offs(standing, said, speakers):
    """Ten turns are counted, fourteen speakers show 20 %."""
    words = [replace(t, kind="word") for t in turns(10)]  # no pauses of theirs count
    cell = known([*turns(speakers), *words, *others()]).at(0.5, 300)
    assert standing == cell.standing
    assert said in cell.text


def test_one_caller_with_many_turns_is_one_caller():
    """Clusters carry, not events."""
    one = [replace(t, cluster="anna") for t in turns(40)]
    assert "of 1 speaker" in known([*one, *others()]).at(0.5, 300).text


def test_each_speech_style_reaches_as_far_as_its_longest_hold():
    """Between the longest of one and of the other only one of them speaks; read speech reaches nowhere."""
    rows = [*turns(14), *turns(14, "hhh", "spontaneous"), *turns(1, "h" * 20, "read"), *others()]
    assert {"elicited": 600, "spontaneous": 300} == longest_holds(rows)
    cells = [known(rows).at(0.5, ms) for ms in (300, 400, 601)]
    assert ["answered", "bounded", "not answerable"] == [cell.standing for cell in cells]
    assert "longer than any hold of spontaneous speech, 300 ms" in cells[1].text


def test_pauses_of_unlabelled_callers_carry_nothing():
    """Whether their turns went on is not known, however long they are."""
    caller = replace(other("9" + "0" * 19 + "9", "caller"), pauses=turns(1, "h" * 19)[0].holds)
    assert known([*turns(14), *others()]).counts == known([*turns(14), *others(), caller]).counts


@pytest.mark.parametrize(
    ("thresholds", "answered"),
    [((0.5,), {0.5}), ((0.3, 0.7), {0.3, 0.7}), ((0.3, 0.5, 0.7), {0.3, 0.35, 0.5, 0.65, 0.7})],
)
def test_a_map_of_thresholds_needs_three_on_record(thresholds, answered):
    """Under three only those themselves are known."""
    found = known(heard=ENOUGH._replace(thresholds=thresholds))
    tried = (0.1, 0.3, 0.35, 0.5, 0.65, 0.7, 0.9)
    assert answered == {t for t in tried if found.at(t, 300).standing == "answered"}
    assert "extrapolated" in found.at(0.9, 300).text


def test_under_three_groups_no_setting_is_answered():
    """Their error is not estimable; without any report nothing else is said of reports."""
    found = known(heard=ENOUGH._replace(groups=2))
    assert 0 == found.counts["answered"]
    assert "2 of 3 groups of OpenAI Realtime's reports" in found.at(0.5, 300).text
    assert "0 of 3 groups" in known(heard=Heard()).at(0.9, 40).text
    assert "on record" not in known(heard=Heard()).at(0.9, 40).text


def test_a_detector_without_a_model_answers_nothing():
    """Whatever is on record; the reason comes first."""
    found = known(no_model="no model of what starts it", accepted=(0.1, 0.9))
    assert {"answered": 0, "bounded": 0, "not answerable": 17 * 95} == found.counts
    assert found.at(0.5, 300).text.startswith("not answerable: no model of what starts it")


def test_nothing_at_hand_answers_nothing():
    """No recordings is an answer, too."""
    assert 1805 == known([], Heard()).counts["not answerable"]


def test_the_embedded_recordings_carry_120_settings_to_one_side():
    """End silences up to the longest hold, 360 ms, at 0.5 and above: 10 thresholds by 12 frames; of Grok none."""
    openai, grok = (bi.plan(provider=name).answerable for name in ("openai", "xai"))
    assert {"answered": 0, "bounded": 10 * 12, "not answerable": 19 * 95 - 120} == openai.counts
    assert 0 == grok.counts["answered"] + grok.counts["bounded"]
    assert "backchannel (0 of 10 recordings)" in openai.at(0.4, 300).text


def test_modelled_sessions_carry_nothing():
    """And programs read what people do."""
    shown = json.loads(json.dumps(bi.plan(SESSIONS).to_json()))["answerable"]
    assert 0 == shown["settings"]["answered"] + shown["settings"]["bounded"]
    assert {"about", "standing", "because", "threshold", "silence_duration_ms"} == {*shown["limits"][0]}


@pytest.mark.parametrize("budget", [0.0, 0.05, 0.1, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("per", ["hold", "turn"])
def test_no_end_silence_is_proposed_beyond_the_longest_hold(per, budget):
    """One hop behind the last pause nothing is cut off any more, and every further hop is only delay."""
    tables = load_scores()
    proposal = tune(tables, "openai", **{f"max_cutoffs_per_{per}": budget}).proposal
    chosen = proposal.settings.silence_duration_ms
    origin = {c.knob: c.origin for c in proposal.choices}["silence_duration_ms"]
    assert origin != "tuned" or chosen <= max(longest_holds(tables).values())
