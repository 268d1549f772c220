"""What went wrong in a recorded session: rules from the field, each with its instant, its evidence and its remedy."""

from __future__ import annotations

from collections.abc import Iterable

from bargein.corpus import Case
from bargein.doctor.base import (
    SEVERITIES,
    CannotCheck,
    Diagnosis,
    Finding,
    Rule,
    Severity,
    Unchecked,
    reaches,
)
from bargein.doctor.rules import RULES
from bargein.errors import NotAnswerable, Problem, SettingsError, check


def chosen(names: Iterable[str] | None = None) -> list[Rule]:
    """Give rules by name, in order of their numbers; without names all of them.

    Raises
    ------
    SettingsError
        No such rule.

    Examples
    --------
    >>> [rule.number for rule in chosen(["truncate", "stale-audio"])]
    [1, 4]
    """
    wanted = set(names or RULES)
    hint = f"one of {', '.join(RULES)}"
    check((Problem(f"rule {name!r} is not known", hint=hint) for name in sorted(wanted - set(RULES))), SettingsError)
    return [rule for name, rule in RULES.items() if name in wanted]


def diagnose(case: Case, rules: Iterable[Rule] = RULES.values()) -> Diagnosis:
    """Look for everything that is known to go wrong in one session.

    Parameters
    ----------
    case
        The session, as it was recorded.
    rules
        Which; default: all.

    Returns
    -------
    What was found, in order of rule and time, and which rules lacked their evidence.
    """
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for rule in rules:
        found: list[Finding] = []
        try:
            for one in rule.check(case):
                found += [one]  # a rule that lacks only part of its evidence says what the rest shows
        except NotAnswerable as reason:
            unchecked.append(Unchecked(rule.name, str(reason)))
        findings += sorted(found, key=lambda f: -1 if f.at is None else f.at)
    return Diagnosis(case.session.id, case.session.info.basis, tuple(findings), tuple(unchecked))


__all__ = [
    "RULES", "SEVERITIES", "CannotCheck", "Diagnosis", "Finding", "Rule", "Severity", "Unchecked", "chosen", "diagnose",
    "reaches",
]  # fmt: skip
