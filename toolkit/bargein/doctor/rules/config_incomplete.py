"""Settings that the client left to the provider: each has values of its own, and they differ by provider and model.

A partial ``turn_detection`` keeps the model's own values for the rest: OpenAI documents an end silence of 500 ms, and
gpt-realtime was seen with 200. xAI's threshold is 0.85 where OpenAI's is 0.5, and it never reports what is in force.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck, Finding, Rule
from bargein.doctor.wording import APPEND, Said, said
from bargein.events import SettingsInForce, SpeechStarted
from bargein.providers import provider

SERVER_VAD = "server_vad"
#: Without these a turn detection is incomplete; the rest has one default everywhere.
FIELDS = ("threshold", "prefix_padding_ms", "silence_duration_ms")


def check(case: Case) -> Iterator[Finding]:
    """Find what the client never asked for, and what it asked for in vain."""
    lines = list(said(case))
    if all(line.record.direction == "s2c" for line in lines):
        raise CannotCheck("the log holds no client messages: what was asked for is not known")
    asked = [line for line in lines if isinstance(line.event, SettingsInForce) and not line.event.confirmed]
    wanted: dict[str, Any] = {}
    for line in asked:
        found = _values(line)
        wanted = {**wanted, **found} if found.get("type") == wanted.get("type") else found
    in_force = _in_force(lines)
    listens = wanted.get("type", in_force.get("type")) == SERVER_VAD
    missing = [name for name in FIELDS if wanted.get(name) is None]
    if listens and missing and _spoken_to(lines):
        yield _incomplete(case, missing, in_force, [line.ref for line in asked])
    yield from _in_vain(case, asked)


def _values(line: Said) -> dict[str, Any]:
    assert isinstance(line.event, SettingsInForce)
    return dict(line.event.turn_detection)


def _in_force(lines: list[Said]) -> dict[str, Any]:
    """What the provider last said is in force."""
    reported = [line for line in lines if isinstance(line.event, SettingsInForce) and line.event.confirmed]
    return _values(reported[-1]) if reported else {}


def _spoken_to(lines: list[Said]) -> bool:
    """Whether there was any sound to detect turns in: a text session needs no detection."""
    return any(line.record.type == APPEND or isinstance(line.event, SpeechStarted) for line in lines)


def _incomplete(case: Case, missing: list[str], in_force: dict[str, Any], refs: list[str]) -> Finding:
    knobs = {knob.name: knob for knob in provider(case.session.info.provider).knobs}

    def held(name: str) -> str:
        if (now := in_force.get(name)) is not None:
            return f"{name} ({now} in force)"
        default = knobs[name].default
        return f"{name} (not reported, " + ("no default documented)" if default is None else f"default {default:g})")

    sent = "turn_detection was sent without" if refs else "no turn_detection was sent, the provider chose"
    return RULE.finding(case, None, f"{sent} {', '.join(map(held, missing))}: {len(missing)} of {len(FIELDS)} values "
                        "are the model's own", refs, len(missing))  # fmt: skip


def _in_vain(case: Case, asked: list[Said]) -> Iterator[Finding]:
    speaks = provider(case.session.info.provider)
    for line in asked:
        vain = [name for name in speaks.ignored if name in _values(line)]
        if vain:
            yield RULE.finding(case, line.at, f"sent without effect at {speaks.title}: {', '.join(vain)}", (line.ref,),
                               len(vain), severity="note")  # fmt: skip


RULE = Rule(
    number=15,
    name="config-incomplete",
    title="settings left to the provider",
    looks_for=f"a server_vad without all of {', '.join(FIELDS)}, and settings the provider does not heed",
    threads=("openai/openai-realtime-console#35", "gptme/gptme-contrib#697", "pydantic/pydantic-ai#7870"),
    needs="E",
    severity="warning",
    remedies={
        "": "send every field of turn_detection, and keep the provider's answer with the recording",
        "openai": "send threshold, prefix_padding_ms and silence_duration_ms together: the rest keeps the model's own "
        "values (200 ms end silence at gpt-realtime, 500 at gpt-realtime-2.1)",
        "xai": "send threshold, prefix_padding_ms and silence_duration_ms together: xAI reports none of its own "
        "(documented 0.85 and 333 ms); leave create_response and interrupt_response out",
    },
    check=check,
)  # fmt: skip
