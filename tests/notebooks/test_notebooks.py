"""The nine notebooks: they run from top to bottom, ask one question, answer it with a number, and hold no logic."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FILES = sorted(NOTEBOOKS.glob("*.ipynb"))
#: Seconds a notebook may take on two cores.
LIMIT = 60
#: What is on its way into the toolkit.
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.Try, ast.With,
         ast.comprehension)  # fmt: skip

each = pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)


def code_of(path):
    """Sources of the code cells."""
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_there_are_nine():
    """One a question, in order."""
    assert [f"{n:02d}" for n in range(1, 10)] == [path.name[:2] for path in FILES]


@each
@pytest.mark.slow
def test_it_runs_offline_and_answers_with_a_number(path, monkeypatch, tmp_path):
    """From its own folder, with no mirror and no network; the last cell shows a sentence with a figure in it."""
    monkeypatch.delenv("BARGEIN_DATA_MIRROR", raising=False)
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    monkeypatch.delenv("MPLBACKEND", raising=False)  # of the tests; a notebook shows its figures itself
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:  # what it writes is not what somebody left there
        cell.source = cell.source.replace('"../out/', f'"{tmp_path.as_posix()}/')
    client = NotebookClient(notebook, timeout=LIMIT, resources={"metadata": {"path": str(NOTEBOOKS)}})
    client.execute()
    shown = notebook.cells[-1].outputs[-1]["data"]["text/markdown"]
    assert re.search(r"\*\*[^*]*\d[^*]*\*\*", shown)  # the figure is set in bold
    assert "nan" not in shown.lower().split()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert [] == [o["text"] for o in outputs if o.get("name") == "stderr"]
    asked = sum("bi.plot." in cell.source for cell in notebook.cells if cell.cell_type == "code")
    drawn = sum("image/png" in o.get("data", {}) for o in outputs)
    assert 0 < drawn >= asked  # the first of a kernel, too


@each
def test_one_question_at_the_top_settings_first_answer_last(path):
    """So that a reader knows what is asked, what to change, and where to look."""
    cells = nbformat.read(path, as_version=4).cells
    heading = cells[0].source.splitlines()[0]
    assert heading.startswith("# ")
    assert heading.endswith("?")
    settings = ast.parse(code_of(path)[0])
    names = [t.id for node in settings.body if isinstance(node, ast.Assign) for t in node.targets]
    assert any(name.isupper() for name in names)
    assert "## Answer" == cells[-2].source
    assert "Markdown(" in cells[-1].source


@each
def test_it_holds_no_logic(path):
    """A function or a loop in a notebook is on its way into the toolkit."""
    found = [type(node).__name__ for source in code_of(path) for node in ast.walk(ast.parse(source))
             if isinstance(node, LOGIC)]  # fmt: skip
    assert [] == found


@each
def test_no_figure_is_typed_into_the_answer(path):
    """What the last cell says is computed: outside of its braces there is no number."""
    said = ast.parse(code_of(path)[-1]).body[-1].value.args[0]
    texts = [part.value for part in said.values if isinstance(part, ast.Constant)]
    assert texts
    assert [] == [text for text in texts if re.search(r"\d", re.sub(r"EP90|p95|p50", "", text))]


@each
def test_it_is_kept_clean(path):
    """No outputs, no counters, cell ids that stay, the kernel every Jupyter has."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    cells = kept["cells"]
    assert [] == [c["id"] for c in cells if c.get("outputs") or c.get("execution_count") or c["metadata"]]
    assert [f"{path.name[:2]}-{n:02d}" for n in range(1, len(cells) + 1)] == [c["id"] for c in cells]
    assert "python3" == kept["metadata"]["kernelspec"]["name"]
