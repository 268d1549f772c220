"""The provider ended the user's turn in a pause: it committed, and the user said on.

How long the pause was is not what the two reports are apart: a report of silence comes after the end silence, a report
of speech may be dated back by the prefix padding. OpenAI's GA dialect is known to do both, exactly, on a grid of 32 ms.
Of other dialects the reports bound the pause, and no more; xAI's are positions of the stream when they were sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck, Finding, Rule
from bargein.doctor.evidence import in_force
from bargein.doctor.user import DETECTOR, user_spans, verdicts
from bargein.doctor.wording import Said, said
from bargein.events import ResponseCreated, SpeechStarted, SpeechStopped
from bargein.metrics.onsets import RESUMPTION_MS, user_labels
from bargein.settings import ServerVad
from bargein.timeline import Timeline

#: A user who goes on within this had not finished (Full-Duplex-Bench's pauses; the same in all our tables).
WITHIN_MS = RESUMPTION_MS
#: The verdict of :mod:`bargein.metrics.echo` that it was not the agent who was heard.
NOT_ECHO = "not echo"
COMMITTED = "input_audio_buffer.committed"
#: Frames of OpenAI's detection.
HOP_MS = 32
#: A labelled turn that ends so close to the pause was over.
NEAR_MS = 100


class Split(NamedTuple):
    """A turn that was ended, and speech that followed it."""

    stopped: Said
    ended: Said
    started: Said


class Pause(NamedTuple):
    """A pause, ms: at least and at most, and how it is known; ``exact`` where the two are one figure."""

    low: int
    high: int
    how: str
    exact: bool


#: Whoever was reported, no user went on.
NOBODY = Pause(WITHIN_MS, WITHIN_MS, "nobody went on", exact=True)


def check(case: Case) -> Iterator[Finding]:
    """Find turns that were ended in a pause of the user."""
    found = [(split, pause(case, split)) for split in splits(case)]
    for split, wait in found:
        if wait is not None and wait.high < WITHIN_MS:
            yield _finding(case, split, wait)
    if found and all(wait is None for _, wait in found):
        raise CannotCheck("how long the user paused is not known: no labels, no microphone, no end silence in force")


def splits(case: Case) -> Iterator[Split]:
    """Give every end of a turn with the next report of speech."""
    stopped: Said | None = None
    ended: Said | None = None
    for line in said(case):
        if isinstance(line.event, SpeechStopped):
            stopped, ended = line, None
        elif stopped is not None and ended is None:
            goes_on = isinstance(line.event, SpeechStarted)
            ended = line if line.record.type == COMMITTED or isinstance(line.event, ResponseCreated) else None
            stopped = None if goes_on else stopped
        elif stopped is not None and ended is not None and isinstance(line.event, SpeechStarted):
            yield Split(stopped, ended, line)
            stopped = ended = None


def pause(case: Case, split: Split) -> Pause | None:
    """Say how long the user paused, by the best evidence; None where nothing tells, or the user did not go on."""
    known = user_spans(case)
    if known is not None and split.stopped.at is not None:
        return _between(case, known[0], known[1], split.stopped.at)
    return _claimed(case, split)


def _between(case: Case, spoken: Timeline, how: str, stopped: int) -> Pause:
    """The silence between what was said before the report of silence and what was said next."""
    before = max((s.end for s in spoken if s.end <= stopped), default=None)
    after = next((s for s in spoken if before is not None and s.start >= before), None)
    if before is None or after is None or _over(case, before):
        return NOBODY
    over = how == DETECTOR and case.heard is not None and case.heard.timeline().clip(after)
    if over and verdicts(case, [after]) != [NOT_ECHO]:  # what a detector hears over the agent may be the agent
        return NOBODY
    return Pause(after.start - before, after.start - before, how, exact=True)


def _over(case: Case, at: int) -> bool:
    return any(t.complete == "yes" and abs(t.offset_ms - at) <= NEAR_MS for t in user_labels(case.session, "turn"))


def _claimed(case: Case, split: Split) -> Pause | None:
    """By the provider's own figures, on its own clock."""
    settings = in_force(case, split.stopped.at or 0)
    gap = reported_gap(split)
    if not isinstance(settings, ServerVad) or settings.silence_duration_ms is None or gap is None:
        return None
    waited = -(-settings.silence_duration_ms // HOP_MS) * HOP_MS
    high = gap + waited + (settings.prefix_padding_ms or 0)
    if case.session.info.provider == "openai" and case.session.info.dialect == "ga":
        return Pause(high, high, "the provider's own times, less end silence and prefix padding", exact=True)
    return Pause(settings.silence_duration_ms, high, "the end silence in force", exact=False)


def reported_gap(split: Split) -> int | None:
    """Give what the two reports are apart on the provider's clock, ms; negative where it dates speech back."""
    stopped, started = split.stopped.event, split.started.event
    assert isinstance(stopped, SpeechStopped)
    assert isinstance(started, SpeechStarted)
    if stopped.claimed_ms is None or started.claimed_ms is None:
        return None
    return started.claimed_ms - stopped.claimed_ms


def _finding(case: Case, split: Split, wait: Pause) -> Finding:
    gap = reported_gap(split)
    reported = "" if gap is None else f"reported gap {gap:,} ms, "
    about = "about " if wait.how == DETECTOR else ""
    true = (f"true pause {about}{wait.low:,} ms ({wait.how})" if wait.exact else
            f"true pause at least {wait.low:,} ms ({wait.how}) and not identifiable")  # fmt: skip
    value = wait.low if wait.exact else gap
    return RULE.finding(case, split.started.at, f"the turn was ended in a pause and the user went on: {reported}{true}",
                        (split.stopped.ref, split.ended.ref, split.started.ref), value, "ms")  # fmt: skip


RULE = Rule(
    number=11,
    name="cut-off",
    title="the user was cut off in a pause",
    looks_for=f"turns that the provider ended although the user went on within {WITHIN_MS:,} ms",
    threads=("pipecat-ai/pipecat#4478",),
    needs="E",
    severity="warning",
    remedies={
        "": "a longer end silence, as much as the budget for waiting allows (bargein tune); or a turn detection that "
        "looks at words",
        "openai": "raise silence_duration_ms (200 ms is in force by itself at gpt-realtime), or semantic_vad with a "
        "lower eagerness; bargein tune says what each value costs",
        "xai": "raise silence_duration_ms; bargein tune says what each value costs",
    },
    check=check,
)  # fmt: skip
