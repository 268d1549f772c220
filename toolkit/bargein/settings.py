"""What can be tuned: a server's voice detection, as values, and the limits a provider sets, as a table.

Providers differ in ranges, defaults and shape on the wire; the values are the same three. What a provider accepts is a
:class:`Knob` per setting, in its own file under ``providers/``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from bargein.errors import Problem, SettingsError

Eagerness = Literal["low", "medium", "high", "auto"]


@dataclass(frozen=True, slots=True)
class ServerVad:
    """Settings of a provider's score-based voice detection; None means: not set, the provider's own default holds.

    Parameters
    ----------
    threshold
        Enter threshold, score 0..1.
    prefix_padding_ms
        Audio kept from before the detected onset.
    silence_duration_ms
        End silence waited for before the offset is announced.
    create_response, interrupt_response
        Whether the provider answers a turn by itself, and stops by itself when the user speaks.
    idle_timeout_ms
        Silence after which the provider speaks again.

    Examples
    --------
    >>> ServerVad(0.5, 300, 500).label
    'server_vad 0.5/300/500'
    """

    threshold: float | None = None
    prefix_padding_ms: int | None = None
    silence_duration_ms: int | None = None
    create_response: bool | None = None
    interrupt_response: bool | None = None
    idle_timeout_ms: int | None = None

    @property
    def label(self) -> str:
        """Short name for tables: threshold / prefix / silence, ``-`` where not set."""
        three = (self.threshold, self.prefix_padding_ms, self.silence_duration_ms)
        off = ", no interrupt" if self.interrupt_response is False else ""
        return "server_vad " + "/".join("-" if v is None else f"{v:g}" for v in three) + off

    def to_wire(self) -> dict[str, Any]:
        """Give the ``turn_detection`` object that OpenAI-like providers share; settings not set are left out."""
        values = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {"type": "server_vad", **{k: v for k, v in values if v is not None}}


@dataclass(frozen=True, slots=True)
class SemanticVad:
    """Settings of a provider's meaning-based turn detection, which has no threshold, padding or silence."""

    eagerness: Eagerness = "auto"
    create_response: bool | None = None
    interrupt_response: bool | None = None

    @property
    def label(self) -> str:
        """Short name for tables."""
        return f"semantic_vad {self.eagerness}"

    def to_wire(self) -> dict[str, Any]:
        """Give the ``turn_detection`` object."""
        values = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {"type": "semantic_vad", **{k: v for k, v in values if v is not None}}


@dataclass(frozen=True, slots=True)
class ManualTurns:
    """No voice detection: the client commits each turn itself."""

    @property
    def label(self) -> str:
        """Short name for tables."""
        return "manual"

    def to_wire(self) -> None:
        """Give what switches detection off."""
        return


TurnDetection = ServerVad | SemanticVad | ManualTurns

#: An end silence under one frame of the detectors we know (32 ms) is most likely a number of seconds.
FRAME_MS = 32
#: Units that are counted whole, by the end of a setting's name.
WHOLE = {"ms": "milliseconds", "words": "words"}


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting as a provider offers it.

    Parameters
    ----------
    name
        Field of :class:`ServerVad`, or a name of ours for what only some providers have.
    low, high
        Inclusive range the provider accepts; None where it states no bound.
    default
        The provider's documented default; None where there is none.
    sane_high
        Our own bound, above which a value is warned about.
    sane_low
        The same, below.
    source
        Where range and default come from.
    live
        Model by model, the default its sessions report on the wire, where they are on record.

    Examples
    --------
    >>> knob = Knob("silence_duration_ms", 0, None, 500, "docs", live=(("gpt-realtime", 200),))
    >>> knob.default_text, knob.default_for("gpt-realtime"), knob.default_for("another")
    ('500; on the wire: gpt-realtime 200', 200, 500)
    """

    name: str
    low: float | None
    high: float | None
    default: float | None
    source: str
    sane_high: float | None = None
    sane_low: float | None = None
    live: tuple[tuple[str, float], ...] = ()

    @property
    def unit(self) -> str:
        """``ms``, ``words`` or, for scores, the empty string."""
        return next((unit for unit in WHOLE if self.name.endswith(f"_{unit}")), "")

    @property
    def default_text(self) -> str:
        """The default in words: as documented, and as models report it."""
        documented = "not documented" if self.default is None else f"{self.default:g}"
        wire = ", ".join(f"{model} {value:g}" for model, value in self.live)
        return f"{documented}; on the wire: {wire}" if wire else documented

    def default_for(self, model: str) -> float | None:
        """Give what a model's sessions report, else what is documented, else None."""
        return dict(self.live).get(model, self.default)

    def parse(self, text: str) -> object:
        """Read a number as it is typed; what is none stays as it is, and :meth:`problem` names it."""
        try:
            value = float(text)
        except ValueError:
            return text
        return int(value) if self.unit and value.is_integer() else value

    @property
    def range_text(self) -> str:
        """The accepted range in words."""
        unit = f" {self.unit}" if self.unit else ""
        if self.high is None:
            return "any" if self.low is None else f"{self.low:g}{unit} or more"
        return f"{'' if self.low is None else f'{self.low:g}'}..{self.high:g}{unit}"

    def problem(self, value: object, place: str) -> Problem | None:
        """Give what is wrong with a value, or None.

        Examples
        --------
        >>> knob = Knob("silence_duration_ms", 0, 10_000, None, "docs")
        >>> print(knob.problem(0.8, "turn_detection.silence_duration_ms"))
        silence_duration_ms: 0.8 is not a whole number of milliseconds (seconds?) @ turn_detection.silence_duration_ms
        """
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return Problem(f"{self.name}: {value!r} is not a number", place)
        if not math.isfinite(value):
            return Problem(f"{self.name}: {value!r} is not a number", place)
        if self.unit and value != int(value):
            plural = WHOLE[self.unit]
            hint = "seconds?" if self.unit == "ms" and 0 < value < 20 else f"{plural} are whole here"
            return Problem(f"{self.name}: {value:g} is not a whole number of {plural}", place, hint)
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            what = f"outside {self.range_text}" if self.high is not None else f"not {self.range_text}"
            return Problem(f"{self.name}: {value:g} is {what}", place)
        return None

    def warning(self, value: float, place: str) -> Problem | None:
        """Give what is unusual about an accepted value, or None."""
        if self.sane_high is not None and value > self.sane_high:
            return Problem(f"{self.name}: {value:g} is unusually high (over {self.sane_high:g})", place)
        if self.sane_low is not None and value < self.sane_low:
            return Problem(f"{self.name}: {value:g} is unusually low (under {self.sane_low:g})", place)
        return None


def problems(settings: ServerVad, knobs: Iterable[Knob], place: str) -> Iterator[Problem]:
    """Give everything a provider would refuse in these settings, all at once.

    Parameters
    ----------
    settings
        What is to be sent.
    knobs
        The provider's table.
    place
        Path of the ``turn_detection`` object, for the messages.
    """
    for knob in knobs:
        value = getattr(settings, knob.name)
        if value is not None and (found := knob.problem(value, f"{place}.{knob.name}")):
            yield found


def from_wire(turn_detection: Mapping[str, Any] | None, place: str = "turn_detection") -> TurnDetection:
    """Read a ``turn_detection`` object as OpenAI and xAI write it; fields we do not tune are left aside.

    Raises
    ------
    SettingsError
        The type is none of ``server_vad``, ``semantic_vad``, null.

    Examples
    --------
    >>> from_wire({"type": "server_vad", "threshold": 0.3, "silence_duration_ms": 800})
    ServerVad(threshold=0.3, prefix_padding_ms=None, silence_duration_ms=800, create_response=None, \
interrupt_response=None, idle_timeout_ms=None)
    >>> from_wire({"type": None})
    ManualTurns()
    """
    if turn_detection is None or turn_detection.get("type") is None:
        return ManualTurns()
    kinds: dict[object, type[ServerVad] | type[SemanticVad]] = {"server_vad": ServerVad, "semantic_vad": SemanticVad}
    kind = kinds.get(turn_detection["type"])
    if kind is None:
        what = f"type: {turn_detection['type']!r} is not a turn detection we know"
        raise SettingsError([Problem(what, f"{place}.type", "server_vad, semantic_vad or null")])
    known = {f.name for f in fields(kind)}
    return kind(**{k: v for k, v in turn_detection.items() if k in known})


def merged(old: TurnDetection, new: TurnDetection) -> TurnDetection:
    """Give what is in force after a partial update: fields not set keep their old value.

    Examples
    --------
    >>> merged(ServerVad(0.5, 300, 500), ServerVad(silence_duration_ms=200)).label
    'server_vad 0.5/300/200'
    """
    if not isinstance(new, ServerVad) or not isinstance(old, ServerVad):
        return new
    return replace(old, **{f.name: v for f in fields(new) if (v := getattr(new, f.name)) is not None})


def changes(old: TurnDetection, new: ServerVad) -> dict[str, str]:
    """Say what an update changes, setting by setting; what stays as it is is not named.

    Examples
    --------
    >>> changes(ServerVad(0.5, 300, 500), ServerVad(0.5, 240, 480))
    {'prefix_padding_ms': '300 -> 240', 'silence_duration_ms': '500 -> 480'}
    >>> changes(ServerVad(0.85), ServerVad(0.85, 333))
    {'prefix_padding_ms': 'not set -> 333'}
    """
    pairs = ((f.name, getattr(old, f.name, None), getattr(new, f.name)) for f in fields(new))
    return {
        name: f"{'not set' if before is None else before} -> {after}"
        for name, before, after in pairs
        if after is not None and after != before
    }
