"""The field's own scores, one file a definition set; :data:`DEFINITIONS` names them."""

from __future__ import annotations

from collections.abc import Mapping

from bargein.errors import Problem, SettingsError
from bargein.metrics.definitions.base import CODED, DEFINED, QUESTIONS, Conversation, Definition, Figure, Sound, Turn
from bargein.metrics.definitions.eot_bench import EOT_BENCH
from bargein.metrics.definitions.eva import EVA
from bargein.metrics.definitions.full_duplex_bench import FULL_DUPLEX_BENCH
from bargein.metrics.definitions.sid_bench import SID_BENCH
from bargein.metrics.definitions.tau_voice import TAU_VOICE

#: By the name on the command line.
DEFINITIONS: Mapping[str, Definition] = {
    d.name: d for d in (TAU_VOICE, EVA, FULL_DUPLEX_BENCH, EOT_BENCH, SID_BENCH)
}  # fmt: skip

__all__ = [
    "CODED", "DEFINED", "DEFINITIONS", "QUESTIONS", "Conversation", "Definition", "Figure", "Sound", "Turn",
    "definition", "difference_rows",
]  # fmt: skip


#: Where a script does what its prose says.
SAME = "the same"


def definition(name: str) -> Definition:
    """Give a definition by its name.

    Raises
    ------
    SettingsError
        There is none of that name.

    Examples
    --------
    >>> definition("eva").readings
    ('as defined', 'as coded')
    """
    if name not in DEFINITIONS:
        hint = f"one of {', '.join(DEFINITIONS)}"
        raise SettingsError([Problem(f"no definition {name!r}", "--definition", hint)], "score")
    return DEFINITIONS[name]


def difference_rows(*names: str) -> list[dict[str, str]]:
    """Give every difference from ours, with its reason: of the named definitions, or of all."""
    return [
        {"definition": d.name, "what": x.what, "as defined": x.theirs, "as coded": x.coded or SAME, "ours": x.ours,
         "because": x.because}
        for d in map(definition, names or DEFINITIONS) for x in d.differences
    ]  # fmt: skip
