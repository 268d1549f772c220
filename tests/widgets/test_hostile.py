"""Bad and hostile sessions: shown plainly or refused clearly, by both widgets; never half a widget."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import soundfile

import bargein as bi
from bargein.audio.places import data_dir
from bargein.errors import AudioError, NotAnswerable, SessionError
from bargein.session import Info, Record, Track, load, save
from bargein.widgets import Compare, Timeline
from bargein.widgets import timeline as timeline_module

EVIL = '"quoted" <img src=x onerror="window.pwned=1">'
WIDGETS = (Timeline, Compare)


@pytest.fixture
def folder(tmp_path):
    """An embedded session to spoil."""
    return shutil.copytree(data_dir() / "sessions" / "openai-18-stragglers-double", tmp_path / "session")


def ask(widget, **asked):
    """What the page sends."""
    widget._receive(widget, asked, [])


def minute(folder, events):
    """A minute of many events and no sound."""
    records = [
        Record(n, 60_000 * n // events, "s2c", "provider", {"type": "response.created", "response": {"id": f"r{n}"}})
        for n in range(events)
    ]
    return save(folder, Info("minute", "openai", "gpt-realtime", 60_000), records, audio={})


@pytest.mark.parametrize("widget", WIDGETS)
def test_names_and_payloads_stay_data(folder, widget, monkeypatch):
    """Markup in a name, a type and a payload of a megabyte: as they are in the state, cut where they are told."""
    info = json.loads((folder / "session.json").read_text("utf-8"))
    (folder / "session.json").write_text(json.dumps(info | {"id": EVIL}), encoding="utf-8")
    huge = {"t": 1, "dir": "s2c", "conn": "other", "ev": {"type": EVIL, "text": "x" * 1_000_000}}
    log = folder / "events.jsonl"
    log.write_text(json.dumps(huge) + "\n" + log.read_text("utf-8"), "utf-8")
    shown = widget(bi.load(folder))
    assert EVIL in shown.facts["title"]
    sent = []
    monkeypatch.setattr(shown, "send", lambda content, buffers=(): sent.append(content))
    number = next(n for n in range(9) if shown.happenings.line_of(n) == 1)
    ask(shown, ask="tell", what=["event", number])
    assert EVIL in sent[0]["text"]
    assert len(sent[0]["text"]) < 2_000
    assert sum(len(v) for v in (shown.overview_data, shown.marks_data)) + len(json.dumps(shown.facts)) < 200_000


@pytest.mark.parametrize("widget", WIDGETS)
@pytest.mark.parametrize("text", ["not json\n", "\x00\x01\x02", '{"kind": "tic"}\n', "[]\n"])
def test_a_label_file_that_is_none_is_refused(folder, widget, text):
    """With the file's name and line."""
    (folder / "labels.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(SessionError, match=r"labels\.jsonl"):
        widget(bi.load(folder))


@pytest.mark.parametrize("widget", WIDGETS)
@pytest.mark.parametrize("track", ["user", "agent"])
def test_sound_that_is_no_number_is_refused(folder, widget, track):
    """NaN in a float recording, named as such."""
    info = json.loads((folder / "session.json").read_text("utf-8"))
    old = folder / info["tracks"][track]["file"]
    samples, rate = soundfile.read(old, dtype="float32")
    samples[1_000] = np.nan
    soundfile.write(folder / f"{track}.wav", samples, rate, subtype="FLOAT")
    info["tracks"][track]["file"] = f"{track}.wav"
    (folder / "session.json").write_text(json.dumps(info), encoding="utf-8")
    with pytest.raises(AudioError, match="not finite"):
        widget(bi.load(folder))


def test_damage_in_a_long_sound_is_said_behind_the_first_picture(folder, monkeypatch):
    """The rest of the session is shown; a header that cannot be read, and a comparison, are refused at once."""
    monkeypatch.setattr(timeline_module, "SHORT", 0)
    track = folder / "agent.flac"
    track.write_bytes(track.read_bytes()[: track.stat().st_size // 2])
    with pytest.raises(AudioError, match="damaged or truncated"):
        Compare(bi.load(folder))
    shown = Timeline(bi.load(folder))
    sent = []
    monkeypatch.setattr(shown, "send", lambda content, buffers=(): sent.append(content))
    ask(shown, ask="more", what="sound")
    assert [{"is": "more", "what": "sound"}] == sent
    assert any("FLAC" in note or "truncated" in note for note in shown.facts["notes"])
    assert {"user"} == {lane for lane, _ in shown.overview["names"]}
    track.write_bytes(b"not a sound file")
    with pytest.raises(AudioError, match="not a sound file"):
        Timeline(bi.load(folder))


def test_a_long_sound_follows_the_first_picture(folder, monkeypatch):
    """Then the same outlines stand as where it was waited for."""
    waited = Timeline(bi.load(folder), scores=False)
    monkeypatch.setattr(timeline_module, "SHORT", 0)
    shown = Timeline(bi.load(folder), scores=False)
    ask(shown, ask="more", what="sound")
    assert waited.overview == shown.overview
    assert waited.overview_data == shown.overview_data


def test_a_session_without_an_agent_is_shown_and_not_compared(tmp_path):
    """Its user alone; a comparison says why there is none."""
    noise = np.random.default_rng(4).integers(-900, 900, 16_000, dtype=np.int16)
    info = Info("alone", "openai", "gpt-realtime", 1_000, tracks={"user": Track("user.flac", "sent", 16_000, 16_000)})
    save(tmp_path / "alone", info, [], audio={"user": noise})
    shown = Timeline(load(tmp_path / "alone"))
    assert [["user", "user"]] == [list(name) for name in shown.overview["names"]]
    assert any("no agent" in note for note in shown.facts["notes"])
    with pytest.raises(NotAnswerable, match="agent's generated audio"):
        Compare(load(tmp_path / "alone"))


def test_a_minute_of_20_000_events_is_five_bytes_each(tmp_path):
    """Each can still be pointed at and told."""
    shown = Timeline(minute(tmp_path / "minute", 20_000))
    assert 5 * 20_000 == len(shown.marks_data)
    assert "events.jsonl:20000" in shown.told("event", 19_999)
