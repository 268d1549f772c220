"""Sessions under other settings, by a calibration where there is one: what would have been reported, of which sessions.

A session that cannot be asked (``semantic_vad``, no microphone, a detector without a model) is left out, with its
reason; a setting that a provider would refuse is refused for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bargein.corpus import Case, Run, run_policies
from bargein.corpus.asked import Change, changes
from bargein.errors import NotAnswerable, Problem, SettingsError, check
from bargein.gate import Policy
from bargein.outcome import Link
from bargein.providers import Reading
from bargein.providers import provider as provider_named
from bargein.replay.reports import Reports, reports
from bargein.session import Session
from bargein.settings import ServerVad
from bargein.tuning.calibrated import need_provider, recommending
from bargein.tuning.calibration import Calibration
from bargein.tuning.calibration.fit import LeftOut


def reports_of(
    session: Session, reading: Reading, settings: ServerVad, calibration: Calibration | None = None
) -> Reports:
    """Say what the provider would have reported of a session's user under other settings.

    An interruption falls where the agent speaks: the fit of that situation is used, where there is one. A detector that
    has no model there gets none by a calibration that does not give it one.

    Raises
    ------
    SettingsError, NotAnswerable
        As :func:`bargein.replay.reports.reports`; the calibration is of another provider.
    """
    if calibration is None:
        return reports(session, reading, settings)
    provider = provider_named(session.info.provider)
    need_provider(calibration, provider, session.id)
    fit = calibration.fit_for("speaking")
    if fit is None or not recommending(provider, fit).recommends:
        return reports(session, reading, settings)
    told = reports(session, reading, settings, fit.surrogate)
    delay = f"reports {fit.surrogate.delay_ms} ms after the decision"
    return replace(told, known=f"calibration of {fit.key.label}, {delay}; {fit.error_text(told.settings)}")


@dataclass(frozen=True)
class Supposed:
    """The sessions that can be asked about other settings, and the others.

    Parameters
    ----------
    told
        What would have been reported, session by session.
    left_out
        The others, each with its reason.
    calibration
        Whose surrogate it is.
    """

    told: tuple[tuple[Case, Reports], ...]
    left_out: tuple[LeftOut, ...]
    calibration: Calibration | None = None

    def runs(self, policies: Iterable[str | Policy], link: Link | None = None) -> list[Run]:
        """Replay them under several policies: :func:`bargein.corpus.run_policies`."""
        chosen = list(policies)
        return [run for case, told in self.told for run in run_policies(case, chosen, link, told=told)]

    def changes(self, runs: Sequence[Run], policies: Iterable[str | Policy], link: Link | None = None) -> list[Change]:
        """Say what the settings would have changed against those in force, where these are on record.

        The surrogate is the same for both.

        Parameters
        ----------
        runs
            Of :meth:`runs`, under the same policies and link.
        """
        chosen, before = list(policies), list[Run]()
        for case, _ in self.told:
            try:
                told = reports_of(case.session, case.reading, ServerVad(), self.calibration)
            except SettingsError:  # not all three are on record
                continue
            before += run_policies(case, chosen, link, told=told)
        return changes(before, runs)

    def lines(self) -> list[str]:
        """Say what was assumed of those, once each, and why the others are left out, with their number."""
        said = dict.fromkeys(line for _, told in self.told for line in told.assumed)
        why: dict[str, list[str]] = {}
        for one in self.left_out:
            why.setdefault(one.why, []).append(one.session)
        return [
            *(f"assumed: {line}" for line in said),
            *(f"left out, {len(names)} ({', '.join(names)}): {reason}" for reason, names in why.items()),
        ]


def supposed(cases: Iterable[Case], settings: ServerVad, calibration: Calibration | None = None) -> Supposed:
    """Ask sessions about other settings.

    Raises
    ------
    SettingsError
        Everything that any of their providers would refuse, once; the calibration is of another provider.
    NotAnswerable
        None of them can be asked; every reason.
    """
    told: list[tuple[Case, Reports]] = []
    left_out: list[LeftOut] = []
    problems: dict[Problem, None] = {}
    for case in cases:
        try:
            told.append((case, reports_of(case.session, case.reading, settings, calibration)))
        except SettingsError as error:
            problems |= dict.fromkeys(error.problems)
        except NotAnswerable as error:
            left_out.append(LeftOut(case.session.id, str(error).removeprefix(f"{case.session.id}: ")))
    check(problems, SettingsError, settings.label)
    found = Supposed(tuple(told), tuple(left_out), calibration)
    if not told:
        raise NotAnswerable("; ".join(["no session can be asked about other settings", *found.lines()]))
    return found
