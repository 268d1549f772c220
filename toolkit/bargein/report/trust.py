"""Is the surrogate to be trusted? What a provider's own reports say of the stand-in for its detector, and what not."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from bargein.errors import NotAnswerable
from bargein.plot.chart import Chart
from bargein.plot.identifiability import Agreed, blind_chart, identifiability_chart
from bargein.report.tables import Table
from bargein.session import Session
from bargein.settings import ServerVad
from bargein.tuning.calibration import PRIOR, Calibration, Fit, Key, calibrate, calibrate_on
from bargein.tuning.calibration.agreement import Agreement, agreement
from bargein.tuning.calibration.blind import HIDDEN, Trial, trial
from bargein.tuning.calibration.fit import FITTED
from bargein.tuning.calibration.identify import OPENAI_SETTINGS, maps, openai_six

#: Whose six values come along.
ON_RECORD = Key("openai", "gpt-realtime", "server_vad", "none", "audio/pcm 24000", "silent")
#: Blind tests that show what is found, what is not, and what is not even a parameter.
SHOWN = ("prior", "exit", "minimum speech", "shifted", "all at once", "noise")


@dataclass(frozen=True)
class Trust:
    """What is known of the stand-in for one provider's detector.

    Parameters
    ----------
    provider
        Whose.
    calibration
        Of the sessions that were given; None where none of them is evidence.
    why_not
        Then the reason, and what to record.
    on_record
        Of the six values of OpenAI's that come along.
    blind
        Names of the blind tests that are run.
    """

    provider: str
    calibration: Calibration | None
    why_not: str
    on_record: Calibration
    blind: tuple[str, ...] = SHOWN

    @property
    def rests_on(self) -> str:
        """What the parameters below are of."""
        if self.calibration is not None:
            return "the sessions that were given"
        foreign = f" (of {self.provider} itself nothing is on record)" * (self.provider != ON_RECORD.provider)
        return f"the six values of OpenAI's detector that come along: one clip, one voice, one setting{foreign}"

    @property
    def fit(self) -> Fit:
        """Of the sessions where they are evidence, else of what comes along."""
        found = (self.calibration or self.on_record).fit_for()
        assert found is not None  # a calibration holds at least one
        return found

    @property
    def parameters(self) -> Table:
        """Each parameter with its status, and the other values under which the reports fit as well."""
        rows = [{"parameter": p.name, "value": f"{p.value} {p.unit}".strip(), "status": p.status, "because": p.why,
                 "as good": p.as_good or "–"} for p in self.fit.parameters]  # fmt: skip
        return Table(f"The stand-in, by {self.rests_on}", rows, fold=("status", "because"))

    @property
    def picture(self) -> Chart:
        """Every pair of thresholds that gives the six recorded values, too."""
        return identifiability_chart(maps(openai_six()))

    @property
    def agreement(self) -> Agreement:
        """How well the prior gives the recorded values."""
        return agreement(PRIOR, openai_six())

    @cached_property
    def trials(self) -> dict[str, Trial]:
        """The blind tests, by name."""
        return {name: trial(HIDDEN[name]) for name in self.blind}

    @property
    def trial_table(self) -> Table:
        """A row a hidden detector: event F1 at 100 ms on callers and at a setting that were never fitted to."""
        rows = [{"hidden detector": name, "differs from the prior by": t.hidden.what, "prior": f"{t.prior.f1:.3f}",
                 "calibrated": f"{t.calibrated.f1:.3f}", "as stated beforehand": f"{t.stated:.3f}",
                 "moved from the prior": ", ".join(t.fitted) or "nothing"}
                for name, t in self.trials.items()]  # fmt: skip
        return Table("Blind tests: event F1 at 100 ms", rows)

    @property
    def trial_picture(self) -> Chart:
        """The same as a picture: where the stated error is nearer to 1 than the kept one, it was too hopeful."""
        found = [Agreed(name, t.prior.f1, t.calibrated.f1, t.stated) for name, t in self.trials.items()]
        return blind_chart(found)

    def error_at(self, settings: ServerVad = OPENAI_SETTINGS) -> str:
        """Give the error at a setting, of groups that were left out, or say that it cannot be estimated."""
        return self.fit.error_text(settings)

    @property
    def answer(self) -> str:
        """How far to trust it, in words and numbers."""
        every = self.fit.parameters
        fitted = [p.name for p in every if p.status == FITTED]
        trials = self.trials.values()
        better = sum(t.calibrated.f1 > t.prior.f1 for t in trials)
        worse = sum(t.calibrated.f1 < t.prior.f1 for t in trials)
        hopeful = [name for name, t in self.trials.items() if t.calibrated.f1 < t.stated]
        off = max((t.stated - t.calibrated.f1 for t in trials), default=0.0)
        lines = [
            f"On {self.rests_on} **{len(fitted)} of {len(every)} parameters** of the stand-in are identified"
            f"{': ' * bool(fitted)}{', '.join(fitted)}; {self.error_at()}.",
        ]
        if self.calibration is None:
            lines.append(
                f"It gives the recorded values ({self.agreement.text}), and so do other detectors: that it fits shows "
                "that it may be right, not that it is."
            )
        lines.append(
            f"In {len(trials)} blind tests the calibrated stand-in agreed better than the prior in {better} and worse "
            f"in {worse}. In {len(hopeful)} of them it had promised more than it kept, by up to {off:.3f} of event F1"
            f"{' (' * bool(hopeful)}{', '.join(hopeful)}{')' * bool(hopeful)}."
        )
        return "\n\n".join(lines)


def trust(sessions: str | os.PathLike[str] | Session, provider: str = "openai", blind: Iterable[str] = SHOWN) -> Trust:
    """Ask how well a provider's detector is known.

    Parameters
    ----------
    sessions
        Recorded ones are evidence; where none is, the reason is kept.
    provider
        Whose detector.
    blind
        Names of :data:`bargein.tuning.calibration.blind.HIDDEN`.

    Raises
    ------
    SessionError, SettingsError
        A session is damaged; no such provider.
    """
    found, why_not = None, ""
    try:
        found = calibrate_on(sessions, provider)
    except NotAnswerable as refused:
        why_not = str(refused)
    return Trust(provider, found, why_not, calibrate({ON_RECORD: openai_six()}), tuple(blind))
