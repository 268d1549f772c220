"""Where does the time of a stop go? Into noticing the user, into making up one's mind, into falling silent.

::

    agent   |=========================|            heard audio of the interrupted responses
    user        t_b|------------------------|
    signal                |                        the detector's report reaches the client
    action                      |                  the gate flushes or holds, or the relay stops forwarding
            detect |------|
            act           |-----|                  deadlines, words waited for, holds
            drain               |-----|            fade, device, carrier, what was under way behind a relay

The three parts are cut at the stop itself: an agent whose voice ended before anybody acted was not drained. So they sum
to the stop latency (:attr:`bargein.metrics.stopping.Episode.stop_ms`), whatever the gate. Audio that comes back without
leaving 200 ms of silence is drained late; what comes back after a silence is restart, and in none of the three.

A recording holds no decisions of a gate. There the client's own words (truncate, cancel, clear) say when it acted;
without any, acting and draining are known together only. A player's log ends with what the player played: what a device
or carrier let sound behind it is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bargein.events import Command, Event
from bargein.gate import Action
from bargein.metrics.stopping import Episode
from bargein.outcome import Outcome

DETECT, ACT, DRAIN = STAGES = ("detect", "act", "drain")
#: Stands for the stage where acting and draining together took longer than detecting, and could not be told apart.
ACT_OR_DRAIN = "act or drain"
#: Decisions about the whole queue that end its sound, and what a client says to a provider when it cuts.
SILENCING, WORDS = (Action.FLUSH, Action.HOLD), ("truncate", "cancel", "clear")


@dataclass(frozen=True, slots=True)
class Stages:
    """One stop, taken apart. Milliseconds; lower is better.

    Parameters
    ----------
    detect_ms
        Onset to the report at the client.
    after_ms
        Report to the last of what was audible.
    act_ms
        Report to the first action on it; None where no action is known.

    Examples
    --------
    >>> one = Stages(detect_ms=120, after_ms=700, act_ms=500)
    >>> one.drain_ms, one.stop_ms, one.dominant
    (200, 820, 'act')
    >>> Stages(120, 700, None).dominant, Stages(900, 700, None).dominant, Stages(0, 0, 0).dominant
    ('act or drain', 'detect', None)
    """

    detect_ms: int
    after_ms: int
    act_ms: int | None

    @property
    def drain_ms(self) -> int | None:
        """First action to the last of what was audible; None where no action is known."""
        return None if self.act_ms is None else self.after_ms - self.act_ms

    @property
    def stop_ms(self) -> int:
        """The stop latency: what the stages sum to."""
        return self.detect_ms + self.after_ms

    @property
    def dominant(self) -> str | None:
        """The longest stage, the earlier of two alike; None where it was silent at once."""
        if not self.stop_ms:
            return None
        if self.act_ms is None:
            return DETECT if self.detect_ms >= self.after_ms else ACT_OR_DRAIN
        each = (self.detect_ms, self.act_ms, self.after_ms - self.act_ms)
        return STAGES[each.index(max(each))]


def actions(outcome: Outcome) -> tuple[int, ...]:
    """Give when the gate silenced the agent, as the client can see it. Session ms.

    At the client when it did so; of a relay that no longer forwards, when what it would have forwarded is due.
    """
    mine = (d.at for d in outcome.decisions if d.delta is None and d.action in SILENCING)
    return tuple(sorted((*mine, *(cut.at + outcome.link.delay_ms for cut in outcome.relay_cuts))))


def words(events: Iterable[Event]) -> tuple[int, ...]:
    """Give when a recorded client told its provider that it had cut. Session ms."""
    return tuple(e.at for e in events if isinstance(e, Command) and e.name in WORDS)


def stages(episode: Episode, acted: Sequence[int], *, known: bool = True) -> Stages | None:
    """Take one stop apart.

    Parameters
    ----------
    episode
        Around a labelled onset.
    acted
        When the gate acted, :func:`actions`, or what a recording tells of it, :func:`words`. Session ms, ascending.
    known
        Whether these are all actions there were. Where a gate is known not to have acted, all after the report is
        ``act``; where it is not known, none of it is.

    Returns
    -------
    None where nothing was stopped by a report: the agent was not heard, ended by itself or is censored, nobody
    reported the user, or the detector had been open before.

    References
    ----------
    Ours, after the budgets of voice front ends; detect is tau-voice's part of L_Y that no client can shorten.

    Examples
    --------
    >>> from bargein.metrics.onsets import Onset
    >>> from bargein.session import Label
    >>> onset = Onset(Label("interruption", 1_000, 2_000), "interruption")
    >>> met = Episode(onset, frozenset("A"), True, False, False, 1_150, silent=1_900, inaudible=1_900, end="stopped")
    >>> stages(met, [400, 1_650])
    Stages(detect_ms=150, after_ms=750, act_ms=500)
    >>> stages(met, [], known=False)
    Stages(detect_ms=150, after_ms=750, act_ms=None)
    """
    stop, signal = episode.inaudible, episode.signal
    if not episode.counts or episode.end != "stopped" or stop is None or signal is None:
        return None
    reported = min(max(signal, episode.onset.at), stop)  # a detector may be a little earlier than the label
    at = next((t for t in acted if t >= min(signal, episode.onset.at)), stop if known else None)
    act = None if at is None else min(max(at, reported), stop) - reported
    return Stages(reported - episode.onset.at, stop - reported, act)


@dataclass(frozen=True, slots=True)
class StageSums:
    """Stops, taken apart and added up. Add them to pool sessions.

    Parameters
    ----------
    stops
        How many.
    split
        How many of them with a known action.
    detect_ms, after_ms
        Summed over all of them.
    act_ms
        Summed over those with a known action.
    dominated
        ``(stage, stops)``: how many stops each stage dominates, in order of :data:`STAGES`, then ``act or drain``.

    Examples
    --------
    >>> StageSums.of([Stages(100, 500, 400), Stages(900, 0, 0)]).dominated
    (('detect', 1), ('act', 1), ('drain', 0), ('act or drain', 0))
    """

    stops: int = 0
    split: int = 0
    detect_ms: int = 0
    after_ms: int = 0
    act_ms: int = 0
    dominated: tuple[tuple[str, int], ...] = tuple((stage, 0) for stage in (*STAGES, ACT_OR_DRAIN))

    @classmethod
    def of(cls, found: Iterable[Stages]) -> StageSums:
        """Add up stops."""
        each = list(found)
        return cls(
            len(each), sum(s.act_ms is not None for s in each), sum(s.detect_ms for s in each),
            sum(s.after_ms for s in each), sum(s.act_ms or 0 for s in each),
            tuple((stage, sum(s.dominant == stage for s in each)) for stage in (*STAGES, ACT_OR_DRAIN)),
        )  # fmt: skip

    def __add__(self, other: StageSums) -> StageSums:
        both = zip(self.dominated, other.dominated, strict=True)
        return StageSums(
            self.stops + other.stops, self.split + other.split, self.detect_ms + other.detect_ms,
            self.after_ms + other.after_ms, self.act_ms + other.act_ms, tuple((s, a + b) for (s, a), (_, b) in both),
        )  # fmt: skip
