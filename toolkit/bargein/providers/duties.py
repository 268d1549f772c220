"""What a client must tell each provider when it cuts: one table.

A provider that stops by itself and knows what was played needs nothing; one that stops by itself and cannot know needs
a truncation; one that was told not to stop needs a cancel first. Telling more than that is not safe: a cancel that
comes after the server's own was seen to hit the next response, and xAI refuses or mishandles both commands.

Sources: OpenAI's guide "Realtime conversations" and the docstrings of ``openai`` 3.54.0; recorded barge-ins (no
truncation by the server on a WebSocket); pydantic/pydantic-ai#7870 (what each provider needs); Microsoft's how-to on
automatic truncation; ``google-genai`` 3.4.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bargein.settings import ManualTurns, SemanticVad, ServerVad, TurnDetection


@dataclass(frozen=True, slots=True)
class Duty:
    """What a client owes a provider at a cut.

    Parameters
    ----------
    tells
        Commands in order, by the names of :class:`bargein.events.Command`; the local flush goes without saying.
    because
        Why these and no others.
    """

    tells: tuple[str, ...]
    because: str


_TRUNCATE = Duty(("truncate",), "the server stops by itself, and cannot know what was played")
_CANCEL = Duty(("cancel", "truncate"), "the server was told not to stop")

#: By provider and what its settings make of an interruption.
DUTIES: Mapping[tuple[str, str], Duty] = {
    ("openai", "interrupts"): _TRUNCATE,
    ("openai", "does not"): _CANCEL,
    ("openai-webrtc", "interrupts"): Duty((), "the server owns the play-out buffer and truncates by itself"),
    ("openai-webrtc", "does not"): Duty(("cancel", "clear"), "the server was told not to stop; it plays out"),
    ("xai", "interrupts"): Duty((), "the server always stops by itself; it refuses or mishandles anything else"),
    ("gemini", "interrupts"): Duty((), "there are no ids, no truncate and no cancel: only the local queue is dropped"),
    ("azure-voice-live", "interrupts"): _TRUNCATE,
    ("azure-voice-live", "does not"): _CANCEL,
    ("azure-voice-live", "truncates"): Duty((), "auto_truncate: the server assumes real-time playback and cuts there"),
}


def duty(provider: str, settings: TurnDetection, *, auto_truncate: bool = False) -> Duty:
    """Look up what a client owes a provider under the settings in force.

    Parameters
    ----------
    provider
        As in :data:`DUTIES`.
    settings
        In force; ``interrupt_response`` decides where the provider heeds it. Push to talk never interrupts by itself.
    auto_truncate
        Azure Voice Live's own setting.

    Raises
    ------
    KeyError
        A provider that the table does not hold.

    Examples
    --------
    >>> duty("openai", ServerVad(0.5, 300, 500, interrupt_response=False)).tells, duty("xai", ServerVad()).tells
    (('cancel', 'truncate'), ())
    """
    if auto_truncate and (provider, "truncates") in DUTIES:
        return DUTIES[provider, "truncates"]
    told_not_to = isinstance(settings, (ServerVad, SemanticVad)) and settings.interrupt_response is False
    stays = told_not_to or isinstance(settings, ManualTurns)
    mode = "does not" if stays and (provider, "does not") in DUTIES else "interrupts"
    return DUTIES[provider, mode]
