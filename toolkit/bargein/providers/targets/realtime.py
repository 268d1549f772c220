"""Settings files of OpenAI Realtime, its retired flat shape, and xAI: one ``session.update`` event, ready to send.

Ranges and defaults are those of the providers' own tables.
"""

from __future__ import annotations

from bargein.providers.base import Provider
from bargein.providers.openai import OPENAI
from bargein.providers.targets.base import Field, Target
from bargein.providers.targets.options import Option
from bargein.providers.xai import XAI
from bargein.settings import Knob

_CONSTANT = "a constant of its detector that no session can set; what is known of it is calibrated, never tuned"
_NO_MINIMUM = (
    "it has no minimum of speech; a wait before the agent yields belongs into the client's gate, with "
    "interrupt_response false"
)
_NO_MINIMUM_AT_ALL = "it has no minimum of speech, and always stops by itself: no gate can wait on its behalf"
_FLAGS = tuple(
    Option(name, (True, False), True, "openai 3.54.0, types/realtime/realtime_audio_input_turn_detection.py")
    for name in ("create_response", "interrupt_response")
)


def _fields(provider: Provider, path: str, *more: Option, without: str = "") -> tuple[Field, ...]:
    settings: tuple[Knob | Option, ...] = (*provider.knobs, *more)
    return tuple(Field(one, f"{path}.{one.name}") for one in settings if one.name != without)


OPENAI_GA = Target(
    name="openai",
    title="OpenAI Realtime",
    provider="openai",
    detector="OpenAI's server_vad",
    use="send it as it is: a session.update event",
    source="openai 3.54.0, types/realtime/session_update_event.py",
    fields=_fields(OPENAI, OPENAI.path, *_FLAGS),
    fixed=(("type", "session.update"), ("session.type", "realtime"), (f"{OPENAI.path}.type", "server_vad")),
    lacks=(("exit_threshold", _CONSTANT), ("min_speech_ms", _NO_MINIMUM)),
)

OPENAI_FLAT = Target(
    name="openai-beta",
    title="OpenAI-compatible, flat",
    provider="openai-compatible",
    detector="the compatible server's own; OpenAI's is gone in this shape",
    use="send it as it is to a server that speaks the beta shape; OpenAI closed it on 12 May 2026",
    source="openai 3.54.0, types/beta/realtime/session_update_event.py",
    fields=_fields(OPENAI, "session.turn_detection", *_FLAGS, without="idle_timeout_ms"),
    fixed=(("type", "session.update"), ("session.turn_detection.type", "server_vad")),
    lacks=(
        ("exit_threshold", _CONSTANT),
        ("min_speech_ms", _NO_MINIMUM),
        ("idle_timeout_ms", "the beta shape has no such field"),
    ),
)

GROK = Target(
    name="xai",
    title=XAI.title,
    provider="xai",
    detector="xAI's server_vad, whose default threshold is 0.85",
    use="send it as it is: a session.update event; without one there is no detection at all",
    source="xAI Voice Agent API, session.turn_detection",
    fields=_fields(XAI, XAI.path),
    fixed=(("type", "session.update"), (f"{XAI.path}.type", "server_vad")),
    lacks=(
        ("exit_threshold", _CONSTANT),
        ("min_speech_ms", _NO_MINIMUM_AT_ALL),
        *((name, "it has no effect at xAI: it always answers and always interrupts") for name in XAI.ignored),
    ),
)
