"""The session states one sample rate and the sound has another: speech is too slow or too fast for the provider.

The rate is measured: samples that were sent, by the time it took. It is named where it lies at a usual rate that is not
the stated one; a microphone that is sent in bursts, or with gaps, lies at none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck, Finding, Rule
from bargein.doctor.wording import Said, appended, said
from bargein.events import Delta
from bargein.units import nearest_rank

#: The rates of the providers' tables, of telephones and of sound devices.
USUAL = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
#: How close to a usual rate it must lie: neighbours in the table are 9 % apart and more.
WITHIN = 0.03
#: So many pieces are measured at once, and so many measurements are needed: a timer's jitter evens out.
PIECES, LEAST = 10, 10
#: Bytes of a sample differ, these names fix the rate.
FIXED: Mapping[str, int] = {"pcm16": 24_000, "audio/pcm": 24_000, "g711_ulaw": 8_000, "g711_alaw": 8_000,
                            "audio/pcmu": 8_000, "audio/pcma": 8_000}  # fmt: skip
STATES = ("session.created", "session.updated", "session.update")


def check(case: Case) -> Iterator[Finding]:
    """Compare what was stated with what was sent, and with how long the provider says its pieces are."""
    lines = list(said(case))
    stated = {side: _stated(lines, side) for side in ("input", "output")}
    sent, received = list(_sent(case, lines)), list(_received(lines))
    if max(len(sent), len(received)) < LEAST:
        raise CannotCheck("no sample rate can be measured: the log holds too few pieces of sound with their times")
    for side, rates, what in (("input", sent, "the microphone was sent"), ("output", received, "the agent's audio is")):
        says = stated[side]
        found = _usual(nearest_rank([int(r) for r, _ in rates], 50)) if len(rates) >= LEAST else None
        if says is not None and found is not None and found != says[0]:
            yield RULE.finding(case, None, f"the session states {says[0]:,} samples per second for its {side}, and "
                               f"{what} at {found:,}: {found / says[0]:.2f} times as fast", (says[1], rates[0][1]),
                               found, "samples/s")  # fmt: skip


def _stated(lines: list[Said], side: str) -> tuple[int, str] | None:
    """The last rate that was stated for a side, and where."""
    found = None
    for line in lines:
        session = line.record.payload.get("session") if line.record.type in STATES else None
        if isinstance(session, dict) and (rate := _rate(session, side)) is not None:
            found = rate, line.ref
    return found


def _rate(session: Mapping[str, Any], side: str) -> int | None:
    """The rate in a session object: nested as in GA and at xAI, or flat as in the beta."""
    nested = session.get("audio")
    nested = nested.get(side) if isinstance(nested, dict) else None
    stated = nested.get("format") if isinstance(nested, dict) else None
    if isinstance(stated, dict):
        rate = stated.get("rate")
        return rate if isinstance(rate, int) else FIXED.get(str(stated.get("type")))
    return FIXED.get(str(session.get(f"{side}_audio_format")))


def _sent(case: Case, lines: list[Said]) -> Iterator[tuple[float, str]]:
    """Samples of the microphone per second of session time, over a few pieces each."""
    if case.session.info.clock != "wall":  # dated by these very pieces
        return
    pieces = appended(lines)
    for n in range(PIECES, len(pieces)):
        took = pieces[n].at - pieces[n - PIECES].at
        if took > 0:
            yield 1_000 * sum(p.samples for p in pieces[n - PIECES + 1 : n + 1]) / took, pieces[n].ref


def _received(lines: list[Said]) -> Iterator[tuple[float, str]]:
    """Samples of the agent per second of its own sound, where the provider says how long a piece is."""
    for line in lines:
        length = line.record.payload.get("audio_duration_ms")
        if isinstance(line.event, Delta) and isinstance(length, int) and length > 0 and line.event.samples:
            yield 1_000 * line.event.samples / length, line.ref


def _usual(rate: int | None) -> int | None:
    """The usual rate that this is; None where it is none.

    Examples
    --------
    >>> _usual(15_900), _usual(18_700)
    (16000, None)
    """
    near = [usual for usual in USUAL if rate is not None and abs(rate - usual) <= WITHIN * usual]
    return near[0] if near else None


RULE = Rule(
    number=16,
    name="rate-mismatch",
    title="another sample rate than stated",
    looks_for="a microphone sent, or agent audio received, at another usual sample rate than the session states",
    threads=(
        "pipecat-ai/pipecat#3844", "twilio-samples/speech-assistant-openai-realtime-api-node#33",
        "twilio-samples/speech-assistant-openai-realtime-api-python#6",
    ),
    needs="E",
    severity="error",
    remedies={
        "": "state the rate of the sound as it is, or resample it before it is sent",
        "openai": "PCM is 24 kHz and nothing else: resample, or state audio/pcmu or audio/pcma for 8 kHz from a "
        "telephone",
        "xai": "state audio.input.format.rate as the microphone has it: 8,000 to 48,000 are taken",
    },
    check=check,
)  # fmt: skip
