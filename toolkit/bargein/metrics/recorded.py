"""As recorded, first: what happened under the settings that were in force, with no surrogate and no other gate.

One row per provider, model and settings. Barge-ins come from labels; without labels those columns stay empty and say
so. What was heard comes from the session's own record: a player's log, the provider's play-out
buffer (WebRTC), the agent's channel of a call, or, of a call without sound, what its log states of the agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bargein.events import SpeechStarted, SpeechStopped
from bargein.ledger import Basis, Heard
from bargein.metrics.audible import Voiced, audible, starts
from bargein.metrics.clusters import components
from bargein.metrics.onsets import judged, onsets, user_labels, user_speech
from bargein.metrics.panel import Panel, of, p50
from bargein.metrics.stopping import Episode, Facts, episodes
from bargein.metrics.truth import NONE_LEFT_OUT, LeftOut, truth
from bargein.providers import CALL, Reading
from bargein.providers.call import AGENT, spoken
from bargein.providers.playout import playout_of
from bargein.session import Session
from bargein.session.queued import Item, Sample
from bargein.settings import TurnDetection, merged
from bargein.timeline import Span, Timeline
from bargein.units import ms_of

#: A response heard within this time after a labelled turn's end answers it.
ANSWER_WITHIN_MS = 10_000
#: A pause inside a turn of this length or more is a hold.
HOLD_MS = 100
#: Of a session that does not say what was heard.
NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Observed:
    """What one session shows, in counts and lists of milliseconds: add them up, then ask for rates.

    Parameters
    ----------
    generated_ms, heard_ms, user_ms
        Sound that was generated, that was audible, that the user made; None where the record does not say.
    panel
        What happened around every labelled onset, by the session's own record.
    stopped_by_provider
        Barge-ins at which the provider stopped generating.
    cut_offs, holds
        Pauses inside labelled turns in which the provider ended the turn; all of 100 ms and more.
    turns
        Labelled turns.
    answer_ms
        Labelled end of a complete turn to the first audible sound of the next response.
    heard
        What the statement about heard audio rests on.
    left_out
        Labels that count in none of these.
    sample, drawn
        Where all labels are one annotator's answers to a queue: what they are a sample of, and each of them.
    """

    session: str
    clusters: tuple[str, ...]
    length_ms: int
    generated_ms: int
    heard_ms: int | None
    user_ms: int | None
    panel: Panel
    stopped_by_provider: int = 0
    cut_offs: int = 0
    holds: int = 0
    turns: int = 0
    answer_ms: tuple[int, ...] = ()
    heard: str = NOT_KNOWN
    left_out: LeftOut = NONE_LEFT_OUT
    sample: Sample | None = None
    drawn: tuple[tuple[Episode, Item], ...] = ()


def recorded_heard(session: Session) -> Heard | None:
    """What was heard according to the session's own record; None where it holds none."""
    if session.client_heard is not None:
        return session.client_heard
    if (played := playout_of(session)) is not None:
        return played.heard
    agent = session.info.tracks.get("agent")
    if agent is None and session.info.provider == CALL.name:
        stated = spoken(AGENT, session.records, session.info.length_ms)
        return Heard.of({"agent": stated.spans}, Basis("stated", session.info.clock_step_ms))
    if agent is None or agent.kind != "heard":
        return None
    return Heard.of({"agent": _spoken(session).spans}, Basis("channel"))


def recorded_voice(session: Session, heard: Heard) -> Voiced:
    """Where a recording of the agent as it arrived holds a voice, shared among the responses that sounded then."""
    agent = session.info.tracks["agent"]
    recorded = Span(agent.origin_ms, agent.origin_ms + ms_of(agent.samples, agent.rate))
    return Voiced.within(_spoken(session), recorded, heard)


def _spoken(session: Session) -> Timeline:
    """Where the agent's track sounds, session ms."""
    from bargein.audio.edges import speech_spans

    agent = session.info.tracks["agent"]
    return speech_spans(session.audio("agent"), agent.rate).shift(agent.origin_ms)


def has_detector(session: Session) -> bool:
    """Whether a detector reported the user: of a call, the events were derived from its sound, and report nothing."""
    return session.info.evidence != "derived"


def recorded_facts(session: Session, reading: Reading, heard: Heard | None, voiced: Voiced | None = None) -> Facts:
    """What a session's own record says, as facts about its onsets.

    Parameters
    ----------
    session
        The recording.
    reading
        Its log.
    heard
        What was heard, from its own record; None where there is none.
    voiced
        Where the agent's audio holds a voice.
    """
    events = [e for e, _ in reading.events]
    played = playout_of(session) if heard is not None and heard.basis.kind == "webrtc_buffer" else None
    return Facts(
        heard=heard, generated=reading.generated, events=events,
        edges=[e for e in events if isinstance(e, (SpeechStarted, SpeechStopped))] if has_detector(session) else [],
        length_ms=session.info.length_ms,
        interrupted=frozenset(r.id for r in reading.responses.values() if r.interrupted), voiced=voiced,
        stops=played.cleared if played else (), censored_from=(played.open if played else None) or {},
    )  # fmt: skip


def observe(session: Session, facts: Facts, reading: Reading) -> Observed:
    """Count what one recorded session shows.

    Parameters
    ----------
    session
        With labels, where barge-ins and turns are to be counted.
    facts
        Of its own record: :func:`recorded_facts`.
    reading
        Its log.
    """
    heard = facts.heard
    began = () if heard is None else starts(heard, facts.voiced)
    labelled = judged(session)
    panel = Panel(tuple(episodes(facts, onsets(session, began))), labelled, has_detector(session))
    found = truth(session)
    holds, cut_offs = _holds(session, facts)
    return Observed(
        session=session.id, clusters=session.info.clusters, length_ms=session.info.length_ms,
        heard=NOT_KNOWN if heard is None else _rests_on(heard.basis),
        generated_ms=reading.generated.audio_ms(),
        heard_ms=None if heard is None else audible(heard, facts.voiced).ms,
        user_ms=user_speech(session).ms if session.labels else None, panel=panel,
        stopped_by_provider=sum(_provider_stopped(reading, e.onset.at, e.responses) for e in panel.barge_ins),
        cut_offs=cut_offs, holds=holds, turns=len(user_labels(session, "turn")), answer_ms=_answers(session, began),
        left_out=found.left_out, sample=found.sample, drawn=_drawn(session, facts, began, found.sample),
    )  # fmt: skip


def _drawn(
    session: Session, facts: Facts, began: Sequence[int], sample: Sample | None
) -> tuple[tuple[Episode, Item], ...]:
    """What happened around each onset that a queue asked about, with its item; classed as any other onset is."""
    if sample is None or not sample.labels:
        return ()
    labelled = session.with_labels(session.labels)
    around = episodes(facts, onsets(labelled, began))
    return tuple((e, sample.labels[e.onset.label]) for e in around if e.onset.label in sample.labels)


def _rests_on(basis: Basis) -> str:
    """Name what heard audio rests on; statements that are exact to ticks are not pooled with others."""
    return str(basis) if basis.kind == "stated" else basis.kind


def _provider_stopped(reading: Reading, t_b: int, existed: Iterable[str]) -> bool:
    """Whether the provider stopped a response that it was generating at the onset."""
    known = (reading.responses[r] for r in existed if r in reading.responses)
    return any(r.interrupted and r.done is not None and r.done >= t_b for r in known)


def _holds(session: Session, facts: Facts) -> tuple[int, int]:
    """Count pauses inside labelled turns, and those in which the provider said that the turn was over."""
    speech, stops = user_speech(session), [e.at for e in facts.edges if isinstance(e, SpeechStopped)]
    unsure = truth(session).unsure
    holds = [
        gap
        for turn in user_labels(session, "turn")
        if (inside := speech.clip(Span(turn.onset_ms, turn.offset_ms)))
        for gap in inside.gaps(Span(inside.spans[0].start, inside.spans[-1].end))
        if gap.ms >= HOLD_MS and not unsure.clip(Span(gap.start - 1, gap.end + 1))
    ]
    return len(holds), sum(any(t in gap for t in stops) for gap in holds)


def _answers(session: Session, began: Sequence[int]) -> tuple[int, ...]:
    """How long complete turns waited for an answer, where the user did not have to speak again."""
    speech, waits = user_speech(session), []
    for end in (turn.offset_ms for turn in user_labels(session, "turn") if turn.complete == "yes"):
        answer = min((s for s in began if 0 <= s - end <= ANSWER_WITHIN_MS), default=None)
        again = min((s.start for s in speech if s.start >= end), default=None)
        if answer is not None and (again is None or answer <= again):
            waits.append(answer - end)
    return tuple(waits)


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the as-recorded table: sessions that share provider, model and settings."""

    provider: str
    model: str
    settings: str
    basis: str
    speech_style: str
    heard: str
    observed: tuple[Observed, ...]

    @property
    def panel(self) -> Panel:
        """Every labelled onset of the sessions."""
        return sum((o.panel for o in self.observed), Panel((), labelled=False, detector=False))

    def total(self, name: str) -> int:
        """Sum a count over the sessions."""
        return sum(getattr(o, name) or 0 for o in self.observed)

    def each(self) -> Iterator[tuple[Observed, Cell]]:
        """Give every session as a cell of its own."""
        for one in self.observed:
            yield one, replace(self, observed=(one,))

    @property
    def clusters(self) -> int:
        """Connected components of sessions that share a speaker, call, clip, noise or room response."""
        return components(set(o.clusters) for o in self.observed)

    @property
    def left_out(self) -> LeftOut:
        """Labels that count in no column."""
        return sum((o.left_out for o in self.observed), NONE_LEFT_OUT)

    @property
    def to_label_ms(self) -> int:
        """Length of the sessions that nobody has labelled: listening to it answers what is left out here."""
        return sum(o.length_ms for o in self.observed if not o.panel.labelled)

    def row(self) -> dict[str, object]:
        """The row as plain values; every share with its counts, medians in ms beside the counts they are of."""
        panel = self.panel
        in_tail = of(sum(e.in_tail for e in panel.met), len(panel.met) * panel.detector)  # of a call nobody knows
        answers = [v for o in self.observed for v in o.answer_ms]
        return {
            "provider": self.provider, "model": self.model, "settings": self.settings,
            "basis": self.left_out.beside(self.basis),
            "heard": self.heard, "speech": self.speech_style, "sessions": len(self.observed), "clusters": self.clusters,
            "minutes": sum(o.length_ms for o in self.observed) / 60_000,
            **panel.counts(), **panel.times(),
            "in the tail": in_tail, **panel.false_starts(),
            "cut-offs per hold": of(self.total("cut_offs"), self.total("holds") * panel.detector),
            "answers": len(answers), "answer p50 [ms]": p50(answers),
        }  # fmt: skip


def cells(observed: Iterable[tuple[Session, Observed]]) -> list[Cell]:
    """Group sessions by provider, model, settings in force, basis, speech style and what heard audio rests on."""
    groups: dict[tuple[str, str, str, str, str, str], list[Observed]] = {}
    for session, seen in observed:
        info = session.info
        key = (info.provider, info.model, settings_label(session), info.evidence, info.speech_style, seen.heard)
        groups.setdefault(key, []).append(seen)
    return [Cell(*key, tuple(rows)) for key, rows in sorted(groups.items())]


def settings_in_force(session: Session) -> TurnDetection | None:
    """Give the settings in force at the session's end, partial updates merged; None where none were recorded."""
    in_force: TurnDetection | None = None
    for change in session.info.settings:
        in_force = change.turn_detection if in_force is None else merged(in_force, change.turn_detection)
    return in_force


def settings_label(session: Session) -> str:
    """Name the settings in force at the session's end."""
    in_force = settings_in_force(session)
    return "not recorded" if in_force is None else in_force.label
