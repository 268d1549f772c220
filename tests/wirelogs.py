"""Websocket logs as somebody's client would have written them: a barge-in at each provider, with real base64 sound.

The shapes and the order are those of recorded traffic; ids, times and sound (noise) are made up.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from bargein.formats.payloads import decoded
from bargein.formats.wirelog import import_log
from bargein.providers.wire import GA_NAMES

RATE = 24_000
CHUNK_MS = 100
BETA_NAMES = {ga: beta for beta, ga in GA_NAMES.items()}

Int16 = npt.NDArray[np.int16]


def noise(ms: int, seed: int, rate: int = RATE) -> Int16:
    """Sound that is the same for the same seed."""
    return np.random.default_rng(seed).integers(-8_000, 8_000, ms * rate // 1_000).astype(np.int16)


def b64(data: bytes | Int16) -> str:
    """Bytes, or samples as little-endian PCM, in base64."""
    raw = data if isinstance(data, bytes) else data.astype("<i2").tobytes()
    return base64.b64encode(raw).decode()


@dataclass
class WireLog:
    """Lines of a log in order; what the user and the agent said."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    user: Int16 = field(default_factory=lambda: np.zeros(0, np.int16))
    agent: Int16 = field(default_factory=lambda: np.zeros(0, np.int16))

    def add(self, t: int | None, way: str, name: str, **fields: Any) -> None:
        """Append a line; ``t`` None writes none."""
        number = len(self.lines)
        ids = {"event_id": f"event_{number:03d}"} if way == "s2c" else {}
        self.lines.append({**({} if t is None else {"t": t}), "dir": way, "ev": {"type": name, **ids, **fields}})

    def of(self, name: str) -> Iterator[dict[str, Any]]:
        """Messages of one type."""
        return (line["ev"] for line in self.lines if line["ev"]["type"] == name)

    def without_times(self) -> WireLog:
        """The same log, as a logger without a clock writes it."""
        return WireLog([{k: v for k, v in line.items() if k != "t"} for line in self.lines], self.user, self.agent)

    def write(self, path: Path) -> Path:
        """Write JSON lines."""
        path.write_text("".join(json.dumps(line) + "\n" for line in self.lines), encoding="utf-8")
        return path


def untimed(log: WireLog) -> list[dict[str, Any]]:
    """The other shape: ``{i, kind, direction, data}``."""
    ways = {"s2c": "received", "c2s": "sent"}
    return [{"i": i, "kind": "message", "direction": ways[line["dir"]], "data": line["ev"]}
            for i, line in enumerate(log.lines)]  # fmt: skip


VAD = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500}
PCM = {"type": "audio/pcm", "rate": RATE}
GA_SESSION = {
    "type": "realtime", "object": "realtime.session", "id": "sess_1", "model": "gpt-realtime-2.1", "instructions": "",
    "audio": {"input": {"format": PCM, "turn_detection": {**VAD, "idle_timeout_ms": None, "create_response": True,
                                                          "interrupt_response": True}},
              "output": {"format": PCM, "voice": "marin", "speed": 1.0}},
}  # fmt: skip
BETA_SESSION = {
    "id": "sess_b", "object": "realtime.session", "model": "gpt-4o-realtime-preview", "modalities": ["audio", "text"],
    "input_audio_format": "pcm16", "output_audio_format": "pcm16", "turn_detection": dict(VAD), "temperature": 0.8,
}  # fmt: skip


CUT = {"id": "resp_A", "status": "cancelled", "output": [{"id": "item_A1"}],
       "status_details": {"type": "cancelled", "reason": "turn_detected"}}  # fmt: skip


def openai(dialect: str = "ga", *, first_t: int = 95, appends: bool = True) -> WireLog:
    """A question, an answer in three deltas, an interruption: the microphone every 100 ms from 105 ms on."""
    log = WireLog(user=noise(9_000, 1), agent=noise(2_500, 2))
    session = GA_SESSION if dialect == "ga" else BETA_SESSION
    ids = {"response_id": "resp_A", "item_id": "item_A1", "output_index": 0, "content_index": 0}
    pieces = np.split(log.agent, [20_000, 45_000])
    server: list[tuple[int, str, str, dict[str, Any]]] = [
        (0, "s2c", "session.created", {"session": session}),
        (1_450, "s2c", "input_audio_buffer.speech_started", {"audio_start_ms": 928, "item_id": "item_U1"}),
        (3_625, "s2c", "input_audio_buffer.speech_stopped", {"audio_end_ms": 3_392, "item_id": "item_U1"}),
        (3_626, "s2c", "input_audio_buffer.committed", {"item_id": "item_U1", "previous_item_id": None}),
        (3_630, "s2c", "response.created", {"response": {"id": "resp_A", "status": "in_progress", "output": []}}),
        (3_965, "s2c", "response.output_item.added", {"response_id": "resp_A", "item": {"id": "item_A1"}}),
        (3_975, "s2c", "response.output_audio_transcript.delta", {**ids, "delta": "Long ago"}),
        *((4_100 + 200 * n, "s2c", "response.output_audio.delta", {**ids, "delta": b64(piece)})
          for n, piece in enumerate(pieces)),
        (5_053, "s2c", "input_audio_buffer.speech_started", {"audio_start_ms": 4_368, "item_id": "item_U2"}),
        (5_057, "c2s", "conversation.item.truncate", {"item_id": "item_A1", "content_index": 0, "audio_end_ms": 950}),
        (5_065, "s2c", "response.output_audio.done", ids),
        (5_067, "s2c", "response.output_item.done", {"response_id": "resp_A", "item": {"id": "item_A1"}}),
        (5_068, "s2c", "response.done", {"response": CUT}),
        (5_141, "s2c", "conversation.item.truncated", {"item_id": "item_A1", "content_index": 0, "audio_end_ms": 950}),
        (7_085, "s2c", "input_audio_buffer.speech_stopped", {"audio_end_ms": 6_864, "item_id": "item_U2"}),
        (9_200, "s2c", "rate_limits.updated", {"rate_limits": []}),
    ]  # fmt: skip
    if appends:
        chunks = np.split(log.user, len(log.user) // (RATE * CHUNK_MS // 1_000))
        server += [(10 + CHUNK_MS * (n + 1), "c2s", "input_audio_buffer.append", {"audio": b64(c)})
                   for n, c in enumerate(chunks)]  # fmt: skip
    for t, way, name, fields in sorted(server, key=lambda line: line[0]):
        log.add(first_t + t, way, BETA_NAMES.get(name, name) if dialect == "beta" else name, **fields)
    return log


def xai() -> WireLog:
    """Grok interrupted: it completes with an empty output, one millisecond before it reports speech."""
    log = WireLog(agent=noise(6_025, 3))
    ids = {"item_id": "e962", "response_id": "f530", "content_index": 0, "output_index": 0}
    asked = {"turn_detection": {"type": "server_vad", "silence_duration_ms": 800, "interrupt_response": True},
             "audio": {"input": {"format": PCM}, "output": {"format": PCM}}}  # fmt: skip
    echo = {"turn_detection": asked["turn_detection"], "temperature": -1.0, "input_audio_format": "not specified",
            "audio": asked["audio"]}  # fmt: skip
    created = {"id": "0f54", "object": "realtime.session", "instructions": "", "turn_detection": {"type": None},
               "model": "grok-voice-think-fast-2.0"}  # fmt: skip
    log.add(120, "s2c", "session.created", session=created)
    log.add(121, "s2c", "conversation.created", conversation={"id": "4912"})
    log.add(122, "s2c", "ping", timestamp=1_790_000_000_122)
    log.add(130, "c2s", "session.update", session=asked)
    log.add(160, "s2c", "session.updated", session=echo)
    log.add(560, "s2c", "input_audio_buffer.speech_started", item_id="d8cb", audio_start_ms=279)
    log.add(1_402, "s2c", "conversation.item.input_audio_transcription.updated", item_id="d8cb", transcript="Tell me a")
    log.add(4_200, "s2c", "input_audio_buffer.speech_stopped", item_id="d8cb", audio_end_ms=3_806)
    log.add(4_320, "s2c", "response.created", response={"id": "f530", "status_details": "unimplemented", "output": []})
    log.add(4_570, "s2c", "response.output_item.added", response_id="f530", item={"id": "e962"})
    for t, ms, piece in zip(
        (5_020, 6_880, 9_150), (245, 2_905, 2_875), np.split(log.agent, [5_880, 75_600]), strict=True
    ):
        log.add(t, "s2c", "response.output_audio.delta", **ids, delta=b64(piece), audio_duration_ms=ms, ts=t + 10**12)
    ended = {"id": "f530", "status": "completed", "status_details": "unimplemented", "output": []}
    log.add(9_210, "s2c", "response.done", response_id="f530", response=ended)
    log.add(9_211, "s2c", "input_audio_buffer.speech_started", item_id="8746", audio_start_ms=8_607)
    log.add(11_800, "s2c", "input_audio_buffer.speech_stopped", item_id="8746", audio_end_ms=11_157)
    return log


def cut_short(log, size=32):
    """The log as a test fixture keeps it: payloads cut to their first bytes."""
    for line in log.lines:
        for key in ("delta", "audio"):
            if isinstance(text := line["ev"].get(key), str) and "transcript" not in line["ev"]["type"]:
                line["ev"][key] = b64(decoded(text)[:size])
    return log


def bring(log, folder, provider="openai", name="s", **more):
    """Import a log that is not written yet."""
    path = log.write(folder / "call.jsonl") if isinstance(log, WireLog) else log
    return import_log(path, folder / name, provider=provider, **more)


def pcm(session, track):
    """A track's samples as they were."""
    return (session.audio(track) * 32_768).astype(np.int16)


def wav(path, samples, rate=RATE, subtype="PCM_16"):
    """Write a sound file beside a log."""
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


#: When each response of :func:`webrtc` sounded by the buffer, on the log's clock; B was cleared by the user.
PLAYED = {"resp_A": (4_000, 6_400), "resp_B": (9_000, 10_230), "resp_C": (13_000, 15_000)}


def webrtc() -> WireLog:
    """A data channel: an answer heard out, one cleared by a barge-in at 10,000, one of which no end was logged."""
    log = WireLog(agent=np.concatenate([
        np.zeros(24 * 100, np.int16), noise(2_400, 5), np.zeros(24 * 2_600, np.int16), noise(1_230, 6),
        np.zeros(24 * 2_770, np.int16), noise(1_900, 7),
    ]), user=np.concatenate([np.zeros(24 * 6_000, np.int16), noise(2_000, 8)]))  # fmt: skip
    done = {"status": "completed", "output": []}
    cut = {"status": "cancelled", "status_details": {"type": "cancelled", "reason": "turn_detected"}, "output": []}
    said: list[tuple[int, str, dict[str, Any]]] = [
        (1_000, "session.created", {"session": GA_SESSION}),
        (3_500, "response.created", {"response": {"id": "resp_A"}}),
        (4_000, "output_audio_buffer.started", {"response_id": "resp_A"}),
        (4_500, "response.output_audio.done", {"response_id": "resp_A", "item_id": "item_A"}),
        (4_510, "response.done", {"response": {"id": "resp_A", **done}}),
        (6_400, "output_audio_buffer.stopped", {"response_id": "resp_A"}),
        (8_600, "response.created", {"response": {"id": "resp_B"}}),
        (9_000, "output_audio_buffer.started", {"response_id": "resp_B"}),
        (10_120, "input_audio_buffer.speech_started", {"audio_start_ms": 8_800, "item_id": "item_U"}),
        (10_230, "output_audio_buffer.cleared", {"response_id": "resp_B"}),
        (10_240, "response.done", {"response": {"id": "resp_B", **cut}}),
        (12_100, "input_audio_buffer.speech_stopped", {"audio_end_ms": 11_000, "item_id": "item_U"}),
        (12_500, "response.created", {"response": {"id": "resp_C"}}),
        (13_000, "output_audio_buffer.started", {"response_id": "resp_C"}),
        (14_000, "response.output_audio.done", {"response_id": "resp_C", "item_id": "item_C"}),
        (15_000, "rate_limits.updated", {"rate_limits": []}),
    ]  # fmt: skip
    for t, name, fields in said:
        log.add(t, "s2c", name, **fields)
    return log
