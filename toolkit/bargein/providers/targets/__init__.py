"""What settings can be written for: one table of files, each with its shape, ranges, defaults and sources."""

from __future__ import annotations

from collections.abc import Mapping

from bargein.errors import Problem, SettingsError
from bargein.providers.targets.base import SHARED, Field, Language, Target
from bargein.providers.targets.clouds import AZURE, GEMINI
from bargein.providers.targets.frameworks import LIVEKIT, PIPECAT
from bargein.providers.targets.options import Option
from bargein.providers.targets.realtime import GROK, OPENAI_FLAT, OPENAI_GA

#: By the name that is typed.
TARGETS: Mapping[str, Target] = {t.name: t for t in (OPENAI_GA, OPENAI_FLAT, GROK, GEMINI, AZURE, LIVEKIT, PIPECAT)}


def target(name: str) -> Target:
    """Look a target up.

    Raises
    ------
    SettingsError
        It is not known.

    Examples
    --------
    >>> target("livekit").title
    'LiveKit Agents'
    """
    if name not in TARGETS:
        raise SettingsError([Problem(f"target {name!r} is not known", hint=f"one of {', '.join(TARGETS)}, typescript")])
    return TARGETS[name]


__all__ = ["SHARED", "TARGETS", "Field", "Language", "Option", "Target", "target"]
