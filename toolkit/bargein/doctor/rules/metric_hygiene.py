"""What spoils figures that are computed from a log: missing ends, negative lengths, silence that was none.

Books that close a response at its ``audio.done`` never close it where that is missing, and book the next one too long.
xAI sends none for a response that was interrupted; that is its protocol, and no fault of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bargein.corpus import Case
from bargein.doctor.base import Finding, Rule
from bargein.doctor.evidence import log, of
from bargein.doctor.nodes import overlaps
from bargein.doctor.wording import said
from bargein.events import Delta, SpeechStarted, SpeechStopped
from bargein.providers import Response

#: A log that goes on so long after a response's last audio would hold its end.
ENDS_WITHIN_MS = 5_000
IDLE = "input_audio_buffer.timeout_triggered"


def check(case: Case) -> Iterator[Finding]:
    """Ask each of :data:`CHECKS`."""
    log(case)  # which refuses a log without times
    for look in CHECKS:
        yield from look(case)


def _no_end(case: Case) -> Iterator[Finding]:
    """Responses with audio whose end is not in the log."""
    latest = max((r.t for r in case.session.records if r.t is not None), default=0)
    for response in case.reading.responses.values():
        if response.last_delta is None or latest < response.last_delta + ENDS_WITHIN_MS or response.synthetic:
            continue
        lacks = [name for name, missing in _ends(case, response) if missing]
        if lacks:
            ref = [ref for e, ref in of(log(case), Delta) if e.response == response.id][-1]
            open_ms = latest - response.last_delta
            yield RULE.finding(case, response.last_delta, f"{' and '.join(lacks)} of {response.id} not in the log, "
                               f"which goes on for {open_ms:,} ms: books by events never close it", (ref,), open_ms,
                               "ms")  # fmt: skip


def _ends(case: Case, response: Response) -> Iterator[tuple[str, bool]]:
    by_protocol = case.session.info.provider == "xai" and response.interrupted
    yield "audio.done", response.audio_done is None and not by_protocol
    yield "response.done", response.done is None


def _negative(case: Case) -> Iterator[Finding]:
    """Speech that the provider says ended before it began, or began before the speech before it had ended."""
    begun: dict[str, int] = {}
    ended: int | None = None
    for line in log(case):
        match line.event:
            case SpeechStarted(at=at, item=item, claimed_ms=int(start)):
                begun.setdefault(item, start)
                if ended is not None and start < ended:
                    yield RULE.finding(case, at, f"a silence of {start - ended:,} ms between two reports of speech: "
                                       "audio_start_ms lies before the onset by the prefix padding", (line.ref,),
                                       start - ended, "ms", "note")  # fmt: skip
                ended = None
            case SpeechStopped(at=at, item=item, claimed_ms=int(stop)):
                ended, length = stop, stop - begun.get(item, stop)
                if length < 0:
                    yield RULE.finding(case, at, f"speech of {length:,} ms: it ended before it began, by the "
                                       "provider's own times", (line.ref,), length, "ms")  # fmt: skip
            case _:
                pass


def _phantom_silence(case: Case) -> Iterator[Finding]:
    """An idle timeout while somebody was speaking."""
    speaking: str | None = None
    agent = None if case.heard is None else case.heard.timeline()
    for line in said(case):
        if isinstance(line.event, SpeechStarted):
            speaking = line.ref
        elif isinstance(line.event, SpeechStopped):
            speaking = None
        elif line.record.type == IDLE and line.at is not None:
            start, end = (line.record.payload.get(k) for k in ("audio_start_ms", "audio_end_ms"))
            silence = end - start if isinstance(start, int) and isinstance(end, int) else None
            who = "the user was speaking" if speaking else "the agent was heard"
            if speaking or (agent is not None and line.at in agent):
                length = "" if silence is None else f" of {silence:,} ms"
                yield RULE.finding(case, line.at, f"a silence{length} was reported while {who}",
                                   tuple(filter(None, (speaking, line.ref))), silence,
                                   "" if silence is None else "ms")  # fmt: skip


def _two_at_once(case: Case) -> Iterator[Finding]:
    """Two responses that sound at once, by the player's log."""
    for before, after, ms in overlaps(case):
        if before.response != after.response:
            yield RULE.finding(case, after.at, f"{after.response} was started {ms:,} ms before {before.response} had "
                               "ended: two voices at once, or one that is booked twice", (before.ref, after.ref), ms,
                               "ms")  # fmt: skip


#: What is looked for, in order.
CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (_no_end, _negative, _phantom_silence, _two_at_once)

RULE = Rule(
    number=13,
    name="metric-hygiene",
    title="events that spoil figures",
    looks_for="responses whose end is missing, speech or silence of negative length, silence reported while somebody "
    "speaks, two responses at once",
    threads=("bolna-ai/bolna#606", "Noveum/noveum-trace#54", "thevoiceguy/siphon-ai#399", "livekit/agents#3418"),
    needs="E",
    severity="warning",
    remedies={
        "": "compute speech from samples and the player's log, not from the provider's boundaries; close what the next "
        "response or the session's end leaves open",
    },
    check=check,
)  # fmt: skip
