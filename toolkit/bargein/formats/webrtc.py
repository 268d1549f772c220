"""A WebRTC session's log: events of the data channel, and the agent's sound beside it, recorded from the remote track.

No sound passes through such a log. What was heard is what the server's play-out buffer says
(:mod:`bargein.providers.playout`); a recording of the remote track shows the agent's own pauses, and how far the sound
at the client lies behind the buffer.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bargein.audio.edges import speech_spans
from bargein.formats.wireaudio import Pieces, Sound
from bargein.formats.wireclock import Clock
from bargein.formats.wirelines import Lines
from bargein.formats.wiretracks import Beside, Made
from bargein.providers.playout import PREFIX, Playout, playout
from bargein.timeline import Span
from bargein.units import SECOND, whole_ms

GONE = "WebRTC: the agent's sound went over the media channel, not through the log"
#: How near to the buffer's event an edge of the recorded sound still answers it: a second of jitter buffer and network.
NEAR_MS = SECOND
#: Silences shorter than this are the agent's own.
PAUSE_MS = 200


def recognised(lines: Lines, speech: Pieces) -> bool:
    """Whether a log is of a data channel: play-out events, and no piece of the agent's sound."""
    return not speech.all and any(f.direction == "s2c" and f.type.startswith(PREFIX) for f in lines.frames)


def remote_track(clock: Clock, file: Beside | None, begins: int | None) -> Made:
    """Make the agent's track of a recording of the remote track.

    Parameters
    ----------
    clock
        The log's.
    file
        The recording; None: none was made.
    begins
        Log time of its first sample; None: not known, and assumed to be the log's beginning.
    """
    made = Made(notes=[GONE], missing=["sample ids", "loudspeaker"])
    if file is None:
        made.missing.append("remote track")
        return made
    made.notes += [file.note] if file.note else []
    origin = 0 if begins is None or clock.kind != "wall" else begins - clock.zero
    if begins is None:
        made.assumed.append("the agent file begins with the log: nothing says when it began")
    return made.take(Sound(file.samples, file.rate), "agent.flac", "heard", origin)


def account(lines: Lines, clock: Clock, length: int, remote: Made) -> list[str]:
    """Say in words what the play-out buffer tells, and how the recorded sound lies to it."""
    if clock.kind == "none":
        return []
    server = ((t, f.payload) for f, t in zip(lines.frames, clock.times, strict=True) if f.direction == "s2c")
    found = playout(server, length)
    if found is None:
        return ["the play-out buffer reports no start: what was heard is not known"]
    return list(_said(found, remote))


def _said(found: Playout, remote: Made) -> Iterator[str]:
    n, cut = len(found.heard.rows), len(found.cleared)
    yield f"play-out buffer: {n} stretch(es) of sound, {cut} of them cleared before their end"
    if found.open:
        yield (f"no end of {', '.join(found.open)} in the log: taken to sound until the next begins, or to the "
               "session's end; their stops are not known")  # fmt: skip
    if found.odd:
        yield f"{found.odd} end(s) of play-out without a beginning, left out"
    if remote.track is None or remote.samples is None:
        return
    sound = speech_spans(remote.samples, remote.track.rate).shift(remote.track.origin_ms).bridged(PAUSE_MS)
    rows = [r.span(found.heard.rate) for r in found.heard.rows if r.response not in (found.open or {})]
    starts = [lag for row in rows if (lag := _first(row.start, [s.start for s in sound])) is not None]
    ends = [lag for row in rows if (lag := _last(row, [s.end for s in sound])) is not None]
    silent = sum(not sound.clip(row) for row in rows)
    for what, lags in (("begins", starts), ("ends", ends)):
        if lags:
            yield (f"the recorded track {what} {whole_ms(median(lags))} ms after the buffer's event (median of "
                   f"{len(lags)}, {min(lags)} to {max(lags)} ms): the way, the jitter buffer, and an error in where "
                   "the file begins cannot be told apart")  # fmt: skip
    if silent:
        yield f"in {silent} of {len(rows)} stretches the recorded track is silent: another recording, or another clock?"


def _first(event: int, edges: list[int]) -> int | None:
    """How long after an event the nearest edge comes."""
    near = [edge - event for edge in edges if abs(edge - event) <= NEAR_MS]
    return min(near, key=abs, default=None)


def _last(row: Span, edges: list[int]) -> int | None:
    """How long after the end of a stretch its own sound ends: the last edge near it, not the one of what follows."""
    near = [edge - row.end for edge in edges if edge > row.start and abs(edge - row.end) <= NEAR_MS]
    return max(near, default=None)
