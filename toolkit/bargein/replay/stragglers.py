"""Late audio, on purpose: the last deltas of an interrupted response arrive after the report of the user.

No recorded barge-in shows any: one ordered socket cannot reorder. Late audio has other causes: a client that decodes
asynchronously, a second connection, a detector at the client that cuts before the server does. So a table with
stragglers verifies a gate and is no finding about a provider.
"""

from __future__ import annotations

from dataclasses import replace

from bargein.events import PROVIDER, Delta, SpeechStarted, dated, rows_of
from bargein.ledger import Generated
from bargein.providers import Reading

#: Between the report and the first straggler, and from one to the next, ms: back to back, as on a busy client.
APART_MS = 2
ASSUMED = "stragglers: the last {n} deltas of each response that the provider stopped arrive after its report"


def with_stragglers(reading: Reading, n: int) -> Reading:
    """Let the last ``n`` deltas of each response that the provider stopped come after the report that stopped it.

    Parameters
    ----------
    reading
        As recorded.
    n
        0 gives it back as it is.

    Returns
    -------
    The same events, some of them later; the same samples.
    """
    late: dict[int, int] = {}
    for response in reading.responses.values():
        if n and response.interrupted and response.last_delta is not None:
            report = _report(reading, response.last_delta)
            deltas = [
                i for i, (e, _) in enumerate(reading.events) if isinstance(e, Delta) and e.response == response.id
            ]
            if report is not None:
                late |= {i: report + APART_MS * k for k, i in enumerate(deltas[-n:], 1)}
    if not late:
        return reading
    moved = [(dated(e, late.get(i, e.at)), c) for i, (e, c) in enumerate(reading.events)]
    order = sorted(range(len(moved)), key=lambda i: (moved[i][0].at, i in late))
    events = tuple(moved[i] for i in order)
    rows = rows_of(e for e, _ in events)
    return replace(reading, events=events, generated=Generated(rows, reading.generated.rate))


def _report(reading: Reading, last_delta: int) -> int | None:
    """The provider's first report of the user after a response's last delta."""
    reports = (e.at for e, _ in reading.events if isinstance(e, SpeechStarted) and e.source == PROVIDER)
    return next((at for at in reports if at >= last_delta), None)
