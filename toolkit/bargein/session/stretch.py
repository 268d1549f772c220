"""A stretch of a session as it sounds, without reading the rest: for players that ask for a few seconds at a time."""

from __future__ import annotations

from math import gcd

import numpy as np

from bargein.audio import files
from bargein.audio.resample import length, resample
from bargein.ledger import Heard
from bargein.session.folder import Session
from bargein.session.model import Track
from bargein.session.sounding import AGENT, USER, AgentSound, Float32, Loudness
from bargein.timeline import Span
from bargein.units import samples_in

#: Source samples read on each side of a resampled stretch, so that the filter is settled inside it.
MARGIN = 512


class Sounding:
    """A session as it sounds, any stretch of it: the same samples as :func:`bargein.session.sounding.stereo`.

    Where the user's rate is another than the agent's, its samples differ by what the resampling filter makes of the
    stretch's surroundings: less than one step of 16 bit.

    Parameters
    ----------
    session
        Its tracks are read in pieces.
    sound
        Says where each sample of the agent is stored.
    heard
        Which of them sounded when; None, or a channel's or buffer's, which names no samples: the agent's own channel
        where there is one.
    loudness
        Fades and ducking of the player that played them.
    """

    def __init__(
        self, session: Session, sound: AgentSound, heard: Heard | None, loudness: Loudness | None = None
    ) -> None:
        self._session = session
        self._heard = heard.joined() if heard is not None and heard.by_sample else None
        self._sound = sound
        self._loudness = loudness
        tracks = session.info.tracks
        agent = tracks.get("agent")
        self._channel = agent if self._heard is None and agent is not None and agent.kind == "heard" else None
        known = (t.rate for name, t in tracks.items() if name in ("user", "agent"))
        #: Samples per second of what :meth:`between` gives.
        self.rate = self._heard.rate if self._heard is not None else max(known, default=8_000)

    def between(self, span: Span) -> Float32:
        """Give a stretch: left the user, right what was heard of the agent.

        Parameters
        ----------
        span
            Session ms; beyond the session there is silence.

        Returns
        -------
        Samples -1..1, shape (n, 2), at :attr:`rate`.

        Raises
        ------
        AudioError
            A track is missing or damaged.
        """
        fade = self._loudness.fade_ms if self._loudness is not None else 0
        begin = max(span.start - fade, 0)  # a fade that ends inside began before
        first, count = samples_in(begin, self.rate), samples_in(span.end, self.rate) - samples_in(begin, self.rate)
        out = np.zeros((count, 2), np.float32)
        self._track(out[:, USER], self._session.info.tracks.get("user"), first)
        if self._heard is not None:
            self._agent(out[:, AGENT], Span(begin, span.end), first)
            if self._loudness is not None:
                self._loudness.since(begin).apply(out[:, AGENT], self.rate)
        else:
            self._track(out[:, AGENT], self._channel, first)
        return out[samples_in(span.start, self.rate) - first :]

    def _agent(self, channel: Float32, span: Span, first: int) -> None:
        """Put the agent's samples where they sounded; ``first`` is the number of the channel's first sample."""
        assert self._heard is not None
        for row in self._heard.within(Span(max(span.start - 1, 0), span.end + 1)):
            at = samples_in(row.run, self._heard.rate) + row.offset - first
            skipped, end = max(-at, 0), min(row.samples, len(channel) - at)
            part = (row.response, row.item, row.content)
            for offset, stored, n in self._sound.places(part, row.first + skipped, max(end - skipped, 0)):
                found = self._stored(stored, n)
                begin = at + skipped + offset
                channel[begin : begin + len(found)] = found

    def _stored(self, first: int, count: int) -> Float32:
        path = self._session.folder / self._session.info.tracks["agent"].file
        return files.read(path, start=first, samples=count)[0]

    def _track(self, channel: Float32, track: Track | None, first: int) -> None:
        """Put a track that has a clock of its own where that says; nothing where there is none."""
        if track is None:
            return
        at = first - samples_in(track.origin_ms, self.rate)  # the channel's first sample, counted on the track
        step = track.rate // gcd(track.rate, self.rate)  # after so many samples both rates meet again
        wanted = max(at * track.rate // self.rate - MARGIN, 0) // step * step
        needed = (at + len(channel)) * track.rate // self.rate + MARGIN - wanted
        if needed <= 0:
            return
        sound, _ = files.read(self._session.folder / track.file, start=wanted, samples=needed)
        found = resample(sound, track.rate, self.rate)
        begin = length(wanted, track.rate, self.rate) - at
        shown = found[max(-begin, 0) : max(len(channel) - begin, 0)]
        channel[max(begin, 0) : max(begin, 0) + len(shown)] = shown
