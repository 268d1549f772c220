"""The user interrupted, finished, and no answer was ever heard: a provider that is wedged, or a client that is mute.

Seen of providers that never resume, of clients whose *interrupted* flag nothing clears, and of noise that cancels a
reply which nobody asks for again. Where sound arrived and was not played, the client is charged; else the provider.
"""

from __future__ import annotations

from collections.abc import Iterator

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck, Finding, Rule
from bargein.doctor.evidence import Line, in_force, log, of
from bargein.doctor.interruptions import first_cuts
from bargein.doctor.sound import audio_ms, pieces
from bargein.events import Command, Delta, ResponseCreated, ResponseDone, SpeechStarted, SpeechStopped
from bargein.metrics.recorded import ANSWER_WITHIN_MS
from bargein.settings import ManualTurns
from bargein.timeline import Span, Timeline

#: Nobody waits longer for an answer; the same limit counts answers in the as-recorded table.
STUCK_MS = ANSWER_WITHIN_MS
#: While the agent uses a tool it is silent, and not stuck.
TOOLS = ("function_call", "mcp_call")


def check(case: Case) -> Iterator[Finding]:
    """Find turns that interrupted the agent and were followed by nothing."""
    lines = log(case)
    if case.heard is None and not any(True for _ in of(lines, Delta)):
        raise CannotCheck("the log holds no agent audio: it went another way, as over WebRTC")
    sound = _sound(case)
    user = _user(case, lines)
    told: set[int] = set()  # one silence is one finding, however often the user spoke into it
    for order, line in enumerate(lines, 1):
        at = line.event.at
        if not isinstance(line.event, SpeechStarted) or not (sound.at(at) or _running(lines[:order])):
            continue
        ended = next(of(lines[order:], SpeechStopped), None)
        if ended is None or not _answers(case, lines, ended[0].at):
            continue
        end = ended[0].at
        again = min((s.start for s in sound if s.end > end), default=case.session.info.length_ms)
        waited = Span(end, max(again, end))
        quiet = waited.ms - (user.clip(waited).ms if waited.ms else 0)
        if quiet < STUCK_MS or again in told or _busy(case, waited):
            continue
        told.add(again)
        came = [e for e, _ in of(lines, Delta) if waited.start <= e.at < waited.end and not _old(case, e, at)]
        arrived = audio_ms(pieces(came), case.reading.generated.rate)
        whose = (
            f"{arrived:,} ms of audio arrived and was not played: the client is mute"
            if came
            else ("no audio arrived: the provider is stuck")
        )
        yield RULE.finding(case, end, f"the user interrupted at {at:,} ms and then nothing was heard for {quiet:,} ms; "
                           f"{whose}", (line.ref, ended[1]), quiet, "ms")  # fmt: skip


def _sound(case: Case) -> Timeline:
    """When the agent sounded; without a player's log as if each response had played from its first delta to its cut."""
    if case.heard is not None:
        return case.heard.timeline()
    cut, generated = first_cuts(case), case.reading.generated
    spans = []
    for response in generated.responses():
        arrived = [row.at for row in generated if row.response == response]
        begun = min(arrived)
        end = max(begun + generated.audio_ms(response), max(arrived) + 1)  # its sound may be missing in the log
        end = min(end, cut[response].at) if response in cut else end
        spans.append(Span(begun, max(begun, end)))
    return Timeline(spans)


def _user(case: Case, lines: tuple[Line, ...]) -> Timeline:
    """When the user was speaking, by the provider's reports."""
    spans: list[Span] = []
    start: int | None = None
    for line in lines:
        match line.event:
            case SpeechStarted(at=at):
                start = at if start is None else start
            case SpeechStopped(at=at) if start is not None:
                spans, start = [*spans, Span(start, at)], None
    return Timeline([*spans, *([] if start is None else [Span(start, case.session.info.length_ms)])])


def _running(before: tuple[Line, ...]) -> bool:
    created = {e.response for e, _ in of(before, ResponseCreated)}
    return bool(created - {e.response for e, _ in of(before, ResponseDone)})


def _answers(case: Case, lines: tuple[Line, ...], end: int) -> bool:
    """Whether an answer was due: the provider gives one by itself, or the client asked for it."""
    settings = in_force(case, end)
    by_itself = not isinstance(settings, ManualTurns) and getattr(settings, "create_response", None) is not False
    return by_itself or any(e.name == "create" and e.at >= end for e, _ in of(lines, Command))


def _busy(case: Case, waited: Span) -> bool:
    during = (r.type for r in case.session.records if r.t is not None and waited.start <= r.t < waited.end)
    return any(tool in name for name in during for tool in TOOLS)


def _old(case: Case, delta: Delta, at: int) -> bool:
    """Whether a delta is of a response that existed when the user interrupted."""
    known = case.reading.responses[delta.response]
    seen = [t for t in (known.created, known.first_delta) if t is not None]
    return min(seen, default=at) <= at


RULE = Rule(
    number=6,
    name="stuck-after-barge-in",
    title="no answer after an interruption",
    looks_for=f"an interruption after which the user fell silent and nothing was heard for {STUCK_MS / 1_000:.0f} s",
    threads=(
        "Project-N-E-K-O/N.E.K.O#1777", "livekit/agents-js#2065", "googleapis/python-genai#2333",
        "googleapis/python-genai#1987", "livekit/agents#1229",
    ),
    needs="E",
    severity="error",
    remedies={
        "": "clear the interrupted state at the next response, not at one particular event; a watchdog that asks again "
        "(response.create) or reconnects when an answer is overdue",
        "openai": "clear the interrupted state at response.created; where the input was judged empty send "
        "response.create; reconnect when an answer is overdue",
        "xai": "clear the interrupted state at response.created, which may come before speech_stopped; reconnect when "
        "an answer is overdue",
    },
    check=check,
)  # fmt: skip
