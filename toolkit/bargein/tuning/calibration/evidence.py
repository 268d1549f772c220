"""What a calibration is made of: a provider's own reports on recordings that have frame scores."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np

from bargein.metrics.clusters import component_of
from bargein.settings import ServerVad
from bargein.timeline import Timeline
from bargein.vad.scores import Scores

Agent = Literal["speaking", "silent", "not known"]

#: Two recordings hold the same sound when for this many frames, about a second of them over :data:`VOICED`, their
#: scores differ by no more than this on average: the same clip coded or resampled twice.
ALIKE_FRAMES, ALIKE_VOICED, VOICED, ALIKE_SCORES = 64, 16, 0.5, 0.02


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a calibration is true of; another one needs reports of its own.

    Parameters
    ----------
    provider, model
        Whose detector; which model of theirs.
    vad_type
        ``server_vad``; a detector of another type is another detector.
    noise_reduction
        What the provider was told to filter with before detection; ``none`` or ``not recorded``.
    input_format
        Coding of the microphone as sent, for example ``audio/pcm 24000``.
    agent
        Whether the agent was heard when the report came.

    Examples
    --------
    >>> Key("openai", "gpt-realtime", "server_vad", "none", "audio/pcm 24000", "silent").label
    'openai, gpt-realtime, server_vad, noise reduction none, audio/pcm 24000, agent silent'
    """

    provider: str
    model: str
    vad_type: str
    noise_reduction: str
    input_format: str
    agent: Agent

    @property
    def label(self) -> str:
        """All of it in one line."""
        filtered = f"noise reduction {self.noise_reduction}"
        parts = (self.provider, self.model, self.vad_type, filtered, self.input_format, f"agent {self.agent}")
        return ", ".join(part for part in parts if part)


class Report(NamedTuple):
    """A start or a stop as the provider reported it, on the clock of the sound it was sent.

    Parameters
    ----------
    claimed_ms
        Its own figure, raw.
    at_ms
        How much sound had been recorded when it arrived; None where receive times are not known.
    """

    claimed_ms: int
    at_ms: int | None = None

    @property
    def when(self) -> int:
        """The instant that says which situation it belongs to: just before it came, as a client may stop on it."""
        return self.claimed_ms if self.at_ms is None else self.at_ms - 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recording under one setting: scores of what was sent, and what the provider reported of it.

    Parameters
    ----------
    name
        Of the session or clip.
    group
        What it shares with others: recordings of one group are one piece of evidence.
    settings
        In force, as the session states them: threshold, prefix padding and end silence.
    scores
        Of the user's track as sent.
    starts, stops
        In order.
    elsewhere
        Stretches of the sound that belong to another key: reports there are not used, and silence there is no miss.
    """

    name: str
    group: str
    settings: ServerVad
    scores: Scores
    starts: tuple[Report, ...]
    stops: tuple[Report, ...]
    elsewhere: Timeline = field(default_factory=Timeline)

    @property
    def used_starts(self) -> int:
        """Starts that count for this key."""
        return sum(r.when not in self.elsewhere for r in self.starts)

    @property
    def used_stops(self) -> int:
        """Stops that count for this key."""
        return sum(r.when not in self.elsewhere for r in self.stops)

    @property
    def setting(self) -> tuple[float, int, int]:
        """Threshold, prefix padding, end silence."""
        s = self.settings
        assert s.threshold is not None
        assert s.prefix_padding_ms is not None
        assert s.silence_duration_ms is not None
        return s.threshold, s.prefix_padding_ms, s.silence_duration_ms

    @property
    def fingerprint(self) -> str:
        """Twelve digits that name the scores."""
        return hashlib.sha256(self.scores.values.tobytes()).hexdigest()[:12]


def grouped(recordings: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """Join the groups of recordings that hold the same sound: sent twice it is still one voice.

    Examples
    --------
    >>> sound = np.tile(np.repeat([0.1, 0.9], 20), 3)
    >>> a = Recorded("a", "a", ServerVad(0.5, 0, 200), Scores(sound, 512, 16_000, 120 * 512, "demo"), (), ())
    >>> [r.group for r in grouped([a, replace(a, name="b", group="b")])]
    ['a', 'a']
    """
    rows = list(recordings)
    keys = [{f"group:{r.group}"} for r in rows]
    for i, a in enumerate(rows):
        for j in range(i):
            if same_sound(a.scores.values, rows[j].scores.values):
                keys[i].add(f"sound:{j}:{i}")
                keys[j].add(f"sound:{j}:{i}")
    return tuple(
        replace(r, group=name.removeprefix("group:")) for r, name in zip(rows, component_of(keys), strict=True)
    )


def same_sound(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether one of two score series begins with what the other one begins with."""
    n = min(len(a), len(b))
    if n < ALIKE_FRAMES:
        return len(a) == len(b) and bool(np.array_equal(a, b))
    voiced = (a[:n] >= VOICED) | (b[:n] >= VOICED)
    return bool(voiced.sum() >= ALIKE_VOICED and np.abs(a[:n] - b[:n])[voiced].mean() <= ALIKE_SCORES)


def groups_of(recordings: Sequence[Recorded]) -> tuple[str, ...]:
    """Name the independent groups, in order of appearance."""
    return tuple(dict.fromkeys(r.group for r in recordings))
