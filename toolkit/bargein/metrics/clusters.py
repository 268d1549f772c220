"""How many independent pieces of evidence are there? Sessions that share anything are one."""

from __future__ import annotations

from collections.abc import Iterable


def components(keys: Iterable[set[str]]) -> int:
    """Count connected components of shared speaker, call, source clip, noise or room response.

    Parameters
    ----------
    keys
        Per session, what it shares with others; a session that names nothing is counted with every other such one.

    Examples
    --------
    >>> components([{"speaker:a"}, {"speaker:a", "noise:1"}, {"speaker:b"}])
    2
    """
    return len(set(component_of(keys)))


def component_of(keys: Iterable[set[str]]) -> list[str]:
    """Name the component of each session: after the first of its keys in order of the alphabet.

    Examples
    --------
    >>> component_of([{"speaker:a"}, {"speaker:a", "noise:1"}, {"speaker:b"}])
    ['noise:1', 'noise:1', 'speaker:b']
    """
    named = [found or {"unknown"} for found in keys]
    groups: list[set[str]] = []
    for found in named:
        touching = [g for g in groups if g & found]
        groups = [g for g in groups if not g & found] + [set().union(found, *touching)]
    return [min(next(g for g in groups if g & found)) for found in named]
