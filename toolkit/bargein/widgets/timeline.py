"""A session that is looked at by zooming and by ear: waveforms, score, events, labels and findings on one playhead.

The page draws and the kernel answers: every number that is shown comes from ``bargein.plot.board`` and
``bargein.plot.happenings``, every sample that is played from ``bargein.session.stretch``. What the page asks is input
like any other: refused in words, never executed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from bargein.audio.files import to_int16
from bargein.corpus import Case
from bargein.doctor import Diagnosis, diagnose
from bargein.errors import AudioError, BargeinError, LabelError, Problem, SettingsError
from bargein.outcome import Outcome
from bargein.plot.board import Board
from bargein.plot.desk import TIMELINE, facts_of, header, label_facts, score_facts, script
from bargein.plot.happenings import Happenings, findings_of, rows_of, told_cut, told_finding, told_label
from bargein.plot.material import opened
from bargein.plot.session import score_of, window_of
from bargein.session import Label, Session
from bargein.session.stretch import Sounding
from bargein.timeline import Span
from bargein.uncollected import uncollected
from bargein.units import clock_text
from bargein.widgets.drafts import Drafts, Entry

if TYPE_CHECKING:
    from bargein.vad.rule import Rule
    from bargein.vad.scores import Scores

#: Columns of the first picture, which is there before the page can ask: more than most screens show.
FIRST = 2_000
#: The longest stretch of sound that is sent at once, ms.
LONGEST = 10_000
#: The longest session whose sound is decoded before the first picture, ms; a longer one's follows it.
SHORT = 600_000
#: What can be done to a label, and what the page says with it.
TO_LABELS: Mapping[str, tuple[str, ...]] = {
    "added": ("kind", "onset_ms", "offset_ms"), "moved": ("number", "onset_ms", "offset_ms"),
    "retyped": ("number", "kind"), "removed": ("number",),
}  # fmt: skip


class Timeline(anywidget.AnyWidget):
    """Look at a session, hear it, label it.

    Parameters
    ----------
    shown
        A session as recorded, or its folder; or a replay's outcome: then what that policy lets be heard.
    scores, rule
        The speech score and the thresholds shown with it, as :func:`bargein.plot.timeline`. A score that is not cached
        is computed once the first picture stands.
    findings
        Whether to look for what is known to go wrong, once the first picture stands. Findings are of the recording.
    window
        Session ms shown first; None: all of it.
    annotator
        Who makes the labels.

    Attributes
    ----------
    selected
        What was clicked, or stepped to by keyboard, as plain data: an event with its payload, a label, a cut, a
        finding, a stretch; None when nothing is. It can be observed.
    view, playhead
        What is shown (start and end), and where the playhead stands, session ms. Both can be set.
    annotator
        Who makes the labels.

    Raises
    ------
    SessionError, AudioError
        The session, its labels or its sound cannot be read: everything that is wrong, and no widget. What is wrong
        inside the sound of more than ten minutes is found once the first picture stands, and said there.
    """

    _esm = script(*TIMELINE)
    _css = Path(__file__).with_name("timeline.css")

    facts = traitlets.Dict().tag(sync=True)
    overview = traitlets.Dict().tag(sync=True)
    overview_data = traitlets.Bytes().tag(sync=True)
    marks_data = traitlets.Bytes().tag(sync=True)
    score = traitlets.Dict().tag(sync=True)
    found: traitlets.List[Any] = traitlets.List().tag(sync=True)
    shown_labels: traitlets.List[Any] = traitlets.List().tag(sync=True)
    annotator = traitlets.Unicode().tag(sync=True)
    view: traitlets.List[Any] = traitlets.List().tag(sync=True)
    playhead = traitlets.Int(0).tag(sync=True)
    hearing = traitlets.Int(0).tag(sync=True)
    table: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    picked: traitlets.List[Any] = traitlets.List().tag(sync=True)
    says = traitlets.Unicode().tag(sync=True)
    selected: traitlets.Any = traitlets.Any(None)

    def __init__(
        self,
        shown: Session | Outcome | str | os.PathLike[str],
        *,
        scores: Scores | bool = True,
        rule: Rule | None = None,
        findings: bool = True,
        window: Span | tuple[int, int] | None = None,
        annotator: str = "",
    ) -> None:
        shown = opened(shown)
        session = shown.session if isinstance(shown, Outcome) else shown
        loudness = shown.loudness() if isinstance(shown, Outcome) else None
        with uncollected():
            board = Board.of(shown, wait=is_short(session))
            sounding = Sounding(session, board.sound, board.material.heard, loudness)
            wanted = {"scores": scores, "rule": rule, "findings": findings}
            self._begin(board, [sounding], None, (), window, annotator, wanted)

    def _begin(
        self, board: Board, soundings: Sequence[Sounding], cuts: Sequence[tuple[int, str]] | None,
        voices: Sequence[str], window: Span | tuple[int, int] | None, annotator: str, wanted: Mapping[str, Any],
        **more: Any,
    ) -> None:  # fmt: skip
        """Make the first picture, and note what follows it."""
        session = board.session
        self.board = board
        self.happenings = Happenings(board)
        self.drafts = Drafts.of(session, annotator)
        self._wanted = {**wanted, "sound": not is_short(session)}
        self._diagnosis: Diagnosis | None = None
        self._soundings = tuple(soundings)
        first = window_of(session, window)
        rate = soundings[0].rate if session.info.tracks else 0
        super().__init__(
            facts=facts_of(board, rate, cuts, voices),
            marks_data=self.happenings.packed(),
            annotator=annotator,
            view=[first.start, first.end],
            **self._whole(),
            **more,
        )
        self._refresh()
        self.on_msg(self._receive)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The session's labels and the drafts made here, in order of onset."""
        return self.drafts.labels

    def save_labels(self) -> tuple[Label, ...]:
        """Add the drafts to the session's ``labels.jsonl``, with annotator and time; what stood there stays.

        Returns
        -------
        What was added; nothing where nothing is drafted.

        Raises
        ------
        LabelError
            No annotator, or drafts that contradict each other or what this annotator said before: nothing was added.
        """
        if not self.drafts.fresh:
            self.says = "nothing to save: no label is drafted"
            return ()
        self.drafts, done = self.drafts.save(self.board.session)
        self.picked = []
        self._refresh()
        self.says = f"{len(done.labels)} labels added to labels.jsonl by {self.annotator}"
        return done.labels

    @property
    def diagnosis(self) -> Diagnosis:
        """What is known to go wrong and was found in the recording; looked for when first asked."""
        if self._diagnosis is None:
            self._diagnosis = diagnose(Case(self.board.session))
        return self._diagnosis

    def facts_about(self, lane: str, *numbers: int) -> dict[str, Any]:
        """Give as plain data what stands on a lane: ``event``, ``label``, ``cut``, ``finding`` by number, or ``span``.

        Raises
        ------
        SettingsError
            There is no such lane, or nothing of that number on it.
        """
        return self._thing(FACTS, lane, numbers)  # type: ignore[no-any-return]

    def told(self, lane: str, *numbers: int) -> str:
        """Say the same in words, as hovering shows it."""
        return self._thing(TOLD, lane, numbers)  # type: ignore[no-any-return]

    def _cut(self, number: int) -> tuple[Board, dict[str, Any]]:
        """Whose cut it is, and what is known of it."""
        return self.board, {"what": "cut", "at_ms": self.board.cuts[number]}

    def _unknown(self, lane: int, number: int) -> dict[str, Any]:
        """What is known of a stretch of which nothing can be said."""
        raise IndexError(number)

    def _thing(self, table: Mapping[str, Callable[..., Any]], lane: str, numbers: tuple[int, ...]) -> Any:
        try:
            return table[lane](self, *map(_whole_number, numbers))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            what = f"{lane!r} has no {', '.join(map(repr, numbers))}"
            raise SettingsError([Problem(what, hint=f"lanes are {', '.join(table)}")], "timeline") from error

    @traitlets.validate("view")
    def _inside(self, proposal: Mapping[str, Any]) -> list[int]:
        start, end = proposal["value"]
        span = window_of(self.board.session, (int(start), int(end)))
        return [span.start, span.end]

    @traitlets.observe("picked")
    def _choose(self, _: Any = None) -> None:
        try:
            self.selected = self.facts_about(*self.picked) if self.picked else None
        except BargeinError as error:
            self.selected, self.says = None, str(error)

    @traitlets.observe("annotator")
    def _sign(self, change: Mapping[str, Any]) -> None:
        self.drafts = self.drafts.by(change["new"])
        self._refresh()

    def _refresh(self) -> None:
        """Let the page's labels follow."""
        entries = self.drafts.entries
        self.shown_labels = [
            label_facts(e.number, e.label, row, kept=e.kept, mine=e.label.annotator == self.drafts.annotator)
            for e, row in zip(entries, rows_of(self.labels), strict=True)
        ]  # fmt: skip

    def _whole(self) -> dict[str, Any]:
        view = self.board.window(self.board.whole, FIRST)
        return {"overview": header(view), "overview_data": view.data}

    def _receive(self, _: Any, asked: Any, __: Any) -> None:
        """Answer the page; what it asks for and cannot have is said on its line of messages."""
        try:
            ANSWERS[asked["ask"]](self, asked)
        except (BargeinError, IndexError, KeyError, TypeError, ValueError) as error:
            said = in_words(error) if isinstance(error, BargeinError) else f"not understood: {str(asked)[:200]}"
            self.says = said

    def _window(self, asked: Mapping[str, Any]) -> None:
        view = self.board.window(Span(int(asked["start"]), int(asked["end"])), int(asked["columns"]))
        self.send({"is": "window", **header(view)}, [view.data])

    def _sound(self, asked: Mapping[str, Any]) -> None:
        start, ms = max(int(asked["start"]), 0), min(max(int(asked["ms"]), 0), LONGEST)
        sound = to_int16(self._soundings[_whole_number(asked["which"])].between(Span(start, start + ms)))
        self.send({"is": "sound", "run": asked["run"], "start": start, "ms": ms}, [sound.tobytes()])

    def _tell(self, asked: Mapping[str, Any]) -> None:
        what = list(asked["what"])
        with suppress(LabelError):  # a label that went while the page was asking
            self.send({"is": "told", "what": what, "text": self.told(*what)})

    def _label(self, asked: Mapping[str, Any]) -> None:
        fields = TO_LABELS[asked["do"]]
        values = [asked[name] if name == "kind" else _whole_number(asked[name]) for name in fields]
        before = self.drafts
        self.drafts = getattr(before, asked["do"])(*values)
        changed = [e.number for e in self.drafts.entries if e not in before.entries]
        if not changed:
            self.picked = []  # first: the page asks about what is picked as soon as its labels change
        self._refresh()
        self.says = ""
        if changed:
            self.picked = ["label", changed[0]]
        self._choose()  # the same label may say something else now

    def _save(self, asked: Mapping[str, Any]) -> None:
        self.save_labels()

    def _more(self, asked: Mapping[str, Any]) -> None:
        """Compute what the first picture did not wait for; a page that is shown twice gets what is there."""
        wanted = self._wanted.pop(asked["what"], False)
        if wanted is not False:
            {"sound": self._add_sound, "scores": self._add_score, "findings": self._add_findings}[asked["what"]](wanted)
        self.send({"is": "more", "what": asked["what"]})

    def _add_sound(self, _: bool) -> None:
        """Draw what has been decoded by now, and say what cannot be."""
        try:
            self.board.complete()
        except AudioError as error:
            self._note(in_words(error))
        self._draw_whole()

    def _draw_whole(self) -> None:
        with self.hold_sync():
            for name, value in self._whole().items():
                setattr(self, name, value)

    def _note(self, *said: str) -> None:
        self.facts = {**self.facts, "notes": [*self.facts["notes"], *said]}

    def _add_score(self, scores: Scores | bool) -> None:
        lane, why_not = score_of(self.board.session, self.board.whole, scores, self._wanted["rule"])
        if lane is None:
            self._note(*why_not)
            return
        self.board = replace(self.board, score=lane)
        with self.hold_sync():
            self.score = score_facts(lane)
            self._draw_whole()

    def _add_findings(self, _: bool) -> None:
        self.found = list(findings_of(self.diagnosis))

    def __repr__(self) -> str:
        return f"<Timeline {self.board.title}: {len(self.happenings.events)} events, {len(self.labels)} labels>"


def is_short(session: Session) -> bool:
    """Whether a session's sound is decoded before the first picture."""
    return session.info.length_ms <= SHORT


def _whole_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is not a whole number from 0")
    return value


def _of_label(entry: Entry) -> dict[str, Any]:
    return {"what": "label", "number": entry.number, "kept": entry.kept, **asdict(entry.label)}


def told_unknown(known: Mapping[str, Any]) -> str:
    """Say why nothing can be said of a stretch."""
    when = f"{clock_text(known['start_ms'])} to {clock_text(known['end_ms'])}"
    return f"{when} · {known['policy']}\n{known['why']}"


def in_words(error: Exception) -> str:
    """One line for the page: the problems, without the name of the exception."""
    problems = getattr(error, "problems", None)
    return "; ".join(map(str, problems)) if problems else str(error)


FACTS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "event": lambda t, n: t.happenings.facts(n),
    "label": lambda t, n: _of_label(t.drafts.entry(n)),
    "cut": lambda t, n: t._cut(n)[1],
    "finding": lambda t, n: {"what": "finding", **asdict(t.diagnosis.findings[n])},
    "span": lambda _, start, end: {"what": "span", "start_ms": start, "end_ms": end},
    "unknown": lambda t, lane, n: t._unknown(lane, n),
}  # fmt: skip
TOLD: Mapping[str, Callable[..., str]] = {
    "event": lambda t, n: t.happenings.told(n),
    "label": lambda t, n: told_label(t.drafts.entry(n).label),
    "cut": lambda t, n: told_cut(t._cut(n)[0], t._cut(n)[1]["at_ms"]),
    "finding": lambda t, n: told_finding(t.diagnosis.findings[n]),
    "unknown": lambda t, lane, n: told_unknown(t._unknown(lane, n)),
    "span": lambda _, start, end: f"{start} to {end} ms: {end - start} ms",
}
ANSWERS: Mapping[str, Callable[[Timeline, Mapping[str, Any]], None]] = {
    "window": Timeline._window, "sound": Timeline._sound, "tell": Timeline._tell, "label": Timeline._label,
    "save": Timeline._save, "more": Timeline._more,
}  # fmt: skip
