"""Notebooks, executed from top to bottom and kept as pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bargein.errors import DataError, Problem
from bargein.whole import write_text

#: A cell that takes longer is stuck.
CELL_SECONDS = 120
WIDGET = "application/vnd.jupyter.widget-view+json"


def notebook_files(folder: Path) -> list[Path]:
    """Find the notebooks of a folder, in order.

    Raises
    ------
    DataError
        There are none.
    """
    found = sorted(p for p in folder.glob("*.ipynb"))
    if not found:
        raise DataError([Problem("no notebooks here", str(folder), "run this inside a checkout of the project")])
    return found


def execute(folder: Path, out: Path) -> Iterator[Path]:
    """Execute every notebook of a folder and write it as a page that asks no network for anything.

    Parameters
    ----------
    folder
        Where the notebooks lie; they run there.
    out
        Where the pages go.

    Yields
    ------
    Each page, when it is written.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    offline = dict.fromkeys(("mathjax_url", "require_js_url", "jquery_url", "mermaid_js_url"), "")
    exporter = HTMLExporter(**offline)  # type: ignore[no-untyped-call]
    for path in notebook_files(folder):
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        client = NotebookClient(
            notebook, timeout=CELL_SECONDS, resources={"metadata": {"path": str(folder)}},
            extra_arguments=["--IPKernelApp.log_level=ERROR"],  # its sockets stay on this machine: nothing to warn of
        )  # fmt: skip
        client.execute()
        _still(notebook)
        text, _ = exporter.from_notebook_node(notebook)
        target = out / f"{path.stem}.html"
        write_text(target, text)
        yield target


def _still(notebook: Any) -> None:
    """Let the still picture of a widget be shown: without a kernel the widget asks the network, and shows nothing."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", ()):
                output["data"].pop(WIDGET, None)
