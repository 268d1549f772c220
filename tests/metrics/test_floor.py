"""Who holds the floor, drawn: a character is 100 ms, the user over the agent."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.errors import StageError
from bargein.ledger import Generated, Heard
from bargein.metrics.floor import AGENT, HUMAN_OFFSETS, USER, Counts, Floor, States, follow, states
from bargein.timeline import Span, Timeline
from bargein.units import ms_from_seconds

LENGTH_MS = 60


def drawn(row: str) -> Timeline:
    """Speech where a letter stands."""
    return Timeline(Span(100 * i, 100 * i + 100) for i, mark in enumerate(row) if mark != ".")


def written(found: Floor) -> str:
    """The floor in order of time: pauses, transitions with their offsets, units within others."""
    said = [(span.end, f"{who[0]} pauses {span.ms}") for who, span in found.pauses]
    said += [(t.at, f"{t.from_[0]}>{t.to[0]} {t.offset_ms:+}") for t in found.transitions]
    said += [(span.start, f"{who[0]} within {span.ms}") for who, span in found.within]
    return ", ".join(text for _, text in sorted(said))


@pytest.mark.parametrize(
    ("floor", "user", "agent"),
    [
        ("", "", ""),
        ("", "uuu......", "........."),
        ("u>a +300", "uuu......", "......aaa"),
        ("u>a +0", "uuu......", "...aaa..."),
        ("u>a -200", "uuuuu....", "...aaaa.."),
        ("u>a -200, a>u +100", "uuuuu...uu", "...aaaa..."),
        ("u pauses 300", "uuu...uu.", "........."),
        ("", "uuu.uuu..", "........."),  # 100 ms is inside a unit
        ("u pauses 200", "uuu..uuu.", "........."),  # 200 ms is not
        ("a within 200", "uuuuuuu..", "..aa....."),  # a backchannel takes no floor
        ("a within 200", "uuuuuuu..", ".....aa.."),  # nor one that ends with the turn
        ("a within 200, u pauses 300", "uuuuuuu...uu", ".....aa....."),
        ("u>a -100", "uuuuuuu..", "......aa."),
        ("u within 300", "uuu......", "aaaaa...."),  # both begin: the longer has it
        ("a within 300", "uuu......", "aaa......"),  # alike: the user has it
        ("u>a -300, a>u -300", "uuuu...uuuuu", ".aaaaaaaaa.."),
        ("u>a -200, a pauses 200", "uuuu......", "..aaa..aaa"),
        ("u>a -100, u within 100, a>u +200", "uuu..u...uu", "..aaaaa...."),
    ],
)
def test_the_floor_changes_hands(floor, user, agent):
    """Gaps over 0, overlaps under it; who is inside the other does not take it."""
    assert floor == written(follow(drawn(user), drawn(agent)))


@pytest.mark.parametrize(("gap_ms", "pauses"), [(0, 2), (100, 2), (101, 1), (200, 1), (201, 0)])
def test_what_a_unit_bridges_is_a_parameter(gap_ms, pauses):
    """Shorter silences are inside."""
    assert pauses == len(follow(drawn("uu.uu..uu"), Timeline(), unit_gap_ms=gap_ms).pauses)


def test_counts_add_up():
    """Values, counts and their sums of one conversation, and of two."""
    found = follow(drawn("uuuuu..uu..uuuuuu........uuu"), drawn("...aaaa.......aa...aaa......"))
    assert "u>a -200, a>u +0, u pauses 200, a within 200, u>a +200, a>u +300" == written(found)
    assert Counts(2, 1, 1, 1, 1, 0, 500, 200, 200, 200) == found.counts()
    assert Counts(4, 2, 2, 2, 2, 0, 1_000, 400, 400, 400) == found.counts() + found.counts()
    assert (4, 0.25) == (found.counts().transitions, found.counts().overlapped)
    assert ([-200, 200], [0, 300]) == (found.offsets(AGENT), found.offsets(USER))
    assert None is Counts().overlapped


speech = st.lists(
    st.tuples(st.integers(0, LENGTH_MS), st.integers(0, 12)).map(lambda s: Span(s[0], s[0] + s[1])), max_size=10
).map(Timeline)


@given(speech, speech, st.integers(-5, LENGTH_MS + 20))
def test_states_are_those_of_every_millisecond(user, agent, length_ms):
    """One after the other; their sum is the length, to the millisecond."""
    length_ms = max(length_ms, 0)
    every = [(t in user, t in agent) for t in range(length_ms)]
    marks = ((True, False), (False, True), (True, True), (False, False))
    assert States(*map(every.count, marks)) == states(user, agent, length_ms)
    assert length_ms == states(user, agent, length_ms).length_ms


@given(speech, speech)
def test_the_talk_ratio_is_the_agents_share(user, agent):
    """Overlaps count for both; swapped, the shares add up to one."""
    one, other = states(user, agent, 200).talk_ratio, states(agent, user, 200).talk_ratio
    if not user and not agent:
        assert (None, None) == (one, other)
    else:
        assert agent.ms / (agent.ms + user.ms) == pytest.approx(one)
        assert 1.0 == pytest.approx(one + other)


def by_definition(user: Timeline, agent: Timeline, gap_ms: int) -> tuple[list[tuple[int, str, str, int]], list[Span]]:
    """Every unit held against every other: what the one pass must equal."""
    of = {USER: list(user.bridged(gap_ms)), AGENT: list(agent.bridged(gap_ms))}

    def inside(unit: Span, who: str) -> bool:
        them = of[AGENT if who == USER else USER]
        return any(o.start <= unit.start and unit.end <= o.end and (o != unit or who == AGENT) for o in them)

    kept = sorted((unit, who) for who in of for unit in of[who] if not inside(unit, who))
    changes = [(b.start, w, v, b.start - a.end) for (a, w), (b, v) in pairwise(kept) if w != v]
    return changes, [Span(a.end, b.start) for (a, w), (b, v) in pairwise(kept) if w == v]


@given(speech, speech, st.sampled_from([0, 1, 3, 8]))
def test_one_pass_equals_the_definition(user, agent, gap_ms):
    """Transitions and pauses, whoever begins together."""
    found = follow(user, agent, unit_gap_ms=gap_ms)
    changes, pauses = by_definition(user, agent, gap_ms)
    assert changes == [(t.at, t.from_, t.to, t.offset_ms) for t in found.transitions]
    assert pauses == [span for _, span in found.pauses]


@given(speech, speech, st.sampled_from([0, 1, 3, 8]))
def test_nothing_is_lost_between_floor_and_time(user, agent, gap_ms):
    """Overlaps within and between are all time of both; gaps and pauses all silence from first to last sound."""
    found = follow(user, agent, unit_gap_ms=gap_ms)
    user, agent = user.bridged(gap_ms), agent.bridged(gap_ms)
    counts, sounding = found.counts(), user | agent
    assert (user & agent).ms == counts.between_ms + counts.within_ms
    if sounding:
        silence = sounding.gaps(Span(sounding.spans[0].start, sounding.spans[-1].end))
        assert silence.ms == counts.gap_ms + counts.pause_ms
    assert counts.overlaps == sum(t.offset_ms < 0 for t in found.transitions)
    assert all(a.to == b.from_ and a.at <= b.at for a, b in pairwise(found.transitions))


@given(speech, speech, st.integers(0, 1_000))
def test_a_later_session_has_the_same_floor(user, agent, ms):
    """Only its instants move."""
    one, other = follow(user, agent), follow(user.shift(ms), agent.shift(ms))
    assert one.counts() == other.counts()
    assert [t.at + ms for t in one.transitions] == [t.at for t in other.transitions]


@given(speech, speech)
def test_the_field_counts_the_same_time(user, agent):
    """pyannote.core has the intersection, the union and the gaps."""
    core = pytest.importorskip("pyannote.core")
    ours = states(user, agent, 100)
    a, b = (core.Timeline([core.Segment(s.start, s.end) for s in line]) for line in (user, agent))
    both = a.crop(b.support(), mode="intersection").support()
    silence = a.union(b).support().gaps(support=core.Segment(0, 100))
    assert ours.both_ms == pytest.approx(both.duration())
    assert ours.neither_ms == pytest.approx(silence.duration())
    assert (a.duration(), b.duration()) == (ours.user_only_ms + ours.both_ms, ours.agent_only_ms + ours.both_ms)


def test_audio_of_another_stage_is_refused():
    """Arrivals are no speech, and what was heard is asked for its timeline."""
    with pytest.raises(StageError, match="this is generated audio"):
        follow(Timeline(), Generated((), 24_000))
    with pytest.raises(StageError, match="this is heard audio"):
        states(Timeline(), Heard.of({}), 100)
    with pytest.raises(ValueError, match="0 ms or more: -1"):
        follow(Timeline(), Timeline(), unit_gap_ms=-1)


def test_what_is_known_of_people_is_marked():
    """The band is cited, not read, and says so."""
    assert (208, 7, 469, False) == (HUMAN_OFFSETS.mean_ms, HUMAN_OFFSETS.low_ms, HUMAN_OFFSETS.high_ms,
                                    HUMAN_OFFSETS.confirmed)  # fmt: skip
    assert HUMAN_OFFSETS.low_ms < HUMAN_OFFSETS.mean_ms < HUMAN_OFFSETS.high_ms


# ---- people in meetings: the two who speak most stand for user and agent


def two_of(path: Path) -> tuple[Timeline, Timeline]:
    """Speech of the two who speak most."""
    by_speaker: dict[str, list[Span]] = {}
    for line in path.read_text("utf-8").splitlines():
        words = line.split()
        start = ms_from_seconds(float(words[3]))
        by_speaker.setdefault(words[7], []).append(Span(start, start + ms_from_seconds(float(words[4]))))
    most = sorted((Timeline(spans) for spans in by_speaker.values()), key=lambda line: -line.ms)
    return most[0], most[1] if len(most) > 1 else Timeline()


def test_whole_meetings(mirror):
    """All eight agree with the definition. Silences under about 1 s were bridged there: no offset under it counts."""
    short = pauses = transitions = 0
    for path in sorted((mirror / "turn-timelines").glob("*.rttm")):
        user, agent = two_of(path)
        found = follow(user, agent)
        assert by_definition(user, agent, 200) == (
            [(t.at, t.from_, t.to, t.offset_ms) for t in found.transitions], [s for _, s in found.pauses]
        )  # fmt: skip
        length = max(user.spans[-1].end, agent.spans[-1].end)
        assert length == states(user, agent, length).length_ms
        assert (user.bridged(200) & agent.bridged(200)).ms == found.counts().between_ms + found.counts().within_ms
        silences = [
            gap.ms for line in (user, agent) for gap in line.gaps(Span(line.spans[0].start, line.spans[-1].end))
        ]
        short, pauses = short + sum(ms < 500 for ms in silences), pauses + len(silences)
        transitions += found.counts().transitions
    assert (1_879, 4, 3_659) == (transitions, short, pauses)


def test_clips_of_meetings(mirror):
    """The nine with words agree too. Their labels are bridged as well: not one same-speaker silence under 500 ms."""
    pooled = Counts()
    for path in sorted((mirror / "ami-meetings").glob("*.words.rttm")):
        user, agent = two_of(path)
        found = follow(user, agent)
        assert by_definition(user, agent, 200)[0] == [(t.at, t.from_, t.to, t.offset_ms) for t in found.transitions]
        assert 30_000 == states(user, agent, 30_000).length_ms
        assert [] == [gap for gap in found.pauses if gap[1].ms < 500]
        pooled += found.counts()
    assert (21, 6, 0) == (pooled.gaps, pooled.overlaps, pooled.immediate)
    assert (7, 13) == (pooled.within, pooled.user_pauses + pooled.agent_pauses)
