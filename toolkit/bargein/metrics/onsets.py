"""What is this onset? One class each, by form and intent, never by what a gate under test did about it.

First match: *resumption* (the agent started inside a pause of the user shorter than 1.5 s: a cut-off, and charged there
alone), *collision* (both start within 200 ms), backchannel, tic, side talk, echo or noise, interruption. The agent is
looked at as the session's own client let it be heard, so the class is the same under every policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bargein.ledger import Heard
from bargein.session import Label, Session
from bargein.timeline import Timeline

RESUMPTION, COLLISION, INTERRUPTION = "resumption", "collision", "interruption"
#: The agent that starts inside a user's pause shorter than this has cut the user off.
RESUMPTION_MS = 1_500
#: Two that start within this collide; neither interrupts.
COLLISION_MS = 200
#: A report later than this after the onset, and after the end of what is labelled, is no answer to it.
SIGNAL_WITHIN_MS = 3_000
#: Labelled kinds in order of precedence; what is none of these is no onset.
KINDS = ("backchannel", "tic", "side_talk", "echo", "noise", "interruption")


@dataclass(frozen=True, slots=True)
class Onset:
    """An instant at which the user, or something like a user, became audible, and its one class."""

    label: Label
    kind: str

    @property
    def at(self) -> int:
        """Acoustic onset, session ms."""
        return self.label.onset_ms


def onsets(session: Session, heard: Heard | None) -> list[Onset]:
    """Class every labelled onset of a session.

    Parameters
    ----------
    session
        With labels; those of basis ``placement`` say where a clip lies, not where speech begins, and are left out.
    heard
        The agent as recorded; None where that is not known, and then there is neither resumption nor collision.
    """
    starts = heard.starts() if heard is not None else ()
    speech = session.spans("speech", "interruption")
    found: list[Onset] = []
    for kind in KINDS:
        heard_of = (label for label in session.labelled(kind) if label.basis != "placement")
        found += [Onset(label, _class(label, speech, starts)) for label in heard_of]
    return sorted(found, key=lambda o: o.at)


def _class(label: Label, speech: Timeline, starts: Sequence[int]) -> str:
    if label.kind != INTERRUPTION:
        return label.kind
    t = label.onset_ms
    before = max((s.end for s in speech if s.end <= t), default=None)
    if before is not None and t - before < RESUMPTION_MS and any(before <= s <= t for s in starts):
        return RESUMPTION
    return COLLISION if any(abs(s - t) <= COLLISION_MS for s in starts) else INTERRUPTION


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
