"""Detectors that play the provider on real speech, for blind tests: what a calibration never sees is which one it is.

Those over the same scores come with the toolkit (``bargein.tuning.calibration.blind``); here are three that listen to
the sound itself. ``python tests/hidden_vads.py`` rewrites ``golden/hidden_sound.json`` from a mirror of the recordings:
what these three reported, so that a bare clone can run the same tests. With ``deals`` it deals the callers anew.
"""

from __future__ import annotations

import json
import os
import sys
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from bargein.audio import files
from bargein.audio.levels import dbfs, rms_frames
from bargein.settings import ServerVad
from bargein.tuning.calibration import Report, blind
from bargein.tuning.calibration.blind import ASKED, FIRST, RECORDED, Hidden, Reporting, Reports, Trial, callers
from bargein.vad import scorers
from bargein.vad.scores import Scores
from bargein.vad.surrogate import PRIOR
from bargein.vad.tables import LabelledScores

GOLDEN = Path(__file__).parent / "golden" / "hidden_sound.json"


@lru_cache(maxsize=1)
def _golden() -> dict[str, dict[str, list[list[list[int]]]]]:
    found: dict[str, dict[str, list[list[list[int]]]]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return found


def heard(name: str) -> Reporting:
    """A detector that listens to the sound itself; its reports stand in the golden file."""

    def reports(clip: LabelledScores, settings: ServerVad) -> Reports:
        starts, stops = _golden()[name][f"{clip.clip} {settings.label}"]
        return tuple(Report(c, k) for c, k in starts), tuple(Report(c, k) for c, k in stops)

    return reports


HIDDEN = {
    **blind.HIDDEN,
    "energy": Hidden("no network: level of 10 ms frames over a fixed one, held for 100 ms", heard("energy")),
    "energy over floor": Hidden("no network: level over a noise floor that follows", heard("energy over floor")),
    "webrtc": Hidden("no network: WebRTC's mixture of Gaussians, its four modes for a score", heard("webrtc")),
}
#: Those of the golden file.
HEARD = ("energy", "energy over floor", "webrtc")


@cache
def trial(name: str, first: int = FIRST, settings: tuple[ServerVad, ...] = RECORDED) -> Trial:
    """Run one, by name."""
    return blind.trial(HIDDEN[name], first, settings)


# ---- detectors of sound, run where the recordings are


FRAME_MS, HELD_FRAMES = 10, 10


def sound_scores(path: Path, name: str) -> Scores:
    """A level as a score: 0..1 over 50 dB; or over 30 dB above a floor that falls at once and rises 1 dB a second.

    WebRTC's score is how many of its four modes hear speech.
    """
    samples, rate = files.read_int16(path)
    if name == "webrtc":
        return scorers.score(name, [samples], rate)
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


def sound_reports(mirror: Path) -> dict[str, dict[str, list[list[list[int]]]]]:
    """Everything that detectors of sound report, as the golden file holds it: claim and arrival, starts then stops."""
    return {
        name: {
            f"{clip.clip} {settings.label}": [
                [[int(c), int(k)] for c, k in zip(one.claimed, one.known, strict=True)]
                for one in PRIOR.claims(sound_scores(mirror / clip.clip, name), settings)
            ]
            for clip in callers()
            for settings in (*RECORDED, ASKED)
        }
        for name in HEARD
    }


def dealt() -> None:
    """Print every blind test with the callers dealt in two other ways: one deal may be luck. Takes minutes."""
    clips = callers()
    ways = {"as they come": clips, "the last six on record": clips[::-1], "every other one": clips[::2] + clips[1::2]}
    for name, hidden in HIDDEN.items():
        for way, order in ways.items():
            run = blind.trial(hidden, clips=order)
            sys.stdout.write(
                f"{name}, {way}: prior {run.prior.f1:.3f}, {run.prior.onset_ms:.0f} ms; calibrated "
                f"{run.calibrated.f1:.3f}, {run.calibrated.onset_ms:.0f} ms; stated {run.stated:.3f}\n"
            )


if __name__ == "__main__" and sys.argv[1:] == ["deals"]:
    dealt()
elif __name__ == "__main__":
    GOLDEN.write_text(json.dumps(sound_reports(Path(os.environ["BARGEIN_DATA_MIRROR"])), separators=(",", ":")) + "\n")
    sys.stdout.write(f"{GOLDEN.name}: rewritten\n")
