"""What comes out of a scene that was played: everything that happened, before it is a session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bargein.compose.clips import Line
from bargein.compose.scene import Scene
from bargein.compose.script import Placed
from bargein.events import Event
from bargein.ledger import Heard
from bargein.providers.model import Model


@dataclass(frozen=True, slots=True)
class Logged:
    """One log line before it is numbered."""

    t: int
    direction: str
    payload: dict[str, Any]


@dataclass
class Performance:
    """Everything that happened in a scene.

    Parameters
    ----------
    scene, seed
        What was played, with which draw.
    model
        The provider, as it is at the end.
    log
        In order, without the microphone's appends.
    events
        What the client saw, a local detector included.
    placed
        The user's acts, but for echoes.
    said
        Pieces of the agent's lines in the order of the log: the line, first sample, samples.
    spoken
        The agent's lines by item.
    origin_ms, settled_ms, length_ms
        When the microphone began, when the settings were confirmed, when the session ended.
    """

    scene: Scene
    seed: int
    model: Model
    heard: Heard
    log: list[Logged] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    said: list[tuple[Line, int, int]] = field(default_factory=list)
    spoken: dict[str, Line] = field(default_factory=dict)
    origin_ms: int = 0
    settled_ms: int = 0
    length_ms: int = 0
