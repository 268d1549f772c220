"""From labelled sessions to labelled scores: so that settings can be tuned on recordings of one's own.

Every labelled turn becomes a clip of its own, cut from the session's frame scores; so does every labelled cough and
backchannel. Of noise and echo the labelled time is listened to, less what the user says meanwhile. Edges are the
labels', never the detector's; pauses inside a turn are the gaps between the user's ``speech`` labels.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from bargein.corpus.index import Case
from bargein.errors import LabelError, NotAnswerable, Problem, check
from bargein.metrics.clusters import component_of
from bargein.metrics.onsets import user_labels
from bargein.metrics.truth import truth
from bargein.session import Info, Label, Session
from bargein.timeline import Span, Timeline
from bargein.units import ms_of, samples_in
from bargein.vad.cache import scores_for
from bargein.vad.scorers import Scorer
from bargein.vad.scores import Scores
from bargein.vad.tables import Kind, LabelledScores

#: Label of a session to what it is to a detector.
KINDS: Mapping[str, Kind] = {k: k for k in ("turn", "backchannel", "tic", "noise", "echo")}
#: Kinds that go on, and are counted per minute: what is listened to is the labelled time itself.
GOES_ON = frozenset({"noise", "echo"})
#: Kept before the others, so that a detector has something to rise from, and behind, so that an end can be announced.
BEFORE_MS, BEHIND_MS = 1_000, 3_000
#: How long after somebody spoke a score may still be high: for so long a start is not blamed on what follows.
SETTLES_MS = 200
#: A gap inside a turn of this length or more is a hold.
HOLD_MS = 100


def labelled_scores(cases: Iterable[Case], scorer: str | Scorer = "silero") -> list[LabelledScores]:
    """Score the user tracks of labelled sessions and cut them at their labels.

    Parameters
    ----------
    cases
        Sessions; those without a user track or without labels give nothing. Labels of basis ``placement`` say where a
        clip lies, not where speech begins, and are left out; so are turns that are not known to be complete, answers to
        a queue, and what two annotators do not agree about.
    scorer
        Whose scores: see :func:`bargein.vad.cache.scores_for`.

    Raises
    ------
    SessionError, AudioError
        A session cannot be read.
    NotAnswerable
        Modelled and recorded sessions, say, were given together: they are never pooled.
    """
    sessions = [case.session for case in cases]
    kinds = sorted({session.info.evidence for session in sessions})
    if len(kinds) > 1:
        raise NotAnswerable(f"{' and '.join(kinds)} sessions together: they are never pooled; tune on one kind alone")
    clusters = component_of(set(session.info.clusters) for session in sessions)
    return [
        clip for session, cluster in zip(sessions, clusters, strict=True) for clip in _clips(session, cluster, scorer)
    ]


def _clips(session: Session, cluster: str, scorer: str | Scorer) -> Iterator[LabelledScores]:
    track = session.info.tracks.get("user")
    if track is not None and truths(session):
        yield from clips_of(session, scores_for(session.folder / track.file, scorer=scorer), cluster)


def truths(session: Session) -> tuple[Label, ...]:
    """Give the labels of a session that a detector can be held to: nothing disputed, nothing a queue answered."""
    return tuple(label for label in user_labels(session, *KINDS) if is_truth(label))


def clips_of(session: Session, scores: Scores, cluster: str) -> Iterator[LabelledScores]:
    """Cut the frame scores of a session's user track at the labels that count."""
    origin = session.info.tracks["user"].origin_ms
    yield from clips(scores, truth(session).given, session.info, cluster, origin, set(truths(session)))


def clips(
    scores: Scores, labels: Sequence[Label], info: Info, cluster: str, origin_ms: int = 0,
    counted: Container[Label] | None = None,
) -> Iterator[LabelledScores]:  # fmt: skip
    """Cut frame scores at the labels that a detector can be held to.

    Parameters
    ----------
    scores
        Of the user's whole track.
    labels
        Of the session, all of them: what is not counted still says who else speaks.
    info
        Of the session: its name, style, basis and licence stand in every clip.
    cluster
        What the session shares with others.
    origin_ms
        Session time at which the track begins.
    counted
        Those of them that count; None: all.

    Raises
    ------
    LabelError
        Every pair of turns, backchannels or coughs of one annotator that overlap: one speaker says one at a time, and a
        pause would be counted twice.
    """
    held_to = [x for x in labels if is_truth(x) and (counted is None or x in counted)]
    check(_overlapping(held_to), LabelError, info.id)
    for label in held_to:
        for heard in _heard(labels, label):
            span = heard.shift(-origin_ms)
            first, last = (max(0, samples_in(t, scores.rate) // scores.hop) for t in (span.start, span.end))
            cut = scores.values[first:last]
            if len(cut):
                piece = Scores(cut, scores.hop, scores.rate, len(cut) * scores.hop, scores.model, scores.look_ahead)
                origin = origin_ms + ms_of(first * scores.hop, scores.rate)
                yield _clip(labels, info, cluster, label, heard, piece, origin)


def check_inside(scores: Scores, labels: Sequence[Label]) -> None:
    """Refuse labels of a sound that lie outside it, all at once.

    Raises
    ------
    LabelError
        A label that begins before the sound or ends after it.
    """
    hint = "another recording's, or seconds and milliseconds mixed?"
    outside = (
        Problem(f"{x.kind} {x.onset_ms}..{x.offset_ms} ms lies outside the sound's {scores.ms} ms", hint=hint)
        for x in labels
        if is_truth(x) and not 0 <= x.onset_ms < x.offset_ms <= scores.ms
    )
    check(outside, LabelError, "labels")


def _overlapping(labels: Iterable[Label]) -> Iterator[Problem]:
    by: dict[tuple[str, str], list[Label]] = {}
    for label in labels:
        if label.kind not in GOES_ON:
            by.setdefault((label.kind, label.annotator), []).append(label)
    for (kind, _), same in by.items():
        for one, other in pairwise(sorted(same, key=lambda x: (x.onset_ms, x.offset_ms))):
            if other.onset_ms < one.offset_ms:
                spans = f"{one.onset_ms}..{one.offset_ms} and {other.onset_ms}..{other.offset_ms} ms"
                yield Problem(f"two labels {kind} of one speaker overlap: {spans}", hint="labelled twice?")


def _heard(labels: Sequence[Label], label: Label) -> Iterable[Span]:
    """What a detector is given of a label: its own surroundings, and never the voice of another label.

    ::

        speech    |------|                  |--|
        turn                  |-------|            heard from SETTLES_MS after what came before to the next onset
        echo           |---------------------------|
        heard              |----------------|    |-|
    """
    span = Span(label.onset_ms, label.offset_ms)
    others = [x for x in labels if x.track == "user" and x is not label and x.kind not in GOES_ON]
    if label.kind in GOES_ON:
        return Timeline(Span(x.onset_ms, x.offset_ms + SETTLES_MS) for x in others).gaps(span)
    settled = max((x.offset_ms + SETTLES_MS for x in others if x.offset_ms <= span.start), default=0)
    start = max(span.start - BEFORE_MS, min(settled, span.start))
    behind = min((x.onset_ms for x in labels if x.onset_ms > span.end), default=span.end + BEHIND_MS)
    return (Span(start, min(behind, span.end + BEHIND_MS)),)


def is_truth(label: Label) -> bool:
    """Tell whether a detector can be held to a label: it is about the user, from sound, and of a finished turn."""
    finished = label.kind != "turn" or label.complete == "yes"
    return label.kind in KINDS and finished and label.track == "user" and label.basis != "placement"


def _clip(
    labels: Sequence[Label], info: Info, cluster: str, label: Label, heard: Span, scores: Scores, origin: int
) -> LabelledScores:
    turn = Span(label.onset_ms, label.offset_ms)
    speech = (x for x in labels if x.kind == "speech" and x.track == "user")
    spoken = Timeline(Span(x.onset_ms, x.offset_ms) for x in speech).clip(turn)
    inner = Span(spoken.spans[0].start, spoken.spans[-1].end) if spoken else turn
    holds = spoken.gaps(inner) if label.kind == "turn" and spoken else ()  # without speech labels pauses are not known
    return LabelledScores(
        clip=f"{info.id}#{heard.start}", group="sessions", cluster=cluster,
        kind=KINDS[label.kind], speech_style=info.speech_style, scores=scores,
        turn=turn.shift(-origin) if label.kind == "turn" else None,
        holds=tuple(h.shift(-origin) for h in holds if h.ms >= HOLD_MS),
        note=info.basis, licence=info.licence, attribution=info.attribution,
        uncertainty_ms=label.uncertainty_ms,
    )  # fmt: skip
