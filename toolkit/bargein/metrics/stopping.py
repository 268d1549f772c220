"""Did the agent stop, when, and what was heard of it afterwards? One episode per labelled barge-in.

Everything is measured on heard audio, from the acoustic onset t_b of the user's speech, and of the responses that
existed before t_b only: a reply to the interruption is no leak.

::

    agent   |=================|  |====|        heard audio of the interrupted responses
    user            t_b|------------|
    signal                |                    the detector's report reaches the client
            unavoidable <-->
            reaction        <--->              from the signal to the first silence
            restart               <---->       what sounds after that silence

Late audio that plays on in the very millisecond of the cut leaves no silence: it is reaction, not restart. Both are
charged to the gate, and their sum does not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bargein.events import Delta, ResponseCreated, SpeechStarted, SpeechStopped
from bargein.gate import Action
from bargein.ledger import Heard, need
from bargein.metrics.onsets import Onset, answer_until
from bargein.outcome import Outcome
from bargein.timeline import Span, Timeline

GRACES_MS = (0, 200)


@dataclass(frozen=True, slots=True)
class Episode:
    """What happened around one onset, in milliseconds of session time; None where it did not happen.

    Parameters
    ----------
    onset
        The labelled onset and its class.
    responses
        Ids of the responses that existed before it.
    agent_heard
        Whether any of them was sounding at the onset; where not, there was nothing to interrupt.
    in_tail
        Their generation had ended before the onset: the provider saw nothing to interrupt.
    masked
        The detector was already open at the onset, so no edge was possible.
    signal
        When the detector's report reached the client.
    silent
        When the interrupted responses first fell silent.
    natural_end
        They fell silent because everything generated had been heard: the stop curve is censored there.
    censored
        The recorded provider stopped generating one of them, and all there is of it was heard: what else this gate
        would have let be heard is not known, so reaction, restart and leak are lower bounds.
    restart_ms
        How much of them was heard after that silence.
    leak_ms
        How much of them was heard after the onset and each grace of :data:`GRACES_MS`.
    stale_suppressed, stale_played
        Deltas of revoked responses that reached the client from this signal to the next, by fate.
    """

    onset: Onset
    responses: frozenset[str]
    agent_heard: bool
    in_tail: bool
    masked: bool
    signal: int | None
    silent: int | None
    natural_end: bool
    censored: bool
    restart_ms: int
    leak_ms: tuple[int, ...]
    stale_suppressed: int
    stale_played: int

    @property
    def detection_ms(self) -> int | None:
        """Detection delay: signal at the client less onset."""
        return None if self.signal is None else self.signal - self.onset.at

    @property
    def stop_ms(self) -> int | None:
        """Stop latency: first silence less onset; None when the agent was not heard."""
        return self.silent - self.onset.at if self.agent_heard and self.silent is not None else None

    @property
    def unavoidable_ms(self) -> int | None:
        """The part of the stop latency before any client could know."""
        if self.stop_ms is None or self.silent is None:
            return None
        return min(self.silent, self.silent if self.signal is None else self.signal) - self.onset.at

    @property
    def reaction_ms(self) -> int | None:
        """From the signal to the first silence."""
        if self.stop_ms is None or self.unavoidable_ms is None:
            return None
        return self.stop_ms - self.unavoidable_ms

    @property
    def missed(self) -> bool:
        """Nobody reported the user while the agent was heard."""
        return self.agent_heard and self.signal is None and not self.masked


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
    sounded = heard.timeline(responses)
    end = max((s.end for s in sounded), default=0)
    after = onset + grace
    return sounded.clip(Span(after, end)).ms if end > after else 0


def episodes(outcome: Outcome, found: Iterable[Onset]) -> list[Episode]:
    """Describe what happened around each onset under a policy.

    Parameters
    ----------
    outcome
        A replay.
    found
        Classed onsets; the same under every policy.
    """
    source = outcome.policy.trigger.source
    edges = [e for e in outcome.events if isinstance(e, (SpeechStarted, SpeechStopped)) and e.source == source]
    ordered = sorted(found, key=lambda o: o.at)
    return [_episode(outcome, onset, edges, [o.at for o in ordered]) for onset in ordered]


def _episode(
    outcome: Outcome, onset: Onset, edges: list[SpeechStarted | SpeechStopped], onset_times: list[int]
) -> Episode:
    t_b = onset.at
    existed = frozenset(
        e.response for e in outcome.events if isinstance(e, (ResponseCreated, Delta)) and e.at < t_b and e.response
    )
    sounded = outcome.heard.timeline(existed)
    sounding = sounded.at(t_b)
    before = [e for e in edges if e.at <= t_b]
    masked = bool(before) and isinstance(before[-1], SpeechStarted)
    until = answer_until(onset.label, onset_times)
    signal = next((e.at for e in edges if t_b < e.at <= until and isinstance(e, SpeechStarted)), None)
    silent = sounding.end if sounding else None
    end = max((s.end for s in sounded), default=t_b)
    restart = sounded.clip(Span(silent, end)).ms if silent is not None and end > silent else 0
    last = [r for r in existed if (span := outcome.heard.last(r)) is not None and span == silent]
    natural = bool(last) and all(
        outcome.heard.samples(r) >= outcome.generated.samples(r) for r in last
    )  # fmt: skip
    window = _stale_window(outcome, signal, edges)
    return Episode(
        onset=onset, responses=existed, agent_heard=sounding is not None,
        in_tail=sounding is not None and _generation_over(outcome, sounding, existed, t_b),
        masked=masked, signal=signal, silent=silent, natural_end=natural,
        censored=any(outcome.censored_from.get(r, t_b) > t_b for r in existed), restart_ms=restart,
        leak_ms=tuple(leak_ms(outcome.heard, existed, t_b, grace=g) if sounding else 0 for g in GRACES_MS),
        stale_suppressed=_stale(outcome, existed, window, Action.DROP),
        stale_played=_stale(outcome, existed, window, Action.PLAY),
    )  # fmt: skip


def _generation_over(outcome: Outcome, sounding: Span, existed: frozenset[str], t_b: int) -> bool:
    """Whether everything of the responses that sound at the onset had been generated by then."""
    at_onset = {r.response for r in outcome.heard.rows if r.response in existed
                and t_b in r.span(outcome.heard.rate)}  # fmt: skip
    windows = [w for r in at_onset if (w := outcome.generated.window(r)) is not None]
    return bool(windows) and all(w.end < t_b for w in windows)


def _stale_window(outcome: Outcome, signal: int | None, edges: list[SpeechStarted | SpeechStopped]) -> Span | None:
    if signal is None:
        return None
    after = [e.at for e in edges if e.at > signal and isinstance(e, SpeechStarted)]
    return Span(signal, min([*after, outcome.session.info.length_ms]))


def _stale(outcome: Outcome, existed: frozenset[str], window: Span | None, fate: Action) -> int:
    if window is None:
        return 0
    return sum(
        1 for d in outcome.decisions
        if d.action is fate and d.delta is not None and d.delta.response in existed and d.at in window
    )  # fmt: skip


def revoked_heard_ms(outcome: Outcome) -> int:
    """How much of revoked responses was heard after the cut that revoked them, from sample ids.

    Returns
    -------
    Milliseconds. 0 is what a gate is for.
    """
    total = Timeline()
    for cut in outcome.cuts:
        after = Span(cut.at, max(outcome.session.info.length_ms, cut.at))
        total = total | outcome.heard.timeline(cut.revoked).clip(after)
    return total.ms
