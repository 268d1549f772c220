"""A setting with a few values, beside the numbers of :class:`bargein.settings.Knob`."""

from __future__ import annotations

from dataclasses import dataclass

from bargein.errors import Problem


@dataclass(frozen=True, slots=True)
class Option:
    """One setting with a few values, as a provider offers it.

    Parameters
    ----------
    name
        Field of :class:`ServerVad`, or a name of ours.
    values
        What may be chosen, in our words.
    default
        The provider's; None where it is not documented.
    source
        Where values and default come from.
    wire
        The same values as the provider writes them, in the order of ``values``; empty: as they are.

    Examples
    --------
    >>> heeds = Option("interrupt_response", (True, False), True, "docs", wire=("INTERRUPTS", "NO_INTERRUPTION"))
    >>> heeds.to_wire(False), heeds.from_wire("INTERRUPTS"), heeds.parse("false")
    ('NO_INTERRUPTION', True, False)
    >>> print(heeds.problem("loud", "setup.activityHandling"))
    interrupt_response: 'loud' is not one of true, false @ setup.activityHandling
    """

    name: str
    values: tuple[bool | str, ...]
    default: bool | str | None
    source: str
    wire: tuple[bool | str, ...] = ()

    @property
    def range_text(self) -> str:
        """What may be chosen, in words."""
        return ", ".join(map(word, self.values))

    @property
    def default_text(self) -> str:
        """The default in words."""
        return "not documented" if self.default is None else word(self.default)

    def parse(self, text: str) -> object:
        """Read a value as it is typed; what is none stays as it is, and :meth:`problem` names it."""
        return {word(value): value for value in self.values}.get(text, text)

    def problem(self, value: object, place: str) -> Problem | None:
        """Give what is wrong with a value, or None."""
        known = any(value is ours or (isinstance(ours, str) and value == ours) for ours in self.values)
        return None if known else Problem(f"{self.name}: {value!r} is not one of {self.range_text}", place)

    def warning(self, value: object, place: str) -> None:
        """Give nothing: of a few values none is unusual."""

    def to_wire(self, value: bool | str) -> bool | str:
        """Give a value as the provider writes it."""
        return dict(zip(self.values, self.wire or self.values, strict=True))[value]

    def from_wire(self, value: bool | str) -> bool | str:
        """Give a value as we write it."""
        return dict(zip(self.wire or self.values, self.values, strict=True))[value]


def word(value: object) -> str:
    """Write a value as it is typed.

    Examples
    --------
    >>> word(True), word("low")
    ('true', 'low')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)
