"""Commands that cross: a cancel that meets nothing or the wrong response, a create while one still runs.

All of them come from a client that does not wait for what the provider has already done. A refusal is harmless where
it is taken for one, and has ended calls where it was not.
"""

from __future__ import annotations

from collections.abc import Iterator

from bargein.corpus import Case
from bargein.doctor.base import Finding, Rule
from bargein.doctor.evidence import Line, log, of
from bargein.events import Command, Event, ProviderError, ResponseCreated, ResponseDone

NOT_ACTIVE = ("response_cancel_not_active", "no active response")
CONFLICT = ("conversation_already_has_active_response", "already has an active response")


def check(case: Case) -> Iterator[Finding]:
    """Find refusals, and cancels that hit another response."""
    lines = log(case)
    for order, line in enumerate(lines, 1):
        match line.event:
            case ProviderError() as error if _is(error, NOT_ACTIVE):
                yield _not_active(case, lines[:order], line)
            case ProviderError() as error if _is(error, CONFLICT):
                yield _conflict(case, lines[:order], line)
            case ResponseDone(reason="client_cancelled") as done:
                yield from _wrong_one(case, lines[:order], line, done)
            case _:
                pass


def _is(error: ProviderError, marks: tuple[str, str]) -> bool:
    return error.code == marks[0] or marks[1] in error.message.lower()


def _last(before: tuple[Line, ...], name: str) -> tuple[Command, str] | None:
    return next(((e, ref) for e, ref in reversed([*of(before, Command)]) if e.name == name), None)


def _not_active(case: Case, before: tuple[Line, ...], line: Line) -> Finding:
    cancel = _last(before, "cancel")
    known = cancel[0] if cancel else line.event
    done = next(((e, ref) for e, ref in reversed([*of(before, ResponseDone)]) if e.at <= known.at), None)
    ago = None if done is None else known.at - done[0].at
    why = (
        "no response had ended before it"
        if done is None
        else f"{done[0].response} had ended {ago:,} ms before"
        + (", stopped by the server itself" if case.reading.responses[done[0].response].interrupted else "")
    )
    refs = (*([done[1]] if done else []), *([cancel[1]] if cancel else []), line.ref)
    return RULE.finding(case, line.event.at, f"a cancel met no active response: {why}", refs, ago, "ms")


def _conflict(case: Case, before: tuple[Line, ...], line: Line) -> Finding:
    at, running = line.event.at, _running(before)
    create = _last(before, "create")
    asked = create is not None and not any(True for _ in of(_since(before, create[1]), ResponseCreated))
    who = "the client asked for a response" if asked else "the provider's automatic reply was refused"
    rest = None
    if running is not None:
        done = case.reading.responses[running].done
        rest = None if done is None else done - at
    still = f"{running} was still running" if running else "one was still running"
    still += f", and ended {rest:,} ms later" if rest is not None else ""
    refs = (*([create[1]] if create is not None and asked else []), line.ref)
    return RULE.finding(case, at, f"{who} while {still}", refs, rest, "ms")


def _running(before: tuple[Line, ...]) -> str | None:
    """Give the response that was created and has not ended."""
    found: Event | None = None
    for line in before:
        match line.event:
            case ResponseCreated():
                found = line.event
            case ResponseDone(response=response) if isinstance(found, ResponseCreated) and found.response == response:
                found = None
    return found.response if isinstance(found, ResponseCreated) else None


def _since(before: tuple[Line, ...], ref: str) -> tuple[Line, ...]:
    return before[next(n for n, line in enumerate(before) if line.ref == ref) :]


def _wrong_one(case: Case, before: tuple[Line, ...], line: Line, done: ResponseDone) -> Iterator[Finding]:
    """A cancel meant the response before this one, and came after its end."""
    cancel = _last(before, "cancel")
    created = next((ref for e, ref in of(before, ResponseCreated) if e.response == done.response), None)
    if cancel is None or created is None:
        return
    meant = cancel[0].response
    sooner = created in {x.ref for x in _since(before, cancel[1])}
    if (meant and meant != done.response) or (not meant and sooner):
        yield RULE.finding(case, done.at, f"a cancel hit {done.response}, which it was not meant for"
                           + (": it was created after the cancel had been sent" if sooner else ""),
                           (cancel[1], created, line.ref), done.at - cancel[0].at, "ms", "error")  # fmt: skip


RULE = Rule(
    number=5,
    name="cancel-race",
    title="commands that cross",
    looks_for="cancels that meet no active response or hit the next one, and responses asked for while one still runs",
    threads=(
        "livekit/agents#2064", "openai/openai-agents-python#1907", "openai/openai-agents-js#220", "block/berd#318",
        "hashintel/hash#9399", "livekit/agents#5564",
    ),
    needs="E",
    severity="warning",
    remedies={
        "": "cancel only what is known to run, by its id; take a refused cancel for done; create only after "
        "response.done",
        "openai": "with interrupt_response: true send no cancel, the server has cancelled already; else cancel by id, "
        "wait for response.done, then create; take response_cancel_not_active for done",
        "xai": "send no cancel at speech_started, the server has stopped already; take 'no active response' for done",
    },
    check=check,
)  # fmt: skip
