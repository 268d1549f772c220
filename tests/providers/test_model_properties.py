"""What holds of the modelled providers whatever the user does and the client asks: time, ends, answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.providers.openai_model import OpenAIDelays
from bargein.providers.xai_model import XAIDelays
from driven_models import LONG, MODELS, SHORT, feed, first, started, told

EDGES = st.tuples(
    st.integers(300, 3_000), st.lists(st.integers(10, 2_600), min_size=1, max_size=11).filter(lambda s: len(s) % 2)
).map(lambda drawn: [drawn[0] + sum(drawn[1][:n]) for n in range(len(drawn[1]) + 1)])
COMMANDS = st.sampled_from(
    [{"type": "response.create"}, {"type": "response.cancel"}]
    + [{"type": "conversation.item.truncate", "content_index": 0, "audio_end_ms": end} for end in (0, 90, 10**6)]
)


def ends(said):
    """How often each response ended, in order of creation."""
    done = [p["response"]["id"] for _, p in said if p["type"] == "response.done"]
    created = [p["response"]["id"] for _, p in said if p["type"] == "response.created"]
    assert set(done) <= set(created)
    return [done.count(id) for id in created]


def without_repeats(said):
    """At most one response at a time; the next is created after the last is done."""
    running = 0
    for _, p in said:
        running += (p["type"] == "response.created") - (p["type"] == "response.done")
        assert running in (0, 1)


@pytest.mark.parametrize("kind", MODELS)
@given(seed=st.integers(0, 10_000), edges=EDGES, stragglers=st.integers(0, 3), silence=st.integers(0, 900))
def test_whatever_the_user_does_every_response_ends_and_the_last_words_are_answered(
    kind, seed, edges, stragglers, silence
):
    """Also when speech meets a response that is created but not yet announced: nothing hangs, nothing runs on."""
    delays = {"delays": OpenAIDelays(stragglers=(stragglers, stragglers))} if kind == "openai" else {}
    model = started(kind, seed=seed, replies=[LONG] * 12, vad={"silence_duration_ms": silence}, **delays)
    said = told(model, edges)
    assert model.deadline is None
    assert [1] * len(ends(said)) == ends(said)
    without_repeats(said)
    last = max(n for n, (_, p) in enumerate(said) if p["type"] == "input_audio_buffer.speech_stopped")
    assert "response.created" in [p["type"] for _, p in said[last:]]
    assert [] == [p for _, p in said if p["type"] == "error"]


@pytest.mark.parametrize("kind", MODELS)
@given(
    seed=st.integers(0, 10_000),
    edges=EDGES,
    stragglers=st.integers(0, 3),
    commands=st.lists(st.tuples(st.integers(450, 16_000), COMMANDS), max_size=8),
)
def test_whatever_the_client_asks_time_runs_forwards_and_every_response_ends(kind, seed, edges, stragglers, commands):
    """Cancelled, truncated within and beyond the audio, asked for while one runs and while none does."""
    delays = {"delays": OpenAIDelays(stragglers=(stragglers, stragglers))} if kind == "openai" else {}
    model = started(kind, seed=seed, replies=[LONG, SHORT] * 12, **delays)
    said = told(model, edges, commands)
    times = [t for t, _ in said]
    assert sorted(times) == times
    assert model.deadline is None
    assert [1] * len(ends(said)) == ends(said)
    without_repeats(said)


HASTY = {
    "openai": [OpenAIDelays(stragglers=(n, n)) for n in (0, 1, 3)],
    "xai": [XAIDelays(), XAIDelays(onset_silent=(240, 240), answer=(300, 300))],  # noticed before it has answered
}


@pytest.mark.parametrize("kind", MODELS)
@given(seed=st.integers(0, 10_000), on=st.integers(0, 320), ms=st.integers(10, 900), data=st.data())
def test_who_goes_on_right_after_the_stop_is_answered_once_the_words_are_over(kind, seed, on, ms, data):
    """The answer to the first part is ended or never made; no response lives from before the last words."""
    delays = data.draw(st.sampled_from(HASTY[kind]))
    model = started(kind, seed=seed, replies=[LONG] * 4, vad={"silence_duration_ms": 200}, delays=delays)
    model.onset(1_000)
    model.offset(2_000)
    said = []
    while not any(p["type"] == "input_audio_buffer.speech_stopped" for _, p in said):
        said += model.advance(model.deadline)
    again = said[-1][0] + 1 + on
    said += told(model, [again, again + ms])
    stops = [t for t, p in said if p["type"] == "input_audio_buffer.speech_stopped"]
    created = [t for t, p in said if p["type"] == "response.created"]
    assert 2 == len(stops)
    assert stops[1] < created[-1]
    assert [1] * len(created) == ends(said)


@pytest.mark.parametrize("kind", MODELS)
def test_a_reply_that_is_asked_for_takes_its_way(kind):
    """There and back over the network, never before what is due in between."""
    model = started(kind)
    model.advance(1_000)
    model.receive({"type": "response.create"}, 1_000)
    assert [] == model.advance(1_000 + 2 * model.way - 1)
    assert 1_000 + 2 * model.way <= first(model.advance(60_000), "response.created")[0] <= 1_000 + 2 * model.way + 5


@pytest.mark.parametrize("kind", MODELS)
@given(
    seed=st.integers(0, 1_000),
    steps=st.lists(st.integers(20, 3_000), min_size=2, max_size=9),
    polls=st.lists(st.integers(1, 20_000), max_size=12),
)
def test_looking_more_often_changes_nothing(kind, seed, steps, polls):
    """Neither the events nor their order; and times never run backwards."""
    edges = [1_000 + sum(steps[: n + 1]) for n in range(len(steps))]
    whole = feed(started(kind, seed=seed), *edges)
    model, said = started(kind, seed=seed), []
    for at, edge in sorted([(at, None) for at in polls] + [(at, n) for n, at in enumerate(edges)], key=lambda x: x[0]):
        said += model.advance(at - 1)
        if edge is not None:
            (model.onset if edge % 2 == 0 else model.offset)(at)
    assert whole == said + model.advance(60_000)
    times = [t for t, _ in whole]
    assert sorted(times) == times
