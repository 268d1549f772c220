"""The tuner without a browser: controls are moved as a person would, pictures and numbers must follow."""

from __future__ import annotations

import json

import pytest

from bargein.providers import PROVIDERS
from bargein.settings import from_wire
from bargein.vad.sweep import sweep
from bargein.vad.tables import load_scores
from bargein.widgets import Tuner, numbers


@pytest.fixture(scope="module")
def tried():
    """A sweep over some of the tables, made once."""
    return sweep(load_scores(groups=["user-utterances", "coughs", "short-words", "phone-agent-callers"]))


@pytest.fixture
def tuner(tried, tmp_path):
    """A tuner that shows the clips of the tables."""
    return Tuner(tables=tried, export_to=tmp_path / "configs")


def test_sliders_start_at_the_documented_defaults(tuner):
    """500 ms act as 512: the detector counts frames of 32 ms, and so does the slider."""
    assert "server_vad 0.5/300/512" == tuner.settings.label
    assert 32 == tuner.silence.step
    assert "default 500" in tuner.silence.tooltip


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_gives_ranges_defaults_and_sources(tuner, name):
    """What a slider reaches, the provider accepts; where it comes from stands in the tooltip."""
    tuner.provider.value = name
    chosen = PROVIDERS[name]
    for knob in chosen.knobs[:3]:
        slider = tuner._sliders[knob.name]
        assert knob.source in slider.tooltip
        for end in (slider.min, slider.max):
            assert knob.problem(int(end) if knob.unit else end, "slider") is None
    assert [] == chosen.problems(tuner.settings)


@pytest.mark.parametrize(
    ("control", "value", "moves_numbers"), [("threshold", 0.8, True), ("silence", 64, True), ("prefix", 0, True)]
)
def test_moving_a_slider_moves_picture_and_numbers(tuner, control, value, moves_numbers):
    """All three sliders do something that can be seen."""
    picture, figures = tuner.picture.value, tuner.numbers.value
    assert b"\x89PNG" == picture[:4]
    getattr(tuner, control).value = value
    assert tuner.picture.value != picture
    assert moves_numbers == (tuner.numbers.value != figures)


def test_the_numbers_are_those_of_the_sweep(tuner):
    """Nothing is counted here that is not counted there."""
    tuner.silence.value = 96
    expected = tuner.tuned.evidence.figures(0.5, 96)
    cutoffs = expected.ends["elicited"].cutoffs
    assert cutoffs["hold"].text in tuner.numbers.value
    found = numbers.lines(tuner.tuned, expected, 300)
    assert [cutoffs["hold"].text, cutoffs["turn"].text] == [line.here for line in found[:2]]


def test_every_figure_says_what_it_rests_on(tuner):
    """Events, clusters and basis; speech styles and kinds of speech apart, callers' pauses as no truth."""
    found = {line.name: line for line in numbers.lines(tuner.tuned, tuner.figures, 300)}
    basis = "labels: acoustic, by a documented energy rule"
    assert ("6 holds", 1, basis) == rests(found["holds cut off, elicited speech"])
    assert ("40 recordings", 40) == rests(found["false starts: coughs and tics"])[:2]
    pauses = found["callers' pauses that outlast it; whether their turns went on is not labelled"]
    assert ("12 of 41", "41 pauses", 10) == (pauses.here, pauses.n, pauses.clusters)
    assert {"clipped onset, p95: turns", "clipped onset, p95: words"} <= set(found)
    assert all(line.n and line.clusters and line.basis for line in found.values())
    for title in ("rests on", "clusters", "basis"):
        assert f">{title}</th>" in tuner.numbers.value


def rests(line):
    """What a figure rests on."""
    return line.n, line.clusters, line.basis


def test_figures_in_force_stand_beside(tuner):
    """A number alone says little."""
    found = {line.name: line for line in numbers.lines(tuner.tuned, tuner.figures, 0)}
    before = tuner.tuned.as_is.whole.cutoffs["hold"].text
    assert before == found["holds cut off, elicited speech"].in_force
    clipped = found["clipped onset, p95: turns"]
    assert clipped.here != clipped.in_force  # 300 ms of padding in force, none here


def test_another_clip_another_picture(tuner):
    """The numbers stay: they rest on all recordings."""
    picture, figures = tuner.picture.value, tuner.numbers.value
    tuner.shown.value = tuner.shown.options[3]
    assert tuner.picture.value != picture
    assert tuner.numbers.value == figures


def test_the_button_writes_what_the_sliders_say(tuner, tmp_path):
    """In the provider's own shape, with what it rests on beside it."""
    tuner.threshold.value, tuner.silence.value = 0.65, 640
    tuner.button.click()
    update = json.loads((tmp_path / "configs" / "openai.json").read_text())
    sent = from_wire(update["session"]["audio"]["input"]["turn_detection"])
    assert (0.65, 300, 640) == (sent.threshold, sent.prefix_padding_ms, sent.silence_duration_ms)
    beside = json.loads((tmp_path / "configs" / "openai.evidence.json").read_text())
    assert beside["status"].startswith("uncalibrated")
    assert "by hand" == beside["chosen"]
    assert "openai.json" in tuner.message.value


def test_grok_gets_candidates_to_try(tuner, tmp_path):
    """Its detector has no model, and the file says so."""
    tuner.provider.value = "xai"
    assert "candidate to try" in tuner.status.value
    tuner.button.click()
    assert 0.85 == json.loads((tmp_path / "configs" / "xai.json").read_text())["session"]["turn_detection"]["threshold"]
    beside = json.loads((tmp_path / "configs" / "xai.evidence.json").read_text())
    assert beside["status"].startswith("candidate to try")


def test_what_cannot_be_written_is_said(tuner, tmp_path):
    """A file in the way of a folder: no traceback in the middle of a notebook, no half-written file."""
    (tmp_path / "configs").write_text("in the way")
    tuner.button.click()
    assert "not written" in tuner.message.value
    assert ["configs"] == [p.name for p in tmp_path.iterdir()]


def test_a_moved_slider_takes_the_old_message_away(tuner):
    """What was written is no longer what is shown."""
    tuner.button.click()
    tuner.threshold.value = 0.7
    assert "" == tuner.message.value


def test_text_from_data_stays_text():
    """Nothing in a label or an error is taken for markup."""
    line = numbers.Line("<b>x</b>", "<script>", "&", "<n>", 1, "<basis>")
    assert "<script>" not in numbers.to_html((line,), "<i>", "")


def test_a_notebook_shows_the_controls(tuner):
    """And something readable where no widgets are shown."""
    bundle = tuner._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<Tuner openai: server_vad 0.5/300/512>" == repr(tuner)
