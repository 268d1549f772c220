"""Why a stop was slow: every stop is there once, its parts add up, the slowest is first, and nothing is made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from bargein.report.slow import Slow, slow

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"


@pytest.fixture(scope="module")
def grok() -> Slow:
    """One session whose provider is slow to notice, under gates that are slow for other reasons."""
    return slow(SESSIONS / "grok-04-local-vad-cut-keyed", ["keyed", "duck", "relay-only"])


def test_each_gate_is_slow_for_its_own_reason(grok: Slow) -> None:
    """Noticed after 56 ms by the detector beside the loudspeaker; ducking waits 500 ms; a relay cannot take back."""
    found = [(s.run.outcome.policy.name, s.stages.detect_ms, s.stages.act_ms, s.stages.dominant) for s in grok.stops]
    assert [("relay-only", 56, 0, "drain"), ("duck", 56, 500, "act"), ("keyed", 56, 0, "detect")] == found


def test_the_parts_of_a_row_add_up(grok: Slow) -> None:
    """Detect, act and drain are the stop."""
    for row in grok.table.rows:
        parts = [int(str(row[f"{part} [ms]"])) for part in ("detect", "act", "drain")]
        assert row["stop [ms]"] == sum(parts)
    assert {"detect": 1, "act": 1, "drain": 1} == grok.dominated[["detect", "act", "drain"]].sum().to_dict()


def test_the_window_shows_the_whole_stop(grok: Slow) -> None:
    """From before the onset until after the last that was audible, inside the session."""
    worst = grok.worst("drain")
    assert worst is not None
    end = worst.episode.onset.at + worst.stages.stop_ms
    assert worst.window.start < worst.episode.onset.at
    assert end < worst.window.end <= worst.run.case.session.info.length_ms


def test_the_answer_names_the_slowest_and_what_each_stage_asks_for(grok: Slow) -> None:
    """With the numbers of the table."""
    assert f"**{grok.stops[0].stages.stop_ms} ms**" in grok.answer
    assert ["**detect**", "**act**", "**drain**"] == [s for s in ("**detect**", "**act**", "**drain**")
                                                      if s in grok.answer]  # fmt: skip


def test_where_nobody_interrupts_there_is_no_stop() -> None:
    """Said in words, not drawn."""
    calm = slow(SESSIONS / "openai-12-plain")
    assert [] == list(calm.table.rows)
    assert calm.answer.startswith("**0 stops**")
    assert "No stop here" in calm.shown("detect").data
