"""The events that can be labelled, and what each setting made of them.

An event is an instant at which somebody may have begun to speak. The *net*, a detector that is far more sensitive than
any setting in use, and the detectors that are compared say where; reports close together are one event::

    net         |-----------|      |---|        |-|       enters at 0.2, ends after 500 ms
    0.5/300/200   |---|  |----|      |-|
    0.8/300/500    |----------|
    events      ^        ^         ^            ^
    said        started  started   started      silent
                started  open      silent       silent
    stratum     agree    disagree  disagree     unreported

So a missed start is one that the net heard: what it does not hear is no event. A provider's reports come late and are
dated by nobody; each is of the last event of the net before it, or up to 200 ms behind it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bargein.corpus import Case, run_policies
from bargein.errors import NotAnswerable, Problem, SettingsError, check
from bargein.events import PROVIDER, SpeechStarted, SpeechStopped
from bargein.gate import Policy, policy
from bargein.metrics.onsets import EARLY_MS, INTERRUPTION, SIGNAL_WITHIN_MS, Onset
from bargein.metrics.stopping import Facts, episodes
from bargein.session import Label
from bargein.timeline import Span
from bargein.vad.cache import scores_for
from bargein.vad.local import LOCAL_DEFAULT
from bargein.vad.rule import Rule, edges, speech
from bargein.vad.scores import Scores

Kind = Literal["detector", "gate"]
#: What a setting can make of an event: it noticed, it did not, it could not have.
SAID: Mapping[Kind, tuple[str, str, str]] = {
    "detector": ("started", "silent", "open"), "gate": ("stopped", "went on", "not heard"),
}  # fmt: skip
NOTICED, PASSED, NOT_ASKED = (frozenset(words) for words in zip(*SAID.values(), strict=True))
#: Hears breath, echo and clicks on real recordings; its long end silence makes one event of an utterance.
NET = Rule(enter=0.2, exit=0.1, silence_duration_ms=500, prefix_padding_ms=0)
#: Reports whose onsets lie no further apart speak of one event: thresholds differ by a few frames on one word.
ONE_EVENT_MS = 250
SETTING = re.compile(r"(0?\.\d+|[01](?:\.0*)?)/(\d{1,5})/(\d{1,5})")
CAN_BE = "THRESHOLD/PREFIX/SILENCE such as 0.5/300/500, provider, local-vad, or a gate such as keyed@local-vad"


class Setting(NamedTuple):
    """A detector or a gate that is compared: its name, and its rule or policy; neither for the provider's reports."""

    name: str
    kind: Kind
    rule: Rule | None = None
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An instant at which somebody may have begun to speak, and what each setting made of it."""

    at: int
    said: Mapping[str, str]

    @property
    def stratum(self) -> str:
        """``disagree``, ``agree``, or ``unreported`` where only the net noticed."""
        said = {*self.said.values()}
        if len(said) > 1:
            return "disagree"
        return "unreported" if said <= PASSED else "agree"


class Report(NamedTuple):
    """A start that a detector announced: its onset where the detector dates it, when it was known, until when open."""

    onset: int | None
    at: int
    until: int


def settings_of(names: Iterable[str]) -> tuple[Setting, ...]:
    """Read what is to be compared.

    Raises
    ------
    SettingsError
        Names that are none; fewer than two; detectors and gates together. All of it.

    Examples
    --------
    >>> [s.rule.enter for s in settings_of(["0.5/300/200", "0.80/300/500"])]
    [0.5, 0.8]
    """
    found, problems = [], []
    for name in dict.fromkeys(n.strip() for n in names):
        try:
            found.append(_setting(name))
        except SettingsError as error:
            problems += [Problem(f"{name!r}: {p.what}", "--settings", p.hint or CAN_BE) for p in error.problems]
    if len(kinds := {s.kind for s in found}) > 1:
        hint = "a detector notices everybody, a gate stops only an agent that is heard: compare like with like"
        problems.append(Problem("detectors and gates together", "--settings", hint))
    if len(found) < 2 and not problems:
        named = f"{found[0].name!r} alone" if found else "nothing"
        problems.append(Problem(f"{named} to compare", "--settings", f"name two or more of {CAN_BE}"))
    check(problems, SettingsError, "the queue")
    assert kinds
    return tuple(found)


def _setting(name: str) -> Setting:
    if name in (PROVIDER, "local-vad"):
        return Setting(name, "detector", LOCAL_DEFAULT if name == "local-vad" else None)
    if "/" in name:
        if not (parts := SETTING.fullmatch(name)):
            raise SettingsError([Problem("is no setting", hint="THRESHOLD/PREFIX/SILENCE, 0..1 and ms: 0.5/300/500")])
        return Setting(name, "detector", Rule(float(parts[1]), prefix_padding_ms=int(parts[2]),
                                              silence_duration_ms=int(parts[3])))  # fmt: skip
    return Setting(name, "gate", policy=policy(name))


def events_of(case: Case, settings: Sequence[Setting]) -> list[Event]:
    """Find the events of a session and what each setting made of them; those that asked nobody are left out.

    Raises
    ------
    NotAnswerable
        The session has no user track, or cannot be replayed and a gate is asked.
    AudioError
        The track cannot be read.
    """
    track = case.session.info.tracks.get("user")
    if track is None:
        raise NotAnswerable(f"{case.session.id} holds no user track: there is nothing to listen to")
    scores, origin = scores_for(case.session.folder / track.file), track.origin_ms
    net = [span.shift(origin) for span in speech(scores, NET)]
    kind = settings[0].kind
    found = _gates(case, settings, net) if kind == "gate" else _detectors(case, settings, net, scores, origin)
    return [event for event in found if not {*event.said.values()} <= NOT_ASKED and event.at >= 0]


def _gates(case: Case, settings: Sequence[Setting], net: Sequence[Span]) -> Iterator[Event]:
    """Stops by the definitions of :mod:`bargein.metrics.stopping`, around events that nobody has labelled yet."""
    onsets = [Onset(Label(INTERRUPTION, span.start, span.end), INTERRUPTION) for span in net]
    stopped, went_on, not_heard = SAID["gate"]
    said: list[dict[str, str]] = [{} for _ in onsets]
    for setting in settings:
        (run,) = run_policies(case, [setting.policy or setting.name])
        facts = Facts.of(run.outcome, case.voiced, case.reacted_to)
        for each, e in zip(said, episodes(facts, onsets), strict=True):
            noticed = e.signal is not None and e.end == "stopped"
            each[setting.name] = (stopped if noticed else went_on) if e.counts else not_heard
    return (Event(onset.at, each) for onset, each in zip(onsets, said, strict=True))


def _detectors(
    case: Case, settings: Sequence[Setting], net: Sequence[Span], scores: Scores, origin: int
) -> Iterator[Event]:
    length = case.session.info.length_ms
    reports = {s.name: list(_local(scores, s.rule, origin, length) if s.rule else _provider(case)) for s in settings}
    dated = [r.onset for each in reports.values() for r in each if r.onset is not None]
    firsts = _firsts([span.start for span in net] + dated)
    utterances = [span.start for span in net]
    placed: dict[str, list[tuple[int, Report]]] = {}
    for name, each in reports.items():
        placed[name] = [(_first_of(firsts, _onset(r, utterances)), r) for r in each]
    every = sorted({*firsts, *(at for each in placed.values() for at, _ in each)})
    for at in every:
        yield Event(at, {name: _said(at, each) for name, each in placed.items()})


def _local(scores: Scores, rule: Rule, origin: int, length: int) -> Iterator[Report]:
    found = edges(scores, rule)
    ends = [e.at_ms + origin for e in found[1::2]] + [length]
    return (Report(e.boundary_ms + origin, e.at_ms + origin, end) for e, end in zip(found[::2], ends, strict=False))


def _provider(case: Case) -> Iterator[Report]:
    said = [e for e in case.reading.of(SpeechStarted, SpeechStopped) if getattr(e, "source", "") == PROVIDER]
    for n, e in enumerate(said):
        if isinstance(e, SpeechStarted):
            yield Report(None, e.at, next((x.at for x in said[n + 1 :]), case.session.info.length_ms))


def _firsts(onsets: Iterable[int]) -> list[int]:
    """The first onset of every event.

    Examples
    --------
    >>> _firsts([1_000, 1_200, 1_400, 900])
    [900, 1200]
    """
    found: list[int] = []
    for onset in sorted(onsets):
        if not found or onset - found[-1] > ONE_EVENT_MS:
            found.append(onset)
    return found


def _onset(report: Report, utterances: Sequence[int]) -> int:
    """When what was reported began: as dated, else with the last utterance of the net that it can be an answer to."""
    if report.onset is not None:
        return report.onset
    n = bisect_right(utterances, report.at + EARLY_MS) - 1
    return utterances[n] if n >= 0 and report.at - utterances[n] <= SIGNAL_WITHIN_MS else report.at


def _first_of(firsts: Sequence[int], onset: int) -> int:
    n = bisect_right(firsts, onset) - 1
    return firsts[n] if n >= 0 and onset - firsts[n] <= ONE_EVENT_MS else onset


def _said(at: int, placed: Iterable[tuple[int, Report]]) -> str:
    started, silent, opened = SAID["detector"]
    every = list(placed)
    if any(first == at for first, _ in every):
        return started
    return opened if any(first < at < report.until for first, report in every) else silent
