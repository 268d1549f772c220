"""The model of the player against the player's own log, where a session holds one."""

from __future__ import annotations

from bargein.corpus.index import Case
from bargein.events import LOCAL_VAD
from bargein.gate import policy
from bargein.metrics.agreement import Agreement, agreement
from bargein.outcome import Link
from bargein.replay import replay


def client_agreement(case: Case, link: Link | None = None) -> Agreement | None:
    """Replay the gate that the session's client ran, and compare it with what its player logged.

    Parameters
    ----------
    case
        With a ``client.jsonl``, and the name of its gate under ``client.policy`` in ``session.json``.
    link
        From the log to the loudspeaker, as it is believed to have been.

    Returns
    -------
    None where there is no such log, or nobody says which gate ran.

    Raises
    ------
    SettingsError
        The gate named there is not known.
    """
    ran, logged = case.session.info.client.get("policy"), case.session.client_heard
    if not ran or logged is None or not case.replayable:
        return None
    gate = policy(str(ran)).at(case.trigger)
    edges = case.local_edges if case.trigger == LOCAL_VAD else None
    outcome = replay(case.session, gate, link, reading=case.reading, edges=edges)
    return agreement(logged, outcome.heard)


def agreement_line(case: Case, link: Link | None = None) -> str:
    """Say it in a sentence; empty where nothing can be compared."""
    found = client_agreement(case, link)
    ran = case.session.info.client.get("policy")
    return "" if found is None else f"the model of the player ({ran}) against the client's own log: {found.text}"
