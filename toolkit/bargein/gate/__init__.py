"""The barge-in gate: trigger x reaction, both tables; policies as data; a machine without a clock."""

from bargein.gate.machine import Cut, Decision, Gate, bursts
from bargein.gate.named import POLICIES, policy
from bargein.gate.policies import GENERATIONS, KEYED, Playing, Policy
from bargein.gate.tables import Action, Flow, Reaction, Trigger, Watch

__all__ = [
    "GENERATIONS", "KEYED", "POLICIES", "Action", "Cut", "Decision", "Flow", "Gate", "Playing", "Policy", "Reaction",
    "Trigger", "Watch", "bursts", "policy",
]  # fmt: skip
