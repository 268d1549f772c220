"""Any setting, weighed exactly: what a rule of any two thresholds and least speech costs on labelled recordings.

A grid of thresholds answers what may be recommended; a person who moves a slider asks about the value in between.
One pass over the pauses (:mod:`bargein.vad.exact`) answers it, for every end silence at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from bargein.providers import PROVIDERS
from bargein.providers.targets import target
from bargein.settings import ServerVad
from bargein.tuning.answerable import Answerable, answerable
from bargein.tuning.figures import Figures
from bargein.tuning.objectives import BUDGETS
from bargein.tuning.plan import no_model
from bargein.tuning.recommend import tune
from bargein.tuning.reports import Heard
from bargein.tuning.sliders import Setting
from bargein.tuning.tuned import Tuned
from bargein.vad.counting import Labelled
from bargein.vad.grid import Sweep
from bargein.vad.rule import Rule
from bargein.vad.sweep import Curve, curve

#: Curves that are kept: as many settings as somebody goes back and forth between.
KEPT = 24
#: Whose rules a target is weighed by that is no provider of ours: Silero's gate, and nothing is recommended for it.
STAND_IN = "openai"


def no_reports(provider: str) -> Heard:
    """Give what is at hand of a provider's reports where nobody looked for any."""
    return Heard()


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One setting, weighed.

    Parameters
    ----------
    setting
        Where the sliders stood.
    tuned
        As for its target, but the evidence is of this rule alone, at every end silence.
    figures
        What it costs.
    """

    setting: Setting
    tuned: Tuned
    figures: Figures


@dataclass(slots=True, eq=False)
class Scales:
    """Recordings on which any setting is weighed.

    Parameters
    ----------
    tried
        A sweep over them: what the frontier of a target rests on.
    reports
        Gives what is at hand of a provider's own reports.

    Examples
    --------
    >>> import numpy as np
    >>> from bargein.timeline import Span
    >>> from bargein.tuning.sliders import start
    >>> from bargein.vad.scores import Scores
    >>> from bargein.vad.sweep import sweep
    >>> from bargein.vad.tables import LabelledScores
    >>> p = np.repeat([0.0, 0.9, 0.0, 0.9, 0.0], [10, 20, 8, 20, 40])  # a pause of 8 frames of 32 ms
    >>> turn = LabelledScores("demo", "demo", "you", "turn", "elicited", Scores(p, 512, 16_000, len(p) * 512, "demo"),
    ...                       turn=Span(320, 1_856), holds=(Span(960, 1_216),), note="", licence="", attribution="")
    >>> scales = Scales(sweep([turn]))
    >>> held, cut = (start("openai")._replace(silence_duration_ms=ms) for ms in (256, 192))
    >>> [scales.trial(one).figures.whole.cutoffs["hold"].text for one in (held, cut)]
    ['0 of 1 (up to 95 %)', '1 of 1 (up to 100 %)']
    """

    tried: Sweep
    reports: Callable[[str], Heard] = no_reports
    _answerable: dict[str, Answerable] = field(default_factory=dict)
    _tuned: dict[str, Tuned] = field(default_factory=dict)
    _curves: dict[tuple[float, float, int], Curve] = field(default_factory=dict)
    _trials: dict[Setting, Trial] = field(default_factory=dict)

    def tuned(self, target_name: str) -> Tuned:
        """Give the evidence for a target without a budget: frontier, ceiling, what is in force.

        A target that is no provider of ours is weighed by Silero's gate, and its notes say so.
        """
        if target_name not in self._tuned:
            self._tuned[target_name] = _tuned(self.tried, target_name)
        return self._tuned[target_name]

    def answerable(self, target_name: str) -> Answerable:
        """Say what the recordings can say of each setting of a target, at the widest budget that a frontier shows."""
        if target_name not in self._answerable:
            self._answerable[target_name] = self._known(target_name)
        return self._answerable[target_name]

    def _known(self, target_name: str) -> Answerable:
        whole, chosen = self.tuned(target_name), target(target_name)
        heard = self.reports(chosen.provider)
        why = f"weighed by Silero's gate, and what decides there is {chosen.detector}"
        if chosen.provider in PROVIDERS:
            why = no_model(PROVIDERS[chosen.provider], heard)
        accepted = whole.evidence.low, whole.evidence.high
        rows = self.tried.recordings
        return answerable(whole.title, rows, heard, whole.in_force, max(BUDGETS), accepted=accepted, no_model=why)

    def trial(self, setting: Setting) -> Trial:
        """Weigh a setting.

        Raises
        ------
        SettingsError
            It is no rule.
        """
        if setting not in self._trials:
            self._trials[setting] = self._trial(setting)
            if len(self._trials) > KEPT:
                self._trials.pop(next(iter(self._trials)))
        return self._trials[setting]

    def _trial(self, setting: Setting) -> Trial:
        rule, whole = setting.rule, self.tuned(setting.target)
        evidence = whole.evidence.of_rule(self.curve(rule).grid)
        silence = min(setting.silence_duration_ms, self.tried.silences[-1])
        return Trial(setting, replace(whole, evidence=evidence), evidence.figures(rule.enter, silence))

    def curve(self, rule: Rule) -> Curve:
        """Give what a rule does at every end silence; the last few are kept."""
        key = rule.enter, rule.leave, rule.min_speech_ms
        found = self._curves.pop(key, None) or weigh(self.tried.recordings, rule, self.tried.silences[-1])
        self._curves[key] = found  # last in line
        if len(self._curves) > KEPT:
            self._curves.pop(next(iter(self._curves)))
        return found


def weigh(recordings: Iterable[Labelled], rule: Rule, max_silence_ms: int) -> Curve:
    """Count what a rule does; padding and end silence are left out of it, for they change no count of the curve."""
    return curve(recordings, replace(rule, silence_duration_ms=0, prefix_padding_ms=0), max_silence_ms=max_silence_ms)


def _tuned(tried: Sweep, target_name: str) -> Tuned:
    chosen = target(target_name)
    if chosen.provider in PROVIDERS:
        return tune(tried, chosen.provider)
    known = {f.name: f.setting.default for f in chosen.fields if f.name in Setting._fields and f.setting.default}
    told = ServerVad(**{name: known.get(name) for name in ("threshold", "prefix_padding_ms", "silence_duration_ms")})  # type: ignore[arg-type]
    found = tune(tried, STAND_IN, in_force=told)
    carried = f"weighed by Silero's gate, for want of a model of what decides at {chosen.title}: {chosen.detector}"
    return replace(found, title=chosen.title, notes=(carried, *found.notes[1:]))
