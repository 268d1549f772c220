"""A zoomed timeline shows what the full drawing shows, whatever the window."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.audio.envelope import envelope
from bargein.audio.files import read, write_flac
from bargein.audio.pyramid import Pyramid
from bargein.errors import SessionError
from bargein.events import Delta, rows_of
from bargein.ledger import Generated, Heard, Played
from bargein.plot.board import FULL, NOTHING, Board
from bargein.plot.columns import Grid
from bargein.plot.lanes import generated_lane, heard_lane, user_lane
from bargein.plot.material import Material
from bargein.plot.pieces import generated_pieces
from bargein.plot.runs import arrived_runs, runs_of
from bargein.replay import replay
from bargein.session import Info, load, save
from bargein.session.sounding import AgentSound
from bargein.session.stretch import Sounding
from bargein.timeline import Span

LANES = {"user": lambda m, s, g: user_lane(m.session, g), "generated": generated_lane, "heard": heard_lane}


@pytest.fixture(scope="module")
def outcome(barge_in):
    """A gate that lets stragglers through: something leaks."""
    return replay(barge_in, policy="stop-only")


@pytest.fixture(scope="module")
def board(outcome, tmp_path_factory):
    """Its board."""
    return Board.of(outcome, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    """Half a minute of noise in a file, and its pyramid."""
    path = tmp_path_factory.mktemp("noise") / "noise.flac"
    write_flac(path, np.random.default_rng(3).normal(0, 0.1, 250_007), 8_000)
    return read(path)[0], Pyramid.of(path, path.parent / "cache")


@pytest.mark.parametrize("window", [(0, 12_000), (4_900, 6_000), (5_000, 5_200), (7_000, 9_000)])
@pytest.mark.parametrize("lane", LANES)
def test_it_draws_what_the_full_drawing_draws(board, outcome, lane, window):
    """Every kind of sound of every lane, column by column: these windows are read sample by sample."""
    grid = Grid(Span(*window), 600)
    material = Material.of(outcome)
    sound = AgentSound(outcome.session, (e for e in material.events if isinstance(e, Delta)))
    drawn = LANES[lane](material, sound, grid)
    (strip,) = [s for s in board.strips if s.lane == lane]
    for kind in strip.runs:
        ours = strip.outline(kind, grid)
        if kind not in drawn.outlines:
            assert 0 == ours.columns
            continue
        theirs = drawn.outlines[kind]
        apart = np.isfinite(ours.hi) != np.isfinite(theirs.hi)
        assert apart.sum() <= 2 * len(strip.runs[kind])  # a run may begin or end a column away
        alike = np.isclose(ours.hi, theirs.hi, atol=0.02, equal_nan=True)
        assert alike.mean() > 0.7  # columns begin a sample apart, which noise shows


def test_leaks_and_cuts_are_those_of_the_outcome(board, outcome):
    """What is tinted is what was heard after its cut."""
    assert (5_320,) == board.cuts
    (revoked,) = [c.revoked for c in outcome.cuts if c.at == 5_320]
    late = outcome.heard.timeline(revoked).clip(Span(5_320, 12_000))
    assert 400 == late.ms == sum(span.ms for span in board.strips[-1].leaks)
    (strip,) = [s for s in board.strips if s.lane == "heard"]
    assert "after its cut" in strip.note


@given(first=st.integers(0, 249_000), count=st.integers(1, 250_000), columns=st.integers(1, 900))
def test_a_pyramid_is_the_envelope(noise, first, count, columns):
    """Exact where columns are short; else a peak may stand in the next column, and none is lost or made up."""
    samples, pyramid = noise
    own = samples[first : first + count]
    lo, hi = pyramid.between(first, count, columns)
    low, high = envelope(own, columns)
    assert len(low) == len(lo)
    step = 1 / 32_768
    beside = np.pad(lo, 1, constant_values=1), np.pad(hi, 1, constant_values=-1)
    assert (np.minimum(np.minimum(lo, beside[0][:-2]), beside[0][2:]) <= low + step).all()
    assert (np.maximum(np.maximum(hi, beside[1][:-2]), beside[1][2:]) >= high - step).all()
    margin = count // columns // 2 + 1
    wider = samples[max(first - margin, 0) : first + count + margin]
    assert lo.min() >= wider.min() - step
    assert hi.max() <= wider.max() + step
    if len(own) < 256 * columns:
        assert np.array_equal(lo, low)
        assert np.array_equal(hi, high)


def test_a_pyramid_is_made_once_and_a_damaged_one_anew(noise, tmp_path):
    """Named by the sound's content; nothing in the cache is trusted further than it can be checked."""
    _, pyramid = noise
    assert pyramid.peak == Pyramid.of(pyramid.path, tmp_path).peak
    (entry,) = (tmp_path / "pyramids").iterdir()
    for damage in (b"", b"not an archive", entry.read_bytes()[:200]):
        entry.write_bytes(damage)
        assert pyramid.peak == Pyramid.of(pyramid.path, tmp_path).peak
        assert len(entry.read_bytes()) > 200
    when = entry.stat().st_mtime_ns
    Pyramid.of(pyramid.path, tmp_path)
    assert when == entry.stat().st_mtime_ns


def test_a_view_is_small_whatever_it_shows(board):
    """Two signed bytes a column and kind of sound; columns without sound say so."""
    view = board.window(Span(0, 12_000), 1_000)
    assert len(view.data) == 2 * 1_000 * len(view.names)
    data = np.frombuffer(view.data, np.int8).reshape(len(view.names), 2, -1)
    assert NOTHING == data[view.names.index(("heard", "leaked"))].min()
    assert FULL >= data.max() > 0
    assert 8_192 == board.window(Span(0, 12_000), 10**9).columns
    with pytest.raises(SessionError, match="shows nothing"):
        board.window(Span(13_000, 14_000), 10)


@pytest.mark.parametrize("policy", ["indicator", "stop-only", "keyed"])
def test_what_is_played_is_what_was_heard(barge_in, policy):
    """Any stretch holds the samples that the whole has there; the user's, resampled, differ by less than 16 bit."""
    outcome = replay(barge_in, policy=policy)
    whole = outcome.heard_audio()
    sound = AgentSound(barge_in, (e for e in outcome.events if isinstance(e, Delta)))
    sounding = Sounding(barge_in, sound, outcome.heard, outcome.loudness())
    for start, end in [(0, 12_000), (4_990, 5_700), (5_301, 5_349), (11_900, 13_000), (14_000, 15_000)]:
        found = sounding.between(Span(start, end))
        assert (end - start) * 24 == len(found)
        expected = np.zeros_like(found)
        part = whole[start * 24 : end * 24]
        expected[: len(part)] = part
        assert np.array_equal(expected[:, 1], found[:, 1])
        assert np.abs(expected[:, 0] - found[:, 0]).max() < 1 / 32_768


def test_an_empty_session_is_shown_as_such(tmp_path):
    """No track, no line, no length: no lanes, and the reason."""
    save(tmp_path / "empty", Info("empty", "openai", "gpt-realtime", 0), [], audio={})
    board = Board.of(load(tmp_path / "empty"), tmp_path)
    assert () == board.strips
    assert any("no agent sound" in note for note in board.notes)
    assert b"" == board.window(board.whole, 100).data


@st.composite
def generated_and_heard(draw):
    """Deltas of two responses, stored in a row, in pieces, twice or not at all; some of their samples heard."""
    deltas, at, stored = [], 0, 0
    for response in ("r", "s"):
        first = 0
        for _ in range(draw(st.integers(1, 6))):
            at += draw(st.integers(0, 40))
            first += draw(st.sampled_from([0, 0, 0, 50, -20]))
            first, count = max(first, 0), draw(st.sampled_from([0, 100, 240, 241]))
            kept = draw(st.sampled_from([stored, stored, stored, stored + 7, -1]))
            deltas.append(Delta(at, response, "i", first, count, 0, kept))
            first, stored = first + count, stored + count
    rows = []
    for response in ("r", "s"):
        for first, count in draw(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 500)), max_size=3)):
            rows.append(Played(1_000 * len(rows), 0, response, "i", first, count))
    return deltas, draw(st.sampled_from([None, Heard(tuple(rows), 1_000)]))


@given(generated_and_heard())
def test_what_arrived_in_arrays_is_what_arrived_piece_by_piece(case):
    """An hour's deltas are placed response by response: the same rows, in the same order."""
    deltas, heard = case
    material = Material(None, tuple(deltas), Generated(rows_of(deltas), 1_000), heard, ())
    sound = AgentSound(None, deltas)
    expected = {k: r.tolist() for k, r in runs_of(generated_pieces(material), sound).items() if len(r)}
    assert expected == {k: r.tolist() for k, r in arrived_runs(material, sound).items()}
