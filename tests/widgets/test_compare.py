"""Policies side by side, without a browser: what the page is told, what it may ask, and what it is answered."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

import bargein as bi
from bargein.audio.places import data_dir
from bargein.corpus import Case, run_policies
from bargein.corpus.whatif import APART, BEYOND, CENSORED, episode_rows, unknown
from bargein.errors import NotAnswerable, SessionError, SettingsError
from bargein.plot import material
from bargein.plot.board import Board
from bargein.plot.compared import compared
from bargein.session import Info, load, save
from bargein.widgets import Compare

NAME = "openai-18-stragglers-double"


@pytest.fixture
def session(tmp_path):
    """An embedded session with two barge-ins, copied so that it can be labelled."""
    return bi.load(shutil.copytree(data_dir() / "sessions" / NAME, tmp_path / "session"))


@pytest.fixture
def shown(session, monkeypatch):
    """Two policies on it; what is sent to the page."""
    compare = Compare(session, ("stop-only", "keyed"), annotator="anna")
    sent = []
    monkeypatch.setattr(compare, "send", lambda content, buffers=(): sent.append((content, list(buffers))))
    return compare, sent


def ask(compare, **asked):
    """What the page sends."""
    compare._receive(compare, asked, [])


def test_lanes_are_what_was_recorded_and_the_policies(shown):
    """The user once, a lane of heard sound each, with leaks, cuts and what nobody can know on the lane they are of."""
    compare, _ = shown
    assert ["as recorded", "stop-only", "keyed"] == compare.facts["voices"]
    assert ["user", "heard/0", "heard/1", "heard/2"] == [s["lane"] for s in compare.facts["strips"]]
    stop_only, keyed = compare.facts["strips"][2:]
    assert [[7_088, 7_833], [10_308, 11_049]] == stop_only["leaks"]
    assert [[7_833, 8_401], [11_049, 11_631]] == stop_only["unknown"]
    assert [] == keyed["leaks"] == keyed["unknown"]
    assert {"heard/1", "heard/2"} == set(compare.facts["cut_lanes"])
    names = {tuple(name) for name in compare.overview["names"]}
    assert {("user", "user"), ("heard/0", "heard"), ("heard/1", "leaked"), ("heard/2", "heard")} <= names
    assert ("heard/2", "leaked") not in names


def test_each_lane_is_drawn_as_the_timeline_of_its_outcome_draws_it(session):
    """Log, outlines and places of samples are shared by all lanes, and no sample is drawn elsewhere for that."""
    runs = run_policies(Case(session), ("stop-only", "suppress"))
    comparison = compared(session, runs)
    for n, shown in enumerate([session, *(run.outcome for run in runs)]):
        own = Board.of(shown)
        strip, drawn = (next(s for s in board.strips if s.lane == lane)
                        for board, lane in ((own, "heard"), (comparison.board, f"heard/{n}")))  # fmt: skip
        assert strip.runs.keys() == drawn.runs.keys()
        assert all(np.array_equal(strip.runs[kind], drawn.runs[kind]) for kind in strip.runs)
        assert strip.leaks == drawn.leaks
        assert own.cuts == comparison.lanes[n].board.cuts


def test_the_log_is_read_once(session, monkeypatch):
    """Not once for the replays and once more for what was recorded."""
    runs = run_policies(Case(session), ("stop-only",))
    monkeypatch.setattr(material, "read", lambda _: pytest.fail("read again"))
    assert 2 == len(compared(session, runs).lanes)


def test_the_same_instant_of_another_lane_is_another_sound(shown):
    """The user is the same; the leak sounds under one policy alone. A lane that is none is refused in words."""
    compare, sent = shown
    for which in (1, 2, 3, -1, "x"):
        ask(compare, ask="sound", run=1, which=which, start=7_200, ms=500)
    assert 2 == len(sent)
    assert compare.says
    leaky, clean = (np.frombuffer(data, np.int16).reshape(-1, 2) for _, (data,) in sent)
    assert np.array_equal(leaky[:, 0], clean[:, 0])
    assert np.abs(leaky[:, 1]).max() > 1_000
    assert 0 == np.abs(clean[:, 1]).max()


def test_which_lane_sounds_can_be_set(shown):
    """The first policy at first; no lane that is not there."""
    compare, _ = shown
    assert 1 == compare.hearing
    compare.hearing = 2
    with pytest.raises(SettingsError, match="there is no lane 3"):
        compare.hearing = 3
    assert 2 == compare.hearing


def test_a_cut_is_told_by_its_own_policy(shown):
    """What a click and a hover show, of cuts and of what nothing can be said."""
    compare, _ = shown
    number = compare.comparison.cuts.index((7_083, 1))
    assert {"what": "cut", "at_ms": 7_083, "policy": "stop-only"} == compare.facts_about("cut", number)
    assert "heard of that afterwards: 745 ms" in compare.told("cut", number)
    assert "stop-only\ncensored" in compare.told("unknown", 1, 0)
    with pytest.raises(SettingsError, match="no 2, 0"):
        compare.told("unknown", 2, 0)


def test_the_table_is_what_a_notebook_gets(shown, session):
    """Rows of `episode_rows`, nothing computed beside them; times that are lower bounds are not compared."""
    compare, _ = shown
    rows = episode_rows(run_policies(Case(session), ["stop-only", "keyed"]))
    assert rows == compare.rows
    columns = compare.table["columns"]
    assert [[row[c] for c in columns] for row in rows] == compare.table["rows"]
    assert [r["onset_ms"] for r in rows] == compare.table["at"]
    first = {r["policy"]: r for r in rows if r["onset_ms"] == 7_008}
    assert (745, "censored", None) == tuple(
        first["stop-only"][c] for c in ("again for [ms]", "not compared", "leak, difference [ms]")
    )
    assert (75, "", 0) == tuple(first["keyed"][c] for c in ("leak [ms]", "not compared", "leak, difference [ms]"))


def test_the_table_follows_labels_that_are_saved(shown, session):
    """Drafts change nothing yet; what a second annotator does not say is disputed, left out, and said to be."""
    compare, _ = shown
    before = compare.rows
    for onset, offset in ((7_008, 7_380), (13_000, 13_400)):
        ask(compare, ask="label", do="added", kind="interruption", onset_ms=onset, offset_ms=offset)
    assert before == compare.rows
    ask(compare, ask="save")
    assert episode_rows(run_policies(Case(load(session.folder)), ["stop-only", "keyed"])) == compare.rows
    assert before != compare.rows
    assert "disputed span" in compare.table["note"]


def test_the_reference_is_what_was_recorded_else_the_first_policy(session):
    """A log that does not say what was heard is compared with the first policy that is named."""
    (run, other) = run_policies(Case(session), ["suppress", "keyed"])
    assert {0} == {r["silent, difference [ms]"] for r in episode_rows([run])}
    case = Case(session)
    case.__dict__["heard"] = None
    unheard = [replace(r, case=case) for r in (run, other)]
    assert {0} == {r["leak, difference [ms]"] for r in episode_rows(unheard)}
    assert [] == episode_rows([])


def test_what_lies_beyond_the_horizon_or_apart_is_unknown(session):
    """From the horizon to the next onset; a whole episode that would not have been recorded."""
    (run,) = run_policies(Case(session), ["stop-only"])
    one, two = run.episodes
    shifted = replace(run, episodes=(replace(one, horizon=9_000), replace(two, apart=True)))
    found = [(u.span.start, u.span.end, u.why) for u in unknown(shifted)]
    length = session.info.length_ms
    assert [(7_833, 8_401, CENSORED), (9_000, 10_141, BEYOND)] == found[:2]
    assert {(10_141, length, APART), (11_049, 11_631, CENSORED)} == set(found[2:])


def test_what_cannot_be_compared_is_refused(session, tmp_path):
    """No policy, too many, one that is not known, a session that cannot be replayed: no half-made widget."""
    with pytest.raises(SessionError, match="0 policies"):
        Compare(session, ())
    names = [
        f"{name}@{source}"
        for name in ("indicator", "stop-only", "suppress")
        for source in ("provider", "local-vad", "transcript")
    ]
    with pytest.raises(SessionError, match="9 policies"):
        Compare(session, names)
    with pytest.raises(SettingsError, match="no-such"):
        Compare(session, "no-such")
    save(tmp_path / "empty", Info("empty", "openai", "gpt-realtime", 0), [], audio={})
    with pytest.raises(NotAnswerable, match="replay"):
        Compare(load(tmp_path / "empty"))


def test_a_repr_is_short(shown):
    """The state holds bytes."""
    assert f"<Compare {NAME}: as recorded, stop-only, keyed>" == repr(shown[0])
