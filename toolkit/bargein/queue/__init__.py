"""Label only what matters: the events on which settings disagree, a random part of the rest, and weights for both."""

from bargein.queue.desk import Clip, Desk
from bargein.queue.making import make_queue, working_copy
from bargein.queue.rates import ANSWERS, SettingRate
from bargein.queue.whole import HALF_WIDTH, Progress, Queue, open_queue

__all__ = [
    "ANSWERS", "HALF_WIDTH", "Clip", "Desk", "Progress", "Queue", "SettingRate", "make_queue", "open_queue",
    "working_copy",
]  # fmt: skip
