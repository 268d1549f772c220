"""What a researcher types about detectors and settings: verbs of ``import bargein as bi``, each a thin layer."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from bargein.corpus import open_corpus
from bargein.errors import NotAnswerable
from bargein.session import Info, Label, Session

if TYPE_CHECKING:
    import pandas as pd

    from bargein.settings import ServerVad
    from bargein.tuning import Tuned
    from bargein.tuning.calibration import Calibration
    from bargein.tuning.cost import Prices
    from bargein.tuning.plan import Plan
    from bargein.tuning.search import Searched
    from bargein.vad.rule import Rule
    from bargein.vad.scorers import Scorer
    from bargein.vad.scores import Scores
    from bargein.vad.sweep import Curve
    from bargein.vad.variants import Segment

Sessions = str | os.PathLike[str] | Session

__all__ = ["calibrate", "detection", "plan", "search", "segments", "sweep", "tune"]


def segments(scores: Scores, rule: Rule | None = None, variant: str = "server") -> list[Segment]:
    """Give every stretch that a gate claims for speech (``docs/vad.md``: how the gates differ).

    Parameters
    ----------
    scores
        Frame scores of a sound.
    rule
        Thresholds and durations; None: the gate's own defaults. ``prefix_padding_ms`` is its padding.
    variant
        ``server``, as a provider's voice detection; ``silero-timestamps`` and ``silero-iterator``, as the functions
        ``get_speech_timestamps`` and ``VADIterator`` of the package silero-vad.

    Returns
    -------
    Starts and ends, samples and ms; the end is None where the sound ended and the gate had said nothing.

    Raises
    ------
    SettingsError
        No such gate; every setting that it has no place for.
    """
    from bargein.vad.variants import segments as of

    return of(scores, rule, variant)


def sweep(
    scores: Scores | Sessions | None = None, labels: Iterable[Label] = (), *, threshold: float = 0.5,
    exit: float | None = None, min_speech_ms: int = 0, max_silence_ms: int = 3_000,
) -> Curve:  # fmt: skip
    """Say what one threshold does against labels at every ``silence_duration_ms``, exactly.

    Parameters
    ----------
    scores
        Frame scores of a user's whole track; or, as in :func:`tune`, labelled sessions, a folder with score tables, or
        None for the embedded tables of real recordings.
    labels
        With frame scores: what is true of the track, on its own clock.
    threshold, exit
        Scores at which speech is entered and under which it may be left, 0..1; without ``exit`` 0.15 lower.
    min_speech_ms
        Speech must last longer than this to be announced.
    max_silence_ms
        The longest end silence of interest.

    Returns
    -------
    Step functions: ``.at(silence_duration_ms=480)``, ``.steps("cut_holds")``, ``.to_frame()``. Detector outcome only:
    the agent's timeline stays as recorded.

    Raises
    ------
    NotAnswerable
        No labels that a detector can be held to; modelled and recorded sessions together.
    SettingsError, LabelError
        A threshold outside 0..1; labels that cannot be counted.
    """
    from bargein.corpus.labelled import check_inside, clips
    from bargein.tuning.at_hand import tables_of
    from bargein.vad.rule import Rule
    from bargein.vad.scores import Scores
    from bargein.vad.sweep import curve

    rule = Rule(threshold, exit, min_speech_ms=min_speech_ms)
    if isinstance(scores, Scores):
        labels = tuple(labels)
        check_inside(scores, labels)
        facts = Info(id="scores", provider="", model="", length_ms=scores.ms)
        tables = list(clips(scores, labels, facts, cluster="scores"))
        if not tables:
            raise NotAnswerable("no labels that a detector can be held to: finished turns, tics, noise, echo")
    else:
        tables = tables_of(scores)
    return curve(tables, rule, max_silence_ms=max_silence_ms)


def detection(
    sessions: Sessions | Iterable[Sessions], scorers: str | Iterable[str | Scorer] = "silero", *,
    threshold: float = 0.5, exit: float | None = None, silence_duration_ms: int = 200,
) -> pd.DataFrame:  # fmt: skip
    """Hold detectors to labelled speech: one row a scorer (:mod:`bargein.vad.scorers`).

    Parameters
    ----------
    sessions
        With a user track and labels of kind ``speech``; others are left out.
    scorers
        Names, or scorers of your own.
    threshold, exit, silence_duration_ms
        Scores at which speech is entered and under which it may be left, 0..1, without ``exit`` 0.15 lower; end
        silence, ms.

    Returns
    -------
    Missed and false speech, error rate, precision, recall, F1, cost and onset distance, each pooled by adding up.
    """
    import pandas as pd

    from bargein.corpus.detecting import detection_rows
    from bargein.vad.rule import Rule

    given = [sessions] if isinstance(sessions, (str, os.PathLike, Session)) else list(sessions)
    by = [scorers] if isinstance(scorers, str) else list(scorers)
    rule = Rule(threshold, exit, silence_duration_ms=silence_duration_ms)
    return pd.DataFrame(detection_rows(open_corpus(*given), by, rule))


def tune(
    source: Sessions | None = None, provider: str = "openai", *, max_cutoffs_per_hold: float | None = None,
    max_cutoffs_per_turn: float | None = None, max_false_starts: Mapping[str, float] | None = None,
    max_missed_starts: float | None = None, in_force: ServerVad | None = None, scorer: str | Scorer = "silero",
    calibration: Calibration | str | os.PathLike[str] | None = None, gates: Sequence[str] = (),
) -> Tuned:  # fmt: skip
    """Find settings for a provider on recorded speech, or say why none can be recommended.

    Parameters
    ----------
    source
        Labelled sessions, or a folder with score tables; default: the embedded tables of real recordings.
    provider
        Whose settings.
    max_cutoffs_per_hold, max_cutoffs_per_turn
        The budget, a share of pauses or of turns. Without one there is a frontier and no recommendation.
    max_false_starts
        Most accepted false starts, by kind: of ``tic`` and ``backchannel`` a share of recordings, of ``noise`` and
        ``echo`` starts per minute: ``{"tic": 0.1, "echo": 2}``.
    max_missed_starts
        Largest accepted share of missed turns; None: no more than at the threshold in force.
    in_force
        Settings to compare with; None: those that all of the provider's sessions say were in force, else the
        provider's documented defaults.
    scorer
        Whose scores of the sessions' sound stand for the provider's detector: ``silero``, ``webrtc``, ``energy``, or
        one of your own (:mod:`bargein.vad.scorers`).
    calibration
        Of :func:`calibrate`, or its file: its rule is swept, its error stands beside the proposal.
    gates
        Gates at the client to weigh beside the threshold: ``minimum-200``, ``hold-500``, ``duck-500`` and the like
        (:mod:`bargein.tuning.gates`).

    Returns
    -------
    Frontier, threshold ceiling, and a recommendation or the reason for none.
    """
    from bargein.tuning.at_hand import tune_on

    return tune_on(
        source,
        provider,
        max_cutoffs_per_hold=max_cutoffs_per_hold,
        max_cutoffs_per_turn=max_cutoffs_per_turn,
        max_false_starts=max_false_starts,
        max_missed_starts=max_missed_starts,
        in_force=in_force,
        scorer=scorer,
        calibration=calibration,
        gates=gates,
    )


def plan(
    source: Sessions | None = None, provider: str = "openai", *, budgets: Iterable[float] = (0.05, 0.10, 0.20)
) -> Plan:  # fmt: skip
    """Say what to record next: each claim one may want to make, what it needs, and what is missing.

    Parameters
    ----------
    source
        Labelled sessions with the provider's reports, or a folder with score tables; default: what comes along.
    provider
        Whose settings.
    budgets
        Shares of cut-offs that one would like to show, over 0 and under 1.

    Returns
    -------
    ``needs``, a row a claim (answered, bounded, not answerable); ``recipes``; ``next_settings``; ``lines()``.

    Raises
    ------
    SettingsError, SessionError
        No such provider, or a budget that is no share; a session is damaged.
    """
    from bargein.tuning.at_hand import plan_on

    return plan_on(source, provider, tuple(budgets))


def search(
    source: Sessions | None = None, start: Rule | None = None, *,
    space: Mapping[str, tuple[float, float]] | None = None, trials: int = 100, seed: int = 1,
    prices: Prices | None = None,
) -> Searched:  # fmt: skip
    """Search a rule that has no exact form, one setting at a time, with Optuna (``pip install 'bargein[search]'``).

    Parameters
    ----------
    source
        Labelled sessions, or a folder with score tables; default: the embedded tables of real recordings.
    start
        The rule to begin with; what ``space`` does not name stays as it has it.
    space
        By field of a rule (``enter``, ``silence_duration_ms``, ``min_speech_ms``, ``max_speech_ms``) the range to
        search; None: all four.
    trials, seed
        How many rules are run, and from which seed.
    prices
        What counts how many seconds per turn; None: those of :class:`bargein.tuning.cost.Prices`.

    Raises
    ------
    BargeinError
        Optuna is not installed.
    SettingsError, NotAnswerable
        Every range that is none; no turns to ask.
    """
    from bargein.tuning.at_hand import tables_of
    from bargein.tuning.search import USUAL
    from bargein.tuning.search import search as find

    return find(tables_of(source), start, space=space or USUAL, trials=trials, seed=seed, prices=prices)


def calibrate(
    sessions: Sessions, provider: str = "openai", *, out: str | os.PathLike[str] | None = None
) -> Calibration:  # fmt: skip
    """Say what a provider's own reports tell of its detector: each parameter fitted, or at its prior (``docs/vad.md``).

    Parameters
    ----------
    sessions
        Recorded sessions with the microphone as sent; modelled ones are refused: they would confirm the model.
    out
        File to write; :func:`tune` takes it as ``calibration``.

    Raises
    ------
    NotAnswerable
        None of the sessions is evidence; each with its reason, and what to record.
    """
    from bargein.tuning.calibration import calibrate_on, write

    found = calibrate_on(sessions, provider)
    if out is not None:
        write(found, out)
    return found
