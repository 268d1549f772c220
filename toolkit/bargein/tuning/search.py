"""Settings of a rule that has no exact form, tried one by one: Optuna proposes, the streaming rule runs, cost decides.

The exact sweep answers every threshold and end silence at once, because stretches depend on pauses alone. A maximum
length of speech cuts them by their length, and then a setting has to be run to be known. What is minimised is the cost
of :mod:`bargein.tuning.cost`, seconds per turn, so a rule without a maximum is held to the exact optimum (tested).
Use the sweep wherever it answers: a hundred trials are a hundred settings, the sweep has all of them in a fraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bargein.errors import BargeinError, NotAnswerable, Problem, SettingsError, check
from bargein.tuning.cost import Prices, seconds_per_turn
from bargein.tuning.objectives import EVIDENCE_STYLES
from bargein.vad.counting import Counts, Labelled, count, followed_by_silence
from bargein.vad.rule import Rule, edges
from bargein.vad.sweep import MAX_SILENCE_MS, check_countable

#: What may be searched: a field of the rule, and its range; None leaves it as it is.
Space = Mapping[str, tuple[float, float]]
USUAL: Space = {
    "enter": (0.05, 0.95), "silence_duration_ms": (0, 1_500), "min_speech_ms": (0, 500),
    "max_speech_ms": (1_000, 15_000),
}  # fmt: skip
#: How to get Optuna.
INSTALL = "pip install 'bargein[search]'"


@dataclass(frozen=True, slots=True)
class Trial:
    """One rule that was run, and what it costs, seconds per turn."""

    rule: Rule
    cost: float


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found.

    Parameters
    ----------
    best, start
        The cheapest rule, and the one the search began with.
    trials
        All of them, in order.
    prices, seed
        What was minimised, and from where.
    unknown
        What there are no recordings of.
    """

    best: Trial
    start: Trial
    trials: tuple[Trial, ...]
    prices: Prices
    seed: int
    unknown: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Give what a person should read."""
        yield f"search: {len(self.trials)} rules run, seed {self.seed}; none is proved best, a longer one may beat it"
        for name, one in (("began with", self.start), ("cheapest", self.best)):
            yield f"  {name}: {rule_text(one.rule)}: {one.cost:.3f} s per turn"
        yield f"  {self.prices}" + (f"; not recorded: {', '.join(self.unknown)}" if self.unknown else "")

    def to_json(self) -> dict[str, Any]:
        """Give it as plain data."""
        from bargein.tuning.tuned import plain

        said: dict[str, Any] = plain(self)
        return said


def rule_text(rule: Rule) -> str:
    """Write the settings of a rule that a search moves.

    Examples
    --------
    >>> rule_text(Rule(0.5, silence_duration_ms=200, max_speech_ms=9_000))
    'threshold 0.5, silence 200 ms, minimum 0 ms, maximum 9000 ms'
    """
    head = f"threshold {rule.enter:g}, silence {rule.silence_duration_ms} ms, minimum {rule.min_speech_ms} ms"
    return f"{head}, maximum {'none' if rule.max_speech_ms is None else f'{rule.max_speech_ms} ms'}"


def cost_of(rows: Sequence[Labelled], rule: Rule, prices: Prices, longest_ms: int = MAX_SILENCE_MS) -> float:
    """Run a rule over recordings and weigh what it does, seconds per turn."""
    by_kind: dict[str, list[Counts]] = {}
    for row in rows:
        scores = row.scores if row.turn is None else followed_by_silence(row.scores, longest_ms + 1_000)
        by_kind.setdefault(row.kind, []).append(count(row, edges(scores, rule)))
    return sum(seconds_per_turn(by_kind, prices, longest_ms).values())


def search(
    rows: Iterable[Labelled],
    start: Rule | None = None,
    *,
    space: Space = USUAL,
    trials: int = 100,
    seed: int = 1,
    prices: Prices | None = None,
) -> Searched:
    """Search rules for the least cost per turn.

    Parameters
    ----------
    rows
        Labelled scores, all of one model. Turns of elicited or spontaneous speech are asked, and words, coughs, noise
        and echo; callers whose turns are not labelled cost nothing and are left out.
    start
        The first rule that is run; what ``space`` does not name stays as it has it.
    space
        By field of :class:`~bargein.vad.rule.Rule` the range to search, ends included.
    trials
        How many rules are run.
    seed
        The same seed gives the same rules.
    prices
        None: those of :class:`~bargein.tuning.cost.Prices`.

    Raises
    ------
    BargeinError
        Optuna is not installed.
    SettingsError
        Every range that is none, every field that is none; no trials.
    NotAnswerable
        No turns that may be asked.
    LabelError
        Scores of several models.

    References
    ----------
    Optuna, tree-structured Parzen estimator: Bergstra et al. (2011), Algorithms for hyper-parameter optimization.
    """
    optuna = _optuna()
    start, prices = start or Rule(), prices or Prices()
    check(_problems(space, trials), SettingsError, "search")
    asked = [r for r in rows if r.kind not in ("caller", "provider")]
    asked = [r for r in asked if r.kind != "turn" or r.speech_style in EVIDENCE_STYLES]
    if not any(r.kind == "turn" for r in asked):
        raise NotAnswerable(
            f"no turns of {' or '.join(EVIDENCE_STYLES)} speech: what an end silence costs is not known"
        )
    check_countable(asked)
    found: list[Trial] = []

    def run(rule: Rule) -> float:
        found.append(Trial(rule, cost_of(asked, rule, prices)))
        return found[-1].cost

    def objective(trial: Any) -> float:
        values = {
            name: trial.suggest_float(name, low, high) if name == "enter" else trial.suggest_int(name, low, high)
            for name, (low, high) in space.items()
        }
        return run(replace(start, **values))

    run(start)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(objective, n_trials=trials)
    unknown = tuple(kind for kind in ("tic", "noise", "echo") if not any(r.kind == kind for r in asked))
    return Searched(min(found, key=lambda t: t.cost), found[0], tuple(found), prices, seed, unknown)


def _problems(space: Space, trials: int) -> Iterator[Problem]:
    if trials < 1:
        yield Problem(f"trials: {trials} is under 1")
    for name, (low, high) in space.items():
        if name not in USUAL:
            yield Problem(f"{name!r} is not searched", hint=f"one of {', '.join(USUAL)}")
        elif not 0 <= low <= high or (name == "enter" and high > 1):
            yield Problem(f"{name}: {low:g}..{high:g} is no range", hint="least first; scores 0..1, times in ms")
        elif name != "enter" and (low % 1 or high % 1):
            yield Problem(f"{name}: {low:g}..{high:g} is not in whole milliseconds", hint="seconds?")


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise BargeinError(f"a search needs Optuna installed: {INSTALL}") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
