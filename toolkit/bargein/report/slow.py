"""Why was the stop slow? Every stop taken apart, and of each stage the stop it made longest."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bargein.corpus import Run, need_replayable, open_corpus, run_policies
from bargein.gate import Policy
from bargein.metrics.clusters import components
from bargein.metrics.stages import STAGES, Stages, actions, stages
from bargein.metrics.stopping import Episode
from bargein.outcome import Link
from bargein.report.tables import Table
from bargein.session import Session
from bargein.timeline import Span
from bargein.units import clock_text

#: Shown before the onset and after the end of a stop, ms.
BEFORE_MS, AFTER_MS = 1_500, 1_500
#: By stage: what it is, and what can be done about it.
REMEDIES: Mapping[str, str] = {
    "detect": "nobody knew yet: a detector beside the loudspeaker (`@local-vad`), or another threshold; no gate helps",
    "act": "the gate waited: a shorter hold or minimum speech, at the price of more false stops",
    "drain": "the sound was out of the gate's reach: less audio scheduled ahead, no gate behind the player's queue",
}


@dataclass(frozen=True)
class Stop:
    """One barge-in that was stopped, under one gate.

    Parameters
    ----------
    run, episode
        Whose, and around which onset.
    stages
        Its time, taken apart.
    """

    run: Run
    episode: Episode
    stages: Stages

    @property
    def window(self) -> Span:
        """The stop with a little before and after it, session ms."""
        end = self.episode.onset.at + self.stages.stop_ms + AFTER_MS
        return Span(max(self.episode.onset.at - BEFORE_MS, 0), min(end, self.run.case.session.info.length_ms))

    def row(self) -> dict[str, object]:
        """The row as plain values."""
        s, outcome = self.stages, self.run.outcome
        return {
            "session": outcome.session.id, "onset": clock_text(self.episode.onset.at), "policy": outcome.policy.title,
            "stop [ms]": s.stop_ms, "detect [ms]": s.detect_ms, "act [ms]": s.act_ms, "drain [ms]": s.drain_ms,
            "longest": s.dominant, "cause": self.run.case.cause,
            "basis": f"session {outcome.session.info.basis}; heard {outcome.heard.basis}",
        }  # fmt: skip


@dataclass(frozen=True)
class Slow:
    """All stops of some sessions under some gates, and the barge-ins that none of them stopped.

    Parameters
    ----------
    runs
        Every session under every gate.
    """

    runs: tuple[Run, ...]

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """The slowest first."""
        found = (Stop(run, e, s) for run in self.runs for e in run.barge_ins
                 if (s := stages(e, actions(run.outcome))) is not None)  # fmt: skip
        return tuple(sorted(found, key=lambda one: -one.stages.stop_ms))

    @property
    def table(self) -> Table:
        """A row a stop, the slowest first."""
        note = "Detect: onset to the report; act: to the gate's action; drain: to the last that was audible."
        return Table("Every stop, taken apart", [s.row() for s in self.stops], note, ("basis",))

    @property
    def frame(self) -> Any:
        """The same as a data frame, without what every row says."""
        import pandas as pd

        return pd.DataFrame(self.table.rows, columns=list(self.table.columns))

    @property
    def basis(self) -> str:
        """What the sessions and the statements about heard audio rest on."""
        return "; ".join(dict.fromkeys(str(row["basis"]) for row in self.table.rows)) or "nothing"

    @property
    def dominated(self) -> Any:
        """How many stops each stage made longest, gate by gate, and how many barge-ins were not stopped at all."""
        import pandas as pd

        rows = []
        for policy in dict.fromkeys(run.outcome.policy.name for run in self.runs):
            mine = [s for s in self.stops if s.run.outcome.policy.name == policy]
            met = [e for r in self.runs if r.outcome.policy.name == policy for e in r.panel.met]
            counts = {stage: sum(s.stages.dominant == stage for s in mine) for stage in STAGES}
            rows.append({"policy": policy, **counts, "stopped": len(mine), "not stopped, or not known":
                         len(met) - len(mine), "slowest [ms]": mine[0].stages.stop_ms if mine else None})  # fmt: skip
        return pd.DataFrame(rows).set_index("policy")

    def worst(self, stage: str) -> Stop | None:
        """The slowest of the stops that a stage made longest; None where it made none so."""
        return next((s for s in self.stops if s.stages.dominant == stage), None)

    def shown(self, stage: str) -> Any:
        """Draw that stop; words where there is none."""
        from IPython.display import Markdown

        from bargein import plot

        one = self.worst(stage)
        if one is None:
            return Markdown(f"No stop here was slow because of *{stage}*.")  # type: ignore[no-untyped-call]
        return plot.timeline(one.run.outcome, window=one.window)

    @property
    def answer(self) -> str:
        """Why, in words and numbers, a line a stage, and what each asks for."""
        if not self.stops:
            return "**0 stops** to take apart: no labelled barge-in met a heard agent and was stopped."
        slowest = self.stops[0]
        lines = [
            f"The slowest of **{len(self.stops)} stops** took **{slowest.stages.stop_ms} ms**, in "
            f"*{slowest.run.outcome.session.id}* under `{slowest.run.outcome.policy.title}`, and the longest part of "
            f"it was *{slowest.stages.dominant}*."
        ]
        for stage in STAGES:
            mine = [s for s in self.stops if s.stages.dominant == stage]
            if mine:
                where = components(set(s.run.case.session.info.clusters) for s in mine)
                lines.append(f"- **{stage}** was longest in {len(mine)} of them ({where} clusters), "
                             f"at most {mine[0].stages.stop_ms} ms; {REMEDIES[stage]}.")  # fmt: skip
        return "\n".join(lines)


def slow(
    sessions: str | os.PathLike[str] | Session, policies: Iterable[str | Policy] = ("keyed",), link: Link | None = None
) -> Slow:
    """Take every stop apart.

    Parameters
    ----------
    sessions
        A session, its folder, or a folder of sessions.
    policies
        Gates to replay them under.
    link
        From the log to the loudspeaker.

    Raises
    ------
    NotAnswerable
        None of the sessions can be replayed.
    SessionError, SettingsError
        A session is damaged; no such policy.
    """
    chosen = list(policies)
    cases = need_replayable(open_corpus(sessions).cases)
    return Slow(tuple(run for case in cases for run in run_policies(case, chosen, link)))
