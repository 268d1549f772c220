"""What peers ship, as policies: their defaults, versions and trigger sources (``docs/policies.md``).

Each is the part of a framework that decides what its user hears at an interruption, in our tables: what it does besides
(transcripts, tools, turn models) is left out, and where it keys on something else than the response id, so is that.
"""

from __future__ import annotations

from collections.abc import Mapping

from bargein.events import (
    LOCAL_VAD,
    PROVIDER,
    TRANSCRIPT,
    Audible,
    BargeIn,
    EnoughWords,
    SpeechStopped,
    StaleDelta,
    TimedOut,
)
from bargein.gate.policies import AFTER_A_WAIT, AT_ONCE, BY_WORDS, DROP_REVOKED, Policy
from bargein.gate.tables import (
    DROP,
    FLUSH,
    HELD,
    HOLD,
    IDLE,
    MUTED,
    OPEN,
    RESUME,
    STAY,
    WARMING,
    Reaction,
    Trigger,
    TriggerTable,
)

#: Nobody is listened to until the agent has spoken for a while: its echo canceller is still learning the room.
AFTER_WARM_UP: TriggerTable = {
    **AFTER_A_WAIT,
    (MUTED, Audible):    (WARMING, None),
    (WARMING, TimedOut): (IDLE, None),
}  # fmt: skip

#: The voice is held at once. Words make it an interruption; silence without words, and it goes on where it stopped.
HOLD_UNTIL_WORDS = Reaction({
    **STAY,
    (OPEN, BargeIn):     (HELD, HOLD),
    (HELD, EnoughWords): (OPEN, FLUSH),
    (HELD, TimedOut):    (OPEN, RESUME),
    (OPEN, StaleDelta):  (OPEN, DROP),
    (HELD, StaleDelta):  (HELD, DROP),
}, timeout_ms=2_000, armed_by=(SpeechStopped,))  # fmt: skip

#: Quiet for a while after an interruption: what is generated meanwhile waits.
BACK_OFF = Reaction({
    **STAY,
    (OPEN, BargeIn):    (HELD, FLUSH),
    (HELD, BargeIn):    (HELD, FLUSH),
    (HELD, TimedOut):   (OPEN, RESUME),
    (OPEN, StaleDelta): (OPEN, DROP),
    (HELD, StaleDelta): (HELD, DROP),
}, timeout_ms=1_000)  # fmt: skip

_LIVEKIT, _PIPECAT, _VAPI = "livekit-agents 1.8.9", "pipecat-ai 1.14.0", "vapi_server_sdk 3.0.0"

LIVEKIT = Policy(
    "livekit", Trigger(AFTER_WARM_UP, LOCAL_VAD, wait_ms=500, warm_up_ms=3_000, min_words=1, start=MUTED),
    HOLD_UNTIL_WORDS, origin=_LIVEKIT,
    note="half a second of speech holds; words flush, 2 s without any resume; deaf for the agent's first 3 s",
)  # fmt: skip

LIVEKIT_REALTIME = Policy(
    "livekit-realtime", Trigger(AT_ONCE, PROVIDER), DROP_REVOKED, commands=True, origin=_LIVEKIT,
    note="a realtime model that detects turns itself: the provider's report cuts at once, all of the above is ignored",
)  # fmt: skip

PIPECAT = Policy(
    "pipecat", Trigger(AFTER_A_WAIT, LOCAL_VAD, wait_ms=200), DROP_REVOKED, commands=True, origin=_PIPECAT,
    note="0.2 s of speech interrupts",
)  # fmt: skip

PIPECAT_WORDS = Policy(
    "pipecat-min-words", Trigger(BY_WORDS, TRANSCRIPT, min_words=3), DROP_REVOKED, commands=True, origin=_PIPECAT,
    note="three words of an utterance interrupt; shorter ones never do",
)  # fmt: skip

VAPI = Policy(
    "vapi", Trigger(AFTER_A_WAIT, LOCAL_VAD, wait_ms=200), BACK_OFF, origin=_VAPI,
    note="0.2 s of speech interrupts; the next answer is held until a second has passed",
)  # fmt: skip

VAPI_WORDS = Policy(
    "vapi-words", Trigger(BY_WORDS, TRANSCRIPT, min_words=2), BACK_OFF, origin=_VAPI,
    note="two words interrupt (numWords); the next answer is held until a second has passed",
)  # fmt: skip

PEERS: Mapping[str, Policy] = {p.name: p for p in (LIVEKIT, LIVEKIT_REALTIME, PIPECAT, PIPECAT_WORDS, VAPI, VAPI_WORDS)}
