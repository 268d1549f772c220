"""Which events are listened to: those on which settings disagree, and a random part of the rest.

Each event carries a number of its own between 0 and 1, a hash of seed, session and instant, and is drawn where that
lies under its stratum's probability (Poisson sampling with permanent random numbers). So every event's probability is
known and its own, a draw depends on no order, and a larger sample holds the smaller one with all its labels.

References
----------
Ohlsson (1995), Coordination of Samples Using Permanent Random Numbers, in Business Survey Methods, 153-169.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from bargein.errors import Problem, SettingsError, check
from bargein.queue.events import Event
from bargein.session.queued import Design, Drawn, Item

#: What an event can be, and whether the sample's probability holds for it or that of disagreements.
STRATA: Mapping[str, bool] = {"disagree": False, "agree": True, "unreported": True}
#: The stretch in which the person is asked what begins, how much is played around it, and where in it the event lies.
ASKED_MS, AROUND_MS, INSIDE_MS = 1_000, 1_500, (200, 800)


def uniform(*named: object) -> float:
    """Give a number in 0..1 that depends on nothing but what is named.

    Examples
    --------
    >>> uniform(1, "call", 2_000) == uniform(1, "call", 2_000) != uniform(2, "call", 2_000)
    True
    """
    digest = hashlib.sha256("\0".join(map(str, named)).encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def probabilities(sample: float, disagreeing: float = 1.0) -> dict[str, float]:
    """Give the probability of each stratum.

    Parameters
    ----------
    sample
        Of events on which the settings agree, 0..1.
    disagreeing
        Of those on which they disagree, over 0.

    Raises
    ------
    SettingsError
        Every value that is no probability.

    Examples
    --------
    >>> probabilities(0.1)
    {'disagree': 1.0, 'agree': 0.1, 'unreported': 0.1}
    """
    wrong = [
        Problem(f"{name}: {value!r} is no probability over 0 and up to 1", f"--{name}", "a share, not a percentage")
        for name, value in (("sample", sample), ("disagreeing", disagreeing))
        if not 0 < value <= 1
    ]
    check(wrong, SettingsError, "the queue")
    return {stratum: sample if rest else disagreeing for stratum, rest in STRATA.items()}


def draw(
    events: Iterable[Event], session: str, length_ms: int, settings: tuple[str, ...], seed: int,
    of: Mapping[str, float],
) -> tuple[Design, list[Item]]:  # fmt: skip
    """Draw items of one session's events.

    Parameters
    ----------
    events
        All of them.
    session, length_ms
        The session's id and length.
    settings
        Names of what was compared.
    seed
        Another seed, another sample.
    of
        Probability of each stratum.

    Returns
    -------
    The design with its counts, and the items in order of time.
    """
    every = list(events)
    items = [
        _item(event, session, length_ms, seed, of[event.stratum])
        for event in every
        if uniform(seed, session, event.at, "draw") < of[event.stratum]
    ]
    counts = {
        stratum: Drawn(sum(e.stratum == stratum for e in every), sum(i.stratum == stratum for i in items), probability)
        for stratum, probability in of.items()
    }
    return Design(settings, seed, counts), items


def _item(event: Event, session: str, length_ms: int, seed: int, probability: float) -> Item:
    low, high = INSIDE_MS
    into = low + int(uniform(seed, session, event.at, "place") * (high - low))
    start = max(event.at - into, 0)
    end = min(start + ASKED_MS, length_ms)
    played = max(start - AROUND_MS, 0), min(end + AROUND_MS, length_ms)
    order = uniform(seed, session, event.at, "order")
    return Item(event.at, event.stratum, probability, order, (start, end), played, dict(event.said))
