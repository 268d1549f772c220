"""Samples, milliseconds, seconds: the only place that rounds.

Time is whole milliseconds since session start. Samples are whole and are converted from running totals, so that cutting
a sound in two and converting the pieces gives the same instants as converting it whole.
"""

from __future__ import annotations

#: One second in the unit of session time.
SECOND = 1_000


def ms_of(samples: int, rate: int) -> int:
    """Give the millisecond in which sample number ``samples`` begins (rounded down).

    Parameters
    ----------
    samples
        A running total, 0 or more.
    rate
        Samples per second.

    Examples
    --------
    >>> ms_of(24_000, 24_000), ms_of(23, 24_000), ms_of(24, 24_000)
    (1000, 0, 1)
    """
    return samples * SECOND // rate


def ms_covering(samples: int, rate: int) -> int:
    """Give the shortest whole time in which all of ``samples`` have sounded (rounded up).

    Examples
    --------
    >>> ms_covering(24, 24_000), ms_covering(25, 24_000)
    (1, 2)
    """
    return -(-samples * SECOND // rate)


def samples_in(ms: int, rate: int) -> int:
    """Give the samples that have sounded after ``ms`` milliseconds (rounded down).

    Examples
    --------
    >>> samples_in(100, 24_000), samples_in(1, 11_025)
    (2400, 11)
    """
    return ms * rate // SECOND


def rescaled(samples: int, rate: int, to: int) -> int:
    """Give the position of a sample at another rate (rounded down).

    Examples
    --------
    >>> rescaled(16_000, 16_000, 24_000)
    24000
    """
    return samples * to // rate


def hops_covering(ms: int, hop: int, rate: int) -> int:
    """Give the fewest hops that last at least ``ms``.

    Examples
    --------
    >>> hops_covering(500, 512, 16_000), hops_covering(200, 512, 16_000)
    (16, 7)
    """
    return -(-ms * rate // (SECOND * hop))


def whole_ms(value: float) -> int:
    """Round a measured or sampled time to the nearest millisecond, halves up.

    Examples
    --------
    >>> whole_ms(2.5), whole_ms(-0.4)
    (3, 0)
    """
    return int((value + 0.5) // 1)


def ms_from_seconds(seconds: float) -> int:
    """Convert seconds, as foreign files have them, to the nearest millisecond.

    Examples
    --------
    >>> ms_from_seconds(0.2), ms_from_seconds(1.0005)
    (200, 1001)
    """
    return whole_ms(round(seconds * SECOND, 6))


def seconds(ms: int) -> float:
    """Convert to seconds; for plot axes and foreign files only.

    Examples
    --------
    >>> seconds(1_250)
    1.25
    """
    return ms / SECOND


def clock_text(ms: int) -> str:
    """Write an instant as ``m:ss.mmm``.

    Examples
    --------
    >>> clock_text(65_432)
    '1:05.432'
    """
    minutes, rest = divmod(ms, 60 * SECOND)
    return f"{minutes}:{rest // SECOND:02d}.{rest % SECOND:03d}"


def nearest_rank(values: list[int], percent: float) -> int | None:
    """Percentile by nearest rank, as the origin's books do it; None when there are no values.

    Parameters
    ----------
    values
        Any order.
    percent
        Over 0, up to 100.

    Examples
    --------
    >>> nearest_rank([15, 20, 35, 40, 50], 30), nearest_rank([], 50)
    (20, None)
    """
    if not values:
        return None
    rank = -int(-percent * len(values) // 100)
    return sorted(values)[max(rank, 1) - 1]
