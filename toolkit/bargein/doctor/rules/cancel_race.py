"""Commands that cross: a cancel that meets nothing or the wrong response, a create while one still runs.

All of them come from a client that does not wait for what the provider has already done. A refusal is harmless where
it is taken for one, and has ended calls where it was not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bargein.corpus import Case
from bargein.doctor.base import Finding, Rule
from bargein.doctor.evidence import Line, log
from bargein.events import Command, ProviderError, ResponseCreated, ResponseDone

NOT_ACTIVE = ("response_cancel_not_active", "no active response")
CONFLICT = ("conversation_already_has_active_response", "already has an active response")


@dataclass
class _Past:
    """What the log had said so far; an hour of it is read once. Numbers are those of its lines."""

    told: dict[str, tuple[Command, str, int]] = field(default_factory=dict)
    created: dict[str, tuple[str, int]] = field(default_factory=dict)
    running: dict[str, None] = field(default_factory=dict)
    ended: tuple[ResponseDone, str] | None = None
    youngest: int = -1

    def add(self, order: int, line: Line) -> None:
        """One line more."""
        match line.event:
            case Command(name=name) as command:
                self.told[name] = command, line.ref, order
            case ResponseCreated(response=response):
                self.created.setdefault(response, (line.ref, order))
                self.running[response], self.youngest = None, order
            case ResponseDone(response=response) as done:
                self.running.pop(response, None)
                self.ended = done, line.ref
            case _:
                pass


def check(case: Case) -> Iterator[Finding]:
    """Find refusals, and cancels that hit another response."""
    past = _Past()
    for order, line in enumerate(log(case)):
        match line.event:
            case ProviderError() as error if _is(error, NOT_ACTIVE):
                yield _not_active(case, past, line)
            case ProviderError() as error if _is(error, CONFLICT):
                yield _conflict(case, past, line)
            case ResponseDone(reason="client_cancelled", response=response):
                yield from _wrong_one(case, past, line, response)
            case _:
                pass
        past.add(order, line)


def _is(error: ProviderError, marks: tuple[str, str]) -> bool:
    return error.code == marks[0] or marks[1] in error.message.lower()


def _not_active(case: Case, past: _Past, line: Line) -> Finding:
    cancel = past.told.get("cancel")
    at = line.event.at if cancel is None else cancel[0].at
    says, ago, refs = "a cancel met no active response", None, []
    if past.ended is not None:
        done, ref = past.ended
        ago = at - done.at
        when = f"had ended {ago:,} ms before" if ago >= 0 else f"ended {-ago:,} ms after it had been sent"
        by = ", stopped by the server itself" if case.reading.responses[done.response].interrupted else ""
        says += f": {done.response} {when}{by}"
        refs.append(ref)
    refs += [] if cancel is None else [cancel[1]]
    return RULE.finding(case, line.event.at, says, (*refs, line.ref), ago, "ms")


def _conflict(case: Case, past: _Past, line: Line) -> Finding:
    at, running, create = line.event.at, next(reversed(past.running), None), past.told.get("create")
    asked = create is not None and past.youngest < create[2]
    says = "the client asked for a response" if asked else "the provider's automatic reply was refused"
    done = None if running is None else case.reading.responses[running].done
    still = None if done is None else done - at
    says += f" while {running or 'another response'} was running"
    says += "" if still is None else f", for {still:,} ms more"
    refs = [create[1]] if create is not None and asked else []
    return RULE.finding(case, at, says, (*refs, line.ref), still, "ms")


def _wrong_one(case: Case, past: _Past, line: Line, response: str) -> Iterator[Finding]:
    """A cancel meant the response before this one, and came after its end."""
    cancel, created = past.told.get("cancel"), past.created.get(response)
    if cancel is None or created is None:
        return
    command, ref, sent = cancel
    younger = created[1] > sent
    if command.response not in ("", response) or younger:
        why = "created after the cancel had been sent" if younger else "another was named"
        waited = line.event.at - command.at
        yield RULE.finding(case, line.event.at, f"a cancel hit {response}, which was not meant: {why}",
                           (ref, created[0], line.ref), waited, "ms", "error")  # fmt: skip


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
