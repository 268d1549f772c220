"""When events arrive over a link: delayed, each by its own draw more, in order on each connection."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bargein.outcome import Link

Times = NDArray[np.int64]


def arrivals(sent: Sequence[int], connections: Sequence[str], link: Link) -> list[int]:
    """Say when each event arrives.

    Parameters
    ----------
    sent
        When each was sent, ms, in the order of sending.
    connections
        On which connection.
    link
        The way it takes.

    Returns
    -------
    Times as long as ``sent``; on one connection none is before an earlier one's.

    Examples
    --------
    >>> arrivals([0, 1, 2, 900], ["a"] * 4, Link(delay_ms=50, jitter_ms=100))
    [65, 89, 89, 1023]
    """
    times = np.asarray(sent, np.int64)
    late = np.empty_like(times)
    names = dict.fromkeys(connections)
    for name in names:
        own = np.asarray(connections) == name if len(names) > 1 else slice(None)
        drawn = _mixed(times[own] ^ _salt(link.seed, name)) % (link.jitter_ms + 1)
        late[own] = np.maximum.accumulate(times[own] + drawn)
    arrived: list[int] = (late + link.delay_ms).tolist()
    return arrived


def _salt(seed: int, connection: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}/{connection}".encode(), digest_size=4).digest())


def _mixed(times: Times) -> Times:
    """Mix 32 bits: the finalizer of MurmurHash3, so that jitter depends on what it is of and on no order.

    Examples
    --------
    >>> _mixed(np.array([0, 1, 2])).tolist()
    [0, 1364076727, 821347078]
    """
    x = times.astype(np.uint64)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    return x.astype(np.int64)
