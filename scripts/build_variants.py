"""Run Silero's own gates over the embedded scores once and keep what they say: ``tests/golden/silero_gates.json``.

    python scripts/build_variants.py --package DIR

``DIR`` is the folder ``silero_vad`` of an unpacked wheel (``pip download --no-deps silero-vad==6.2.3``, then unzip it).
``get_speech_timestamps_from_probs`` and ``VADIterator`` are run as they stand in its ``utils_vad.py``; the network is
not: a stand-in gives the embedded scores of real recordings, frame by frame. That file imports torch for its network
and its tensors. Where torch is not installed a stand-in of four names takes its place, which is all that the two gates
touch: ``no_grad``, ``is_tensor``, ``Tensor``, ``device``. The file says which of the two it was.

Written: version and hash of the source, whether torch was there, per clip the hash of its scores, per setting and clip
the stretches, samples, as flat lists of starts and ends; of the iterator, which leaves the last end out, an odd count.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import sys
import types
from pathlib import Path
from typing import Any

from bargein.vad.tables import LabelledScores, load_scores

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden" / "silero_gates.json"

#: Corpora, and how many of their recordings: turns, callers, coughs, noise, echo, a provider's clip.
CLIPS = {
    "user-utterances": 27,
    "phone-agent-callers": 12,
    "coughs": 12,
    "noise": 8,
    "echo-residual": 8,
    "provider-vad": 2,
}
#: Names as our rule has them: enter, exit, silence, padding, minimum, maximum.
SETTINGS: list[dict[str, Any]] = [
    {"enter": 0.5, "silence_duration_ms": 100, "prefix_padding_ms": 30, "min_speech_ms": 250},
    {"enter": 0.5, "silence_duration_ms": 500, "prefix_padding_ms": 300, "min_speech_ms": 0},
    {"enter": 0.3, "silence_duration_ms": 33, "prefix_padding_ms": 100, "min_speech_ms": 64},
    {"enter": 0.1, "silence_duration_ms": 200, "prefix_padding_ms": 0, "min_speech_ms": 0},
    {"enter": 0.9, "exit": 0.2, "silence_duration_ms": 0, "prefix_padding_ms": 48, "min_speech_ms": 96},
    {"enter": 0.5, "silence_duration_ms": 1_000, "prefix_padding_ms": 30, "min_speech_ms": 250, "max_speech_ms": 1_500},
    {"enter": 0.35, "silence_duration_ms": 320, "prefix_padding_ms": 0, "min_speech_ms": 500, "max_speech_ms": 400},
]


def official(package: Path) -> tuple[types.ModuleType, bool]:
    """Load the authors' file; tells whether torch itself was there."""
    there = importlib.util.find_spec("torch") is not None
    if not there:
        sys.modules["torch"] = stand_in()
    spec = importlib.util.spec_from_file_location("utils_vad", package / "utils_vad.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, there


def stand_in() -> types.ModuleType:
    """Give the four names of torch that the file and its gates touch; a tensor is a list that knows its dimension."""

    class Tensor(list):  # type: ignore[type-arg]
        def dim(self) -> int:
            return 1

    torch = types.ModuleType("torch")
    names = {
        "Tensor": Tensor, "no_grad": lambda: lambda function: function, "device": lambda name: name,
        "is_tensor": lambda value: isinstance(value, Tensor),
        "nn": types.SimpleNamespace(functional=types.SimpleNamespace()),
    }  # fmt: skip
    for name, value in names.items():
        setattr(torch, name, value)
    return torch


class Recorded:
    """A network that gives scores it was given: as the gates call theirs."""

    def __init__(self, values: list[float]) -> None:
        self._values = values
        self._next = 0

    def reset_states(self) -> None:
        """Begin again."""
        self._next = 0

    def __call__(self, chunk: object, rate: int) -> types.SimpleNamespace:
        """Give the next score as a tensor does."""
        value = self._values[self._next]
        self._next += 1
        return types.SimpleNamespace(item=lambda: value)


def timestamps(gates: Any, clip: LabelledScores, rule: dict[str, Any]) -> list[int]:
    """Starts and ends of ``get_speech_timestamps``, samples."""
    found = gates.get_speech_timestamps_from_probs(
        clip.scores.values.tolist(), sampling_rate=clip.scores.rate, threshold=rule["enter"],
        neg_threshold=rule.get("exit"), min_speech_duration_ms=rule["min_speech_ms"],
        max_speech_duration_s=rule["max_speech_ms"] / 1000 if "max_speech_ms" in rule else float("inf"),
        min_silence_duration_ms=rule["silence_duration_ms"], speech_pad_ms=rule["prefix_padding_ms"],
        audio_length_samples=clip.scores.samples,
    )  # fmt: skip
    return [one[edge] for one in found for edge in ("start", "end")]


def iterated(gates: Any, clip: LabelledScores, rule: dict[str, Any]) -> list[int]:
    """Starts and ends of ``VADIterator``, samples, in the order in which it gives them."""
    values = clip.scores.values.tolist()
    gate = gates.VADIterator(
        Recorded(values), threshold=rule["enter"], sampling_rate=clip.scores.rate,
        min_silence_duration_ms=rule["silence_duration_ms"], speech_pad_ms=rule["prefix_padding_ms"],
    )  # fmt: skip
    chunk = sys.modules["torch"].Tensor([0.0] * clip.scores.hop)
    said = (gate(chunk) for _ in values)
    return [at for event in said if event is not None for at in event.values()]


def chosen() -> list[LabelledScores]:
    """The recordings, in the order of the index; the shortest callers, as the file stays small."""
    found = []
    for group, count in CLIPS.items():
        found += sorted(load_scores(groups=[group]), key=lambda clip: len(clip.scores))[:count]
    return found


def main() -> None:
    """Write the golden file."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--package", type=Path, required=True)
    package = reader.parse_args().package
    gates, torch = official(package)
    metadata = next(package.parent.glob("silero_vad-*.dist-info/METADATA")).read_text(encoding="utf-8")
    clips = chosen()
    plain = [rule for rule in SETTINGS if not {"exit", "max_speech_ms"} & {*rule}]  # the iterator has neither
    said = {
        "package": "silero-vad " + next(line for line in metadata.splitlines() if line.startswith("Version: "))[9:],
        "utils_vad.py": hashlib.sha256((package / "utils_vad.py").read_bytes()).hexdigest(),
        "torch": "installed" if torch else "a stand-in of four names (scripts/build_variants.py)",
        "python": sys.version.split()[0],
        "settings": SETTINGS,
        "clips": {
            clip.clip: {
                "scores": hashlib.sha256(clip.scores.values.tobytes()).hexdigest()[:16],
                "silero-timestamps": [timestamps(gates, clip, rule) for rule in SETTINGS],
                "silero-iterator": [iterated(gates, clip, rule) for rule in plain],
            }
            for clip in clips
        },
    }  # fmt: skip
    GOLDEN.write_text(json.dumps(said, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
