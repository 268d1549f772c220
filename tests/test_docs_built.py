"""`make docs`: every page, every notebook, an index; each stands alone and its links lead somewhere. And `make lab`."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from scripted import script

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


class Links(HTMLParser):
    """Collects what a page links to, what it loads, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.places.add(value)
            elif name == "href" and tag == "a" and value:
                self.links.append(value)
            elif name in ("src", "href") and value and not value.startswith("data:"):
                self.loads.append(value)


@pytest.fixture(scope="module")
def docs() -> ModuleType:
    """The script."""
    return script(ROOT / "scripts" / "build_docs.py")


@pytest.fixture(scope="module")
def built(docs: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Links]:
    """Every page without the notebooks, by file."""
    out = tmp_path_factory.mktemp("docs")
    return {path: Links(path.read_text(encoding="utf-8")) for path in docs.build(out, notebooks=False)}


def test_every_page_is_there_and_stands_alone(built: dict[Path, Links]) -> None:
    """Pictures inside, nothing loaded."""
    names = {path.stem for path in built}
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} | {"README", "CHANGELOG", "index"} <= names
    assert {} == {path.name: page.loads for path, page in built.items() if page.loads}
    gallery = next(path for path in built if path.stem == "gallery")
    assert 16 == gallery.read_text(encoding="utf-8").count('src="data:image/png;base64,')


def test_every_link_leads_somewhere(built: dict[Path, Links]) -> None:
    """To a page that was made, a place in it, or a file that was put beside it."""
    lost = []
    for path, page in built.items():
        for link in (one for one in page.links if "://" not in one):
            target, _, place = link.partition("#")
            file = (path.parent / target).resolve() if target else path
            if not file.exists() or (place and file in built and place not in built[file].places):
                lost.append(f"{path.name}: {link}")
    assert [] == lost


def test_the_index_asks_the_notebooks_questions(docs: ModuleType) -> None:
    """In their order, each with its own words."""
    files = sorted((ROOT / "notebooks").glob("*.ipynb"))
    page = Links(docs.index(files))
    assert [f"notebooks/{path.stem}.html" for path in files] == page.links[: len(files)]
    assert "Why was the stop slow?" in docs.index(files)


@pytest.mark.slow
def test_a_notebook_becomes_a_page_that_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Executed, with its pictures and its answer; no script comes from a network."""
    from bargein.report.notebooks import execute

    monkeypatch.delenv("MPLBACKEND", raising=False)
    (tmp_path / "data").symlink_to(ROOT / "data")
    (tmp_path / "notebooks").mkdir()
    name = "03_books_and_truth.ipynb"
    (tmp_path / "notebooks" / name).write_text((ROOT / "notebooks" / name).read_text("utf-8"), "utf-8")
    (made,) = execute(tmp_path / "notebooks", tmp_path / "out")
    text = made.read_text(encoding="utf-8")
    assert "of phantom silence" in text
    assert 3 == text.count("data:image/png;base64,")
    assert [] == [one for one in re.findall(r'(?:src|href)="([^"]*)"', text) if one.startswith(("http", "//"))]


def test_make_lists_both_and_help_says_what_they_do() -> None:
    """A target that is not listed does not exist."""
    assert re.search(r"^docs: .*## .*out/docs", MAKEFILE, re.MULTILINE)
    assert re.search(r"^lab: .*## .*links the notebooks", MAKEFILE, re.MULTILINE)
    assert "--LabApp.default_url=/lab/tree/notebooks/start.md" in MAKEFILE


def test_the_start_page_links_every_notebook_by_its_question() -> None:
    """Each once, in its own words, under the number its file has; no other number stands beside it."""
    links = dict(re.findall(r"\[([^\]]+)\]\(([^)]+[.]ipynb)\)", (ROOT / "notebooks" / "start.md").read_text("utf-8")))
    files = sorted((ROOT / "notebooks").glob("*.ipynb"))
    titles = {path: json.loads(path.read_text("utf-8"))["cells"][0]["source"][0].strip("# \n") for path in files}
    assert {f"{path.name[:2]} · {title}": path.name for path, title in titles.items()} == links
    assert [] == re.findall(r"^\d+[.] ", (ROOT / "notebooks" / "start.md").read_text("utf-8"), re.MULTILINE)


@pytest.mark.slow
def test_lab_opens_on_the_start_page_and_its_links_open_notebooks(chromium, lab, tmp_path):
    """With the settings that `make lab` gives it: the page is shown, not its source; a click opens a notebook."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "project").mkdir()
    for name in ("notebooks", "docs", "README.md"):
        (tmp_path / "project" / name).symlink_to(ROOT / name)
    assert str(lab.SETTINGS.relative_to(ROOT)) in MAKEFILE
    errors: list[str] = []
    with lab.server(tmp_path / "project", home) as address, lab.browser(chromium) as opened:
        page = opened.new_page(viewport={"width": 1_240, "height": 1_000})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_default_timeout(60_000)
        page.goto(address.format(notebook="notebooks/start.md"))
        page.locator(".jp-MarkdownViewer a", has_text="Why was the stop slow?").click()
        page.locator(".jp-NotebookPanel h1", has_text="Why was the stop slow?").wait_for()
    assert [] == errors
