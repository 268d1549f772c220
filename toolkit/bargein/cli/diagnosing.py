"""``bargein diagnose``: what went wrong in recorded sessions; a gate for somebody's continuous integration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bargein.cli import show
from bargein.cli.recordings import AsJson, Folder
from bargein.units import clock_text

if TYPE_CHECKING:
    from bargein.doctor import Diagnosis

#: Exit code when a finding is as grave as ``--fail-on``.
FOUND = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diagnose")(diagnose)


def diagnose(
    folder: Folder,
    rule: Annotated[list[str] | None, typer.Option(help="Only this rule, by name; may be repeated.")] = None,
    fail_on: Annotated[
        Literal["note", "warning", "error"] | None, typer.Option(help="Exit with 1 on a finding as grave as this.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find what went wrong: each finding with its instant, its evidence, its number and the remedy.

    Example: bargein diagnose data/sessions/openai-17-stragglers --fail-on warning
    """
    from bargein.corpus import open_corpus
    from bargein.doctor import chosen, reaches
    from bargein.doctor import diagnose as look
    from bargein.metrics.truth import remarks
    from bargein.report.views import findings_table

    rules = chosen(rule)
    corpus = open_corpus(folder)
    found = [look(case, rules) for case in corpus]
    if as_json:
        show.data(list(findings_table(found).rows))
    else:
        show.lines([*_findings(found), *_remedies(found), *_unchecked(found)])
        show.lines(remarks(case.session for case in corpus))
    if fail_on is not None and any(reaches(one.worst, fail_on) for one in found):
        raise typer.Exit(FOUND)


def _findings(found: Sequence[Diagnosis]) -> Iterator[str]:
    for one in found:
        yield f"{one.session} ({one.basis.partition(':')[0]}): {len(one.findings) or 'nothing'} found"
        for finding in one.findings:
            at = "" if finding.at is None else f" at {clock_text(finding.at)}"
            yield f"  {finding.severity} {finding.rule}{at}: {finding.says}"
            yield from (f"    {ref}" for ref in finding.events)


def _remedies(found: Sequence[Diagnosis]) -> Iterator[str]:
    """Each remedy once, in the order of the rules."""
    said = dict.fromkeys((f.rule, f.remedy) for one in found for f in one.findings)
    yield from ["", "What to do:"] * bool(said)
    yield from (f"  {rule}: {remedy}" for rule, remedy in said)


def _unchecked(found: Sequence[Diagnosis]) -> Iterator[str]:
    """Each reason once, with the rules that give it; of many sessions, in how many."""
    reasons: dict[str, dict[str, int]] = {}
    for one in found:
        for open_ in one.unchecked:
            rules = reasons.setdefault(open_.because, {})
            rules[open_.rule] = rules.get(open_.rule, 0) + 1
    yield from ["", "Not checkable:"] * bool(reasons)
    for because, rules in reasons.items():
        counted = (f"{rule} ({n} of {len(found)} sessions)" if len(found) > 1 else rule for rule, n in rules.items())
        yield f"  {', '.join(counted)}, because {because}"
