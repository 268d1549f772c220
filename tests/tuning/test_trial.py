"""What stands under the sliders: ranges by target, exact figures of any setting, the worst recordings first."""

from __future__ import annotations

import numpy as np
import pytest

from bargein.errors import SettingsError
from bargein.providers.targets import TARGETS
from bargein.settings import Knob
from bargein.tuning.sliders import DOES, NAMES, setting, sliders, start
from bargein.tuning.trial import Scales
from bargein.tuning.worst import ALL, ENDS, worst_first
from bargein.vad.counting import count, followed_by_silence, pooled
from bargein.vad.rule import edges
from bargein.vad.sweep import sweep
from bargein.vad.tables import load_scores


@pytest.fixture(scope="module")
def scales():
    """Some of the tables."""
    return Scales(sweep(load_scores(groups=["user-utterances", "coughs", "phone-agent-callers"])))


@pytest.mark.parametrize("name", TARGETS)
def test_a_slider_never_leaves_what_its_target_accepts(name):
    """Both ends and the start; and what has no place there says why and where that comes from."""
    chosen = TARGETS[name]
    fields = {field.name: field for field in chosen.fields}
    for slider in sliders(name):
        assert slider.settable == (slider.name in fields and isinstance(fields[slider.name].setting, Knob))
        if not slider.settable:
            assert dict(chosen.lacks)[slider.name] in slider.about
            assert chosen.source in slider.about
            continue
        knob = fields[slider.name].setting
        assert knob.source in slider.about
        assert slider.about.startswith(DOES[slider.name])
        assert knob.high == slider.most
        ends = {slider.low, slider.high, slider.least, slider.most} | {slider.start}
        ends -= {None}
        assert [] == [v for v in ends if knob.problem(int(v) if knob.unit else v, "slider")]


def test_a_start_of_ours_is_not_called_documented():
    """XAI documents no end silence: 500 is ours, and the line under the slider says so; OpenAI documents its own."""
    said = {name: {s.name: s.about for s in sliders(name)} for name in ("xai", "openai")}
    assert "default not documented; starts at 500: ours, none documented" in said["xai"]["silence_duration_ms"]
    assert not [name for name, about in said["openai"].items() if "ours" in about]
    assert "ours" not in said["xai"]["threshold"]


@pytest.mark.parametrize("name", TARGETS)
def test_where_the_sliders_start_is_a_setting_of_the_target(name):
    """And a documented default is the start."""
    begun = start(name)
    assert begun == setting(name, begun._asdict())
    for field in TARGETS[name].fields:
        if field.name in NAMES and field.setting.default is not None:
            assert field.setting.default == getattr(begun, field.name)


def test_all_that_is_wrong_is_said_at_once():
    """What is out of range, what cannot be set there, what is no number."""
    values = start("openai")._asdict() | {"threshold": 50, "min_speech_ms": 64, "silence_duration_ms": "x"}
    with pytest.raises(SettingsError) as refused:
        setting("openai", values)
    said = str(refused.value)
    for word in ("threshold: 50 is outside", "min_speech_ms: 64 cannot be set", "'x' is not a number"):
        assert word in said


def test_exit_is_not_over_enter():
    """A detector that leaves above where it enters would never stay."""
    with pytest.raises(SettingsError, match="exit_threshold"):
        setting("livekit", start("livekit")._asdict() | {"threshold": 0.3, "exit_threshold": 0.4})


def test_a_trial_between_the_grid_is_counted_as_the_slow_definition_counts(scales):
    """Thresholds, exit and least speech that no grid holds."""
    tried = start("livekit")._replace(threshold=0.43, exit_threshold=0.21, silence_duration_ms=150, min_speech_ms=90)
    found = scales.trial(tried).figures
    turns = [r for r in scales.tried.recordings if r.kind == "turn"]
    slow = pooled(count(r, edges(followed_by_silence(r.scores, 4_000), tried.rule)) for r in turns)
    cutoffs = found.whole.cutoffs
    assert (slow.cut_holds, slow.holds) == (cutoffs["hold"].failures, cutoffs["hold"].trials)
    assert (slow.cut_turns, slow.missed_starts) == (cutoffs["turn"].failures, found.missed["turn"].failures)


def test_on_the_grid_a_trial_is_the_grid(scales):
    """The same figures as tuning shows."""
    trial = scales.trial(start("openai")._replace(silence_duration_ms=96))
    assert scales.tuned("openai").evidence.figures(0.5, 96) == trial.figures


@pytest.mark.parametrize("name", sorted(set(TARGETS) - {"openai", "xai"}))
def test_what_has_no_model_of_ours_says_by_what_it_was_weighed(scales, name):
    """Its own title, its own defaults in force, and whose detector decides."""
    tuned = scales.tuned(name)
    assert TARGETS[name].title == tuned.title
    assert TARGETS[name].detector in tuned.notes[0]


def test_the_worst_comes_first(scales):
    """By labels gone wrong; callers without labels come last."""
    quick = start("openai")._replace(silence_duration_ms=32)
    names = [r.clip for r in scales.tried.recordings]
    found = worst_first(scales.curve(quick.rule), 32, names)
    assert sorted(set(names)) == sorted(s.name for s in found)
    assert [s.failed for s in found] == sorted((s.failed for s in found), reverse=True)
    assert "no labels that a detector can be held to" == found[-1].text
    evidence = scales.trial(quick).figures
    of = {r.clip: r.kind for r in scales.tried.recordings}
    assert evidence.whole.cutoffs["turn"].failures == sum(dict(s.wrong)["cut off"] for s in found)
    assert evidence.false_starts["tic"].failures == sum(s.failed for s in found if of[s.name] == "tic")


def test_nothing_is_said_of_starts_where_they_have_no_model(scales):
    """Only turns that are cut off; a cough is no label then."""
    quick = start("openai")._replace(silence_duration_ms=32)
    names = [r.clip for r in scales.tried.recordings]
    both, ends = ({s.name: s for s in worst_first(scales.curve(quick.rule), 32, names, to)} for to in (ALL, ENDS))
    of = {r.clip: r.kind for r in scales.tried.recordings}
    assert {"turn"} == {of[name] for name, s in ends.items() if s.labels}
    assert all(("cut off",) == tuple(dict(s.wrong)) for s in ends.values())
    cut = {name: dict(s.wrong)["cut off"] for name, s in both.items() if of[name] == "turn"}
    assert 0 < sum(cut.values())
    assert cut == {name: dict(ends[name].wrong)["cut off"] for name in cut}


def test_clips_of_one_session_are_one_entry(scales):
    """Counts add up."""
    curve = scales.curve(start("openai").rule)
    (one,) = worst_first(curve, 96, ["all"] * len(curve.grid.recordings))
    apart = worst_first(curve, 96, [str(i) for i in range(len(curve.grid.recordings))])
    assert (sum(s.labels for s in apart), sum(s.failed for s in apart)) == (one.labels, one.failed)
    assert np.array_equal(np.sum([[n for _, n in s.wrong] for s in apart], axis=0), [n for _, n in one.wrong])
