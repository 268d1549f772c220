"""Which labels a rate counts: on rulers of two annotators, and of a queue beside whole labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bargein.corpus import Case
from bargein.metrics.onsets import judged, onsets, user_labels, user_speech
from bargein.metrics.pooled import Measured, Pool
from bargein.metrics.truth import left_out, remarks, truth
from bargein.session import Info, Label, Record, Session
from bargein.session.model import ENERGY_RULE
from bargein.session.queued import Answer, Design, Drawn, Item, Sample, Undo, label_of, samples_of
from bargein.timeline import Span, Timeline


def session(*labels: Label, samples: Mapping[str, Sample] | None = None, records: tuple[Record, ...] = ()) -> Session:
    """A session of one minute, in memory."""
    made = Session(Path("labels"), Info("labels", "openai", "none", 60_000))
    ordered = tuple(sorted(labels, key=lambda x: x.onset_ms))
    made.__dict__ |= {"labels": ordered, "samples": samples or {}, "records": records, "client_heard": None}
    return made


def by(name: str, kind: str, onset: int, offset: int, **more: str) -> Label:
    """A label of an annotator."""
    return Label(kind, onset, offset, annotator=name, **more)


#: anna and ben agree about one interruption, and not about what the other sound was.
AGREED = by("anna", "interruption", 5_000, 6_000), by("ben", "interruption", 5_120, 6_050)
DISPUTED = by("anna", "tic", 20_000, 20_300), by("ben", "noise", 20_040, 20_300)


def test_a_disputed_span_is_left_out_and_counted():
    """The agreed one counts, once; `label agree` lists the other."""
    both = session(*AGREED, *DISPUTED)
    assert [(5_000, "interruption")] == [(o.at, o.kind) for o in onsets(both)]
    assert (0, 1) == (truth(both).left_out.queued, truth(both).left_out.disputed)
    assert "left out: 1 disputed span" == left_out([both]).text
    (said,) = remarks([both, both])
    assert said.startswith("left out: 2 disputed spans, about which two annotators do not agree")


@pytest.mark.parametrize("name", ["anna", "ben"])
def test_one_annotators_labels_all_count(name):
    """Alone, or chosen of two: nothing is disputed."""
    alone = session(*(x for x in (*AGREED, *DISPUTED) if x.annotator == name))
    chosen = session(*AGREED, *DISPUTED).of(name)
    kinds = ["interruption", {"anna": "tic", "ben": "noise"}[name]]
    assert kinds == [o.kind for o in onsets(alone)] == [o.kind for o in onsets(chosen)]
    assert [] == remarks([alone, chosen])


@pytest.mark.parametrize(("second", "disputed"), [
    ([], 0),  # said nothing of any onset: may not have been asked
    ([by("ben", "interruption", 5_200, 6_000)], 0),  # to the millisecond as far apart as two may be
    ([by("ben", "interruption", 5_201, 6_000)], 1),
    ([by("ben", "tic", 9_000, 9_200)], 2),  # each found one that the other did not
    ([by("ben", "speech", 9_000, 9_200)], 0),  # speech is another question
])  # fmt: skip
def test_what_is_disputed(second, disputed):
    """As :func:`bargein.metrics.annotators.compare` has it."""
    both = session(by("anna", "interruption", 5_000, 6_000), *second)
    assert disputed == truth(both).left_out.disputed
    assert (not disputed) == bool(user_labels(both, "interruption"))
    assert judged(both)


def test_a_third_annotator_disputes_the_same_span_once():
    """Two of three agree, and that settles nothing."""
    three = session(*AGREED, by("carl", "backchannel", 5_050, 6_000))
    assert 1 == truth(three).left_out.disputed
    assert [] == onsets(three)


def test_a_rule_is_no_annotator():
    """An energy rule says where there is sound: who listened cannot be disputed by it."""
    listened = session(by(ENERGY_RULE, "speech", 4_000, 9_000), *(by("anna", k, 5_000, 6_000) for k in
                       ("speech", "interruption")))  # fmt: skip
    assert 0 == truth(listened).left_out.disputed
    assert ["interruption"] == [o.kind for o in onsets(listened)]
    assert Timeline([Span(4_000, 9_000)]) == user_speech(listened)


def test_turns_that_are_disputed_are_in_no_rate():
    """Of two turns one is disputed: its pause is no hold."""
    turns = [by(name, "turn", at, at + 3_000, complete=done) for at, second in ((1_000, "yes"), (11_000, "no"))
             for name, done in (("anna", "yes"), ("ben", second))]  # fmt: skip
    speech = [by(name, "speech", at, at + 1_200) for name in ("anna", "ben") for at in (1_000, 2_800, 11_000, 12_800)]
    both = session(*turns, *speech)
    counted, alone = Case(both).observed, Case(both.of("anna")).observed
    assert (1, 1) == (counted.turns, counted.holds)
    assert (2, 2) == (alone.turns, alone.holds)
    assert 1 == counted.left_out.disputed


def test_where_speech_is_disputed_nobody_knows_who_spoke():
    """It is no silence and no speech: it leaves the time that is shared out."""
    both = session(
        by("anna", "speech", 1_000, 2_000), by("ben", "speech", 1_100, 2_000), by("ben", "speech", 9_000, 9_400)
    )
    assert Timeline([Span(9_000, 9_400)]) == truth(both).unsure
    assert Timeline([Span(1_000, 2_000), Span(9_000, 9_400)]) == user_speech(both)


def design(probability: float, events: int, drawn: int) -> Design:
    """Two strata; the settings disagree about one event."""
    return Design(("a", "b"), 1, {"disagree": Drawn(1, 1, 1.0), "agree": Drawn(events, drawn, probability)})


def item(at: int, stratum: str = "agree", probability: float = 0.5) -> Item:
    """A drawn event."""
    return Item(at, stratum, probability, 0.5, (at - 500, at + 500), (at - 1_500, at + 1_500), {"a": "yes", "b": "no"})


ITEMS = [item(5_000, "disagree", 1.0), item(20_000), item(40_000)]
ANSWERS = [Answer(5_000, "anna", "interruption", 5_000, 6_000), Answer(20_000, "anna", "tic", 20_000, 20_300),
           Answer(40_000, "anna", "nothing")]  # fmt: skip


def queued(rows):
    """A session whose labels are all answers to its queue."""
    samples = samples_of(rows)
    return session(*(x for sample in samples.values() for x in sample.labels), samples=samples)


def test_answers_to_a_queue_are_left_out_and_counted():
    """They stand where somebody asked: no onset, no speech, and nobody has judged the session."""
    asked = queued([design(0.5, 4, 2), *ITEMS, *ANSWERS])
    assert 2 == len(asked.labels) == truth(asked).left_out.queued
    assert ([], Timeline(), False) == (onsets(asked), user_speech(asked), judged(asked))
    (said,) = remarks([asked])
    assert said.startswith("left out: 2 labels answered from a queue")


def test_a_whole_queue_is_no_sample():
    """Every event drawn for certain, and every one answered: these labels stand as any others do, without a weight."""
    sure = [item(i.at_ms, i.stratum, 1.0) for i in ITEMS]
    whole = [design(1.0, 2, 2), *sure, *ANSWERS]
    assert {} == samples_of(whole)
    assert ["anna"] == [*samples_of(whole[:-1])]  # one is not answered yet
    assert ["anna"] == [*samples_of([*whole, Undo(40_000, "anna")])]


def test_whole_labels_count_beside_a_queue():
    """Who labelled the session outside the queue is not touched by it, nor by somebody else's answers."""
    rows = [design(0.5, 4, 2), *ITEMS, *ANSWERS]
    whole = [by("ben", "interruption", 5_030, 6_000), by("ben", "tic", 30_000, 30_200)]
    alone, beside = session(*whole), session(*whole, *samples_of(rows)["anna"].labels, samples=samples_of(rows))
    assert onsets(alone) == onsets(beside)
    assert (user_speech(alone), judged(alone)) == (user_speech(beside), judged(beside))
    assert (0, 2) == (truth(beside).left_out.disputed, truth(beside).left_out.queued)
    assert None is truth(beside).sample


def test_answers_taken_from_labels_are_no_labels_of_the_queue():
    """They were there before."""
    taken = Answer(5_000, "anna", "interruption", 5_000, 6_000, taken=True)
    assert {} == samples_of([design(0.5, 4, 2), *ITEMS, taken])["anna"].labels


def test_a_queue_of_two_annotators_is_weighed_by_none():
    """One set, one annotator: whose answers count has to be said."""
    ben = [Answer(5_000, "ben", "tic", 5_000, 6_000)]
    two = queued([design(0.5, 4, 2), *ITEMS, *ANSWERS, *ben])
    assert (None, 3) == (truth(two).sample, truth(two).left_out.queued)
    assert label_of(ben[0]) in truth(two.of("ben")).sample.labels


def test_every_row_of_metrics_says_what_it_leaves_out():
    """Beside the basis, where it cannot be overlooked."""
    both = Case(session(*AGREED, *DISPUTED))
    measured = Measured(both.session, both.reading, both.facts, both.as_recorded)
    assert "events recorded; heard unknown; left out: 1 disputed span" == Pool([measured]).basis
    alone = Case(both.session.of("anna"))
    assert "left out" not in Pool([Measured(alone.session, alone.reading, alone.facts, alone.as_recorded)]).basis
