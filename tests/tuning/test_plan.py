"""What to record next: every least amount is named, and enough of it turns a claim from not answerable to answered."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bargein as bi
from bargein.cli import app, main
from bargein.errors import SettingsError
from bargein.metrics.rates import clusters_needed
from bargein.providers import provider
from bargein.tuning import tune
from bargein.tuning.plan import Heard, plan
from drawn_scores import other, turn

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
OPENAI, XAI = provider("openai"), provider("xai")


def paused(n: int, *, each: int = 1):
    """So many speakers with so many turns each, one hold a turn."""
    return [
        turn("0099900999000000", "..ttthhttt......", clip=f"t{i}.{k}", cluster=f"p{i}")
        for i in range(n)
        for k in range(each)
    ]


def need(found, words: str):
    """The one claim that says so."""
    (one,) = [n for n in found.needs if words in n.claim]
    return one


def test_nothing_at_hand_needs_everything():
    """No recordings is an answer, too: every least amount, and nothing is called answered."""
    found = plan(XAI, [], Heard())
    assert not [n for n in found.needs if n.standing != "not answerable"]
    missing = {what: n for one in found.needs for what, n in one.missing.items()}
    assert (
        missing.items() >= {"groups": 3, "thresholds": 3, "end silences": 2, "prefix paddings": 2, "onsets": 20}.items()
    )
    assert (10, 10, 60) == tuple(
        missing[f"{unit} of {k}"]
        for unit, k in [("recordings", "backchannel"), ("recordings", "tic"), ("seconds", "noise")]
    )
    assert all(one.record in found.recipes for one in found.needs)


@pytest.mark.parametrize("budget", [0.05, 0.1, 0.2])
def test_a_budget_is_judged_from_ten_holds_and_shown_from_so_many_speakers(budget):
    """10 holds count, 59, 29 or 14 speakers show it: the bound's own numbers."""
    wanted = clusters_needed(budget)
    standings = [
        need(plan(OPENAI, rows, Heard(), [budget]), "of holds cut off")
        for rows in (paused(9), paused(1, each=10), paused(wanted - 1), paused(wanted))
    ]
    assert ["not answerable", "bounded", "bounded" if wanted > 10 else "answered", "answered"] == [
        n.standing for n in standings
    ]
    assert [{"holds": 1, "speakers": wanted - 9}, {"speakers": wanted - 1}, {"speakers": 1}, {}] == [
        dict(n.missing) for n in standings
    ]


@pytest.mark.parametrize(("budget", "callers"), [(0.05, 19), (0.1, 9), (0.2, 4)])
def test_certified_silence_needs_its_own_number_of_callers(budget, callers):
    """Conformal risk control: 12 callers can certify no better than 7.7 %."""
    few, enough = (need(plan(OPENAI, paused(n), Heard(), [budget]), "certified") for n in (callers - 1, callers))
    assert ("not answerable", {"speakers": 1}) == (few.standing, dict(few.missing))
    assert "answered" == enough.standing


def test_read_speech_is_no_evidence_for_pauses():
    """It counts for onsets and not for holds."""
    found = plan(OPENAI, [replace(t, speech_style="read") for t in paused(30)], Heard(), [0.1])
    assert "0 holds of 0 speakers" == need(found, "of holds cut off").have
    assert "answered" == need(found, "a prefix padding").standing


def test_what_the_plan_asks_for_is_what_tuning_refuses_without():
    """One recording under the least is refused by both, one more by neither."""
    for n, answered in ((9, False), (10, True)):
        rows = [*paused(12), *(other("0550000000", "tic", clip=f"c{i}") for i in range(n))]
        tuned = tune(rows, max_false_starts={"tic": 1.0})
        assert answered == ("threshold" not in [r.question for r in tuned.refusals])
        assert answered == (need(plan(OPENAI, rows, Heard()), "starts on tic").standing == "answered")


def test_a_calibration_needs_groups_values_and_at_grok_onsets():
    """3 groups, 3 thresholds, 2 end silences, 2 paddings; 20 onsets while Grok speaks."""
    rows = [
        ("speaking", f"p{i % 3}", (t, p, s), 7)
        for i, (t, p, s) in enumerate([(0.3, 300, 200), (0.5, 100, 500), (0.7, 300, 500)])
    ]
    found = plan(XAI, [], Heard.of(rows))
    assert {"answered"} == {
        need(found, words).standing
        for words in ("how far the model", "a map", "a claimed stop", "a claimed start", "candidates to try")
    }
    assert () == found.next_settings
    fewer = plan(XAI, [], Heard.of(rows[:2]))
    assert {"onsets": 6} == dict(need(fewer, "candidates to try").missing)
    assert not [n for n in plan(OPENAI, [], Heard.of(rows[:1])).needs if "candidates" in n.claim]


def test_where_starts_have_no_model_recordings_answer_nothing_about_them():
    """The tuner says not known of every start at Grok, and so does the plan, until 20 onsets give it a model."""
    rows = [*paused(12), *(other("0550000000", "tic", clip=f"c{i}") for i in range(10))]
    claims = ("starts on tic", "starts a threshold misses", "a prefix padding")
    for words in claims:
        assert "answered" == need(plan(OPENAI, rows, Heard()), words).standing
        found = need(plan(XAI, rows, Heard(onsets_speaking=19)), words)
        assert ("not answerable", {"onsets": 1}) == (found.standing, dict(found.missing))
        assert "no model of what starts it" in found.have
        assert "while it speaks" in found.record
        assert "answered" == need(plan(XAI, rows, Heard(onsets_speaking=20)), words).standing
    fewer = need(plan(XAI, rows[:-1], Heard()), "starts on tic")
    assert {"recordings of tic": 1} == dict(fewer.missing)


def test_settings_to_record_next_are_far_from_those_on_record():
    """And within what the provider takes; a second padding and end silence come along."""
    found = plan(XAI, [], Heard.of([("silent", "p", (0.5, 300, 200), 3)]))
    assert 2 == len(found.next_settings)
    assert all(0.1 <= t <= 0.9 and abs(t - 0.5) > 0.05 for t, _, _ in found.next_settings)
    assert {(100, 500)} == {(p, s) for _, p, s in found.next_settings}


def test_the_embedded_recordings_say_what_they_lack():
    """One clip of OpenAI's, one threshold; coughs and echo are enough for a threshold; pauses are not."""
    found = bi.plan()
    assert "bounded" == need(found, "5 % of turns cut off").standing
    assert {"holds": 4, "speakers": 58} == dict(need(found, "5 % of holds cut off").missing)
    assert {"answered"} == {need(found, f"starts on {kind}").standing for kind in ("tic", "noise", "echo")}
    assert {"groups": 2} == dict(need(found, "how far the model").missing)
    assert "0.5" in need(found, "a map").have
    assert 2 == len(found.next_settings)


def test_modelled_sessions_count_for_nothing():
    """And the plan says so."""
    found = bi.plan(SESSIONS)
    assert not [n for n in found.needs if n.standing == "answered"]
    assert "modelled sessions are no evidence" in found.notes[0]


def test_a_budget_that_is_no_share_is_refused():
    """All of them at once; no provider of that name either."""
    with pytest.raises(SettingsError, match=r"(?s)budget: 0 .*budget: 5 .*0\.10"):
        bi.plan(budgets=[0, 5, 0.1])
    with pytest.raises(SettingsError):
        bi.plan(provider="acme")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["plan", "openai"], 0),
        (["plan", "openai", "--fail-on", "missing"], 1),
        (["plan", "acme"], 2),
        (["plan", "openai", "--budget", "10"], 2),
        (["plan", "openai", "--on", "no-such-folder"], 2),
    ],
)
def test_exit_codes(arguments, code, capsys):
    """0 with a plan, 1 where a claim is missing and that was asked, 2 for what cannot be used."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert code == caught.value.code
    out, err = capsys.readouterr()
    assert bool(out) == (code < 2)
    assert bool(err) == (code == 2)


def test_json_holds_every_claim_with_its_numbers():
    """Programs read what people do."""
    shown = json.loads(CliRunner().invoke(app, ["plan", "xai", "--budget", "0.1", "--json"]).stdout)
    assert {"claim", "standing", "at_hand", "needed", "missing", "record"} == {*shown["needs"][0]}
    assert {"onsets": 20} == shown["needs"][-1]["missing"]
    assert 3 == len(shown["next_settings"])
