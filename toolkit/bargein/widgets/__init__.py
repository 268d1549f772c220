"""Controls for notebooks: they show what the toolkit computes and hold no logic of their own."""

from bargein.widgets.compare import Compare
from bargein.widgets.labeller import Labeller
from bargein.widgets.timeline import Timeline
from bargein.widgets.tuner import Tuner

__all__ = ["Compare", "Labeller", "Timeline", "Tuner"]
