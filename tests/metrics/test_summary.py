"""The table of all metrics: rows, intervals that look at clusters, pooling, and what is refused.

`python tests/metrics/test_summary.py` rewrites the table of `docs/metrics.md`.
"""

from __future__ import annotations

import math
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.corpus import Corpus, open_corpus, run_policies
from bargein.errors import NotAnswerable
from bargein.metrics.friction import Weights
from bargein.metrics.pooled import Measured, Pool, still_audible
from bargein.metrics.rates import clopper_pearson_upper
from bargein.metrics.stopping import Facts
from bargein.metrics.summary import METRICS, metric_rows
from bargein.metrics.survival import StopCurve
from bargein.metrics.truncation import CONFLICT, NEXT, NOT_ACTIVE, REFUSED, TOO_LONG
from bargein.outcome import Told

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
TABLE = re.compile("(<!-- metrics -->\n)(.*?)(\n<!-- /metrics -->)", re.DOTALL)
Row = dict[str, object]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """The embedded sessions."""
    return open_corpus(SESSIONS, verify=False)


@pytest.fixture(scope="module")
def recorded(corpus: Corpus) -> list[Measured]:
    """Every session, as recorded."""
    return [Measured(c.session, c.reading, c.facts, c.as_recorded) for c in corpus]


def replayed(corpus: Corpus, policy: str) -> list[Measured]:
    """Every session under a gate."""
    runs = [run for case in corpus for run in run_policies(case, [policy])]
    return [Measured(r.case.session, r.case.reading, Facts.of(r.outcome, r.case.voiced), r.episodes, r.outcome)
            for r in runs]  # fmt: skip


def named(rows: list[Row]) -> dict[str, Row]:
    """Rows by the name of their metric."""
    found = {str(r["metric"]): r for r in rows}
    assert len(rows) == len(found), "no name twice"
    return found


def test_a_row_says_what_it_rests_on(recorded: list[Measured]) -> None:
    """Value, unit, count, clusters, interval, basis, direction, source; nothing asked is no value."""
    rows = metric_rows(recorded)
    assert len(METRICS) == len(rows)
    for row in rows:
        assert ["metric", "value", "unit", "n", "clusters", "interval", "basis", "better", "source"] == list(row)
        assert row["better"] in ("lower", "higher", "–")
        assert row["unit"]
        assert row["source"]
        assert str(row["basis"]).startswith("events modelled; heard ")
        assert row["value"] is not None or (row["n"], row["interval"]) == (0, "") or "S(" in str(row["metric"])
        assert row["value"] is None or 0 < row["clusters"] <= 3  # type: ignore[operator]


def listed() -> str:
    """Every metric as a line of the page's table."""
    rows = [f"| {m.name} | {m.unit} | {m.better} | {m.source} |" for m in METRICS]
    return "\n".join(["| metric | unit | better | source |", "| --- | --- | --- | --- |", *rows])


def test_every_metric_stands_in_its_page() -> None:
    """In order, with unit, direction and source; and nothing else does."""
    found = TABLE.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert listed() == found[2]


def test_the_embedded_sessions_as_recorded(recorded: list[Measured]) -> None:
    """Counted elsewhere too: twenty barge-ins, none missed; what stopped the agent, by kind; what was told."""
    found = named(metric_rows(recorded))
    value = {name: (row["value"], row["n"]) for name, row in found.items()}
    assert (20, 20) == value["barge-ins that met a heard agent"]
    assert (0, 20) == value["missed: nobody reported"]
    assert [(5, 5), (2, 3), (None, 0), (2, 8), (2, 2)] == [
        value[f"stopped by: {k}"] for k in ("backchannel", "tic", "side talk", "echo", "noise")
    ]
    assert (10, 17) == value["stops never told of"]
    assert (pytest.approx(35.0), 20) == value["S(500): still audible after 500 ms"]
    assert (0, 7) == value["truncation error, without sign, p50"]
    assert (None, 0) == value["stale deltas played"], "a recording has no decisions"
    stages = [found[f"stops dominated by {s}"]["value"] for s in ("detect", "act", "drain", "act or drain")]
    assert found["stops dominated by detect"]["n"] == sum(stages)  # type: ignore[arg-type]


def test_unheard_words_are_spread_over_the_voice(corpus: Corpus) -> None:
    """As a replay says it: 3 to 7 of 36 words were heard, and 29 to 33 were not."""
    case = next(c for c in corpus if c.session.id == "openai-03-backchannel")
    (run,) = run_policies(case, ["keyed"])
    facts = Facts.of(run.outcome, case.voiced)
    found = named(metric_rows([Measured(case.session, case.reading, facts, run.episodes, run.outcome)]))
    assert [29, 33] == [found[f"unheard words, at {x}"]["value"] for x in ("least", "most")]


def test_every_refusal_has_a_row(corpus: Corpus, recorded: list[Measured]) -> None:
    """In the logs: four second responses while one ran, over 38 sessions. Under a gate: ours beside naive."""
    found = named(metric_rows(recorded))
    logged = [(found[f"refused in the log: {x}"]["value"], found[f"refused in the log: {x}"]["n"]) for x in REFUSED]
    assert [(0, 38), (4, 38), (0, 38), (0, 38)] == logged
    assert (None, 0) == (found["cancels that hit the next response"]["value"], found["cancel to its answer, p50"]["n"])
    (run,) = run_policies(next(c for c in corpus if c.session.id == "openai-21-no-interrupt"), ["full"])
    cancel = Told(5_000, 5_000, "cancel", "A", "", 0, None, NOT_ACTIVE, None, NEXT)
    cut = Told(5_000, 5_000, "truncate", "A", "a", 0, 300, "accepted", 800, TOO_LONG)
    outcome = replace(run.outcome, told=(cancel, replace(cancel, naive_answer=NOT_ACTIVE), cut))
    one = Measured(run.case.session, run.case.reading, Facts.of(outcome, run.case.voiced), run.episodes, outcome)
    rows = named(metric_rows([one]))
    expected = {
        f"cancels refused: {NOT_ACTIVE}": (2, 2),
        f"cancels of a naive client refused: {NOT_ACTIVE}": (1, 2),
        "cancels that hit the next response": (0, 2),
        "cancels of a naive client that hit the next response": (1, 2),
        "truncations refused: already shorter": (0, 1),
        "truncations of a naive client refused: already shorter": (1, 1),
        f"refused in the log: {CONFLICT}": (None, 0),  # a replay writes no log
    }
    assert expected == {name: (rows[name]["value"], rows[name]["n"]) for name in expected}


def test_parts_of_friction_sum_to_it(recorded: list[Measured]) -> None:
    """With weights of 1; and a weight weighs."""
    found = named(metric_rows(recorded))
    parts = [float(str(found[f"friction: {p}"]["value"])) for p in ("wait", "stop", "overlap", "dead air", "wasted")]
    assert sum(parts) == pytest.approx(found["friction"]["value"])
    assert "weights: wait 1, stop 1, overlap 1, dead air 1, wasted 1" in str(found["friction"]["interval"])
    heavy = named(metric_rows(recorded, Weights(wait=0)))["friction"]
    assert sum(parts[1:]) == pytest.approx(heavy["value"])


def test_a_keyed_gate_is_no_worse_than_none(corpus: Corpus) -> None:
    """S(500), leak and restarts of the same sessions under two gates."""
    keyed, stop = (named(metric_rows(replayed(corpus, p))) for p in ("keyed", "stop-only"))
    for name in ("S(500): still audible after 500 ms", "leak, p50", "stale deltas played"):
        assert keyed[name]["value"] <= stop[name]["value"]  # type: ignore[operator]
    assert (0, 38) == (keyed["sessions in which revoked audio was heard"]["value"],
                       keyed["sessions in which revoked audio was heard"]["n"])  # fmt: skip
    assert 0 < stop["sessions in which revoked audio was heard"]["value"]  # type: ignore[operator]


def test_a_session_counted_twice_is_no_more_evidence(recorded: list[Measured]) -> None:
    """The same clusters: no interval shrinks, and no more clusters stand beside it."""
    once, twice = named(metric_rows(recorded)), named(metric_rows([*recorded, *recorded]))
    one_more = named(metric_rows([*recorded, recorded[0]]))
    for name, row in once.items():
        assert row["clusters"] == twice[name]["clusters"] == one_more[name]["clusters"]
        if row["unit"] in ("of n", "%"):
            assert row["interval"] == twice[name]["interval"] == one_more[name]["interval"], name
        if row["unit"] == "of n" and row["n"]:
            assert 2 * row["value"] == twice[name]["value"]  # type: ignore[operator]
            assert 2 * row["n"] == twice[name]["n"]  # type: ignore[operator]


def test_pooling_is_additive(recorded: list[Measured]) -> None:
    """Counts of all are counts of the ones and of the others."""
    a, b, both = (named(metric_rows(part)) for part in (recorded[:20], recorded[20:], recorded))
    for name, row in both.items():
        if row["unit"] in ("of n", "count", "words"):
            assert row["n"] == a[name]["n"] + b[name]["n"]  # type: ignore[operator]
            assert (row["value"] or 0) == (a[name]["value"] or 0) + (b[name]["value"] or 0)  # type: ignore[operator]


def test_modelled_and_recorded_are_never_pooled(recorded: list[Measured]) -> None:
    """Not even one of each."""
    one = recorded[0]
    info = replace(one.session.info, modelled=())
    other = replace(one, session=type(one.session)(one.session.folder, info))
    with pytest.raises(NotAnswerable, match="never pooled"):
        Pool([one, other])


def test_without_labels_nothing_is_known(recorded: list[Measured]) -> None:
    """Not no barge-ins, not no false stops."""
    one = recorded[0]
    bare = type(one.session)(one.session.folder, one.session.info)
    bare.labels = ()
    found = named(metric_rows([replace(one, session=bare, episodes=())]))
    for name in ("missed: nobody reported", "stopped by: tic", "ambient false stops", "friction", "overlap"):
        assert (None, 0) == (found[name]["value"], found[name]["n"])
    assert found["played"]["value"], "the player's log needs no labels"


# ---- the stop curve over clusters


def test_under_twenty_clusters_the_bound_is_of_clusters() -> None:
    """One of three had an agent audible after half a second; a wait that was not seen that long says nothing."""
    curves = {"a": StopCurve.of([(100, True)] * 50), "b": StopCurve.of([(900, True)]), "c": StopCurve.of([(90, True)])}
    found = still_audible(curves, 500)
    assert (1 / 52, 52, 3) == (pytest.approx(found.value), found.n, found.clusters)
    assert f"up to {math.ceil(100 * clopper_pearson_upper(1, 3))} %" == found.interval
    unseen = still_audible({**curves, "d": StopCurve.of([(300, False)])}, 500)
    assert found.interval == unseen.interval


def test_from_twenty_clusters_on_clusters_are_resampled() -> None:
    """Half of forty clusters lose one wait of ten: the bound is that of waits, wider when they sit together."""
    even = {str(i): StopCurve.of([(900, True)] * (i % 2) + [(100, True)] * 9) for i in range(40)}
    together = {str(i): StopCurve.of([(900, True)] * (10 if i < 2 else 0) + [(100, True)] * 9) for i in range(40)}
    upper = [int(still_audible(c, 500).interval.split()[2]) for c in (even, together)]
    assert 5 < upper[0] < 10 < upper[1]


WAITS = st.lists(st.tuples(st.integers(0, 2_000), st.booleans()), min_size=1, max_size=6)


@given(st.dictionaries(st.sampled_from("abcdef"), WAITS, min_size=1), st.integers(0, 2_000))
def test_the_bound_never_lies_under_the_share_of_clusters(waits: dict[str, list[tuple[int, bool]]], t: int) -> None:
    """And doubling every wait changes neither."""
    found = still_audible({k: StopCurve.of(w) for k, w in waits.items()}, t)
    if found.value is not None:
        late = sum(any(ms > t for ms, _ in w) for w in waits.values())
        known = sum(any(ms > t or stopped for ms, stopped in w) for w in waits.values())
        if known:
            assert late / known <= int(found.interval.split()[2]) / 100
        twice = still_audible({k: StopCurve.of([*w, *w]) for k, w in waits.items()}, t)
        assert found.interval == twice.interval


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(TABLE.sub(lambda m: m[1] + listed() + m[3], page), encoding="utf-8")
    sys.stdout.write("docs/metrics.md: rewritten\n")
