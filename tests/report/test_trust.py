"""Is the surrogate to be trusted: what is refused stays refused, and every figure is that of the calibration."""

from __future__ import annotations

from pathlib import Path

import pytest

from bargein.report.trust import Trust, trust
from bargein.tuning.calibration.blind import HIDDEN, trial

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"


@pytest.fixture(scope="module")
def seen() -> Trust:
    """A modelled session, and two blind tests."""
    return trust(SESSIONS / "openai-01-interruption", blind=["exit", "minimum speech"])


def test_modelled_sessions_are_no_evidence(seen: Trust) -> None:
    """They would confirm the model: what comes along speaks instead, and says that it is one group."""
    assert seen.calibration is None
    assert "would confirm the model" in seen.why_not
    assert "not estimable: 1 group, 3 are needed" in seen.error_at()
    assert {"fixed at prior: not identified"} == {row["status"] for row in seen.parameters.rows}
    assert "**0 of 8 parameters**" in seen.answer


def test_the_blind_tests_are_those_of_the_calibration(seen: Trust) -> None:
    """One detector is found out; the other could not be, and the calibration had promised too much."""
    (found, hidden), alone = seen.trial_table.rows, trial(HIDDEN["exit"])
    kept = ("prior", "calibrated", "as stated beforehand")
    assert [f"{f1:.3f}" for f1 in (alone.prior.f1, alone.calibrated.f1, alone.stated)] == [found[k] for k in kept]
    assert "hysteresis" == found["moved from the prior"]
    assert float(str(hidden["calibrated"])) < float(str(hidden["as stated beforehand"]))
    assert "better than the prior in 1 and worse in 0" in seen.answer
    assert "(minimum speech)" in seen.answer


def test_the_picture_is_the_identifiability_of_the_six_values(seen: Trust) -> None:
    """Enter against exit threshold."""
    assert "six recorded values" in seen.picture.title
