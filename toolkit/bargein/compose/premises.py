"""Does a performance show what its scene is for? Delays are drawn; a draw that shows something else is drawn again.

So a session's seed is the first, counted from the scene's own, under which its situation and its cause occur. That is a
choice of what to show, no claim about how often it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bargein.compose.performance import Performance
from bargein.compose.script import Placed
from bargein.events import (
    LOCAL_VAD,
    AudioDone,
    Delta,
    Event,
    ResponseCreated,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
)
from bargein.metrics.audible import SILENCE_MS, Voiced, starts
from bargein.metrics.onsets import RESUMPTION_MS
from bargein.settings import ServerVad
from bargein.timeline import Span, Timeline
from bargein.units import samples_in

Check = Callable[[Performance], Iterator[str]]


def missing(done: Performance) -> list[str]:
    """Say what a performance does not show; empty when it shows what it should."""
    return [*SITUATION_CHECKS[done.scene.situation](done), *CAUSE_CHECKS[done.scene.cause](done)]


def stragglers(done: Performance) -> list[int]:
    """Count, per cut, the deltas of the old response between ``speech_started`` and its ``audio.done``."""
    counts: list[int] = []
    running = cut = ""
    for event in done.events:
        match event:
            case Delta() if event.response == cut:
                counts[-1] += 1
            case Delta():
                running = event.response
            case SpeechStarted(source="provider") if running:
                cut = running
                counts.append(0)
            case AudioDone():
                running = cut = ""
            case _:
                pass
    return counts


def signal_after(done: Performance, at: int) -> int | None:
    """Give when the provider next reported speech."""
    return next((e.at for e in _of(done, SpeechStarted, "provider") if e.at >= at), None)


def _of(done: Performance, kind: type[SpeechStarted] | type[SpeechStopped], source: str) -> list[Event]:
    return [e for e in done.events if isinstance(e, kind) and e.source == source]


def _acts(done: Performance, *kinds: str) -> list[Placed]:
    return [p for p in done.placed if p.act.kind in kinds]


def _heard_at(done: Performance, at: int) -> str | None:
    rate = done.heard.rate
    return next((r.response for r in done.heard.rows if at in r.span(rate)), None)


def _ended(done: Performance, response: str) -> int:
    return next((e.at for e in done.events if isinstance(e, ResponseDone) and e.response == response), done.length_ms)


def _first_while_generating(done: Performance) -> Iterator[str]:
    return _while_generating(done, 1)


def _while_generating(done: Performance, most: int | None = None) -> Iterator[str]:
    for act in _acts(done, "interruption")[:most]:
        onset = act.sounding.start
        response = _heard_at(done, onset)
        if response is None:
            yield "the agent is not heard at the onset"
        elif (signal := signal_after(done, onset)) is None or _ended(done, response) < signal:
            yield "generation had ended before the provider noticed"


def _in_the_tail(done: Performance) -> Iterator[str]:
    for act in _acts(done, "interruption"):
        response = _heard_at(done, act.sounding.start)
        if response is None or _ended(done, response) >= act.sounding.start:
            yield "not in the playback tail"


def _agent_is_heard(done: Performance) -> Iterator[str]:
    for act in _acts(done, "backchannel", "tic", "noise"):
        if _heard_at(done, act.sounding.start) is None:
            yield "the agent is not heard at the onset"


def _paused(done: Performance) -> Iterator[str]:
    """Whether the agent cuts the user off in the pause or waits it out, as the scene's bounds want it.

    Cut off: it is made out inside the pause, and the pause is short enough to be a resumption. Waited out: no reply.
    """
    settings = done.scene.settings
    silence = (settings.silence_duration_ms if isinstance(settings, ServerVad) else None) or 0
    created = [e.at for e in done.events if isinstance(e, ResponseCreated)]
    for placed in done.placed:
        if placed.act.pause is None:
            continue
        low, high = placed.act.pause
        gaps = placed.spans.gaps(placed.sounding)
        pauses = [gap for gap in gaps if low <= gap.ms <= high]
        if not pauses:
            yield "no pause as long as the scene says"
        elif low <= silence:
            if any(gap.start <= at <= gap.end for gap in gaps for at in created):
                yield "cut off in the pause"
        elif not any(at in pause for pause in pauses for at in _made_out(done)):
            yield "the agent is not heard in the pause"
        elif pauses[0].ms >= RESUMPTION_MS:
            yield "the pause is too long for a resumption"


def _made_out(done: Performance) -> tuple[int, ...]:
    """Give when the agent started to be audible, as the metrics will see it: silence at a line's beginning is none."""
    rate, parts = done.heard.rate, {}
    for row in done.heard.rows:
        sounding = done.spoken[row.item].spans.bridged(SILENCE_MS)
        spans = (Span(samples_in(s.start, rate), samples_in(s.end, rate)) for s in sounding)
        parts[row.response, row.item, row.content] = Timeline(spans)
    return starts(done.heard, Voiced(parts))


def _undisturbed(done: Performance) -> Iterator[str]:
    if _interrupted(done):
        yield "the provider noticed the user while the agent was heard"


def _interrupted(done: Performance) -> bool:
    """Whether the provider noticed somebody over the agent; the agent may have been cut in that very millisecond."""
    agent = done.heard.timeline()
    return any(e.at - 1 in agent for e in _of(done, SpeechStarted, "provider"))


def _heard_itself(done: Performance) -> Iterator[str]:
    """Whether the provider took the agent for the user, where the scene wants it."""
    stopped = _interrupted(done)
    if stopped != any(act.kind == "echo" for act in done.scene.acts):
        yield "the agent was stopped by its echo" if stopped else "the echo stopped nobody"


def _late_before_done(done: Performance) -> Iterator[str]:
    low = done.scene.stragglers[0]
    if not (counts := stragglers(done)) or min(counts) < low:
        yield f"fewer than {low} stragglers: {counts}"


def _none_late(done: Performance) -> Iterator[str]:
    if any(stragglers(done)):
        yield "stragglers"


def _late_after_stop(source: str) -> Check:
    """Deltas of the old response that come after the detector has reported the user's silence."""

    def check(done: Performance) -> Iterator[str]:
        """The first report of speech over a response decides."""
        latest = ""
        old: str | None = None
        stopped = False
        for event in done.events:
            if isinstance(event, Delta):
                if stopped and event.response == old:
                    return
                latest = event.response
            elif isinstance(event, SpeechStarted) and event.source == source and latest and old is None:
                old = latest
            elif isinstance(event, SpeechStopped) and event.source == source and old is not None:
                stopped = True
        yield f"no audio of the old response after {source} reported silence"

    return check


SITUATION_CHECKS: Mapping[str, Check] = {
    "interruption": _first_while_generating,
    "double interruption": _while_generating,
    "tail": _in_the_tail,
    "backchannel": _agent_is_heard,
    "cough": _agent_is_heard,
    "noise": _agent_is_heard,
    "echo": _heard_itself,
    "pause": _paused,
    "short answer": _undisturbed,
    "plain": _undisturbed,
}
CAUSE_CHECKS: Mapping[str, Check] = {
    "as-recorded": _none_late,
    "stragglers": _late_before_done,
    "interrupt_response-false": _late_after_stop("provider"),
    "local-vad-cut": _late_after_stop(LOCAL_VAD),
}
