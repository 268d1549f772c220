"""The list beside the sliders: every session and clip, the worst under the present setting first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bargein.corpus.labelled import clips_of
from bargein.session import Session
from bargein.tuning.sliders import Setting
from bargein.tuning.trial import weigh
from bargein.tuning.worst import ALL, HeldTo, Standing, badness, worst_first
from bargein.vad.counting import Labelled
from bargein.vad.scores import Scores
from bargein.vad.sweep import Curve
from bargein.vad.tables import LabelledScores


class Standings:
    """What a setting does to each recording.

    Sessions are counted by their own labels and apart from the tables: modelled and recorded ones are never pooled.

    Parameters
    ----------
    recordings
        The tables; their counts come with the curve that is weighed anyway.
    sessions
        What else is listed, once its scores are there.
    max_silence_ms
        The longest end silence of interest.
    """

    def __init__(self, recordings: Iterable[Labelled], sessions: Sequence[Session], max_silence_ms: int) -> None:
        self._names = [f"scores of {r.clip}" for r in recordings]
        self._most = max_silence_ms
        self._unscored = {s.id: f"session {s.id}" for s in sessions}
        self._clips: dict[str, list[LabelledScores]] = {}
        self._last: tuple[tuple[float, float, int, int], Curve] | None = None  # another end silence needs no new one

    def add(self, session: Session, scores: Scores) -> None:
        """Let a session be counted."""
        self._clips = {**self._clips, session.id: list(clips_of(session, scores, session.id))}

    def standings(self, setting: Setting, curve: Curve, to: HeldTo = ALL) -> tuple[Standing, ...]:
        """Give sessions and clips in one order, the worst first: the order compares them, nothing adds them up."""
        silence = min(setting.silence_duration_ms, self._most)
        own = dict(self._clips)  # the thread that scores may add one meanwhile
        names = [f"session {i}" for i, found in own.items() for _ in found]
        rows = [clip for found in own.values() for clip in found]
        counted = worst_first(self._curve(rows, setting), silence, names, to) if rows else ()
        empty = [Standing(f"session {i}", 0, 0, ()) for i, found in own.items() if not found]
        return tuple(sorted((*counted, *empty, *worst_first(curve, silence, self._names, to)), key=badness))

    def _curve(self, rows: Sequence[LabelledScores], setting: Setting) -> Curve:
        key = setting.rule.enter, setting.rule.leave, setting.min_speech_ms, len(rows)
        if self._last is None or self._last[0] != key:
            self._last = key, weigh(rows, setting.rule, self._most)
        return self._last[1]

    def under(self, setting: Setting, curve: Curve, to: HeldTo = ALL) -> list[list[object]]:
        """Give the same as a page takes it: name, labels gone wrong, text; what is not scored yet stands last."""
        found = self.standings(setting, curve, to)
        left = [name for i, name in self._unscored.items() if i not in self._clips]
        return [[s.name, s.failed, s.text] for s in found] + [[name, 0, "not scored"] for name in left]
