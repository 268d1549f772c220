"""A session folder: written whole or not at all, opened without reading sound, read back as it was."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.errors import AudioError, NotAnswerable, SessionError
from bargein.session import Change, Info, Label, Record, Track, folders, load, problems_of, save
from bargein.session import saving as saving_room
from bargein.session.model import CLOCKS, COMPLETE, LABEL_BASES, LABEL_KINDS, SPEECH_STYLES
from bargein.settings import ManualTurns, SemanticVad, ServerVad

times = st.integers(0, 100_000)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
payloads = st.dictionaries(texts.filter(lambda k: k not in ("delta", "audio")), values, max_size=4)
detections = st.one_of(
    st.builds(ServerVad, st.none() | st.floats(0, 1), *[st.none() | times] * 2, *[st.none() | st.booleans()] * 2,
              st.none() | times),
    st.builds(SemanticVad, st.sampled_from(["low", "medium", "high", "auto"]), *[st.none() | st.booleans()] * 2),
    st.just(ManualTurns()),
)  # fmt: skip


@st.composite
def labels(draw):
    """Labels that fit the schema, and a session that kept no sound."""
    onset, offset = sorted(draw(st.tuples(times, times)))
    kind = draw(st.sampled_from(LABEL_KINDS))
    complete = draw(st.sampled_from([None, *COMPLETE])) if kind == "turn" else None
    return Label(kind, onset, offset, "user", draw(texts), draw(times),
                 draw(st.sampled_from(LABEL_BASES)), draw(texts), draw(st.booleans()), complete)  # fmt: skip


@st.composite
def infos(draw):
    """Facts of a session without sound."""
    clock = draw(st.sampled_from(CLOCKS))
    step = draw(st.integers(1, 1_000)) if clock == "appends" else None
    words = st.lists(texts, max_size=3).map(tuple)
    return Info(
        draw(texts), draw(texts), draw(texts), 200_000, draw(texts), clock, step,
        tuple(draw(st.lists(st.builds(Change, times, detections), max_size=3))), {},
        draw(st.sampled_from(SPEECH_STYLES)), draw(st.dictionaries(texts, words, max_size=2)), draw(words),
        draw(st.lists(st.dictionaries(texts, values, max_size=2), max_size=2).map(tuple)), draw(words), draw(words),
        draw(st.dictionaries(texts, values, max_size=2)), draw(texts), draw(texts), draw(st.none() | times),
        draw(texts), draw(texts), draw(words), {},
    )  # fmt: skip


@given(infos(), st.lists(st.tuples(times, st.sampled_from(["s2c", "c2s"]), texts, payloads), max_size=6),
       st.lists(labels(), max_size=5))  # fmt: skip
def test_what_is_saved_is_loaded(info, lines, marks):
    """Facts, log lines and labels come back as they were; labels in order of onset."""
    timed = info.clock != "none"
    ordered = sorted(lines, key=lambda line: line[0])
    records = tuple(Record(n, t if timed else None, way, conn, p) for n, (t, way, conn, p) in enumerate(ordered))
    with tempfile.TemporaryDirectory() as folder:
        session = save(Path(folder) / "s", info, records, labels=marks, audio={})
        assert info == replace(session.info, checksums={})
        assert records == session.records
        assert sorted(marks, key=lambda m: (m.onset_ms, m.offset_ms)) == list(session.labels)


def test_sound_comes_back_bit_for_bit(small):
    """16-bit samples survive the FLAC; a track that was never there is refused, not silent."""
    session = small()
    again = (session.audio("user") * 32_768).astype(np.int16)
    assert 8_000 == len(again)
    assert np.array_equal(np.random.default_rng(8_000).integers(-9_000, 9_000, 8_000).astype(np.int16), again)
    with pytest.raises(NotAnswerable, match="no echo track"):
        session.audio("echo")


def test_opening_reads_no_sound_and_no_log(small):
    """Facts are at hand though everything else is unreadable; it is missed when it is asked for."""
    folder = small().folder
    for name in ("user.flac", "agent.flac", "events.jsonl", "labels.jsonl", "client.jsonl"):
        (folder / name).write_bytes(b"\0 not what it was")
    session = load(folder)
    assert ("gpt-realtime", 1_500) == (session.info.model, session.info.length_ms)
    assert "0:01.500, server_vad 0.5/300/500, recorded" in repr(session)
    with pytest.raises(AudioError):
        session.audio("user")
    for part in ("records", "labels", "client_heard"):
        with pytest.raises(SessionError):
            getattr(session, part)


def test_opening_loads_no_sound_library():
    """A corpus of a thousand sessions is listed without decoding one of them."""
    import subprocess
    import sys

    code = "import sys; from bargein.session import load; print({'soundfile', 'scipy', 'librosa'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "set()" == done.stdout.strip()


def test_a_failed_save_leaves_nothing(small, tmp_path, monkeypatch):
    """Neither half a folder nor a temporary one, whatever fails: what is wrong with it, or the disk."""
    with pytest.raises(SessionError, match="after the session's 900 ms"):
        small(length_ms=900)
    assert [] == list(tmp_path.iterdir())

    def full(path, *_):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(saving_room, "_write_lines", full)
    with pytest.raises(OSError, match="No space left"):
        small("deep/er")
    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_exists_is_left_alone(small):
    """Unless it is to be replaced."""
    before = small().folder
    (before / "mine.txt").write_text("notes")
    with pytest.raises(SessionError, match="the folder exists"):
        small(model="another")
    assert ("gpt-realtime", "notes") == (load(before).info.model, (before / "mine.txt").read_text())
    assert "another" == small(model="another", overwrite=True).info.model
    assert not (before / "mine.txt").exists()


def test_only_sessions_are_replaced(small, tmp_path):
    """A slip of the pen must not cost a folder of documents."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "thesis.txt").write_text("years")
    with pytest.raises(SessionError, match="no session, so it is not replaced"):
        small("documents", overwrite=True)
    assert "years" == (tmp_path / "documents" / "thesis.txt").read_text()


def test_a_failed_replacement_leaves_the_old_folder(small, monkeypatch):
    """Found wrong, or stopped at the very last step."""
    folder = small().folder
    with pytest.raises(SessionError):
        small(length_ms=900, overwrite=True)
    assert 1_500 == load(folder, verify=True).info.length_ms

    rename = Path.rename

    def stubborn(path, to):
        if path.name == "small" and path.parent != folder.parent:
            raise OSError(5, "Input/output error")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", stubborn)
    with pytest.raises(OSError, match="Input/output"):
        small(model="another", overwrite=True)
    monkeypatch.undo()
    assert "gpt-realtime" == load(folder, verify=True).info.model
    assert ["small"] == [p.name for p in folder.parent.iterdir()]


def test_tracks_and_sound_belong_together(tmp_path):
    """A track without sound and a sound without track are both named."""
    info = Info("s", "xai", "grok", 100, tracks={"user": Track("user.flac", "sent", 8_000, 80)})
    with pytest.raises(SessionError) as error:
        save(tmp_path / "s", info, (), audio={"agent": np.zeros(80, np.int16)})
    assert ["no sound for the user track", "sound of 'agent', which is no track"] == [
        p.what for p in error.value.problems
    ]


def test_folders_are_found(small, tmp_path):
    """The folder itself, or those inside; an empty place says what was looked for."""
    one, two = small("one").folder, small("two").folder
    assert ([one], [one, two]) == (folders(one), folders(tmp_path))
    (tmp_path / "empty").mkdir()
    with pytest.raises(SessionError, match="the folder is empty") as error:
        folders(tmp_path / "empty")
    assert "docs/session-format.md" in str(error.value)
    with pytest.raises(SessionError, match="no such folder"):
        folders(tmp_path / "nowhere")


def test_a_sound_session_has_no_problems(small):
    """The one that the tests of bad input damage."""
    assert [] == list(problems_of(small().folder))


def test_other_fields_are_kept_out_and_do_no_harm(small):
    """A file written by a later version with more fields still opens."""
    folder = small().folder
    raw = json.loads((folder / "session.json").read_text())
    (folder / "session.json").write_text(json.dumps({**raw, "mood": "calm"}))
    assert "small" == load(folder).id
