"""How sure the as-recorded table is: bounds over clusters, and what is left to label."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import bargein as bi
from bargein.corpus import as_recorded, open_corpus
from bargein.metrics.bounds import FAILURES, rates

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
ONE = "openai-01-interruption"


@pytest.fixture(scope="module")
def every():
    """Cells of all embedded sessions."""
    return as_recorded(open_corpus(SESSIONS))


def test_counts_are_those_of_the_table(every):
    """The complement where the table counts successes."""
    for cell in every:
        row, found = cell.row(), rates(cell)
        for column, what in (("cut-offs per hold", "cut-offs per hold"), ("false: tic", "false: tic")):
            text = f"{found[what].failures} of {found[what].trials}" if what in found else "–"
            assert text == row[column]
        for column, what in (("reported", "missed"), ("stopped", "not stopped")):
            text = f"{found[what].trials - found[what].failures} of {found[what].trials}" if what in found else "–"
            assert text == row[column]


def test_a_session_that_is_counted_twice_makes_nothing_surer(tmp_path):
    """More events, the same clusters, the same bound."""
    for name in ("a", "b"):
        shutil.copytree(SESSIONS / ONE, tmp_path / name / ONE)
    once, twice = (as_recorded(open_corpus(tmp_path / a, *more)) for a, more in (("a", ()), ("a", (tmp_path / "b",))))
    one, two = rates(once[0]), rates(twice[0])
    assert one.keys() == two.keys() > set()
    for what, rate in one.items():
        assert 2 * rate.trials == two[what].trials
        assert (rate.clusters, rate.upper95) == (two[what].clusters, two[what].upper95)


def test_what_is_left_to_label_is_said_in_minutes(tmp_path):
    """A session without labels: nothing of it is known, and so long is it."""
    for name in (ONE, "openai-02-tail"):
        shutil.copytree(SESSIONS / name, tmp_path / name)
    (tmp_path / ONE / "labels.jsonl").unlink()
    frame = bi.measure(tmp_path, bounds=True)
    assert {"provider", "clusters", "to label [min]"} <= set(frame.columns)
    length = bi.load(tmp_path / ONE).info.length_ms
    assert length / 60_000 == pytest.approx(frame["to label [min]"].sum())


def test_every_failure_occurs_somewhere(every):
    """Else a column would stand there for nothing: side talk is labelled in no embedded session."""
    assert set(FAILURES) - {"false: side talk"} == {what for cell in every for what in rates(cell)}
