"""What tests of generated pages share: rows as a Markdown table, and a part of a page between its marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping


def markdown(rows: Iterable[Mapping[str, object]]) -> str:
    """Give rows as a Markdown table."""
    every = [{k: str(v) for k, v in row.items()} for row in rows]
    lines = [list(every[0]), ["---"] * len(every[0]), *(list(row.values()) for row in every)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def part(name: str) -> re.Pattern[str]:
    """Find a part of the page between its marks, with the mark before it and the mark behind as groups."""
    return re.compile(rf"(<!-- {name} -->\n).*?(\n?<!-- /{name} -->)", re.DOTALL)


def renewed(page: str, name: str, text: str) -> str:
    """Put a text between the marks."""
    return part(name).sub(lambda m: f"{m[1]}{text}\n<!-- /{name} -->", page)
