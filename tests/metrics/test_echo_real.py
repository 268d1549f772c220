"""Echo of real rooms and devices, and of the sessions that come along: verdicts counted against what is known.

What is known of a public pair is its scenario. When the two talk in a double talk is not labelled; some of these clips
begin with the far end alone, so their windows are not all of one kind.
"""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import solve_toeplitz
from scipy.signal import correlate, fftconvolve

from bargein.audio.files import read
from bargein.audio.places import data_dir
from bargein.events import Delta
from bargein.metrics.echo import ECHO, NOT_ECHO, UNDECIDED, Attribution, Sound, attribute, erle_db
from bargein.providers import read as read_log
from bargein.session import Session, load
from bargein.session.sounding import AgentSound
from bargein.timeline import Span
from bargein.units import ms_of, samples_in

Pair = tuple[Sound, Sound]


@pytest.fixture(scope="module")
def pairs(mirror: Path) -> dict[tuple[str, str], Pair]:
    """Microphone and loopback by device and scenario."""
    found = {}
    for path in sorted((mirror / "echo-pairs").glob("*_mic.flac")):
        device, scenario = path.name[:22], path.name[23 : -len("_mic.flac")]
        found[device, scenario] = read(path), read(path.with_name(path.name.replace("_mic", "_lpb")))
    assert 11 == len(found)
    return found


def agents_of_others(pairs: dict[tuple[str, str], Pair], device: str) -> list[Sound]:
    """Loopbacks of other rooms."""
    return [agent for (other, _), (_, agent) in pairs.items() if other != device]


def windows(sound: Sound, ms: int = 2_000) -> list[Span]:
    """Windows one after the other, the rest left out."""
    return [Span(at, at + ms) for at in range(0, ms_of(len(sound[0]), sound[1]) - ms + 1, ms)]


def whole(sound: Sound) -> list[Span]:
    """One window over all of it."""
    return [Span(0, ms_of(len(sound[0]), sound[1]))]


def test_whole_clips(pairs):
    """Far-end single talk is echo, near-end single talk is not, and no double talk is called echo."""
    table = Counter()
    seen: dict[str, Attribution] = {}
    for (device, scenario), (mic, agent) in pairs.items():
        (found,) = attribute(mic, agent, whole(mic), agents_of_others(pairs, device))
        table[scenario.removesuffix("_with_movement"), found.verdict] += 1
        seen[scenario] = found
    assert {
        ("farend_singletalk", ECHO): 1,
        ("nearend_singletalk", NOT_ECHO): 1,
        ("doubletalk", NOT_ECHO): 7,
        ("doubletalk", UNDECIDED): 2,
    } == table
    far = seen["farend_singletalk"]
    assert (40, True, True) == (far.lag_ms, far.correlation > 0.95, far.null_max < 0.29)


@pytest.mark.slow
def test_windows_of_two_seconds(pairs):
    """Every one of the far end alone is echo, none of the near end alone."""
    table = Counter()
    for (device, scenario), (mic, agent) in pairs.items():
        for found in attribute(mic, agent, windows(mic), agents_of_others(pairs, device)):
            table[scenario.split("_")[0], found.verdict] += 1
    single = {kind: count for kind, count in table.items() if kind[0] != "doubletalk"}
    assert {("farend", ECHO): 5, ("nearend", NOT_ECHO): 5} == single


@pytest.mark.slow
def test_an_agent_of_another_room_is_never_the_echo(pairs):
    """No false echo in any window of any microphone, with agents it cannot hold."""
    verdicts = Counter()
    for ((device, _), (mic, _)), ((other, _), (_, agent)) in product(pairs.items(), repeat=2):
        if device != other:
            verdicts.update(found.verdict for found in attribute(mic, agent, windows(mic)))
    assert 0 == verdicts[ECHO]
    assert verdicts[NOT_ECHO] > 600


@pytest.mark.slow
def test_what_a_canceller_left_is_not_the_echo_of_others(pairs, mirror):
    """48 residuals of 12 devices, whose own far end is not among the recordings, against six agents that are."""
    files = sorted((mirror / "echo-residual").glob("*/*.flac"))
    agents = {device: agent for (device, scenario), (_, agent) in pairs.items() if scenario != "nearend_singletalk"}
    verdicts = Counter()
    for mic, agent in product(map(read, files), agents.values()):
        verdicts.update(found.verdict for found in attribute(mic, agent, whole(mic)))
    assert (48 * 6, 0) == (verdicts.total(), verdicts[ECHO])


@pytest.mark.parametrize(("near_db", "echoes", "not_echoes"), [(None, 9, 0), (-18, 9, 0), (6, 0, 8), (12, 0, 9)])
def test_a_user_mixed_into_the_echo(near_db, echoes, not_echoes, pairs):
    """Near-end single talk of one device added to far-end single talk of another: only the level is made."""
    by_scenario = {scenario: pair for (_, scenario), pair in pairs.items()}
    (far, rate), agent = by_scenario["farend_singletalk"]
    (near, _), _ = by_scenario["nearend_singletalk"]
    n = min(len(far), len(near))
    gain = 0.0 if near_db is None else 10 ** (near_db / 20) * np.sqrt(np.mean(far[:n] ** 2) / np.mean(near[:n] ** 2))
    mic = (far[:n] + gain * near[:n]).astype(np.float32), rate
    spans = [Span(at, at + 2_000) for at in range(0, 9_000, 1_000)]
    strangers = [agent for (_, scenario), (_, agent) in pairs.items() if scenario.startswith("double")]
    verdicts = Counter(found.verdict for found in attribute(mic, agent, spans, strangers))
    assert (echoes, not_echoes) == (verdicts[ECHO], verdicts[NOT_ECHO])


def test_erle_of_a_canceller_that_knows_the_whole_clip(pairs):
    """The best one linear filter of 128 ms can do on this device is under 3 dB: what is left is an echo still."""
    (far, rate), (agent, _) = next(pair for (_, scenario), pair in pairs.items() if scenario == "farend_singletalk")
    n, taps = min(len(far), len(agent)), samples_in(128, rate)
    heard, mic = agent[:n].astype(np.float64), far[:n].astype(np.float64)
    own = correlate(heard, heard, method="fft")[n - 1 : n - 1 + taps]
    own[0] *= 1.0001
    path = solve_toeplitz(own, correlate(mic, heard, method="fft")[n - 1 : n - 1 + taps])
    residual = (mic - fftconvolve(heard, path)[:n]).astype(np.float32)
    assert 1.9 == pytest.approx(erle_db((far[:n], rate), (residual, rate), [Span(0, 10_000)]), abs=0.2)
    (found,) = attribute((residual, rate), (agent, rate), whole((residual, rate)))
    assert found.correlation > found.null_max


# ---- sessions that come along: their echo is modelled, their voices are people


def on_session_time(session: Session) -> Pair:
    """Microphone and what the session's own client let be heard."""
    heard, info = session.client_heard, session.info
    stored = AgentSound(session, (event for event, _ in read_log(session).events if isinstance(event, Delta)))
    agent = np.zeros(samples_in(info.length_ms, heard.rate), np.float32)
    for row in heard.rows:
        at = samples_in(row.run, heard.rate) + row.offset
        piece = stored.samples((row.response, row.item, row.content), row.first, row.samples)[: len(agent) - at]
        agent[at : at + len(piece)] = piece
    user = info.tracks["user"]
    mic = np.concatenate([np.zeros(samples_in(user.origin_ms, user.rate), np.float32), session.audio("user")])
    return (mic, user.rate), (agent, heard.rate)


def prompts_of(session: Session) -> set[str]:
    """Which prompts the agent is made of."""
    return {source["file"] for source in session.info.sources if source["role"] == "agent"}


@pytest.fixture(scope="module")
def sessions() -> dict[str, Session]:
    """Those with an echo, and some without."""
    names = ["openai-06-echo", "openai-07-echo-unheeded", "grok-09-echo", "grok-01-interruption", "grok-06-backchannel",
             "openai-01-interruption", "openai-03-backchannel", "openai-05-noise", "openai-02-tail"]  # fmt: skip
    return {name: load(data_dir() / "sessions" / name) for name in names}


def of_session(name: str, sessions: dict[str, Session]) -> list[tuple[str, Attribution]]:
    """Labelled kind and attribution; foreign agents are those that say none of this session's prompts."""
    session = sessions[name]
    mic, agent = on_session_time(session)
    others = [other for other in sessions.values() if not prompts_of(other) & prompts_of(session)]
    labels = [label for label in session.labels if label.kind != "turn"]
    spans = [Span(label.onset_ms, label.offset_ms) for label in labels]
    found = attribute(mic, agent, spans, [on_session_time(other)[1] for other in others[:3]])
    return [(label.kind, one) for label, one in zip(labels, found, strict=True)]


@pytest.mark.parametrize(
    ("name", "echoes", "coupling_loss"),
    [("openai-06-echo", 2, 10.7), ("openai-07-echo-unheeded", 2, 22.7), ("grok-09-echo", 3, 10.7)],
)
def test_sessions_with_an_echo(name, echoes, coupling_loss, sessions):
    """7 of 8 labelled echoes are found, at the play-out delay and as loud as the room was made; nothing else is one.

    The rooms are 14 and 26 dB under the loudspeaker, less 3.3 dB of reflections.
    """
    found = of_session(name, sessions)
    named = [one for kind, one in found if kind == "echo" and one.verdict == ECHO]
    assert echoes == len(named)
    assert {60, 70} >= {one.lag_ms for one in named}
    assert [coupling_loss] * echoes == pytest.approx([one.coupling_loss_db for one in named], abs=1.0)
    assert [] == [one for kind, one in found if kind != "echo" and one.verdict == ECHO]
    assert [] == [one for kind, one in found if kind == "echo" and one.verdict == NOT_ECHO]


@pytest.mark.parametrize(
    "name",
    ["grok-01-interruption", "grok-06-backchannel", "openai-01-interruption", "openai-03-backchannel",
     "openai-05-noise", "openai-02-tail"],
)  # fmt: skip
def test_sessions_without_an_echo(name, sessions):
    """Interruptions, backchannels and noise over a heard agent are none; under half a second nothing is judged."""
    for kind, one in of_session(name, sessions):
        assert (UNDECIDED if one.span.ms < 500 else NOT_ECHO) == one.verdict, (kind, one)
