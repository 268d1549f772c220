"""The agent was stopped by something that did not take the floor: a listener's word, a cough, a noise.

Labels say what it was. Without them a transcript does: no words at all, or none but a listener's. The agent's own echo
is a rule of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck, Finding, Rule
from bargein.doctor.evidence import log, of
from bargein.doctor.interruptions import Cut, first_cuts
from bargein.doctor.user import reported
from bargein.events import SpeechStarted, SpeechStopped, UserText
from bargein.metrics.onsets import SIGNAL_WITHIN_MS, Onset, user_speech

#: What labels call what should not stop the agent; an echo is another rule's.
FALSE_KINDS = {"backchannel": "a listener's word", "tic": "a cough or the like", "noise": "noise",
               "side_talk": "speech to somebody else"}  # fmt: skip
#: Words that support and take no floor: Azure's filler words, and what English listeners say besides.
LISTENING = frozenset({"ah", "umm", "mm", "uh", "huh", "oh", "yeah", "hmm",
                       "mhm", "mmhmm", "mmhm", "uhhuh", "um", "yep", "ok", "okay", "right"})  # fmt: skip
#: No transcript so long after the user fell silent is none (LiveKit's false_interruption_timeout).
TEXT_WITHIN_MS = 2_000
#: A report that a cut answers came no longer before it, nor after it.
REACTION_MS = 1_000


def check(case: Case) -> Iterator[Finding]:
    """Find stops by what did not take the floor."""
    stops = _stops(case)
    verdicts = [(cut, _why(case, cut)) for cut in stops]
    for cut, why in verdicts:
        if why:
            yield _finding(case, cut, why)
    if stops and all(why is None for _, why in verdicts):
        raise CannotCheck(f"neither labels nor transcripts tell what stopped the agent, {len(stops)} times")


def _stops(case: Case) -> list[Cut]:
    """Interruptions of different instants; one report can stop two responses."""
    found: dict[int, Cut] = {}
    for cut in first_cuts(case).values():
        found.setdefault(cut.at, cut)
    return list(found.values())


def _why(case: Case, cut: Cut) -> str | None:
    """What stopped the agent, in words; empty where that was somebody who took the floor, None where nothing tells."""
    onset = _onset(case, cut.at)
    if onset is not None:
        return f"{FALSE_KINDS[onset.kind]} ({onset.kind} by its label)" if onset.kind in FALSE_KINDS else ""
    reports, stops = _near(case, cut), [e.at for e, _ in of(log(case), SpeechStopped)]
    spoken = (s for s in user_speech(case.session) if s.start <= cut.at)
    if reported(spoken, reports[0].at if reports else cut.at, stops):
        return ""
    return _by_words(case, cut)


def _near(case: Case, cut: Cut) -> list[SpeechStarted]:
    """Reports that a cut can answer, the nearest first."""
    reports = [e for e, _ in of(log(case), SpeechStarted) if abs(e.at - cut.at) <= REACTION_MS]
    return sorted(reports, key=lambda e: abs(e.at - cut.at))


def _onset(case: Case, at: int) -> Onset | None:
    """The last labelled onset that a stop can be an answer to."""
    fitting = [o for o in case.onsets if o.at <= at <= max(o.label.offset_ms, o.at + SIGNAL_WITHIN_MS)]
    return fitting[-1] if fitting else None


def _by_words(case: Case, cut: Cut) -> str | None:
    """By the transcript of what was reported at the stop."""
    lines, reports = log(case), _near(case, cut)
    texts = [e for e, _ in of(lines, UserText)]
    if not reports or not texts:
        return None
    item = reports[0].item
    said = [e.text for e in texts if e.item == item]
    if said:
        words = [re.sub(r"\W", "", word.casefold()) for word in said[-1].split()]
        heard = [word for word in words if word]
        if not heard:
            return "something without words, by its empty transcript"
        return f"a listener's word, by its transcript: {said[-1]!r}" if LISTENING.issuperset(heard) else ""
    ended = next((e.at for e, _ in of(lines, SpeechStopped) if e.item == item), None)
    waited = None if ended is None else case.session.info.length_ms - ended
    return "something without a transcript" if waited is not None and waited >= TEXT_WITHIN_MS else None


def _finding(case: Case, cut: Cut, why: str) -> Finding:
    lost = None
    if case.heard is not None and case.heard.by_sample:
        lost = case.reading.generated.audio_ms(cut.response) - case.heard.audio_ms(cut.response)
    so = "" if lost is None else f"; {lost:,} ms of it were never heard"
    return RULE.finding(case, cut.at, f"{cut.response} was stopped by {why}{so}", (cut.ref,), lost,
                        "" if lost is None else "ms")  # fmt: skip


RULE = Rule(
    number=9,
    name="false-stop",
    title="stopped by what took no floor",
    looks_for="stops of the agent by a backchannel, a cough, noise or side talk (labels), or by what has no transcript "
    "or a listener's words alone",
    threads=(
        "vellum-ai/vellum-assistant#41801", "livekit/agents#4039", "livekit/agents#4615", "vm0-ai/vm0#8858",
        "lobbystack/lobbystack#109", "Azure-Samples/realtime-api-workshop#4",
    ),
    needs="E",
    severity="warning",
    remedies={
        "": "hold or duck the audio instead of flushing it, and go on where no words follow within 2 s (policies "
        "livekit, duck); noise reduction before the detector",
        "openai": "interrupt_response: false and a gate at the client that holds and resumes, or asks for a minimum of "
        "speech or words; a higher threshold alone lets coughs through; noise_reduction near_field or far_field",
        "xai": "the server always stops by itself: raise threshold and keep noise from the microphone; at the client "
        "only a renewed response.create brings the answer back",
    },
    check=check,
)  # fmt: skip
