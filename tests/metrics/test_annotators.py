"""Two annotators: paired where they overlap, kappa as the textbook has it, disputes listed and left out."""

from __future__ import annotations

import pytest
from sklearn.metrics import cohen_kappa_score

from bargein.errors import LabelError
from bargein.metrics.annotators import compare
from bargein.metrics.kappa import kappa
from bargein.session import Label

KINDS = {"i": "interruption", "b": "backchannel", "t": "tic", "n": "noise", "s": "speech", "T": "turn"}


def drawn(ruler: str, annotator: str) -> list[Label]:
    """Labels on a ruler, a character 100 ms; ``iii`` is an interruption of 300 ms."""
    labels, at = [], 0
    while at < len(ruler):
        end = at + 1
        while end < len(ruler) and ruler[end] == ruler[at]:
            end += 1
        if ruler[at] in KINDS:
            complete = "yes" if ruler[at] == "T" else None
            labels.append(Label(KINDS[ruler[at]], at * 100, end * 100, annotator=annotator, complete=complete))
        at = end
    return labels


def both(anna: str, ben: str) -> dict[str, list[Label]]:
    """Two rulers of one session."""
    return {"call": drawn(anna, "anna") + drawn(ben, "ben")}


@pytest.mark.parametrize(("about", "anna", "ben"), [
    ([],                             "..iiii..bb..",     "..iiii..bb.."),
    ([],                             "..iiii......",     "....iiii...."),     # 200 ms apart: still one onset
    (["onset"],                      "..iiiiii....",     ".....iiiii.."),
    (["kind"],                       "..tttt..bb..",     "..nnnn..bb.."),
    (["found by one"],               "..iiii......",     "..iiii..bb.."),
    (["found by one"],               "..tttttttttt",     "..tttttt.ttt"),     # the longer piece is the pair
    (["found by one"] * 4,           "..tt..tt....",     "....tt..tt.."),     # touching is not overlapping
])  # fmt: skip
def test_what_is_disputed(about: list[str], anna: str, ben: str) -> None:
    """By kind, by onset, by who found it; the other way round it is the same."""
    for sessions in (both(anna, ben), both(ben, anna)):
        found = compare(sessions, ["anna", "ben"])
        assert about == [case.dispute for case in found.disputed]
        assert len(found.cases) - len(about) == len(found.settled("call"))


def test_layers_are_paired_apart() -> None:
    """Speech lies under an interruption and is not its rival; what only one was asked about is no dispute."""
    labels = [*drawn("..iiii..", "anna"), *drawn("..ssss..", "anna"), *drawn("..iiii..", "ben")]
    found = compare({"call": labels}, ["anna", "ben"])
    assert (("speech",), 1, ()) == (found.left_out, len(found.cases), found.disputed)


def test_the_row_of_a_kind() -> None:
    """Counts, kappa and edges; labels of placement say nothing of edges, another track nothing at all."""
    sessions = both("iiii..iiii..bbb..ttt", "iiii...iii..bbb..nnn")
    sessions["call"] += [Label("tic", 0, 100, track="agent", annotator="ben")]
    rows = {row["kind"]: row for row in compare(sessions, ["anna", "ben"]).rows()}
    row = rows["interruption"]
    assert (2, 2, 2) == (row["anna"], row["ben"], row["both"])
    assert (0, 100, 0, 0) == tuple(row[f"{e} {p} [ms]"] for e in ("onset", "offset") for p in ("median", "p90"))
    assert "1 of 1 (up to 100 %)" == rows["tic"]["disputed"]
    assert "0.00 [" == str(rows["tic"]["κ [95 %]"])[:6]
    placed = [Label("tic", a, 900, annotator=n, basis="placement") for n, a in (("anna", 0), ("ben", 100))]
    assert compare({"c": placed}, ["anna", "ben"]).rows()[0]["onset median [ms]"] is None


def test_turns_agree_about_being_complete() -> None:
    """Kappa of turns asks whether the user had finished; speech has none, as nobody marks where none is."""
    labels = both("TTT..TTT..TTT..sss", "TTT..TTT..TTT..sss")["call"]
    odd = [Label("turn", 1_000, 1_300, annotator="ben", complete="no") if (x.annotator, x.onset_ms) == ("ben", 1_000)
           and x.kind == "turn" else x for x in labels]  # fmt: skip
    found = compare({"call": odd}, ["anna", "ben"])
    assert ["complete"] == [case.dispute for case in found.disputed]
    assert (0.0, None) == (found.kappa("turn").value, found.kappa("speech").value)


@pytest.mark.parametrize("table", [(20, 5, 10, 15), (1, 2, 3, 4), (9, 0, 1, 30), (0, 3, 2, 10)])
def test_kappa_is_cohens(table: tuple[int, int, int, int]) -> None:
    """As scikit-learn computes it, within an interval that its own table is inside of."""
    a, b, c, d = table
    oracle = cohen_kappa_score([1] * (a + b) + [0] * (c + d), [1] * a + [0] * b + [1] * c + [0] * d)
    found = kappa(*table)
    assert found.value == pytest.approx(oracle)
    assert found.low is not None
    assert found.high is not None
    assert found.low < oracle < found.high
    twice = kappa(*(4 * n for n in table))
    assert twice.low is not None
    assert twice.low > found.low  # more cases of the same sort say more


def test_kappa_of_few_cases_is_wide() -> None:
    """Five of five is no proof; where all got one answer chance agrees, too, and there is no kappa."""
    found = kappa(3, 0, 0, 2)
    assert (1.0, 1.0) == (found.value, pytest.approx(found.high, abs=1e-5))
    assert found.low is not None
    assert 0.2 < found.low < 0.5
    assert [None, None] == [kappa(4, 0, 0, 0).value, kappa(0, 0, 0, 0).value]


@pytest.mark.parametrize(("names", "said"), [
    (["anna", "carl"], "no labels of 'carl' about user; there are labels of 'anna', 'ben'"),
    (["anna", "anna"], "not two different annotators"),
    (["anna"], "not two different annotators"),
])  # fmt: skip
def test_two_names_are_needed(names: list[str], said: str) -> None:
    """And both must have labelled something."""
    with pytest.raises(LabelError, match=said):
        compare(both("iii", "iii"), names)
