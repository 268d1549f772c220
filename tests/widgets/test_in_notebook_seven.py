"""Every widget in Notebook 7, in a headless Chromium: it is drawn, keys reach it, the kernel answers, nothing is red.

What each widget does is tested in JupyterLab; here, that the other page people open a notebook with shows it as well.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

import bargein

ROOT = Path(__file__).parents[2]
CELLS = (
    "import bargein as bi\n"
    'session = bi.load("sessions/openai-18-stragglers-double")\n'
    'outcome = bi.replay(session, policy="stop-only")\n'
    "timeline = bi.widgets.Timeline(outcome, scores=False, findings=False)\n"
    "timeline",
    'compare = bi.widgets.Compare(session, ("stop-only", "keyed"))\ncompare',
    'tuner = bi.widgets.Tuner(session, provider="openai")\ntuner',
)
HERE = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
#: How many different colours a canvas shows: a blank one has one.
COLOURS = """c => { const d = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer);
  return new Set(d).size; }"""
#: A fresh installation says that it compiles.
ONCE = "bargein: compiling "
#: Of the settings of Notebook 7.6: said on a page without any widget, too.
ITS_OWN = "Cannot read properties of undefined (reading 'schema')"


@pytest.fixture(scope="module")
def seven(chromium, lab, tmp_path_factory):
    """A notebook of three widgets, all cells run: its page, and what went wrong on it."""
    pytest.importorskip("notebook", minversion="7", reason="this test needs Notebook 7: make test installs it, "
                        "or `pip install -c constraints.txt notebook`")  # fmt: skip
    root, home = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("home")
    (root / "sessions").symlink_to(ROOT / "data" / "sessions")
    lab.write_notebook(root / "widgets.ipynb", *CELLS)
    paths = os.pathsep.join([str(Path(bargein.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    env = {"BARGEIN_DATA": str(ROOT / "data"), "BARGEIN_CACHE": str(home / "cache"), "PYTHONPATH": paths}
    errors, requests = [], []
    with lab.server(root, home, env, run="notebook") as address, lab.browser(chromium) as opened:
        page = lab.run_notebook(opened, address, "widgets.ipynb", errors=errors)
        page.on("request", lambda r: requests.append(r.url))
        yield SimpleNamespace(page=page, errors=errors, requests=requests)


def drawn(page, canvas):
    """Wait until a picture stands there."""
    canvas.scroll_into_view_if_needed()
    page.wait_for_function(f"c => ({COLOURS})(c) > 5", arg=canvas.element_handle())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "place"), [("timeline", 0), ("compare", 1)])
def test_a_key_moves_the_playhead(seven, lab, name, place):
    """To the next cut, on the page and in Python."""
    page = seven.page
    widget = page.locator(".bargein-timeline").nth(place)
    canvas, where = widget.locator(".stage > canvas"), widget.locator(".where")
    drawn(page, canvas)
    before = where.inner_text()
    canvas.focus()
    page.keyboard.press("n")
    widget.locator(".shown", has_text="cut").wait_for()
    assert before != where.inner_text()
    playhead = int(lab.python(page, f"{name}.playhead"))
    minutes, seconds = where.inner_text().split(":")
    assert playhead == round(60_000 * int(minutes) + 1_000 * float(seconds)) > 0


@pytest.mark.slow
def test_a_slider_moves_the_numbers(seven, lab):
    """Picture and curves are there; a key on a slider, and the table says what Python counted."""
    page = seven.page
    tuner = page.locator(".bargein-tuner")
    for canvas in tuner.locator(".stage > canvas").all():
        drawn(page, canvas)
    assert 0 < tuner.locator(".charts svg path, .charts svg polyline").count()
    lab.answered(page, "0.5/300/500")
    delay = tuner.locator(".scroll tbody tr", has_text="endpoint delay").locator("td.here")
    before = delay.inner_text()
    lab.press(page, "silence_duration_ms", "PageDown")
    lab.answered(page, "0.5/300/192")
    assert before != delay.inner_text()
    assert "192" == lab.python(page, "tuner.silence_duration_ms")


@pytest.mark.slow
def test_nothing_went_wrong_meanwhile(seven):
    """No error on the page, in a cell or in the console; nothing is asked of a network."""
    kinds = "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']"
    said = seven.page.locator(kinds).all_inner_texts()
    assert [] == [text for text in said if not text.startswith(ONCE)]
    assert [] == [said for said in seven.errors if said != ITS_OWN]
    assert [] == [url for url in seven.requests if not url.startswith(HERE)]
