"""What the field's scores are computed of, and what they give: a conversation, figures, and reasons for differences.

A definition is a table entry: a name, the readings it has (*as defined*, in the prose it was published with; *as
coded*, where a published script does something else), a function from conversations to figures, and one line for every
way in which it differs from ours. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from statistics import fmean

from bargein.errors import NotAnswerable
from bargein.timeline import Span, Timeline
from bargein.units import SECOND

DEFINED, CODED = "as defined", "as coded"
LOWER, HIGHER, NEITHER = "lower", "higher", "–"


@dataclass(frozen=True, slots=True)
class Sound:
    """Something of the user that takes no floor: ``backchannel``, ``tic`` or ``side_talk``, and when."""

    kind: str
    span: Span


@dataclass(frozen=True, slots=True)
class Turn:
    """A labelled turn, its pauses included, and whether the user had finished."""

    span: Span
    complete: bool = True


@dataclass(frozen=True)
class Conversation:
    """Who could be heard when, and what is known of it. Times are session time, ms.

    Parameters
    ----------
    name
        Of the session or file.
    length_ms
        Its length.
    user
        The user's speech; sounds that are no speech are not in it.
    agent
        When the agent was *audible*; None where nothing tells.
    streams
        When each of its responses was *played*, silences in it included, in order; None: as it was audible. Benchmarks
        that look at a stream of audio, not into it, see these.
    sounds
        What of the user takes no floor; None where nobody labelled it.
    turns
        Labelled turns; None without labels.
    interruptions
        The user's, onset to offset; also who only goes on after a pause that the agent cut into. None without labels.
    stops
        When the agent was stopped, as opposed to having said everything; None where that cannot be told.
    announced
        When the detector said that the user had stopped; None where no log tells.
    tick_ms
        The grid it was recorded on; None: none.
    timed_out
        Whether it ended because nobody spoke any more; None: not known.
    tool_turns
        Numbers of the turns in which the agent called a tool.
    evidence, basis
        ``recorded``, ``modelled`` or ``derived``; and what heard audio rests on.
    clusters
        What it shares with others.
    """

    name: str
    length_ms: int
    user: Timeline
    agent: Timeline | None
    _: KW_ONLY
    streams: tuple[Span, ...] | None = None
    sounds: tuple[Sound, ...] | None = None
    turns: tuple[Turn, ...] | None = None
    interruptions: tuple[Span, ...] | None = None
    stops: tuple[int, ...] | None = None
    announced: tuple[int, ...] | None = None
    tick_ms: int | None = None
    timed_out: bool | None = None
    tool_turns: frozenset[int] = frozenset()
    evidence: str = "recorded"
    basis: str = "recorded"
    clusters: tuple[str, ...] = ()

    @property
    def heard(self) -> Timeline:
        """When the agent was audible; nowhere where nothing tells."""
        return Timeline() if self.agent is None else self.agent

    @property
    def played(self) -> tuple[Span, ...]:
        """When the agent's audio played, response by response."""
        return self.heard.spans if self.streams is None else self.streams

    @property
    def utterances(self) -> Timeline:
        """The user as a stream of audio: labelled turns with their pauses, and what was said beside them."""
        return self.user | Timeline(t.span for t in self.turns or ())

    def of_kind(self, kind: str) -> list[Span]:
        """When the user made sounds of one kind."""
        return [s.span for s in self.sounds or () if s.kind == kind]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a definition.

    Parameters
    ----------
    metric
        Its name there.
    question
        What it answers, in the words of :data:`QUESTIONS`: figures of one question stand side by side.
    value
        None where nothing was asked.
    unit
        ``s``, ``ms``, ``0..1``, ``count`` or ``per turn``.
    n
        Of how many events.
    better
        ``lower``, ``higher`` or neither.
    note
        What to know before quoting it.
    """

    metric: str
    question: str
    value: float | None
    unit: str
    n: int
    better: str
    note: str = ""


STOPS, STOP_TIME, ANSWERS, ANSWER_TIME = "does it stop?", "how fast?", "does it answer?", "how soon?"
TALKS_OVER, IGNORES, CUTS_OFF, ONE = "does it talk over the user?", "what should not stop it", "cut-offs", "one number"
#: In the order in which they are compared.
QUESTIONS = (STOPS, STOP_TIME, ANSWERS, ANSWER_TIME, TALKS_OVER, IGNORES, CUTS_OFF, ONE)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a definition differs from ours, or its script from its prose.

    Parameters
    ----------
    what
        The metric or the event.
    theirs, coded, ours
        What its prose says; what its script does, where that is something else; what we do.
    because
        Why we do, or what it changes.
    """

    what: str
    theirs: str
    coded: str
    ours: str
    because: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A named set of scores.

    Parameters
    ----------
    name, source
        What it is called on the command line; where it is published.
    readings
        :data:`DEFINED`, and :data:`CODED` where a script was read.
    needs
        What a conversation must have, in words.
    score
        From conversations that have it, and a reading, to figures.
    usable
        Whether a conversation has it.
    differences
        From ours.
    """

    name: str
    source: str
    readings: tuple[str, ...]
    needs: str
    score: Callable[[Sequence[Conversation], str], list[Figure]]
    usable: Callable[[Conversation], bool]
    differences: tuple[Difference, ...]

    def figures(self, conversations: Iterable[Conversation], reading: str) -> list[Figure]:
        """Score the conversations that can be, pooled.

        Raises
        ------
        NotAnswerable
            None has what it needs; recorded and modelled ones together.
        """
        given = list(conversations)
        kept = [c for c in given if self.usable(c)]
        if not kept:
            names = ", ".join(c.name for c in given[:3]) + (", …" if len(given) > 3 else "")
            raise NotAnswerable(f"{self.name} needs {self.needs}; {names or 'nothing'} has none")
        evidence = sorted({c.evidence for c in kept})
        if len(evidence) > 1:
            raise NotAnswerable(f"{' and '.join(evidence)} sessions are not pooled: score them apart, or by session")
        return self.score(kept, reading)


def mean(values: Sequence[float]) -> float | None:
    """Average; None of nothing."""
    return fmean(values) if values else None


def mean_s(values_ms: Sequence[int]) -> float | None:
    """Average of milliseconds, in seconds; None of nothing.

    Examples
    --------
    >>> mean_s([200, 400, 600]), mean_s([])
    (0.4, None)
    """
    return sum(values_ms) / (SECOND * len(values_ms)) if values_ms else None


def share(part: int, whole: int) -> float | None:
    """Part of a whole, 0..1; None of nothing."""
    return part / whole if whole else None
