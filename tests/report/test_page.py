"""Tables and pages are data first; what is shown is text, never markup from data."""

from __future__ import annotations

import shutil
from html import unescape
from pathlib import Path

import pytest

from bargein.metrics.stopping import revoked_heard_ms
from bargein.report.build import write_report
from bargein.report.page import Picture, Section, page
from bargein.report.study import study
from bargein.report.tables import Table, text
from bargein.whole import write_text
from pages import Tags

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
LATE = "openai-21-no-interrupt"
EVIL = "<script>alert(1)</script>"


def test_everything_from_data_is_text(tmp_path: Path) -> None:
    """Transcripts, names and notes cannot become markup, and the page loads nothing."""
    png = tmp_path / "x.png"
    png.write_bytes(b"\x89PNG")
    table = Table(EVIL, [{EVIL: EVIL}], EVIL)
    shown = Section(EVIL, (EVIL,), (Picture(png, EVIL),), (table,), (EVIL,))
    tags = Tags()
    tags.feed(page(EVIL, (EVIL,), [shown]))
    assert "script" not in tags.names
    assert [] == tags.loads
    assert "img" in tags.names


def test_numbers_stand_flush_right_and_words_left() -> None:
    """A column is numeric when every cell is a number with its unit and counts, or a dash; a sentence is none."""
    table = Table("t", [{"a": "x", "b": "12 (n=3)"}, {"a": "1", "b": None}])
    assert (False, True) == (table.numeric("a"), table.numeric("b"))
    assert not Table("t", [{"a": "2 deltas arrived late"}, {"a": "3 holds, 4 speakers"}]).numeric("a")
    assert not Table("t", [{"a": "4 holds"}, {"a": ""}]).numeric("a")
    assert not Table("t", [{"a": ""}]).numeric("a")
    assert Table("t", [{"a": "−3.5 ms"}, {"a": "< 95 %"}, {"a": "0:04.250"}, {"a": 7}]).numeric("a")
    assert 'class="n"' in table.to_html()


@pytest.mark.parametrize(("value", "shown"), [(None, "–"), (True, "True"), (0.25, "0.2"), (12.0, "12"), ("a", "a")])
def test_text_of_a_value(value: object, shown: str) -> None:
    """One way to write a value, everywhere."""
    assert shown == text(value)


def test_an_empty_table_says_so() -> None:
    """Nothing to show is said, not left out."""
    assert "nothing to show" in Table("Leak", []).to_html()


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    """A second write replaces the first and leaves no scratch file."""
    for content in ("one", "two"):
        write_text(tmp_path / "deep" / "report.html", content)
    assert ["report.html"] == [p.name for p in (tmp_path / "deep").iterdir()]
    assert "two" == (tmp_path / "deep" / "report.html").read_text()


def test_csv_holds_every_column_and_every_row() -> None:
    """What is folded on a page is there for a program; what is not known is empty."""
    table = Table("t", [{"a": 1, "b": None}, {"a": 1, "b": "x, y"}], fold=("a",))
    assert ("b",) == table.columns
    assert "t · a: 1" == table.caption
    assert ["a,b", "1,", '1,"x, y"'] == table.to_csv().splitlines()


def test_the_page_begins_with_its_answers(tmp_path: Path) -> None:
    """Figures of the sessions: revoked audio under each gate, the books, what tuning said."""
    for name in (LATE, "openai-01-interruption"):
        shutil.copytree(SESSIONS / name, tmp_path / "few" / name)
    made = study({"Embedded sessions": tmp_path / "few"}, 0.10, lambda *_: None)
    text = unescape(write_report(made, tmp_path / "out", {}, None).read_text(encoding="utf-8"))
    short = text[text.index("<h2>In short") : text.index("<h2>One barge-in")]
    (late,) = (r for r in made.rings[0].under("stop-only") if r.case.session.id == LATE)
    assert f"in {LATE} (modelled) the gate stop-only" in short
    back = f"{revoked_heard_ms(late.outcome) / 1_000:.1f} s"
    assert f"{back} of an answer that the user had cut; under keyed it is 0.0 s" in short
    assert "let the same be heard in 1 of 2 sessions. In the others" in short
    assert "under stop-only in 1 of 1 sessions, suppress in 1 of 1 sessions, keyed in 0 of 1 sessions" in short
    assert all(f"What to change at {tuned.title}: no recommendation" in short for tuned in made.tuned.values())
