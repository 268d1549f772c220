"""Blind tests of the calibration: detectors that play the provider on real speech, and that it does not know.

The speech is real: callers of a telephone agent, twelve of them, as scores that come along. The detector is made up,
and seeded. Some callers are "recorded" under some settings; asked about are the others, under a setting that was not
among them. The primary figure was named before the first run: event F1 at 100 ms, then the median onset error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from bargein.settings import ServerVad
from bargein.tuning.calibration.agreement import Agreement, agreement
from bargein.tuning.calibration.calibrate import calibrate
from bargein.tuning.calibration.evidence import Key, Recorded, Report
from bargein.tuning.calibration.fit import Calibration
from bargein.vad.surrogate import DECIDED, LOW, ONSET, PRIOR, Claims, Surrogate
from bargein.vad.tables import LabelledScores, load_scores

KEY = Key("openai", "hidden", "server_vad", "none", "audio/pcm 24000", "silent")
#: Settings under which the provider was recorded, and the one it is asked about: not one of them.
RECORDED = (ServerVad(0.3, 300, 200), ServerVad(0.5, 300, 500), ServerVad(0.7, 200, 350))
ASKED = ServerVad(0.6, 250, 400)
#: Callers whose reports are calibrated on; the others are held back.
FIRST = 6
SEED = 20_261_125
Reports = tuple[tuple[Report, ...], tuple[Report, ...]]
Reporting = Callable[[LabelledScores, ServerVad], Reports]


@dataclass(frozen=True)
class Hidden:
    """A detector that plays the provider.

    Parameters
    ----------
    what
        How it differs from the prior.
    reports
        What it reports of a clip at a setting.
    same
        Whether its claims are the prior's.
    coughs
        So many recorded coughs are on record beside the callers: sounds that are shorter than any word.
    """

    what: str
    reports: Reporting
    same: bool = False
    coughs: int = 0


@dataclass(frozen=True)
class Trial:
    """A blind test: calibrated on some callers and settings, asked about others.

    Parameters
    ----------
    hidden
        Who played the provider.
    calibration
        What was found on the callers on record, its own error stated with it.
    prior, calibrated
        How well either stand-in agrees with it on the callers held back.
    """

    hidden: Hidden
    calibration: Calibration
    prior: Agreement
    calibrated: Agreement

    @property
    def fitted(self) -> list[str]:
        """What was moved away from the prior."""
        fit = self.calibration.fits[0]
        return [p.name for p in fit.parameters if getattr(fit.surrogate, p.name) != getattr(PRIOR, p.name)]

    @property
    def stated(self) -> float:
        """Event F1 that the calibration had stated beforehand, of callers it had left out itself."""
        return self.calibration.fits[0].held_out[0].f1


def reported(claims: tuple[Claims, Claims], delay_ms: int = 0) -> Reports:
    """Give claims as a client receives them."""
    starts, stops = (
        tuple(Report(c, k + delay_ms) for c, k in zip(one.claimed.tolist(), one.known.tolist(), strict=True))
        for one in claims
    )
    return starts, stops


def gate(surrogate: Surrogate) -> Reporting:
    """Silero's scores under another rule."""
    return lambda clip, settings: reported(surrogate.claims(clip.scores, settings), surrogate.delay_ms)


def noisy(sigma: float) -> Reporting:
    """Silero's scores with noise on their logit: another model of the same kind. The same noise at every setting."""

    def reports(clip: LabelledScores, settings: ServerVad) -> Reports:
        chance = np.random.default_rng([SEED, *clip.clip.encode()])
        p = np.clip(clip.scores.values, 1e-4, 1 - 1e-4)
        values = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + chance.normal(0, sigma, len(p)))))
        return reported(PRIOR.claims(replace(clip.scores, values=values), settings))

    return reports


SHIFTED = ((0.1, 0.3), (0.9, 0.97))
#: Detectors over the same scores.
HIDDEN: Mapping[str, Hidden] = {
    "prior": Hidden("nothing: Silero's gate itself", gate(PRIOR), same=True),
    "late reports": Hidden("every report comes 180 ms later; the claims are the prior's",
                           gate(replace(PRIOR, delay_ms=180)), same=True),
    "exit": Hidden("exit 0.35 under enter instead of 0.15", gate(Surrogate(hysteresis=0.35))),
    "no hysteresis": Hidden("exit = enter", gate(Surrogate(hysteresis=0.0))),
    "minimum speech": Hidden("speech up to 250 ms is not reported", gate(Surrogate(min_speech_ms=250))),
    "minimum speech, coughs": Hidden("the same, with 20 coughs on record, too", gate(Surrogate(min_speech_ms=250)),
                                     coughs=20),
    "shifted": Hidden("0.3 means 0.47, 0.5 means 0.64, 0.7 means 0.80", gate(Surrogate(thresholds=SHIFTED))),
    "dating": Hidden("a start is the onset without padding, a stop the first low frame",
                     gate(Surrogate(start_dating=ONSET, stop_dating=LOW))),
    "biased": Hidden("starts 120 ms later, stops 60 ms earlier",
                     gate(Surrogate(onset_bias_ms=120, offset_bias_ms=-60))),
    "all at once": Hidden("shifted, exit 0.3 under enter, starts dated at the decision",
                          gate(Surrogate(0.3, start_dating=DECIDED, thresholds=SHIFTED))),
    "noise": Hidden("noise on every score (logit, 0.7)", noisy(0.7)),
}  # fmt: skip


@lru_cache(maxsize=1)
def callers() -> tuple[LabelledScores, ...]:
    """Give the twelve callers, each a group of its own."""
    return tuple(load_scores(groups=["phone-agent-callers"]))


def recorded(hidden: Hidden, clips: Iterable[LabelledScores], settings: Iterable[ServerVad]) -> list[Recorded]:
    """Give what a client would have on record: scores, settings, reports."""
    asked = tuple(settings)
    return [
        Recorded(clip.clip, clip.cluster, s, clip.scores, *hidden.reports(clip, s)) for clip in clips for s in asked
    ]


def trial(
    hidden: Hidden, first: int = FIRST, settings: tuple[ServerVad, ...] = RECORDED,
    clips: tuple[LabelledScores, ...] | None = None,
) -> Trial:  # fmt: skip
    """Run one.

    Parameters
    ----------
    first
        How many callers are on record.
    settings
        Under which they are.
    clips
        The callers in another order: the last ones of it are held back. None: as they come.
    """
    clips = callers() if clips is None else clips
    coughs = load_scores(groups=["coughs"])[: hidden.coughs]
    found = calibrate({KEY: recorded(hidden, [*clips[:first], *coughs], settings)})
    held_back = recorded(hidden, clips[FIRST:], [ASKED])
    return Trial(hidden, found, agreement(PRIOR, held_back), agreement(found.fits[0].surrogate, held_back))
