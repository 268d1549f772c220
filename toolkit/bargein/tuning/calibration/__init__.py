"""Calibration: what a provider's own reports say about its detector, and what they leave open."""

from __future__ import annotations

from bargein.tuning.calibration.calibrate import calibrate, calibrate_on
from bargein.tuning.calibration.evidence import Key, Recorded, Report
from bargein.tuning.calibration.fit import Calibration, Fit
from bargein.tuning.calibration.storing import opened, read, write
from bargein.vad.surrogate import PRIOR, PRIORS, Surrogate

__all__ = [
    "PRIOR", "PRIORS", "Calibration", "Fit", "Key", "Recorded", "Report", "Surrogate", "calibrate", "calibrate_on",
    "opened", "read", "write",
]  # fmt: skip
