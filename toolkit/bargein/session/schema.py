"""``session.json`` and ``labels.jsonl`` as tables of fields: reading collects every problem, writing is plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, fields
from datetime import datetime
from typing import Any

from bargein.errors import Problem, SettingsError
from bargein.session.model import (
    CLOCKS,
    COMPLETE,
    LABEL_BASES,
    LABEL_KINDS,
    SCHEMA,
    SPEECH_STYLES,
    TRACK_KINDS,
    Change,
    Info,
    Label,
    Track,
)
from bargein.settings import from_wire

Check = Callable[[Any], str | None]


def _is(kind: type | tuple[type, ...], name: str) -> Check:
    def check(value: Any) -> str | None:
        ok = isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool)
        return None if ok else f"is not {name}"

    return check


def _among(allowed: tuple[str, ...]) -> Check:
    return lambda value: None if value in allowed else f"is none of {', '.join(allowed)}"


def _at_least(low: int) -> Check:
    whole = _is(int, "a whole number")
    return lambda value: whole(value) or (None if value >= low else f"is below {low}")


def _maybe(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _each(check: Check) -> Check:
    """Every value of a list or object passes."""
    return lambda value: next(
        (w for v in (value.values() if isinstance(value, dict) else value) if (w := check(v))), None
    )


def _both(first: Check, then: Check) -> Check:
    return lambda value: first(value) or then(value)


def _file_name(value: Any) -> str | None:
    """Nothing outside the folder is ever read because a session says so."""
    plain = isinstance(value, str) and value not in ("", ".", "..") and not {"/", "\\", "\0"} & {*value}
    return None if plain else "is not the name of a file in the folder"


def _instant(value: Any) -> str | None:
    """A label that was made nobody knows when says nothing."""
    try:
        known = isinstance(value, str) and (not value or datetime.fromisoformat(value).tzinfo is not None)
    except ValueError:
        known = False
    return None if known else "is no time with a zone, such as 2026-01-31T12:00:00+00:00"


_text, _list, _object = _is(str, "text"), _is(list, "a list"), _is(dict, "an object")
_number = _is((int, float), "a number")
_share = _both(_number, lambda value: None if 0 <= value <= 1 else "is outside 0..1")
_texts = _both(_list, _each(_text))

INFO: Mapping[str, Check] = {
    "id": _text, "provider": _text, "model": _text, "dialect": _text, "length_ms": _at_least(0),
    "clock": _among(CLOCKS), "clock_step_ms": _maybe(_at_least(1)), "settings": _list, "tracks": _object,
    "speech_style": _among(SPEECH_STYLES), "speakers": _both(_object, _each(_texts)), "clusters": _texts,
    "sources": _both(_list, _each(_object)), "modelled": _texts, "assumed": _texts, "client": _object,
    "situation": _text, "cause": _text, "seed": _maybe(_at_least(0)), "licence": _text, "attribution": _text,
    "notes": _texts, "checksums": _both(_object, _each(_text)),
}  # fmt: skip
TRACK: Mapping[str, Check] = {
    "file": _file_name, "kind": _among(TRACK_KINDS), "rate": _at_least(1), "samples": _at_least(0),
    "origin_ms": _is(int, "a whole number of milliseconds"), "skew_ppm": _number,
}  # fmt: skip
TURN_DETECTION: Mapping[str, Check] = {
    "threshold": _maybe(_share), "prefix_padding_ms": _maybe(_at_least(0)),
    "silence_duration_ms": _maybe(_at_least(0)), "idle_timeout_ms": _maybe(_at_least(0)),
    "create_response": _maybe(_is(bool, "true or false")), "interrupt_response": _maybe(_is(bool, "true or false")),
    "eagerness": _maybe(_text),
}  # fmt: skip
LABEL: Mapping[str, Check] = {
    "kind": _among(LABEL_KINDS), "onset_ms": _at_least(0), "offset_ms": _at_least(0), "track": _text,
    "speaker": _text, "uncertainty_ms": _at_least(0), "basis": _among(LABEL_BASES), "annotator": _text,
    "blind": _is(bool, "true or false"), "complete": _maybe(_among(COMPLETE)),
    "made": _instant,
}  # fmt: skip


def _wrong(table: Mapping[str, Check], name: str, value: Any, place: str) -> list[Problem]:
    """What a table's check says against one value; a fraction where milliseconds belong is likely in seconds."""
    hint = "seconds?" if name.endswith("_ms") and isinstance(value, float) else ""
    wrong = table[name](value)
    return [Problem(f"{name}: {value!r} {wrong}", f"{place}.{name}", hint)] if wrong else []


def _checked(
    raw: Any, table: Mapping[str, Check], model: type[Any], place: str
) -> tuple[dict[str, Any], list[Problem]]:
    """Pick a table's fields out of an object, with everything that is wrong with them."""
    if not isinstance(raw, dict):
        return {}, [Problem(f"{raw!r} is not an object", place)]
    problems = []
    values = {}
    for f in fields(model):
        if f.name in raw:
            values[f.name] = raw[f.name]
            problems += _wrong(table, f.name, raw[f.name], place)
        elif f.default is MISSING and f.default_factory is MISSING:
            problems.append(Problem(f"{f.name} is missing", place))
    return values, problems


def read_info(raw: Any, place: str) -> tuple[Info | None, list[Problem]]:
    """Read ``session.json``.

    Returns
    -------
    The facts (None when they cannot be used) and everything that is wrong.
    """
    values, problems = _checked(raw, INFO, Info, place)
    if isinstance(raw, dict) and raw.get("schema") != SCHEMA:
        hint = "written by another version of the toolkit?"
        problems.insert(0, Problem(f"schema: {raw.get('schema')!r} is not {SCHEMA}", f"{place}.schema", hint))
    if problems:
        return None, problems
    tracks: dict[str, Track] = {}
    for name, entry in values.get("tracks", {}).items():
        track, wrong = _checked(entry, TRACK, Track, f"{place}.tracks.{name}")
        problems += wrong
        if not wrong:
            tracks[name] = Track(**track)
    changes: list[Change] = []
    for n, entry in enumerate(values.get("settings", [])):
        change, wrong = _read_change(entry, f"{place}.settings[{n}]")
        problems += wrong
        changes += [change] if change else []
    if problems:
        return None, problems
    values.update({k: tuple(values[k]) for k in ("clusters", "sources", "modelled", "assumed", "notes") if k in values})
    values["speakers"] = {k: tuple(v) for k, v in values.get("speakers", {}).items()}
    return Info(**{**values, "tracks": tracks, "settings": tuple(changes)}), []


def _read_change(entry: Any, place: str) -> tuple[Change | None, list[Problem]]:
    wire = entry.get("turn_detection", "") if isinstance(entry, dict) else ""
    if not isinstance(wire, dict | None) or _is(int, "a whole number")(entry.get("at")):
        return None, [Problem(f"{entry!r} is no settings change", place, "at and turn_detection are needed")]
    inner = f"{place}.turn_detection"
    values = {k: v for k, v in (wire or {}).items() if k in TURN_DETECTION}
    problems = [problem for name, value in values.items() for problem in _wrong(TURN_DETECTION, name, value, inner)]
    try:
        return (None if problems else Change(entry["at"], from_wire(wire, inner))), problems
    except SettingsError as error:
        return None, [*problems, *error.problems]


def write_info(info: Info) -> dict[str, Any]:
    """Give ``session.json`` as plain data."""
    plain = asdict(info)
    plain["settings"] = [{"at": c.at, "turn_detection": c.turn_detection.to_wire()} for c in info.settings]
    return {"schema": SCHEMA, **plain}


def read_label(raw: Any, place: str) -> tuple[Label | None, list[Problem]]:
    """Read one line of ``labels.jsonl``: the label, or everything that is wrong with it."""
    values, problems = _checked(raw, LABEL, Label, place)
    if problems:
        return None, problems
    label = Label(**values)
    if label.offset_ms < label.onset_ms:
        problems.append(Problem(f"offset {label.offset_ms} lies before onset {label.onset_ms}", place, "swapped?"))
    if label.complete is not None and label.kind != "turn":
        problems.append(Problem(f"complete: only turns have it, this is {label.kind!r}", place))
    return (None, problems) if problems else (label, [])


def write_label(label: Label) -> dict[str, Any]:
    """Give a line of ``labels.jsonl`` as plain data; when it was made is left out where that is not known."""
    plain = asdict(label)
    if not label.made:
        del plain["made"]
    return plain
