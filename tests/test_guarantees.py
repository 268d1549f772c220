"""What the gates that key on the response id promise, on generated conversations; all from sample ids.

``make test`` draws 500 conversations a promise, ``make fuzz`` 10,000, and prints what it saw: repeats, delays, missing
boundaries, jitter to two seconds, order kept on each connection only.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace as changed

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bargein.events import SOURCES, Delta
from bargein.gate import Action, Playing, Policy, policy
from bargein.outcome import Link, Outcome
from bargein.replay import replay
from bargein.timeline import Span, Timeline
from strategies import LENGTH_MS, Conversation, conversations

DRAWS = int(os.environ.get("BARGEIN_FUZZ", "500"))
FADING = changed(policy("keyed"), name="keyed-fading", player=Playing(stop_ms=15, fade_ms=10))
KEYED: dict[str, Policy] = {
    p.title: p for gate in (policy("keyed"), policy("full"), FADING) for p in map(gate.at, SOURCES)
}
LINKS = [
    Link(), Link(delay_ms=40, up_ms=40, jitter_ms=30, seed=3), Link(delay_ms=60, jitter_ms=250, seed=7),
    Link(jitter_ms=2_000, start_latency_ms=80, seed=1),
]  # fmt: skip
seen: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def figures() -> Iterator[None]:
    """Print what was drawn and heard (`make fuzz` shows it)."""
    yield
    sys.stdout.write("\n" + "".join(f"{n:>12,} {what}\n" for what, n in sorted(seen.items())))


def often(test: object) -> object:
    """Search as long as was asked for."""
    return settings(max_examples=DRAWS, suppress_health_check=list(HealthCheck))(test)


def revoked_after_the_cut(outcome: Outcome) -> int:
    """Samples of revoked responses that sounded after the cut that revoked them, fade included in the cut."""
    rate, fade = outcome.heard.rate, outcome.policy.player.stop_ms
    late = 0
    for cut in outcome.cuts:
        silent = (cut.at + fade) * rate
        for row in outcome.heard.rows:
            if row.response in cut.revoked:
                end = row.run * rate + (row.offset + row.samples) * 1_000
                late += max(0, min(end - silent, row.samples * 1_000)) // 1_000
    return late


@often
@given(conversations(), st.sampled_from(sorted(KEYED)), st.sampled_from(LINKS))
def test_what_gates_promise_that_key_on_the_response(conversation: Conversation, name: str, link: Link) -> None:
    """Never a revoked sample after the cut, never mute to the others, and three clocks that keep their order."""
    outcome = replay(conversation.session, KEYED[name], link, edges=conversation.local)
    seen["keyed gates: conversations"] += 1
    seen["keyed gates: cuts"] += len(outcome.cuts)
    seen["keyed gates: deltas dropped at the client"] += sum(d.action is Action.DROP for d in outcome.decisions)
    seen["keyed gates: deltas withheld by the relay"] += len(outcome.withheld)
    seen["keyed gates: revoked samples heard after a cut"] += (late := revoked_after_the_cut(outcome))
    assert 0 == late
    never_mute(outcome)
    who_spoke_when(conversation, outcome)


def never_mute(outcome: Outcome) -> None:
    """Every sample that came of a response no cut has revoked is heard at once, or behind what sounds already."""
    revoked = {r for cut in (*outcome.cuts, *outcome.relay_cuts) for r in cut.revoked}
    played = [d.delta for d in outcome.decisions if d.action is Action.PLAY and d.delta is not None]
    came = [e for e in outcome.events if isinstance(e, Delta) and e.response not in revoked]
    assert came == [d for d in played if d.response not in revoked]
    waiting = sum(e.samples for e in came) - sum(outcome.heard.samples(r) for r in {e.response for e in came})
    assert 0 <= waiting <= outcome.unplayed
    sounding, rate = outcome.heard.timeline(), outcome.heard.rate
    ends = {(r.response, r.item, r.content, r.first + r.samples): r.span(rate).end for r in outcome.heard.rows}
    for e in came:
        ready = e.at + outcome.link.start_latency_ms
        heard = ends.get((e.response, e.item, e.content, e.first + e.samples))
        if heard is not None and heard > ready:  # between being ready and having sounded, something else sounds
            assert all(gap.ms <= 1 for gap in sounding.gaps(Span(ready, heard)))


def who_spoke_when(conversation: Conversation, outcome: Outcome) -> None:
    """User only, agent only, both and neither make up the length; nothing is heard that was not delivered, or made."""
    whole = Timeline([Span(0, LENGTH_MS)])
    user, agent = conversation.user & whole, outcome.heard.timeline() & whole
    assert LENGTH_MS == sum(p.ms for p in (user - agent, agent - user, user & agent, whole - (user | agent)))
    for item in {(row.response, row.item) for row in outcome.generated.rows}:
        assert outcome.generated.samples(*item) >= outcome.delivered.samples(*item) >= outcome.heard.samples(*item)


@often
@given(conversations(), st.sampled_from(LINKS[:2]))
def test_server_leaks_only_what_comes_behind_the_next_response(conversation: Conversation, link: Link) -> None:
    """On one connection, without repeats and cut by the provider: relay and client then see the cut at one place.

    Cut by a detector at the client, what is on its way while the relay does not know of it yet is heard as well.
    """
    once = {r.payload["event_id"]: r for r in reversed(conversation.records)}
    lines = sorted(once.values(), key=lambda r: (r.t, r.seq))
    tidy = conversation._replace(records=tuple(r._replace(connection="a", seq=i) for i, r in enumerate(lines)))
    outcome = replay(tidy.session, "server", changed(link, jitter_ms=0))
    late = sum((outcome.heard.timeline(c.revoked).clip(Span(c.at, LENGTH_MS)).ms for c in outcome.cuts), 0)
    seen["server: conversations"] += 1
    seen["server: conversations in which revoked audio was heard"] += late > 0
    created = [r.t for r in tidy.records if r.payload["type"] == "response.created"]
    assert not late or max(created) >= min(c.at for c in outcome.relay_cuts)
