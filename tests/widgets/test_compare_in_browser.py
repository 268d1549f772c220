"""Policies side by side as a person meets them: JupyterLab in a headless Chromium, by keyboard and pointer."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

import bargein

ROOT = Path(__file__).parents[2]
EVIL = '<img src=x onerror="window.pwned=1">'
GUTTER, RIGHT = 132, 10
CELLS = (
    "import bargein as bi\n"
    'compare = bi.widgets.Compare(bi.load("session"), ("stop-only", "keyed"))\n'
    "asked = []\n"
    'heed = lambda _, m, __: asked.append((m["which"], m["start"])) if m["ask"] == "sound" else None\n'
    "compare.on_msg(heed)\n"
    "compare",
)
LATER = "() => +document.querySelector('.bargein-timeline .where').textContent.split(':')[1] > 1"
CHOSEN = "s => s.options[s.selectedIndex].textContent"
#: When, by the page's own clock, and what the playhead says, ms.
PLAYHEAD = """() => { const [m, s] = document.querySelector('.bargein-timeline .where').textContent.split(':');
  return [performance.now(), 60000 * m + 1000 * s]; }"""
#: How many different colours a stretch of the picture holds: a hatched ground has more than an even one.
COLOURS = """([x, y, w, h]) => { const c = document.querySelector('.bargein-timeline .stage > canvas');
  const d = c.getContext('2d').getImageData(x, y, w, h).data, found = new Set();
  for (let i = 0; i < d.length; i += 4) found.add(d.slice(i, i + 4).join());
  return found.size; }"""


@pytest.fixture
def project(tmp_path, lab):
    """A notebook and a session whose name and texts were written by somebody unfriendly."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "data" / "sessions" / "openai-18-stragglers-double", root / "session")
    info = json.loads((root / "session" / "session.json").read_text("utf-8"))
    (root / "session" / "session.json").write_text(json.dumps(info | {"id": f'"quoted" {EVIL}'}), encoding="utf-8")
    lab.write_notebook(root / "compare.ipynb", *CELLS)
    return root


@pytest.mark.slow
def test_policies_are_seen_and_heard_at_the_same_instant(chromium, lab, project, tmp_path):
    """A key switches which policy sounds while the playhead goes on; what nobody can know is hatched; no error."""
    home = tmp_path / "home"
    home.mkdir()
    errors, requests = [], []
    paths = os.pathsep.join([str(Path(bargein.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    env = {"BARGEIN_DATA": str(ROOT / "data"), "BARGEIN_CACHE": str(tmp_path / "cache"), "PYTHONPATH": paths}
    with lab.server(project, home, env) as address, lab.browser(chromium) as opened:
        page = lab.run_notebook(opened, address, "compare.ipynb", height=1_300, errors=errors)
        page.on("request", lambda r: requests.append(r.url))
        widget = page.locator(".bargein-timeline")
        widget.locator("table").wait_for()
        page.wait_for_selector(".bargein-timeline[data-sound]")
        canvas, shown = widget.locator(".stage > canvas"), widget.locator(".shown")
        canvas.scroll_into_view_if_needed()
        page.wait_for_timeout(600)
        box = canvas.bounding_box()
        length = json.loads((project / "session" / "session.json").read_text("utf-8"))["length_ms"]
        assert f'"quoted" {EVIL}' in widget.locator(".head strong").text_content()
        assert 0 == widget.locator("img").count()

        def x(t):
            return GUTTER + t / length * (box["width"] - GUTTER - RIGHT)

        # three lanes of heard sound below the user's; the stretch behind the censored answer is hatched on one of them
        row = {"stop-only": 27 + 55 + 5 + 62 + 5 + 79 + 5, "keyed": 27 + 55 + 5 + 62 + 5 + 2 * 79 + 5}
        stretch = [int(x(11_100)), int(x(11_560) - x(11_100))]
        hatched, plain = (page.evaluate(COLOURS, [stretch[0], row[name] + 2, stretch[1], 10]) for name in row)
        assert plain < 6 < hatched

        # it plays one lane, then at a key another, and the playhead goes on
        canvas.focus()
        assert 2 == len(widget.locator(".bar select").first.locator("option").all()) - 1
        page.keyboard.press(" ")
        page.wait_for_function(
            "() => +document.querySelector('.bargein-timeline .where').textContent.split(':')[1] > 1"
        )
        at, before = page.evaluate(PLAYHEAD)
        page.keyboard.press("3")
        last = before
        for _ in range(12):
            page.wait_for_timeout(100)
            now, playhead = page.evaluate(PLAYHEAD)
            assert last <= playhead
            assert abs((playhead - before) - (now - at)) < 250
            last = playhead
        page.keyboard.press(" ")
        assert "3 · keyed" == widget.locator(".bar select").first.evaluate(
            "s => s.options[s.selectedIndex].textContent"
        )
        asked = json.loads(lab.python(page, "__import__('json').dumps(asked)"))
        starts = {which: min(start for w, start in asked if w == which) for which in (1, 2)}
        assert 0 == starts[1]
        assert 0 <= starts[2] - before < 600
        assert "2" == lab.python(page, "compare.hearing")

        # after a button, too, keys are the picture's; in a field they are letters
        widget.get_by_role("button", name="Play").click()
        page.keyboard.press("1")
        page.wait_for_function(
            f"s => ({CHOSEN})(s) === '1 · as recorded'", arg=widget.locator(".bar select").first.element_handle()
        )
        widget.get_by_role("button", name="Pause").focus()
        page.keyboard.press("2")
        page.keyboard.press("Enter")
        assert "2 · stop-only" == widget.locator(".bar select").first.evaluate(CHOSEN)
        widget.get_by_role("button", name="Play").wait_for()
        widget.get_by_title("who makes the labels").click()
        page.keyboard.press("3")
        assert "2 · stop-only" == widget.locator(".bar select").first.evaluate(CHOSEN)
        assert "3" == widget.get_by_title("who makes the labels").input_value()
        assert "hear 1 as recorded, 2 stop-only, 3 keyed" in widget.locator(".help").text_content()

        # the legend shows what is drawn: labels' colours, and two grounds that differ
        legend = widget.locator(".legend")
        assert {"interruption", "turn"} <= set(legend.locator(".chips .chip").all_text_contents())
        looks = [
            legend.locator(f"[data-ground={kind}] canvas").evaluate("c => c.toDataURL()")
            for kind in ("unheard", "unknown")
        ]
        assert 2 == len(set(looks))
        canvas.click(position={"x": x(7_083), "y": row["stop-only"] + 7})
        shown.filter(has_text="0:07.083 · cut · stop-only").wait_for()

        # a table that does not fit says so until it has been scrolled, and buttons keep to one line
        more, wide = widget.locator(".more"), widget.locator(".wide")
        page.set_viewport_size({"width": 900, "height": 1_300})
        more.filter(has_text="scroll →").wait_for(state="visible")
        assert "goes-on" in wide.get_attribute("class")
        for name in ("Add label", "Save labels"):
            assert widget.get_by_role("button", name=name).bounding_box()["height"] < 30
        wide.evaluate("w => { w.scrollLeft = w.scrollWidth; }")
        more.wait_for(state="hidden")
        assert "goes-on" not in wide.get_attribute("class")
        page.set_viewport_size({"width": 1_900, "height": 1_300})
        page.wait_for_timeout(600)
        assert wide.evaluate("w => w.scrollWidth <= w.clientWidth")
        assert not more.is_visible()
        page.set_viewport_size({"width": 1_240, "height": 1_300})
        page.wait_for_timeout(600)
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()

        # by pointer: a lane's name is heard, a row's onset is gone to, what is hatched says why
        canvas.click(position={"x": 40, "y": row["stop-only"] + 30})
        assert "1" == lab.python(page, "compare.hearing")
        widget.get_by_role("button", name=re.compile("0:10.141")).click()
        page.wait_for_timeout(300)
        assert "10141" == lab.python(page, "compare.playhead")
        canvas.scroll_into_view_if_needed()
        canvas.click(position={"x": x(11_300), "y": row["stop-only"] + 8})
        shown.filter(has_text="the recorded provider stopped here").wait_for()
        assert "unknown stop-only" == lab.python(page, "compare.selected['what'], compare.selected['policy']")
        assert page.evaluate("window.pwned") is None
    assert [] == errors
    here = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
    assert [] == [url for url in requests if not url.startswith(here)]
