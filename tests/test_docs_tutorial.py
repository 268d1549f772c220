"""What the tutorial says somebody will see is what they see: its figures, its pictures, its files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bargein.corpus.labelled import truths
from bargein.session import load
from bargein.timeline import Span
from bargein.tuning.sliders import DOES, start
from bargein.tuning.trial import Scales
from bargein.vad.cache import scores_for
from bargein.vad.counting import cut_offs
from bargein.vad.rule import edges
from bargein.vad.sweep import sweep
from bargein.vad.tables import load_scores
from bargein.widgets import Tuner

ROOT = Path(__file__).parents[1]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
CALM = start("openai")._replace(threshold=0.7, silence_duration_ms=384)


@pytest.fixture(scope="module")
def figures():
    """At the setting that it ends with, and at the one it begins with."""
    scales = Scales(sweep(load_scores()))
    return scales.trial(CALM).figures, scales.trial(start("openai")).figures


def test_the_figures_are_those_of_the_settings(figures):
    """Coughs, words and turns, as the table shows them."""
    calm, begun = figures
    shares = [f"{100 * one.false_starts['tic'].estimate:.0f} %" for one in (calm, begun)]
    words, turns = calm.missed["word"], calm.whole.cutoffs["turn"]
    said = re.sub(r"\s+", " ", TUTORIAL)
    assert f"Coughs start it in {shares[0]} of recordings now, {shares[1]} before" in said
    assert (0, f"no word of {words.trials} is missed" in said) == (words.failures, True)
    assert f"{turns.failures} of {turns.trials} turns cut off, up to 95 %" in said
    assert "(1 cluster, up to 95 %)" in turns.text


@pytest.mark.parametrize(
    ("threshold", "silence", "cuts"), [(0.5, 500, 0), (0.5, 192, 1), (0.5, 352, 1), (0.5, 384, 0), (0.7, 384, 0)]
)
def test_the_orange_line_comes_and_goes_where_it_says(threshold, silence, cuts):
    """In the session it names, on the way it describes."""
    session = load(ROOT / "data" / "sessions" / "openai-09-pause-held")
    scores = scores_for(session.folder / session.info.tracks["user"].file)
    found = edges(scores, CALM._replace(threshold=threshold, silence_duration_ms=silence).rule)
    turns = [Span(b.onset_ms, b.offset_ms) for b in truths(session) if b.kind == "turn"]
    assert turns
    assert cuts == sum(len(cut_offs(turn, found)) for turn in turns)


def test_its_table_says_what_the_page_says_of_each_slider():
    """Word for word, under the name that the slider has on the page."""
    for name, says in DOES.items():
        shown = re.search(rf"\b{name}: \"([^\"]+)\"", Tuner._esm)[1]
        assert f"| `{shown}` | {says.removeprefix('further right, ')} |" in TUTORIAL


def test_its_pictures_are_there_and_small():
    """Each is shown, none weighs on a clone."""
    shown = re.findall(r"\]\((images/[^)]+)\)", TUTORIAL)
    assert 5 == len(shown)
    assert [] == [name for name in shown if (ROOT / "docs" / name).stat().st_size > 200_000]
