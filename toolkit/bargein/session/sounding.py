"""A session as it sounds: left the user, right what was heard of the agent, sample by sample.

Everything that is played to an ear or written to a file comes from here, so that what is heard is what was counted:
the right channel holds the stored samples of each row of :class:`~bargein.ledger.Heard`, at the place the queue model
gave them, and zeros elsewhere. Only a player that fades or ducks changes their size.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bargein.audio.resample import resample
from bargein.events import Delta
from bargein.ledger import Heard, Part
from bargein.session.folder import Session
from bargein.timeline import Span
from bargein.units import samples_in

Float32 = npt.NDArray[np.float32]
USER, AGENT = 0, 1


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
        part: Part | None = None
        own: dict[int, tuple[int, int]] = {}
        for d in deltas:
            if (d.response, d.item, d.content) != part:
                part = d.response, d.item, d.content
                own = found.setdefault(part, {})
            own.setdefault(d.first, (d.samples, d.stored))
        pieces = ((part, sorted((first, *kept) for first, kept in own.items())) for part, own in found.items())
        self._stored = {part: _joined(own) for part, own in pieces}

    @cached_property
    def _track(self) -> Float32:
        if "agent" not in self._session.info.tracks:
            return np.zeros(0, np.float32)
        return self._session.audio("agent")

    def stored(self, part: Part) -> Sequence[tuple[int, int, int]]:
        """Give the pieces of a part, in order: first sample, how many, and where in the track (-1: not stored)."""
        return self._stored.get(part, ())

    def samples(self, part: Part, first: int, count: int) -> Float32:
        """Give samples ``first .. first + count`` of a part; zeros where they were not stored."""
        out = np.zeros(count, np.float32)
        for offset, stored, n in self.places(part, first, count):
            found = self._track[stored : stored + n]
            out[offset : offset + len(found)] = found
        return out

    def places(self, part: Part, first: int, count: int) -> Iterator[tuple[int, int, int]]:
        """Say where samples ``first .. first + count`` of a part are stored: what is not stored is left out.

        Yields
        ------
        Number of the sample among those asked for, of the same one in the track, and how many lie there in a row.
        """
        pieces = self.stored(part)
        at = max(bisect_right(pieces, first, key=lambda piece: piece[0]) - 1, 0)
        for begin, n, stored in pieces[at:]:
            if begin >= first + count:
                break
            shared = Span(first, first + count) & Span(begin, begin + n)
            if shared is not None and stored >= 0:
                yield shared.start - first, stored + shared.start - begin, shared.ms


def _joined(pieces: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Make pieces that follow on each other, in the item and in the track, one: a delta is only how sound was cut."""
    found = pieces[:1]
    for first, count, stored in pieces[1:]:
        begin, n, at = found[-1]
        if at >= 0 and (begin + n, at + n) == (first, stored):
            found[-1] = begin, n + count, at
        else:
            found.append((first, count, stored))
    return found


@dataclass(frozen=True, slots=True)
class Loudness:
    """How a player changed the level of what it played.

    Parameters
    ----------
    stops
        When sound was cut, session ms.
    fade_ms
        How long before each stop it had begun to fall, in a straight line.
    levels
        From when on (session ms) it was played softer, or at its usual level again; in order.
    duck_db
        How much softer, dB; negative.
    """

    stops: tuple[int, ...] = ()
    fade_ms: int = 0
    levels: tuple[tuple[int, bool], ...] = ()
    duck_db: float = -12.0

    def since(self, start: int) -> Loudness:
        """Give the same changes on a clock that begins at ``start`` (session ms); what is over by then is left out.

        Examples
        --------
        >>> Loudness(stops=(100, 900), levels=((50, True), (700, False))).since(500)
        Loudness(stops=(400,), fade_ms=0, levels=((0, True), (200, False)), duck_db=-12.0)
        """
        now = [softer for at, softer in self.levels if at <= start][-1:]
        later = tuple((at - start, softer) for at, softer in self.levels if at > start)
        stops = tuple(stop - start for stop in self.stops if stop > start)
        return replace(self, stops=stops, levels=(*((0, softer) for softer in now), *later))

    def apply(self, channel: Float32, rate: int) -> None:
        """Change a channel in place.

        Examples
        --------
        >>> sound = np.ones(8, np.float32)
        >>> Loudness(stops=(6,), fade_ms=4, levels=((1, True), (2, False)), duck_db=-20).apply(sound, 1_000)
        >>> [float(f"{s:.2f}") for s in sound]
        [1.0, 0.1, 1.0, 0.75, 0.5, 0.25, 1.0, 1.0]
        """
        ends = [at for at, _ in self.levels[1:]]
        for (at, softer), end in zip(self.levels, [*ends, None], strict=False):
            if softer:
                until = len(channel) if end is None else samples_in(end, rate)
                channel[samples_in(at, rate) : until] *= np.float32(10 ** (self.duck_db / 20))
        for stop in self.stops if self.fade_ms else ():
            end = samples_in(stop, rate)
            begin = samples_in(max(stop - self.fade_ms, 0), rate)
            fading = channel[begin:end]
            fading *= np.linspace(1, 0, end - begin, endpoint=False, dtype=np.float32)[: len(fading)]


def stereo(session: Session, deltas: Iterable[Delta], heard: Heard, loudness: Loudness | None = None) -> Float32:
    """Give a session as it sounded: left the user, right what was heard of the agent.

    Parameters
    ----------
    session
        Its tracks are read.
    deltas
        Say where each sample of the agent is stored.
    heard
        Which of them sounded when.
    loudness
        Fades and ducking of the player that played them; None: it knew only on and off.

    Returns
    -------
    Samples at ``heard.rate``, -1..1, shape (n, 2), as long as the session.

    Raises
    ------
    NotAnswerable
        Something was heard, and the session holds no agent track.
    AudioError
        A track is missing or damaged.
    """
    if heard.rows and "agent" not in session.info.tracks:
        session.audio("agent")  # says what is missing
    out = np.zeros((samples_in(session.info.length_ms, heard.rate), 2), np.float32)
    _place(out[:, USER], session, "user", heard.rate)
    sound = AgentSound(session, deltas)
    for row in heard.rows:
        found = sound.samples((row.response, row.item, row.content), row.first, row.samples)
        _put(out[:, AGENT], samples_in(row.run, heard.rate) + row.offset, found)
    if loudness is not None:
        loudness.apply(out[:, AGENT], heard.rate)
    return out


def recorded_stereo(session: Session) -> tuple[Float32, int]:
    """Give a session as it was recorded: left the user, right the agent's own channel of a call, where there is one.

    Returns
    -------
    Samples, -1..1, shape (n, 2), as long as the session; their rate.
    """
    tracks = session.info.tracks
    sides = {"user": USER} | ({"agent": AGENT} if "agent" in tracks and tracks["agent"].kind == "heard" else {})
    rate = max((tracks[name].rate for name in sides if name in tracks), default=8_000)
    out = np.zeros((samples_in(session.info.length_ms, rate), 2), np.float32)
    for name, side in sides.items():
        _place(out[:, side], session, name, rate)
    return out, rate


def _place(channel: Float32, session: Session, name: str, rate: int) -> None:
    """Put a track where its clock says, at the channel's rate; nothing where there is no such track."""
    if (track := session.info.tracks.get(name)) is not None:
        _put(channel, samples_in(track.origin_ms, rate), resample(session.audio(name), track.rate, rate))


def _put(channel: Float32, at: int, samples: Float32) -> None:
    """Copy what fits inside the channel."""
    skipped = max(-at, 0)
    fit = samples[skipped : max(len(channel) - at, skipped)]
    channel[at + skipped : at + skipped + len(fit)] = fit
