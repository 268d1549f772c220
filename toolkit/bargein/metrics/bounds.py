"""How sure is what was recorded? What went wrong, of what could have, with a bound over speakers.

Where somebody labelled by answering a queue alone, each onset stands for one over its inclusion probability: that its
event was drawn, times the share of its stratum's drawn items that were answered, over the sessions of the row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from bargein.metrics.clusters import component_of
from bargein.metrics.onsets import DISTRACTORS
from bargein.metrics.panel import Panel
from bargein.metrics.rates import Rate
from bargein.metrics.recorded import Cell, Observed
from bargein.metrics.weighted import WeightedRate


def _false(kind: str) -> Callable[[Observed], tuple[int, int]]:
    return lambda o: o.panel.reports().get(kind, (0, 0)) if o.panel.detector else (0, 0)


def _missed(o: Observed) -> tuple[int, int]:
    could = o.panel.reportable if o.panel.detector else []
    return sum(e.signal is None for e in could), len(could)


def _not_stopped(o: Observed) -> tuple[int, int]:
    curve = o.panel.stop_curve
    return curve.n - curve.stops, curve.n


#: What went wrong, of what could have, in one session; lower is better.
FAILURES: Mapping[str, Callable[[Observed], tuple[int, int]]] = {
    "missed": _missed,
    "not stopped": _not_stopped,
    **{f"false: {kind.replace('_', ' ')}": _false(kind) for kind in DISTRACTORS},
    "cut-offs per hold": lambda o: (o.cut_offs, o.holds),
}


def rates(cell: Cell) -> dict[str, Rate | WeightedRate]:
    """Give what went wrong in the sessions of a row, each with its bound; what could not go wrong is left out.

    Parameters
    ----------
    cell
        Sessions of one provider, model and settings. Those that share a speaker, call or clip are one cluster.

    Returns
    -------
    Weighted, with a two-sided interval, where answers to a queue are among what it is of.
    """
    names = component_of(set(o.clusters) for o in cell.observed)
    alone = _alone(cell)
    found: dict[str, Rate | WeightedRate] = {}
    for what, of_one in FAILURES.items():
        counts: dict[str, tuple[int, int]] = {}
        asked: dict[str, list[tuple[bool, float]]] = {}
        for name, one, drawn in zip(names, cell.observed, alone, strict=True):
            (failures, trials), (f, n) = counts.get(name, (0, 0)), of_one(one)
            counts[name] = failures + f, trials + n
            single = ((of_one(seen), probability) for seen, probability in drawn)
            asked.setdefault(name, []).extend((failed > 0, p) for (failed, could), p in single if could)
        if any(asked.values()):
            whole = {name: [(n < f, 1.0) for n in range(trials)] for name, (f, trials) in counts.items()}
            found[what] = WeightedRate.of({name: [*asked[name], *whole[name]] for name in asked})
        elif (rate := Rate.of(counts)).trials:
            found[what] = rate
    return found


def _alone(cell: Cell) -> list[list[tuple[Observed, float]]]:
    """By session, each onset that a queue asked about as if it were all there is, and its inclusion probability.

    Nothing where of one stratum no item is answered yet: whoever has answered disagreements alone knows nothing of the
    rest.
    """
    samples = [o.sample for o in cell.observed if o.sample is not None]
    drawn = sum((Counter(s.items) for s in samples), Counter[str]())
    answered = sum((Counter(s.answered) for s in samples), Counter[str]())
    if drawn.keys() != answered.keys():
        return [[] for _ in cell.observed]
    return [
        [(replace(o, panel=Panel((episode,), True, o.panel.detector), cut_offs=0, holds=0),
          item.probability * answered[item.stratum] / drawn[item.stratum]) for episode, item in o.drawn]
        for o in cell.observed
    ]  # fmt: skip
