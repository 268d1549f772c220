"""The user spoke over the agent, and the provider did not notice, or too late.

Where nobody labelled the microphone a local detector says when somebody spoke; what may be the agent's own echo is left
out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck, Finding, Rule
from bargein.doctor.evidence import in_force, log, of, player
from bargein.doctor.user import LABELS, user_spans, verdicts
from bargein.events import PROVIDER, ResponseDone, SpeechStarted, SpeechStopped
from bargein.metrics.onsets import INTERRUPTION
from bargein.settings import ManualTurns
from bargein.timeline import Span

#: From the onset to the provider's notice of it. xAI was recorded with 0.7 to 1.2 s while its agent speaks.
WITHIN_MS: Mapping[str, int] = {"xai": 2_000}
WITHIN_USUALLY_MS = 1_000
#: Without labels a stretch of speech must be so long: shorter ones may be anything.
LEAST_MS = 500


def check(case: Case) -> Iterator[Finding]:
    """Find onsets over the agent that were not reported in time."""
    heard, lines = player(case), log(case)
    if isinstance(in_force(case, case.session.info.length_ms), ManualTurns):
        raise CannotCheck("turn detection is off: the provider reports nobody")
    limit = WITHIN_MS.get(case.session.info.provider, WITHIN_USUALLY_MS)
    agent = heard.timeline()
    reports = [(e.at, ref) for e, ref in of(lines, SpeechStarted) if e.source == PROVIDER]
    reports += [(e.at, ref) for e, ref in of(lines, ResponseDone) if case.reading.responses[e.response].interrupted]
    spoken, missed = _spoken(case), []
    for span in spoken:
        at = span.start
        if at not in agent or _open(case, at) or at + limit > case.session.info.length_ms:
            continue
        after = min((r for r in reports if r[0] > at), default=None)
        if after is None or after[0] - at > limit:
            missed.append((span, after if after is not None and after[0] <= span.end + limit else None))
    for span, late in _not_echo(case, missed):
        ms, ref = (span.ms, ()) if late is None else (late[0] - span.start, (late[1],))
        so = f"for {ms:,} ms and was never noticed" if late is None else f"and was noticed {ms:,} ms later"
        yield RULE.finding(case, span.start, f"the user spoke over the agent {so}; {limit:,} ms are enough", ref, ms,
                           "ms")  # fmt: skip


def _spoken(case: Case) -> list[Span]:
    """Speech that is meant to interrupt, by its labels; else all that a local detector hears for long enough."""
    found = user_spans(case)
    if found is None:
        raise CannotCheck("when the user spoke is not known: no labels, and the microphone was not recorded")
    spans, how = found
    if how == LABELS:
        return [Span(o.at, o.label.offset_ms) for o in case.onsets if o.kind == INTERRUPTION]
    return [span for span in spans if span.ms >= LEAST_MS]


def _open(case: Case, at: int) -> bool:
    """Whether the provider's detector had reported speech and no silence since: then no report is possible."""
    edges = [e for e, _ in of(log(case), SpeechStarted, SpeechStopped) if e.at <= at]
    return bool(edges) and isinstance(edges[-1], SpeechStarted)


Missed = tuple[Span, tuple[int, str] | None]


def _not_echo(case: Case, missed: list[Missed]) -> list[Missed]:
    """Leave out what may be the agent's own sound, where no label says that it was the user."""
    found = user_spans(case)
    if found is not None and found[1] == LABELS:
        return missed
    from bargein.metrics.echo import NOT_ECHO

    whose = verdicts(case, [span for span, _ in missed])
    return [one for one, verdict in zip(missed, whose, strict=True) if verdict == NOT_ECHO]


RULE = Rule(
    number=10,
    name="deaf",
    title="the user was not noticed",
    looks_for=f"user speech over the agent that the provider does not report within {WITHIN_USUALLY_MS:,} ms "
    f"(xAI: {WITHIN_MS['xai']:,})",
    threads=("MemberJunction/MJ#3534", "gptme/gptme-contrib#697"),
    needs="E+A+C",
    severity="error",
    remedies={
        "": "a lower threshold, one step at a time and against recordings (bargein tune); a detector beside the "
        "loudspeaker that cuts without waiting (policy keyed@local-vad)",
        "openai": "lower threshold (documented default 0.5), one step at a time and against recordings (bargein tune); "
        "a local detector cuts without waiting (policy keyed@local-vad)",
        "xai": "lower threshold (default 0.85; 0.55 was reported to help); it stays slow while the agent speaks, so "
        "let a local detector cut (policy keyed@local-vad)",
    },
    check=check,
)  # fmt: skip
