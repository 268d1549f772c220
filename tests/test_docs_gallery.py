"""The gallery shows the lines that draw its pictures; they are there, and small. `scripts/gallery.py` draws them."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

import bargein as bi
from scripted import script

ROOT = Path(__file__).parents[1]
#: No picture of the gallery is larger, bytes.
LARGEST = 150_000


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    """The script."""
    return script(ROOT / "scripts" / "gallery.py")


def test_the_page_is_what_the_script_writes(gallery: ModuleType) -> None:
    """Title, words, line and picture of each."""
    assert gallery.page() == (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")


def test_every_picture_is_there_and_small(gallery: ModuleType) -> None:
    """And none that nobody draws any more."""
    names = {f"{picture.__name__}.png" for picture in gallery.PICTURES}
    found = {path.name: path.stat().st_size for path in gallery.FOLDER.iterdir()}
    assert names == set(found)
    assert {} == {name: size for name, size in found.items() if size > LARGEST}


def test_every_verb_of_plot_has_its_picture(gallery: ModuleType) -> None:
    """What the toolkit draws can be seen."""
    lines = "\n".join(map(gallery.line_of, gallery.PICTURES))
    used = set(re.findall(r"bi\.plot\.(\w+)\(", lines))
    assert set(bi.plot.__all__) - {"png", "save"} == used


def test_a_line_draws_its_picture(gallery: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quickest of them, as the script does."""
    monkeypatch.setattr(gallery, "FOLDER", tmp_path)
    assert b"\x89PNG" == gallery.write(gallery.ahead).read_bytes()[:4]
