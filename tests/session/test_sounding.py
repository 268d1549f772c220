"""What an ear at the loudspeaker gets: the stored samples where the queue model says so, nothing anywhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bargein.audio import files
from bargein.audio.files import FULL_SCALE
from bargein.audio.places import data_dir
from bargein.audio.resample import resample
from bargein.errors import NotAnswerable
from bargein.events import Delta, Event, SpeechStarted, SpeechStopped
from bargein.gate import Playing, Policy, policy
from bargein.outcome import Link, Outcome
from bargein.providers import read
from bargein.replay import played, replay
from bargein.session import Info, Session, Track, load, save
from bargein.session.sounding import Loudness
from bargein.units import samples_in
from score import RATE, TICK, drawn, reading_of

SESSIONS = data_dir() / "sessions"
TICK_SAMPLES = samples_in(TICK, RATE)


def code(letter: str, tick: int) -> int:
    """Every sample of a drawn response says whose it is and in which tick it was sent; none is 0."""
    return 1_000 * (ord(letter) - ord("A") + 1) + tick + 1


def sounding(folder: Path, events: Iterable[Event], length_ms: int, name: str | Policy, link: Link | None = None
             ) -> Outcome:  # fmt: skip
    """Replay drawn events whose audio lies in a real file: 16-bit samples that tell whose they are."""
    stored, track, log = 0, [], []
    for e in events:
        if isinstance(e, Delta):
            ticks = (e.first + np.arange(e.samples)) // TICK_SAMPLES
            track.append(code(e.response, 0) + ticks)
            e = replace(e, stored=stored)
            stored += e.samples
        log.append(e)
    mic = (np.arange(samples_in(length_ms, RATE)) % 977 + 1).astype(np.int16)
    info = Info("drawn", "openai", "drawn", length_ms, modelled=("user",), tracks={
        "user": Track("user.flac", "sent", RATE, len(mic)), "agent": Track("agent.flac", "generated", RATE, stored),
    })  # fmt: skip
    audio = {"user": mic, "agent": np.concatenate(track).astype(np.int16)}
    session = save(folder / "drawn", info, [], audio=audio, overwrite=True)
    return played(session, policy(name), link or Link(), reading_of(log))


def right(outcome: Outcome) -> np.ndarray:
    """The agent's channel, as the 16-bit numbers that were stored."""
    return np.rint(outcome.heard_audio()[:, 1] * FULL_SCALE).astype(int)


def expected(*pieces: tuple[str, int]) -> np.ndarray:
    """Draw a channel: ``("A", 4)`` are four ticks of A from where it left off, ``(".", 3)`` three ticks of silence."""
    out, sent = [], {}
    for letter, ticks in pieces:
        for _ in range(ticks):
            n = sent[letter] = sent.get(letter, -1) + 1
            out.append(np.full(TICK_SAMPLES, 0 if letter == "." else code(letter, n)))
    return np.concatenate(out)


SENT, SPOKEN = "AAAAAAAAAA....BBBB", "....uuu..........."
FAST = ["AAAAA", "AAAAA"]  # twice as fast as it sounds, so that much is queued when the user is noticed


@pytest.mark.parametrize(("name", "pieces"), [
    ("stop-only", [("A", 10), (".", 4), ("B", 4)]),   # the revoked samples, every one of them, to the last
    ("keyed",     [("A", 4), (".", 10), ("B", 4)]),   # not one sample after the cut
])  # fmt: skip
def test_after_the_cut_sounds_what_the_gate_let_through_to_the_sample(
    tmp_path: Path, name: str, pieces: list[tuple[str, int]]
) -> None:
    """The race and its cure: the channel is drawn sample by sample, whose and which."""
    outcome = sounding(tmp_path, drawn(SENT, SPOKEN), 1_800, name)
    assert np.array_equal(expected(*pieces), right(outcome))


def test_a_cut_in_the_middle_of_a_delta_is_exact_to_the_sample(tmp_path: Path) -> None:
    """At 437 ms 10,488 samples of 24 kHz have sounded; number 10,488 has not."""
    events = sorted([*drawn(SENT, "." * 18), SpeechStarted(437), SpeechStopped(700)], key=lambda e: e.at)
    sound = right(sounding(tmp_path, events, 1_800, "keyed"))
    assert (code("A", 4), 0) == (sound[10_487], sound[10_488])
    assert 10_488 == np.flatnonzero(sound[: samples_in(1_400, RATE)]).size


@pytest.mark.parametrize("name", ["indicator", "stop-only", "suppress", "keyed"])
@pytest.mark.parametrize("link", [Link(), Link(delay_ms=43, start_latency_ms=31), Link(handover_gap_ms=7)])
def test_as_many_samples_sound_as_the_books_say_each_once(tmp_path: Path, name: str, link: Link) -> None:
    """By whose they are: no sample of the stored audio is 0, so what is not silent can be counted exactly."""
    outcome = sounding(tmp_path, drawn(SENT, SPOKEN), 1_800, name, link)
    sound = right(outcome)
    for n, response in enumerate("AB", 1):
        assert outcome.heard.samples(response) == np.sum(sound // 1_000 == n)
    assert outcome.heard.samples() == np.count_nonzero(sound)


@pytest.mark.parametrize("folder", sorted(SESSIONS.iterdir()), ids=lambda p: p.name)
def test_an_embedded_session_sounds_as_it_was_stored(folder: Path) -> None:
    """Right: each heard row is its stored samples, elsewhere nothing. Left: the microphone. From sample ids."""
    session = load(folder)
    reading, track, mic = read(session), session.audio("agent"), session.audio("user")
    places: dict[tuple[str, str], dict[int, np.ndarray]] = {}  # where each delta's samples are stored, by its first
    for e in reading.of(Delta):
        places.setdefault((e.response, e.item), {})[e.first] = e.stored + np.arange(e.samples)
    where = {part: np.concatenate([own[first] for first in sorted(own)]) for part, own in places.items()}
    for name in ("stop-only", "keyed"):
        outcome = replay(session, name, reading=reading)
        sound, rate = outcome.heard_audio(), outcome.heard.rate
        silent = np.ones(len(sound), bool)
        for row in outcome.heard:
            at = samples_in(row.run, rate) + row.offset
            stored = where[row.response, row.item][row.first : row.first + row.samples]
            assert np.array_equal(track[stored], sound[at : at + row.samples, 1])
            assert silent[at : at + row.samples].all(), "no two samples sound at once"
            silent[at : at + row.samples] = False
        assert outcome.heard.samples() == np.sum(~silent) > 0
        assert not sound[silent, 1].any()
        origin = samples_in(session.info.tracks["user"].origin_ms, rate)
        assert np.array_equal(mic[: len(sound) - origin], sound[origin : origin + len(mic), 0])
        assert not sound[:origin, 0].any()


@pytest.mark.parametrize(("name", "revoked_ms"), [("keyed", 0), ("stop-only", 4_930)])
def test_energy_after_the_cut_is_that_of_the_revoked_samples(name: str, revoked_ms: int) -> None:
    """Two interruptions, told not to interrupt: under keyed nothing of a revoked answer, to the sample."""
    outcome = replay(load(SESSIONS / "openai-22-no-interrupt-repeated"), name)
    sound, rate = outcome.heard_audio()[:, 1], outcome.heard.rate
    late = np.zeros(len(sound), bool)
    for cut in outcome.cuts:
        for row in outcome.heard.of_these(cut.revoked):
            at = samples_in(row.run, rate) + row.offset
            late[max(at, samples_in(cut.at, rate)) : at + row.samples] = True
    assert revoked_ms == late.sum() * 1_000 // rate
    assert bool(revoked_ms) == (np.square(sound[late]).sum() > 0.01)
    first = samples_in(outcome.cuts[1].at, rate)  # of the answer that the first interruption of the agent cut
    answer = min(r.run for r in outcome.heard if r.run > outcome.cuts[1].at)
    assert not sound[first : samples_in(answer, rate)].any()


# ---- players that do not know only on and off


def test_a_fade_falls_to_nothing_in_the_last_ten_milliseconds(tmp_path: Path) -> None:
    """Scheduled playback: 5 ms on at full level, then 10 ms down in a straight line, then not a sample more."""
    outcome = sounding(tmp_path, drawn(FAST, SPOKEN), 1_800, "scheduled")
    assert (415,) == outcome.stops
    stop, fade = samples_in(415, RATE), samples_in(10, RATE)
    envelope = outcome.heard_audio()[:stop, 1] * FULL_SCALE / expected(("A", 10))[:stop]
    assert envelope[: stop - fade] == pytest.approx(1)
    assert np.all(np.diff(envelope[stop - fade :]) < 0)
    assert 1 / fade == pytest.approx(envelope[-1], rel=0.01)
    assert 0 == right(outcome)[stop]


@pytest.mark.parametrize("session", ["openai-11-double-interruption", "grok-01-interruption"])
def test_scheduled_playback_fades_before_every_stop_of_a_recorded_voice(session: str) -> None:
    """Against the same policy without a fade: equal up to 10 ms before each stop, from there ever softer."""
    hard = replace(policy("scheduled"), player=replace(policy("scheduled").player, fade_ms=0))
    soft, plain = (replay(load(SESSIONS / session), p) for p in ("scheduled", hard))
    faded, full = (o.heard_audio()[:, 1] for o in (soft, plain))
    assert soft.stops
    untouched = np.ones(len(full), bool)
    for stop in soft.stops:
        begin, end = samples_in(stop - 10, soft.heard.rate), samples_in(stop, soft.heard.rate)
        untouched[begin:end] = False
        loud = full[begin:end] != 0
        envelope = faded[begin:end][loud] / full[begin:end][loud]
        assert len(envelope) > 10
        assert np.all(np.diff(envelope) < 0)
    assert np.array_equal(full[untouched], faded[untouched])


def test_what_is_out_of_reach_cannot_be_faded(tmp_path: Path) -> None:
    """A carrier plays on for 200 ms whatever the player fades: full level to the last sample."""
    deaf = Policy("carrier", policy("keyed").trigger, policy("keyed").reaction,
                  player=Playing(recalls=False, stop_ms=15, fade_ms=10))  # fmt: skip
    outcome = sounding(tmp_path, drawn(FAST, SPOKEN), 1_800, deaf, Link(carrier_ms=200))
    assert np.array_equal(expected(("A", 6), (".", 12)), right(outcome))
    assert (600,) == outcome.stops


def test_ducking_is_twelve_decibels_softer_from_the_report_to_the_verdict(tmp_path: Path) -> None:
    """200 ms of user speech: softer from the first to the last instant of it, then at the old level again."""
    outcome = sounding(tmp_path, drawn("AAAAAAAAAAAA", "....uu......"), 1_200, "duck")
    sound = outcome.heard_audio()[:, 1] * FULL_SCALE
    whole = expected(("A", 12)).astype(float)
    softer, rest = slice(samples_in(400, RATE), samples_in(600, RATE)), samples_in(600, RATE)
    assert -12 == pytest.approx(20 * np.log10(rms(sound[softer]) / rms(whole[softer])), abs=0.1)
    assert np.array_equal(whole[: softer.start], sound[: softer.start])
    assert np.array_equal(whole[rest:], sound[rest:])


def test_ducking_that_is_never_lifted_lasts_to_the_end() -> None:
    """Half a second before the end the user speaks up: softer to the last sample."""
    sound = np.ones(1_000, np.float32)
    Loudness(levels=((500, True),), duck_db=-12.0).apply(sound, 1_000)
    assert [1.0, 0.251] == pytest.approx([sound[499], sound[999]], abs=0.001)


def rms(samples: np.ndarray) -> float:
    """Level of a stretch."""
    return float(np.sqrt(np.mean(np.square(samples))))


# ---- what is missing


def test_without_an_agent_track_what_was_heard_cannot_be_given(tmp_path: Path) -> None:
    """It says what to record; silence would be a statement."""
    outcome = sounding(tmp_path, drawn(SENT, SPOKEN), 1_800, "keyed")
    bare = Session(outcome.session.folder, replace(outcome.session.info, tracks={}))
    with pytest.raises(NotAnswerable, match="no agent track"):
        replace(outcome, session=bare).heard_audio()


def test_without_a_microphone_the_left_channel_is_silent(tmp_path: Path) -> None:
    """What was heard does not depend on it."""
    outcome = sounding(tmp_path, drawn(SENT, SPOKEN), 1_800, "keyed")
    tracks = {"agent": outcome.session.info.tracks["agent"]}
    sound = replace(outcome, session=Session(outcome.session.folder, replace(outcome.session.info, tracks=tracks)))
    assert not sound.heard_audio()[:, 0].any()
    assert np.array_equal(outcome.heard_audio()[:, 1], sound.heard_audio()[:, 1])


def test_a_microphone_of_another_rate_stands_where_its_clock_says(tmp_path: Path) -> None:
    """8 kHz from 250 ms on, beside an agent of 24 kHz: resampled, begun at sample 6,000, silent before."""
    outcome = sounding(tmp_path, drawn(SENT, SPOKEN), 1_800, "keyed")
    mic = (np.random.default_rng(1).normal(0, 3_000, 8_000)).astype(np.int16)
    files.write_flac(tmp_path / "drawn" / "slow.flac", mic, 8_000)
    tracks = {**outcome.session.info.tracks, "user": Track("slow.flac", "sent", 8_000, len(mic), origin_ms=250)}
    slow = Session(outcome.session.folder, replace(outcome.session.info, tracks=tracks))
    left = replace(outcome, session=slow).heard_audio()[:, 0]
    assert np.array_equal(resample(slow.audio("user"), 8_000, RATE), left[6_000:30_000])
    assert not left[:6_000].any()
    assert not left[30_000:].any()


def test_sound_that_was_left_out_of_the_log_is_silence_of_its_length(tmp_path: Path) -> None:
    """Two ticks of A were not stored: what stands behind them keeps its place."""
    outcome = sounding(tmp_path, drawn(SENT, "." * 18), 1_800, "keyed")
    lost = {first * TICK_SAMPLES for first in (2, 3)}
    events = tuple(
        replace(e, stored=-1) if isinstance(e, Delta) and e.response == "A" and e.first in lost else e
        for e in outcome.events
    )
    whole = expected(("A", 10), (".", 4), ("B", 4))
    whole[2 * TICK_SAMPLES : 4 * TICK_SAMPLES] = 0
    assert np.array_equal(whole, right(replace(outcome, events=events)))
