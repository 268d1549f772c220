"""Commands that cross: a cancel that meets nothing or the wrong response, a create while one still runs.

All of them come from a client that does not wait for what the provider has already done. A refusal is harmless where
it is taken for one, and has ended calls where it was not.
"""

from __future__ import annotations

from collections.abc import Iterator

from bargein.corpus import Case
from bargein.doctor.base import Finding, Rule
from bargein.doctor.evidence import Line, log, of
from bargein.events import Command, ProviderError, ResponseCreated, ResponseDone

NOT_ACTIVE = ("response_cancel_not_active", "no active response")
CONFLICT = ("conversation_already_has_active_response", "already has an active response")


def check(case: Case) -> Iterator[Finding]:
    """Find refusals, and cancels that hit another response."""
    lines = log(case)
    for order, line in enumerate(lines):
        before = lines[:order]
        match line.event:
            case ProviderError() as error if _is(error, NOT_ACTIVE):
                yield _not_active(case, before, line)
            case ProviderError() as error if _is(error, CONFLICT):
                yield _conflict(case, before, line)
            case ResponseDone(reason="client_cancelled", response=response):
                yield from _wrong_one(case, before, line, response)
            case _:
                pass


def _is(error: ProviderError, marks: tuple[str, str]) -> bool:
    return error.code == marks[0] or marks[1] in error.message.lower()


def _not_active(case: Case, before: tuple[Line, ...], line: Line) -> Finding:
    cancel = _last(before, "cancel")
    at = line.event.at if cancel is None else cancel[0].at
    ended = [*of(before, ResponseDone)][-1:]
    says, ago = "a cancel met no active response", None
    for done, _ in ended:
        ago = at - done.at
        when = f"had ended {ago:,} ms before" if ago >= 0 else f"ended {-ago:,} ms after it had been sent"
        by = ", stopped by the server itself" if case.reading.responses[done.response].interrupted else ""
        says += f": {done.response} {when}{by}"
    refs = [ref for _, ref in [*ended, *([] if cancel is None else [cancel])]]
    return RULE.finding(case, line.event.at, says, (*refs, line.ref), ago, "ms")


def _conflict(case: Case, before: tuple[Line, ...], line: Line) -> Finding:
    at, running, create = line.event.at, _running(before), _last(before, "create")
    asked = create is not None and not any(True for _ in of(_since(before, create[1]), ResponseCreated))
    says = "the client asked for a response" if asked else "the provider's automatic reply was refused"
    done = None if running is None else case.reading.responses[running].done
    still = None if done is None else done - at
    says += f" while {running or 'another response'} was running"
    says += "" if still is None else f", for {still:,} ms more"
    refs = [create[1]] if create is not None and asked else []
    return RULE.finding(case, at, says, (*refs, line.ref), still, "ms")


def _wrong_one(case: Case, before: tuple[Line, ...], line: Line, response: str) -> Iterator[Finding]:
    """A cancel meant the response before this one, and came after its end."""
    cancel = _last(before, "cancel")
    created = next((ref for e, ref in of(before, ResponseCreated) if e.response == response), None)
    if cancel is None or created is None:
        return
    younger = any(x.ref == created for x in _since(before, cancel[1]))
    if cancel[0].response not in ("", response) or younger:
        why = "created after the cancel had been sent" if younger else "another was named"
        waited = line.event.at - cancel[0].at
        yield RULE.finding(case, line.event.at, f"a cancel hit {response}, which was not meant: {why}",
                           (cancel[1], created, line.ref), waited, "ms", "error")  # fmt: skip


def _last(before: tuple[Line, ...], name: str) -> tuple[Command, str] | None:
    return next(((e, ref) for e, ref in reversed([*of(before, Command)]) if e.name == name), None)


def _since(before: tuple[Line, ...], ref: str) -> tuple[Line, ...]:
    return before[next(n for n, line in enumerate(before) if line.ref == ref) :]


def _running(before: tuple[Line, ...]) -> str | None:
    """Give the response that was created last and has not ended."""
    ended = {e.response for e, _ in of(before, ResponseDone)}
    return next((e.response for e, _ in reversed([*of(before, ResponseCreated)]) if e.response not in ended), None)


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
