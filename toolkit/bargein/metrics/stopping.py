"""Did the agent stop, when, and what was heard of it afterwards? One episode per labelled onset.

Everything is measured on heard audio, from the acoustic onset t_b of the user's speech, and of the responses that
existed before t_b only: a reply to the interruption is no leak.

::

    agent   |=================|  |====|        heard audio of the interrupted responses
    user            t_b|------------|
    signal                |                    the detector's report reaches the client
            unavoidable <-->
            reaction        <--->              from the signal to the first silence of the player
            restart               <---->       what sounds after that silence

The player is silent where it was cut, or ran dry for 200 ms and more: a shorter gap is no silence to anybody. What
sounds after a cut is a restart, however soon it comes; reaction and restart are charged to the gate. The *stop*,
though, is of what was audible (:mod:`bargein.metrics.audible`): late audio that plays on within 200 ms of the cut has
not let the agent stop.

A stop is something that was done to the agent. Where it fell silent of itself, because all of the answer had been
heard, it was not stopped: the wait is censored there, as in a survival curve (:mod:`bargein.metrics.survival`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Literal

from bargein.events import (
    PROVIDER,
    TRANSCRIPT,
    AudioDone,
    Delta,
    Event,
    ResponseCreated,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
)
from bargein.gate import Action, Decision
from bargein.ledger import Generated, Heard, heard_out, need
from bargein.metrics.audible import SILENCE_MS, Voiced, audible
from bargein.metrics.onsets import EARLY_MS, Onset, answer_until
from bargein.metrics.whatif import horizon, state_differs
from bargein.outcome import Outcome
from bargein.timeline import Span, Timeline

GRACES_MS = (0, 200)

#: How an agent that was heard fell silent: it was stopped; it had said everything; or everything had been heard that
#: the recorded provider generated before it stopped, and what this gate would have let be heard then is not known.
End = Literal["stopped", "natural", "unknown"]
Edge = SpeechStarted | SpeechStopped


@dataclass(frozen=True)
class Facts:
    """What is known of one session, as it was recorded or as a gate would have had it.

    Parameters
    ----------
    heard
        What left the loudspeaker; None where nothing tells.
    generated
        What the provider sent.
    events
        What the client saw, in order.
    edges
        Those of them in which the detector that counts reports the user.
    length_ms
        Of the session.
    decisions
        Of the gate; none for a recording.
    interrupted
        Responses that the provider itself stopped.
    censored_from
        Per response: from when on nothing is known of it under this gate.
    voiced
        Where the agent's audio holds a voice; None: everywhere.
    stops
        When the player was cut, in heard time; of a recording known only where a play-out buffer says so.
    recorded
        What the user was reacting to, where that was not scripted: an episode ends soon after something else is heard
        (:mod:`bargein.metrics.whatif`). None: the user is held fixed.
    """

    heard: Heard | None
    generated: Generated
    events: Sequence[Event]
    edges: Sequence[Edge]
    length_ms: int
    decisions: Sequence[Decision] = ()
    interrupted: frozenset[str] = frozenset()
    censored_from: Mapping[str, int] = field(default_factory=dict)
    voiced: Voiced | None = None
    recorded: Heard | None = None
    stops: Sequence[int] = ()

    @classmethod
    def of(cls, outcome: Outcome, voiced: Voiced | None = None, recorded: Heard | None = None) -> Facts:
        """Give the facts of a replay; the edges are those its policy listens to."""
        source = outcome.policy.trigger.source
        source = PROVIDER if source == TRANSCRIPT else source  # who writes the transcript also reports the edges
        edges = [e for e in outcome.events if isinstance(e, (SpeechStarted, SpeechStopped)) and e.source == source]
        return cls(outcome.heard, outcome.generated, outcome.events, edges, outcome.session.info.length_ms,
                   outcome.decisions, frozenset(), outcome.censored_from, voiced, recorded,
                   outcome.stops)  # fmt: skip

    def unknown(self, response: str, at: int) -> bool:
        """Whether nothing is known any more of what a response sounds like by then."""
        return self.censored_from.get(response, at) < at

    @cached_property
    def seen_from(self) -> dict[str, int]:
        """When each response was first seen: created, or a delta of it."""
        first: dict[str, int] = {}
        for e in self.events:
            if isinstance(e, (ResponseCreated, Delta)) and e.response not in first:
                first[e.response] = e.at
        first.pop("", None)  # a piece of nobody's
        return first

    @cached_property
    def generated_by(self) -> dict[str, int]:
        """When the provider said that each response's sound had been generated, or that it was done."""
        ends: dict[str, int] = {}
        for e in self.events:
            if isinstance(e, (AudioDone, ResponseDone)):
                ends.setdefault(e.response, e.at)
        return ends


@dataclass(frozen=True, slots=True)
class Episode:
    """What happened around one onset, in milliseconds of session time; None where it did not happen or is not known.

    Parameters
    ----------
    onset
        The labelled onset and its class.
    responses
        Ids of the responses that existed before it.
    agent_heard
        Whether any of them was sounding at the onset; where not, there was nothing to interrupt. None: not known.
    in_tail
        Their generation had ended before the onset: the provider saw nothing to interrupt.
    masked
        The detector was already open at the onset, so no edge was possible.
    signal
        When the detector's report reached the client.
    silent
        When the player first fell silent of the interrupted responses.
    inaudible
        When they were last audible before that; the onset where they were not audible any more.
    end
        Why they fell silent.
    censored
        The recorded provider stopped generating one of them, and all there is of it was heard: what else this gate
        would have let be heard is not known, so reaction, restart and leak are lower bounds.
    restart_ms
        How much of them was heard after that silence.
    leak_ms
        How much of them was heard after the onset and each grace of :data:`GRACES_MS`.
    stale_suppressed, stale_played
        Deltas of revoked responses that reached the client from this signal to the next, by fate.
    horizon
        From when on the recorded user would have heard something else for too long to go on as recorded; what sounds
        later is not counted. None: nothing differs, or the user is held fixed.
    apart
        Something else was heard at the onset already: this episode would not have been recorded.
    """

    onset: Onset
    responses: frozenset[str]
    agent_heard: bool | None
    in_tail: bool
    masked: bool
    signal: int | None
    silent: int | None = None
    inaudible: int | None = None
    end: End | None = None
    censored: bool = False
    restart_ms: int = 0
    leak_ms: tuple[int, ...] = (0,) * len(GRACES_MS)
    stale_suppressed: int = 0
    stale_played: int = 0
    horizon: int | None = None
    apart: bool = False

    @property
    def detection_ms(self) -> int | None:
        """Detection delay: signal at the client less onset; of a masked onset none is possible."""
        return None if self.signal is None or self.masked else self.signal - self.onset.at

    @property
    def stop_ms(self) -> int | None:
        """End of what was audible less onset; a stop only where :attr:`end` says so, else censored there."""
        return None if self.inaudible is None else self.inaudible - self.onset.at

    @property
    def unavoidable_ms(self) -> int | None:
        """The part of the way to the player's silence before any client could know."""
        if self.silent is None:
            return None
        known = self.silent if self.signal is None else self.signal
        return max(min(self.silent, known) - self.onset.at, 0)

    @property
    def reaction_ms(self) -> int | None:
        """From the signal to the player's first silence."""
        if self.silent is None or self.unavoidable_ms is None:
            return None
        return self.silent - self.onset.at - self.unavoidable_ms

    @property
    def missed(self) -> bool:
        """Nobody reported the user while the agent was heard."""
        return bool(self.agent_heard) and self.signal is None and not self.masked

    @property
    def counts(self) -> bool:
        """Whether its times say something about the gate: the agent was heard, an edge was possible, all is known."""
        return bool(self.agent_heard) and not self.masked and not self.censored and not self.apart


def leak_ms(heard: Heard, responses: Iterable[str], onset: int, *, grace: int = 0) -> int:
    """Agent audio of the interrupted responses that still reached the user.

    Parameters
    ----------
    heard
        What left the loudspeaker.
    responses
        Ids of the responses that existed before the onset; a reply to the interruption is no leak.
    onset
        Acoustic onset of the user's speech, session ms.
    grace
        Milliseconds after the onset that are not charged.

    Returns
    -------
    Milliseconds, 0 when the interrupted responses were silent from then on. Lower is better.

    Raises
    ------
    StageError
        ``heard`` is generated or delivered audio: those answer a different question.

    References
    ----------
    sierra-research/tau2-bench:docs/interaction-metrics.md, L_Y (the latency form of the same event).

    Examples
    --------
    >>> heard = Heard.of({"A": [Span(0, 900), Span(1_000, 1_200)], "B": [Span(2_000, 3_000)]})
    >>> leak_ms(heard, {"A"}, 700), leak_ms(heard, {"A"}, 700, grace=200)
    (400, 200)
    """
    need(heard, Heard, "leak")
    return _after(heard.timeline(responses), onset + grace)


def _after(sounded: Timeline, t: int) -> int:
    end = max((s.end for s in sounded), default=0)
    return sounded.clip(Span(t, end)).ms if end > t else 0


def episodes(facts: Facts, found: Iterable[Onset]) -> list[Episode]:
    """Describe what happened around each onset.

    Parameters
    ----------
    facts
        Of a recording or a replay.
    found
        Classed onsets; the same under every policy.
    """
    ordered = sorted(found, key=lambda o: o.at)
    times = [onset.at for onset in ordered]
    return [_episode(facts, onset, times) for onset in ordered]


def _episode(facts: Facts, onset: Onset, onset_times: list[int]) -> Episode:
    t_b, heard = onset.at, facts.heard
    answered = answer_until(onset.label, onset_times)
    since = t_b - EARLY_MS
    signal = next((e.at for e in facts.edges if since < e.at <= answered and isinstance(e, SpeechStarted)), None)
    before = [e for e in facts.edges if e.at <= since]
    masked = bool(before) and isinstance(before[-1], SpeechStarted)
    channel = heard is not None and not heard.basis.tells_responses
    seen = facts.seen_from  # in order of time, as the events are
    existed = frozenset(
        heard.responses() if channel and heard else [*seen][: bisect_left([*seen.values()], t_b)]
    )  # fmt: skip
    if heard is None:
        return Episode(onset, existed, None, False, masked, signal)
    alive = frozenset(r for r in existed if (heard.last(r) or 0) > since - SILENCE_MS)  # others had long been silent
    sounded = heard.timeline(alive)
    noticed = t_b if signal is None or signal >= t_b else signal - 1  # cut before the label says the user spoke
    stretch = sounded.bridged(SILENCE_MS).at(noticed)
    if stretch is None:
        return Episode(onset, existed, False, False, masked, signal)
    if channel:  # it knows no responses: what sounds after the first silence may be the reply
        sounded = sounded.clip(Span(0, stretch.end))
    until = _horizon(facts, heard, t_b)
    if until is not None:
        sounded = sounded.clip(Span(0, until))
        stretch = Span(stretch.start, min(stretch.end, until))
    # Beyond the horizon, and behind the end of the session, nobody knows how long it would have gone on.
    cut_short = stretch.end == until or (
        stretch.end >= facts.length_ms - 1 and _end(facts, heard, alive, stretch.end) != "natural"
    )
    made_out = audible(heard, facts.voiced, alive).clip(Span(t_b, stretch.end)) if stretch.end > t_b else Timeline()
    # What plays on right behind a cut is a restart, also where no silence could be heard between.
    silent = min([s for s in facts.stops if noticed <= s < stretch.end], default=stretch.end)
    stale = _stale(facts, existed, _stale_window(facts, signal))
    return Episode(
        onset=onset, responses=existed, agent_heard=True,
        in_tail=_generation_over(facts, _sounding_at(heard, alive, noticed), t_b), masked=masked, signal=signal,
        silent=max(silent, t_b), inaudible=max((s.end for s in made_out), default=t_b),
        end="unknown" if cut_short else _end(facts, heard, alive, stretch.end),
        censored=cut_short or any(at > t_b and r in existed for r, at in facts.censored_from.items())
        or any(facts.unknown(r, heard.last(r) or 0) for r in alive), horizon=until,
        apart=facts.recorded is not None and state_differs(facts.recorded, heard, t_b),
        restart_ms=_after(sounded, silent), leak_ms=tuple(_after(sounded, t_b + g) for g in GRACES_MS),
        stale_suppressed=stale[Action.DROP], stale_played=stale[Action.PLAY],
    )  # fmt: skip


def _horizon(facts: Facts, heard: Heard, t_b: int) -> int | None:
    return None if facts.recorded is None else horizon(facts.recorded, heard, t_b, facts.length_ms)


def _sounding_at(heard: Heard, responses: frozenset[str], t: int) -> set[str]:
    """Responses that sound at an instant, or last sounded before it where the player is between two pieces."""
    rows = [(r.span(heard.rate), r.response) for r in heard.of_these(responses)]
    begun = [(span, response) for span, response in rows if span.start <= t]
    latest = max((span.end for span, _ in begun), default=t)
    return {response for span, response in begun if span.end > t or span.end == latest}


def _generation_over(facts: Facts, responses: set[str], t_b: int) -> bool:
    """Whether everything of the responses that sound at the onset had been generated by then."""
    windows = [w for r in responses if (w := facts.generated.window(r)) is not None]
    if facts.generated.rows:
        return bool(windows) and all(w.end < t_b for w in windows)
    ends = [facts.generated_by.get(r) for r in responses]  # WebRTC: no samples came this way, only their end
    return bool(ends) and all(end is not None and end < t_b for end in ends)


def _end(facts: Facts, heard: Heard, responses: frozenset[str], silent: int) -> End:
    """Why the responses that sounded last fell silent."""
    last = [r for r in responses if heard.last(r) == silent]
    if not heard.basis.tells_responses or not last:
        return "stopped"
    if any(facts.censored_from.get(r) == silent for r in last):
        return "unknown"
    if heard.basis.kind == "webrtc_buffer":  # it says itself whether it was emptied or ran dry
        return "stopped" if silent in facts.stops else "natural"
    said_all = all(heard_out(facts.generated, heard, r) for r in last)
    return "natural" if said_all and not facts.interrupted & set(last) else "stopped"


def _stale_window(facts: Facts, signal: int | None) -> Span | None:
    if signal is None:
        return None
    after = [e.at for e in facts.edges if e.at > signal and isinstance(e, SpeechStarted)]
    return Span(signal, max(signal, min([*after, facts.length_ms])))


def _stale(facts: Facts, existed: frozenset[str], window: Span | None) -> Counter[Action]:
    """Count deltas of responses that existed before, by their fate."""
    if window is None:
        return Counter()
    first, end = (bisect_left(facts.decisions, t, key=attrgetter("at")) for t in (window.start, window.end))
    return Counter(d.action for d in facts.decisions[first:end] if d.delta is not None and d.delta.response in existed)


def revoked_heard_ms(outcome: Outcome) -> int:
    """How much of revoked responses was heard after the cut that revoked them, from sample ids.

    Returns
    -------
    Milliseconds. 0 is what a gate is for.
    """
    since: dict[str, int] = {}  # the cut that first revoked it
    for cut in outcome.cuts:
        for response in cut.revoked:
            since.setdefault(response, cut.at)
    late = (response for response, at in since.items() if (outcome.heard.last(response) or 0) > at)
    return Timeline(
        span
        for response in late
        for span in outcome.heard.timeline([response]).clip(Span(since[response], outcome.session.info.length_ms))
    ).ms
