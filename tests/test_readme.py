"""What the README says is what the code says now. `python tests/test_readme.py` rewrites its figures."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import bargein as bi
from bargein.corpus import account, account_totals, open_corpus, policy_rows, run_policies
from bargein.units import SECOND

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SESSIONS = ROOT / "data" / "sessions"
TABLE = ["settings", "sessions", "clusters", "barge-ins", "met", "detection p50 [ms]", "stopped", "stop p50 [ms]",
         "leak p50 [ms]", "in the tail", "cut-offs per hold", "answer p50 [ms]"]  # fmt: skip
CAUSES = {
    "as-recorded": "nothing comes late",
    "stragglers": "one to three late deltas (assumed)",
    "interrupt_response-false": "`interrupt_response: false` (order assumed)",
    "local-vad-cut": "Grok, cut by a local detector",
}


def markdown(rows: list[dict[str, object]]) -> str:
    """Give rows as a Markdown table."""
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *([str(r[c]) for c in head] for r in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def recorded() -> str:
    """The as-recorded table."""
    frame = bi.measure(SESSIONS, by="settings")
    shown = frame.astype(object).where(frame.notna(), "–")
    rows = [{"provider, model": f"{r['provider']}, {r['model']}", **{c: plain(r[c]) for c in TABLE}}
            for r in shown.to_dict("records")]  # fmt: skip
    note = f"*As recorded, by settings in force: {len(open_corpus(SESSIONS, verify=False))} embedded sessions. Basis: "
    return markdown(rows) + "\n\n" + note + "modelled provider and player, read speech; medians in ms.*"


def plain(value: object) -> object:
    """Whole numbers without a fraction."""
    return int(value) if isinstance(value, float) else value


def findings() -> str:
    """Who lets revoked audio back in, and how wrong the books are."""
    runs = [run for case in open_corpus(SESSIONS, verify=False) for run in run_policies(case)]
    rows = policy_rows(runs)
    table = []
    for cause, what in CAUSES.items():
        named = {r.policy.partition("@")[0]: r for r in rows if r.cause == cause}
        cells = {name: f"{float(str(r.row()['revoked heard [ms]'])) / SECOND:.1f} s in {r.row()['in sessions']}"
                 for name, r in named.items()}  # fmt: skip
        table.append({"audio of a cut response that is heard after the cut": what, **cells})
    totals = {str(t["sessions"]): t for t in account_totals([account(r) for r in runs
                                                            if r.outcome.policy.name == "keyed"])}  # fmt: skip
    everyone, calm = totals["all"], totals["never interrupted"]

    def s(row: dict[str, object], key: str) -> str:
        return f"{int(str(row[key])) / SECOND:.0f} s"

    books = (
        f"Arrival accounting, as the origin's server kept it, under `keyed` books {s(everyone, 'agent booked')} of the "
        f"{s(everyone, 'agent heard')} in which the agent was heard ({s(everyone, 'agent booked, fixed')} after its "
        f"fix), and {s(everyone, 'phantom silence')} of *phantom silence* while it was heard; {everyone['unseen']} of "
        f"{everyone['barge-ins']} barge-ins fell in the playback tail, where it saw none. Interruptions are not the "
        f"reason: in the {calm['n']} sessions without one it books {s(calm, 'agent booked')} of "
        f"{s(calm, 'agent heard')}."
    )
    tie = "Where nothing comes late, `stop-only`, `suppress` and `keyed` are the same gate: they tie, sample by sample."
    return f"{markdown(table)}\n\n{tie} {books}"


PARTS = {"recorded": recorded, "findings": findings}


def part(name: str) -> re.Pattern[str]:
    """Find a part of the README between its marks."""
    return re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)


def test_the_figures_are_those_of_this_code() -> None:
    """Every figure of the README is computed from the embedded sessions."""
    text = README.read_text(encoding="utf-8")
    for name, made in PARTS.items():
        found = part(name).search(text)
        assert found is not None
        assert f"<!-- {name} -->\n{made()}\n<!-- /{name} -->" == found[0]


def test_the_loggers_are_the_tested_files() -> None:
    """What a stranger copies is what the tests ran."""
    text = README.read_text(encoding="utf-8")
    for name in ("logger.py", "logger.mjs"):
        assert (ROOT / "docs" / "loggers" / name).read_text(encoding="utf-8").strip() in text


def test_every_link_and_picture_leads_somewhere() -> None:
    """Links inside the project point at files that exist."""
    for page in [README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "data" / "README.md", ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


if __name__ == "__main__":
    readme = README.read_text(encoding="utf-8")
    for key, make in PARTS.items():
        text = make()
        readme = part(key).sub(lambda m, text=text: m[1] + text + m[2], readme)
    README.write_text(readme, encoding="utf-8")
    sys.stdout.write("README.md: figures rewritten\n")
