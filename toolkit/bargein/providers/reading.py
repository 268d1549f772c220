"""A session's log in the neutral vocabulary: events, responses, generated audio, and what was odd about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from bargein.errors import NotAnswerable
from bargein.events import (
    AgentText,
    AudioDone,
    Delta,
    Event,
    ItemDone,
    ResponseCreated,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
    rows_of,
)
from bargein.ledger import Generated
from bargein.providers.base import Provider, Response
from bargein.providers.minting import Minter
from bargein.providers.wire import Parser
from bargein.session import Session
from bargein.uncollected import uncollected


@dataclass(frozen=True)
class Reading:
    """What a session's log says.

    Parameters
    ----------
    events
        In log order, with the connection each came on; repeated event ids left out.
    responses
        By id, in order of first sight.
    generated
        Agent audio as received.
    warnings
        Odd things, counted: unknown events, deltas of unknown responses, deltas whose sound was left out of the log,
        missing boundaries, repeats, ids that had to be minted.
    lines
        Of ``events.jsonl``, from 1: where each event stands.
    """

    events: tuple[tuple[Event, str], ...]
    responses: dict[str, Response]
    generated: Generated
    warnings: Counter[str]
    lines: tuple[int, ...] = ()

    def of(self, *kinds: type[Event]) -> list[Event]:
        """Events of the named kinds, in order."""
        return [e for e, _ in self.events if isinstance(e, kinds)]


def read(session: Session, provider: Provider) -> Reading:
    """Translate a session's log.

    Parameters
    ----------
    session
        Its clock must be ``wall`` or ``appends``.

    Raises
    ------
    NotAnswerable
        The log has no times.
    SessionError
        The log cannot be read.

    Notes
    -----
    A line without a time, in a log whose other lines have one, is dated like the line before it.
    """
    if session.info.clock == "none":
        raise NotAnswerable(
            f"{session.id}: the log has no receive times (clock: none), so nothing can be placed in time; "
            "record t, the receive time in ms, with every line (README: Bring your own sessions)"
        )
    with uncollected():
        return _read(session, provider)


def _read(session: Session, provider: Provider) -> Reading:
    warnings: Counter[str] = Counter()
    minter = Minter(warnings)
    seen: set[str] = set()
    events: list[tuple[Event, str]] = []
    lines: list[int] = []
    parsers: dict[tuple[str, str], Parser | None] = {}
    at = 0
    for record in session.records:
        at = record.t if record.t is not None else at
        event_id = str(record.payload.get("event_id") or "")
        if event_id and record.direction == "s2c":
            if event_id in seen:
                warnings["repeated event id"] += 1
                continue
            seen.add(event_id)
        key = kind, _ = record.type, record.direction
        if key not in parsers:
            if not provider.knows(kind):
                warnings[f"unknown event {kind or '(without type)'}"] += 1
                continue
            parsers[key] = provider.parser(*key)
        parser = parsers[key]
        event = parser(record.payload, at) if parser else None
        if event is not None:
            events.append((minter.named(event, record.connection), record.connection))
            lines.append(record.seq + 1)
    responses = _responses((e for e, _ in events), provider, warnings, minter.synthetic)
    rows = rows_of(e for e, _ in events)
    rate = session.info.tracks["agent"].rate if "agent" in session.info.tracks else 24_000
    return Reading(tuple(events), responses, Generated(rows, rate), warnings, tuple(lines))


def _responses(
    events: Iterable[Event], provider: Provider, warnings: Counter[str], synthetic: Collection[str]
) -> dict[str, Response]:
    found: dict[str, Response] = {}
    last: dict[str, int] = {}  # deltas
    speaking: set[str] = set()  # items: one may start twice before it stops
    for e in events:
        match e:
            case ResponseCreated():
                found[e.response] = replace(found.get(e.response, Response(e.response)), created=e.at)
            case Delta():
                r = found.get(e.response)
                if r is None or r.first_delta is None:
                    r = found[e.response] = replace(r or Response(e.response), first_delta=e.at)
                last[e.response] = e.at
                if r.created is None and e.response not in synthetic:
                    warnings["delta for an unknown response"] += 1
                if e.stored < 0:
                    warnings["delta without its sound"] += 1
            case AgentText():
                r = found.get(e.response, Response(e.response))
                found[e.response] = replace(r, texts=(*r.texts, (e.text, e.start_ms)))
            case AudioDone():
                r = found.get(e.response, Response(e.response))
                found[e.response] = replace(r, audio_done=e.at)
            case ItemDone():
                r = found.get(e.response, Response(e.response))
                found[e.response] = replace(r, items_closed=r.items_closed + 1)
            case ResponseDone():
                r = found.get(e.response, Response(e.response))
                r = replace(r, done=e.at, status=e.status, reason=e.reason, outputs=e.outputs)
                found[e.response] = replace(r, interrupted=provider.interrupted(r))
            case SpeechStarted():
                speaking.add(e.item)
            case SpeechStopped():
                warnings["speech_stopped without speech_started"] += e.item not in speaking
                speaking.discard(e.item)
            case _:
                pass
    warnings["speech_started without speech_stopped"] += len(speaking)
    for r in found.values():
        if r.first_delta is not None and r.audio_done is None:
            warnings["response without audio.done"] += 1
        if r.done is None:
            warnings["response without response.done"] += 1
    for nothing in [w for w, n in warnings.items() if not n]:
        del warnings[nothing]
    return {name: replace(r, last_delta=last.get(name), synthetic=name in synthetic) for name, r in found.items()}
