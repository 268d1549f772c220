"""Every policy that ships, by name."""

from __future__ import annotations

from collections.abc import Mapping

from bargein.errors import Problem, SettingsError
from bargein.events import SOURCES
from bargein.gate.peers import PEERS
from bargein.gate.policies import HOUSE, Policy

#: By name; the house's in the order they were invented, then what peers ship.
POLICIES: Mapping[str, Policy] = {**HOUSE, **PEERS}


def policy(name: str | Policy) -> Policy:
    """Look a policy up by name, with or without its trigger's source.

    Parameters
    ----------
    name
        ``keyed``, ``keyed@provider``, ``keyed@local-vad``, ``keyed@transcript`` …; without a source, the policy's own
        (of the house's gates the provider). A policy is given back as it is.

    Raises
    ------
    SettingsError
        No such policy, or no such source.

    Examples
    --------
    >>> policy("keyed").title, policy("stop-only@local-vad").title
    ('keyed', 'stop-only@local-vad')
    """
    if isinstance(name, Policy):
        return name
    base, _, source = name.partition("@")
    problems = []
    if base not in POLICIES:
        problems.append(Problem(f"policy {base!r} is not known", name, f"one of {', '.join(POLICIES)}"))
    if source and source not in SOURCES:
        hint = f"one of {', '.join(SOURCES)}"
        problems.append(Problem(f"trigger source {source!r} is not known", name, hint))
    if problems:
        raise SettingsError(problems, "policy name")
    return POLICIES[base].at(source) if source else POLICIES[base]
