"""The rules, one a file, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Mapping

from bargein.doctor.base import Rule

_IN_ORDER: tuple[Rule, ...] = ()

#: By name.
RULES: Mapping[str, Rule] = {rule.name: rule for rule in _IN_ORDER}
