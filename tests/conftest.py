"""What every test may ask for: the recordings of a mirror, a browser; and how Hypothesis searches."""

from __future__ import annotations

import importlib
import os
import pkgutil
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

import bargein
from scripted import script

os.environ.setdefault("MPLBACKEND", "Agg")  # before anything imports matplotlib: tests open no window

# No deadline: the first example may compile a numba loop. In CI the same examples every time: red means changed code.
# Hypothesis also draws constants of whichever modules are imported, which differs by process: so import them all.
if os.environ.get("CI"):
    for module in pkgutil.walk_packages(bargein.__path__, "bargein."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
settings.register_profile("usual", deadline=None, max_examples=60, derandomize=bool(os.environ.get("CI")))
settings.register_profile("thorough", deadline=None, max_examples=2_000)  # pytest --hypothesis-profile=thorough
settings.load_profile("usual")

#: Fixtures whose tests carry the marker of the same meaning, so that `-m "not browser"` needs no second list.
MARKER_OF = {"mirror": "mirror", "chromium": "browser"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they ask for."""
    for item in items:
        for fixture, marker in MARKER_OF.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Give the local copy of the public recordings; a wrong folder fails instead of skipping unseen."""
    named = os.environ.get("BARGEIN_DATA_MIRROR")
    if not named:
        pytest.skip("BARGEIN_DATA_MIRROR names no local mirror of the recordings")
    folder = Path(named)
    assert folder.is_dir(), f"BARGEIN_DATA_MIRROR is not a folder: {folder}"
    return folder


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Give the Chromium of this machine; none is ever downloaded."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    pytest.skip("no chromium on the PATH (Debian: apt install chromium fonts-dejavu-core)")


@pytest.fixture(scope="session")
def lab() -> ModuleType:
    """Give the driver of JupyterLab that the screenshots are made with."""
    pytest.importorskip("playwright", reason="the browser test needs playwright (make test installs it)")
    return script(Path(__file__).parents[1] / "scripts" / "lab.py")
