"""A small session made by hand: two answers, a barge-in during the first, stragglers after it, a backchannel."""

from __future__ import annotations

import numpy as np
import pytest

from bargein.session import Change, Info, Label, Record, Track, save
from bargein.settings import ServerVad
from bargein.vad.scores import Scores

RATE, MIC, LENGTH = 24_000, 16_000, 12_000
DELTA_MS = 200
#: (response, asked at, first delta at, deltas, ms between arrivals)
ANSWERS = [("A", 2_100, 2_400, 30, 60), ("B", 6_900, 7_200, 12, 40)]
#: two more deltas of A arrive after the user was noticed: stragglers
STRAGGLERS = (5_340, 5_380)
USER = [(300, 1_600), (5_000, 6_300), (8_200, 8_500)]


def babble(ms, rate, seed):
    """Something that looks like speech: noise with syllables of four a second."""
    t = np.arange(ms * rate // 1_000) / rate
    rng = np.random.default_rng(seed)
    level = (0.15 + np.abs(np.sin(np.pi * 4 * t))) * (0.55 + 0.45 * np.sin(2 * np.pi * 0.7 * t + seed))
    return (level * rng.normal(0, 5_500, len(t))).clip(-30_000, 30_000).astype(np.int16)


def event(name, **fields):
    """A payload of the provider."""
    return {"type": name, "event_id": f"{name}-{sorted(fields.items())}", **fields}


def lines():
    """The log in order of time: (receive time, payload)."""
    found, stored = [], 0
    for k, (start, stop) in enumerate(USER[:2]):
        found.append((start + 320, event("input_audio_buffer.speech_started", item_id=f"u{k}", audio_start_ms=start)))
        found.append((stop + 480, event("input_audio_buffer.speech_stopped", item_id=f"u{k}", audio_end_ms=stop)))
    for name, asked, first_at, deltas, step in ANSWERS:
        times = [first_at + step * n for n in range(deltas)]
        times = [*times, *STRAGGLERS] if name == "A" else times
        found.append((asked, event("response.created", response={"id": name})))
        for n, at in enumerate(times):
            ref = {"stored": stored, "first": n * DELTA_MS * RATE // 1_000, "samples": DELTA_MS * RATE // 1_000}
            found.append((at, event("response.output_audio.delta", response_id=name, item_id=name.lower(), delta=ref)))
            stored += ref["samples"]
        found.append((times[-1] + 20, event("response.output_audio.done", response_id=name, item_id=name.lower())))
        found.append((times[-1] + 40, event("response.done", response={"id": name, "status": "completed"})))
    return sorted(found, key=lambda line: line[0]), stored


@pytest.fixture(scope="session")
def barge_in(tmp_path_factory):
    """The session, saved and loaded."""
    found, stored = lines()
    user = np.zeros(LENGTH * MIC // 1_000, np.int16)
    for seed, (start, stop) in enumerate(USER):
        sound = babble(stop - start, MIC, seed)
        user[start * MIC // 1_000 :][: len(sound)] = sound
    info = Info(
        "hand-made", "openai", "gpt-realtime", LENGTH, settings=(Change(0, ServerVad(0.5, 300, 500)),),
        tracks={
            "user": Track("user.flac", "sent", MIC, len(user)),
            "agent": Track("agent.flac", "generated", RATE, stored),
        },
        modelled=("user", "provider"),
    )  # fmt: skip
    labels = [
        Label("turn", 300, 1_600, complete="yes"),
        Label("interruption", 5_000, 6_300),
        Label("backchannel", 8_200, 8_500),
    ]
    records = [Record(n, t, "s2c", "provider", payload) for n, (t, payload) in enumerate(found)]
    agent = babble(-(-stored * 1_000 // RATE), RATE, 9)[:stored]
    folder = tmp_path_factory.mktemp("sessions") / "hand-made"
    return save(folder, info, records, audio={"user": user, "agent": agent}, labels=labels)


@pytest.fixture(scope="session")
def scores():
    """Scores that follow the user's speech, rising and falling over three frames of 32 ms."""
    frames = LENGTH // 32
    values = np.full(frames, 0.03)
    for start, stop in USER:
        a, b = start // 32, stop // 32
        values[a:b] = 0.93 - 0.25 * np.abs(np.sin(np.arange(b - a) / 2.1))
        values[a : a + 3] = (0.2, 0.45, 0.7)
    return Scores(values, 512, 16_000, LENGTH * 16, "drawn-0")
