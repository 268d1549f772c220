"""What a session as recorded, or a replay's outcome, has to show: one shape for both."""

from __future__ import annotations

import os
from dataclasses import dataclass

from bargein.events import Delta, Event, ResponseCreated, SpeechStarted
from bargein.ledger import Generated, Heard
from bargein.metrics.onsets import user_labels
from bargein.outcome import Outcome
from bargein.providers import Reading, read
from bargein.providers.playout import playout_of
from bargein.session import Session, load
from bargein.settings import ServerVad

AS_RECORDED = "as recorded"


def opened(shown: Session | Outcome | str | os.PathLike[str]) -> Session | Outcome:
    """Take what is to be shown as it is, or open it where it is a session's folder.

    Raises
    ------
    SessionError
        It is no session's folder; of one that holds several, how many.
    """
    return shown if isinstance(shown, (Session, Outcome)) else load(shown)


@dataclass(frozen=True, slots=True)
class Material:
    """Events, audio and cuts of a session under one gate.

    Parameters
    ----------
    session
        What was recorded.
    events
        What the client saw, or, of a session as recorded, what the log holds.
    generated, heard
        The agent's audio; ``heard`` is None where nothing is known of it.
    cuts
        When the user was noticed, and which responses that revoked. Of a session as recorded: where the provider's
        detector reported the user, since what its client did then is seen in the sound alone.
    policy
        Title of the gate.
    supposed
        Settings of the provider's voice detection that a replay supposed; None: those in force.
    lines
        Of ``events.jsonl``, from 1: where each event stands; empty for a replay, whose events are dated anew.
    """

    session: Session
    events: tuple[Event, ...]
    generated: Generated
    heard: Heard | None
    cuts: tuple[tuple[int, frozenset[str]], ...]
    policy: str = AS_RECORDED
    lines: tuple[int, ...] = ()
    supposed: ServerVad | None = None

    @classmethod
    def of(cls, shown: Session | Outcome, reading: Reading | None = None) -> Material:
        """Take an outcome as it is; read a session's log where it can be placed in time.

        Parameters
        ----------
        reading
            The session's log, where it has been read already.

        Raises
        ------
        SessionError, SettingsError
            The log cannot be read; its provider is not known.
        """
        if isinstance(shown, Outcome):
            cuts = tuple((c.at, c.revoked) for c in shown.cuts)
            played = shown.events, shown.generated, shown.heard
            return cls(shown.session, *played, cuts, shown.policy.title, supposed=shown.settings)
        if shown.info.clock == "none":
            return cls(shown, (), Generated((), 1), None, ())
        reading = read(shown) if reading is None else reading
        events = tuple(e for e, _ in reading.events)
        playout = playout_of(shown) if shown.client_heard is None else None
        heard = shown.client_heard if playout is None else playout.heard
        return cls(shown, events, reading.generated, heard, tuple(_alarms(events)), lines=reading.lines)

    def revoked_at(self) -> dict[str, int]:
        """When each response was revoked: at the first cut that had seen it."""
        found: dict[str, int] = {}
        for at, responses in self.cuts:
            for response in responses:
                found.setdefault(response, at)
        return found

    def interrupted_at(self) -> dict[str, int]:
        """When each response was interrupted: at the first labelled interruption after it began."""
        began: dict[str, int] = {}
        for e in self.events:
            if isinstance(e, (ResponseCreated, Delta)):
                began.setdefault(e.response, e.at)
        onsets = [label.onset_ms for label in user_labels(self.session, "interruption")]
        later = {response: [t for t in onsets if t > at] for response, at in began.items()}
        return {response: min(times) for response, times in later.items() if times}

    def biting(self) -> list[int]:
        """Cuts that had something to cut: agent audio sounded, or a response they revoked was heard later."""
        if self.heard is None:
            return []
        sounding = self.heard.timeline()
        found: list[int] = []
        known: frozenset[str] = frozenset()
        for at, revoked in self.cuts:
            later = any((self.heard.last(r) or 0) > at for r in revoked - known)
            if later or at - 1 in sounding:
                found.append(at)
            known |= revoked
        return found


def _alarms(events: tuple[Event, ...]) -> list[tuple[int, frozenset[str]]]:
    found: list[tuple[int, frozenset[str]]] = []
    seen: set[str] = set()
    for e in events:
        if isinstance(e, (ResponseCreated, Delta)):
            seen.add(e.response)
        elif isinstance(e, SpeechStarted) and seen:
            found.append((e.at, frozenset(seen)))
    return found
