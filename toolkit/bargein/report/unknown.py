"""What can these recordings not tell? Every question that is refused or left open, why, and what would answer it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bargein.corpus import Corpus, Run, as_recorded, open_corpus, run_policies
from bargein.doctor import diagnose
from bargein.errors import NotAnswerable
from bargein.gate import GENERATIONS
from bargein.metrics.bounds import rates
from bargein.metrics.rates import Rate, clusters_needed
from bargein.metrics.weighted import WeightedRate
from bargein.plot.bounds import Known, bounds_chart
from bargein.plot.chart import Chart
from bargein.report.happened import happened
from bargein.report.tables import Table
from bargein.session import Session
from bargein.tuning import Tuned
from bargein.tuning.at_hand import plan_on, tune_on
from bargein.tuning.calibration import calibrate
from bargein.tuning.calibration.sessions import recordings_of
from bargein.tuning.objectives import EVIDENCE_STYLES
from bargein.tuning.plan import Plan
from bargein.tuning.summary import certified


class Gap(NamedTuple):
    """One question that is not answered.

    Parameters
    ----------
    asked, because
        The question, and why there is no answer.
    amount
        How much is missing, or how many are left out.
    instead
        What to record or to label.
    """

    asked: str
    because: str
    amount: str
    instead: str

    def row(self) -> dict[str, object]:
        """The row as plain values."""
        return {"asked": self.asked, "not answered, because": self.because, "how much": self.amount,
                "what would answer it": self.instead}  # fmt: skip


@dataclass(frozen=True)
class Unknown:
    """What some sessions leave open.

    Parameters
    ----------
    corpus
        The sessions.
    provider
        Whose settings and detector are asked about.
    share
        The largest share of failures one would accept, 0..1: of cut-offs and of everything else that is counted.
    """

    corpus: Corpus
    provider: str
    share: float

    @cached_property
    def tuned(self) -> Tuned:
        """What tuning finds on the score tables of real recordings that come along."""
        return tune_on(None, self.provider, max_cutoffs_per_hold=self.share)

    @cached_property
    def plan(self) -> Plan:
        """What there is to tune on, on the same recordings, and where in the plane of settings it carries anything."""
        return plan_on(None, self.provider, (self.share,))

    @cached_property
    def rates(self) -> dict[str, Rate | WeightedRate]:
        """Every share that can be counted, by model, settings and what failed."""
        return {f"{cell.model} {cell.settings.removeprefix('server_vad ')} · {what}": rate
                for cell in as_recorded(self.corpus) for what, rate in rates(cell).items()}  # fmt: skip

    @cached_property
    def runs(self) -> list[Run]:
        """Every session on which another gate can be tried, under every generation of gates."""
        return [run for case in self.corpus if case.replayable for run in run_policies(case, GENERATIONS)]

    @property
    def shown(self) -> tuple[str, ...]:
        """Shares of failures that are shown to lie under the one that was asked."""
        return tuple(name for name, rate in self.rates.items() if Known.by(rate).upper <= self.share)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Every question that is left open, the sessions first, then numbers, gates, settings and the detector."""
        return tuple(gap for find in GAPS for gap in find(self))

    @property
    def table(self) -> Table:
        """The same as a table."""
        return Table("Not answered by these recordings", [gap.row() for gap in self.gaps])

    @property
    def picture(self) -> Chart:
        """How wide the bounds are."""
        return bounds_chart(self.rates, self.share)

    @property
    def answer(self) -> str:
        """How much is left open, in words and numbers."""
        narrowest = min(self.rates.items(), key=lambda item: Known.by(item[1]).upper, default=None)
        best = ""
        if narrowest is not None:
            best = f" The best known is *{narrowest[0]}*: {narrowest[1].text}."
        return (
            f"**{len(self.gaps)} questions** stay open on these {len(self.corpus)} sessions, each with what would "
            f"answer it. Of **{len(self.rates)} shares** of failures that can be counted, **{len(self.shown)}** are "
            f"shown to lie under {100 * self.share:g} %: that takes {clusters_needed(self.share)} independent "
            f"speakers, calls or clips without a failure.{best}"
        )


def _sessions(seen: Unknown) -> Iterator[Gap]:
    """What single sessions lack, each reason once."""
    reasons = Counter(line for case in seen.corpus for line in happened(case.session).cannot)
    for line, n in reasons.most_common():
        what, _, instead = line.partition("; ")
        head, _, because = what.partition(": ")
        yield Gap(f"what happened, where there is {head}", because or head, _of(n, seen.corpus), instead or "–")


def _modelled(seen: Unknown) -> Iterator[Gap]:
    n = sum(case.session.info.evidence == "modelled" for case in seen.corpus)
    if n:
        yield Gap("how a provider performs", "its events were modelled, from recorded ranges of delays",
                  _of(n, seen.corpus), "sessions of your own: the short logger of the README")  # fmt: skip


def _read(seen: Unknown) -> Iterator[Gap]:
    n = sum(case.session.info.speech_style not in EVIDENCE_STYLES for case in seen.corpus)
    if n:
        yield Gap("how long to wait for the end of a turn", "read speech holds no long pauses, other speech is unknown",
                  _of(n, seen.corpus), "elicited or spontaneous turns, whole, with their pauses")  # fmt: skip


def _unlabelled(seen: Unknown) -> Iterator[Gap]:
    ms = sum(cell.to_label_ms for cell in as_recorded(seen.corpus))
    if ms:
        yield Gap("barge-ins, cut-offs and false stops", "nobody has labelled what was said", f"{ms / 60_000:.1f} min",
                  "bargein label queue: what settings disagree about, and a sample of the rest")  # fmt: skip


def _unsure(seen: Unknown) -> Iterator[Gap]:
    wide = len(seen.rates) - len(seen.shown)
    if wide:
        most = max(Known.by(rate).clusters for rate in seen.rates.values())
        yield Gap(f"whether something fails in under {100 * seen.share:g} % of cases",
                  f"the bound looks at independent groups, and there are {most} at most",
                  f"{wide} of {len(seen.rates)} shares",
                  f"{clusters_needed(seen.share)} speakers, calls or clips without a failure, each setting",
                  )  # fmt: skip


def _left_out(seen: Unknown) -> Iterator[Gap]:
    """Barge-ins under other gates of which too little is known, by reason."""
    met = [e for run in seen.runs for e in run.panel.met]
    for name, because, instead in (
        ("censored", "the recorded provider had stopped what the gate would have played on",
         "the same call with interrupt_response: false"),
        ("apart", "something else was heard before the onset already", "record under that gate"),
        ("masked", "the detector was open already: no report was possible", "a headset, or echo cancellation"),
    ):  # fmt: skip
        if n := sum(getattr(e, name) for e in met):
            yield Gap("how another gate would have stopped", f"{name}: {because}", f"{n} of {len(met)} barge-ins",
                      instead)  # fmt: skip
    if ended := sum(e.end == "natural" for e in met):
        yield Gap("how long the agent would have gone on", "its answer ended by itself, and the stop curve is censored "
                  "there", f"{ended} of {len(met)} barge-ins", "longer answers")  # fmt: skip
    if seen.runs:
        yield Gap("what the user or the provider would have done under another gate", "both are held fixed in a replay",
                  f"{len(seen.runs)} replays", "record under that gate")  # fmt: skip


def _settings(seen: Unknown) -> Iterator[Gap]:
    rests = seen.tuned.rests_on
    held = f"{rests.holds} holds, {_counted(rests.clusters, 'cluster')}"
    for refusal in seen.tuned.refusals:
        yield Gap(f"which {refusal.question} {seen.tuned.title} should have", refusal.because, held,
                  refusal.instead)  # fmt: skip
    for one in certified(seen.tuned):
        if one.silence_duration_ms is None:
            yield Gap(f"what can be promised to callers not heard yet, per {one.per}", one.text,
                      _counted(one.clusters, "caller"), f"{one.needed} callers at the least")  # fmt: skip


def _detector(seen: Unknown) -> Iterator[Gap]:
    title = seen.tuned.title
    try:
        calibrate(*recordings_of(seen.corpus, seen.provider))
    except NotAnswerable as why:
        because, _, instead = str(why).partition(". To record: ")
        because = f"{because.partition(' (')[0]}: modelled ones would confirm the model"
        yield Gap(f"how far the stand-in is from {title}'s detector", because,
                  _of(len(seen.corpus), seen.corpus), instead)  # fmt: skip


def _rules(seen: Unknown) -> Iterator[Gap]:
    """Rules of the diagnosis that lacked their evidence, each reason once."""
    found = Counter((one.rule, one.because) for case in seen.corpus for one in diagnose(case).unchecked)
    for (rule, because), n in found.most_common():
        yield Gap(f"whether *{rule}* happened", because, _of(n, seen.corpus), "docs/doctor.md: what each rule needs")


#: Who looks for what, in the order in which it is told.
GAPS: tuple[Callable[[Unknown], Iterator[Gap]], ...] = (
    _sessions, _modelled, _read, _unlabelled, _unsure, _left_out, _settings, _detector, _rules,
)  # fmt: skip


def _of(n: int, corpus: Corpus) -> str:
    return f"{n} of {len(corpus)} sessions"


def _counted(n: int, what: str) -> str:
    return f"{n} {what}{'s'[: n != 1]}"


def unknown(sessions: str | os.PathLike[str] | Session, provider: str = "openai", share: float = 0.10) -> Unknown:
    """Ask what sessions leave open.

    Parameters
    ----------
    sessions
        A session, its folder, or a folder of sessions.
    provider
        Whose settings and detector are asked about.
    share
        The largest share of failures one would accept; over 0, under 1.

    Raises
    ------
    SessionError
        Every problem of every session.
    """
    return Unknown(open_corpus(sessions), provider, share)
