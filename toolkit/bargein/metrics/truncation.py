"""Does the provider's record agree with what was heard? Truncations and cancels, as recorded and as predicted.

A provider on a WebSocket cannot know what was played: it remembers what it generated, unless the client says how much
of an item was heard. What it is told can be wrong in five ways: another length than was heard, beyond what had been
received (refused), nothing at all, too late, or never.

::

    item        |=======received========|
    heard       |=========|                      until the stop
    truncate    |============|                   error > 0: the model believes that more was heard

*Recorded* are a log's own commands, against what its session's player let be heard. *Predicted* is what a policy that
tells its provider (``full``) would have sent, and beside it what a naive client sends: the wall clock since the item's
first delta, and a cancel without an id. *Played* counts here, not what was audible: samples, silences included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bargein.events import Command, Delta, Event, ProviderError, ResponseCreated, ResponseDone
from bargein.ledger import Heard, Ledger, Played, Row, heard_out
from bargein.metrics.falsestops import Stop
from bargein.metrics.stopping import Facts
from bargein.outcome import Outcome, Told
from bargein.units import ms_of

#: A truncation so long after the stop is late: the reply may have been begun on the wrong history.
LATE_MS = 1_000
#: A cancel is answered within this, or not at all.
ANSWER_WITHIN_MS = 2_000
#: How providers refuse: a cancel when nothing runs, a second response while one does, a length beyond the item. The
#: last has no code of its own, only its message tells; and where a code is missing, its message tells too.
NOT_ACTIVE, CONFLICT = "response_cancel_not_active", "conversation_already_has_active_response"
TOO_LONG, OTHER = "already shorter", "something else"
_SAYS = {NOT_ACTIVE: "no active response", CONFLICT: "already has an active response", TOO_LONG: TOO_LONG}
REFUSED = (*_SAYS, OTHER)
#: No refusal, and worse than one: a cancel without an id that met the reply.
NEXT = "hits the next response"
UNANSWERED = "no answer"


@dataclass(frozen=True, slots=True)
class Truncation:
    """One truncation, as sent.

    Parameters
    ----------
    at
        When, session ms.
    item
        Of what.
    audio_end_ms
        What was said to have been heard of it.
    heard_ms
        What was heard of it in all, up to its last sample; None where nothing tells.
    received_ms
        What had reached the client of it by then.
    after_stop_ms
        Since it sounded last; None where it was not heard, negative where it sounds on.

    Examples
    --------
    >>> one = Truncation(5_000, "a", 1_900, heard_ms=1_500, received_ms=1_800, after_stop_ms=20)
    >>> one.error_ms, one.out_of_range, one.zero, one.late
    (400, True, False, False)
    """

    at: int
    item: str
    audio_end_ms: int
    heard_ms: int | None
    received_ms: int
    after_stop_ms: int | None = None

    @property
    def error_ms(self) -> int | None:
        """Told less heard: over 0 the model believes that more was heard, under 0 less. Best is 0."""
        return None if self.heard_ms is None else self.audio_end_ms - self.heard_ms

    @property
    def out_of_range(self) -> bool:
        """Beyond what had been received: the provider refuses it."""
        return self.audio_end_ms > self.received_ms

    @property
    def zero(self) -> bool:
        """Keeps nothing of the item."""
        return self.audio_end_ms <= 0

    @property
    def late(self) -> bool:
        """More than a second after the stop."""
        return self.after_stop_ms is not None and self.after_stop_ms > LATE_MS


@dataclass(frozen=True, slots=True)
class Telling:
    """What a provider was told at interruptions. Add them to pool sessions.

    Parameters
    ----------
    truncations
        As sent.
    owed, missing
        Responses that were stopped while heard and of whose end, though it had arrived, nothing was heard later, at a
        provider that needs to be told; those of them of which nothing was truncated.
    cancels
        Cancels sent, by outcome.
    answer_ms
        Cancel sent to its outcome, for those that had one.
    truncates
        Truncations by predicted answer.
    refusals
        What the provider refused in a log, whatever was asked of it: by :data:`REFUSED`.

    Examples
    --------
    >>> one = Telling((Truncation(0, "a", 0, 80, 100),), 2, 1, Counter({"cancelled": 1}), (40,))
    >>> both = one + one
    >>> both.sent, both.missing, both.owed, both.errors_ms, both.cancels["cancelled"]
    (2, 2, 4, [-80, -80], 2)
    """

    truncations: tuple[Truncation, ...] = ()
    owed: int = 0
    missing: int = 0
    cancels: Counter[str] = field(default_factory=Counter)
    answer_ms: tuple[int, ...] = ()
    truncates: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Telling) -> Telling:
        return Telling(
            self.truncations + other.truncations, self.owed + other.owed, self.missing + other.missing,
            self.cancels + other.cancels, self.answer_ms + other.answer_ms, self.truncates + other.truncates,
            self.refusals + other.refusals,
        )  # fmt: skip

    @property
    def sent(self) -> int:
        """Truncations sent."""
        return len(self.truncations)

    @property
    def errors_ms(self) -> list[int]:
        """Errors of those of which it is known what was heard."""
        return [t.error_ms for t in self.truncations if t.error_ms is not None]


def recorded(facts: Facts, stops: Iterable[Stop], *, owes: bool) -> Telling:
    """Say what a session's client told its provider.

    Parameters
    ----------
    facts
        Of the recording, with the client's own commands among its events.
    stops
        Of responses while they were heard: :func:`bargein.metrics.falsestops.first_stops`.
    owes
        Whether the provider needs to be told (:mod:`bargein.providers.duties`), and the log would show it.
    """
    heard = facts.heard if facts.heard is not None and facts.heard.basis.tells_responses else None
    sent = [e for e in facts.events if isinstance(e, Command) and e.name == "truncate"]
    told = {d.response for d in facts.events if isinstance(d, Delta) and d.item in {c.item for c in sent}}
    cut = [s.response for s in stops if owes and heard and not heard_out(facts.generated, heard, s.response)]
    cancels = [(n, e) for n, e in enumerate(facts.events) if isinstance(e, Command) and e.name == "cancel"]
    outcomes = [_outcome(c, facts.events[:n], facts.events[n + 1 :]) for n, c in cancels]
    return Telling(
        tuple(_against(c.at, c.item, c.audio_end_ms, _of(c.item, facts.generated),
                       None if heard is None else _of(c.item, heard), facts.generated.rate)
              for c in sent if c.audio_end_ms is not None),
        len(cut), sum(r not in told for r in cut), Counter(what for what, _ in outcomes),
        tuple(ms for _, ms in outcomes if ms is not None),
        refusals=Counter(_refusal(e) for e in facts.events if isinstance(e, ProviderError)),
    )  # fmt: skip


def _refusal(error: ProviderError) -> str:
    """What was refused, by code or message."""
    found = (name for name, says in _SAYS.items() if error.code == name or says in error.message)
    return next(found, OTHER)


def _of(item: str, where: Ledger | Heard) -> list[Row | Played]:
    return [r for r in where if r.item == item]


def _against(
    at: int, item: str, told_ms: int, arrived: Iterable[Row | Played], heard: list[Row | Played] | None, rate: int
) -> Truncation:
    """Compare what was told with what had arrived and with what was heard; a truncation is to a place in the item."""
    received = ms_of(_reach(r for r in arrived if isinstance(r, Row) and r.at <= at), rate)
    if heard is None:
        return Truncation(at, item, told_ms, None, received)
    ends = [r.span(rate).end for r in heard if isinstance(r, Played)]
    return Truncation(at, item, told_ms, ms_of(_reach(heard), rate), received, at - max(ends) if ends else None)


def _reach(pieces: Iterable[Row | Played]) -> int:
    return max((p.first + p.samples for p in pieces), default=0)


def _outcome(sent: Command, before: Sequence[Event], after: Iterable[Event]) -> tuple[str, int | None]:
    """What became of a cancel: the first answer within two seconds, and when; of a refusal its code."""
    running = sent.response or next((e.response for e in reversed(before) if isinstance(e, ResponseCreated)), "")
    for e in after:
        if e.at > sent.at + ANSWER_WITHIN_MS:
            break
        match e:
            case ResponseDone(response=response) if response == running:
                return e.status or "done", e.at - sent.at
            case ProviderError(code=code) if code in (NOT_ACTIVE, CONFLICT):
                return code, e.at - sent.at
            case _:
                pass
    return UNANSWERED, None


def predicted(outcome: Outcome) -> tuple[Telling, Telling]:
    """Say what a policy that tells its provider would have sent, and what a naive client in its place.

    Parameters
    ----------
    outcome
        Of a policy with ``commands``; of another, nothing was told.

    Returns
    -------
    The policy's and the naive client's, with the answers that the recorded provider would have given to cancels. What
    is missing is not asked of a prediction, and its answers take no time.
    """
    ours = [(t, t.audio_end_ms, t.answer) for t in outcome.told]
    naive = [(t, t.naive_ms, t.naive_answer) for t in outcome.told]
    first, second = (_predicted(outcome, each) for each in (ours, naive))
    return first, second


def _predicted(outcome: Outcome, each: list[tuple[Told, int | None, str]]) -> Telling:
    return Telling(
        tuple(_against(t.at, t.item, ms, _of(t.item, outcome.delivered), _of(t.item, outcome.heard), outcome.heard.rate)
              for t, ms, _ in each if t.name == "truncate" and ms is not None),
        cancels=Counter(answer for t, _, answer in each if t.name == "cancel"),
        truncates=Counter(answer for t, _, answer in each if t.name == "truncate"),
    )  # fmt: skip
