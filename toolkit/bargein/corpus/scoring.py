"""The field's scores of whatever was given: session folders, logs of ticks, calls as two audio streams.

A session is seen as a definition sees it: the user as labelled, the agent as it was audible by the session's own
record. What a definition cannot be computed of is left out and named; what nothing can be computed of is refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bargein.corpus.index import Case, open_corpus
from bargein.errors import InputError, NotAnswerable, Problem, SettingsError, check
from bargein.events import SpeechStopped
from bargein.formats.callaudio import read_call_audio
from bargein.formats.ticklog import TICK_MS, read_ticks
from bargein.ledger import Heard
from bargein.metrics.audible import SILENCE_MS, audible
from bargein.metrics.clusters import components
from bargein.metrics.definitions import DEFINITIONS, Conversation, Definition, Sound, Turn, definition
from bargein.metrics.falsestops import first_stops
from bargein.metrics.onsets import INTERRUPTION, judged, user_labels, user_speech
from bargein.metrics.truth import truth
from bargein.providers.call import ENDED
from bargein.session import Label, Session
from bargein.timeline import Span

#: What of the user takes no floor and is a person's: echo and noise are nobody's.
SOUNDS = ("backchannel", "tic", "side_talk")
#: All conversations together, or each for itself.
BY = ("all", "session")
TICK_LOGS = "*.ticks.csv"
#: The reason EVA gives where nobody spoke any more.
TIMED_OUT = "inactivity_timeout"


@dataclass(frozen=True)
class Scores:
    """Figures as rows, and what they are not of.

    Parameters
    ----------
    rows
        ``sessions``, ``definition``, ``reading``, ``question``, ``metric``, ``value``, ``unit``, ``n``, ``clusters``,
        ``better``, ``basis``, ``note``.
    left_out
        Which definition could not be computed of which conversations, and what they would need.
    """

    rows: tuple[dict[str, object], ...]
    left_out: tuple[str, ...]


def conversation(case: Case) -> Conversation:
    """See a session as the definitions see it."""
    session, facts = case.session, case.facts
    labelled, heard = judged(session), facts.heard
    tell_stops = heard is not None and heard.basis.tells_responses and bool(facts.generated.rows)
    stated = heard is not None and heard.basis.kind == "stated"
    return Conversation(
        name=session.id, length_ms=session.info.length_ms, user=user_speech(session),
        agent=None if heard is None else audible(heard, facts.voiced),
        streams=None if heard is None else _streams(heard),
        sounds=tuple(Sound(x.kind, _span(x)) for x in _placed(session, *SOUNDS)) if labelled else None,
        turns=tuple(Turn(_span(x), x.complete == "yes") for x in _placed(session, "turn")) if labelled else None,
        interruptions=tuple(map(_span, _placed(session, INTERRUPTION))) if labelled else None,
        stops=tuple(s.at for s in first_stops(facts)) if tell_stops else None,
        announced=tuple(e.at for e in facts.edges if isinstance(e, SpeechStopped)) if facts.edges else None,
        tick_ms=session.info.clock_step_ms if stated else None, timed_out=_timed_out(session),
        evidence=session.info.evidence, clusters=session.info.clusters,
        basis=truth(session).left_out.beside(
            f"events {session.info.evidence}; heard {'not known' if heard is None else heard.basis}"
        ),
    )  # fmt: skip


def _streams(heard: Heard) -> tuple[Span, ...] | None:
    """When each response played; a gap of the player's that nobody makes out is none, one that a log states is one."""
    if not heard.basis.tells_responses:
        return heard.timeline().spans if heard.basis.kind == "stated" else None
    return tuple(sorted(s for r in heard.responses() for s in heard.timeline([r]).bridged(SILENCE_MS)))


def _timed_out(session: Session) -> bool | None:
    """Whether a call ended because nobody spoke any more; None where its log does not say why it ended."""
    reasons = [r.payload.get("reason") for r in session.records if r.type == ENDED]
    return reasons[-1] == TIMED_OUT if reasons else None


def _placed(session: Session, *kinds: str) -> list[Label]:
    """Labels of the user's track that say where something sounds, not where a clip was put."""
    return [x for x in user_labels(session, *kinds) if x.basis != "placement"]


def _span(label: Label) -> Span:
    return Span(label.onset_ms, label.offset_ms)


def of_ticks(path: str | os.PathLike[str]) -> Conversation:
    """Read a log of ticks as a conversation.

    Raises
    ------
    LogError
        It is none.
    """
    log = read_ticks(path)
    sounds = tuple(Sound(kind, span) for kind, span in log.sounds)
    return Conversation(log.name, log.length_ms, log.user, log.agent, sounds=sounds, tick_ms=TICK_MS,
                        basis=f"ticks of {TICK_MS} ms", clusters=(f"log:{log.name}",))  # fmt: skip


def of_call(path: str | os.PathLike[str]) -> Conversation:
    """Read a call's two audio streams as a conversation; of tool calls they say nothing.

    Raises
    ------
    LogError
        It is no such log.
    """
    call = read_call_audio(path)
    timed_out = None if call.ended is None else call.ended == TIMED_OUT
    return Conversation(call.name, call.length_ms, call.user, call.agent, timed_out=timed_out, basis="audio streams",
                        clusters=(f"log:{call.name}",))  # fmt: skip


#: By a file's suffix.
READERS: Mapping[str, Callable[[Path], Conversation]] = {".csv": of_ticks, ".jsonl": of_call}


def conversations(*sources: str | os.PathLike[str] | Session) -> list[Conversation]:
    """Open sessions, folders of sessions or of logs of ticks, and logs; in the order given.

    Raises
    ------
    InputError
        Every problem of every one of them at once.
    """
    found: list[Conversation] = []
    problems: list[Problem] = []
    for source in sources:
        try:
            found += _open(source)
        except InputError as error:
            problems += [_placed_in(error, p) for p in error.problems]
    check(problems, InputError, "what is to be scored")
    return found


def _placed_in(error: InputError, problem: Problem) -> Problem:
    """A problem with the folder of its file, where it names only the file."""
    source = Path(error.source)
    folder = source.parent if source.is_file() else Path()
    return Problem(problem.what, str(folder / problem.place) if problem.place else error.source, problem.hint)


def _open(source: str | os.PathLike[str] | Session) -> Iterator[Conversation]:
    if isinstance(source, Session):
        yield conversation(Case(source))
        return
    path = Path(source)
    if not path.exists():
        raise InputError([Problem("no such file or folder", str(path), "mistyped?")], str(path))
    if path.is_file():
        if (reader := READERS.get(path.suffix.lower())) is None:
            hint = "a log of ticks is .csv, EVA's audio events are .jsonl; sound goes into a session folder first"
            raise InputError(
                [Problem(f"{path.suffix or 'no suffix'}: not known what this is", path.name, hint)], str(path)
            )
        yield reader(path)
    elif logs := sorted(path.glob(TICK_LOGS)):
        problems: list[Problem] = []
        for log in logs:
            try:
                yield of_ticks(log)
            except InputError as error:
                problems += [_placed_in(error, p) for p in error.problems]
        check(problems, InputError, str(path))
    else:
        yield from map(conversation, open_corpus(path))


def score(given: Sequence[Conversation], names: Iterable[str] = (), by: str = "all") -> Scores:
    """Score conversations by one or several definitions, in every reading each has.

    Parameters
    ----------
    given
        Conversations.
    names
        Of definitions; none: all.
    by
        ``all``: events of all together; ``session``: each for itself.

    Raises
    ------
    NotAnswerable
        No definition that was asked for can be computed of any of them.
    SettingsError
        No such definition; ``by`` is neither.
    """
    asked = [definition(n) for n in names] or list(DEFINITIONS.values())
    if by not in BY:
        raise SettingsError([Problem(f"by: {by!r}", "--by", f"one of {', '.join(BY)}")], "score")
    rows: list[dict[str, object]] = []
    left: list[str] = []
    groups = [list(given)] if by == "all" else [[c] for c in given]
    for d in asked:
        without = [c.name for c in given if not d.usable(c)]
        if without:
            left.append(f"{d.name} not of {', '.join(without)}: it needs {d.needs}")
        for group in groups:
            kept = [c for c in group if d.usable(c)]
            if kept:
                rows += _rows(d, kept)
    if not rows:
        raise NotAnswerable("; ".join(left) or "nothing to score: no session and no log was given")
    return Scores(tuple(rows), tuple(left))


def _rows(d: Definition, kept: Sequence[Conversation]) -> Iterator[dict[str, object]]:
    who = kept[0].name if len(kept) == 1 else f"{len(kept)} sessions"
    clusters, basis = components(set(c.clusters) for c in kept), " or ".join(sorted({c.basis for c in kept}))
    for reading in d.readings:
        for f in d.figures(kept, reading):
            yield {
                "sessions": who, "definition": d.name, "reading": reading, "question": f.question, "metric": f.metric,
                "value": f.value, "unit": f.unit, "n": f.n, "clusters": clusters, "better": f.better, "basis": basis,
                "note": f.note,
            }  # fmt: skip
