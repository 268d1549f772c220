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
    groups: list[set[str]] = []
    for named in keys:
        found = named or {"unknown"}
        touching = [g for g in groups if g & found]
        groups = [g for g in groups if not g & found] + [set().union(found, *touching)]
    return len(groups)
