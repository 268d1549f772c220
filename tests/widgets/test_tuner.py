"""The tuner without a browser: traits are set and asked as a page would, numbers and pictures must follow."""

from __future__ import annotations

import json
import shutil
import time
from importlib.resources import files
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbconvert import HTMLExporter

from bargein.errors import SettingsError
from bargein.plot.curves import frontier_chart
from bargein.providers.targets import TARGETS
from bargein.session import load
from bargein.settings import from_wire
from bargein.tuning.export import verified
from bargein.tuning.sliders import NAMES, sliders
from bargein.vad.rule import Rule
from bargein.vad.sweep import sweep
from bargein.vad.tables import load_scores
from bargein.widgets import Tuner, numbers
from bargein.widgets.kept import MOST, Kept
from bargein.widgets.tuner import DOES

ROOT = Path(__file__).parents[2]
SESSIONS = ROOT / "data" / "sessions"
EVIL = '"quoted" <img src=x onerror="window.pwned=1">'


@pytest.fixture(scope="module")
def tried():
    """A sweep over some of the tables, made once."""
    return sweep(load_scores(groups=["user-utterances", "coughs", "short-words", "phone-agent-callers"]))


@pytest.fixture
def tuner(tried, tmp_path):
    """A tuner that shows the clips of the tables."""
    return Tuner(tables=tried, export_to=tmp_path / "configs")


@pytest.fixture
def folder(tmp_path):
    """Three sessions, one of them with a name that was chosen by somebody unfriendly."""
    root = tmp_path / "sessions"
    for name in ("openai-01-interruption", "openai-06-echo", "grok-01-interruption"):
        shutil.copytree(SESSIONS / name, root / name)
    info = json.loads((root / "openai-06-echo" / "session.json").read_text("utf-8"))
    (root / "openai-06-echo" / "session.json").write_text(json.dumps(info | {"id": EVIL}), "utf-8")
    return root


def ask(tuner, **asked):
    """Ask as the page does."""
    tuner._receive(tuner, asked, [])


def found(tuner):
    """The table as it is shown, by figure."""
    return {row["name"]: row for row in tuner.answer["rows"]}


def test_sliders_start_at_the_documented_defaults(tuner):
    """What the provider documents, as it documents it; each slider says its source."""
    assert "server_vad 0.5/300/500" == tuner.settings.label
    assert Rule(0.5, None, 500, 300) == tuner.rule
    about = {control["name"]: control["about"] for control in tuner.controls}
    assert "default 500" in about["silence_duration_ms"]
    assert "whole frames of 32 ms" in about["silence_duration_ms"]


@pytest.mark.parametrize("name", TARGETS)
def test_a_provider_sets_the_sliders(tuner, name, tmp_path):
    """Ranges, starts, what cannot be set there, and where the file goes."""
    tuner.provider = name
    assert [s.name for s in sliders(name)] == [control["name"] for control in tuner.controls]
    assert name == tuner.setting.target
    assert name == tuner.answer["setting"][0]
    assert str(tmp_path / "configs" / f"{name}.json") == tuner.path


@pytest.mark.parametrize(
    ("trait", "value"), [("threshold", 0.43), ("silence_duration_ms", 70), ("prefix_padding_ms", 0)]
)
def test_a_trait_that_is_set_moves_the_numbers(tuner, trait, value):
    """From Python as from the page."""
    before = tuner.answer["rows"]
    setattr(tuner, trait, value)
    assert before != tuner.answer["rows"]
    assert value in tuner.answer["setting"]


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("threshold", 3.0),
        ("silence_duration_ms", -1),
        ("min_speech_ms", 64),
        ("exit_threshold", 0.2),
        ("provider", "nobody"),
        ("shown", "nothing"),
    ],
)
def test_what_cannot_be_set_is_refused(tuner, trait, value):
    """By name and reason; what was set stays."""
    before = tuner.setting, tuner.shown
    with pytest.raises(SettingsError, match=trait if trait in NAMES else value):
        setattr(tuner, trait, value)
    assert before == (tuner.setting, tuner.shown)


def test_the_numbers_are_those_of_the_sweep(tuner):
    """On the grid, nothing is counted here that is not counted there; off it, exactly and not at the nearest point."""
    tuner.silence_duration_ms = 96
    cutoffs = tuner.tuned.evidence.figures(0.5, 96).ends["elicited"].cutoffs
    assert cutoffs["hold"].text == found(tuner)["holds cut off, elicited speech"]["cells"][0]
    tuner.threshold = 0.43
    assert 0.43 == tuner.figures.threshold
    with pytest.raises(SettingsError, match="was not tried"):
        tuner.tuned.evidence.figures(0.43, 96)


def test_every_figure_says_what_it_rests_on(tuner):
    """Events, clusters and basis; speech styles and kinds of speech apart, callers' pauses as no truth."""
    rows = found(tuner)
    holds = rows["holds cut off, elicited speech"]
    assert ("6 holds", 1, "labels: acoustic, by a documented energy rule") == (
        holds["n"], holds["clusters"], holds["basis"],
    )  # fmt: skip
    assert "40 recordings" == rows["false starts: coughs and tics"]["n"]
    pauses = rows["callers' pauses that outlast it; whether their turns went on is not labelled"]
    assert ("12 of 41", "41 pauses", 10) == (pauses["cells"][0], pauses["n"], pauses["clusters"])
    assert {"clipped onset, p95: turns", "clipped onset, p95: words"} <= set(rows)
    assert all(row["n"] and row["clusters"] and row["basis"] for row in rows.values())


def test_kept_settings_stand_beside_and_can_be_gone_back_to(tuner):
    """Each is a column; the settings in force are the last; a name is a name, whatever is in it."""
    tuner.threshold = 0.7
    assert EVIL == tuner.keep(EVIL)
    tuner.threshold = 0.6
    tuner.silence_duration_ms = 200
    kept = f"{EVIL} · OpenAI Realtime 0.7/300/500"
    assert ["this setting: 0.6/300/200", kept, "in force: 0.5/300/500"] == tuner.answer["columns"]
    row = found(tuner)["endpoint delay, mean (EP90), elicited speech"]["cells"]
    assert 3 == len(set(row))
    tuner.recall(EVIL)
    assert (0.7, 500) == (tuner.threshold, tuner.silence_duration_ms)
    assert row[1] == found(tuner)["endpoint delay, mean (EP90), elicited speech"]["cells"][0]
    tuner.drop(EVIL)
    assert 2 == len(tuner.answer["columns"])
    ask(tuner, do="recall", name=EVIL)
    assert "is not kept" in tuner.says["text"]


def test_a_kept_name_is_never_another_settings(tuner):
    """The second `quick` is `quick 2`, and the page says so; the same setting once more is no second one."""
    tuner.silence_duration_ms = 192
    assert "quick" == tuner.keep("quick") == tuner.keep(" quick ")
    assert "" == tuner.says["text"]
    tuner.silence_duration_ms = 96
    assert "quick 2" == tuner.keep("quick") == tuner.keep("quick")
    assert "kept as quick 2" in tuner.says["text"]
    assert "OpenAI Realtime 0.5/300/96" == Kept().add("", tuner.trial)
    assert ["quick", "quick 2"] == tuner.kept
    tuner.recall("quick")
    assert 192 == tuner.silence_duration_ms


def test_no_more_are_kept_than_the_table_can_show(tuner):
    """Those that are kept stay."""
    for n in range(MOST):
        tuner.silence_duration_ms = 96 + 32 * n
        tuner.keep()
    tuner.silence_duration_ms = 640
    with pytest.raises(SettingsError, match="drop one first"):
        tuner.keep("one more")
    assert MOST == len(tuner.kept)


def test_a_cell_that_rests_on_something_else_says_on_what(tuner):
    """A high threshold hears fewer words, whose delay stands beside that of all; xAI's starts have no model."""
    tuner.keep("defaults")
    tuner.threshold = 0.95
    row = found(tuner)["onset delay, median (p90): words"]
    assert ("112 ms (320 ms)", "68 words") == (row["cells"][0], row["n"])
    assert "56 ms (228 ms); rests on 73 words, 73 clusters" == row["cells"][1] == row["cells"][2]
    tuner.provider = "xai"
    row = found(tuner)["onset delay, median (p90): words"]
    assert ("not known", "as its cells say", "") == (row["cells"][0], row["n"], row["clusters"])
    assert "56 ms (228 ms); rests on 73 words, 73 clusters" == row["cells"][1]


def test_the_key_figures_are_those_of_the_table(tuner):
    """Turns, delay, coughs and words: under this setting and in force, cell by cell."""
    tuner.silence_duration_ms = 96
    key = tuner.answer["key"]
    assert [tuner.answer["columns"][0], tuner.answer["columns"][-1]] == key["columns"]
    assert ["turns cut off", "endpoint delay", "starts missed: words", "false starts: coughs"] == [
        next(begun for begun in numbers.KEY if name.startswith(begun)) for name, *_ in key["rows"]
    ]
    for name, now, in_force in key["rows"]:
        cells = found(tuner)[name]["cells"]
        assert (now, in_force) == (cells[0], cells[-1])
    assert key["rows"][1][1] != key["rows"][1][2]


def test_all_that_the_provider_takes_can_be_set(tuner):
    """Past the end of its slider, too; the figures say where they end."""
    tuner.provider = "xai"
    tuner.silence_duration_ms = 4_000
    assert any("those of 3008 ms" in line for line in tuner.answer["status"])
    assert 4_000 == json.loads(tuner.export()[0].read_text())["session"]["turn_detection"]["silence_duration_ms"]
    with pytest.raises(SettingsError, match=r"10001 is outside 0\.\.10000 ms"):
        tuner.silence_duration_ms = 10_001
    tuner.silence_duration_ms = 3_000
    assert not any("those of" in line for line in tuner.answer["status"])


def test_a_second_export_says_what_it_replaced(tuner, tmp_path):
    """As typed, and whole for whoever looks for it."""
    ask(tuner, do="export")
    assert tuner.says["text"].startswith("written: ")
    tuner.silence_duration_ms = 640
    ask(tuner, do="export")
    assert tuner.says["text"].startswith("replaced: ")
    assert str((tmp_path / "configs" / "openai.json").resolve()) in tuner.says["where"].splitlines()


def test_steps_are_taken_back_and_again(tuner):
    """As far as the sliders were let go, also across providers."""
    start = tuner.setting
    ask(tuner, do="step", setting=start.values | {"threshold": 0.6})
    tuner.threshold = 0.6
    ask(tuner, do="step", setting=start.values | {"threshold": 0.7})
    tuner.threshold = 0.7
    tuner.provider = "xai"
    assert (0.85, True, False) == (tuner.threshold, tuner.can["undo"], tuner.can["redo"])
    tuner.undo()
    assert ("openai", 0.7) == (tuner.provider, tuner.threshold)
    tuner.undo()
    assert 0.6 == tuner.threshold
    tuner.redo()
    tuner.redo()
    assert ("xai", 0.85) == (tuner.provider, tuner.threshold)
    for _ in range(9):
        tuner.undo()
    assert start == tuner.setting
    assert not tuner.can["undo"]


def test_the_curve_is_that_of_the_setting_and_the_front_lies_behind(tuner):
    """The same shapes as the figure of the docs, at this setting's own thresholds."""
    tuner.threshold, tuner.silence_duration_ms = 0.5, 96
    chart, ceiling = tuner.answer["charts"]
    drawn = frontier_chart(tuner.tuned, tuner.tuned.evidence.figures(0.5, 96))
    dots = {s["colour"]: s for s in chart["shapes"] if s["is"] == "Points" and not s["words"]}
    lines = [s for s in drawn.shapes if getattr(s, "dots", False)]
    assert len(lines) == len(dots) > 0
    for line in lines:  # the curve steps from dot to dot
        assert np.allclose(line.x, dots[line.colour]["x"], atol=0.01)
        assert np.allclose(line.y, dots[line.colour]["y"], atol=0.01)
    assert any(s["is"] == "Line" and s["faint"] for s in chart["shapes"])
    assert any(s["is"] == "Line" and s["dashed"] for s in chart["shapes"])
    for each in (chart, ceiling):
        assert any(s["is"] == "Points" and s["words"] == "this setting" for s in each["shapes"])


def test_the_map_is_sent_once_and_a_setting_says_how_it_stands_in_it(tuner):
    """Python decides, also between the settings of the sweep; the page moves a mark."""
    sent = tuner.plane
    tuner.threshold, tuner.silence_duration_ms = 0.53, 300
    assert tuner.answer["stands"].startswith("bounded: ")
    tuner.silence_duration_ms = 361  # the longest hold is 360 ms
    assert "not answerable: a" == tuner.answer["stands"]
    assert sent is tuner.plane
    words = [s["words"] for s in sent["shapes"] if s["is"] == "Bars"]
    assert "a   longer than the longest hold on record, 360 ms: nothing can be cut off there" in words
    tuner.provider = "xai"
    assert any("no model of what starts it" in s["words"] for s in tuner.plane["shapes"] if s["is"] == "Bars")
    tuner.provider = "livekit"
    assert "not answerable" == tuner.answerable.at(0.5, 200).standing
    assert "weighed by Silero's gate" in tuner.answerable.at(0.5, 200).text


def test_a_dot_is_hollow_where_too_few_callers_stand_behind_it(tuner):
    """All 27 turns are of one group: every dot of the curve is."""
    dots = [s for s in tuner.answer["charts"][0]["shapes"] if s["is"] == "Points" and not s["words"]]
    assert [False] * 2 == [s["filled"] for s in dots]


def test_another_clip_is_sent_whole_and_the_numbers_stay(tuner):
    """Scores as they are, the labels, the turns that can be cut off."""
    rows, number = tuner.answer["rows"], tuner.picture["number"]
    clip = next(r for r in tuner.scales.tried.recordings if r.kind == "turn" and r.holds and r.clip not in tuner.shown)
    tuner.shown = f"scores of {clip.clip}"
    sent = tuner.picture
    assert number < sent["number"]
    assert [[clip.turn.start, clip.turn.end]] == sent["turns"]
    values = np.frombuffer(sent["scores"]["values"], "<f4" if sent["scores"]["single"] else "<f8")
    assert np.array_equal(clip.scores.values, values[: len(clip.scores)].astype(np.float64))
    assert rows == tuner.answer["rows"]


def test_sessions_are_scored_beside_and_listed_by_what_goes_wrong(tried, folder, tmp_path, monkeypatch):
    """With progress; the shown one gets its score, and the list its order."""
    monkeypatch.setenv("BARGEIN_CACHE", str(tmp_path / "cache"))
    tuner = Tuner(folder, tables=tried)
    assert "session openai-01-interruption" == tuner.shown
    assert tuner.picture["scores"] is None
    assert "not computed yet" in tuner.picture["note"]
    ask(tuner, do="score")
    tuner.scoring.wait()
    assert (3, 3, False) == (tuner.progress["done"], tuner.progress["all"], tuner.progress["running"])
    assert tuner.picture["scores"] is not None
    order = {name: text for name, _, text in tuner.order}
    counted = {s.name: s for s in tuner.standings.standings(tuner.setting, tuner.scales.curve(tuner.rule))}
    ranks = [(bool(s.labels), s.failed) for s in (counted[name] for name, _, _ in tuner.order)]
    assert sorted(ranks, reverse=True) == ranks  # sessions and clips in one order
    kinds = [name.split()[0] for name, _, _ in tuner.order]
    assert kinds != sorted(kinds, reverse=True)
    assert tuner.order[0][0] == f"session {EVIL}"
    assert "false starts" in order[f"session {EVIL}"]
    assert set(order) == set(tuner.names)
    tuner.provider = "xai"
    assert not any("start" in text or "missed" in text for _, _, text in tuner.order)  # no model of what starts it


def test_scoring_can_be_stopped_and_goes_on(tried, tmp_path, monkeypatch):
    """In the middle of a session; what was begun is not kept, what is done stays done."""
    monkeypatch.setenv("BARGEIN_CACHE", str(tmp_path / "cache"))
    tuner = Tuner(SESSIONS, tables=tried)
    seen = []
    tuner.observe(lambda change: (seen.append(change["new"]), len(seen) == 8 and tuner.scoring.stop()), "progress")
    ask(tuner, do="score")
    tuner.scoring.wait()
    assert not tuner.progress["running"]
    assert 0 < tuner.progress["done"] < tuner.progress["all"]
    assert "stopped" in tuner.progress["said"]
    assert any(text == "not scored" for _, _, text in tuner.order)
    tuner.unobserve_all("progress")
    begun = time.monotonic()
    ask(tuner, do="score")
    ask(tuner, do="stop")
    tuner.scoring.wait()
    assert time.monotonic() - begun < 5


def test_going_on_while_it_stops_is_not_lost(tried, folder, tmp_path, monkeypatch):
    """Whoever stops it and asks again at once, before it has ended, gets all of it."""
    monkeypatch.setenv("BARGEIN_CACHE", str(tmp_path / "cache"))
    tuner = Tuner(folder, tables=tried)
    for what in ("score", "stop", "score"):
        ask(tuner, do=what)
    tuner.scoring.wait()
    assert 3 == tuner.progress["done"]


def test_what_cannot_be_scored_says_why(tried, folder):
    """A track that is no sound: a note, not a blank picture."""
    (folder / "openai-01-interruption" / "user.flac").write_bytes(b"no sound")
    tuner = Tuner(load(folder / "openai-01-interruption"), tables=tried)
    ask(tuner, do="score")
    tuner.scoring.wait()
    assert "no speech score" in tuner.picture["note"]
    assert "its sound is not shown" in tuner.picture["note"]


def test_the_button_writes_what_the_sliders_say(tuner, tmp_path):
    """In the provider's own shape, with what it rests on beside it."""
    tuner.threshold, tuner.silence_duration_ms = 0.65, 640
    ask(tuner, do="export")
    update = json.loads((tmp_path / "configs" / "openai.json").read_text())
    sent = from_wire(update["session"]["audio"]["input"]["turn_detection"])
    assert (0.65, 300, 640) == (sent.threshold, sent.prefix_padding_ms, sent.silence_duration_ms)
    beside = json.loads((tmp_path / "configs" / "openai.evidence.json").read_text())
    assert beside["status"].startswith("uncalibrated")
    assert "by hand" == beside["chosen"]
    assert "openai.json" in tuner.says["text"]
    assert tuner.says["good"]


@pytest.mark.parametrize("name", TARGETS)
def test_every_provider_gets_a_file_that_reads_back(tuner, name):
    """All that can be set there and nothing else; but for OpenAI a candidate to try, and the file says so."""
    tuner.provider = name
    (file, beside) = tuner.export()
    expected = {n: v for n, v in tuner.setting.values.items() if n in TARGETS[name].names and v is not None}
    assert expected.items() <= verified(file)[1].items()
    status = json.loads(beside.read_text("utf-8"))["status"]
    assert status.startswith("uncalibrated" if name == "openai" else "candidate to try")
    assert status in tuner.answer["status"]


def test_an_exit_threshold_and_least_speech_go_where_they_can(tuner):
    """LiveKit takes both, in its own names and seconds."""
    tuner.provider = "livekit"
    tuner.exit_threshold, tuner.min_speech_ms = 0.2, 96
    assert Rule(0.5, 0.2, 250, 500, 96) == tuner.rule
    content = json.loads(tuner.export()[0].read_text("utf-8"))
    assert 0.2 == content["vad"]["deactivation_threshold"]
    assert 0.096 == content["turn_handling"]["interruption"]["min_duration"]


def test_what_cannot_be_written_is_said(tuner, tmp_path):
    """A file in the way of a folder: no traceback in the middle of a notebook, no half-written file."""
    (tmp_path / "configs").write_text("in the way")
    assert () == tuner.export()
    assert "not written" in tuner.says["text"]
    assert not tuner.says["good"]
    assert ["configs"] == [p.name for p in tmp_path.iterdir()]


def test_a_moved_slider_takes_the_old_message_away(tuner):
    """What was written is no longer what is shown."""
    tuner.export()
    tuner.threshold = 0.7
    assert "" == tuner.says["text"]


@pytest.mark.parametrize("asked", [{}, {"do": "format"}, {"do": "step"}, {"do": "window", "start": "x"}, "text", None])
def test_what_the_page_asks_wrongly_is_said(tuner, asked):
    """Input like any other."""
    tuner._receive(tuner, asked, [])
    assert "not understood" in tuner.says["text"]


def test_where_there_are_no_widgets_there_is_a_page(tuner):
    """The curve as a picture, and the numbers; names stay text."""
    tuner.keep("<b>x</b>")
    shown = tuner._repr_mimebundle_()[0]
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "data:image/png;base64" in shown["text/html"]
    assert "holds cut off" in shown["text/html"]
    assert "<b>x</b>" not in shown["text/html"]
    assert "<Tuner openai: 0.5/300/500>" == repr(tuner) == shown["text/plain"]


def test_a_page_saved_as_html_is_not_blank(tuner):
    """The notebook's own converter, without a kernel and without the state of widgets."""
    shown, metadata = tuner._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", shown, metadata=metadata)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("tuner", outputs=[output])])
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert "data:image/png;base64" in page
    assert "holds cut off, elicited speech" in page


def test_an_hour_is_under_two_megabytes(tuner):
    """All that is sent of a session of 60 minutes but its outline."""
    from bargein.plot.onpage import packed
    from bargein.vad.scores import Scores

    values = np.random.default_rng(3).random(112_500).astype(np.float32).astype(np.float64)
    assert 450_000 == len(packed(Scores(values, 512, 16_000, 57_600_000, "demo"))["values"])


def test_the_page_knows_every_question_and_sets_no_markup():
    """Nothing is fetched, nothing from data becomes HTML."""
    script = Tuner._esm
    assert (files("bargein.widgets") / "tuner.css").is_file()
    for question in DOES:
        assert f'do: "{question}"' in script or f'does: "{question}"' in script
    for never in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "import ", "fetch("):
        assert never not in script
    assert 1 == script.count("http")  # the name space of SVG, which nothing is loaded from


def test_columns_that_are_not_known_say_so(tried):
    """XAI documents no end silence: what is in force is not known."""
    tuner = Tuner(tables=tried, provider="xai")
    assert "in force: 0.85/333/-" == tuner.answer["columns"][-1]
    assert {"not known"} == {row["cells"][-1] for row in tuner.answer["rows"]}
    assert numbers.standing("xai") in tuner.answer["status"]
