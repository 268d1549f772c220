"""What is there to tune on, and what is missing: embedded tables of real recordings, others, or labelled sessions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bargein.corpus import open_corpus
from bargein.corpus.labelled import labelled_scores
from bargein.errors import NotAnswerable, Problem, SettingsError, check
from bargein.metrics.recorded import settings_in_force
from bargein.metrics.truth import remarks
from bargein.providers import provider as find_provider
from bargein.session import Session
from bargein.settings import SemanticVad, ServerVad, TurnDetection
from bargein.tuning.calibration import Calibration, opened
from bargein.tuning.calibration.identify import openai_six
from bargein.tuning.calibration.sessions import recordings_of
from bargein.tuning.objectives import BUDGETS
from bargein.tuning.plan import Plan, plan
from bargein.tuning.public import public_scores, recordings
from bargein.tuning.recommend import ENERGY_RULE, tune
from bargein.tuning.reports import Heard
from bargein.tuning.tuned import Tuned
from bargein.vad import scorers
from bargein.vad.scorers import Scorer
from bargein.vad.tables import INDEX, LabelledScores, load_scores

MODELLED = "modelled sessions are no evidence and were counted as none"
Source = str | os.PathLike[str] | Session


def tables_of(source: Source | None, scorer: str | Scorer = "silero") -> list[LabelledScores]:
    """Give labelled scores.

    Parameters
    ----------
    source
        A folder of score tables; one of public recordings (:mod:`bargein.tuning.public`); sessions, whose labels are
        used; None: the embedded tables.
    scorer
        Whose scores of the sound; tables hold scores already.

    Raises
    ------
    NotAnswerable
        Sessions without labels that a detector can be held to; modelled and recorded ones together; another scorer's
        scores of tables.
    """
    if source is None or is_tables(source):
        assert not isinstance(source, Session)
        return _by(scorer, load_scores() if source is None else load_scores(source))
    if is_public(source):
        assert not isinstance(source, Session)
        return public_scores(source, scorer)
    found = labelled_scores(open_corpus(source), scorer)
    if not found:
        raise NotAnswerable(
            f"{source}: no labels to tune on; label turns and their speech, coughs, noise and echo in labels.jsonl "
            "(docs/session-format.md)"
        )
    return found


def tune_on(
    source: Source | None,
    provider: str,
    *,
    max_cutoffs_per_hold: float | None = None,
    max_cutoffs_per_turn: float | None = None,
    max_false_starts: Mapping[str, float] | None = None,
    max_missed_starts: float | None = None,
    in_force: ServerVad | None = None,
    scorer: str | Scorer = "silero",
    calibration: Calibration | str | os.PathLike[str] | None = None,
    gates: Sequence[str] = (),
) -> Tuned:
    """Tune on what is there, compared with the settings that the sessions themselves say were in force.

    What modelled sessions say is marked as a check of the machinery: no advice, and not exported. A ``calibration`` is
    one, or its file.

    Raises
    ------
    NotAnswerable
        As :func:`tables_of`.
    SettingsError
        The calibration cannot be read, or is of another provider.
    """
    recorded = _in_force(source, provider)
    sessions = open_corpus(source) if source is not None and _holds_sessions(source) else ()
    aside = tuple(remarks(case.session for case in sessions))
    known = opened(calibration)
    tables = tables_of(source, scorer)
    made_up = any(t.group == "sessions" and t.note.startswith("modelled") for t in tables)
    own = "labels of the sessions" + "; modelled: a machinery check, not advice" * made_up
    tuned = tune(
        tables,
        provider,
        basis=own if any(t.group == "sessions" for t in tables) else ENERGY_RULE,
        max_cutoffs_per_hold=max_cutoffs_per_hold,
        max_cutoffs_per_turn=max_cutoffs_per_turn,
        max_false_starts=max_false_starts,
        max_missed_starts=max_missed_starts,
        in_force=in_force or _stated(recorded),
        calibration=known,
        gates=gates,
    )
    tuned = replace(tuned, notes=(*_another_detector(recorded), *aside, *tuned.notes))
    if made_up and tuned.proposal is not None:
        return replace(tuned, proposal=replace(tuned.proposal, status="machinery check"))
    return tuned


def plan_on(source: Source | None, provider: str = "openai", budgets: Sequence[float] = BUDGETS) -> Plan:
    """Say what is missing for which claim.

    Parameters
    ----------
    source
        Labelled sessions, or a folder of score tables; None: the embedded tables and the six reports that come along.
    provider
        ``openai`` or ``xai``.
    budgets
        Shares of cut-offs that one would like to show.

    Raises
    ------
    SettingsError
        No such provider; every budget that is no share over 0 and under 1.
    SessionError, AudioError
        A session cannot be read.
    """
    chosen = find_provider(provider)
    hint = "10 per cent is 0.10"
    bad = (Problem(f"budget: {b!r} is not over 0 and under 1", hint=hint) for b in budgets if not 0 < b < 1)
    check(bad, SettingsError, "plan")
    notes: list[str] = []
    try:
        rows = tables_of(source)
    except NotAnswerable as error:
        rows, notes = [], [str(error)]
    if any(r.group == "sessions" and r.note.startswith("modelled") for r in rows):
        rows, notes = [], [MODELLED]
    if source is None:
        heard = embedded_reports(provider)
    elif not _holds_sessions(source):
        heard = Heard()
        what = "score tables hold" if is_tables(source) else "public recordings come with"
        notes.append(f"{what} no reports of a provider: give sessions to count those")
    else:
        found, left_out = recordings_of(open_corpus(source), provider)
        heard = Heard.of(
            (key.agent, r.group, _told(r.settings), r.used_starts)
            for key, recordings in found.items()
            for r in recordings
        )
        several = f"{len(left_out)} session{'s'[: len(left_out) > 1]}"
        notes += [f"{several} without reports that can be used; `bargein calibrate` says why"] if left_out else []
    return plan(chosen, rows, heard, budgets, notes, _stated(_in_force(source, provider)))


def embedded_reports(provider: str) -> Heard:
    """Count the reports of a provider that come along: six values of OpenAI's, none of others."""
    six = openai_six() if provider == "openai" else ()
    return Heard.of(("silent", r.group, _told(r.settings), r.used_starts) for r in six)


def _told(settings: ServerVad) -> tuple[float, int, int]:
    """Settings that were in force; evidence has all three."""
    threshold, padding, silence = settings.threshold, settings.prefix_padding_ms, settings.silence_duration_ms
    assert threshold is not None
    assert padding is not None
    assert silence is not None
    return threshold, padding, silence


def _by(by: str | Scorer, tables: list[LabelledScores]) -> list[LabelledScores]:
    wanted, there = scorers.scorer(by).model, tables[0].scores.model
    if wanted != there:
        raise NotAnswerable(f"the score tables are {there}'s; {wanted} scores sound: give labelled sessions")
    return tables


def is_tables(source: Source) -> bool:
    """Tell whether a folder holds score tables, and no sessions."""
    return not isinstance(source, Session) and (Path(source) / INDEX).exists()


def is_public(source: Source) -> bool:
    """Tell whether a folder holds public recordings, as a mirror does or ``bargein data fetch`` leaves them."""
    return not isinstance(source, Session) and bool(recordings(source))


def _holds_sessions(source: Source) -> bool:
    return not is_tables(source) and not is_public(source)


def _in_force(source: Source | None, provider: str) -> list[TurnDetection | None]:
    """Give the settings that each of a provider's sessions says were in force."""
    if source is None or not _holds_sessions(source):
        return []
    sessions = (case.session for case in open_corpus(source, verify=False))
    return [settings_in_force(s) for s in sessions if s.info.provider == provider]


def _stated(found: list[TurnDetection | None]) -> ServerVad | None:
    """Give the settings that all sessions say were in force; None where they differ or say nothing."""
    one = found[0] if len(set(found)) == 1 else None
    return one if isinstance(one, ServerVad) and one.threshold is not None else None


def _another_detector(found: list[TurnDetection | None]) -> tuple[str, ...]:
    """Say that sessions ran under a detector that has no threshold: what is proposed is no replacement for it."""
    semantic = sum(isinstance(one, SemanticVad) for one in found)
    if not semantic:
        return ()
    return (
        f"{semantic} of {len(found)} sessions ran under semantic_vad, which decides by meaning and has no threshold: "
        "all that is said here is of server_vad, another detector, and no replacement for it",
    )
