"""A fit as lines of plain text, and which recordings would decide more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bargein.tuning.calibration.fit import LEAST_ONSETS, Fit
from bargein.tuning.calibration.search import LEAST_GROUPS, LEAST_THRESHOLDS


def fit_lines(fit: Fit) -> Iterator[str]:
    """Give one fit as lines: what it rests on, each parameter, the error by setting, what to record next."""
    stops = sum(len(e.stops) for e in fit.evidence)
    yield (
        f"{fit.key.label}: {len(fit.evidence)} recording{'s'[: len(fit.evidence) > 1]} in {fit.groups} independent "
        f"group{'' if fit.groups == 1 else 's'}, {fit.onsets} starts and {stops} stops reported"
    )
    yield from (f"  {parameter.text}" for parameter in fit.parameters)
    yield from (f"  error at {error.where}: {error.text}" for error in fit.held_out)
    if fit.delay_p90_ms is not None:
        yield f"  reports come up to {fit.delay_p90_ms} ms after the deciding frame (p90)"
    if fit.candidates_only:
        yield f"  {fit.candidates_only}"
    yield from (f"  to record: {wanted}" for wanted in to_record(fit))


def to_record(fit: Fit) -> Iterator[str]:
    """Say which recordings would decide more, the most telling first."""
    settings = {e.settings for e in fit.evidence}
    thresholds, paddings, silences = (len({s[n] for s in settings}) for n in range(3))
    wanted: Mapping[str, bool] = {
        f"{LEAST_GROUPS - fit.groups} more speakers or calls: an error needs {LEAST_GROUPS} independent groups":
            fit.groups < LEAST_GROUPS,
        f"{LEAST_ONSETS - fit.onsets} more onsets while the agent speaks, at two or more settings":
            bool(fit.candidates_only),
        "the same speakers at a second end silence: one does not tell how the claimed stop is dated": silences < 2,
        "the same speakers at a second prefix padding: one does not tell how the claimed start is dated": paddings < 2,
        f"{LEAST_THRESHOLDS - thresholds} more thresholds, far apart: a threshold map needs {LEAST_THRESHOLDS}":
            thresholds < LEAST_THRESHOLDS,
    }  # fmt: skip
    yield from (what for what, needed in wanted.items() if needed)
