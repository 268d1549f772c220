"""Which events there are, of which stratum each is, and which are drawn: drawn scores, embedded sessions, callers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bargein.audio.files import info, read_int16
from bargein.corpus import Case
from bargein.errors import SettingsError
from bargein.queue.drawing import draw, probabilities, uniform
from bargein.queue.events import Event, Report, _detectors, _first_of, _firsts, events_of, settings_of
from bargein.session import Info, Track, load, save
from bargein.timeline import Span
from bargein.vad.scores import Scores

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
TWO = ("0.5/300/200", "0.8/300/500")


def case(name: str) -> Case:
    """An embedded session."""
    return Case(load(next(SESSIONS.glob(f"*-{name}"))))


def scored(text: str) -> Scores:
    """Scores from a drawing: one digit a frame of 100 ms, tenths."""
    values = np.array([int(c) / 10 for c in text])
    return Scores(values, 1_600, 16_000, len(text) * 1_600, "drawn")


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        # both start; a pause of 400 ms ends speech for 200 ms of end silence alone, and what follows starts it again
        ("0099990000999900000000", {200: ("started", "started"), 1_000: ("started", "open")}),
        # 0.6 is over 0.5 and under 0.8
        ("0066660000000000000000", {200: ("started", "silent")}),
    ],
)
def test_what_each_setting_made_of_an_event(scores, said):
    """Started, open since before, silent."""
    settings = settings_of(TWO)
    found = {e.at: tuple(e.said.values()) for e in _detectors(case("plain"), settings, [], scored(scores), 0)}
    assert said == found


def test_what_only_the_net_hears_is_an_event():
    """Else nothing could be missed by all."""
    (only,) = _detectors(case("plain"), settings_of(TWO), [Span(300, 500)], scored("0003300000000000"), 0)
    assert ("unreported", 300) == (only.stratum, only.at)


def test_reports_close_together_are_one_event():
    """From the first on, not from the latest: a chain of reports does not swallow a sentence."""
    assert [900, 1_200] == _firsts([1_000, 1_200, 1_400, 900])
    assert 900 == _first_of([900, 1_200], 1_100)
    assert 1_460 == _first_of([900, 1_200], 1_460)
    assert 300 == Report(None, 300, 400).at


def test_a_provider_is_late_and_no_event_of_its_own():
    """Its report is of the utterance before it."""
    found = events_of(case("plain"), settings_of(["provider", "local-vad"]))
    assert all("silent" not in e.said.values() for e in found)
    assert any({*e.said.values()} == {"started"} for e in found)


def test_gates_are_asked_only_where_an_agent_is_heard():
    """An event at which no gate had anything to stop is none."""
    found = events_of(case("backchannel"), settings_of(["stop-only", "keyed@local-vad"]))
    assert found
    assert {"stopped", "went on", "not heard"} >= {word for e in found for word in e.said.values()}
    assert [] == [e for e in found if {*e.said.values()} == {"not heard"}]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["0.5/300/200"], "alone to compare"),
        (["0.5/300/200", "0.5/300/200"], "alone to compare"),
        ([], "nothing to compare"),
        (["0.5/300/200", "keyed"], "detectors and gates together"),
        (["1.5/300/200", "0.5/300/200"], "'1.5/300/200': "),
        (["0.5/0.3/200", "0.5/300/200"], "is no setting"),
        (["keyd", "keyed"], "'keyd'"),
    ],
)
def test_settings_that_cannot_be_compared(names, said):
    """The value, the place, and what can be said instead."""
    with pytest.raises(SettingsError, match="--settings") as refused:
        settings_of(names)
    assert said in str(refused.value)


def test_all_problems_of_settings_at_once():
    """One run tells everything."""
    with pytest.raises(SettingsError) as refused:
        settings_of(["nobody", "5/300/200"])
    assert 2 == len(refused.value.problems)
    with pytest.raises(SettingsError) as refused:
        probabilities(10, 0)
    assert 2 == len(refused.value.problems)


def drawn(seed: int, sample: float, n: int = 4_000):
    """Items of many events that nobody disagrees about."""
    events = [Event(1_000 * k + 5_000, {"a": "started", "b": "started"}) for k in range(n)]
    return draw(events, "call", 10**8, ("a", "b"), seed, probabilities(sample))


def test_a_draw_has_the_probability_that_it_says():
    """4,000 events, one in ten: within three standard deviations of 400, and the counts stand in the design."""
    design, items = drawn(1, 0.1)
    assert abs(len(items) - 400) < 3 * 19
    assert (4_000, len(items), 0.1) == tuple(
        getattr(design.strata["agree"], k) for k in ("events", "drawn", "probability")
    )
    assert {0.1} == {item.probability for item in items}


def test_a_larger_sample_holds_the_smaller_one():
    """So that labels are kept when a queue grows; another seed is another sample."""
    small, large = ({i.at_ms for i in drawn(1, p)[1]} for p in (0.1, 0.3))
    assert small < large
    assert small != {i.at_ms for i in drawn(2, 0.1)[1]}


def test_the_place_in_the_second_tells_nothing():
    """An event lies anywhere from 200 to 800 ms into the second that is asked about."""
    into = [item.at_ms - item.asked_ms[0] for item in drawn(1, 0.3)[1]]
    assert 200 <= min(into) < 230
    assert 770 < max(into) < 800
    assert abs(np.mean(into) - 500) < 20
    assert {4_000} == {item.played_ms[1] - item.played_ms[0] for item in drawn(1, 0.3)[1]}


def test_order_and_draw_are_apart():
    """Else a small sample's items would come first in a larger one, and a part of a queue would not be random."""
    numbers = [(uniform(1, "s", n, "draw"), uniform(1, "s", n, "order")) for n in range(2_000)]
    assert abs(np.corrcoef(np.array(numbers).T)[0, 1]) < 0.06


def test_real_callers_have_disagreements(mirror, tmp_path):
    """Calls of real callers: what 0.5 and 0.9 disagree about is a part of what there is to listen to."""
    strata = []
    for n, sound in enumerate(sorted((mirror / "phone-agent-callers").glob("*.flac"))):
        about, (samples, _) = info(sound), read_int16(sound)
        track = Track("user.flac", "sent", about.rate, about.samples)
        facts = Info(f"caller-{n}", "call", "unknown", about.ms, clock="none", tracks={"user": track})
        session = save(tmp_path / facts.id, facts, [], audio={"user": samples if samples.ndim == 1 else samples[:, 0]})
        found = events_of(Case(session), settings_of(["0.5/300/500", "0.9/300/500"]))
        assert len(found) == len({e.at for e in found})
        strata += [e.stratum for e in found]
    counts = {name: strata.count(name) for name in ("disagree", "agree", "unreported")}
    assert all(counts.values()), counts
    assert counts["disagree"] < len(strata) / 4
