"""What `docs/exports.md` says is what the tables say. `python tests/test_docs_exports.py` rewrites it."""

from __future__ import annotations

import re
import shlex
import sys
import tempfile
from pathlib import Path

import pytest

from bargein.providers.targets import TARGETS
from bargein.providers.targets.listing import about, lacking, settings_of
from bargein.settings import ServerVad
from bargein.tuning import export
from test_cli import run

PAGE = Path(__file__).parents[1] / "docs" / "exports.md"


def markdown(rows: list[dict[str, str]]) -> str:
    """Give rows as a Markdown table; what is typed is set as code."""
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[f"`{v}`" if k in ("target", "setting") else v for k, v in row.items()] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def settings() -> str:
    """Every target's table under its own title."""
    return "\n\n".join(f"### {t.title}\n\n{markdown(settings_of(t))}" for t in TARGETS.values())


def typescript() -> str:
    """A file as it is written."""
    with tempfile.TemporaryDirectory() as folder:
        file, _ = export(ServerVad(0.5, 300, 480), "typescript", Path(folder) / "openai.ts")
        return f"```ts\n{file.read_text(encoding='utf-8')}```"


PARTS = {
    "targets": lambda: markdown(about(TARGETS)),
    "typescript": typescript,
    "lacking": lambda: markdown(lacking(TARGETS)),
    "settings": settings,
}


def part(name: str) -> re.Pattern[str]:
    """Find a part of the page between its marks."""
    return re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)


@pytest.mark.parametrize("name", PARTS)
def test_the_page_says_what_the_tables_say(name: str) -> None:
    """Tables and the file are not written, they are read off."""
    found = part(name).search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert f"<!-- {name} -->\n{PARTS[name]()}\n<!-- /{name} -->" == found[0]


def test_every_setting_that_the_page_names_in_prose_exists() -> None:
    """A name that is set as code and looks like a setting is one."""
    prose = re.sub(r"<!-- (\w+) -->.*?<!-- /\1 -->", "", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    known = {name for t in TARGETS.values() for name in (*t.names, *dict(t.lacks))}
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", prose)) - {"azure_semantic"}
    assert set() == named - known
    assert named


def commands() -> list[list[str]]:
    """The lines of the page that are typed."""
    lines = re.findall(r"^\$ bargein (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [shlex.split(line) for line in lines]


def test_the_commands_of_the_page_run_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In an empty folder, one after the other: the last one checks what another wrote."""
    monkeypatch.chdir(tmp_path)
    assert 4 == len(commands())
    assert [0, 0, 0, 0] == [run(capsys, *arguments)[0] for arguments in commands()]
    written = sorted(file.name for file in (tmp_path / "configs").iterdir())
    stems = ("azure", "livekit", "x.ts")
    assert written == sorted([*(f"{stem}.evidence.json" for stem in stems), "azure.json", "livekit.json", "x.ts"])


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    for key, made in PARTS.items():
        text = made()
        page = part(key).sub(lambda m, text=text: f"{m[1]}{text}\n{m[2]}", page)
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write("docs/exports.md: tables rewritten\n")
