"""Who has the floor, and how it changes hands: transitions, pauses, overlaps, and the time of each state.

::

    user     |----|  |--|             |--------|
    agent                   |------------|  |-|    |---|
                   |     |            |     |       |
                 pause  gap +      between  within  gap +
                                      -

Definitions are those of the field. An *inter-pausal unit* is a run of one speaker's speech whose inner silences are
shorter than a threshold, 200 ms unless said otherwise. Silence between two units is a *pause* where the same speaker
goes on and a *gap* where the other one does; speech of both at once is *between-speaker* overlap where the floor
changes hands and *within-speaker* overlap where it does not (Heldner & Edlund 2010). The *floor transfer offset* is the
onset of the next speaker less the end of the previous one: over 0 a gap, under 0 an overlap (De Ruiter et al. 2006;
Levinson & Torreira 2015). A unit that lies inside one of the other speaker takes no floor and has no offset.

The agent is what was *audible*, the loudspeaker less the silences in it: neither generated nor delivered audio.

References
----------
De Ruiter, Mitterer & Enfield (2006), Language 82; Heldner & Edlund (2010), Journal of Phonetics 38; Levinson & Torreira
(2015), Frontiers in Psychology 6. Known here from those who cite them; ties they leave open are named at each function.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

from bargein.ledger import need
from bargein.timeline import Span, Timeline

USER, AGENT = "user", "agent"
#: Silences inside a unit are shorter than this; the field also uses 100 and 180 ms.
UNIT_GAP_MS = 200


@dataclass(frozen=True, slots=True)
class Band:
    """A range of human values to show beside a distribution, never a limit: speakers and pairs differ more than means.

    Parameters
    ----------
    mean_ms, low_ms, high_ms
        Mean of all, and the lowest and highest mean of a language or corpus.
    source
        Where it is from.
    confirmed
        Whether it was read in its source; what was not is marked so wherever it is printed.
    """

    mean_ms: int
    low_ms: int
    high_ms: int
    source: str
    confirmed: bool


#: Answers to yes/no questions in ten languages: Japanese 7 ms, Danish 469 ms.
HUMAN_OFFSETS = Band(208, 7, 469, "ten languages (Stivers et al. 2009), as cited by Levinson & Torreira 2015", False)


@dataclass(frozen=True, slots=True)
class Transition:
    """The floor changed hands.

    Parameters
    ----------
    from_, to
        ``user`` or ``agent``.
    at
        Onset of the next speaker's unit, session ms.
    offset_ms
        Floor transfer offset: over 0 a gap, under 0 an overlap, 0 neither.
    """

    from_: str
    to: str
    at: int
    offset_ms: int


@dataclass(frozen=True, slots=True)
class States:
    """Time in each state of a conversation of two, milliseconds; together the length, whatever the spans are."""

    user_only_ms: int = 0
    agent_only_ms: int = 0
    both_ms: int = 0
    neither_ms: int = 0

    def __add__(self, other: States) -> States:
        return States(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    @property
    def length_ms(self) -> int:
        """The length they are of."""
        return self.user_only_ms + self.agent_only_ms + self.both_ms + self.neither_ms

    @property
    def talk_ratio(self) -> float | None:
        """Agent's share of all speech, overlaps counted for both, 0..1; None when nobody spoke."""
        agent = self.agent_only_ms + self.both_ms
        spoken = agent + self.user_only_ms + self.both_ms
        return agent / spoken if spoken else None


@dataclass(frozen=True, slots=True)
class Counts:
    """How often and how long: add them to pool sessions, then divide. Milliseconds are sums.

    Parameters
    ----------
    gaps, overlaps, immediate
        Transitions with an offset over, under and of 0.
    within
        Units inside one of the other speaker: they take no floor.
    user_pauses, agent_pauses
        Silences after which the same speaker goes on.
    gap_ms, between_ms, within_ms, pause_ms
        Their lengths; the first two are the offsets without sign.
    """

    gaps: int = 0
    overlaps: int = 0
    immediate: int = 0
    within: int = 0
    user_pauses: int = 0
    agent_pauses: int = 0
    gap_ms: int = 0
    between_ms: int = 0
    within_ms: int = 0
    pause_ms: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    @property
    def transitions(self) -> int:
        """How often the floor changed hands."""
        return self.gaps + self.overlaps + self.immediate

    @property
    def overlapped(self) -> float | None:
        """Share of transitions that overlap, 0..1; None without transitions."""
        return self.overlaps / self.transitions if self.transitions else None


@dataclass(frozen=True, slots=True)
class Floor:
    """Every change of a floor held by two, in order of time.

    Parameters
    ----------
    transitions
        With their offsets.
    pauses
        Speaker and silence, before the same speaker goes on.
    between
        Overlaps in which the floor changed; one for each transition with an offset under 0.
    within
        Speaker and unit, for units that lie inside one of the other speaker.
    """

    transitions: tuple[Transition, ...]
    pauses: tuple[tuple[str, Span], ...]
    between: tuple[Span, ...]
    within: tuple[tuple[str, Span], ...]

    def without(self, unsure: Timeline) -> Floor:
        """Leave out what touches stretches in which nobody knows who spoke.

        Examples
        --------
        >>> found = follow(Timeline([Span(0, 500), Span(9_000, 9_500)]), Timeline([Span(700, 900), Span(9_800, 9_900)]))
        >>> [t.at for t in found.without(Timeline([Span(9_000, 9_500)])).transitions]
        [700]
        """

        def known(span: Span) -> bool:
            return not unsure.clip(Span(max(span.start - 1, 0), span.end + 1))

        turned = (t for t in self.transitions if known(Span(*sorted((t.at, t.at - t.offset_ms)))))
        return Floor(tuple(turned), tuple(p for p in self.pauses if known(p[1])), tuple(filter(known, self.between)),
                     tuple(w for w in self.within if known(w[1])))  # fmt: skip

    def offsets(self, to: str) -> list[int]:
        """Floor transfer offsets of those who take the floor, ms: ``agent`` is how fast it answers."""
        return [t.offset_ms for t in self.transitions if t.to == to]

    def counts(self) -> Counts:
        """Count them; what is added up over sessions."""
        offsets = [t.offset_ms for t in self.transitions]
        return Counts(
            gaps=sum(o > 0 for o in offsets), overlaps=len(self.between), immediate=offsets.count(0),
            within=len(self.within), user_pauses=sum(who == USER for who, _ in self.pauses),
            agent_pauses=sum(who == AGENT for who, _ in self.pauses), gap_ms=sum(o for o in offsets if o > 0),
            between_ms=sum(s.ms for s in self.between), within_ms=sum(s.ms for _, s in self.within),
            pause_ms=sum(s.ms for _, s in self.pauses),
        )  # fmt: skip


def follow(user: Timeline, agent: Timeline, *, unit_gap_ms: int = UNIT_GAP_MS) -> Floor:
    """Follow the floor from unit to unit.

    Of two units that begin together the longer takes the floor, of two alike the user's. Linear in the spans, but for
    putting them in order.

    Parameters
    ----------
    user
        The user's speech, session ms.
    agent
        When the agent was audible: what left the loudspeaker, less its silences.
    unit_gap_ms
        Silences of one speaker shorter than this are inside a unit; 0 or more. At 0 every span is one.

    Raises
    ------
    StageError
        One of them is a ledger or heard audio of responses; ask it for its timeline.
    ValueError
        ``unit_gap_ms`` is under 0.

    Examples
    --------
    ::

        user    |----|  |--|              |-----|          0..500, 800..1,000; 2,600..3,200
        agent                 |-------------|  ||          1,300..2,800; 3,000..3,100

    >>> user = Timeline([Span(0, 500), Span(800, 1_000), Span(2_600, 3_200)])
    >>> found = follow(user, Timeline([Span(1_300, 2_800), Span(3_000, 3_100)]))
    >>> [(t.from_, t.to, t.at, t.offset_ms) for t in found.transitions]
    [('user', 'agent', 1300, 300), ('agent', 'user', 2600, -200)]
    >>> found.pauses, found.within
    ((('user', Span(start=500, end=800)),), (('agent', Span(start=3000, end=3100)),))
    """
    for speech in (user, agent):
        need(speech, Timeline, "the floor")
    if unit_gap_ms < 0:
        raise ValueError(f"a silence inside a unit lasts 0 ms or more: {unit_gap_ms}")
    units = [(unit, USER) for unit in user.bridged(unit_gap_ms)] + [
        (unit, AGENT) for unit in agent.bridged(unit_gap_ms)
    ]
    transitions, pauses, between, within = [], [], [], []
    held, holder = Span(0, 0), ""
    for unit, speaker in sorted(units, key=lambda u: (u[0].start, -u[0].end, u[1] != USER)):
        if holder and speaker != holder and unit.end <= held.end:
            within.append((speaker, unit))
            continue  # the floor stays where it is
        if holder == speaker:
            pauses.append((speaker, Span(held.end, unit.start)))
        elif holder:
            transitions.append(Transition(holder, speaker, unit.start, unit.start - held.end))
            if unit.start < held.end:
                between.append(Span(unit.start, held.end))
        held, holder = unit, speaker
    return Floor(tuple(transitions), tuple(pauses), tuple(between), tuple(within))


def states(user: Timeline, agent: Timeline, length_ms: int) -> States:
    """How long only the user, only the agent, both and neither spoke; no stretch is too short to count.

    Parameters
    ----------
    user, agent
        Speech and audible agent, session ms; what lies outside the session is left out.
    length_ms
        The session's length.

    Raises
    ------
    StageError
        As :func:`follow`.

    References
    ----------
    The four states of ITU-T P.59, without its minimum durations.

    Examples
    --------
    ::

        user    |-----|             0..600
        agent       |-----|         400..1,000
                 u    b  a   n

    >>> found = states(Timeline([Span(0, 600)]), Timeline([Span(400, 1_000)]), 1_500)
    >>> found
    States(user_only_ms=400, agent_only_ms=400, both_ms=200, neither_ms=500)
    >>> found.length_ms, found.talk_ratio
    (1500, 0.5)
    """
    for speech in (user, agent):
        need(speech, Timeline, "time in each state")
    whole = Span(0, length_ms)
    user, agent = user.clip(whole), agent.clip(whole)
    both = (user & agent).ms
    return States(user.ms - both, agent.ms - both, both, length_ms - user.ms - agent.ms + both)
