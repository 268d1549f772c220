"""When a response was cut, by the provider's account: what a second report of the same user does to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bargein.doctor import RULES, diagnose
from bargein.doctor.interruptions import first_cuts
from bargein.session import Change
from doctor.drawn import INTERRUPTS, STAYS, asked
from doctor.handwritten import CUTS, drain_leak, stale_audio


def again(log, t):
    """The same utterance is reported a second time, and what ended the response is not heard of before."""
    log.speaks(t, CUTS, t - 632)
    for line in log.of("response.done"):
        if line["response"]["status_details"]:
            next(x for x in log.lines if x["ev"] is line)["t"] = t + 20
    return log


def test_a_repeated_report_does_not_hide_late_audio(say):
    """Two pieces came at 5,010 and 5,020 ms, after the report at 5,000; another at 5,025 makes them no less late."""
    log = stale_audio(faulty=True)
    log.client.clear()
    log.lines = [line for line in log.lines if "truncate" not in line["ev"]["type"]]
    assert ([(800, "warning")], []) == say("stale-audio", log)
    log.speaks(5_025, CUTS, 4_393)
    assert ([(800, "warning")], []) == say("stale-audio", log)


def test_a_repeated_report_does_not_hide_what_drains(say):
    """Heard for 900 ms after the report at 5,000; 700 ms later it is reported again, and only then the end is said."""
    log = drain_leak(faulty=True)
    log.client[:] = [line for line in log.client if line["t"] < 5_900]
    log.stops(5_900)
    assert ([(900, "error")], []) == say("drain-leak", log)
    assert ([(900, "error")], []) == say("drain-leak", again(log, 5_700))


@pytest.mark.parametrize(("reports", "cut_at"), [((4_000,), 4_000), ((3_900, 4_000), 3_900), ((2_005, 4_000), 4_000)])
def test_the_first_report_of_a_response_cuts_it(reports, cut_at, tmp_path):
    """What was reported before the response was created (2,010 ms) is what it answers."""
    one = asked(client=None)
    for n, t in enumerate(reports):
        one.turn(t, t + 1, f"u{n + 2}")
    case = one.done(4_010, "A", "turn_detected").case(tmp_path)
    assert cut_at == first_cuts(case)["A"].at


def test_a_report_that_was_told_to_stop_nothing_cuts_nothing(tmp_path):
    """Until 3.5 s the provider was not to interrupt: it is the report after that."""
    one = asked(client=None).turn(3_000, 3_300, "u2").turn(4_000, 5_100, "u3").done(4_010, "A", "turn_detected")
    case = one.case(tmp_path)
    changes = (Change(0, STAYS), Change(3_500, replace(INTERRUPTS, interrupt_response=True)))
    case.session.info = replace(case.session.info, settings=changes)
    assert 4_000 == first_cuts(case)["A"].at
    assert () == diagnose(case, [RULES["stale-audio"]]).findings
