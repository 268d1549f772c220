"""The same session under other settings: whose reports the gate gets, and what is not known any more.

Drawn sessions: a row of the user as the provider reported them, a row as a stand-in would have. The composed and the
recorded ones go the whole way, from the microphone's sound.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.audio import files
from bargein.audio.places import data_dir
from bargein.corpus import Run, open_corpus
from bargein.errors import NotAnswerable, SettingsError
from bargein.events import PROVIDER, Delta, Event, ResponseCreated, ResponseDone, SpeechStarted, SpeechStopped
from bargein.formats.wirelog import import_log
from bargein.gate import policy
from bargein.outcome import Link, Outcome
from bargein.providers import OPENAI, Reading, Response, read
from bargein.replay import replay
from bargein.replay.reports import Reports, replaced, reports, unasked
from bargein.session import Session, load
from bargein.session.model import Change
from bargein.settings import ManualTurns, SemanticVad, ServerVad, TurnDetection
from bargein.vad.surrogate import PRIOR, Surrogate
from score import TICK, drawn, picture, reading_of, session_of
from strategies import Conversation, conversations

SESSIONS = data_dir() / "sessions"
ASKED = ServerVad(0.6, 300, 200)


def edges(user: str) -> tuple[SpeechStarted | SpeechStopped, ...]:
    """The reports of a drawn row."""
    return tuple(e for e in drawn("", user) if isinstance(e, (SpeechStarted, SpeechStopped)))


def supposed(user: str) -> Reports:
    """The reports of a drawn row, as a stand-in's."""
    return Reports(ASKED, edges(user), "drawn")


def conversation(sent: str, user: str, *, stopped: str = "") -> tuple[Session, Reading]:
    """A drawn session; responses in ``stopped`` ended, interrupted, a tick after their last delta."""
    events: list[Event] = drawn(sent, user)
    made: dict[str, Response] = {}
    for letter in dict.fromkeys(e.response for e in events if isinstance(e, Delta)):
        mine = [e.at for e in events if isinstance(e, (Delta, ResponseCreated)) and e.response == letter]
        done = mine[-1] + TICK
        made[letter] = Response(letter, mine[0], mine[0], mine[-1], done=done, interrupted=letter in stopped)
        events.append(ResponseDone(done, letter, "cancelled" if letter in stopped else "completed"))
    events.sort(key=lambda e: e.at)
    return session_of(len(user) * TICK), replace(reading_of(events), responses=made)


def heard(name: str, sent: str, user: str, instead: str, *, stopped: str = "") -> tuple[str, dict[str, int]]:
    """What is heard, and from when on each response is not known."""
    session, reading = conversation(sent, user, stopped=stopped)
    outcome = replay(session, name, reading=reading, settings=supposed(instead))
    return picture(outcome), outcome.censored_from


@pytest.mark.parametrize(("instead", "row", "unknown"), [
    ("....uuu...........", "AAAA.......BBBB...", {}),                     # as recorded
    ("......uu..........", "AAAAAA.....BBBB...", {}),                     # later: all there is of A until then
    ("..uuuuu...........", "AA.........BBBB...", {}),                     # sooner: the gate cuts the client only
    (".......uu.........", "AAAAAA.....BBBB...", {"A": 600}),             # too late: it had run out before
    ("..................", "AAAAAA.....BBBB...", {"A": 600, "B": 1_100}), # never: nor would B have been asked for
    ("....uuu......uu...", "AAAA.......BB.....", {}),                     # and one where nothing was recorded
    ("....uuuuuuuuu.....", "AAAA.......BBBB...", {}),                     # a later end: B comes when it was recorded
])  # fmt: skip
def test_who_is_heard_where_others_are_reported(instead: str, row: str, unknown: dict[str, int]) -> None:
    """A was stopped by the provider, with 0.2 s of it still to sound; B answers the user. Under keyed."""
    assert (row, unknown) == heard("keyed", "AAAAAA.....BBBB...", "....uuu...........", instead, stopped="A")


@pytest.mark.parametrize(("name", "interrupts", "unknown"), [
    ("keyed",     True,  {}),          # what was cut had been sent
    ("indicator", True,  {"A": 300}),  # the provider would have stopped at 300 ms: what it sent then is not known
    ("indicator", False, {}),          # it was told not to
    ("stop-only", True,  {"A": 300}),
    ("stop-only", False, {}),
])  # fmt: skip
def test_what_a_provider_that_interrupts_would_not_have_sent(
    name: str, interrupts: bool, unknown: dict[str, int]
) -> None:
    """Nobody was recorded; the stand-in reports somebody at 300 ms, while A is being generated."""
    session, reading = conversation("AAAAAA..", "........")
    told = replace(supposed("...uu..."), settings=replace(ASKED, interrupt_response=interrupts))
    outcome = replay(session, name, reading=reading, settings=told)
    assert ("AAA....." if name == "keyed" else "AAAAAA..") == picture(outcome)
    assert unknown == outcome.censored_from


def test_what_had_been_sent_before_the_report_is_known_while_it_waits() -> None:
    """All of A came at once, before anybody was reported: there was nothing to stop."""
    session, reading = conversation("A.......", "........")
    outcome = replay(session, "indicator", reading=reading, settings=supposed("...uu..."))
    assert {} == outcome.censored_from


def test_what_the_provider_did_not_stop_is_known_to_its_end() -> None:
    """It was told not to interrupt: A is complete, whoever is reported; B still answers nobody."""
    assert ("AAAAAA.....BBBB...", {"B": 1_100}) == heard(
        "keyed", "AAAAAA.....BBBB...", "....uuu...........", "." * 18
    )  # fmt: skip


def test_a_turn_that_is_cut_in_two_is_still_answered_and_the_first_half_by_nobody() -> None:
    """What the provider would have said in the pause was not recorded; what it said at the end stays."""
    user, instead = "uuuuuuuu..........", "uuu..uuu.........."
    assert ("...........BBBB...", {}) == heard("keyed", "...........BBBB...", user, instead)


def test_an_answer_in_a_pause_is_not_known_where_the_end_silence_outlasts_it() -> None:
    """A came in the pause that the provider took for the end; with the longer end silence there is no such end."""
    user, instead = "uuu...uuu.........", "uuuuuuuuuuuu......"
    assert ("...AAA......BBBB..", {"A": 300}) == heard(
        "indicator", "...AAA......BBBB..", user, instead, stopped=""
    )  # fmt: skip


def test_an_answer_is_to_the_turn_before_it() -> None:
    """The stand-in reports the first turn, and not the second: A is known, B answers nobody."""
    user, instead = "uu......uu........", "uu................"
    assert ("....AA......BBBB..", {"B": 1_200}) == heard("keyed", "....AA......BBBB..", user, instead)


def test_a_detector_beside_the_loudspeaker_hears_as_before_and_the_provider_does_not() -> None:
    """The gate's own edges stay; what the provider had stopped is unknown where it was not told of anybody."""
    session, reading = conversation("AAAAAA.....BBBB...", "....uuu...........", stopped="A")
    local = [replace(e, source="local-vad") for e in edges("........uu........")]
    outcome = replay(session, "keyed@local-vad", reading=reading, edges=local, settings=supposed("." * 18))
    assert ("AAAAAA.....BBBB...", {"A": 600, "B": 1_100}) == (picture(outcome), outcome.censored_from)


def everything(outcome: Outcome) -> tuple[object, ...]:
    """All that a replay found; not what it assumed."""
    return (outcome.events, outcome.heard.rows, outcome.decisions, outcome.cuts, outcome.censored_from, outcome.told,
            outcome.stops, outcome.unplayed)  # fmt: skip


@given(conversations(), st.sampled_from(["stop-only", "suppress", "keyed", "full", "duck", "indicator"]),
       st.sampled_from([Link(), Link(delay_ms=60, jitter_ms=250, seed=7)]))  # fmt: skip
def test_the_recorded_reports_change_nothing(drawn_one: Conversation, name: str, link: Link) -> None:
    """A stand-in that says what the provider said leaves the session as it was, in every event and every sample."""
    session = drawn_one.session
    reading = read(session)
    same = tuple(e for e, _ in reading.events if isinstance(e, (SpeechStarted, SpeechStopped)) and e.source == PROVIDER)
    told = Reports(ASKED, same, "as recorded")
    assert reading is replaced(reading, same)
    plain, again = (replay(session, name, link, reading=reading, settings=s) for s in (None, told))
    assert everything(plain) == everything(again)


@given(conversations(), conversations())
def test_other_reports_move_nothing_else(one: Conversation, other: Conversation) -> None:
    """Every delta, boundary and word stays where it was, in its order; the reports are exactly the ones given."""
    reading = read(one.session)
    theirs = [replace(e, source=PROVIDER) for e in other.local]
    changed = replaced(reading, theirs)

    def rest(r: Reading) -> list[Event]:
        return sorted((e for e, _ in r.events if not isinstance(e, (SpeechStarted, SpeechStopped))), key=lambda e: e.at)

    assert rest(reading) == rest(changed)
    assert {(type(e), e.at) for e in theirs} == {(type(e), e.at) for e in changed.of(SpeechStarted, SpeechStopped)}


# ---- from the microphone's sound


def told(session: Session, stand_in: Surrogate = PRIOR) -> Session:
    """The session as its provider would have logged it, had it been the stand-in: its reports replaced in the log."""
    reading = read(session)
    found = reports(session, reading, ServerVad(), stand_in)
    kinds = {SpeechStarted: "started", SpeechStopped: "stopped"}
    kept = [r for r in session.records if "input_audio_buffer.speech_" not in r.type]
    like = session.records[0]
    lines = [
        like._replace(t=e.at, direction="s2c", payload={"type": f"input_audio_buffer.speech_{kinds[type(e)]}"})
        for e in found.edges
    ]
    ordered = sorted([*lines, *kept], key=lambda r: r.t if r.t is not None else 0)
    session.records = tuple(r._replace(seq=n) for n, r in enumerate(ordered))
    return session


@pytest.mark.parametrize("stand_in", [PRIOR, Surrogate(delay_ms=180)], ids=["prior", "calibrated"])
@pytest.mark.parametrize("name", ["openai-01-interruption", "openai-04-cough", "openai-21-no-interrupt"])
def test_the_settings_in_force_change_nothing_where_the_stand_in_is_the_provider(
    name: str, stand_in: Surrogate
) -> None:
    """A composed session whose reports are the stand-in's own: the same events, samples, cuts, and what is known."""
    session = told(load(SESSIONS / name), stand_in)
    reading = read(session)
    again = reports(session, reading, ServerVad(), stand_in)
    assert again.edges
    plain = replay(session, "full", reading=reading)
    assert everything(plain) == everything(replay(session, "full", reading=reading, settings=again))


def test_a_higher_threshold_lets_an_mm_hm_pass_and_says_what_is_not_known() -> None:
    """Composed: at the threshold in force the stand-in reports it, as the provider did; at 1 it reports nobody."""
    (case,) = open_corpus(SESSIONS / "openai-03-backchannel")
    asked = None, ServerVad(), ServerVad(threshold=1)
    runs = [Run.of(case, replay(case.session, "keyed", settings=s)) for s in asked]
    passed = [next(e for e in run.episodes if e.onset.kind == "backchannel") for run in runs]
    assert [True, True, False] == [e.signal is not None for e in passed]
    assert [False, False, True] == [e.censored for e in passed]
    assert [False, False, True] == [bool(run.outcome.censored_from) for run in runs]
    assert ServerVad(1, 300, 200, True, True) == runs[-1].outcome.settings


def test_what_was_supposed_is_said() -> None:
    """The surrogate, its settings, how well it is known, and what stays as recorded; nothing of it without settings."""
    session = load(SESSIONS / "openai-01-interruption")
    said = replay(session, settings=ASKED).assumed
    assert "provider's reports: surrogate at 0.6 / 300 / 200, not recorded" in said
    assert 1 == sum("uncalibrated" in s for s in said)
    plain = replay(session)
    assert (False, None) == (any("surrogate" in s for s in plain.assumed), plain.settings)
    assert plain.held_fixed == replay(session, settings=ASKED).held_fixed


def test_what_is_not_given_stays_in_force_and_the_delay_of_a_calibration_comes_on_top() -> None:
    """The threshold alone is asked about; a report is received so long after the deciding frame."""
    session = load(SESSIONS / "openai-01-interruption")
    reading = read(session)
    prior, late = (reports(session, reading, ServerVad(0.6), s) for s in (None, Surrogate(delay_ms=150)))
    assert (0.6, 300, 500) == (prior.settings.threshold, prior.settings.prefix_padding_ms,
                               prior.settings.silence_duration_ms)  # fmt: skip
    assert [e.at + 150 for e in prior.edges] == [e.at for e in late.edges]
    session.info = replace(session.info, tracks={
        **session.info.tracks, "user": replace(session.info.tracks["user"], origin_ms=1_156)})  # fmt: skip
    assert [e.at + 1_000 for e in prior.edges] == [e.at for e in reports(session, reading, ServerVad(0.6)).edges]


def changed(name: str = "openai-01-interruption", *, in_force: tuple[TurnDetection, ...] | None = None,
            **tracks: object) -> Session:  # fmt: skip
    """A session of the embedded ones, with other settings in force, or without a track."""
    session = load(SESSIONS / name)
    kept = {k: v for k, v in session.info.tracks.items() if k not in tracks}
    session.info = replace(session.info, tracks=kept)
    if in_force is not None:
        session.info = replace(session.info, settings=tuple(Change(n * 9_000, s) for n, s in enumerate(in_force)))
    return session


@pytest.mark.parametrize(("session", "settings", "why"), [
    (changed("openai-14-semantic-interruption"), ASKED, "decides by meaning.*not replaced by server_vad"),
    (changed(in_force=(SemanticVad(), ServerVad(0.5, 300, 500))), ASKED, "decides by meaning"),
    (changed(in_force=(ManualTurns(),)), ASKED, "no turn detection was in force"),
    (changed(in_force=()), ASKED, "settings in force are not recorded"),
    (changed(user=None), ASKED, "no sound of the microphone as sent"),
    (changed("grok-01-interruption"), ASKED, "gated on a transcript: no threshold model exists"),
    (changed(), ServerVad(0.6, interrupt_response=False), "interrupt_response would change what the provider gen"),
], ids=["semantic", "semantic first", "manual", "not recorded", "no microphone", "xai", "what it does"])  # fmt: skip
def test_what_a_session_cannot_be_asked_says_why(session: Session, settings: ServerVad, why: str) -> None:
    """Nothing is silently replaced or guessed."""
    with pytest.raises(NotAnswerable, match=f"{session.id}: .*{why}"):
        replay(session, settings=settings)


def test_semantic_vad_that_was_switched_off_before_anybody_spoke_is_no_hindrance() -> None:
    """What counts is what was in force when the provider reported somebody, and at the end."""
    session = changed()
    session.info = replace(session.info, settings=(Change(0, SemanticVad()), Change(50, ServerVad(0.5, 300, 500))))
    assert replay(session, settings=ASKED).settings == ASKED


def test_every_setting_that_the_provider_would_refuse_is_named() -> None:
    """At once, before anything else is looked at."""
    with pytest.raises(SettingsError, match=r"threshold: 1.5.*\n.*prefix_padding_ms: -1.*\n.*silence_duration_ms: 0.8"):
        replay(changed("openai-14-semantic-interruption"), settings=ServerVad(1.5, -1, 0.8))  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=r"silence_duration_ms: not set.*\n.*prefix_padding_ms: not set"):
        replay(changed(in_force=(ServerVad(0.5),)), settings=ServerVad(0.6))
    with pytest.raises(SettingsError, match=r"threshold: 0.95 is outside 0.1..0.9"):
        replay(changed("grok-01-interruption"), settings=ServerVad(0.95))


def test_an_answer_to_nobody_enters_no_figure() -> None:
    """Composed: at 0.99 hardly anybody is reported, and who interrupts an answer nobody asked for is left out."""
    (case,) = open_corpus(SESSIONS / "openai-11-double-interruption")
    reading = case.reading
    none = Reports(ASKED, (), "nobody")
    run = Run.of(case, replay(case.session, policy("keyed"), reading=reading, settings=none))
    assert unasked(reading, ()).items() <= run.outcome.censored_from.items()
    assert 2 == len(run.barge_ins)
    assert not any(e.counts for e in run.barge_ins)


@pytest.mark.parametrize("name", ["turn", "three_turns"])
def test_openais_own_sessions_are_reported_as_they_were(name: str, mirror: Path, tmp_path: Path) -> None:
    """The real logs with the clip that was sent: every claim is the recorded one.

    They hold no receive times, so what would have been heard cannot be said, under the settings in force or others.
    """
    clip, rate = files.read_int16(mirror / "provider-vad" / "marcelo_24khz.flac")
    pause = np.zeros(2 * rate, np.int16)
    files.write_flac(tmp_path / "sent.flac", np.concatenate([clip, pause] * (3 if name == "three_turns" else 1)), rate)
    log = mirror / "event-logs" / f"openai_server_vad_{name}.jsonl"
    import_log(log, tmp_path / "s", provider="openai", user=tmp_path / "sent.flac")
    session = load(tmp_path / "s")
    events = (OPENAI.parse(r.payload, 0, r.direction) for r in session.records)
    recorded = [e.claimed_ms for e in events if isinstance(e, (SpeechStarted, SpeechStopped))]
    assert recorded == [e.claimed_ms for e in reports(session, reading_of([]), ServerVad()).edges]
    with pytest.raises(NotAnswerable, match="no receive times"):
        replay(session, settings=ServerVad(0.6))
