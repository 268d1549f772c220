"""The rules, one a file, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Mapping

from bargein.doctor.base import Rule
from bargein.doctor.rules import (
    cancel_race,
    drain_leak,
    no_server_cancel,
    stale_audio,
    truncate,
)

_IN_ORDER = (
    stale_audio.RULE, drain_leak.RULE, no_server_cancel.RULE, truncate.RULE, cancel_race.RULE,
)  # fmt: skip

#: By name.
RULES: Mapping[str, Rule] = {rule.name: rule for rule in _IN_ORDER}
