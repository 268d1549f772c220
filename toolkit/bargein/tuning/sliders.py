"""What can be set at a target by hand, as data: range, start and source of every slider, and why one cannot be moved.

All comes from the target's own table. What has no place there stays visible, at what its detector is taken to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from bargein.errors import Problem, SettingsError, check
from bargein.providers.targets import SHARED, Field, Target, target
from bargein.settings import FRAME_MS, Knob, ServerVad
from bargein.vad.rule import Rule

#: Score and millisecond steps of one press of a key; the end silence acts in whole frames.
STEPS: Mapping[str, float] = {"threshold": 0.01, "exit_threshold": 0.01, "prefix_padding_ms": 10,
                              "silence_duration_ms": FRAME_MS, "min_speech_ms": FRAME_MS}  # fmt: skip
#: What a slider reaches where the target states no bound, and where it starts without a documented default.
REACH: Mapping[str, tuple[float, float]] = {
    "threshold": (0.01, 0.99), "exit_threshold": (0.01, 0.99), "prefix_padding_ms": (0, 1_000),
    "silence_duration_ms": (0, 3_000), "min_speech_ms": (0, 1_000),
}  # fmt: skip
START: Mapping[str, float | None] = {"threshold": 0.5, "exit_threshold": None, "prefix_padding_ms": 300,
                                     "silence_duration_ms": 500, "min_speech_ms": 0}  # fmt: skip
#: Where a setting has no place, what its detector is taken to do; exit None: 0.15 under enter, as Silero's gate.
TAKEN: Mapping[str, float | None] = {**START, "prefix_padding_ms": 0, "min_speech_ms": 0}
#: What each does, in a sentence.
DOES: Mapping[str, str] = {
    "threshold": "further right, coughs, noise and echo start the detector less often; quiet words are missed "
    "more often",
    "exit_threshold": "further right, speech is left sooner",
    "prefix_padding_ms": "further right, more of the sound before the onset is kept; nothing is decided later or "
    "earlier",
    "silence_duration_ms": "further right, fewer people are cut off in a pause; every answer comes later",
    "min_speech_ms": "further right, short sounds are no speech; every start is announced later",
}
#: Targets with one threshold for both.
ONE_THRESHOLD = frozenset({"pipecat"})


class Setting(NamedTuple):
    """Where all sliders stand. ``exit_threshold`` None: it follows the enter threshold, 0.15 lower.

    Examples
    --------
    >>> Setting("openai", 0.5, None, 300, 500, 0).rule
    Rule(enter=0.5, exit=None, silence_duration_ms=500, prefix_padding_ms=300, min_speech_ms=0, max_speech_ms=None)
    >>> Setting("pipecat", 0.7, None, 0, 200, 200).rule.leave
    0.7
    """

    target: str
    threshold: float
    exit_threshold: float | None
    prefix_padding_ms: int
    silence_duration_ms: int
    min_speech_ms: int

    @property
    def rule(self) -> Rule:
        """The same as a detector's rule.

        Raises
        ------
        SettingsError
            Everything that is out of range.
        """
        leave = self.threshold if self.target in ONE_THRESHOLD else self.exit_threshold
        return Rule(self.threshold, leave, self.silence_duration_ms, self.prefix_padding_ms, self.min_speech_ms)

    @property
    def label(self) -> str:
        """Short name: threshold / prefix / silence, and what else is set.

        Examples
        --------
        >>> Setting("livekit", 0.5, 0.3, 500, 250, 500).label
        '0.5/500/250, exit 0.3, min speech 500 ms'
        """
        three = ServerVad(self.threshold, self.prefix_padding_ms, self.silence_duration_ms).label
        leave = "" if self.exit_threshold is None else f", exit {self.exit_threshold:g}"
        least = f", min speech {self.min_speech_ms} ms" if self.min_speech_ms else ""
        return three.removeprefix("server_vad ") + leave + least

    @property
    def values(self) -> dict[str, Any]:
        """Every value by its name."""
        return {name: getattr(self, name) for name in NAMES}

    def over(self, in_force: ServerVad) -> ServerVad:
        """Give the three settings that providers share, over what else is in force."""
        return replace(in_force, **{name: value for name, value in self.values.items() if name in SHARED})

    def to_send(self, in_force: ServerVad) -> tuple[ServerVad, dict[str, Any]]:
        """Give what is written for the target: no value that has no place there, and apart what only some have.

        Examples
        --------
        >>> Setting("livekit", 0.5, 0.3, 500, 250, 96).to_send(ServerVad())[1]
        {'exit_threshold': 0.3, 'min_speech_ms': 96}
        """
        names = target(self.target).names
        there = {name: value if name in names else None for name, value in self.values.items()}
        own = {name: value for name, value in there.items() if name not in SHARED and value is not None}
        return replace(in_force, **{name: value for name, value in there.items() if name in SHARED}), own


NAMES = Setting._fields[1:]


@dataclass(frozen=True, slots=True)
class Slider:
    """One setting at one target.

    Parameters
    ----------
    name
        Ours.
    low, high, step
        What it reaches: never more than the target accepts.
    least, most
        What may be typed beside it: all that the target accepts and a detector can follow; None: no bound is stated.
    start
        The documented default, else a usual value; None of ``exit_threshold``: it follows ``threshold``.
    settable
        Whether the target has a place for it.
    about
        What it does; range, default and source; where it has no place, why.
    """

    name: str
    low: float
    high: float
    least: float
    most: float | None
    step: float
    start: float | None
    settable: bool
    about: str


def sliders(target_name: str) -> tuple[Slider, ...]:
    """Give the sliders of a target, in the order of :class:`Setting`.

    Raises
    ------
    SettingsError
        There is no such target.

    Examples
    --------
    >>> {s.name: (s.low, s.high, s.start) for s in sliders("xai")}["threshold"]
    (0.1, 0.9, 0.85)
    >>> [s.name for s in sliders("openai") if not s.settable]
    ['exit_threshold', 'min_speech_ms']
    """
    chosen = target(target_name)
    return tuple(_sliders(chosen))


def _sliders(chosen: Target) -> Iterator[Slider]:
    fields = {field.name: field for field in chosen.fields}
    why = dict(chosen.lacks)
    for name in NAMES:
        low, high = REACH[name]
        field = fields.get(name)
        if field is None or not isinstance(field.setting, Knob):
            because = why.get(name, "it has no such setting")
            about = f"{DOES[name]}. Not a setting of {chosen.title}: {because}; source: {chosen.source}"
            yield Slider(name, low, high, low, high, STEPS[name], TAKEN[name], False, about)
            continue
        knob = field.setting
        least = max(low, knob.low or 0)  # under the lowest threshold speech would never end
        high = high if knob.high is None else min(high, knob.high)
        start = START[name] if knob.default is None else knob.default
        yield Slider(name, least, high, least, knob.high, STEPS[name], start, True, _about(field, knob, start))


def _about(field: Field, knob: Knob, start: float | None) -> str:
    ours = f"starts at {start:g}: ours, none documented" if knob.default is None and start is not None else ""
    acts = f"acts in whole frames of {FRAME_MS} ms" if knob.name == "silence_duration_ms" else ""
    said = [
        f"Accepted: {knob.range_text}",
        f"default {field.default_text}",
        ours,
        acts,
        field.note,
        f"source: {knob.source}",
    ]
    return f"{DOES[knob.name]}. {'; '.join(filter(None, said))}"


def start(target_name: str) -> Setting:
    """Give where the sliders of a target start.

    Examples
    --------
    >>> start("livekit")
    Setting(target='livekit', threshold=0.5, exit_threshold=None, prefix_padding_ms=500, silence_duration_ms=250, \
min_speech_ms=500)
    """
    return setting(target_name, {s.name: s.start for s in sliders(target_name)})


def setting(target_name: str, values: Mapping[str, float | None]) -> Setting:
    """Make a setting of values by name, and refuse what the target would.

    Raises
    ------
    SettingsError
        Everything that is missing, no number, out of range, or has no place there and is not what is assumed.

    Examples
    --------
    >>> setting("xai", start("xai").values | {"threshold": 0.6}).label
    '0.6/333/500'
    """
    missing = (Problem(f"{name}: not given") for name in NAMES if name not in values)
    check([*missing, *problems(target_name, values)], SettingsError, target(target_name).title)
    made = {name: None if (v := values[name]) is None else int(v) if name.endswith("_ms") else float(v)
            for name in NAMES}  # fmt: skip
    return Setting(target_name, **made)  # type: ignore[arg-type]  # checked one by one just above


def problems(target_name: str, values: Mapping[str, float | None]) -> Iterator[Problem]:
    """Give everything that a target would refuse of the values that are given.

    Examples
    --------
    >>> [str(problem) for problem in problems("xai", {"threshold": 0.95})]
    ['threshold: 0.95 is outside 0.1..0.9']
    """
    for slider in sliders(target_name):
        name, value = slider.name, values.get(slider.name)
        if name not in values or (value is None and name == "exit_threshold"):
            continue
        if found := Knob(name, slider.least, slider.most, slider.start, slider.about).problem(value, ""):
            yield found
        elif not slider.settable and value != slider.start:
            yield Problem(f"{name}: {value!r} cannot be set", hint=slider.about)
    enter, leave = values.get("threshold"), values.get("exit_threshold")
    if isinstance(enter, (int, float)) and isinstance(leave, (int, float)) and leave > enter:
        yield Problem(f"exit_threshold: {leave!r} is over threshold {enter!r}")
