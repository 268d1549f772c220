"""What `docs/scores.md` says is what the code computes. `python tests/test_scores_doc.py` rewrites it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

import bargein as bi
from bargein.corpus.scoring import conversations, score
from bargein.metrics.definitions import CODED, DEFINED, DEFINITIONS, QUESTIONS, difference_rows
from bargein.metrics.definitions.base import ANSWER_TIME, ONE, STOP_TIME, STOPS, TALKS_OVER

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "scores.md"
SESSION = ROOT / "data" / "sessions" / "openai-21-no-interrupt"
#: Rows of our own table that answer a question of theirs.
OURS = {
    "S(1000): after 1 s": STOPS, "stop latency, p50 of the curve": STOP_TIME, "leak, p50": STOP_TIME,
    "agent's floor transfer offset, p50": ANSWER_TIME, "overlap": TALKS_OVER, "friction": ONE,
}  # fmt: skip


def markdown(rows: Iterable[Mapping[str, object]]) -> str:
    """Give rows as a Markdown table."""
    every = list(rows)
    cells = [
        list(every[0]),
        ["---"] * len(every[0]),
        *([str(v).replace("|", "\\|") for v in r.values()] for r in every),
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in cells)


def number(value: object) -> str:
    """Three decimals at most; a dash for what is not known."""
    return "–" if value is None or value != value else f"{float(str(value)):.3f}".rstrip("0").rstrip(".")


def definitions() -> str:
    """Every definition, what it needs and how it can be read."""
    return markdown({"definition": f"`{d.name}`", "source": d.source, "readings": ", ".join(d.readings),
                     "needs": d.needs} for d in DEFINITIONS.values())  # fmt: skip


def session() -> str:
    """One embedded session under every definition, question by question, and ours."""
    found: dict[tuple[str, str], dict[str, object]] = {}
    for r in score(conversations(SESSION)).rows:
        key = str(r["definition"]), str(r["metric"])
        row = found.setdefault(key, {
            "question": r["question"], "definition": key[0], "metric": key[1], "unit": r["unit"], DEFINED: "–",
            CODED: "", "n": r["n"],
        })  # fmt: skip
        row[str(r["reading"])] = number(r["value"])
    asked = [row for row in found.values() if row["n"]]
    asked += [
        {"question": OURS[row["metric"]], "definition": "**ours**", "metric": row["metric"], "unit": row["unit"],
         DEFINED: number(row["value"]), CODED: "", "n": row["n"]}
        for row in bi.metrics(SESSION).to_dict("records") if row["metric"] in OURS
    ]  # fmt: skip
    asked.sort(key=lambda row: QUESTIONS.index(str(row["question"])))
    return markdown(asked)


def differences() -> str:
    """Every difference from ours."""
    return markdown(difference_rows())


PARTS = {"definitions": definitions, "session": session, "differences": differences}


def part(name: str) -> re.Pattern[str]:
    """Find a part of the page between its marks."""
    return re.compile(rf"(<!-- {name} -->\n).*?(\n?<!-- /{name} -->)", re.DOTALL)


@pytest.mark.parametrize("name", PARTS)
def test_the_page_says_what_the_code_computes(name: str) -> None:
    """Tables are not written, they are computed."""
    found = part(name).search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert f"<!-- {name} -->\n{PARTS[name]()}\n<!-- /{name} -->" == found[0]


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    for key, make in PARTS.items():
        text = make()
        page = part(key).sub(lambda m, text=text: m[1] + text + "\n" + m[2].lstrip("\n"), page)
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write("docs/scores.md: rewritten\n")
