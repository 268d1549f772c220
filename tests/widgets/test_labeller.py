"""The labeller without a browser: keys are typed as a person would, files and numbers must follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from bargein.queue import Desk, make_queue, open_queue, working_copy
from bargein.queue.rates import ANSWERS
from bargein.session import load
from bargein.widgets import Labeller
from bargein.widgets.labeller import KEYS

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
SOME = ("openai-06-echo", "openai-04-cough")


@pytest.fixture
def folder(tmp_path):
    """Two sessions with a queue of all their events."""
    for name in SOME:
        working_copy(SESSIONS / name, tmp_path / "calls")
    make_queue(tmp_path / "calls", ["0.5/300/200", "0.8/300/500"], sample=1.0)
    return tmp_path / "calls"


@pytest.fixture
def labeller(folder):
    """Somebody who begins."""
    return Labeller(folder, "anna")


def given(folder):
    """What has been answered, in order."""
    return [a.kind for _, _, a in sorted(open_queue(folder).answers("anna"), key=lambda x: x[2].nth)]


def test_every_answer_has_a_key_and_a_button(labeller):
    """And no key is taken twice."""
    assert list(ANSWERS) == sorted(labeller.buttons, key=ANSWERS.index)
    assert {*ANSWERS} == {kind for kind, _ in KEYS.values()}
    assert all(f"({key})" in labeller.buttons[kind].description for key, (kind, _) in KEYS.items())


@pytest.mark.parametrize(("key", "kind"), [(key, kind) for key, (kind, _) in KEYS.items()])
def test_one_key_one_label(labeller, folder, key, kind):
    """Written at once; the field is empty again, the next item is shown, and the numbers have changed."""
    picture, numbers = labeller.picture.value, labeller.numbers.value
    labeller.keys.value = key
    assert [kind] == given(folder)
    assert ("", 1) == (labeller.keys.value, labeller.progress.value)
    assert "Item 2 of" in labeller.heading.value
    assert picture != labeller.picture.value
    assert numbers != labeller.numbers.value


def test_a_button_does_what_the_notebook_could(labeller, folder):
    """The labeller holds no logic: a desk gives the same answers, labels and numbers."""
    labeller.buttons["tic"].click()
    labeller.buttons["nothing"].click()
    twin = folder.parent / "twin"
    for name in SOME:
        working_copy(SESSIONS / name, twin)
    desk = Desk(make_queue(twin, ["0.5/300/200", "0.8/300/500"], sample=1.0), "anna")
    desk.answer("tic")
    desk.answer("nothing")
    assert [load(folder / name).labels for name in SOME] == [load(twin / name).labels for name in SOME]
    assert labeller.desk.queue.rate_rows("anna") == desk.queue.rate_rows("anna")


def test_nothing_is_told_before_the_answer(labeller):
    """Which session, where in it, and what the settings said comes afterwards; a name would give it away."""
    place, item = labeller.desk.current
    secrets = [place.session.id, *item.said.values()]

    def shown():
        return " ".join(str(x.value) for x in (labeller.heading, labeller.message, labeller.numbers))

    assert [] == [word for word in secrets if word in shown()]
    labeller.keys.value = "t"
    assert place.session.id in labeller.message.value


def test_the_onset_is_nudged_by_ten_milliseconds(labeller):
    """By key, by button and by slider; the label has it, and says that a person set it."""
    before = labeller.onset_ms
    labeller.keys.value = "..,."
    assert before + 20 == labeller.onset_ms
    picture = labeller.picture.value
    labeller.onset.value += 100
    assert picture != labeller.picture.value
    place, _ = labeller.desk.current
    labeller.keys.value = "i"
    (label,) = [x for x in load(place.folder).labels if x.annotator == "anna"]
    assert (before + 120, "human", True) == (label.onset_ms, label.basis, label.blind)


def test_undo_brings_the_item_back(labeller, folder):
    """With the label taken back; once more than there are answers does no harm."""
    at = labeller.desk.current
    labeller.keys.value = "t"
    labeller.keys.value = "z"
    assert at == labeller.desk.current
    assert [] == given(folder)
    labeller.undo_button.click()
    assert at == labeller.desk.current


def test_fast_typing_loses_nothing(labeller, folder):
    """Keys that arrive together are answers one after the other."""
    labeller.keys.value = "tnx"
    assert ["tic", "noise", "nothing"] == given(folder)


def test_a_new_kernel_goes_on(labeller, folder):
    """Another labeller, the same files."""
    labeller.keys.value = "tn"
    again = Labeller(folder, "anna")
    assert (labeller.heading.value, labeller.numbers.value) == (again.heading.value, again.numbers.value)
    assert labeller.desk.current[1] == again.desk.current[1]


def test_what_cannot_be_written_is_said(labeller, folder):
    """No traceback, the item stays; the same key then works."""
    place, item = labeller.desk.current
    lock = place.folder / ".queue.jsonl.new"
    lock.touch()
    labeller.keys.value = "t"
    assert "not written" in labeller.message.value
    assert (place, item) == labeller.desk.current
    lock.unlink()
    labeller.keys.value = "t"
    assert ["tic"] == given(folder)
    labeller.keys.value = "q"
    assert "is no key" in labeller.message.value


def test_the_end(labeller, folder):
    """Every control rests, undo still works."""
    labeller.keys.value = "x" * labeller.progress.max
    assert "Every item is labelled" in labeller.heading.value
    assert labeller.buttons["tic"].disabled
    labeller.keys.value = "t"
    assert "every item is labelled" in labeller.message.value
    labeller.keys.value = "z"
    assert not labeller.buttons["tic"].disabled
    assert labeller.progress.max - 1 == len(given(folder))


def test_a_page_shows_the_picture(labeller):
    """Also where no widgets run."""
    bundle = labeller._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png"} <= {*bundle}
    assert repr(labeller).startswith("<Labeller of anna: 0 of")
