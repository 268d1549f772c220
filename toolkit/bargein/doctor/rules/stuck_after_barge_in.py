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
from bargein.doctor.user import reported, user_spans
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
    sound, creates = _sound(case), [e.at for e, _ in of(lines, Command) if e.name == "create"]
    stops = [(e.at, ref) for e, ref in of(lines, SpeechStopped)]
    over = _over(lines, sound)
    hung = any(ended >= len(stops) for _, ended in over)
    spoken, how = (user_spans(case) if hung else None) or (Timeline(), "")
    user = _user(case, lines, spoken)
    told, unknown = set[int](), set[int]()  # one silence is one finding, however often the user spoke into it
    for line, ended in over:
        at = line.event.at
        end, refs = _end(at, ended, stops, spoken), (line.ref, *(ref for _, ref in stops[ended : ended + 1]))
        since = at if end is None else end
        if not _answers(case, creates, since):
            continue
        again = min((s.start for s in sound if s.end > since), default=case.session.info.length_ms)
        waited = Span(since, max(again, since))
        quiet = waited.ms - (user.clip(waited).ms if waited.ms else 0)
        if quiet < STUCK_MS or again in told or _busy(case, waited):
            continue
        if end is None:
            unknown.add(again)
            continue
        told.add(again)
        came = [e for e, _ in of(lines, Delta) if waited.start <= e.at < waited.end and not _old(case, e, at)]
        arrived = audio_ms(pieces(came), case.reading.generated.rate)
        whose = (
            f"{arrived:,} ms of audio arrived and was not played: the client is mute"
            if came
            else ("no audio arrived: the provider is stuck")
        )
        so = "" if ended < len(stops) else f"; it reported no end of speech, which by {how} was at {end:,} ms"
        yield RULE.finding(case, end, f"the user interrupted at {at:,} ms and then nothing was heard for {quiet:,} ms; "
                           f"{whose}{so}", refs, quiet, "ms")  # fmt: skip
    if unknown - told:
        raise CannotCheck("when the user fell silent is not known: no speech_stopped followed, and neither labels nor "
                          "the microphone tell it")  # fmt: skip


def _sound(case: Case) -> Timeline:
    """When the agent sounded; without a player's log as if each response had played from its first delta to its cut."""
    if case.heard is not None:
        return case.heard.timeline()
    cut, generated = first_cuts(case), case.reading.generated
    arrived: dict[str, list[int]] = {}
    for row in generated:
        arrived.setdefault(row.response, []).append(row.at)
    spans = []
    for response, at in arrived.items():
        begun = min(at)
        end = max(begun + generated.audio_ms(response), max(at) + 1)  # its sound may be missing in the log
        end = min(end, cut[response].at) if response in cut else end
        spans.append(Span(begun, max(begun, end)))
    return Timeline(spans)


def _over(lines: tuple[Line, ...], sound: Timeline) -> list[tuple[Line, int]]:
    """Reports of speech over the agent, each with how many ends of speech had been reported before."""
    found, running, ended = [], set[str](), 0
    for line in lines:
        match line.event:
            case ResponseCreated(response=response):
                running.add(response)
            case ResponseDone(response=response):
                running.discard(response)
            case SpeechStopped():
                ended += 1
            case SpeechStarted(at=at) if running or sound.at(at):
                found.append((line, ended))
    return found


def _end(at: int, ended: int, stops: list[tuple[int, str]], spoken: Timeline) -> int | None:
    """When the user who was reported fell silent: by the next report of it, else by what was spoken; None: unknown."""
    if ended < len(stops):
        return stops[ended][0]
    own = reported(spoken, at, [t for t, _ in stops])
    return max(own[-1].end, at) if own else None


def _user(case: Case, lines: tuple[Line, ...], spoken: Timeline) -> Timeline:
    """When the user was speaking, by the provider's reports; after one without an end by what was spoken."""
    spans: list[Span] = []
    start: int | None = None
    for line in lines:
        match line.event:
            case SpeechStarted(at=at):
                start = at if start is None else start
            case SpeechStopped(at=at) if start is not None:
                spans.append(Span(start, at))
                start = None
    return Timeline([*spans, *(() if start is None else spoken.clip(Span(start, case.session.info.length_ms)))])


def _answers(case: Case, creates: list[int], end: int) -> bool:
    """Whether an answer was due: the provider gives one by itself, or the client asked for it."""
    settings = in_force(case, end)
    by_itself = not isinstance(settings, ManualTurns) and getattr(settings, "create_response", None) is not False
    return by_itself or any(at >= end for at in creates)


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
