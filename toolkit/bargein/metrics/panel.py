"""What do these episodes say together? The columns that the as-recorded and the policy tables share.

Counts come first, and every barge-in is in exactly one of them: met a silent agent, masked, censored, or counted. Times
are of those that count, each with its n; a stop that did not happen is in no median but in the stop curve.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from bargein.metrics.onsets import DISTRACTORS, INTERRUPTION
from bargein.metrics.stopping import Episode
from bargein.metrics.survival import StopCurve
from bargein.units import whole_ms

#: What the columns of a panel mean, said once under the tables that have them.
LEGEND = (
    "Barge-ins come from labels and are the same under every gate. Met: the agent was heard at the onset. Masked: the "
    "detector was open already, no report was possible. Censored, in no median: the recorded provider had stopped what "
    "the gate would have gone on to play, or the recorded user would have noticed. Apart, left out: something else was "
    "heard by then. Stop p50: median of the Kaplan-Meier curve to the end of what was audible; answers that ended by "
    "themselves are no stops, and it is empty where fewer than half were stopped. p50: median of those that count. "
    "Lower is better. The stop curve and everything else: --metrics, bi.metrics."
)


@dataclass(frozen=True)
class Panel:
    """Episodes of labelled onsets, pooled. Add panels to pool sessions.

    Parameters
    ----------
    episodes
        Of every class; barge-ins are those of class ``interruption``.
    labelled
        Whether anybody labelled the sessions: without labels there are not no barge-ins, they are not known.
    detector
        Whether there was one that could report the user: in a call there is none, so nothing was missed either.
    """

    episodes: tuple[Episode, ...]
    labelled: bool = True
    detector: bool = True

    def __add__(self, other: Panel) -> Panel:
        both = self.labelled or other.labelled, self.detector or other.detector
        return Panel((*self.episodes, *other.episodes), *both)

    @property
    def barge_ins(self) -> list[Episode]:
        """Labelled interruptions, whatever they met."""
        return [e for e in self.episodes if e.onset.kind == INTERRUPTION]

    @property
    def met(self) -> list[Episode]:
        """Barge-ins that met a heard agent."""
        return [e for e in self.barge_ins if e.agent_heard]

    @property
    def reportable(self) -> list[Episode]:
        """Barge-ins that a detector could report: not masked, and not known to have met a silent agent."""
        return [e for e in self.barge_ins if e.agent_heard is not False and not e.masked]

    @property
    def counting(self) -> list[Episode]:
        """Barge-ins whose times say something about the gate."""
        return [e for e in self.barge_ins if e.counts]

    @property
    def stop_curve(self) -> StopCurve:
        """How long interrupted agents stayed audible; masked onsets are left out."""
        watched = (e for e in self.met if not e.masked and not e.apart)
        return StopCurve.of((e.stop_ms, e.end == "stopped") for e in watched if e.stop_ms is not None)

    def reports(self) -> dict[str, tuple[int, int]]:
        """Count, by kind of distractor, those that a detector reported, and all that it could have reported."""
        counts: dict[str, tuple[int, int]] = {}
        for e in (e for e in self.episodes if e.onset.kind in DISTRACTORS and not e.masked):
            reported, n = counts.get(e.onset.kind, (0, 0))
            counts[e.onset.kind] = reported + (e.signal is not None), n + 1
        return counts

    def counts(self) -> dict[str, object]:
        """Columns that say how many of what."""
        known = self.labelled
        met, reportable = self.met, self.reportable
        told = any(e.agent_heard is not None for e in self.barge_ins)
        return {
            "barge-ins": len(self.barge_ins) if known else None,
            "met": len(met) if told else None,
            "masked": sum(e.masked for e in self.barge_ins) if known and self.detector else None,
            "censored": sum(e.censored for e in met) if told else None,
            "apart": sum(e.apart for e in met) if told else None,
            "reported": of(sum(e.signal is not None for e in reportable), len(reportable) * self.detector),
        }

    def false_starts(self) -> dict[str, object]:
        """One column a kind of distractor: reported of all that could be; never pooled over kinds."""
        counts = self.reports() if self.detector else {}
        return {f"false: {kind.replace('_', ' ')}": of(*counts.get(kind, (0, 0))) for kind in DISTRACTORS}

    def times(self) -> dict[str, object]:
        """Columns of times, ms."""
        counting, curve = self.counting, self.stop_curve
        return {
            "detection p50 [ms]": p50(e.detection_ms for e in self.reportable),
            "stopped": of(curve.stops, curve.n), "stop p50 [ms]": curve.median_ms,
            "leak p50 [ms]": p50(e.leak_ms[0] for e in counting),
        }  # fmt: skip


def p50(values: Iterable[int | None]) -> int | None:
    """Give the median of what is known, whole milliseconds; None when nothing is.

    Examples
    --------
    >>> p50([100, None, 201]), p50([None])
    (151, None)
    """
    known = [v for v in values if v is not None]
    return whole_ms(median(known)) if known else None


def of(part: int, whole: int) -> str:
    """Write a share as its counts.

    Examples
    --------
    >>> of(1, 4), of(0, 0)
    ('1 of 4', '–')
    """
    return f"{part} of {whole}" if whole else "–"
