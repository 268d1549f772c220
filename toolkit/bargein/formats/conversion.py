"""How a public file becomes the file we use: a small table of conversions, and how the result is checked.

A conversion is a name and its arguments, as ``corpora.csv`` writes it:

=============================  ====================================================================================
``copy``                       the bytes as they are
``flac``                       decoded, 16 bit, all channels
``flac left``, ``flac mean``   decoded, the first channel; the mean of all channels
``flac join``                  several mono files of equal length as the channels of one
``flac pcm16 24000``           headerless 16-bit little-endian samples of that rate
``rttm FROM TO [SECONDS]``     lines of one recording, renamed, cut at SECONDS
``call-log``                   a telephone call's record without its caller's number and its long id
``frames``                     a recorded WebSocket (YAML): one frame a line, instructions left out
=============================  ====================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bargein.audio import files
from bargein.errors import DataError, Problem
from bargein.whole import write_bytes


def convert(conversion: str, sources: Sequence[Path], target: Path) -> None:
    """Make ``target`` from downloaded files: under a temporary name first, then renamed.

    Parameters
    ----------
    conversion
        As ``corpora.csv`` writes it, for example ``flac left``.
    sources
        The source files, in the order of the table.
    target
        What is written; its folder is made.

    Raises
    ------
    DataError
        A conversion we do not know, or a source that is not what it should be.
    AudioError
        A source that cannot be decoded.

    Examples
    --------
    >>> convert("shuffle", [], Path("x.flac"))
    Traceback (most recent call last):
    bargein.errors.DataError: DataError: 1 problem in x.flac
      conversion: 'shuffle' is unknown (one of call-log, copy, flac, frames, rttm)
    """
    name, *arguments = conversion.split()
    if name not in CONVERSIONS:
        known = ", ".join(sorted(CONVERSIONS))
        raise DataError([Problem(f"conversion: {name!r} is unknown", hint=f"one of {known}")], str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    CONVERSIONS[name](sources, target, *arguments)


def _copy(sources: Sequence[Path], target: Path) -> None:
    write_bytes(target, sources[0].read_bytes())


def _flac(sources: Sequence[Path], target: Path, how: str = "all", rate: str = "") -> None:
    if how == "pcm16":
        data = sources[0].read_bytes()
        if len(data) % 2:
            raise DataError([Problem(f"{len(data)} bytes are no 16-bit samples", sources[0].name)], str(target))
        files.write_flac(target, np.frombuffer(data, "<i2").astype(np.int16), int(rate))
        return
    # Through float: libsndfile gives zeros for 16-bit reads of float WAV, and wraps MP3 peaks beyond full scale.
    sounds = [files.read(source) for source in sources]
    samples, own_rate = sounds[0]
    if how == "join":
        shapes = {(sound.shape, r) for sound, r in sounds}
        if len(shapes) != 1 or samples.ndim != 1:
            what = f"channels that do not fit together: {sorted(shapes)}"
            raise DataError([Problem(what, " + ".join(s.name for s in sources))], str(target))
        samples = np.stack([sound for sound, _ in sounds], axis=1)
    elif samples.ndim == 2 and how == "left":
        samples = samples[:, 0]
    elif samples.ndim == 2 and how == "mean":
        samples = samples.mean(axis=1)
    files.write_flac(target, files.to_int16(samples), own_rate)


def _rttm(sources: Sequence[Path], target: Path, recording: str, renamed: str, until: str = "inf") -> None:
    limit = float(until)
    lines = [line.split() for line in sources[0].read_text("utf-8").splitlines() if line.strip()]
    kept = []
    for words in lines:
        start, length = float(words[3]), float(words[4])
        if words[1] == recording and start < limit:
            times = f"{start:.3f} {min(length, limit - start):.3f}"
            kept.append(f"SPEAKER {renamed} {words[2]} {times} <NA> <NA> {words[7]} <NA> <NA>\n")
    if not kept:
        raise DataError([Problem(f"no lines of {recording!r}", sources[0].name, "another file?")], str(target))
    write_bytes(target, "".join(kept).encode())


def _call_log(sources: Sequence[Path], target: Path) -> None:
    record = json.loads(sources[0].read_text("utf-8"))
    kept = {"call": record["uuid"][:8], **{k: record[k] for k in ("start_time", "end_time", "history")}}
    write_bytes(target, (json.dumps(kept, indent=1, ensure_ascii=False) + "\n").encode())


def _frames(sources: Sequence[Path], target: Path) -> None:
    try:
        import yaml  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        raise DataError([Problem("needs PyYAML", sources[0].name, "pip install pyyaml")], str(target)) from error
    recorded = yaml.safe_load(sources[0].read_text("utf-8"))["interactions"]
    lines = []
    for i, frame in enumerate(recorded):
        row = {"i": i, "kind": frame["kind"], "direction": frame.get("direction"), **_without_instructions(frame)}
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    write_bytes(target, "".join(lines).encode())


def _without_instructions(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_instructions(v) for v in value]
    if isinstance(value, dict):
        left_out = {"instructions"} if value.get("instructions") else set()
        return {k: "(left out)" if k in left_out else _without_instructions(v) for k, v in value.items()}
    return value


CONVERSIONS: dict[str, Callable[..., None]] = {
    "copy": _copy,
    "flac": _flac,
    "rttm": _rttm,
    "call-log": _call_log,
    "frames": _frames,
}
