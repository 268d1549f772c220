"""Providers: one file each, one table of them all."""

from __future__ import annotations

from collections.abc import Mapping

from bargein.errors import Problem, SettingsError
from bargein.providers import reading
from bargein.providers.base import Provider, Response
from bargein.providers.call import CALL
from bargein.providers.openai import OPENAI
from bargein.providers.pipecat import PIPECAT
from bargein.providers.reading import Reading
from bargein.providers.xai import XAI
from bargein.session import Session

#: Every provider, by the name a session states.
PROVIDERS: Mapping[str, Provider] = {p.name: p for p in (OPENAI, XAI)}
#: What is none, and is read all the same: a call, and the frames of a pipeline.
BESIDE: Mapping[str, Provider] = {p.name: p for p in (CALL, PIPECAT)}


def provider(name: str) -> Provider:
    """Look a provider up.

    Raises
    ------
    SettingsError
        It is not known.

    Examples
    --------
    >>> provider("xai").title
    'xAI Grok'
    """
    if name in BESIDE:
        return BESIDE[name]
    if name not in PROVIDERS:
        raise SettingsError([Problem(f"provider {name!r} is not known", hint=f"one of {', '.join(PROVIDERS)}")])
    return PROVIDERS[name]


def read(session: Session) -> Reading:
    """Translate a session's log into neutral events, responses and generated audio.

    Raises
    ------
    NotAnswerable
        The log has no times.
    SessionError, SettingsError
        The log cannot be read; the provider is not known.
    """
    return reading.read(session, provider(session.info.provider))


__all__ = [
    "BESIDE",
    "CALL",
    "OPENAI",
    "PIPECAT",
    "PROVIDERS",
    "XAI",
    "Provider",
    "Reading",
    "Response",
    "provider",
    "read",
]
