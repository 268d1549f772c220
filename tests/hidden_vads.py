"""Detectors that play the provider on real speech, for blind tests: what a calibration never sees is which one it is.

The speech is real: callers of a telephone agent, twelve of them, scored or as sound; what is made up, and seeded, is
the detector. ``python tests/hidden_vads.py`` rewrites ``golden/hidden_energy.json`` from a mirror of the recordings:
what two energy detectors reported, so that a bare clone can run the same tests.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from bargein.audio import files
from bargein.audio.levels import dbfs, rms_frames
from bargein.settings import ServerVad
from bargein.tuning.calibration import Calibration, Key, Recorded, Report, Surrogate, calibrate
from bargein.tuning.calibration.agreement import Agreement, agreement
from bargein.tuning.calibration.surrogate import DECIDED, LOW, ONSET, PRIOR, Claims
from bargein.vad.scores import Scores
from bargein.vad.tables import LabelledScores, load_scores

GOLDEN = Path(__file__).parent / "golden" / "hidden_energy.json"
KEY = Key("openai", "hidden", "server_vad", "none", "audio/pcm 24000", "silent")
#: Settings under which the provider was recorded, and the one it is asked about: not one of them.
RECORDED = (ServerVad(0.3, 300, 200), ServerVad(0.5, 300, 500), ServerVad(0.7, 200, 350))
ASKED = ServerVad(0.6, 250, 400)
#: Callers whose reports are calibrated on; the others are held back.
FIRST = 6
SEED = 20_261_125
Reports = tuple[tuple[Report, ...], tuple[Report, ...]]


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
    reports: Callable[[LabelledScores, ServerVad], Reports]
    same: bool = False
    coughs: int = 0


def reported(claims: tuple[Claims, Claims], delay_ms: int = 0) -> Reports:
    """Claims as a client receives them."""
    starts, stops = (
        tuple(Report(c, k + delay_ms) for c, k in zip(one.claimed.tolist(), one.known.tolist(), strict=True))
        for one in claims
    )
    return starts, stops


def gate(surrogate: Surrogate) -> Callable[[LabelledScores, ServerVad], Reports]:
    """Silero's scores under another rule."""
    return lambda clip, settings: reported(surrogate.claims(clip.scores, settings), surrogate.delay_ms)


def noisy(sigma: float) -> Callable[[LabelledScores, ServerVad], Reports]:
    """Silero's scores with noise on their logit: another model of the same kind. The same noise at every setting."""

    def reports(clip: LabelledScores, settings: ServerVad) -> Reports:
        chance = np.random.default_rng([SEED, *clip.clip.encode()])
        p = np.clip(clip.scores.values, 1e-4, 1 - 1e-4)
        values = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + chance.normal(0, sigma, len(p)))))
        return reported(PRIOR.claims(replace(clip.scores, values=values), settings))

    return reports


@lru_cache(maxsize=1)
def _golden() -> dict[str, dict[str, list[list[list[int]]]]]:
    found: dict[str, dict[str, list[list[list[int]]]]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return found


def heard(name: str) -> Callable[[LabelledScores, ServerVad], Reports]:
    """A detector that listens to the sound itself; its reports stand in the golden file."""

    def reports(clip: LabelledScores, settings: ServerVad) -> Reports:
        starts, stops = _golden()[name][f"{clip.clip} {settings.label}"]
        return tuple(Report(c, k) for c, k in starts), tuple(Report(c, k) for c, k in stops)

    return reports


SHIFTED = ((0.1, 0.3), (0.9, 0.97))
HIDDEN = {
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
    "energy": Hidden("no network: level of 10 ms frames over a fixed one, held for 100 ms", heard("energy")),
    "energy over floor": Hidden("no network: level over a noise floor that follows", heard("energy over floor")),
}  # fmt: skip


def callers() -> list[LabelledScores]:
    """The twelve callers, each a group of its own."""
    return load_scores(groups=["phone-agent-callers"])


def recorded(hidden: Hidden, clips: Iterable[LabelledScores], settings: Iterable[ServerVad]) -> list[Recorded]:
    """What a client would have on record: scores, settings, reports."""
    asked = tuple(settings)
    return [
        Recorded(clip.clip, clip.cluster, s, clip.scores, *hidden.reports(clip, s)) for clip in clips for s in asked
    ]


@dataclass(frozen=True)
class Trial:
    """A blind test: calibrated on some callers and settings, asked about others."""

    hidden: Hidden
    calibration: Calibration
    prior: Agreement
    calibrated: Agreement

    @property
    def fitted(self) -> list[str]:
        """What was moved away from the prior."""
        fit = self.calibration.fits[0]
        return [p.name for p in fit.parameters if getattr(fit.surrogate, p.name) != getattr(PRIOR, p.name)]


@cache
def trial(name: str, first: int = FIRST, settings: tuple[ServerVad, ...] = RECORDED) -> Trial:
    """Run one; the primary figure was named before: event F1 at 100 ms, then the median onset error."""
    hidden, clips = HIDDEN[name], callers()
    coughs = load_scores(groups=["coughs"])[: hidden.coughs]
    found = calibrate({KEY: recorded(hidden, [*clips[:first], *coughs], settings)})
    held_back = recorded(hidden, clips[FIRST:], [ASKED])
    return Trial(hidden, found, agreement(PRIOR, held_back), agreement(found.fits[0].surrogate, held_back))


# ---- detectors of sound, run where the recordings are


FRAME_MS, HELD_FRAMES = 10, 10


def energy_scores(path: Path, name: str) -> Scores:
    """A level as a score: 0..1 over 50 dB; or over 30 dB above a floor that falls at once and rises 1 dB a second."""
    samples, rate = files.read_int16(path)
    frame = rate * FRAME_MS // 1_000
    level = dbfs(rms_frames(samples, rate, hop_ms=FRAME_MS))
    if name == "energy":
        score = (level + 70) / 50
    else:
        floor, floors = level[0], []
        for one in level:
            floor = min(one, floor + FRAME_MS / 1_000)
            floors.append(max(floor, -75))
        score = (level - np.array(floors)) / 30
    held = np.max([np.concatenate([np.zeros(k), score[: len(score) - k]]) for k in range(HELD_FRAMES)], axis=0)
    return Scores(np.clip(held, 0, 1), frame, rate, len(samples), name)


def energy_reports(mirror: Path) -> dict[str, dict[str, list[list[list[int]]]]]:
    """Everything the two energy detectors report, as the golden file holds it: claim and arrival, starts then stops."""
    return {
        name: {
            f"{clip.clip} {settings.label}": [
                [[int(c), int(k)] for c, k in zip(one.claimed, one.known, strict=True)]
                for one in PRIOR.claims(energy_scores(mirror / clip.clip, name), settings)
            ]
            for clip in callers()
            for settings in (*RECORDED, ASKED)
        }
        for name in ("energy", "energy over floor")
    }


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(energy_reports(Path(os.environ["BARGEIN_DATA_MIRROR"])), separators=(",", ":")) + "\n")
    sys.stdout.write(f"{GOLDEN.name}: rewritten\n")
