"""Tuner and labeller as a person meets them: JupyterLab in a headless Chromium, moved by keyboard."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

import bargein
from bargein.tuning import verified

ROOT = Path(__file__).parents[2]
PATHS = os.pathsep.join([str(Path(bargein.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])


@pytest.fixture
def project(tmp_path):
    """A project with the notebooks, and a home for JupyterLab."""
    root, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    (root / "data").symlink_to(ROOT / "data")
    home.mkdir()
    return root, home


HERE = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")


@pytest.mark.slow
def test_sliders_move_the_numbers_and_the_button_exports(chromium, lab, project, tmp_path):
    """Run all cells, press keys on sliders, see the numbers change, keep, take back, export, read the file back."""
    root, home = project
    requests, errors = [], []
    env = {"BARGEIN_DATA": str(ROOT / "data"), "PYTHONPATH": PATHS}
    with lab.server(root, home, env) as address, lab.browser(chromium) as opened:
        page = lab.run_notebook(opened, address, "notebooks/04_which_setting.ipynb", errors=errors)
        page.on("request", lambda r: requests.append(r.url))
        tuner = page.locator(".bargein-tuner")
        tuner.scroll_into_view_if_needed()
        lab.answered(page, "0.5/300/500")
        delay = tuner.locator(".scroll tbody tr", has_text="endpoint delay").locator("td.here")
        before = delay.inner_text()
        decided = int(tuner.get_attribute("data-decided"))
        lab.press(page, "threshold", "ArrowRight", 20)
        lab.press(page, "silence_duration_ms", "ArrowLeft")
        lab.answered(page, "0.7/300/480")
        assert before != delay.inner_text()
        assert decided < int(tuner.get_attribute("data-decided"))

        assert "0.55" == tuner.locator('.row[data-name="exit_threshold"] input[type="number"]').input_value()

        # beside the sliders on one screen: the figures that matter, the table's own
        few = tuner.locator("table.few tr", has_text="endpoint delay")
        assert delay.inner_text() == few.locator("td.here").inner_text()
        bottom = few.bounding_box()["y"] - tuner.locator(".sliders").bounding_box()["y"]
        assert bottom < 400

        # every step of 32 ms is a pixel of its own, and the handle stays where it is, whatever is said
        place = tuner.locator('.row[data-name="silence_duration_ms"] input[type="range"]').bounding_box()
        assert place["width"] >= 180
        assert (place["width"] - 16) / (3_000 / 32) > 1

        # typed: the provider's whole range, or a word why not
        typed = tuner.locator('.row[data-name="silence_duration_ms"] input[type="number"]')
        typed.fill("-5")
        typed.press("Enter")
        tuner.locator(".says", has_text="-5 cannot be set, whole, 0 or more").wait_for()
        assert "480" == typed.input_value()
        typed.fill("9999")
        typed.press("Enter")
        lab.answered(page, "0.7/300/9999")
        assert "3000" == tuner.locator('.row[data-name="silence_duration_ms"] input[type="range"]').input_value()
        assert place == tuner.locator('.row[data-name="silence_duration_ms"] input[type="range"]').bounding_box()
        assert "" == tuner.locator(".says").inner_text()
        typed.fill("480")
        typed.press("Enter")
        lab.answered(page, "0.7/300/480")

        # what cannot be set there says why to whoever comes by
        tuner.locator('.row[data-name="exit_threshold"] label').first.focus()
        assert "a constant of its detector that no session can set" in tuner.locator(".about").inner_text()

        # kept, gone on, compared; taken back by key
        tuner.get_by_title("what to call this setting").fill("mine <b>")
        tuner.get_by_role("button", name="Keep", exact=True).click()
        tuner.locator("thead th", has_text="mine <b>").wait_for()
        lab.press(page, "silence_duration_ms", "PageDown")
        lab.answered(page, "0.7/300/160")
        assert (
            delay.inner_text()
            != tuner.locator(".scroll tbody tr", has_text="endpoint delay").locator("td").nth(1).inner_text()
        )
        page.keyboard.press("Control+z")
        lab.answered(page, "0.7/300/480")

        # another session from the list, which is in order once it is scored
        tuner.locator(".work").wait_for(state="hidden")
        tuner.locator(".list").focus()
        page.keyboard.press("Home")
        first = tuner.locator(".entry").first
        first.locator("span", has_text="label").wait_for()
        assert "true" == first.get_attribute("data-wrong") == first.get_attribute("aria-selected")

        # by part of a name
        some = tuner.locator(".entry").count()
        tuner.get_by_placeholder("part of a name").fill("PAUSE-held")
        tuner.locator(".none", has_text=f"of {some}").wait_for()
        assert 0 < tuner.locator(".entry").count() < some
        assert all("pause-held" in name for name in tuner.locator(".entry b").all_inner_texts())
        tuner.get_by_placeholder("part of a name").fill("")

        # a table that is cut says that it goes on
        assert tuner.locator(".on").is_visible() == tuner.locator(".scroll").evaluate(
            "n => n.scrollWidth > n.clientWidth"
        )
        page.set_viewport_size({"width": 900, "height": 1_000})
        tuner.locator(".on").wait_for()
        page.set_viewport_size({"width": 1_240, "height": 1_000})

        # a provider with everything, dragged by pointer
        tuner.locator("select").first.select_option("livekit")
        lab.answered(page, "0.5/500/250, min speech 500 ms")
        slide = tuner.locator('.row[data-name="min_speech_ms"] input[type="range"]')
        box = slide.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        for share in (0.4, 0.3, 0.2, 0.1, 0.0):
            page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
        page.mouse.up()
        lab.answered(page, "0.5/500/250")
        page.keyboard.press("Control+z")
        lab.answered(page, "0.5/500/250, min speech 500 ms")
        page.keyboard.press("Control+z")
        lab.answered(page, "0.7/300/480")

        tuner.get_by_role("button", name="Export").click()
        tuner.locator(".says", has_text="written: ../out/configs/openai.json").wait_for()
        assert str(root / "out" / "configs" / "openai.json") in tuner.locator(".says").get_attribute("title")
        tuner.get_by_role("button", name="Export").click()
        tuner.locator(".says", has_text="replaced: ").wait_for()
        assert 0 == tuner.locator("td b, th b").count()
    update = json.loads((root / "out" / "configs" / "openai.json").read_text(encoding="utf-8"))
    sent = update["session"]["audio"]["input"]["turn_detection"]
    assert {"threshold": 0.7, "prefix_padding_ms": 300, "silence_duration_ms": 480} == {
        k: v for k, v in sent.items() if k != "type"
    }
    chosen, read = verified(root / "out" / "configs" / "openai.json")
    assert ("openai", 0.7) == (chosen.name, read["threshold"])
    assert [] == errors
    assert [] == [url for url in requests if not url.startswith(HERE)]


def answers(root):
    """What the files say was answered, and the labels it became, by the person at the page."""
    read = (json.loads(line) for path in sorted(root.rglob("queue.jsonl")) for line in path.read_text().splitlines())
    rows = [row for row in read if row["row"] in ("answer", "undo") and row["annotator"] == "you"]
    lines = (json.loads(line) for path in sorted(root.rglob("labels.jsonl")) for line in path.read_text().splitlines())
    return rows, [line for line in lines if line["annotator"] == "you"]


@pytest.mark.slow
def test_labels_by_key_and_button_outlive_a_restart(chromium, lab, project, tmp_path):
    """Ten events by key and by button: the numbers change, and a kernel that is restarted goes on where it was."""
    root, home = project
    requests, errors = [], []
    with lab.server(root, home, {"BARGEIN_DATA": str(ROOT / "data")}) as address, lab.browser(chromium) as opened:
        page = lab.run_notebook(opened, address, "notebooks/05_label_your_recordings.ipynb")
        page.on("request", lambda r: requests.append(r.url))
        page.on("pageerror", lambda e: errors.append(str(e)))
        lab.see(page, "Item 1 of")
        lab.see(page, "The numbers follow with the first answer")
        picture = page.locator("img.widget-image").first.get_attribute("src")
        keys = page.locator('input[placeholder^="click here"]')
        keys.press(".")
        page.wait_for_function("s => document.querySelector('img.widget-image').src !== s", arg=picture)
        keys.press("i")
        lab.see(page, "Item 2 of")
        lab.see(page, "So far, of all events")
        keys.press("t")
        lab.see(page, "Item 3 of")
        page.get_by_role("button", name="nothing (x)").click()
        lab.see(page, "Item 4 of")
        keys.press("z")
        lab.see(page, "Item 3 of")
        keys.press("e")
        lab.see(page, "Item 4 of")
        numbers = page.locator(".widget-html-content", has_text="So far, of all events").first.inner_text()
        page.screenshot(path=tmp_path / "labeller.png")
        lab.restart(page)
        lab.see(page, "Item 4 of")
        again = page.locator(".widget-html-content", has_text="So far, of all events").first.inner_text()
        assert numbers == again
        for item, key in enumerate("bnstixn", 5):
            page.locator('input[placeholder^="click here"]').press(key)
            lab.see(page, f"Item {item} of")
        lab.see(page, "10 of ")
        assert numbers != page.locator(".widget-html-content", has_text="So far, of all events").first.inner_text()
    rows, labels = answers(root / "out")
    kinds = {"interruption": 2, "tic": 2, "nothing": 2, "echo": 1, "backchannel": 1, "noise": 2, "side_talk": 1}
    assert ["answer"] * 11 + ["undo"] == sorted(row["row"] for row in rows)
    assert kinds == {kind: sum(row.get("kind") == kind for row in rows) for kind in kinds}
    assert {k: n for k, n in kinds.items() if k != "nothing"} == Counter(line["kind"] for line in labels)
    assert all(line["blind"] for line in labels)
    assert "human" == next(line["basis"] for line in labels if line["kind"] == "interruption")
    assert [] == errors
    assert [] == [url for url in requests if not url.startswith(HERE)]
