"""What tuning found, as data: frontier, ceiling, a proposal or the reason why there is none, and what it rests on."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bargein.errors import NotAnswerable
from bargein.metrics.rates import Rate
from bargein.settings import ServerVad, changes
from bargein.tuning.export import export, named
from bargein.tuning.figures import Figures, FrontierRow, Padding, Pair, Per
from bargein.tuning.objectives import PARETO, Evidence
from bargein.tuning.shares import COUNTED, PerMinute, percent

if TYPE_CHECKING:
    import pandas as pd

    from bargein.tuning.cost import Prices
    from bargein.tuning.gates import Joint
    from bargein.tuning.robust import Robust

#: Calibrated only with a calibration whose error is known there; where the detector has no model it is not even advice.
Status = Literal[
    "calibrated", "calibrated, in part", "uncalibrated", "uncalibrated, in part", "candidate to try",
    "no recommendation", "machinery check",
]  # fmt: skip
RECOMMENDED: tuple[Status, ...] = ("calibrated", "calibrated, in part", "uncalibrated", "uncalibrated, in part")
#: What a status becomes once the model's error at the proposed setting is known.
CALIBRATED: Mapping[Status, Status] = {
    "uncalibrated": "calibrated", "uncalibrated, in part": "calibrated, in part",
}  # fmt: skip
Origin = Literal["tuned", "in force", "provider's own"]


@dataclass(frozen=True, slots=True)
class Budget:
    """What the user accepts; there is no default.

    Parameters
    ----------
    cutoffs
        Largest share of cut-offs, by ``hold`` or ``turn``.
    false_starts
        Most false starts by kind: of ``tic`` the largest share of recordings that start detection, of ``noise`` and
        ``echo`` the most starts per minute.
    missed_starts
        Largest share of missed turns and words; None: no more than at the threshold in force.
    """

    cutoffs: Mapping[Per, float] = field(default_factory=dict)
    false_starts: Mapping[str, float] = field(default_factory=dict)
    missed_starts: float | None = None

    def __bool__(self) -> bool:
        return bool(self.cutoffs or self.false_starts) or self.missed_starts is not None

    @property
    def text(self) -> str:
        """The budget in words."""
        parts = [f"{percent(share)} of {per}s cut off" for per, share in self.cutoffs.items()]
        counted = ((COUNTED[kind], kind, most) for kind, most in self.false_starts.items())
        parts += [counting.budget.format(counting.amount(most), kind) for counting, kind, most in counted]
        parts += [f"{percent(self.missed_starts)} of starts missed"] if self.missed_starts is not None else []
        return f"at most {', '.join(parts)}" if parts else "none given"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a proposal and why it is that one; None leaves the setting out: the provider's own holds."""

    knob: str
    value: float | None
    origin: Origin
    why: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A question these recordings, or this knob, cannot answer, and what would."""

    question: str
    because: str
    instead: str

    @property
    def text(self) -> str:
        """All of it as one sentence pair."""
        return f"{self.question}: {self.because}. Instead: {self.instead}."


@dataclass(frozen=True, slots=True)
class Proposal:
    """Settings to send, how they were chosen, and what is expected of them.

    Parameters
    ----------
    status
        ``uncalibrated``: the detector's model was not fitted to the provider's own reports, or its error there is not
        known. ``calibrated``: it was, and ``model_error`` says how far off it is on voices it was not fitted to.
        ``..., in part``: of several budgets at least one could not be judged or met.
        ``candidate to try``: the provider's detector has no model at all.
        ``no recommendation``: nothing that a budget was given for could be chosen; what is not answered is as in force.
        ``machinery check``: it rests on modelled sessions, is no advice and is not exported.
    settings
        Values in the provider's range.
    choices
        One a knob.
    figures
        Expected of the modelled detector at these settings; None when the end silence in force is not known.
    padding
        What the prefix padding keeps and takes along, by kind of speech; empty where that has no model.
    verdicts
        Each budget against its estimate and its bound.
    doubts
        What speaks against it without being a truth: pauses of callers whose turns are not labelled.
    model_error
        With a calibration, how well the model of the detector is known at these settings; empty without one.
    """

    status: Status
    settings: ServerVad
    choices: tuple[Choice, ...]
    figures: Figures | None
    padding: Mapping[str, Padding]
    verdicts: tuple[str, ...]
    doubts: tuple[str, ...]
    model_error: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much there is of one kind or style: recordings, pauses inside them, independent groups, listening time."""

    recordings: int
    pauses: int
    clusters: int
    ms: int


@dataclass(frozen=True, slots=True)
class RestsOn:
    """The evidence behind every figure, counted.

    Parameters
    ----------
    turns, holds, clusters
        Labelled turns whose pauses were used, the pauses, and independent groups of them, of all styles asked.
    styles
        Turns by speech style, used or not.
    others
        By kind, all that are no turns. Pauses of callers are measured; whether their turns went on is not labelled.
    sources
        Licence by corpus.
    basis
        How the labels came about.
    model, hop_ms
        The scorer, by the hash of its weights, and its frame.
    data
        Fingerprint of scores and labels.
    code
        Version that computed it.
    """

    turns: int
    holds: int
    clusters: int
    styles: Mapping[str, Amount]
    others: Mapping[str, Amount]
    sources: Mapping[str, str]
    basis: str
    model: str
    hop_ms: int
    data: str
    code: str


@dataclass(frozen=True, slots=True, repr=False)
class Tuned:
    """What can be said about a provider's settings on this evidence.

    Parameters
    ----------
    provider, title
        Name and title of the provider.
    budget
        What the user accepts.
    in_force
        The settings to compare with: as given, else the provider's documented defaults.
    as_is
        Expected of the settings in force; None when they are not all known.
    frontier, ceiling
        See :mod:`bargein.tuning.objectives`. A provider whose thresholds have no model gets no ceiling, and a frontier
        at the threshold in force alone.
    proposal
        Settings to send, also where all of them are as in force: its status says so. None without a budget.
    refusals
        What could not be answered; never empty where there is no recommendation and no candidate.
    rests_on, notes
        The evidence, and what was assumed.
    evidence
        The counts of every setting, for pictures and controls.
    joint
        What a gate at the client adds to the threshold, where it was asked for.
    robust
        Against the settings in force on clusters held out, how steady, who pays; None without a proposal.
    """

    provider: str
    title: str
    budget: Budget
    in_force: ServerVad
    as_is: Figures | None
    frontier: tuple[FrontierRow, ...]
    ceiling: tuple[Pair, ...]
    proposal: Proposal | None
    refusals: tuple[Refusal, ...]
    rests_on: RestsOn
    notes: tuple[str, ...]
    evidence: Evidence = field(repr=False, compare=False)
    joint: Joint | None = field(default=None, repr=False, compare=False)
    robust: Robust | None = field(default=None, repr=False, compare=False)

    @property
    def recommendation(self) -> Proposal | None:
        """The proposal, where it answers a budget and the provider's detector has a model; None otherwise."""
        return self.proposal if self.proposal is not None and self.proposal.status in RECOMMENDED else None

    @property
    def candidate(self) -> Proposal | None:
        """The proposal, where it is only a candidate to try."""
        return self.proposal if self.proposal is not None and self.proposal.status == "candidate to try" else None

    @property
    def refusal(self) -> Refusal | None:
        """The first thing that could not be answered; None where all that was asked is."""
        return next(iter(self.refusals), None)

    def __repr__(self) -> str:
        said = f"refused: {self.refusals[0].because}" if self.refusals else ""
        if self.proposal is not None:
            said = f"{self.proposal.settings.label}, {self.proposal.status}"
        return f"<Tuned for {self.title}, {self.budget.text}: {said}>"

    def pareto(self) -> pd.DataFrame:
        """Give the settings that no other beats in both cut-offs and endpoint delay, per hold and per turn.

        Speech styles stand apart. Every row has its trials, clusters and basis, and beside them the callers' pauses
        that outlast its end silence: whether their turns went on is not labelled.
        """
        import pandas as pd

        pers: tuple[Per, ...] = ("hold", "turn")
        here = self.in_force.threshold or 0.0
        thresholds = self.evidence.no_deafer_than(here) if self.ceiling else [here]
        rows = [row for per in pers for row in self.evidence.pareto(per, thresholds)]
        return pd.DataFrame([{**row, "basis": self.rests_on.basis} for row in rows], columns=[*PARETO, "basis"])

    def joint_gain(self, prices: Prices | None = None) -> str:
        """Say in a sentence what moving threshold and end silence together gains over one alone, or why it cannot.

        Parameters
        ----------
        prices
            What counts how many seconds per turn; None: those of :class:`bargein.tuning.cost.Prices`.
        """
        from bargein.tuning.cost import trade

        try:
            return trade(self.evidence, self.in_force, prices).text
        except NotAnswerable as error:
            return f"Both knobs or one: {error}."

    @property
    def flat(self) -> str:
        """How many settings cost hardly more than the cheapest, and how much more those proposed, or in force, do."""
        from bargein.tuning.robust import flatness

        if self.robust is not None:
            return self.robust.flat
        return flatness(self.evidence, self.in_force)

    def to_json(self) -> dict[str, Any]:
        """Give everything but the counts of every setting, ready for JSON."""
        said = {
            f.name: plain(getattr(self, f.name)) for f in fields(self) if f.name not in ("evidence", "joint", "robust")
        }
        said |= {"flat": self.flat} | ({} if self.joint is None else {"joint": self.joint.rows()})
        return said if self.robust is None else {**said, "robust": self.robust.to_json()}

    def export(self, path: str | os.PathLike[str], target: str | None = None) -> tuple[Path, ...]:
        """Write the proposal in the shape its reader takes, and its evidence beside it.

        What could not be answered is written as it is in force; the evidence says so: ``status``, ``choices``,
        ``refusals``, in ``doubts`` what speaks against it, and in ``change`` what differs from the settings in force.
        For a target with another detector than the one it was weighed for it is a candidate to try, no more.

        Parameters
        ----------
        path
            File to write; ``.ts`` makes it a TypeScript constant.
        target
            One of :data:`bargein.providers.targets.TARGETS`, or ``typescript``; None: the provider's own.

        Raises
        ------
        NotAnswerable
            There is no budget, or the proposal rests on modelled sessions; the message says why and what to record.
        SettingsError
            Its reader would refuse it; nothing is written.
        """
        chosen, _ = named(target or self.provider, self.provider)
        if self.proposal is not None and self.proposal.status == "machinery check":
            raise NotAnswerable("modelled sessions check the machinery; what they say is no advice and is not exported")
        if self.proposal is None:
            raise NotAnswerable(" ".join(r.text for r in self.refusals))
        said = {k: v for k, v in self.to_json().items() if k not in ("frontier", "ceiling")}
        said |= {"status": self.proposal.status, "budget_text": self.budget.text}
        if self.proposal.model_error:
            said["calibration"] = self.proposal.model_error
        if chosen.provider == self.provider:
            said["change"] = changes(self.in_force, self.proposal.settings)
        else:
            said["status"] = "candidate to try"
            said["carried"] = f"weighed for {self.title}; what decides here is {chosen.detector}"
        return export(self.proposal.settings, target or self.provider, path, said, provider=self.provider)

    def answer(self) -> str:
        """Give the answer as a Markdown list: each value and why, what speaks against it, what was refused."""
        from bargein.tuning.summary import answer_lines

        return "\n".join(f"- {line}" for line in answer_lines(self))

    @property
    def headline(self) -> str:
        """The outcome in a line: what is proposed, and which questions were refused."""
        from bargein.tuning.summary import headline

        return headline(self)

    def brief(self) -> list[dict[str, object]]:
        """Give the answer in a dozen rows at the most: what, which value, why. All of it: :meth:`summary`."""
        from bargein.tuning.summary import brief

        return brief(self)

    def _repr_html_(self) -> str:
        cell = '<td style="text-align:left">'
        rows = "".join(f"<tr>{''.join(f'{cell}{escape(str(v))}</td>' for v in row.values())}</tr>"
                       for row in self.brief())  # fmt: skip
        whole = escape("\n".join(self.summary()))
        return (
            f"<p><b>{escape(self.title)}, budget: {escape(self.budget.text)}</b><br>{escape(self.headline)}</p>"
            f"<table>{rows}</table><details><summary>All figures</summary>"
            f'<pre style="white-space:pre-wrap">{whole}</pre></details>'
        )

    def grounds(self) -> list[str]:
        """Give what every figure rests on, in two lines."""
        from bargein.tuning.summary import grounds

        return list(grounds(self.rests_on))

    def summary(self) -> list[str]:
        """Give all that can be said, as lines of plain text; the short of it is :meth:`brief`."""
        from bargein.tuning.summary import lines

        return list(lines(self))


#: Counts, and what is written of them beside the fields.
COMPUTED: Mapping[type, tuple[str, ...]] = {
    Rate: ("failures", "trials", "clusters", "failed_clusters", "estimate", "upper95", "method", "text"),
    PerMinute: ("starts", "exposure_ms", "clusters", "started_clusters", "estimate", "upper95", "text"),
}


def plain(value: Any) -> Any:
    """Turn nested data into what JSON holds; NaN becomes null, settings only hold what is set."""
    if type(value) in COMPUTED:
        return {name: plain(getattr(value, name)) for name in COMPUTED[type(value)]}
    if isinstance(value, ServerVad):
        return value.to_wire()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if not f.name.startswith("_")}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
