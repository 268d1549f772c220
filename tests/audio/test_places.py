"""Where the recordings that come along are found, and where what can be made again is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bargein.audio import places
from bargein.errors import DataError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like a checkout."""
    (tmp_path / "copy" / "data").mkdir(parents=True)
    for mark in places.DATA_MARKS:
        (tmp_path / "copy" / "data" / mark).write_text("")
    return tmp_path / "copy"


def test_the_variable_wins(checkout, monkeypatch):
    """Over the folder one stands in."""
    monkeypatch.setenv("BARGEIN_DATA", str(checkout / "data"))
    monkeypatch.chdir(ROOT)
    assert (checkout / "data").resolve() == places.data_dir()


def test_the_checkout_around_the_current_folder_comes_next(checkout, monkeypatch):
    """From any depth inside it."""
    monkeypatch.delenv("BARGEIN_DATA", raising=False)
    (checkout / "notebooks").mkdir()
    monkeypatch.chdir(checkout / "notebooks")
    assert (checkout / "data").resolve() == places.data_dir()


def test_somebody_elses_data_folder_is_passed_by(tmp_path, monkeypatch):
    """A folder called data is not enough; then it is the checkout that the code is in."""
    monkeypatch.delenv("BARGEIN_DATA", raising=False)
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    assert ROOT / "data" == places.data_dir()


def test_a_data_folder_with_one_of_our_tables_is_somebody_elses_too(checkout, monkeypatch):
    """Ours holds all of them; the search goes on above it."""
    monkeypatch.delenv("BARGEIN_DATA", raising=False)
    (checkout / "inner" / "data").mkdir(parents=True)
    (checkout / "inner" / "data" / places.DATA_MARKS[0]).write_text("")
    monkeypatch.chdir(checkout / "inner")
    assert (checkout / "data").resolve() == places.data_dir()


def test_a_wrong_variable_says_what_is_missing(tmp_path, monkeypatch):
    """Every missing table, at once."""
    monkeypatch.setenv("BARGEIN_DATA", str(tmp_path))
    with pytest.raises(DataError) as caught:
        places.data_dir()
    assert len(places.DATA_MARKS) == len(caught.value.problems)


def test_code_outside_a_checkout_says_what_to_do(tmp_path, monkeypatch):
    """An installed wheel has no recordings."""
    monkeypatch.delenv("BARGEIN_DATA", raising=False)
    monkeypatch.setattr(places, "__file__", str(tmp_path / "site-packages" / "places.py"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="set BARGEIN_DATA"):
        places.data_dir()


def test_the_cache_is_where_the_variable_says(tmp_path, monkeypatch):
    """Else in the system's place for caches, under our name."""
    monkeypatch.setenv("BARGEIN_CACHE", str(tmp_path / "here"))
    assert tmp_path / "here" == places.cache_dir()
    monkeypatch.delenv("BARGEIN_CACHE")
    assert "bargein" == places.cache_dir().name


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"BARGEIN_CACHE": "/here"}, "/here"),
        ("linux", {"BARGEIN_CACHE": "~/here"}, "/home/me/here"),
        ("linux", {}, "/home/me/.cache/bargein"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/bargein"),
        ("darwin", {}, "/home/me/Library/Caches/bargein"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/bargein"),
    ],
)
def test_the_users_folder(monkeypatch, platform, variables, expected):
    """Where the system keeps caches, or where the user says."""
    for name in ("BARGEIN_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", "/home/me")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Path(expected) == places.cache_dir()
