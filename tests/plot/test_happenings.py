"""What a timeline says of its events, cuts and labels: text, whole or cut, never markup."""

from __future__ import annotations

import time

import numpy as np
import pytest

from bargein.plot.board import Board
from bargein.plot.happenings import KINDS, SHOWN, Happenings, rows_of, shortened, told_cut, told_label
from bargein.replay import replay
from bargein.session import Info, Label, Record, load, save

EVIL = "<img src=x onerror=\"document.title='pwned'\">"


def session_of(tmp_path, payloads, name="made", length=60_000):
    """A session that is a log alone."""
    records = [Record(n, n * length // max(len(payloads), 1), "s2c", "provider", p) for n, p in enumerate(payloads)]
    save(tmp_path / "s", Info(name, "openai", "gpt-realtime", length), records, audio={})
    return load(tmp_path / "s")


def happenings_of(shown, tmp_path):
    """Its happenings, with pyramids kept elsewhere than at home."""
    return Happenings(Board.of(shown, tmp_path / "cache"))


def test_every_line_of_a_log_is_an_event_with_its_payload(barge_in, tmp_path):
    """Also those without a mark of their own."""
    found = happenings_of(barge_in, tmp_path)
    assert len(barge_in.records) == len(found.events)
    number = next(n for n, h in enumerate(found.events) if h.kind == "speech_started")
    facts = found.facts(number)
    assert ("event", 620, "input_audio_buffer.speech_started") == (facts["what"], facts["at_ms"], facts["type"])
    assert barge_in.records[facts["line"] - 1].payload == facts["payload"]
    assert found.told(number).startswith("0:00.620 · input_audio_buffer.speech_started · events.jsonl:")
    with pytest.raises(IndexError):
        found.facts(-1)


def test_events_of_a_replay_lead_back_to_their_lines(barge_in, tmp_path):
    """Each is dated anew, and the line it stands on says the same."""
    found = happenings_of(replay(barge_in, policy="stop-only"), tmp_path)
    kinds = {"response.created": "response_created", "input_audio_buffer.speech_started": "speech_started"}
    led = [(h.kind, found.facts(n)["type"]) for n, h in enumerate(found.events) if h.kind in kinds.values()]
    assert [(kinds[name], name) for _, name in led] == led
    assert 4 == len(led)


def test_events_are_packed_in_five_bytes(barge_in, tmp_path):
    """Time and kind; what they say is asked for one by one."""
    found = happenings_of(barge_in, tmp_path)
    data, n = found.packed(), len(found.events)
    assert 5 * n == len(data)
    at = np.frombuffer(data[: 4 * n], np.int32)
    assert [h.at for h in found.events] == at.tolist() == sorted(at)
    assert [h.kind for h in found.events] == [KINDS[k] for k in data[4 * n :]]


def test_a_payload_of_a_megabyte_is_cut_and_says_so(tmp_path):
    """In the hover; the selection holds all of it."""
    found = happenings_of(session_of(tmp_path, [{"type": "odd", "text": "x" * 1_000_000}]), tmp_path)
    text = found.told(0)
    assert len(text) < SHOWN + 200
    assert "characters in all" in text
    assert 1_000_000 == len(found.facts(0)["payload"]["text"])


def test_markup_is_told_as_it_stands(tmp_path):
    """Escaped once by JSON, by nothing else: the page sets it as text."""
    payload = {"type": EVIL, "transcript": EVIL}
    found = happenings_of(session_of(tmp_path, [payload], name='a "quoted" <b>name</b>'), tmp_path)
    assert EVIL in found.told(0).splitlines()[0]
    assert 'a "quoted" <b>name</b>' in found.board.title


def test_twenty_thousand_events_in_a_minute(tmp_path):
    """Gathered within seconds, 100 kB."""
    payloads = [{"type": "response.created", "response": {"id": f"r{n}"}} for n in range(20_000)]
    session = session_of(tmp_path, payloads)
    begin = time.perf_counter()
    found = happenings_of(session, tmp_path)
    assert 100_000 == len(found.packed())
    assert "r19999" in found.told(19_999)
    assert time.perf_counter() - begin < 10


def test_a_cut_says_what_it_revoked_and_what_was_heard_of_it(barge_in, tmp_path):
    """The figure is that of the outcome's ledger."""
    board = Board.of(replay(barge_in, policy="stop-only"), tmp_path)
    assert "heard of that afterwards: 400 ms" in told_cut(board, board.cuts[0])
    assert "revoked: A" in told_cut(board, board.cuts[0])


def test_a_label_says_who_says_so():
    """And what it rests on."""
    label = Label(
        "turn", 1_000, 2_500, annotator="anna", uncertainty_ms=20, complete="yes", made="2026-01-31T12:00:00+00:00"
    )
    for said in ("0:01.000 to 0:02.500", "by anna", "± 20 ms", "complete: yes", "2026-01-31"):
        assert said in told_label(label)


def test_labels_at_once_stand_in_rows():
    """However many there are, the rows are few."""
    assert [0, 1, 2, 3, 4, 5, 5, 5] == rows_of([Label("speech", 0, 100)] * 8)


def test_what_is_no_json_is_shown_all_the_same():
    """A selection may hold anything."""
    assert "pathlib" in shortened({"a": __import__("pathlib")})
