"""Sessions drawn on a ruler.

A letter is a response, one character is a tick of 100 ms, and rows lie under each other: what was ``sent``, what the
``user`` did, what was ``heard``. Several ``sent`` rows draw generation faster than real time: each row sends a letter
a tick. At one instant the user's edge comes first, then deltas, then ``done``.

``said`` is what a recogniser wrote: a digit is the number of words of the utterance so far, a count that does not grow
is a new utterance. ``source`` is whose edges the ``user`` row gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bargein.events import (
    PROVIDER,
    AudioDone,
    Delta,
    Event,
    ResponseCreated,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
    UserText,
)
from bargein.gate import Policy
from bargein.gate import policy as policy_named
from bargein.ledger import Generated, Row
from bargein.outcome import Link, Outcome
from bargein.providers import Reading
from bargein.replay import played
from bargein.session import Info, Session, Track

TICK = 100
RATE = 24_000
_TICK_SAMPLES = RATE * TICK // 1_000

USER, SENT, DONE = range(3)


def drawn(sent: str | Iterable[str], user: str, *, done: str = "", created: str = "", said: str = "",
          source: str = PROVIDER) -> list[Event]:  # fmt: skip
    """Give the events of a drawing, in log order."""
    rows = [sent] if isinstance(sent, str) else list(sent)
    events: list[tuple[int, int, Event]] = []
    edges = zip(" " + user, user + " ", strict=True)
    for tick, (before, now) in enumerate(edges):
        if now == "u" != before:
            events.append((tick * TICK, USER, SpeechStarted(tick * TICK, source)))
        elif before == "u" != now:
            events.append((tick * TICK, USER, SpeechStopped(tick * TICK, source)))
    words, utterance = 0, 0
    for tick, count in enumerate(said):
        if count.isdigit():
            utterance += int(count) <= words
            words = int(count)
            events.append((tick * TICK, USER, UserText(tick * TICK, f"u{utterance}", " ".join(["word"] * words))))
    at = {letter: tick * TICK for tick, letter in enumerate(created) if letter.isalpha()}
    events += [(t, USER, ResponseCreated(t, letter)) for letter, t in at.items()]
    first: Counter[str] = Counter()
    for tick in range(max(map(len, rows))):
        for letter in (row[tick] for row in rows if tick < len(row) and row[tick].isalpha()):
            if not first[letter] and letter not in at:
                events.append((tick * TICK, SENT, ResponseCreated(tick * TICK, letter)))
            delta = Delta(tick * TICK, letter, letter.lower(), first[letter], _TICK_SAMPLES)
            events.append((tick * TICK, SENT, delta))
            first[letter] += _TICK_SAMPLES
    for tick, letter in enumerate(done):
        if letter.isalpha():
            events.append((tick * TICK, DONE, AudioDone(tick * TICK, letter, letter.lower())))
            events.append((tick * TICK, DONE, ResponseDone(tick * TICK, letter, "completed", outputs=1)))
    return [e for _, _, e in sorted(events, key=lambda x: x[:2])]


def session_of(length_ms: int) -> Session:
    """Give a session that exists only as a drawing."""
    agent = Track("agent.flac", "generated", RATE, 0)
    return Session(Path("drawn"), Info("drawn", "openai", "drawn", length_ms, tracks={"agent": agent}))


def reading_of(events: Iterable[Event]) -> Reading:
    """Give the reading of drawn events."""
    log = [(e, "provider") for e in events]
    rows = tuple(Row(e.at, e.response, e.item, e.first, e.samples) for e, _ in log if isinstance(e, Delta))
    return Reading(tuple(log), {}, Generated(rows, RATE), Counter())


def outcome_of(policy: str | Policy, events: Iterable[Event], length_ms: int, link: Link | None = None) -> Outcome:
    """Replay events that were never written down."""
    reading, link = reading_of(events), link or Link()
    return played(session_of(length_ms), policy_named(policy), link, reading)


def picture(outcome: Outcome) -> str:
    """Draw what was heard: a tick shows the response that sounded in its middle."""
    row = []
    for tick in range(outcome.session.info.length_ms // TICK):
        middle = tick * TICK + TICK // 2
        sounding = {r.response for r in outcome.heard.rows if middle in r.span(outcome.heard.rate)}
        row.append("".join(sorted(sounding)) or ".")
    return "".join(row)


def play(policy: str | Policy, sent: str | Iterable[str], user: str, *, done: str = "", created: str = "",
         said: str = "", source: str = PROVIDER, link: Link | None = None) -> str:  # fmt: skip
    """Draw what is heard of a drawing under a policy."""
    events = drawn(sent, user, done=done, created=created, said=said, source=source)
    return picture(outcome_of(policy, events, len(user) * TICK, link))
