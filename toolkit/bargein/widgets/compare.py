"""Policies side by side on one session: a lane of heard sound for each, one playhead, one of them heard at a time.

The picture, its keys and its labels are those of :class:`bargein.widgets.Timeline`; what it shows comes from
:func:`bargein.plot.compared.compared`, the table beneath it from :func:`bargein.corpus.whatif.episode_rows`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

import traitlets

from bargein.corpus import Case, Run, need_replayable, run_policies
from bargein.corpus.whatif import episode_rows, reference
from bargein.errors import Problem, SettingsError
from bargein.gate import GENERATIONS, Policy
from bargein.metrics.truth import remarks
from bargein.outcome import Link
from bargein.plot.board import Board
from bargein.plot.compared import Comparison, compared
from bargein.session import Label, Session, load
from bargein.timeline import Span
from bargein.uncollected import uncollected
from bargein.widgets.timeline import Timeline, is_short

#: What the table says under its rows.
NOTE = (
    "Differences: the policy less “{reference}”, in ms; negative: sooner silent, less of the interrupted answer heard. "
    "Not compared: an onset at which the agent was not heard, or the detector was open (masked); a lower bound "
    "(censored); one that would not have been recorded (apart)."
)


class Compare(Timeline):
    """See and hear one session under several policies.

    Parameters
    ----------
    session
        What was recorded, or its folder; it must be one that can be replayed.
    policies
        Names or policies, at most eight; without ``@source`` each listens to the detector the session's client had.
    link
        From the log to the loudspeaker.
    window
        Session ms shown first; None: all of it.
    annotator
        Who makes the labels.

    Attributes
    ----------
    hearing
        Number of the lane that sounds, from 0; can be set, also while it plays: the playhead goes on.
    rows
        The table, as plain data: one row per labelled onset and policy. It follows when labels are saved.
    comparison
        What is shown, with each lane's board.
    selected, view, playhead
        As :class:`bargein.widgets.Timeline`.

    Raises
    ------
    NotAnswerable
        The session cannot be replayed.
    SessionError, SettingsError, AudioError
        The session cannot be read; no such policy, none or too many.
    """

    def __init__(
        self,
        session: Session | str | os.PathLike[str],
        policies: str | Policy | Iterable[str | Policy] = GENERATIONS,
        *,
        link: Link | None = None,
        window: Span | tuple[int, int] | None = None,
        annotator: str = "",
    ) -> None:
        self._policies = (policies,) if isinstance(policies, (str, Policy)) else tuple(policies)
        self._link = link
        session = session if isinstance(session, Session) else load(session)
        with uncollected():
            runs = self._run(session)
            self.comparison: Comparison = compared(session, runs, wait=is_short(session))
            lanes = self.comparison.lanes
            recorded = len(lanes) - len(runs)
            self._begin(
                self.comparison.board, [lane.sounding for lane in lanes],
                [(t, f"heard/{n}") for t, n in self.comparison.cuts], [lane.title for lane in lanes], window, annotator,
                {"scores": False, "rule": None, "findings": False}, table=self._table(), hearing=recorded,
            )  # fmt: skip

    def _run(self, session: Session) -> list[Run]:
        case = need_replayable([Case(session)])[0]
        runs = run_policies(case, self._policies, self._link)
        self.rows = episode_rows(runs)
        named = [NOTE.format(reference=reference(runs)[0])] if runs else []
        self._beneath = " ".join([*named, *remarks([session])])
        return runs

    def _table(self) -> dict[str, Any]:
        columns = [name for name in self.rows[0] if name != "onset_ms"] if self.rows else []
        at = [row["onset_ms"] for row in self.rows]
        return {
            "columns": columns,
            "rows": [[row[c] for c in columns] for row in self.rows],
            "at": at,
            "note": self._beneath,
        }

    def save_labels(self) -> tuple[Label, ...]:
        """Add the drafts to ``labels.jsonl`` as :class:`bargein.widgets.Timeline` does; the table follows."""
        done = super().save_labels()
        if done:
            self._run(self.board.session)
            self.table = self._table()
        return done

    @traitlets.validate("hearing")
    def _a_lane(self, proposal: Mapping[str, Any]) -> int:
        number, lanes = proposal["value"], self.comparison.lanes
        if not 0 <= number < len(lanes):
            what = f"hearing: there is no lane {number}"
            raise SettingsError([Problem(what, hint=f"0 to {len(lanes) - 1}")], "compare")
        return int(number)

    def _cut(self, number: int) -> tuple[Board, dict[str, Any]]:
        at, lane = self.comparison.cuts[number]
        own = self.comparison.lanes[lane]
        return own.board, {"what": "cut", "at_ms": at, "policy": own.title}

    def _unknown(self, lane: int, number: int) -> dict[str, Any]:
        own = self.comparison.lanes[lane]
        found = own.unknown[number]
        return {"what": "unknown", "policy": own.title, "why": found.why,
                "start_ms": found.span.start, "end_ms": found.span.end}  # fmt: skip

    def __repr__(self) -> str:
        return f"<Compare {self.board.session.id}: {', '.join(lane.title for lane in self.comparison.lanes)}>"
