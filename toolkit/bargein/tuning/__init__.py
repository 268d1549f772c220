"""Which settings should this provider have? Objectives, a proposal or a refusal, and the file to send."""

from bargein.tuning.export import export, verified
from bargein.tuning.figures import Ends, Figures, FrontierRow, Padding, Pair, Per
from bargein.tuning.objectives import Evidence
from bargein.tuning.recommend import tune
from bargein.tuning.shares import PerMinute
from bargein.tuning.tuned import Budget, Choice, Proposal, Refusal, RestsOn, Tuned

__all__ = [
    "tune", "Tuned", "Proposal", "Refusal", "Choice", "Budget", "RestsOn", "Evidence", "Figures", "Ends", "FrontierRow",
    "Pair", "Padding", "Per", "PerMinute", "export", "verified",
]  # fmt: skip
