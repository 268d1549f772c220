"""The conversation holds words that the user never heard: the agent will refer to them.

A provider keeps what it generated. On a WebSocket it learns from a truncation alone how much was heard, and then drops
the item's text. xAI drops an item that was interrupted while it was generated, and keeps one that was cut in the tail.
"""

from __future__ import annotations

from collections.abc import Iterator

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck, Finding, Rule
from bargein.doctor.evidence import log, of, player
from bargein.doctor.interruptions import Cut, first_cuts, owners
from bargein.doctor.wording import said
from bargein.events import Truncated
from bargein.metrics.text import heard_text

DELETED = ("conversation.item.delete", "conversation.item.deleted")
#: What is left out of an item that the next words reach anyway.
LEAST_WORDS = 1


def check(case: Case) -> Iterator[Finding]:
    """Find interrupted responses whose words were neither heard nor taken back."""
    heard = player(case)
    if not heard.basis.tells_responses:
        raise CannotCheck("a channel of a call does not tell one response from another")
    mended = _mended(case)
    if not heard.by_sample:
        raise CannotCheck("a play-out buffer does not say which samples were heard")
    for cut in first_cuts(case).values():
        response = case.reading.responses[cut.response]
        dropped = case.session.info.provider == "xai" and response.interrupted
        if response.id in mended or dropped or not case.reading.generated.samples(response.id):
            continue
        text = heard_text(response, case.reading.generated, heard, case.voiced)
        unheard = len(text.words) - text.high
        if unheard >= LEAST_WORDS:
            yield _finding(case, cut, unheard, len(text.words), text.method)


def _mended(case: Case) -> set[str]:
    """Responses of which an item was truncated or deleted at the provider."""
    of_item = owners(log(case))
    items = {e.item for e, _ in of(log(case), Truncated)}
    items |= {str(line.record.payload.get("item_id")) for line in said(case) if line.record.type in DELETED}
    return {of_item[item] for item in items if item in of_item}


def _finding(case: Case, cut: Cut, unheard: int, words: int, method: str) -> Finding:
    return RULE.finding(case, cut.at, f"the conversation keeps {words} words of {cut.response}, and at least {unheard} "
                        f"of them were not heard ({method})", (cut.ref,), unheard, "words")  # fmt: skip


RULE = Rule(
    number=14,
    name="history-mismatch",
    title="words in the record that nobody heard",
    looks_for="interrupted responses of which the provider keeps more words than were heard",
    threads=(
        "livekit/agents#2201", "livekit/agents#2095", "livekit/agents#2843", "videosdk-live/agents#285",
        "livekit/agents-js#1916",
    ),
    needs="E+C",
    severity="warning",
    remedies={
        "": "tell the provider what was heard, also after response.done; keep the heard words in your own transcript",
        "openai": "conversation.item.truncate with the milliseconds that were heard, also after response.done; the "
        "server then drops the item's text, so keep the heard words yourself",
        "xai": "truncation is unreliable: tell the next turn what was not heard, or delete the item and create it anew "
        "with the words that were",
    },
    check=check,
)  # fmt: skip
