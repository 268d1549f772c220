"""The order of the rooms and the habits that keep it: who may import, round, print, and how long a file may be.

Every import counts, also one inside a function or under ``TYPE_CHECKING``: a lower room that only *names* an upper one
already knows it. For foreign packages ``TYPE_CHECKING`` is free, as nothing is loaded.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "toolkit" / "bargein"

#: Lowest first. A room may import the lines above its own in this table, and no room of its own line.
LAYERS = [
    ["units", "errors", "whole", "uncollected"],
    ["timeline", "ledger"],
    ["events", "settings"],
    ["gate", "audio"],
    ["session", "playback"],
    ["providers"],
    ["outcome"],
    ["metrics", "vad", "formats"],
    ["replay"],
    ["compose"],
    ["corpus"],
    ["queue"],
    ["tuning", "doctor"],
    ["realtime"],
    ["plot"],
    ["report"],
    ["api", "labelling", "vadlab"],  # the typed public verbs
    ["bargein"],  # bargein/__init__.py: what `import bargein` offers
    ["cli", "widgets"],
    ["__main__"],
]
#: importer, imported: neighbours on one line that know each other all the same, with the reason.
NEIGHBOURS = {
    ("units", "errors"): "a conversion may refuse",
    ("ledger", "timeline"): "what was heard is also a timeline",
}
#: `bargein/__init__.py` offers `bi.widgets`, by name and only on use.
PUBLIC_FACE = "bargein"

STANDARD_LIBRARY_ONLY = {"units", "errors", "whole", "uncollected", "timeline", "ledger", "events", "settings", "gate"}
#: foreign package: the only rooms (or files) that import it.
OWNERS = {
    "matplotlib": {"plot/axes.py", "plot/axes_sheet.py", "plot/axes_sound.py", "plot/figure.py"},
    "librosa": {"plot/mel.py"},
    "anywidget": {"widgets"},
    "ipywidgets": {"widgets"},
    "onnxruntime": {"vad"},
    "soundfile": {"audio"},
    "soxr": {"audio"},
    "typer": {"cli"},
    "websockets": {"realtime"},
    "openai": {"realtime"},
    "optuna": {"tuning"},
    "distributed": {"corpus"},
    "dask": {"corpus"},
}
#: files that may use matplotlib without pyplot, with the reason.
PYPLOT_FREE: dict[str, str] = {}

ROUNDING = {"round", "rint", "around", "floor", "ceil", "trunc", "fix"}
#: whole arrays are rounded where arrays live; an instant is rounded in `units` alone.
ROUNDS_ARRAYS = {"audio", "vad", "plot"}
#: file: why it rounds for itself.
MAY_ROUND = {"metrics/rates.py": "numbers of clusters and a printed per cent, no time"}

#: not one of these is loaded by `import bargein`.
HEAVY = {
    "anywidget",
    "dask",
    "ipywidgets",
    "librosa",
    "matplotlib",
    "numba",
    "numpy",
    "onnxruntime",
    "openai",
    "optuna",
}
HEAVY |= {"pandas", "scipy", "soundfile", "soxr", "websockets"}

#: Lines of a file by its kind. A page is given a widget's script as one file, so that nothing is loaded from anywhere.
LONGEST = {".py": 400, ".js": 700, ".css": 400, ".html": 400}

RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer}
SOURCES = sorted(PACKAGE.rglob("*.py"))


class Import(NamedTuple):
    """One imported module, and whether only a type checker sees it."""

    module: str
    line: int
    typing_only: bool


def imports(source: str, package: str) -> Iterator[Import]:
    """Every import of a module that lives in ``package``, also ``import_module("...")`` with a literal."""
    tree = ast.parse(source)
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom(level=level):
                parts = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                base = ".".join([*parts, *([node.module] if node.module else [])])
                names = [f"{base}.{alias.name}" for alias in node.names]
            case ast.Call(
                func=ast.Name(id=called) | ast.Attribute(attr=called), args=[ast.Constant(value=str(name)), *_]
            ):
                names = [name] if called in {"import_module", "__import__"} else []
            case _:
                continue
        yield from (Import(name, node.lineno, id(node) in guarded) for name in names)


def room_of(path: Path) -> str:
    """The room a file belongs to: the first name below the package."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return PUBLIC_FACE if first == "__init__" else first


def package_of(path: Path) -> str:
    """The package that relative imports of a file start from."""
    return ".".join(path.relative_to(PACKAGE.parent).parent.parts)


def room_imported(module: str) -> str:
    """``bargein.gate.tables.OPEN`` is of room ``gate``; ``bargein.__version__`` of the public face."""
    second = [*module.split("."), ""][1]
    return second if second in RANK else PUBLIC_FACE


def breaches_of_order(room: str, source: str, package: str) -> list[str]:
    """What a file of ``room`` imports from a room that it may not know."""
    found = []
    for item in imports(source, package):
        if item.module.split(".")[0] != "bargein":
            continue
        other = room_imported(item.module)
        known = RANK[other] < RANK[room] or other == room or (room, other) in NEIGHBOURS or room == PUBLIC_FACE
        if not known:
            found.append(f"line {item.line}: {room} imports {other} ({item.module})")
    return found


def breaches_of_ownership(room: str, file: str, source: str, package: str) -> list[str]:
    """Foreign packages imported where they do not belong."""
    found = []
    for item in imports(source, package):
        top = item.module.split(".")[0]
        if item.typing_only or top in {"bargein", "__future__"}:
            continue
        if room in STANDARD_LIBRARY_ONLY and top not in sys.stdlib_module_names:
            found.append(f"line {item.line}: {room} uses the standard library alone, not {top}")
        elif top in OWNERS and not {room, file} & OWNERS[top]:
            if top == "matplotlib" and file in PYPLOT_FREE and "pyplot" not in item.module:
                continue
            found.append(f"line {item.line}: {top} belongs to {', '.join(sorted(OWNERS[top]))}")
    return found


def breaches_of_rounding(room: str, source: str) -> list[str]:
    """Calls and imports that round outside `units`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="round")):
                found.append(f"line {node.lineno}: round()")
            case ast.Call(func=ast.Attribute(attr=name, value=base)) if name in ROUNDING:
                of_math = isinstance(base, ast.Name) and base.id == "math"
                if of_math or room not in ROUNDS_ARRAYS:
                    found.append(f"line {node.lineno}: .{name}()")
            case ast.ImportFrom(module="math" | "numpy", names=names):
                found += [f"line {node.lineno}: from import {a.name}" for a in names if a.name in ROUNDING]
    return found


def prints(source: str) -> list[str]:
    """Calls of the builtin ``print``."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [f"line {c.lineno}: print()" for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]


def of_file(path: Path) -> tuple[str, str, str, str]:
    """Room, file, text and package of a source file."""
    return room_of(path), path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8"), package_of(path)


def each_source() -> pytest.MarkDecorator:
    """Run a test once a file of the toolkit."""
    return pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(PACKAGE).as_posix())


def test_every_room_has_a_place():
    """A new room is first put into the order of this file."""
    assert set() == {room_of(path) for path in SOURCES} - set(RANK)


@each_source()
def test_lower_rooms_know_nothing_of_upper_ones(path):
    """A file imports only rooms below its own."""
    room, _, source, package = of_file(path)
    assert [] == breaches_of_order(room, source, package)


@each_source()
def test_foreign_packages_stay_where_they_belong(path):
    """The core needs the standard library alone, and each heavy package has one home."""
    assert [] == breaches_of_ownership(*of_file(path))


@each_source()
def test_only_units_rounds(path):
    """Time is rounded in one place, so that two figures of one instant cannot differ."""
    room, file, source, _ = of_file(path)
    assert room == "units" or file in MAY_ROUND or [] == breaches_of_rounding(room, source)


@each_source()
def test_only_the_command_line_prints(path):
    """Everything else returns what it has to say."""
    room, _, source, _ = of_file(path)
    assert room == "cli" or [] == prints(source)


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("gate", "import bargein.replay"),
        ("gate", "from bargein.replay import replay"),
        ("gate", "from bargein import replay"),
        ("gate", "from ..replay import replay"),
        ("gate", "from .. import replay"),
        ("gate", "from bargein import audio"),  # the same line
        ("gate", "def f():\n    from bargein.vad import scores"),
        ("gate", "if TYPE_CHECKING:\n    from bargein.session import Session"),
        ("gate", "importlib.import_module('bargein.vad.silero')"),
        ("gate", "from bargein import __version__"),  # the public face is above all rooms
    ],
)
def test_a_breach_of_the_order_is_seen(room, source):
    """Whatever way it is written."""
    assert 1 == len(breaches_of_order(room, source, f"bargein.{room}"))


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("gate", "from bargein.events import Delta"),
        ("gate", "from .tables import OPEN"),
        ("ledger", "from bargein.timeline import Span"),
        ("widgets", "import bargein as bi"),
        ("bargein", "import_module('bargein.widgets')"),
    ],
)
def test_what_the_order_allows(room, source):
    """Down, within the room, the named neighbours, and the public face."""
    assert [] == breaches_of_order(room, source, f"bargein.{room}")


@pytest.mark.parametrize(
    ("breaches", "source"),
    [
        (1, "import numpy"),
        (1, "def f():\n    import numpy.linalg"),
        (0, "if TYPE_CHECKING:\n    import numpy"),
        (0, "from collections import deque"),
    ],
)
def test_a_foreign_package_in_the_core_is_seen(breaches, source):
    """Unless only the type checker reads it."""
    assert breaches == len(breaches_of_ownership("gate", "gate/machine.py", source, "bargein.gate"))


@pytest.mark.parametrize(
    ("breaches", "room", "source"),
    [
        (1, "metrics", "round(x, 1)"),
        (1, "audio", "math.floor(x)"),
        (0, "audio", "np.rint(x)"),
        (1, "metrics", "np.rint(x)"),
        (1, "audio", "from math import ceil"),
        (0, "metrics", "x // y"),
    ],
)
def test_rounding_is_seen(breaches, room, source):
    """Builtin, of math, of an array."""
    assert breaches == len(breaches_of_rounding(room, source))


def test_import_is_light():
    """`import bargein` loads no heavy package; the module that needs one does."""
    code = "import json, sys; old = {*sys.modules}; import bargein; print(json.dumps([*{*sys.modules} - old]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert "bargein" in loaded
    assert set() == loaded & HEAVY


def test_files_answer_one_question():
    """Over 400 lines a file answers two questions, and is two files."""
    files = [path for path in PACKAGE.rglob("*") if path.suffix in LONGEST]
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in files}
    assert {} == {p.relative_to(PACKAGE).as_posix(): n for p, n in lines.items() if n > LONGEST[p.suffix]}


# ---- what is handed on: everything git tracks or would track

#: Written apart, so that this file does not hold what it looks for.
REGISTRIES = [".".join(host) for host in [("pypi", "org"), ("pythonhosted", "org"), ("deb", "debian", "org")]]
REGISTRIES += [".".join(host) for host in [("registry", "npmjs", "org"), ("conda", "anaconda", "org")]]
HOMES = ["/".join(("", home, "")) for home in ("work", "farm", "root")]
NOT_PORTABLE = re.compile(rf"{'|'.join(map(re.escape, REGISTRIES))}|(?<![A-Za-z0-9_.])(?:{'|'.join(HOMES)})")


@pytest.fixture(scope="module")
def handed_on() -> list[Path]:
    """Files of the project as git sees them, new ones included, ignored ones not."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: what is handed on is not known")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def portable_breaches(text: str) -> list[str]:
    """Registry hosts and paths of one machine in a text."""
    return [match.group() for match in NOT_PORTABLE.finditer(text)]


def test_nothing_names_a_registry_or_a_machine(handed_on):
    """The project works wherever it is cloned, with whatever registry its reader has."""
    found = {}
    for path in handed_on:
        data = path.read_bytes()
        if b"\0" not in data[:8_000] and (hits := portable_breaches(data.decode("utf-8", "replace"))):
            found[path.relative_to(ROOT).as_posix()] = hits
    assert {} == found


@pytest.mark.parametrize("text", [f"see {HOMES[0]}x", f"'{HOMES[-1]}a'", f"https://{REGISTRIES[0]}/simple"])
def test_what_is_not_portable_is_seen(text):
    """In prose and in quotes."""
    assert 1 == len(portable_breaches(text))


def test_notebooks_are_kept_without_outputs(handed_on):
    """A diff of a notebook shows what a person changed."""
    kept = [path for path in handed_on if path.suffix == ".ipynb"]
    cells = [(path.name, cell) for path in kept for cell in json.loads(path.read_text("utf-8"))["cells"]]
    assert [] == [name for name, cell in cells if cell.get("outputs") or cell.get("execution_count")]
