"""Drawn pictures: nothing overlaps, nothing is cut off, nothing is left open."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from itertools import combinations

import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

import bargein as bi
from bargein import plot
from bargein.corpus import Case, run_policies
from bargein.plot.backlog import backlog_chart
from bargein.plot.contact import contact_sheet
from bargein.plot.known import known_chart
from bargein.plot.mel import spectrogram_picture
from bargein.plot.policies import policies_picture
from bargein.plot.session import timeline_picture
from bargein.replay import replay


@pytest.fixture(scope="module")
def pictures(barge_in, scores):
    """One of each kind that has lanes."""
    outcome = replay(barge_in, "stop-only")
    return {
        "timeline": timeline_picture(outcome, scores=scores),
        "zoomed": timeline_picture(outcome, scores=scores, window=plot.around(barge_in)),
        "as recorded": timeline_picture(barge_in, scores=False),
        "policies": policies_picture(run_policies(Case(barge_in))),
        "spectrogram": spectrogram_picture(outcome, window=plot.around(barge_in)),
        "sheet": contact_sheet([Case(barge_in)] * 4),
        "heard": backlog_chart(outcome),
        "answerable": known_chart(bi.plan()),
    }


@pytest.fixture
def no_open_figures():
    """A test that leaves a figure open fails."""
    before = set(pyplot.get_fignums())
    yield
    assert before == set(pyplot.get_fignums())


def shrunk(box):
    """A box without its outermost pixels: text boxes are a little larger than their letters."""
    return Bbox.from_extents(box.x0 + 1, box.y0 + 1, box.x1 - 1, box.y1 - 1)


@pytest.mark.parametrize("width", [9.0, 6.5, 3.5], ids=["page", "text", "column"])
@pytest.mark.parametrize(
    "name", ["timeline", "zoomed", "as recorded", "policies", "spectrogram", "sheet", "heard", "answerable"]
)
def test_texts_neither_overlap_nor_leave_the_page(pictures, name, width):
    """At the width of a page, of a text and of a column of a paper."""
    figure = Figure(figsize=(width, 5.2), layout="constrained")
    ax = figure.subplots()
    plot.draw(pictures[name], ax)
    figure.draw_without_rendering()
    low, high = ax.get_xlim()
    ticks = [t for t in ax.get_xticklabels() if low <= t.get_position()[0] <= high]
    texts = [t for t in [*ax.texts, *ax.get_legend().get_texts(), ax._left_title, ax.xaxis.label, *ticks]
             if t.get_text().strip()]  # fmt: skip
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts]
    page = figure.bbox
    outside = [text for text, box in boxes if box.x0 < page.x0 - 1 or box.x1 > page.x1 + 1 or box.y0 < page.y0 - 1]
    assert [] == outside
    pairs = combinations(boxes, 2)
    met = [(a, b) for (a, one), (b, two) in pairs if shrunk(one).overlaps(shrunk(two))]
    assert [] == met


def test_seconds_on_the_axis(pictures, no_open_figures):
    """Time is milliseconds everywhere but here."""
    ax = Figure().subplots()
    plot.draw(pictures["zoomed"], ax)
    assert (1.0, 11.0) == ax.get_xlim()
    assert "session time (s)" == ax.get_xlabel()


def test_the_axes_given_are_the_axes_returned(barge_in, scores, no_open_figures):
    """So that a picture fits into a figure of one's own."""
    first, second = Figure(figsize=(9, 9)).subplots(2)
    assert first is plot.timeline(replay(barge_in, "keyed"), scores=scores, ax=first)
    assert second is plot.compare(barge_in, ["stop-only", "keyed"], ax=second)


def test_a_figure_of_its_own_is_saved_whole_and_closed(barge_in, scores, tmp_path, no_open_figures):
    """No half-written file, no figure left in memory."""
    file = plot.save(plot.timeline(barge_in, scores=scores), tmp_path / "figures" / "a.png")
    assert b"\x89PNG" == file.read_bytes()[:4]
    assert ["a.png"] == [p.name for p in file.parent.iterdir()]


def test_a_picture_has_the_width_that_was_asked_for(pictures):
    """Nine inches at 100 dots are 900 pixels."""
    data = plot.png(pictures["timeline"], width=9.0, dpi=100)
    assert 900 == struct.unpack(">I", data[16:20])[0]


def test_compare_takes_outcomes_too(barge_in):
    """Replays made with a link or a policy of one's own."""
    outcomes = [bi.replay(barge_in, "keyed", bi.Link(delay_ms=ms)) for ms in (0, 200)]
    ax = plot.compare(outcomes)
    said = [t.get_text() for t in ax.texts]
    assert "silent 0.32 s after the onset" in said
    assert "silent 0.52 s after the onset" in said
    pyplot.close(ax.figure)


@pytest.mark.parametrize("verb", plot.__all__)
def test_no_module_hides_a_verb(verb):
    """``bargein.plot.timeline`` is what draws, also after its helpers were imported."""
    assert callable(getattr(plot, verb))


def test_the_package_is_light_until_it_draws():
    """Importing it loads no matplotlib; gathering a picture does not either."""
    code = (
        "import json, sys; import bargein.plot, bargein.plot.session, bargein.plot.policies, bargein.plot.curves; "
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "bargein" in loaded
    assert "matplotlib" not in loaded
