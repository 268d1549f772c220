"""A calibration as data: each parameter fitted or at its prior, the error by setting, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from bargein.settings import ServerVad
from bargein.tuning.calibration.agreement import TOLERANCE_MS
from bargein.tuning.calibration.evidence import Key
from bargein.tuning.calibration.search import LEAST_GROUPS
from bargein.vad.rule import Rule
from bargein.vad.surrogate import Surrogate

#: Layout of a calibration file.
SCHEMA = 1
Status = Literal["fitted", "fixed at prior: not identified"]
FITTED: Status = "fitted"
AT_PRIOR: Status = "fixed at prior: not identified"
#: xAI while the agent speaks: apparently gated on a transcript, so no score says when it reports. Until so many onsets
#: are on record a setting is a candidate to try.
LEAST_ONSETS = 20
#: Providers whose detector has no model while the agent speaks.
NO_MODEL_WHILE_SPEAKING = ("xai",)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a stand-in and how it came about.

    Parameters
    ----------
    name, value, unit
        As a field of :class:`~bargein.vad.surrogate.Surrogate`; in words; ``ms``, ``score`` or nothing.
    status
        ``fitted``, or ``fixed at prior: not identified``.
    why
        What decided it, or why nothing could.
    as_good
        Other values under which the reports fit as well.
    """

    name: str
    value: str
    unit: str
    status: Status
    why: str
    as_good: str = ""

    @property
    def text(self) -> str:
        """All of it in a line."""
        also = f"; as good: {self.as_good}" if self.as_good else ""
        return f"{self.name} {self.value}{' ' + self.unit if self.unit else ''}, {self.status}: {self.why}{also}"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The error on groups that were not fitted to, at one recorded setting or at all of them.

    Parameters
    ----------
    settings
        Threshold, prefix padding and end silence; None: all recorded ones together.
    groups, recordings
        Independent groups, and recordings of them.
    matched, missed, extra
        Events within 100 ms of a report, reports without, claims without.
    onset_ms, onsets, offset_ms, offsets
        Median absolute errors, ms, and of how many; None of none.
    prior_f1, prior_onset_ms
        Of the prior on the same reports.
    """

    settings: tuple[float, int, int] | None
    groups: int
    recordings: int
    matched: int
    missed: int
    extra: int
    onset_ms: float | None
    onsets: int
    offset_ms: float | None
    offsets: int
    prior_f1: float | None = None
    prior_onset_ms: float | None = None

    @property
    def estimable(self) -> bool:
        """Whether enough groups stand behind it."""
        return self.groups >= LEAST_GROUPS and bool(self.matched + self.missed)

    @property
    def f1(self) -> float:
        """Event F1, higher is better; NaN without events."""
        events = 2 * self.matched + self.missed + self.extra
        return 2 * self.matched / events if events else math.nan

    @property
    def where(self) -> str:
        """The setting in words."""
        return "all recorded settings" if self.settings is None else ServerVad(*self.settings).label

    @property
    def text(self) -> str:
        """The primary figure and the median errors, with their counts."""
        groups = f"{self.groups} group{'' if self.groups == 1 else 's'}"
        if not self.estimable:
            return f"not estimable: {groups}, {LEAST_GROUPS} are needed"
        onset = "not known" if self.onset_ms is None else f"{self.onset_ms:.0f} ms (n {self.onsets})"
        offset = "not known" if self.offset_ms is None else f"{self.offset_ms:.0f} ms (n {self.offsets})"
        before = "" if self.prior_f1 is None else f"; the prior: F1 {self.prior_f1:.3f}"
        return (
            f"event F1 {self.f1:.3f} at {TOLERANCE_MS} ms ({self.matched} matched, {self.missed} missed, "
            f"{self.extra} extra; {groups}), median error of onsets {onset}, of offsets {offset}{before}"
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """One recording a fit rests on.

    Parameters
    ----------
    name, group
        Session and independent group.
    settings
        Threshold, prefix padding, end silence, as echoed or sent.
    starts, stops
        The provider's claims, raw, ms of the input.
    scores, model
        Fingerprint of the scores; the scorer, by the hash of its weights.
    """

    name: str
    group: str
    settings: tuple[float, int, int]
    starts: tuple[int, ...]
    stops: tuple[int, ...]
    scores: str
    model: str


@dataclass(frozen=True, slots=True)
class Fit:
    """What is known of one detector in one situation.

    Parameters
    ----------
    key
        What it is true of.
    surrogate
        The stand-in.
    parameters
        Each with its status.
    held_out
        All recorded settings first, then each.
    evidence
        The recordings.
    onsets, groups
        Reported starts used; independent groups.
    delay_p90_ms
        90th percentile of arrival less decision, ms; None where receive times are not known.
    """

    key: Key
    surrogate: Surrogate
    parameters: tuple[Parameter, ...]
    held_out: tuple[HeldOut, ...]
    evidence: tuple[Evidence, ...]
    onsets: int
    groups: int
    delay_p90_ms: int | None = None

    @property
    def candidates_only(self) -> str:
        """Why settings for this are candidates to try and no recommendation; empty where they may be one."""
        unmodelled = self.key.provider in NO_MODEL_WHILE_SPEAKING and self.key.agent == "speaking"
        if unmodelled and self.onsets < LEAST_ONSETS:
            return (
                f"candidates to try, no recommendation: {self.onsets} of the {LEAST_ONSETS} recorded onsets that are "
                "needed while the agent speaks, where no score says when this detector reports"
            )
        return ""

    def rule_at(self, threshold: float) -> Rule:
        """Give the rule that a threshold, as set, stands for; its end silence is left to whoever sweeps it."""
        return self.surrogate.rule(ServerVad(threshold, 0, Rule().silence_duration_ms))

    def notes(self) -> Iterator[str]:
        """Say what was fitted, what stands at its prior, and what comes on top of a detector's own delays."""
        for status in (FITTED, AT_PRIOR):
            named = ", ".join(f"{p.name} {p.value}" for p in self.parameters if p.status == status)
            if named:
                yield f"calibration of {self.key.label}: {status}: {named}"
        if self.delay_p90_ms is not None:
            delay = f"{self.surrogate.delay_ms} ms (p90 {self.delay_p90_ms})"
            yield f"reports were seen to come {delay} after the deciding frame; that comes on top of the delays here"

    def standing(self, settings: ServerVad) -> tuple[str, HeldOut | None]:
        """Say how well the stand-in is known at a setting.

        Returns
        -------
        ``at this setting``, ``between recorded settings``, ``extrapolated`` or ``not estimable``; and the error there:
        its own, or that of all recorded settings together.
        """
        every = self.held_out[0]
        if not every.estimable:
            return "not estimable", None
        asked = (settings.threshold, settings.prefix_padding_ms, settings.silence_duration_ms)
        own = next((e for e in self.held_out[1:] if e.settings == asked), None)
        if own is not None and own.estimable:
            return "at this setting", own
        recorded = list(zip(*(e.settings for e in self.evidence), strict=True))
        inside = all(
            v is not None and min(seen) <= v <= max(seen) for v, seen in zip(asked, recorded, strict=True)
        )  # fmt: skip
        return ("between recorded settings" if inside else "extrapolated"), every

    def error_text(self, settings: ServerVad) -> str:
        """Give the error at a setting as one line, with what kind of statement it is."""
        kind, error = self.standing(settings)
        if error is None:
            return f"error at {settings.label} {self.held_out[0].text}"
        own = "" if kind == "at this setting" else ", error of the recorded ones"
        return f"{settings.label}, {kind}{own}: {error.text}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A session that could not be used, and what to record instead."""

    session: str
    why: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a provider's own reports say about its detector.

    Parameters
    ----------
    provider
        Whose.
    fits
        One a situation, by key.
    left_out
        Sessions that could not be used.
    code
        Version that computed it.
    """

    provider: str
    fits: tuple[Fit, ...]
    left_out: tuple[LeftOut, ...] = ()
    code: str = ""
    schema: int = field(default=SCHEMA)

    def fit_for(self, agent: str = "silent") -> Fit | None:
        """Give the fit that rests on most: of this situation, of the most groups, of the most onsets."""
        ranked = sorted(self.fits, key=lambda f: (f.key.agent == agent, f.groups, f.onsets))
        return ranked[-1] if ranked else None

    def lines(self) -> Iterator[str]:
        """Give what a person should read."""
        from bargein.tuning.calibration.telling import fit_lines

        for fit in self.fits:
            yield from fit_lines(fit)
        for session in self.left_out:
            yield f"left out {session.session}: {session.why}"
