"""The tuner as a person meets it: JupyterLab in a headless Chromium, moved by keyboard."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lab():
    """The driver that the screenshots are made with."""
    pytest.importorskip("playwright", reason="the browser test needs playwright (make test installs it)")
    spec = importlib.util.spec_from_file_location("lab_driver", ROOT / "scripts" / "lab.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_sliders_move_the_numbers_and_the_button_exports(chromium, lab, tmp_path):
    """Run all cells, press an arrow key on a slider, see the numbers change, export, find the file."""
    root, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    (root / "data").symlink_to(ROOT / "data")
    home.mkdir()
    requests, errors = [], []
    with lab.server(root, home, {"BARGEIN_DATA": str(ROOT / "data")}) as address, lab.browser(chromium) as opened:
        page = lab.run_notebook(opened, address, "notebooks/04_which_setting.ipynb")
        page.on("request", lambda r: requests.append(r.url))
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.locator("img.widget-image").first.scroll_into_view_if_needed()
        picture = page.locator("img.widget-image").first.get_attribute("src")
        lab.see(page, "0.5/300/512")
        lab.press(page, "threshold", "ArrowRight", 4)
        lab.see(page, "0.7/300/512")
        lab.press(page, "silence_duration_ms", "ArrowLeft")
        lab.see(page, "0.7/300/480")
        page.wait_for_function("s => document.querySelector('img.widget-image').src !== s", arg=picture)
        page.get_by_role("button", name="Export").click()
        lab.see(page, "written:")
        page.screenshot(path=tmp_path / "tuner.png")
    update = json.loads((root / "out" / "configs" / "openai.json").read_text(encoding="utf-8"))
    sent = update["session"]["audio"]["input"]["turn_detection"]
    assert {"threshold": 0.7, "prefix_padding_ms": 300, "silence_duration_ms": 480} == {
        k: v for k, v in sent.items() if k != "type"
    }
    assert (root / "out" / "configs" / "openai.evidence.json").is_file()
    assert [] == errors
    here = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
    assert [] == [url for url in requests if not url.startswith(here)]
