"""Which detector hears these callers best? Every scorer on labelled sessions, by one rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bargein.corpus.index import Case
from bargein.errors import NotAnswerable
from bargein.metrics.clusters import components
from bargein.metrics.onsets import judged, user_speech
from bargein.metrics.truth import left_out, truth
from bargein.session import Session
from bargein.units import ms_covering, nearest_rank, seconds
from bargein.vad.cache import scores_for
from bargein.vad.detection import Detection, pooled
from bargein.vad.rule import Rule, speech
from bargein.vad.scorers import Scorer, scorer

#: An edge that lies further from the label's than this is no edge of it.
NEAR_MS = 500


def detection_rows(
    cases: Iterable[Case], scorers: Sequence[str | Scorer] = ("silero",), rule: Rule | None = None
) -> list[dict[str, object]]:
    """Hold detectors to the labelled speech of sessions, milliseconds added up.

    Parameters
    ----------
    cases
        Sessions; those without a user track, or without labels of kind ``speech`` by somebody who looked, are left out.
    scorers
        Each gives a row.
    rule
        How scores become segments; default 0.5 / exit 0.35 / 200 ms end silence.

    Returns
    -------
    A row a scorer: sessions, clusters, minutes, speech, missed and false as shares, error rate, precision, recall, F1,
    cost (:class:`~bargein.vad.detection.Detection`), and the median distance of onsets that were found within
    :data:`NEAR_MS`, ms, positive is late.

    Raises
    ------
    NotAnswerable
        No session can be used; recorded and modelled ones together.
    """
    rule = rule or Rule(0.5, silence_duration_ms=200)
    used = [case.session for case in cases if _usable(case.session)]
    if not used:
        raise NotAnswerable("no session has a user track and labels of kind speech: label where the user speaks")
    evidence = sorted({s.info.evidence for s in used})
    if len(evidence) > 1:
        raise NotAnswerable(f"{' and '.join(evidence)} sessions together: they are never pooled; ask of one kind")
    clusters = components(set(s.info.clusters) for s in used)
    basis = left_out(used).beside(f"{evidence[0]}; labels of the user's track")
    rows: list[dict[str, object]] = []
    for by in map(scorer, scorers):
        each = [_one(session, by, rule) for session in used]
        whole = pooled(d for d, _ in each)
        late = [ms for _, found in each for ms in found]
        rows.append({
            "scorer": by.model, "sessions": len(used), "clusters": clusters, "minutes": seconds(whole.length_ms) / 60,
            "speech [s]": seconds(whole.said_ms), "missed [s]": seconds(whole.missed_ms),
            "false [s]": seconds(whole.false_ms), "error rate": whole.error_rate, "precision": whole.precision,
            "recall": whole.recall, "F1": whole.f1, "cost": whole.cost, "onset p50 [ms]": nearest_rank(late, 50),
            "onsets": len(late), "basis": basis,
        })  # fmt: skip
    return rows


def _usable(session: Session) -> bool:
    spoken = any(label.kind == "speech" and label.track == "user" for label in truth(session).labels)
    return "user" in session.info.tracks and judged(session) and spoken


def _one(session: Session, by: Scorer, rule: Rule) -> tuple[Detection, list[int]]:
    track = session.info.tracks["user"]
    unsure = truth(session).unsure
    said = user_speech(session) - unsure
    found = speech(scores_for(session.folder / track.file, scorer=by), rule).shift(track.origin_ms) - unsure
    begins = [span.start for span in found]
    nearest = (min((b - span.start for b in begins), key=abs, default=NEAR_MS + 1) for span in said)
    length = ms_covering(track.samples, track.rate) - unsure.ms
    return Detection.of(said, found, length), [ms for ms in nearest if abs(ms) <= NEAR_MS]
