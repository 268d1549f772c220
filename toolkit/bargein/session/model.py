"""What a recorded session says about itself: facts, tracks, log lines, labels.

The folder and every field stand in ``docs/session-format.md``. These are the same things as values; nothing here reads
a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bargein.settings import ManualTurns, TurnDetection

#: Version of the folder format written by this toolkit.
SCHEMA = 1

#: ``wall`` receive times; ``appends`` dated by the audio sent so far, in steps; ``none`` an order without times.
CLOCKS = ("wall", "appends", "none")
TRACK_KINDS = ("sent", "generated", "heard")
SPEECH_STYLES = ("read", "elicited", "spontaneous", "unknown")
DIRECTIONS = ("s2c", "c2s")

LABEL_KINDS = ("speech", "turn", "interruption", "backchannel", "tic", "noise", "echo", "side_talk")
LABEL_BASES = ("placement", "acoustic", "lexical", "human")
#: Annotators whose labels say where there is sound, and nothing of what anybody meant: a rule that runs on import, and
#: a log of audio streams.
ENERGY_RULE, AUDIO_STREAMS = "energy rule", "audio streams"
SOUND_ALONE = (ENERGY_RULE, AUDIO_STREAMS)
COMPLETE = ("yes", "no", "unsure")


@dataclass(frozen=True, slots=True)
class Track:
    """One sound file of a session.

    Parameters
    ----------
    file
        Name inside the folder.
    kind
        ``sent`` (the microphone as sent), ``generated`` (deltas end to end; placed by the ledger) or ``heard``.
    rate, samples
        Samples per second; length.
    origin_ms
        Session time of the first sample; without meaning for ``generated``.
    skew_ppm
        How much faster than session time the track's clock runs, in parts per million.
    """

    file: str
    kind: str
    rate: int
    samples: int
    origin_ms: int = 0
    skew_ppm: float = 0.0


class Record(NamedTuple):
    """One log line: when it was received or sent (None: not known), which way, on which connection, and the payload.

    ``seq`` is its place in the log, which orders what shares a millisecond.
    """

    seq: int
    t: int | None
    direction: str
    connection: str
    payload: Mapping[str, Any]

    @property
    def type(self) -> str:
        """The provider's own name of the event."""
        return str(self.payload.get("type", ""))


@dataclass(frozen=True, slots=True)
class Label:
    """A statement about what is true of a stretch of a track; ``measurement`` rules in ``docs/session-format.md``.

    Parameters
    ----------
    kind
        One of :data:`LABEL_KINDS`. A turn spans its pauses.
    onset_ms, offset_ms
        Session time, half-open.
    basis
        How it was found. ``placement`` (where a clip was put) enters no onset or stop metric.
    complete
        For turns: whether the user had finished.
    made
        When it was made, ISO 8601 with its zone; empty: not known. Two labels that differ in nothing else are equal.
    """

    kind: str
    onset_ms: int
    offset_ms: int
    track: str = "user"
    speaker: str = "user"
    uncertainty_ms: int = 0
    basis: str = "human"
    annotator: str = ""
    blind: bool = False
    complete: str | None = None
    made: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """Turn detection settings that came into force at a session time."""

    at: int
    turn_detection: TurnDetection


@dataclass(frozen=True)
class Info:
    """Everything ``session.json`` states.

    Parameters
    ----------
    provider, model, dialect
        Whose protocol; the model's name; ``ga`` or ``beta`` names where there are two.
    length_ms
        The session's length: a fact of the recording, the same under every policy.
    clock, clock_step_ms
        What the receive times are; the step where they were derived from appended audio, or lie on a log's ticks.
    speech_style
        ``read`` speech holds no long pauses and is no evidence about endpointing.
    clusters
        What the session shares with others: speaker, call, source clip, noise, room response. Sessions that share any
        are one cluster.
    modelled
        What was not recorded (``provider``, ``client``, ``noise``, ``echo`` …); empty for a recording. ``events``
        alone: they were derived from a recording's own sound, or from somebody's log of when both sides sounded.
    client
        What is known of the client that ran: its gate ``policy``.
    situation, cause
        For composed sessions: what happens, and where late audio comes from.
    """

    id: str
    provider: str
    model: str
    length_ms: int
    dialect: str = "ga"
    clock: str = "wall"
    clock_step_ms: int | None = None
    settings: tuple[Change, ...] = ()
    tracks: Mapping[str, Track] = field(default_factory=dict)
    speech_style: str = "unknown"
    speakers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clusters: tuple[str, ...] = ()
    sources: tuple[Mapping[str, Any], ...] = ()
    modelled: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    client: Mapping[str, Any] = field(default_factory=dict)
    situation: str = ""
    cause: str = ""
    seed: int | None = None
    licence: str = ""
    attribution: str = ""
    notes: tuple[str, ...] = ()
    checksums: Mapping[str, str] = field(default_factory=dict)

    @property
    def turn_detection(self) -> TurnDetection:
        """The last settings in force; manual turns where none were recorded."""
        return self.settings[-1].turn_detection if self.settings else ManualTurns()

    @property
    def evidence(self) -> str:
        """``recorded``, ``modelled``, or ``derived``; sessions that differ in it are never pooled.

        Derived is a recording whose events, and they alone, were made of its own sound: nobody in it is a model.
        """
        if not self.modelled:
            return "recorded"
        return "derived" if self.modelled == ("events",) else "modelled"

    @property
    def basis(self) -> str:
        """``recorded``, or ``modelled`` or ``derived`` with what was."""
        return ": ".join([self.evidence, ", ".join(self.modelled)]) if self.modelled else self.evidence
