"""An end silence with a promise: it holds for callers who were not asked, and is refused to too few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from bargein.tuning import tune
from bargein.tuning.certified import Certified, certify, shares
from bargein.vad.sweep import sweep
from drawn_scores import turn


def paused(frames: int, clip: str, cluster: str):
    """A turn with one hold of so many frames of 100 ms."""
    drawn, labels = "00999" + "0" * frames + "999" + "0" * 9, "..ttt" + "h" * frames + "ttt" + "." * 9
    return turn(drawn, labels, clip=clip, cluster=cluster)


def callers(*holds: list[int]):
    """One cluster a caller, one turn a hold."""
    return [paused(n, f"{c}-{i}", f"caller {c}") for c, each in enumerate(holds) for i, n in enumerate(each)]


def test_worked_by_hand():
    """Nine callers never pause; one more is taken to be cut off always: 1 of 10 is just within 10 per cent."""
    nine, eight = (sweep(callers(*[[1]] * n), [0.5]) for n in (9, 8))
    assert Certified("hold", 0.1, 9, 100, 0.0) == certify(nine, 0.5, "hold", 0.1, ["elicited"])
    refused = certify(eight, 0.5, "hold", 0.1, ["elicited"])
    assert (8, None, 9) == (refused.clusters, refused.silence_duration_ms, refused.needed)
    assert "not certifiable on 8, 9 callers at the least" in refused.text


def test_one_who_pauses_long_costs_everybody():
    """At 20 per cent nine callers may have 1 of 9 cut off, and not both of two who pause for a second."""
    one, two = (sweep(callers(*[[1]] * (9 - n), *[[10]] * n), [0.5]) for n in (1, 2))
    found = certify(one, 0.5, "hold", 0.2, ["elicited"])
    assert (100, pytest.approx(1 / 9)) == (found.silence_duration_ms, found.risk)
    assert certify(two, 0.5, "hold", 0.2, ["elicited"]).silence_duration_ms > 900


def test_shares_never_rise_with_a_longer_silence():
    """Also where the detector's own do."""
    tried = sweep(callers([1, 5], [3, 3, 9], [2]), [0.3, 0.5])
    for threshold in tried.thresholds:
        found = shares(tried, threshold, "hold", ["elicited"])
        assert (3, len(tried.silences)) == found.shape
        assert (np.diff(found, axis=1) <= 0).all()
        assert 1.0 == found[:, 0].max()


@dataclass
class Drawn:
    """A sweep of shares that were drawn: what certify asks of one."""

    losses: np.ndarray

    @property
    def silences(self):
        return tuple(range(0, 100 * self.losses.shape[1], 100))


def test_the_promise_holds_for_the_caller_who_was_not_asked(monkeypatch):
    """Over 2,000 seeded draws of 20 callers: the mean cut-offs of a 21st stay within the budget, and come near it."""
    rng = np.random.default_rng(7)
    budget, seen = 0.1, []
    for _ in range(2_000):
        patience = rng.exponential(300, 21)  # ms; some callers pause far longer than others
        grid = np.arange(0, 3_000, 100)
        losses = rng.binomial(5, np.exp(-grid / patience[:, None])) / 5
        losses = np.maximum.accumulate(losses[:, ::-1], axis=1)[:, ::-1]
        monkeypatch.setattr("bargein.tuning.certified.shares", lambda s, *_: s.losses)
        found = certify(Drawn(losses[:20]), 0.5, "hold", budget, [])
        chosen = found.silence_duration_ms
        seen.append(0.0 if chosen is None else losses[20, chosen // 100])  # nothing promised, nobody cut off
    assert 0.6 * budget < np.mean(seen) <= budget + 0.006  # three standard errors of the mean


def test_tuning_says_what_can_be_promised():
    """And on how many callers."""
    lines = tune(callers(*[[1, 2]] * 12), max_cutoffs_per_hold=0.1).summary()
    (said,) = (line for line in lines if line.startswith("certified:"))
    assert "of a caller not heard yet at most 10 % of holds cut off, expected: silence 200 ms" in said
    assert "certified on 12 callers" in said


@pytest.mark.parametrize("budget", [0, -0.1, 1.5])
def test_a_budget_is_a_share(budget):
    """Nothing is promised of nothing."""
    with pytest.raises(ValueError, match="a share over 0"):
        certify(sweep(callers([1]), [0.5]), 0.5, "hold", budget, ["elicited"])
