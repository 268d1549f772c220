"""What a calibration changes about a proposal: the rule that is swept, its status, and the error beside it.

And about a session under other settings: whose reports the gate gets, when they come, how well they are known.
"""

from __future__ import annotations

from dataclasses import replace

from bargein.errors import Problem, SettingsError
from bargein.providers import Provider, Reading
from bargein.providers import provider as provider_named
from bargein.replay.reports import Reports, reports
from bargein.session import Session
from bargein.settings import ServerVad
from bargein.tuning.calibration.fit import Calibration, Fit
from bargein.tuning.tuned import CALIBRATED, Proposal
from bargein.vad.grid import Sweep

#: Statements about the error under which a recommendation is calibrated; elsewhere it is not, and says so.
KNOWN = ("at this setting", "between recorded settings")


def fit_of(calibration: Calibration | None, provider: Provider, tables: object) -> Fit | None:
    """Give the fit that tuning goes by.

    Turn ends fall where the agent is silent. Where the detector has no model while the agent speaks, that situation is
    the one that decides whether anything may be recommended.

    Raises
    ------
    SettingsError
        It is of another provider, or the recordings were swept before with another rule.
    """
    if calibration is None:
        return None
    _same_provider(calibration, provider, "tune")
    if isinstance(tables, Sweep):
        what = "calibration: the recordings were swept before, with another rule"
        raise SettingsError([Problem(what, hint="give the labelled scores, not a sweep over them")], "tune")
    return calibration.fit_for("silent" if provider.recommends else "speaking")


def _same_provider(calibration: Calibration, provider: Provider, source: str) -> None:
    if calibration.provider != provider.name:
        what = f"calibration: made for {calibration.provider}, not for {provider.name}"
        raise SettingsError([Problem(what, hint="each provider's detector needs reports of its own")], source)


def recommending(provider: Provider, fit: Fit | None) -> Provider:
    """Let a provider's detector be recommended for once its reports while the agent speaks give it a model."""
    if provider.recommends or fit is None:
        return provider
    modelled = fit.key.agent == "speaking" and not fit.candidates_only and fit.held_out[0].estimable
    return replace(provider, recommends=True) if modelled else provider


def stated(proposal: Proposal | None, fit: Fit | None) -> Proposal | None:
    """Say what the error is at a proposal's settings, and call it calibrated where it is known there."""
    if proposal is None or fit is None:
        return proposal
    kind, _ = fit.standing(proposal.settings)
    status = CALIBRATED.get(proposal.status, proposal.status) if kind in KNOWN else proposal.status
    return replace(proposal, status=status, model_error=fit.candidates_only or fit.error_text(proposal.settings))


def reports_of(
    session: Session, reading: Reading, settings: ServerVad, calibration: Calibration | None = None
) -> Reports:
    """Say what the provider would have reported of a session's user under other settings, by a calibration.

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
    _same_provider(calibration, provider, session.id)
    fit = calibration.fit_for("speaking")
    if fit is None or not recommending(provider, fit).recommends:
        return reports(session, reading, settings)
    told = reports(session, reading, settings, fit.surrogate)
    delay = f"reports {fit.surrogate.delay_ms} ms after the decision"
    return replace(told, known=f"calibration of {fit.key.label}, {delay}; {fit.error_text(told.settings)}")
