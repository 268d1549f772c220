"""What is this onset? One class each, by form and intent, never by what a gate under test did about it.

First match: *resumption* (the agent started inside a pause of the user shorter than 1.5 s: a cut-off, and charged there
alone), *collision* (both start within 200 ms), backchannel, tic, side talk, echo or noise, interruption. The first two
are of the user's voice only. The agent is looked at as the session's own client let it be heard, so the class is the
same under every policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bargein.metrics.truth import SPOKEN, truth
from bargein.session import Label, Session
from bargein.session.model import SOUND_ALONE
from bargein.timeline import Span, Timeline

RESUMPTION, COLLISION, INTERRUPTION = "resumption", "collision", "interruption"
#: The agent that starts inside a user's pause shorter than this has cut the user off.
RESUMPTION_MS = 1_500
#: Two that start within this collide; neither interrupts.
COLLISION_MS = 200
#: A report later than this after the onset, and after the end of what is labelled, is no answer to it.
SIGNAL_WITHIN_MS = 3_000
#: A report this long before the labelled onset still answers it: labels are not that exact.
EARLY_MS = 200
#: Labels whose onsets lie no further apart than this, and their uncertainties, speak of one onset.
ONE_ONSET_MS = 200
#: Labelled kinds in order of precedence; what is none of these is no onset.
KINDS = ("backchannel", "tic", "side_talk", "echo", "noise", INTERRUPTION)
#: Kinds that nobody meant to take the floor with: every report of one is false.
DISTRACTORS = KINDS[:-1]
#: Kinds that begin with the user's voice, whomever it is meant for.
VOICED = (INTERRUPTION, "backchannel", "side_talk")


@dataclass(frozen=True, slots=True)
class Onset:
    """An instant at which the user, or something like a user, became audible, and its one class."""

    label: Label
    kind: str

    @property
    def at(self) -> int:
        """Acoustic onset, session ms."""
        return self.label.onset_ms


def user_labels(session: Session, *kinds: str) -> list[Label]:
    """Give what is true of the user's track, once: labels of one kind that overlap speak of the same thing.

    Of several annotators' labels the least uncertain is kept, then the earliest. What they do not agree about is left
    out, and so are answers to a queue (:func:`bargein.metrics.truth.truth`).

    Parameters
    ----------
    kinds
        Kinds of labels; those of other tracks are left out.
    """
    kept: list[Label] = []
    groups: dict[tuple[str, str], list[Label]] = {}
    for label in truth(session).labels:
        if label.track != "user" or label.kind not in kinds:
            continue
        group = groups.setdefault((label.kind, label.speaker), [])
        if group and label.onset_ms < max(g.offset_ms for g in group):
            group.append(label)
            continue
        kept += _agreed(group)
        groups[label.kind, label.speaker] = [label]
    return sorted([*kept, *(one for group in groups.values() for one in _agreed(group))], key=lambda x: x.onset_ms)


def _agreed(group: list[Label]) -> list[Label]:
    if not group:
        return []
    best = min(group, key=lambda x: (x.uncertainty_ms, x.onset_ms))
    alike = len({x.complete for x in group}) == 1
    return [best if alike else replace(best, complete="unsure")]


def user_speech(session: Session) -> Timeline:
    """When the user spoke, according to the labels of the user's track; where that is disputed, too.

    It is what lies around an onset: whoever heard the user there may be right. No answer to a queue is in it, as these
    say nothing of the rest. What is disputed is no part of a scored region
    (:attr:`~bargein.metrics.truth.Truth.unsure`).
    """
    said = (x for x in truth(session).given if x.kind in SPOKEN and x.track == "user")
    return Timeline(Span(x.onset_ms, x.offset_ms) for x in said)


def judged(session: Session) -> bool:
    """Whether anybody said what the user meant: an energy rule, or a log of streams, says only where there is sound.

    Who answered a queue said so only of what it asked for.
    """
    return any(label.annotator not in SOUND_ALONE for label in truth(session).given)


def onsets(session: Session, agent_starts: Sequence[int] = ()) -> list[Onset]:
    """Class every labelled onset of a session, each once.

    Parameters
    ----------
    session
        With labels; those of basis ``placement`` say where a clip lies, not where speech begins, and are left out.
    agent_starts
        When the agent started to be audible, as recorded (:func:`bargein.metrics.audible.starts`); where that is not
        known there is neither resumption nor collision.
    """
    labels = [x for x in user_labels(session, *KINDS) if x.basis != "placement"]
    speech = user_speech(session)
    found = [Onset(x, RESUMPTION) for x in _resumed(session, speech, agent_starts)]
    for label in sorted(labels, key=lambda x: KINDS.index(x.kind)):
        if not any(_same(label, other.label) for other in found):
            found.append(Onset(label, _class(label, speech, agent_starts)))
    return sorted(found, key=lambda o: o.at)


def _same(a: Label, b: Label) -> bool:
    """Whether two labels of different kinds speak of one onset: close, and sounding together."""
    apart = abs(a.onset_ms - b.onset_ms)
    together = min(a.offset_ms, b.offset_ms) > max(a.onset_ms, b.onset_ms)
    return together and apart <= ONE_ONSET_MS + a.uncertainty_ms + b.uncertainty_ms


def _resumed(session: Session, speech: Timeline, agent_starts: Sequence[int]) -> list[Label]:
    """What a user says on in a labelled turn, after a pause into which the agent spoke."""
    said = []
    for turn in user_labels(session, "turn"):
        inside = speech.clip(Span(turn.onset_ms, turn.offset_ms))
        for before, after in pairwise(inside):
            if turn.basis != "placement" and _cut_off(before.end, after.start, agent_starts):
                said.append(replace(turn, kind="speech", onset_ms=after.start, offset_ms=after.end, complete=None))
    return said


def _cut_off(pause_from: int, pause_to: int, agent_starts: Sequence[int]) -> bool:
    return pause_to - pause_from < RESUMPTION_MS and any(pause_from <= s <= pause_to for s in agent_starts)


def _class(label: Label, speech: Timeline, agent_starts: Sequence[int]) -> str:
    if label.kind not in VOICED:
        return label.kind
    t = label.onset_ms
    before = max((s.end for s in speech if s.end <= t), default=None)
    if before is not None and _cut_off(before, t, agent_starts):
        return RESUMPTION
    return COLLISION if any(abs(s - t) <= COLLISION_MS for s in agent_starts) else label.kind


def answer_until(label: Label, starts: Iterable[int]) -> int:
    """Until when a report can be an answer to what a label holds.

    Parameters
    ----------
    label
        Its onset starts the wait.
    starts
        Onsets of other labels; what is reported after the next one behind this label's end may be an answer to that.

    Returns
    -------
    The label's end or 3 s after its onset, whichever is later, but not behind the next onset. Session ms.
    """
    patience = max(label.offset_ms, label.onset_ms + SIGNAL_WITHIN_MS)
    return min([t for t in starts if t >= label.offset_ms and t > label.onset_ms] + [patience])


def counted(found: Iterable[Onset]) -> dict[str, int]:
    """Count onsets by class."""
    counts: dict[str, int] = {}
    for onset in found:
        counts[onset.kind] = counts.get(onset.kind, 0) + 1
    return counts
