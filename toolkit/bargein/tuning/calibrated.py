"""What a calibration changes about a proposal: the rule that is swept, its status, and the error beside it."""

from __future__ import annotations

from dataclasses import replace

from bargein.errors import Problem, SettingsError
from bargein.providers import Provider
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
    need_provider(calibration, provider, "tune")
    if isinstance(tables, Sweep):
        what = "calibration: the recordings were swept before, with another rule"
        raise SettingsError([Problem(what, hint="give the labelled scores, not a sweep over them")], "tune")
    return calibration.fit_for("silent" if provider.recommends else "speaking")


def need_provider(calibration: Calibration, provider: Provider, source: str) -> None:
    """Refuse a calibration of another provider.

    Raises
    ------
    SettingsError
        It is of another one.
    """
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
