"""Every rule, on a session with its fault and on the twin without: composed, and written by hand."""

from __future__ import annotations

import json

import pytest

from bargein.compose.faults import FAULTS
from bargein.doctor import RULES
from bargein.session import problems_of
from doctor.faulty import by_hand, composed, says

MADE = pytest.mark.parametrize("made", [composed, by_hand], ids=["composed", "by hand"])


@MADE
@pytest.mark.parametrize("rule", RULES)
def test_the_fault_is_found(rule, made):
    """With a sentence that holds a number or a name, and the remedy at this provider."""
    faulty, _ = made(rule)
    found = says(rule, faulty)
    assert () == found.unchecked
    assert {rule} == {f.rule for f in found.findings}
    assert all(f.remedy for f in found.findings)
    assert any(f.value is not None for f in found.findings) or rule == "cancel-race"


@MADE
@pytest.mark.parametrize("rule", RULES)
def test_the_twin_is_left_alone(rule, made):
    """It was looked at, and nothing was found."""
    _, twin = made(rule)
    said = says(rule, twin)
    assert ((), ()) == (said.findings, said.unchecked)


@MADE
@pytest.mark.parametrize("rule", RULES)
def test_the_lines_named_are_those_of_the_file(rule, made):
    """``FILE:LINE type``, lines from 1, so that an editor finds them."""
    faulty, _ = made(rule)
    for finding in says(rule, faulty).findings:
        for ref in finding.events:
            place, name = ref.split(" ", 1)
            file, line = place.split(":")
            text = (faulty.session.folder / file).read_text("utf-8").split("\n")[int(line) - 1]
            held = json.loads(text)["ev"]
            assert name == (held if isinstance(held, str) else held["type"])


@pytest.mark.parametrize("rule", RULES)
def test_hand_written_logs_are_no_composers(rule):
    """They are recordings as far as the folder says, and sound."""
    for case in by_hand(rule):
        assert "recorded" == case.session.info.basis
        assert [] == list(problems_of(case.session.folder))


def test_each_fault_belongs_to_a_rule():
    """And each rule has its fault."""
    assert sorted(r.number for r in RULES.values()) == sorted(f.rule for f in FAULTS.values())
