"""What the tests of rules share: one rule, asked of one log."""

from __future__ import annotations

import pytest

from bargein.corpus import Case
from bargein.doctor import RULES, diagnose


@pytest.fixture
def say(tmp_path):
    """What a rule finds in a log, as (value, severity), and why it could not look."""

    def said(rule, log):
        case = Case(log.bring(tmp_path / f"s{len(list(tmp_path.iterdir()))}"))
        found = diagnose(case, [RULES[rule]])
        return [(f.value, f.severity) for f in found.findings], [u.because for u in found.unchecked]

    return said
