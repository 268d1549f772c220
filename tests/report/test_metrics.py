"""All metrics as tables, as a frame, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bargein as bi
from bargein.cli import main
from bargein.corpus import Corpus, open_corpus, run_policies
from bargein.metrics.friction import Weights
from bargein.report.metrics import metrics_table, recorded_metrics, session_facts_table

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
ONE = SESSIONS / "openai-01-interruption"


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """The embedded sessions."""
    return open_corpus(SESSIONS, verify=False)


def test_gates_stand_side_by_side_metric_by_metric(corpus: Corpus) -> None:
    """One row a metric, cause and gate; what nothing is known of is left out, and counted."""
    runs = [run for case in corpus for run in run_policies(case, ["stop-only", "keyed"])]
    table = metrics_table(runs, "here")
    rows = [r for r in table.rows if r["metric"] == "missed: nobody reported"]
    assert 8 == len(rows), "four causes, two gates"
    assert len({(r["cause"], r["policy"]) for r in rows}) == len(rows)
    names = [str(r["metric"]) for r in table.rows]
    assert names == sorted(names, key=list(dict.fromkeys(names)).index), "a metric's rows lie together"
    assert not any("side talk" in name for name in names)
    assert "metrics of which these sessions say nothing are left out" in table.note


def test_sums_over_causes_are_the_corpus(corpus: Corpus) -> None:
    """As recorded: twenty barge-ins in four tables."""
    rows = [r for r in recorded_metrics(corpus.timed, "here").rows if r["metric"] == "missed: nobody reported"]
    assert 20 == sum(int(str(r["n"])) for r in rows)


def test_levels_stand_beside_the_counts(corpus: Corpus) -> None:
    """One row a session; an echo that was composed is louder than the noise."""
    rows = {str(r["session"]): r for r in session_facts_table(corpus).rows}
    assert {c.session.id for c in corpus} == set(rows)
    assert 40 < float(str(rows["openai-06-echo"]["echo over noise [dB]"]))
    assert rows["openai-12-plain"]["echo over noise [dB]"] is None
    own = {name: row["own sound"] for name, row in rows.items() if str(row["own sound"])[0] not in "0–"}
    assert {"grok-09-echo": "1 of 1", "openai-06-echo": "1 of 1"} == own, "where an echo was composed and reported"
    assert {n for n, row in rows.items() if row["coupling loss [dB]"] is not None} == set(own)


def test_the_verb_gives_a_frame() -> None:
    """As recorded, or under gates; weights are the user's."""
    recorded, tried = bi.metrics(ONE), bi.metrics(ONE, ["keyed", "stop-only"])
    assert {"metric", "value", "unit", "n", "clusters", "interval", "basis", "better", "source"} <= set(recorded)
    assert ["as recorded"] == list(recorded["policy"].unique())
    assert ["keyed", "stop-only"] == sorted(tried["policy"].unique())
    doubled = bi.metrics(ONE, weights=Weights(2, 2, 2, 2, 2))
    once, twice = (f.set_index("metric").loc["friction", "value"] for f in (recorded, doubled))
    assert 2 * once == pytest.approx(twice)


@pytest.mark.parametrize("command", ["compare", "replay"])
def test_the_command_line_shows_them(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Two tables: the metrics, and what the session was measured in."""
    with pytest.raises(SystemExit) as ended:
        main([command, str(ONE), "--policy", "keyed", "--metrics", "--json"])
    assert not ended.value.code
    found = json.loads(capsys.readouterr().out)
    assert ["Metrics, under each gate", "What the sessions were measured in"] == list(found)
    assert {"keyed"} == {row["policy"] for row in found["Metrics, under each gate"]}
