"""The barge-in gate: trigger x reaction, both tables; policies as data; a machine without a clock."""

from bargein.gate.machine import Cut, Decision, Gate
from bargein.gate.policies import KEYED, POLICIES, SOURCE_NAMES, Policy, policy
from bargein.gate.tables import Action, Flow, Reaction, Trigger, Watch

__all__ = [
    "KEYED", "POLICIES", "SOURCE_NAMES", "Action", "Cut", "Decision", "Flow", "Gate", "Policy", "Reaction", "Trigger",
    "Watch", "policy",
]  # fmt: skip
