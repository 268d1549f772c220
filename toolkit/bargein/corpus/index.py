"""Many sessions: opened together, every problem of every one of them at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bargein.errors import LabelError, NotAnswerable, Problem, SessionError, check
from bargein.events import LOCAL_VAD, PROVIDER, Delta, SpeechStarted, SpeechStopped
from bargein.ledger import Heard
from bargein.metrics.audible import Voiced, starts
from bargein.metrics.onsets import Onset, onsets
from bargein.metrics.recorded import Observed, observe, recorded_facts, recorded_heard, recorded_voice
from bargein.metrics.stopping import Episode, Facts, episodes
from bargein.providers import Reading, read
from bargein.replay import local_edges
from bargein.session import Session, folders, load, problems_of
from bargein.timeline import Timeline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Case:
    """One session with what is computed of it once and used by every table: its log, what was heard, local edges."""

    session: Session

    @cached_property
    def reading(self) -> Reading:
        """The session's log in neutral events."""
        return read(self.session)

    @cached_property
    def heard(self) -> Heard | None:
        """What was heard, from the session's own record."""
        return recorded_heard(self.session)

    @cached_property
    def voiced(self) -> Voiced | None:
        """Where the agent's audio holds a voice; None where no track tells, or what was heard is that already."""
        if "agent" not in self.session.info.tracks:
            return None
        if self.levels is None:
            buffered = self.heard is not None and self.heard.basis.kind == "webrtc_buffer"
            return recorded_voice(self.session, self.heard) if buffered and self.heard else None
        from bargein.audio.edges import voice_in

        deltas = (e for e, _ in self.reading.events if isinstance(e, Delta))
        return Voiced.of(voice_in(self.levels.result()), self.session.info.tracks["agent"].rate, deltas)

    @cached_property
    def levels(self) -> Future[NDArray[np.float64]] | None:
        """Levels of the agent's generated track, on their way; None where there is none.

        Decoding leaves the interpreter free: who asks early has it done beside the reading of the log.
        """
        agent = self.session.info.tracks.get("agent")
        if agent is None or agent.kind == "heard":
            return None
        beside = ThreadPoolExecutor(1, "levels")
        coming = beside.submit(self.session.loudness, "agent")
        beside.shutdown(wait=False)
        return coming

    def __getstate__(self) -> dict[str, object]:
        """What goes to another process: all but what is on its way, which is asked for anew there."""
        return {name: value for name, value in self.__dict__.items() if name != "levels"}

    @cached_property
    def facts(self) -> Facts:
        """What the session's own record says."""
        return recorded_facts(self.session, self.reading, self.heard, self.voiced)

    @property
    def reacted_to(self) -> Heard | None:
        """What the user of a recording was reacting to; None where the user is scripted, or nothing tells."""
        return None if self.session.info.evidence == "modelled" else self.heard

    @cached_property
    def observed(self) -> Observed:
        """What the as-recorded table needs of it."""
        return observe(self.session, self.facts, self.reading)

    @cached_property
    def as_recorded(self) -> tuple[Episode, ...]:
        """What happened around every onset, by the session's own record."""
        return tuple(episodes(self.facts, self.onsets))

    @cached_property
    def onsets(self) -> list[Onset]:
        """Every labelled onset, classed by the session's own record: the same whatever gate is tried on it."""
        return onsets(self.session, () if self.heard is None else starts(self.heard, self.voiced))

    @cached_property
    def agent(self) -> Timeline:
        """When the agent was heard, from the session's own record; empty where it holds none."""
        return self.heard.timeline() if self.heard is not None else Timeline()

    @cached_property
    def local_edges(self) -> Sequence[SpeechStarted | SpeechStopped]:
        """A local detector's edges on the user's track."""
        return local_edges(self.session)

    @property
    def trigger(self) -> str:
        """The detector the session's client listened to."""
        return LOCAL_VAD if self.session.info.client.get("trigger") == LOCAL_VAD else PROVIDER

    @property
    def replayable(self) -> bool:
        """Whether another gate can be tried on it: it has times, and its agent audio was generated, not heard."""
        agent = self.session.info.tracks.get("agent")
        return self.session.info.clock != "none" and agent is not None and agent.kind == "generated"

    @property
    def cause(self) -> str:
        """Where late audio comes from, as the session says; ``recorded`` for a recording."""
        return self.session.info.cause or "recorded"


class Corpus:
    """Sessions, in order of name.

    Parameters
    ----------
    cases
        The sessions.
    """

    def __init__(self, cases: Sequence[Case]) -> None:
        self.cases = tuple(cases)

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, session_id: str) -> Session:
        return next(c.session for c in self.cases if c.session.id == session_id)

    def of(self, annotator: str | None) -> Corpus:
        """Give the same sessions with one annotator's labels alone; with all of them where none is named.

        Raises
        ------
        LabelError
            Nobody of that name labelled anything in them.
        """
        if annotator is None:
            return self
        there = {label.annotator: None for case in self.cases for label in case.session.labels}
        if annotator not in there:
            known = ", ".join(map(repr, there)) or "nobody"
            raise LabelError([Problem(f"no labels of {annotator!r}; there are labels of {known}")], "annotator")
        return Corpus([Case(case.session.of(annotator)) for case in self.cases])

    @property
    def length_ms(self) -> int:
        """Length of all sessions together."""
        return sum(c.session.info.length_ms for c in self.cases)

    @property
    def timed(self) -> list[Case]:
        """Sessions whose log can be placed in time."""
        return [c for c in self.cases if c.session.info.clock != "none"]


def open_corpus(*roots: str | os.PathLike[str] | Session, verify: bool = True) -> Corpus:
    """Open sessions or folders of sessions.

    Parameters
    ----------
    roots
        Session folders, folders that hold some, or sessions already open.
    verify
        Read every log and compare every checksum before anything is computed.

    Raises
    ------
    SessionError
        Every problem of every session at once.
    """
    found: list[Case] = []
    problems: list[Problem] = []
    for root in roots:
        if isinstance(root, Session):
            found.append(Case(root))
            continue
        for path in folders(root):
            wrong = list(problems_of(path)) if verify else []
            problems += [Problem(p.what, f"{path.name}/{p.place}", p.hint) for p in wrong]
            if not wrong:
                found.append(Case(load(path)))
    check(problems, SessionError, ", ".join(str(Path(r)) for r in roots if not isinstance(r, Session)))
    return Corpus(found)


def need_replayable(cases: Sequence[Case]) -> list[Case]:
    """Keep the sessions on which another gate can be tried.

    Raises
    ------
    NotAnswerable
        There is none.
    """
    kept = [c for c in cases if c.replayable]
    if not kept:
        raise NotAnswerable(
            "none of these sessions can be replayed: a replay needs receive times and the agent's generated audio"
        )
    return kept
