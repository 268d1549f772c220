"""Sessions drawn by hand, to the millisecond: log lines, the player's lines, who is heard in the microphone.

The user asks (1.0 to 2.0 s), response A is heard from 2.4 s on, 500 ms of it arriving every 400 ms, and is interrupted
at 4.0 s; response B answers from 5.6 s on. Written as a session, without an import: every time is the one drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bargein.corpus.index import Case
from bargein.session import Change, Info, Record, Track, save
from bargein.settings import ServerVad, TurnDetection

RATE = 8_000
INTERRUPTS, STAYS = ServerVad(0.5, 300, 500), ServerVad(0.5, 300, 500, interrupt_response=False)
MIC = ((900, 2_000), (3_950, 5_000))


@dataclass
class Drawn:
    """A session under the pen: log lines, player's lines, who is heard in the microphone."""

    provider: str = "openai"
    settings: TurnDetection = INTERRUPTS
    length_ms: int = 12_000
    lines: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    client: list[dict[str, Any]] | None = field(default_factory=list)
    mic: Iterable[tuple[int, int]] | None = MIC
    stored: int = 0

    def says(self, t: int, name: str, **fields: Any) -> Drawn:
        """The provider."""
        self.lines.append((t, "s2c", {"type": name, **fields}))
        return self

    def tells(self, t: int, name: str, **fields: Any) -> Drawn:
        """The client."""
        self.lines.append((t, "c2s", {"type": name, **fields}))
        return self

    def delta(self, t: int, of: str, first_ms: int, ms: int = 500) -> Drawn:
        """A piece of audio of a response's only item."""
        piece = {"stored": self.stored, "first": first_ms * 8, "samples": ms * 8}
        self.stored += ms * 8
        return self.says(t, "response.output_audio.delta", response_id=of, item_id=of.lower(), content_index=0,
                         delta=piece)  # fmt: skip

    def turn(self, start: int, stop: int, item: str) -> Drawn:
        """Speech as the provider's detector reports it."""
        self.says(start, "input_audio_buffer.speech_started", item_id=item)
        return self.says(stop, "input_audio_buffer.speech_stopped", item_id=item)

    def created(self, t: int, of: str) -> Drawn:
        """A response begins."""
        return self.says(t, "response.created", response={"id": of})

    def done(self, t: int, of: str, reason: str = "") -> Drawn:
        """A response ends: completed, or cancelled for a reason."""
        status = "cancelled" if reason else "completed"
        output = [{"id": of.lower()}]
        if not reason:
            self.says(t, "response.output_item.done", response_id=of, item={"id": of.lower()})
        details = {"type": "cancelled", "reason": reason} if reason else None
        return self.says(t, "response.done", response={"id": of, "status": status, "status_details": details,
                                                       "output": output})  # fmt: skip

    def plays(self, t: int, of: str, first_ms: int, ms: int, until: int | None = None) -> Drawn:
        """The player starts a piece; ``until``: it is stopped there."""
        assert self.client is not None
        self.client.append({"t": t, "ev": "started", "response": of, "item": of.lower(), "content": 0,
                            "first": first_ms * 8, "samples": ms * 8})  # fmt: skip
        self.client.append({"t": t + ms if until is None else until, "ev": "stopped"})
        return self

    def soundless(self) -> Drawn:
        """Leave the sound out of every delta."""
        for _, _, payload in self.lines:
            payload.update({"delta": {}} if "delta" in payload else {})
        return self

    def without(self, *names: str, after: int = 0) -> Drawn:
        """Take lines of these types out of the log."""
        self.lines = [x for x in self.lines if x[2]["type"] not in names or x[0] < after]
        return self

    def case(self, tmp_path: Path) -> Case:
        """Write it down and open it."""
        ordered = sorted(self.lines, key=lambda x: x[0])
        records = [Record(n, t, way, "provider", p) for n, (t, way, p) in enumerate(ordered)]
        tracks = {"agent": Track("agent.flac", "generated", RATE, self.stored)}
        audio = {"agent": noise(self.stored, 1)}
        if self.mic is not None:
            tracks["user"] = Track("user.flac", "sent", RATE, self.length_ms * 8)
            audio["user"] = np.zeros(self.length_ms * 8, np.int16)
            for start, end in self.mic:
                audio["user"][start * 8 : end * 8] = noise((end - start) * 8, start)
        info = Info("drawn", self.provider, "by hand", self.length_ms, tracks=tracks,
                    settings=(Change(0, self.settings),))  # fmt: skip
        client = None if self.client is None else sorted(self.client, key=lambda x: x["t"])
        return Case(save(tmp_path / "drawn", info, records, audio=audio, client=client))


def noise(samples: int, seed: int) -> np.ndarray:
    """Sound that is the same for the same seed."""
    return np.random.default_rng(seed).integers(-6_000, 6_000, samples).astype(np.int16)


def asked(**other: Any) -> Drawn:
    """The user's question and A, 500 ms of it every 400 ms from 2.4 s on."""
    one = Drawn(**other).tells(10, "session.update", session={}).turn(1_000, 2_000, "u1").created(2_010, "A")
    for n in range(4):
        one.delta(2_400 + 400 * n, "A", 500 * n)
    return one


def answered(one: Drawn) -> Drawn:
    """B answers, is heard and ends."""
    one.created(5_110, "B").delta(5_600, "B", 0).done(5_700, "B")
    return one if one.client is None else one.plays(5_600, "B", 0, 500)


def interrupted(**other: Any) -> Drawn:
    """All is well: A is cut at 4.0 s after 1.6 s of it, truncated to that, and B answers."""
    one = asked(**other).turn(4_000, 5_100, "u2").done(4_010, "A", "turn_detected")
    one.tells(4_005, "conversation.item.truncate", item_id="a", content_index=0, audio_end_ms=1_600)
    one.says(4_060, "conversation.item.truncated", item_id="a", content_index=0, audio_end_ms=1_600)
    if one.client is not None:
        one.plays(2_400, "A", 0, 2_000, until=4_000)
    return answered(one)


def no_truncate(**other: Any) -> Drawn:
    """The same client, which truncates nothing."""
    return interrupted(**other).without("conversation.item.truncate", "conversation.item.truncated")


def truncated(audio_end_ms: int, t: int = 4_005, **other: Any) -> Drawn:
    """The same client, which truncates to this."""
    return no_truncate(**other).tells(
        t, "conversation.item.truncate", item_id="a", content_index=0, audio_end_ms=audio_end_ms
    )


def untold(generated_on: int, *, cancels: bool = False) -> Drawn:
    """The provider was told not to stop; the client cuts at 4.0 s and truncates, A is generated on."""
    one = asked(settings=STAYS).turn(4_000, 5_100, "u2").plays(2_400, "A", 0, 2_000, until=4_000)
    one.tells(4_005, "conversation.item.truncate", item_id="a", content_index=0, audio_end_ms=1_600)
    if cancels:
        one.tells(4_004, "response.cancel", response_id="A")
    for n in range(generated_on // 500):
        one.delta(4_030 + n, "A", 2_000 + 500 * n)
    return answered(one.done(4_100, "A", "client_cancelled" if cancels else ""))


def error(code: str, message: str) -> dict[str, Any]:
    """What a refusal says."""
    return {"error": {"type": "invalid_request_error", "code": code, "message": message}}


def tail(**other: Any) -> Drawn:
    """A was generated whole by 3.7 s, 2 s long, and the user interrupts at 4.0 s."""
    one = asked(**other).done(3_700, "A").turn(4_000, 5_100, "u2")
    return answered(one)
