"""The rules, one a file, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Mapping

from bargein.doctor.base import Rule
from bargein.doctor.rules import (
    cancel_race,
    clock,
    config_incomplete,
    cut_off,
    deaf,
    drain_leak,
    echo_trigger,
    false_stop,
    history_mismatch,
    metric_hygiene,
    no_server_cancel,
    phantom_interruption,
    rate_mismatch,
    stale_audio,
    stuck_after_barge_in,
    truncate,
)

_IN_ORDER = (
    stale_audio.RULE, drain_leak.RULE, no_server_cancel.RULE, truncate.RULE, cancel_race.RULE,
    stuck_after_barge_in.RULE, phantom_interruption.RULE, echo_trigger.RULE,
    false_stop.RULE, deaf.RULE, cut_off.RULE, clock.RULE, metric_hygiene.RULE, history_mismatch.RULE,
    config_incomplete.RULE, rate_mismatch.RULE,
)  # fmt: skip

#: By name.
RULES: Mapping[str, Rule] = {rule.name: rule for rule in _IN_ORDER}
