"""Policies: gates as data.

The four here are generations of one voice-interview app's client (``docs/origin.md``) and the gate its review asked
for. A trigger's source is part of a policy's name, since it is the largest real difference between gates:
``keyed@local-vad`` listens to a detector beside the loudspeaker; bare ``keyed`` means ``keyed@provider``.

A new one is a few lines::

    HOLD_AND_SEE = Policy("hold-and-see", Trigger({**AT_ONCE}, PROVIDER), Reaction({
        **STAY,
        (OPEN, BargeIn):       (HELD, HOLD),
        (HELD, SpeechStopped): (OPEN, RESUME),
        (HELD, TimedOut):      (OPEN, RESUME),
    }, timeout_ms=2_000))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bargein.errors import Problem, SettingsError
from bargein.events import (
    LOCAL_VAD,
    PROVIDER,
    AudioDone,
    BargeIn,
    FalseAlarm,
    SpeechStarted,
    SpeechStopped,
    StaleDelta,
    TimedOut,
)
from bargein.gate.tables import (
    DEAF,
    DROP,
    FIRED,
    FLUSH,
    IDLE,
    OPEN,
    PENDING,
    SHUT,
    STAY,
    Reaction,
    Trigger,
    TriggerTable,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """A gate as data: when it cuts, what a cut does, and how tidily the player stops.

    Parameters
    ----------
    name
        Without the trigger's source.
    trigger, reaction
        The two tables.
    disconnects
        Whether the player takes a stopped source node out of the audio graph; where not, it is counted as left over.
    note
        One line for tables: what it does and its known fault.
    """

    name: str
    trigger: Trigger
    reaction: Reaction
    disconnects: bool = True
    note: str = ""

    @property
    def title(self) -> str:
        """Name with the trigger's source, unless that is the provider."""
        source = self.trigger.source
        return self.name if source == PROVIDER else f"{self.name}@{source}"

    def at(self, source: str) -> Policy:
        """Give the same policy, listening to another detector."""
        return replace(self, trigger=replace(self.trigger, source=source))


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

_AT_ONCE = Trigger(AT_ONCE, PROVIDER)

INDICATOR = Policy(
    "indicator", _AT_ONCE, Reaction(STAY),
    note="only the light goes out; the agent talks on until its queue is empty",
)  # fmt: skip

STOP_ONLY = Policy(
    "stop-only", _AT_ONCE, Reaction({**STAY, (OPEN, BargeIn): (OPEN, FLUSH)}), disconnects=False,
    note="clears the queue; the very next delta of the old response plays again; stopped nodes stay connected",
)  # fmt: skip

SUPPRESS = Policy(
    "suppress", _AT_ONCE,
    Reaction({
        **STAY,
        (OPEN, BargeIn):       (SHUT, FLUSH),
        (SHUT, SpeechStopped): (OPEN, None),  # too early if the old response is still coming
        (SHUT, AudioDone):     (OPEN, None),  # also when it is the old response's
        (SHUT, TimedOut):      (OPEN, None),
    }, timeout_ms=10_000),
    note="drops audio until audio_done, the user's silence or 10 s; any of these may come too early",
)  # fmt: skip

KEYED = Policy(
    "keyed", _AT_ONCE,
    Reaction({
        **STAY,
        (OPEN, BargeIn):    (OPEN, FLUSH),
        (OPEN, StaleDelta): (OPEN, DROP),  # keyed on the response id: no boundary can let it back in
    }),
    note="revokes every response seen so far; only responses first seen later may play",
)  # fmt: skip

#: Every policy that ships, by name, in the order they were invented.
POLICIES: Mapping[str, Policy] = {p.name: p for p in (INDICATOR, STOP_ONLY, SUPPRESS, KEYED)}

#: Detectors a policy can be asked to listen to, by the word behind the ``@``.
SOURCE_NAMES: tuple[str, ...] = (PROVIDER, LOCAL_VAD)


def policy(name: str | Policy) -> Policy:
    """Look a policy up by name, with or without its trigger's source.

    Parameters
    ----------
    name
        ``keyed``, ``keyed@provider``, ``keyed@local-vad`` …; a policy is given back as it is.

    Raises
    ------
    SettingsError
        No such policy, or no such source.

    Examples
    --------
    >>> policy("keyed").title, policy("stop-only@local-vad").title
    ('keyed', 'stop-only@local-vad')
    """
    if isinstance(name, Policy):
        return name
    base, _, source = name.partition("@")
    problems = []
    if base not in POLICIES:
        problems.append(Problem(f"policy {base!r} is not known", name, f"one of {', '.join(POLICIES)}"))
    if source and source not in SOURCE_NAMES:
        hint = f"one of {', '.join(SOURCE_NAMES)}"
        problems.append(Problem(f"trigger source {source!r} is not known", name, hint))
    if problems:
        raise SettingsError(problems, "policy name")
    return POLICIES[base].at(source or PROVIDER)
