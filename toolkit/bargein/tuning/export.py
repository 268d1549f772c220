"""Settings as a file that its reader takes as it is, and beside it what they rest on.

``openai.json`` holds one ``session.update`` event and nothing else; ``openai.evidence.json`` says where its values come
from: data, budget, status, calibration, version, and a hash over all of that and the content. Both are checked first
and written whole. A TypeScript file says the same at its head.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bargein.errors import Problem, SettingsError, check
from bargein.providers.targets import TARGETS, Language, Target, target
from bargein.settings import ServerVad
from bargein.tuning.languages import as_json, problems, writing
from bargein.whole import write_text

BY_HAND = "given by hand"
#: By the word a status begins with: whether the detector's model was fitted to what the provider reported.
CALIBRATION = {
    "uncalibrated": "none: the detector's model was not fitted to the provider's own reports",
    "candidate": "none: what decides there has no model",
    "no": "none: nothing was recommended, values are as in force",
    "given": "none: the values were given, nothing was measured",
}
#: Names that stand for the provider's own shape, and what it is written in.
OWN_SHAPE: Mapping[str, tuple[Language, ...]] = {"typescript": ("typescript",)}


def evidence_path(path: str | os.PathLike[str]) -> Path:
    """Give where the evidence for a settings file stands; the same settings in two languages have one each.

    Examples
    --------
    >>> evidence_path("configs/openai.json").name, evidence_path("configs/openai.ts").name
    ('openai.evidence.json', 'openai.ts.evidence.json')
    """
    file = Path(path)
    return file.with_name(f"{file.name.removesuffix('.json')}.evidence.json")


def named(name: str, provider: str = "openai") -> tuple[Target, tuple[Language, ...]]:
    """Give what a name stands for: a target, and the languages it may be written in.

    Parameters
    ----------
    name
        A target, or ``typescript``: the provider's own shape as a TypeScript constant.
    provider
        Whose own shape that is.

    Raises
    ------
    SettingsError
        Neither.

    Examples
    --------
    >>> named("typescript", "xai")[0].title, named("livekit")[1]
    ('xAI Grok', ('json',))
    """
    chosen = target(provider if name in OWN_SHAPE else name)
    return chosen, OWN_SHAPE.get(name, chosen.languages)


def export(
    settings: ServerVad,
    target_name: str,
    path: str | os.PathLike[str],
    evidence: Mapping[str, Any] | None = None,
    own: Mapping[str, Any] | None = None,
    *,
    provider: str = "openai",
) -> tuple[Path, ...]:
    """Write settings in the shape their reader takes, after asking its table whether it would take them.

    Parameters
    ----------
    settings
        What to send; what is not set is left out, and the reader's own default holds. What has no place there is left
        out, too, and the evidence says why.
    target_name
        One of :data:`bargein.providers.targets.TARGETS`, or ``typescript``.
    path
        File to write, replaced only by a complete one; its suffix says the language.
    evidence
        What the values rest on; None: they were given by hand.
    own
        Further settings by our names, of those the target has: ``min_speech_ms``, ``exit_threshold`` and its own.
    provider
        Whose shape ``typescript`` stands for.

    Returns
    -------
    The files that were written: settings, evidence.

    Raises
    ------
    SettingsError
        Everything the reader would refuse; nothing is written then, and an old file stays as it was.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (file, beside) = export(ServerVad(0.5, 300, 480), "openai", f"{folder}/openai.json")
    ...     json.loads(file.read_text())["session"]["audio"]["input"]["turn_detection"]["silence_duration_ms"]
    480
    """
    file = Path(path)
    chosen, languages = named(target_name, provider)
    values = given(settings, own or {})
    check(refused(chosen, languages, values, file), SettingsError, str(path))
    full = {**dict(chosen.assumed), **values}
    content = chosen.write(full)
    head = header(chosen, full, content, evidence or {})
    said = {**(evidence or {}), "status": head["status"], "export": head, "content": content}
    text = writing(file).write(content, [*lines(head), f"in full: {evidence_path(file).name}"])
    # Evidence first, so that a settings file never stands without what it rests on.
    texts = {evidence_path(file): as_json(said), file: text}
    for each, text in texts.items():
        write_text(each, text)
    return tuple(reversed(texts))


def given(settings: ServerVad, own: Mapping[str, Any]) -> dict[str, Any]:
    """Give all that is set, by our names."""
    return {name: value for name, value in {**asdict(settings), **own}.items() if value is not None}


def refused(chosen: Target, languages: Sequence[Language], values: Mapping[str, Any], file: Path) -> Iterator[Problem]:
    """Give everything that is wrong: what the target refuses, the file's name, and that nothing is set at all."""
    yield from chosen.problems(values)
    yield from problems(file, languages, chosen.title)
    if not values:
        yield Problem("no setting is given", hint=f"{chosen.title} has {', '.join(chosen.names)}")


def header(
    chosen: Target, values: Mapping[str, Any], content: Mapping[str, Any], evidence: Mapping[str, Any]
) -> dict[str, Any]:
    """Give what every export states: for whom, what it rests on, what was left out, and a hash over all of it.

    The same settings on the same data within the same budget, by the same version, have the same hash; a file in which
    anything was changed has another (:func:`verified`).
    """
    status = str(evidence.get("status", BY_HAND))
    rests_on = evidence.get("rests_on")
    said = {
        "target": chosen.name,
        "title": chosen.title,
        "use": chosen.use,
        "source": chosen.source,
        "status": status,
        "calibration": evidence.get("calibration") or CALIBRATION.get(status.split()[0].strip(":,"), "not stated"),
        "budget": evidence.get("budget_text", "none given"),
        "data": _data(rests_on) if rests_on else "none",
        "change": dict(evidence.get("change", {})),
        "left_out": chosen.left_out(values),
        "notes": [
            *([evidence["carried"]] if "carried" in evidence else []),
            *(f"{field.path}: {field.note}" for field in chosen.fields if field.note and field.name in values),
            *map(str, chosen.warnings(values)),
        ],
        "bargein": version("bargein"),
    }
    return {**said, "hash": fingerprint(said, content)}


def fingerprint(said: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Hash what an export states and holds, whatever the order and spacing of its keys.

    Examples
    --------
    >>> fingerprint({"a": 1, "b": 2}, {}) == fingerprint({"b": 2, "a": 1}, {})
    True
    """
    text = json.dumps([said, content], sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def lines(head: Mapping[str, Any]) -> list[str]:
    """Give what an export states, as lines of plain text."""
    lists = {
        "change": [f"{name} {change}" for name, change in head["change"].items()],
        "left out": [f"{name}: {why}" for name, why in head["left_out"].items()],
        "note": head["notes"],
    }
    return [
        f"{head['title']}, written by bargein {head['bargein']}; {head['use']}",
        *(f"{name}: {head[name]}" for name in ("status", "calibration", "budget", "data")),
        *(f"{name}: {text}" for name, texts in lists.items() for text in texts),
        f"hash: {head['hash']}",
    ]


def stated(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Give what the evidence beside a settings file states of it, as :func:`header` made it.

    Raises
    ------
    OSError, ValueError, LookupError
        There is no such file, or it is not ours.
    """
    head: dict[str, Any] = json.loads(evidence_path(path).read_text(encoding="utf-8"))["export"]
    return head


def verified(path: str | os.PathLike[str]) -> tuple[Target, dict[str, Any]]:
    """Read a settings file back, by the evidence beside it.

    Returns
    -------
    Its target, and the settings it holds, by our names.

    Raises
    ------
    SettingsError
        Its evidence is missing, is of another version of this toolkit's files, or says something else: one of the two
        was changed.
    OSError
        The settings file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (file, beside) = export(ServerVad(0.5, 300, 480), "livekit", f"{folder}/livekit.json")
    ...     verified(file)[1]
    {'threshold': 0.5, 'prefix_padding_ms': 300, 'silence_duration_ms': 480}
    """
    file, beside = Path(path), evidence_path(path)
    text = file.read_text(encoding="utf-8")
    try:
        head = stated(file)
        told = head.pop("hash")
        chosen = TARGETS[head["target"]]
        content = writing(file).read(text)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        what = f"{file.name} and {beside.name} cannot be read together: {type(error).__name__}"
        raise SettingsError([Problem(what, str(file), "both are written by export")]) from error
    if told != fingerprint(head, content):
        raise SettingsError([Problem(f"{file.name} is not what {beside.name} is about", str(file), "one was changed")])
    return chosen, chosen.read(content)


def _data(rests_on: Mapping[str, Any]) -> str:
    return (
        f"{rests_on['turns']} turns, {rests_on['holds']} holds, {rests_on['clusters']} clusters; {rests_on['basis']}; "
        f"scores of {rests_on['model']}; fingerprint {rests_on['data']}"
    )
