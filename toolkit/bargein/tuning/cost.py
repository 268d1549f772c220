"""One number for a setting: what it costs the user per turn, in seconds; and what moving both knobs gains over one.

Threshold and end silence act on each other: a high threshold takes quiet syllables for pauses, so it needs a longer end
silence; a long one lets noise keep a turn open. Whoever moves one knob with the other where it was stops too early::

    silence  |  .  .  3  .  .          o  in force
             |  .  2  1  2  .          |  the best that the end silence alone reaches
             |--|--o--|--|-->          -  the best that the threshold alone reaches
             |  .  .  2  .  *          *  the best of both
             +-----------------  threshold

The seconds of a wait are measured. What a cut-off, a missed start and a false one cost is an opinion, and so is how
often coughs, noise and echo come; both are :class:`Prices`, printed beside every figure, the user's to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from bargein.errors import NotAnswerable, Problem, SettingsError, check
from bargein.settings import ServerVad
from bargein.tuning.objectives import Evidence
from bargein.units import SECOND
from bargein.vad.counting import SPEECH_KINDS, Counts, pooled

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prices:
    """What counts how many seconds, and how often it comes per user turn. Opinions, all of them.

    Parameters
    ----------
    wait
        A second of endpoint delay.
    cut_off, missed, false_start
        One turn that is cut off, one onset that is missed, one start for nobody; seconds.
    tics
        Coughs and the like per turn.
    noise_s, echo_s
        Seconds per turn in which the room's noise, and the agent's own echo, reach the microphone.

    Raises
    ------
    SettingsError
        Every value under 0.

    Examples
    --------
    >>> str(Prices(cut_off=3))
    'wait 1, cut off 3 s, missed 2 s, false start 1 s; per turn 0.1 tics, 2 s of noise, 4 s of echo'
    """

    wait: float = 1.0
    cut_off: float = 2.0
    missed: float = 2.0
    false_start: float = 1.0
    tics: float = 0.1
    noise_s: float = 2.0
    echo_s: float = 4.0

    def __post_init__(self) -> None:
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        check(
            (Problem(f"{name}: {v!r} is under 0") for name, v in values.items() if not v >= 0), SettingsError, "prices"
        )

    def __str__(self) -> str:
        return (
            f"wait {self.wait:g}, cut off {self.cut_off:g} s, missed {self.missed:g} s, false start "
            f"{self.false_start:g} s; per turn {self.tics:g} tics, {self.noise_s:g} s of noise, {self.echo_s:g} s of "
            "echo"
        )


@dataclass(frozen=True, slots=True)
class Point:
    """One setting of a plane, and what it costs, seconds per turn."""

    threshold: float
    silence_duration_ms: int
    cost: float

    @property
    def text(self) -> str:
        """As one says it.

        Examples
        --------
        >>> Point(0.5, 288, 0.4167).text
        '0.5 / 288 ms: 0.417 s per turn'
        """
        return f"{self.threshold:g} / {self.silence_duration_ms} ms: {self.cost:.3f} s per turn"


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The cost of every setting.

    Parameters
    ----------
    thresholds, silences
        What was tried, rising; ms.
    parts
        Seconds per turn by what they are lost to, each of shape (thresholds, silences). What was not recorded is left
        out: it costs nothing here, and :attr:`unknown` names it.
    prices
        By which they were weighed.
    unknown
        What there are no recordings of.
    """

    thresholds: tuple[float, ...]
    silences: tuple[int, ...]
    parts: Mapping[str, Float64]
    prices: Prices
    unknown: tuple[str, ...] = ()
    cost: Float64 = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cost", sum(self.parts.values(), np.zeros((len(self.thresholds), len(self.silences)))))

    def at(self, i: int, j: int) -> Point:
        """Give one setting by its places."""
        return Point(self.thresholds[i], self.silences[j], float(self.cost[i, j]))

    def best(self, rows: Iterable[int] | None = None, columns: Iterable[int] | None = None) -> Point:
        """Give the cheapest setting of some rows and columns (None: all); among equals the first that was tried."""
        i = np.arange(len(self.thresholds)) if rows is None else np.array([*rows])
        j = np.arange(len(self.silences)) if columns is None else np.array([*columns])
        part = self.cost[np.ix_(i, j)]
        a, b = np.unravel_index(np.argmin(part), part.shape)
        return self.at(int(i[a]), int(j[b]))

    def flat(self, within: float = 0.01) -> tuple[tuple[float, float], tuple[int, int], int]:
        """Say how flat the optimum is: which settings cost at most so many seconds more than the best one.

        Returns
        -------
        Their range of thresholds, their range of end silences, ms, and how many there are.
        """
        i, j = np.nonzero(self.cost <= self.cost.min() + within)
        return (
            (self.thresholds[i.min()], self.thresholds[i.max()]),
            (self.silences[j.min()], self.silences[j.max()]),
            len(i),
        )


def plane(evidence: Evidence, prices: Prices | None = None) -> Plane:
    """Weigh every setting that was tried and that the provider accepts.

    Parameters
    ----------
    evidence
        Counts of every setting.
    prices
        None: those of :class:`Prices`.

    Raises
    ------
    NotAnswerable
        No turns that may be asked: without their ends no end silence costs anything.
    """
    prices = prices or Prices()
    sweep, styles = evidence.sweep, tuple(evidence.groups.values())[-1:]
    if not styles:
        raise NotAnswerable(
            f"no turns of {' or '.join(evidence.styles)} speech: what an end silence costs is not known"
        )
    rows = [sweep.row(t) for t in evidence.thresholds]
    shape = (len(rows), len(sweep.silences))

    def rate(failures: str, trials: str, kinds: list[str], of: Iterable[str] | None = None) -> Float64 | None:
        count, all_of = (sweep.totals(name, kinds=kinds, styles=of)[rows] for name in (failures, trials))
        return count / all_of if len(all_of) and all_of.min() > 0 else None

    # A setting under which no turn has an endpoint delay waits for ever: as long as the longest end silence.
    delay = np.minimum(evidence.mean_delay(styles[0])[rows], sweep.silences[-1]) / SECOND
    # false starts per millisecond of exposure, so that times seconds is a count
    long = {kind: rate("false_starts", "exposure_ms", [kind]) for kind in ("noise", "echo")}
    found: dict[str, Float64 | None] = {
        "wait": prices.wait * delay,
        "cut-offs": _times(rate("cut_turns", "turns", ["turn"], styles[0]), prices.cut_off),
        "missed starts": _times(rate("missed_starts", "turns", list(SPEECH_KINDS)), prices.missed),
        "tics": _times(rate("triggered_clips", "clips", ["tic"]), prices.false_start * prices.tics),
        "noise": _times(long["noise"], prices.false_start * prices.noise_s * SECOND),
        "echo": _times(long["echo"], prices.false_start * prices.echo_s * SECOND),
    }
    known = {name: np.broadcast_to(part, shape) for name, part in found.items() if part is not None}
    return Plane(
        tuple(evidence.thresholds), sweep.silences, known, prices, tuple(n for n, p in found.items() if p is None)
    )


def _times(values: Float64 | None, weight: float) -> Float64 | None:
    return None if values is None else values * weight


def seconds_per_turn(by_kind: Mapping[str, Iterable[Counts]], prices: Prices, longest_ms: int) -> dict[str, float]:
    """Weigh the counts of one setting, by what the seconds are lost to: one cell of a :class:`Plane`.

    Parameters
    ----------
    by_kind
        Counts of recordings, by kind; a kind that is not there costs nothing.
    prices
        What counts how many seconds.
    longest_ms
        What a turn without an endpoint delay waits, ms.
    """
    found = {kind: pooled(counts) for kind, counts in by_kind.items()}
    turns, none = found.get("turn", Counts()), Counts()
    speech = pooled(found[kind] for kind in SPEECH_KINDS if kind in found)
    delays, tics = turns.endpoint_delays, found.get("tic", none)
    parts = {
        "wait": prices.wait * min(sum(delays) / len(delays) if delays else longest_ms, longest_ms) / SECOND,
        "cut-offs": prices.cut_off * turns.cut_turns / (turns.turns or 1),
        "missed starts": prices.missed * speech.missed_starts / (speech.turns or 1),
        "tics": prices.false_start * prices.tics * tics.triggered_clips / (tics.clips or 1),
    }
    for kind, per_turn in (("noise", prices.noise_s), ("echo", prices.echo_s)):
        long = found.get(kind, none)
        parts[kind] = prices.false_start * per_turn * SECOND * long.false_starts / (long.exposure_ms or 1)
    return parts


@dataclass(frozen=True, slots=True, eq=False)
class Trade:
    """What moving both knobs gains over moving one, from the setting in force.

    Parameters
    ----------
    plane
        The cost of every setting.
    in_force
        Where one starts: the end silence is the next one up that was tried.
    joint, only_threshold, only_silence
        The best of all; with the end silence in force; with the threshold in force.
    as_set_ms
        The end silence in force as it was set; None: as it is counted.
    """

    plane: Plane
    in_force: Point
    joint: Point
    only_threshold: Point
    only_silence: Point
    as_set_ms: int | None = None

    @property
    def single(self) -> Point:
        """The better of the two single knobs."""
        return min((self.only_silence, self.only_threshold), key=lambda point: point.cost)

    @property
    def gain(self) -> float:
        """Seconds per turn that both knobs save over the better one alone; 0 or more."""
        return self.single.cost - self.joint.cost

    @property
    def text(self) -> str:
        """All of it as one sentence, with its prices."""
        saved = self.in_force.cost - self.joint.cost
        share = f", {100 * self.gain / saved:.0f} % of what there is to save" if saved > 0 else ""
        counted, as_set = self.in_force.silence_duration_ms, self.as_set_ms or self.in_force.silence_duration_ms
        here = f"{self.in_force.threshold:g} / {as_set} ms" + f" (counted as {counted})" * (as_set != counted)
        return (
            f"In force {here}: {self.in_force.cost:.3f} s per turn; the end silence alone reaches "
            f"{self.only_silence.text}, the threshold alone {self.only_threshold.text}, both {self.joint.text}: "
            f"{self.gain:.3f} s per turn less than the better single knob{share} ({self.plane.prices})."
        )


def trade(evidence: Evidence, in_force: ServerVad, prices: Prices | None = None) -> Trade:
    """Compare both knobs with each of them alone.

    Parameters
    ----------
    evidence
        Counts of every setting.
    in_force
        Threshold and end silence to start from.
    prices
        As for :func:`plane`.

    Raises
    ------
    NotAnswerable
        No turns; starts have no model; threshold or end silence in force are not known, or outside what was tried.
    """
    if not evidence.models_starts:
        raise NotAnswerable("what a threshold does at this provider has no model, so no two knobs can be weighed")
    weighed = plane(evidence, prices)
    threshold, silence = in_force.threshold, in_force.silence_duration_ms
    if threshold is None or silence is None or silence > weighed.silences[-1]:
        raise NotAnswerable(f"in force {in_force.label}: threshold and end silence must be known to move one alone")
    i = int(np.argmin(np.abs(np.array(weighed.thresholds) - threshold)))
    j = evidence.sweep.column(silence)
    return Trade(weighed, weighed.at(i, j), weighed.best(), weighed.best(columns=[j]), weighed.best(rows=[i]),
                 silence)  # fmt: skip
