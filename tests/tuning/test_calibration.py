"""What reports decide and what they leave open: on drawn scores, and on real callers with a hidden detector."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.errors import NotAnswerable
from bargein.settings import ServerVad
from bargein.timeline import Span, Timeline
from bargein.tuning.calibration import PRIOR, Key, Recorded, Report, Surrogate, calibrate
from bargein.tuning.calibration.agreement import agreement, mutual
from bargein.tuning.calibration.bench import CAP_MS, Bench
from bargein.tuning.calibration.blind import ASKED, KEY, callers, recorded, reported
from bargein.tuning.calibration.evidence import grouped
from bargein.tuning.calibration.fit import AT_PRIOR, FITTED, LEAST_ONSETS, HeldOut
from bargein.tuning.calibration.fitting import fit
from bargein.tuning.calibration.identify import openai_six
from bargein.tuning.calibration.search import is_gain
from bargein.vad.rule import Rule, edges
from bargein.vad.scores import Scores
from bargein.vad.surrogate import DECIDED, LOW, ONSET, ONSET_LESS_PADDING, STOP_DATING
from hidden_vads import HIDDEN

#: Mostly the values at which something changes.
VALUES = st.lists(st.sampled_from([0.0, 0.1, 0.3, 0.35, 0.4, 0.5, 0.9]) | st.floats(0, 1), max_size=60)
USUAL = ServerVad(0.5, 300, 200)


def scores(values) -> Scores:
    """Frames of 32 ms."""
    values = np.asarray(values, np.float64)
    return Scores(values, 512, 16_000, len(values) * 512, "drawn")


def talk(seed: int, frames: int = 300) -> Scores:
    """Scores that rise and fall at random, seeded: made up, no speech."""
    chance = np.random.default_rng(seed)
    lengths = chance.integers(3, 30, 60)
    return scores([*[0.0] * 20, *np.repeat(chance.random(60), lengths)[: frames - 20]])


def row(
    sound: Scores, settings: ServerVad = USUAL, truth: Surrogate = PRIOR, name: str = "r", group: str = ""
) -> Recorded:
    """What a provider that is ``truth`` would have reported of a sound."""
    return Recorded(name, group or name, settings, sound, *reported(truth.claims(sound, settings), truth.delay_ms))


def rows(truth: Surrogate, groups: int = 4, settings=(USUAL,)) -> list[Recorded]:
    """Several made-up speakers under several settings."""
    return [row(talk(n), s, truth, f"r{n}") for n in range(groups) for s in settings]


def parameter(made, name: str):
    """One parameter of a fit."""
    return next(p for p in made.parameters if p.name == name)


# ---- the stand-in


@given(values=VALUES, enter=st.sampled_from([0.3, 0.5, 0.9]), silence=st.sampled_from([0, 64, 200]),
       least=st.sampled_from([0, 64]))  # fmt: skip
def test_without_arguments_it_is_the_rule(values, enter, silence, least):
    """Every claim and every decision equals that of the streaming detector."""
    settings = ServerVad(enter, 100, silence)
    found = edges(scores(values), replace(Rule.of(settings), min_speech_ms=least))
    starts, stops = Surrogate(min_speech_ms=least).claims(scores(values), settings)
    for kind, ours in (("start", starts), ("stop", stops)):
        assert [(e.claimed_ms, e.at_ms) for e in found if e.kind == kind] == list(
            zip(ours.claimed.tolist(), ours.known.tolist(), strict=True)
        )


@pytest.mark.parametrize(("name", "start"), [(ONSET_LESS_PADDING, 54), (ONSET, 64), (DECIDED, 96)])
def test_rules_of_dating_a_start(name, start):
    """Speech is entered in the frame from 64 to 96 ms; 10 ms of padding."""
    assert [start] == Surrogate(start_dating=name).claims(scores([0, 0, 0.9, 0.9]), ServerVad(0.5, 10, 64))[
        0
    ].claimed.tolist()


@pytest.mark.parametrize(("name", "stop"), list(zip(STOP_DATING, [128, 64, 124, 160], strict=True)))
def test_rules_of_dating_a_stop(name, stop):
    """First low frame at 64 ms; 60 ms of end silence are two frames, so the frame at 128 decides."""
    sound = scores([0, 0.9, 0, 0, 0, 0])
    assert [stop] == Surrogate(stop_dating=name).claims(sound, ServerVad(0.5, 0, 60))[1].claimed.tolist()


def test_a_threshold_map_bends_between_and_shifts_beyond():
    """Three recorded thresholds."""
    mapped = Surrogate(thresholds=((0.4, 0.5), (0.6, 0.6), (0.8, 0.9)))
    asked = (0.2, 0.4, 0.5, 0.6, 0.7, 0.95)
    assert [0.3, 0.5, 0.55, 0.6, 0.75, 1.0] == pytest.approx([mapped.enter(t) for t in asked])


# ---- matching and counting


TIMES = st.lists(st.integers(0, 2_000), max_size=12, unique=True).map(sorted)


@given(reports=TIMES, claims=TIMES, window=st.integers(0, 600))
def test_a_match_is_one_to_one_and_nearest(reports, claims, window):
    """No claim is used twice; no unmatched claim lies nearer to a matched report."""
    partner = mutual(reports, claims, window).tolist()
    used = [p for p in partner if p >= 0]
    assert len(used) == len(set(used))
    for report, place in zip(reports, partner, strict=True):
        if place >= 0:
            apart = abs(claims[place] - report)
            assert apart <= window
            assert apart == min(abs(c - report) for c in claims)


def test_reports_of_another_situation_are_neither_missed_nor_extra():
    """The agent speaks from 0 to 2.5 s: what is reported and claimed there belongs to another key."""
    sound = scores(np.tile(np.repeat([0.0, 0.9], [30, 30]), 4))
    whole = row(sound)
    there = Timeline([Span(0, 2_500)])
    half = replace(whole, starts=whole.starts[1:], elsewhere=there)
    assert (7, 0, 0) == _counts(whole)
    assert (5, 0, 0) == _counts(half), "the first start, unreported, is nobody's extra; its stop is not counted"
    assert (6, 0, 1) == _counts(replace(half, elsewhere=Timeline())), "without the other key it is one too many"


def _counts(one: Recorded) -> tuple[int, int, int]:
    found = agreement(PRIOR, [one])
    return found.matched, found.missed, found.extra


@pytest.mark.parametrize("truth", [PRIOR, Surrogate(onset_bias_ms=40, offset_bias_ms=-70)])
def test_the_loss_of_the_truth_is_nothing(truth):
    """With the biases that fit it; a report taken away costs as much as a claim too many."""
    bench = Bench(rows(truth, 3))
    losses = bench.losses(PRIOR, biased=True)
    assert [0.0] * 3 == losses.trained.tolist()
    assert (truth.onset_bias_ms, truth.offset_bias_ms) == losses.biases
    first = bench.recordings[0]
    poorer = Bench([replace(first, starts=first.starts[1:]), *bench.recordings[1:]])
    assert CAP_MS / (first.used_starts + first.used_stops - 1) == poorer.losses(PRIOR, biased=True).trained[0]


def test_a_gain_is_sure_or_none():
    """More than a millisecond, more than twice its standard error."""
    assert is_gain(np.array([5.0, 6.0, 7.0]))
    assert not is_gain(np.array([0.5, 0.6, 0.7]))
    assert not is_gain(np.array([50.0, 0.0, 0.0]))


# ---- what is evidence of what


def test_the_same_sound_is_one_group_however_often_it_was_sent():
    """Once, three times over, and scored from another coding: one voice."""
    chance = np.random.default_rng(1)
    once = talk(1, 120)
    again = scores(np.clip(np.tile(once.values, 2) + chance.normal(0, 0.002, 240), 0, 1))
    found = grouped([row(once, name="a"), row(again, name="b"), row(talk(2, 120), name="c")])
    assert ["a", "a", "c"] == [r.group for r in found]


def test_six_recorded_values_are_one_group_and_fix_nothing():
    """The prior gives all of them, and nothing is fitted: one voice estimates no error."""
    six = openai_six()
    made = fit(replace(KEY, model="gpt-realtime"), six)
    found = agreement(made.surrogate, six)
    assert (1, 1.0, 0.0, 0.0) == (made.groups, found.f1, found.onset_ms, found.offset_ms)
    assert made.surrogate == PRIOR
    assert {AT_PRIOR} == {p.status for p in made.parameters}
    assert "not estimable" in made.error_text(USUAL)
    assert "0.1..0.2" == parameter(made, "hysteresis").as_good


@pytest.mark.parametrize("groups", [1, 2])
def test_under_three_groups_nothing_is_fitted_and_no_error_is_stated(groups):
    """However plain the difference is."""
    made = fit(KEY, rows(Surrogate(onset_bias_ms=150), groups))
    assert made.surrogate == replace(PRIOR, delay_ms=0)
    assert ("not estimable", None) == made.standing(USUAL)
    assert "3 are needed" in parameter(made, "onset_bias_ms").why


def test_three_groups_fit_a_bias():
    """And the others stay at their prior."""
    made = fit(KEY, rows(Surrogate(onset_bias_ms=150, offset_bias_ms=-40), 3))
    assert (150, -40) == (made.surrogate.onset_bias_ms, made.surrogate.offset_bias_ms)
    assert FITTED == parameter(made, "onset_bias_ms").status
    assert 1.0 == made.held_out[0].f1


def test_a_threshold_map_needs_three_thresholds():
    """Two stay as set and say why; three are mapped."""
    truth = Surrogate(thresholds=((0.1, 0.3), (0.9, 0.97)))
    asked = [ServerVad(t, 300, 200) for t in (0.3, 0.5, 0.7)]
    two, three = (fit(KEY, rows(truth, 6, settings)) for settings in (asked[:2], asked))
    assert () == two.surrogate.thresholds
    assert "2 thresholds on record; a threshold map needs 3" == parameter(two, "thresholds").why
    mapped = dict(three.surrogate.thresholds)
    assert FITTED == parameter(three, "thresholds").status
    assert [truth.enter(t) for t in (0.3, 0.5, 0.7)] == pytest.approx([mapped[t] for t in (0.3, 0.5, 0.7)], abs=0.05)


def test_one_setting_does_not_tell_a_rule_of_dating_and_says_so():
    """Onset without padding, or with padding and a bias of as much: the same at one setting, told apart by two."""
    truth = Surrogate(start_dating=ONSET, stop_dating=LOW)
    one = fit(KEY, rows(truth, 4))
    assert (300, ONSET_LESS_PADDING) == (one.surrogate.onset_bias_ms, one.surrogate.start_dating), "a bias will do"
    for name, value in (("start_dating", ONSET), ("stop_dating", LOW)):
        assert AT_PRIOR == parameter(one, name).status
        assert value in parameter(one, name).as_good.split(", ")
    two = fit(KEY, rows(truth, 4, [USUAL, ServerVad(0.5, 100, 500)]))
    for name, value in (("start_dating", ONSET), ("stop_dating", LOW)):
        assert (value, FITTED, "") == (
            parameter(two, name).value, parameter(two, name).status, parameter(two, name).as_good
        )  # fmt: skip


def test_a_delay_is_of_arrivals_alone():
    """It moves no claim; without receive times it is not known."""
    made = fit(KEY, rows(Surrogate(delay_ms=180), 3))
    assert (180, 0) == (made.surrogate.delay_ms, made.surrogate.onset_bias_ms)
    untimed = [replace(r, starts=tuple(Report(x.claimed_ms) for x in r.starts),
                       stops=tuple(Report(x.claimed_ms) for x in r.stops)) for r in rows(PRIOR, 3)]  # fmt: skip
    assert AT_PRIOR == parameter(fit(KEY, untimed), "delay_ms").status


def test_what_is_said_of_a_setting_depends_on_where_it_lies():
    """At a recorded one, between them, outside of them."""
    made = fit(KEY, rows(PRIOR, 3, [USUAL, ServerVad(0.7, 300, 500)]))
    asked = {"at this setting": USUAL, "between recorded settings": ServerVad(0.6, 300, 300),
             "extrapolated": ServerVad(0.9, 300, 300)}  # fmt: skip
    assert list(asked) == [made.standing(s)[0] for s in asked.values()]
    assert all(kind in made.error_text(s) for kind, s in asked.items())
    assert "extrapolated" == made.standing(ServerVad(0.6, 300, 600))[0], "silence, too"


def test_groks_prior_is_dated_at_the_decision_and_speaking_it_has_candidates_until_twenty_onsets():
    """One prior a provider; a start is the position of the input when it was sent."""
    key = Key("xai", "grok", "server_vad", "not recorded", "audio/pcm 24000", "speaking")
    truth = Surrogate(start_dating=DECIDED, stop_dating=DECIDED)
    few = fit(key, rows(truth, 1))
    assert (DECIDED, DECIDED) == (few.surrogate.start_dating, few.surrogate.stop_dating)
    assert f"{few.onsets} of the {LEAST_ONSETS}" in few.candidates_only
    assert "" == fit(replace(key, agent="silent"), rows(truth, 1)).candidates_only
    many = fit(key, rows(truth, 6))
    assert many.onsets >= LEAST_ONSETS
    assert "" == many.candidates_only


def test_no_evidence_says_what_to_record():
    """An empty answer is none."""
    with pytest.raises(NotAnswerable, match="3 or more speakers"):
        calibrate({KEY: []})


def test_an_error_without_events_is_not_estimable():
    """Zero of zero is no score."""
    assert "not estimable" in HeldOut(None, 2, 2, 0, 0, 0, None, 0, None, 0).text
    assert not HeldOut(None, 5, 5, 0, 0, 0, None, 0, None, 0).estimable


def test_a_fit_does_not_see_what_it_is_judged_on():
    """The held-out error of a group comes from a stand-in fitted without it: one odd caller is an error there."""
    clips = callers()[:4]
    good = recorded(HIDDEN["prior"], clips[:3], [ASKED])
    odd = recorded(HIDDEN["biased"], clips[3:4], [ASKED])
    made = fit(KEY, [*good, *odd])
    assert made.held_out[0].missed >= len(odd[0].starts), "its starts are 120 ms off"
