"""Calibrate a provider's detector on recordings, or say what to record."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version

from bargein.corpus import open_corpus
from bargein.errors import NotAnswerable, Problem, SettingsError
from bargein.providers import PROVIDERS
from bargein.session import Session
from bargein.tuning.calibration.evidence import Key, Recorded
from bargein.tuning.calibration.fit import Calibration, LeftOut
from bargein.tuning.calibration.fitting import fit
from bargein.tuning.calibration.search import LEAST_GROUPS, LEAST_THRESHOLDS
from bargein.tuning.calibration.sessions import recordings_of

#: So many sessions are named for each reason.
NAMED = 3
#: What a first calibration needs, in the order of what it is worth.
TO_RECORD = (
    f"sessions of {LEAST_GROUPS} or more speakers with their microphone as sent, every received event with its "
    "receive time, and threshold, prefix_padding_ms and silence_duration_ms sent with session.update; the same "
    f"speakers at two end silences, and at {LEAST_THRESHOLDS} thresholds for a threshold map"
)


def reasons(left_out: Iterable[LeftOut]) -> str:
    """Say why sessions could not be used, each reason once, with the sessions it holds for.

    Examples
    --------
    >>> reasons([LeftOut("a", "no sound"), LeftOut("b", "no sound"), LeftOut("c", "modelled")])
    '2 sessions (a, b): no sound; 1 session (c): modelled'
    """
    by_reason: dict[str, list[str]] = {}
    for one in left_out:
        by_reason.setdefault(one.why, []).append(one.session)
    said = []
    for why, names in by_reason.items():
        more = [f"and {len(names) - NAMED} more"] if len(names) > NAMED else []
        said.append(f"{len(names)} session{'s'[: len(names) > 1]} ({', '.join([*names[:NAMED], *more])}): {why}")
    return "; ".join(said) or "no session was given"


def calibrate(evidence: Mapping[Key, Sequence[Recorded]], left_out: Iterable[LeftOut] = ()) -> Calibration:
    """Fit a stand-in for each key.

    Parameters
    ----------
    evidence
        By key; all of one provider.
    left_out
        Sessions that could not be used, to be named in the result.

    Raises
    ------
    NotAnswerable
        There is no evidence at all; the message says what to record.
    """
    gone = tuple(left_out)
    if not any(evidence.values()):
        raise NotAnswerable(f"no reports to calibrate on ({reasons(gone)}). To record: {TO_RECORD}")
    fits = tuple(fit(key, evidence[key]) for key in sorted(evidence))
    return Calibration(fits[0].key.provider, fits, gone, version("bargein"))


def calibrate_on(
    source: str | os.PathLike[str] | Session,
    provider: str = "openai",
    progress: Callable[[str, int, int], None] | None = None,
) -> Calibration:
    """Calibrate on recorded sessions.

    Parameters
    ----------
    source
        A session, its folder, or a folder of sessions.
    provider
        ``openai`` or ``xai``.
    progress
        Called with a session's name, sessions done and sessions in all.

    Raises
    ------
    NotAnswerable
        No session is evidence: modelled ones, ``semantic_vad``, no reports, no sound; each with its reason.
    SessionError, SettingsError
        A session is damaged; no such provider.
    """
    if provider not in PROVIDERS:
        raise SettingsError([Problem(f"provider {provider!r} is not known", hint=f"one of {', '.join(PROVIDERS)}")])
    return calibrate(*recordings_of(open_corpus(source), provider, progress))
