"""How many seconds per turn did the user lose to bad turn taking? One number for a session.

Five parts, each in milliseconds the user lived through, each counted once:

*wait*
    from the end of a complete turn to the first sound of the answer, where the user did not have to speak again
*stop*
    from the onset of an interruption to the stop of the agent (:attr:`bargein.metrics.stopping.Episode.stop_ms`)
*overlap*
    of an interruption that stopped nothing before the user tried again: from its onset until the user gives up, or
    until the agent has said everything
*dead air*
    after a false stop: until anybody is heard again
*wasted*
    agent audio of an answer that began inside a pause of the user, from its start to its silence

The five are added with weights, 1 unless said otherwise, and divided by the user's labelled turns. A weight is an
opinion: say it beside the number. Episodes of which too little is known (masked, censored, another agent than was
recorded) are in none of the parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

from bargein.metrics.audible import audible, starts
from bargein.metrics.falsestops import FalseStops
from bargein.metrics.onsets import INTERRUPTION, RESUMPTION, RESUMPTION_MS, user_labels, user_speech
from bargein.metrics.stopping import Episode, Facts
from bargein.session import Session
from bargein.timeline import Timeline
from bargein.units import seconds

#: A response heard later than this after a turn answers something else.
ANSWER_WITHIN_MS = 10_000


@dataclass(frozen=True, slots=True)
class Weights:
    """What a second of each part counts; 0 leaves it out.

    Examples
    --------
    >>> str(Weights(overlap=2))
    'wait 1, stop 1, overlap 2, dead air 1, wasted 1'
    """

    wait: float = 1
    stop: float = 1
    overlap: float = 1
    dead_air: float = 1
    wasted: float = 1

    def __str__(self) -> str:
        return ", ".join(f"{f.name.replace('_', ' ')} {getattr(self, f.name):g}" for f in fields(self))


@dataclass(frozen=True, slots=True)
class Friction:
    """The five parts, summed, and the turns they are of. Add them to pool sessions.

    Parameters
    ----------
    turns
        The user's labelled turns.
    wait_ms, stop_ms, overlap_ms, dead_air_ms, wasted_ms
        Sums of the parts, milliseconds.

    Examples
    --------
    >>> one = Friction(turns=2, wait_ms=1_500, stop_ms=500)
    >>> one.per_turn(), one.per_turn(Weights(wait=0)), (one + one).per_turn(), Friction().per_turn()
    (1.0, 0.25, 1.0, None)
    """

    turns: int = 0
    wait_ms: int = 0
    stop_ms: int = 0
    overlap_ms: int = 0
    dead_air_ms: int = 0
    wasted_ms: int = 0

    def __add__(self, other: Friction) -> Friction:
        return Friction(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    @property
    def parts_ms(self) -> tuple[int, int, int, int, int]:
        """Wait, stop, overlap, dead air, wasted."""
        return self.wait_ms, self.stop_ms, self.overlap_ms, self.dead_air_ms, self.wasted_ms

    def per_turn(self, weights: Weights | None = None) -> float | None:
        """Seconds of friction per user turn; None without turns. Lower is better."""
        weighed = zip(astuple(weights or Weights()), self.parts_ms, strict=True)
        return sum(w * seconds(ms) for w, ms in weighed) / self.turns if self.turns else None


def friction(session: Session, facts: Facts, around: Sequence[Episode], false: FalseStops) -> Friction:
    """Add up what a session's user went through.

    Parameters
    ----------
    session
        With labelled turns; without any there is no friction per turn.
    facts
        Of its recording or of a replay.
    around
        Its episodes, of every class.
    false
        Its false stops.

    Returns
    -------
    All 0 where nothing tells what was heard.

    References
    ----------
    Ours. SID-Bench's average penalty time (IRL, false positives and misses of clips) is its model for clip sets.
    """
    turns = user_labels(session, "turn")
    if facts.heard is None or not turns:
        return Friction()
    user, agent = user_speech(session), audible(facts.heard, facts.voiced)
    met = [(e, _yielded(e, around)) for e in around if e.counts and e.onset.kind == INTERRUPTION]
    heard_from = starts(facts.heard, facts.voiced)
    return Friction(
        len(turns),
        sum(_wait(t.offset_ms, heard_from, user) for t in turns if t.complete == "yes"),
        sum(e.stop_ms or 0 for e, yielded in met if yielded),
        sum(min(e.onset.label.offset_ms, e.inaudible or 0) - e.onset.at for e, yielded in met if not yielded),
        sum(_silence_after(stop.at, agent | user, facts.length_ms) for stop in false.stops),
        sum(_wasted(e, heard_from, agent) for e in around if e.onset.kind == RESUMPTION and not e.apart),
    )  # fmt: skip


def _yielded(e: Episode, around: Sequence[Episode]) -> bool:
    """Whether the stop answers this interruption, and not what the user had to try next."""
    following = min((x.onset.at for x in around if x.onset.at > e.onset.at), default=e.silent)
    return e.end == "stopped" and e.silent is not None and following is not None and e.silent <= following


def _wait(end: int, heard_from: Sequence[int], user: Timeline) -> int:
    """To the answer; 0 where none came, or the user had to speak again: that is no wait but a missing answer."""
    answer = min((s for s in heard_from if 0 <= s - end <= ANSWER_WITHIN_MS), default=None)
    again = min((s.start for s in user if s.start >= end), default=None)
    return 0 if answer is None or (again is not None and again < answer) else answer - end


def _silence_after(at: int, spoken: Timeline, length_ms: int) -> int:
    """Until anybody is heard; 0 where somebody still is."""
    following = min((s.start for s in spoken if s.start >= at), default=length_ms)
    return 0 if at in spoken else following - at


def _wasted(e: Episode, heard_from: Sequence[int], agent: Timeline) -> int:
    """The answer that began in the pause before the user went on, as long as it was audible."""
    begun = max((s for s in heard_from if e.onset.at - RESUMPTION_MS <= s <= e.onset.at), default=None)
    sounded = None if begun is None else agent.at(begun)
    return 0 if begun is None or sounded is None else sounded.end - begun
