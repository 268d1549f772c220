"""The modelled providers, driven as a client and a user would: for every test of what they say."""

from __future__ import annotations

from bargein.providers.model import Reply, Word
from bargein.providers.openai_model import OpenAIModel
from bargein.providers.xai_model import XAIModel

RATE = 24_000
LONG = Reply("long", 20 * RATE, tuple(Word(f"w{n}", n * RATE // 3) for n in range(60)))
SHORT = Reply("short", 2 * RATE, (Word("Yes.", 0), Word("Go", RATE), Word("on.", RATE * 3 // 2)))
MODELS = {"openai": OpenAIModel, "xai": XAIModel}
VAD = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500}


def started(kind, *, replies=(LONG, SHORT, SHORT, SHORT), vad=None, seed=1, **more):
    """A connected model whose settings are in force and whose microphone began at 300 ms; with what it said so far."""
    model = MODELS[kind](seed=seed, replies=replies, **more)
    model.connect(100)
    vad = VAD | (vad or {})
    where = {"audio": {"input": {"turn_detection": vad}}} if kind == "openai" else {"turn_detection": vad}
    model.receive({"type": "session.update", "session": where}, 110)
    model.receive({"type": "input_audio_buffer.append", "audio": {"stored": 0, "samples": RATE // 10}}, 400)
    return model


def feed(model, *edges, until=60_000):
    """Feed edges (onset, offset, onset ...) and give what the server said."""
    for n, at in enumerate(edges):
        (model.onset if n % 2 == 0 else model.offset)(at)
    return model.advance(until)


def first(timed, name, n=0):
    """Time and payload of the n-th event of a name."""
    return [(t, p) for t, p in timed if p["type"] == name][n]


def told(model, edges, commands=(), until=200_000):
    """Feed edges and client commands in order of time, as a client would, and give what the server said.

    A truncation is of the item last heard of; before there is one, of an item nobody knows.
    """
    said, item = [], "nobody's"
    outside = sorted([(at, n) for n, at in enumerate(edges)] + [(at, c) for at, c in commands], key=lambda x: x[0])
    for at, what in outside:
        said += model.advance(at - 1)
        item = next((p["item_id"] for _, p in reversed(said) if p["type"] == "response.output_audio.delta"), item)
        if isinstance(what, int):
            (model.offset if what % 2 else model.onset)(at)
        else:
            model.receive({"item_id": item} | what, at)
    said += model.advance(until)
    return said
