"""What peers ship, as policies: their defaults, versions and trigger sources (``docs/policies.md``).

Each is the part of a framework that decides what its user hears at an interruption, in our tables. Read from the code
of the packages that ``origin`` names; Vapi's is closed, there it is what its SDK says. What a framework does besides
(transcripts, tools, models that tell a backchannel from a turn) is left out, and the page says what that costs.
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
    ResponseCreated,
    SpeechStarted,
    SpeechStopped,
    StaleDelta,
    TimedOut,
)
from bargein.gate.policies import AFTER_A_WAIT, AT_ONCE, BY_WORDS, DROP_REVOKED, STOP, Playing, Policy
from bargein.gate.tables import (
    DROP,
    FIRED,
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

#: Nobody is listened to from the agent's first sound on, once a session: its echo canceller is still learning the room.
WARM_UP: TriggerTable = {
    (MUTED, Audible):    (WARMING, None),
    (WARMING, TimedOut): (IDLE, None),
}  # fmt: skip

AFTER_WARM_UP: TriggerTable = {**AFTER_A_WAIT, **WARM_UP}

#: The provider is sent silence while the canceller learns; before the agent's first sound it hears the user.
AT_ONCE_AFTER_WARM_UP: TriggerTable = {**AT_ONCE, **WARM_UP, (MUTED, SpeechStarted): (MUTED, BargeIn)}

#: A turn of the user that has begun begins once, however often it is reported.
ONCE_A_TURN: TriggerTable = {**AT_ONCE, (FIRED, SpeechStarted): (FIRED, None)}

#: The voice is held. Words, or a reply, make it an interruption; silence without either, and it goes on where it was.
HOLD_UNTIL_WORDS = Reaction({
    **STAY,
    (OPEN, BargeIn):         (HELD, HOLD),
    (HELD, EnoughWords):     (OPEN, FLUSH),
    (HELD, ResponseCreated): (OPEN, FLUSH),
    (HELD, TimedOut):        (OPEN, RESUME),
    (OPEN, StaleDelta):      (OPEN, DROP),
    (HELD, StaleDelta):      (HELD, DROP),
}, timeout_ms=2_000, armed_by=(SpeechStopped,), stopped_by=(SpeechStarted,))  # fmt: skip

#: Quiet for a while after an interruption: what is generated meanwhile waits.
BACK_OFF = Reaction({
    **STAY,
    (OPEN, BargeIn):    (HELD, FLUSH),
    (HELD, BargeIn):    (HELD, FLUSH),
    (HELD, TimedOut):   (OPEN, RESUME),
    (OPEN, StaleDelta): (OPEN, DROP),
    (HELD, StaleDelta): (HELD, DROP),
}, timeout_ms=1_000)  # fmt: skip

#: Their telephone transports send a carrier its ``clear``.
CLEARS = Playing(clears=True)

_LIVEKIT, _PIPECAT, _VAPI = "livekit-agents 1.8.9", "pipecat-ai 1.14.0", "vapi_server_sdk 3.0.0"

LIVEKIT = Policy(
    "livekit", Trigger(AFTER_WARM_UP, LOCAL_VAD, wait_ms=500, warm_up_ms=3_000, min_words=1, start=MUTED),
    HOLD_UNTIL_WORDS, player=CLEARS, origin=_LIVEKIT,
    note="half a second holds; words or a reply flush, 2 s of silence resume; deaf for 3 s from the first sound",
)  # fmt: skip

LIVEKIT_REALTIME = Policy(
    "livekit-realtime", Trigger(AT_ONCE_AFTER_WARM_UP, PROVIDER, warm_up_ms=3_000, start=MUTED), DROP_REVOKED,
    commands=True, player=CLEARS, origin=_LIVEKIT,
    note="with the provider's own turn detection: no minimum, no hold, keyed; the 3 s of warm-up stay",
)  # fmt: skip

PIPECAT = Policy(
    "pipecat", Trigger(AFTER_A_WAIT, LOCAL_VAD, wait_ms=200), DROP_REVOKED, player=CLEARS, origin=_PIPECAT,
    note="0.2 s of speech interrupts; late audio is keyed on the synthesis it belongs to",
)  # fmt: skip

PIPECAT_WORDS = Policy(
    "pipecat-min-words", Trigger(BY_WORDS, TRANSCRIPT, min_words=3), DROP_REVOKED, player=CLEARS, origin=_PIPECAT,
    note="three words of an utterance interrupt; fewer never do",
)  # fmt: skip

PIPECAT_REALTIME = Policy(
    "pipecat-realtime", Trigger(ONCE_A_TURN, PROVIDER), STOP, commands=True, player=CLEARS, origin=_PIPECAT,
    note="with the provider's own turn detection: clears the queue; a late delta of the old response plays again",
)  # fmt: skip

VAPI = Policy(
    "vapi", Trigger(AFTER_A_WAIT, LOCAL_VAD, wait_ms=200), BACK_OFF, player=CLEARS, origin=_VAPI,
    note="0.2 s of speech interrupts; the next answer is held until a second has passed",
)  # fmt: skip

VAPI_WORDS = Policy(
    "vapi-words", Trigger(BY_WORDS, TRANSCRIPT, min_words=2), BACK_OFF, player=CLEARS, origin=_VAPI,
    note="two words interrupt (numWords); the next answer is held until a second has passed",
)  # fmt: skip

#: By name, peer after peer.
PEERS: Mapping[str, Policy] = {
    p.name: p for p in (LIVEKIT, LIVEKIT_REALTIME, PIPECAT, PIPECAT_WORDS, PIPECAT_REALTIME, VAPI, VAPI_WORDS)
}
