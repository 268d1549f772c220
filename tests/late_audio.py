"""What was heard of responses after the user had been reported over them: from the log's order and from sample ids.

The gate's own books (its cuts, its revoked ids) are not asked.
"""

from __future__ import annotations

from bargein.events import Delta, ResponseCreated, SpeechStarted
from bargein.ledger import Played
from bargein.outcome import Outcome


def reports(outcome: Outcome) -> list[tuple[int, frozenset[str]]]:
    """Per report of speech by the policy's detector: when, and the responses the log had named before it."""
    seen: set[str] = set()
    found = []
    for event in outcome.events:
        if isinstance(event, (ResponseCreated, Delta)):
            seen.add(event.response)
        elif isinstance(event, SpeechStarted) and event.source == outcome.policy.trigger.source:
            found.append((event.at, frozenset(seen)))
    return found


def late(outcome: Outcome) -> list[Played]:
    """Samples of a response that sounded after a report of speech that came after the response's first sign."""
    said, rate = reports(outcome), outcome.heard.rate
    rows = outcome.heard.rows
    return [row for row in rows if any(row.response in old and row.span(rate).end > at for at, old in said)]
