"""A calibration as a small file: versioned JSON with its evidence, written whole, read with every problem at once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from bargein.errors import Problem, SettingsError, check
from bargein.providers import PROVIDERS
from bargein.tuning.calibration.fit import SCHEMA, Calibration, Fit
from bargein.vad.surrogate import START_DATING, STOP_DATING, Surrogate
from bargein.whole import write_text

#: Says what the file is, for whoever finds it.
KIND = "bargein calibration"
HINT = "changed by hand, or by another version? `bargein calibrate` makes it anew"


def write(calibration: Calibration, path: str | os.PathLike[str]) -> Path:
    """Write a calibration; an old file is replaced only by a complete new one.

    Raises
    ------
    OSError
        It cannot be written; an old file stays as it was.
    """
    target = Path(path)
    content = {"kind": KIND, **to_json(calibration)}
    write_text(target, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    return target


def to_json(calibration: Calibration) -> dict[str, Any]:
    """Give a calibration as plain data, the version first."""
    plain = asdict(calibration)
    return {"schema": plain.pop("schema"), **plain}


def read(path: str | os.PathLike[str]) -> Calibration:
    """Read a calibration.

    Raises
    ------
    SettingsError
        It cannot be read or is not valid: every problem with its place.
    """
    source = str(path)
    try:
        raw = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([Problem(f"cannot be read: {error.strerror}", source)], source) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError([Problem(f"no JSON: {error}", source, "cut short?")], source) from error
    if not isinstance(raw, dict) or raw.get("kind") != KIND:
        hint = "bargein calibrate SESSIONS --out FILE writes one"
        raise SettingsError([Problem("this is no calibration", source, hint)], source)
    if raw.get("schema") != SCHEMA:
        what = f"schema: {raw.get('schema')!r} is not the version this toolkit reads ({SCHEMA})"
        raise SettingsError([Problem(what, source, HINT)], source)
    del raw["kind"]
    problems: list[Problem] = []
    made = _value(raw, Calibration, "calibration", problems)
    check(problems, SettingsError, source)
    check(_inconsistent(made), SettingsError, source)
    assert isinstance(made, Calibration)
    return made


def opened(calibration: Calibration | str | os.PathLike[str] | None) -> Calibration | None:
    """Give a calibration as it is, or from its file.

    Raises
    ------
    SettingsError
        As :func:`read`.
    """
    return calibration if calibration is None or isinstance(calibration, Calibration) else read(calibration)


def _value(raw: Any, kind: Any, place: str, problems: list[Problem]) -> Any:
    """Read one value as what a field says it is; None, and a problem, where it is not."""
    items = get_args(kind)
    if len(items) == 2 and items[1] is Ellipsis and is_dataclass(items[0]):
        if not isinstance(raw, list):
            problems.append(Problem(f"{raw!r} is not a list", place, HINT))
            return ()
        return tuple(_value(one, items[0], f"{place}[{n}]", problems) for n, one in enumerate(raw))
    if isinstance(kind, type) and is_dataclass(kind):
        return _object(raw, kind, place, problems)
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        said = str(error).replace("Object", "value")
        problems.append(Problem(f"{json.dumps(raw)[:60]}: {said[0].lower()}{said[1:]}", place, HINT))
        return None


def _object(raw: Any, kind: type, place: str, problems: list[Problem]) -> Any:
    if not isinstance(raw, dict):
        problems.append(Problem(f"{raw!r} is not an object", place, HINT))
        return None
    hints, before, values = get_type_hints(kind), len(problems), {}
    known = {f.name: f for f in fields(kind)}
    problems += [Problem(f"{name}: not known", place, HINT) for name in raw if name not in known]
    for name, f in known.items():
        if name in raw:
            values[name] = _value(raw[name], hints[name], f"{place}.{name}", problems)
        elif f.default is MISSING and f.default_factory is MISSING:
            problems.append(Problem(f"{name} is missing", place, HINT))
    return kind(**values) if len(problems) == before else None


#: What has to hold of a stand-in beyond its types; a place, whether it holds, and what is wrong otherwise.
HOLDS: Mapping[str, tuple[Callable[[Surrogate], bool], str]] = {
    "hysteresis": (lambda s: 0 <= s.hysteresis <= 1, "is outside 0..1"),
    "min_speech_ms": (lambda s: s.min_speech_ms >= 0, "is under 0"),
    "delay_ms": (lambda s: s.delay_ms >= -10_000, "comes long before the decision"),
    "start_dating": (lambda s: s.start_dating in START_DATING, f"is none of {', '.join(START_DATING)}"),
    "stop_dating": (lambda s: s.stop_dating in STOP_DATING, f"is none of {', '.join(STOP_DATING)}"),
    "thresholds": (
        lambda s: (
            all(0 <= v <= 1 for pair in s.thresholds for v in pair)
            and list(s.thresholds) == sorted(s.thresholds)
            and [e for _, e in s.thresholds] == sorted(e for _, e in s.thresholds)
        ),
        "has to rise, with scores in 0..1",
    ),
}


def _inconsistent(made: Calibration) -> Iterator[Problem]:
    if made.provider not in PROVIDERS:
        yield Problem(f"provider: {made.provider!r} is not known", "calibration", f"one of {', '.join(PROVIDERS)}")
    if not made.fits:
        yield Problem("no fit", "calibration.fits", HINT)
    for n, fit in enumerate(made.fits):
        yield from _inconsistent_fit(fit, made.provider, f"calibration.fits[{n}]")


def _inconsistent_fit(fit: Fit, provider: str, place: str) -> Iterator[Problem]:
    if fit.key.provider != provider:
        yield Problem(f"provider: {fit.key.provider!r} in a calibration of {provider!r}", f"{place}.key", HINT)
    if fit.key.vad_type != "server_vad":
        hint = "a detector of another type has no threshold, and none of ours stands in for it"
        yield Problem(f"vad_type: {fit.key.vad_type!r} is not server_vad", f"{place}.key", hint)
    if not fit.held_out or fit.held_out[0].settings is not None:
        yield Problem("the error at all recorded settings is missing", f"{place}.held_out", HINT)
    if not fit.evidence:
        yield Problem("no recording it rests on", f"{place}.evidence", HINT)
    for name, (holds, wrong) in HOLDS.items():
        if not holds(fit.surrogate):
            yield Problem(f"{name}: {getattr(fit.surrogate, name)!r} {wrong}", f"{place}.surrogate.{name}", HINT)
