"""Pictures beside the timeline, read from their data: spectrogram, contact sheet, heard against generated, frontier."""

from __future__ import annotations

import shutil
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import style
from matplotlib.figure import Figure

import bargein as bi
from bargein.corpus import open_corpus
from bargein.errors import SettingsError
from bargein.plot.backlog import backlog_chart
from bargein.plot.chart import Line, Points
from bargein.plot.contact import contact_sheet
from bargein.plot.front import pareto_chart
from bargein.plot.mel import RANGE_DB, spectrogram_picture
from bargein.plot.palette import CYCLE

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
LATE = SESSIONS / "openai-22-no-interrupt-repeated"
#: Two of its four cuts had something to cut, ms.
BITING = [7_493, 12_453]


@pytest.fixture(scope="module")
def late():
    """Late deltas play on after a cut: 4.93 s of revoked answers."""
    return bi.replay(bi.load(LATE), "stop-only")


# ---- spectrogram


def test_levels_lie_where_somebody_sounds(barge_in):
    """The user of the small session speaks from 5.0 s: loud there, silent before; on the clock of the session."""
    picture = spectrogram_picture(barge_in, window=(4_000, 6_000))
    assert (4.0, 6.0) == pytest.approx((picture.edges_s[0], picture.edges_s[-1]), abs=0.05)
    middle = (picture.edges_s[1:] + picture.edges_s[:-1]) / 2
    before, after = picture.levels[:, middle < 4.9], picture.levels[:, middle > 5.1]
    assert -RANGE_DB == before.max()
    assert -10 < after.max() <= 0
    assert len(picture.bands_hz) == len(picture.levels)


def test_the_agent_is_shown_as_it_was_heard(late):
    """Nothing sounds before its first response is heard; after the cut late audio does."""
    picture = spectrogram_picture(late, "heard")
    middle = (picture.edges_s[1:] + picture.edges_s[:-1]) / 2
    first = min(span.start for span in late.heard.timeline()) / 1_000
    assert -RANGE_DB == picture.levels[:, middle < first - 0.1].max()
    assert picture.levels[:, middle > first].max() == pytest.approx(0.0, abs=1e-3)
    assert BITING == list(picture.cuts)


def test_a_side_without_sound_is_refused(barge_in):
    """With those there are."""
    with pytest.raises(SettingsError, match="one of user, heard"):
        spectrogram_picture(barge_in, "agent")


def test_silence_is_drawn_as_silence(barge_in):
    """No division by nothing."""
    picture = spectrogram_picture(barge_in, window=(2_000, 4_000))
    assert {-RANGE_DB} == set(np.unique(picture.levels).tolist())


# ---- contact sheet


def test_the_worst_session_stands_first_and_what_is_left_out_is_counted():
    """By how much of an interrupted answer was heard after the onset, as recorded."""
    cases = [c for c in open_corpus(SESSIONS) if "interrupt" in c.session.id and c.session.id.startswith("openai")]
    sheet = contact_sheet(cases, most=4)
    leaks = {c.session.id: sum(e.leak_ms[0] for e in c.observed.panel.met) for c in cases}
    worst = sorted(leaks, key=lambda name: -leaks[name])[:2]
    assert worst == [cell.name for cell in sheet.cells[:2]]
    assert f"{len(cases)} sessions, the worst first" == sheet.title
    assert f"{len(cases) - 4} more are not shown" in sheet.subtitle
    assert f"heard on {leaks[worst[0]] / 1_000:.2f} s" in sheet.cells[0].facts
    assert [(0, 0), (1, 0), (0, 1), (1, 1)] == [sheet.place(n) for n in range(4)]


def test_a_session_without_labels_says_so(tmp_path):
    """Its barge-ins are not none, they are not known."""
    shutil.copytree(LATE, tmp_path / "mine")
    (tmp_path / "mine" / "labels.jsonl").unlink()
    (cell,) = contact_sheet(open_corpus(tmp_path)).cells
    assert cell.facts.startswith("not labelled; ")
    assert () == cell.bars


# ---- heard against generated


def test_the_two_lines_end_where_the_ledgers_do(late):
    """Seconds generated and heard, never falling; a cut where the gate cut."""
    chart = backlog_chart(late)
    lines = {s.words: s for s in chart.shapes if isinstance(s, Line)}
    for words, ms in (("generated, when it arrived", late.generated.audio_ms()), ("heard", late.heard.timeline().ms)):
        assert ms / 1_000 == pytest.approx(lines[words].y[-1], abs=0.002)
        assert sorted(lines[words].y) == list(lines[words].y)
    (cuts,) = (s for s in chart.shapes if isinstance(s, Points))
    assert [at / 1_000 for at in BITING] == list(cuts.x)
    assert f"{late.generated.audio_ms() / 1_000:.1f} s generated" in chart.notes


# ---- the frontier of all thresholds


def test_no_point_of_the_frontier_beats_another():
    """Slower is always better in cut-offs; in force and proposal are marked where they lie."""
    tuned = bi.tune(provider="openai", max_cutoffs_per_hold=0.10)
    chart = pareto_chart(tuned)
    points = [s for s in chart.shapes if isinstance(s, Points)]
    for s in points[:2]:
        pairs = sorted(zip(s.x, s.y, strict=True))
        assert [y for _, y in pairs] == sorted((y for _, y in pairs), reverse=True)
    assert ["in force, per hold", "proposed, per hold"] == [s.words for s in points[2:]]
    assert chart.x_range is not None
    assert max(x for s in points for x in s.x) < chart.x_range[1]


# ---- one look


def test_the_style_sheet_holds_the_palette():
    """One list of colours; somebody else's figures can have it, too."""
    with style.context("bargein.plot.bargein"):
        assert [c.lower() for c in CYCLE] == [f"#{c.lstrip('#')}".lower() for c in
                                              mpl.rcParams["axes.prop_cycle"].by_key()["color"]]  # fmt: skip


def test_each_is_drawn_where_it_is_asked_for(late):
    """On axes of somebody's figure; those are given back."""
    drawn = [lambda ax: bi.plot.heard(late, ax=ax), lambda ax: bi.plot.spectrogram(late, "heard", ax=ax),
             lambda ax: bi.plot.contact_sheet(LATE, ax=ax)]  # fmt: skip
    for draw in drawn:
        ax = Figure(layout="constrained").subplots()
        assert ax is draw(ax)
        assert ax.get_xlabel() == "session time (s)"
