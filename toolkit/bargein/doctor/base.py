"""What a diagnosis is made of: rules, what they find, and what they cannot check.

A rule looks at the *record*: what was said on the wire, what the client's player did, what both sides sounded like.
It never looks at a replay. Where the record lacks its evidence it says so; silence of a rule means that it looked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from bargein.corpus import Case
from bargein.errors import NotAnswerable

Severity = Literal["error", "warning", "note"]
#: Gravest first.
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
Needs = Literal["E", "E+A", "E+A+C", "E+C", "A"]
#: What a letter of ``needs`` stands for.
EVIDENCE: Mapping[str, str] = {"E": "event log", "A": "both sides' audio", "C": "log of the client's player"}


class CannotCheck(NotAnswerable):
    """A rule lacks its evidence; the text is the reason, as the end of *not checkable, because …*."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that went wrong, once.

    Parameters
    ----------
    rule
        Name of the rule that found it.
    severity
        ``error`` the user noticed or the provider refused; ``warning`` likely harm; ``note`` worth knowing.
    at
        Session ms; None: of the whole session.
    says
        One sentence, with the number and its unit.
    events
        What shows it: ``events.jsonl:LINE type`` or ``client.jsonl:LINE ev``, lines from 1.
    value, unit
        The number alone; None where there is none.
    remedy
        What to do about it at this session's provider.
    """

    rule: str
    severity: Severity
    at: int | None
    says: str
    events: tuple[str, ...] = ()
    value: float | None = None
    unit: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A rule that could not look, and why: a sentence that follows *not checkable, because*."""

    rule: str
    because: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that goes wrong in the field, and how a recording shows it.

    Parameters
    ----------
    number
        1 to 16.
    name, title
        As on the command line; as in a table.
    looks_for
        What it finds, in a sentence.
    threads
        Where it was reported: ``owner/name#number``.
    needs
        Letters of :data:`EVIDENCE`.
    severity
        Of its findings, unless one says otherwise.
    remedies
        By provider; ``""`` for all others.
    check
        Finds it in one session; raises :class:`CannotCheck` where the evidence is missing.
    """

    number: int
    name: str
    title: str
    looks_for: str
    threads: tuple[str, ...]
    needs: Needs
    severity: Severity
    remedies: Mapping[str, str]
    check: Callable[[Case], Iterator[Finding]]

    def finding(
        self, case: Case, at: int | None, says: str, events: Iterable[str] = (), value: float | None = None,
        unit: str = "", severity: Severity | None = None,
    ) -> Finding:  # fmt: skip
        """Give a finding of this rule, with its severity and the remedy at the session's provider."""
        remedy = self.remedies.get(case.session.info.provider, self.remedies.get("", ""))
        return Finding(
            self.name, severity or self.severity, at, says, tuple(dict.fromkeys(events)), value, unit, remedy
        )


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the rules say of one session.

    Parameters
    ----------
    session
        Its id.
    basis
        ``recorded``, or ``modelled`` with what was: a finding in a composed session verifies the rule, and says nothing
        about a provider.
    findings
        In order of rule and time.
    unchecked
        Rules that lacked their evidence.
    """

    session: str
    basis: str
    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]

    @property
    def worst(self) -> Severity | None:
        """The gravest severity found; None when nothing was.

        Examples
        --------
        >>> note, error = (Finding("clock", s, 0, "late") for s in ("note", "error"))
        >>> Diagnosis("s", "recorded", (note, error), ()).worst
        'error'
        """
        return min((f.severity for f in self.findings), key=SEVERITIES.index, default=None)

    def of(self, rule: str) -> tuple[Finding, ...]:
        """Findings of one rule."""
        return tuple(f for f in self.findings if f.rule == rule)


def reaches(worst: Severity | None, limit: Severity) -> bool:
    """Whether a severity is as grave as a limit.

    Examples
    --------
    >>> reaches("warning", "note"), reaches("note", "warning"), reaches(None, "note")
    (True, False, False)
    """
    return worst is not None and SEVERITIES.index(worst) <= SEVERITIES.index(limit)
