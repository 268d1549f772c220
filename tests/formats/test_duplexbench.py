"""Samples of Full-Duplex-Bench: sound through the call's importer, labels from the task's file, all of them or none."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

from bargein.audio.files import read_int16
from bargein.cli import main
from bargein.corpus import open_corpus
from bargein.corpus.measure import as_recorded
from bargein.corpus.scoring import conversations, score
from bargein.errors import InputError
from bargein.formats.duplexbench import ANNOTATOR, OVERLAPS
from bargein.formats.duplexsessions import import_samples
from bargein.formats.imported import UNMEASURABLE
from bargein.metrics.recorded import recorded_heard
from bargein.session import load

RATE = 16_000
TURN, PAUSE = [{"text": "[TURN-TAKING]", "timestamp": [1.5, 0.0]}], [{"text": "[PAUSE]", "timestamp": [1.0, 1.6]}]
WORDS = {"text": "hi you", "chunks": [{"text": "hi", "timestamp": [0.0, 1.9]}, {"text": "you", "timestamp": [2, None]}]}


def wav(path, spans, seconds=6.0):
    """Seeded noise for voices."""
    chance = np.random.RandomState(len(spans) + len(path.name))
    made = np.zeros(int(seconds * RATE), np.int16)
    for start, end in spans:
        made[int(start * RATE) : int(end * RATE)] = chance.randint(-6_000, 6_000, int(end * RATE) - int(start * RATE))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, made, RATE)


def sample(folder, user, agent, task=None, content=None, words=None):
    """A sample's folder."""
    wav(folder / "input.wav", user)
    wav(folder / "output.wav", agent)
    if task:
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / task).write_text(text, encoding="utf-8")
    if words is not None:
        (folder / "output.json").write_text(json.dumps(words), encoding="utf-8")
    return folder


def interrupted(start, end):
    """What ``interrupt.json`` holds."""
    return [{"context": "Tell me of cats.", "interrupt": "And dogs?", "timestamp": [start, end]}]


def told(session):
    """The benchmark's own labels."""
    return [(x.kind, x.onset_ms, x.offset_ms, x.basis, x.complete) for x in session.labels if x.annotator == ANNOTATOR]


@pytest.mark.parametrize(("above", "task", "content", "label"), [
    # the clip was put at 3,000 ms and sounds from 3,200 ms on
    ("synthetic_user_interruption", "interrupt.json", interrupted(3.0, 4.0),
     ("interruption", 3_200, 4_000, "acoustic", None)),
    # nothing sounds there, or what sounds began before: where it was put is all that is known
    ("synthetic_user_interruption", "interrupt.json", interrupted(4.5, 5.0),
     ("interruption", 4_500, 5_000, "placement", None)),
    ("synthetic_user_interruption", "interrupt.json", interrupted(3.5, 4.0),
     ("interruption", 3_500, 4_000, "placement", None)),
    ("candor_turn_taking", "turn_taking.json", TURN, ("turn", 0, 1_500, "lexical", "yes")),
    ("candor_pause_handling", "pause.json", PAUSE, ("turn", 0, 4_000, "acoustic", "unsure")),
    ("synthetic_pause_handling", "pause.json", PAUSE, ("turn", 0, 4_000, "acoustic", "yes")),
    *((above, "metadata.json", {"context_text": "x", "timestamps": [3.0, 4.0]}, (kind, 3_200, 4_000, "acoustic", None))
      for above, kind in OVERLAPS.items()),
])  # fmt: skip
def test_what_is_asked_becomes_a_label(above, task, content, label, tmp_path):
    """The kind is the benchmark's; edges are those of the sound, where there are any."""
    folder = sample(tmp_path / above / "1", [(0, 1), (3.2, 4)], [(1.5, 3.6)], task, content)
    (made,) = import_samples(folder, tmp_path / "s")
    kind, onset, offset, *rest = label
    ((found, start, end, *others),) = told(made.session)
    assert (kind, rest) == (found, others)
    assert max(abs(onset - start), abs(offset - end)) <= 10
    assert any(f"{kind} {start} to {end} ms" in note.replace(",", "") for note in made.notes)


def test_a_sample_is_a_call(tmp_path):
    """Two tracks, the energy rule's speech, words kept, sources named; nobody guesses who is who."""
    folder = sample(tmp_path / "x" / "1", [(0, 1), (3.2, 4)], [(1.5, 3.6)], "interrupt.json", interrupted(3, 4), WORDS)
    (made,) = import_samples(folder, tmp_path / "s")
    assert {"user": "sent", "agent": "heard"} == {k: t.kind for k, t in made.session.info.tracks.items()}
    assert ["input.wav", "output.wav", "interrupt.json", "output.json"] == [
        s["file"] for s in made.session.info.sources
    ]  # fmt: skip
    words = [r.payload for r in made.session.records if r.type == "call.agent_word"]
    assert [("hi", 0, 1_900), ("you", 2_000, None)] == [(w["text"], w["start_ms"], w["end_ms"]) for w in words]
    assert any("the first word is timed at 0 ms, but its side sounds from 1" in note for note in made.notes)
    assert not any("swapped" in note for note in made.notes)
    assert (UNMEASURABLE["wire"],) == made.unmeasurable
    (cell,) = as_recorded(open_corpus(made.session))
    row = cell.row()
    assert ("derived", "channel", 1, 1, "1 of 1") == tuple(
        row[key] for key in ("basis", "heard", "barge-ins", "met", "stopped")
    )
    assert 390 <= row["stop p50 [ms]"] <= 410


def test_a_silent_model_took_no_turn(tmp_path):
    """Its silence is an answer, the user's is damage."""
    folder = sample(tmp_path / "candor_turn_taking" / "1", [(0.2, 1.5)], [], "turn_taking.json", TURN)
    (made,) = import_samples(folder, tmp_path / "s")
    assert not recorded_heard(made.session).timeline()
    assert UNMEASURABLE["words"] in made.session.info.notes
    rows = {r["metric"]: (r["value"], r["n"]) for r in score(conversations(made.session), ["full-duplex-bench"]).rows}
    assert (0, 1) == rows["smooth turn-taking: TOR"]
    with pytest.raises(InputError, match="the user's side is silent"):
        import_samples(sample(tmp_path / "y" / "1", [], [(1, 2)]), tmp_path / "t")


def test_without_a_task_nobody_judged_it(tmp_path):
    """Said, and the columns stay empty."""
    (made,) = import_samples(sample(tmp_path / "icc_backchannel" / "1", [(0, 2)], [(0.5, 0.8)]), tmp_path / "s")
    assert any(note.startswith("none of interrupt.json") for note in made.notes)
    assert UNMEASURABLE["labels"] in made.unmeasurable
    (cell,) = as_recorded(open_corpus(made.session))
    assert cell.row()["barge-ins"] is None


def test_a_folder_of_samples_makes_a_folder_of_sessions(tmp_path, capsys):
    """Named after task and sample, whole, and beside what is there already."""
    task = tmp_path / "candor_turn_taking"
    for n in (1, 2, 10, 11):
        sample(task / str(n), [(0.2, 1.5)], [(2, 3.5)], "turn_taking.json", TURN)
    (tmp_path / "sessions" / "mine").mkdir(parents=True)
    with pytest.raises(SystemExit) as ended:
        main(["import", "full-duplex-bench", str(task), "--out", str(tmp_path / "sessions")])
    out = capsys.readouterr().out
    assert 0 == ended.value.code
    names = [f"candor_turn_taking-{n}" for n in (1, 2, 10, 11)]
    assert {*names, "mine"} == {p.name for p in (tmp_path / "sessions").iterdir()}
    assert names == [load(tmp_path / "sessions" / name, verify=True).id for name in names]
    assert "and 1 more sessions" in out
    assert 1 == out.count("cannot be measured: a call without a wire log")
    with pytest.raises(InputError, match="4 problems"):
        import_samples(task, tmp_path / "sessions")
    assert 4 == len(import_samples(task, tmp_path / "sessions", overwrite=True))


BAD = [
    ("interrupt.json", '[{"timestamp": [3, 4}]', "interrupt.json:1", "not JSON"),
    ("interrupt.json", [], "interrupt.json", "[] is no list of"),
    ("interrupt.json", [{"timestamp": 3}], "interrupt.json[0].timestamp", "3 is no pair of seconds"),
    (
        "pause.json",
        [{"timestamp": [1.6, 1.0]}],
        "pause.json[0].timestamp",
        "ends at 1.0 s, before it starts at 1.6 s",
    ),
    ("pause.json", [{"timestamp": [1, "x"]}], "pause.json[0].timestamp", "'x' is no number of seconds"),
    ("turn_taking.json", [{"timestamp": [1_500, 0]}], "turn_taking.json[0].timestamp", "lies behind input.wav"),
    ("metadata.json", {"timestamps": [3, 4]}, "1", "the folder above is"),
]


@pytest.mark.parametrize(("task", "content", "place", "said"), BAD)
def test_what_cannot_be_used_is_named(task, content, place, said, tmp_path):
    """File, field, value, likely cause; nothing is written."""
    folder = sample(tmp_path / "task" / "1", [(0, 1), (3.2, 4)], [(1.5, 3.6)], task, content)
    with pytest.raises(InputError) as refused:
        import_samples(folder, tmp_path / "s")
    (problem,) = refused.value.problems
    assert (True, place) == (said in str(problem), problem.place)
    assert not (tmp_path / "s").exists()


def test_all_that_is_wrong_with_all_samples(tmp_path, capsys):
    """A missing output, two tasks, words without times, a silent user: exit code 2, the samples named, none written."""
    task = tmp_path / "task"
    wav(task / "1" / "input.wav", [(0, 1)])
    sample(task / "2", [(0, 1)], [(2, 3)], "pause.json", PAUSE, {"text": "x"})
    (task / "2" / "turn_taking.json").write_text(json.dumps(TURN))
    sample(task / "3", [], [(2, 3)])
    sample(task / "4", [(0, 1)], [(2, 3)], words={"chunks": [{"text": "x", "timestamp": [99, 100]}, {"text": "y"}]})
    sample(task / "5", [(0, 1)], [(2, 3)])
    with pytest.raises(SystemExit) as ended:
        main(["import", "full-duplex-bench", str(task), "--out", str(tmp_path / "s")])
    err = " ".join(capsys.readouterr().err.split())
    assert (2, False) == (ended.value.code, (tmp_path / "s").exists())
    for text in (
        "6 problems",
        "1/output.wav",
        "several tasks: turn_taking.json, pause.json",
        "has no chunks",
        "the user's side is silent",
        "'x' at 99000 ms lies behind output.wav",
        "is no word with its times",
    ):
        assert text in err


def test_a_folder_that_is_none(tmp_path):
    """Missing, or of something else."""
    with pytest.raises(InputError, match="no such folder"):
        import_samples(tmp_path / "gone", tmp_path / "s")
    with pytest.raises(InputError, match=r"neither input\.wav and output\.wav here"):
        import_samples(tmp_path, tmp_path / "s")


def test_real_voices(mirror, tmp_path):
    """A minute of a recorded caller and agent as a sample, of which one stretch is called an interruption."""
    call, rate = read_int16(mirror / "two-channel-calls" / "auto_repairs_49.flac")
    folder = tmp_path / "user_interruption" / "7"
    folder.mkdir(parents=True)
    for channel, name in enumerate(("input.wav", "output.wav")):
        soundfile.write(folder / name, call[: 60 * rate, channel], rate, subtype="PCM_16")
    (plain,) = import_samples(folder, tmp_path / "plain")
    agent = recorded_heard(plain.session).timeline()
    over = next(x for x in plain.session.labels if (s := agent.at(x.onset_ms)) and x.onset_ms - s.start > 200)
    times = [(over.onset_ms - 300) / 1_000, (over.offset_ms + 300) / 1_000]
    (folder / "metadata.json").write_text(json.dumps({"timestamps": times}))
    (made,) = import_samples(folder, tmp_path / "s")
    ((kind, onset, *_),) = told(made.session)
    assert ("interruption", True) == (kind, onset <= over.onset_ms)
    row = as_recorded(open_corpus(made.session))[0].row()
    assert (1, 1, "1 of 1") == (row["barge-ins"], row["met"], row["stopped"])
