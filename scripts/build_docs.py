"""Make `out/docs/`: every page of the docs and every notebook, executed, as HTML that needs nothing else; an index.

    python scripts/build_docs.py [--out out/docs] [--no-notebooks]

Links between the pages lead to the rendered ones, pictures stand inside them, and nothing asks a network.
"""

from __future__ import annotations

import argparse
import base64
import re
import sys
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path
from posixpath import normpath

from nbconvert.filters.markdown import markdown2html

from bargein.report.notebooks import execute, notebook_files
from bargein.report.page import shell
from bargein.whole import write_bytes, write_text

ROOT = Path(__file__).resolve().parents[1]
#: In the order in which one reads them; those that are not named follow.
FIRST = ("README.md", "docs/origin.md", "docs/your-recordings.md", "docs/gallery.md")
#: What is a page: the README, the docs, and what the README points to.
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md", "docs/*.md")
STYLE = "<style>body { max-width: 62rem } pre { overflow-x: auto; white-space: pre } td { white-space: normal }</style>"


def pages() -> list[Path]:
    """Every page, in order."""
    found = [path for pattern in PAGES for path in sorted(ROOT.glob(pattern))]
    rank = {name: n for n, name in enumerate(FIRST)}
    return sorted(found, key=lambda path: rank.get(path.relative_to(ROOT).as_posix(), len(rank)))


def title_of(text: str, path: Path) -> str:
    """A page's first heading; a notebook's question."""
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return re.sub(r"[`*]", "", found[1]) if found else path.stem


def rendered(path: Path) -> str:
    """Give a page of Markdown as HTML."""
    text = path.read_text(encoding="utf-8")
    body = re.sub(r"^# .+\n", "", text, count=1, flags=re.MULTILINE)
    return shell(title_of(text, path), f"{_back(path)}{_tied(markdown2html(body), path)}", STYLE)


def _back(path: Path) -> str:
    up = "../" * len(path.relative_to(ROOT).parts[:-1])
    return f'<nav><a href="{up}index.html">All pages</a></nav>'


def _tied(html: str, path: Path) -> str:
    """Put pictures inside, and let links to pages and notebooks lead to what was made of them."""

    def picture(found: re.Match[str]) -> str:
        file = path.parent / found[1]
        if not file.is_file():
            return found[0]
        return f'src="data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}"'

    def link(found: re.Match[str]) -> str:
        target, _, place = found[1].partition("#")
        inside = normpath((path.parent / target).relative_to(ROOT).as_posix()) if target and "://" not in target else ""
        known = {p.relative_to(ROOT).as_posix() for p in pages()}
        made = inside in known or (inside.startswith("notebooks/") and inside.endswith(".ipynb"))
        return f'href="{re.sub(r"[.](md|ipynb)$", ".html", target)}{"#" * bool(place)}{place}"' if made else found[0]

    html = re.sub(r'src="([^":]+[.]png)"', picture, html)
    html = re.sub(r'(<h[1-6] id=")[^"]*(">)(.*?)<a class="anchor-link".*?</a>', _place, html)
    return re.sub(r'href="([^"#][^"]*)"', link, html)


def _place(found: re.Match[str]) -> str:
    """Name a heading as GitHub does: its words in small letters, joined by hyphens, without marks."""
    words = re.sub(r"[^\w\- ]", "", unescape(re.sub(r"<[^>]+>", "", found[3]))).lower().replace(" ", "-")
    return f"{found[1]}{words}{found[2]}{found[3]}"


def beside(path: Path) -> Iterator[Path]:
    """Give the files that a page links to and that are no pages themselves: loggers, tables, licences."""
    for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
        file = (path.parent / target).resolve()
        if "://" not in target and file.is_file() and file.suffix not in (".md", ".ipynb", ".png"):
            yield file


def index(notebooks: list[Path]) -> str:
    """Give the page that links all others."""
    import nbformat

    def row(href: str, title: str) -> str:
        return f'<li><a href="{escape(href)}">{escape(title)}</a></li>'

    asked = []
    for path in notebooks:
        first = nbformat.read(path, as_version=4).cells[0].source
        asked.append(row(f"notebooks/{path.stem}.html", title_of(first, path)))
    read = (row(p.relative_to(ROOT).with_suffix(".html").as_posix(), title_of(p.read_text("utf-8"), p))
            for p in pages())  # fmt: skip
    return shell("bargein: notebooks and pages", (
        f"<h2>Notebooks, executed</h2><p>One question each; the answer stands at the end.</p><ul>{''.join(asked)}</ul>"
        f"<h2>Pages</h2><ul>{''.join(read)}</ul>"), STYLE)  # fmt: skip


def build(out: Path, *, notebooks: bool = True) -> Iterator[Path]:
    """Write everything, the pages first; gives each file when it is there."""
    folder = ROOT / "notebooks"
    for path in pages():
        target = out / path.relative_to(ROOT).with_suffix(".html")
        write_text(target, rendered(path))
        yield target
        for file in beside(path):
            write_bytes(out / file.relative_to(ROOT), file.read_bytes())
    if notebooks:
        yield from execute(folder, out / "notebooks")
    write_text(out / "index.html", index(notebook_files(folder) if notebooks else []))
    yield out / "index.html"


def main() -> None:
    """Read the arguments and say what was written."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--out", type=Path, default=ROOT / "out" / "docs")
    asked.add_argument("--no-notebooks", dest="notebooks", action="store_false", help="pages alone, in seconds")
    given = asked.parse_args()
    for path in build(given.out, notebooks=given.notebooks):
        sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
