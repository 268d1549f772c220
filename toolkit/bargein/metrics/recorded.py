"""As recorded, first: what happened under the settings that were in force, with no surrogate and no other gate.

One row per provider, model and settings. Barge-ins come from labels; without labels those columns stay empty and say
so. What was heard comes from the session's own record: a player's log, or the agent's channel of a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from statistics import median

from bargein.events import Event, SpeechStarted, SpeechStopped
from bargein.ledger import Heard
from bargein.metrics.clusters import components
from bargein.metrics.onsets import INTERRUPTION, RESUMPTION, Onset, answer_until, onsets
from bargein.metrics.stopping import GRACES_MS, leak_ms
from bargein.providers import Reading
from bargein.session import Session
from bargein.settings import merged
from bargein.timeline import Span, Timeline
from bargein.units import whole_ms

#: A response heard within this time after a labelled turn's end answers it.
ANSWER_WITHIN_MS = 10_000


@dataclass(frozen=True, slots=True)
class Observed:
    """What one session shows, in counts and lists of milliseconds: add them up, then ask for rates.

    Parameters
    ----------
    barge_ins
        Labelled interruptions of a heard agent.
    labelled
        Whether anybody labelled the session; without labels nothing that rests on them is counted.
    unheard
        Labelled interruptions that met a silent agent; not known where nothing tells what was heard.
    detected_ms
        Detection delay of those that were reported.
    missed, masked
        Not reported within 3 s; not reportable, as the detector was open already.
    stop_ms, leak_ms
        Stop latency and leak (grace 0) of heard agents, from the session's own record.
    stopped_by_provider, in_tail
        Barge-ins at which the provider stopped generating; those that came after generation had ended.
    false_starts, distractors
        Labelled tics, noise, echo, backchannels, side talk: reported, all.
    cut_offs, holds
        Pauses inside labelled turns in which the provider ended the turn; all of 100 ms and more.
    answer_ms
        Labelled end of a complete turn to the first heard sound of the next response.
    """

    session: str
    clusters: tuple[str, ...]
    length_ms: int
    generated_ms: int
    heard_ms: int | None
    user_ms: int | None
    labelled: bool = True
    barge_ins: int = 0
    unheard: int = 0
    detected_ms: tuple[int, ...] = ()
    missed: int = 0
    masked: int = 0
    stop_ms: tuple[int, ...] = ()
    leak_ms: tuple[int, ...] = ()
    stopped_by_provider: int = 0
    in_tail: int = 0
    false_starts: int = 0
    distractors: int = 0
    cut_offs: int = 0
    holds: int = 0
    answer_ms: tuple[int, ...] = ()


def recorded_heard(session: Session, reading: Reading | None) -> Heard | None:
    """What was heard according to the session's own record; None where it holds none."""
    if session.client_heard is not None:
        return session.client_heard
    agent = session.info.tracks.get("agent")
    if agent is None or agent.kind != "heard":
        return None
    from bargein.audio.edges import speech_spans
    from bargein.ledger import Basis

    spoken = speech_spans(session.audio("agent"), agent.rate).shift(agent.origin_ms)
    return Heard.of({"agent": spoken.spans}, Basis("channel"))


def observe(session: Session, reading: Reading, heard: Heard | None) -> Observed:
    """Count what one recorded session shows.

    Parameters
    ----------
    session
        With labels, where barge-ins and turns are to be counted.
    reading
        Its log.
    heard
        What was heard, from its own record; None where there is none.
    """
    agent = heard.timeline() if heard is not None else Timeline()
    found = onsets(session, heard)
    edges = [e for e, _ in reading.events if isinstance(e, (SpeechStarted, SpeechStopped))]
    labelled = bool(session.labels)
    speech = session.spans("speech", "interruption", "backchannel")
    counts = Observed(
        session=session.id, clusters=session.info.clusters, length_ms=session.info.length_ms,
        generated_ms=reading.generated.audio_ms(), heard_ms=None if heard is None else agent.ms,
        user_ms=speech.ms if labelled else None, labelled=labelled,
    )  # fmt: skip
    starts = [label.onset_ms for label in session.labels]
    values = {f.name: getattr(counts, f.name) for f in fields(counts)}
    values |= _barge_ins([o for o in found if o.kind == INTERRUPTION], reading, heard, edges, starts)
    others = [o for o in found if o.kind not in (INTERRUPTION, RESUMPTION, "collision")]
    values["distractors"] = len(others)
    values["false_starts"] = sum(_signal(o.at, edges, answer_until(o.label, starts))[0] is not None for o in others)
    values |= _turns(session, heard.starts() if heard is not None else (), edges)
    return Observed(**values)


def _signal(t_b: int, edges: Sequence[Event], until: int) -> tuple[int | None, bool]:
    """When the onset was reported (None: not), and whether the detector was open already."""
    before = [e for e in edges if e.at <= t_b]
    masked = bool(before) and isinstance(before[-1], SpeechStarted)
    return next((e.at for e in edges if t_b < e.at <= until and isinstance(e, SpeechStarted)), None), masked


def _barge_ins(
    found: Sequence[Onset], reading: Reading, heard: Heard | None, edges: Sequence[Event], starts: Sequence[int]
) -> dict[str, object]:
    agent = heard.timeline() if heard is not None else Timeline()
    detected, stops, leaks = [], [], []
    missed = masked = unheard = stopped = tail = 0
    for onset in found:
        t_b = onset.at
        sounding = agent.at(t_b)
        if heard is not None and sounding is None:
            unheard += 1
            continue
        signal, open_already = _signal(t_b, edges, answer_until(onset.label, starts))
        masked += open_already
        missed += signal is None and not open_already
        if signal is not None:
            detected.append(signal - t_b)
        if sounding is not None:
            stops.append(sounding.end - t_b)
        existed = {r.id for r in reading.responses.values()
                   if min(t for t in (r.created, r.first_delta, t_b) if t is not None) < t_b}  # fmt: skip
        if heard is not None:
            if heard.basis.kind == "channel":  # knows no responses: what sounds later may be the reply
                leaks.append(sounding.end - t_b if sounding is not None else 0)
            else:
                leaks.append(leak_ms(heard, existed, t_b, grace=GRACES_MS[0]))
        running = [r for r in reading.responses.values() if r.id in existed and (r.done is None or r.done >= t_b)]
        stopped += any(r.interrupted for r in running)
        tail += bool(existed) and not running
    return {
        "barge_ins": len(found) - unheard, "unheard": unheard, "detected_ms": tuple(detected), "missed": missed,
        "masked": masked, "stop_ms": tuple(stops), "leak_ms": tuple(leaks), "stopped_by_provider": stopped,
        "in_tail": tail,
    }  # fmt: skip


def _turns(session: Session, starts: Sequence[int], edges: Sequence[Event]) -> dict[str, object]:
    speech = session.spans("speech", "interruption", "backchannel")
    holds = cut_offs = 0
    answers = []
    for turn in session.labelled("turn"):
        span = Span(turn.onset_ms, turn.offset_ms)
        inside = speech.clip(span)
        for gap in inside.gaps(Span(inside.spans[0].start, inside.spans[-1].end)) if inside else ():
            if gap.ms >= 100:
                holds += 1
                cut_offs += any(isinstance(e, SpeechStopped) and e.at in gap for e in edges)
        if turn.complete == "yes":
            start = min((s for s in starts if 0 <= s - span.end <= ANSWER_WITHIN_MS), default=None)
            spoke_again = min((s.start for s in speech if s.start >= span.end), default=None)
            if start is not None and (spoke_again is None or start <= spoke_again):
                answers.append(start - span.end)
    return {"holds": holds, "cut_offs": cut_offs, "answer_ms": tuple(answers)}


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the as-recorded table: sessions that share provider, model and settings."""

    provider: str
    model: str
    settings: str
    basis: str
    speech_style: str
    observed: tuple[Observed, ...]

    def total(self, name: str) -> int:
        """Sum a count over the sessions."""
        return sum(getattr(o, name) or 0 for o in self.observed)

    def pooled(self, name: str) -> list[int]:
        """Pool a list over the sessions."""
        return [v for o in self.observed for v in getattr(o, name)]

    def each(self) -> Iterator[tuple[Observed, Cell]]:
        """Give every session as a cell of its own."""
        for one in self.observed:
            yield one, replace(self, observed=(one,))

    @property
    def clusters(self) -> int:
        """Connected components of sessions that share a speaker, call, clip, noise or room response."""
        return components(set(o.clusters) for o in self.observed)

    def row(self) -> dict[str, object]:
        """The row as plain values; every share with its counts, medians in ms beside the counts they are of."""
        n, answers = self.total("barge_ins"), self.pooled("answer_ms")
        labelled = any(o.labelled for o in self.observed)
        return {
            "provider": self.provider, "model": self.model, "settings": self.settings, "basis": self.basis,
            "speech": self.speech_style, "sessions": len(self.observed), "clusters": self.clusters,
            "minutes": sum(o.length_ms for o in self.observed) / 60_000,
            "barge-ins": n if labelled else None,
            "reported": _of(len(self.pooled("detected_ms")), n),
            "detection p50 [ms]": p50(self.pooled("detected_ms")), "stop p50 [ms]": p50(self.pooled("stop_ms")),
            "leak p50 [ms]": p50(self.pooled("leak_ms")), "in the tail": _of(self.total("in_tail"), n),
            "false starts": _of(self.total("false_starts"), self.total("distractors")),
            "cut-offs per hold": _of(self.total("cut_offs"), self.total("holds")),
            "answers": len(answers), "answer p50 [ms]": p50(answers),
        }  # fmt: skip


def cells(observed: Iterable[tuple[Session, Observed]]) -> list[Cell]:
    """Group sessions by provider, model, settings in force, basis and speech style."""
    groups: dict[tuple[str, str, str, str, str], list[Observed]] = {}
    for session, seen in observed:
        info = session.info
        basis = "modelled" if info.modelled else "recorded"
        key = (info.provider, info.model, settings_label(session), basis, info.speech_style)
        groups.setdefault(key, []).append(seen)
    return [Cell(*key, tuple(rows)) for key, rows in sorted(groups.items())]


def settings_label(session: Session) -> str:
    """Name the settings in force at the session's end, partial updates merged."""
    in_force = None
    for change in session.info.settings:
        in_force = change.turn_detection if in_force is None else merged(in_force, change.turn_detection)
    return "not recorded" if in_force is None else in_force.label


def p50(values: Iterable[int | None]) -> int | None:
    """Give the median of what is known, whole milliseconds; None when nothing is.

    Examples
    --------
    >>> p50([100, None, 201]), p50([None])
    (151, None)
    """
    known = [v for v in values if v is not None]
    return whole_ms(median(known)) if known else None


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}" if whole else "–"
