"""Rules 9 to 12, each by what it must tell apart: the borders of its definition, and the evidence it asks for."""

from __future__ import annotations

import shutil

import pytest

from bargein.audio.places import data_dir
from bargein.corpus import Case
from bargein.doctor import RULES, diagnose
from bargein.formats.wirelog import import_log
from bargein.session import Label, load
from doctor.faulty import composed, says
from doctor.handwritten import (
    ASKS,
    CUTS,
    ITEM_A,
    A,
    answered,
    asked,
    clock,
    cut_off,
    deaf,
    false_stop,
    silenced,
    speaking,
)
from doctor.pen import VAD, Hand
from wirelogs import noise, wav


def embedded(id, rule, folder=None):
    """What a rule says of a session that comes along; with a folder, of a copy that nobody labelled."""
    source = data_dir() / "sessions" / id
    if folder is not None:
        source = shutil.copytree(source, folder / id, ignore=shutil.ignore_patterns("labels.jsonl"))
    return diagnose(Case(load(source)), [RULES[rule]])


# ---- 9 false-stop


@pytest.mark.parametrize(("id", "what"), [
    ("openai-03-backchannel", "a listener's word"), ("openai-04-cough", "a cough"), ("grok-08-noise", "noise"),
    ("openai-06-echo", None), ("openai-01-interruption", None), ("grok-07-cough", None), ("grok-09-echo", None),
])  # fmt: skip
def test_labels_say_what_stopped_the_agent(id, what):
    """An echo is another rule's, an interruption nobody's; a cough that stopped nothing is none."""
    found = [f.says for f in embedded(id, "false-stop").findings]
    assert ([] if what is None else [True]) == [what in text for text in found]


def test_without_labels_the_transcript_says_it(tmp_path):
    """Grok made no words of the noise; of the thanks that stand for a backchannel it made words like any other."""
    (found,) = embedded("grok-08-noise", "false-stop", tmp_path).findings
    assert "without a transcript" in found.says
    assert () == embedded("grok-06-backchannel", "false-stop", tmp_path).findings


def test_an_empty_transcript_has_no_words(tmp_path):
    """It is not called a listener's word."""
    log = false_stop(faulty=True)
    for line in log.of("conversation.item.input_audio_transcription.completed"):
        line["transcript"] = " ... "
    (found,) = says("false-stop", Case(log.bring(tmp_path / "s"))).findings
    assert "without words" in found.says


def test_neither_labels_nor_transcripts(tmp_path):
    """Then the rule says that it cannot know."""
    found = embedded("openai-04-cough", "false-stop", tmp_path)
    assert ((), 1) == (found.findings, len(found.unchecked))


@pytest.mark.parametrize(("text", "found"), [
    ("Mm-hm.", 1), ("Okay, yeah.", 1), ("", 1), ("Okay, stop.", 0), ("No.", 0), ("Стоп", 0),
])  # fmt: skip
def test_what_a_listener_says(text, found, say):
    """Only words that take no floor, in any spelling; one word of another kind and it is an interruption."""
    log = false_stop(faulty=True)
    for line in log.of("conversation.item.input_audio_transcription.completed"):
        line["transcript"] = text
    assert found == len(say("false-stop", log)[0])


@pytest.mark.parametrize(("speech", "found"), [
    ((900, 3_400), 1),  # the question: long over
    ((3_100, 3_500), 1),  # its end: the provider had reported it over at 3,625 ms
    ((4_500, 4_900), 0),  # what the report at 5,000 ms may be of
    ((900, 5_600), 0),  # sounding at the cut
    ((5_700, 6_500), 1),  # said into the silence afterwards
])  # fmt: skip
def test_what_was_said_before_stopped_nothing(speech, found, say):
    """Of labelled speech only what this report can be of takes the floor; else the transcript tells."""
    log = false_stop(faulty=True)
    log.labels = [Label("speech", *speech)]
    assert (found, []) == (len((said := say("false-stop", log))[0]), said[1])


# ---- 10 deaf


@pytest.mark.parametrize(("reported", "found"), [(7_500, []), (7_501, [(2_001, "error")])])
def test_grok_may_take_two_seconds(reported, found, say):
    """From the labelled onset at 5,500 ms; OpenAI one."""
    log = silenced(speaking(asked("xai"), until=6_400), reported + 4)
    log.speaks(reported, CUTS, 0)
    log.labels = [Label("interruption", 5_500, 9_000)]
    assert (found, []) == say("deaf", log.goes_on(12_000))


def test_a_detector_that_is_open_can_report_nothing(say):
    """The user had been reported before, and no silence since."""
    log = deaf(faulty=True)
    log.s(5_450, "input_audio_buffer.speech_started", item_id="early", audio_start_ms=5_400)
    assert ([], []) == say("deaf", log)


def test_over_a_silent_agent_nobody_is_deaf(say):
    """The rule is about speech over the agent."""
    log = deaf(faulty=True)
    log.client.clear()
    log.plays(4_195, A, ITEM_A, 400)
    assert ([], []) == say("deaf", log)


@pytest.mark.parametrize(("spoil", "because"), [
    (lambda log: log.client.clear(), "nothing tells what was heard"),
    (lambda log: log.labels.clear(), "when the user spoke is not known"),
])  # fmt: skip
def test_what_deafness_needs(spoil, because, say):
    """What was heard, and when somebody spoke."""
    log = deaf(faulty=True)
    spoil(log)
    assert because in say("deaf", log)[1][0]


def test_without_labels_a_local_detector_hears_the_user(tmp_path):
    """The same onset as the label's, to a few frames; the twin's user was reported."""
    labelled, twin = composed("deaf")
    (expected,) = says("deaf", labelled).findings
    bare = [shutil.copytree(case.session.folder, tmp_path / case.session.id,
                            ignore=shutil.ignore_patterns("labels.jsonl")) for case in (labelled, twin)]  # fmt: skip
    (found,), nothing = (says("deaf", Case(load(folder))).findings for folder in bare)
    assert () == nothing
    assert 200 > abs(expected.at - found.at)


def test_without_labels_an_echo_is_no_user(tmp_path):
    """The microphone holds the agent, and no provider took it for anybody."""
    assert () == embedded("openai-07-echo-unheeded", "deaf", tmp_path).findings


# ---- 11 cut-off


@pytest.mark.parametrize(("reported", "found"), [(4_867, []), (4_866, [(1_499, "warning")])])
def test_openais_times_tell_the_pause(reported, found, say):
    """Reported gap + end silence on its grid (224) + prefix (300) is the pause: under 1,500 ms it is a cut-off."""
    log = cut_off(faulty=True)
    for line in log.of("input_audio_buffer.speech_started"):
        line["audio_start_ms"] = reported - 499 if line["item_id"] == CUTS else line["audio_start_ms"]
    assert (found, []) == say("cut-off", log)


def test_other_dialects_bound_it(say):
    """The beta's reports do not fit the rule of GA: the gap is what is reported, and the pause at least the silence."""
    log = Hand(beta=True).opening({**VAD, "silence_duration_ms": 200})
    log.speaks(1_450, ASKS, 928)
    log.falls_silent(3_625, ASKS, 3_392)
    log.speaks(4_000, CUTS, 3_488)
    assert ([(96, "warning")], []) == say("cut-off", log.goes_on(6_000))


def test_a_turn_that_is_over_is_no_pause(say):
    """By its label; the same words without the turn's end are a cut-off."""
    for complete, found in (("yes", []), ("no", [(480, "warning")])):
        log = cut_off(faulty=True)
        log.labels = [Label("speech", 1_400, 3_300), Label("turn", 1_400, 3_300, complete=complete),
                      Label("speech", 3_780, 7_000)]  # fmt: skip
        assert (found, []) == say("cut-off", log)


def test_noise_after_a_turn_is_no_resumption(say):
    """Somebody was reported, and by the labels nobody went on."""
    log = cut_off(faulty=True)
    log.labels = [Label("speech", 1_400, 3_300), Label("noise", 3_780, 4_500)]
    assert ([], []) == say("cut-off", log)


def test_without_a_known_end_silence_nothing_is_claimed(say):
    """Semantic detection waits as long as it likes."""
    log = cut_off(faulty=True)
    for name in ("session.created", "session.update"):
        for line in log.of(name):
            line["session"]["audio"]["input"]["turn_detection"] = {"type": "semantic_vad", "eagerness": "auto"}
    found, why = say("cut-off", log)
    assert ([], 1) == (found, len(why))


@pytest.mark.parametrize("id", ["openai-08-pause-cut-off", "grok-10-pause-cut-off"])
def test_a_local_detector_stands_in_for_labels(id, tmp_path):
    """On the microphone's own sound, to a sixth of a second; an echo in it is nobody's resumption."""
    labelled, detected = (embedded(id, "cut-off", at).findings for at in (None, tmp_path))
    assert 150 > abs(labelled[0].value - detected[0].value)
    assert () == embedded("openai-06-echo", "cut-off", tmp_path).findings


# ---- 12 clock


def test_a_burst_is_no_drift(tmp_path):
    """Three seconds in 58 ms: 2,842 ms ahead of time, which no clock runs."""
    (found,) = diagnose(Case(clock(faulty=True).bring(tmp_path / "s")), [RULES["clock"]]).findings
    assert (2_842, True) == (found.value, "ahead of time" in found.says)


def test_a_gap_is_no_drift(say):
    """A microphone that is muted for 300 ms, once in half a minute, has a clock like any other."""
    log = answered(speaking(asked(), until=4_600))
    log.microphone(0, [noise(100, n) for n in range(150)])
    log.microphone(15_300, [noise(100, n) for n in range(150)])
    assert ([], []) == say("clock", log)


@pytest.mark.parametrize(("every", "found"), [(100, []), (99, [(300, "warning")]), (101, [(-300, "warning")])])
def test_a_clock_that_drifts(every, found, say):
    """A hundredth, over half a minute: 300 ms, either way."""
    log = answered(speaking(asked(), until=4_600))
    log.microphone(0, [noise(100, n) for n in range(301)], every=every)
    assert (found, []) == say("clock", log)


@pytest.mark.parametrize("rule", ["clock", "rate-mismatch"])
def test_a_microphone_that_was_kept_apart(rule, tmp_path):
    """Its file has a rate of its own, and that is neither a burst nor a mismatch."""
    log = answered(speaking(asked(), until=4_600))
    log.microphone(0, [noise(100, n) for n in range(60)])
    log.lines.sort(key=lambda line: line["t"])
    apart = wav(tmp_path / "mic.wav", noise(6_000, 1, 8_000), 8_000)
    session = import_log(log.write(tmp_path / "call.jsonl"), tmp_path / "call", provider="openai", user=apart).session
    said = diagnose(Case(session), [RULES[rule]])
    assert ((), ()) == (said.findings, said.unchecked)


def test_sound_that_was_heard_before_it_arrived(say):
    """By 205 ms: the player has another clock than the log."""
    log = answered(speaking(asked(), until=4_600))
    for line in log.client:
        line["t"] -= 205
    assert ([(205, "warning")], []) == say("clock", log)


def test_an_answer_that_arrives_at_once(say):
    """Six seconds in one millisecond are no arrival; at eight times real time they are."""
    for step, found in ((0, [(6_000, "warning")]), (50, [])):
        log = asked()
        for n in range(15):
            log.generates(4_195 + step * n, A, ITEM_A, 400)
        assert (found, []) == say("clock", log.goes_on(12_000))


def test_times_that_the_sound_itself_gave(tmp_path):
    """A log without any is dated by the audio that was sent: it agrees with that by making."""
    log = answered(speaking(asked()))
    log.microphone(0, [noise(100, n) for n in range(130)])
    log.lines.sort(key=lambda line: line["t"])
    path = log.without_times().write(tmp_path / "call.jsonl")
    session = import_log(path, tmp_path / "call", provider="openai").session
    assert "appends" == session.info.clock
    assert "derived from the audio" in diagnose(Case(session), [RULES["clock"]]).unchecked[0].because
