"""The timeline without a browser: what the page is told at first, what it may ask, and what it is answered."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

import bargein as bi
from bargein.audio.places import data_dir
from bargein.errors import LabelError, SessionError
from bargein.plot.happenings import KINDS
from bargein.session import Info, load, save
from bargein.widgets import Timeline
from bargein.widgets.timeline import ANSWERS


@pytest.fixture
def session(tmp_path):
    """An embedded session, copied so that it can be labelled."""
    import shutil

    source = data_dir() / "sessions" / "openai-22-no-interrupt-repeated"
    return bi.load(shutil.copytree(source, tmp_path / "session"))


@pytest.fixture
def shown(session, monkeypatch):
    """A timeline of it under a gate that leaks; what it sends to the page."""
    timeline = Timeline(bi.replay(session, policy="stop-only"), annotator="anna")
    sent = []
    monkeypatch.setattr(timeline, "send", lambda content, buffers=(): sent.append((content, list(buffers))))
    return timeline, sent


def ask(timeline, **asked):
    """What the page sends."""
    timeline._receive(timeline, asked, [])


def test_the_first_picture_needs_no_question(shown):
    """Outlines of the whole session, marks and texts are in the model's state, and they are small."""
    timeline, _ = shown
    names = {tuple(name) for name in timeline.overview["names"]}
    assert {("user", "user"), ("generated", "arrived"), ("heard", "heard"), ("heard", "leaked")} <= names
    assert 2 * timeline.overview["columns"] * len(names) == len(timeline.overview_data)
    assert [7_493, 12_453] == timeline.facts["cuts"]
    assert [0, 24_500] == timeline.view
    assert len(timeline.overview_data) + len(timeline.marks_data) < 50_000


def test_a_window_is_answered_in_bytes(shown):
    """As many columns as were asked for."""
    timeline, sent = shown
    ask(timeline, ask="window", start=7_000, end=9_000, columns=400)
    ((header, (data,)),) = sent
    assert ("window", 7_000, 9_000, 400) == tuple(header[k] for k in ("is", "start", "end", "columns"))
    assert 2 * 400 * len(header["names"]) == len(data)


def test_sound_is_sent_in_pieces_of_what_was_heard(shown):
    """Left the user, right the agent; never more than ten seconds."""
    timeline, sent = shown
    ask(timeline, ask="sound", run=3, which=0, start=7_600, ms=2_000)
    ask(timeline, ask="sound", run=3, which=0, start=0, ms=3_600_000)
    (header, (data,)), (_, (longest,)) = sent
    rate = timeline.facts["rate"]
    assert (3, 7_600) == (header["run"], header["start"])
    pcm = np.frombuffer(data, np.int16).reshape(-1, 2)
    assert 2 * rate == len(pcm)
    assert np.abs(pcm[:, 1]).max() > 1_000  # the leak can be heard
    assert 10 * rate == len(longest) // 4


def test_hovering_tells_and_picking_selects(shown):
    """One function says both in words and as data; a notebook may call it, too."""
    timeline, sent = shown
    ask(timeline, ask="tell", what=["cut", 0])
    assert "heard of that afterwards: 4930 ms" in sent[0][0]["text"]
    seen = []
    timeline.observe(lambda change: seen.append(change["new"]), "selected")
    number = KINDS.index("speech_started")
    n = len(timeline.marks_data) // 5
    first = list(timeline.marks_data[4 * n :]).index(number)
    timeline.picked = ["event", first]
    assert "input_audio_buffer.speech_started" == timeline.selected["type"] == timeline.selected["payload"]["type"]
    timeline.picked = ["span", 100, 200]
    assert {"what": "span", "start_ms": 100, "end_ms": 200} == timeline.selected
    timeline.picked = []
    assert timeline.selected is None
    assert 3 == len(seen)


def test_score_and_findings_come_after_the_first_picture(shown):
    """Asked for once; then the picture has one lane more."""
    timeline, sent = shown
    ask(timeline, ask="more", what="scores")
    ask(timeline, ask="more", what="findings")
    ask(timeline, ask="more", what="scores")
    assert 3 == len(sent)
    assert (0.5, 0.35) == (timeline.score["enter"], timeline.score["exit"])
    assert ["score", "score"] == list(timeline.overview["names"][-1])
    assert {"error", "warning"} == {f["severity"] for f in timeline.found}
    assert "stale-audio" in timeline.told("finding", 0)


def test_labels_are_made_in_the_page_and_saved_by_python(shown, session):
    """Added, moved, called something else, removed, added; saved with who and when."""
    timeline, _ = shown
    before = (session.folder / "labels.jsonl").read_bytes()
    ask(timeline, ask="label", do="added", kind="tic", onset_ms=9_000, offset_ms=9_300)
    lane, number = timeline.picked
    assert ("label", "tic", False) == (lane, timeline.selected["kind"], timeline.selected["kept"])
    ask(timeline, ask="label", do="moved", number=number, onset_ms=9_100, offset_ms=9_500)
    ask(timeline, ask="label", do="retyped", number=number, kind="noise")
    assert ("noise", 9_100, 9_500) == tuple(timeline.selected[k] for k in ("kind", "onset_ms", "offset_ms"))
    ask(timeline, ask="label", do="added", kind="tic", onset_ms=20_000, offset_ms=20_300)
    ask(timeline, ask="label", do="removed", number=timeline.picked[1])
    assert before == (session.folder / "labels.jsonl").read_bytes()
    ask(timeline, ask="save")
    assert "1 labels added" in timeline.says
    (added,) = [x for x in load(session.folder).labels if x.annotator == "anna"]
    assert ("noise", 9_100, 9_500, "human") == (added.kind, added.onset_ms, added.offset_ms, added.basis)
    assert added.made
    assert added in timeline.labels
    assert (session.folder / "labels.jsonl").read_bytes().startswith(before)


def test_a_label_that_is_removed_is_let_go_first(shown):
    """The page asks about what is picked whenever its labels change; a question about one that is gone is no error."""
    timeline, sent = shown
    ask(timeline, ask="label", do="added", kind="tic", onset_ms=9_000, offset_ms=9_300)
    picked = timeline.picked
    timeline.observe(lambda _: sent.append(list(timeline.picked)), "shown_labels")
    ask(timeline, ask="label", do="removed", number=picked[1])
    assert [[]] == sent
    ask(timeline, ask="tell", what=picked)
    assert (1, "", None) == (len(sent), timeline.says, timeline.selected)


def test_nothing_drafted_is_nothing_to_save(shown, session):
    """No error, no label, and the file stays as it is; a draft is saved all the same."""
    timeline, _ = shown
    before = (session.folder / "labels.jsonl").read_bytes()
    ask(timeline, ask="save")
    assert "nothing to save: no label is drafted" == timeline.says
    assert () == timeline.save_labels()
    assert before == (session.folder / "labels.jsonl").read_bytes()
    ask(timeline, ask="label", do="added", kind="tic", onset_ms=9_000, offset_ms=9_300)
    assert 1 == len(timeline.save_labels())


def test_without_a_name_nothing_is_saved(shown):
    """Said on the page, raised in Python; the draft stays."""
    timeline, _ = shown
    timeline.annotator = ""
    ask(timeline, ask="label", do="added", kind="tic", onset_ms=9_000, offset_ms=9_300)
    ask(timeline, ask="save")
    assert "annotator" in timeline.says
    with pytest.raises(LabelError):
        timeline.save_labels()
    timeline.annotator = "ben"
    assert ["ben"] == [x.annotator for x in timeline.save_labels()]


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"ask": "exec"}, {"ask": "window"}, {"ask": "window", "start": 9, "end": 3, "columns": 5},
        {"ask": "window", "start": "x", "end": None, "columns": {}},
        {"ask": "window", "start": 90_000, "end": 95_000, "columns": 5},
        {"ask": "tell", "what": ["event", 10**9]}, {"ask": "tell", "what": ["event", -1]},
        {"ask": "tell", "what": ["__class__", 0]},
        {"ask": "label", "do": "save"}, {"ask": "label", "do": "moved", "number": True, "onset_ms": 0, "offset_ms": 9},
        {"ask": "label", "do": "added", "kind": ["tic"], "onset_ms": 0, "offset_ms": 99},
        {"ask": "label", "do": "added", "kind": "tic", "onset_ms": 0.5, "offset_ms": 99},
        {"ask": "more", "what": "rule"},
    ],
)  # fmt: skip
def test_what_the_page_cannot_have_is_refused_in_words(shown, asked):
    """No traceback in the kernel's log, nothing changed."""
    timeline, sent = shown
    before = timeline.labels
    ask(timeline, **asked)
    assert timeline.says
    assert before == timeline.labels
    assert [] == sent


def test_a_wrong_choice_selects_nothing(shown):
    """Python may set it, too."""
    timeline, _ = shown
    timeline.picked = ["cut", 99]
    assert timeline.selected is None
    assert "'cut' has no 99" in timeline.says
    with pytest.raises(SessionError, match="shows nothing"):
        timeline.view = [90_000, 95_000]


def test_a_folder_of_sessions_is_not_one(session, tmp_path):
    """How many there are, and how one is named."""
    save(tmp_path / "other", Info("other", "openai", "gpt-realtime", 0), [], audio={})
    assert session.id in Timeline(str(session.folder)).facts["title"]
    with pytest.raises(SessionError, match=r"this holds 2 sessions: name one.*as .*other"):
        Timeline(tmp_path)


def test_labels_that_are_none_are_refused_at_once(session):
    """With the line; there is no half-made widget."""
    (session.folder / "labels.jsonl").write_text('{"kind": "tic"}\nnot json\n', encoding="utf-8")
    with pytest.raises(SessionError, match="line 2 is not JSON"):
        Timeline(bi.load(session.folder))


def test_a_session_without_anything_is_shown(tmp_path):
    """The reasons stand where lanes would."""
    save(tmp_path / "empty", Info('"><script>', "openai", "gpt-realtime", 0), [], audio={})
    timeline = Timeline(load(tmp_path / "empty"))
    assert '"><script>' in timeline.facts["title"]
    assert timeline.facts["notes"]
    assert 0 == timeline.facts["rate"]
    ask(timeline, ask="more", what="scores")
    assert "no speech score" in timeline.facts["notes"][-1]


def test_the_page_knows_every_question_and_sets_no_markup():
    """One script, one style sheet, shipped; nothing is fetched, nothing from data becomes HTML."""
    script = Timeline._esm
    assert (files("bargein.widgets") / "timeline.css").is_file()
    for question in ANSWERS:
        assert f'ask: "{question}"' in script
    for never in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "import ",
        "fetch(",
        "http",
    ):
        assert never not in script
    for kind in (k for k in KINDS if k != "other"):
        assert kind in script


def test_a_repr_is_short(shown):
    """The state holds bytes, which belong into no notebook's text."""
    assert len(repr(shown[0])) < 150
