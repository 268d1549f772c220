"""The agent's stored samples, looked up by whose they are; and what became of each of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bargein.events import Delta
from bargein.ledger import Generated, Heard, Played, Row
from bargein.outcome import Outcome
from bargein.session import Session
from bargein.timeline import Span, Timeline
from bargein.units import ms_covering, ms_of, samples_in

Float32 = npt.NDArray[np.float32]
Part = tuple[str, str, int]


class AgentSound:
    """Generated audio by response, item, content part and sample number.

    Parameters
    ----------
    session
        Its agent track is read when first asked for.
    deltas
        Say where in the track each part's samples are stored.
    """

    def __init__(self, session: Session, deltas: Iterable[Delta]) -> None:
        self._session = session
        found: dict[Part, dict[int, tuple[int, int]]] = {}
        for d in deltas:
            found.setdefault((d.response, d.item, d.content), {}).setdefault(d.first, (d.samples, d.stored))
        self._stored = {part: sorted((first, *kept) for first, kept in own.items()) for part, own in found.items()}

    @cached_property
    def _track(self) -> Float32:
        if "agent" not in self._session.info.tracks:
            return np.zeros(0, np.float32)
        return self._session.audio("agent")

    def samples(self, part: Part, first: int, count: int) -> Float32:
        """Give samples ``first .. first + count`` of a part; zeros where they were not stored."""
        out = np.zeros(count, np.float32)
        stored_pieces = self._stored.get(part, [])
        at = max(bisect_right(stored_pieces, first, key=lambda piece: piece[0]) - 1, 0)
        for begin, n, stored in stored_pieces[at:]:
            if begin >= first + count:
                break
            shared = Span(first, first + count) & Span(begin, begin + n)
            if shared is not None and stored >= 0:
                found = self._track[stored + shared.start - begin : stored + shared.end - begin]
                out[shared.start - first : shared.start - first + len(found)] = found
        return out


def arrivals(rows: Sequence[Row], rate: int) -> Iterator[tuple[Span, Row]]:
    """Say over which stretch of time each arrival is drawn: until the next of its response, no longer than it sounds.

    A delta has no length on the clock of arrivals, so the gap to the next one stands for it.

    Examples
    --------
    >>> a, b = Row(0, "A", "a", 0, 4_800), Row(50, "A", "a", 4_800, 4_800)
    >>> [(span.start, span.end) for span, _ in arrivals([a, b], 24_000)]
    [(0, 50), (50, 100)]
    """
    by_response: dict[str, list[Row]] = {}
    for row in rows:
        by_response.setdefault(row.response, []).append(row)
    for own in by_response.values():
        gaps = sorted(b.at - a.at for a, b in pairwise(own) if b.at > a.at)
        usual = gaps[len(gaps) // 2] if gaps else ms_of(own[-1].samples, rate)
        for i, row in enumerate(own):
            gap = own[i + 1].at - row.at if i + 1 < len(own) else usual
            yield Span(row.at, row.at + min(gap, ms_covering(row.samples, rate))), row


def split(row: Played, rate: int, instants: Iterable[int]) -> Iterator[Played]:
    """Cut what was played at session times, so that what follows an instant can be shown apart.

    Examples
    --------
    >>> [(p.offset, p.first, p.samples) for p in split(Played(1_000, 0, "A", "a", 0, 480), 24_000, [1_005])]
    [(0, 0, 120), (120, 120, 360)]
    """
    inner = {samples_in(max(t - row.run, 0), rate) - row.offset for t in instants}
    cuts = [0, *sorted(c for c in inner if 0 < c < row.samples), row.samples]
    for a, b in pairwise(cuts):
        yield Played(row.run, row.offset + a, row.response, row.item, row.first + a, b - a, row.content)


def heard_samples(heard: Heard) -> dict[Part, Timeline]:
    """Which samples of each part sounded; spans of sample numbers, not of time."""
    found: dict[Part, list[Span]] = {}
    for r in heard.rows:
        found.setdefault((r.response, r.item, r.content), []).append(Span(r.first, r.first + r.samples))
    return {part: Timeline(spans) for part, spans in found.items()}


def never_heard(generated: Generated, heard: Heard) -> Iterator[tuple[int, Part, Span]]:
    """What was generated and did not sound, placed where it would have gone on: behind the last sample that did.

    Yields
    ------
    Session time, part, sample numbers. Parts of which nothing sounded have no such place and are left out.
    """
    sounded = heard_samples(heard)
    ends = {(r.response, r.item, r.content, r.first + r.samples): r.span(heard.rate).end for r in heard.rows}
    made: dict[Part, list[Span]] = {}
    for row in generated.rows:
        made.setdefault(row.part, []).append(Span(row.first, row.first + row.samples))
    for part, spans in made.items():
        for missing in Timeline(spans) - sounded.get(part, Timeline()):
            at = ends.get((*part, missing.start))
            if at is not None:
                yield at, part, missing


def stereo(outcome: Outcome) -> Float32:
    """Give a session as it sounded: left the user, right what was heard of the agent.

    Returns
    -------
    Samples at ``outcome.heard.rate``, -1..1, shape (n, 2), as long as the session.

    Raises
    ------
    NotAnswerable
        The session holds no agent track.
    """
    session, heard = outcome.session, outcome.heard
    if outcome.generated.rows and "agent" not in session.info.tracks:
        session.audio("agent")  # says what is missing
    from bargein.audio.resample import resample

    out = np.zeros((samples_in(session.info.length_ms, heard.rate), 2), np.float32)
    if (track := session.info.tracks.get("user")) is not None:
        user = resample(session.audio("user"), track.rate, heard.rate)
        _put(out[:, 0], samples_in(track.origin_ms, heard.rate), user)
    sound = AgentSound(session, (e for e in outcome.events if isinstance(e, Delta)))
    for row in heard.rows:
        found = sound.samples((row.response, row.item, row.content), row.first, row.samples)
        _put(out[:, 1], samples_in(row.run, heard.rate) + row.offset, found)
    return out


def recorded_stereo(session: Session) -> tuple[Float32, int]:
    """Give a session as it was recorded: left the user, right the agent's own channel of a call, where there is one.

    Returns
    -------
    Samples, -1..1, shape (n, 2), as long as the session; their rate.
    """
    from bargein.audio.resample import resample

    tracks = session.info.tracks
    sides = {"user": 0} | ({"agent": 1} if "agent" in tracks and tracks["agent"].kind == "heard" else {})
    there = {name: side for name, side in sides.items() if name in tracks}
    rate = max((tracks[name].rate for name in there), default=8_000)
    out = np.zeros((samples_in(session.info.length_ms, rate), 2), np.float32)
    for name, side in there.items():
        own = resample(session.audio(name), tracks[name].rate, rate)
        _put(out[:, side], samples_in(tracks[name].origin_ms, rate), own)
    return out, rate


def _put(channel: Float32, at: int, samples: Float32) -> None:
    """Copy what fits inside the channel."""
    skipped = max(-at, 0)
    fit = samples[skipped : max(len(channel) - at, skipped)]
    channel[at + skipped : at + skipped + len(fit)] = fit
