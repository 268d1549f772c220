"""Labels in the making, and how they come to stand in a session: nothing that was there is ever touched."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bargein.errors import LabelError
from bargein.session import Info, Label, load, save
from bargein.widgets.drafts import Drafts

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def session(tmp_path):
    """Ten seconds with one label of somebody else's."""
    save(
        tmp_path / "s",
        Info("s", "openai", "m", 10_000),
        [],
        audio={},
        labels=[Label("turn", 0, 900, annotator="script")],
    )
    return load(tmp_path / "s")


def test_saving_adds_lines_with_annotator_and_time(session):
    """The old line stays byte for byte."""
    path = session.folder / "labels.jsonl"
    before = path.read_bytes()
    drafts = Drafts.of(session, "anna").added("tic", 2_000, 2_200).added("interruption", 1_000, 1_500)
    kept, done = drafts.save(session, NOW)
    assert path.read_bytes().startswith(before)
    added = [json.loads(line) for line in path.read_bytes()[len(before) :].splitlines()]
    assert [("interruption", 1_000), ("tic", 2_000)] == [(x["kind"], x["onset_ms"]) for x in added]
    assert {("anna", "human", "2026-01-31T12:00:00+00:00")} == {(x["annotator"], x["basis"], x["made"]) for x in added}
    assert done.labels == tuple(x for x in session.labels if x.annotator == "anna")
    assert () == kept.fresh
    assert 3 == len(kept.labels)


def test_moving_somebody_elses_label_gives_one_of_ones_own(session):
    """Both are there, and only one's own is new."""
    drafts = Drafts.of(session, "anna").moved(1, 100, 1_000)
    assert [("script", 0), ("anna", 100)] == [(x.annotator, x.onset_ms) for x in drafts.labels]
    assert [("anna", 100)] == [(x.annotator, x.onset_ms) for x in drafts.fresh]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.removed(1), "only ever added"),
        (lambda d: d.added("tick", 0, 100), "'tick' is none of"),
        (lambda d: d.added("tic", 100, 100), "no stretch of this session"),
        (lambda d: d.added("tic", 9_900, 10_001), "no stretch of this session"),
        (lambda d: d.moved(77, 0, 100), "no label has the number 77"),
        (lambda d: d.added("tic", 5, 90).save, None),
    ],
)
def test_what_cannot_be_is_refused(session, change, says):
    """In words, and nothing has changed."""
    drafts = Drafts.of(session, "anna")
    if says is None:
        assert change(drafts)
        return
    with pytest.raises(LabelError, match=says):
        change(drafts)
    assert 1 == len(drafts.labels)


def test_saved_labels_of_ones_own_stay(session):
    """A correction is a set under another name."""
    drafts, _ = Drafts.of(session, "anna").added("tic", 2_000, 2_200).save(session, NOW)
    number = next(e.number for e in drafts.entries if e.label.annotator == "anna")
    with pytest.raises(LabelError, match="saved labels stay"):
        drafts.moved(number, 2_100, 2_300)
    again = drafts.by("anna 2").moved(number, 2_100, 2_300)
    _, done = again.save(session, NOW)
    assert ["anna 2"] == [x.annotator for x in done.labels]


@pytest.mark.parametrize("annotator", ["", "  ", "Script"])
def test_nobody_and_a_name_spelt_almost_alike_save_nothing(session, annotator):
    """The drafts are still there to be saved under another name."""
    before = (session.folder / "labels.jsonl").read_bytes()
    drafts = Drafts.of(session, annotator).added("tic", 2_000, 2_200)
    with pytest.raises(LabelError, match="annotator"):
        drafts.save(session, NOW)
    assert before == (session.folder / "labels.jsonl").read_bytes()
    assert 1 == len(drafts.fresh)


def test_what_another_program_added_in_the_meantime_is_kept(session):
    """The file is read again before anything is added."""
    drafts = Drafts.of(session, "anna").added("tic", 2_000, 2_200)
    Drafts.of(load(session.folder), "ben").added("noise", 3_000, 4_000).save(load(session.folder), NOW)
    kept, _ = drafts.save(session, NOW)
    assert {"script", "anna", "ben"} == {x.annotator for x in kept.labels}
