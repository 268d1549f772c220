"""Generated logs: what a provider might send in any order, and whole conversations as their log lines would read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st

from bargein.events import (
    LOCAL_VAD,
    AudioDone,
    Delta,
    Event,
    ResponseCreated,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
)
from bargein.session import Session
from bargein.session.model import Record
from bargein.timeline import Span, Timeline
from score import session_of

LENGTH_MS = 20_000
#: Samples of a delta: odd ones, and a second at once.
SIZES = (1, 7, 240, 2_400, 5_999, 24_000)


@st.composite
def logs(draw: st.DrawFn, *, max_events: int = 40) -> list[Event]:
    """Give a log of up to three responses and a user who comes and goes; deltas of odd sizes, boundaries missing."""
    events: list[Event] = []
    at = 0
    first = dict.fromkeys("ABC", 0)
    for _ in range(draw(st.integers(1, max_events))):
        at += draw(st.sampled_from([0, 0, 1, 7, 40, 100, 333, 1_000]))
        if at >= LENGTH_MS:
            break
        response = draw(st.sampled_from("ABC"))
        kind = draw(st.sampled_from("ddddddcuusax"))
        if kind == "d":
            samples = draw(st.sampled_from(SIZES))
            events.append(Delta(at, response, response.lower(), first[response], samples))
            first[response] += samples
        elif kind == "c":
            events.append(ResponseCreated(at, response))
        elif kind == "u":
            events.append(SpeechStarted(at))
        elif kind == "s":
            events.append(SpeechStopped(at))
        elif kind == "a":
            events.append(AudioDone(at, response, response.lower()))
        else:
            events.append(ResponseDone(at, response, "completed", outputs=1))
    return events


class Conversation(NamedTuple):
    """A session's log lines, the edges of a detector beside the loudspeaker, and when the user really spoke."""

    records: tuple[Record, ...]
    local: tuple[SpeechStarted | SpeechStopped, ...]
    user: Timeline

    @property
    def session(self) -> Session:
        """A session with these log lines."""
        session = session_of(LENGTH_MS)
        session.records = self.records  # instead of a file's
        return session

    def cut_in_two(self, which: int, share: float) -> Conversation:
        """Split one delta into two that arrive together: the first keeps the event id, which a repeat would have."""
        once = {r.payload["event_id"]: i for i, r in reversed([*enumerate(self.records)])}
        long = [i for i in sorted(once.values()) if self.records[i].payload.get("delta", {}).get("samples", 0) > 1]
        if not long:
            return self
        i = long[which % len(long)]
        payload = self.records[i].payload
        ref = payload["delta"]
        n = min(max(1, int(ref["samples"] * share)), ref["samples"] - 1)
        rest = {"stored": ref["stored"] + n, "first": ref["first"] + n, "samples": ref["samples"] - n}
        halves = [{**payload, "delta": {**ref, "samples": n}}, {**payload, "event_id": "half", "delta": rest}]
        parts = [self.records[i]._replace(payload=half) for half in halves]
        return self._replace(records=(*self.records[:i], *parts, *self.records[i + 1 :]))


Line = tuple[int, str, dict[str, Any]]


def _response(draw: st.DrawFn, name: str, at: int, connection: str) -> Iterator[Line]:
    """A response generated faster than real time; its boundaries come on time, early, late or never."""

    def boundary(type: str, at: int, **fields: Any) -> Iterator[Line]:
        late = draw(st.sampled_from([0, 0, 0, -60, 5, 1_500, None]))
        if late is not None:
            yield max(0, at + late), connection, {"type": type, "response_id": name, **fields}

    of = {"id": name, "status": "completed", "output": [{}]}
    yield from boundary("response.created", at, response=of)
    for item, content in draw(st.sampled_from([["a0"], ["a0", "b0"], ["a0", "a1"]])):
        first = 0
        for _ in range(draw(st.integers(1, 5))):
            at += draw(st.sampled_from([0, 0, 1, 20, 60, 250, 900]))
            samples = draw(st.sampled_from(SIZES))
            delta = {"first": first, "samples": samples, "stored": first}
            yield at, connection, {"type": "response.output_audio.delta", "response_id": name,
                                   "item_id": name + item, "content_index": int(content), "delta": delta}  # fmt: skip
            first += samples
        yield from boundary("response.output_audio.done", at, item_id=name + item, content_index=int(content))
    yield from boundary("response.done", at, response=of)


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """Give a conversation as two connections might have logged it.

    Up to four responses follow or overlap each other; the user speaks over them, before them, after them. The
    provider's detector repeats itself or loses an edge, and so does a local one; a recogniser hears a word more each
    time; lines come again under their event id.
    """
    lines: list[Line] = []
    local: list[SpeechStarted | SpeechStopped] = []
    at = 0
    for name in "ABCD"[: draw(st.integers(1, 4))]:
        at += draw(st.sampled_from([0, 40, 400, 2_500]))
        lines += _response(draw, name, at, draw(st.sampled_from("aaab")))
    spoken, at = [], 0
    for _ in range(draw(st.integers(0, 4))):
        at += draw(st.sampled_from([50, 200, 700, 2_000]))
        spoken.append(Span(at, at := at + draw(st.sampled_from([120, 600, 3_000]))))
        for when, word in ((spoken[-1].start, "started"), (spoken[-1].end, "stopped")):
            for _ in range(draw(st.sampled_from([1, 1, 1, 0, 2]))):
                delay, connection = draw(st.sampled_from([0, 90, 300])), draw(st.sampled_from("aab"))
                lines.append((when + delay, connection, {"type": f"input_audio_buffer.speech_{word}"}))
            for _ in range(draw(st.sampled_from([1, 1, 0]))):
                edge = SpeechStarted if word == "started" else SpeechStopped
                local.append(edge(when + draw(st.sampled_from([30, 230])), LOCAL_VAD))
        for words in range(1, draw(st.integers(0, 4)) + 1):
            said = {"type": "conversation.item.input_audio_transcription.updated",
                    "item_id": f"u{len(spoken)}", "transcript": " ".join(["word"] * words)}  # fmt: skip
            lines.append((spoken[-1].start + 250 * words, "a", said))
    named = [(t, c, {**payload, "event_id": f"e{i}"}) for i, (t, c, payload) in enumerate(lines)]
    for which in draw(st.lists(st.integers(0, len(named) - 1), max_size=3)):
        t, connection, payload = named[which]
        named.append((t + draw(st.sampled_from([0, 30, 700])), draw(st.sampled_from([connection, "b"])), payload))
    kept = sorted((line for line in named if line[0] <= LENGTH_MS), key=lambda line: line[0])
    records = tuple(Record(i, t, "s2c", c, payload) for i, (t, c, payload) in enumerate(kept))
    return Conversation(records, tuple(sorted(local, key=lambda e: e.at)), Timeline(spoken))
