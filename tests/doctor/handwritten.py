"""Logs written by hand, for every rule one with its fault and one without: no composer and no model made them.

The conversation is short and mostly the same: the user asks, the agent begins to answer at 4,195 ms, four times as fast
as it speaks, and at 5,000 ms the user is reported over it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from bargein.compose.clips import Prompts
from bargein.compose.sounds import echo, room_response
from bargein.session import Label
from doctor.pen import VAD, XAI_VAD, Hand, hush
from wirelogs import RATE, noise

A, ITEM_A, B, ITEM_B, ASKS, CUTS = "resp_A", "item_A1", "resp_B", "item_B1", "item_U1", "item_U2"
CUT = ("cancelled", "turn_detected")
TEXT = ("Once upon", " a time", " there", " was a keeper", " who lived", " above the sea", " and every", " night he",
        " lit the lamp")  # fmt: skip


def asked(provider: str = "openai", *, beta: bool = False, vad: Mapping[str, object] | None = None,
           ask: Mapping[str, object] | None = None) -> Hand:  # fmt: skip
    """The user has asked something, and the agent is about to answer."""
    log = Hand(provider=provider, beta=beta).opening(vad, ask=ask)
    log.speaks(1_450, ASKS, 928)
    log.falls_silent(3_625, ASKS, 3_392)
    log.answers(3_725 if provider == "openai" else 3_850, A, ITEM_A)
    return log


def speaking(log: Hand, until: int = 5_000, since: int = 4_195) -> Hand:
    """The agent answers, 400 ms of audio every 100 ms, and is heard from the first piece on."""
    for n, t in enumerate(range(since, until, 100)):
        log.generates(t, A, ITEM_A, 400, TEXT[n % len(TEXT)])
        log.plays(since + 400 * n, A, ITEM_A, 400, 400 * n)
    return log


def silenced(log: Hand, t: int) -> Hand:
    """The player is cut: what it was to play later it never did."""
    log.client[:] = [line for line in log.client if line["t"] < t]
    log.stops(t)
    return log


def answered(log: Hand, t: int = 7_200) -> Hand:
    """The user falls silent, and a second answer is heard to its end."""
    log.falls_silent(t - 115, CUTS, t - 336)
    log.answers(t, B, ITEM_B)
    log.generates(t + 470, B, ITEM_B, 800, "All right")
    log.plays(t + 470, B, ITEM_B, 800)
    log.ends(t + 500, B, ITEM_B)
    return log.goes_on(t + 6_000)


def truncated(log: Hand, t: int, ms: int, item: str = ITEM_A) -> None:
    """The client says what was heard, and the provider takes it."""
    log.c(t, "conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=ms)
    log.s(t + 80, "conversation.item.truncated", item_id=item, content_index=0, audio_end_ms=ms)


def stale_audio(*, faulty: bool) -> Hand:
    """1: two pieces of the interrupted answer arrive after the report, and are played."""
    log = silenced(speaking(asked()), 5_004)
    log.speaks(5_000, CUTS, 4_368)
    truncated(log, 5_005, 809)
    if faulty:
        for n, t in enumerate((5_010, 5_020)):
            log.generates(t, A, ITEM_A, 400)
            log.plays(5_010 + 400 * n, A, ITEM_A, 400, 3_600 + 400 * n)
        log.stops(5_810)
    log.ends(5_030, A, ITEM_A, *CUT)
    return answered(log)


def drain_leak(*, faulty: bool) -> Hand:
    """2: the provider stops, and the client plays on what it has queued, for two seconds and a half."""
    log = silenced(speaking(asked()), 7_500 if faulty else 5_004)
    log.speaks(5_000, CUTS, 4_368)
    log.ends(5_012, A, ITEM_A, *CUT)
    return answered(log, 8_200)


def no_server_cancel(*, faulty: bool) -> Hand:
    """3: told not to interrupt, the provider generates on; a client that cuts must say so."""
    log = asked(vad={**VAD, "interrupt_response": False})
    log = silenced(speaking(log, until=9_000 if faulty else 5_000), 5_004)
    log.speaks(5_000, CUTS, 4_368)
    if faulty:
        log.ends(9_020, A, ITEM_A)
        return answered(log, 9_400)
    log.c(5_006, "response.cancel", response_id=A)
    truncated(log, 5_008, 809)
    log.ends(5_060, A, ITEM_A, "cancelled", "client_cancelled")
    return answered(log)


def truncate(*, faulty: bool) -> Hand:
    """4: truncated at the wall clock since the session began, in the beta's dialect; the provider refuses it."""
    log = silenced(speaking(asked(beta=True)), 5_004)
    log.speaks(5_000, CUTS, 4_368)
    if faulty:
        log.c(5_005, "conversation.item.truncate", item_id=ITEM_A, content_index=0, audio_end_ms=5_005)
        log.refuses(5_070, "invalid_value", "Audio content of 3600ms is already shorter than 5005ms")
    else:
        truncated(log, 5_005, 809)
    log.ends(5_030, A, ITEM_A, *CUT)
    return answered(log)


def cancel_race(*, faulty: bool) -> Hand:
    """5: the client asks for the next response before the cancelled one has ended."""
    log = silenced(speaking(asked(vad={**VAD, "create_response": False})), 5_004)
    log.speaks(5_000, CUTS, 4_368)
    log.ends(5_030, A, ITEM_A, *CUT)
    log.c(5_020 if faulty else 7_150, "response.create")
    if faulty:
        log.refuses(5_060, "conversation_already_has_active_response",
                    f"Conversation already has an active response in progress: {A}")  # fmt: skip
        log.c(7_150, "response.create")
    return answered(log)


def stuck(*, faulty: bool) -> Hand:
    """6: Grok was interrupted, the user has finished, and nothing comes any more."""
    log = silenced(speaking(asked("xai")), 5_004)
    log.ends(4_999, A, ITEM_A, *CUT)
    log.speaks(5_000, CUTS, 4_950)
    if not faulty:
        return answered(log)
    log.falls_silent(7_085, CUTS, 7_000, "Stop there.")
    for t in range(8_000, 24_000, 4_000):
        log.goes_on(t)
    return log


def phantom_interruption(*, faulty: bool) -> Hand:
    """7: speech is reported and the answer cancelled; the microphone was silent all the while."""
    log = silenced(speaking(asked()), 5_004)
    user = np.concatenate([hush(1_300), noise(1_500, 7), hush(9_200)])
    if not faulty:
        user[4_650 * RATE // 1_000 : 6_500 * RATE // 1_000] = noise(1_850, 8)
    log.microphone(0, np.split(user, 120))
    log.speaks(5_000, CUTS, 4_368)
    truncated(log, 5_005, 809)
    log.ends(5_012, A, ITEM_A, *CUT)
    return answered(log)


def echo_trigger(*, faulty: bool) -> Hand:
    """8: what interrupts is the agent itself, from the loudspeaker through a room; in the twin it is somebody else."""
    library = Prompts()
    agent = library.clip("en/demo-congrats", RATE).samples
    log, since, at = asked(), 4_195, 14_400
    pieces = np.split(agent[: len(agent) // 9_600 * 9_600], len(agent) // 9_600)
    for n, piece in enumerate(pieces):
        log.generates(since + 90 * n, A, ITEM_A, 400, sound=piece)
        log.plays(since + 400 * n, A, ITEM_A, 400, 400 * n)
    log = silenced(log, at + 4)
    heard = echo(agent[: (at + 4 - since) * RATE // 1_000], room_response(5, RATE), -14.0)
    mine = library.clip("it/info-about-last-call", RATE).samples
    start, sound = (since * RATE // 1_000, heard) if faulty else ((at - 700) * RATE // 1_000, mine)
    user = noise(24_000, 3) // 400
    user[start : start + len(sound)] += sound
    log.microphone(0, np.split(user, 240))
    log.speaks(at, CUTS, at - 632)
    truncated(log, at + 5, at + 4 - since)
    log.ends(at + 12, A, ITEM_A, *CUT)
    log.falls_silent(at + 1_500, CUTS, at + 1_264)
    return log.goes_on(24_000)


def false_stop(*, faulty: bool) -> Hand:
    """9: Grok stops for a listener's word."""
    log = silenced(speaking(asked("xai")), 5_004)
    log.ends(4_999, A, ITEM_A, *CUT)
    log.speaks(5_000, CUTS, 4_950)
    log.falls_silent(5_600, CUTS, 5_560, "Mm-hm." if faulty else "Stop, please.")
    return log.goes_on(12_000)


def deaf(*, faulty: bool) -> Hand:
    """10: a listener heard the user from 5,500 ms on; Grok needed three seconds."""
    log, at = speaking(asked("xai"), until=6_400), 8_500 if faulty else 6_500
    log = silenced(log, at + 4)
    log.ends(at - 1, A, ITEM_A, *CUT)
    log.speaks(at, CUTS, at - 50)
    log.labels = [Label(kind, 5_500, 9_800, annotator="a person") for kind in ("interruption", "speech")]
    return answered(log, 10_200)


def cut_off(*, faulty: bool) -> Hand:
    """11: an end silence of 200 ms, and a user who thinks for 640; the answer is cancelled before it sounds."""
    log = asked(vad={**VAD, "silence_duration_ms": 200})
    at = 4_000 if faulty else 6_000
    log.speaks(at, CUTS, at - 488)
    log.ends(at + 12, A, ITEM_A, *CUT)
    return answered(log, 8_000)


def clock(*, faulty: bool) -> Hand:
    """12: three seconds of microphone are sent at once."""
    log = answered(speaking(asked(), until=4_600))
    log.microphone(0, np.split(noise(3_000, 4), 30), every=2 if faulty else 100)
    return log


def metric_hygiene(*, faulty: bool) -> Hand:
    """13: five seconds of silence are reported, in the middle of what the user says."""
    log = Hand().opening({**VAD, "idle_timeout_ms": 5_000})
    log.speaks(1_450, ASKS, 928)
    at, ended = (7_000, 9_000) if faulty else (9_000, 3_600)
    log.falls_silent(ended, ASKS, ended - 240)
    log.s(at, "input_audio_buffer.timeout_triggered", item_id="item_idle", audio_start_ms=at - 5_120, audio_end_ms=at)
    return log.goes_on(12_000)


def history_mismatch(*, faulty: bool) -> Hand:
    """14: Grok had said all; the user cuts what the player still holds, and the whole text stays."""
    log = speaking(asked("xai"))
    log.ends(5_010, A, ITEM_A)
    at = 5_800 if faulty else 9_000
    log.speaks(at, CUTS, at - 50)
    return answered(silenced(log, 5_804) if faulty else log, at + 2_000)


def config_incomplete(*, faulty: bool) -> Hand:
    """15: three values of Grok's are left to it, and two are sent that it does not heed."""
    part = {"type": "server_vad", "create_response": True, "interrupt_response": True}
    return answered(speaking(asked("xai", ask=part if faulty else XAI_VAD)))


def rate_mismatch(*, faulty: bool) -> Hand:
    """16: the beta takes 24 kHz, and the microphone is sent with 16."""
    log = answered(speaking(asked(beta=True)))
    log.microphone(0, [noise(100, n, 16_000 if faulty else RATE) for n in range(60)])
    return log


Writer = Callable[..., Hand]
WRITERS: Mapping[int, Writer] = dict(enumerate((
    stale_audio, drain_leak, no_server_cancel, truncate, cancel_race, stuck, phantom_interruption, echo_trigger,
    false_stop, deaf, cut_off, clock, metric_hygiene, history_mismatch, config_incomplete, rate_mismatch,
), 1))  # fmt: skip


def written(rule: int) -> tuple[Hand, Hand]:
    """Both logs of a rule, by its number: with its fault and without."""
    return WRITERS[rule](faulty=True), WRITERS[rule](faulty=False)
