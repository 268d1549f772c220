"""OpenAI against Grok: pairs are of one script, differences pair by pair, and what is recorded is what is on record."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import pytest

from bargein.plot.chart import Points
from bargein.report.same_speech import SameSpeech, ranges_on_record, reports_on_record, same_speech

RECORDED = Path(__file__).parents[2] / "data" / "scores" / "provider_vad.json"


@pytest.fixture(scope="module")
def same(tmp_path_factory: pytest.TempPathFactory) -> SameSpeech:
    """Two scripts with three barge-ins, and one without."""
    return same_speech(tmp_path_factory.mktemp("same"), only=["openai-01", "grok-13", "openai-12"])


def test_differences_are_taken_pair_by_pair(same: SameSpeech) -> None:
    """The median of the differences, from the episodes themselves."""
    pairs = [(a.detection_ms, b.detection_ms) for one in same.both for a, b in one.met]
    row = same.table.loc["onset to report [ms]"]
    assert (3, 3) == (row["pairs"], row["Grok longer"])
    assert median(b - a for a, b in pairs if a is not None and b is not None) == row["Grok less OpenAI"]
    assert {"modelled"} == set(same.table["basis"])


def test_grok_is_late_by_its_recorded_range_alone(same: SameSpeech) -> None:
    """700 to 1,200 ms and twice the way, against 100 at most, a frame and twice the way."""
    for one in same.both:
        for a, b in one.met:
            assert a.detection_ms is not None
            assert b.detection_ms is not None
            assert a.detection_ms <= 100 + 32 + 2 * 35
            assert 700 <= b.detection_ms <= 1_200 + 2 * 35


def test_the_picture_has_a_row_a_barge_in(same: SameSpeech) -> None:
    """The largest difference first; both providers in each."""
    left, right = (next(s for s in same.picture.shapes if isinstance(s, Points) and s.words == who)
                   for who in ("OpenAI", "Grok"))  # fmt: skip
    apart = [b - a for a, b in zip(left.x, right.x, strict=True)]
    assert 3 == len(same.picture.rows)
    assert sorted(apart, reverse=True) == apart


def test_what_is_recorded_is_the_file_that_comes_along() -> None:
    """OpenAI's two claims of the clip sent once; of Grok neither threshold nor end silence was echoed."""
    run = json.loads(RECORDED.read_text(encoding="utf-8"))["runs"][0]
    table = reports_on_record()
    assert [*run["audio_start_ms"], *run["audio_end_ms"]] == table.loc["OpenAI"].to_list()[:2]
    assert "not echoed" == table.loc["Grok", "in force"]
    assert {"recorded"} == set(table["basis"])
    assert ("0–100", "700–1200") == tuple(ranges_on_record().loc["onset to report, agent speaking"])


def test_the_answer_says_what_the_table_says(same: SameSpeech) -> None:
    """In words and numbers."""
    heard = same.table.loc["heard after the onset [ms]"]
    assert f"**{heard['OpenAI']:.0f} ms** after the onset" in same.answer
    assert "same 3 scripts" in same.answer
