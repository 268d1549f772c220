"""The agent was interrupted and nobody had made a sound; or what was interrupted had long been heard.

Providers were seen to report speech into a silent microphone. Clients were seen to raise an interruption at every
report of speech, and to erase what had been heard to its end.
"""

from __future__ import annotations

from collections.abc import Iterator

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck, Finding, Rule
from bargein.doctor.evidence import in_force, log, microphone, of
from bargein.doctor.interruptions import cuts, owners
from bargein.doctor.user import REPORTED_WITHIN_MS
from bargein.events import Command, SpeechStarted
from bargein.ledger import heard_out
from bargein.settings import ManualTurns
from bargein.timeline import Span, Timeline

#: Two clocks, or appends of 200 ms: a sound that begins so soon after the report can still be what it reports.
SLACK_MS = 200
#: Under this nothing is speech, and a quiet microphone's noise is under that: ITU-T listening levels put speech at -26.
QUIET_DBFS, NOISY_DBFS = -60.0, -50.0
#: What is taken for a sound stands out from the noise by so much; steady noise spreads by under 3 dB.
OUTSTANDING_DB = 10.0
HOP_MS, FLOOR_PERCENT = 10, 5


def check(case: Case) -> Iterator[Finding]:
    """Find truncations of what had been heard whole, and reports of speech without a sound."""
    yield from _erased(case)
    yield from _nobody(case)


def _erased(case: Case) -> Iterator[Finding]:
    heard, lines = case.heard, log(case)
    if heard is None or not heard.by_sample:
        return
    of_item = owners(lines)
    for command, ref in of(lines, Command):
        response = of_item.get(command.item) if command.name == "truncate" else None
        last = heard.last(response) if response else None
        if response is None or last is None or not case.reading.responses[response].done_by(command.at):
            continue
        ago = command.at - last
        if ago > 0 and heard_out(case.reading.generated, heard, response):
            says = f"{command.item} was truncated {ago:,} ms after it had been heard to its end: its text is gone"
            yield RULE.finding(case, command.at, says, (ref,), ago, "ms", "warning")


def _nobody(case: Case) -> Iterator[Finding]:
    recorded = microphone(case)
    sounds = _sounds(case)
    stopped = {c.ref: c.response for c in cuts(case) if c.by == "provider"}
    stopped_at = {c.at: c.response for c in cuts(case) if c.by == "provider"}
    for started, ref in of(log(case), SpeechStarted):
        pushed = isinstance(in_force(case, started.at), ManualTurns)  # then the client said when, not a detector
        if pushed or not recorded.start <= started.at <= recorded.end:
            continue
        before = max((s.end for s in sounds if s.start < started.at + SLACK_MS), default=recorded.start)
        silent = started.at - before
        if silent < REPORTED_WITHIN_MS:
            continue
        response = stopped.get(ref) or stopped_at.get(started.at)
        what = f" and stopped {response}" if response else ""
        says = f"speech was reported{what}, after {silent:,} ms of silence in the microphone"
        yield RULE.finding(case, started.at, says, (ref,), silent, "ms", "error" if response else "warning")


def _sounds(case: Case) -> Timeline:
    """When anything stands out from the microphone's noise, session ms: a person, a door, an echo."""
    import numpy as np

    from bargein.audio.levels import dbfs, rms_frames

    track = case.session.info.tracks["user"]
    levels = dbfs(rms_frames(case.session.audio("user"), track.rate, hop_ms=HOP_MS))
    floor = float(np.percentile(levels, FLOOR_PERCENT)) if len(levels) else QUIET_DBFS
    if floor > NOISY_DBFS:
        raise CannotCheck(f"the microphone's noise lies at {floor:.0f} dBFS: soft speech would not stand out from it")
    over = np.flatnonzero(levels > max(floor + OUTSTANDING_DB, QUIET_DBFS)).tolist()
    return Timeline(Span(i * HOP_MS, (i + 1) * HOP_MS) for i in over).shift(track.origin_ms)


RULE = Rule(
    number=7,
    name="phantom-interruption",
    title="an interruption by nobody",
    looks_for=f"speech reported after {REPORTED_WITHIN_MS:,} ms of silence in the microphone, and truncations of what "
    "had been heard to its end",
    threads=(
        "pipecat-ai/pipecat#4131", "googleapis/python-genai#2333", "openai/openai-agents-js#523",
        "GetStream/Vision-Agents#524",
    ),
    needs="E+A",
    severity="error",
    remedies={
        "": "act on an interruption only while something is heard, and only if the microphone holds a sound; hold "
        "first and resume where no words follow",
        "openai": "act on speech_started only while something is heard: no truncate for an item that was heard whole; "
        "raise threshold, or hold first and resume where no words follow",
        "xai": "act on speech_started only while something is heard; raise threshold (0.85 is the default), or hold "
        "first and resume where no words follow",
    },
    check=check,
)  # fmt: skip
