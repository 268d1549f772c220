"""A study of somebody's own sessions is tuned on their labels, or says on what else."""

from __future__ import annotations

import shutil
from pathlib import Path

from bargein.report.study import study

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"


def copied(folder: Path, *, labels: bool) -> Path:
    """One session, with or without its labels."""
    shutil.copytree(SESSIONS / "openai-01-interruption", folder / "mine")
    if not labels:
        (folder / "mine" / "labels.jsonl").unlink()
    return folder


def test_ones_own_labels_are_tuned_on(tmp_path: Path) -> None:
    """These are modelled: that is said, and nothing of it is advice."""
    root = copied(tmp_path, labels=True)
    made = study({"mine": root}, 0.1, lambda *_: None, tuned_on=root)
    assert all("labels of the sessions; modelled" in t.rests_on.basis for t in made.tuned.values())
    assert {"machinery check"} == {t.proposal.status for t in made.tuned.values() if t.proposal}


def test_without_labels_the_embedded_tables_are_and_that_is_said(tmp_path: Path) -> None:
    """With the reason."""
    root = copied(tmp_path, labels=False)
    made = study({"mine": root}, 0.1, lambda *_: None, tuned_on=root)
    for tuned in made.tuned.values():
        assert "energy rule" in tuned.rests_on.basis
        assert "not tuned on these sessions, but on the embedded tables" in tuned.notes[0]
        assert "no labels to tune on" in tuned.notes[0]
