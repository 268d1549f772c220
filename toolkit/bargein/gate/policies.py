"""Policies: gates as data.

The first are generations of one voice-interview app's client (``docs/origin.md``) and the gates its review asked for;
what peers ship is in :mod:`bargein.gate.peers`. A trigger's source is part of a policy's name, since it is the largest
real difference between gates: ``keyed@local-vad`` listens to a detector beside the loudspeaker; bare ``keyed`` means
``keyed@provider``.

A new one is a few lines::

    HOLD_AND_SEE = Policy("hold-and-see", Trigger(AT_ONCE, PROVIDER), Reaction({
        **STAY,
        (OPEN, BargeIn):       (HELD, HOLD),
        (HELD, SpeechStopped): (OPEN, RESUME),
        (HELD, TimedOut):      (OPEN, RESUME),
    }, timeout_ms=2_000))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bargein.events import (
    PROVIDER,
    TRANSCRIPT,
    AudioDone,
    BargeIn,
    Drained,
    EnoughWords,
    FalseAlarm,
    ResponseCreated,
    SpeechStarted,
    SpeechStopped,
    StaleDelta,
    TimedOut,
)
from bargein.gate.tables import (
    DEAF,
    DROP,
    DUCK,
    FIRED,
    FLUSH,
    IDLE,
    LIFT,
    MUTED,
    OPEN,
    PENDING,
    SHUT,
    STAY,
    WARMING,
    Reaction,
    Trigger,
    TriggerTable,
)


@dataclass(frozen=True, slots=True)
class Playing:
    """How a client's player stops, apart from what it is told.

    Parameters
    ----------
    disconnects
        Whether it takes a stopped source node out of the audio graph; where not, it is counted as left over.
    schedule_ahead_ms
        How much audio it has handed to the sound device before it sounds.
    recalls
        Whether a flush also takes back what was handed to the sound device.
    clears
        Whether it also tells a telephone carrier to ``clear`` what was handed to it.
    stop_ms, fade_ms
        From the flush to the last sample, and how much of that is a fade-out.
    duck_db
        Level while the gate ducks.
    """

    disconnects: bool = True
    schedule_ahead_ms: int = 0
    recalls: bool = True
    clears: bool = False
    stop_ms: int = 0
    fade_ms: int = 0
    duck_db: float = -12.0


@dataclass(frozen=True, slots=True)
class Policy:
    """A gate as data: when it cuts, what a cut does at the client and at the relay, how tidily the player stops.

    Parameters
    ----------
    name
        Without the trigger's source.
    trigger, reaction
        The two tables of the client.
    relay
        The reaction of the app server between provider and client, to the same trigger; None: it forwards everything.
    commands
        Whether the provider is told what it needs at a cut (:mod:`bargein.providers.duties`).
    player
        How the player stops.
    origin
        Where the policy comes from: whose, which version.
    note
        One line for tables: what it does and its known fault.
    """

    name: str
    trigger: Trigger
    reaction: Reaction
    relay: Reaction | None = None
    commands: bool = False
    player: Playing = Playing()
    origin: str = ""
    note: str = ""

    @property
    def title(self) -> str:
        """Name with the trigger's source, unless that is the provider."""
        source = self.trigger.source
        return self.name if source == PROVIDER else f"{self.name}@{source}"

    def at(self, source: str) -> Policy:
        """Give the same policy, listening to another detector; to a transcript, it waits for words instead of sound."""
        trigger = replace(self.trigger, source=source)
        if source == TRANSCRIPT and not trigger.min_words:
            trigger = Trigger(BY_WORDS, TRANSCRIPT, min_words=1)
        return replace(self, trigger=trigger)


#: The first report of speech is believed at once.
AT_ONCE: TriggerTable = {
    **DEAF,
    (IDLE, SpeechStarted): (FIRED, BargeIn),
    (FIRED, SpeechStarted): (FIRED, BargeIn),  # xAI repeats speech_started for one item: cut what came since
    (FIRED, SpeechStopped): (IDLE, None),
}

#: Speech has to last; what is shorter was a false alarm.
AFTER_A_WAIT: TriggerTable = {
    **DEAF,
    (IDLE, SpeechStarted): (PENDING, None),
    (PENDING, TimedOut): (FIRED, BargeIn),
    (PENDING, SpeechStopped): (IDLE, FalseAlarm),
    (FIRED, SpeechStopped): (IDLE, None),
}

#: So many words of one utterance take the floor, however loud it was.
BY_WORDS: TriggerTable = {
    **DEAF,
    (IDLE, EnoughWords): (FIRED, BargeIn),
    (FIRED, EnoughWords): (FIRED, BargeIn),
    (FIRED, SpeechStopped): (IDLE, None),
}

#: Nobody is listened to until the first answer has been heard to its end; then the first report is believed.
AFTER_THE_FIRST_ANSWER: TriggerTable = {
    **AT_ONCE,
    (MUTED, AudioDone): (WARMING, None),  # a queue that runs dry before is only waiting for late audio
    (WARMING, Drained): (IDLE, None),
}

_AT_ONCE = Trigger(AT_ONCE, PROVIDER)
_APP = "the voice-interview app, generation"

#: Drops what a cut has revoked: keyed on the response id, so no boundary can let it back in.
DROP_REVOKED = Reaction({**STAY, (OPEN, BargeIn): (OPEN, FLUSH), (OPEN, StaleDelta): (OPEN, DROP)})

STOP = Reaction({**STAY, (OPEN, BargeIn): (OPEN, FLUSH)})

UNTIL_A_BOUNDARY = Reaction({
    **STAY,
    (OPEN, BargeIn):       (SHUT, FLUSH),
    (SHUT, SpeechStopped): (OPEN, None),  # too early if the old response is still coming
    (SHUT, AudioDone):     (OPEN, None),  # also when it is the old response's
    (SHUT, TimedOut):      (OPEN, None),
}, timeout_ms=10_000)  # fmt: skip

UNTIL_THE_NEXT_RESPONSE = Reaction({
    **STAY,
    (OPEN, BargeIn):         (SHUT, FLUSH),
    (SHUT, BargeIn):         (SHUT, FLUSH),
    (SHUT, ResponseCreated): (OPEN, None),  # too early where deltas of the old response follow it
})  # fmt: skip

INDICATOR = Policy(
    "indicator", _AT_ONCE, Reaction(STAY), origin=f"{_APP} 0",
    note="only the light goes out; the agent talks on until its queue is empty",
)  # fmt: skip

STOP_ONLY = Policy(
    "stop-only", _AT_ONCE, STOP, player=Playing(disconnects=False, recalls=False), origin=f"{_APP} 1",
    note="clears the queue; the very next delta of the old response plays again; stopped nodes stay connected",
)  # fmt: skip

SUPPRESS = Policy(
    "suppress", _AT_ONCE, UNTIL_A_BOUNDARY, player=Playing(recalls=False), origin=f"{_APP} 2",
    note="drops audio until audio_done, the user's silence or 10 s; any of these may come too early",
)  # fmt: skip

SCHEDULED = Policy(
    "scheduled", _AT_ONCE, UNTIL_A_BOUNDARY, player=Playing(schedule_ahead_ms=200, stop_ms=15, fade_ms=10),
    origin=f"{_APP} 3",
    note="suppress, with 200 ms scheduled ahead and taken back, a 10 ms fade and a stop at 15 ms; faults as suppress",
)  # fmt: skip

KEYED = Policy(
    "keyed", _AT_ONCE, DROP_REVOKED, origin="asked for by the app's review",
    note="revokes every response seen so far; only responses first seen later may play",
)  # fmt: skip

RELAY_ONLY = Policy(
    "relay-only", _AT_ONCE, Reaction(STAY), relay=DROP_REVOKED, origin="asked for by the app's review",
    note="the relay stops forwarding, the client only turns its light off: what was forwarded plays on",
)  # fmt: skip

SERVER = Policy(
    "server", _AT_ONCE, STOP, relay=UNTIL_THE_NEXT_RESPONSE, player=Playing(disconnects=False),
    origin="a relay's usual first fix",
    note="the relay re-opens at the next response.created: late deltas behind it are forwarded, and the client plays",
)  # fmt: skip

FULL = Policy(
    "full", _AT_ONCE, DROP_REVOKED, relay=DROP_REVOKED, commands=True, player=Playing(clears=True),
    origin="asked for by the app's review",
    note="relay and client both keyed, and the provider is told what was heard",
)  # fmt: skip

MUTE_UNTIL_FIRST = Policy(
    "mute-until-first-reply", Trigger(AFTER_THE_FIRST_ANSWER, PROVIDER, start=MUTED), DROP_REVOKED,
    origin="pipecat-ai 1.14.0, MuteUntilFirstBotComplete, as a gate",
    note="the first answer cannot be interrupted; then keyed",
)  # fmt: skip

DUCKING = Policy(
    "duck", Trigger(AFTER_A_WAIT, PROVIDER, wait_ms=500), Reaction({
        **STAY,
        (OPEN, SpeechStarted): (OPEN, DUCK),
        (OPEN, FalseAlarm):    (OPEN, LIFT),
        (OPEN, BargeIn):       (OPEN, FLUSH),
        (OPEN, StaleDelta):    (OPEN, DROP),
    }), origin="common advice",
    note="softer by 12 dB at once, silent after half a second of speech, back up when it was less; then keyed",
)  # fmt: skip

#: The gates that are compared when nothing else is asked for: how the origin's grew, and what its review asked for.
GENERATIONS: tuple[str, ...] = ("indicator", "stop-only", "suppress", "keyed")

#: Every policy of the house, by name, in the order they were invented.
HOUSE: Mapping[str, Policy] = {
    p.name: p
    for p in (
        INDICATOR, STOP_ONLY, SUPPRESS, SCHEDULED, KEYED, RELAY_ONLY, SERVER, FULL, MUTE_UNTIL_FIRST, DUCKING,
    )
}  # fmt: skip
