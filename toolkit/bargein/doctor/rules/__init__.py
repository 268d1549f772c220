"""The rules, one a file, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Mapping

from bargein.doctor.base import Rule
from bargein.doctor.rules import (
    cancel_race,
    drain_leak,
    echo_trigger,
    no_server_cancel,
    phantom_interruption,
    stale_audio,
    stuck_after_barge_in,
    truncate,
)

_IN_ORDER = (
    stale_audio.RULE, drain_leak.RULE, no_server_cancel.RULE, truncate.RULE, cancel_race.RULE,
    stuck_after_barge_in.RULE, phantom_interruption.RULE, echo_trigger.RULE,
)  # fmt: skip

#: By name.
RULES: Mapping[str, Rule] = {rule.name: rule for rule in _IN_ORDER}
