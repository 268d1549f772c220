"""A report that stands alone: what is in it, that it loads nothing, and that nothing of a session becomes markup."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import sys
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import soundfile

import bargein as bi
from bargein.cli import BAD_INPUT, main
from bargein.corpus import Case, run_policies
from bargein.errors import SessionError
from bargein.plot.policies import policies_picture
from bargein.report.still import scripts, still
from bargein.report.views import outcome_table
from bargein.session import Info, save
from pages import EVIL, LATE, Tags, hostile
from wirelogs import bring, openai

ROOT = Path(__file__).parents[2]
SESSIONS = ROOT / "data" / "sessions"


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of one session."""
    return bi.report(LATE, tmp_path_factory.mktemp("alone") / "late.html").read_text(encoding="utf-8")


def timelines(text: str) -> list[dict[str, object]]:
    """The data of every timeline of a page."""
    found = re.findall(r'<script type="application/json" id="still-\d+">(.*?)</script>', text, re.DOTALL)
    return [json.loads(one) for one in found]


def test_it_says_what_the_verbs_say(late: str) -> None:
    """The answer, the findings, the words, the settings, the versions, what is assumed."""
    text = unescape(late)
    rows = bi.diagnose(LATE)
    found = rows[rows["severity"] != "not checkable"]
    assert all(says in text for says in found["says"])
    assert "and then 4930 ms of the interrupted answer were heard again" in text
    assert "server_vad 0.5/300/200, no interrupt" in text
    assert "⟨cut⟩" in text
    assert re.search(rf"bargein</td><td[^>]*>{re.escape(bi.__version__)}<", late)
    assert "delays drawn from the ranges" in text
    assert "Held fixed in every replay: user, provider, echo." in text


def test_every_interruption_is_told_and_every_cut_that_is_counted_is_drawn(late: str) -> None:
    """Two onsets, a sentence each; stops that found nothing to cut are in no picture and in no count."""
    short = unescape(late[late.index("<h2>In short") : late.index("<h2>The timeline")])
    assert ["0:07.371", "0:12.305"] == re.findall(r"<p>At ([0-9:.]+) the user interrupted while", short)
    runs = run_policies(Case(bi.load(LATE)), ["stop-only", "indicator"])
    outcomes = [run.outcome for run in runs]
    table = outcome_table(outcomes)
    drawn = [len(lane.cuts) for lane in policies_picture(runs).policies]
    assert drawn == [row["cuts"] for row in table.rows]
    assert any(len(o.cuts) > n for o, n in zip(outcomes, drawn, strict=True)), "nothing to leave out: proves nothing"


def test_wide_tables_wrap_their_captions_and_scroll_under_a_shadow(late: str) -> None:
    """A caption is as wide as the page, not as its table; keys scroll, too."""
    assert "nowrap" not in re.search(r"caption \{[^}]*\}", late).group()
    assert late.count("<table>") == late.count('<div class="wide" tabindex="0"><table><caption><span>')
    assert "var(--shade)" in late


def test_it_loads_nothing_and_runs_one_script(late: str) -> None:
    """Pictures and sound stand inside; the page's policy names the hash of the script that is there."""
    tags = Tags()
    tags.feed(late)
    assert [] == tags.loads
    assert "http://" not in late.replace("http://www.w3.org", "")
    assert 2 == tags.names.count("script"), "the data, and the script"
    assert scripts()[0] in late
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', late)
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in policy.partition("script-src")[2]


def test_the_timeline_holds_what_the_session_does(late: str) -> None:
    """Outlines, events, labels, findings, and the text of each."""
    (one,) = timelines(late)
    state, told = one["state"], one["told"]
    assert isinstance(state, dict)
    assert isinstance(told, dict)
    session = bi.load(LATE)
    marks = base64.b64decode(state["marks_data"])
    assert len(session.labels) == len(state["shown_labels"])
    assert len(marks) // 5 == sum(name.startswith("event,") for name in told)
    assert len(state["found"]) == sum(name.startswith("finding,") for name in told)
    assert session.info.length_ms == state["facts"]["length_ms"]


def test_what_is_played_is_what_was_heard() -> None:
    """FLAC of the session as it sounds, left the user, right the agent, sample by sample at the session's own rate."""
    outcome = bi.replay(bi.load(LATE), "stop-only")
    made = still(outcome)
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(made.sound)), dtype="int16")
    assert rate == made.state["facts"]["rate"] == outcome.heard.rate
    np.testing.assert_array_equal(np.rint(outcome.heard_audio() * 32_768), samples)


def test_what_is_too_much_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sound of a long session, and the texts of very many events."""
    room = sys.modules["bargein.report.still"]  # by its path one meets the verb
    monkeypatch.setattr(room, "MOST_SOUND_MS", 1_000)
    monkeypatch.setattr(room, "MOST_EVENTS", 10)
    made = still(bi.replay(bi.load(LATE), "keyed"))
    assert ("", 0) == (made.sound, made.state["facts"]["rate"])
    texts = [text for name, text in made.told.items() if name.startswith("event,")]
    assert 10 == len(texts)
    assert all("speech_" in text or "response." in text or "audio.done" in text for text in texts), "the marked ones"
    assert "its sound: 24 s, more than 1" == made.left_out[0]
    assert re.fullmatch(r"the texts of [\d,]+ of its [\d,]+ events", made.left_out[1])


def test_nothing_of_a_session_becomes_markup(tmp_path: Path) -> None:
    """A name, a transcript and an event's type that would be HTML are shown as text."""
    text = bi.report(bi.load(hostile(tmp_path)), tmp_path / "page.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert [] == tags.loads
    assert 2 == tags.names.count("script")
    assert EVIL not in text
    assert "&lt;img src=x" in text
    assert any(EVIL in str(words) for one in timelines(text) for words in one["told"].values())  # type: ignore[attr-defined]
    assert len(text) < 3_000_000, "a payload of a megabyte is cut"


def test_a_folder_shows_all_and_the_worst_whole(tmp_path: Path) -> None:
    """The sheet and the tables, and a timeline for as many as were asked for."""
    for name in ("openai-12-plain", "openai-22-no-interrupt-repeated", "grok-01-interruption"):
        shutil.copytree(SESSIONS / name, tmp_path / "few" / name)
    text = bi.report(tmp_path / "few", tmp_path / "page.html", policies=["keyed"], shown=1).read_text(encoding="utf-8")
    assert "What happened in 3 sessions?" in text
    assert "Shown whole, the worst: openai-22-no-interrupt-repeated." in text
    assert 1 == len(timelines(text))
    none = bi.report(tmp_path / "few", tmp_path / "none.html", policies=["keyed"], shown=0).read_text(encoding="utf-8")
    assert [] == timelines(none)
    assert "<script" not in none


def test_a_session_that_tells_little_has_a_page_all_the_same(tmp_path: Path) -> None:
    """No labels, no player's log: said in words, and nothing is made up."""
    shutil.copytree(LATE, tmp_path / "mine")
    for name in ("labels.jsonl", "client.jsonl"):
        (tmp_path / "mine" / name).unlink()
    info = json.loads((tmp_path / "mine" / "session.json").read_text("utf-8"))
    info["client"] = {"policy": "<b>ours</b>"}
    (tmp_path / "mine" / "session.json").write_text(json.dumps(info), encoding="utf-8")
    text = unescape(bi.report(bi.load(tmp_path / "mine"), tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "no labels: barge-ins, cut-offs and false stops cannot be counted" in text
    assert "what was heard is modelled by a replay, not recorded" in text


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    """And a damaged session leaves nothing behind."""
    target = tmp_path / "page.html"
    target.write_text("mine")
    with pytest.raises(SessionError, match="the file exists"):
        bi.report(LATE, target)
    assert "mine" == target.read_text()
    shutil.copytree(LATE, tmp_path / "damaged")
    (tmp_path / "damaged" / "events.jsonl").write_text("no json\n")
    with pytest.raises(SessionError):
        bi.report(tmp_path / "damaged", tmp_path / "other.html")
    assert not (tmp_path / "other.html").exists()


def test_the_command_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON; the second time it refuses with the code of bad input."""
    arguments = ["report", str(SESSIONS / "openai-12-plain"), "--policy", "keyed", "--out", str(tmp_path / "a.html")]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--json"])
    assert not ended.value.code
    said = json.loads(capsys.readouterr().out)
    assert {"file": str(tmp_path / "a.html"), "bytes": (tmp_path / "a.html").stat().st_size} == said
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert BAD_INPUT == ended.value.code
    assert "the file exists" in capsys.readouterr().err


def test_what_tells_little_is_shown_for_what_it_tells(tmp_path: Path) -> None:
    """A log without times, one without labels, and a session with nothing in it: alone and in one folder."""
    root = tmp_path / "mine"
    logs = {"untimed": openai(appends=False).without_times(), "plain": openai()}
    for name, log in logs.items():
        (tmp_path / name).mkdir()
        shutil.copytree(bring(log, tmp_path / name).session.folder, root / name)
    save(root / "empty", Info("empty", "openai", "gpt-realtime", 5_000), [], audio={})
    pages = {path.name: bi.report(bi.load(path), tmp_path / f"{path.name}.html", policies=["keyed"]).read_text("utf-8")
             for path in sorted(root.iterdir())}  # fmt: skip
    assert "no times: events stand in order and at no instant" in pages["untimed"]
    assert [0, 1] == [len(timelines(pages[name])) for name in ("untimed", "plain")]
    assert "reported 2 times" in pages["plain"]
    assert "What happened in empty?" in pages["empty"]
    together = bi.report(root, tmp_path / "all.html", policies=["keyed"]).read_text("utf-8")
    assert "What happened in 3 sessions?" in together
