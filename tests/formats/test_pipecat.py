"""A pipeline's frames: its own reports, each once, and its texts; nothing of what was heard."""

from __future__ import annotations

import json

import pytest

from bargein.cli import main
from bargein.corpus import open_corpus
from bargein.corpus.measure import as_recorded
from bargein.errors import LogError
from bargein.events import SpeechStarted, SpeechStopped, UserText
from bargein.formats.imported import UNMEASURABLE
from bargein.formats.pipecat import import_pipecat, read_frames
from bargein.metrics.recorded import recorded_heard
from bargein.providers import provider, read

ZERO = 1_772_403_723_722


def frames(folder, *lines):
    """Lines ``(ms, type, what its frame says)``; whole objects and text as they are."""
    path = folder / "frames.jsonl"
    text = [
        line if isinstance(line, str) else json.dumps(
            line if isinstance(line, dict) else
            {"type": line[1], "data": {"frame": line[2]}, "timestamp": ZERO + line[0]}
        )
        for line in lines
    ]  # fmt: skip
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


ONE = [
    (0, "turn_start", "StartFrame#0"),
    (900, "user_started_speaking", "UserStartedSpeakingFrame#0"),
    (900, "user_started_speaking", "UserStartedSpeakingFrame#1"),
    (1_800, "transcript", " Hello."),
    (2_000, "user_stopped_speaking", "UserStoppedSpeakingFrame#0"),
    (2_001, "user_stopped_speaking", "UserStoppedSpeakingFrame#1"),
    (2_018, "user_started_speaking", "UserStartedSpeakingFrame#3"),
    (3_000, "user_stopped_speaking", "UserStoppedSpeakingFrame#3"),
    (4_000, "llm_response", "Good day."),
    (4_100, "tts_text", "Good"),
    (5_000, "bot_danced", "BotDancedFrame#0"),
    {"type": "turn_end", "data": {"frame": "CancelFrame#0", "was_interrupted": True}, "timestamp": ZERO + 6_000},
]


def test_reports_and_texts_have_their_times(tmp_path):
    """Each frame once, in session time; responses numbered; what is not known is kept and counted."""
    made = import_pipecat(frames(tmp_path, *ONE), tmp_path / "s")
    session, reading = made.session, read(made.session)
    assert ("pipecat", "recorded", 6_000) == (session.info.provider, session.info.evidence, session.info.length_ms)
    assert [900, 2_018] == [e.at for e in reading.of(SpeechStarted)]
    assert [2_000, 3_000] == [e.at for e in reading.of(SpeechStopped)]
    assert [(1_800, "Hello.", True)] == [(e.at, e.text, e.final) for e in reading.of(UserText)]
    assert {"response-1": "Good day."} == {name: r.text for name, r in reading.responses.items()}
    assert "2 lines that told of a frame again" in made.notes[0]
    assert "1 of 1 turns ended as interrupted by the pipeline's own account, 1 of them with the call" in made.notes[1]
    assert any("1 bot_danced" in note for note in made.notes)
    assert 1 == reading.warnings["unknown event bot_danced"]


def test_what_was_heard_is_not_known(tmp_path):
    """Neither heard nor microphone nor labels: said with what follows, and no barge-in is claimed."""
    made = import_pipecat(frames(tmp_path, *ONE), tmp_path / "s")
    assert recorded_heard(made.session) is None
    keys = ("heard", "user sound", "settings", "client messages", "labels")
    assert {UNMEASURABLE[key] for key in keys} == {*made.unmeasurable}
    (cell,) = as_recorded(open_corpus(made.session))
    assert ("pipecat", "not known", None) == (cell.provider, cell.heard, cell.row()["barge-ins"])


def test_secrets_are_left_out(tmp_path):
    """As of any log."""
    made = import_pipecat(frames(tmp_path, *ONE, {"type": "x", "authorization": "sk-1", "timestamp": ZERO + 7_000}),
                          tmp_path / "s")  # fmt: skip
    assert "(left out)" == made.session.records[-1].payload["authorization"]
    assert any(note.startswith("left out: 1") for note in made.notes)


@pytest.mark.parametrize(("said", "place", "lines"), [
    ("is no whole number of milliseconds since 1970 (seconds?)", "frames.jsonl:1",
     [{"type": "transcript", "data": {"frame": "x"}, "timestamp": 1_772_403_723}]),
    ("timestamp: None is no whole number", "frames.jsonl:1", [{"type": "user_started_speaking"}]),
    ("lies 500 ms before the line above", "frames.jsonl:2", [ONE[1], (400, "tts_text", "x")]),
    ("transcript: data.frame is no text", "frames.jsonl:2", [ONE[1], (950, "transcript", None)]),
    ("starts to speak while speaking (lines lost?)", "frames.jsonl:2", [ONE[1], (1_500, "user_started_speaking", "")]),
    ("stops and was not speaking", "frames.jsonl:1", [ONE[4]]),
    ("no line reports the user (lines have type", "frames.jsonl", [ONE[0]]),
    ("line 2 is not JSON", "frames.jsonl:2", [ONE[1], "{"]),
])  # fmt: skip
def test_what_cannot_be_used_is_named(said, place, lines, tmp_path):
    """File, line, value, likely cause."""
    with pytest.raises(LogError) as refused:
        read_frames(frames(tmp_path, *lines))
    assert [(True, place)] == [(said in str(p), p.place) for p in refused.value.problems]


def test_a_file_of_another_kind_is_not_told_line_by_line(tmp_path):
    """Twenty lines, and how many more."""
    with pytest.raises(LogError, match="30 more lines like these"):
        read_frames(frames(tmp_path, *[{"event": n} for n in range(50)]))


def test_the_command(tmp_path, capsys):
    """Nothing is written where the log cannot be used."""
    with pytest.raises(SystemExit) as ended:
        main(["import", "pipecat", str(frames(tmp_path, ONE[4])), "--out", str(tmp_path / "s")])
    assert (2, False) == (ended.value.code, (tmp_path / "s").exists())
    assert "frames.jsonl:1" in capsys.readouterr().err


def test_it_stands_beside_the_providers():
    """It can be read and not tuned."""
    assert ("Pipecat pipeline", False, ()) == tuple(
        getattr(provider("pipecat"), name) for name in ("title", "recommends", "knobs")
    )


def test_recorded_frames(mirror, tmp_path):
    """A whole call: 15 reports, 36 texts, 9 answers; every report came twice."""
    made = import_pipecat(mirror / "event-logs" / "eva_call_pipecat_frames.jsonl", tmp_path / "s")
    reading = read(made.session)
    assert (15, 15, 36, 9) == (
        len(reading.of(SpeechStarted)), len(reading.of(SpeechStopped)), len(reading.of(UserText)),
        len(reading.responses),
    )  # fmt: skip
    assert "30 lines that told of a frame again" in made.notes[0]
    assert (752 - 30, 343_693) == (len(made.session.records), made.session.info.length_ms)
