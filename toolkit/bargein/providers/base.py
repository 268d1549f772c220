"""What a provider is, as one value: what its log says, what it can be told, how its record shows an interruption."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bargein.errors import Problem
from bargein.events import Event
from bargein.providers.wire import CLIENT, SERVER, SILENT, Parser, ga_name
from bargein.settings import Knob, ServerVad, problems


@dataclass(frozen=True, slots=True)
class Response:
    """What a log tells of one response, in session time (None: not in the log).

    ``interrupted`` is the provider's own account: it stopped generating because of the user. A response that had been
    generated whole can still be cut while it is being *heard*; no provider says so on a WebSocket. ``synthetic``: the
    log has no id for it, or none for some of its audio; ``minting`` says what was done about it.
    """

    id: str
    created: int | None = None
    first_delta: int | None = None
    last_delta: int | None = None
    audio_done: int | None = None
    done: int | None = None
    status: str = ""
    reason: str = ""
    outputs: int = 0
    items_closed: int = 0
    interrupted: bool = False
    texts: tuple[tuple[str, int | None], ...] = ()
    synthetic: bool = False

    def done_by(self, at: int) -> bool:
        """Whether it had ended by a time, in the log."""
        return self.done is not None and self.done <= at

    @property
    def text(self) -> str:
        """Everything the agent generated; dated phrases come without the space between them."""
        dated = any(start is not None for _, start in self.texts)
        return (" " if dated else "").join(text for text, _ in self.texts)


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider.

    Parameters
    ----------
    name, title
        As in ``session.json``; as in tables.
    knobs
        What can be tuned: range, default, source.
    path
        Where ``turn_detection`` stands in a session update.
    wrap
        A ``turn_detection`` object to the whole session update the provider expects.
    interrupted
        Whether a finished response was interrupted, from its facts.
    ignored
        Settings that the provider accepts without effect.
    at_barge_in
        What a client must tell the provider when it cuts, in words.
    recommends
        Whether its voice detection has a model that tuning may recommend for; otherwise only candidates to try.
    speaks
        Wire names of its own, on top of the shared table.
    silent
        Further names that say nothing about turn taking.
    """

    name: str
    title: str
    knobs: tuple[Knob, ...]
    path: str
    wrap: Callable[[dict[str, Any]], dict[str, Any]]
    interrupted: Callable[[Response], bool]
    at_barge_in: str
    recommends: bool
    why_not: str = ""
    ignored: tuple[str, ...] = ()
    speaks: Mapping[str, Parser] | None = None
    silent: frozenset[str] = frozenset()

    @property
    def documented(self) -> ServerVad:
        """Its documented defaults; a knob without one stays unset."""
        values: dict[str, Any] = {k.name: k.default for k in self.knobs}
        return ServerVad(**values)

    @property
    def thresholds(self) -> tuple[float, float]:
        """The lowest and the highest threshold that it accepts; 0 and 1 where it states no bound."""
        knob = next(k for k in self.knobs if k.name == "threshold")
        return 0.0 if knob.low is None else knob.low, 1.0 if knob.high is None else knob.high

    def parse(self, payload: Mapping[str, Any], at: int, direction: str = "s2c") -> Event | None:
        """Read one payload as a neutral event; None when it says nothing about turn taking."""
        parser = self.parser(str(payload.get("type", "")), direction)
        return parser(payload, at) if parser else None

    def parser(self, name: str, direction: str = "s2c") -> Parser | None:
        """Give what reads the events of a name; None for those that say nothing about turn taking."""
        name = ga_name(name)
        return (self.speaks or {}).get(name) or (SERVER if direction == "s2c" else CLIENT).get(name)

    def knows(self, name: str) -> bool:
        """Whether an event name belongs to the provider's protocol."""
        name = ga_name(name)
        return name in SERVER or name in CLIENT or name in SILENT or name in self.silent or name in (self.speaks or {})

    def to_wire(self, settings: ServerVad) -> dict[str, Any]:
        """Write settings as the session update this provider expects."""
        fields = {k: v for k, v in settings.to_wire().items() if k not in self.ignored}
        return self.wrap(fields)

    def problems(self, settings: ServerVad) -> list[Problem]:
        """Give everything the provider would refuse, with the path of each field."""
        return list(problems(settings, self.knobs, self.path))

    def warnings(self, settings: ServerVad) -> list[Problem]:
        """Give what it would accept and what is still doubtful."""
        return list(self._doubts(settings))

    def _doubts(self, settings: ServerVad) -> Iterator[Problem]:
        for knob in self.knobs:
            value = getattr(settings, knob.name)
            if value is not None and (found := knob.warning(value, f"{self.path}.{knob.name}")):
                yield found
        for name in self.ignored:
            if getattr(settings, name) is not None:
                yield Problem(f"{name} has no effect at {self.title}", f"{self.path}.{name}")
