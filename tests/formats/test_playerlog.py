"""A player's log beside a wire log: what was heard is logged then, on the session's clock, or it is refused."""

from __future__ import annotations

import json

import pytest

from bargein.cli import main
from bargein.corpus import open_corpus
from bargein.errors import LogError
from bargein.session.clientlog import client_lines
from wirelogs import bring, cut_short, openai

#: Of the log's 2,500 ms of sound, 20,000 + 25,000 + 15,000 samples that arrive at 4,195, 4,395 and 4,595 on its clock.
NODES = [
    {"t": 4_250, "ev": "started", "response": "resp_A", "item": "item_A1", "content": 0, "first": 0, "samples": 20_000},
    {"t": 5_084, "ev": "started", "response": "resp_A", "item": "item_A1", "content": 0, "first": 20_000,
     "samples": 25_000},
    {"t": 5_160, "ev": "stopped"},
]  # fmt: skip


def player(folder, lines, name="player.jsonl"):
    """Write a player's log."""
    path = folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_what_was_heard_is_logged(tmp_path):
    """The log's clock begins at 95 ms, which is session time 0."""
    made = bring(openai(), tmp_path, player=player(tmp_path, NODES))
    heard = made.session.client_heard
    assert ("logged", [(4_155, 5_065)]) == (heard.basis.kind, [(s.start, s.end) for s in heard.timeline()])
    assert 910 == heard.audio_ms("resp_A")
    assert "no player's log" not in " ".join([*made.unmeasurable, *made.notes])
    assert {"kind": "player log", "file": "player.jsonl"}.items() <= made.session.info.sources[1].items()
    (case,) = open_corpus(made.session.folder)
    assert heard == case.heard


def test_without_one_it_is_modelled(tmp_path):
    """And that is said."""
    made = bring(openai(), tmp_path)
    assert made.session.client_heard is None
    assert any("no player's log" in why for why in made.unmeasurable)


def test_a_sessions_own_log_comes_back(tmp_path):
    """Heard, written as a player's log, read and written again: the same."""
    one = bring(openai(), tmp_path, player=player(tmp_path, NODES)).session.client_heard
    lines = [{**line, "t": line["t"] + 95} for line in client_lines(one)]
    again = bring(openai(), tmp_path, name="again", player=player(tmp_path, lines, "again.jsonl"))
    assert one == again.session.client_heard


def test_some_nodes_of_other_responses_are_counted(tmp_path):
    """A greeting that the app played by itself."""
    own = {"t": 100, "ev": "started", "response": "greeting", "item": "g", "first": 0, "samples": 2_400}
    made = bring(openai(), tmp_path, player=player(tmp_path, [own, *NODES]))
    assert any("1 of 3 nodes name a response that the log does not hold" in note for note in made.notes)


def at(ms):
    """The same lines, so much later."""
    return [{**line, "t": line["t"] + ms} for line in NODES]


@pytest.mark.parametrize(("log", "lines", "says"), [
    (openai(), at(-1_000), "2 of 2 nodes sound before their response had arrived, by up to 945 ms"),
    (openai(), [{**n, "response": "resp_Z"} for n in NODES[:2]], "none of its 2 nodes names a response of call.jsonl"),
    (openai().without_times(), NODES, "the wire log has no times"),
    (cut_short(openai()), NODES, "counts samples of the agent's sound"),
    (openai(), [{**NODES[0], "first": "0"}], "first: '0' is not a whole number"),
    (openai(), [NODES[1], NODES[0]], "time 4250 lies before 5084"),
])  # fmt: skip
def test_what_cannot_be_laid_beside_the_log_is_refused(log, lines, says, tmp_path):
    """File, place, likely cause; nothing is written."""
    with pytest.raises(LogError, match=says):
        bring(log, tmp_path, player=player(tmp_path, lines))
    assert not (tmp_path / "s").exists()


def test_a_log_that_is_not_there(tmp_path):
    """Named."""
    with pytest.raises(LogError, match="no such file"):
        bring(openai(), tmp_path, player=tmp_path / "none.jsonl")


def test_secrets_in_it_stay_out(tmp_path):
    """As those of the wire log."""
    line = {"t": 5_200, "ev": "note", "api_key": "sk-proj-" + "a1B2" * 10}
    made = bring(openai(), tmp_path, player=player(tmp_path, [*NODES, line]))
    assert "sk-proj-" not in (made.session.folder / "client.jsonl").read_text()


def test_on_the_command_line(tmp_path, capsys):
    """``--player``."""
    log = openai().write(tmp_path / "call.jsonl")
    given = ["import", "openai", str(log), "--player", str(player(tmp_path, NODES)), "--out", str(tmp_path / "s")]
    with pytest.raises(SystemExit) as end:
        main(given)
    assert 0 == end.value.code
    assert "no player's log" not in capsys.readouterr().out
