"""What a settings file is made of, as one value: which setting stands where, in which unit, and what has no place.

A target is data in both directions: the table that writes a file reads it back. Settings have our names and units
(scores 0..1, whole milliseconds); a field says what the provider calls them and how it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from bargein import units
from bargein.errors import Problem
from bargein.providers.targets.options import Option, word
from bargein.settings import Knob, ServerVad

#: What every proposal holds. A target that has no place for one of these says so; for anything else it refuses.
SHARED = tuple(f.name for f in fields(ServerVad))
#: Names a file may be given in; a target says which of them its readers take.
Language = Literal["json", "typescript"]

#: Looks at the settings that are given and sound one by one, and at the defaults of all; gives setting, what is wrong,
#: likely cause.
Rule = Callable[[Mapping[str, Any], Mapping[str, Any]], Iterator[tuple[str, str, str]]]


@dataclass(frozen=True, slots=True)
class Field:
    """One setting in a file.

    Parameters
    ----------
    setting
        Our name, range, default and source.
    path
        Where it stands in the file, keys with dots between.
    seconds
        Whether the file counts in seconds what we count in milliseconds.
    note
        What a reader of the file must know about it; empty where the name says it all.
    depends
        What the default depends on, or what holds without one.
    """

    setting: Knob | Option
    path: str
    seconds: bool = False
    note: str = ""
    depends: str = ""

    @property
    def default_text(self) -> str:
        """The default in words."""
        known = self.setting.default is not None or not self.depends
        return "; ".join([*([self.setting.default_text] if known else []), *([self.depends] if self.depends else [])])

    @property
    def accepted_text(self) -> str:
        """What may be set in words, and what the file has for it where that is another word."""
        setting = self.setting
        if isinstance(setting, Option) and setting.wire:
            return ", ".join(
                f"{word(ours)} = {theirs}" for ours, theirs in zip(setting.values, setting.wire, strict=True)
            )
        return setting.range_text

    @property
    def name(self) -> str:
        """Our name."""
        return self.setting.name

    def to_wire(self, value: Any) -> object:
        """Give a value as the file has it."""
        if isinstance(self.setting, Option):
            return self.setting.to_wire(value)
        whole = int(value) if self.setting.unit else value
        return units.seconds(whole) if self.seconds else whole

    def from_wire(self, value: Any) -> object:
        """Give a value as we have it."""
        if isinstance(self.setting, Option):
            return self.setting.from_wire(value)
        return units.ms_from_seconds(value) if self.seconds else value


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of settings file.

    Parameters
    ----------
    name, title
        As it is typed; as it is said.
    provider
        Whose proposals are this target's own. For anybody else's it is ``detector`` that decides.
    detector
        What decides there, and so why a proposal for another detector is only a candidate to try.
    use
        What a reader does with the file.
    source
        Where the shape comes from.
    fields
        What can be set.
    fixed
        What stands in every file, by path.
    assumed
        What is written when it is not given, by our name.
    lacks
        What has no place here, and why.
    rules
        What must hold between settings.
    advice
        What would be accepted and is still doubtful between settings.
    languages
        In which the file may be written.

    Examples
    --------
    >>> demo = Target("demo", "Demo", "demo", "its own detector", "send it", "docs",
    ...               (Field(Knob("silence_duration_ms", 0, None, 550, "docs"), "vad.min_silence", seconds=True),))
    >>> demo.write({"silence_duration_ms": 480})
    {'vad': {'min_silence': 0.48}}
    >>> demo.read({"vad": {"min_silence": 0.48}})
    {'silence_duration_ms': 480}
    """

    name: str
    title: str
    provider: str
    detector: str
    use: str
    source: str
    fields: tuple[Field, ...]
    fixed: tuple[tuple[str, object], ...] = ()
    assumed: tuple[tuple[str, object], ...] = ()
    lacks: tuple[tuple[str, str], ...] = ()
    rules: tuple[Rule, ...] = ()
    advice: tuple[Rule, ...] = ()
    languages: tuple[Language, ...] = ("json", "typescript")

    @property
    def names(self) -> tuple[str, ...]:
        """What can be set, by our names."""
        return tuple(field.name for field in self.fields)

    def write(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give the content of a file that holds these settings and nothing that is not set."""
        made: dict[str, Any] = {}
        for path, constant in self.fixed:
            _put(made, path, constant)
        for field in self.fields:
            if field.name in values:
                _put(made, field.path, field.to_wire(values[field.name]))
        return made

    def read(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Give the settings that a file holds, by our names."""
        found = ((field, _get(content, field.path)) for field in self.fields)
        return {field.name: field.from_wire(value) for field, value in found if value is not None}

    def problems(self, values: Mapping[str, Any]) -> Iterator[Problem]:
        """Give everything that is wrong with these settings here, each with its place in the file."""
        known = {field.name: field for field in self.fields}
        wrong = {
            name: found
            for name, value in values.items()
            if name in known and (found := known[name].setting.problem(value, known[name].path))
        }
        yield from wrong.values()
        for name in values:
            if name not in known and name not in SHARED:
                because = dict(self.lacks).get(name) or f"it has {', '.join(self.names)}"
                yield Problem(f"{name}: {self.title} has no such setting", hint=because)
        if values and all(name in SHARED and name not in known for name in values):
            yield Problem(f"{self.title} has a place for none of these settings", hint=", ".join(values))
        sound = {name: value for name, value in values.items() if name in known and name not in wrong}
        yield from self._said(self.rules, sound, wrong)

    def warnings(self, values: Mapping[str, Any]) -> Iterator[Problem]:
        """Give what would be accepted and is still doubtful."""
        for field in self.fields:
            if field.name in values and (found := field.setting.warning(values[field.name], field.path)):
                yield found
        yield from self._said(self.advice, values)

    def left_out(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Give the settings that have no place here, and why."""
        why = dict(self.lacks)
        return {name: why.get(name, "it has no such setting") for name in values if name not in self.names}

    def _said(self, rules: tuple[Rule, ...], sound: Mapping[str, Any], wrong: Container[str] = ()) -> Iterator[Problem]:
        # What is wrong has no default in its place: nothing follows from it.
        defaults = {field.name: field.setting.default for field in self.fields if field.name not in wrong}
        place = {field.name: field.path for field in self.fields}
        for rule in rules:
            for name, what, hint in rule(sound, defaults):
                yield Problem(f"{name}: {what}", place[name], hint)


def not_above(lower: str, upper: str, hint: str) -> Rule:
    """Make the rule that one number must not be above another; a default that is not documented breaks none.

    Examples
    --------
    >>> list(not_above("exit_threshold", "threshold", "")({"exit_threshold": 0.6}, {"threshold": 0.5}))
    [('exit_threshold', '0.6 is above threshold 0.5', '')]
    """

    def rule(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
        if not {lower, upper} & given.keys():
            return
        low, high = (given.get(name, defaults.get(name)) for name in (lower, upper))
        if low is not None and high is not None and low > high:
            yield lower, f"{low:g} is above {upper} {high:g}", hint

    return rule


def only_with(names: tuple[str, ...], other: str, allowed: tuple[object, ...], hint: str) -> Rule:
    """Make the rule that settings other than their default need another one to have one of a few values.

    Examples
    --------
    >>> rule = only_with(("auto_truncate",), "interrupt_response", (True,), "nothing is interrupted")
    >>> defaults = {"auto_truncate": False, "interrupt_response": True}
    >>> list(rule({"auto_truncate": True, "interrupt_response": False}, defaults))
    [('auto_truncate', 'true has no effect with interrupt_response false', 'nothing is interrupted')]
    >>> list(rule({"auto_truncate": True}, defaults))
    []
    """

    def rule(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
        found = given.get(other, defaults.get(other))
        for name in names if other in {**defaults, **given} else ():
            if given.get(name, defaults.get(name)) != defaults.get(name) and found not in allowed:
                yield name, f"{word(given[name])} has no effect with {other} {word(found)}", hint

    return rule


def _put(made: dict[str, Any], path: str, value: object) -> None:
    *parents, last = path.split(".")
    for key in parents:
        made = made.setdefault(key, {})
    made[last] = value


def _get(content: Mapping[str, Any], path: str) -> Any:
    found: Any = content
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
