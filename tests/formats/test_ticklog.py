"""Logs of ticks are read to the tick, and refused with file, line and cause."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.errors import LogError
from bargein.formats.ticklog import MOST, TICK_MS, read_ticks
from bargein.timeline import Span, Timeline

HEAD = "tick,time_s,wall_clock,user_speech,agent_speech,user_action,user_in_speech_insert,user_out_of_turn_insert"


def written(folder: Path, *rows: str, head: str = HEAD, name: str = "call.ticks.csv") -> Path:
    """A log of these lines."""
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def ticks(user: str, agent: str) -> list[str]:
    """Lines of a log; a letter is speech."""
    return [f"{n},{n * 0.2:.1f},,{int(u != '.')},{int(a != '.')},keep_talking,,"
            for n, (u, a) in enumerate(zip(user, agent, strict=True))]  # fmt: skip


def test_a_log_is_read(tmp_path):
    """Speech, backchannels by their first tick, inserts by their kind."""
    rows = ticks("uu..uu.", ".aaaa..")
    rows[4] = "4,0.8,,1,1,backchannel,vocal_tic,"
    rows[6] = "6,1.2,,0,0,wait,,non_directed_phrase"
    log = read_ticks(written(tmp_path, *rows))
    assert ("call", 1_400) == (log.name, log.length_ms)
    assert (Timeline([Span(0, 400), Span(800, 1_200)]), Timeline([Span(200, 1_000)])) == (log.user, log.agent)
    sounds = (("tic", Span(800, 1_000)), ("backchannel", Span(800, 1_200)), ("side_talk", Span(1_200, 1_400)))
    assert sounds == log.sounds


@given(st.text("u.", min_size=1, max_size=50))
def test_every_tick_of_speech_is_kept(tmp_path_factory, user):
    """The user's time is their ticks."""
    log = read_ticks(written(tmp_path_factory.mktemp("log"), *ticks(user, "." * len(user))))
    assert user.count("u") * TICK_MS == log.user.ms
    assert len(user) * TICK_MS == log.length_ms


@pytest.mark.parametrize(
    ("said", "line", "row"),
    [
        ("tick 1 at 100 ms is not at 200 ms (100 ms a tick", 3, "1,0.1,,0,0,wait,,"),
        ("tick 1 at 20 ms is not at 200 ms (20 ms a tick", 3, "1,0.02,,0,0,wait,,"),
        ("time_s: 'soon' is no number", 3, "1,soon,,0,0,wait,,"),
        ("time_s: 'nan' is no number", 3, "1,nan,,0,0,wait,,"),
        ("tick: '7' is not 1 (lines lost, doubled or sorted?)", 3, "7,1.4,,0,0,wait,,"),
        ("user_speech: 'yes' is neither 0 nor 1", 3, "1,0.2,,yes,0,wait,,"),
        ("user_in_speech_insert: 'cough' is none of vocal_tic, non_directed_phrase", 3, "1,0.2,,0,0,wait,cough,"),
        ("more cells than columns", 3, "1,0.2,,0,0,wait,,,,"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path, said, line, row):
    """File, line, value, likely cause."""
    with pytest.raises(LogError) as refused:
        read_ticks(written(tmp_path, "0,0.0,,0,0,wait,,", row))
    (problem,) = refused.value.problems
    assert said in str(problem)
    assert f"call.ticks.csv:{line}" == problem.place


def test_every_line_is_told_at_once_but_not_a_thousand_times(tmp_path):
    """Ticks of 100 ms are wrong in every line: the first twenty, and how many more."""
    rows = [f"{n},{n / 10:.1f},,0,0,wait,," for n in range(100)]
    with pytest.raises(LogError) as refused:
        read_ticks(written(tmp_path, *rows))
    assert MOST + 1 == len(refused.value.problems)
    assert "79 more lines like these" in str(refused.value)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("no column user_speech, agent_speech", "tick,time_s\n0,0.0\n"),
        ("no column tick, time_s, user_speech, agent_speech", "kind,onset_ms,offset_ms\ntic,0,200\n"),
        ("no ticks", HEAD + "\n"),
        ("no column", ""),
        ("no table", HEAD + '\n0,0.0,"x"y,0,0,wait,,\n'),
        ("tick: '' is not 0", HEAD + "\n,,,,,,\n"),
    ],
)
def test_what_is_no_log_of_ticks(tmp_path, said, text):
    """Another table, a table without lines, no table."""
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LogError) as refused:
        read_ticks(path)
    assert said in str(refused.value)


def test_bytes_that_are_no_text(tmp_path):
    """Refused, not guessed."""
    path = tmp_path / "x.csv"
    path.write_bytes(b"tick,time_s\n\xff\xfe\n")
    with pytest.raises(LogError, match="not UTF-8"):
        read_ticks(path)
