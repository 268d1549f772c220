"""What recordings cannot tell: every refusal is there with its reason and its remedy, and what is known is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bargein.metrics.rates import Rate
from bargein.plot.bounds import bounds_chart
from bargein.plot.chart import Bars, Points
from bargein.report.unknown import Unknown, unknown

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Unknown:
    """A labelled session with a barge-in, and one that nobody has labelled."""
    root = tmp_path_factory.mktemp("few")
    for name in ("openai-01-interruption", "openai-12-plain"):
        shutil.copytree(SESSIONS / name, root / name)
    (root / "openai-12-plain" / "labels.jsonl").unlink()
    return unknown(root, share=0.2)


def test_every_gap_has_a_reason_an_amount_and_a_remedy(seen: Unknown) -> None:
    """Nothing is refused without saying what would answer it."""
    assert [] == [gap for gap in seen.gaps if not all(gap)]
    assert len(seen.gaps) == len(seen.table.rows)
    assert f"**{len(seen.gaps)} questions** stay open on these 2 sessions" in seen.answer


def test_what_is_not_labelled_is_counted_in_minutes(seen: Unknown) -> None:
    """Of the one session that has none."""
    (gap,) = (g for g in seen.gaps if "nobody has labelled" in g.because)
    length = next(c.session.info.length_ms for c in seen.corpus if c.session.id == "openai-12-plain")
    assert f"{length / 60_000:.1f} min" == gap.amount


def test_modelled_sessions_say_nothing_of_a_provider(seen: Unknown) -> None:
    """And their reports are no evidence of its detector."""
    said = {gap.asked: gap for gap in seen.gaps}
    assert "2 of 2 sessions" == said["how a provider performs"].amount
    assert "no reports to calibrate on" in said["how far the stand-in is from OpenAI Realtime's detector"].because
    assert any("silence_duration_ms" in asked for asked in said)


def test_a_share_that_is_shown_is_no_gap() -> None:
    """None of 30 calls: under 10 % for sure; none of 3 is not."""
    chart = bounds_chart({"few": Rate(0, 3, 3, 0), "many": Rate(0, 30, 30, 0)}, 0.10)
    bars, dots = (next(s for s in chart.shapes if isinstance(s, kind)) for kind in (Bars, Points))
    assert ("many", "few") == chart.rows
    assert [0.0, 0.0] == list(dots.x)
    assert bars.lengths[0] < 10 < bars.lengths[1]
    assert Rate(0, 30, 30, 0).shows(0.10)


def test_only_so_many_rows_are_drawn_and_that_is_said() -> None:
    """The best known ones."""
    rates = {str(n): Rate(0, n, n, 0) for n in range(1, 9)}
    chart = bounds_chart(rates, most=3)
    assert ("8", "7", "6") == chart.rows
    assert "the 3 best known of 8 shares" in chart.notes
