"""What the definitions see of a session, and what they are not asked of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import bargein as bi
from bargein.corpus.scoring import conversations, score
from bargein.errors import InputError, NotAnswerable, SettingsError
from bargein.metrics.definitions import CODED, DEFINED, DEFINITIONS
from bargein.metrics.definitions.base import Conversation
from bargein.timeline import Span, Timeline

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
UNTOLD = SESSIONS / "openai-21-no-interrupt"


def value(frame, metric, reading=DEFINED):
    """One figure of a frame."""
    (found,) = frame[(frame.metric == metric) & (frame.reading == reading)].value
    return found


def test_one_session_four_answers():
    """The agent talks on for 16.6 s over a user who gives up after 0.38 s and hears a breath after 0.83 s."""
    frame = bi.score(UNTOLD)
    assert 0 == value(frame, "yield_rate")
    assert 16_636 == value(frame, "user_interruption.mean_yield_ms")
    assert (0.827, 0.38) == (value(frame, "stop latency (1.5)"), value(frame, "stop latency (1.5)", CODED))
    assert 0.5 == pytest.approx(value(frame, "turn_taking"))
    assert (22.385, 1) == (value(frame, "APT"), value(frame, "missed"))


def test_a_session_is_seen_as_labelled_and_played():
    """The user as labelled; responses played whole, audible in parts; nobody stopped it."""
    (c,) = conversations(UNTOLD)
    assert Timeline([Span(1_910, 3_850), Span(6_115, 6_495)]) == c.user
    assert (Span(6_115, 6_495),) == c.interruptions
    assert (2, 2, ()) == (len(c.turns), len(c.played), c.stops)
    assert len(c.heard) > len(c.played)
    assert "modelled" == c.evidence


def test_an_agent_that_starts_in_a_pause_interrupts_a_turn():
    """tau-voice and EVA look at audio streams, in which a turn's pause is part of it; others look at speech."""
    (c,) = conversations(SESSIONS / "openai-08-pause-cut-off")
    assert not any(a.start in c.user for a in c.played)
    assert [c.turns[0].span] == [u for u in c.utterances if any(a.start in u for a in c.played)]
    frame = bi.score(SESSIONS / "openai-08-pause-cut-off")
    assert 0 < value(frame, "agent_interruption_rate")
    assert 0 < value(frame, "agent_interruption.rate")


def test_every_session_can_be_scored_by_every_definition():
    """38 embedded sessions: nothing is left out but turns that were never finished."""
    found = score(conversations(SESSIONS))
    assert {*DEFINITIONS} == {r["definition"] for r in found.rows}
    assert all(r["sessions"] == "38 sessions" for r in found.rows)
    assert () == found.left_out


def test_by_session_and_pooled_count_the_same_events():
    """Events add up; clusters do not."""
    pooled, each = bi.score(SESSIONS, "tau-voice"), bi.score(SESSIONS, "tau-voice", by="session")
    assert 38 == each.sessions.nunique()
    for (metric, reading), rows in each.groupby(["metric", "reading"]):
        (own,) = pooled[(pooled.metric == metric) & (pooled.reading == reading)].n
        assert own == rows.n.sum()
    assert pooled.clusters.max() < 38


def test_without_labels_what_is_needed_is_said(tmp_path):
    """EVA needs the user's speech, tau-voice labels: neither is guessed."""
    folder = shutil.copytree(UNTOLD, tmp_path / "bare")
    (folder / "labels.jsonl").unlink()
    text = (folder / "session.json").read_text().splitlines()
    (folder / "session.json").write_text("\n".join(x for x in text if "labels.jsonl" not in x))
    with pytest.raises((NotAnswerable, InputError)) as refused:
        score(conversations(folder))
    assert isinstance(refused.value, NotAnswerable)
    assert "tau-voice not of openai-21-no-interrupt: it needs to know when user and agent were heard: labels" in str(
        refused.value
    )


def test_what_is_left_out_is_named(mirror):
    """A log of ticks has no turns to endpoint; the rest is scored."""
    log = mirror / "event-logs" / "tau_voice_49b22f0c.ticks.csv"
    frame = bi.score([log])
    assert {"tau-voice", "eva", "full-duplex-bench"} == {*frame.definition}
    assert [name in text for name, text in zip(("eot-bench", "sid-bench"), frame.attrs["left_out"], strict=True)]
    assert all("tau_voice_49b22f0c" in text for text in frame.attrs["left_out"])


def test_a_folder_of_logs_is_read(mirror):
    """Two sessions together: the pooled reference."""
    frame = bi.score(mirror / "event-logs", "tau-voice")
    assert pytest.approx(0.9523809523809523, abs=1e-12) == value(frame, "response_rate", CODED)
    assert ("2 sessions", 2) == (frame.sessions[0], frame.clusters[0])


def test_recorded_and_modelled_are_not_pooled(mirror):
    """Neither says anything about the other; by session both are scored."""
    given = conversations(UNTOLD, mirror / "event-logs" / "eva_call_audio_events.jsonl")
    with pytest.raises(NotAnswerable, match="not pooled"):
        score(given, ["eva"])
    assert 2 == len({r["sessions"] for r in score(given, ["eva"], by="session").rows})


@pytest.mark.parametrize(
    ("said", "asked"), [("one of tau-voice, eva", {"names": ["tau"]}), ("one of all", {"by": "day"})]
)
def test_what_is_not_there_is_refused_with_what_is(said, asked):
    """Names and groupings."""
    with pytest.raises(SettingsError, match=said):
        score([], **asked)


def test_nothing_is_not_zero():
    """Without a conversation there is no score."""
    with pytest.raises(NotAnswerable, match="nothing to score"):
        score([])
    with pytest.raises(NotAnswerable, match="eva needs to know"):
        DEFINITIONS["eva"].figures([], DEFINED)
    with pytest.raises(NotAnswerable, match="silent has none"):
        DEFINITIONS["eva"].figures([Conversation("silent", 900, Timeline(), None)], DEFINED)


def test_every_difference_has_its_reason():
    """What, theirs, ours and why are never empty."""
    for d in DEFINITIONS.values():
        assert d.differences
        for x in d.differences:
            assert all((x.what, x.theirs, x.ours, x.because)), x
