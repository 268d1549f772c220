"""What a fault leaves in a record: a written session's log and player's log, with one thing wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Self

from bargein.session import Info, Record, Session
from bargein.session.files import CLIENT_FILE, read_client
from bargein.units import ms_of

Payload = Mapping[str, Any]
ClientLine = Mapping[str, Any]
DELTA, AUDIO_DONE, DONE = "response.output_audio.delta", "response.output_audio.done", "response.done"
STARTED, STOPPED = "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"
TRUNCATE, TRUNCATED = "conversation.item.truncate", "conversation.item.truncated"
SETTINGS = ("session.created", "session.update", "session.updated")
#: Of what is put into a log: from a command to its answer, and of speech that nobody spoke.
ANSWER_MS, PHANTOM_MS = 60, 320
#: How far into the first reply nobody speaks.
INTO_MS = 1_500


@dataclass(frozen=True)
class Take:
    """What was written of a session, but for sound and labels."""

    info: Info
    records: tuple[Record, ...]
    client: tuple[ClientLine, ...]

    @classmethod
    def of(cls, session: Session) -> Self:
        """Read it again."""
        client, _ = read_client(session.folder / CLIENT_FILE)
        return cls(session.info, session.records, client)

    def saying(self, records: Iterable[Record]) -> Take:
        """Give the same with another log, in order of time and numbered anew."""
        ordered = sorted(records, key=lambda r: r.t or 0)
        return replace(self, records=tuple(r._replace(seq=n) for n, r in enumerate(ordered)))

    def changing(self, change: Mapping[str, Any]) -> Take:
        """Give the same with some payloads changed: by event name, a function from payload to payload."""
        return self.saying(r._replace(payload=change[r.type](r.payload)) if r.type in change else r
                           for r in self.records)  # fmt: skip


def _line(like: Record, after_ms: int, direction: str, payload: Payload) -> Record:
    """A further line, so long after another."""
    return like._replace(t=(like.t or 0) + after_ms, direction=direction, payload=payload)


def _refusal(code: str, message: str) -> Payload:
    error = {"type": "invalid_request_error", "code": code, "message": message, "param": None, "event_id": None}
    return {"type": "error", "event_id": f"event_{code}", "error": error}


def truncate_by_the_stream(take: Take) -> Take:
    """Truncate at the time since the stream began; the provider refuses what is longer than the audio it sent."""
    sent: dict[str, int] = {}
    asked: dict[str, int] = {}

    def spoilt(record: Record) -> Record:
        payload = record.payload
        item = str(payload.get("item_id", ""))
        if record.type == DELTA:
            sent[item] = sent.get(item, 0) + payload["delta"]["samples"]
        elif record.type == TRUNCATE:
            asked[item] = record.t or 0
            return record._replace(payload={**payload, "audio_end_ms": asked[item]})
        elif record.type == TRUNCATED:
            held = ms_of(sent[item], take.info.tracks["agent"].rate)
            if asked[item] <= held:
                return record._replace(payload={**payload, "audio_end_ms": asked[item]})
            message = f"Audio content of {held}ms is already shorter than {asked[item]}ms"
            return record._replace(payload=_refusal("invalid_value", message))
        return record

    return take.saying([spoilt(r) for r in take.records])


def cancel_again(take: Take) -> Take:
    """Cancel after the provider's own cancellation, with nothing running: it is refused."""
    refusal = _refusal("response_cancel_not_active", "Cancellation failed: no active response found")

    def with_cancel(record: Record) -> Iterator[Record]:
        yield record
        if record.type == DONE and record.payload["response"]["status"] == "cancelled":
            yield _line(record, 1, "c2s", {"type": "response.cancel"})
            yield _line(record, 1 + ANSWER_MS, "s2c", refusal)

    return take.saying(chain.from_iterable(with_cancel(r) for r in take.records))


def lose_the_answer(take: Take) -> Take:
    """Take out the response that answers the interruption, with all that is said and played of it."""
    done = [r.payload["response"] for r in take.records if r.type == DONE]
    cut = next(n for n, response in enumerate(done) if response["status"] == "cancelled")
    lost = {done[cut + 1]["id"], *(item["id"] for item in done[cut + 1]["output"])}

    def about(p: Payload) -> set[str]:
        inner = (p.get("response") or {}).get("id"), (p.get("item") or {}).get("id")
        return {str(name) for name in (*inner, p.get("response_id"), p.get("item_id"))}

    kept: list[ClientLine] = []
    for line in take.client:
        ends_nothing = line["ev"] != "started" and (not kept or kept[-1]["ev"] != "started")
        if line.get("response") not in lost and not ends_nothing:
            kept.append(line)
    return replace(take.saying(r for r in take.records if not about(r.payload) & lost), client=tuple(kept))


def hear_nobody(take: Take) -> Take:
    """Report speech and its end while the first reply is heard, with nobody in the microphone."""
    at = next(line["t"] for line in take.client if line["ev"] == "started") + INTO_MS
    position = at - take.info.tracks["user"].origin_ms
    like = next(r for r in take.records if r.type == STARTED)
    start = {"type": STARTED, "event_id": "event_nobody1", "item_id": "item_nobody", "audio_start_ms": position}
    stop = {"type": STOPPED, "event_id": "event_nobody2", "item_id": "item_nobody",
            "audio_end_ms": position + PHANTOM_MS}  # fmt: skip
    first = _line(like._replace(t=at), 0, "s2c", start)
    return take.saying([*take.records, first, _line(first, PHANTOM_MS, "s2c", stop)])


def at_arrival(take: Take) -> Take:
    """Let the player's log start each piece when it arrived, whatever was sounding."""
    rows = [(r.t, r.payload, r.payload["delta"]) for r in take.records if r.type == DELTA]
    client = tuple({"t": t, "ev": "started", "response": p["response_id"], "item": p["item_id"], "content": 0,
                    "first": piece["first"], "samples": piece["samples"]} for t, p, piece in rows)  # fmt: skip
    return replace(take, client=client)


def lose_audio_done(take: Take) -> Take:
    """Take out the end of the first response's audio."""
    lost = next(r.seq for r in take.records if r.type == AUDIO_DONE)
    return take.saying(r for r in take.records if r.seq != lost)


def send_in_part(take: Take) -> Take:
    """Ask for the end silence alone; the provider has values of its own for the rest."""

    def part(payload: Payload) -> Payload:
        listening = payload["session"]["audio"]["input"]
        asked = {k: v for k, v in listening["turn_detection"].items() if k in ("type", "silence_duration_ms")}
        return _with_input(payload, {**listening, "turn_detection": asked})

    return take.changing({"session.update": part})


def claim_another_rate(take: Take) -> Take:
    """State 24 kHz for a microphone that has fewer."""

    def claimed(payload: Payload) -> Payload:
        listening = payload["session"]["audio"]["input"]
        return _with_input(payload, {**listening, "format": {"type": "audio/pcm", "rate": 24_000}})

    return take.changing(dict.fromkeys(SETTINGS, claimed))


def _with_input(payload: Payload, listening: Payload) -> Payload:
    session = payload["session"]
    return {**payload, "session": {**session, "audio": {**session["audio"], "input": listening}}}
