"""A session from a two-channel call: both sides as they sounded, events by an energy rule and marked as made so.

The agent's channel is what was *heard*, so no other gate can be tried on it. The events say who began and ceased to
sound, dated at the edge itself: no detector was at work, and no delay can be read from them. Nothing is labelled but
speech: who meant to interrupt is for a person to say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from bargein.audio.edges import speech_spans
from bargein.audio.files import read_int16
from bargein.errors import AudioError, Problem
from bargein.providers.call import AGENT_STARTED, AGENT_STOPPED, CALL, USER_STARTED, USER_STOPPED
from bargein.session import Info, Label, Record, Session, Track, save
from bargein.timeline import Timeline
from bargein.units import ms_covering

#: Stretches closer than this are one: the interval of the field's inter-pausal units.
UNIT_GAP_MS = 200
EVENTS = {"user": (USER_STARTED, USER_STOPPED), "agent": (AGENT_STARTED, AGENT_STOPPED)}


def from_call(
    recording: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    agent_channel: int = 1,
    overwrite: bool = False,
    **facts: Any,
) -> Session:
    """Make a session of a recorded call.

    Parameters
    ----------
    recording
        A sound file of two channels.
    folder
        Where to; its name is the session's.
    agent_channel
        Which of the two, from 0.
    facts
        Further fields of ``session.json``: speech style, clusters, sources, licence, attribution.

    Raises
    ------
    AudioError
        Not a sound file of two channels.
    SessionError
        The folder exists.
    """
    path = Path(recording)
    samples, rate = read_int16(path)
    if samples.ndim != 2 or samples.shape[1] != 2:
        raise AudioError([Problem("not two channels", hint="one side a channel")], str(path))
    sides = {"user": samples[:, 1 - agent_channel].copy(), "agent": samples[:, agent_channel].copy()}
    spans = {side: speech_spans(sound, rate).bridged(UNIT_GAP_MS) for side, sound in sides.items()}
    kinds = {"user": "sent", "agent": "heard"}
    info = Info(
        id=Path(folder).name, provider=CALL.name, model="", length_ms=ms_covering(len(samples), rate),
        tracks={side: Track(f"{side}.flac", kinds[side], rate, len(sound)) for side, sound in sides.items()},
        modelled=("events",),
        notes=("events: where either side sounds by the energy rule, dated at the edge",), **facts,
    )  # fmt: skip
    labels = [Label("speech", s.start, s.end, uncertainty_ms=10, basis="acoustic", annotator="energy rule")
              for s in spans["user"]]  # fmt: skip
    return save(folder, info, _records(spans), audio=sides, labels=labels, overwrite=overwrite)


def _records(spans: dict[str, Timeline]) -> list[Record]:
    """Give the edges of both sides in order of time."""
    edges = sorted(chain.from_iterable(_edges(side, found) for side, found in spans.items()))
    return [Record(n, at, "s2c", "provider", {"type": name}) for n, (at, name) in enumerate(edges)]


def _edges(side: str, spans: Timeline) -> Iterator[tuple[int, str]]:
    started, stopped = EVENTS[side]
    for span in spans:
        yield from ((span.start, started), (span.end, stopped))
