"""The player's log says the same as what was heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.events import Delta
from bargein.ledger import Basis, Heard, Played
from bargein.playback import Player
from bargein.session import client_lines, heard_from

RATES = st.sampled_from([8_000, 11_025, 16_000, 24_000, 44_100])
PIECE = st.tuples(st.sampled_from("AB"), st.integers(1, 5_000))


@st.composite
def heards(draw):
    """Runs of pieces, each run after the end of the one before, as a player makes them."""
    rate = draw(RATES)
    rows: list[Played] = []
    end = 0
    for gap, pieces in draw(
        st.lists(st.tuples(st.integers(0, 300), st.lists(PIECE, min_size=1, max_size=4)), max_size=4)
    ):
        run, offset = end + gap, 0
        for response, samples in pieces:
            rows.append(Played(run, offset, response, response.lower(), draw(st.integers(0, 9_999)), samples))
            offset += samples
        end = -(-(run * rate + offset * 1_000) // rate)
    return Heard(tuple(rows), rate, Basis("logged"))


@given(heards())
def test_heard_to_lines_to_heard(heard):
    """Nothing is lost and nothing is joined that was apart."""
    assert heard == heard_from(client_lines(heard), heard.rate, heard.basis)


@given(RATES, st.lists(st.tuples(st.sampled_from(["play", "play", "flush", "hold", "resume"]), st.integers(0, 400),
                                 st.integers(1, 9_000)), max_size=12))  # fmt: skip
def test_what_a_player_played_comes_back(rate, acts):
    """Whatever was done to it: the lines of a player tell when each of its samples sounded."""
    player, now, first = Player(rate), 0, 0
    for act, wait, samples in acts:
        now += wait
        if act == "play":
            player.play(Delta(now, "A", "a", first, samples), now)
            first += samples
        else:
            getattr(player, act)(now)
    heard = player.heard(now + 500)
    assert heard == heard_from(client_lines(heard), rate, heard.basis)


@pytest.mark.parametrize("boundary", ["stopped", "flushed", "drained"])
def test_each_boundary_ends_the_sound(boundary):
    """A real client may log its cut under any of these names."""
    log = [{"t": 100, "ev": "started", "response": "A", "item": "a", "first": 0, "samples": 2_400}]
    assert 50 == heard_from([*log, {"t": 150, "ev": boundary}], 24_000, Basis("logged")).timeline().ms


def test_other_lines_change_nothing():
    """A volume change is kept in the file and cuts nothing."""
    log = [{"t": 100, "ev": "started", "response": "A", "item": "a", "first": 0, "samples": 2_400},
           {"t": 120, "ev": "volume", "level": 0.2}, {"t": 900, "ev": "drained"}]  # fmt: skip
    assert 100 == heard_from(log, 24_000, Basis("logged")).timeline().ms


def test_a_modelled_player_is_no_real_one(small):
    """The basis says whose log it is."""
    assert "logged" == str(small("real").client_heard.basis)
    assert "modelled ± 0 ms" == str(small("made up", modelled=("client",)).client_heard.basis)
