"""What is embedded: complete, checksummed, licensed, as small as promised, and described truly."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from bargein.audio import edges, files

DATA = Path(__file__).parents[1] / "data"
PROMPTS = list(csv.DictReader((DATA / "prompts.csv").open(encoding="utf-8", newline="")))
INDEX: dict[str, str] = json.loads((DATA / "index.json").read_text("utf-8"))["sha256"]


def test_every_embedded_file_is_in_the_index_and_unchanged():
    """Nothing missing, nothing besides."""
    places = [DATA / name for name in ("prompts", "scores", "sessions", "LICENSES")]
    found = [
        DATA / "prompts.csv",
        DATA / "corpora.csv",
        *(p for place in places for p in place.rglob("*") if p.is_file()),
    ]
    assert INDEX == {path.relative_to(DATA).as_posix(): files.sha256_file(path) for path in found}


def test_the_labels_of_every_embedded_session_are_pinned():
    """A session does not checksum its own labels, since they may grow; those that come along are what they were."""
    sessions = sorted(path.parent for path in DATA.glob("sessions/*/session.json"))
    names = ("session.json", "events.jsonl", "labels.jsonl", "client.jsonl", "user.flac", "agent.flac")
    expected = {f"{s.relative_to(DATA).as_posix()}/{name}" for s in sessions for name in names}
    assert 24 <= len(sessions)
    assert expected == {name for name in INDEX if name.startswith("sessions/")}


def test_there_are_voices_enough():
    """For two dozen sessions: 20 agent prompts of one voice, 40 user utterances of three others."""
    agent = [p for p in PROMPTS if p["role"] == "agent"]
    users = [p for p in PROMPTS if p["role"] == "user"]
    assert {"Allison Smith"} == {p["speaker"] for p in agent}
    assert 3 <= len({p["speaker"] for p in users})
    assert (True, True) == (len(agent) >= 20, len(users) >= 40)


def test_long_replies_exist():
    """Generation is several times faster than real time: only a long reply is still being made when interrupted."""
    assert 4 <= sum(float(p["seconds"]) >= 20 for p in PROMPTS if p["role"] == "agent")


def test_prompts_stay_small():
    """At most 5 MB, so that the sessions made of them fit as well."""
    assert 5_000_000 >= sum(path.stat().st_size for path in (DATA / "prompts").rglob("*.flac"))


def test_all_that_comes_along_stays_small():
    """At most 15 MB, so that a clone is quick."""
    assert 15_000_000 >= sum((DATA / name).stat().st_size for name in INDEX)


def test_scores_stay_small():
    """Under 1.5 MB for all tables."""
    assert 1_500_000 > sum(path.stat().st_size for path in (DATA / "scores").iterdir())


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda p: p["file"])
def test_a_prompt_is_what_its_row_says(prompt):
    """Samples, length, hash, and edges by the energy rule."""
    samples, rate = files.read_int16(DATA / prompt["file"])
    spans = edges.speech_spans(samples, rate).spans
    assert (8_000, 1, prompt["sha256"]) == (rate, samples.ndim, files.sha256_file(DATA / prompt["file"]))
    assert abs(float(prompt["seconds"]) - len(samples) / rate) < 0.002
    assert int(prompt["onset_ms"]) == spans[0].start
    assert 0 <= spans[-1].end - int(prompt["offset_ms"]) < 10


def test_english_prompts_have_their_words_and_others_say_what_they_mean():
    """Heard text needs the agent's words; what is said in other languages is not known here."""
    assert [] == [p["file"] for p in PROMPTS if p["lang"] == "en" and not p["text"]]
    assert [] == [p["file"] for p in PROMPTS if p["lang"] != "en" and (p["text"] or not p["gloss"])]


def test_words_fit_the_length_of_the_recording():
    """Two to four words a second: a wrong row of the list would stand out."""
    speeds = {p["file"]: len(p["text"].split()) / float(p["seconds"]) for p in PROMPTS if p["text"]}
    assert {} == {file: speed for file, speed in speeds.items() if not 1.8 < speed < 4.2}


def test_every_prompt_is_read_speech_with_a_licence():
    """Which licence depends on the voice; the text comes along."""
    wanted = {"en": "CC-BY-SA-3.0", "es": "CC-BY-SA-3.0", "fr": "CC-BY-SA-3.0", "it": "CC-BY-3.0", "ru": "CC-BY-3.0"}
    assert wanted == {p["lang"]: p["licence"] for p in PROMPTS}
    assert {"read"} == {p["speech_style"] for p in PROMPTS}
    text = (DATA / "LICENSES" / "asterisk-core-sounds.txt").read_text("utf-8")
    assert all(f"License: {licence}" in text for licence in wanted.values())
