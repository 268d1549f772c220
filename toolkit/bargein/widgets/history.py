"""Steps that can be taken back, and taken again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

T = TypeVar("T")
#: Steps that are remembered.
KEPT = 200


@dataclass(frozen=True, slots=True)
class History(Generic[T]):
    """Where one is, where one was, and where one came back from.

    Examples
    --------
    >>> there = History(1).step(2).step(2).step(3)
    >>> there.back().now, there.back().back().now, there.back().back().back().now
    (2, 1, 1)
    >>> there.back().again().now, there.back().step(9).again().now
    (3, 9)
    """

    now: T
    before: tuple[T, ...] = ()
    behind: tuple[T, ...] = ()

    def step(self, to: T) -> History[T]:
        """Go on; what is the same is no step, and what was taken back is forgotten."""
        return self if to == self.now else History(to, (*self.before, self.now)[-KEPT:])

    def back(self) -> History[T]:
        """Take the last step back; at the beginning nothing happens."""
        if not self.before:
            return self
        return replace(self, now=self.before[-1], before=self.before[:-1], behind=(self.now, *self.behind))

    def again(self) -> History[T]:
        """Take again what was taken back last."""
        if not self.behind:
            return self
        return replace(self, now=self.behind[0], before=(*self.before, self.now), behind=self.behind[1:])
