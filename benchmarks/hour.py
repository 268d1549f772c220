"""An hour of conversation, 60,000 events: a synthetic log, the embedded recordings as its sound; for speed only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bargein.audio.files import read, to_int16
from bargein.audio.places import data_dir
from bargein.audio.resample import resample
from bargein.session import Change, Info, Label, Record, Session, Track, save
from bargein.settings import ServerVad

RATE, ANSWERS, DELTAS, APART_MS = 24_000, 500, 100, 7_200
SETTINGS = ServerVad(0.5, 300, 500, True, True)


def spoken(samples: int, rate: int) -> npt.NDArray[np.int16]:
    """Give as much speech as is wanted: the recordings that come along, one after another, over and over."""
    files = sorted((data_dir() / "prompts").rglob("*.flac"))
    clips = [to_int16(resample(sound, at, rate)) for sound, at in map(read, files)]
    return np.resize(np.concatenate(clips), samples)


def hour(folder: Path, *, microphone: bool = False) -> Session:
    """Write a session of 500 answers of 100 deltas each, four times as fast as they sound; every fourth is cut."""
    records: list[Record] = []
    labels: list[Label] = []
    size = RATE // 20  # 50 ms

    def put(t: int, type: str, **fields: Any) -> None:
        n = len(records)
        records.append(Record(n, t, "s2c", "provider", {"type": type, "event_id": f"e{n}", **fields}))

    put(100, "session.created", session={"turn_detection": SETTINGS.to_wire()})
    for k in range(ANSWERS):
        start, ids, cut = 500 + k * APART_MS, {"response_id": f"r{k}", "item_id": f"i{k}"}, k % 4 == 0
        put(start, "response.created", response={"id": f"r{k}", "status": "in_progress", "output": []})
        for d in range(DELTAS):
            ref = {"stored": (k * DELTAS + d) * size, "first": d * size, "samples": size}
            put(start + 300 + 12 * d, "response.output_audio.delta", **ids, content_index=0, delta=ref)
            if d % 6 == 0:
                put(start + 300 + 12 * d, "response.output_audio_transcript.delta", **ids, delta="word ")
        end = start + 300 + 12 * DELTAS
        if cut:
            put(end + 1, "input_audio_buffer.speech_started", audio_start_ms=0, item_id=f"u{k}")
            labels.append(Label("interruption", end - 90, end + 900, basis="acoustic"))
        put(end + 5, "response.output_audio.done", **ids)
        put(end + 6, "response.output_item.done", response_id=f"r{k}", item={"id": f"i{k}"})
        how = {"status": "cancelled", "status_details": {"reason": "turn_detected"}} if cut else {"status": "completed"}
        put(end + 7, "response.done", response={"id": f"r{k}", "output": [{}], **how})
        if cut:
            put(end + 1_500, "input_audio_buffer.speech_stopped", audio_end_ms=0, item_id=f"u{k}")
    agent = spoken(ANSWERS * DELTAS * size, RATE)
    tracks, audio = {"agent": Track("agent.flac", "generated", RATE, len(agent))}, {"agent": agent}
    if microphone:
        user = spoken(ANSWERS * APART_MS * 16, 16_000)
        tracks["user"], audio["user"] = Track("user.flac", "sent", 16_000, len(user)), user
    info = Info("hour", "openai", "gpt-realtime", 500 + ANSWERS * APART_MS, settings=(Change(0, SETTINGS),),
                tracks=tracks, modelled=("everything",))  # fmt: skip
    return save(folder, info, records, audio=audio, labels=labels)
