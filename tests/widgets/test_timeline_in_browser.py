"""The timeline as a person meets it: JupyterLab in a headless Chromium, by keyboard, wheel and pointer."""

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
#: Where the picture's lanes lie, as in page/picture.js: names at the left, findings below the events.
GUTTER, RIGHT, OTHERS_FROM_BELOW = 132, 10, 5 + 24 + 5 + 6
CELLS = (
    "import bargein as bi\n"
    'outcome = bi.replay(bi.load("session"), policy="stop-only")\n'
    "timeline = bi.widgets.Timeline(outcome)\n"
    "timeline",
)
STATE = 'timeline.view, timeline.playhead, (timeline.selected or {}).get("what"), len(timeline.labels)'


@pytest.fixture
def project(tmp_path, lab):
    """A notebook and a session whose name, log and texts were written by somebody unfriendly."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "data" / "sessions" / "openai-22-no-interrupt-repeated", root / "session")
    info = json.loads((root / "session" / "session.json").read_text("utf-8"))
    (root / "session" / "session.json").write_text(json.dumps(info | {"id": f'"quoted" {EVIL}'}), encoding="utf-8")
    log = root / "session" / "events.jsonl"
    item = "conversation.item.input_audio_transcription.completed"
    spoken = {"t": 9_000, "dir": "s2c", "conn": "other", "ev": {"type": item, "item_id": "u", "transcript": EVIL}}
    huge = {"t": 9_000, "dir": "s2c", "conn": "other", "ev": {"type": EVIL, "text": "x" * 1_000_000}}
    log.write_text("".join(json.dumps(line) + "\n" for line in (spoken, huge)) + log.read_text("utf-8"), "utf-8")
    lab.write_notebook(root / "look.ipynb", *CELLS)
    return root


def state(lab, page):
    """What Python has: the view, the playhead, what is selected, how many labels there are."""
    found = re.fullmatch(r"\[(\d+), (\d+)\] (\d+) (\w+) (\d+)", lab.python(page, STATE))
    start, end, playhead, what, labels = found.groups()
    return int(start), int(end), int(playhead), what, int(labels)


@pytest.mark.slow
def test_a_session_is_looked_at_heard_and_labelled(chromium, lab, project, tmp_path):
    """Zoom by key and wheel, hover, select, play, add a label, save it, find it on disk; nothing is executed."""
    home = tmp_path / "home"
    home.mkdir()
    errors, requests = [], []
    paths = os.pathsep.join([str(Path(bargein.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    env = {"BARGEIN_DATA": str(ROOT / "data"), "BARGEIN_CACHE": str(tmp_path / "cache"), "PYTHONPATH": paths}
    with lab.server(project, home, env) as address, lab.browser(chromium) as opened:
        page = lab.run_notebook(opened, address, "look.ipynb", height=1_300, errors=errors)
        page.on("request", lambda r: requests.append(r.url))
        widget = page.locator(".bargein-timeline")
        page.wait_for_selector(".bargein-timeline[data-findings][data-scores]")
        canvas, shown = widget.locator(".stage > canvas"), widget.locator(".shown")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()

        def x(t, start=0, end=24_500):
            return box["x"] + GUTTER + (t - start) / (end - start) * (box["width"] - GUTTER - RIGHT)

        # text from data stays text: the name, an event's type, a payload of a megabyte
        assert f'"quoted" {EVIL}' in widget.locator(".head strong").text_content()
        page.mouse.move(x(9_000), box["y"] + box["height"] - OTHERS_FROM_BELOW)
        tip = widget.locator(".tip")
        tip.wait_for()
        assert EVIL.replace('"', '\\"') in tip.text_content() or EVIL in tip.text_content()
        assert len(tip.text_content()) < 2_000
        assert 0 == widget.locator("img").count()

        # the keyboard zooms, pans and steps, and the notebook keeps its cell
        canvas.focus()
        for key in ("+", "+", "ArrowRight", "ArrowLeft"):
            page.keyboard.press(key)
        page.keyboard.press("n")
        shown.filter(has_text="heard of that afterwards: 4930 ms").wait_for()
        page.wait_for_timeout(400)
        start, end, playhead, what, labels = state(lab, page)
        assert 11_000 < end - start < 13_000
        assert (7_493, "cut") == (playhead, what)

        # the wheel zooms about the pointer once the picture has the focus
        canvas.click(position={"x": box["width"] / 2, "y": 150})
        page.mouse.wheel(0, -300)
        page.wait_for_timeout(500)
        again = state(lab, page)
        assert again[1] - again[0] < 0.7 * (end - start)

        # it plays, and stops where it is
        canvas.focus()
        page.keyboard.press(" ")
        page.wait_for_function(
            "t => +document.querySelector('.bargein-timeline .where').textContent.split(':')[1] > t",
            arg=again[2] / 1_000 + 0.5,
        )
        page.keyboard.press(" ")

        # a label by keyboard, one by pointer, one taken back; then saved
        page.keyboard.press("a")
        shown.filter(has_text="interruption").wait_for()
        page.keyboard.press("k")
        shown.filter(has_text="backchannel").wait_for()
        page.keyboard.press("Delete")
        shown.wait_for(state="hidden")
        page.wait_for_timeout(500)
        assert "" == widget.locator(".says").text_content()
        widget.get_by_role("button", name="Remove").click()
        widget.locator(".says", has_text="nothing to remove: no label is selected").wait_for()
        widget.get_by_role("button", name="Save labels").click()
        widget.locator(".says", has_text="nothing to save: no label is drafted").wait_for()
        assert "interruption" in widget.locator(".legend .chips").text_content()
        page.keyboard.press("0")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()  # the cells that were added have moved it
        page.mouse.move(x(17_000), box["y"] + 35)
        page.mouse.down()
        page.mouse.move(x(17_500), box["y"] + 35)
        page.mouse.move(x(18_000), box["y"] + 35)
        page.mouse.up()
        shown.filter(has_text="backchannel").wait_for()  # the kind chosen last
        widget.get_by_title("who makes the labels").fill("anna")
        widget.get_by_role("button", name="Save labels").click()
        widget.locator(".says", has_text="1 labels added to labels.jsonl by anna").wait_for()
        assert labels + 1 == state(lab, page)[-1]
        assert page.evaluate("window.pwned") is None
    (added,) = [
        line
        for line in map(json.loads, (project / "session" / "labels.jsonl").read_text("utf-8").splitlines())
        if line["annotator"] == "anna"
    ]
    assert ("backchannel", "human") == (added["kind"], added["basis"])
    assert abs(added["onset_ms"] - 17_000) < 60
    assert abs(added["offset_ms"] - 18_000) < 60
    assert added["made"]
    assert [] == errors
    here = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
    assert [] == [url for url in requests if not url.startswith(here)]
