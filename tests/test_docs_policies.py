"""What `docs/policies.md` says is what the tables say. `python tests/test_docs_policies.py` rewrites it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from bargein.gate import POLICIES
from bargein.gate.diagram import back_by, cuts_on, diagram
from bargein.gate.peers import PEERS
from bargein.gate.policies import HOUSE
from bargein.providers.duties import DUTIES

PAGE = Path(__file__).parents[1] / "docs" / "policies.md"


def markdown(rows: list[dict[str, str]]) -> str:
    """Give rows as a Markdown table."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(r.values()) for r in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def policies() -> str:
    """Every policy in one line."""
    return markdown([
        {"policy": f"`{p.title}`", "cuts on": cuts_on(p), "audio sounds again by": back_by(p.reaction),
         "what it does": p.note, "origin": p.origin}
        for p in POLICIES.values()
    ])  # fmt: skip


def commands() -> str:
    """What a provider is told at a cut."""
    return markdown([
        {"provider": f"`{provider}`", "under its settings it": "interrupts by itself" if mode == "interrupts" else
         {"does not": "does not interrupt", "truncates": "interrupts and truncates"}[mode],
         "is told": ", ".join(f"`{c}`" for c in duty.tells) or "nothing", "because": duty.because}
        for (provider, mode), duty in DUTIES.items()
    ])  # fmt: skip


def diagrams() -> str:
    """Every policy's tables, drawn."""
    return "\n\n".join(f"### {p.title}\n\n```mermaid\n{diagram(p)}\n```" for p in POLICIES.values())


PARTS = {"policies": policies, "commands": commands, "diagrams": diagrams}


def part(name: str) -> re.Pattern[str]:
    """Find a part of the page between its marks."""
    return re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)


@pytest.mark.parametrize("name", PARTS)
def test_the_page_says_what_the_tables_say(name: str) -> None:
    """Tables and diagrams are not written, they are read off."""
    found = part(name).search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert f"<!-- {name} -->\n{PARTS[name]()}\n<!-- /{name} -->" == found[0]


@pytest.mark.parametrize("name", [*PEERS, *HOUSE])
def test_every_policy_says_where_its_figures_come_from_and_what_is_left_out(name: str) -> None:
    """One row each, with nothing empty."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{name}` |")]
    prose = [row for row in rows if row.count("|") == 4]  # three cells
    assert 1 == len(prose), rows
    assert all(cell.strip() for cell in prose[0].strip("|").split("|"))


@pytest.mark.parametrize("name", PEERS)
def test_the_figures_in_the_prose_are_those_of_the_tables(name: str) -> None:
    """A default that is changed has to be changed on the page."""
    peer = PEERS[name]
    row = next(line for line in PAGE.read_text(encoding="utf-8").splitlines()
               if line.startswith(f"| `{name}` |") and line.count("|") == 4)  # fmt: skip
    for ms in (peer.trigger.wait_ms, peer.trigger.warm_up_ms, peer.reaction.timeout_ms):
        assert ms is None or f"{ms / 1_000:g} s" in row


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    for key, make in PARTS.items():
        text = make()
        page = part(key).sub(lambda m, text=text: m[1] + text + m[2], page)
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write("docs/policies.md: rewritten\n")
