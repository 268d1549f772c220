"""A small session that is sound in every respect, for tests to damage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bargein.session import Change, Info, Label, Record, Session, Track, save
from bargein.settings import ServerVad

USER, AGENT = 8_000, 4_800  # samples: 1 s at 8 kHz, 200 ms at 24 kHz

INFO = Info(
    "small", "openai", "gpt-realtime", 1_500,
    settings=(Change(0, ServerVad(0.5, 300, 200)), Change(700, ServerVad(0.5, 300, 500))),
    tracks={"user": Track("user.flac", "sent", 8_000, USER, origin_ms=100),
            "agent": Track("agent.flac", "generated", 24_000, AGENT)},
    speech_style="elicited", speakers={"user": ("caller-7",)}, clusters=("caller-7", "room-2"),
    sources=({"file": "call.wav"},), notes=("made for a test",),
)  # fmt: skip


def record(seq: int, t: int | None, payload: dict[str, Any], direction: str = "s2c") -> Record:
    """One log line."""
    return Record(seq, t, direction, "provider", payload)


RECORDS = (
    record(0, 0, {"type": "session.created", "session": {"id": "s"}}),
    record(1, 150, {"type": "input_audio_buffer.append", "audio": {"stored": 0, "samples": 400}}, "c2s"),
    record(2, 900, {"type": "response.created", "response": {"id": "A"}}),
    record(3, 910, {"type": "response.output_audio.delta", "response_id": "A", "item_id": "a",
                    "delta": {"stored": 0, "first": 0, "samples": AGENT}}),
    record(4, 950, {"type": "response.done", "response": {"id": "A", "status": "completed"}}),
)  # fmt: skip
LABELS = (Label("turn", 200, 900, complete="yes"), Label("speech", 200, 500))
CLIENT = ({"t": 910, "ev": "started", "response": "A", "item": "a", "content": 0, "first": 0, "samples": AGENT},
          {"t": 1_000, "ev": "stopped"})  # fmt: skip


def sound(samples: int) -> np.ndarray:
    """Noise, the same for the same length."""
    return np.random.default_rng(samples).integers(-9_000, 9_000, samples).astype(np.int16)


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Session]:
    """Write the small session into a folder; ``info`` fields can be given other values."""

    def make(name: str = "small", *, overwrite: bool = False, **other: Any) -> Session:
        return save(
            tmp_path / name, replace(INFO, **other), RECORDS, labels=LABELS, client=CLIENT, overwrite=overwrite,
            audio={"user": sound(USER), "agent": sound(AGENT)},
        )  # fmt: skip

    return make
