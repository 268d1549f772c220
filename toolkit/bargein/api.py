"""What a researcher types: the verbs of ``import bargein as bi``, each a thin layer over one room."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import bargein.report  # noqa: F401  # first: loaded later it would take the name of the verb
from bargein.corpus import Case, Run, account, as_recorded, need_replayable, open_corpus, policy_rows, run_policies
from bargein.errors import Problem, SettingsError
from bargein.events import SpeechStarted, SpeechStopped
from bargein.gate import GENERATIONS, Policy
from bargein.outcome import Link, Outcome
from bargein.providers import Reading, read
from bargein.replay import replay as play
from bargein.replay.reports import Reports
from bargein.session import Session, load
from bargein.settings import ServerVad

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from bargein.metrics.friction import Weights
    from bargein.report.rendering import Renders
    from bargein.report.transcript import Transcript
    from bargein.tuning.calibration import Calibration

Sessions = str | os.PathLike[str] | Session

__all__ = [
    "Link", "Policy", "accounts", "compare", "diagnose", "episodes", "listen", "load", "measure",
    "metrics", "render", "replay", "report", "score", "transcript",
]  # fmt: skip


def _frame(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([dict(r) for r in rows])


def _runs(
    sessions: Sessions | Iterable[Sessions], policies: str | Policy | Iterable[str | Policy], link: Link | None,
    annotator: str | None = None,
) -> list[Run]:  # fmt: skip
    chosen = _policies(policies)
    return [run for case in _cases(sessions, annotator) for run in run_policies(case, chosen, link)]


def _policies(given: str | Policy | Iterable[str | Policy]) -> list[str | Policy]:
    return [given] if isinstance(given, (str, Policy)) else list(given)


def _cases(sessions: Sessions | Iterable[Sessions], annotator: str | None) -> list[Case]:
    roots = [sessions] if isinstance(sessions, (str, os.PathLike, Session)) else list(sessions)
    return need_replayable(open_corpus(*roots).of(annotator).cases)


def _calibration(given: Calibration | str | os.PathLike[str] | None, settings: object) -> Calibration | None:
    if given is None:
        return None
    if settings is None:
        raise SettingsError([Problem("a calibration without settings changes nothing", hint="settings=ServerVad(…)")])
    from bargein.tuning.calibration import opened

    return opened(given)


def measure(
    sessions: Sessions, by: str = "settings", *, bounds: bool = False, annotator: str | None = None
) -> pd.DataFrame:
    """Say what was recorded: no surrogate, no other gate than the one that ran.

    Parameters
    ----------
    sessions
        A session, its folder, or a folder of sessions.
    by
        ``settings``: a row per provider, model and settings in force; ``session``: a row per session.
    bounds
        By settings, instead: what went wrong with its upper bound over clusters, and how many minutes are unlabelled.
    annotator
        Whose labels count; None: everybody's, but for what two of them do not agree about.

    Returns
    -------
    Rates as counts, times in milliseconds with their n, each row with its basis, which says how many labels are left
    out, and its number of clusters.

    Raises
    ------
    SessionError
        Every problem of every session.
    SettingsError
        ``by`` is none of the two.
    LabelError
        There are no labels of that annotator.
    """
    from bargein.report import views

    corpus = open_corpus(sessions).of(annotator)
    if bounds:
        return _frame(views.bounds_table(corpus).rows)
    if by == "settings":
        return _frame(cell.row() for cell in as_recorded(corpus))
    return _frame(views.session_table(corpus, by).rows)


def replay(
    session: Session | str | os.PathLike[str], policy: str | Policy = "keyed", link: Link | None = None, *,
    settings: ServerVad | Reports | None = None, calibration: Calibration | str | os.PathLike[str] | None = None,
    reading: Reading | None = None, edges: Iterable[SpeechStarted | SpeechStopped] | None = None,
) -> Outcome:  # fmt: skip
    """Play a recorded session through a gate and say what the user would have heard: :func:`bargein.replay.replay`.

    Parameters
    ----------
    settings
        Suppose these settings of the provider's voice detection (``docs/vad.md``); None: as recorded.
    calibration
        Of :func:`bargein.calibrate`, or its file: whose rule reports the user then, and how much later.
    """
    known = _calibration(calibration, settings)
    if known is not None and isinstance(settings, ServerVad):
        from bargein.tuning.supposed import reports_of

        session = session if isinstance(session, Session) else load(session)
        reading = reading or read(session)
        settings = reports_of(session, reading, settings, known)
    return play(session, policy, link, reading=reading, edges=edges, settings=settings)


def compare(
    sessions: Sessions | Iterable[Sessions], policies: str | Policy | Iterable[str | Policy] = GENERATIONS,
    link: Link | None = None, annotator: str | None = None, *, settings: ServerVad | None = None,
    calibration: Calibration | str | os.PathLike[str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Say who would have been heard under each gate; one row per cause of late audio and policy.

    Parameters
    ----------
    sessions
        One or many; those without times or without generated audio are left out.
    policies
        Names or policies; without ``@source`` each listens to the detector its session's client had.
    link
        From the log to the loudspeaker.
    annotator
        As in :func:`measure`.
    settings, calibration
        As in :func:`replay`; ``attrs`` say what was assumed and which sessions cannot be asked (``supposed``), and
        what differs from the settings in force by the same surrogate (``changes``).

    Raises
    ------
    NotAnswerable
        None of the sessions can be replayed, or asked about settings.
    SessionError, SettingsError, LabelError
        A session is damaged; no such policy; settings that a provider would refuse; no labels of that annotator.
    """
    known = _calibration(calibration, settings)
    if settings is None:
        return _frame(r.row() for r in policy_rows(_runs(sessions, policies, link, annotator)))
    from bargein.tuning.supposed import supposed

    asked = supposed(_cases(sessions, annotator), settings, known)
    chosen = _policies(policies)
    runs = asked.runs(chosen, link)
    frame = _frame(r.row() for r in policy_rows(runs))
    frame.attrs["supposed"] = asked.lines()
    frame.attrs["changes"] = [row for change in asked.changes(runs, chosen, link) for row in change.rows()]
    return frame


def episodes(
    sessions: Sessions | Iterable[Sessions], policies: Iterable[str | Policy] = ("keyed",), link: Link | None = None
) -> pd.DataFrame:
    """Say what happened around every labelled onset; one row per onset and policy. See :func:`compare`."""
    from bargein.report.views import episode_table

    return _frame(episode_table(_runs(sessions, policies, link)).rows)


def metrics(
    sessions: Sessions | Iterable[Sessions], policies: str | Policy | Iterable[str | Policy] | None = None,
    link: Link | None = None, weights: Weights | None = None, annotator: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Say what every metric of interruptions makes of sessions: one row per metric, cause of late audio and gate.

    Parameters
    ----------
    sessions
        One or many.
    policies
        Gates to replay them under; None: as recorded, with no gate but the one that ran.
    link
        From the log to the loudspeaker.
    weights
        Of the parts of friction; default: 1 each.
    annotator
        As in :func:`measure`.

    Returns
    -------
    Metric, value, unit, n, clusters, interval, basis, better, source. Of a share the value is its count, of n.

    Raises
    ------
    NotAnswerable
        None of the sessions can be replayed; modelled and recorded ones of one cause together.
    SessionError, SettingsError, LabelError
        A session is damaged; no such policy; no labels of that annotator.
    """
    from bargein.report.metrics import metrics_table, recorded_metrics

    if policies is not None:
        return _frame(metrics_table(_runs(sessions, policies, link, annotator), "", weights).rows)
    roots = [sessions] if isinstance(sessions, (str, os.PathLike, Session)) else list(sessions)
    return _frame(recorded_metrics(open_corpus(*roots).of(annotator).timed, "", weights).rows)


def accounts(
    sessions: Sessions | Iterable[Sessions], policy: str | Policy = "keyed", link: Link | None = None
) -> pd.DataFrame:
    """Say what arrival accounting books and what was heard; one row per session, milliseconds. See :func:`compare`.

    ``clusters`` names what a session shares with others: rows that share a name are not independent.
    """
    books = (account(run) for run in _runs(sessions, [policy], link))
    return _frame({**a.row(), "clusters": ", ".join(a.clusters)} for a in books)


def diagnose(sessions: Sessions, rules: Iterable[str] | None = None) -> pd.DataFrame:
    """Say what went wrong as recorded: one row per finding, and one per rule that could not look.

    Parameters
    ----------
    sessions
        A session, its folder, or a folder of sessions.
    rules
        Names of rules (``docs/doctor.md``); default: all.

    Returns
    -------
    Instants in session ms; the value with its unit; the lines that show it; the remedy at this provider. ``severity``
    is ``error``, ``warning``, ``note``, or ``not checkable`` with the reason in ``says``.

    Raises
    ------
    SessionError, SettingsError
        A session is damaged; no such rule.
    """
    from bargein.doctor import chosen
    from bargein.doctor import diagnose as look
    from bargein.report.views import findings_table

    wanted = chosen(rules)
    return _frame(findings_table([look(case, wanted) for case in open_corpus(sessions)]).rows)


def score(
    sources: Sessions | Iterable[Sessions], definition: str | Iterable[str] | None = None, by: str = "all"
) -> pd.DataFrame:
    """Score sessions by the definitions of the field (``docs/scores.md``): as defined, and as coded where that differs.

    Parameters
    ----------
    sources
        Sessions, their folders, folders of them; logs of 200 ms ticks (``.csv``), EVA's audio events (``.jsonl``).
    definition
        ``tau-voice``, ``eva``, ``full-duplex-bench``, ``eot-bench``, ``sid-bench``, or several; None: all.
    by
        ``all``: events of all together; ``session``: each for itself.

    Returns
    -------
    A row per definition, reading and metric; ``attrs["left_out"]`` says which could not be computed of what, and why.

    Raises
    ------
    InputError, NotAnswerable
        Every problem of every source; nothing can be computed of any, or recorded and modelled ones together.
    """
    from bargein.corpus.scoring import conversations
    from bargein.corpus.scoring import score as of

    given = [sources] if isinstance(sources, (str, os.PathLike, Session)) else list(sources)
    asked = () if definition is None else (definition,) if isinstance(definition, str) else tuple(definition)
    found = of(conversations(*given), asked, by)
    frame = _frame(found.rows)
    frame.attrs["left_out"] = list(found.left_out)
    return frame


def listen(outcome: Outcome) -> Any:
    """Give a stereo player for notebooks: left the user, right what was heard of the agent.

    Raises
    ------
    NotAnswerable
        Something was heard, and the session holds no agent track.
    """
    from IPython.display import Audio

    return Audio(outcome.heard_audio().T, rate=outcome.heard.rate, normalize=False)  # type: ignore[no-untyped-call]


def render(
    sessions: Sessions | Iterable[Sessions], policies: str | Policy | Iterable[str | Policy] = GENERATIONS,
    out: str | os.PathLike[str] = "out/heard", link: Link | None = None, *, kind: str = "wav", overwrite: bool = False,
) -> Renders:  # fmt: skip
    """Write what was heard under each gate as stereo files: left the user, right the agent. See :func:`compare`.

    Parameters
    ----------
    out
        Folder for the files, ``<session>.<policy>.<kind>``; made when missing.
    kind
        ``wav`` or ``flac``, both 16 bit.
    overwrite
        Replace files that stand there; otherwise they are refused before anything is written.
    """
    from bargein.report.rendering import render as write

    return write([run.outcome for run in _runs(sessions, policies, link)], out, kind, overwrite=overwrite)


def report(
    sessions: Sessions, out: str | os.PathLike[str], *, policies: Iterable[str | Policy] = GENERATIONS, shown: int = 3,
    overwrite: bool = False,
) -> Path:  # fmt: skip
    """Write one HTML file that stands alone: pictures, tables, findings, and timelines that need no kernel.

    Parameters
    ----------
    sessions
        A session, its folder, or a folder of sessions.
    out
        File to write.
    policies
        Gates that are tried.
    shown
        Sessions of a folder that are shown whole, the worst first.
    overwrite
        Replace a file that stands there.

    Returns
    -------
    The file. It asks no network for anything, runs no script but its own, and can be printed.

    Raises
    ------
    SessionError
        The file exists, or sessions are damaged: every problem of every one, and nothing is written.
    SettingsError
        No such policy.
    """
    from bargein.report.alone import report as write

    return write(sessions, out, policies=list(policies), shown=shown, overwrite=overwrite)


def transcript(outcome: Outcome) -> Transcript:
    """Give the words of both in order of time, the agent's split where the user stopped hearing them.

    Returns
    -------
    ``str()`` gives text; ``to_html()`` and ``to_json()`` give the other two; a notebook shows it.
    """
    from bargein.report.transcript import transcript as write

    return write(outcome)
