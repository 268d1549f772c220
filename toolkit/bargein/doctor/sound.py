"""Agent audio by sample number: what a few deltas hold, and what the loudspeaker made of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from bargein.corpus import Case
from bargein.doctor.evidence import player
from bargein.events import Delta
from bargein.ledger import Part
from bargein.timeline import Span, Timeline
from bargein.units import ms_of, samples_in

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Float32 = npt.NDArray[np.float32]
    Sound = tuple[Float32, int]

#: Spans of *sample numbers*, by response, item and content part.
Pieces = Mapping[Part, Timeline]


def pieces(deltas: Iterable[Delta]) -> Pieces:
    """Give which samples deltas hold, each once."""
    found: dict[Part, list[Span]] = {}
    for d in deltas:
        found.setdefault((d.response, d.item, d.content), []).append(Span(d.first, d.first + d.samples))
    return {part: Timeline(spans) for part, spans in found.items()}


def audio_ms(of: Pieces, rate: int) -> int:
    """How long pieces sound, in milliseconds.

    Examples
    --------
    >>> audio_ms(pieces([Delta(0, "A", "a", 0, 480), Delta(9, "A", "a", 240, 480)]), 24_000)
    30
    """
    return ms_of(sum(samples.ms for samples in of.values()), rate)


def heard_after(case: Case, at: int, of: Pieces) -> int:
    """How much of the pieces sounded from a time on, in milliseconds; raises where nothing tells what was heard."""
    heard, total = player(case), 0
    for r in heard:
        begun = max(samples_in(max(at - r.run, 0), heard.rate) - r.offset, 0)
        if begun < r.samples:
            sounded = Span(r.first + begun, r.first + r.samples)
            total += of.get((r.response, r.item, r.content), Timeline()).clip(sounded).ms
    return ms_of(total, heard.rate)


def from_zero(case: Case, name: str = "user") -> Sound:
    """Give a track from session time 0 to the session's end, and its rate; silence before and after it.

    Raises
    ------
    NotAnswerable
        There is no such track.
    """
    import numpy as np

    session = case.session
    track = session.audio(name)
    facts = session.info.tracks[name]
    out = np.zeros(samples_in(session.info.length_ms, facts.rate), np.float32)
    _put(out, samples_in(facts.origin_ms, facts.rate), track)
    return out, facts.rate


def loudspeaker(case: Case) -> Sound:
    """Give what left the loudspeaker, from session time 0 on, and its rate; silence where no sound was stored.

    Raises
    ------
    CannotCheck
        Nothing tells what was heard.
    NotAnswerable
        There is no agent track.
    """
    import numpy as np

    heard, session = player(case), case.session
    if not heard.by_sample:
        return from_zero(case, "agent")
    track, rate = session.audio("agent"), session.agent_rate
    out = np.zeros(samples_in(session.info.length_ms, rate), np.float32)
    stored = _stored(case)
    for r in heard:
        for d in stored.get((r.response, r.item, r.content), ()):
            shared = Span(d.first, d.first + d.samples) & Span(r.first, r.first + r.samples)
            if shared is not None:
                begin = d.stored + shared.start - d.first
                _put(out, samples_in(r.run, rate) + r.offset + shared.start - r.first, track[begin : begin + shared.ms])
    return out, rate


def unheard(case: Case) -> list[Sound]:
    """Give what was generated and never left the loudspeaker, end to end: no microphone can hold it."""
    import numpy as np

    heard, rate = player(case), case.session.agent_rate
    if not heard.by_sample:
        return []
    sounded: dict[Part, list[Span]] = {}
    for r in heard:
        sounded.setdefault((r.response, r.item, r.content), []).append(Span(r.first, r.first + r.samples))
    track = case.session.audio("agent")
    left = [
        track[d.stored + s.start - d.first : d.stored + s.end - d.first]
        for part, own in _stored(case).items()
        for d in own
        for s in Timeline([Span(d.first, d.first + d.samples)]) - Timeline(sounded.get(part, ()))
    ]
    return [(np.concatenate(left), rate)] if left else []


def _stored(case: Case) -> dict[Part, list[Delta]]:
    """Deltas whose sound was kept, by whose they are."""
    found: dict[Part, list[Delta]] = {}
    for d in (e for e, _ in case.reading.events if isinstance(e, Delta) and e.stored >= 0):
        found.setdefault((d.response, d.item, d.content), []).append(d)
    return found


def _put(out: Float32, at: int, samples: Float32) -> None:
    """Copy what fits."""
    skipped = max(-at, 0)
    fit = samples[skipped : max(len(out) - at, skipped)]
    out[at + skipped : at + skipped + len(fit)] = fit
