"""The agent interrupts itself: what the provider took for the user is the loudspeaker in the microphone.

Whose sound it is, is decided by :mod:`bargein.metrics.echo`; shape and energy must both say echo. Where the shape is
the agent's and the energy leaves room for somebody beside it, as in double talk, that is a note.
"""

from __future__ import annotations

from collections.abc import Iterator

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck, Finding, Rule, Severity
from bargein.doctor.evidence import log, microphone, of, player
from bargein.doctor.interruptions import cuts
from bargein.doctor.sound import from_zero, loudspeaker, unheard
from bargein.events import SpeechStarted
from bargein.timeline import Span

#: What made a detector report lies before it, no longer than xAI's 1.2 s while its agent speaks and some network.
BEFORE_MS = 1_500
#: Why an attribution stays open for want of a comparison, not of likeness; and for want of energy.
FEW, DOUBLE_TALK = "too few nulls", "double talk, or an echo that changes"


def check(case: Case) -> Iterator[Finding]:
    """Find reports of speech whose sound is the agent's."""
    lines, heard, recorded = log(case), player(case).timeline(), microphone(case)
    reports: list[tuple[SpeechStarted, str, Span]] = []
    for started, ref in of(lines, SpeechStarted):
        window = Span(max(started.at - BEFORE_MS, 0), started.at) & recorded
        if window is not None and heard.clip(window):
            reports.append((started, ref, window))
    if not reports:
        return
    from bargein.metrics.echo import ECHO, attribute

    stopped = {c.at: c.response for c in cuts(case) if c.by == "provider"}
    windows = [window for _, _, window in reports]
    found = attribute(from_zero(case), loudspeaker(case), windows, unheard(case))
    for (started, ref, _), one in zip(reports, found, strict=True):
        response = stopped.get(started.at)
        alike = f"correlation {one.correlation:.2f} at a lag of {one.lag_ms} ms, chance {one.null_max:.2f}"
        if one.verdict == ECHO:
            what = f" and stopped {response}" if response else ""
            says = f"the agent's own sound was taken for the user{what}: {alike}, no other sound beside it"
            severity: Severity = "error" if response else "warning"
        elif one.because == DOUBLE_TALK:
            what = f" that stopped {response}" if response else ""
            says = f"the agent's own sound was in the microphone at a report{what}: {alike}, perhaps not alone"
            severity = "note"
        else:
            continue
        yield RULE.finding(case, started.at, says, (ref,), one.correlation, "", severity)
    if any(one.because == FEW for one in found):
        raise CannotCheck("the session is too short to say which likeness is chance")


RULE = Rule(
    number=8,
    name="echo-trigger",
    title="the agent interrupts itself",
    looks_for="reports of speech whose sound in the microphone is the agent's own, by the shape of its bands and the "
    "energy beside it",
    threads=(
        "livekit/client-sdk-flutter#633", "dnhkng/GLaDOS#86", "vocodedev/vocode-core#16", "livekit/agents#4813",
        "livekit/agents#4223", "Pedal-Intelligence/saypi-userscript#132",
    ),
    needs="E+A+C",
    severity="error",
    remedies={
        "": "echo cancellation at the client (a headset proves it); no interruption in the first 3 s of the first "
        "answer, until the canceller has converged; hold first and resume where no words follow",
        "openai": "echo cancellation at the client; noise_reduction far_field with a loudspeaker; a higher threshold; "
        "no interruption in the first 3 s, until the canceller has converged",
        "xai": "echo cancellation at the client; a threshold of 0.85 or more; no interruption in the first 3 s, until "
        "the canceller has converged",
    },
    check=check,
)  # fmt: skip
