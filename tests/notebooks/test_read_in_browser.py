"""The notebooks without controls as a person reads them: JupyterLab in a headless Chromium, all cells run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")


@pytest.fixture(scope="module")
def reading_room(chromium, lab, tmp_path_factory):
    """One JupyterLab and one browser, to read one notebook after the other."""
    root, home = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("home")
    shutil.copytree(ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    (root / "data").symlink_to(ROOT / "data")
    env = {"BARGEIN_DATA": str(ROOT / "data"), "PYTHONPATH": str(ROOT / "toolkit")}
    with lab.server(root, home, env) as address, lab.browser(chromium) as opened:
        yield address, opened


READ = ("01_what_happened", "02_who_was_heard", "03_books_and_truth", "06_why_slow", "07_openai_or_grok",
        "08_is_it_to_be_trusted", "09_what_cannot_be_told")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", READ)
def test_a_notebook_is_run_and_read(reading_room, lab, name):
    """Run all cells, read the answer at the end: pictures are there, nothing is red, nothing asks a network."""
    address, opened = reading_room
    requests, errors = [], []
    page = lab.run_notebook(opened, f"{address}&reset", f"notebooks/{name}.ipynb", errors=errors)
    page.on("request", lambda r: requests.append(r.url))
    answer = page.locator(".jp-NotebookPanel .jp-OutputArea-output.jp-RenderedMarkdown").last
    answer.scroll_into_view_if_needed()
    assert any(c.isdigit() for c in "".join(answer.locator("strong").all_text_contents()))
    kinds = "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']"
    assert 0 == page.locator(kinds).count()
    page.close()
    assert [] == errors
    assert [] == [url for url in requests if not url.startswith(HERE)]
