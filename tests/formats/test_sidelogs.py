"""Benchmarks' logs of when both sides sounded: as sessions they score as they do themselves, and say what they lack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bargein.cli import main
from bargein.corpus import open_corpus
from bargein.corpus.measure import as_recorded
from bargein.corpus.scoring import conversations, score
from bargein.errors import LogError, NotAnswerable, SessionError
from bargein.formats.imported import UNMEASURABLE
from bargein.formats.sidelogs import import_eva, import_ticks
from bargein.ledger import Basis
from bargein.metrics.onsets import judged
from bargein.metrics.recorded import recorded_heard
from bargein.providers import read
from bargein.replay import replay
from bargein.session import load
from bargein.timeline import Span, Timeline

HEAD = "tick,time_s,user_speech,agent_speech"
BRINGS = {"tau-voice": import_ticks, "eva": import_eva}


def ticks(folder, user, agent, action="", name="call.ticks.csv", tics=""):
    """A log drawn in ticks: a letter is speech; of the user's, g generates a message, b is a backchannel, k goes on."""
    does = {"g": "generate_message", "b": "backchannel", "k": "keep_talking", ".": "wait"}
    rows = [HEAD + (",user_action" if action else "") + (",user_out_of_turn_insert" if tics else "")]
    for n, (u, a) in enumerate(zip(user, agent, strict=True)):
        cells = [str(n), f"{n * 0.2:.1f}", str(int(u != ".")), str(int(a != "."))]
        cells += [does[action[n]]] if action else []
        cells += ["vocal_tic" if tics[n] == "t" else ""] if tics else []
        rows.append(",".join(cells))
    path = folder / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def events(folder, *edges, reason=None):
    """EVA's lines: ``(side, from, to)`` in seconds after 100."""
    who = {"user": "elevenlabs_user", "agent": "framework_agent"}
    lines = [{"timestamp": 100_000, "type": "connection_state", "data": {"state": "connected"}}]
    for t, kind, side in sorted(
        (t, kind, side) for side, *both in edges for t, kind in zip(both, ("start", "end"), strict=True)
    ):
        lines.append({"timestamp": int((100 + t) * 1_000), "event_type": f"audio_{kind}", "user": who[side],
                      "audio_timestamp": 100 + t})  # fmt: skip
    if reason:
        lines.append({"timestamp": 120_000, "type": "connection_state", "data": {"details": {"reason": reason}}})
    path = folder / "audio_events.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def labels(session, kind):
    """When labels of a kind hold."""
    return [(x.onset_ms, x.offset_ms) for x in session.labelled(kind)]


def test_ticks_become_labels_and_what_was_heard(tmp_path):
    """Interruptions are what the simulated user began as a message while the agent spoke."""
    log = ticks(tmp_path, user="gk..bk...gk.g",
                         agent=".aaaaaa.aaaaa",
                        action="gk..bk...gk.g", tics="......t......")  # fmt: skip
    made = import_ticks(log, tmp_path / "s")
    session = made.session
    assert ("call", ("events",), 2_600, 200, {}) == tuple(
        getattr(session.info, name) for name in ("provider", "modelled", "length_ms", "clock_step_ms", "tracks")
    )
    assert [(0, 400), (800, 1_200), (1_800, 2_200), (2_400, 2_600)] == labels(session, "speech")
    assert [(1_800, 2_200)] == labels(session, "interruption")  # the last tick is the simulator hanging up
    assert ([(800, 1_200)], [(1_200, 1_400)]) == (labels(session, "backchannel"), labels(session, "tic"))
    assert {("call", 200, "acoustic")} == {(x.annotator, x.uncertainty_ms, x.basis) for x in session.labels}
    heard = recorded_heard(session)
    assert (Timeline([Span(200, 1_400), Span(1_600, 2_600)]), Basis("stated", 200)) == (heard.timeline(), heard.basis)
    assert not read(session).warnings
    assert {UNMEASURABLE["stated"], UNMEASURABLE["ticks"]} == {*made.unmeasurable}
    assert {*made.unmeasurable} < {*session.info.notes}


def test_ticks_that_do_not_say_what_the_user_did(tmp_path):
    """Who interrupts is then not known, and said to be so; nothing is guessed."""
    made = import_ticks(ticks(tmp_path, "uu..uu", "..aaaa"), tmp_path / "s")
    assert [] == labels(made.session, "interruption")
    assert UNMEASURABLE["labels"] in made.unmeasurable
    assert any("no column user_action" in note for note in made.notes)


def test_a_tick_in_which_both_begin_is_a_collision(tmp_path):
    """The log calls it an interruption; by our classes neither saw it coming."""
    made = import_ticks(ticks(tmp_path, "..gk", "..aa", "..gk"), tmp_path / "s")
    assert any("at 1 of 1 interruptions the agent began in the same tick" in note for note in made.notes)
    (cell,) = as_recorded(open_corpus(made.session))
    assert 0 == cell.row()["barge-ins"]


def test_audio_streams_say_when_and_not_what_for(tmp_path):
    """Speech is labelled where it was placed; nobody judged it; why the call ended is kept."""
    log = events(tmp_path, ("agent", 1, 3), ("user", 2.5, 4), reason="inactivity_timeout")
    made = import_eva(log, tmp_path / "s")
    assert [(2_500, 4_000)] == labels(made.session, "speech")
    assert not judged(made.session)
    assert ("placement", Basis("stated")) == (made.session.labels[0].basis, recorded_heard(made.session).basis)
    assert ("call.ended", "inactivity_timeout") == tuple(
        made.session.records[-1].payload[key] for key in ("type", "reason")
    )
    (c,) = conversations(made.session)
    assert (True, None) == (c.timed_out, c.sounds)
    assert any("began 1 time(s) while the agent's played" in note for note in made.notes)
    assert {UNMEASURABLE[key] for key in ("stated", "streams", "labels")} == {*made.unmeasurable}


@pytest.mark.parametrize("silent", ["agent", "user"])
def test_a_side_that_never_sounded(silent, tmp_path):
    """It was heard never, which is not that nobody knows."""
    rows = {"user": "gk....", "agent": "...aa."} | {silent: "......"}
    session = import_ticks(ticks(tmp_path, **rows), tmp_path / "s").session
    assert (silent == "agent") == (not recorded_heard(session).timeline())


def figures(source, definition):
    """Figures of a definition, with their counts."""
    found = score(conversations(source), [definition]).rows
    return {(r["reading"], r["metric"]): (r["value"], r["n"]) for r in found}


@pytest.mark.parametrize("definition", ["tau-voice", "eva"])
@pytest.mark.parametrize("name", ["tau_voice_49b22f0c", "tau_voice_cd9c5ed2"])
def test_recorded_ticks_score_as_their_log(name, definition, mirror, tmp_path):
    """In both readings, to the last digit; the session holds the grid, and so the tick that hangs up."""
    log = mirror / "event-logs" / f"{name}.ticks.csv"
    made = import_ticks(log, tmp_path / name)
    assert figures(log, definition) == figures(made.session, definition)


def test_recorded_ticks_have_the_reference_values(mirror, tmp_path):
    """Both sessions as one corpus: what its own script says of them."""
    for name in ("tau_voice_49b22f0c", "tau_voice_cd9c5ed2"):
        import_ticks(mirror / "event-logs" / f"{name}.ticks.csv", tmp_path / name)
    reference = json.loads((mirror / "event-logs" / "tau_voice_both_dev.metrics.json").read_text("utf-8"))["metrics"]
    found = figures(tmp_path, "tau-voice")
    for metric, value in reference.items():
        if metric != "counts":
            assert pytest.approx(value, abs=1e-12) == found["as coded", metric][0]


def test_full_duplex_bench_sees_more_in_the_session(mirror, tmp_path):
    """A log of ticks has no samples of interruption for it; the session has, as the simulated user labelled them."""
    log = mirror / "event-logs" / "tau_voice_49b22f0c.ticks.csv"
    made = import_ticks(log, tmp_path / "s")
    differs = {metric for (reading, metric), value in figures(log, "full-duplex-bench").items()
               if value != figures(made.session, "full-duplex-bench")[reading, metric]}  # fmt: skip
    assert {"user interruption: TOR", "user interruption: latency"} == differs


def test_recorded_audio_events_score_as_their_log(mirror, tmp_path):
    """EVA to the last digit; tau-voice is asked of neither: nobody said what the user's sounds were."""
    log = mirror / "event-logs" / "eva_call_audio_events.jsonl"
    made = import_eva(log, tmp_path / "s")
    for definition in ("eva", "full-duplex-bench"):
        assert figures(log, definition) == figures(made.session, definition)
    with pytest.raises(NotAnswerable):
        figures(made.session, "tau-voice")


def test_recorded_ticks_are_measured(mirror, tmp_path):
    """5 interruptions, 2 of them collisions; nobody reported any; stops to the tick."""
    made = import_ticks(mirror / "event-logs" / "tau_voice_49b22f0c.ticks.csv", tmp_path / "s")
    (cell,) = as_recorded(open_corpus(made.session))
    row = cell.row()
    assert ("derived", "stated ± 200 ms", 3, 3, None, "–") == tuple(
        row[key] for key in ("basis", "heard", "barge-ins", "met", "masked", "reported")
    )
    assert 0 == row["stop p50 [ms]"] % 200
    assert 5 == len(labels(made.session, "interruption"))


def test_no_gate_is_tried_on_it(tmp_path):
    """There is no sound to let through."""
    made = import_ticks(ticks(tmp_path, "gk....", "...aa."), tmp_path / "s")
    with pytest.raises(NotAnswerable, match="states what was heard, without sound"):
        replay(made.session, "keyed")


@pytest.mark.parametrize("kind", BRINGS)
def test_everything_is_wrong_at_once_and_nothing_is_written(kind, tmp_path, capsys):
    """Line, value, cause; and that the folder exists. Exit code 2."""
    bad = {"tau-voice": f"{HEAD}\n0,0.0,0,0\n1,0.1,0,2\n9,0.4,x,0\n",
           "eva": '{"event_type": "audio_end", "user": "me", "audio_timestamp": 1}\nnot json\n'}  # fmt: skip
    said = {"tau-voice": ["100 ms a tick", "x.log:3", "'9' is not 2"], "eva": ["'me' is none of", "line 2 is not JSON"]}
    log, out = tmp_path / "x.log", tmp_path / "s"
    log.write_text(bad[kind], encoding="utf-8")
    out.mkdir()
    with pytest.raises(SystemExit) as ended:
        main(["import", kind, str(log), "--out", str(out)])
    err = capsys.readouterr().err.replace("\n", "")
    assert 2 == ended.value.code
    assert all(text in err for text in [*said[kind], "the folder exists"])
    assert [] == list(out.iterdir())


@pytest.mark.parametrize("kind", BRINGS)
def test_what_is_not_there(kind, tmp_path):
    """A file that is missing, a folder that is no session."""
    with pytest.raises(LogError, match="no such file"):
        BRINGS[kind](tmp_path / "gone", tmp_path / "s")
    log = ticks(tmp_path, "gk", ".a") if kind == "tau-voice" else events(tmp_path, ("user", 1, 2))
    (tmp_path / "mine").mkdir()
    with pytest.raises(SessionError, match="no session, so it is not replaced"):
        BRINGS[kind](log, tmp_path / "mine", overwrite=True)


def test_the_command_says_what_it_cannot_tell(tmp_path, capsys):
    """The folder is named after the log; an option that says nothing about a log of ticks is refused."""
    log = ticks(tmp_path, "gk..gk", "..aaa.", "gk..gk")
    with pytest.raises(SystemExit) as ended:
        main(["import", "tau-voice", str(log)])
    out = " ".join(capsys.readouterr().out.split())
    assert 0 == ended.value.code
    assert "cannot be measured: ticks of 200 ms" in out
    assert 1 == len(load(tmp_path / "call", verify=True).labelled("interruption"))
    with pytest.raises(SystemExit) as ended:
        main(["import", "tau-voice", str(log), "--player", str(Path("p"))])
    assert (2, True) == (ended.value.code, "--player says nothing about a log of ticks" in capsys.readouterr().err)
    with pytest.raises(SystemExit) as ended:
        main(["import", "tau", str(log)])
    assert (2, True) == (ended.value.code, "one of openai, xai, call, tau-voice" in capsys.readouterr().err)
