"""A recorded websocket as YAML: the cassettes that test suites keep, ``interactions`` of ``kind, direction, data``.

Where a cassette has times, ``at``, they are seconds since its beginning; payloads are as a rule cut to some bytes,
which the importer finds out by itself. Source: the cassettes of pydantic/pydantic-ai, tests/realtime/cassettes.
"""

from __future__ import annotations

from typing import Any

from bargein.errors import Problem
from bargein.units import ms_from_seconds

SUFFIXES = (".yaml", ".yml")
KEY = "interactions"


def interactions(raw: bytes, name: str) -> tuple[list[tuple[int, dict[str, Any]]], list[Problem]]:
    r"""Read a cassette as lines of a log.

    Parameters
    ----------
    raw
        YAML; only plain values are made of it.
    name
        Of the file, for messages.

    Returns
    -------
    Line of the file (from 1) and object of every interaction, ``at`` become ``t`` in milliseconds; what is wrong.

    Examples
    --------
    >>> interactions(b"interactions:\n- {kind: message, direction: sent, at: 0.63, data: {type: x}}\n", "a.yaml")
    ([(2, {'kind': 'message', 'direction': 'sent', 'data': {'type': 'x'}, 't': 630})], [])
    """
    import yaml  # type: ignore[import-untyped, unused-ignore]

    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        loader = fast(raw)
        root = loader.get_single_node()
        parts = root.value if isinstance(root, yaml.MappingNode) else []
        found = next((node for key, node in parts if key.value == KEY), None)
        if not isinstance(found, yaml.SequenceNode):
            return [], [Problem(f"no list of {KEY}", name, "YAML of another kind? A cassette has one")]
        made = [(node.start_mark.line + 1, loader.construct_object(node, deep=True)) for node in found.value]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}" if mark is not None else name
        return [], [Problem(f"no YAML: {getattr(error, 'problem', None) or error}", place, "cut off, or edited?")]
    problems = [Problem("not an object", f"{name}:{line}") for line, value in made if not isinstance(value, dict)]
    return [(line, _in_ms(value)) for line, value in made if isinstance(value, dict)], problems


def _in_ms(value: dict[str, Any]) -> dict[str, Any]:
    """Seconds of ``at`` to milliseconds of ``t``; what is no number stays, and is refused as any other time is."""
    at = value.get("at")
    if "t" in value or isinstance(at, bool) or not isinstance(at, int | float):
        return value
    return {**{k: v for k, v in value.items() if k != "at"}, "t": ms_from_seconds(at)}
