"""Labels of a queue in the tables of sessions: weighted in the failures, left out and counted everywhere else."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import bargein as bi
from bargein.cli import app, main
from bargein.corpus import Case, as_recorded, open_corpus
from bargein.corpus.labelled import labelled_scores
from bargein.metrics.bounds import rates
from bargein.metrics.panel import Panel
from bargein.metrics.rates import Rate
from bargein.metrics.recorded import cells
from bargein.metrics.truth import LeftOut
from bargein.metrics.weighted import WeightedRate
from bargein.queue import Desk, make_queue
from bargein.session import Info, Label, Record, Session
from bargein.session.queued import Item, Sample

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
#: Events of a synthetic call lie this far apart: nothing that is reported of one can be of its neighbour.
APART_MS = 10_000
SAMPLE = 0.25


def call(name: str, seed: int, events: int = 24) -> tuple[Session, dict[Label, Item]]:
    """Synthetic: labelled interruptions and tics, of which a detector reports some; fewer where settings disagree."""
    rng = np.random.default_rng(seed)
    labels, records, items = [], [], {}
    for n in range(events):
        at, disagree = APART_MS * (n + 1), rng.random() < 0.3
        kind = "interruption" if rng.random() < 0.7 else "tic"
        label = Label(kind, at, at + 800, annotator="anna", blind=True)
        labels.append(label)
        stratum, probability = ("disagree", 1.0) if disagree else ("agree", SAMPLE)
        items[label] = Item(at, stratum, probability, float(rng.random()), (at, at), (at, at), {})
        if rng.random() < (0.4 if disagree else 0.85 + rng.uniform(-0.1, 0.1)):
            for t, what in ((at + 250, "started"), (at + 900, "stopped")):
                edge = {"type": f"input_audio_buffer.speech_{what}", "audio_start_ms": t, "audio_end_ms": t}
                records.append(Record(len(records), t, "s2c", "provider", edge))
    session = Session(
        Path(name), Info(name, "openai", "made-up", APART_MS * (events + 1), clusters=(f"speaker:{name}",))
    )
    session.__dict__ |= {"labels": tuple(labels), "samples": {}, "records": tuple(records), "client_heard": None}
    return session, items


@pytest.fixture(scope="module")
def whole():
    """Eight calls of eight speakers, labelled whole; and what of each a queue could have drawn."""
    return [call(f"call {n}", n) for n in range(8)]


def asked(session: Session, items: dict[Label, Item], rng: np.random.Generator, answered: float = 1.0) -> Session:
    """The same call, labelled by answering a queue that was drawn of it."""
    sample = drawn_from(items, rng, answered)
    twin = session.with_labels(sample.labels)
    twin.__dict__["samples"] = {"anna": sample}
    return twin


def drawn_from(items: dict[Label, Item], rng: np.random.Generator, answered: float) -> Sample:
    """One draw of a queue, some of it answered."""
    drawn = {label: item for label, item in items.items() if rng.random() < item.probability}
    given = {label: item for label, item in drawn.items() if rng.random() < answered}
    return Sample(*(Counter(item.stratum for item in some.values()) for some in (drawn, given)), given)


def test_what_happened_at_an_onset_is_the_same_whoever_asked_for_it(whole):
    """An episode of a queue's label is that of the whole set; the row counts none of them, and says so."""
    for session, items in whole[:3]:
        twin = asked(session, items, np.random.default_rng(5))
        full, seen = Case(session).observed, Case(twin).observed
        known = {e.onset: e for e in full.panel.episodes}
        assert 0 < len(seen.drawn) < len(known)
        assert all(known[e.onset] == e and items[e.onset.label] == item for e, item in seen.drawn)
        assert ((), False) == (seen.panel.episodes, seen.panel.labelled)
        assert LeftOut(queued=len(twin.labels)) == seen.left_out
    (cell,) = cells([(twin, seen)])
    assert (None, f"recorded; left out: {len(twin.labels)} labels of a queue") == (
        cell.row()["barge-ins"], cell.row()["basis"],
    )  # fmt: skip


@pytest.mark.parametrize("answered", [1.0, 0.7])
def test_failures_are_unbiased_over_a_thousand_draws(whole, answered):
    """Of interruptions missed and tics reported: the mean over draws is what the whole set says.

    Sums are (Horvitz and Thompson); their ratio is but for a term that vanishes as labels grow.
    """
    cases = [(session, items, Case(session).observed) for session, items in whole]
    (cell,) = cells((session, one) for session, _, one in cases)
    truth = rates(cell)
    rng = np.random.default_rng(11)
    found: dict[str, list[WeightedRate]] = {"missed": [], "false: tic": []}
    inside = 0
    for _ in range(1_000):
        observed = []
        for _, items, one in cases:
            sample = drawn_from(items, rng, answered)
            drawn = tuple((e, items[e.onset.label]) for e in one.panel.episodes if e.onset.label in sample.labels)
            observed.append(replace(one, panel=Panel((), labelled=False), sample=sample, drawn=drawn))
        weighted = rates(replace(cell, observed=tuple(observed)))
        for what, each in found.items():
            each.append(weighted[what])
        low, high = weighted["missed"].interval
        inside += low <= truth["missed"].estimate <= high
    for what, each in found.items():
        assert isinstance(truth[what], Rate)
        for name in ("failures", "trials"):
            sums = [getattr(rate, name) for rate in each]
            assert abs(np.mean(sums) - getattr(truth[what], name)) < 3 * np.std(sums, ddof=1) / np.sqrt(len(sums))
        assert abs(np.mean([rate.estimate for rate in each]) - truth[what].estimate) < 0.02
    assert inside >= 950


def test_without_weights_the_queue_would_accuse_the_detector(whole):
    """The same draw, counted as it stands: what the table said before it weighed."""
    rng = np.random.default_rng(3)
    twins = [asked(session, items, rng) for session, items in whole]
    (truth,) = cells((s, Case(s).observed) for s, _ in whole)
    (queued,) = cells((s, Case(s).observed) for s in twins)
    (plain,) = cells((s, Case(s).observed) for s in (t.with_labels(t.labels) for t in twins))
    shares = [rates(cell)["missed"].estimate for cell in (truth, queued, plain)]
    assert isinstance(rates(queued)["missed"], WeightedRate)
    assert abs(shares[1] - shares[0]) < 0.1 < abs(shares[2] - shares[0])


def test_whole_sessions_beside_queued_ones_stand_for_themselves(whole):
    """Half labelled whole, half by queue: one rate, whose trials are those of all of them, give or take the draw."""
    rng = np.random.default_rng(4)
    mixed = [asked(s, items, rng) if n % 2 else s for n, (s, items) in enumerate(whole)]
    (truth,), (some,) = (cells((s, Case(s).observed) for s in each) for each in ([s for s, _ in whole], mixed))
    assert rates(truth)["missed"].trials == pytest.approx(rates(some)["missed"].trials, rel=0.1)
    assert 8 == len(rates(some)["missed"].clusters)


def test_a_stratum_without_an_answer_is_no_zero(whole):
    """Whoever has answered disagreements alone knows nothing of the rest: nothing is weighed yet."""
    session, items = whole[0]
    given = {label: item for label, item in items.items() if item.stratum == "disagree"}
    twin = session.with_labels(given)
    drawn = Counter(item.stratum for item in items.values())
    twin.__dict__["samples"] = {"anna": Sample(drawn, {"disagree": len(given)}, given)}
    (cell,) = cells([(twin, Case(twin).observed)])
    assert {} == rates(cell)


# ---- through the files


TWO = ("0.5/300/200", "0.8/300/500")
SOME = ("openai-04-cough", "openai-06-echo", "grok-06-backchannel")


@pytest.fixture
def folder(tmp_path):
    """Three embedded sessions without their labels, and a queue of which the first eight items are answered."""
    for name in SOME:
        shutil.copytree(SESSIONS / name, tmp_path / "calls" / name)
        (tmp_path / "calls" / name / "labels.jsonl").unlink()
    desk = Desk(make_queue(tmp_path / "calls", TWO, sample=0.9), "anna")
    for kind in ("interruption", "tic", "nothing", "backchannel", "noise", "interruption", "tic", "tic"):
        desk.answer(kind)
    return tmp_path / "calls"


def printed(*arguments: object) -> str:
    """What a command prints, on one line."""
    done = CliRunner().invoke(app, [str(a) for a in arguments])
    assert 0 == done.exit_code, done.output
    return " ".join(done.output.split())


def test_measure_weighs_what_it_can_and_prints_what_it_leaves_out(folder):
    """Seven labels; one answer is none."""
    out = printed("measure", folder)
    assert "left out: 7 labels answered from a queue" in out
    assert "labelled, weighted" in out
    assert 7 == sum(c.left_out.queued for c in as_recorded(open_corpus(folder)))
    assert all("left out" in basis for basis in bi.measure(folder)["basis"])


@pytest.mark.parametrize("command", [("compare",), ("compare", "--metrics"), ("replay",), ("diagnose",)])
def test_every_command_that_counts_labels_says_what_it_leaves_out(folder, command):
    """Beside its figures."""
    verb, *options = command
    assert "answered from a queue" in printed(verb, folder, *options)


def test_rows_of_python_say_it_too(folder):
    """Where nothing is printed the basis has it."""
    for rows in (bi.compare(folder, "keyed"), bi.metrics(folder), bi.metrics(folder, "keyed")):
        assert len(rows)
        assert all("labels of a queue" in basis for basis in rows["basis"])


def test_one_annotator_can_be_chosen(folder, capsys):
    """Of whole labels beside those of a queue; a name that nobody has is refused with the names there are."""
    shutil.copy(SESSIONS / SOME[0] / "labels.jsonl", folder / SOME[0] / "whole.jsonl")
    with (folder / SOME[0] / "labels.jsonl").open("a") as out:
        out.write((folder / SOME[0] / "whole.jsonl").read_text())
    assert "answered from a queue" in printed("measure", folder / SOME[0])
    assert "answered from a queue" not in printed("measure", folder / SOME[0], "--annotator", "compose")
    with pytest.raises(SystemExit) as ended:
        main(["measure", str(folder), "--annotator", "carl"])
    assert 2 == ended.value.code
    assert "no labels of 'carl'; there are labels of 'anna', 'compose'" in capsys.readouterr().err


def test_a_damaged_queue_is_measured_by_nobody(folder, capsys):
    """Which labels it asked for is not known then: refused with file and line, by every verb that reads sessions."""
    path = folder / SOME[0] / "queue.jsonl"
    path.write_text(path.read_text() + '{"row": "answer", "item": 1, "annotator": "anna", "kind": "tic"}\n{"row"')
    last = len(path.read_text().splitlines())
    for verb in ("measure", "validate", "compare"):
        with pytest.raises(SystemExit) as ended:
            main([verb, str(folder)])
        assert 2 == ended.value.code
        said = " ".join(capsys.readouterr().err.split())
        assert f"item: 1 was never drawn (lines of another session?) @ {SOME[0]}/queue.jsonl:{last - 1}" in said
        assert f"@ {SOME[0]}/queue.jsonl:{last}" in said


def test_tuning_takes_no_label_of_a_queue(folder, tmp_path):
    """Not one clip; and beside whole labels the same clips as without a queue, with a note that says so."""
    assert [] == labelled_scores(open_corpus(folder))
    for name in SOME:
        shutil.copytree(SESSIONS / name, tmp_path / "twin" / name)
        for file in ("queue.jsonl", "labels.jsonl"):
            both = [p for p in (SESSIONS / name / file, folder / name / file) if p.exists()]
            (tmp_path / "twin" / name / file).write_text("".join(p.read_text() for p in both))
    clips = [{(c.clip, c.kind) for c in labelled_scores(open_corpus(*at))} for at in (
        [SESSIONS / name for name in SOME], [tmp_path / "twin"])]  # fmt: skip
    assert clips[0] == clips[1] != set()
    notes = bi.tune(tmp_path / "twin", "openai", max_cutoffs_per_hold=0.2).notes
    assert any("7 labels answered from a queue" in note for note in notes)


def test_a_queue_answered_whole_counts_as_it_stands(tmp_path):
    """Every event drawn and answered: nothing is left out, and barge-ins stand in the table."""
    shutil.copytree(SESSIONS / SOME[0], tmp_path / SOME[0])
    (tmp_path / SOME[0] / "labels.jsonl").unlink()
    desk = Desk(make_queue(tmp_path, TWO, sample=1.0), "anna")
    before = bi.measure(tmp_path)["barge-ins"].tolist()
    while desk.current is not None:
        desk.answer("interruption")
    frame = bi.measure(tmp_path)
    assert ([None], "left out" in frame["basis"][0]) == (before, False)
    assert len(desk.queue.order) >= frame["barge-ins"].sum() > 0
    assert json.loads((tmp_path / SOME[0] / "queue.jsonl").read_text().splitlines()[0])["row"] == "design"
