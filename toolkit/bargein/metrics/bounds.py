"""How sure is what was recorded? What went wrong, of what could have, with a bound over speakers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bargein.metrics.clusters import component_of
from bargein.metrics.onsets import DISTRACTORS
from bargein.metrics.rates import Rate
from bargein.metrics.recorded import Cell, Observed


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


def rates(cell: Cell) -> dict[str, Rate]:
    """Give what went wrong in the sessions of a row, each with its bound; what could not go wrong is left out.

    Parameters
    ----------
    cell
        Sessions of one provider, model and settings. Those that share a speaker, call or clip are one cluster.
    """
    names = component_of(set(o.clusters) for o in cell.observed)
    found: dict[str, Rate] = {}
    for what, of_one in FAILURES.items():
        counts: dict[str, tuple[int, int]] = {}
        for name, one in zip(names, cell.observed, strict=True):
            (failures, trials), (f, n) = counts.get(name, (0, 0)), of_one(one)
            counts[name] = failures + f, trials + n
        rate = Rate.of(counts)
        if rate.trials:
            found[what] = rate
    return found
