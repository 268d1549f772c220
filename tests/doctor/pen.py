"""A pen for logs: what OpenAI's GA and beta dialects and xAI write, line by line, at the times one gives.

Shapes and order are those of recorded traffic. No composer, no model and no die: ids, times and figures are written
down. The sound is noise, for it is only counted; where it matters it is given.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bargein.formats.wirelog import import_log
from bargein.session import Label, Session, load
from wirelogs import BETA_NAMES, BETA_SESSION, GA_SESSION, RATE, Int16, WireLog, b64, noise

VAD = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
       "create_response": True, "interrupt_response": True}  # fmt: skip
PCM = {"type": "audio/pcm", "rate": RATE}
XAI_VAD = {"type": "server_vad", "threshold": 0.85, "prefix_padding_ms": 333, "silence_duration_ms": 500}
Line = dict[str, Any]


@dataclass
class Hand(WireLog):
    """A log that is written by hand, with what the client's player and a listener noted beside it.

    All three are on one clock: session time 0 is the first line or, where that is earlier, the microphone's beginning.
    """

    provider: str = "openai"
    beta: bool = False
    client: list[Line] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)

    def s(self, t: int, name: str, **fields: Any) -> None:
        """The server says something."""
        self.add(t, "s2c", BETA_NAMES.get(name, name) if self.beta else name, **fields)

    def c(self, t: int, name: str, **fields: Any) -> None:
        """The client says something."""
        self.add(t, "c2s", name, **fields)

    # ---- the session

    def opening(self, vad: Mapping[str, Any] | None = None, *, ask: Mapping[str, Any] | None = None) -> Hand:
        """The first lines: what is in force, what is asked for, what is confirmed."""
        if self.provider == "xai":
            asked = {"turn_detection": dict(ask or vad or XAI_VAD),
                     "audio": {"input": {"format": PCM}, "output": {"format": PCM}}}  # fmt: skip
            created = {"id": "0f54", "object": "realtime.session", "instructions": "",
                       "turn_detection": {"type": None}, "model": "grok-voice-latest"}  # fmt: skip
            self.s(0, "session.created", session=created)
            self.s(1, "conversation.created", conversation={"id": "4912"}, previous_item_id=None)
            self.s(2, "ping", timestamp=1_790_000_000_122, previous_item_id=None)
            self.c(10, "session.update", session=asked)
            self.s(50, "session.updated", session={**asked, "temperature": -1.0,
                                                   "input_audio_format": "not specified"})  # fmt: skip
            return self
        held = dict(vad or VAD)
        if self.beta:
            self.s(0, "session.created", session={**BETA_SESSION, "turn_detection": held})
            self.c(5, "session.update", session={"turn_detection": dict(ask or held)})
            return self
        audio = GA_SESSION["audio"]
        self.s(0, "session.created", session={**GA_SESSION, "audio": {
            **audio, "input": {**audio["input"], "turn_detection": held}}})  # fmt: skip
        self.c(5, "session.update", session={"type": "realtime", "audio": {
            "input": {"turn_detection": dict(ask or held)}}})  # fmt: skip
        return self

    def goes_on(self, t: int) -> Hand:
        """Something that says nothing, so that the log goes on until then."""
        if self.provider == "xai":
            self.s(t, "ping", timestamp=1_790_000_000_000 + t, previous_item_id=None)
        else:
            self.s(t, "rate_limits.updated", rate_limits=[])
        return self

    # ---- the user

    def speaks(self, t: int, item: str, at: int) -> None:
        """The provider reports speech."""
        self.s(t, "input_audio_buffer.speech_started", audio_start_ms=at, item_id=item)
        if self.provider == "xai":
            self.s(t + 90, "conversation.item.added", previous_item_id=None,
                   item={"id": item, "type": "message", "status": "in_progress", "role": "user"})  # fmt: skip

    def falls_silent(self, t: int, item: str, at: int, text: str | None = None) -> None:
        """The provider reports the end of it, and commits."""
        self.s(t, "input_audio_buffer.speech_stopped", audio_end_ms=at, item_id=item)
        after = 200 if self.provider == "xai" else 1
        self.s(t + after, "input_audio_buffer.committed", previous_item_id=None, item_id=item)
        if self.provider == "openai":
            message = {"id": item, "type": "message", "status": "completed", "role": "user",
                       "content": [{"type": "input_audio", "transcript": None}]}  # fmt: skip
            self.s(t + 2, "conversation.item.added", previous_item_id=None, item=message)
            if not self.beta:
                self.s(t + 2, "conversation.item.done", previous_item_id=None, item=message)
        if text is not None:
            status = {"status": "completed"} if self.provider == "xai" else {}
            self.s(t + 300, "conversation.item.input_audio_transcription.completed", item_id=item, content_index=0,
                   transcript=text, **status)  # fmt: skip

    def microphone(self, since: int, pieces: Iterable[Int16], every: int = 100) -> None:
        """The microphone is sent, a piece at a time, the first when it has been recorded."""
        for n, piece in enumerate(pieces, 1):
            self.c(since + every * n, "input_audio_buffer.append", audio=b64(piece))

    # ---- the agent

    def answers(self, t: int, response: str, item: str) -> None:
        """A response begins, and its item."""
        details = "unimplemented" if self.provider == "xai" else None
        self.s(t, "response.created", response={"id": response, "status": "in_progress", "output": [],
                                                "status_details": details})  # fmt: skip
        message = {"id": item, "type": "message", "status": "in_progress", "role": "assistant", "content": []}
        self.s(t + 250, "response.output_item.added", response_id=response, output_index=0, item=message)
        self.s(t + 250, "conversation.item.added", previous_item_id=None, item=message)

    def generates(self, t: int, response: str, item: str, ms: int, words: str = "", sound: Int16 | None = None) -> None:
        """A piece of audio arrives, its words just before it."""
        ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        extra: Line = {}
        if self.provider == "xai":
            extra = {"audio_duration_ms": ms, "ts": 1_790_000_000_000 + t, "rid": "ceaf2eef"}
        if words:
            dated = {"start_time": self.first.get(item, 0) / 1_000} if self.provider == "xai" else {}
            self.s(t, "response.output_audio_transcript.delta", **ids, delta=words, **dated)
        self.s(t, "response.output_audio.delta", **ids, delta=b64(noise(ms, t) if sound is None else sound), **extra)
        self.first[item] = self.first.get(item, 0) + ms

    def ends(self, t: int, response: str, item: str, status: str = "completed", reason: str | None = None) -> None:
        """A response ends with its done events; an interrupted one of xAI without any, as if nothing had been said."""
        ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        cut_by_xai = self.provider == "xai" and reason is not None
        message = {"id": item, "type": "message", "role": "assistant",
                   "status": "completed" if reason is None else "incomplete"}  # fmt: skip
        if not cut_by_xai:
            self.s(t, "response.output_audio.done", **ids)
            self.s(t, "response.output_item.done", response_id=response, output_index=0, item=message)
        details: Any = {"type": "cancelled", "reason": reason} if reason else None
        if self.provider == "xai":
            status, details = "completed", "unimplemented"
        self.s(t, "response.done", response={"id": response, "status": status, "status_details": details,
                                             "output": [] if cut_by_xai else [message]})  # fmt: skip

    def refuses(self, t: int, code: str, message: str) -> None:
        """The provider refuses something."""
        self.s(t, "error", error={"type": "invalid_request_error", "code": code, "message": message})

    # ---- the player

    def plays(self, t: int, response: str, item: str, ms: int, first_ms: int = 0) -> None:
        """The client's player starts a piece."""
        self.client.append({"t": t, "ev": "started", "response": response, "item": item, "content": 0,
                            "first": first_ms * RATE // 1_000, "samples": ms * RATE // 1_000})  # fmt: skip

    def stops(self, t: int) -> None:
        """It is cut."""
        self.client.append({"t": t, "ev": "stopped"})

    # ---- the folder

    def bring(self, folder: Path) -> Session:
        """Import the log as anybody's, and put beside it what the player and the listener noted."""
        self.lines.sort(key=lambda line: line["t"])
        log = self.write(folder.with_suffix(".jsonl"))
        zero = import_log(log, folder, provider=self.provider).session.info.sources[0]["zero_t"]
        player = [{**note, "t": note["t"] - zero} for note in self.client]
        for name, notes in (("client.jsonl", player), ("labels.jsonl", [asdict(x) for x in self.labels])):
            if notes:
                (folder / name).write_text("".join(json.dumps(note) + "\n" for note in notes), encoding="utf-8")
        return load(folder, verify=True)


def hush(ms: int, rate: int = RATE) -> Int16:
    """A silent microphone."""
    return np.zeros(ms * rate // 1_000, np.int16)
