"""Rules 1 to 8 on records drawn by hand, so that the number of every finding can be told: see :mod:`doctor.drawn`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pytest
import soundfile

from bargein.compose.clips import Prompts
from bargein.corpus.index import Case
from bargein.doctor import RULES, diagnose
from bargein.doctor.rules.echo_trigger import DOUBLE_TALK, FEW
from bargein.formats.wirelog import import_log
from bargein.metrics.echo import RULES as ATTRIBUTIONS
from bargein.session import Change, Label, load
from bargein.settings import ManualTurns
from doctor.drawn import (
    INTERRUPTS,
    RATE,
    STAYS,
    Drawn,
    answered,
    asked,
    error,
    interrupted,
    no_truncate,
    tail,
    truncated,
    untold,
)
from doctor.handwritten import stuck
from doctor.pen import hush
from wirelogs import GA_SESSION, WireLog

FIRST_EIGHT = [name for name, rule in RULES.items() if rule.number <= 8]
NOT_ACTIVE = error("response_cancel_not_active", "Cancellation failed: no active response found")
CONFLICT = error("conversation_already_has_active_response", "Conversation already has an active response: A")
SHORTER = error("invalid_value", "Audio content of 2000ms is already shorter than 4005ms")
NOBODY = ((900, 2_000),)

#: Rule, record, (severity, at, value) of each finding, and words that must stand in the first.
FOUND: list[tuple[str, Callable[[], Drawn], list[tuple[str, int, float | None]], str]] = [
    ("stale-audio", lambda: interrupted().delta(4_020, "A", 2_000).plays(4_020, "A", 2_000, 500),
     [("error", 4_000, 500)], "1 delta (500 ms of audio) of A arrived after its interruption; 500 ms of it were"),
    ("stale-audio", lambda: interrupted().delta(4_020, "A", 2_000), [("note", 4_000, 0)], "none of it was played"),
    ("stale-audio", lambda: interrupted(client=None).delta(4_020, "A", 2_000).delta(4_030, "A", 2_500),
     [("warning", 4_000, 1_000)], "whether it was played is not recorded"),
    ("drain-leak", lambda: asked().turn(4_000, 5_100, "u2").done(4_010, "A", "turn_detected")
     .plays(2_400, "A", 0, 2_000).created(5_110, "B"), [("error", 4_000, 400)], "A was heard for 400 ms after"),
    ("drain-leak", lambda: tail().plays(2_400, "A", 0, 2_000), [("error", 4_000, 400)], "client's queue"),
    ("no-server-cancel", lambda: untold(1_000), [("warning", 4_000, 1_000)], "told not to stop by itself"),
    ("truncate", no_truncate, [("warning", 4_000, 400)], "400 ms that nobody heard stay in the conversation"),
    ("truncate", lambda: no_truncate(client=None), [("warning", 4_000, None)], "the provider cannot know"),
    ("truncate", lambda: truncated(4_005), [("error", 4_005, 2_005)], "2,005 ms beyond the 2,000 ms received"),
    ("truncate", lambda: truncated(4_005).says(4_050, "error", **SHORTER), [("error", 4_050, 2_005)], "refused"),
    ("truncate", lambda: truncated(1_900), [("warning", 4_005, 300)], "1,600 ms of it had been heard: off by +300 ms"),
    ("truncate", lambda: truncated(0, client=None), [("note", 4_005, 0)], "keeps nothing"),
    ("truncate", lambda: truncated(1_600, 5_200), [("warning", 5_200, 1_200)], "1,200 ms after the interruption"),
    ("cancel-race", lambda: interrupted().tells(4_012, "response.cancel").says(4_070, "error", **NOT_ACTIVE),
     [("warning", 4_070, 2)], "A had ended 2 ms before, stopped by the server itself"),
    ("cancel-race", lambda: interrupted().tells(4_007, "response.cancel").says(4_070, "error", **NOT_ACTIVE),
     [("warning", 4_070, -3)], "A ended 3 ms after it had been sent, stopped by the server itself"),
    ("cancel-race", lambda: interrupted().tells(4_008, "response.create").says(4_009, "error", **CONFLICT),
     [("warning", 4_009, 1)], "the client asked for a response while A was running, for 1 ms more"),
    ("cancel-race", lambda: untold(1_000).says(4_040, "error", **CONFLICT), [("warning", 4_040, 60)], "automatic"),
    ("cancel-race", lambda: interrupted().without("response.done", after=5_000).tells(5_105, "response.cancel")
     .done(5_400, "B", "client_cancelled"), [("error", 5_400, 295)], "a cancel hit B, which was not meant: created"),
    ("stuck-after-barge-in", lambda: asked(length_ms=16_000).turn(4_000, 5_100, "u2").done(4_010, "A", "turn_detected")
     .plays(2_400, "A", 0, 2_000, until=4_000), [("error", 5_100, 10_900)], "no audio arrived: the provider is stuck"),
    ("stuck-after-barge-in", lambda: asked(length_ms=16_000).turn(4_000, 5_100, "u2").done(4_010, "A", "turn_detected")
     .plays(2_400, "A", 0, 2_000, until=4_000).created(5_110, "B").delta(5_600, "B", 0).done(5_700, "B"),
     [("error", 5_100, 10_900)], "500 ms of audio arrived and was not played: the client is mute"),
    ("stuck-after-barge-in", lambda: asked(length_ms=16_000, client=None).turn(4_000, 5_100, "u2")
     .done(4_010, "A", "turn_detected").turn(9_000, 9_500, "u3"), [("error", 5_100, 10_400)], "heard for 10,400 ms"),
    # one silence is one finding, however often the user speaks into it
    ("stuck-after-barge-in", lambda: asked(length_ms=20_000).turn(4_000, 5_100, "u2").done(4_010, "A", "turn_detected")
     .plays(2_400, "A", 0, 2_000, until=4_000).created(5_110, "B").turn(6_000, 6_500, "u3"),
     [("error", 5_100, 14_400)], "the provider is stuck"),
    ("phantom-interruption", lambda: interrupted(mic=NOBODY, length_ms=9_000), [("error", 4_000, 2_000)],
     "speech was reported and stopped A, after 2,000 ms of silence in the microphone"),
    ("phantom-interruption", lambda: tail(mic=NOBODY), [("warning", 4_000, 2_000)], "after 2,000 ms of silence"),
    ("phantom-interruption", lambda: truncated(1_600).tells(7_000, "conversation.item.truncate", item_id="b",
                                                            content_index=0, audio_end_ms=100),
     [("warning", 7_000, 900)], "b was truncated 900 ms after it had been heard to its end"),
]  # fmt: skip

#: Rule and a record in which something like its fault happens, and is none.
SILENT: list[tuple[str, Callable[[], Drawn]]] = [
    *((name, interrupted) for name in FIRST_EIGHT if name != "echo-trigger"),
    # late audio of a response that nobody interrupted: a tail that ends by itself
    ("stale-audio", lambda: asked().plays(2_400, "A", 0, 2_500).turn(4_000, 4_100, "u2").delta(4_020, "A", 2_000)),
    # a player that holds and goes on where it stopped has cut nothing
    ("stale-audio", lambda: asked().plays(2_400, "A", 0, 500, until=2_700).delta(4_020, "A", 2_000)
     .plays(3_000, "A", 300, 2_200)),
    # 250 ms are within what a scheduling player needs
    ("drain-leak", lambda: asked().turn(4_000, 5_100, "u2").done(4_010, "A", "turn_detected")
     .plays(2_400, "A", 0, 2_000, until=4_250).created(5_110, "B")),
    # nobody was answered: the report was of no interruption
    ("drain-leak", lambda: asked().done(3_700, "A").turn(4_000, 4_100, "u2").plays(2_400, "A", 0, 2_000)
     .turn(8_000, 9_000, "u3").created(9_010, "B")),
    ("no-server-cancel", lambda: untold(1_000, cancels=True)),
    ("no-server-cancel", lambda: untold(500)),
    # xAI cannot be told, and drops the item itself
    ("truncate", lambda: no_truncate(provider="xai")),
    # all of it had been heard
    ("truncate", lambda: tail().plays(1_900, "A", 0, 2_000)),
    ("cancel-race", lambda: untold(1_000, cancels=True)),
    # the session ends before an answer is overdue
    ("stuck-after-barge-in", lambda: asked().turn(4_000, 5_100, "u2").done(4_010, "A", "turn_detected")
     .plays(2_400, "A", 0, 2_000, until=4_000)),
    # an answer is heard, though no end of speech was reported
    ("stuck-after-barge-in", lambda: answered(replace(hangs(), length_ms=14_000))),
    # a tool is at work
    ("stuck-after-barge-in", lambda: asked(length_ms=16_000).turn(4_000, 5_100, "u2").done(4_010, "A", "turn_detected")
     .plays(2_400, "A", 0, 2_000, until=4_000).says(5_600, "response.function_call_arguments.done")),
    # nothing was interrupted: the user is silent after a question nobody answered
    ("stuck-after-barge-in", lambda: Drawn(length_ms=16_000).tells(10, "session.update", session={})
     .turn(1_000, 2_000, "u1").created(2_010, "A").delta(2_400, "A", 0).done(2_500, "A").plays(2_400, "A", 0, 500)
     .turn(4_000, 5_000, "u2")),
    # a sound 1.9 s before the report can be what it reports
    ("phantom-interruption", lambda: interrupted(mic=((900, 2_110),))),
    # on another clock the sound begins just after the report
    ("phantom-interruption", lambda: interrupted(mic=((900, 2_000), (4_100, 5_000)))),
    # no answer was due: the provider does not answer by itself, and nobody asked it to
    ("stuck-after-barge-in", lambda: asked(length_ms=16_000, settings=replace(INTERRUPTS, create_response=False))
     .turn(4_000, 5_100, "u2").done(4_010, "A", "turn_detected").plays(2_400, "A", 0, 2_000, until=4_000)),
    # push to talk: the client says when somebody speaks
    ("phantom-interruption", lambda: interrupted(mic=NOBODY, settings=ManualTurns())),
    # how much sound a delta held was not logged; that it came was
    ("stuck-after-barge-in", lambda: interrupted(client=None, length_ms=16_000).soundless()),
]  # fmt: skip

#: Rule, a record that lacks its evidence, and the reason that must be given.
UNCHECKED: list[tuple[str, Callable[[], Drawn], str]] = [
    ("drain-leak", lambda: interrupted(client=None), "nothing tells what was heard"),
    ("no-server-cancel", lambda: interrupted().without("session.update", "conversation.item.truncate"),
     "no client messages"),
    ("no-server-cancel", lambda: no_truncate(client=None, settings=STAYS), "whether the client interrupted"),
    ("truncate", lambda: interrupted().without("session.update", "conversation.item.truncate"), "no client messages"),
    ("stuck-after-barge-in", lambda: interrupted(client=None).without("response.output_audio.delta"), "no agent audio"),
    ("stuck-after-barge-in", lambda: replace(hangs(), mic=None), "when the user fell silent is not known"),
    ("phantom-interruption", lambda: interrupted(mic=None), "no user track"),
    ("phantom-interruption", lambda: interrupted(mic=((0, 12_000),)), "noise lies at"),
    ("echo-trigger", lambda: interrupted(client=None), "nothing tells what was heard"),
    ("echo-trigger", lambda: interrupted(mic=None), "no user track"),
    ("echo-trigger", lambda: asked(length_ms=5_200, mic=((3_500, 5_000),)).turn(4_000, 5_100, "u2")
     .plays(2_400, "A", 0, 2_000), "too short to say which likeness is chance"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "record", "expected", "words"), FOUND, ids=lambda x: x if isinstance(x, str) else "")
def test_a_fault_is_found_with_its_number(rule, record, expected, words, tmp_path):
    """Severity, instant and number as told by hand; the lines that show it stand in the finding."""
    found = diagnose(record().case(tmp_path), [RULES[rule]]).findings
    assert expected == [(f.severity, f.at, f.value) for f in found]
    assert words in found[0].says
    assert all(f.events and f.remedy for f in found)


@pytest.mark.parametrize(("rule", "record"), SILENT)
def test_what_is_no_fault_is_not_found(rule, record, tmp_path):
    """The healthy record, and what only looks like the fault."""
    assert () == diagnose(record().case(tmp_path), [RULES[rule]]).findings


@pytest.mark.parametrize(("rule", "record", "because"), UNCHECKED)
def test_what_cannot_be_checked_is_said(rule, record, because, tmp_path):
    """Never silent for want of evidence."""
    found = diagnose(record().case(tmp_path), [RULES[rule]])
    assert [rule] == [u.rule for u in found.unchecked]
    assert because in found.unchecked[0].because


def hangs() -> Drawn:
    """A is cut at the report at 4.0 s; neither an end of speech nor anything else follows, to 16 s."""
    one = asked(length_ms=16_000).plays(2_400, "A", 0, 2_000, until=4_000).done(4_010, "A", "turn_detected")
    return one.says(4_000, "input_audio_buffer.speech_started", item_id="u2")


@pytest.mark.parametrize(("labels", "quiet"), [
    ([Label("speech", 1_000, 2_000), Label("speech", 3_500, 6_000)], [10_000]),
    ([Label("speech", 3_500, 6_000), Label("speech", 9_000, 10_000)], []),  # who asks again waits nine seconds
    ([Label("speech", 3_500, 14_000)], []),  # two seconds are no hang
])  # fmt: skip
def test_a_provider_that_hangs_before_the_end_of_speech(labels, quiet, tmp_path):
    """Where it reports no end, labels tell when the user fell silent."""
    case = hangs().case(tmp_path)
    (case.session.folder / "labels.jsonl").write_text("".join(json.dumps(asdict(x)) + "\n" for x in labels))
    said = diagnose(Case(load(case.session.folder)), [RULES["stuck-after-barge-in"]])
    assert (quiet, ()) == ([f.value for f in said.findings], said.unchecked)


@pytest.mark.parametrize("by", ["labels", "a local detector"])
def test_grok_hangs_before_it_reports_the_end(by, tmp_path):
    """The user spoke until 7,000 ms, and 29 s of pings follow; the voice alone tells it within 250 ms."""
    log = stuck(faulty=True)
    log.lines = [x for x in log.lines if x["t"] < 7_000 or x["ev"]["type"] == "ping"]
    log.goes_on(36_000)
    if by == "labels":
        log.labels = [Label("speech", 4_300, 7_000)]
    else:
        voice = Prompts().clip("it/info-about-last-call", 24_000).samples
        log.microphone(0, np.array_split(np.concatenate([hush(7_000 - len(voice) // 24), voice, hush(3_000)]), 100))
    (found,) = diagnose(Case(log.bring(tmp_path / "s")), [RULES["stuck-after-barge-in"]]).findings
    assert 250 >= abs(29_000 - found.value)
    assert f"by {by}" in found.says


def test_a_refusal_is_found_without_client_messages(tmp_path):
    """The server's own words tell how far beyond the end the truncation was; the rest is not checkable."""
    record = no_truncate().without("session.update").says(4_050, "error", **SHORTER)
    found = diagnose(record.case(tmp_path), [RULES["truncate"]])
    assert [("error", 2_005)] == [(f.severity, f.value) for f in found.findings]
    assert ["truncate"] == [u.rule for u in found.unchecked]


def test_times_by_the_audio_sent_show_no_silence(tmp_path):
    """A microphone that was sent in a burst is ahead of what the provider reports."""
    case = interrupted(mic=NOBODY).case(tmp_path)
    case.session.info = replace(case.session.info, clock="appends", clock_step_ms=100)
    said = diagnose(case, [RULES["phantom-interruption"]])
    assert () == said.findings
    assert "may have run ahead" in said.unchecked[0].because


def test_a_microphone_of_unknown_begin_shows_no_silence(tmp_path):
    """A file beside a log without appends lies where nobody knows; silence there is none at the report."""
    log = WireLog()
    log.add(0, "s2c", "session.created", session=GA_SESSION)
    log.add(6_000, "s2c", "input_audio_buffer.speech_started", item_id="u1", audio_start_ms=5_700)
    log.add(7_000, "s2c", "input_audio_buffer.speech_stopped", item_id="u1", audio_end_ms=6_700)
    soundfile.write(tmp_path / "mic.wav", np.zeros(9 * RATE, np.int16), RATE)
    made = import_log(log.write(tmp_path / "log.jsonl"), tmp_path / "in", provider="openai", user=tmp_path / "mic.wav")
    said = diagnose(Case(made.session), [RULES["phantom-interruption"]])
    assert () == said.findings
    assert "began is not known" in said.unchecked[0].because


def test_over_webrtc_no_truncation_is_missed(tmp_path):
    """There the server plays out, and knows what was heard."""
    record = no_truncate().says(4_006, "output_audio_buffer.cleared", response_id="A")
    assert () == diagnose(record.case(tmp_path), [RULES["truncate"]]).findings


def test_settings_count_from_when_they_came_into_force(tmp_path):
    """What a client owes at a cut follows from what was in force there, not from what came later."""
    case, later = untold(1_000).case(tmp_path), replace(INTERRUPTS, interrupt_response=True)
    case.session.info = replace(case.session.info, settings=(Change(0, STAYS), Change(8_000, later)))
    (found,) = diagnose(case, [RULES["no-server-cancel"]]).findings
    assert "told not to stop by itself" in found.says


def test_what_nobody_heard_tells_chance_from_echo(tmp_path):
    """A session too short to compare with itself has what was generated in vain."""
    record = asked(length_ms=5_200, mic=((3_500, 5_000),)).turn(4_000, 5_100, "u2").plays(2_400, "A", 0, 2_000)
    said = diagnose(record.delta(4_050, "A", 2_000, 8_000).case(tmp_path), [RULES["echo-trigger"]])
    assert ((), ()) == (said.findings, said.unchecked)


def test_echo_speaks_of_reasons_that_exist():
    """What is taken for a want of comparison and for double talk stands in the table of the attribution."""
    assert {FEW, DOUBLE_TALK} <= {because for _, _, because in ATTRIBUTIONS}


def test_grok_is_cut_at_its_empty_response(tmp_path):
    """There the interruption is a response.done without output, status completed; audio behind it is late."""
    record = asked(provider="xai").plays(2_400, "A", 0, 2_000, until=4_000).delta(4_020, "A", 2_000)
    record.says(4_000, "response.done", response={"id": "A", "status": "completed", "output": []})
    found = diagnose(record.turn(4_001, 5_100, "u2").case(tmp_path), [RULES["stale-audio"]]).findings
    assert [("note", 4_000, 0)] == [(f.severity, f.at, f.value) for f in found]
    assert found[0].events[0].endswith("response.done")
